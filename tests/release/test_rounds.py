"""Another round of a go/no-go: what is kept from the last one, who is asked again, and what it takes to go."""

from dataclasses import replace

from bot.release import planning
from bot.release.decision import owing, tally
from bot.release.policy import Cover, SignOff
from bot.release.release import Choice, Stopped
from bot.release.states import State
from tests.release.life import EVE, ONE_QA, OPS, QI, QUINN, SEC, THREE, TOM, Life, read


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
    assert life.causes() == [("condition", "QA")]
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
    assert life.causes() == [("objected", "QA"), ("confirm", "")]
    assert SEC in owing(life.release, life.electorate)
    life.close_poll()
    assert life.release.stopped is Stopped.NO_DECISION
    life.open()
    assert ("objected", "QA") in life.causes(), "an unanswered objection is carried on"
    life.vote(SEC)
    life.close_poll()
    assert life.state is State.APPROVED


def test_who_objected_has_the_whole_round_to_answer_and_silence_is_not_a_no() -> None:
    whole = replace(
        ONE_QA, sign_offs=(SignOff("QA", people=frozenset({QI, SEC})), SignOff("Ops", people=frozenset({OPS})))
    )
    life = Life(whole).at("Tue 12:00")
    life.no_go(SEC, "data loss")
    life.vote(QI)
    life.close_poll()
    life.open()
    life.vote(OPS)
    life.vote(QI)
    assert life.causes() == [("objected", "QA")], "nobody can answer for them"
    life.at("Wed 13:29")
    assert life.state is State.OPEN
    life.at("Wed 13:30")
    assert life.state is State.APPROVED
    assert read(life.release.events[-1].said) == (
        "Go — all 2 sign-offs, although Sec did not take back the no-go of before"
    )


def test_a_captain_s_early_close_does_not_overrule_who_objected() -> None:
    whole = replace(ONE_QA, sign_offs=(SignOff("QA", people=frozenset({QI, SEC})),))
    life = Life(whole).at("Tue 12:00")
    life.no_go(SEC, "data loss")
    life.close_poll()
    life.open()
    life.vote(QI)
    life.close_poll()
    assert life.release.stopped is Stopped.NO_DECISION


def test_an_objection_outlives_that_its_author_takes_over_and_can_be_taken_back() -> None:
    life = Life(replace(ONE_QA, sign_offs=(SignOff("QA", people=frozenset({QI, SEC, EVE}), captain_may=False),)))
    life.at("Tue 12:00")
    life.no_go(SEC, "data loss")
    life.vote(QI)
    planning.take_over(life.release, now=life.now, by=SEC)
    assert life.causes() == [("no_go", "QA")]
    vote = life.vote(SEC)
    assert life.state is State.APPROVED, "taken back; their go itself counts for nothing"
    assert not vote.alone and "self-approval" not in "".join(read(event.said) for event in life.release.events)


def test_the_objection_of_someone_who_left_needs_a_go_after_it() -> None:
    life = Life(ONE_QA).at("Tue 12:00")
    life.no_go(QI, "data loss")
    life.eligible = {"QA": frozenset({QUINN})}
    assert life.causes() == [("missing", "QA")]
    life.vote(QUINN)
    assert life.state is State.APPROVED

    other = Life(ONE_QA).at("Tue 12:00")
    other.vote(QUINN)
    assert other.state is State.APPROVED
    other.reschedule("Fri 14:00")
    other.at("Thu 10:00")
    other.no_go(QI, "data loss")
    other.eligible = {"QA": frozenset({QUINN})}
    assert other.causes() == [("changed", "QA")], "a kept go is older than the objection"
    other.close_poll()
    assert other.release.stopped is Stopped.NO_DECISION


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


def test_an_edit_does_not_make_an_objection_vanish() -> None:
    """Its author is asked whether that settles it, and nobody else's go speaks for them before the deadline."""
    life = Life(ONE_QA).at("Tue 12:00")
    life.no_go(QI, "data loss")
    life.edit(risk="high")
    life.vote(QUINN)
    assert life.causes() == [("objected", "QA")]
    life.vote(QI)
    assert life.state is State.APPROVED

    silent = Life(ONE_QA).at("Tue 12:00")
    silent.no_go(QI, "data loss")
    silent.edit(risk="high")
    silent.vote(QUINN)
    silent.at("Wed 13:30")
    assert silent.state is State.APPROVED, "who was asked again had the whole round"
