"""What storage's tests speak of: an instant, a release, and a way to run a unit of work."""

from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.release.policy import LIGHT
from bot.release.release import Choice, Part, Release, Round, Vote
from bot.release.states import State
from bot.release.when import PlannedTime
from storage.timers import TimerRow
from storage.work import Work

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
#: Runs a function of one `Work` in the test's workspace and gives its result.
Do = Callable[[Callable[[Work], Any]], Awaitable[Any]]


def a_release(workspace: int, service: str = "payments", version: str = "2.14.0", **fields: Any) -> Release:
    """A release that is not stored yet."""
    plain: dict[str, Any] = {
        "channel": "C1",
        "is_private": False,
        "captain": "UANA",
        "created_by": "UANA",
        "created_at": NOW,
        "planned": PlannedTime("2026-12-01T14:00", "Europe/Berlin", NOW + 4 * HOUR, "2026a"),
        "policy": LIGHT,
        "parts": [Part(service, version)],
    }
    return Release(workspace_id=workspace, **plain | fields)


def an_open_one(workspace: int, **fields: Any) -> Release:
    """A release whose first go/no-go is open."""
    return a_release(workspace, **{"state": State.OPEN, "round": Round(1, NOW, NOW + 3 * HOUR)} | fields)


def a_vote(user: str, choice: Choice = Choice.GO, *, why: str = "", number: int = 1, at: datetime = NOW) -> Vote:
    return Vote(user, choice, at, number, "Go", "f1", why, "button")


def claim_timer(work: Work, at: datetime, names: Collection[str]) -> TimerRow | None:
    """The first due timer that nobody else has in hand."""
    claimed = (work.timers.claim(id, at, frozenset(names)) for id in work.timers.due(at, names, limit=10))
    return next((row for row in claimed if row is not None), None)
