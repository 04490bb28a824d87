"""Plans and changes of plan: hold, resume, reschedule, cancel, and what time does meanwhile."""

from dataclasses import replace

import pytest

from bot.release import planning
from bot.release.errors import Refusal
from bot.release.policy import LIGHT, Cover, Milestone
from bot.release.release import Choice, Kind, Outcome, Stopped
from bot.release.states import State
from tests.release.life import ANA, EVE, ONE_QA, OPS, QI, SEC, THREE, Life, light, planned, read, when

COVERS_SCHEDULE = replace(
    THREE, sign_offs=(*THREE.sign_offs[:2], replace(THREE.sign_offs[2], covers=frozenset({Cover.SCHEDULE})))
)


def closes_at(life: Life) -> object:
    assert life.release.round is not None
    return life.release.round.closes_at


def approved(life: Life) -> Life:
    life.at("Tue 12:00")
    for role in (QI, SEC, OPS):
        if life.state is State.OPEN:
            life.vote(role)
    assert life.state is State.APPROVED
    return life


# ---- a new plan --------------------------------------------------------------------------------


def test_planned_before_its_opening_it_waits_for_the_working_day_before() -> None:
    assert Life().release.opens_at == when("Tue 10:00")
    assert Life(t="Mon+7 14:00").release.opens_at == when("Fri 10:00")


def test_planned_after_its_opening_it_opens_at_once() -> None:
    life = Life(now="Wed 09:00")
    assert life.state is State.OPEN
    assert closes_at(life) == when("Wed 13:30")


def test_planned_after_its_close_it_is_refused_naming_the_earliest_time() -> None:
    with pytest.raises(Refusal) as no:
        Life(now="Wed 13:42")
    assert no.value.code == "too_soon"
    assert read(no.value.words).endswith("The earliest time is Wed 14:20.")
    assert Life(now="Wed 13:42", t="Wed 14:20").state is State.OPEN


def test_the_earliest_time_holds_for_closes_on_the_wall_clock_too() -> None:
    evening_before = replace(ONE_QA, closes=Milestone(working_days=1, at="17:00"))
    with pytest.raises(Refusal) as no:
        Life(evening_before, now="Tue 17:30")
    assert read(no.value.words).endswith("The earliest time is Thu 14:00.")
    assert Life(evening_before, now="Tue 17:30", t="Thu 14:00").state is State.SCHEDULED
    days_before = replace(
        ONE_QA, opens=Milestone(working_days=4, at="10:00"), closes=Milestone(working_days=3, at="17:00")
    )
    with pytest.raises(Refusal) as later:
        Life(days_before, now="Mon 18:00")
    assert read(later.value.words).endswith("The earliest time is Fri 14:00.")


def test_a_time_that_is_past_is_refused() -> None:
    with pytest.raises(Refusal) as no:
        light(t="Tue 09:00")
    assert no.value.code == "past"
    assert light(t="Tue 09:59").state is State.OPEN, "now, typed a minute ago"


def test_parts_must_be_there_and_differ() -> None:
    with pytest.raises(Refusal) as none:
        Life(parts=())
    assert none.value.code == "no_parts"
    with pytest.raises(Refusal) as twice:
        Life(parts=("payments 2.14.0", "Payments 2.14.0"))
    assert twice.value.code == "same_part"


def test_a_poll_never_closes_after_t() -> None:
    same_evening = replace(ONE_QA, closes=Milestone(at="18:00"))
    assert closes_at(Life(same_evening, now="Wed 09:00")) == when("Wed 14:00")


# ---- standard releases -------------------------------------------------------------------------


def test_a_standard_release_is_approved_at_the_moment_its_poll_would_open() -> None:
    life = Life(kind=Kind.STANDARD)
    assert life.state is State.SCHEDULED
    life.at("Tue 10:00")
    assert life.state is State.APPROVED
    assert (life.release.decided_at, life.release.expires_at) == (when("Tue 10:00"), when("Wed 18:00"))
    assert "poll_opened" not in life.said(), "announced, not voted"


