"""An override goes without what is missing, keeps the true verdict, and is over when the go is asked for anew."""

from dataclasses import replace

import pytest

from bot.release import override as rule
from bot.release.causes import Check, causes_from_data
from bot.release.decision import Result, decide
from bot.release.electorate import Electorate
from bot.release.errors import Refusal
from bot.release.release import Choice, Kind
from bot.release.states import State
from tests.release.life import ANA, EVE, OPS, QI, SEC, THREE, Life, read, when


def named(life: Life) -> str:
    return read(rule.without(rule.would_skip(life.release, life.electorate, life.freezing, life.now), life.release))


def test_what_is_skipped_is_said_sign_off_by_sign_off() -> None:
    life = Life(THREE).at("Tue 12:00")
    life.vote(QI)
    life.no_go(SEC)
    assert named(life) == "Security (no-go of Sec) and Operations (no answer)"
    life.override()
    assert life.release.override is not None
    assert life.release.override.skipped == (("no_go", "Security"), ("missing", "Operations"))
    assert rule.skipped_roles(life.release) == {"Security", "Operations"}
    assert [event.name for event in life.release.events[-2:]] == ["overridden", "decided"]
    assert life.release.events[-2].why == "production is down"
    assert "production is down" not in str(life.release.events[-2].details), "what people type can be erased"


@pytest.mark.parametrize(("no_go", "verdict"), [(True, Result.NO_GO), (False, Result.NO_DECISION)])
def test_the_round_keeps_the_verdict_that_was_true(no_go: bool, verdict: Result) -> None:
    life = Life(THREE).at("Tue 12:00")
    if no_go:
        life.no_go(SEC)
    life.override()
    held = life.release.round
    assert held is not None
    assert (held.verdict, held.closed_at) == (verdict.value, life.now)
    assert [cause.role for cause in causes_from_data(held.causes or [])] == ["QA", "Security", "Operations"]
    assert decide(life.release, life.electorate, life.now).result is Result.GO, "by override, for the deploy"
    assert life.release.slipped, "the full retrospective is due"


def test_a_closed_round_stays_as_it_closed() -> None:
    life = Life(THREE).at("Tue 12:00")
    life.close_poll()
    closed = life.release.round
    assert closed is not None
    before = replace(closed)
    life.at("Tue 13:00").override()
    assert closed == before


def test_before_the_poll_nobody_was_asked() -> None:
    life = Life(THREE)
    assert named(life) == "QA (not asked yet), Security (not asked yet) and Operations (not asked yet)"
    life.override()
    assert life.state is State.APPROVED
    assert life.release.round is None
    life.at("Tue 10:00")
    assert life.state is State.APPROVED, "no go/no-go opens any more"


def test_a_single_sign_off_is_called_the_go_no_go() -> None:
    assert named(Life().at("Tue 12:00")) == "the go/no-go (no answer)"


def test_on_hold_the_hold_is_skipped_too() -> None:
    life = Life(THREE).at("Tue 12:00")
    life.hold(by=OPS)
    assert named(life).startswith("the hold of Ops, QA (no answer)")
    life.override()
    assert life.state is State.APPROVED
    assert (life.release.held_from, life.release.held_by, life.release.held_why) == (None, None, "")
    assert life.release.override is not None
    assert life.release.override.skipped[0] == ("held", OPS)


def test_its_approval_expires_like_any_other() -> None:
    life = Life(THREE).at("Tue 12:00")
    life.override()
    assert life.release.expires_at == when("Wed 18:00")
    life.at("Wed 18:00")
    assert life.state is State.STOPPED
    again = named(life)
    assert again.startswith("the expiry of its approval, QA (no answer)"), "nobody has signed off since"


def test_it_is_over_when_the_go_is_asked_for_anew() -> None:
    life = Life(THREE).at("Tue 12:00")
    life.override()
    assert life.release.overridden is not None
    life.reschedule("Thu 14:00")
    assert life.release.overridden is None
    assert life.release.override is not None, "it stays known for its review"
    life.at("Wed 10:00")
    for user in (QI, SEC, OPS):
        life.vote(user)
    assert life.state is State.APPROVED
    assert rule.skipped_roles(life.release) == frozenset()


@pytest.mark.parametrize("state", ["complete", "held", "approved on hold", "standard"])
def test_where_a_plain_step_does_it_is_no_emergency(state: str) -> None:
    life = Life(replace(THREE, close="deadline"), kind=Kind.STANDARD if state == "standard" else Kind.NORMAL)
    offers = {"complete": "poll close", "standard": "poll"}.get(state, "resume")
    if state != "standard":
        life.at("Tue 12:00")
        for user in (QI, SEC, OPS):
            life.vote(user)
    if state == "approved on hold":
        life.close_poll()
    if ("h" in state and "hold" in state) or state == "held":
        life.hold()
    with pytest.raises(Refusal) as refused:
        life.override()
    assert (refused.value.code, refused.value.offers) == ("nothing_to_override", (offers,))


def test_what_others_found_is_skipped_by_its_own_words() -> None:
    life = Life().at("Tue 12:00")
    freeze = Check("freeze 7", ("the freeze until Monday",), frozenset({ANA}))
    checked = replace(life.electorate, checks=(freeze,))
    causes = rule.would_skip(life.release, checked, life.freezing, life.now)
    assert read(rule.without(causes, life.release)) == "the go/no-go (no answer) and the freeze until Monday"
    rule.override(life.release, "down", checked, freezing=life.freezing, now=life.now, by=EVE)
    assert life.release.override is not None
    assert ("check", "freeze 7") in life.release.override.skipped
    assert rule.skipped_roles(life.release) == {"QA"}


def test_the_mark_changes_with_what_stands_in_the_way_and_with_nothing_else() -> None:
    life = Life(THREE).at("Tue 12:00")

    def mark(electorate: Electorate | None = None) -> str:
        return rule.mark_of(rule.would_skip(life.release, electorate or life.electorate, life.freezing, life.now))

    first = mark()
    more = replace(life.electorate, eligible={**life.electorate.eligible, "QA": frozenset({QI, EVE})})
    assert mark(more) == first, "who else could answer is no matter"
    life.no_go(SEC)
    second = mark()
    life.vote(QI, Choice.GO)
    assert len({first, second, mark()}) == 3


def test_it_needs_a_reason() -> None:
    with pytest.raises(Refusal) as refused:
        Life().override(why="  ")
    assert refused.value.code == "reason_missing"


def test_a_review_is_due_two_working_days_later() -> None:
    life = Life(now="Thu 17:00", t="Fri 14:00")
    due = rule.review_due(life.release, life.now)
    assert rule.say_date(due) == "Mon 7 Dec"


def test_whoever_did_the_override_does_not_review_it() -> None:
    life = Life()
    life.override(by=EVE)
    with pytest.raises(Refusal) as refused:
        life.review(by=EVE)
    assert refused.value.code == "close_by_another"
    with pytest.raises(Refusal) as refused:
        life.review(note=" ")
    assert refused.value.code == "reason_missing"
    life.review(by=ANA)
    assert life.release.events[-1].name == "review_closed"
