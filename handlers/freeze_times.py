"""Announce the begin and the end of freezes in their channels, and have cards say what is so by then."""

from datetime import datetime, timedelta

from bot.kit.declare import appointment
from bot.kit.desk import Desk
from bot.kit.freeze_saying import BEGINS, ENDS, announce, plan_times
from bot.kit.freezes import hit_by, planned_in
from bot.release.freeze import Freeze
from bot.release.frozen import because, scope
from bot.release.words import At, words

#: Said so late, it helps nobody any more.
LATE = timedelta(hours=2)


@appointment(BEGINS, grace=LATE, called="the begin of a freeze")
def begins(desk: Desk, subject: str, due_at: datetime) -> None:
    found = desk.work.freezes.get(int(subject))
    if found is None or found.ended_at is not None:
        return
    window = found.window_at(desk.now)
    if window is None:  # by newer rules of its zone it begins at another instant
        plan_times(found, desk)
        return
    until = At(window.ends_at, "day", found.starts.zone)
    row = words("Frozen until ", until, ": nothing", scope(found, all_=()), " is deployed meanwhile", because(found))
    announce(found, row, desk)
    for release in hit_by(found, desk):
        desk.redraw(release)


def _go_on(desk: Desk, subject: str, due_at: datetime) -> Freeze | None:
    """One that does not recur is over, and the next begin of another is planned. None where nothing has ended."""
    found = desk.work.freezes.get(int(subject))
    if found is None or found.ended_at is not None:
        return None
    if next(found.windows(desk.now), None) is None:
        desk.work.freezes.end(found.id, None)
        desk.work.audit.note("freeze_over", None, "clock", {"freeze": found.number})
        return found
    plan_times(found, desk)
    return found if found.window_at(desk.now) is None else None


def _unannounced(desk: Desk, subject: str, due_at: datetime) -> None:
    _go_on(desk, subject, due_at)


@appointment(ENDS, grace=LATE, missed=_unannounced, called="the end of a freeze")
def ends(desk: Desk, subject: str, due_at: datetime) -> None:
    found = _go_on(desk, subject, due_at)
    if found is None:
        return
    announce(found, words("The freeze", scope(found), " is over: deploying goes on"), desk)
    if (window := found.window_at(due_at - timedelta(seconds=1))) is not None:
        for release in planned_in(found, window, desk):
            desk.redraw(release)
