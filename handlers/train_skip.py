"""Let one departure of a train go by, and take that back."""

from dataclasses import replace
from datetime import date

from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Message, Para, Reply, Small, say
from bot.kit.declare import press, verb
from bot.kit.desk import Desk
from bot.kit.train_named import LOOKED, mine, say_next
from bot.kit.trains import coming, say_departure, settle
from bot.release.errors import Refusal
from bot.release.states import BEFORE_DEPLOY
from bot.release.trains import Departure, Train
from bot.release.when_days import days_meant, looks_like_day
from bot.release.when_words import OnDate, Shifted, Spoken, Weekday, read_words
from bot.release.words import At, Bold, Code, Said, Who, listing, words
from bot.release.zones import local, place_name

#: So many departures are named where none is on the day that was typed.
DEPARTURES = 3
MAX_WHY = 300
#: Says no more than that no day is named.
_THE_NEXT = {"next", "the next", "next one", "the next one", "next departure", "the next departure"}
#: A day that is named may be so many departures ahead: a year of a daily train.
FAR = 366


@verb(
    "train skip",
    usage="train skip <service> [<day>] [<why>]",
    summary="Let one departure of a train go by; the next, if no day is named",
    who="its captain in turn, whoever made it, admins",
    examples=("train skip payments", "train skip payments 22 dec everybody is at the offsite"),
    subject="none",
    label="Skip",
)
def skip(ask: Ask, desk: Desk) -> Reply:
    one = mine(ask, desk)
    ask.text = "" if ask.text.casefold().strip("!. ") in _THE_NEXT else ask.text
    asked = _unclear(one, ask.text, desk) or _made_first(one, ask.text, desk)
    if asked is not None:
        return asked
    return _skip(one, *_which_day(one, ask.text, desk), ask, desk)


@press("train.skip")
def skip_day(ask: Ask, desk: Desk) -> Reply:
    return _skip(mine(ask, desk), date.fromisoformat(str(ask.data["d"])), str(ask.data.get("y", "")), ask, desk)


def _unclear(one: Train, text: str, desk: Desk) -> Reply | None:
    """Ask which departure is meant, where the text begins with what may be a day and is none that can be read."""
    typed = text.split()
    like = looks_like_day(typed)
    if not like or any(_day_of(typed[:count]) is not None for count in range(1, 4)):
        return None
    why = " ".join(typed[like:])[:MAX_WHY]
    buttons = tuple(
        skip_day.button(say_departure(day.one, desk), i=one.id, d=day.one.day.isoformat(), y=why)
        for day in coming(one, desk, LOOKED) if not day.off
    )  # fmt: skip
    row = words("“", Said(" ".join(typed[:like])), "” is no day that I know. Which departure shall be skipped?")
    note = Small(("If it is the reason, put “because” before it.",))
    return Reply(Message(row, (Para(row), Actions(buttons[:DEPARTURES]), note)))


def _made_first(one: Train, text: str, desk: Desk) -> Reply | None:
    """Ask, where no day is named and a departure is nearer whose release is made: “the next” may mean that one."""
    if any(_day_of(text.split()[:count]) is not None for count in range(1, 4)):
        return None
    made = desk.work.trains.departures(one.id, local(desk.now, one.zone).date().to_stdlib()).values()
    releases = [desk.work.releases.get(day.release_id) for day in made if day.release_id]
    near = [one for one in releases if one is not None and one.state in BEFORE_DEPLOY and one.target_at > desk.now]
    first = min(near, key=lambda release: release.target_at, default=None)
    left = [day.one for day in coming(one, desk, LOOKED) if not day.off][:1]
    if first is None or any(day.at <= first.target_at for day in left):
        return None
    row = words("The next departure of ", Bold(one.service), " has its release already: ", Said(first.title),
                f" ({desk.ref(first)}), ", At(first.target_at, "day", one.zone),
                ". Which one shall not take place?")  # fmt: skip
    later = [skip_day.button(f"Skip {say_departure(day, desk)}", i=one.id, d=day.day.isoformat(), y=text[:MAX_WHY])
             for day in left]  # fmt: skip
    cancel = desk.offer("cancel", first, label=f"Cancel {desk.ref(first)}")
    return Reply(Message(row, (Para(row), Actions((cancel, *later)))))


def _day_of(typed: list[str]) -> Spoken | None:
    """The day that the words name, and nothing else."""
    spoken = read_words(" ".join(typed))
    is_day = spoken is not None and isinstance(spoken.day, OnDate | Shifted | Weekday) and spoken.clock is None
    return spoken if is_day else None


