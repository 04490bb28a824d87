"""A missing sign-off goes further: when, only once a round, only where it is missing, and never to who leads it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.release.escalation import escalate, escalates_at
from bot.release.policy import Escalation, Policy, SignOff
from bot.release.policy_checks import problems_of
from bot.release.policy_data import from_data, to_data
from bot.release.states import State
from tests.release.life import ANA, EVE, ONE_QA, QI, QUINN, Life, when

HOUR = timedelta(hours=1)


def qa(**further: object) -> Policy:
    """QA of Qi and Quinn, not of the captain, whose question goes further to Eve and Ana."""
    asked = Escalation(people=frozenset({EVE, ANA}), **further)  # type: ignore[arg-type]
    one = SignOff("QA", people=frozenset({QI, QUINN}), captain_may=False, escalation=asked)
    return replace(ONE_QA, sign_offs=(one,))


def further(life: Life) -> Life:
    """What the desk does for a release whose question went further."""
    if life.release.escalated:
        life.eligible["QA"] = frozenset({QI, QUINN, EVE, ANA})
    return life


@pytest.mark.parametrize(
    ("when_to", "at"),
    [({"after_opening": 4 * HOUR}, "Tue 14:00"), ({"before_close": 2 * HOUR}, "Wed 11:30"),
     ({"after_opening": 48 * HOUR}, None), ({"before_close": 480 * HOUR}, "Tue 10:00")],
)  # fmt: skip
def test_its_time_is_counted_from_the_opening_or_the_close(when_to: dict[str, timedelta], at: str | None) -> None:
    life = Life(policy=qa(**when_to)).at("Tue 10:00")
    assert escalates_at(life.release, life.release.sign_offs[0]) == (when(at) if at else None)


def test_the_further_people_may_give_it_and_who_leads_it_may_not() -> None:
    life = Life(policy=qa(after_opening=HOUR)).at("Tue 11:00")
    assert escalate(life.release, "QA", life.electorate, now=life.now)
    electorate, one = further(life).electorate, life.release.sign_offs[0]
    assert electorate.givers(one, life.release) == {QI, QUINN, EVE}
    life.vote(EVE)
    assert life.state is State.APPROVED


def test_it_goes_further_once_and_only_while_it_is_missing() -> None:
    life = Life(policy=replace(qa(after_opening=HOUR), close="deadline")).at("Tue 11:00")
    assert escalate(life.release, "QA", life.electorate, now=life.now)
    assert not escalate(life.release, "QA", life.electorate, now=life.now)
    other = Life(policy=replace(qa(after_opening=HOUR), close="deadline")).at("Tue 10:30")
    other.vote(QI)
    assert not escalate(other.release, "QA", other.electorate, now=other.now)
    assert "escalated" not in other.said()


def test_the_next_round_begins_with_those_it_names() -> None:
    life = Life(policy=qa(after_opening=HOUR)).at("Tue 11:00")
    escalate(life.release, "QA", life.electorate, now=life.now)
    life.close_poll()
    life.extend()
    assert (life.state, life.release.escalated) == (State.OPEN, frozenset())


def test_an_escalation_that_could_never_come_is_refused_and_a_good_one_is_stored() -> None:
    good = qa(after_opening=HOUR)
    assert problems_of(good) == [] and from_data(to_data(good)) == good
    both = problems_of(qa(after_opening=HOUR, before_close=HOUR))
    assert both == ["sign_offs: say for the escalation of QA one of after and before_close"]
    nobody = replace(good, sign_offs=(replace(good.sign_offs[0], escalation=Escalation(after_opening=HOUR)),))
    assert problems_of(nobody) == ["sign_offs: name people or groups for the escalation of QA"]
