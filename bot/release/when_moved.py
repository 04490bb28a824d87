"""Read how far a planned time shall be moved: "+2h" and "by 30m" are meant from that time, not from now."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.release.durations import Span, read_span
from bot.release.planned import PlannedTime, TimeQuestion, plan_at, plan_wall
from bot.release.tidy import quote, tidy
from bot.release.when import FURTHEST, read_when
from bot.release.when_places import soonest
from bot.release.when_words import read_words
from bot.release.zones import local, place_name, read_zone, say_clock, say_day

_BY = re.compile(r"^(?:by ?)?(?:\+ ?)?| (?:later|more)$")
_EARLIER = re.compile(r"^-\s*(.+)$|^(?:by )?(.+) (?:earlier|sooner)$|^(?:earlier|sooner) (?:by )?(.+)$")
_HOUR = re.compile(r"\s*\d{1,2}\s*")
_SAME = re.compile(r"(?:^|[ ,]+)(?:at )?(?:the )?same (?:clock )?time(?= |$)", re.IGNORECASE)
_MOST_OPTIONS = 3


def without_to(text: str) -> str:
    """ "to fri 3pm" and "it to fri 3pm", as one says it after "move"; "for fri 3pm"; "fri 3pm in Berlin"."""
    bare = re.sub(r"^\s*(?:it\s+)?(?:to|until|for)\s+(?=\S)", "", text, flags=re.IGNORECASE)
    when, _, place = bare.rpartition(" in ")
    return f"{when} {place}" if when and read_zone(place) is not None else bare


def earlier_meant(text: str) -> Span | None:
    """ "-1h", "1h earlier", "earlier by 1h": by how much it comes before the planned time, as less than nothing."""
    found = _EARLIER.match(tidy(text))
    span = read_span(next(filter(None, found.groups()))) if found else None
    return Span(-span.days, -span.rest) if span is not None else None


def at_the_same_time(planned: PlannedTime, text: str) -> str:
    """ "tomorrow, same time" with that time in it; “11”, as in “move it to 11”, is an hour."""
    if _HOUR.fullmatch(text):
        return f"at {text.strip()}"
    return _SAME.sub(f" {_clock(planned)} ", text, count=1).strip()


def or_the_same_time(planned: PlannedTime, text: str, asked: TimeQuestion, now: datetime) -> TimeQuestion:
    """ "tomorrow" alone: the time of day that it is planned for comes first among those that are offered."""
    spoken = read_words(text)
    if spoken is None or spoken.day is None or spoken.clock or spoken.part or spoken.zone or spoken.abbreviation:
        return asked
    same = read_when(f"{text} {_clock(planned)}", zone=planned.zone, now=now)
    if not isinstance(same, PlannedTime):
        return asked
    others = [one for one in asked.options if one.at != same.at]
    return _question(f"{quote(text)} names no clock time.", [same, *others[: _MOST_OPTIONS - 1]], now)


def or_on_its_day(
    planned: PlannedTime, text: str, read: PlannedTime | TimeQuestion, now: datetime, *, later: bool
) -> PlannedTime | TimeQuestion:
    """ "16:00" for what is planned on another day: that day is asked about first. `later`: they said "postpone"."""
    spoken = read_words(text)
    if spoken is None or spoken.clock is None or spoken.day is not None:
        return read
    found = [read] if isinstance(read, PlannedTime) else list(read.options)
    there = [local(one.at, one.zone) for one in found]
    day = [local(planned.at, one.zone).date().to_stdlib() for one in found]
    if not found or all(at.date().to_stdlib() == its for at, its in zip(there, day, strict=True)):
        return read
    walls = zip(day, there, found, strict=True)
    same = [plan_wall(its, at.time().to_stdlib(), one.zone, now=now) for its, at, one in walls]
    kept = [one for one in same if isinstance(one, PlannedTime) and one.at > now]
    if later:
        kept = [one for one in kept if one.at >= planned.at]
        return kept[0] if len(kept) == 1 else read
    said = text.removeprefix("at ")
    return _question(f"{quote(said)} names no day.", [*kept, *found][:_MOST_OPTIONS], now) if kept else read


def length_meant(text: str, *, later: bool) -> Span | None:
    """The length that somebody meant from the planned time. `later`: they said so by the verb, "postpone 30m"."""
    said = tidy(text)
    bare = _BY.sub("", said)
    return read_span(bare) if later or bare != said else None


def moved(planned: PlannedTime, text: str, span: Span, *, now: datetime) -> PlannedTime | TimeQuestion:
    """The planned time so much later, days by the calendar; a question where that is past, or out of reach."""
    if span.total > FURTHEST:
        return TimeQuestion(f"{quote(text)} is out of reach: up to two years are possible, such as +30m or +1 day.")
    start = planned.at
    if span.days:
        there = local(planned.at, planned.zone)
        day = there.date().to_stdlib() + timedelta(days=span.days)
        new = plan_wall(day, there.time().to_stdlib(), planned.zone, now=now)
        if isinstance(new, TimeQuestion):
            return new
        start = new.at
    later = plan_at(start + span.rest, planned.zone)
    if later.at >= now:
        return later
    if span.total < timedelta():
        return _question(f"{_say(later, now)} is past.", [plan_at(_next_minute(now), planned.zone)], now)
    return _question(f"{_say(later, now)} is past.", [plan_at(_next_minute(now) + span.total, planned.zone)], now)


def length_or_now(planned: PlannedTime, text: str, asked: TimeQuestion, now: datetime) -> TimeQuestion:
    """ "30m" alone: from now, as was asked about already, or from the planned time."""
    span = read_span(tidy(text))
    new = moved(planned, text, span, now=now) if span is not None else None
    if not isinstance(new, PlannedTime):
        return asked
    options = soonest([new, *asked.options[: _MOST_OPTIONS - 1]])
    return _question(f"{quote(text)} may be meant from now, or from the planned time.", options, now)


def never_earlier(planned: PlannedTime, new: PlannedTime, now: datetime) -> PlannedTime | TimeQuestion:
    """What somebody called postponing is asked about where it would be earlier than planned."""
    if new.at >= planned.at:
        return new
    return _question(f"{_say(new, now)} is earlier than planned ({_say(planned, now)}).", [new], now)


def _question(doubt: str, options: Sequence[PlannedTime], now: datetime) -> TimeQuestion:
    said = [_say(option, now) for option in options]
    listed = f"{', '.join(said[:-1])} or {said[-1]}" if len(said) > 1 else said[0]
    return TimeQuestion(f"{doubt} Did you mean {listed}?", tuple(options))


def _next_minute(now: datetime) -> datetime:
    return now + timedelta(microseconds=-(now.second * 1_000_000 + now.microsecond) % 60_000_000)


def _clock(planned: PlannedTime) -> str:
    return f"{planned.wall[11:16]} {planned.zone}"


def _say(planned: PlannedTime, now: datetime) -> str:
    at, zone = planned.at, planned.zone
    return f"{say_day(at, zone, now=now)} {say_clock(at, zone)} {place_name(zone)}"
