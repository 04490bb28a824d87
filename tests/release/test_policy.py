"""Release processes as data: the built-in ones, their lanes for kinds, and how they are kept."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.release.errors import Refusal
from bot.release.policy import (
    BUILT_IN,
    LIGHT,
    REGULATED,
    TEAM,
    Cover,
    Escalation,
    Item,
    Lane,
    Milestone,
    Policy,
    Role,
    SignOff,
    for_kind,
    service_key,
    staffed,
    unknown_service,
)
from bot.release.policy_data import from_data, to_data
from bot.release.release import Kind
from bot.release.states import Move, State
from tests.release.life import EVE, OPS, QI, SEC, Life, read, when

STAFF = {
    "QA": frozenset({QI}),
    "Security": frozenset({SEC}),
    "Operations": frozenset({OPS}),
    "Product": frozenset({EVE}),
}

ids = st.frozensets(st.sampled_from(["U1", "U2", "W3"]))
lengths = st.timedeltas(timedelta(0), timedelta(days=14))
maybe = st.none
milestones = st.builds(Milestone, lengths, st.integers(0, 9), st.sampled_from([None, "10:00", "09:30"]))
sign_offs = st.builds(
    SignOff, st.text(min_size=1), st.integers(1, 9), ids, ids, ids, st.booleans(), st.booleans(), st.booleans(),
    st.booleans(), st.frozensets(st.sampled_from(Cover)),
    outside=ids, recorded=st.integers(0, 3), delegates=st.booleans(),
    escalation=maybe() | st.builds(Escalation, maybe() | lengths, maybe() | lengths, ids, ids),
)  # fmt: skip
several = st.lists(sign_offs, max_size=3).map(tuple)
openings = st.one_of(st.just("at once"), milestones)
closings = st.sampled_from(["first-go", "deadline"])
checklists = st.lists(st.builds(Item, st.text(), st.text(), ids, st.booleans()), max_size=2).map(tuple)
nudges = st.lists(lengths, max_size=2).map(tuple)
lanes = st.builds(
    Lane, maybe() | several, maybe() | openings, maybe() | milestones, maybe() | lengths, maybe() | closings,
    maybe() | lengths, maybe() | lengths, checklist=maybe() | checklists, code_cut_off=maybe() | milestones,
    nudges=maybe() | nudges, freeze_exception=maybe() | st.booleans(),
)  # fmt: skip
roles = st.frozensets(st.sampled_from(Role))
policies = st.builds(
    Policy, st.text(min_size=1), st.integers(1, 9), several, openings, milestones, lengths, closings, lengths, lengths,
    st.dictionaries(st.sampled_from(Move), roles), roles, st.lists(st.text()).map(tuple), st.booleans(),
    st.lists(st.text()).map(tuple), st.frozensets(st.sampled_from(["standard", "normal", "hotfix"])),
    st.dictionaries(st.sampled_from(["standard", "normal", "hotfix"]), lanes),
    checklist=checklists, code_cut_off=maybe() | milestones, nudges=nudges, freeze_exception=st.booleans(),
    open_review_blocks=st.booleans(), clash_distance=lengths, releases_a_day=st.integers(1, 9),
)  # fmt: skip


@given(policies)
def test_a_policy_comes_back_from_a_row_as_it_was(policy: Policy) -> None:
    assert from_data(json.loads(json.dumps(to_data(policy)))) == policy


@pytest.mark.parametrize("policy", BUILT_IN.values(), ids=BUILT_IN.keys())
def test_the_built_in_ones_come_back_too(policy: Policy) -> None:
    assert from_data(json.loads(json.dumps(to_data(policy)))) == policy


def test_a_policy_without_later_rules_is_kept_as_ever() -> None:
    """Rows of before are not written anew, and older versions can read it."""
    kept = to_data(replace(TEAM, lanes={}))
    assert list(kept) == ["name", "version", "sign_offs", "opens", "closes", "open_at_least", "close", "approval_lasts",
                          "monitoring", "rights", "create", "services", "is_default", "status_channels", "kinds",
                          "lanes"]  # fmt: skip
    assert list(kept["sign_offs"][0]) == ["role", "needs", "people", "channels", "groups", "whole_channel",
                                          "captain_may", "deployer_may", "alone_may", "covers"]  # fmt: skip


def test_light_as_the_domain_says() -> None:
    [go] = LIGHT.sign_offs
    assert (go.needs, go.whole_channel, go.captain_may, go.alone_may) == (1, True, False, True)
    assert (LIGHT.opens, LIGHT.closes, LIGHT.open_at_least) == ("at once", Milestone(), timedelta(hours=1))
    assert (LIGHT.monitoring, LIGHT.approval_lasts) == (timedelta(0), timedelta(hours=4))
    anyone = {Move.HOLD, Move.ROLLBACK, Move.ROLLED_BACK}
    assert {move for move in Move if Role.ANYONE in LIGHT.who_may(move)} == anyone
    assert LIGHT.create == {Role.ANYONE}
    for move in (Move.RESCHEDULE, Move.CANCEL, Move.EXTEND):
        assert LIGHT.who_may(move) == {Role.CAPTAIN, Role.ADMIN}
    assert LIGHT.who_may(Move.RESUME) == {Role.CAPTAIN, Role.ADMIN, Role.HOLDER}
    for move in (Move.DEPLOY_START, Move.DEPLOY_DONE):
        assert LIGHT.who_may(move) == {Role.CAPTAIN, Role.ADMIN, Role.DEPLOYER}


def test_team_as_the_domain_says() -> None:
    assert [one.role for one in TEAM.sign_offs] == ["QA", "Operations", "Product"]
    assert TEAM.opens == Milestone(working_days=1, at="10:00")
    assert TEAM.closes == Milestone(before=timedelta(minutes=30))


def test_regulated_separates_duties_and_covers_everything() -> None:
    assert all(not one.captain_may and not one.deployer_may for one in REGULATED.sign_offs)
    assert all(one.covers == set(Cover) for one in REGULATED.sign_offs)
    assert REGULATED.close == "deadline"


def test_a_role_that_names_nobody_approves_nobody() -> None:
    life = Life(TEAM).at("Tue 12:00")
    assert life.causes() == [("nobody", "QA"), ("nobody", "Operations"), ("nobody", "Product")]


def test_a_sign_off_needs_at_least_one_go() -> None:
    with pytest.raises(Refusal) as no:
        SignOff("QA", needs=0)
    assert no.value.code == "bad_policy"


@pytest.mark.parametrize("name", ["Payments", " payments ", "PAYMENTS", "ｐａｙｍｅｎｔｓ"])
def test_service_names_are_compared_without_their_looks(name: str) -> None:
    assert service_key(name) == "payments"


def test_an_unknown_service_is_refused_with_suggestions() -> None:
    no = unknown_service("paymnets", ["payments", "web", "ledger"])
    assert no.code == "unknown_service"
    assert "Did you mean payments?" in read(no.words)
    assert "Did you mean" not in read(unknown_service("zzz", ["payments"]).words)


# ---- kinds ---------------------------------------------------------------------------------------


def test_a_kind_the_policy_does_not_know_is_refused() -> None:
    with pytest.raises(Refusal) as no:
        Life(staffed(REGULATED, STAFF), kind=Kind.STANDARD)
    assert no.value.code == "kind_not_allowed"
    assert read(no.value.words).endswith("It allows hotfix or normal.")


def test_a_hotfix_takes_the_emergency_lane() -> None:
    life = Life(staffed(TEAM, STAFF), kind=Kind.HOTFIX, now="Wed 13:45")
    assert life.state is State.OPEN, "at once, where a normal release would be too soon"
    assert life.release.round is not None
    assert life.release.round.closes_at == when("Wed 14:45")
    life.vote(OPS)
    assert life.state is State.APPROVED


def test_a_normal_release_of_the_same_team_takes_the_whole_way() -> None:
    life = Life(staffed(TEAM, STAFF)).at("Tue 10:00")
    assert life.causes() == [("missing", "QA"), ("missing", "Operations"), ("missing", "Product")]


def test_a_lane_changes_only_what_it_says_and_is_taken_once() -> None:
    lane = Lane(monitoring=timedelta(hours=2))
    policy = replace(TEAM, lanes={"hotfix": lane, "standard": Lane()})
    taken = for_kind(policy, "hotfix")
    assert taken == replace(TEAM, monitoring=timedelta(hours=2), lanes={"standard": Lane()})
    assert for_kind(taken, "hotfix") == taken
    assert for_kind(policy, "normal") == policy


def test_people_are_filled_in_by_role_in_every_lane() -> None:
    policy = staffed(TEAM, STAFF)
    assert [one.people for one in policy.sign_offs] == [{QI}, {OPS}, {EVE}]
    [operations] = for_kind(policy, "hotfix").sign_offs
    assert operations.people == {OPS}
