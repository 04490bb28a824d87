"""Taking a newer version of its policy over: what is asked again, what stays, and when an approval is given up."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.release.errors import Refusal
from bot.release.policy import Cover, Item, Lane, Milestone, Policy, SignOff
from bot.release.reapplying import effect, newer
from bot.release.release import Kind
from bot.release.states import State
from tests.release.life import ONE_QA, OPS, QI, QUINN, SEC, THREE, Life, read, when


def with_sign_off(policy: Policy, role: str, **changes: object) -> Policy:
    """The policy with one of its sign-offs changed."""
    return replace(
        policy,
        sign_offs=tuple(replace(one, **changes) if one.role == role else one for one in policy.sign_offs),  # type: ignore[arg-type]
    )


def test_what_does_not_touch_a_sign_off_leaves_votes_and_approval_alone() -> None:
    life = Life(policy=ONE_QA).at("Tue 12:00")
    life.vote(QI)
    assert life.reapply() == ()
    assert (life.state, life.release.policy.version) == (State.APPROVED, 2)
    assert life.release.policy.monitoring == timedelta(minutes=90)


def test_a_stricter_version_gives_an_approval_up_and_keeps_the_votes() -> None:
    life = Life(policy=ONE_QA).at("Tue 12:00")
    life.vote(QI)
    stricter = replace(ONE_QA, sign_offs=(*ONE_QA.sign_offs, SignOff("Security", people=frozenset({SEC}))))
    assert life.reapply(stricter) == ("Security",)
    assert (life.state, life.release.round and life.release.round.number) == (State.OPEN, 2)
    assert [vote.user for vote in life.release.round_votes()] == [QI]
    life.vote(SEC)
    assert life.state is State.APPROVED


def test_only_what_covers_something_else_is_asked_again() -> None:
    life = Life(policy=THREE).at("Tue 12:00")
    life.vote(QI)
    life.vote(SEC)
    wider = with_sign_off(THREE, "Security", covers=frozenset({Cover.SCHEDULE, Cover.CHANGES}))
    assert read(effect(life.release, newer(life.release, replace(wider, version=2)) or THREE)) == (
        "Security is asked again"
    )
    assert life.reapply(wider) == ("Security",)
    assert life.causes() == [("changed", "Security"), ("missing", "Operations")]


def test_a_sign_off_that_is_gone_counts_for_nothing_and_the_last_go_decides() -> None:
    life = Life(policy=THREE).at("Tue 12:00")
    life.vote(QI)
    life.vote(OPS)
    fewer = replace(THREE, sign_offs=tuple(one for one in THREE.sign_offs if one.role != "Security"))
    assert life.reapply(fewer) == ()
    assert life.state is State.APPROVED


def test_more_go_are_needed_and_the_ones_given_stand() -> None:
    life = Life(policy=replace(ONE_QA, close="deadline")).at("Tue 12:00")
    life.vote(QI)
    both = with_sign_off(replace(ONE_QA, close="deadline"), "QA", needs=2)
    assert read(effect(life.release, newer(life.release, replace(both, version=2)) or both)) == "QA is asked otherwise"
    life.reapply(both)
    assert life.causes() == [("missing", "QA")]
    life.vote(QUINN)
    assert life.causes() == []


def test_the_deadline_moves_but_never_into_the_past() -> None:
    life = Life(policy=ONE_QA).at("Wed 11:00")
    life.reapply(replace(ONE_QA, closes=Milestone(before=timedelta(hours=1))))
    assert life.release.round is not None and life.release.round.closes_at == when("Wed 13:00")
    life.reapply(replace(ONE_QA, closes=Milestone(before=timedelta(hours=5))))
    assert life.release.round.closes_at == when("Wed 13:00"), "nobody is cut off"


def test_a_scheduled_one_opens_by_the_new_plan() -> None:
    life = Life(policy=ONE_QA)
    life.reapply(replace(ONE_QA, opens=Milestone(before=timedelta(hours=2))))
    assert (life.state, life.release.opens_at) == (State.SCHEDULED, when("Wed 12:00"))
    life.reapply(replace(ONE_QA, opens="at once"))
    assert life.state is State.OPEN


def test_one_on_hold_stays_on_hold() -> None:
    life = Life(policy=ONE_QA).at("Tue 12:00")
    life.vote(QI)
    life.hold()
    life.reapply(with_sign_off(ONE_QA, "QA", needs=2))
    assert (life.state, life.release.held_from) == (State.ON_HOLD, State.SCHEDULED)


def test_the_section_of_its_kind_is_taken_and_a_kind_that_is_gone_is_refused() -> None:
    life = Life(policy=ONE_QA, kind=Kind.HOTFIX).at("Tue 12:00")
    lane = Lane(sign_offs=(SignOff("Operations", people=frozenset({OPS})),))
    assert life.reapply(replace(ONE_QA, lanes={"hotfix": lane})) == ("Operations",)
    assert [one.role for one in life.release.sign_offs] == ["Operations"]
    with pytest.raises(Refusal) as refused:
        life.reapply(replace(ONE_QA, kinds=frozenset({"normal"})))
    assert refused.value.code == "kind_not_allowed"


def test_the_same_again_is_refused_and_what_was_added_to_it_alone_stays() -> None:
    life = Life(policy=ONE_QA).at("Tue 12:00")
    own = SignOff("Legal", people=frozenset({SEC}))
    life.release.replace_policy_sign_offs((*life.release.sign_offs, own))
    after = newer(life.release, replace(ONE_QA, version=2, monitoring=timedelta()), added={"Legal"})
    assert after is not None and [one.role for one in after.sign_offs] == ["QA", "Legal"]
    other = Life(policy=ONE_QA).at("Tue 12:00")
    with pytest.raises(Refusal) as refused:
        other.reapply(ONE_QA)
    assert refused.value.code == "newest_policy"


def test_an_approval_is_given_up_for_what_has_to_be_done_besides() -> None:
    life = Life(policy=ONE_QA).at("Tue 12:00")
    life.vote(QI)
    first = newer(life.release, replace(ONE_QA, version=2, checklist=(Item("b", "Runbook updated"),)))
    assert first is not None
    assert read(effect(life.release, first)) == "one item to be done, its go is asked for anew"
    may_be = replace(ONE_QA, checklist=(Item("a", "Support knows", mandatory=False),))
    assert life.reapply(may_be) == () and life.state is State.APPROVED
    must_be = replace(may_be, checklist=(*may_be.checklist, Item("b", "Runbook updated")))
    after = newer(life.release, replace(must_be, version=3))
    assert after is not None
    assert read(effect(life.release, after)) == "1 more of its checklist to be done, its go is asked for anew"
    life.reapply(must_be)
    assert life.state is State.OPEN


def test_no_more_recorded_gos_count_than_the_newer_version_permits() -> None:
    """Two customers outside Slack would do; by now one of the two gos has to come from somebody who is here."""
    customer = SignOff("Customer", needs=2, people=frozenset({SEC}), recorded=2)
    both = replace(ONE_QA, sign_offs=(*ONE_QA.sign_offs, customer))
    life = Life(policy=both).at("Tue 12:00")
    life.record_go("Jo Miller")
    life.record_go("Kim Lee")
    assert life.reapply(with_sign_off(both, "Customer", recorded=1)) == ("Customer",)
    life.vote(QI)
    assert (life.state, life.causes()) == (State.OPEN, [("missing", "Customer")])
    assert [event.name for event in life.release.events].count("recorded_go_withdrawn") == 1
    life.vote(SEC)
    assert life.state is State.APPROVED
