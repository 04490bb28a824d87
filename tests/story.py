"""Tell stories: people talk to the real bot in a local Slack, on a real database, and the clock moves when told.

A story reads as a conversation. After each gesture it waits until the bot has done all that follows, so what a room
reads is complete. At its end every story is checked for what must hold in all of them (story_ends.py).
"""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from structlog.types import EventDict

from bot.app import App
from bot.clock import SteppedWire, StoryClock, Wire
from bot.release.policy import Policy
from bot.release.release import Release
from bot.sandbox.person import Person, Room, Seen
from bot.sandbox.render import Reader
from bot.sandbox.server import Sandbox, SandboxConfig
from bot.sandbox.workspace import Change
from bot.settings import Settings, load_settings
from bot.slack import manifest
from tests.story_ends import Endings

Json = dict[str, Any]
Mode = Literal["socket", "http"]

#: A Tuesday: 09:00 in Berlin, 03:00 in New York, 13:30 in Kolkata.
BEGINS = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Stand:
    """How a release stands, in the words of the domain; people by handle."""

    state: str
    stopped: str | None
    round: int | None
    votes: dict[str, str]  # "bo" -> "go"
    parts: dict[str, str]  # "payments 2.14.0" -> "live"
    captain: str
    planned: str  # wall time and zone
    outcome: str | None
    history: list[str]  # names of what happened, oldest first
    skipped: list[str] = field(default_factory=list)  # timers that were not run, with the reason


@dataclass
class _Gesture:
    """What somebody did, until it is clear that they got an answer."""

    who: str
    what: str
    since: int  # how many changes there were before it
    expects_answer: bool
    answered: bool = False


class Actor(Person):
    """Someone in the story: all that a sandbox `Person` can do, and then the bot comes to rest.

    `bo.at_once.clicks("Go")` does not wait for that; `bo.in_vain.clicks("Go")` expects Slack to show an error.
    """

    def __init__(self, story: "Story", name: str, *, waits: bool = True, fails: bool = False) -> None:
        super().__init__(story.box, story.box.workspace.user_called(name))
        self._story = story
        self._waits = waits
        self._fails = fails

    @property
    def name(self) -> str:
        return self.user.name

    @property
    def at_once(self) -> "Actor":
        return Actor(self._story, self.name, waits=False, fails=self._fails)

    @property
    def in_vain(self) -> "Actor":
        return Actor(self._story, self.name, waits=self._waits, fails=True)

    @property
    def dm(self) -> Room:
        """The direct messages with the bot."""
        return self._story.box.dm(self.name)

    async def types(self, text: str, in_: str = "#payments", thread: Json | str | None = None) -> Seen:
        self._story.saying(text, direct=in_ == "dm")
        return await super().types(text, in_, thread)

    async def _do(self, gesture: Any) -> Seen:
        story = self._story
        before = self.ephemerals
        done = story.begins(self)
        seen = await super()._do(gesture)
        broke = seen.error is not None and not seen.errors
        assert broke == self._fails, f"{self.name}, {done.what}: Slack shows {seen.error!r}"
        done.answered = seen.error is not None
        done.what = f"{self.name}: {seen.delivery.summary}" if seen.delivery else done.what
        if not self._waits:
            return seen
        await story.quiet()
        return self._look(seen, before, done)

    def _look(self, seen: Seen, before: list[Json], done: _Gesture) -> Seen:
        """What the person sees once the bot is at rest: most answers come after the acknowledgement."""
        reader = Reader(self._workspace, self.id)
        said = [message for message in self.ephemerals if not any(message is old for old in before)]
        direct = [
            change.data["message"]
            for change in self._story.changes[done.since :]
            if change.type == "message" and change.channel == self.dm.id and self._story.is_bots(change.data["message"])
        ]
        answer, modal = (said[-1] if said else None), self.modal
        text = seen.error or ""
        if answer is not None:
            text = reader.body(answer)
        elif modal is not None:
            text = reader.view(modal)
        elif direct:
            text = reader.body(direct[-1])
        return replace(seen, message=answer or (direct[-1] if direct else None), modal=modal, text=text)


class Place(Room):
    """A channel as Tom in Berlin reads it (where he is not a member: as the first who is), if nobody else is named."""

    def reads(self, as_: str | None = None) -> str:
        tom = self._workspace.user_called("tom")
        return super().reads(as_ or ("tom" if tom.id in self.channel.members else None))

    def threads(self) -> list[str]:
        """What was said in threads here, one a line."""
        return [line.strip() for line in self.reads().splitlines() if line.startswith("  ↳")]


