"""Plan a release and change its plan: create, hold, resume, reschedule, cancel, take over, and let time pass."""

from datetime import date, datetime, timedelta

from bot.release import conditions, poll
from bot.release.confirming import confirm
from bot.release.electorate import Electorate, signed_apart, signed_as_no_deployer
from bot.release.errors import FieldRefusal, Refusal
from bot.release.policy import Cover, for_kind
from bot.release.release import Kind, Outcome, PartState, Release, Round, Stopped
from bot.release.states import Alarm, Move, State
from bot.release.timeline import closes_at, deadline, opening, require_reachable
from bot.release.when import PlannedTime
from bot.release.words import At, Code, Said, Who, words

#: A time may be this far past when it is stored: "now" was typed a moment ago.
LATEST = timedelta(minutes=5)


def plan(release: Release, electorate: Electorate, *, now: datetime) -> None:
    """Begin: refuse an unreachable time, derive the poll's opening, and open it if that is now.

    From here on the release's policy is the one for its kind. Raises Refusal for a kind or a time that the policy
    does not allow, and for parts that are missing or named twice.
    """
    release.policy = for_kind(release.policy, release.kind)
    _require_parts(release)
    _require_time(release, release.planned, now, asks=True)
    release.first_planned_at = release.planned.at
    release.happened(
        "planned",
        now,
        release.created_by,
        "planned it for ",
        At(release.target_at, "day", release.planned.zone),
    )
    release.state, release.opens_at = State.SCHEDULED, opening(release.policy, release.planned, now, release.days_off)
    if release.opens_at <= now:
        poll.open_poll(release, electorate, now=now, by=None)


def _require_parts(release: Release) -> None:
    if not release.parts or not all(part.service.strip() for part in release.parts):
        raise Refusal("A release needs a service, for example ", Code("new payments 2.14.0 tomorrow 14:00"), ".",
                      code="no_parts")  # fmt: skip
    seen = set()
    for part in release.parts:
        if part.key in seen:
            raise Refusal(Said(part.name_and_place), " is in it twice. Each part needs a service, version or "
                          "environment of its own.", code="same_part")  # fmt: skip
        seen.add(part.key)


def _require_time(release: Release, planned: PlannedTime, now: datetime, *, asks: bool) -> None:
    """Refuse a time that is past or, if people will be asked, too soon for that."""
    if planned.at < now - LATEST:
        raise FieldRefusal("when", At(planned.at, "day", planned.zone), " is past. Try ", Code("tomorrow 14:00"),
                           " or ", Code("in 2h"), ".", code="past")  # fmt: skip
    if asks and release.kind is not Kind.STANDARD:
        require_reachable(release.policy, planned, now, release.days_off)


def open_until(release: Release) -> datetime | None:
    """When its go/no-go closes, while that is open, or was as it was put on hold."""
    return release.round.closes_at if release.stage is State.OPEN and release.round is not None else None


def hold(release: Release, why: str, *, now: datetime, by: str) -> None:
    """Stop the clock of a release before its deploy, saying why."""
    refuse_once_deployed(release, Move.HOLD, "put on hold")
    release.require(Move.HOLD)
    if not why.strip():
        raise Refusal("Please say why it is on hold, so that others know what to wait for.", code="reason_missing")
    release.held_from, release.held_by, release.held_why = release.state, by, why.strip()
    release.held_at = now
    closes = open_until(release)
    release.state = State.ON_HOLD
    release.happened("held", now, by, "put it on hold", why=release.held_why, closes_was=closes)


def resume(release: Release, electorate: Electorate, *, now: datetime, by: str) -> None:
    """Go back to where it was, or to where time has taken it meanwhile."""
    release.require(Move.RESUME)
    back = release.held_from or State.SCHEDULED
    since = release.held_at
    release.held_from = release.held_by = release.held_at = None
    release.held_why = ""
    release.happened("resumed", now, by, "resumed it", held_since=since)
    if back is State.OPEN:
        poll.resume_open(release, electorate, now=now, by=by)
    elif back is State.APPROVED and release.expires_at is not None and now >= release.expires_at:
        poll.stop(release, Stopped.EXPIRED, (), now=now, by=by)
    elif back is State.SCHEDULED and release.opens_at is not None and release.opens_at <= now:
        release.state = State.SCHEDULED
        _open(release, electorate, now)
    else:
        release.state = back


