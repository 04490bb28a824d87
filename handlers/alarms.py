"""Let the clock do its part on time: polls open and close, approvals expire, monitoring ends, releases close.

Whoever touches a release lets time pass for it first; these timers only make sure that somebody does.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from bot.kit.declare import Prompt
from bot.kit.desk import Desk
from bot.release.planning import all_due
from bot.release.release import Release
from bot.release.states import ALARMS, Alarm, State


def _at(alarm: Alarm) -> Callable[[Release, Desk], Iterable[tuple[str, datetime]]]:
    def when(release: Release, desk: Desk) -> Iterable[tuple[str, datetime]]:
        if alarm not in ALARMS[release.state]:
            return ()
        return [("", at) for what, at in all_due(release) if what is alarm]

    return when


def _nothing_more(release: Release, desk: Desk, recipient: str) -> None:
    """The dispatcher has let time pass already."""


def _clockwork(name: str, alarm: Alarm, called: str) -> Prompt:
    return Prompt(name, _at(alarm), _nothing_more, frozenset(State), called=called)


poll_opens = _clockwork("poll opens", Alarm.POLL_OPENS, "the opening of the go/no-go")
condition_due = _clockwork("condition due", Alarm.CONDITION_DUE, "the time by which a condition is to be met")
poll_closes = _clockwork("poll closes", Alarm.POLL_CLOSES, "the close of the go/no-go")
approval_expires = _clockwork("approval expires", Alarm.APPROVAL_EXPIRES, "the end of the approval")
monitoring_ends = _clockwork("monitoring ends", Alarm.MONITORING_ENDS, "the end of monitoring")
closes = _clockwork("closes", Alarm.CLOSES, "the end of the release")
