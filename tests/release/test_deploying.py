"""Going live, part by part: the release's state follows from its parts'."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.release.errors import Refusal
from bot.release.policy import Cover
from bot.release.release import Kind, Outcome, Part, PartState, Stopped
from bot.release.states import State
from tests.release.life import ONE_QA, QI, SEC, THREE, Life, read, when

P, D, F, L, R, B = (
    PartState.PENDING, PartState.DEPLOYING, PartState.FAILED, PartState.LIVE, PartState.ROLLING_BACK,
    PartState.ROLLED_BACK,
)  # fmt: skip
BOTH = ("payments 2.14.0", "web 5.1")
UNWATCHED = replace(ONE_QA, monitoring=timedelta(0))


def approved(life: Life) -> Life:
    life.at("Tue 12:00").vote(QI)
    life.at("Wed 14:00")
    assert life.state is State.APPROVED
    return life


def two() -> Life:
    """Two parts, approved, at T."""
    return approved(Life(parts=BOTH))


def refusal(move: Callable[..., object], *args: object) -> Refusal:
    with pytest.raises(Refusal) as no:
        move(*args)
    return no.value


# ---- one part: nobody notices that there are parts -----------------------------------------------


def test_the_plain_way_live_watched_released() -> None:
    life = approved(Life())
    life.start()
    life.at("Wed 14:12").done()
    assert (life.state, life.release.monitoring_ends_at) == (State.MONITORING, when("Wed 14:42"))
    assert (life.release.outcome, life.release.outcome_at) == (Outcome.LIVE, when("Wed 14:12"))
    assert not life.release.slipped
    assert not life.release.is_eventful
    assert life.at("Wed 14:42").state is State.RELEASED
    assert life.said()[-4:] == ["deploy_started", "deploy_finished", "went_live", "monitoring_ended"]
    assert [read(event.said) for event in life.release.events[-4:-2]] == ["started the deploy", "finished the deploy"]


def test_monitoring_time_zero_goes_straight_to_released() -> None:
    life = approved(Life(UNWATCHED))
    life.start()
    life.done()
    assert (life.state, life.release.monitoring_ends_at) == (State.RELEASED, None)


def test_shipped_is_start_and_done_at_once() -> None:
    life = approved(Life(UNWATCHED))
    life.start()
    life.done()
    assert life.parts() == {"payments": L}


def test_only_go_deploys_and_the_refusal_says_what_is_missing() -> None:
    life = Life(THREE).at("Tue 12:00")
    life.vote(QI)
    no = refusal(life.start)
    assert (no.code, no.offers) == ("not_approved", ("go", "remind", "why")), "of which each is shown what they may"
    assert read(no.words) == (
        "You can't start payments 2.14.0: it is not go yet. 2 things stand in the way:\n"
        "⏳ Security has not answered (Sec can answer)\n⏳ Operations has not answered (Ops can answer)"
    )
    life.no_go(SEC)
    life.close_poll()
    assert "it was stopped at Tue 12:00: no-go.\n🛑 Security — Sec said no-go" in read(refusal(life.start).words)


def test_a_scheduled_one_says_when_its_poll_opens_and_a_held_one_why_it_is_held() -> None:
    life = Life()
    assert read(refusal(life.start).words) == (
        "You can't start payments 2.14.0: it is not go yet. One thing stands in the way:\n"
        "🔵 Its go/no-go opens at Tue 10:00"
    )
    life.hold("database migration")
    assert "⏸️ On hold — Eve: “database migration”. Ana, Eve or" in read(refusal(life.start).words)


def test_late_by_more_than_an_hour_it_slipped_and_so_it_did_when_it_was_moved() -> None:
    on_time = approved(Life()).at("Wed 14:50")
    on_time.start()
    on_time.at("Wed 15:00").done()
    assert not on_time.release.slipped
    late = approved(Life()).at("Wed 15:00")
    late.start()
    late.at("Wed 15:01").done()
    assert late.release.slipped
    moved = approved(Life())
    moved.reschedule("Wed 16:00")
    moved.at("Wed 16:00").start()
    moved.done()
    assert moved.release.slipped


def test_a_hotfix_is_reviewed_afterwards_even_when_all_went_well() -> None:
    life = Life(kind=Kind.HOTFIX)
    assert life.release.is_eventful
    assert not life.release.slipped


def test_failed_it_stays_deploying_and_is_tried_again() -> None:
    life = approved(Life())
    life.start()
    assert refusal(life.fail, None, " ").code == "reason_missing"
    life.fail()
    assert (life.state, life.parts()) == (State.DEPLOYING, {"payments": F})
    assert life.release.is_eventful
    assert refusal(life.done).code == "part_in_other_state"
    life.start()
    assert read(life.release.events[-1].said) == "restarted the deploy"
    assert life.release.parts[0].failed_why == ""
    life.done()
    assert life.state is State.MONITORING


@pytest.mark.parametrize("stage", ["failed", "deploying", "monitoring", "released"])
def test_a_whole_rollback(stage: str) -> None:
    life = approved(Life())
    life.start()
    if stage == "failed":
        life.fail()
    if stage in ("monitoring", "released"):
        life.done()
    if stage == "released":
        life.at("Wed 16:00")
    life.rollback()
    assert (life.state, life.parts()) == (State.ROLLING_BACK, {"payments": R})
    life.rolled_back()
    assert (life.state, life.release.outcome) == (State.ROLLED_BACK, Outcome.ROLLED_BACK)
    assert life.release.outcome_at == life.now
    assert life.release.is_eventful
    assert life.release.monitoring_ends_at is None


def test_nothing_is_rolled_back_before_something_was_deployed() -> None:
    no = refusal(approved(Life()).rollback)
    assert (no.code, no.offers) == ("nothing_deployed", ("hold",))


# ---- several parts -------------------------------------------------------------------------------


def test_two_parts_one_after_the_other() -> None:
    life = two()
    life.start("payments")
    assert (life.state, life.parts()) == (State.DEPLOYING, {"payments": D, "web": P})
    life.done("payments")
    assert (life.state, life.release.outcome) == (State.DEPLOYING, None), "not live before all of it is"
    life.start("web 5.1")
    life.done("WEB")
    assert (life.state, life.release.outcome) == (State.MONITORING, Outcome.LIVE)
    assert read(life.release.events[-2].said) == "finished the deploy of web 5.1"


def test_without_a_name_all_parts_are_meant() -> None:
    life = two()
    life.start()
    assert life.parts() == {"payments": D, "web": D}
    life.done()
    assert life.state is State.MONITORING


def test_one_part_failed_and_retried() -> None:
    life = two()
    life.start()
    life.fail("web")
    life.done("payments")
    assert (life.state, life.parts()) == (State.DEPLOYING, {"payments": L, "web": F})
    life.start()
    assert life.parts() == {"payments": L, "web": D}, "only what failed is tried again"
    life.done()
    assert life.state is State.MONITORING


def test_one_part_failed_and_rolled_back_the_other_is_live() -> None:
    life = two()
    life.start()
    life.done("payments")
    life.fail("web")
    life.rollback("web")
    assert (life.state, life.parts()) == (State.ROLLING_BACK, {"payments": L, "web": R})
    life.rolled_back("web")
    assert (life.state, life.release.outcome) == (State.MONITORING, Outcome.LIVE)


def test_deploying_while_any_part_is_deploying_even_if_another_is_rolled_back_meanwhile() -> None:
    life = two()
    life.start()
    life.fail("web")
    life.rollback("web")
    assert life.state is State.DEPLOYING
    life.rolled_back("web")
    assert (life.state, life.parts()) == (State.DEPLOYING, {"payments": D, "web": B})
    life.done()
    assert (life.state, life.release.outcome) == (State.MONITORING, Outcome.LIVE)


def test_the_deploy_of_one_ends_while_the_other_is_still_rolling_back() -> None:
    life = two()
    life.start()
    life.fail("web")
    life.rollback("web")
    life.done("payments")
    assert life.state is State.ROLLING_BACK
    life.rolled_back()
    assert life.state is State.MONITORING


def test_while_watched_one_part_is_rolled_back_and_the_watch_goes_on() -> None:
    life = two()
    life.start()
    life.done()
    life.at("Wed 14:10").rollback("web")
    assert life.state is State.ROLLING_BACK
    life.rolled_back()
    assert (life.state, life.release.monitoring_ends_at) == (State.MONITORING, when("Wed 14:30"))
    assert life.release.outcome_at == when("Wed 14:00"), "it went live once"
    assert life.said().count("went_live") == 1
    assert life.at("Wed 14:30").state is State.RELEASED


def test_the_watch_that_ended_during_a_rollback_is_over() -> None:
    life = two()
    life.start()
    life.done()
    life.rollback("web")
    assert life.at("Wed 14:45").state is State.ROLLING_BACK
    life.rolled_back()
    assert (life.state, life.release.monitoring_ends_at) == (State.RELEASED, None)


def test_when_no_part_is_live_any_more_it_is_rolled_back() -> None:
    life = two()
    life.start()
    life.done()
    for part in ("web", "payments"):
        life.rollback(part)
        life.rolled_back(part)
    assert (life.state, life.release.outcome) == (State.ROLLED_BACK, Outcome.ROLLED_BACK)


def test_a_whole_rollback_leaves_out_what_never_started() -> None:
    life = two()
    life.start("payments")
    life.rollback()
    assert (life.state, life.parts()) == (State.ROLLING_BACK, {"payments": R})
    life.rolled_back()
    assert life.state is State.ROLLED_BACK


def test_a_part_that_is_not_live_can_not_be_rolled_back() -> None:
    life = two()
    life.start("payments")
    no = refusal(life.rollback, "web")
    assert (no.code, read(no.words)) == ("part_in_other_state", "web 5.1 is not live.")


# ---- naming parts --------------------------------------------------------------------------------


def test_an_unknown_part_is_answered_with_those_there_are() -> None:
    no = refusal(two().start, "ledger")
    assert no.code == "no_such_part"
    assert read(no.words).endswith("has no part “ledger”. Its parts: payments 2.14.0 and web 5.1.")


def test_one_service_in_two_regions_is_named_by_region() -> None:
    life = Life(parts=("payments 2.14.0 eu", "payments 2.14.0 us"))
    life.at("Tue 12:00").vote(QI)
    life.at("Wed 14:00")
    no = refusal(life.start, "payments")
    assert read(no.words).startswith("Which part is “payments”: payments 2.14.0 (eu) or payments 2.14.0 (us)?")
    life.start("EU")
    assert [part.state for part in life.release.parts] == [D, P]
    assert read(life.release.events[-1].said) == "started the deploy of payments 2.14.0 (eu)"
    life.start("payments us")
    assert [part.state for part in life.release.parts] == [D, D]


# ---- dropping ------------------------------------------------------------------------------------


def test_dropping_a_part_re_opens_no_votes() -> None:
    everything = replace(THREE, sign_offs=tuple(replace(one, covers=frozenset(Cover)) for one in THREE.sign_offs))
    life = Life(everything, parts=BOTH).at("Tue 12:00")
    life.vote(QI)
    life.drop("web")
    assert life.causes() == [("missing", "Security"), ("missing", "Operations")]
    assert life.release.title == "payments 2.14.0"
    assert life.said()[-1] == "part_dropped"


def test_the_last_part_can_not_be_dropped() -> None:
    life = two()
    life.drop("web")
    no = refusal(life.drop, "payments")
    assert (no.code, no.offers) == ("last_part", ("cancel",))
    assert refusal(life.drop, " ").code == "no_such_part"
    assert refusal(life.drop, "web").code == "no_such_part", "it is out already"


def test_dropping_what_failed_makes_the_rest_live() -> None:
    life = two()
    life.start()
    life.fail("web")
    life.done("payments")
    assert refusal(life.drop, "payments").code == "part_in_other_state"
    life.drop("web")
    assert (life.state, life.release.outcome) == (State.MONITORING, Outcome.LIVE)


def test_dropping_what_never_started_after_the_other_was_rolled_back() -> None:
    life = two()
    life.start("payments")
    life.rollback("payments")
    life.rolled_back("payments")
    assert life.state is State.DEPLOYING, "web is still to come"
    life.drop("web")
    assert (life.state, life.release.outcome) == (State.ROLLED_BACK, Outcome.ROLLED_BACK)


def test_dropping_what_failed_while_the_other_rolls_back() -> None:
    life = two()
    life.start()
    life.fail("web")
    life.rollback("payments")
    assert life.state is State.DEPLOYING
    life.drop("web")
    assert life.state is State.ROLLING_BACK


# ---- what makes two releases the same --------------------------------------------------------------


def test_parts_are_the_same_however_they_are_typed() -> None:
    assert Part("Payments", "V2", "Production").key == Part("ｐayments ", "v2").key
    assert Part("payments", "2", "eu").key != Part("payments", "2").key


def test_an_expired_approval_can_not_be_started() -> None:
    life = approved(Life()).at("Wed 18:00")
    assert life.release.stopped is Stopped.EXPIRED
    assert read(refusal(life.start).words) == (
        "You can't start payments 2.14.0: it was stopped at Wed 18:00: its approval expired.\n"
        "Next: the captain (Ana) or release admins can ask again, or give it another time."
    )
