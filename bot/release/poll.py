"""Hold the go/no-go: open a round, take votes, give it more time, close it. What decides is in decision.py."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.release import conditions
from bot.release.as_shown import Prints, require_same_content, require_shown
from bot.release.attached import Condition
from bot.release.causes import Cause, causes_to_data, explain
from bot.release.decision import (
    Result,
    Verdict,
    by_policy,
    checks_of,
    decide,
    lapsed_on_hold,
    passed_unseen,
    tally,
    unanswered,
    uncounted,
)
from bot.release.delegating import require_delegate, require_once
from bot.release.electorate import Electorate, barred, counts_for_another
from bot.release.errors import Refusal
from bot.release.evidence import Inputs, inputs
from bot.release.policy import SignOff
from bot.release.release import Choice, Kind, Release, Round, Stopped, Vote
from bot.release.states import Move, State
from bot.release.timeline import deadline
from bot.release.words import At, Code, Piece, Said, Who, Words, at_beside, listing, words

#: So many of what stands in the way are named at once.
MOST_NAMED = 10
#: How an answer reads after its voter's name.
SAID: Mapping[Choice, str] = {
    Choice.GO: "said go", Choice.NO_GO: "said no-go", Choice.GO_IF: "said go if", Choice.ABSTAIN: "abstained",
}  # fmt: skip


def open_poll(release: Release, electorate: Electorate, *, now: datetime, by: str | None) -> None:
    """Open the next round, keeping every go and abstain whose content still holds. A standard release is approved.

    What was kept never decides alone: whoever objected is asked again, and somebody has to say go anew.
    """
    if by is not None:
        release.require(Move.POLL)
    if release.kind is Kind.STANDARD:
        _approve_standard(release, electorate, now, by)
        return
    closes_at = deadline(release.policy, release.planned, now, release.days_off)
    if closes_at <= now:
        longer = release.target_at > now and release.allows(Move.EXTEND)
        left = ("so its go/no-go would be over. Extend it until then at most, or give it a new time.", "extend")
        none = ("so there is no time left for a go/no-go. Give it a new time first.",)
        said, *more = left if longer else none
        raise Refusal(Said(release.title), " is planned for ", At(release.target_at, "day", release.planned.zone),
                      f", {said}", code="needs_new_time", offers=(*more, "reschedule"))  # fmt: skip
    _next_round(release, electorate, now, closes_at)
    release.happened("poll_opened", now, by, "opened the go/no-go", round=_number(release), closes_at=closes_at)
    _settle_if_go(release, electorate, now, by)


def open_too_late(release: Release, electorate: Electorate, *, now: datetime) -> None:
    """Hold a round that nobody could be asked in, since its opening and its deadline both passed unseen."""
    opened, closes = release.opens_at or now, deadline(release.policy, release.planned, now, release.days_off)
    _next_round(release, electorate, now, closes)
    verdict = passed_unseen(release, opened, closes)
    record = inputs(release, electorate, verdict, now, "unseen")
    stop(release, Stopped.NO_DECISION, verdict.causes, now=now, by=None, record=record)


def _next_round(release: Release, electorate: Electorate, now: datetime, closes_at: datetime) -> None:
    before = release.round_votes() if release.round else []
    objected = [*unanswered(release, electorate)]
    objected += [
        (vote.user, vote.sign_off)
        for vote in before
        if vote.choice in (Choice.NO_GO, Choice.GO_IF) and (vote.user, vote.sign_off) not in objected
    ]
    number = (release.round.number if release.round else 0) + 1
    kept = []
    for vote in before:
        sign_off = release.sign_off(vote.sign_off)
        keeps = vote.choice in (Choice.GO, Choice.ABSTAIN) and release.stands(vote) and not vote.provisional
        able = sign_off is not None and electorate.may_give(sign_off, vote.user, release)
        if keeps and able and sign_off is not None and counts_for_another(vote, sign_off, release):
            kept.append(replace(vote, round=number, kept=True))
    release.round = Round(number, now, closes_at, objected=tuple(objected))
    release.votes += kept
    release.state, release.stopped, release.stopped_said = State.OPEN, None, ()
    release.opens_at = release.decided_at = release.expires_at = None
    release.escalated = frozenset()


def cast_vote(
    release: Release,
    electorate: Electorate,
    *,
    user: str,
    choice: Choice,
    why: str = "",
    now: datetime,
    path: str,
    role: str | None = None,
    round_shown: int | None = None,
    prints_shown: Prints | None = None,
    condition: tuple[str | None, datetime | None] = (None, None),
    cast_by: str | None = None,
) -> Vote:
    """Count a person's vote, for the sign-off that needs them most, or for `role`. The last vote of a person counts.

    `condition` is for a go that depends on `why`: who sees to it, and until when. `cast_by` is the delegate who gives
    it for `user`.

    `round_shown` and `prints_shown` (by sign-off role) say what the person was looking at.
    """
    _require_votable(release, round_shown, now)
    require_once(release, cast_by or user, user)
    sign_off = _sign_off_for(release, electorate, user, role, delegated=cast_by is not None)
    if cast_by is not None:
        require_delegate(release, electorate, sign_off, user, cast_by)
    require_same_content(release, sign_off, prints_shown)
    if choice is Choice.NO_GO and not why.strip():
        raise Refusal("A no-go needs a reason, so that somebody can fix it.", code="reason_missing")
    if choice is Choice.GO_IF:
        conditions.require_settable(release, sign_off, why, *condition, now)
    number = _number(release)
    mine = next((vote for vote in release.votes if vote.round == number and vote.user == user), None)
    fingerprint = release.fingerprint(sign_off.covers)
    as_of = electorate.listed_as_of(sign_off, user)
    provisional = as_of is not None and not electorate.is_fresh(sign_off)
    if mine is not None and not mine.kept and (
        mine.choice, mine.why, mine.sign_off, mine.fingerprint, mine.provisional, mine.cast_by
    ) == (
        choice, why.strip(), sign_off.role, fingerprint, provisional, cast_by,
    ) and conditions.is_same(release, mine, *condition):  # fmt: skip
        return mine
    alone = barred(sign_off, user, release) and electorate.may_give(sign_off, user, release)
    vote = Vote(user, choice, now, number, sign_off.role, fingerprint, why.strip(), path, alone,
                provisional=provisional, cast_by=cast_by, as_of=as_of)  # fmt: skip
    release.votes = [old for old in release.votes if old is not mine] + [vote]
    if choice is Choice.NO_GO:
        release.slipped = True
    said: list[Piece] = ["for ", Who(user), " "] if cast_by else []
    said.append(SAID[choice] + (f" for {sign_off.role}" if len(release.sign_offs) > 1 else ""))
    if alone:
        said.append(" (self-approval: the only full member of the channel)")
    was = mine.choice if mine is not None else _objected_with(release, user)
    more = ({"was": was.value} if was is not None else {}) | ({"user": user} if cast_by else {})
    release.happened("voted", now, cast_by or user, *said, why=vote.why, whose=user if cast_by else None,
                     choice=choice.value, role=sign_off.role, round=number, **more)  # fmt: skip
    if mine is not None:
        conditions.withdraw(release, mine, now, cast_by or user)
    if choice is Choice.GO_IF:
        conditions.set_condition(release, vote, *condition, now)
    _settle_if_go(release, electorate, now, cast_by or user)
    return vote


def _objected_with(release: Release, user: str) -> Choice | None:
    """What they said in an earlier round, if this one waits for them to answer again."""
    asked = release.round is not None and user in {one for one, _ in release.round.objected}
    return conditions.objected_with(release, user) if asked else None


def settle_condition(
    release: Release, electorate: Electorate, number: int | None, met: bool, *, now: datetime, by: str
) -> Condition:
    """Somebody says that a condition is met, or will not be; met, its vote counts as a go."""
    one = conditions.settle(release, number, met, now=now, by=by)
    _settle_if_go(release, electorate, now, by)
    return one


def _require_votable(release: Release, round_shown: int | None, now: datetime) -> None:
    zone = release.planned.zone
    if release.state is State.SCHEDULED and release.opens_at is not None:
        raise Refusal("Voting on ", Said(release.title), " opens at ", At(release.opens_at, "day", zone), ".",
                      code="not_open_yet")  # fmt: skip
    if release.stage is State.APPROVED and release.decided_at is not None:
        then = " If something is wrong, put it on hold." if release.state is State.APPROVED else " It is on hold."
        raise Refusal(Said(release.title), " was decided at ", At(release.decided_at, "time", zone), ": go.", then,
                      code="already_decided", offers=("hold",) if release.state is State.APPROVED else ())  # fmt: skip
    closed_at = release.round.closed_at if release.round else None
    if release.state is State.OPEN and release.round is not None and release.round.closes_at <= now:
        closed_at = release.round.closes_at
    if release.state is State.STOPPED or (release.state is State.OPEN and closed_at is not None):
        when = words(" at ", At(closed_at, "time", zone)) if closed_at else ()
        raise Refusal("The go/no-go of ", Said(release.title), " closed", when, ". ", Who(release.captain),
                      ", its captain, can open another round.", code="poll_closed", offers=("why",))  # fmt: skip
    release.require(Move.VOTE)
    if release.round is None or release.stage is not State.OPEN:
        raise Refusal(Said(release.title), " is on hold, and its go/no-go has not opened yet.", code="not_open_yet")
    require_shown(release, round_shown)


def _sign_off_for(
    release: Release, electorate: Electorate, user: str, role: str | None, *, delegated: bool
) -> SignOff:  # fmt: skip
    """The sign-off named; else the one already given; else the one that needs this person most.

    Which is the one still missing a go with the fewest others left who could give it.
    """
    objected = {vote.sign_off for vote in release.round_votes() if (vote.user, vote.choice) == (user, Choice.NO_GO)}
    # Who leads it now may still take an objection back; a go of theirs counts for nothing.
    theirs = [one for one in release.sign_offs if one.role in objected or user in electorate.givers(one, release)]
    if not theirs:
        may_stop_it = user == release.captain
        raise Refusal(*_why_not(release, user), code="may_not_vote",
                      offers=("hold", "cancel") if may_stop_it else ("why",))  # fmt: skip
    theirs = [one for one in theirs if one.delegates] or theirs if delegated else theirs
    if role is not None:
        named = [one for one in theirs if one.role == role]
        if not named:
            yours = listing([one.role for one in theirs], last=" or ")
            raise Refusal("You may not sign off for ", Said(role), ". You may for ", yours, ".", code="may_not_vote")
        return named[0]
    given = {vote.user: vote.sign_off for vote in release.round_votes()}
    mine = [one for one in theirs if one.role == given.get(user)]
    if mine or len(theirs) == 1:
        return (mine or theirs)[0]
    rows = [row for row in tally(release, electorate) if row.sign_off in theirs]
    return min(rows, key=lambda row: (not row.lacks, len(row.waiting_for) - row.lacks)).sign_off


def _why_not(release: Release, user: str) -> Words:
    several = len(release.sign_offs) > 1
    roles = words(" Its sign-offs: ", listing([row.role for row in release.sign_offs]), ".") if several else ()
    if user in (release.captain, release.deployer, release.created_by):
        part = "captain" if user == release.captain else "deployer" if user == release.deployer else "author"
        stop = " You can put it on hold or cancel it." if user == release.captain else ""
        return words(f"You are the {part} of ", Said(release.title), ", and its ", Said(release.policy.name),
                     " policy asks somebody else for the go/no-go.", stop, roles)  # fmt: skip
    return words("You are not among those who may sign off ", Said(release.title), ".", roles)


def close_poll(release: Release, electorate: Electorate, *, now: datetime, by: str | None) -> Verdict:
    """Close the round now: by the clock (`by` None) or by the captain. Stores verdict, causes and time together."""
    if by is not None:
        release.require(Move.POLL_CLOSE)
    if release.state is not State.OPEN or release.round is None:
        raise Refusal(Said(release.title), " has no open go/no-go.", code="not_open_yet")
    release.round.closed_at = now
    verdict = decide(release, electorate, now)
    release.round.uncounted = uncounted(release, electorate)
    overruled = unanswered(release, electorate)
    record = inputs(release, electorate, verdict, now)
    release.round.verdict = verdict.result.value
    if verdict.result is Result.GO:
        _approve(release, now, by, *_go_words(release, overruled), record=record)
    else:
        reason = Stopped.NO_GO if verdict.result is Result.NO_GO else Stopped.NO_DECISION
        stop(release, reason, verdict.causes, now=now, by=by, record=record)
    return verdict


def stop(
    release: Release, reason: Stopped, causes: tuple[Cause, ...], *, now: datetime, by: str | None,
    record: Inputs | None = None,
) -> None:  # fmt: skip
    """Stop, saying which: no-go, no decision or approval expired. `record`: what a decision was based on."""
    shown = [cause for cause in causes if reason is not Stopped.NO_GO or cause.kind == "no_go"] or list(causes)
    release.state, release.stopped = State.STOPPED, reason
    release.stopped_said = listing([cause.short or cause.said for cause in shown], last="; ", most=3)
    release.slipped = release.slipped or reason is Stopped.NO_GO
    if release.round is not None and release.round.closed_at is None:
        release.round.closed_at, release.round.verdict = now, Result.NO_DECISION.value
    if release.round is not None and reason is not Stopped.EXPIRED:
        release.round.causes = causes_to_data(causes)
    name = "approval_expired" if reason is Stopped.EXPIRED else "decided"
    label = {Stopped.NO_GO: "No-go", Stopped.NO_DECISION: "No decision", Stopped.EXPIRED: "Approval expired"}[reason]
    details: dict[str, Any] = {"inputs": record} if record is not None else {}
    release.happened(name, now, by, label, *((": ", release.stopped_said) if shown else ()),
                     result=reason.value, round=_number(release), **details)  # fmt: skip


def extend(release: Release, electorate: Electorate, by_time: timedelta, *, now: datetime, by: str) -> None:
    """Give an open poll more time, or open the next round of a stopped one for that long."""
    release.require(Move.EXTEND)
    stopped = release.state is State.STOPPED
    if by_time <= timedelta(0):
        raise Refusal("Please say how much more time it needs, for example ", Code("extend 30m"), ".", code="bad_input")
    start = now if stopped or release.round is None else release.round.closes_at
    closes_at = start + by_time
    if stopped and release.kind is Kind.STANDARD:
        _approve_standard(release, electorate, now, by)
        return
    if closes_at > release.target_at and release.policy.opens != "at once":
        raise Refusal(
            "That would end at ", At(closes_at, "day", release.planned.zone), ", after the deploy time ",
            At(release.target_at, "day", release.planned.zone), ". Reschedule it, or extend by less.",
            code="past_target", offers=("reschedule",),
        )  # fmt: skip
    if stopped:
        _next_round(release, electorate, now, closes_at)
        release.happened("poll_opened", now, by, "opened another round of the go/no-go",
                         round=_number(release), closes_at=closes_at)  # fmt: skip
        _settle_if_go(release, electorate, now, by)
    elif release.round is not None:
        release.happened("poll_extended", now, by, "gave the go/no-go more time, until ",
                         at_beside(closes_at, now, release.planned.zone), closes_at=closes_at)  # fmt: skip
        conditions.move_close(release, closes_at, now, by)


def _settle_if_go(release: Release, electorate: Electorate, now: datetime, by: str | None) -> None:
    """Under `close: first-go`, go is reached the moment nothing is missing."""
    if release.state is not State.OPEN or release.policy.close != "first-go" or release.round is None:
        return
    if (verdict := decide(release, electorate, now)).result is Result.GO:
        record = inputs(release, electorate, verdict, now)
        release.round.closed_at, release.round.verdict = now, Result.GO.value
        release.round.uncounted = uncounted(release, electorate)
        _approve(release, now, by, *_go_words(release, []), record=record)


def lose_voter(release: Release, user: str, how: str, *, now: datetime) -> None:
    """Note that somebody whose answer would have counted `how` ("left this workspace"): it counts no more."""
    said = [vote for vote in release.standing(release.round_votes()) if vote.user == user]
    if release.stage is State.OPEN and said:
        for one in (conditions.of_vote(release, vote) for vote in said):
            if one is not None and one.outcome is None:
                one.outcome, one.ended_at = "withdrawn", now  # nobody has to see to it any more
        called = listing([one.value for one in dict.fromkeys(vote.choice for vote in said)])
        release.happened("voter_left", now, None, Who(user), f" {how}: their ", called, " does not count any more",
                         user=user)  # fmt: skip


def look_again(release: Release, electorate: Electorate, *, now: datetime) -> None:
    """Somebody came or left, or ticked an item: what is missing may not be missing any more.

    A standard release that was stopped for its checklist alone is approved by the last tick.
    """
    in_time = release.target_at > now or release.policy.opens == "at once"
    waits = release.state is State.STOPPED and release.stopped is Stopped.NO_DECISION and in_time
    if release.kind is Kind.STANDARD and waits and not checks_of(release, electorate):
        _approve_standard(release, electorate, now, None)
    _settle_if_go(release, electorate, now, None)


def resume_open(release: Release, electorate: Electorate, *, now: datetime, by: str) -> None:
    """Go on with a poll that was on hold: its deadline passed → no decision; all go by now → go."""
    release.state = State.OPEN
    conditions.lapse(release, now)
    if release.round is not None and now >= release.round.closes_at:
        verdict = lapsed_on_hold(release, electorate)
        release.round.uncounted = uncounted(release, electorate)
        record = inputs(release, electorate, verdict, now, "held")
        stop(release, Stopped.NO_DECISION, verdict.causes, now=now, by=by, record=record)
    else:
        _settle_if_go(release, electorate, now, by)


def _approve_standard(release: Release, electorate: Electorate, now: datetime, by: str | None) -> None:
    """Without a vote, but not past what stands in the way whoever votes: the clock stops it then, a person hears it."""
    if release.state is State.STOPPED and release.target_at <= now and release.policy.opens != "at once":
        raise Refusal(Said(release.title), " was planned for ", At(release.target_at, "day", release.planned.zone),
                       ". Give it a new time first.", code="needs_new_time", offers=("reschedule",))  # fmt: skip
    verdict = by_policy(release, electorate)
    if verdict.causes and by is not None:
        count = "One thing stands" if len(verdict.causes) == 1 else f"{len(verdict.causes)} things stand"
        rows = [words("\n", explain(cause)) for cause in verdict.causes[:MOST_NAMED]]
        raise Refusal("You can't approve ", Said(release.title), f" yet. {count} in the way:", *rows,
                      code="not_ticked", offers=("tick", "why"))  # fmt: skip
    record = inputs(release, electorate, verdict, now, "standard")
    release.opens_at = None
    if verdict.result is Result.GO:
        _approve(release, now, by, "Go — standard release, approved by its policy", record=record)
    else:
        stop(release, Stopped.NO_DECISION, verdict.causes, now=now, by=None, record=record)


def _approve(release: Release, now: datetime, by: str | None, *said: Piece | Words, record: Inputs) -> None:
    release.state, release.decided_at, release.stopped, release.stopped_said = State.APPROVED, now, None, ()
    release.expires_at = max(release.target_at, now) + release.policy.approval_lasts
    if release.round is not None:
        release.round.causes = []
    release.happened("decided", now, by, *said, result="go", round=_number(release), inputs=record)


def _go_words(release: Release, overruled: list[tuple[str, str]]) -> list[Piece | Words]:
    """How it was decided, and whose objection of an earlier round was never taken back."""
    count = len(release.sign_offs)
    said: list[Piece | Words] = [f"Go — all {count} sign-offs" if count > 1 else "Go"]
    before = {user: conditions.objected_with(release, user) for user, _ in overruled}
    against = [Who(user) for user, choice in before.items() if choice is not Choice.GO_IF]
    depended = [Who(user) for user, choice in before.items() if choice is Choice.GO_IF]
    if against:
        said += [", although ", listing(against), " did not take back the no-go of before"]
    if depended:
        said += [" and " if against else ", although ", listing(depended),
                 " did not answer again after the go if of before"]  # fmt: skip
    return said


def _number(release: Release) -> int:
    return release.round.number if release.round else 0