def _which_day(one: Train, text: str, desk: Desk) -> tuple[date, str]:
    """The day that a text begins with, and the reason after it; the next departure where it names none."""
    typed = text.split()
    for count in range(min(3, len(typed)), 0, -1):
        if (spoken := _day_of(typed[:count])) is None:
            continue
        today = {place_name(one.zone): local(desk.now, one.zone).date().to_stdlib()}
        meant = days_meant(spoken, today, "")
        dates = () if meant.hole else meant.dates
        days = [day.one.day for day in coming(one, desk, FAR) if day.one.day in dates]
        days = days or [day for day in dates if desk.work.trains.departures(one.id, day).get(day) is not None]
        if not days:
            following = [(say_departure(day.one, desk),) for day in coming(one, desk, LOOKED) if not day.off]
            named = words(" Next: ", listing(following[:DEPARTURES]), ".") if following else ()
            raise Refusal("The ", Said(one.service), " train does not depart then.", named, code="no_such_departure")
        return days[0], " ".join(typed[count:])
    days = [day.one.day for day in coming(one, desk, LOOKED) if not day.off]
    if not days:
        raise Refusal("No departure of ", Said(one.service), " is left to skip.", code="no_such_departure")
    return days[0], " ".join(typed)


def _skip(one: Train, day: date, why: str, ask: Ask, desk: Desk) -> Reply:
    found = next((known for known in coming(one, desk, FAR) if known.one.day == day), None)
    if found is None:
        made = desk.work.trains.departures(one.id, day).get(day)
        release = desk.work.releases.get(made.release_id) if made is not None and made.release_id else None
        if release is not None and release.state in BEFORE_DEPLOY:
            row = words("Its release is made already: ", Said(release.title), f" ({desk.ref(release)}).")
            cancel = desk.offer("cancel", release, label=f"Cancel {desk.ref(release)}", **({"t": why} if why else {}))
            return Reply(Message(row, (Para(row), Actions((desk.offer("reschedule", release), cancel)))))
        if release is not None:
            raise Refusal("Its release is made already: ", Said(release.title), f" ({desk.ref(release)}). Reschedule "
                          "or cancel that one.", code="departed", offers=("trains",))  # fmt: skip
        raise Refusal("That departure has gone by.", code="departed", offers=("trains",))
    what = words("the departure of ", Bold(one.service), " on ", say_departure(found.one, desk))
    if found.skipped:
        raise Refusal("Already skipped: ", *words(what), ".", code="already_done")
    desk.work.trains.put(one.id, Departure(day, "skipped", by=ask.user, why=why[:MAX_WHY]))
    facts = {"train": one.number, "day": day.isoformat()}
    desk.work.audit.note("departure_skipped", ask.user, ask.did.path, facts)
    settle(one, desk)
    because = words(": “", Said(why[:MAX_WHY]), "”") if why else ()
    desk.in_channel(
        one.channel, Message(words("🚆 ", Who(ask.user), " skips ", what, because, ".", say_next(one, desk)))
    )
    row = words("Skipped: ", what, ".", say_next(one, desk))
    return Reply(Message(row, (Para(row), Actions((unskip.button("Undo", i=one.id, d=day.isoformat()),)))))


@press("train.unskip")
def unskip(ask: Ask, desk: Desk) -> Reply:
    """It departs after all, as long as its release would not be made yet, or can be made now."""
    one, day = mine(ask, desk), date.fromisoformat(str(ask.data["d"]))
    upcoming = [known for known in coming(one, desk, FAR) if known.one.day == day]
    if not upcoming or not desk.work.trains.take_back(one.id, day):
        raise Refusal("That can't be undone any more. Plan the release by hand: ",
                      Code(f"{desk.catalogue.command} new {one.service} …"), ".", code="too_late")  # fmt: skip
    desk.work.audit.note("departure_not_skipped", ask.user, ask.did.path, {"train": one.number, "day": day.isoformat()})
    # In calendars its skipping was a revision of its own, and this is one after it.
    settle(replace(one, revision=one.revision + 2), desk)
    what = words(Bold(one.service), " departs on ", say_departure(upcoming[0].one, desk), " after all")
    desk.in_channel(one.channel, Message(words("🚆 ", Who(ask.user), ": ", what, ".")))
    return say(what, ".")
