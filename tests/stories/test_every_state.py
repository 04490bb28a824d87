"""The whole table of states again, by what people type and click in Slack and by the clock, against the same cells.

`drop` needs a second part and is walked in the domain's own test; a tick
needs a checklist and a review an override: they have stories of their own.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.release.planning import due
from bot.release.policy import LIGHT, Milestone, SignOff
from bot.release.states import Alarm, Move, State
from storage.work import Work
from tests.release.test_states_table import ALARM_TABLE, MOVE_TABLE, rows
from tests.story import Seen, Story

#: What is typed for a move, before and after the release's name.
TYPED = {
    Move.POLL: ("poll", ""), Move.POLL_CLOSE: ("poll close", ""), Move.EXTEND: ("extend", "5m"),
    Move.VOTE: ("go", ""), Move.CONDITION: ("condition done", ""),
    Move.RECORD_GO: ("go-for", "Jo Miller https://mail.example/4711"),
    Move.ADD_SIGN_OFF: ("add-sign-off", "Legal {eve}"),
    Move.HOLD: ("hold", "the database"), Move.RESUME: ("resume", ""),
    Move.RESCHEDULE: ("reschedule", "in 2h"), Move.TAKE_OVER: ("take-over", ""),
    Move.DEPLOY_START: ("deploy start", ""), Move.DEPLOY_DONE: ("deploy done", ""),
    Move.DEPLOY_FAIL: ("deploy fail", "smoke test is red"), Move.ROLLBACK: ("rollback", ""),
    Move.ROLLED_BACK: ("rolled-back", ""), Move.CANCEL: ("cancel", "superseded"), Move.RETRO: ("retro", ""),
    Move.OVERRIDE: ("override", "production is down"), Move.EDIT: ("edit", "hotfix 4411"),
    Move.LATE: ("late accept", ""),
    Move.REAPPLY: ("re-apply", ""),
}  # fmt: skip
NOT_HERE = (Move.DROP, Move.TICK, Move.REVIEW)
HELD_BY_BO = (Move.VOTE, Move.TAKE_OVER)


class Walk:
    """Brings one release after the other into a state, by real gestures."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.ana, self.bo = story.people("ana", "bo")
        self.made = 0

    async def begins(self) -> None:
        """The table's plain policy: one QA sign-off, opened a day before, and half an hour of monitoring."""
        plain = replace(
            LIGHT, name="plain", is_default=True, sign_offs=(SignOff("QA", people=frozenset({self.bo.id})),),
            opens=Milestone(before=timedelta(hours=26)), closes=Milestone(before=timedelta(minutes=30)),
            monitoring=timedelta(minutes=30),
        )  # fmt: skip
        self.plain = plain
        await self.story.follows(plain)

    async def does(self, move: Move, name: str) -> Seen:
        verb, rest = TYPED[move]
        if move is Move.RESCHEDULE and (await self.story.release(name)).state == State.SCHEDULED.value:
            rest = "in 61h"
        rest = rest.format(eve=f"<@{self.story.box.person('eve').id}>")
        who = self.bo if move in HELD_BY_BO else self.ana
        if move is Move.REAPPLY:
            self.plain = replace(self.plain, approval_lasts=self.plain.approval_lasts + timedelta(minutes=1))
            await self.story.follows(self.plain)
        if move is Move.RETRO and (await self.story.release(name)).state == State.RELEASED.value:
            await self.story.advance(days=4)  # past the next working day: before it is asked for, it closes nothing
        seen = await who.types(f"/release {verb} {name} {rest}".strip())
        if "[Take it over]" in seen.text:
            seen = await who.clicks("Take it over")
        if seen.modal is not None and move is Move.RETRO:
            seen = await who.submits(well="All of it")
        if seen.modal is not None and move is Move.EDIT:
            seen = await who.submits()
            await who.closes_modal()
        if seen.modal is not None and move is Move.OVERRIDE:
            boxes = next(block for block in seen.modal["blocks"] if block["block_id"] == "skip0")["element"]["options"]
            seen = await who.submits(skip0=[box["value"] for box in boxes])
            await who.closes_modal()
        return seen

    async def brings(self, state: State) -> str:
        """The name of a new release in this state."""
        self.made += 1
        name = f"svc{self.made} 1.0"
        await self.ana.types(f"/release new {name} " + ("in 60h" if state is State.SCHEDULED else "in 55m"))
        ways: dict[State, tuple[Move, ...]] = {
            State.STOPPED: (Move.POLL_CLOSE,),
            State.ON_HOLD: (Move.HOLD,),
            State.CANCELLED: (Move.CANCEL,),
            State.APPROVED: (Move.VOTE,),
            State.DEPLOYING: (Move.VOTE, Move.DEPLOY_START),
            State.ROLLING_BACK: (Move.VOTE, Move.DEPLOY_START, Move.ROLLBACK),
            State.ROLLED_BACK: (Move.VOTE, Move.DEPLOY_START, Move.ROLLBACK, Move.ROLLED_BACK),
            State.MONITORING: (Move.VOTE, Move.DEPLOY_START, Move.DEPLOY_DONE),
        }
        live = (State.RELEASED, State.CLOSED)
        for move in ways[State.MONITORING] if state in live else ways.get(state, ()):
            await self.does(move, name)
        if state in live:
            await self.story.advance(minutes=30)
        if state is State.CLOSED:
            await self.does(Move.RETRO, name)
        stand = await self.story.release(name)
        assert stand.state == state.value
        return name


@pytest.mark.once
async def test_every_verb_in_every_state(story: Story) -> None:
    walk = Walk(story)
    await walk.begins()
    refused: dict[State, str] = {}  # one release per state stands for all that is refused: it changes nothing
    order = list(State)
    for state, name, leads_to in sorted(rows(MOVE_TABLE), key=lambda row: order.index(row[0])):
        move = Move(name)
        if move in NOT_HERE:
            continue
        if leads_to is None and state not in refused:
            refused[state] = await walk.brings(state)
        release = refused[state] if leads_to is None else await walk.brings(state)
        before = await story.release(release)
        seen = await walk.does(move, release)
        after = await story.release(release)
        assert after.state == (leads_to or state).value, (state, move, seen.text)
        if leads_to is None:
            assert after == before, (state, move)
            assert release in seen.text and "went wrong" not in seen.text, (state, move, seen.text)
        else:
            assert len(after.history) > len(before.history), (state, move)


@pytest.mark.once
async def test_every_timer_in_every_state(story: Story) -> None:
    walk = Walk(story)
    await walk.begins()
    cells = rows(ALARM_TABLE)
    for state in State:
        expected = {Alarm(name): leads_to for one, name, leads_to in cells if one is state and leads_to}
        release = await walk.brings(state)

        def look(work: Work, name: str = release) -> object:
            service, version = name.split()
            return due(work.releases.find(service, version, open_only=False)[0])

        found = await story.app.store.read(look, workspace=story.app.workspace)
        if not expected:
            await story.advance(days=30)
            assert (await story.release(release)).state == state.value, state
            continue
        assert isinstance(found, tuple) and found[0] in expected, state
        wait = found[1] - story.clock.now()
        await story.advance(minutes=(wait - timedelta(seconds=1)).total_seconds() / 60)
        assert (await story.release(release)).state == state.value, "not before its time"
        await story.advance(minutes=1 / 60)
        leads_to = expected[found[0]]
        assert leads_to is not None
        assert (await story.release(release)).state == leads_to.value, state
