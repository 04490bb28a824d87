"""What is on record of a decision is enough to take it again: the same rule gives the same verdict and causes."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.release import evidence
from bot.release.attached import Condition, LateChange, Tick
from bot.release.causes import Check
from bot.release.chain import canonical
from bot.release.decision import causes_now, decide
from bot.release.electorate import Electorate
from bot.release.evidence import Inputs, Unknown, replay, stored
from bot.release.freeze import Freezing
from bot.release.override import override
from bot.release.planning import hold
from bot.release.policy import REGULATED, Item, staffed
from bot.release.poll import close_poll, open_poll
from bot.release.recorded import id_of
from bot.release.release import Choice, Kind, Release, Vote
from bot.release.states import State
from tests.release.life import ANA, EVE, ONE_QA, OPS, QI, QUINN, RUNBOOK, SEC, THREE, TOM, Life, light, when
from tests.release.test_decision import (
    NOON,
    PEOPLE,
    ROLES,
    Rows,
    Rules,
    ballots,
    electorates,
    open_release,
    said,
    sign_offs,
)

#: A no-go's reason that must not get into what cannot be erased.
SECRET = "my daughter is ill"


#: What may be beside the votes: what each *go if* depends on, the checklist, a late change, how old the lists are, who
#: said it for somebody else.
outcomes = st.sampled_from((None, "met", "missed", "withdrawn"))
besides = st.fixed_dictionaries(
    {
        "outcomes": st.lists(outcomes, min_size=12, max_size=12),
        "provisional": st.frozensets(st.sampled_from(PEOPLE)),
        "items": st.lists(st.tuples(st.booleans(), st.sampled_from((None, False, True))), max_size=3),
        "late": st.booleans(),
        "check": st.booleans(),
        "old": st.frozensets(st.sampled_from(ROLES)),
        "due": st.sampled_from(("Tue 11:00", "Wed 13:00")),
        "delegates": st.frozensets(st.sampled_from(ROLES)),
        "cast_by": st.dictionaries(st.sampled_from(PEOPLE), st.sampled_from(PEOPLE)),
        "outside": st.frozensets(st.sampled_from(ROLES)),
        "recorded": st.integers(0, 1),
    }
)


def put_beside(release: Release, electorate: Electorate, beside: dict[str, Any]) -> Electorate:
    """All that, on this release; and the electorate with lists that are as old as it says."""
    items = tuple(Item(f"i{at}", "runbook", frozenset(), must) for at, (must, _) in enumerate(beside["items"]))
    release.policy = replace(release.policy, checklist=items)
    release.ticks = {
        f"i{at}": Tick(QI, NOON, ticked, 1) for at, (_, ticked) in enumerate(beside["items"]) if ticked is not None
    }
    release.replace_policy_sign_offs(
        tuple(
            replace(one, delegates=one.role in beside["delegates"], recorded=beside["recorded"])
            for one in release.sign_offs
        )
    )
    release.votes = [replace(vote, cast_by=beside["cast_by"].get(vote.user)) for vote in release.votes]
    for role in sorted(beside["outside"]):
        print_of = release.fingerprint(next(one.covers for one in release.sign_offs if one.role == role))
        release.votes.append(Vote(id_of(role), Choice.GO, NOON, 1, role, print_of, SECRET, cast_by=ANA))
    release.votes = [
        replace(vote, provisional=vote.user in beside["provisional"]) if at < len(beside["outcomes"]) else vote
        for at, vote in enumerate(release.votes)
    ]
    for vote, outcome in zip(release.votes, beside["outcomes"], strict=False):
        if vote.choice is Choice.GO_IF:
            ended = (NOON, TOM) if outcome else (None, None)
            set_by = (len(release.conditions) + 1, 1, vote.user, vote.at, vote.sign_off)
            release.conditions.append(Condition(*set_by, SECRET, TOM, when(beside["due"]), outcome, *ended))
    if beside["late"]:
        release.late = LateChange(1, ANA, NOON, SECRET, {"changes": SECRET}, release.content_revision)
    checks = (Check("freeze", ("Frozen",), frozenset({ANA}), NOON),) if beside["check"] else ()
    as_of = {role: when("Tue 09:00" if role in beside["old"] else "Tue 11:55") for role in ROLES}
    return replace(electorate, as_of=as_of, fresh_since=when("Tue 11:45"), checks=checks)


@given(sign_offs, electorates, ballots, besides, st.booleans())
@settings(deadline=None, max_examples=200)
def test_what_stands_beside_the_votes_is_on_record_too(
    rules: Rules, electorate: Electorate, rows: Rows, beside: dict[str, Any], late: bool
) -> None:
    release = open_release(rules)
    said(release, rows)
    electorate = put_beside(release, electorate, beside)
    verdict = close_poll(release, electorate, now=when("Wed 13:30") if late else NOON, by=None if late else ANA)
    [inputs] = recorded(release)
    assert replay(inputs) == stored(inputs)
    assert replay(inputs)[0] == verdict.result
    assert SECRET not in canonical(inputs)


def recorded(release: Release) -> list[Inputs]:
    """What was put on record of each decision, as it comes back from the database."""
    decided = [event for event in release.events if event.name == "decided"]
    found: list[Inputs] = [json.loads(canonical(event.details))["inputs"] for event in decided]
    return found


@given(sign_offs, electorates, ballots, st.booleans(), st.booleans())
@settings(deadline=None, max_examples=150)
def test_the_rule_run_again_over_the_record_gives_the_verdict(
    rules: Rules, electorate: Electorate, rows: Rows, late: bool, in_time: bool
) -> None:
    release = open_release(rules)
    said(release, rows)
    now = when("Wed 13:30") if late else NOON
    if in_time:  # before it closes, as under “first go”
        verdict = decide(release, electorate, now)
        inputs = json.loads(canonical(evidence.inputs(release, electorate, verdict, now)))
    else:
        verdict = close_poll(release, electorate, now=now, by=None if late else ANA)
        inputs = recorded(release)[-1]
    assert replay(inputs) == stored(inputs)
    assert replay(inputs)[0] == verdict.result
    assert sorted(replay(inputs)[1]) == sorted((cause.kind, cause.role) for cause in verdict.causes)


@given(sign_offs, electorates, electorates, ballots, ballots, st.booleans())
@settings(deadline=None, max_examples=150)
def test_so_it_is_of_a_later_round_with_what_it_kept_and_who_objected(
    rules: Rules, first: Electorate, later: Electorate, rows: Rows, more: Rows, edited: bool
) -> None:
    release = open_release(rules)
    said(release, rows)
    if close_poll(release, first, now=NOON, by=ANA).result == "go":
        return
    release.changes += " and a fix" if edited else ""
    open_poll(release, later, now=NOON + timedelta(minutes=5), by=ANA)
    if release.state is State.OPEN:
        kept = release.votes
        said(release, more)
        release.votes = [replace(vote, round=2) for vote in release.votes]
        release.votes += [vote for vote in kept if vote.user not in {one.user for one in release.votes}]
        close_poll(release, later, now=NOON + timedelta(minutes=30), by=ANA)
    for inputs in recorded(release):
        assert replay(inputs) == stored(inputs)


@given(sign_offs, electorates, ballots)
@settings(deadline=None, max_examples=100)
def test_a_go_is_no_go_any_more_where_the_record_tells_the_votes_otherwise(
    rules: Rules, electorate: Electorate, rows: Rows
) -> None:
    release = open_release(rules)
    said(release, rows)
    close_poll(release, electorate, now=NOON, by=ANA)
    [inputs] = recorded(release)
    told = {**inputs, "votes": [{**vote, "choice": "no-go"} for vote in inputs["votes"]]}
    if inputs["result"] == "go":
        assert replay(told) != stored(told)


def test_what_was_decided_at_once_on_hold_unseen_or_by_the_policy_is_decided_so_again() -> None:
    first_go = light().at("Tue 10:05")
    first_go.vote(QI)
    held = Life(ONE_QA).at("Tue 10:00")
    held.hold()
    held.vote(QI)
    held.at("Wed 13:45").resume()
    unseen = Life(ONE_QA).at("Wed 15:00")
    standard = Life(ONE_QA, kind=Kind.STANDARD).at("Tue 10:00")
    ways = {}
    for life in (first_go, held, unseen, standard):
        [inputs] = recorded(life.release)
        assert replay(inputs) == stored(inputs)
        ways[inputs["way"]] = stored(inputs)
    assert ways == {
        "votes": ("go", []),
        "held": ("no_decision", [("held", "")]),
        "unseen": ("no_decision", [("unasked", "")]),
        "standard": ("go", []),
    }


def test_in_any_stage_of_a_release_the_rule_says_the_same_over_the_record() -> None:
    """An override is asked for before there is a decision, or after one that was none."""
    scheduled, opened, on_hold = Life(ONE_QA), Life(ONE_QA).at("Tue 10:00"), Life(ONE_QA).at("Tue 10:00")
    on_hold.hold()
    refused, missed, unseen = Life(ONE_QA).at("Tue 10:00"), Life(ONE_QA).at("Wed 13:45"), Life(ONE_QA).at("Wed 15:00")
    refused.no_go(QI)
    refused.close_poll()
    approved, expired, cancelled = Life(ONE_QA).at("Tue 10:00"), Life(ONE_QA).at("Tue 10:00"), Life(ONE_QA)
    for life in (approved, expired):
        life.vote(QI)
    expired.at("Thu 10:00")
    cancelled.cancel()
    found = set()
    for life in (scheduled, opened, on_hold, refused, missed, unseen, approved, expired, cancelled):
        verdict = life.verdict()
        inputs = json.loads(canonical(evidence.inputs(life.release, life.electorate, verdict, life.now)))
        assert replay(inputs) == stored(inputs)
        assert replay(inputs)[0] == verdict.result
        found.add((life.state, stored(inputs)[0]))
    assert len(found) == 7, "each stage with its own result"


def test_an_override_keeps_on_record_what_the_rule_said_without_it() -> None:
    scheduled, opened, refused = Life(ONE_QA), Life(ONE_QA).at("Tue 10:00"), Life(THREE).at("Tue 10:00")
    refused.no_go(SEC, SECRET)
    on_hold, too_long, stopped = (Life(ONE_QA).at("Tue 10:00") for _ in range(3))
    for life in (on_hold, too_long):
        life.hold(SECRET)
    too_long.no_go(QI, SECRET)
    too_long.at("Wed 13:45")
    stopped.at("Wed 13:45")
    depends, expired = Life(ONE_QA).at("Tue 10:00"), Life(ONE_QA).at("Tue 10:00")
    depends.go_if(QI, "Tue 12:00", why=SECRET)
    expired.vote(QI)
    expired.at("Fri 10:00")
    found = []
    for life in (scheduled, opened, refused, on_hold, too_long, stopped, depends, expired):
        life.override(SECRET)
        (inputs,), over = recorded(life.release)[-1:], life.release.events[-2]
        assert replay(inputs) == stored(inputs)
        assert (over.name, over.details["inputs"]) == ("overridden", life.release.events[-1].details["inputs"])
        assert SECRET not in canonical([event.details for event in life.release.events])
        found.append((inputs["way"], inputs["result"], [kind for kind, _ in inputs["causes"]]))
    assert found == [
        ("votes", "open", ["unopened"]),
        ("votes", "no_decision", ["missing"]),
        ("votes", "no_go", ["missing", "missing", "no_go"]),
        ("votes", "no_decision", ["missing"]),
        ("held", "no_decision", ["held", "missing", "no_go"]),
        ("votes", "no_decision", ["missing"]),
        ("votes", "no_decision", ["condition"]),
        ("votes", "no_decision", ["expired"]),
    ]


@given(sign_offs, electorates, ballots, besides, st.booleans())
@settings(deadline=None, max_examples=100)
def test_the_rule_run_again_over_an_override_says_what_it_said_then(
    rules: Rules, electorate: Electorate, rows: Rows, beside: dict[str, Any], on_hold: bool
) -> None:
    release = open_release(rules)
    said(release, rows)
    electorate = put_beside(release, electorate, beside)
    if on_hold:
        hold(release, SECRET, now=NOON, by=ANA)
    if not causes_now(release, electorate):
        return
    override(release, SECRET, electorate, freezing=Freezing(), now=when("Wed 13:45") if on_hold else NOON, by=EVE)
    [inputs] = recorded(release)
    assert replay(inputs) == stored(inputs)
    assert replay(inputs)[0] != "go"
    assert SECRET not in canonical([event.details for event in release.events])


def test_a_standard_release_is_recorded_with_the_checklist_that_held_it_up_and_let_it_go() -> None:
    listed = replace(ONE_QA, checklist=(RUNBOOK,))
    ticked, skipped = (Life(listed, kind=Kind.STANDARD).at("Tue 10:00") for _ in range(2))
    ticked.tick()
    early = Life(listed, kind=Kind.STANDARD)
    for life in (skipped, early):
        life.override()
    for life, then in ((ticked, ("go", [])), (skipped, ("no_decision", [("item", "")]))):
        stopped, last = recorded(life.release)
        assert replay(stopped) == stored(stopped) == ("no_decision", [("item", "")])
        assert replay(last) == stored(last) == then
    [inputs] = recorded(early.release)
    assert replay(inputs) == stored(inputs) == ("no_decision", [("item", "")]), "it never waited for a vote"
    [_, go] = recorded(ticked.release)
    assert replay({**go, "ticks": []}) != stored(go), "without its tick it would not have gone"


def test_it_names_whoever_matters_and_counts_the_others() -> None:
    crowd = frozenset(f"U{number:03}" for number in range(5_000))
    life = light(channel=crowd | {ANA, QI})
    life.at("Tue 10:05").no_go(QI, SECRET)
    life.at("Tue 14:00")
    [inputs] = recorded(life.release)
    [sign_off] = inputs["sign_offs"]
    assert (sign_off["eligible"]["count"], sign_off["eligible"]["named"]) == (5_002, [ANA, QI])
    assert replay(inputs) == stored(inputs) == ("no_go", [("missing", "Sign-off"), ("no_go", "Sign-off")])
    assert len(canonical(inputs)) < 2_000
    assert SECRET not in canonical([event.details for event in life.release.events])


def test_the_others_may_be_nobody_and_a_vote_on_something_else_is_told_apart() -> None:
    life = Life(replace(THREE, close="deadline"), deployer=OPS).at("Tue 10:00")
    for user in (QI, SEC):
        life.vote(user)
    life.release.changes = "something else"
    life.eligible = {"QA": frozenset({QI}), "Security": frozenset({SEC, EVE}), "Operations": frozenset()}
    life.at("Wed 13:30")
    [inputs] = recorded(life.release)
    assert replay(inputs) == stored(inputs)
    assert stored(inputs)[1] == sorted(life.causes())


def test_duties_stay_separated_when_it_is_run_again() -> None:
    everybody = frozenset({ANA, TOM, QI, QUINN, SEC, OPS})
    policy = staffed(REGULATED, {sign_off.role: everybody for sign_off in REGULATED.sign_offs})
    life = Life(policy, t="Fri 14:00", deployer=TOM).at("Wed 10:00")
    for user, role in ((QI, "QA"), (QUINN, "Security"), (SEC, "Operations"), (OPS, "Product")):
        life.vote(user, role=role)
    life.at("Fri 13:00")
    [inputs] = recorded(life.release)
    assert replay(inputs) == stored(inputs) == ("go", [])
    forged = {**inputs, "votes": [{**vote, "user": ANA} if vote["role"] == "QA" else vote for vote in inputs["votes"]]}
    assert replay(forged) == ("no_decision", [("missing", "QA")]), "the captain may not"


def test_what_cannot_be_run_again_says_why() -> None:
    life = light().at("Tue 10:05")
    life.vote(QI)
    [inputs] = recorded(life.release)
    with pytest.raises(Unknown, match="decided by rule 3, and this version of T-Minus knows rules up to 2"):
        replay({**inputs, "rule": 3})
    with pytest.raises(Unknown, match="decided by “standard”, which cannot have been"):
        replay({**inputs, "way": "standard"})
    assert inputs["votes"][0]["choice"] == Choice.GO