class Story:
    """One story: a sandbox, a bot, a database, and a clock that stands still until moved."""

    def __init__(
        self,
        mode: Mode,
        database_url: str,
        data: Path,
        lines: list[EventDict],
        others: list[str],
        *,
        wire: Wire | None = None,
    ) -> None:
        """`lines` is what the bot has logged so far, `others` what libraries logged as errors.

        `wire` is a stepped one, on which rate limits take no time, unless another is given.
        """
        self.mode = mode
        self.database_url = database_url
        self.data = data
        self.clock = StoryClock(BEGINS, running=False)
        self.wire = wire or SteppedWire()
        self.changes: list[Change] = []
        self.replicas: list[App] = []
        self.lines = lines
        self._gestures: list[_Gesture] = []
        self._expects_answer = True
        self.endings = Endings(self.wire, lines, others)

    # ---- life -----------------------------------------------------------------------------
    async def begins_with(self) -> None:
        """Start the local Slack, then the bot."""
        base = "http://127.0.0.1" if self.mode == "http" else None
        self.box = Sandbox(
            SandboxConfig(manifest=manifest.build(base_url=base), clock=self.clock, wire=self.wire, mode=self.mode)
        )
        self.box.workspace.listeners.append(self.changes.append)
        self.box.traffic.listeners.append(self.endings.heard)
        await self.box.start()
        self.app = await self.another_bot()

    def settings(self) -> Settings:
        """As an operator would configure the bot."""
        way_in = (
            {"SLACK_APP_TOKEN": self.box.app_token}
            if self.mode == "socket"
            else {"SLACK_SIGNING_SECRET": self.box.signing_secret}
        )
        return load_settings(
            {
                "SLACK_BOT_TOKEN": self.box.bot_token,
                "SLACK_API_URL": self.box.api_url,
                "DATABASE_URL": self.database_url,
                "TMINUS_DATA": str(self.data),
                "TMINUS_DEFAULT_TZ": "Europe/Berlin",
                "TMINUS_ADMINS": self.box.person("ana").id,
                "TMINUS_PUBLIC_URL": "https://tminus.example.com",
                "TMINUS_SECRET_KEY": "uH3R0bVJvQ0kq1mXJ0yXwq1J1yR9gJ8bT2v4d3u5z6s=",
                "PORT": "0",
                **way_in,
            }
        )

    async def another_bot(self) -> App:
        """Start a bot process's worth of app on the story's database; in HTTP mode Slack now posts to this one."""
        app = await App.open(self.settings(), clock=self.clock, wire=self.wire)
        await app.start(ticking=False)
        if self.mode == "http":
            self.box.request_url = f"http://127.0.0.1:{app.port}/slack/events"
        await app.quiet()
        return app

    async def restarts(self, *, after: timedelta = timedelta()) -> None:
        """Stop the bot, let time pass, and start it on the same database."""
        await self.app.stop()
        await self.clock.advance(after)
        await self.wire.sleep(after.total_seconds())
        self.app = await self.another_bot()

    async def gains_a_replica(self) -> App:
        """A second bot on the same database. For stories on a real wire: a stepped one would outrun its leases."""
        self.replicas.append(await self.another_bot())
        return self.replicas[-1]

    async def stops(self) -> None:
        for app in (self.app, *self.replicas):
            await app.stop()
        await self.box.stop()

    # ---- who and where --------------------------------------------------------------------
    def people(self, *names: str) -> list[Actor]:
        return [Actor(self, name) for name in names]

    def room(self, name: str) -> "Place":
        """A channel; see Place for whose eyes it is read with."""
        return Place(self.box, self.box.workspace.channel_called(name))

    def is_bots(self, message: Json) -> bool:
        return message.get("user") == self.box.bot_user_id

    # ---- time -----------------------------------------------------------------------------
    async def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0) -> None:
        """Move the clock, living through everything due on the way, in order."""
        by = timedelta(days=days, hours=hours, minutes=minutes)
        await self.clock.advance(by)
        if isinstance(self.wire, SteppedWire):
            await self.wire.sleep(by.total_seconds())
        await self.quiet()

    async def until(self, at: str) -> None:
        """Move the clock to the next time it is "14:00" (UTC), or to "2026-12-02 14:00"."""
        now = self.clock.now()
        day = now.strftime("%Y-%m-%d")
        target = datetime.fromisoformat(at if "-" in at else f"{day} {at}").replace(tzinfo=UTC)
        if target < now:
            target += timedelta(days=1)
        await self.advance(minutes=(target - now).total_seconds() / 60)

    async def quiet(self) -> None:
        """Wait until Slack and the bot have nothing under way any more."""
        while True:
            before = self.endings.calls
            await self.box.quiet()
            for app in (self.app, *self.replicas):
                await app.quiet()
            if self.endings.calls == before:
                break
        self._settle_gestures()

    # ---- gestures and their answers -------------------------------------------------------
    def saying(self, text: str, *, direct: bool) -> None:
        """What is typed next; a line to nobody in particular needs no answer."""
        self._expects_answer = direct or text.startswith("/") or "@T-Minus" in text

    def begins(self, actor: Actor) -> _Gesture:
        what = f"{actor.name}: gesture {len(self._gestures) + 1}"
        gesture = _Gesture(actor.id, what, len(self.changes), self._expects_answer)
        self._expects_answer = True
        self._gestures.append(gesture)
        return gesture

    def _settle_gestures(self) -> None:
        for gesture in self._gestures:
            if not gesture.answered:
                gesture.answered = any(self._shows(change, gesture.who) for change in self.changes[gesture.since :])

    def _shows(self, change: Change, user: str) -> bool:
        """Whether the person could see this change, and the bot made it."""
        if change.type in ("ephemeral", "modals", "home"):
            return change.user == user
        if change.type != "message" or change.channel is None or not self.is_bots(change.data["message"]):
            return False
        return self.box.workspace.sees(user, self.box.workspace.channels[change.channel])

    # ---- what is stored -------------------------------------------------------------------
    async def follows(self, policy: Policy) -> None:
        """A policy is in force, as if it had been applied from a file."""
        now = self.clock.now()
        await self.app.store.write(lambda work: work.policies.put(policy, "test", now), workspace=self.app.workspace)

    async def release(self, title: str, *, environment: str | None = None) -> Stand:
        """How the newest release "payments 2.14.0" stands by the database."""
        service, _, version = title.partition(" ")

        def look(work: Any) -> Stand:
            found = work.releases.find(service, version or None, open_only=False, limit=5)
            found = [one for one in found if environment is None or one.parts[0].environment == environment]
            assert found, f"no release is called {title}"
            release = found[0]
            history = [row.name for row in work.audit.tail(release.id, 1000)]
            skipped = [f"{row.name}: {row.reason}" for row in work.timers.of(release.id) if row.state == "skipped"]
            return self._stand(release, history, skipped)

        return await self.app.store.read(look, workspace=self.app.workspace)

    async def has_release(self, title: str) -> bool:
        """Whether any release of that service and version is stored."""
        service, _, version = title.partition(" ")
        find = self.app.store.read(
            lambda work: work.releases.find(service, version, open_only=False, limit=1), workspace=self.app.workspace
        )
        return bool(await find)

    def _stand(self, release: Release, history: list[str], skipped: list[str]) -> Stand:
        users = self.box.workspace.users
        return Stand(
            state=release.state.value,
            stopped=release.stopped.value if release.stopped else None,
            round=release.round.number if release.round else None,
            votes={_handle(users, vote.user): vote.choice.value for vote in release.round_votes()},
            parts={part.title: "dropped" if part.dropped else part.state.value for part in release.parts},
            captain=users[release.captain].name,
            planned=f"{release.planned.wall.replace('T', ' ')} {release.planned.zone}",
            outcome=release.outcome.value if release.outcome else None,
            history=history,
            skipped=skipped,
        )

    # ---- the end --------------------------------------------------------------------------
    async def ends(self) -> None:
        """What holds at the end of every story."""
        await self.quiet()
        unanswered = [one.what for one in self._gestures if one.expects_answer and not one.answered]
        assert not unanswered, f"nobody answered: {unanswered}"
        await self.endings.check(self.app)


def _handle(users: dict[str, Any], id: str) -> str:
    """The handle; the id itself of somebody who is not in Slack."""
    return str(users[id].name) if id in users else id


async def together(*gestures: Any) -> list[Seen]:
    """Gestures of several people at the same moment."""
    return list(await asyncio.gather(*gestures))
