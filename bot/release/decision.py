"""Decide go or no-go, and say why: the one pure rule behind every button, command, timer and machine.

Go when every sign-off has its go votes, no valid no-go stands, no condition is open and nothing blocks. At the
deadline a standing no-go is *no-go*, anything else missing is *no decision*; only go deploys. A closed poll keeps
its verdict. Source: the domain's "The decision rule". A later round counts the go votes it kept, but not them alone:
who objected before answers first, or somebody else gives that sign-off anew, and somebody says go in this round.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.release import checklist, conditions, late
from bot.release.causes import (
    Cause,
    Tally,
    causes_from_data,
    closed,
    expired,
    objection,
    of_role,
    of_row,
    only_kept,
    passed_on_hold,
    unasked,
    unopened,
)
from bot.release.delegating import stood_in
from bot.release.electorate import Electorate, counts_for_another
from bot.release.policy import SignOff
from bot.release.release import Choice, Kind, Release, Stopped, Vote
from bot.release.states import State
from bot.release.words import Said, Who, words

#: Grows when what is on record would be decided otherwise; records of the rules before are decided by those again.
RULE = 2


class Result(StrEnum):
    GO = "go"
    NO_GO = "no_go"
    NO_DECISION = "no_decision"
    OPEN = "open"


@dataclass(frozen=True)
class Verdict:
    """`causes` is empty for go and never empty otherwise."""

    result: Result
    causes: tuple[Cause, ...] = ()


def tally(release: Release, electorate: Electorate) -> list[Tally]:
    """How each sign-off of the current round stands; a vote counts only from someone who may give it."""
    return list(_counted_once(release, electorate)[0])


def _counted_once(release: Release, electorate: Electorate) -> tuple[list[Tally], list[Vote]]:
    """The count, and the votes that are heard. A gesture asks several times: on the way, and for each who is told."""
    of = _counted_from(release)
    before, (for_whom, counted) = release.counted[0], release.counted[1] or (None, ([], []))
    if of != before or for_whom is not electorate:
        heard = _counted(release, electorate)
        counted = _tally(release, electorate, heard), heard
        release.counted = of, (electorate, counted)
    return counted


def _counted_from(release: Release) -> tuple[Any, ...]:
    """All that the count of its votes depends on, besides who may vote."""
    leads = (release.captain, release.deployer, release.created_by)
    how = [(one.number, one.user, one.vote_at, one.outcome) for one in release.conditions]
    one = release.round
    number = (one.number, one.uncounted) if one is not None else None
    return tuple(release.votes), number, release.stage, release.sign_offs, leads, release.vouched_for(), how


def _tally(release: Release, electorate: Electorate, valid: list[Vote]) -> list[Tally]:
    missed = [vote for vote in valid if conditions.is_missed(release, vote)] if release.conditions else []
    valid = [vote for vote in valid if vote not in missed] if missed else valid
    standing = release.standing(valid)
    answered = {vote.user for vote in standing}
    rows = []
    for sign_off in release.sign_offs:
        votes = {
            choice: tuple(vote for vote in standing if vote.sign_off == sign_off.role and vote.choice is choice)
            for choice in Choice
        }
        met = tuple(vote for vote in votes[Choice.GO_IF] if conditions.counts_as_go(release, vote))
        gos = (*votes[Choice.GO], *met)
        givers = electorate.givers(sign_off, release)
        rows.append(
            Tally(
                sign_off,
                gos=tuple(vote for vote in gos if not vote.provisional),
                no_gos=votes[Choice.NO_GO],
                conditions=tuple(vote for vote in votes[Choice.GO_IF] if vote not in met),
                abstained=votes[Choice.ABSTAIN],
                reopened=tuple(v for v in valid if v.sign_off == sign_off.role and v.user not in answered),
                givers=givers,
                waiting_for=givers - answered,
                missed=tuple(vote for vote in missed if vote.sign_off == sign_off.role),
                unconfirmed=tuple(vote for vote in gos if vote.provisional),
            )
        )
    return rows


def _counted(release: Release, electorate: Electorate) -> list[Vote]:
    """The votes of the current round that are heard. What is decided stays as it was."""
    asked = {sign_off.role: (sign_off, electorate.givers(sign_off, release)) for sign_off in release.sign_offs}
    votes = [vote for vote in release.round_votes() if vote.sign_off in asked]
    if release.stage not in (State.SCHEDULED, State.OPEN):
        left_out = release.round.uncounted if release.round is not None else ()
        return [vote for vote in votes if (vote.user, vote.sign_off) not in left_out]
    heard = [vote for vote in votes if _counts(vote, *asked[vote.sign_off], release, electorate)]
    return [vote for vote in heard if not conditions.is_withdrawn(release, vote)] if release.conditions else heard


def uncounted(release: Release, electorate: Electorate) -> tuple[tuple[str, str], ...]:
    """(voter, sign-off) of the votes of the current round that are not heard; once it is closed, as it was then."""
    _, heard = _counted_once(release, electorate)
    return tuple((vote.user, vote.sign_off) for vote in release.round_votes() if vote not in heard)


def _counts(
    vote: Vote, sign_off: SignOff, givers: Container[str], release: Release, electorate: Electorate
) -> bool:  # fmt: skip
    """Whether it is heard while it is asked for; a no-go outlives that its voter leads the release now."""
    if vote.choice is Choice.NO_GO:
        return vote.user in electorate.eligible.get(sign_off.role, ())
    may = vote.user in givers or electorate.may_give(sign_off, vote.user, release)
    return may and counts_for_another(vote, sign_off, release)


def decide(release: Release, electorate: Electorate, now: datetime, rule: int = RULE) -> Verdict:
    """The verdict and its causes. `open` means: not go yet, and its go/no-go has not closed or not even opened.

    `rule`: as an earlier one would have it, for what is on record.
    Only an open poll is computed; what is decided stays as it was decided, whoever comes or leaves later.
    """
    stage = release.stage
    if stage is State.SCHEDULED:
        return Verdict(Result.OPEN, (unopened(release),))
    if stage is State.CANCELLED:
        return Verdict(Result.NO_DECISION, (Cause("closed", "", ("It was cancelled",), frozenset()),))
    if stage is State.STOPPED:
        if release.stopped is Stopped.EXPIRED:
            return Verdict(Result.NO_DECISION, (expired(release),))
        refused = release.stopped is Stopped.NO_GO
        if release.round is not None and release.round.causes is not None:  # as they were then, whoever left since
            kept = causes_from_data(release.round.causes) or (closed(release),)
            return Verdict(Result.NO_GO if refused else Result.NO_DECISION, kept)
        # From here on: rounds that an older version closed.
        if release.round is not None and release.round.opened_at >= release.round.closes_at:
            return Verdict(Result.NO_DECISION, (closed(release),))  # nobody was asked, so nobody is missing
        causes = causes_now(release, electorate, rule) or (closed(release),)
        return Verdict(Result.NO_GO if refused else Result.NO_DECISION, causes)
    if stage is not State.OPEN or release.round is None:
        return Verdict(Result.GO)
    causes = causes_now(release, electorate, rule)
    if now >= release.round.closes_at:  # who was asked again had the whole round to say no once more
        causes = tuple(cause for cause in causes if cause.kind != "objected")
    if not causes:
        return Verdict(Result.GO)
    if release.round.closed_at is None and now < release.round.closes_at:
        return Verdict(Result.OPEN, causes)
    refused = any(cause.kind == "no_go" for cause in causes)
    return Verdict(Result.NO_GO if refused else Result.NO_DECISION, causes)


def by_policy(release: Release, electorate: Electorate) -> Verdict:
    """A standard release asks nobody, but does not go past what stands in the way whoever votes."""
    causes = checks_of(release, electorate)
    return Verdict(Result.NO_DECISION, causes) if causes else Verdict(Result.GO)


def lapsed_on_hold(release: Release, electorate: Electorate, rule: int = RULE) -> Verdict:
    """Its deadline passed while nothing could be decided: no decision, however the votes stand."""
    closes_at = release.round.closes_at if release.round is not None else release.target_at
    causes = causes_now(release, electorate, rule)
    return Verdict(Result.NO_DECISION, (passed_on_hold(release, closes_at), *causes))


def passed_unseen(release: Release, opened: datetime, closes: datetime) -> Verdict:
    """Its whole window passed while nobody could be asked: no decision, never a no, and nobody's fault."""
    return Verdict(Result.NO_DECISION, (unasked(release, opened, closes),))


