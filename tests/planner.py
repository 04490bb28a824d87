"""Let people plan ahead at random: trains, freezes, exceptions, rotations, subscriptions, mutes, holidays, feeds.

They type all of it well and badly, in zones with odd rules and at hours that some clocks skip; time passes by weeks,
and now and then the bot sleeps for days. What holds all the same, tests/what_holds.py says.
"""

from collections.abc import Callable
from datetime import timedelta

from bot.release.states import State
from bot.sandbox import finding
from bot.sandbox.messages import elements_of
from tests.story import Actor
from tests.wanderer import SERVICES, Did, Wanderer

#: Days before which something is odd: clocks change in Europe, in New York, on Lord Howe and Chatham, in Cairo and in
#: Casablanca (after Ramadan); a leap day; the turn of a year.
BEGINNINGS = (
    "2026-12-01", "2026-12-28", "2027-02-04", "2027-03-11", "2027-03-25", "2027-04-01", "2027-04-27", "2027-09-22",
    "2027-10-28", "2028-02-25",
)  # fmt: skip
ZONES = (
    "", "", "", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Chatham", "Africa/Cairo", "Africa/Casablanca",
    "Pacific/Apia", "New York", "Kolkata", "UTC", "Mars/Base", "EST", "*Berlin*",
)  # fmt: skip
DAYS = (
    "every day", "every day", "every weekday", "every mon and thu", "every sun", "every 2nd tue",
    "every 2 weeks on sat", "last fri of the month", "every month on the first sun", "every month on the last day",
    "every month on the 29th", "2nd tue", "every 2", "29 feb", "every 5th fri", "tue", "", "<!channel>", "every 3 days",
    "fortnightly on wed",
)  # fmt: skip
CLOCKS = ("14:00", "14:00", "9:00", "02:30", "2:00", "01:30", "0:00", "23:59", "noon", "25:00", "2", "")
OPTIONS = (
    "", "", "", "version 5.{n}", "version {yyyy}.{mm}.{dd}", "version {week}", "version {nobody}", "lead 1d", "lead 6h",
    "lead 90d", "lead never", "captains <@{}> <@{}>", "captains <@{}>", "captains @bo @nobody", "starting tomorrow",
    "starting 2028-02-29", "version 1.{n} lead 12h captains <@{}> <@{}> <@{}>", "version <!here>*{n}*",
)  # fmt: skip
TIMES = (
    "now", "tomorrow 9:00", "fri 16:00", "mon 08:00", "sun 2:30", "in 3h", "in 20m", "20 dec", "29 feb", "today",
    "next week", "2027-03-28 02:30", "2027-10-31 02:30 Berlin", "2027-04-04 01:45 Australia/Lord_Howe", "yesterday",
    "tomorrow", "thu 23:30 Chatham", "25:61",
)  # fmt: skip
WHY = ("", "", " because the books close", " because <!channel> *said* so", " because " + "é" * 600)
HUGE = ("x" * 300, '"a b', "<@{}>", "*payments*", "<https://evil.example|payments>", "pay & <co>", "web to prod", "🚆")
_WAYS = ("types",) * 9 + ("plans",) + ("clicks",) * 8 + ("clicks what is old",) * 2 + ("home",) + ("time",) * 2


