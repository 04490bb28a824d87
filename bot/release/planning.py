"""Plan a release and change its plan: create, hold, resume, reschedule, cancel, take over, and let time pass."""

from datetime import datetime

from bot.release import poll
from bot.release.errors import Refusal
from bot.release.policy import Cover
from bot.release.poll import Electorate
from bot.release.release import Outcome, Release, Stopped
from bot.release.states import Alarm, Move, State
from bot.release.timeline import closes_at, deadline, opening, require_reachable
from bot.release.when import PlannedTime
from bot.release.words import At, Said, words


def plan(release: Release, electorate: Electorate, *, now: datetime) -> None:
    """Begin: refuse an unreachable time, derive the poll's opening, and open it if that is now."""
    require_reachable(release.policy, release.planned, now)
    release.first_planned_at = release.planned.at
    release.happened(
        "planned",
        now,
        release.created_by,
        "planned it for ",
        At(release.target_at, "day", release.planned.zone),
    )
    _schedule(release, electorate, now, None)


def _schedule(release: Release, electorate: Electorate, now: datetime, by: str | None) -> None:
    release.state, release.stopped, release.stopped_said = State.SCHEDULED, None, ()
    release.decided_at = release.expires_at = None
    release.opens_at = opening(release.policy, release.planned, now)
    if release.opens_at <= now:
        poll.open_poll(release, electorate, now=now, by=None)


def hold(release: Release, why: str, *, now: datetime, by: str) -> None:
    """Stop the clock of a release before its deploy, saying why."""
    if release.state in (State.DEPLOYING, State.MONITORING, State.RELEASED):
        raise Refusal(
            Said(release.title), " can't be put on hold any more: the deploy has started. You can roll it back.",
            code="not_hold_in_" + release.state.value, offers=("rollback",),
        )  # fmt: skip
    release.require(Move.HOLD)
    if not why.strip():
        raise Refusal("Please say why it is on hold, so that others know what to wait for.", code="reason_missing")
    release.held_from, release.held_by, release.held_why = release.state, by, why.strip()
    release.state = State.ON_HOLD
    release.happened("held", now, by, "put it on hold", why=release.held_why)


def resume(release: Release, electorate: Electorate, *, now: datetime, by: str) -> None:
    """Go back to where it was, or to where time has taken it meanwhile."""
    release.require(Move.RESUME)
    back = release.held_from or State.SCHEDULED
    release.held_from = release.held_by = None
    release.held_why = ""
    release.happened("resumed", now, by, "resumed it")
    if back is State.OPEN:
        poll.resume_open(release, electorate, now=now, by=by)
    elif back is State.APPROVED and release.expires_at is not None and now >= release.expires_at:
        poll.stop(release, Stopped.EXPIRED, (), now=now, by=by)
    elif back is State.SCHEDULED and release.opens_at is not None and release.opens_at <= now:
        release.state = State.SCHEDULED
        _open_late(release, electorate, now)
    else:
        release.state = back


def reschedule(release: Release, planned: PlannedTime, electorate: Electorate, *, now: datetime, by: str) -> None:
    """Move T. What that does to poll, votes and approval depends on the state; see the domain's list."""
    if release.state in (State.DEPLOYING, State.MONITORING, State.ROLLING_BACK):
        raise Refusal(
            Said(release.title), " can't be rescheduled any more: the deploy has started. You can roll it back.",
            code="not_reschedule_in_" + release.state.value, offers=("rollback",),
        )  # fmt: skip
    release.require(Move.RESCHEDULE)
    if planned.at == release.planned.at and planned.zone == release.planned.zone:
        raise Refusal(
            Said(release.title),
            " is already planned for ",
            At(planned.at, "day", planned.zone),
            ".",
            code="same_time",
        )
    stage = release.held_from if release.state is State.ON_HOLD else release.state
    was = release.planned.at
    if stage is State.OPEN and release.round is not None:
        closes = deadline(release.policy, planned, release.round.opened_at)
        if closes <= now:
            require_reachable(release.policy, planned, now)
        release.planned = planned
        release.round.closes_at = closes
    else:
        keeps = stage is State.APPROVED and _keeps_approval(release, planned)
        if not keeps:
            require_reachable(release.policy, planned, now)
        release.planned = planned
        if not keeps:
            _back_to_scheduled(release, electorate, now)
    release.plan_revision += 1
    moved = words("moved it from ", At(was, "day", planned.zone), " to ", At(planned.at, "day", planned.zone))
    release.happened("rescheduled", now, by, *moved, was=was, to=planned.at)
    if release.state is State.SCHEDULED and release.opens_at is not None and release.opens_at <= now:
        poll.open_poll(release, electorate, now=now, by=None)


