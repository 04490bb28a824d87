"""Know when people work: a question is put in their hours, unless its deadline would pass by then."""

from datetime import datetime, time, timedelta

from bot.release.planned import at_wall
from bot.release.workdays import next_working_day
from bot.release.zones import local

WORK_FROM, WORK_UNTIL = time(9), time(18)


def in_hours(at: datetime, zone: str, deadline: datetime) -> datetime:
    """That instant, or when the next working day of this IANA zone begins, if that is well before the deadline."""
    there = local(at, zone).to_stdlib()
    if there.weekday() < 5 and WORK_FROM <= there.time() < WORK_UNTIL:
        return at
    early = there.weekday() < 5 and there.time() < WORK_FROM
    begins = at_wall(there.date(), WORK_FROM, zone) if early else next_working_day(at, zone, hour=WORK_FROM.hour)
    return begins if begins < deadline - timedelta(minutes=30) else at