def reschedule(release: Release, planned: PlannedTime, electorate: Electorate, *, now: datetime, by: str) -> None:
    """Move T. What that does to poll, votes and approval depends on the state; see the domain's list."""
    refuse_once_deployed(release, Move.RESCHEDULE, "rescheduled")
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
    was, closes_was = release.planned.at, open_until(release)
    if stage is State.OPEN and release.round is not None:
        closes = _moved_deadline(release, release.round, planned, now)
        _require_time(release, planned, now, asks=True)
        release.planned = planned
    else:
        closes = None
        keeps = stage is State.APPROVED and _keeps_approval(release, planned)
        _require_time(release, planned, now, asks=not keeps)
        release.planned = planned
        if not keeps:
            reopen(release, now)
    release.plan_revision += 1
    moved = words("moved it from ", At(was, "day", planned.zone), " to ", At(planned.at, "day", planned.zone))
    ended = stage is State.APPROVED and release.stage is not State.APPROVED
    release.happened("rescheduled", now, by, *moved, ", where its approval does not reach" if ended else "",
                     was=was, to=planned.at, approval_ended=ended, closes_was=closes_was)  # fmt: skip
    if closes is not None:
        conditions.move_close(release, closes, now, by)
    if release.state is State.SCHEDULED and release.opens_at is not None and release.opens_at <= now:
        poll.open_poll(release, electorate, now=now, by=None)


def _moved_deadline(release: Release, held: Round, planned: PlannedTime, now: datetime) -> datetime:
    """The deadline by the new time. More time that was given stays given: a later T never shortens it."""
    policy, days_off = release.policy, release.days_off
    derived = deadline(policy, planned, held.opened_at, days_off)
    if derived <= now:
        derived = deadline(policy, planned, now, days_off)
    given = held.closes_at - deadline(policy, release.planned, held.opened_at, days_off)
    if given <= timedelta(0):
        return derived
    later = planned.at >= release.planned.at
    closes = max(derived, held.closes_at) if later else max(derived, min(held.closes_at, derived + given))
    return closes if policy.opens == "at once" else min(closes, planned.at)


def _keeps_approval(release: Release, planned: PlannedTime) -> bool:
    covered = any(Cover.SCHEDULE in sign_off.covers for sign_off in release.sign_offs)
    covered = covered and release.kind is not Kind.STANDARD
    return not covered and release.expires_at is not None and planned.at < release.expires_at


def reopen(release: Release, now: datetime) -> None:
    """Back to where its go/no-go has not opened: an approval ends, and whoever has to is asked again."""
    release.opens_at = opening(release.policy, release.planned, now, release.days_off)
    release.decided_at = release.expires_at = None
    release.stopped, release.stopped_said = None, ()
    if release.state is State.ON_HOLD:
        release.held_from = State.SCHEDULED
    else:
        release.state = State.SCHEDULED


def refuse_once_deployed(release: Release, move: Move, done: str) -> None:
    """Raise the Refusal that says what is left to do once it goes live: to roll it back."""
    if release.state in (State.DEPLOYING, State.MONITORING, State.RELEASED):
        raise Refusal(
            Said(release.title), f" can't be {done} any more: the deploy has started. You can roll it back.",
            code=f"not_{move.name.lower()}_in_{release.state.value}", offers=("rollback",),
        )  # fmt: skip


def cancel(release: Release, why: str, *, now: datetime, by: str) -> None:
    """Give it up before anything was deployed, saying why."""
    refuse_once_deployed(release, Move.CANCEL, "cancelled")
    release.require(Move.CANCEL)
    if not why.strip():
        raise Refusal("Please say why it is cancelled.", code="reason_missing")
    release.state, release.outcome, release.outcome_at = State.CANCELLED, Outcome.CANCELLED, now
    release.held_from = release.held_at = None
    release.held_by, release.held_why = by, why.strip()
    release.happened("cancelled", now, by, "cancelled it", why=why.strip())


def take_over(release: Release, *, now: datetime, by: str, to: str | None = None) -> None:
    """Make `by` the captain; with `to`, that person instead."""
    release.require(Move.TAKE_OVER)
    next_one = to or by
    if release.captain == next_one:
        who = words("You are") if next_one == by else words(Who(next_one), " is")
        raise Refusal(who, " already the captain of ", Said(release.title), ".", code="already_captain")
    if next_one != by and (role := signed_apart(release, next_one)) is not None:
        raise Refusal(Who(next_one), " signed off ", Said(role), " of ", Said(release.title), ", and its ",
                      Said(release.policy.name), " policy keeps that apart from leading it. Choose somebody else.",
                      code="duties_separated")  # fmt: skip
    deploys = release.deployer is None and release.stage is State.APPROVED
    if deploys and (role := signed_as_no_deployer(release, next_one)) is not None:
        whose = "You" if next_one == by else Who(next_one)
        raise Refusal(whose, " signed off ", Said(role), " of ", Said(release.title), ", and its ",
                      Said(release.policy.name), " policy keeps that apart from deploying it, which its captain does "
                      "while nobody else is named. Name a deployer first.",
                      code="duties_separated", offers=("edit", "status"))  # fmt: skip
    was, release.captain = release.captain, next_one
    if next_one == by:
        release.happened("captain_changed", now, by, "took over as captain", was=was)
    else:
        release.happened("captain_changed", now, by, "made ", Who(next_one), " its captain", was=was, to=next_one)


