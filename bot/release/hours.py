"""Know when people work: a question is put in their hours, unless its deadline would pass by then."""

from collections.abc import Container
from datetime import date, datetime, time, timedelta

from bot.release.planned import at_wall
from bot.release.workdays import is_working_day, next_working_day
from bot.release.zones import local

WORK_FROM, WORK_UNTIL = time(9), time(18)


def in_hours(at: datetime, zone: str, deadline: datetime, days_off: Container[date] = ()) -> datetime:
    """That instant, or when the next working day of this IANA zone begins, if that is well before the deadline."""
    there = local(at, zone).to_stdlib()
    works = is_working_day(there.date(), days_off)
    if works and WORK_FROM <= there.time() < WORK_UNTIL:
        return at
    if works and there.time() < WORK_FROM:
        begins = at_wall(there.date(), WORK_FROM, zone)
    else:
        begins = next_working_day(at, zone, hour=WORK_FROM.hour, days_off=days_off)
    return begins if begins < deadline - timedelta(minutes=30) else at