def causes_now(release: Release, electorate: Electorate, rule: int = RULE) -> tuple[Cause, ...]:
    """Everything that stands between the votes of the current round and go."""
    if release.kind is Kind.STANDARD:  # nobody is asked
        return checks_of(release, electorate)
    if not release.sign_offs:
        said = words("Its ", release.policy.name, " policy names no sign-off, so nobody can say go")
        return (Cause("nobody", "", said, frozenset({release.captain})), *checks_of(release, electorate))
    return (*_causes_of(tally(release, electorate), release, electorate, rule), *checks_of(release, electorate))


def checks_of(release: Release, electorate: Electorate) -> tuple[Cause, ...]:
    """What stands in the way whoever votes: the checklist, a late change, and what others found."""
    found = tuple(
        Cause("check", "", check.said, check.who_can, check.since, fixes=check.fixes, about=check.key)
        for check in electorate.checks
    )
    return (*checklist.causes(release), *late.causes(release), *found)


def _causes_of(rows: list[Tally], release: Release, electorate: Electorate, rule: int = RULE) -> tuple[Cause, ...]:
    causes = [cause for row in rows for cause in (*of_row(row, release), *conditions.causes(row, release))]
    if instead := stood_in(release, electorate):
        causes = [_or_their_delegates(cause, instead) for cause in causes]
    complete = {row.sign_off.role for row in rows if not row.missing}
    asked_again = [one for one in unanswered(release, electorate, rule) if one[1] in complete]
    causes += [objection(user, role, release) for user, role in asked_again]
    causes += _left_behind(release, electorate, complete)
    objections_only = all(cause.kind == "objected" for cause in causes)
    return (*causes, *(only_kept(release, rows) if objections_only else ()))


