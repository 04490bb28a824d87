"""Say why a release is not go, in the one text that *why*, a refused deploy and lists share."""

from datetime import datetime

from bot.release.causes import Cause, explain, objection, on_hold, passed_meanwhile
from bot.release.conditions import is_withdrawn
from bot.release.decision import decide, unanswered
from bot.release.electorate import Electorate, counts_for_another, is_recorded
from bot.release.freeze import Freezing
from bot.release.frozen import causes as frozen
from bot.release.release import Choice, Release, Stopped, Vote
from bot.release.rights import who_may
from bot.release.states import Move, State
from bot.release.words import At, Who, Words, words

#: As many lines are shown.
MOST = 25
STOPPED_WORDS = {Stopped.NO_GO: "no-go", Stopped.NO_DECISION: "no decision", Stopped.EXPIRED: "its approval expired"}


def in_the_way(release: Release, electorate: Electorate, freezing: Freezing, now: datetime) -> tuple[Cause, ...]:
    """What stands between a release and its deploy, first what stopped its clock; empty where nothing does.

    A freeze comes last: it keeps a release from its deploy, not from its go.
    """
    causes = (*decide(release, electorate, now).causes, *frozen(release, freezing, now))
    if release.state is not State.ON_HOLD:
        return causes
    return (on_hold(release), *passed_meanwhile(release, now), *causes)


def stands(release: Release, causes: tuple[Cause, ...]) -> Words:
    """What follows its name: “is not go yet. 2 things stand in the way:”."""
    zone = release.planned.zone
    if release.state is State.STOPPED:
        closed = release.round.closed_at if release.round is not None else None
        since = release.expires_at if release.stopped is Stopped.EXPIRED else closed
        when = words(" at ", At(since, "day", zone)) if since else ()
        return words("was stopped", when, ": ", STOPPED_WORDS[release.stopped or Stopped.NO_DECISION], ".")
    frozen_only = all(cause.kind == "freeze" for cause in causes)
    then = " A freeze keeps it from its deploy:" if causes else ""
    if frozen_only and release.state is State.OPEN and release.round is not None:
        closes = At(release.round.closes_at, "day", zone)
        return words("has every go it needs. It is decided when its go/no-go closes, ", closes, ".", then)
    if frozen_only and release.state is State.APPROVED:
        return words("is go.", then)
    count = "One thing stands" if len(causes) == 1 else f"{len(causes)} things stand"
    return (f"is not go yet. {count} in the way:",)


def lines(release: Release, causes: tuple[Cause, ...]) -> list[tuple[Cause, Words]]:
    """A line for each, with who can change it; but for what `stands` has said already."""
    stopped = release.state is State.STOPPED
    shown = [cause for cause in causes if not (stopped and cause.kind == "expired")]
    return [(cause, explain(cause, over=stopped)) for cause in shown[:MOST]]


def more(release: Release, electorate: Electorate, causes: tuple[Cause, ...]) -> list[Words]:
    """What follows the lines of the causes: how many are not shown, votes that do not count, who can go on."""
    rows: list[Words] = []
    if len(causes) > MOST:
        rows.append((f"… and {len(causes) - MOST} more; its status shows every answer",))
    rows += uncounted(release, electorate, causes)
    if release.stage is State.OPEN and any(cause.kind in ("missing", "changed") for cause in causes):
        told = {(user, cause.role) for cause in causes for user in cause.who_can if cause.kind == "objected"}
        asked = [one for one in unanswered(release, electorate) if one not in told]
        rows += [words("▫️ ", objection(user, role, release).said) for user, role in asked]
    if release.state is State.STOPPED:
        rows.append(words("Next: ", who_may(release, Move.POLL), " can ask again, or give it another time."))
    return rows


def why_not(release: Release, electorate: Electorate, freezing: Freezing, now: datetime) -> Words:
    """All of it in one piece, beginning behind the name."""
    causes = in_the_way(release, electorate, freezing, now)
    rows = [*(row for _, row in lines(release, causes)), *more(release, electorate, causes)]
    return words(stands(release, causes), *(words("\n", row) for row in rows))


def uncounted(release: Release, electorate: Electorate, causes: tuple[Cause, ...] = ()) -> list[Words]:
    """A line for each answer of an open round that does not count, unless one of the causes tells of it."""
    if release.stage is not State.OPEN:
        return []
    told = [cause.vote for cause in causes if cause.vote is not None]
    changed = {cause.role for cause in causes if cause.kind == "changed"}
    rows = []
    for vote in release.round_votes():
        reason = _why_uncounted(vote, release, electorate, changed)
        if reason and vote not in told:
            rows.append(words("▫️ The ", vote.choice.value, " of ", Who(vote.user), " does not count: ", reason))
    return rows


def _why_uncounted(vote: Vote, release: Release, electorate: Electorate, changed: set[str]) -> Words:
    sign_off = release.sign_off(vote.sign_off)
    if sign_off is None:
        return (f"{vote.sign_off} is not asked any more",)
    if is_recorded(vote.user) and not sign_off.recorded:
        return ("its policy takes answers from people in Slack only",)
    if vote.user not in electorate.eligible.get(sign_off.role, ()) and not is_recorded(vote.user):
        role = f" for {sign_off.role}" if len(release.sign_offs) > 1 else ""
        return (f"they are not among those who may answer{role} any more",)
    if not counts_for_another(vote, sign_off, release):
        return words("the policy does not let ", Who(vote.cast_by or vote.user), " give it for them")
    if vote.choice is not Choice.NO_GO and not electorate.may_give(sign_off, vote.user, release):
        return ("who leads it now leaves that answer to others",)
    if is_withdrawn(release, vote):
        return ("they left meanwhile, and are asked anew",)
    if not release.stands(vote) and sign_off.role not in changed:
        return ("what it was given for has changed since",)
    return ()
