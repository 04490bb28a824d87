"""Take a typed time apart into what it names: a day, a clock time, a zone. Nothing is decided here.

Every word must be understood, or nothing is.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from bot.release.durations import SPAN, Span, read_span
from bot.release.tidy import tidy
from bot.release.zones import is_abbreviation, read_zone


@dataclass(frozen=True)
class Shifted:
    """So many days from today."""

    days: int


@dataclass(frozen=True)
class Weekday:
    index: int  # Monday is 0
    which: Literal["", "this", "next", "next week", "last"] = ""


@dataclass(frozen=True)
class OnDate:
    day: int
    month: int
    year: int | None = None
    either_way: bool = False  # 12/1: day and month may be swapped


@dataclass(frozen=True)
class ClockTime:
    hour: int
    minute: int = 0
    half_open: bool = False  # 3: morning or afternoon?
    midnight: bool = False  # begins one day and ends another
    begins: bool = False  # the first moment of its day, which may not be 00:00 where clocks change at midnight


@dataclass
class Spoken:
    """What a text names; None for what it leaves out."""

    now: bool = False
    span: Span | None = None
    day: Shifted | Weekday | OnDate | None = None
    weekday: int | None = None  # said beside a date: to be checked
    clock: ClockTime | None = None
    part: str | None = None  # "morning"; see PARTS
    offset: timedelta | None = None
    zone: str | None = None
    abbreviation: str | None = None  # "cet"


#: Vague times of day: the hours (first, last) they cover, and the hours to offer.
PARTS: dict[str, tuple[range, tuple[int, ...]]] = {
    "morning": (range(5, 12), (9, 10, 11)),
    "afternoon": (range(12, 18), (13, 14, 16)),
    "evening": (range(17, 24), (18, 19, 20)),
    "night": (range(18, 24), (20, 21, 22)),
    "end of day": (range(15, 20), (17, 18)),
}
_PART_WORDS = {part: part for part in PARTS} | {"eod": "end of day", "cob": "end of day"}
_DAY_WORDS = {
    "yesterday": -1,
    "today": 0,
    "tomorrow": 1,
    "tomorow": 1,
    "tommorow": 1,
    "tommorrow": 1,
    "tmrw": 1,
    "tmr": 1,
    "the day after tomorrow": 2,
    "day after tomorrow": 2,
}
_WEEKDAYS = r"(mon|tue|wed|thu|fri|sat|sun)(?:day|s|sday|nesday|r|rs|rsday|urday)?\.?"
_WEEKDAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?:uary|ruary|ch|il|e|y|ust|t|tember|ober|ember)?\.?"
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FILLERS = r"at|on|by|the|in the|@|sharp|time|-|of|around|about|approx|approximately|circa|roughly"
_END = r"(?= |$)"
#: Before this hour a time typed without a leading zero ("3:30") is more likely meant for the afternoon.
_EARLY = 7


def read_words(text: str) -> Spoken | None:
    """What the text names, or None when a word in it is not understood or it names no time at all."""
    rest, spoken = tidy(text), Spoken()
    while rest:
        for pattern, take in _RULES:
            found = pattern.match(rest)
            if found and take(spoken, found):
                rest = rest[found.end() :].lstrip(" ")
                break
        else:
            taken = _take_zone(spoken, rest)
            if not taken:
                return None
            rest = rest[taken:].lstrip(" ")
    return spoken if _makes_sense(spoken) else None


def _makes_sense(spoken: Spoken) -> bool:
    named = (spoken.day, spoken.clock, spoken.part, spoken.weekday)
    placed = (spoken.offset, spoken.zone, spoken.abbreviation)
    if spoken.now:
        return spoken.span is None and not any(thing is not None for thing in named + placed)
    if spoken.span is not None:
        return all(thing is None for thing in (*named, *placed))
    if spoken.weekday is not None and not isinstance(spoken.day, OnDate):
        return False
    return any(thing is not None for thing in (spoken.day, spoken.clock, spoken.part))


def _take_now(spoken: Spoken, _: re.Match[str]) -> bool:
    spoken.now = True
    return True


def _take_span(spoken: Spoken, found: re.Match[str]) -> bool:
    span = read_span(found["span"])
    if span is None or spoken.span is not None or spoken.day is not None:
        return False
    spoken.span = span
    return True


def _take_ago(spoken: Spoken, found: re.Match[str]) -> bool:
    """ "2 hours ago": understood, so that it can be called past."""
    if not _take_span(spoken, found) or spoken.span is None:
        return False
    spoken.span = Span(-spoken.span.days, -spoken.span.rest)
    return True


def _take_days_and_clock(spoken: Spoken, found: re.Match[str]) -> bool:
    """ "in 2 days at 14:00": a day, not a length of time."""
    span = read_span(found["span"])
    if span is None or span.rest or spoken.span is not None or spoken.day is not None:
        return False
    spoken.day = Shifted(span.days)
    return True


def _take_day_word(spoken: Spoken, found: re.Match[str]) -> bool:
    if spoken.day is not None:
        return False
    if found[1].startswith("ton"):
        spoken.day, spoken.part = Shifted(0), "night"
    else:
        spoken.day = Shifted(_DAY_WORDS[found[1]])
    return True


def _take_weekday(spoken: Spoken, found: re.Match[str]) -> bool:
    index = _WEEKDAY_NAMES.index(found["day"][:3])
    which = found["which"] or ""
    week = found["week"] or found["week2"]
    if isinstance(spoken.day, OnDate) and spoken.weekday is None and not which and not week:
        spoken.weekday = index
        return True
    if spoken.day is not None:
        return False
    kinds: dict[str, Literal["", "this", "next", "last"]] = {"this": "this", "next": "next", "last": "last"}
    spoken.day = Weekday(index, "next week" if week else kinds.get(which, ""))
    return True


def _take_date(day: int, month: int, year: int, *, either_way: bool = False) -> Callable[[Spoken, re.Match[str]], bool]:
    """A taker for a pattern whose groups with these numbers are day, month and year (0: none)."""

    def take(spoken: Spoken, found: re.Match[str]) -> bool:
        before = spoken.day
        beside = isinstance(before, Weekday) and before.which == ""
        if before is not None and not beside:
            return False
        name = found[month]
        months = _MONTH_NAMES.index(name[:3]) + 1 if name[:3] in _MONTH_NAMES else int(name)
        years = int(found[year]) if year and found[year] else None
        if years is not None and years < 100:
            years += 2000
        said = OnDate(int(found[day]), months, years, either_way)
        if not _could_be(said):
            return False
        spoken.day = said
        if isinstance(before, Weekday):
            spoken.weekday = before.index
        return True

    return take


def _could_be(said: OnDate) -> bool:
    if said.year is not None and not 1000 <= said.year <= 9000:
        return False
    straight = 1 <= said.day <= 31 and 1 <= said.month <= 12
    return straight or (said.either_way and 1 <= said.month <= 31 and 1 <= said.day <= 12)


def _take_clock(spoken: Spoken, found: re.Match[str]) -> bool:
    groups = found.groupdict()
    if spoken.clock is not None or (groups.get("bare") is not None and spoken.day is None):
        return False
    hour, minute, half = int(found["hour"]), int(groups.get("minute") or 0), groups.get("half")
    if hour > 24 or minute > 59 or (half and not 1 <= hour <= 12) or (hour == 24 and minute):
        return False
    if hour == 24 or (half == "am" and hour == 12 and not minute):
        spoken.clock = ClockTime(0, midnight=True)
    elif half:
        spoken.clock = ClockTime(hour % 12 + (12 if half == "pm" else 0), minute)
    else:
        typed_short = len(found["hour"]) == 1
        half_open = typed_short and 0 < hour < (_EARLY if groups.get("minute") else 13)
        half_open = half_open or (groups.get("minute") is None and 0 < hour <= 12)
        spoken.clock = ClockTime(hour, minute, half_open)
    return True


def _take_told(spoken: Spoken, found: re.Match[str]) -> bool:
    """ "half past 3", "quarter to 10 pm"."""
    hour, half, minute = int(found["hour"]), found["half"], 30 if found["part"] == "half" else 15
    if spoken.clock is not None or not 1 <= hour <= 12:
        return False
    at = timedelta(hours=hour % 12 + (12 if half == "pm" else 0), minutes=-minute if found["to"] else minute)
    minutes = at // timedelta(minutes=1) % (24 * 60)
    spoken.clock = ClockTime(minutes // 60, minutes % 60, half_open=half is None)
    return True


def _take_clock_word(spoken: Spoken, found: re.Match[str]) -> bool:
    if spoken.clock is not None:
        return False
    spoken.clock = ClockTime(0, midnight=True) if found[1] == "midnight" else ClockTime(12)
    return True


def _take_part(spoken: Spoken, found: re.Match[str]) -> bool:
    if spoken.part is not None:
        return False
    spoken.part = _PART_WORDS[found[1]]
    return True


def _take_offset(spoken: Spoken, found: re.Match[str]) -> bool:
    hours, minutes = int(found["h"]), int(found["m"] or 0)
    if spoken.clock is None or spoken.offset is not None or hours > 14 or minutes > 59:
        return False
    if found["sign"] == "-" and not found["utc"] and (hours, minutes) > (spoken.clock.hour, spoken.clock.minute):
        return False  # 10:00-12:00 is from … to …, not an offset
    offset = timedelta(hours=hours, minutes=minutes)
    spoken.offset = -offset if found["sign"] == "-" else offset
    return True


def _take_zone(spoken: Spoken, rest: str) -> int:
    """How many characters of the rest name a zone; the longest name wins."""
    words = [*re.finditer(r"[^ ]+", rest)][:5]
    for last in reversed(words):
        name = rest[: last.end()]
        if spoken.zone is None and (zone := read_zone(name)):
            spoken.zone = zone
            return last.end()
    name = words[0][0]
    if spoken.abbreviation is None and is_abbreviation(name):
        spoken.abbreviation = name
        return words[0].end()
    return 0


_Taker = Callable[[Spoken, re.Match[str]], bool]
_NO_CLOCK = r"(?![:\d.]| ?(?:am|pm|h)\b)"
_RULES: tuple[tuple[re.Pattern[str], _Taker], ...] = tuple(
    (re.compile(pattern), take)
    for pattern, take in (
        (rf"(?:right )?(?:now|immediately){_END}", _take_now),
        (rf"in (?P<span>{SPAN}) (?=at )", _take_days_and_clock),
        (rf"(?:in |\+ ?)(?P<span>{SPAN})(?: from now)?{_END}", _take_span),
        (rf"(?P<span>{SPAN}) from now{_END}", _take_span),
        (rf"(?P<span>{SPAN}) ago{_END}", _take_ago),
        (r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})(?:t(?=\d)|(?= |$))", _take_date(4, 3, 1)),
        (rf"(\d{{1,2}})\. ?(\d{{1,2}})\. ?(20\d\d){_END}", _take_date(1, 2, 3)),
        (rf"(\d{{1,2}})\.(\d{{1,2}})\.(\d\d)?{_END}", _take_date(1, 2, 3)),
        (rf"(\d{{1,2}})/(\d{{1,2}})(?:/(20\d\d|\d\d))?{_END}", _take_date(1, 2, 3, either_way=True)),
        (rf"(\d{{1,2}})-(\d{{1,2}})-(20\d\d){_END}", _take_date(1, 2, 3, either_way=True)),
        (
            rf"(\d{{1,2}})(?:st|nd|rd|th)?\.?[ -]?(?:of )?{_MONTHS}(?:[ -](20\d\d){_NO_CLOCK})?{_END}",
            _take_date(1, 2, 3),
        ),
        (rf"{_MONTHS} ?(\d{{1,2}})(?:st|nd|rd|th)?(?: (20\d\d){_NO_CLOCK})?{_END}", _take_date(2, 1, 3)),
        (
            r"(?P<week>next week )?(?:(?P<which>this|next|coming|last) )?"
            rf"(?P<day>{_WEEKDAYS})(?P<week2> next week)?{_END}",
            _take_weekday,
        ),
        (rf"({'|'.join(_DAY_WORDS)}|tonight|tonite){_END}", _take_day_word),
        (rf"(noon|midday|midnight){_END}", _take_clock_word),
        (rf"(?:in the |this )?({'|'.join(_PART_WORDS)}){_END}", _take_part),
        (rf"(?:a )?(?P<part>half|quarter) (?:past|(?P<to>to)) (?P<hour>\d{{1,2}}) ?(?P<half>am|pm)?{_END}", _take_told),
        (r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?::00(?:\.0+)?)? ?(?P<half>am|pm)(?= |$|[+-])", _take_clock),
        (r"(?P<hour>\d{1,2}) ?(?P<half>am|pm)(?= |$|[+-])", _take_clock),
        (r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::00(?:\.0+)?)?(?: ?h(?:rs)?)?(?= |$|[+z-])", _take_clock),
        (rf"(?P<hour>\d{{2}})h(?P<minute>\d{{2}}){_END}", _take_clock),
        (rf"(?P<hour>\d{{1,2}}) ?h{_END}", _take_clock),
        (rf"(?P<hour>\d{{1,2}})\.(?P<minute>\d{{2}}) ?(?:h|uhr){_END}", _take_clock),
        (rf"at (?P<hour>\d{{1,2}})\.(?P<minute>\d{{2}}){_END}", _take_clock),
        (rf"at (?P<hour>\d{{1,2}}){_END}", _take_clock),
        (rf"(?P<hour>\d{{1,2}}) ?(?:uhr|o ?clock){_END}", _take_clock),
        (rf"(?P<hour>\d{{1,2}})\.(?P<minute>\d{{2}})(?P<bare>){_END}", _take_clock),
        (rf"(?P<hour>\d{{2}})(?P<minute>\d{{2}})(?P<bare>){_END}", _take_clock),
        (rf"(?P<hour>\d{{1,2}})(?P<bare>){_END}", _take_clock),
        (rf"(?P<utc>utc|gmt)?(?P<sign>[+-])(?P<h>\d{{1,2}})(?::?(?P<m>\d{{2}}))?{_END}", _take_offset),
        (rf"(?:{_FILLERS}){_END}", lambda spoken, found: True),
    )
)
