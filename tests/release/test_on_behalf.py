"""On behalf of others: a delegate of who is away, a go recorded for somebody outside, a sign-off more."""

from dataclasses import replace

import pytest

from bot.release.delegating import principals
from bot.release.electorate import Electorate, is_recorded, signed_apart
from bot.release.errors import FieldRefusal, Refusal
from bot.release.policy import SignOff
from bot.release.poll import cast_vote
from bot.release.recorded import id_of
from bot.release.release import Choice, Vote
from bot.release.states import State
from tests.release.life import ANA, EVE, ONE_QA, OPS, QI, QUINN, SEC, THREE, TOM, Life, read

DELEGATING = replace(ONE_QA, sign_offs=(SignOff("QA", needs=2, people=frozenset({QI, QUINN}), delegates=True),))
CUSTOMER = replace(ONE_QA, sign_offs=(*ONE_QA.sign_offs, SignOff("Customer", recorded=1)))


def opened(policy: object = DELEGATING) -> Life:
    return Life(policy).at("Tue 10:00")  # type: ignore[arg-type]


def for_qi(life: Life, delegate: str = EVE, choice: Choice = Choice.GO, **delegates: str) -> Vote:
    """Qi is away and has named this delegate, who answers."""
    electorate = replace(life.electorate, delegates={QI: delegate, **delegates})
    return cast_vote(life.release, electorate, user=QI, cast_by=delegate, choice=choice, why="red", now=life.now,
                     path="button")  # fmt: skip


def why_not(life: Life, delegate: str = EVE, **delegates: str) -> str:
    with pytest.raises(Refusal) as refused:
        for_qi(life, delegate, **delegates)
    return refused.value.code


def test_both_names_are_on_record() -> None:
    life = opened()
    vote = for_qi(life)
    assert (vote.user, vote.cast_by) == (QI, EVE)
    event = life.release.events[-1]
    assert (event.by, event.whose, event.voter, read(event.said)) == (EVE, QI, QI, "for Qi said go")


def test_one_human_stands_behind_one_answer() -> None:
    life = opened()
    for_qi(life, QUINN)
    with pytest.raises(Refusal) as refused:
        life.vote(QUINN)
    assert refused.value.code == "counts_once"
    other = opened()
    other.vote(QUINN)
    assert why_not(other, QUINN) == "counts_once"


def test_who_leads_it_answers_for_nobody_where_duties_are_apart() -> None:
    apart = SignOff("QA", people=frozenset({QI}), captain_may=False, deployer_may=False, delegates=True)
    life = opened(replace(ONE_QA, sign_offs=(apart,), close="deadline"))
    assert why_not(life, ANA) == "duties_separated"
    assert principals(life.release, replace(life.electorate, delegates={QI: ANA}), ANA) == []
    for_qi(life, EVE)
    assert signed_apart(life.release, EVE) == signed_apart(life.release, QI) == "QA"
    life.take_over(EVE)
    assert life.verdict().causes[0].kind == "missing", "who took over is kept from it, also for others"


def test_nobody_answers_for_who_is_here_or_where_the_policy_says_nothing() -> None:
    assert why_not(opened(ONE_QA)) == "no_delegates"
    life = opened()
    with pytest.raises(Refusal) as refused:
        cast_vote(life.release, life.electorate, user=QI, cast_by=EVE, choice=Choice.GO, now=life.now, path="")
    assert refused.value.code == "no_delegate"


def test_who_answered_themselves_is_not_answered_for() -> None:
    life = opened()
    life.vote(QI)
    assert why_not(life) == "answered_themselves"
    other = opened()
    for_qi(other, choice=Choice.NO_GO)
    other.vote(QI)
    assert [(vote.choice, vote.cast_by) for vote in other.release.round_votes()] == [(Choice.GO, None)]


def test_the_same_name_is_the_same_person_outside() -> None:
    assert id_of("Jo Miller") == id_of(" jo  MILLER") != id_of("Kim Lee")
    assert is_recorded(id_of("Jo Miller")) and not is_recorded(QI)


def test_a_recorded_go_counts_as_often_as_permitted() -> None:
    life = opened(CUSTOMER)
    life.vote(QI)
    life.record_go("Jo Miller")
    assert life.state is State.APPROVED
    other = opened(CUSTOMER)
    other.record_go("Jo Miller")
    with pytest.raises(Refusal) as refused:
        other.record_go("Kim Lee")
    assert refused.value.code == "enough_recorded"
    assert other.record_go("jo miller") is other.release.votes[0]


@pytest.mark.parametrize("link", ["", "see my mail", "javascript:alert(1)", "https://x", "ftp://a.example/b"])
def test_a_recorded_go_needs_a_link(link: str) -> None:
    life = opened(CUSTOMER)
    with pytest.raises(FieldRefusal) as refused:
        life.record_go("Jo Miller", link=link)
    assert refused.value.field == "link" and life.release.votes == []


def test_a_recorded_go_counts_for_no_other_sign_off() -> None:
    life = opened(CUSTOMER)
    with pytest.raises(FieldRefusal):
        life.record_go("Jo Miller", role="QA")
    nobody = Electorate({})
    assert not nobody.may_give(ONE_QA.sign_offs[0], id_of("Jo Miller"), life.release)


def test_a_further_sign_off_is_as_strict_as_the_strictest() -> None:
    apart = replace(THREE, sign_offs=(*THREE.sign_offs, SignOff("Risk", people=frozenset({TOM}), captain_may=False)))
    life = opened(apart)
    before = life.release.fingerprint(THREE.sign_offs[0].covers)
    life.add_sign_off("Legal", EVE)
    added = life.release.sign_off("Legal")
    assert added is not None and (added.captain_may, added.deployer_may) == (False, True)
    assert life.release.fingerprint(THREE.sign_offs[0].covers) == before
    with pytest.raises(FieldRefusal) as refused:
        life.add_sign_off("Data", ANA)
    assert refused.value.code == "duties_separated"


@pytest.mark.parametrize(
    ("role", "people", "code"),
    [("", (EVE,), "bad_role"), ("security", (EVE,), "same_role"), ("Legal", (), "nobody_named"),
     ("Legal", (SEC,), "too_few"), ("x" * 41, (EVE,), "bad_role")],
)  # fmt: skip
def test_what_a_further_sign_off_needs(role: str, people: tuple[str, ...], code: str) -> None:
    life = opened(THREE)
    with pytest.raises(Refusal) as refused:
        life.add_sign_off(role, *people)
    assert refused.value.code == code
    assert len(life.release.sign_offs) == 3 and OPS in life.release.sign_offs[2].people


def test_nothing_is_added_to_what_is_go_also_while_it_is_on_hold() -> None:
    life = opened(CUSTOMER)
    life.vote(QI)
    life.record_go("Jo Miller")
    life.hold()
    with pytest.raises(Refusal) as refused:
        life.add_sign_off("Legal", EVE)
    assert refused.value.code == "already_decided"
    life.resume()
    assert life.state is State.APPROVED and life.release.sign_off("Legal") is None


def test_what_a_delegate_s_go_depends_on_is_recorded_as_said_by_them() -> None:
    life = opened()
    for_qi(life, choice=Choice.GO_IF)
    for_qi(life, choice=Choice.GO)
    said = [(event.name, event.by, event.whose) for event in life.release.events if "condition" in event.name]
    assert said == [("condition_set", EVE, QI), ("condition_withdrawn", EVE, QI)]
    assert life.release.conditions[0].ended_by == EVE
