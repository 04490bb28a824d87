"""The whole table of states: what each move and each alarm does in every state, written down by hand.

A cell is the state it leads to, or a dot for a refusal. The release is the plain one: a single QA sign-off, one part,
watched for half an hour; held means held while open; a vote is a go; reschedule moves it by an hour. `drop` is tried
on a release with a second part that was not started, `tick` on one with a checklist.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.release import planning
from bot.release.errors import Refusal
from bot.release.states import ALARMS, MOVES, Alarm, Move, State, may
from tests.release.life import EVE, QI, RUNBOOK, Life, when

SHORT = {
    "sch": State.SCHEDULED, "opn": State.OPEN, "app": State.APPROVED, "stp": State.STOPPED, "hld": State.ON_HOLD,
    "dep": State.DEPLOYING, "mon": State.MONITORING, "rel": State.RELEASED, "rbk": State.ROLLING_BACK,
    "rbd": State.ROLLED_BACK, "can": State.CANCELLED, "clo": State.CLOSED,
}  # fmt: skip

MOVE_TABLE = """
                  sch  opn  app  stp  hld  dep  mon  rel  rbk  rbd  can  clo
poll              opn   .    .   opn   .    .    .    .    .    .    .    .
poll close         .   stp   .    .    .    .    .    .    .    .    .    .
extend             .   opn   .   opn   .    .    .    .    .    .    .    .
vote               .   app   .    .   hld   .    .    .    .    .    .    .
condition          .    .    .    .    .    .    .    .    .    .    .    .
record-go          .    .    .    .    .    .    .    .    .    .    .    .
add-sign-off      sch  opn   .   stp  hld   .    .    .    .    .    .    .
hold              hld  hld  hld   .    .    .    .    .    .    .    .    .
resume             .    .    .    .   opn   .    .    .    .    .    .    .
reschedule        sch  opn  app  opn  hld   .    .    .    .    .    .    .
edit              sch  opn  opn  stp  hld   .    .    .    .    .    .    .
late-change        .    .    .    .    .    .    .    .    .    .    .    .
take-over         sch  opn  app  stp  hld  dep  mon  rel  rbk  rbd   .    .
deploy start       .    .   dep   .    .    .    .    .    .    .    .    .
deploy done        .    .    .    .    .   mon   .    .    .    .    .    .
deploy fail        .    .    .    .    .   dep   .    .    .    .    .    .
drop              sch  opn  app  stp  hld  dep   .    .    .    .    .    .
rollback           .    .    .    .    .   rbk  rbk  rbk   .    .    .    .
rolled-back        .    .    .    .    .    .    .    .   rbd   .    .    .
cancel            can  can  can  can  can   .    .    .    .    .    .    .
re-apply          sch  opn  app  stp  hld   .    .    .    .    .    .    .
retro              .    .    .    .    .    .    .   clo   .   clo   .   clo
tick              sch  opn   .   stp  hld   .    .    .    .    .    .    .
override          app  app   .   app  app   .    .    .    .    .    .    .
review            sch  opn  app  stp  hld  dep  mon  rel  rbk  rbd  can  clo
"""

ALARM_TABLE = """
                  sch  opn  app  stp  hld  dep  mon  rel  rbk  rbd  can  clo