def test_a_standard_release_needs_no_time_for_a_poll() -> None:
    assert Life(kind=Kind.STANDARD, now="Wed 13:50").state is State.APPROVED


def test_a_standard_release_nobody_noticed_was_approved_in_time_and_expires_in_time() -> None:
    assert Life(kind=Kind.STANDARD).at("Wed 13:50").release.decided_at == when("Tue 10:00")
    life = Life(kind=Kind.STANDARD).at("Thu 09:00")
    assert life.release.stopped is Stopped.EXPIRED
    with pytest.raises(Refusal) as no:
        life.open()
    assert no.value.code == "needs_new_time"
    with pytest.raises(Refusal):
        life.extend(30)
    life.reschedule("Fri 14:00")
    assert life.at("Thu 10:00").state is State.APPROVED


def test_a_standard_release_moved_within_its_expiry_stays_approved() -> None:
    life = Life(COVERS_SCHEDULE, kind=Kind.STANDARD).at("Tue 10:00")
    life.reschedule("Wed 16:00")
    assert life.state is State.APPROVED
    life.reschedule("Fri 14:00")
    assert life.state is State.SCHEDULED


# ---- hold and resume ---------------------------------------------------------------------------


def test_hold_needs_a_reason() -> None:
    with pytest.raises(Refusal) as no:
        Life().hold("  ")
    assert no.value.code == "reason_missing"


@pytest.mark.parametrize("state", [State.SCHEDULED, State.OPEN, State.APPROVED])
def test_resumed_in_time_it_is_where_it_was(state: State) -> None:
    life = Life(THREE)
    if state is State.OPEN:
        life.at("Tue 12:00")
    if state is State.APPROVED:
        approved(life)
    life.hold()
    assert (life.state, life.release.stage, life.release.held_by) == (State.ON_HOLD, state, EVE)
    life.resume()
    assert life.state is state
    assert life.release.held_by is None
    assert life.release.held_why == ""


def test_on_hold_votes_are_stored_and_decide_on_resume() -> None:
    life = Life().at("Tue 12:00")
    life.hold()
    life.vote(QI)
    assert life.state is State.ON_HOLD, "no verdict while on hold"
    life.resume()
    assert life.state is State.APPROVED


def test_on_hold_nothing_closes_and_after_the_deadline_it_is_no_decision() -> None:
    life = Life().at("Tue 12:00")
    life.hold()
    life.vote(QI)
    assert life.at("Wed 13:30").state is State.ON_HOLD
    life.resume()
    assert (life.state, life.release.stopped) == (State.STOPPED, Stopped.NO_DECISION)
    assert read(life.release.stopped_said) == "The go/no-go was due at 13:30, while it was on hold"
    assert life.verdict().causes


def test_even_a_no_go_is_no_decision_when_the_deadline_passed_on_hold() -> None:
    life = Life().at("Tue 12:00")
    life.no_go(QI)
    life.hold()
    life.at("Wed 15:00").resume()
    assert life.release.stopped is Stopped.NO_DECISION


def test_an_approval_does_not_expire_on_hold_but_on_resume() -> None:
    life = approved(Life())
    life.hold()
    assert life.at("Wed 19:00").state is State.ON_HOLD
    life.resume()
    assert (life.state, life.release.stopped) == (State.STOPPED, Stopped.EXPIRED)
    assert [cause.kind for cause in life.verdict().causes] == ["expired"]


def test_a_missed_opening_opens_on_resume() -> None:
    life = Life()
    life.hold()
    with pytest.raises(Refusal) as no:
        life.at("Tue 12:00").vote(QI)
    assert no.value.code == "not_open_yet"
    life.resume()
    assert life.state is State.OPEN
    assert closes_at(life) == when("Wed 13:30")


def test_resumed_after_opening_and_deadline_nobody_could_be_asked() -> None:
    life = Life(THREE)
    life.hold()
    life.at("Wed 13:45").resume()
    assert life.release.stopped is Stopped.NO_DECISION
    assert "poll_opened" not in life.said()


