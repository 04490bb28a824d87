"""Derive a release's instants from its plan: when its poll opens and closes, when an approval ends, what follows.

Milestones are wall time in the named zone of T; results are UTC instants.
"""

from collections.abc import Container
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.release.errors import TooSoon
from bot.release.policy import Milestone, Policy
from bot.release.when import PlannedTime
from bot.release.words import At, Said
from bot.release.workdays import add_working_days, next_working_day

#: A release is closed this many working days after its outcome, answered or not.
CLOSES_AFTER_WORKING_DAYS = 5
#: Slower than planned by more than this is worth a full retrospective.
SLIP = timedelta(hours=1)
#: As near to its planned time as this, a release is on time. (The time is the start's; a deploy takes a while.)
ON_TIME = timedelta(minutes=15)


def milestone_at(milestone: Milestone, planned: PlannedTime, days_off: Container[date] = ()) -> datetime:
    """The milestone's instant, for a release planned at that time."""
    if milestone.at is None:
        return planned.at - milestone.before
    hour, minute = (int(piece) for piece in milestone.at.split(":"))
    days = -milestone.working_days
    return add_working_days(planned.at, planned.zone, days, hour=hour, minute=minute, days_off=days_off)


def opening(policy: Policy, planned: PlannedTime, now: datetime, days_off: Container[date] = ()) -> datetime:
    """When the poll of a release planned so opens; never in the past."""
    if policy.opens == "at once":
        return now
    return max(now, milestone_at(policy.opens, planned, days_off))


def deadline(policy: Policy, planned: PlannedTime, opened_at: datetime, days_off: Container[date] = ()) -> datetime:
    """When a poll opened then closes."""
    closes_at = min(milestone_at(policy.closes, planned, days_off), planned.at)
    if policy.opens == "at once":
        return max(closes_at, opened_at + policy.open_at_least)
    return closes_at


def require_reachable(policy: Policy, planned: PlannedTime, now: datetime, days_off: Container[date] = ()) -> None:
    """Refuse a time whose poll would already be closed (TooSoon), naming the earliest possible one."""
    if deadline(policy, planned, now, days_off) <= now:
        earliest = _earliest(policy, planned, now, days_off)
        raise TooSoon(
            "That is too soon: under the ", Said(policy.name), " policy the go/no-go would already be closed. "
            "The earliest time is ", At(earliest, "day", planned.zone), ".", earliest=earliest,
        )  # fmt: skip


def _earliest(policy: Policy, planned: PlannedTime, now: datetime, days_off: Container[date]) -> datetime:
    """The first time whose poll is still open for some minutes: on a five minutes' step, or at the same wall time."""
    if policy.closes.at is None:
        earliest = now + policy.closes.before + timedelta(minutes=5)
        return earliest + timedelta(minutes=-earliest.minute % 5, seconds=-earliest.second,
                                    microseconds=-earliest.microsecond)  # fmt: skip
    days = 1
    while True:
        at = add_working_days(planned.at, planned.zone, days, days_off=days_off)
        if milestone_at(policy.closes, replace(planned, at=at), days_off) > now:
            return at
        days += 1


def retro_at(outcome_at: datetime, zone: str, days_off: Container[date] = ()) -> datetime:
    """When the retrospective is asked for: the next working day at 10:00 in that zone."""
    return next_working_day(outcome_at, zone, hour=10, days_off=days_off)


def closes_at(outcome_at: datetime, zone: str, days_off: Container[date] = ()) -> datetime:
    return add_working_days(outcome_at, zone, CLOSES_AFTER_WORKING_DAYS, days_off=days_off)
