"""Show a day, a week or a month: what is planned and what became of it, day by day, for whoever asks."""

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from bot.kit import agenda
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Button, Lines, Message, Para, Reply, Small, say
from bot.kit.declare import press, verb
from bot.kit.desk import Desk
from bot.kit.naming import may_be_version, split_word, tidy
from bot.release.calendar import Entry, Scope, Span
from bot.release.errors import Refusal
from bot.release.planned import at_wall
from bot.release.tidy import quote
from bot.release.when_days import days_meant
from bot.release.when_words import OnDate, read_words
from bot.release.words import At, Bold, Code, listing, words
from bot.release.zones import local, place_name, say_day

#: So many are shown; more do not fit into one message.
MOST = 40
_DAY, _WEEK, _MONTH = "day", "week", "month"
_NAMES = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip


@verb(
    "calendar",
    usage="calendar [<day, week or month>]",
    summary="What is planned this week, month or on a day, and what became of it",
    who="everyone",
    examples=("calendar", "calendar tomorrow", "calendar december"),
    aliases=("cal", "agenda", "schedule"),
    subject="none",
    reads=True,
    label="Calendar",
)
def calendar(ask: Ask, desk: Desk) -> Reply:
    wanted = tidy(ask.text).casefold().removeprefix("this ")
    today = local(desk.now, _zone(ask, desk)).date().to_stdlib()
    if wanted in ("", _WEEK, _MONTH):
        return _show(wanted or _WEEK, today, ask, desk)
    if wanted in ("next week", "next month", "last week", "last month"):
        which, kind = wanted.split()
        return _show(kind, _other(kind, today, 1 if which == "next" else -1), ask, desk)
    if (first := _month_named(wanted.removeprefix("next "), today)) is not None:
        return _show(_MONTH, first, ask, desk)
    days = _days_named(ask.text, today, _zone(ask, desk))
    if len(days) == 1:
        return _show(_DAY, days[0], ask, desk)
    if days:
        choices = tuple(turn.button(_day(day, _zone(ask, desk), desk.now), p=_DAY, d=day.isoformat()) for day in days)
        return say("Which day do you mean?", blocks=(Actions(choices),))
    command = desk.catalogue.command
    typed = listing(
        [Code(f"{command} calendar {kind}") for kind in ("tomorrow", _WEEK, _MONTH, "december")], last=" or "
    )
    _, rest = split_word(ask.text)
    is_plan = may_be_version(split_word(rest)[0]) and not _speaks_of_time(ask.text)  # `schedule payments 3.0 fri 3pm`
    plans = Code(f"{command} new {ask.text if is_plan else 'payments 2.14.0 tomorrow 14:00'}")
    raise Refusal("I show a day, a week or a month: ", *typed, ". To plan a release: ", plans, ".", code="usage")


def _speaks_of_time(text: str) -> bool:
    """Whether all of it is about when: `in 3 days`."""
    return read_words(text) is not None or read_words(f"in {text.removeprefix('in ')}") is not None


def _days_named(text: str, today: date, zone: str) -> tuple[date, ...]:
    """The days that the words may name, and nothing else. Raises Refusal for one that there is not."""
    spoken = read_words(text)
    if spoken is None or spoken.day is None or spoken.clock is not None or spoken.part is not None:
        return ()
    days = days_meant(spoken, {place_name(zone): today}, quote(text))
    if days.hole:
        raise Refusal(days.doubt or "There is no such day.", code="no_such_day")
    return days.dates if days.doubt and isinstance(spoken.day, OnDate) else days.dates[:1]


def _month_named(text: str, today: date) -> date | None:
    """Its first day: this month, or the next of that name, where no year is typed."""
    name, _, year = text.partition(" ")
    named = [number for number, full in enumerate(_NAMES, 1) if len(name) > 2 and full.casefold().startswith(name)]
    if len(named) != 1 or not re.fullmatch(r"(?:20\d\d)?", year):
        return None
    return date(int(year) if year else today.year + (named[0] < today.month), named[0], 1)


@press("calendar.show", reads=True)
def turn(ask: Ask, desk: Desk) -> Reply:
    """Another week or month, in place of the one shown."""
    shown = ask.data.get("p")
    kind = shown if shown in (_DAY, _MONTH) else _WEEK
    try:
        day = date.fromisoformat(str(ask.data.get("d")))
    except ValueError:
        day = local(desk.now, _zone(ask, desk)).date().to_stdlib()
    return _show(kind, day, ask, desk, turned=True)


