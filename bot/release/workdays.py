"""Count in working days: Monday to Friday by the calendar of one zone."""

from datetime import date, datetime, time, timedelta

from bot.release.planned import at_wall
from bot.release.zones import local


def next_working_day(at: datetime, zone: str, hour: int = 10, minute: int = 0) -> datetime:
    """The UTC instant of hour:minute on the first working day after the day of `at` in `zone`."""
    return at_wall(_move(_day(at, zone), 1), time(hour, minute), zone)


def previous_working_day(at: datetime, zone: str, hour: int = 10, minute: int = 0) -> datetime:
    """The UTC instant of hour:minute on the last working day before the day of `at` in `zone`."""
    return at_wall(_move(_day(at, zone), -1), time(hour, minute), zone)


def add_working_days(at: datetime, zone: str, n: int, hour: int | None = None, minute: int = 0) -> datetime:
    """The UTC instant `n` working days after the day of `at` in `zone` (before it when negative).

    At hour:minute, or at the same wall time when no hour is given. From a weekend, one working day
    later is Monday and one earlier is Friday; none stays on that day.
    """
    clock = local(at, zone).time().to_stdlib() if hour is None else time(hour, minute)
    return at_wall(_move(_day(at, zone), n), clock, zone)


def _day(at: datetime, zone: str) -> date:
    return local(at, zone).date().to_stdlib()


def _move(day: date, n: int) -> date:
    step = timedelta(days=1 if n > 0 else -1)
    for _ in range(abs(n)):
        day += step
        while day.weekday() >= 5:
            day += step
    return day
