"""Know when people work: a question is put in their hours, unless its deadline would pass by then."""

from collections.abc import Container
from datetime import date, datetime, time, timedelta

from bot.release.planned import at_wall
from bot.release.workdays import is_working_day, next_working_day, previous_working_day
from bot.release.zones import local

WORK_FROM, WORK_UNTIL = time(9), time(18)
#: What is told the day before comes no later than this: there is time left to act on it.
LAST_HOUR = time(17)


def at_work(at: datetime, zone: str, days_off: Container[date] = ()) -> bool:
    """Whether people in this IANA zone work at that instant."""
    there = local(at, zone).to_stdlib()
    return is_working_day(there.date(), days_off) and WORK_FROM <= there.time() < WORK_UNTIL


def in_hours(at: datetime, zone: str, deadline: datetime, days_off: Container[date] = ()) -> datetime:
    """That instant, or when the next working day of this IANA zone begins, if that is well before the deadline."""
    if at_work(at, zone, days_off):
        return at
    there = local(at, zone).to_stdlib()
    if is_working_day(there.date(), days_off) and there.time() < WORK_FROM:
        begins = at_wall(there.date(), WORK_FROM, zone)
    else:
        begins = next_working_day(at, zone, hour=WORK_FROM.hour, days_off=days_off)
    return begins if begins < deadline - timedelta(minutes=30) else at


def begins(at: datetime, zone: str) -> datetime:
    """When the hours of that day begin in this IANA zone, a working day or not."""
    return at_wall(local(at, zone).to_stdlib().date(), WORK_FROM, zone)


def day_before(at: datetime, zone: str, days_off: Container[date] = ()) -> datetime:
    """The same wall time on the last working day before, or as near to it as the hours of that day are."""
    clock = min(max(local(at, zone).to_stdlib().time(), WORK_FROM), LAST_HOUR)
    return previous_working_day(at, zone, clock.hour, clock.minute, days_off=days_off)
