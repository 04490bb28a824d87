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


def _clockwork(name: str, alarm: Alarm, called: str) -> Prompt:
    return Prompt(name, _at(alarm), _nothing_more, frozenset(State), called=called)


poll_opens = _clockwork("poll opens", Alarm.POLL_OPENS, "the opening of the go/no-go")
poll_closes = _clockwork("poll closes", Alarm.POLL_CLOSES, "the close of the go/no-go")
approval_expires = _clockwork("approval expires", Alarm.APPROVAL_EXPIRES, "the end of the approval")
monitoring_ends = _clockwork("monitoring ends", Alarm.MONITORING_ENDS, "the end of monitoring")
closes = _clockwork("closes", Alarm.CLOSES, "the end of the release")
