"""Know a late change: whether one would be late, and what the one that waits keeps from going."""

from collections.abc import Iterable
from datetime import datetime

from bot.release.causes import Cause, Fix
from bot.release.policy import Milestone
from bot.release.release import Release
from bot.release.timeline import milestone_at
from bot.release.words import At, Who, words

#: What the code cut-off is about: what goes live. How it would be undone may be said better at any time.
LATE_FIELDS = frozenset({"changes", "links", "version"})


def cut_off(release: Release) -> datetime | None:
    """When its content is final; None where its policy knows no such time."""
    at = release.policy.code_cut_off
    if at is None or at == Milestone():
        return None
    return milestone_at(at, release.planned, release.days_off)


def is_late(release: Release, fields: Iterable[str], now: datetime) -> bool:
    """Whether a change of these fields has to be accepted by now."""
    ends = cut_off(release)
    return ends is not None and now >= ends and not LATE_FIELDS.isdisjoint(fields)


def causes(release: Release) -> tuple[Cause, ...]:
    """A late change that waits for the captain."""
    late = release.late
    if late is None:
        return ()
    at = At(late.asked_at, "day", release.planned.zone)
    short = words("the late change of ", Who(late.asked_by), " is not decided")
    said = words("A late change that ", Who(late.asked_by), " asked for ", at, " waits for ", Who(release.captain))
    data = (("k", late.number),)
    fixes = (Fix("late accept", data=data), Fix("late refuse", data=data))
    return (Cause("late_change", "", said, frozenset({release.captain}), late.asked_at, short=short, fixes=fixes,
                  about=str(late.number)),)  # fmt: skip