def test_voting_on_a_held_approval_hears_that_it_was_decided() -> None:
    life = approved(Life())
    life.hold()
    with pytest.raises(Refusal) as no:
        life.vote(QI)
    assert no.value.code == "already_decided"


# ---- reschedule --------------------------------------------------------------------------------


def test_rescheduled_before_the_opening_the_opening_follows() -> None:
    life = Life()
    life.reschedule("Fri 14:00")
    assert (life.state, life.release.opens_at, life.release.plan_revision) == (State.SCHEDULED, when("Thu 10:00"), 2)


def test_rescheduled_to_nearer_than_the_opening_it_opens() -> None:
    life = Life(t="Fri 14:00").at("Tue 12:00")
    life.reschedule("Wed 12:00")
    assert life.state is State.OPEN
    assert life.said()[-2:] == ["rescheduled", "poll_opened"]


def test_rescheduled_while_open_the_round_stays_and_the_deadline_follows() -> None:
    life = Life(THREE).at("Tue 12:00")
    life.vote(QI)
    life.reschedule("Fri 14:00")
    assert life.state is State.OPEN
    assert life.release.round is not None
    assert (life.release.round.number, closes_at(life)) == (1, when("Fri 13:30"))
    assert life.causes() == [("missing", "Security"), ("missing", "Operations")]


def test_more_time_that_was_given_stays_given() -> None:
    for to, closes in (("Tue 15:00", "Tue 16:00"), ("Wed 18:00", "Wed 18:00")):
        life = light(t="Tue 12:00").at("Tue 11:45")
        life.extend(240)
        life.reschedule(to)
        assert closes_at(life) == when(closes)
    bank = Life().at("Wed 12:00")
    bank.extend(20)
    bank.reschedule("Wed 13:45")
    assert closes_at(bank) == when("Wed 13:35"), "as much more as before, earlier with the deploy"
    sooner = light(t="Wed 18:00").at("Tue 11:00")
    sooner.extend(60)
    sooner.reschedule("Tue 14:00")
    assert closes_at(sooner) == when("Tue 15:00"), "nobody is asked for a day after the deploy"


def test_rescheduling_re_opens_exactly_the_votes_that_cover_the_schedule() -> None:
    life = Life(replace(COVERS_SCHEDULE, close="deadline")).at("Tue 12:00")
    for voter in (QI, SEC, OPS):
        life.vote(voter)
    assert life.causes() == []
    life.reschedule("Fri 14:00")
    assert life.causes() == [("changed", "Operations")]
    assert read(life.verdict().causes[0].said) == "Operations — the plan changed after Ops voted; please look again"


def test_an_open_poll_can_not_be_moved_to_where_it_would_be_closed() -> None:
    life = Life().at("Wed 12:00")
    with pytest.raises(Refusal) as no:
        life.reschedule("Wed 12:20")
    assert no.value.code == "too_soon"
    assert closes_at(life) == when("Wed 13:30")


def test_under_light_moved_to_now_there_is_still_an_hour_to_answer() -> None:
    life = light().at("Tue 12:00")
    life.reschedule("Tue 12:00")
    assert (life.state, closes_at(life)) == (State.OPEN, when("Tue 13:00"))


def test_moved_within_its_expiry_an_approval_stays_and_the_expiry_never_moves() -> None:
    life = approved(Life())
    for time in ("Wed 17:00", "Wed 13:40", "Wed 17:59"):
        life.reschedule(time)
        assert (life.state, life.release.expires_at) == (State.APPROVED, when("Wed 18:00"))
    assert life.at("Wed 18:00").release.stopped is Stopped.EXPIRED


def test_moved_beyond_its_expiry_it_is_scheduled_for_a_new_round() -> None:
    life = approved(Life())
    life.reschedule("Wed 18:00")
    assert life.release.round is not None
    assert (life.release.round.number, life.state) == (2, State.OPEN), "opened at once; every go is kept"
    assert life.causes() == [("confirm", "")]
    again = approved(Life())
    again.reschedule("Fri 14:00")
    assert (again.state, again.release.expires_at, again.release.decided_at) == (State.SCHEDULED, None, None)
    assert again.release.opens_at == when("Thu 10:00")
    assert [cause.kind for cause in again.verdict().causes] == ["unopened"], "the old go is not today's"


