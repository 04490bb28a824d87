"""Read and say times before T as people write them in a policy: "T", "T-30m", "T-1 working day 10:00"."""

import re
from datetime import timedelta

from bot.release.durations import read_span
from bot.release.policy import AtOnce, Milestone

_MILESTONE = re.compile(
    r"T(?:\s*-\s*(?:(?P<days>\d{1,2}) ?(?:wd|working days?) (?P<at>(?:[01]\d|2[0-3]):[0-5]\d)|(?P<before>.+)))?",
    re.IGNORECASE,
)


def read_length(text: str) -> timedelta | None:
    """A length of time such as "30m", "4h" or "1h30m"; None where it is none."""
    span = read_span(text.strip().lower())
    return None if span is None else span.total


def read_milestone(text: str) -> Milestone | None:
    """A time before T; None where it is none."""
    found = _MILESTONE.fullmatch(text.strip())
    if found is None:
        return None
    if found["days"]:
        return Milestone(working_days=int(found["days"]), at=found["at"])
    if not found["before"]:
        return Milestone()
    before = read_length(found["before"])
    return None if before is None else Milestone(before=before)


def say_milestone(at: Milestone | AtOnce) -> str:
    """As `read_milestone` reads it back; "at once" as it is."""
    if isinstance(at, str):
        return at
    if at.at is not None:
        return f"T-{at.working_days} working day{'s' if at.working_days != 1 else ''} {at.at}"
    return f"T-{say_span(at.before)}" if at.before else "T"


def say_span(of: timedelta) -> str:
    """As `read_length` reads it back: "1d", "1h30m", "0m"."""
    minutes = round(of.total_seconds() / 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    return "".join(f"{count}{unit}" for count, unit in ((days, "d"), (hours, "h"), (rest, "m")) if count) or "0m"