class Planner(Wanderer):
    """Also plans ahead."""

    ways = _WAYS
    rooms = ("#payments",) * 6 + ("#general", "#secret-launch", "#duo", "#checkout", "dm", "dm")
    names = ("ana", "ana", "ana", "eve", "eve", "bo", "bo", "tom", "tom", "clara", "finn", "gus", "fay")
    pauses = (1, 10, 45, 45, 90, 180, 180, 900, 1440, 2880, 10080)
    fills, gives_up = 0.4, 0.5
    _going_on: Actor | None = None  # who has typed something, and does what they are asked then
    dates = ("2026-12-04", "2026-12-24", "2027-03-28", "2027-04-04", "2027-11-07", "2028-02-29")

    async def step(self) -> Did:
        actor, self._going_on = self._going_on, None
        button = _asked(actor) if actor is not None and actor.modal is None else None
        if actor is not None and actor.modal is not None:
            return await self._dialog(actor)
        if actor is None or button is None:
            return await (self._leads() if self.rng.random() < 0.3 else super().step())
        return await self._clicks(actor, button, actor._where(button.place))

    async def _types(self, actor: Actor, text: str) -> Did:
        self._going_on = actor if self.rng.random() < 0.7 else None
        return await super()._types(actor, text)

    async def _leads(self) -> Did:
        """Now and then somebody does what comes next for a release."""
        app = self.story.app
        found = await app.store.read(
            lambda work: [(one, work.freezes.exceptions_of(one.id)) for one in work.releases.all_open(20)[-6:]],
            workspace=app.workspace,
        )
        if not found:
            return await self._lets_time_pass()
        one, exceptions = self.rng.choice(found)
        captain = next((actor for actor in self.people.values() if actor.id == one.captain), self.people["ana"])
        ref = f"REL-{one.number}"
        if self.rng.random() < 0.1:
            return await self._types(self.people["eve"], f"freeze now to in 30h {one.service}")
        if one.state is State.DEPLOYING:
            return await self._types(captain, f"{self._one('deploy done', 'deploy fail', 'rollback')} {ref}")
        if one.state is State.ROLLING_BACK:
            return await self._types(captain, f"rolled-back {ref}")
        if one.state is State.STOPPED:
            return await self._types(captain, f"{self._one('reschedule', 'cancel')} {ref} in 2h")
        if one.state is not State.APPROVED:
            return await self._types(self.people[self._one("tom", "bo")], f"go {ref}")
        if any(asked.outcome is None for asked in exceptions):
            admin = self.people["ana" if captain.name == "eve" else "eve"]
            return await self._types(admin, f"{self._one('exception grant', 'exception refuse')} {ref} in 3h")
        if any(asked.outcome == "granted" for asked in exceptions):
            return await self._types(captain, f"{self._one('deploy start', 'exception')} {ref}")
        return await self._types(captain, f"{self._one('exception', 'deploy start')} {ref} it burns")

    def line(self) -> str:
        """Most of what is typed is about plans."""
        if self.rng.random() < 0.2:
            return super().line()
        written: tuple[Callable[[], str], ...] = (
            self._train, self._train, self._of_a_train, self._of_a_train, self._freeze, self._freeze, self._of_a_freeze,
            self._exception, self._exception, self._exception, self._rotation, self._subscription, self._mute,
            self._deploy, self._deploy, self._other, self._other,
        )  # fmt: skip
        return self.rng.choice(written)().format(
            *(self.people[self.rng.choice(self.names)].id for _ in range(4)), **_PLACES
        )

    async def _lets_time_pass(self) -> Did:
        if self.rng.random() < 0.15:
            hours = self.rng.choice((0, 3, 50, 200))
            await self.story.restarts(after=timedelta(hours=hours))
            await self.story.quiet()
            return Did("the clock", f"the bot sleeps {hours} hours", passed=True)
        return await super()._lets_time_pass()

    def _one(self, *of: str) -> str:
        """One of them; what is sound stands first, and is chosen as often as all the rest."""
        return of[0] if self.rng.random() < 0.4 else self.rng.choice(of)

    def _service(self) -> str:
        return self.rng.choice(("payments", "payments", *SERVICES, "all", self._one(*HUGE)))

    def _train(self) -> str:
        to = self._one("", "", "", " to staging")
        when = f"{self._one(*DAYS)} {self._one(*CLOCKS)} {self._one(*ZONES)}"
        return f"train {self._service()}{to} {when} {self._one(*OPTIONS)}"

    def _of_a_train(self) -> str:
        which = self._one("payments", "checkout", "1", "2", "#3", "", "99")
        day = self._one("", "", *TIMES)
        does = self._one("skip", "skip", "pause", "resume", "end", "")
        return f"train {does} {which} {day} {self._one('', 'offsite', '*x*')}"

    def _freeze(self) -> str:
        every = self._one("", "", "", "every ", "every 2nd ", "last ")
        scope = self._one("", "", self._service(), f"{self._service()} in staging", "production", "in <!here>")
        between = self._one("to", "to", "to", "until", "")
        return f"freeze {every}{self._one(*TIMES)} {between} {self._one('in 30h', *TIMES)} {scope}{self._one(*WHY)}"

    def _of_a_freeze(self) -> str:
        number = self._one("1", "2", "3", "#1", "77", "")
        change = self._one("", f"{self._one(*TIMES)} to {self._one(*TIMES)}", "payments", "because *so*")
        return f"{self._one('freezes', 'freeze lift', 'freeze change', 'freeze change')} {number} {change}"

    def _exception(self) -> str:
        which = self._one("", "REL-1", "REL-2", "REL-3", "REL-4", "payments")
        what = self.rng.choice(("exception", "exception grant", "exception grant", "exception refuse"))
        return f"{what} {which} {self._one('it burns', '', 'in 3h', 'until tomorrow 9:00 because law', '*x* <!here>')}"

    def _rotation(self) -> str:
        role = self._one("captain", "deployer", "deployer", "boss", "")
        people = self._one("<@{}> <@{}>", "<@{}> <@{}> <@{}>", "@bo @clara", "")
        when = self._one("", f"{self._one(*DAYS)} {self._one(*CLOCKS)} {self._one(*ZONES)}", "by hand")
        return self._one(f"rotation {self._service()} {role} {people} {when}", "rotations", "rotation")

    def _subscription(self) -> str:
        level = self._one("", "all", "outcomes", "milestones", "nothing", "*loud*")
        digest = self._one("daily 9:00", "", "daily 2:30", "weekly mon 9:00", "weekly sun 2:30 Chatham", "weekly 8")
        return self._one(f"subscribe {self._service()} {level} {digest}", "subscribe", f"unsubscribe {self._service()}")

    def _mute(self) -> str:
        return self._one(f"mute {self._service()} until {self._one(*TIMES)}", f"mute {self._service()}", "unmute",
                         f"unmute {self._service()}", f"away {self._one(*TIMES)} <@{{}}>", "away back")  # fmt: skip

    def _deploy(self) -> str:
        which = self._one("", "REL-1", "REL-2", "REL-3", "REL-4")
        verb = self.rng.choice(("go", "go", "deploy start", "deploy start", "shipped", "deploy done", "rollback"))
        return f"{verb} {which}"

    def _other(self) -> str:
        said = (
            "trains", "timeline", "timeline REL-1", "calendar", "calendar month", "calendar next week", "calendar *x*",
            "feed me", "feed channel", f"feed {self._service()}", "feed", "feed revoke all", f"when {self._service()}",
            "when REL-1", "when", "holidays", "holidays DE-BE", "holidays me FR", "holidays me off", "holidays *x*",
            "handover <@{}>", "handover <@{}> REL-1", "handover <@{}> REL-2", "version REL-2 3.0", "version *x*",
            f"reschedule REL-1 {self._one(*TIMES)}", f"reschedule REL-3 {self._one(*TIMES)}",
            f"new {self._service()} 7.{self.rng.randint(1, 9)} {self._one('in 2h', *TIMES)}",
        )  # fmt: skip
        return self.rng.choice(said)


#: What stands between braces in a version's pattern stays there.
_PLACES = {name: f"{{{name}}}" for name in ("n", "yyyy", "yy", "mm", "dd", "week", "nobody")}


def _asked(actor: Actor) -> finding.Found | None:
    """The button that the last answer to somebody is about: save it, freeze it, plan it."""
    if not actor.ephemerals:
        return None
    last = actor.ephemerals[-1]
    found = [finding.Found(last, block, one) for block in last.get("blocks") or [] for one in elements_of(block)]
    return next((one for one in found if one.element.get("style") == "primary"), None)
