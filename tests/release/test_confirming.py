"""What was said while Slack could not confirm who may answer: it never decides, and is confirmed or dropped."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.release.confirming import confirm
from bot.release.decision import Result, decide
from bot.release.electorate import FRESH, Electorate
from bot.release.planning import let_time_pass
from bot.release.policy import SignOff
from bot.release.poll import cast_vote, open_poll
from bot.release.release import Choice, Release
from bot.release.states import State
from tests.release.life import ANA, ONE_QA, QI, QUINN, Life, read, when

LISTED = SignOff("QA", groups=frozenset({"SQA"}))
NOON = when("Tue 12:00")


def group(*people: str, as_of: str = "Tue 11:00", now: str = "Tue 12:00") -> Electorate:
    """The user group has these people, by a list of that age."""
    return Electorate({"QA": frozenset(people)}, as_of={"QA": when(as_of)}, fresh_since=when(now) - FRESH)


def opened() -> Release:
    release = Life(ONE_QA).at("Tue 10:00").release
    release.replace_policy_sign_offs((LISTED,))
    return release


def vote(release: Release, electorate: Electorate, user: str = QI, choice: Choice = Choice.GO, why: str = "") -> None:
    cast_vote(release, electorate, user=user, choice=choice, why=why, now=NOON, path="button")


def test_a_fresh_list_needs_no_confirmation() -> None:
    release = opened()
    vote(release, group(QI, as_of="Tue 11:46"))
    assert release.state is State.APPROVED
    assert [(one.provisional, one.as_of) for one in release.votes] == [(False, when("Tue 11:46"))]


def test_who_is_named_by_the_policy_needs_no_list() -> None:
    release = opened()
    release.replace_policy_sign_offs((SignOff("QA", people=frozenset({QI}), groups=frozenset({"SQA"})),))
    vote(release, group(QI))
    assert release.state is State.APPROVED and release.votes[0].as_of is None


def test_an_old_list_is_confirmed_by_a_new_one() -> None:
    release = opened()
    vote(release, group(QI))
    verdict = decide(release, group(QI), NOON)
    assert [cause.kind for cause in verdict.causes] == ["unconfirmed"] and verdict.causes[0].who_can == {QI}
    assert not confirm(release, group(QI, as_of="Tue 11:44"), now=NOON), "still too old for what was said at noon"
    let_time_pass(release, group(QI, as_of="Tue 12:01"), when("Tue 12:02"))
    assert release.state is State.APPROVED
    assert [event.name for event in release.events][-2:] == ["votes_confirmed", "decided"]
    assert read(release.events[-2].said) == "Slack confirmed: Qi may answer"


def test_who_is_not_there_any_more_is_dropped() -> None:
    release = opened()
    vote(release, group(QI))
    assert confirm(release, group(QUINN, as_of="Tue 12:01"), now=when("Tue 12:02"))
    assert release.events[-1].details == {"confirmed": [], "dropped": [QI]}
    assert decide(release, group(QUINN, as_of="Tue 12:01"), NOON).causes[0].kind == "missing"


def test_a_no_go_stands_before_it_is_confirmed() -> None:
    release = opened()
    vote(release, group(QI), choice=Choice.NO_GO, why="red")
    assert decide(release, group(QI), NOON).causes[0].kind == "no_go"


def test_what_comes_after_the_deadline_comes_too_late() -> None:
    release = opened()
    vote(release, group(QI))
    let_time_pass(release, group(QI, as_of="Wed 13:31"), when("Wed 13:32"))
    assert (release.state, read(release.stopped_said)) == (State.STOPPED, "Slack could not confirm the go of Qi")


def test_what_came_before_the_deadline_counts_however_late_it_is_looked_at() -> None:
    release = opened()
    vote(release, group(QI))
    let_time_pass(release, group(QI, as_of="Wed 13:29"), when("Wed 13:32"))
    assert (release.state, release.decided_at) == (State.APPROVED, when("Wed 13:30"))


def test_a_go_that_was_never_confirmed_is_not_kept_for_the_next_round() -> None:
    release = opened()
    vote(release, group(QI))
    let_time_pass(release, group(QI), when("Wed 13:31"))
    release.planned = Life(ONE_QA, t="Wed+7 14:00").release.planned
    open_poll(release, group(QI), now=when("Wed 13:40"), by=ANA)
    assert release.round_votes() == []


def test_saying_it_again_with_a_fresh_list_confirms_it() -> None:
    release = opened()
    vote(release, group(QI))
    vote(release, group(QI, as_of="Tue 11:59"))
    assert release.state is State.APPROVED


@given(st.lists(st.sampled_from([QI, QUINN]), min_size=1, max_size=4), st.timedeltas(timedelta(minutes=16), FRESH * 9))
def test_an_unconfirmed_answer_never_makes_it_go(voters: list[str], age: timedelta) -> None:
    release = opened()
    old = Electorate({"QA": frozenset({QI, QUINN})}, as_of={"QA": NOON - age}, fresh_since=NOON - FRESH)
    for voter in voters:
        vote(release, old, voter)
    assert release.state is State.OPEN
    assert decide(release, old, when("Wed 13:30")).result is Result.NO_DECISION