def _zone(ask: Ask, desk: Desk) -> str:
    return desk.voice(ask.user).zone


def _show(kind: str, day: date, ask: Ask, desk: Desk, *, turned: bool = False) -> Reply:
    zone = _zone(ask, desk)
    first, after = _bounds(kind, day)
    span = Span(at_wall(first, time(), zone), at_wall(after, time(), zone))
    found = agenda.entries(desk, Scope("all", viewer=ask.user), span)
    title = _title(kind, first, after, zone, desk.now)
    head = words(Bold(title), " · ", _count(found))
    blocks: list[Block] = [Para(head)]
    for on, some in _by_day(found[:MOST], span, zone).items():
        rows = tuple(words(_since(_at(entry, span, zone), span, zone), "  ", entry.line()) for entry in some)
        above = () if kind == _DAY else (words(Bold(_day(on, zone, desk.now))),)
        blocks.append(Lines((*above, *rows)))  # one block: a month has to fit
    if len(found) > MOST:
        blocks.append(Small((f"and {len(found) - MOST} more",)))
    view = _MONTH if kind == _WEEK else _WEEK
    others: list[Button] = [
        turn.button(f"← {_called(kind, -1)}", p=kind, d=_other(kind, first, -1).isoformat()),
        turn.button(f"{_called(kind, 1)} →", p=kind, d=_other(kind, first, 1).isoformat()),
        turn.button(view.capitalize(), p=view, d=_meant(kind, first, desk, zone)),
    ]  # fmt: skip
    if desk.catalogue.public_url:
        others.append(Button("In my own calendar …", "do.feed"))
    return Reply(Message(head, (*blocks, Actions(tuple(others)))), replaces=turned)


def _count(found: list[Entry]) -> str:
    if not found:
        return "nothing is planned"
    return "one entry" if len(found) == 1 else f"{len(found)} entries"


def _bounds(kind: str, day: date) -> tuple[date, date]:
    """The first day, and the day after the last."""
    if kind == _DAY:
        return day, day + timedelta(days=1)
    if kind == _WEEK:
        first = day - timedelta(days=day.weekday())
        return first, first + timedelta(days=7)
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)


def _other(kind: str, day: date, step: int) -> date:
    first, after = _bounds(kind, day)
    return after if step > 0 else first - timedelta(days=1)


def _called(kind: str, step: int) -> str:
    return f"{'Next' if step > 0 else 'Previous'} {kind}"


def _meant(kind: str, first: date, desk: Desk, zone: str) -> str:
    """The day around which the other view opens: today, where it is in sight."""
    today = local(desk.now, zone).date().to_stdlib()
    start, after = _bounds(kind, first)
    return (today if start <= today < after else first).isoformat()


def _title(kind: str, first: date, after: date, zone: str, now: datetime) -> str:
    if kind == _MONTH:
        return f"{_NAMES[first.month - 1]} {first.year}"
    if kind == _DAY:
        return _day(first, zone, now)
    return f"{_say(first, zone, now)} – {_say(after - timedelta(days=1), zone, now)}"


def _say(day: date, zone: str, now: datetime) -> str:
    return say_day(at_wall(day, time(12), zone), zone, now=now)


def _day(day: date, zone: str, now: datetime) -> str:
    """It is read by the one whose zone this is, so it can be told with its weekday."""
    is_today = local(now, zone).date().to_stdlib() == day
    return f"Today, {_say(day, zone, now)}" if is_today else _say(day, zone, now)


def _by_day(found: Iterable[Entry], span: Span, zone: str) -> dict[date, list[Entry]]:
    """What began before stands on the first day."""
    days: dict[date, list[Entry]] = {}
    for entry in sorted(found, key=lambda entry: _at(entry, span, zone)):
        days.setdefault(_day_of(max(_at(entry, span, zone), span.start), zone), []).append(entry)
    return days


def _at(entry: Entry, span: Span, zone: str) -> datetime:
    """When it was to be; what went live on another day in sight stands on that one, where nobody waits for it."""
    happened = entry.happened_at
    if happened is None or not span.start <= happened < span.end:
        return entry.starts_at
    return entry.starts_at if _day_of(happened, zone) == _day_of(entry.starts_at, zone) else happened


def _since(at: datetime, span: Span, zone: str) -> At:
    """The time; with its day where it began before what is shown."""
    return At(at, "time" if at >= span.start else "day", zone)


def _day_of(at: datetime, zone: str) -> date:
    return local(at, zone).date().to_stdlib()
