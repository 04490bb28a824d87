"""The decision rule as laws: they hold for any votes of anybody, in any order."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.release.attached import Condition
from bot.release.decision import Result, decide, tally
from bot.release.electorate import Electorate
from bot.release.policy import LIGHT, SignOff
from bot.release.poll import cast_vote, close_poll
from bot.release.release import Choice, Release, Vote
from bot.release.states import State
from tests.release.life import ANA, EVE, ONE_QA, OPS, QI, QUINN, SEC, TOM, Life, when

PEOPLE = (ANA, TOM, QI, QUINN, SEC, OPS, EVE)
ROLES = ("QA", "Security")
people = st.frozensets(st.sampled_from(PEOPLE))
sign_offs = st.tuples(
    *(
        st.builds(SignOff, st.just(role), st.integers(1, 3), captain_may=st.booleans(), deployer_may=st.booleans())
        for role in ROLES
    )
)
electorates = st.builds(Electorate, st.fixed_dictionaries(dict.fromkeys(ROLES, people)))
#: What people say, in this order: who, for which sign-off, what.
ballots = st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(ROLES), st.sampled_from(Choice)), max_size=12)
Outcome = Literal["met", "missed"] | None
#: How what somebody's go depends on ended; None: it is open.
outcomes: st.SearchStrategy[dict[str, Outcome]] = st.fixed_dictionaries(
    dict.fromkeys(PEOPLE, st.sampled_from(("met", "missed", None)))
)
NOON = when("Tue 12:00")

Rules = tuple[SignOff, ...]
Rows = list[tuple[str, str, Choice]]


def open_release(rules: Rules) -> Release:
    release = Life(ONE_QA, deployer=TOM).at("Tue 10:00").release
    release.replace_policy_sign_offs(rules)
    return release


def said(release: Release, rows: Rows) -> None:
    """Put down what was said as votes, whoever may: the rule must see through it."""
    last = {user: (role, choice, position) for position, (user, role, choice) in enumerate(rows)}
    release.votes = []
    for user, (role, choice, position) in last.items():
        sign_off = release.sign_off(role)
        assert sign_off is not None
        at = NOON + timedelta(seconds=position)
        release.votes.append(Vote(user, choice, at, 1, role, release.fingerprint(sign_off.covers), "why"))


def depend(release: Release, ended: Mapping[str, Outcome]) -> None:
    """Each go if depends on something of its own; how it ended, by voter."""
    release.conditions = [
        Condition(number, 1, vote.user, vote.at, vote.sign_off, vote.why, TOM, when("Wed 13:00"), ended.get(vote.user))
        for number, vote in enumerate(release.votes)
        if vote.choice is Choice.GO_IF
    ]


@given(sign_offs, electorates, ballots, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=60)
def test_the_order_of_votes_never_matters(rules: Rules, electorate: Electorate, rows: Rows, random: Random) -> None:
    release = open_release(rules)
    said(release, rows)
    first = decide(release, electorate, NOON)
    random.shuffle(release.votes)
    stamps = [vote.at for vote in release.votes]
    random.shuffle(stamps)
    release.votes = [replace(vote, at=at) for vote, at in zip(release.votes, stamps, strict=True)]
    again = decide(release, electorate, NOON)
    assert again.result is first.result
    assert sorted((c.kind, c.role) for c in again.causes) == sorted((c.kind, c.role) for c in first.causes)


@given(electorates, ballots)
@settings(deadline=None, max_examples=60)
def test_only_the_last_vote_of_each_person_counts(electorate: Electorate, rows: Rows) -> None:
    rules = (SignOff("QA", 7), SignOff("Security", 7))  # never go, so that every ballot is taken
    release, only_last = open_release(rules), open_release(rules)
    last = {}
    for user, role, choice in rows:
        sign_off = release.sign_off(role)
        assert sign_off is not None
        if not electorate.may_give(sign_off, user, release):
            continue
        cast_vote(release, electorate, user=user, choice=choice, why="why", role=role, now=NOON, path="test")
        last[user] = (role, choice)
    for user, (role, choice) in last.items():
        cast_vote(only_last, electorate, user=user, choice=choice, why="why", role=role, now=NOON, path="test")
    assert decide(release, electorate, NOON).result is decide(only_last, electorate, NOON).result
    assert {(v.user, v.sign_off, v.choice) for v in release.round_votes()} == {
        (user, role, choice) for user, (role, choice) in last.items()
    }


@given(sign_offs, electorates, ballots, st.sampled_from(PEOPLE), st.sampled_from(ROLES), st.booleans())
@settings(deadline=None, max_examples=100)
def test_one_more_go_never_makes_it_worse(
    rules: Rules, electorate: Electorate, rows: Rows, user: str, role: str, late: bool
) -> None:
    now = when("Wed 13:30") if late else NOON
    release = open_release(rules)
    said(release, [row for row in rows if row[0] != user])
    before = decide(release, electorate, now).result
    said(release, [*(row for row in rows if row[0] != user), (user, role, Choice.GO)])
    after = decide(release, electorate, now).result
    assert after in (before, Result.GO)


@given(sign_offs, electorates, ballots)
@settings(deadline=None, max_examples=100)
def test_nobody_counts_for_what_they_may_not_give_but_an_objection_outlives_a_change_of_captain(
    rules: Rules, electorate: Electorate, rows: Rows
) -> None:
    release = open_release(rules)
    said(release, rows)
    verdict = decide(release, electorate, NOON)
    counted = {
        (row.sign_off.role, vote.user)
        for row in tally(release, electorate)
        for vote in (*row.gos, *row.conditions, *row.abstained)
    }
    against = {(row.sign_off.role, vote.user) for row in tally(release, electorate) for vote in row.no_gos}
    for sign_off in rules:
        for user in PEOPLE:
            if user not in electorate.eligible[sign_off.role] or (
                (user == ANA and not sign_off.captain_may) or (user == TOM and not sign_off.deployer_may)
            ):
                assert (sign_off.role, user) not in counted
            assert (sign_off.role, user) not in against or user in electorate.eligible[sign_off.role]
    heard = counted | against
    kept = [vote for vote in release.votes if (vote.sign_off, vote.user) in heard or vote.choice is Choice.NO_GO]
    release.votes = kept
    assert decide(release, electorate, NOON).result is verdict.result


@given(sign_offs, electorates, ballots, outcomes, st.booleans())
@settings(deadline=None, max_examples=100)
def test_a_go_that_depends_on_something_counts_once_that_is_done_and_not_before(
    rules: Rules, electorate: Electorate, rows: Rows, ended: Mapping[str, Outcome], late: bool
) -> None:
    now = when("Wed 13:30") if late else NOON
    release, plain = open_release(rules), open_release(rules)
    said(release, rows)
    depend(release, ended)
    met = {one.user for one in release.conditions if one.outcome == "met"}
    said(plain, rows)
    depend(plain, {user: how for user, how in ended.items() if user not in met})
    plain.votes = [replace(vote, choice=Choice.GO) if vote.user in met else vote for vote in plain.votes]
    verdict, same = decide(release, electorate, now), decide(plain, electorate, now)
    assert verdict.result is same.result
    assert [(cause.kind, cause.role) for cause in verdict.causes] == [(cause.kind, cause.role) for cause in same.causes]
    if verdict.result is Result.GO:
        rows_now = tally(release, electorate)
        assert not any(row.conditions for row in rows_now), "none is open"
        assert late or not any(row.missed for row in rows_now), "whose was missed is waited for until the close"
        assert all(len(row.gos) >= row.sign_off.needs for row in rows_now)


@given(sign_offs, ballots, people)
@settings(deadline=None, max_examples=60)
def test_a_configured_but_empty_group_approves_nobody(rules: Rules, rows: Rows, others: frozenset[str]) -> None:
    release = open_release(rules)
    said(release, rows)
    for eligible in ({"QA": frozenset(), "Security": others}, {"Security": others}, {}):
        verdict = decide(release, Electorate(eligible), NOON)
        assert verdict.result is not Result.GO
        assert "QA" in {cause.role for cause in verdict.causes}


def test_no_sign_offs_at_all_approve_nobody() -> None:
    release = open_release(())
    assert decide(release, Electorate({}), NOON).result is Result.OPEN
    close_poll(release, Electorate({}), now=NOON, by=ANA)
    assert release.state is State.STOPPED


@given(sign_offs, electorates, ballots, st.booleans())
@settings(deadline=None, max_examples=100)
def test_a_verdict_has_a_cause_unless_it_is_go(rules: Rules, electorate: Electorate, rows: Rows, late: bool) -> None:
    release = open_release(rules)
    said(release, rows)
    verdict = decide(release, electorate, when("Wed 13:30") if late else NOON)
    assert (verdict.result is Result.GO) == (not verdict.causes)
    assert (verdict.result is Result.OPEN) <= (not late)
    for cause in verdict.causes:
        assert cause.said
        assert cause.who_can, "somebody can do something about each"


@given(sign_offs, electorates, electorates, ballots, st.booleans())
@settings(deadline=None, max_examples=100)
def test_a_closed_poll_never_changes(
    rules: Rules, electorate: Electorate, others: Electorate, rows: Rows, early: bool
) -> None:
    release = open_release(rules)
    said(release, rows)
    at = NOON if early else when("Wed 13:30")
    verdict = close_poll(release, electorate, now=at, by=ANA if early else None)
    state = release.state
    assert state is (State.APPROVED if verdict.result is Result.GO else State.STOPPED)
    said(release, [(user, role, Choice.GO) for user in PEOPLE for role in ROLES])
    release.changes = "something else"
    later = decide(release, others, at + timedelta(hours=1))
    assert later.result is verdict.result
    assert release.state is state
    assert (later.result is Result.GO) == (not later.causes)


@given(people, st.booleans())
def test_alone_helps_nobody_but_the_captain(members: frozenset[str], alone: bool) -> None:
    life = Life(LIGHT, now="Tue 10:00", channel=members, alone=alone)
    givers = life.electorate.givers(LIGHT.sign_offs[0], life.release)
    assert givers - {ANA} == members - {ANA}
    assert (ANA in givers) == (alone and ANA in members)