def _or_their_delegates(cause: Cause, instead: Mapping[str, str]) -> Cause:
    """An answer that is missing may be given by who acts for somebody who is away, too."""
    others = {instead[user] for user in cause.who_can & instead.keys()}
    return replace(cause, who_can=cause.who_can | others) if cause.kind in ("missing", "changed") else cause


def unanswered(release: Release, electorate: Electorate, rule: int = RULE) -> list[tuple[str, str]]:
    """(person, sign-off): objections of earlier rounds whose voter may answer in this one, and has not.

    A go that depended on what was not done is one, too, and so is a no-go of this round about what was edited since:
    its author says whether that settles it. (By rule 1 such a no-go stood in nobody's way.)
    """
    votes = release.round_votes()
    asked = [vote for vote in votes if rule > 1 and vote.choice is Choice.NO_GO]
    about_before = [vote for vote in asked if not release.stands(vote)]
    missed = [
        (vote.user, vote.sign_off) for vote in votes if vote in about_before or conditions.is_missed(release, vote)
    ]
    answered = {vote.user for vote in votes} - {user for user, _ in missed}
    before = [one for one in (release.round.objected if release.round else ()) if one not in missed]
    return [
        (user, role)
        for user, role in (*before, *missed)
        if (sign_off := release.sign_off(role)) is not None
        and user not in answered
        and electorate.may_give(sign_off, user, release)
    ]


def owing(release: Release, electorate: Electorate) -> frozenset[str]:
    """Who is to answer: everyone who may and has said nothing that stands; where only kept votes stand, those too."""
    if release.state is not State.OPEN or release.round is None:
        return frozenset()
    rows = tally(release, electorate)
    people = {user for row in rows if row.lacks for user in row.waiting_for}
    people |= {user for user, _ in unanswered(release, electorate)}
    # Where none could say so, the reasons are not put into words to look among them: nearly always.
    if only_kept(release, rows) and any(one.kind == "confirm" for one in _causes_of(rows, release, electorate)):
        people |= {vote.user for row in rows for vote in row.gos}
    return frozenset(people)


def _left_behind(release: Release, electorate: Electorate, complete: set[str]) -> list[Cause]:
    """No-gos of voters who left: a go that was kept from an earlier round is no answer to them."""
    _, counted = _counted_once(release, electorate)
    given = [vote for vote in counted if vote.choice is Choice.GO or conditions.counts_as_go(release, vote)]
    anew = {vote.sign_off for vote in given if not vote.kept}
    found = []
    for vote in release.round_votes():
        if vote.choice is not Choice.NO_GO or vote.sign_off not in complete - anew or vote in counted:
            continue
        said = words(of_role(vote.sign_off, release), Who(vote.user), " said no-go (“", Said(vote.why),
                     "”) and cannot be asked any more; somebody else has to say go anew")  # fmt: skip
        others = electorate.eligible.get(vote.sign_off, frozenset()) - {vote.user}
        found.append(Cause("changed", vote.sign_off, said, others, vote.at, vote))
    return found