poll opens        opn   .    .    .    .    .    .    .    .    .    .    .
poll closes        .   stp   .    .    .    .    .    .    .    .    .    .
condition due      .   opn   .    .    .    .    .    .    .    .    .    .
approval expires   .    .   stp   .    .    .    .    .    .    .    .    .
monitoring ends    .    .    .    .    .    .   rel   .    .    .    .    .
closes             .    .    .    .    .    .    .   clo   .   clo   .    .
"""

#: Where a refusal has a better reason than the state alone.
REASONS = {
    (State.SCHEDULED, Move.VOTE): "not_open_yet",
    (State.APPROVED, Move.VOTE): "already_decided",
    (State.APPROVED, Move.TICK): "already_decided",
    (State.STOPPED, Move.VOTE): "poll_closed",
    (State.SCHEDULED, Move.LATE): "already_done",
    (State.OPEN, Move.LATE): "already_done",
    (State.APPROVED, Move.LATE): "already_done",
    (State.STOPPED, Move.LATE): "already_done",
    (State.ON_HOLD, Move.LATE): "already_done",
    (State.OPEN, Move.CONDITION): "no_condition",
    (State.ON_HOLD, Move.CONDITION): "no_condition",
    (State.OPEN, Move.RECORD_GO): "nobody_recorded",
    (State.ON_HOLD, Move.RECORD_GO): "nobody_recorded",
    (State.SCHEDULED, Move.DEPLOY_START): "not_approved",
    (State.OPEN, Move.DEPLOY_START): "not_approved",
    (State.STOPPED, Move.DEPLOY_START): "not_approved",
    (State.ON_HOLD, Move.DEPLOY_START): "not_approved",
    (State.DEPLOYING, Move.DEPLOY_START): "part_in_other_state",
    (State.DEPLOYING, Move.ROLLED_BACK): "part_in_other_state",
    (State.SCHEDULED, Move.ROLLBACK): "nothing_deployed",
    (State.OPEN, Move.ROLLBACK): "nothing_deployed",
    (State.APPROVED, Move.ROLLBACK): "nothing_deployed",
    (State.STOPPED, Move.ROLLBACK): "nothing_deployed",
    (State.ON_HOLD, Move.ROLLBACK): "nothing_deployed",
}

#: Refused here only because of the plain release's content; the table of the house allows them.
ALLOWED_FOR_OTHERS = {
    (State.DEPLOYING, Move.DEPLOY_START), (State.DEPLOYING, Move.ROLLED_BACK), (State.ROLLING_BACK, Move.ROLLBACK),
    (State.OPEN, Move.CONDITION), (State.ON_HOLD, Move.CONDITION),
    (State.SCHEDULED, Move.LATE), (State.OPEN, Move.LATE), (State.APPROVED, Move.LATE), (State.STOPPED, Move.LATE),
    (State.ON_HOLD, Move.LATE),
    (State.OPEN, Move.RECORD_GO), (State.ON_HOLD, Move.RECORD_GO),
}  # fmt: skip

#: Refusals after the deploy has begun say what to do instead.
OFFERS_ROLLBACK = {
    (state, move)
    for state in (State.DEPLOYING, State.MONITORING, State.RELEASED)
    for move in (Move.HOLD, Move.RESCHEDULE, Move.CANCEL, Move.EDIT, Move.LATE)
}

TWO_PARTS = ("payments 2.14.0", "web 5.1")
NEVER_STARTED = "web"


def rows(table: str) -> list[tuple[State, str, State | None]]:
    header, *lines = table.strip("\n").splitlines()
    return [
        (SHORT[column], line[:18].strip(), SHORT.get(cell))
        for line in lines
        for column, cell in zip(header.split(), line[18:].split(), strict=True)
    ]


def bring(state: State, *, parts: tuple[str, ...] = ("payments 2.14.0",)) -> Life:
    """A release that came into this state by real moves. Of two parts only the first is started."""
    life = Life(parts=parts)
    first = "payments" if len(parts) > 1 else None
    if state is State.SCHEDULED:
        return life
    life.at("Tue 12:00")
    if state is State.OPEN:
        return life
    if state is State.STOPPED:
        life.close_poll()
        return life
    if state is State.ON_HOLD:
        life.hold()
        return life
    if state is State.CANCELLED:
        life.cancel()
        return life
    life.vote(QI)
    if state is State.APPROVED:
        return life
    life.at("Wed 14:00").start(first)
    if state is State.DEPLOYING:
        return life
    if state in (State.ROLLING_BACK, State.ROLLED_BACK):
        life.rollback()
        if state is State.ROLLED_BACK:
            life.rolled_back()
        return life
    if first:
        life.drop(NEVER_STARTED)
    life.done()
    if state is State.MONITORING:
        return life
    life.at("Wed 14:30")
    if state is State.CLOSED:
        life.retro()
    return life


TRY: dict[Move, Callable[[Life], object]] = {
    Move.POLL: lambda life: life.open(),
    Move.POLL_CLOSE: lambda life: life.close_poll(),
    Move.EXTEND: lambda life: life.extend(30),
    Move.VOTE: lambda life: life.vote(QI),
    Move.CONDITION: lambda life: life.settle(),
    Move.RECORD_GO: lambda life: life.record_go("Jo Miller"),
    Move.ADD_SIGN_OFF: lambda life: life.add_sign_off("Legal", EVE),
    Move.HOLD: lambda life: life.hold(),
    Move.RESUME: lambda life: life.resume(),
    Move.RESCHEDULE: lambda life: life.reschedule("Wed 15:00"),
    Move.TAKE_OVER: lambda life: life.take_over(),
    Move.DEPLOY_START: lambda life: life.start(),
    Move.DEPLOY_DONE: lambda life: life.done(),
    Move.DEPLOY_FAIL: lambda life: life.fail(),
    Move.DROP: lambda life: life.drop(NEVER_STARTED),
    Move.ROLLBACK: lambda life: life.rollback(),
    Move.ROLLED_BACK: lambda life: life.rolled_back(),
    Move.CANCEL: lambda life: life.cancel(),
    Move.REAPPLY: lambda life: life.reapply(),
    Move.RETRO: lambda life: life.retro(),
    Move.EDIT: lambda life: life.edit(),
    Move.LATE: lambda life: life.accept_late(),
    Move.TICK: lambda life: life.tick(),
    Move.OVERRIDE: lambda life: life.override(),
    Move.REVIEW: lambda life: life.review(),
}


@pytest.mark.parametrize(("state", "name", "leads_to"), rows(MOVE_TABLE))
def test_every_move_in_every_state(state: State, name: str, leads_to: State | None) -> None:
    move = Move(name)
    life = bring(state, parts=TWO_PARTS if move is Move.DROP else TWO_PARTS[:1])
    if move is Move.TICK:
        life.release.policy = replace(life.release.policy, checklist=(RUNBOOK,))
    assert life.state is state
    before = deepcopy(life.release)
    if leads_to is not None:
        TRY[move](life)
        assert life.state is leads_to
        assert len(life.release.events) > len(before.events), "what happened is recorded"
        return
    with pytest.raises(Refusal) as refused:
        TRY[move](life)
    assert refused.value.code == REASONS.get((state, move), f"not_{move.name.lower()}_in_{state.value}")
    assert refused.value.words
    assert life.release == before, "a refused move changes nothing and records nothing"
    if (state, move) in OFFERS_ROLLBACK:
        assert refused.value.offers == ("rollback",)


@pytest.mark.parametrize(("state", "name", "leads_to"), rows(ALARM_TABLE))
def test_every_alarm_in_every_state(state: State, name: str, leads_to: State | None) -> None:
    alarm = Alarm(name)
    life = bring(state)
    if alarm is Alarm.CONDITION_DUE and state is State.OPEN:
        life.go_if(QI, "Tue 13:00")
    due = planning.due(life.release)
    if leads_to is None:
        assert due is None or due[0] is not alarm
        before = deepcopy(life.release)
        planning.let_time_pass(life.release, life.electorate, life.now)
        assert life.release == before, "an old alarm that rings now changes nothing"
        return
    assert due is not None
    assert due[0] is alarm
    before = deepcopy(life.release)
    planning.let_time_pass(life.release, life.electorate, due[1] - timedelta(microseconds=1))
    assert life.release == before, "nothing happens before its time"
    planning.let_time_pass(life.release, life.electorate, due[1])
    assert life.state is leads_to
    assert all(event.by is None for event in life.release.events[len(before.events) :]), "it was the clock"


@pytest.mark.parametrize("state", [state for state in State if not ALARMS[state]])
def test_where_no_alarm_is_nothing_happens_ever(state: State) -> None:
    life = bring(state)
    before = deepcopy(life.release)
    planning.let_time_pass(life.release, life.electorate, when("Mon+3650 10:00"))
    assert life.release == before


def test_the_house_table_says_what_this_one_says() -> None:
    allowed = {(state, Move(name)) for state, name, leads_to in rows(MOVE_TABLE) if leads_to} | ALLOWED_FOR_OTHERS
    assert {(state, move) for state in State for move in Move if may(state, move)} == allowed
    assert all(leads_to in MOVES[state][Move(name)] for state, name, leads_to in rows(MOVE_TABLE) if leads_to)
    rings = {(state, Alarm(name)) for state, name, leads_to in rows(ALARM_TABLE) if leads_to}
    assert {(state, alarm) for state in State for alarm in ALARMS[state]} == rings
    assert all(leads_to in ALARMS[state][Alarm(name)] for state, name, leads_to in rows(ALARM_TABLE) if leads_to)
