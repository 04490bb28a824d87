"""Count in working days: Monday to Friday by the calendar of one zone, but for the days off that are given."""

from collections.abc import Container
from datetime import date, datetime, time, timedelta

from bot.release.planned import at_wall
from bot.release.zones import local

#: More days off in a row than this are none: whoever counts on gets to an end.
MOST_OFF = 60


def next_working_day(
    at: datetime, zone: str, hour: int = 10, minute: int = 0, *, days_off: Container[date] = ()
) -> datetime:
    """The UTC instant of hour:minute on the first working day after the day of `at` in `zone`."""
    return at_wall(move(_day(at, zone), 1, days_off), time(hour, minute), zone)


def previous_working_day(
    at: datetime, zone: str, hour: int = 10, minute: int = 0, *, days_off: Container[date] = ()
) -> datetime:
    """The UTC instant of hour:minute on the last working day before the day of `at` in `zone`."""
    return at_wall(move(_day(at, zone), -1, days_off), time(hour, minute), zone)


def add_working_days(
    at: datetime, zone: str, n: int, hour: int | None = None, minute: int = 0, *, days_off: Container[date] = ()
) -> datetime:
    """The UTC instant `n` working days after the day of `at` in `zone` (before it when negative).

    At hour:minute, or at the same wall time when no hour is given. From a weekend, one working day
    later is Monday and one earlier is Friday; none stays on that day.
    """
    clock = local(at, zone).time().to_stdlib() if hour is None else time(hour, minute)
    return at_wall(move(_day(at, zone), n, days_off), clock, zone)


def is_working_day(day: date, days_off: Container[date] = ()) -> bool:
    return day.weekday() < 5 and day not in days_off


def _day(at: datetime, zone: str) -> date:
    return local(at, zone).date().to_stdlib()


def move(day: date, n: int, days_off: Container[date] = ()) -> date:
    """The `n`th working day after that day (before it when negative)."""
    step = timedelta(days=1 if n > 0 else -1)
    for _ in range(abs(n)):
        day += step
        looked = 0
        while not is_working_day(day, days_off if looked < MOST_OFF else ()):
            day += step
            looked += 1
    return day
