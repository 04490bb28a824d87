"""Look for times at which a release may go live: in working hours, in no freeze, with time left for its go/no-go."""

from collections.abc import Callable, Collection, Container, Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice

from bot.release.coverage import LEAST
from bot.release.freeze import Freeze, Freezing, next_free
from bot.release.hours import WORK_FROM, WORK_UNTIL
from bot.release.planned import PlannedTime, at_wall, plan_at
from bot.release.release import Kind, Release
from bot.release.timeline import deadline, opening
from bot.release.words import At, Words, words
from bot.release.workdays import is_working_day, next_working_day
from bot.release.zones import local

#: They are looked for in steps.
STEP = timedelta(minutes=30)
#: On a Friday, nothing is suggested from then on.
FRIDAY_UNTIL = time(14)
#: So long is looked ahead from the first free instant.
LOOKS_AHEAD = timedelta(days=14)


def slots(
    release: Release, freezes: Collection[Freeze], after: datetime, now: datetime,
    fits: Callable[[PlannedTime], bool] = lambda planned: True,
) -> Iterator[PlannedTime]:  # fmt: skip
    """Those from `after` on, in order: on the half hour, in working hours of the release's zone, that also `fit`."""
    zone, parts = release.planned.zone, release.active_parts
    at = next_free(freezes, parts, max(after, now))
    until = None if at is None else at + LOOKS_AHEAD
    while at is not None and until is not None and at <= until:
        at = _in_hours(_on_step(at), zone, release.days_off)
        if (free := next_free(freezes, parts, at)) != at:
            at = free
            continue
        planned = plan_at(at, zone)
        if _asks_in_time(release, planned, now) and fits(planned):
            yield planned
        at += STEP


def next_slot(release: Release, freezing: Freezing, after: datetime, now: datetime) -> PlannedTime | None:
    """The first of them; where nothing fits, the first in no freeze."""
    found = [*islice(slots(release, freezing.freezes, after, now, freezing.fits), 1)]
    return next(iter(found or slots(release, freezing.freezes, after, now)), None)


def is_late_on_friday(at: datetime, zone: str) -> bool:
    there = local(at, zone).to_stdlib()
    return there.weekday() == 4 and there.time() >= FRIDAY_UNTIL


def next_words(planned: PlannedTime | None) -> Words:
    """`Next free: Mon 30 Nov 09:00.`"""
    return words("Next free: ", At(planned.at, "day", planned.zone), ".") if planned is not None else ()


def _on_step(at: datetime) -> datetime:
    late = timedelta(minutes=at.minute % 30, seconds=at.second, microseconds=at.microsecond)
    return at + STEP - late if late else at


def _in_hours(at: datetime, zone: str, days_off: Container[date]) -> datetime:
    """That instant, or when working hours begin again."""
    there = local(at, zone).to_stdlib()
    works = is_working_day(there.date(), days_off) and there.time() < WORK_UNTIL and not is_late_on_friday(at, zone)
    if works and there.time() >= WORK_FROM:
        return at
    if works:
        return at_wall(there.date(), WORK_FROM, zone)
    return next_working_day(at, zone, hour=WORK_FROM.hour, days_off=days_off)


def _asks_in_time(release: Release, planned: PlannedTime, now: datetime) -> bool:
    """Whether its go/no-go would be open for a while before it."""
    if release.kind is Kind.STANDARD:
        return True
    opens = opening(release.policy, planned, now, release.days_off)
    return deadline(release.policy, planned, opens, release.days_off) - opens >= LEAST
