"""Work out which days a person may mean by "fri", "next fri", "31.11." or "12/1", and why it is not one."""

import calendar
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches

from bot.release.when_words import OnDate, Shifted, Spoken, Weekday

#: A date without a year that has passed means next year only if that is nearer than this.
_NEXT_YEAR_WITHIN = timedelta(days=183)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = tuple(name.casefold() for name in (*calendar.month_name[1:], *calendar.month_abbr[1:]))
_SHORT_DAYS = tuple(name.casefold() for name in calendar.day_abbr)
_BEFORE_A_DAY = {"on", "the", "next", "this", "coming", "of"}
_DAY_NAMES = (*(name.casefold() for name in _WEEKDAYS), "tomorrow", "today", "yesterday")
#: 31.12., 12/31, 2026-12-31; and 22nd, 22.
_DATE_LIKE = re.compile(
    r"\d{1,2}[./-]\d{1,2}(?:[./-](?:\d{4}|\d{2})?)?|20\d\d-\d{1,2}-\d{1,2}|\d{1,2}(?:st|nd|rd|th|\.)"
)
_NUMBER = re.compile(r"\d{1,2}(?:st|nd|rd|th|\.)?")


@dataclass(frozen=True)
class Days:
    dates: tuple[date, ...]
    doubt: str | None = None  # why there are several
    hole: bool = False  # there is no such date; these are its neighbours


def looks_like_day(typed: Sequence[str]) -> int:
    """How many words of a text that names no day look like one all the same, from its first on: `22 decc`, `22nd`."""
    if typed and typed[0].casefold() in _BEFORE_A_DAY and (rest := looks_like_day(typed[1:])):
        return rest + 1
    first, second = (word.casefold().strip(",") for word in (*typed, "", "")[:2])
    if _NUMBER.fullmatch(first):
        if _is_near(second, _MONTHS):
            return 2
        return 1 if not second or not first.isdecimal() else 0
    if _is_near(first, _MONTHS) and _NUMBER.fullmatch(second):
        return 2
    swapped = any(sorted(name) == sorted(first) for name in _SHORT_DAYS)
    return 1 if _DATE_LIKE.fullmatch(first) or swapped or _is_near(first, _DAY_NAMES) else 0


def _is_near(word: str, names: Sequence[str]) -> bool:
    """Whether it is one of them, but for a slip of the fingers."""
    letters = sorted(word.strip("."))
    swapped = any(sorted(name) == letters for name in names)
    return swapped or bool(get_close_matches(word.strip("."), names, n=1, cutoff=0.8))


def days_meant(spoken: Spoken, todays: Mapping[str, date], quoted: str) -> Days:
    """The dates the text may mean, earliest first.

    `todays` is today's date by place name: the person's own first, then those the text speaks of.
    """
    today = min(todays.values())
    if isinstance(spoken.day, OnDate):
        return _checked(_on_date(spoken.day, today, quoted), spoken.weekday)
    dates: set[date] = set()
    for start in todays.values():
        if isinstance(spoken.day, Weekday):
            dates |= _weekdays(spoken.day, start)
        else:
            dates.add(start + timedelta(days=spoken.day.days if isinstance(spoken.day, Shifted) else 0))
    if len(dates) == 1:
        return Days(tuple(dates))
    if len(set(todays.values())) > 1:
        own, *others = todays
        other = next(place for place in others if todays[place] != todays[own])
        doubt = (
            f"It is {_WEEKDAYS[todays[own].weekday()]} where you are "
            f"and {_WEEKDAYS[todays[other].weekday()]} in {other}."
        )
    elif isinstance(spoken.day, Weekday) and spoken.day.which == "":
        doubt = f"Today is {_WEEKDAYS[today.weekday()]}."
    else:
        doubt = f"{quoted} can be this week or the next."
    return Days(tuple(sorted(dates)), doubt)


def _weekdays(said: Weekday, today: date) -> set[date]:
    """Weeks begin on Monday for some and on Sunday for others; "next" is clear only where all agree."""
    ahead = (said.index - today.weekday()) % 7
    monday_week = today + timedelta(days=said.index - today.weekday())
    sunday_week = today + timedelta(days=(said.index + 1) % 7 - (today.weekday() + 1) % 7)
    week = timedelta(days=7)
    if said.which == "this":
        return {monday_week, sunday_week}
    if said.which == "next week":
        return {monday_week + week, sunday_week + week}
    if said.which == "last":
        return {today - timedelta(days=7 - ahead)}
    first = today + timedelta(days=ahead or 7)
    if said.which == "next":
        return {first, monday_week + week, sunday_week + week}
    return {first} if ahead else {today, first}


def _on_date(said: OnDate, today: date, quoted: str) -> Days:
    ways = {(said.day, said.month)}
    if said.either_way:
        ways = {(day, month) for day, month in (*ways, (said.month, said.day)) if day <= 31 and month <= 12}
    found = [_in_some_year(day, month, said.year, today) for day, month in sorted(ways)]
    real = {dates[0] for dates in found if len(dates) == 1}
    if not real:
        return Days(found[0], f"{quoted} does not exist.", hole=True)
    doubt = f"{quoted} can be read day first or month first." if len(real) > 1 else None
    return Days(tuple(sorted(real)), doubt)


def _in_some_year(day: int, month: int, year: int | None, today: date) -> tuple[date, ...]:
    """The one date meant; or, when there is no such date, the days before and after the hole."""
    if year is not None:
        return _around(day, month, year)
    this, following = _around(day, month, today.year), _around(day, month, today.year + 1)
    if this[-1] >= today and len(this) == 1:
        return this
    if len(following) == 1 and following[0] - today <= _NEXT_YEAR_WITHIN:
        return following
    if len(this) == 1:
        return this
    return this if this[0] >= today else following


def _around(day: int, month: int, year: int) -> tuple[date, ...]:
    last = calendar.monthrange(year, month)[1]
    if day <= last:
        return (date(year, month, day),)
    end = date(year, month, last)
    return (end, end + timedelta(days=1))


def _checked(days: Days, weekday: int | None) -> Days:
    """Hold a weekday said beside a date against it; it may also tell 12 January from 1 December."""
    if weekday is None or days.hole:
        return days
    fitting = tuple(day for day in days.dates if day.weekday() == weekday)
    if fitting:
        return Days(fitting, days.doubt if len(fitting) > 1 else None)
    day = days.dates[0]
    nearest = day + timedelta(days=(weekday - day.weekday() + 3) % 7 - 3)
    doubt = f"{day.day}.{day.month}.{day.year} is a {_WEEKDAYS[day.weekday()]}, not a {_WEEKDAYS[weekday]}."
    return Days(tuple(sorted((day, nearest))), doubt)