def test_an_approval_whose_sign_off_covers_the_schedule_does_not_survive_a_move() -> None:
    life = approved(Life(COVERS_SCHEDULE))
    life.reschedule("Wed 15:00")
    assert life.state is State.OPEN
    assert life.causes() == [("missing", "Operations")]
    assert {vote.user for vote in life.release.round_votes()} == {QI, SEC}
    life.vote(OPS)
    assert life.state is State.APPROVED


def test_a_stopped_one_gets_a_new_time_and_a_new_round() -> None:
    life = Life(THREE).at("Tue 12:00")
    life.vote(QI)
    life.no_go(SEC)
    life.at("Wed 13:30").reschedule("Fri 14:00")
    assert (life.state, life.release.stopped) == (State.SCHEDULED, None)
    life.at("Thu 10:00")
    assert life.state is State.OPEN
    assert life.release.round is not None
    assert life.release.round.number == 2
    assert life.causes() == [("missing", "Security"), ("missing", "Operations")]


@pytest.mark.parametrize("stage", [State.SCHEDULED, State.OPEN, State.APPROVED])
def test_rescheduled_on_hold_it_stays_held(stage: State) -> None:
    life = Life(THREE)
    if stage is State.OPEN:
        life.at("Tue 12:00")
    if stage is State.APPROVED:
        approved(life)
    life.hold()
    life.reschedule("Fri 14:00")
    assert life.state is State.ON_HOLD
    life.at("Tue 13:00").resume()
    assert life.state is (State.OPEN if stage is State.OPEN else State.SCHEDULED)


def test_held_past_its_deadline_a_new_time_saves_the_round() -> None:
    life = Life(THREE).at("Tue 12:00")
    life.vote(QI)
    life.hold()
    life.at("Wed 14:00").reschedule("Fri 14:00")
    life.resume()
    assert life.state is State.OPEN
    assert closes_at(life) == when("Fri 13:30")
    assert [vote.user for vote in life.release.round_votes()] == [QI]


def test_the_same_time_again_is_refused() -> None:
    with pytest.raises(Refusal) as no:
        Life().reschedule("Wed 14:00")
    assert no.value.code == "same_time"


def test_a_move_to_the_past_is_refused_and_changes_nothing() -> None:
    life = approved(Life())
    with pytest.raises(Refusal) as no:
        life.reschedule("Tue 09:00")
    assert no.value.code == "past"
    assert life.release.planned == planned("Wed 14:00")


# ---- cancel and take over ----------------------------------------------------------------------


def test_cancelled_it_has_an_outcome_and_lets_go_of_everything() -> None:
    life = Life()
    life.hold()
    with pytest.raises(Refusal) as no:
        life.cancel(" ")
    assert no.value.code == "reason_missing"
    life.cancel()
    assert (life.release.outcome, life.release.outcome_at) == (Outcome.CANCELLED, when("Mon 09:00"))
    assert (life.release.held_from, life.release.held_at) == (None, None)
    assert life.release.held_by == ANA, "who cancelled it is named"
    assert planning.due(life.release) is None
    assert [read(cause.said) for cause in life.verdict().causes] == ["It was cancelled"]


def test_taking_over_from_oneself_is_refused() -> None:
    with pytest.raises(Refusal) as no:
        Life().take_over(ANA)
    assert no.value.code == "already_captain"


def test_light_choices_are_all_stored_as_they_were_said() -> None:
    life = Life(LIGHT, now="Tue 10:00", channel=frozenset({ANA, EVE, QI}))
    life.vote(QI, Choice.ABSTAIN)
    assert life.causes() == [("missing", "Sign-off")]
    life.vote(EVE)
    assert life.state is State.APPROVED
