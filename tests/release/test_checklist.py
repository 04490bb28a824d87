"""Mandatory items are checks of the decision; a tick that is taken back re-opens the votes that cover the checklist."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.release import checklist
from bot.release.decision import Result, decide
from bot.release.errors import Refusal
from bot.release.policy import Cover, Item, Policy, SignOff
from bot.release.release import Kind
from bot.release.states import State
from tests.release.life import ANA, EVE, ONE_QA, QI, QUINN, RUNBOOK, SEC, TOM, Life, read, when

BLOG = Item("blog", "Blog post written", mandatory=False)
LOAD = Item("load", "Load test repeated", frozenset({QI, QUINN}))
LISTED = replace(ONE_QA, checklist=(RUNBOOK, BLOG))


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    return pytest.raises(Refusal, check=lambda error: error.code == code)


def test_a_mandatory_item_keeps_from_go_until_it_is_ticked() -> None:
    life = Life(LISTED).at("Tue 12:00")
    life.vote(QI)
    verdict = decide(life.release, life.electorate, life.now)
    assert verdict.result is Result.OPEN
    [cause] = verdict.causes
    assert (cause.kind, cause.about, cause.who_can) == ("item", "runbook", {TOM})
    assert cause.since == when("Tue 12:00"), "since its go/no-go is open"
    assert read(cause.said) == "“Runbook updated” is not done (Tom can tick it)"
    assert [(fix.verb, dict(fix.data)) for fix in cause.fixes] == [("tick", {"k": "runbook"})]
    life.tick()
    assert life.state is State.APPROVED, "the last tick decides as the last vote does"


def test_an_optional_item_keeps_from_nothing() -> None:
    life = Life(replace(LISTED, checklist=(BLOG,))).at("Tue 12:00")
    life.vote(QI)
    assert life.state is State.APPROVED


def test_at_the_deadline_an_open_item_is_no_decision() -> None:
    life = Life(LISTED).at("Tue 12:00")
    life.vote(QI)
    life.at("Wed 13:30")
    assert life.state is State.STOPPED
    assert read(life.release.stopped_said) == "“Runbook updated” is not done"
    life.tick()
    life.extend(10)
    assert life.state is State.OPEN, "the go of before is confirmed first, as in every later round"


@pytest.mark.parametrize(("user", "may"), [(TOM, True), (ANA, True), (EVE, False), (QI, False)])
def test_its_owner_and_the_captain_may_tick(user: str, may: bool) -> None:
    life = Life(LISTED).at("Tue 12:00")
    if may:
        life.tick(by=user)
        assert life.release.ticks["runbook"].by == user
        return
    with refused("may_not") as error:
        life.tick(by=user)
    assert read(error.value.words) == "“Runbook updated” is not yours to tick. Ana or Tom can."
    assert not life.release.ticks


def test_without_an_owner_it_is_the_captains() -> None:
    life = Life(LISTED).at("Tue 12:00")
    assert checklist.owners(BLOG, life.release) == {ANA}
    life.take_over()
    assert checklist.owners(BLOG, life.release) == {EVE}, "whoever leads it then"


def test_ticked_twice_it_is_ticked_once() -> None:
    life = Life(LISTED).at("Tue 12:00")
    life.tick()
    before = dict(life.release.ticks)
    with refused("already_ticked") as error:
        life.tick(by=ANA)
    assert read(error.value.words) == "“Runbook updated” is ticked already: Tom Tue 12:00."
    assert life.release.ticks == before
    life.untick()
    with refused("already_unticked"):
        life.untick()


def test_what_is_not_on_the_list_cannot_be_ticked() -> None:
    with refused("no_such_item"):
        Life(LISTED).tick("gone")
    with refused("no_checklist"):
        Life().tick()


def test_once_it_is_go_the_checklist_is_settled() -> None:
    life = Life(LISTED).at("Tue 12:00")
    life.tick()
    life.vote(QI)
    with refused("already_decided"):
        life.untick()
    life.hold()
    with refused("already_decided"):
        life.untick()


def covering(*covers: Cover) -> Policy:
    sign_offs = (
        SignOff("QA", people=frozenset({QI}), covers=frozenset(covers)),
        SignOff("Security", people=frozenset({SEC})),
    )
    return replace(LISTED, sign_offs=sign_offs)


def test_a_tick_that_is_taken_back_re_opens_the_votes_that_cover_it() -> None:
    life = Life(covering(Cover.CHECKLIST)).at("Tue 12:00")
    life.tick()
    vote = life.vote(QI)
    life.untick()
    assert life.release.events[-1].details == {"item": "runbook", "touched": ["QA"]}
    assert not life.release.stands(vote)
    life.tick()
    assert not life.release.stands(vote), "what was done in between is not what was voted on"
    life.vote(SEC)
    assert life.state is State.OPEN
    life.vote(QI)
    assert life.state is State.APPROVED


def test_a_tick_re_opens_nothing() -> None:
    life = Life(covering(Cover.CHECKLIST)).at("Tue 12:00")
    vote = life.vote(QI)
    life.tick()
    assert life.release.stands(vote)


def test_votes_that_do_not_cover_it_stand() -> None:
    life = Life(covering(Cover.CHANGES)).at("Tue 12:00")
    life.tick()
    vote = life.vote(QI)
    life.untick()
    assert life.release.events[-1].details["touched"] == []
    assert life.release.stands(vote)


def test_an_override_names_what_is_not_done() -> None:
    life = Life(LISTED).at("Tue 12:00")
    life.vote(QI)
    life.override()
    assert life.release.override is not None
    assert life.release.override.skipped == (("item", "runbook"),)
    assert read(life.release.events[-2].said) == "overrode “Runbook updated” (not done)"


def test_a_standard_release_waits_for_its_checklist_too() -> None:
    life = Life(LISTED, kind=Kind.STANDARD)
    with refused("not_ticked"):
        life.open()
    life.at("Tue 10:00")
    assert life.state is State.STOPPED
    assert read(life.release.stopped_said) == "“Runbook updated” is not done"
    assert [cause.kind for cause in decide(life.release, life.electorate, life.now).causes] == ["item"]
    life.tick()
    assert life.state is State.APPROVED, "by the last tick"


def test_a_standard_release_whose_time_is_past_is_not_approved_by_a_tick() -> None:
    life = Life(LISTED, kind=Kind.STANDARD).at("Wed 14:01")
    life.tick()
    assert life.state is State.STOPPED
    with refused("needs_new_time"):
        life.open()


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Runbook updated", "runbook"),
        ("runbook", "runbook"),
        ("“Blog”", "blog"),
        ("b", "blog"),
        ("", None),
        ("x", None),
    ],
)
def test_an_item_is_found_by_how_it_begins(typed: str, found: str | None) -> None:
    item = checklist.find(Life(LISTED).release, typed)
    assert (item.key if item else None) == found


def test_what_may_be_two_items_is_none() -> None:
    both = replace(LISTED, checklist=(RUNBOOK, Item("run", "Run the smoke test")))
    assert checklist.find(Life(both).release, "run") is None


@given(st.lists(st.tuples(st.sampled_from(["runbook", "blog", "load"]), st.booleans()), max_size=12))
def test_never_go_while_a_mandatory_item_is_open(steps: list[tuple[str, bool]]) -> None:
    life = Life(replace(LISTED, checklist=(RUNBOOK, BLOG, LOAD), close="deadline")).at("Tue 12:00")
    life.vote(QI)
    done = {"runbook": False, "blog": False, "load": False}
    for item, wanted in steps:
        try:
            (life.tick if wanted else life.untick)(item, by=ANA)
        except Refusal:
            assert done[item] is wanted, "only what it is already"
        done[item] = wanted
    life.at("Wed 13:30")
    assert (life.state is State.APPROVED) == (done["runbook"] and done["load"])