def _keeps_approval(release: Release, planned: PlannedTime) -> bool:
    covered = any(Cover.SCHEDULE in sign_off.covers for sign_off in release.sign_offs)
    return not covered and release.expires_at is not None and planned.at < release.expires_at


def _back_to_scheduled(release: Release, electorate: Electorate, now: datetime) -> None:
    release.opens_at = opening(release.policy, release.planned, now)
    release.decided_at = release.expires_at = None
    release.stopped, release.stopped_said = None, ()
    if release.state is State.ON_HOLD:
        release.held_from = State.SCHEDULED
    else:
        release.state = State.SCHEDULED


def cancel(release: Release, why: str, *, now: datetime, by: str) -> None:
    """Give it up before anything was deployed, saying why."""
    if release.state in (State.DEPLOYING, State.MONITORING, State.ROLLING_BACK):
        raise Refusal(
            Said(release.title), " can't be cancelled any more: the deploy has started. You can roll it back.",
            code="not_cancel_in_" + release.state.value, offers=("rollback",),
        )  # fmt: skip
    release.require(Move.CANCEL)
    if not why.strip():
        raise Refusal("Please say why it is cancelled.", code="reason_missing")
    release.state, release.outcome, release.outcome_at = State.CANCELLED, Outcome.CANCELLED, now
    release.held_from = release.held_by = None
    release.happened("cancelled", now, by, "cancelled it", why=why.strip())


def take_over(release: Release, *, now: datetime, by: str) -> None:
    """Make `by` the captain."""
    release.require(Move.TAKE_OVER)
    if release.captain == by:
        raise Refusal("You are already the captain of ", Said(release.title), ".", code="already_captain")
    was, release.captain = release.captain, by
    release.happened("captain_changed", now, by, "took over as captain", was=was)


# ---- time passes ------------------------------------------------------------------------------


def due(release: Release) -> tuple[Alarm, datetime] | None:
    """The next thing that the clock alone does to this release, and when."""
    zone = release.planned.zone
    if release.state is State.SCHEDULED and release.opens_at is not None:
        return Alarm.POLL_OPENS, release.opens_at
    if release.state is State.OPEN and release.round is not None:
        return Alarm.POLL_CLOSES, release.round.closes_at
    if release.state is State.APPROVED and release.expires_at is not None:
        return Alarm.APPROVAL_EXPIRES, release.expires_at
    if release.state is State.MONITORING and release.monitoring_ends_at is not None:
        return Alarm.MONITORING_ENDS, release.monitoring_ends_at
    if release.state in (State.RELEASED, State.ROLLED_BACK) and release.outcome_at is not None:
        return Alarm.CLOSES, closes_at(release.outcome_at, zone)
    return None


def let_time_pass(release: Release, electorate: Electorate, now: datetime) -> None:
    """Do what the clock has done by `now`, whether or not a timer ran: a poll is closed by the clock."""
    while (alarm := due(release)) is not None and alarm[1] <= now:
        what, at = alarm
        if what is Alarm.POLL_OPENS:
            _open_late(release, electorate, now)
        elif what is Alarm.POLL_CLOSES:
            poll.close_poll(release, electorate, now=at, by=None)
        elif what is Alarm.APPROVAL_EXPIRES:
            poll.stop(release, Stopped.EXPIRED, (), now=at, by=None)
        elif what is Alarm.MONITORING_ENDS:
            release.state, release.monitoring_ends_at = State.RELEASED, None
            release.happened("monitoring_ended", at, None, "Monitoring ended without trouble")
        else:
            close(release, now=at, by=None)


def _open_late(release: Release, electorate: Electorate, now: datetime) -> None:
    """Open now, however late; when even the deadline is gone, nobody was asked: no decision."""
    if deadline(release.policy, release.planned, now) <= now and release.policy.sign_offs:
        release.opens_at = None
        poll.stop(release, Stopped.NO_DECISION, (), now=now, by=None)
        return
    poll.open_poll(release, electorate, now=now, by=None)


def close(release: Release, *, now: datetime, by: str | None) -> None:
    """The end: the retrospective is answered, or five working days have passed."""
    release.state = State.CLOSED
    release.happened("closed", now, by, "closed it")
