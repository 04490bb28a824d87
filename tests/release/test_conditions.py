"""What a go depends on: who may say how it went, what that does to the decision, and what the clock does to it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.release.conditions import of_round, open_now
from bot.release.decision import Result, owing, tally
from bot.release.errors import FieldRefusal, Refusal
from bot.release.planning import due
from bot.release.policy import SignOff
from bot.release.poll import look_again
from bot.release.release import Choice, Stopped
from bot.release.states import Alarm, State
from tests.release.life import ANA, EVE, ONE_QA, QI, QUINN, SEC, THREE, TOM, Life, read, when


def opened(**more: object) -> Life:
    return Life(**more).at("Tue 12:00")  # type: ignore[arg-type]


def refused(life: Life, **how: object) -> str:
    """The code of the refusal to settle it so; nothing has changed."""
    before = len(life.release.events)
    with pytest.raises(Refusal) as no:
        life.settle(**how)  # type: ignore[arg-type]
    assert len(life.release.events) == before
    return no.value.code


def test_an_open_condition_blocks_and_its_sign_off_misses_nothing_else() -> None:
    life = opened()
    life.go_if(QI, "Wed 10:00")
    assert life.causes() == [("condition", "QA")]
    (cause,) = life.verdict().causes
    assert read(cause.said) == "Qi said go if “smoke test green”; Tom has until Wed 10:00"
    assert cause.who_can == {TOM, QI}
    assert QUINN not in owing(life.release, life.electorate), "nobody else is needed"


def test_met_it_counts_as_a_go() -> None:
    life = opened()
    life.go_if(QI, "Wed 10:00")
    life.at("Tue 15:00").settle()
    assert life.state is State.APPROVED
    assert life.said()[-2:] == ["condition_met", "decided"]
    (one,) = of_round(life.release)
    assert (one.outcome, one.ended_at, one.ended_by) == ("met", when("Tue 15:00"), TOM)


def test_a_second_go_does_not_outvote_an_open_condition() -> None:
    life = opened()
    life.go_if(QI, "Wed 10:00")
    life.vote(QUINN)
    assert life.state is State.OPEN
    assert life.causes() == [("condition", "QA")]


def test_missed_at_its_time_it_is_open_again_and_its_voter_is_asked() -> None:
    life = opened()
    life.go_if(QI, "Wed 10:00")
    assert due(life.release) == (Alarm.CONDITION_DUE, when("Wed 10:00"))
    life.at("Wed 12:00")
    (one,) = of_round(life.release)
    assert (one.outcome, one.ended_at, one.ended_by) == ("missed", when("Wed 10:00"), None)
    assert life.causes() == [("condition_missed", "QA")]
    assert owing(life.release, life.electorate) == {QI, QUINN}
    assert due(life.release) == (Alarm.POLL_CLOSES, when("Wed 13:30"))
    life.at("Wed 13:30")
    assert life.release.stopped is Stopped.NO_DECISION
    assert read(life.release.stopped_said) == "“smoke test green” was not done"


def test_whose_condition_was_missed_is_waited_for_until_the_close_and_not_longer() -> None:
    life = opened()
    life.go_if(QI, "Wed 10:00")
    life.at("Wed 11:00").vote(QUINN)
    assert life.causes() == [("objected", "QA")], "Qi had asked for something that is not there"
    life.at("Wed 13:30")
    assert life.state is State.APPROVED
    assert "although Qi did not answer again after the go if of before" in read(life.release.events[-1].said)


def test_due_at_the_close_itself_it_is_missed_first() -> None:
    life = opened()
    life.go_if(QI)
    (one,) = open_now(life.release)
    assert (one.owner, one.due_at) == (TOM, when("Wed 13:30"))
    life.at("Wed 13:30")
    assert life.said()[-2:] == ["condition_missed", "decided"]
    assert life.release.stopped is Stopped.NO_DECISION


def test_its_owner_may_take_back_that_it_is_done_while_the_poll_is_open() -> None:
    life = Life(THREE).at("Tue 12:00")
    life.go_if(QI, "Wed 10:00")
    life.settle()
    assert life.causes() == [("missing", "Security"), ("missing", "Operations")]
    life.settle(1, met=False)
    assert ("condition_missed", "QA") in life.causes()
    assert refused(life, number=1, met=True) == "condition_over", "Qi was asked again, and answers alone"


def test_to_say_the_same_twice_changes_nothing() -> None:
    life = Life(THREE).at("Tue 12:00")
    life.go_if(QI, "Wed 10:00")
    life.settle()
    before = len(life.release.events)
    life.settle(1, by=QI)
    assert len(life.release.events) == before
    life.at("Tue 12:01").go_if(SEC, "Wed 10:00")
    before = len(life.release.events)
    life.at("Tue 12:02").go_if(SEC, "Wed 10:00")
    assert len(life.release.events) == before, "one condition, whoever clicks twice"


def test_another_owner_or_time_is_another_condition() -> None:
    life = opened()
    life.go_if(QI, "Wed 10:00")
    life.at("Tue 12:01").go_if(QI, "Wed 11:00")
    assert [(one.number, one.outcome) for one in life.release.conditions] == [(1, "withdrawn"), (2, None)]
    assert [one.number for one in open_now(life.release)] == [2]
    assert refused(life, number=1) == "condition_over"


@pytest.mark.parametrize("answer", [Choice.GO, Choice.NO_GO, Choice.ABSTAIN])
def test_a_new_answer_withdraws_it(answer: Choice) -> None:
    life = opened()
    life.go_if(QI, "Wed 10:00")
    life.at("Tue 12:01").vote(QI, answer, "why")
    assert [one.outcome for one in life.release.conditions] == ["withdrawn"]
    assert "condition" not in {kind for kind, _ in life.causes()}
    voted = next(event for event in reversed(life.release.events) if event.name == "voted")
    assert voted.details["was"] == "go-if"


def test_only_its_owner_and_its_voter_say_that_it_is_done() -> None:
    qa = SignOff("QA", people=frozenset({QI, QUINN}), captain_may=False)
    for by in (EVE, ANA):  # the captain may not sign off, so not by such a detour either
        life = opened(policy=replace(ONE_QA, sign_offs=(qa,)))
        life.go_if(QI, "Wed 10:00")
        assert refused(life, by=by) == "not_yours"
    life.settle(by=ANA, met=False)
    assert life.causes() == [("condition_missed", "QA")], "but the captain may say that it will not be"
    life = opened()
    life.go_if(QI, "Wed 10:00")
    life.settle(by=ANA)
    assert life.state is State.APPROVED


def test_where_duties_are_kept_apart_whoever_leads_or_deploys_it_makes_no_go_of_it() -> None:
    qa = SignOff("QA", people=frozenset({QI, QUINN}), captain_may=False, deployer_may=False)
    life = opened(policy=replace(ONE_QA, sign_offs=(qa,)), deployer=TOM)
    for owner in (ANA, TOM):
        with pytest.raises(FieldRefusal) as no:
            life.go_if(QI, owner=owner)
        assert (no.value.field, no.value.code) == ("owner", "duties_separated")
    life.go_if(QI, owner=None)
    assert [one.owner for one in open_now(life.release)] == [QI]
    life.at("Tue 12:01").go_if(QI, owner=EVE)
    life.take_over(EVE)
    assert refused(life, by=EVE) == "not_yours"
    life.settle(by=QI)
    assert life.state is State.APPROVED


def test_what_a_condition_needs() -> None:
    life = opened()
    with pytest.raises(Refusal) as no:
        life.go_if(QI, why=" ")
    assert no.value.code == "reason_missing"
    for time, code in (("Wed 13:31", "due_too_late"), ("Tue 12:00", "past")):
        with pytest.raises(FieldRefusal) as wrong:
            life.go_if(QI, time)
        assert (wrong.value.field, wrong.value.code) == ("due", code)
    assert not life.release.votes and not life.release.conditions


def test_nothing_lapses_on_hold_and_what_was_due_meanwhile_is_missed_at_the_resume() -> None:
    life = Life(THREE).at("Tue 12:00")
    life.go_if(QI, "Tue 13:00")
    life.at("Tue 12:01").go_if(SEC, "Tue 13:00")
    life.hold()
    life.at("Tue 15:00")
    assert [one.outcome for one in open_now(life.release)] == [None, None]
    life.settle(1)
    life.resume()
    assert [one.outcome for one in of_round(life.release)] == ["met", "missed"]
    assert life.causes() == [("condition_missed", "Security"), ("missing", "Operations")]


def test_the_next_round_asks_again_also_where_it_was_met() -> None:
    life = Life(THREE).at("Tue 12:00")
    life.go_if(QI, "Wed 10:00")
    life.settle()
    life.at("Tue 12:01").go_if(SEC, "Wed 10:00")
    life.close_poll()
    life.open()
    assert not life.release.round_votes() and not open_now(life.release)
    assert refused(life, number=1) == refused(life, number=2) == "superseded_round"
    assert {QI, SEC} <= owing(life.release, life.electorate)
    life.vote(QI)
    voted = next(event for event in reversed(life.release.events) if event.name == "voted")
    assert voted.details["was"] == "go-if", "a mind changed since the last round is told, too"


def test_whoever_may_not_sign_off_any_more_is_not_waited_for() -> None:
    life = opened()
    life.go_if(QI, "Wed 10:00")
    life.eligible = {"QA": frozenset({QUINN})}
    assert life.causes() == [("missing", "QA")]
    life.settle()
    assert life.state is State.OPEN, "and it is no go of theirs either"


def test_when_those_who_abstained_are_all_that_is_left_they_may_still_answer() -> None:
    life = opened()
    life.vote(QI, Choice.ABSTAIN)
    life.vote(QUINN, Choice.ABSTAIN)
    (cause,) = life.verdict().causes
    assert (cause.kind, cause.who_can) == ("nobody", {ANA, QI, QUINN})
    assert read(cause.said) == "Nobody has said go yet, and Qi and Quinn abstained"
    life.vote(QI)
    assert life.state is State.APPROVED


def test_a_go_if_without_a_condition_on_record_never_counts() -> None:
    """As one that a version wrote which knows no conditions, or whose vote was written anew by it."""
    life = opened()
    vote = life.go_if(QI, "Wed 10:00")
    life.release.conditions[0].outcome = "met"
    life.release.votes = [replace(vote, at=vote.at + timedelta(seconds=1))]
    look_again(life.release, life.electorate, now=life.now)
    assert life.verdict().result is Result.OPEN
    (row,) = tally(life.release, life.electorate)
    assert not row.gos and len(row.conditions) == 1
