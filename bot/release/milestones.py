"""Read and say times around T as people write them in a policy: "T", "T-30m", "T-1 working day 10:00", "T+1wd 9:00"."""

import re
from datetime import timedelta

from bot.release.durations import read_span
from bot.release.policy import AtOnce, Milestone

_OFFSET = re.compile(
    r"T(?:\s*(?P<sign>[+-])\s*"
    r"(?:(?P<days>\d{1,2}) ?(?:wd|working days?) (?P<at>(?:[01]?\d|2[0-3]):[0-5]\d)|(?P<by>.+)))?",
    re.IGNORECASE,
)


def read_length(text: str) -> timedelta | None:
    """A length of time such as "30m", "4h" or "1h30m"; None where it is none."""
    span = read_span(text.strip().lower())
    return None if span is None else span.total


def read_milestone(text: str) -> Milestone | None:
    """A time before T; None where it is none."""
    found = read_offset(text)
    return None if found is None or is_after(found) else found


def read_offset(text: str) -> Milestone | None:
    """A time before or after T; None where it is none."""
    found = _OFFSET.fullmatch(text.strip())
    if found is None:
        return None
    way = -1 if found["sign"] == "+" else 1
    if found["days"]:
        return Milestone(working_days=way * int(found["days"]), at=found["at"].zfill(5))
    if not found["by"]:
        return Milestone()
    by = read_length(found["by"])
    return None if by is None else Milestone(before=way * by)


def is_after(at: Milestone) -> bool:
    """Whether it is later than T, or on a later day."""
    return at.before < timedelta(0) or at.working_days < 0


def say_milestone(at: Milestone | AtOnce) -> str:
    """As `read_offset` reads it back; "at once" as it is."""
    if isinstance(at, str):
        return at
    sign = "+" if is_after(at) else "-"
    if at.at is not None:
        days = abs(at.working_days)
        return f"T{sign}{days} working day{'s' if days != 1 else ''} {at.at}"
    return f"T{sign}{say_span(abs(at.before))}" if at.before else "T"


def say_span(of: timedelta) -> str:
    """As `read_length` reads it back: "1d", "1h30m", "0m"."""
    minutes = round(of.total_seconds() / 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    return "".join(f"{count}{unit}" for count, unit in ((days, "d"), (hours, "h"), (rest, "m")) if count) or "0m"
