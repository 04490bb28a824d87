"""Read lengths of time as people type them ("30m", "1h30m", "90 min", "half an hour"), and say them."""

import re
from dataclasses import dataclass
from datetime import timedelta

from bot.release.planned import TimeQuestion
from bot.release.tidy import quote, tidy

SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(days=14)

_WORDS = {
    "a": 1.0,
    "an": 1.0,
    "half a": 0.5,
    "half an": 0.5,
    "half": 0.5,
    "one": 1.0,
    "two": 2.0,
    "three": 3.0,
    "four": 4.0,
    "five": 5.0,
    "six": 6.0,
    "seven": 7.0,
    "eight": 8.0,
    "nine": 9.0,
    "ten": 10.0,
}
_NUMBER = rf"(?:\d{{1,5}}(?:\.\d{{1,3}})?|\.\d{{1,3}}|(?:{'|'.join(sorted(_WORDS, key=len, reverse=True))})(?= ))"
_UNIT = r"(?:weeks?|w|days?|d|hours?|hrs?|hr|h|minutes?|mins?|min|m)(?![a-z])"
_PIECE = rf"{_NUMBER} ?{_UNIT}(?: and a half)?"
#: A length of time inside a longer text; read what it matched with `read_span`.
SPAN = rf"{_PIECE}(?:(?: and)? ?{_PIECE}){{0,4}}(?:(?<=h) ?\d{{2}}(?![\d:]))?"


@dataclass(frozen=True)
class Span:
    """Days go by the calendar (same wall time), the rest by the stopwatch."""

    days: int
    rest: timedelta

    @property
    def total(self) -> timedelta:
        return timedelta(days=self.days) + self.rest


def read_span(text: str) -> Span | None:
    """A length of time in tidied words, or None."""
    if not re.fullmatch(SPAN, text):
        return None
    days, rest = 0.0, timedelta()
    for number, unit, half in re.findall(rf"({_NUMBER}) ?({_UNIT})( and a half)?", text):
        amount = (_WORDS[number] if number in _WORDS else float(number)) + (0.5 if half else 0)
        if unit[0] in "wd":
            days += amount * (7 if unit[0] == "w" else 1)
        else:
            rest += timedelta(hours=amount) if unit[0] == "h" else timedelta(minutes=amount)
    if minutes := re.search(r"h ?(\d{2})$", text):
        rest += timedelta(minutes=int(minutes[1]))
    return Span(int(days), rest + timedelta(days=days - int(days)))


def read_duration(text: str) -> timedelta | TimeQuestion:
    """How long a person meant, from one minute to 14 days, or a question without options."""
    span = read_span(tidy(text).removeprefix("for ").removeprefix("by ").removeprefix("+"))
    if span is None:
        return TimeQuestion(f"{quote(text)} is not a length of time I can read. Try 30m, 1h30m or 2 days.")
    if not SHORTEST <= span.total <= LONGEST:
        return TimeQuestion(f"{quote(text)} is out of reach: from 1 minute to 14 days is possible, such as 30m or 2h.")
    return span.total


def say_length(length: timedelta) -> str:
    """“41 min”, “1 h 51 min”, “28 h”, “3 days”: as exact as people would say it."""
    minutes = int(length.total_seconds() // 60)
    hours = minutes // 60
    if minutes < 60:
        return f"{minutes} min" if minutes else "less than a minute"
    if hours < 10:
        return f"{hours} h {minutes % 60} min" if minutes % 60 else f"{hours} h"
    return f"{hours} h" if hours < 48 else f"{round(hours / 24)} days"
