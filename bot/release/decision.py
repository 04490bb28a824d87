"""Decide go or no-go, and say why: the one pure rule behind every button, command, timer and machine.

Go when every sign-off has its go votes, no valid no-go stands, no condition is open and nothing blocks. At the
deadline a standing no-go is *no-go*, anything else missing is *no decision*; only go deploys. A closed poll keeps
its verdict. Source: the domain's "The decision rule". A later round counts the go votes it kept, but not them alone:
who objected before answers first, or somebody else gives that sign-off anew, and somebody says go in this round.
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
        # Only who leads it can be kept from it: the others need no look one by one.
        leads = {release.captain, release.deployer, release.created_by}
        return names - {user for user in leads if user in names and not self.may_give(sign_off, user, release)}


def barred(sign_off: SignOff, user: str, release: Release) -> bool:
    """Whether the policy keeps this person from this sign-off for being the captain or the deployer.

    Where it keeps both from it, it separates duties: then the author stays barred, whoever took over since.
    """
    deployer = release.deployer or release.captain
    author = user == release.created_by and sign_off.separates
    return (
        author or (user == release.captain and not sign_off.captain_may)
        or (user == deployer and not sign_off.deployer_may)
    )  # fmt: skip


def signed_apart(release: Release, user: str) -> str | None:
    """The sign-off that this person gave in this round and that separates duties: they may not lead or deploy it."""
    given = [vote for vote in release.round_votes() if vote.user == user and vote.choice is Choice.GO]
    roles = [vote.sign_off for vote in given if (sign_off := release.sign_off(vote.sign_off)) and sign_off.separates]
    return roles[0] if roles else None


class Result(StrEnum):
    GO = "go"
    NO_GO = "no_go"
    NO_DECISION = "no_decision"
    OPEN = "open"


@dataclass(frozen=True)
class Cause:
    """One reason why it is not go, and who can change that (ids).

    `kind` is "missing" (has not answered), "no_go", "condition" (a go that depends on something), "changed" (voted on
    something else), "objected" (said no-go before, and was asked again), "confirm" (only kept votes), "nobody" (no one
    is left who may), "unopened", "unasked" (passed unseen), "held" (due while on hold), "expired" or "closed".
    `short`: what to say after “No-go — ”.
    """

    kind: str
    role: str
    said: Words
    who_can: frozenset[str]
    since: datetime | None = None
    vote: Vote | None = None
    short: Words = ()


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
    valid = [vote for vote in release.round_votes() if _counts(vote, release, electorate)]
    standing = release.standing(valid)
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
                reopened=tuple(v for v in valid if v.sign_off == sign_off.role and v.user not in answered),
                givers=givers,
                waiting_for=givers - answered,
            )
        )
    return rows


def _counts(vote: Vote, release: Release, electorate: Electorate) -> bool:
    """Whether it is heard. What is decided stays as it was; a no-go outlives that its voter leads the release now."""
    sign_off = release.sign_off(vote.sign_off)
    if sign_off is None or release.stage not in (State.SCHEDULED, State.OPEN):
        return sign_off is not None
    if vote.choice is Choice.NO_GO:
        return vote.user in electorate.eligible.get(sign_off.role, ())
    return electorate.may_give(sign_off, vote.user, release)


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
        if release.round is not None and release.round.opened_at >= release.round.closes_at:
            return Verdict(Result.NO_DECISION, (_closed(release),))  # nobody was asked, so nobody is missing
        refused = release.stopped is Stopped.NO_GO
        causes = causes_now(release, electorate) or (_closed(release),)
        return Verdict(Result.NO_GO if refused else Result.NO_DECISION, causes)
    if stage is not State.OPEN or release.round is None:
        return Verdict(Result.GO)
    causes = causes_now(release, electorate)
    if now >= release.round.closes_at:  # who was asked again had the whole round to say no once more
        causes = tuple(cause for cause in causes if cause.kind != "objected")
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
    return _causes_of(tally(release, electorate), release, electorate)


def _causes_of(rows: list[Tally], release: Release, electorate: Electorate) -> tuple[Cause, ...]:
    causes = [cause for row in rows for cause in _causes(row, release)]
    complete = {row.sign_off.role for row in rows if not row.missing}
    asked_again = [one for one in unanswered(release, electorate) if one[1] in complete]
    causes += [_objection(user, role, release) for user, role in asked_again]
    causes += _left_behind(release, electorate, complete)
    objections_only = all(cause.kind == "objected" for cause in causes)
    return (*causes, *(_unconfirmed(release, rows) if objections_only else ()))


def unanswered(release: Release, electorate: Electorate) -> list[tuple[str, str]]:
    """(person, sign-off): objections of earlier rounds whose voter may answer in this one, and has not."""
    answered = {vote.user for vote in release.round_votes()}
    return [
        (user, role)
        for user, role in (release.round.objected if release.round else ())
        if (sign_off := release.sign_off(role)) is not None
        and user not in answered
        and electorate.may_give(sign_off, user, release)
    ]


def owing(release: Release, electorate: Electorate) -> frozenset[str]:
    """Who is to answer: everyone who may and has said nothing that stands; where only kept votes stand, those too."""
    if release.state is not State.OPEN or release.round is None:
        return frozenset()
    rows = tally(release, electorate)
    people = {user for row in rows if row.missing for user in row.waiting_for}
    people |= {user for user, _ in unanswered(release, electorate)}
    if any(cause.kind == "confirm" for cause in _causes_of(rows, release, electorate)):
        people |= {vote.user for row in rows for vote in row.gos}
    return frozenset(people)


def _left_behind(release: Release, electorate: Electorate, complete: set[str]) -> list[Cause]:
    """No-gos of voters who left: a go that was kept from an earlier round is no answer to them."""
    counted = [vote for vote in release.round_votes() if _counts(vote, release, electorate)]
    anew = {vote.sign_off for vote in counted if vote.choice is Choice.GO and not vote.kept}
    found = []
    for vote in release.round_votes():
        if vote.choice is not Choice.NO_GO or vote.sign_off not in complete - anew or vote in counted:
            continue
        said = words(_of(vote.sign_off, release), Who(vote.user), " said no-go (“", Said(vote.why),
                     "”) and cannot be asked any more; somebody else has to say go anew")  # fmt: skip
        others = electorate.eligible.get(vote.sign_off, frozenset()) - {vote.user}
        found.append(Cause("changed", vote.sign_off, said, others, vote.at, vote))
    return found


def _objection(user: str, role: str, release: Release) -> Cause:
    said_it = [vote for vote in release.votes if vote.user == user and vote.choice in (Choice.NO_GO, Choice.GO_IF)]
    last = max(said_it, key=lambda vote: vote.round, default=None)
    why = words(" (“", Said(last.why), "”)") if last is not None and last.why else ()
    said = words(_of(role, release), Who(user), " said no-go before", why, " and has not answered since")
    return Cause("objected", role, said, frozenset({user}), last.at if last else None, last)


def _unconfirmed(release: Release, rows: list[Tally]) -> tuple[Cause, ...]:
    """A round whose go votes are all from earlier ones: one of them, or another, has to be given anew."""
    fresh = any(not vote.kept for row in rows for vote in row.gos)
    if release.round is None or release.round.number == 1 or fresh:
        return ()
    people = frozenset(user for row in rows for user in row.givers)
    voters = frozenset(vote.user for row in rows for vote in row.gos)
    able = _can_answer(voters or people)
    said = words("The go of the last round counts again once somebody confirms it (", able, ")")
    return (Cause("confirm", "", said, people),)


def passed_on_hold(release: Release, closes_at: datetime) -> Cause:
    """The deadline passed while nothing could be decided."""
    said = words("The go/no-go was due at ", At(closes_at, "time", release.planned.zone), ", while it was on hold")
    return Cause("held", "", said, frozenset({release.captain}), closes_at)


def passed_meanwhile(release: Release, now: datetime) -> tuple[Cause, ...]:
    """What a release on hold meets when it is resumed: a deadline or an expiry that has passed."""
    if release.held_from is State.OPEN and release.round is not None and release.round.closes_at <= now:
        return (passed_on_hold(release, release.round.closes_at),)
    expired = release.held_from is State.APPROVED and release.expires_at is not None and release.expires_at <= now
    return (_expired(release),) if expired else ()


def unasked(release: Release, opened: datetime, closes: datetime) -> Cause:
    """The whole window passed while nobody could be told, as when the bot was down."""
    zone = release.planned.zone
    said = words("Nobody could be asked: its go/no-go was due from ", At(opened, "day", zone), " until ",
                 At(closes, "day", zone), ", and passed unseen")  # fmt: skip
    return Cause("unasked", "", said, frozenset({release.captain}), closes, short=_lower(said))


def _causes(row: Tally, release: Release) -> list[Cause]:
    role = row.sign_off.role
    causes = []
    for vote in row.no_gos:
        said = words(_of(role, release), Who(vote.user), " said no-go: “", Said(vote.why), "”")
        who = words(role, " (", Who(vote.user), ")") if len(release.sign_offs) > 1 else (Who(vote.user),)
        short = words(who, ": “", Said(vote.why), "”")
        causes.append(Cause("no_go", role, said, frozenset({vote.user}), vote.at, vote, short))
    for vote in row.conditions:
        said = words(_of(role, release), Who(vote.user), " said go if: “", Said(vote.why), "”")
        causes.append(Cause("condition", role, said, frozenset({vote.user}), vote.at, vote))
    if not row.missing:
        return causes
    if row.reopened and row.waiting_for:
        voters = listing([Who(vote.user) for vote in row.reopened])
        said = words(_of(role, release), "the plan changed after ", voters, " voted; please look again")
        causes.append(Cause("changed", role, said, row.waiting_for))
    elif row.waiting_for:
        said = words(_count(row, release), " (", _can_answer(row.waiting_for), ")")
        # Once the round has closed nobody can answer any more: the short form names no people.
        causes.append(Cause("missing", role, said, row.waiting_for, short=_lower((_count(row, release),))))
    elif not causes:
        said = words(_count(row, release), ", and nobody is left who may give it")
        causes.append(Cause("nobody", role, said, frozenset({release.captain})))
    return causes


def _of(role: str, release: Release) -> str:
    """Whose matter it is; where there is one sign-off only, everybody knows."""
    return f"{role} — " if len(release.sign_offs) > 1 else ""


def _lower(said: Words) -> Words:
    """As it reads after a dash; a role keeps its capital."""
    first = said[0] if said else ""
    own_words = isinstance(first, str) and first.startswith(("Nobody", "The"))
    return (first[:1].lower() + first[1:], *said[1:]) if own_words and isinstance(first, str) else said


def _count(row: Tally, release: Release) -> str:
    role = row.sign_off.role if len(release.sign_offs) > 1 else "The go/no-go"
    if row.missing == row.sign_off.needs == 1:
        return f"{role} has not answered" if len(release.sign_offs) > 1 else "Nobody has said go yet"
    return f"{role} needs {row.missing} more go"


def _can_answer(people: frozenset[str]) -> Words:
    names = sorted(people)
    if len(names) > 4:
        return (f"{len(names)} people can answer",)
    return words(listing([Who(name) for name in names], last=" or "), " can answer")


def _unopened(release: Release) -> Cause:
    if release.state is State.ON_HOLD:
        said = words("Its go/no-go opens once it is resumed, at its time")
        return Cause("unopened", "", said, frozenset({release.captain}), release.opens_at)
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
