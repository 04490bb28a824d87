"""Let the clock do its part on time: polls open and close, approvals expire, monitoring ends, releases close.

Whoever touches a release lets time pass for it first; these timers only make sure that somebody does.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from bot.kit.declare import Prompt
from bot.kit.desk import Desk
from bot.release.planning import due
from bot.release.release import Release
from bot.release.states import Alarm, State


def _at(alarm: Alarm) -> Callable[[Release, Desk], Iterable[tuple[str, datetime]]]:
    def when(release: Release, desk: Desk) -> Iterable[tuple[str, datetime]]:
        next_one = due(release)
        return [("", next_one[1])] if next_one is not None and next_one[0] is alarm else []

    return when


def _nothing_more(release: Release, desk: Desk, recipient: str) -> None:
    """The dispatcher has let time pass already."""


poll_opens = Prompt("poll opens", _at(Alarm.POLL_OPENS), _nothing_more, frozenset(State))
poll_closes = Prompt("poll closes", _at(Alarm.POLL_CLOSES), _nothing_more, frozenset(State))
approval_expires = Prompt("approval expires", _at(Alarm.APPROVAL_EXPIRES), _nothing_more, frozenset(State))
monitoring_ends = Prompt("monitoring ends", _at(Alarm.MONITORING_ENDS), _nothing_more, frozenset(State))
closes = Prompt("closes", _at(Alarm.CLOSES), _nothing_more, frozenset(State))