def lose_captain(release: Release, how: str, *, now: datetime) -> None:
    """Note that its captain `how` ("left this workspace"); the release waits for somebody to take over."""
    release.happened("captain_left", now, None, "The captain ", how, was=release.captain)


def find_captain(release: Release, *, now: datetime) -> None:
    """Note that its captain, who was lost, is back."""
    release.happened("captain_back", now, None, "The captain is back", who=release.captain)


def lose_deployer(release: Release, how: str, *, now: datetime) -> None:
    """Note that its deployer `how` ("left this workspace"); until somebody else is named, that is the captain's."""
    release.happened("deployer_left", now, None, "The deployer ", how, was=release.deployer)


# ---- time passes ------------------------------------------------------------------------------


def due(release: Release) -> tuple[Alarm, datetime] | None:
    """The next thing that the clock alone does to this release, and when."""
    return next(iter(all_due(release)), None)


def all_due(release: Release) -> list[tuple[Alarm, datetime]]:
    """What the clock alone does to this release: to its state, and before that to the first open condition."""
    ends, missed = _ends(release), conditions.next_due(release) if release.state is State.OPEN else None
    alarms = [ends] if ends is not None else []
    if missed is not None and (ends is None or missed <= ends[1]):  # before the close that is to count it
        return [(Alarm.CONDITION_DUE, missed), *alarms]
    return alarms


def _ends(release: Release) -> tuple[Alarm, datetime] | None:
    """When the clock alone ends its present state."""
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
        return Alarm.CLOSES, closes_at(release.outcome_at, zone, release.days_off)
    return None


def let_time_pass(release: Release, electorate: Electorate, now: datetime) -> None:
    """Do what the clock has done by `now`, whether or not a timer ran: a poll is closed by the clock.

    What Slack has confirmed before counts at the close.
    """
    confirmed = confirm(release, electorate, now=now)
    if confirmed and release.round is not None and now < release.round.closes_at:
        poll.look_again(release, electorate, now=now)
    while (alarm := due(release)) is not None and alarm[1] <= now:
        what, at = alarm
        if what is Alarm.POLL_OPENS:
            _open(release, electorate, at if release.kind is Kind.STANDARD else now)
        elif what is Alarm.POLL_CLOSES:
            poll.close_poll(release, electorate, now=at, by=None)
        elif what is Alarm.APPROVAL_EXPIRES:
            poll.stop(release, Stopped.EXPIRED, (), now=at, by=None)
        elif what is Alarm.MONITORING_ENDS:
            release.state, release.monitoring_ends_at = State.RELEASED, None
            back = any(part.state is PartState.ROLLED_BACK for part in release.active_parts)
            release.happened("monitoring_ended", at, None, "Monitoring ended", "" if back else " without trouble")
        elif what is Alarm.CONDITION_DUE:
            conditions.lapse(release, at)
        else:
            close(release, now=at, by=None)


def _open(release: Release, electorate: Electorate, now: datetime) -> None:
    """Open now, however late; when even the deadline is gone, nobody can be asked any more."""
    closes = deadline(release.policy, release.planned, now, release.days_off)
    if release.kind is not Kind.STANDARD and closes <= now:
        poll.open_too_late(release, electorate, now=now)
    else:
        poll.open_poll(release, electorate, now=now, by=None)


# ---- the end ----------------------------------------------------------------------------------


def answer_retro(release: Release, *, now: datetime, by: str, complete: bool) -> None:
    """Note that somebody answered the retrospective; `complete` when that was all, which closes the release."""
    release.require(Move.RETRO)
    release.happened("retro_answered", now, by, "answered the retrospective")
    if complete and release.state is not State.CLOSED:
        close(release, now=now, by=by)


def close_action(release: Release, item: int, what: str, *, now: datetime, by: str) -> None:
    """Note that an action item of its retrospective (by its row's id) is done."""
    release.require(Move.RETRO)
    release.happened("action_closed", now, by, "did an action item", why=what, item=item)


def change_action(release: Release, item: int, what: str, owner: str, due: date, *, now: datetime, by: str) -> None:
    """Note that it is another's now, or due on another day."""
    release.require(Move.RETRO)
    day = f", by {due:%a} {due.day} {due:%b}"
    release.happened("action_changed", now, by, "gave an action item to ", Who(owner), day,
                     why=what, item=item, due=due.isoformat())  # fmt: skip


def close(release: Release, *, now: datetime, by: str | None) -> None:
    """The end: the retrospective is answered, or five working days have passed."""
    release.require(Move.RETRO)
    release.state = State.CLOSED
    release.happened("closed", now, by, "closed it")
