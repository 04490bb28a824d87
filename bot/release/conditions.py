"""Follow what somebody's *go if* depends on: met, it counts as a go; missed, its sign-off is open again."""

from datetime import datetime

from bot.release.attached import Condition
from bot.release.causes import Cause
from bot.release.release import Release, Vote


def causes(release: Release) -> tuple[Cause, ...]:
    """The conditions that stand in the way."""
    return ()


def of_vote(release: Release, vote: Vote) -> Condition | None:
    """What this vote depends on: only the condition that was set with it."""
    mine = (one for one in release.conditions if one.user == vote.user and one.vote_at == vote.at)
    return next(mine, None)


def counts_as_go(release: Release, vote: Vote) -> bool:
    """Whether its condition is met."""
    return False


def is_missed(release: Release, vote: Vote) -> bool:
    """Whether its condition was not met in time."""
    return False


def lapse(release: Release, now: datetime) -> None:
    """Miss what is still open at its time. None can be set yet."""


def next_due(release: Release) -> datetime | None:
    """When the first of the open conditions is missed, if nothing happens."""
    return None
