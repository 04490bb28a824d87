"""Decide go or no-go, and say why: the one pure rule behind every button, command, timer and machine.

Go when every sign-off has its go votes, no valid no-go stands, no condition is open and nothing blocks. At the
deadline a standing no-go is *no-go*, anything else missing is *no decision*; only go deploys. A closed poll keeps
its verdict. Source: the domain's "The decision rule".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.release.policy import SignOff
from bot.release.release import Choice, Kind, Release, Stopped, Vote
from bot.release.states import State
from bot.release.words import At, Said, Who, Words, listing, words


@dataclass(frozen=True)
class Electorate:
    """Who may give which sign-off, by role: ids of full members, as known at the moment of asking.

    `alone` is true only when a complete, fresh list shows that the captain is the channel's only full member.
    """

    eligible: Mapping[str, frozenset[str]]
    alone: bool = False

    def may_give(self, sign_off: SignOff, user: str, release: Release) -> bool:
        if user not in self.eligible.get(sign_off.role, ()):
            return False
        only_one = self.alone and sign_off.alone_may and user == release.captain
        return only_one or not barred(sign_off, user, release)

    def givers(self, sign_off: SignOff, release: Release) -> frozenset[str]:
        """Everyone who may give this sign-off now."""
        names = self.eligible.get(sign_off.role, frozenset())
        return frozenset(user for user in names if self.may_give(sign_off, user, release))


def barred(sign_off: SignOff, user: str, release: Release) -> bool:
    """Whether the policy keeps this person from this sign-off for being the captain or the deployer."""
    deployer = release.deployer or release.captain
    return (user == release.captain and not sign_off.captain_may) or (user == deployer and not sign_off.deployer_may)


class Result(StrEnum):
    GO = "go"
    NO_GO = "no_go"
    NO_DECISION = "no_decision"
    OPEN = "open"


@dataclass(frozen=True)
class Cause:
    """One reason why it is not go, and who can change that (ids).

    `kind` is "missing" (has not answered), "no_go", "condition" (a go that depends on something), "changed" (voted on
    something else), "nobody" (no one is left who may), "unopened", "held" (due while on hold), "expired" or "closed".
    """

    kind: str
    role: str
    said: Words
    who_can: frozenset[str]
    since: datetime | None = None
    vote: Vote | None = None


@dataclass(frozen=True)
class Verdict:
    """`causes` is empty for go and never empty otherwise."""

    result: Result
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True)
class Tally:
    """How one sign-off stands: valid votes by what they say, and who may give it."""

    sign_off: SignOff
    gos: tuple[Vote, ...]
    no_gos: tuple[Vote, ...]
    conditions: tuple[Vote, ...]
    abstained: tuple[Vote, ...]
    reopened: tuple[Vote, ...]  # given for a content that has changed since
    givers: frozenset[str]
    waiting_for: frozenset[str]  # who has not answered yet, for this or another sign-off, and may

    @property
    def missing(self) -> int:
        return max(0, self.sign_off.needs - len(self.gos))


def tally(release: Release, electorate: Electorate) -> list[Tally]:
    """How each sign-off of the current round stands; a vote counts only from someone who may give it."""
    valid = [
        vote
        for vote in release.round_votes()
        if (sign_off := release.sign_off(vote.sign_off)) and electorate.may_give(sign_off, vote.user, release)
    ]
    standing = [vote for vote in valid if release.stands(vote)]
    answered = {vote.user for vote in standing}
    rows = []
    for sign_off in release.sign_offs:
        votes = {
            choice: tuple(vote for vote in standing if vote.sign_off == sign_off.role and vote.choice is choice)
            for choice in Choice
        }
        givers = electorate.givers(sign_off, release)
        rows.append(
            Tally(
                sign_off,
                gos=votes[Choice.GO],
                no_gos=votes[Choice.NO_GO],
                conditions=votes[Choice.GO_IF],
                abstained=votes[Choice.ABSTAIN],
                reopened=tuple(v for v in valid if v.sign_off == sign_off.role and not release.stands(v)),
                givers=givers,
                waiting_for=givers - answered,
            )
        )
    return rows


def decide(release: Release, electorate: Electorate, now: datetime) -> Verdict:
    """The verdict and its causes. `open` means: not go yet, and its go/no-go has not closed or not even opened.

    Only an open poll is computed; what is decided stays as it was decided, whoever comes or leaves later.
    """
    stage = release.stage
    if stage is State.SCHEDULED:
        return Verdict(Result.OPEN, (_unopened(release),))
    if stage is State.CANCELLED:
        return Verdict(Result.NO_DECISION, (Cause("closed", "", ("It was cancelled",), frozenset()),))
    if stage is State.STOPPED:
        if release.stopped is Stopped.EXPIRED:
            return Verdict(Result.NO_DECISION, (_expired(release),))
        refused = release.stopped is Stopped.NO_GO
        causes = causes_now(release, electorate) or (_closed(release),)
        return Verdict(Result.NO_GO if refused else Result.NO_DECISION, causes)
    if stage is not State.OPEN or release.round is None:
        return Verdict(Result.GO)
    causes = causes_now(release, electorate)
    if not causes:
        return Verdict(Result.GO)
    if release.round.closed_at is None and now < release.round.closes_at:
        return Verdict(Result.OPEN, causes)
    refused = any(cause.kind == "no_go" for cause in causes)
    return Verdict(Result.NO_GO if refused else Result.NO_DECISION, causes)


def causes_now(release: Release, electorate: Electorate) -> tuple[Cause, ...]:
    """Everything that stands between the votes of the current round and go."""
    if not release.sign_offs:
        said = words("Its ", release.policy.name, " policy names no sign-off, so nobody can say go")
        return (Cause("nobody", "", said, frozenset({release.captain})),)
    return tuple(cause for row in tally(release, electorate) for cause in _causes(row, release))


def passed_on_hold(release: Release, closes_at: datetime) -> Cause:
    """The deadline passed while nothing could be decided."""
    said = words("The go/no-go was due at ", At(closes_at, "time", release.planned.zone), ", while it was on hold")
    return Cause("held", "", said, frozenset({release.captain}), closes_at)


def _causes(row: Tally, release: Release) -> list[Cause]:
    role = row.sign_off.role
    causes = []
    for vote in row.no_gos:
        said = words(role, " — ", Who(vote.user), " said no-go: “", Said(vote.why), "”")
        causes.append(Cause("no_go", role, said, frozenset({vote.user}), vote.at, vote))
    for vote in row.conditions:
        said = words(role, " — ", Who(vote.user), " said go if: “", Said(vote.why), "”")
        causes.append(Cause("condition", role, said, frozenset({vote.user}), vote.at, vote))
    if not row.missing:
        return causes
    if row.reopened and row.waiting_for:
        voters = listing([Who(vote.user) for vote in row.reopened])
        said = words(role, " — the plan changed after ", voters, " voted; please look again")
        causes.append(Cause("changed", role, said, row.waiting_for))
    elif row.waiting_for:
        count = "has not answered" if row.missing == row.sign_off.needs == 1 else f"needs {row.missing} more go"
        said = words(role, " — ", count, " (", _can_answer(row.waiting_for), ")")
        causes.append(Cause("missing", role, said, row.waiting_for))
    elif not causes:
        said = words(role, " — needs ", str(row.missing), " more go, and nobody is left who may give it")
        causes.append(Cause("nobody", role, said, frozenset({release.captain})))
    return causes


def _can_answer(people: frozenset[str]) -> Words:
    names = sorted(people)
    if len(names) > 4:
        return (f"{len(names)} people can answer",)
    return words(listing([Who(name) for name in names], last=" or "), " can answer")


def _unopened(release: Release) -> Cause:
    what = "It is approved without a vote at " if release.kind is Kind.STANDARD else "Its go/no-go opens at "
    when = words(At(release.opens_at, "day", release.planned.zone)) if release.opens_at else ("its time",)
    return Cause("unopened", "", words(what, when), frozenset({release.captain}), release.opens_at)


def _expired(release: Release) -> Cause:
    when = words(" at ", At(release.expires_at, "day", release.planned.zone)) if release.expires_at else ()
    return Cause("expired", "", words("Its approval expired", when), frozenset({release.captain}), release.expires_at)


def _closed(release: Release) -> Cause:
    """Nothing is missing any more, but the round had closed by then."""
    said = release.stopped_said or words("Its go/no-go closed before everything was there")
    since = release.round.closed_at if release.round else None
    return Cause("closed", "", said, frozenset({release.captain}), since)
