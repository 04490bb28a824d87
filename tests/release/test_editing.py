"""What an edit asks again, and what becomes of a late change."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.release.errors import FieldRefusal, Refusal
from bot.release.evidence import replay, stored
from bot.release.late import cut_off
from bot.release.policy import Cover, Milestone, SignOff
from bot.release.release import Kind, Risk
from bot.release.states import State
from tests.release.life import ANA, EVE, ONE_QA, OPS, QI, QUINN, SEC, THREE, TOM, Life, read, when

CHANGES, PLAN = frozenset({Cover.CHANGES}), frozenset({Cover.ROLLBACK_PLAN})
#: QA vouches for what's in it, Operations for how to roll it back, Security for all of it.
SCOPED = replace(
    THREE,
    name="scoped",
    sign_offs=(
        SignOff("QA", people=frozenset({QI, QUINN}), covers=CHANGES),
        SignOff("Security", people=frozenset({SEC}), covers=frozenset(Cover)),
        SignOff("Operations", people=frozenset({OPS}), covers=PLAN),
    ),
)
#: Its content is final on the day before at noon.
CUT = replace(SCOPED, code_cut_off=Milestone(working_days=1, at="12:00"))


def voted(policy: object = SCOPED, *users: str, now: str = "Tue 11:00") -> Life:
    life = Life(policy).at(now)  # type: ignore[arg-type]
    for user in users or (QI, OPS):
        life.vote(user)
    return life


@pytest.mark.parametrize(
    ("wanted", "touched", "stand"),
    [
        ({"changes": "faster refunds, hotfix"}, ("QA",), ("Operations",)),
        ({"risk": "high"}, ("QA",), ("Operations",)),
        ({"links": "https://ci.example.com/412 tests"}, ("QA",), ("Operations",)),
        ({"rollback_plan": "switch it off"}, ("Operations",), ("QA",)),
        ({"rollback_plan": "switch it off", "changes": "less"}, ("QA", "Operations"), ()),
        ({"deployer": TOM}, (), ("QA", "Operations")),
    ],
)
def test_an_edit_touches_what_covers_it_and_nothing_else(
    wanted: dict[str, str], touched: tuple[str, ...], stand: tuple[str, ...]
) -> None:
    life = voted()
    done = life.edit(**wanted)
    assert (done.touched, done.stand) == (touched, stand)
    counted = {vote.sign_off for vote in life.release.standing(life.release.round_votes())}
    assert counted == {*stand}
    assert life.state is State.OPEN


def test_what_is_put_back_as_it_was_counts_as_it_did() -> None:
    life = voted()
    life.edit(changes="something else")
    life.edit(changes="faster refunds")
    assert life.release.standing(life.release.round_votes()) == life.release.round_votes()


def test_an_edit_that_changes_nothing_says_so() -> None:
    life = voted()
    with pytest.raises(Refusal) as refused:
        life.edit(changes=" faster refunds ", risk="medium", deployer=ANA)
    assert refused.value.code == "nothing_changed"
    assert life.release.content_revision == 0


def test_an_edit_of_what_was_approved_asks_again_and_keeps_the_others() -> None:
    life = voted(SCOPED, QI, SEC, OPS)
    assert life.state is State.APPROVED
    done = life.edit(rollback_plan="switch it off")
    assert done.approval_ended and done.touched == ("Security", "Operations")
    assert life.state is State.OPEN and life.release.decided_at is None
    assert [(vote.user, vote.kept) for vote in life.release.round_votes()] == [(QI, True)]
    for user in (SEC, OPS):
        life.vote(user)
    assert life.state is State.APPROVED


def test_who_deploys_an_approved_release_may_be_changed() -> None:
    life = voted(SCOPED, QI, SEC, OPS)
    life.edit(deployer=TOM)
    assert (life.state, life.release.deployer) == (State.APPROVED, TOM)
    life.edit(deployer="")
    assert life.release.deployer is None


def test_without_time_to_ask_an_approval_is_not_given_up() -> None:
    life = voted(SCOPED, QI, SEC, OPS).at("Wed 13:45")
    with pytest.raises(Refusal) as refused:
        life.edit(changes="less")
    assert (refused.value.code, refused.value.offers) == ("needs_new_time", ("reschedule",))
    assert (life.state, life.release.changes) == (State.APPROVED, "faster refunds")


def test_an_override_holds_for_what_it_was_about() -> None:
    life = voted()
    life.override()
    life.edit(changes="less")
    assert life.state is State.OPEN and life.release.overridden is None


def test_a_standard_release_is_edited_without_asking_anybody() -> None:
    life = Life(SCOPED, kind=Kind.STANDARD).at("Tue 11:00")
    assert life.state is State.APPROVED
    done = life.edit(changes="less")
    assert (life.state, done.approval_ended) == (State.APPROVED, False)


def test_on_hold_it_is_edited_and_asked_again_once_resumed() -> None:
    life = voted(SCOPED, QI, SEC, OPS)
    life.hold()
    life.edit(risk="high")
    assert life.state is State.ON_HOLD and life.release.risk is Risk.HIGH
    life.resume()
    assert life.state is State.OPEN


def test_who_signed_off_does_not_become_the_deployer_where_duties_are_apart() -> None:
    apart = replace(ONE_QA, sign_offs=(SignOff("QA", people=frozenset({QI, QUINN}), deployer_may=False),))
    life = voted(apart, QI)
    with pytest.raises(FieldRefusal) as refused:
        life.edit(deployer=QI)
    assert (refused.value.field, refused.value.code) == ("deployer", "duties_separated")
    life.edit(deployer=QUINN)
    assert life.release.deployer == QUINN


def test_who_signed_off_for_somebody_else_does_not_either() -> None:
    apart = replace(ONE_QA, sign_offs=(SignOff("QA", people=frozenset({QI, QUINN}), deployer_may=False),))
    life = voted(apart, QI)
    life.release.votes = [replace(life.release.votes[0], cast_by=EVE)]
    with pytest.raises(FieldRefusal) as refused:
        life.edit(deployer=EVE)
    assert refused.value.code == "duties_separated"


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"risk": "huge"}, "risk"),
        ({"links": "ci.example.com"}, "links"),
        ({"links": "https://ci.example.com/1|<!channel>"}, "links"),
        ({"links": "https://"}, "links"),
        ({"links": "\n".join(f"https://ci.example.com/{n}" for n in range(11))}, "links"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(wanted: dict[str, str], field: str) -> None:
    with pytest.raises(FieldRefusal) as refused:
        voted().edit(**wanted)
    assert refused.value.field == field


# ---- late changes ------------------------------------------------------------------------------


def late() -> Life:
    """Tom asked for a late change; QA and Operations said go before."""
    life = voted(CUT)
    life.at("Tue 12:30").ask_late()
    return life


def test_a_late_change_blocks_and_takes_no_vote_away() -> None:
    life = late()
    life.vote(SEC)
    assert life.state is State.OPEN
    (cause,) = life.verdict().causes
    assert (cause.kind, cause.who_can, cause.since) == ("late_change", {ANA}, when("Tue 12:30"))
    assert read(cause.said) == "A late change that Tom asked for Tue 12:30 waits for Ana"
    assert [fix.verb for fix in cause.fixes] == ["late accept", "late refuse"]


def test_accepted_after_the_go_it_is_asked_about_again() -> None:
    life = voted(CUT, QI, OPS, SEC)
    life.at("Tue 12:30").ask_late()
    assert life.state is State.APPROVED, "what was decided stays decided until it is accepted"
    done = life.accept_late()
    assert done.approval_ended and life.state is State.OPEN


def test_a_late_change_whose_words_were_erased_can_only_be_refused() -> None:
    life = late()
    assert life.release.late is not None
    life.release.late = replace(life.release.late, wanted={})
    with pytest.raises(Refusal) as refused:
        life.accept_late()
    assert (refused.value.code, refused.value.offers) == ("nothing_changed", ("late refuse", "edit"))
    life.refuse_late()
    assert life.release.late is None


def test_refused_it_is_as_if_nobody_had_asked() -> None:
    life = late()
    life.vote(SEC)
    life.refuse_late()
    assert (life.state, life.release.late, life.release.changes) == (State.APPROVED, None, "faster refunds")


def test_accepted_it_asks_again_whom_it_touches() -> None:
    life = late()
    life.vote(SEC)
    done = life.accept_late()
    assert (done.touched, done.stand) == (("QA", "Security"), ("Operations",))
    assert (life.state, life.release.changes) == (State.OPEN, "faster refunds, hotfix 4411")


def test_another_edit_of_the_same_takes_its_place() -> None:
    life = late()
    life.ask_late(by=EVE, number=2, changes="nothing but the hotfix")
    assert life.release.late is not None and life.release.late.number == 2
    with pytest.raises(Refusal) as refused:
        life.accept_late(1)
    assert refused.value.code == "already_done"
    life.edit(rollback_plan="switch it off")
    assert life.release.late is not None, "that is another matter"
    life.accept_late(2)
    assert (life.release.changes, life.release.rollback_plan) == ("nothing but the hotfix", "switch it off")


def test_a_late_change_needs_a_reason() -> None:
    life = voted(CUT).at("Tue 12:30")
    with pytest.raises(FieldRefusal) as refused:
        life.ask_late(why=" ")
    assert refused.value.field == "why"


def test_a_refusal_needs_one_too() -> None:
    with pytest.raises(Refusal) as refused:
        late().refuse_late(why=" ")
    assert refused.value.code == "reason_missing"


def test_at_the_deadline_what_nobody_decided_is_no_decision() -> None:
    life = late()
    life.vote(SEC)
    life.at("Wed 13:30")
    assert life.state is State.STOPPED
    assert "the late change of Tom is not decided" in read(life.release.stopped_said)
    record = next(event for event in life.release.events if event.name == "decided").details["inputs"]
    assert replay(record) == stored(record), "whoever runs the rule again finds it, too"
    life.refuse_late()
    assert life.state is State.STOPPED, "a closed poll stays closed"


def test_what_was_not_accepted_before_the_deploy_does_not_go_live() -> None:
    life = voted(CUT, QI, OPS, SEC)
    life.at("Wed 13:55").ask_late()
    life.start()
    assert life.release.late is None
    with pytest.raises(Refusal) as refused:
        life.accept_late()
    assert refused.value.code == "not_late_in_deploying"


def test_a_cut_off_at_t_is_none() -> None:
    assert cut_off(Life(replace(SCOPED, code_cut_off=Milestone())).release) is None
    assert cut_off(Life(SCOPED).release) is None
    assert cut_off(Life(CUT).release) == when("Tue 12:00")
    moved = Life(replace(SCOPED, code_cut_off=Milestone(before=timedelta(hours=2))))
    assert cut_off(moved.release) == when("Wed 12:00")
