"""Time alone opens, closes, expires and ends things, whether or not anybody noticed."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.release.errors import Refusal
from bot.release.planned import plan_at
from bot.release.policy import Milestone
from bot.release.release import Stopped
from bot.release.states import State
from bot.release.timeline import milestone_at, retro_at
from tests.release.life import BERLIN, OPS, QI, SEC, THREE, Life, read, when


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


def test_opened_late_it_still_opens_while_there_is_time_left() -> None:
    life = Life().at("Wed 13:00")
    assert life.state is State.OPEN
    assert life.release.round is not None
    assert (life.release.round.opened_at, closes_at(life)) == (when("Wed 13:00"), when("Wed 13:30"))


def test_when_opening_and_deadline_passed_unseen_it_is_no_decision_and_blames_nobody() -> None:
    life = Life(THREE).at("Wed 13:30")
    assert life.release.stopped is Stopped.NO_DECISION
    assert read(life.release.stopped_said).startswith("nobody could be asked: its go/no-go was due from ")
    assert "poll_opened" not in life.said(), "nobody is told to vote in a poll that is over"


def test_what_stood_from_an_earlier_round_does_not_decide_a_later_one_unseen() -> None:
    life = approved(Life())
    life.reschedule("Fri 14:00")
    life.at("Fri 13:45")
    assert life.release.stopped is Stopped.NO_DECISION


def test_a_poll_closed_late_was_closed_at_its_deadline() -> None:
    life = Life().at("Tue 12:00")
    life.no_go(QI)
    life.at("Thu 09:00")
    assert life.release.stopped is Stopped.NO_GO
    assert life.release.round is not None
    assert life.release.round.closed_at == when("Wed 13:30")
    assert life.release.events[-1].at == when("Wed 13:30")


def test_an_approval_expires_four_hours_after_t() -> None:
    life = approved(Life()).at("Wed 17:59")
    assert life.state is State.APPROVED
    life.at("Wed 18:00")
    assert life.release.stopped is Stopped.EXPIRED
    life = approved(Life()).clock_only("Wed 18:00")
    with pytest.raises(Refusal) as no:
        life.start()
    assert no.value.code == "not_approved", "expired by the clock, whether or not a timer ran"


def test_everything_time_has_missed_happens_at_once_and_in_order() -> None:
    life = approved(Life())
    life.at("Wed 14:00").start()
    life.done()
    life.at("Fri+7 10:00")
    assert life.state is State.CLOSED
    assert life.said()[-2:] == ["monitoring_ended", "closed"]


def test_closed_five_working_days_after_the_outcome() -> None:
    life = approved(Life())
    life.at("Wed 14:00").start()
    life.done()
    assert life.at("Wed+7 13:59").state is State.RELEASED
    assert life.at("Wed+7 14:00").state is State.CLOSED
    assert retro_at(when("Fri 18:00"), BERLIN) == when("Mon+7 10:00")


def test_a_retrospective_closes_when_it_is_complete() -> None:
    life = approved(Life())
    life.at("Wed 14:00").start()
    life.done()
    life.at("Wed 14:30").retro(complete=False)
    assert (life.state, life.said()[-1]) == (State.RELEASED, "retro_answered")
    life.retro()
    assert (life.state, life.said()[-2:]) == (State.CLOSED, ["retro_answered", "closed"])
    life.retro()
    assert life.said()[-1] == "retro_answered", "late answers are taken and close nothing twice"


def test_milestones_are_wall_time_and_durations_are_elapsed_time() -> None:
    at = datetime(2026, 3, 30, 8, tzinfo=UTC)  # Mon 10:00 in Berlin, whose clocks went forward on Sunday
    plan = plan_at(at, BERLIN)
    assert milestone_at(Milestone(working_days=1, at="10:00"), plan) == datetime(2026, 3, 27, 9, tzinfo=UTC)
    assert milestone_at(Milestone(before=timedelta(hours=36)), plan) == datetime(2026, 3, 28, 20, tzinfo=UTC)
