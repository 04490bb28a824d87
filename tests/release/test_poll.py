"""Votes, rounds, deadlines: what each person hears, and what counts."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from bot.release import planning
from bot.release.as_shown import Prints, marks
from bot.release.decision import tally
from bot.release.errors import Refusal
from bot.release.policy import LIGHT, Cover, SignOff
from bot.release.poll import close_poll
from bot.release.release import Choice, Stopped
from bot.release.states import State
from tests.release.life import ANA, EVE, ONE_QA, OPS, QI, QUINN, SEC, THREE, TOM, Life, light, read, when


def refused(life: Life, user: str, choice: Choice = Choice.GO, why: str = "", **shown: Any) -> Refusal:
    with pytest.raises(Refusal) as no:
        life.vote(user, choice, why, **shown)
    return no.value


def test_before_the_opening_a_vote_hears_when_it_opens() -> None:
    no = refused(Life(), QI)
    assert read(no.words) == "Voting on payments 2.14.0 opens at Tue 10:00."


def test_the_poll_opens_by_the_clock_and_takes_votes() -> None:
    life = Life(THREE).at("Tue 10:00")
    assert life.state is State.OPEN
    assert life.release.round is not None
    assert life.release.round.closes_at == when("Wed 13:30")
    life.vote(QI)
    assert life.state is State.OPEN
    assert life.causes() == [("missing", "Security"), ("missing", "Operations")]
    life.vote(SEC)
    life.vote(OPS)
    assert life.state is State.APPROVED
    assert life.release.expires_at == when("Wed 18:00")
    assert read(life.release.events[-1].said) == "Go — all 3 sign-offs"


def test_no_go_stays_open_until_the_deadline_and_then_stops_it_saying_who_and_why() -> None:
    life = Life(THREE).at("Tue 12:00")
    life.no_go(SEC)
    assert life.state is State.OPEN
    life.at("Wed 13:30")
    assert (life.state, life.release.stopped) == (State.STOPPED, Stopped.NO_GO)
    assert read(life.release.stopped_said) == "Security (Sec): “secret scan is red”"


def test_silence_is_not_a_no() -> None:
    life = Life(THREE).at("Tue 12:00")
    life.vote(SEC)
    life.vote(OPS)
    life.at("Wed 13:30")
    assert (life.state, life.release.stopped) == (State.STOPPED, Stopped.NO_DECISION)
    assert read(life.release.stopped_said) == "QA has not answered"


def test_no_go_needs_a_reason_and_go_if_a_condition() -> None:
    life = Life().at("Tue 12:00")
    assert refused(life, QI, Choice.NO_GO, "  ").code == "reason_missing"
    assert refused(life, QI, Choice.GO_IF).code == "reason_missing"
    assert not life.release.votes


def test_the_last_vote_of_a_person_counts_and_every_one_is_recorded() -> None:
    life = Life(THREE).at("Tue 12:00")
    life.no_go(SEC)
    life.vote(SEC)
    assert [vote.choice for vote in life.release.round_votes()] == [Choice.GO]
    assert life.said().count("voted") == 2
    assert ("no_go", "Security") not in life.causes()


def test_the_same_vote_twice_is_one() -> None:
    life = Life(THREE).at("Tue 12:00")
    first = life.vote(SEC)
    assert life.vote(SEC) is first
    assert life.said().count("voted") == 1


def test_a_late_vote_hears_when_it_was_decided() -> None:
    life = Life().at("Tue 13:12")
    life.vote(QI)
    no = refused(life.at("Tue 15:00"), QUINN)
    assert (no.code, no.offers) == ("already_decided", ("hold",))
    assert "was decided at 13:12: go." in read(no.words)


def test_a_poll_is_closed_by_the_clock_even_if_nobody_noticed() -> None:
    life = Life().at("Tue 12:00")
    no = refused(life.clock_only("Wed 13:30"), QI)
    assert no.code == "poll_closed"
    assert "closed at 13:30" in read(no.words)


def test_a_button_from_another_round_says_which_round_is_open() -> None:
    life = Life().at("Tue 12:00")
    life.close_poll()
    life.open()
    no = refused(life, QI, round_shown=1)
    assert read(no.words) == "This button is from round 1; round 2 is open until 13:30."
    life.vote(QI, round_shown=2)
    assert life.state is State.APPROVED


def test_a_button_drawn_before_a_change_does_not_count() -> None:
    life = Life().at("Tue 12:00")
    shown = {"QA": life.release.fingerprint(life.release.sign_offs[0].covers)}
    life.release.changes = "faster refunds, new fraud rules"
    assert refused(life, QI, prints_shown=shown).code == "superseded_content"


@pytest.mark.parametrize("how", [dict, marks])
def test_each_sign_off_is_compared_by_itself(how: Callable[[Mapping[str, str]], Prints]) -> None:
    """In full, as in a button, and in the few characters that an entry of a menu holds."""
    covers = {"QA": Cover.CHANGES, "Security": Cover.ROLLBACK_PLAN, "Operations": Cover.SCHEDULE}
    all_three = tuple(replace(one, covers=frozenset({covers[one.role]})) for one in THREE.sign_offs)
    life = Life(replace(THREE, sign_offs=all_three[:2])).at("Tue 12:00")
    shown = how({one.role: life.release.fingerprint(one.covers) for one in life.release.sign_offs})
    life.release.policy = replace(life.release.policy, sign_offs=all_three)
    life.release.rollback_plan = "switch it off"
    life.vote(QI, prints_shown=shown)
    assert refused(life, SEC, prints_shown=shown).code == "superseded_content"
    assert refused(life, OPS, prints_shown=shown).code == "superseded_sign_offs", "it was not asked for then"


def test_who_may_not_vote_hears_whose_it_is() -> None:
    life = Life(THREE).at("Tue 12:00")
    no = refused(life, EVE)
    assert no.code == "may_not_vote"
    assert "QA, Security and Operations" in read(no.words)


def test_the_captain_under_light_hears_that_somebody_else_is_asked() -> None:
    no = refused(light(), ANA)
    assert "You are the captain" in read(no.words)


# ---- one person, several sign-offs -------------------------------------------------------------


def test_a_person_counts_for_the_sign_off_that_needs_them_most() -> None:
    both = replace(
        THREE,
        sign_offs=(
            SignOff("QA", needs=2, people=frozenset({QI, QUINN, EVE, SEC})),
            SignOff("Security", people=frozenset({SEC})),
        ),
    )
    life = Life(both).at("Tue 12:00")
    assert life.vote(SEC).sign_off == "Security"
    assert SEC not in tally(life.release, life.electorate)[0].waiting_for, "nobody asks Sec a second time"


def test_the_sign_off_is_changeable_and_the_person_still_counts_once() -> None:
    both = replace(ONE_QA, sign_offs=tuple(SignOff(role, people=frozenset({QI, SEC})) for role in ("QA", "Security")))
    life = Life(both).at("Tue 12:00")
    assert life.vote(QI).sign_off == "QA"
    assert life.vote(QI, role="Security").sign_off == "Security"
    assert life.causes() == [("missing", "QA")]
    assert life.vote(QI).sign_off == "Security", "a change of mind stays with the sign-off chosen"
    assert refused(life, QI, role="Operations").code == "may_not_vote"


def test_one_person_alone_can_not_give_two_sign_offs() -> None:
    both = replace(ONE_QA, sign_offs=tuple(SignOff(role, people=frozenset({QI})) for role in ("QA", "Security")))
    life = Life(both).at("Tue 12:00")
    life.vote(QI)
    assert life.causes() == [("nobody", "Security")]
    assert [cause.who_can for cause in life.verdict().causes] == [{ANA}], "the captain can do something about it"


# ---- separation of duties ----------------------------------------------------------------------


def duties(**more: bool) -> SignOff:
    return SignOff("QA", people=frozenset({QI, ANA, TOM}), **more)


def test_the_captain_or_the_deployer_may_be_kept_from_a_sign_off() -> None:
    policy = replace(ONE_QA, sign_offs=(duties(captain_may=False, deployer_may=False),))
    life = Life(policy, deployer=TOM).at("Tue 12:00")
    assert refused(life, ANA).code == "may_not_vote"
    assert "You are the deployer" in read(refused(life, TOM).words)
    life.vote(QI)
    assert life.state is State.APPROVED


def test_a_captain_who_deploys_is_the_deployer() -> None:
    policy = replace(ONE_QA, sign_offs=(duties(deployer_may=False),))
    assert refused(Life(policy).at("Tue 12:00"), ANA).code == "may_not_vote", "the captain unless named"
    assert refused(Life(policy, deployer=ANA).at("Tue 12:00"), ANA).code == "may_not_vote"
    other = Life(policy, deployer=TOM).at("Tue 12:00")
    other.vote(ANA)
    assert other.state is State.APPROVED


def test_a_vote_stops_counting_when_its_voter_takes_over() -> None:
    policy = replace(ONE_QA, sign_offs=(duties(captain_may=False), SignOff("Security", people=frozenset({SEC}))))
    life = Life(policy).at("Tue 12:00")
    life.vote(QI)
    assert life.causes() == [("missing", "Security")]
    life.take_over(QI)
    assert life.causes() == [("missing", "QA"), ("missing", "Security")]


@pytest.mark.parametrize("by", [QI, ANA])
def test_who_signed_off_does_not_become_its_deployer_by_leading_it(by: str) -> None:
    """Where nobody else is named, the captain deploys: taking it over is no way around what an edit refuses."""
    policy = replace(ONE_QA, sign_offs=(duties(deployer_may=False),))
    life = Life(policy).at("Tue 12:00")
    life.vote(QI)
    with pytest.raises(Refusal) as no:
        planning.take_over(life.release, now=life.now, by=by, to=None if by == QI else QI)
    assert (no.value.code, life.release.captain) == ("duties_separated", ANA)
    life.edit(deployer=TOM)
    planning.take_over(life.release, now=life.now, by=by, to=None if by == QI else QI)
    assert (life.state, life.release.captain) == (State.APPROVED, QI)


# ---- light: small teams ------------------------------------------------------------------------


def test_light_opens_at_once_and_one_go_of_anybody_else_decides() -> None:
    life = light()
    assert life.state is State.OPEN
    assert life.release.round is not None
    assert life.release.round.closes_at == when("Tue 14:00")
    life.vote(EVE)
    assert life.state is State.APPROVED


def test_light_stays_open_an_hour_when_t_is_nearer() -> None:
    life = light(now="Tue 13:40")
    assert life.release.round is not None
    assert life.release.round.closes_at == when("Tue 14:40")
    life.at("Tue 14:20").vote(EVE)
    assert life.release.expires_at == when("Tue 18:20"), "an approval after T counts from the decision"


def test_a_team_of_one_may_say_go_itself_and_it_is_recorded_as_such() -> None:
    life = light(channel=frozenset({ANA}), alone=True)
    assert life.vote(ANA).alone
    assert life.state is State.APPROVED
    assert "self-approval" in read(life.release.events[-2].said)


def test_a_team_of_two_needs_the_other_one() -> None:
    life = light(channel=frozenset({ANA, EVE}))
    assert refused(life, ANA).code == "may_not_vote"
    life.vote(EVE)
    assert life.state is State.APPROVED


def test_being_alone_counts_only_where_the_policy_says_so() -> None:
    strict = replace(LIGHT, sign_offs=(SignOff("Go", whole_channel=True, captain_may=False),))
    life = Life(strict, now="Tue 10:00", channel=frozenset({ANA}), alone=True)
    assert refused(life, ANA).code == "may_not_vote"
    assert life.causes() == [("nobody", "Go")]


# ---- more time, less time ----------------------------------------------------------------------


def test_under_close_deadline_everybody_may_still_change_their_mind() -> None:
    life = Life(replace(ONE_QA, close="deadline")).at("Tue 12:00")
    life.vote(QI)
    assert life.state is State.OPEN
    assert life.causes() == []
    life.no_go(QI)
    life.at("Wed 13:30")
    assert life.release.stopped is Stopped.NO_GO
    again = Life(replace(ONE_QA, close="deadline")).at("Tue 12:00")
    again.vote(QI)
    again.at("Wed 13:30")
    assert again.state is State.APPROVED
    assert again.release.decided_at == when("Wed 13:30")


def test_the_captain_may_close_it_early() -> None:
    life = Life().at("Tue 12:00")
    verdict = life.close_poll()
    assert verdict.causes
    assert life.release.stopped is Stopped.NO_DECISION
    with pytest.raises(Refusal):
        close_poll(life.release, life.electorate, now=life.now, by=None)


def test_extend_moves_the_deadline_but_not_beyond_t() -> None:
    life = Life().at("Wed 13:00")
    life.extend(30)
    assert life.release.round is not None
    assert life.release.round.closes_at == when("Wed 14:00")
    with pytest.raises(Refusal) as no:
        life.extend(1)
    assert (no.value.code, no.value.offers) == ("past_target", ("reschedule",))
    with pytest.raises(Refusal) as nothing:
        life.extend(0)
    assert nothing.value.code == "bad_input"


def test_extend_of_a_stopped_one_opens_the_next_round_for_that_long() -> None:
    life = Life().at("Wed 13:30")
    assert life.state is State.STOPPED
    life.extend(20)
    assert life.state is State.OPEN
    assert life.release.round is not None
    assert (life.release.round.number, life.release.round.closes_at) == (2, when("Wed 13:50"))


def test_past_t_a_new_round_asks_for_a_new_t_except_under_light() -> None:
    life = Life().at("Wed 14:10")
    with pytest.raises(Refusal) as no:
        life.open()
    assert (no.value.code, no.value.offers) == ("needs_new_time", ("reschedule",))
    with pytest.raises(Refusal) as longer:
        life.extend(30)
    assert longer.value.code == "past_target"
    easy = light().at("Tue 14:10")
    assert easy.state is State.STOPPED
    easy.open()
    assert easy.state is State.OPEN
    assert easy.release.round is not None
    assert easy.release.round.closes_at == when("Tue 15:10")


def test_what_was_vouched_for_is_compared_as_it_was_stored() -> None:
    """Another hash would ask everybody again, in every open go/no-go, at the upgrade."""
    release = Life(ONE_QA).release
    assert release.fingerprint(ONE_QA.sign_offs[0].covers) == "42af38377e78"
    assert release.fingerprint({Cover.CHANGES, Cover.SCHEDULE, Cover.ROLLBACK_PLAN}) == "94a916f9ab2d"
    assert release.fingerprint(Cover) == "94a916f9ab2d"
