"""Another round of a go/no-go: what is kept from the last one, who is asked again, and what it takes to go."""

from dataclasses import replace

from bot.release.decision import owing, tally
from bot.release.policy import Cover, SignOff
from bot.release.release import Choice, Stopped
from bot.release.states import State
from tests.release.life import EVE, ONE_QA, OPS, QI, SEC, THREE, TOM, Life, read


def test_a_new_round_keeps_go_and_abstain_and_asks_the_others_again() -> None:
    four = replace(THREE, sign_offs=(*THREE.sign_offs, SignOff("Product", people=frozenset({EVE, TOM}))))
    life = Life(four).at("Tue 12:00")
    life.vote(QI)
    life.vote(EVE, Choice.ABSTAIN)
    life.no_go(SEC)
    life.close_poll()
    life.open()
    assert {vote.user for vote in life.release.round_votes()} == {QI, EVE}
    assert life.causes() == [("missing", "Security"), ("missing", "Operations"), ("missing", "Product")]
    product = tally(life.release, life.electorate)[3]
    assert product.waiting_for == {TOM}


def test_a_condition_is_asked_again_in_the_next_round() -> None:
    life = Life().at("Tue 12:00")
    life.vote(QI, Choice.GO_IF, "the migration ran")
    assert life.causes() == [("condition", "QA"), ("missing", "QA")]
    life.close_poll()
    assert life.release.stopped is Stopped.NO_DECISION
    life.open()
    assert not life.release.round_votes()


def test_a_new_round_drops_votes_whose_content_changed_or_whose_voter_left() -> None:
    life = Life(THREE).at("Tue 12:00")
    life.vote(QI)
    life.vote(SEC)
    life.close_poll()
    life.eligible = {"Security": frozenset({EVE})}
    life.open()
    assert {vote.user for vote in life.release.round_votes()} == {QI}
    life.close_poll()
    life.release.rollback_plan = "none"
    life.open()
    assert not life.release.round_votes()


def test_a_new_round_never_goes_by_kept_votes_alone() -> None:
    two = replace(ONE_QA, sign_offs=(*THREE.sign_offs[:1], SignOff("Security", people=frozenset({SEC, EVE}))))
    life = Life(two).at("Tue 12:00")
    life.vote(QI)
    life.vote(SEC)
    assert life.state is State.APPROVED
    life.reschedule("Fri 14:00")
    assert life.state is State.SCHEDULED
    life.at("Thu 10:00")
    assert life.state is State.OPEN, "both votes are kept"
    assert {vote.user for vote in life.release.round_votes()} == {QI, SEC}
    assert life.causes() == [("confirm", "")]
    assert owing(life.release, life.electorate) == {QI, SEC}
    life.vote(QI)
    assert life.state is State.APPROVED, "one of them said it again"


def test_kept_votes_alone_are_no_decision_at_the_deadline() -> None:
    life = Life(ONE_QA).at("Tue 12:00")
    life.vote(QI)
    life.reschedule("Fri 14:00")
    life.at("Fri 13:30")
    assert life.release.stopped is Stopped.NO_DECISION


def test_whoever_objected_answers_before_a_new_round_is_go() -> None:
    """A captain cannot walk around a no-go by opening another round."""
    whole = replace(ONE_QA, sign_offs=(SignOff("QA", people=frozenset({QI, SEC})),), close="deadline")
    life = Life(whole).at("Tue 12:00")
    life.no_go(SEC, "data loss")
    life.vote(QI)
    life.close_poll()
    assert life.release.stopped is Stopped.NO_GO
    life.open()
    assert life.causes() == [("objected", "QA")]
    assert SEC in owing(life.release, life.electorate)
    life.close_poll()
    assert life.release.stopped is Stopped.NO_DECISION
    life.open()
    assert life.causes() == [("objected", "QA")], "an unanswered objection is carried on"
    life.vote(SEC)
    life.close_poll()
    assert life.state is State.APPROVED


def test_an_objection_is_answered_by_a_new_go_for_the_same_sign_off() -> None:
    whole = replace(
        ONE_QA, sign_offs=(SignOff("QA", people=frozenset({QI, SEC})), SignOff("Ops", people=frozenset({OPS})))
    )
    life = Life(whole).at("Tue 12:00")
    life.no_go(SEC, "data loss")
    life.vote(QI)
    life.close_poll()
    life.open()
    life.vote(OPS)
    assert life.causes() == [("objected", "QA")], "somebody else's go is about something else"
    life.vote(QI)
    assert life.state is State.APPROVED


def test_only_the_touched_votes_re_open() -> None:
    policy = replace(
        THREE,
        sign_offs=(
            replace(THREE.sign_offs[0], covers=frozenset({Cover.CHANGES})),
            replace(THREE.sign_offs[1], covers=frozenset({Cover.ROLLBACK_PLAN})),
            THREE.sign_offs[2],
        ),
    )
    life = Life(policy).at("Tue 12:00")
    life.vote(QI)
    life.vote(SEC)
    life.release.changes = "faster refunds, new fraud rules"
    assert life.causes() == [("changed", "QA"), ("missing", "Operations")]
    assert read(life.verdict().causes[0].said) == "QA — the plan changed after Qi voted; please look again"
    life.vote(QI)
    assert life.causes() == [("missing", "Operations")]
