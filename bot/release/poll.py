"""Decide go or no-go: open a poll, take votes, close it, and explain. One rule serves every path.

Go when every sign-off has its go votes, no valid no-go stands and nothing blocks. At the deadline a standing
no-go is *no-go*, anything else missing is *no decision*; only go deploys. Source: the domain's "The decision rule".
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.release.errors import Refusal
from bot.release.policy import SignOff
from bot.release.release import Choice, Kind, Release, Round, Stopped, Vote
from bot.release.states import Move, State
from bot.release.timeline import deadline
from bot.release.words import At, Piece, Said, Who, Words, listing, words


@dataclass(frozen=True)
class Electorate:
    """Who may give which sign-off, by role: ids of full members, as known at the moment of asking.

    `alone` is true only when a complete, fresh list shows that the captain is the channel's only full member.
    """

    eligible: Mapping[str, frozenset[str]]
    alone: bool = False

    def may_give(self, sign_off: SignOff, user: str, release: Release) -> bool:
        if user == release.captain and not sign_off.captain_may:
            return sign_off.alone_may and self.alone and user in self.eligible.get(sign_off.role, ())
        if user == release.deployer and user != release.captain and not sign_off.deployer_may:
            return False
        return user in self.eligible.get(sign_off.role, ())

    def givers(self, sign_off: SignOff, release: Release) -> frozenset[str]:
        """Everyone who may give this sign-off now."""
        names = self.eligible.get(sign_off.role, frozenset())
        return frozenset(user for user in names if self.may_give(sign_off, user, release))


class Result(StrEnum):
    GO = "go"
    NO_GO = "no_go"
    NO_DECISION = "no_decision"
    OPEN = "open"


@dataclass(frozen=True)
class Cause:
    """One reason why it is not go, and who can change that (ids)."""

    kind: str  # "missing" | "no_go" | "changed" | "nobody"
    role: str
    said: Words
    who_can: frozenset[str]
    since: datetime | None = None
    vote: Vote | None = None


@dataclass(frozen=True)
class Verdict:
    result: Result
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True)
class Tally:
    """How one sign-off stands."""

    sign_off: SignOff
    gos: tuple[Vote, ...]
    no_gos: tuple[Vote, ...]
    abstained: tuple[Vote, ...]
    reopened: tuple[Vote, ...]  # given for a content that has changed since
    givers: frozenset[str]

    @property
    def missing(self) -> int:
        return max(0, self.sign_off.needs - len(self.gos))

    @property
    def waiting_for(self) -> frozenset[str]:
        """Who could still answer."""
        return self.givers - {vote.user for vote in (*self.gos, *self.no_gos, *self.abstained)}


def tally(release: Release, electorate: Electorate) -> list[Tally]:
    """How each sign-off of the current round stands; a vote counts only from someone who may give it."""
    rows = []
    for sign_off in release.sign_offs:
        valid = [
            vote
            for vote in release.round_votes()
            if vote.sign_off == sign_off.role and electorate.may_give(sign_off, vote.user, release)
        ]
        standing = [vote for vote in valid if release.stands(vote)]
        rows.append(
            Tally(
                sign_off,
                gos=tuple(vote for vote in standing if vote.choice is Choice.GO),
                no_gos=tuple(vote for vote in standing if vote.choice is Choice.NO_GO),
                abstained=tuple(vote for vote in standing if vote.choice is Choice.ABSTAIN),
                reopened=tuple(vote for vote in valid if not release.stands(vote)),
                givers=electorate.givers(sign_off, release),
            )
        )
    return rows


def decide(release: Release, electorate: Electorate, now: datetime) -> Verdict:
    """The verdict and its causes. `open` means: not go yet, and there is time left."""
    causes: list[Cause] = []
    for row in tally(release, electorate):
        causes += _causes(row)
    if not causes:
        return Verdict(Result.GO)
    if release.round is not None and release.round.closed_at is None and now < release.round.closes_at:
        return Verdict(Result.OPEN, tuple(causes))
    refused = any(cause.kind == "no_go" for cause in causes)
    return Verdict(Result.NO_GO if refused else Result.NO_DECISION, tuple(causes))


def _causes(row: Tally) -> list[Cause]:
    role = row.sign_off.role
    causes = []
    for vote in row.no_gos:
        said = words(role, " — ", Who(vote.user), " said no-go: “", Said(vote.why), "”")
        causes.append(Cause("no_go", role, said, frozenset({vote.user}), vote.at, vote))
    if not row.missing:
        return causes
    if row.reopened and row.waiting_for:
        voters = listing([Who(vote.user) for vote in row.reopened])
        said = words(role, " — the plan changed after ", voters, " voted; please look again")
        causes.append(Cause("changed", role, said, row.waiting_for))
    elif not row.waiting_for and not row.no_gos:
        said = words(role, " — needs ", str(row.missing), " more go, and nobody is left who may give it")
        causes.append(Cause("nobody", role, said, frozenset()))
    elif row.waiting_for:
        count = "has not answered" if row.missing == row.sign_off.needs == 1 else f"needs {row.missing} more go"
        said = words(role, " — ", count, " (", _can_answer(row.waiting_for), ")")
        causes.append(Cause("missing", role, said, row.waiting_for))
    return causes


def _can_answer(people: frozenset[str]) -> Words:
    names = sorted(people)
    if len(names) > 4:
        return (f"{len(names)} people can answer",)
    return words(listing([Who(name) for name in names], last=" or "), " can answer")


# ---- moves -----------------------------------------------------------------------------------


def open_poll(release: Release, electorate: Electorate, *, now: datetime, by: str | None) -> None:
    """Open the next round, keeping every go and abstain whose content still holds. A standard release is approved."""
    if by is not None:
        release.require(Move.POLL)
    release.opens_at = None
    if release.kind is Kind.STANDARD:
        _approve(release, now, by, "Go — standard release, approved by its policy")
        return
    closes_at = deadline(release.policy, release.planned, now)
    if closes_at <= now:
        raise Refusal(
            Said(release.title), " was planned for ", At(release.target_at, "day", release.planned.zone),
            ", so there is no time left for a go/no-go. Give it a new time first.",
            code="needs_new_time", offers=("reschedule",),
        )  # fmt: skip
    _next_round(release, electorate, now, closes_at)
    release.happened("poll_opened", now, by, "opened the go/no-go", round=_number(release), closes_at=closes_at)
    _settle_if_go(release, electorate, now, by)


def _next_round(release: Release, electorate: Electorate, now: datetime, closes_at: datetime) -> None:
    before = release.round_votes() if release.round else []
    number = (release.round.number if release.round else 0) + 1
    kept = []
    for vote in before:
        sign_off = release.sign_off(vote.sign_off)
        keeps = vote.choice in (Choice.GO, Choice.ABSTAIN) and release.stands(vote)
        if keeps and sign_off is not None and electorate.may_give(sign_off, vote.user, release):
            kept.append(replace(vote, round=number))
    release.round = Round(number, now, closes_at)
    release.votes += kept
    release.state, release.stopped, release.stopped_said, release.decided_at = State.OPEN, None, (), None


def cast_vote(
    release: Release,
    electorate: Electorate,
    *,
    user: str,
    choice: Choice,
    why: str = "",
    now: datetime,
    path: str,
    round_shown: int | None = None,
    fingerprints_shown: Mapping[str, str] | None = None,
) -> Vote:
    """Count a person's vote, for the sign-off that needs them most. The last vote of a person counts.

    `round_shown` and `fingerprints_shown` (by sign-off role) say what the person was looking at.
    """
    _require_votable(release, round_shown)
    sign_off = _sign_off_for(release, electorate, user)
    if fingerprints_shown is not None and fingerprints_shown.get(sign_off.role) not in (
        None,
        release.fingerprint(sign_off.covers),
    ):
        raise Refusal(
            Said(release.title), " has changed since that message was drawn. Please look at the card again, then vote.",
            code="superseded_content", offers=("status",),
        )  # fmt: skip
    if choice is Choice.NO_GO and not why.strip():
        raise Refusal("A no-go needs a reason, so that somebody can fix it.", code="reason_missing")
    number = _number(release)
    mine = next((vote for vote in release.votes if vote.round == number and vote.user == user), None)
    fingerprint = release.fingerprint(sign_off.covers)
    if mine is not None and (mine.choice, mine.why, mine.sign_off, mine.fingerprint) == (
        choice, why.strip(), sign_off.role, fingerprint,
    ):  # fmt: skip
        return mine
    alone = user == release.captain and not sign_off.captain_may
    vote = Vote(user, choice, now, number, sign_off.role, fingerprint, why.strip(), path, alone)
    release.votes = [old for old in release.votes if old is not mine] + [vote]
    if choice is Choice.NO_GO:
        release.slipped = True
    said: list[Piece] = [f"said {choice.value} for {sign_off.role}"]
    if alone:
        said.append(" (self-approval: the only full member of the channel)")
    release.happened("voted", now, user, *said, why=vote.why, choice=choice.value, role=sign_off.role, round=number)
    _settle_if_go(release, electorate, now, user)
    return vote


def _require_votable(release: Release, round_shown: int | None) -> None:
    number = _number(release)
    if release.state is State.SCHEDULED and release.opens_at is not None:
        raise Refusal(
            "Voting on ", Said(release.title), " opens at ", At(release.opens_at, "day", release.planned.zone), ".",
            code="not_open_yet",
        )  # fmt: skip
    if release.state is State.APPROVED and release.decided_at is not None:
        raise Refusal(
            Said(release.title), " was decided at ", At(release.decided_at, "time", release.planned.zone),
            ": go. If something is wrong, put it on hold.",
            code="already_decided", offers=("hold",),
        )  # fmt: skip
    if release.state is State.STOPPED:
        closed_at = release.round.closed_at if release.round else None
        when = words(" at ", At(closed_at, "time", release.planned.zone)) if closed_at else ()
        raise Refusal(
            "The go/no-go of ", Said(release.title), " closed", when, ". The captain can open another round.",
            code="poll_closed", offers=("why",),
        )  # fmt: skip
    release.require(Move.VOTE)
    if release.round is None or release.round.closed_at is not None:
        raise Refusal(Said(release.title), " has no open go/no-go to vote on.", code="not_open_yet")
    if round_shown is not None and round_shown != number:
        raise Refusal(
            f"This button is from round {round_shown}; round {number} is open until ",
            At(release.round.closes_at, "time", release.planned.zone), ".",
            code="superseded_round", offers=("status",),
        )  # fmt: skip


def _sign_off_for(release: Release, electorate: Electorate, user: str) -> SignOff:
    """The sign-off that needs this person most: the one they already gave, else most missing, else fewest givers."""
    rows = tally(release, electorate)
    able = [row for row in rows if electorate.may_give(row.sign_off, user, release)]
    if not able:
        raise Refusal(*_why_not(release, user), code="may_not_vote", offers=("why",))
    given = {vote.user: vote.sign_off for vote in release.round_votes()}
    for row in able:
        if given.get(user) == row.sign_off.role:
            return row.sign_off
    return min(able, key=lambda row: (-row.missing, len(row.givers))).sign_off


def _why_not(release: Release, user: str) -> Words:
    roles = listing([row.role for row in release.sign_offs])
    if user == release.captain:
        return words("You are the captain of ", Said(release.title), ", and its ", release.policy.name,
                     " policy asks somebody else to say go: ", roles, ".")  # fmt: skip
    return words("You are not among those who may sign off ", Said(release.title), ". Its sign-offs: ", roles, ".")


def close_poll(release: Release, electorate: Electorate, *, now: datetime, by: str | None) -> Verdict:
    """Close the round now: by the clock (`by` None) or by the captain. Stores verdict, causes and time together."""
    if by is not None:
        release.require(Move.POLL_CLOSE)
    if release.round is None:
        raise Refusal(Said(release.title), " has no open go/no-go.", code="not_open_yet")
    release.round.closed_at = now
    verdict = decide(release, electorate, now)
    release.round.verdict = verdict.result.value
    if verdict.result is Result.GO:
        _approve(release, now, by, _go_words(release))
    else:
        reason = Stopped.NO_GO if verdict.result is Result.NO_GO else Stopped.NO_DECISION
        stop(release, reason, verdict.causes, now=now, by=by)
    return verdict


def stop(release: Release, reason: Stopped, causes: tuple[Cause, ...], *, now: datetime, by: str | None) -> None:
    """Stop, saying which: no-go, no decision or approval expired."""
    shown = [cause for cause in causes if reason is not Stopped.NO_GO or cause.kind == "no_go"] or list(causes)
    release.state, release.stopped = State.STOPPED, reason
    release.stopped_said = listing([cause.said for cause in shown], last="; ", most=3)
    release.slipped = release.slipped or reason is Stopped.NO_GO
    if release.round is not None and release.round.closed_at is None:
        release.round.closed_at, release.round.verdict = now, Result.NO_DECISION.value
    name = "approval_expired" if reason is Stopped.EXPIRED else "decided"
    label = {Stopped.NO_GO: "No-go", Stopped.NO_DECISION: "No decision", Stopped.EXPIRED: "Approval expired"}[reason]
    release.happened(name, now, by, label, *((": ", release.stopped_said) if shown else ()),
                     result=reason.value, round=_number(release))  # fmt: skip


def extend(release: Release, electorate: Electorate, by_time: timedelta, *, now: datetime, by: str) -> None:
    """Give an open poll more time, or open the next round of a stopped one for that long."""
    release.require(Move.EXTEND)
    stopped = release.state is State.STOPPED
    start = now if stopped or release.round is None else release.round.closes_at
    closes_at = start + by_time
    if closes_at > release.target_at and release.policy.opens != "at once":
        raise Refusal(
            "That would end at ", At(closes_at, "day", release.planned.zone), ", after the deploy time ",
            At(release.target_at, "day", release.planned.zone), ". Reschedule it, or extend by less.",
            code="past_target", offers=("reschedule",),
        )  # fmt: skip
    if stopped and release.kind is not Kind.STANDARD:
        _next_round(release, electorate, now, closes_at)
        release.happened("poll_opened", now, by, "opened another round of the go/no-go",
                         round=_number(release), closes_at=closes_at)  # fmt: skip
        _settle_if_go(release, electorate, now, by)
    elif stopped:
        _approve(release, now, by, "Go — standard release, approved by its policy")
    elif release.round is not None:
        release.round.closes_at = closes_at
        release.happened("poll_extended", now, by, "gave the go/no-go more time, until ",
                         At(closes_at, "time", release.planned.zone), closes_at=closes_at)  # fmt: skip


def _settle_if_go(release: Release, electorate: Electorate, now: datetime, by: str | None) -> None:
    """Under `close: first-go`, go is reached the moment nothing is missing."""
    if release.state is not State.OPEN or release.policy.close != "first-go" or release.round is None:
        return
    if decide(release, electorate, now).result is Result.GO:
        release.round.closed_at, release.round.verdict = now, Result.GO.value
        _approve(release, now, by, _go_words(release))


def resume_open(release: Release, electorate: Electorate, *, now: datetime, by: str) -> None:
    """Go on with a poll that was on hold: its deadline passed → no decision; all go by now → go."""
    release.state = State.OPEN
    if release.round is not None and now >= release.round.closes_at:
        causes = tuple(cause for row in tally(release, electorate) for cause in _causes(row))
        stop(release, Stopped.NO_DECISION, causes, now=now, by=by)
    else:
        _settle_if_go(release, electorate, now, by)


def _approve(release: Release, now: datetime, by: str | None, said: str) -> None:
    release.state, release.decided_at, release.stopped, release.stopped_said = State.APPROVED, now, None, ()
    release.expires_at = max(release.target_at, now) + release.policy.approval_lasts
    release.happened("decided", now, by, said, result="go", round=_number(release))


def _go_words(release: Release) -> str:
    count = len(release.sign_offs)
    return f"Go — all {count} sign-offs" if count > 1 else "Go"


def _number(release: Release) -> int:
    return release.round.number if release.round else 0
