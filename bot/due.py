"""Do what is due: one timer, one transaction, one outcome; in order per release, on whichever replica is first."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog

from bot.clock import Clock
from bot.kit import follow
from bot.kit.declare import Catalogue
from bot.kit.desk import Desk
from bot.meters import Meters
from bot.release.planning import let_time_pass
from bot.release.states import STATE_WORDS
from storage.appointments import AppointmentRow
from storage.engine import Store, is_trouble
from storage.settling import Settling
from storage.timers import TimerRow
from storage.work import Work

log = structlog.get_logger(__name__)

#: At most this many timers are looked for at once.
BATCH = 200
#: So many of them wait for the database at a time: more would keep clicks waiting behind them.
TOGETHER = {"sqlite": 16, "postgresql": 4}
#: After this a timer that failed is tried again (story time).
RETRY = timedelta(seconds=30)
#: After this one is that met nothing but trouble with the database, such as somebody's lock.
SOON = timedelta(seconds=2)
_AWAY = "T-Minus was not running then"
_CAME_INSTEAD = f"{_AWAY}; the next one came instead"


@dataclass(frozen=True)
class _Queue:
    """Rows of one sort that are due: where they are kept, how to see them, and to run one in a unit of work.

    `go_on` plans what follows one that failed for good.
    """

    rows: Callable[[Work], Settling[Any]]
    due: Callable[[Work, datetime], list[int]]
    run: Callable[..., bool]
    go_on: Callable[[Desk, Any], None]


class Due:
    """`wake` is called when something was done that may have to be sent."""

    def __init__(self, catalogue: Catalogue, store: Store, clock: Clock, meters: Meters) -> None:
        self.catalogue = catalogue
        self.meters = meters
        self.store = store
        self.clock = clock
        self.wake: Callable[[], None] = lambda: None
        self.refresh: Callable[[int, frozenset[str]], None] = lambda workspace, sources: None

        def due_timers(work: Work, now: datetime) -> list[int]:
            return work.timers.due(now, frozenset(catalogue.prompts), BATCH)

        def due_appointments(work: Work, now: datetime) -> list[int]:
            return work.appointments.due(now, frozenset(catalogue.appointments), BATCH)

        self._timers = _Queue(lambda work: work.timers, due_timers, self._timer, self._next_timer)
        self._appointments = _Queue(
            lambda work: work.appointments, due_appointments, self._appointment, self._next_appointment
        )

    async def drain(self) -> int:
        """Run what is due by the clock's present time. Returns how many were settled or put off."""
        return await self._drain(self._timers) + await self._drain(self._appointments)

    async def _drain(self, queue: "_Queue") -> int:
        settled = 0
        while settled < BATCH:
            # Seen without keeping the writer from its work.
            due = await self.store.read(lambda work: queue.due(work, self.clock.now()))
            run = await self._run(due, queue)
            if not run:  # nothing is due, or all that is due is in the hands of another replica
                break
            settled += run
            self.wake()
        return settled

    async def _run(self, due: list[int], queue: "_Queue") -> int:
        """Run these, several at a time: SQLite's writer makes them durable together. Returns how many were ours."""
        waiting = iter(due)

        async def in_turn() -> int:
            return sum([await self._settle(id, queue) for id in waiting])  # one iterator for all

        async with asyncio.TaskGroup() as group:
            lanes = [group.create_task(in_turn()) for _ in range(min(len(due), TOGETHER[self.store.dialect]))]
        return sum(lane.result() for lane in lanes)

    async def _settle(self, id: int, queue: "_Queue") -> bool:
        """Run one, or put it off where that fails. Whether it was ours to run."""
        claimed: list[TimerRow | AppointmentRow] = []
        unread: set[str] = set()
        try:
            if not await self.store.write(partial(queue.run, id=id, claimed=claimed, unread=unread)):
                return False
        except Exception as problem:
            if not claimed:
                raise
            log.exception("timer_failed", timer=id, name=_name(claimed[-1]))
            await self._postpone(claimed[-1], queue, problem)
        else:
            self.meters.lateness.observe(max(0.0, (self.clock.now() - claimed[-1].due_at).total_seconds()))
            if unread:
                self.refresh(claimed[-1].workspace_id, frozenset(unread))
        return True

    async def _postpone(self, row: TimerRow | AppointmentRow, queue: "_Queue", problem: Exception) -> None:
        """Try what failed again later; after some tries it is dead, and shown on health.

        A database that is away, or has no room, says nothing about it: it is tried until that is over.
        """
        counts, error = not is_trouble(problem), type(problem).__name__
        again = self.clock.now() + (RETRY if counts else SOON)

        def put_off(work: Work) -> None:
            if queue.rows(work).failed(row.id, error, again, counts=counts):
                self._go_on(work, queue, row)

        await self.store.write(put_off)

    def _go_on(self, work: Work, queue: "_Queue", row: TimerRow | AppointmentRow) -> None:
        """What failed for good ends nothing that recurs. Where even planning fails, it is dead all the same."""
        work.cause = f"{'timer' if isinstance(row, TimerRow) else 'appointment'} {row.id}"
        work.enter(row.workspace_id)
        try:
            with work.savepoint():
                queue.go_on(Desk(work, self.catalogue, unasked=True), row)
        except Exception as problem:
            if is_trouble(problem):
                raise
            log.exception("timer_failed", timer=row.id, name=f"what follows {_name(row)}")

    def _timer(self, work: Work, id: int, claimed: list[TimerRow | AppointmentRow], unread: set[str]) -> bool:
        row = work.timers.claim(id, work.now, frozenset(self.catalogue.prompts))
        if row is None:
            return False
        claimed.append(row)
        work.cause = f"timer {row.id}"
        work.enter(row.workspace_id)
        work.timers.done(row.id)  # now, so that planning anew leaves it alone; a skip says otherwise below
        desk = Desk(work, self.catalogue, unasked=True)
        release = work.releases.lock(row.release_id)
        if release is None:
            work.timers.skip(row.id, "the release is gone")
            return True
        of_another_plan = row.plan_revision != release.plan_revision
        let_time_pass(release, desk.electorate(release), desk.now)
        follow.flush(release, desk)
        prompt = self.catalogue.prompts[row.name]
        late = desk.now - row.due_at
        if of_another_plan and not prompt.by_hand:  # it was left to us by a version that does not know it
            work.timers.skip(row.id, "the release was planned anew")
            follow.plan(release, desk)
        elif release.state not in prompt.while_in:
            work.timers.skip(row.id, f"not needed: it was {STATE_WORDS[release.state]} by then")
        elif work.timers.is_followed(row, desk.now):
            work.timers.skip(row.id, _CAME_INSTEAD)
        elif prompt.grace is not None and late > prompt.grace:
            work.timers.skip(row.id, f"{_AWAY}, and afterwards it was too late to help")
        else:
            desk.stale.clear()  # what is shown may be old; what a prompt asks for is read
            prompt.run(release, desk, row.recipient)
            unread |= desk.stale
            follow.flush(release, desk)
            follow.plan(release, desk)  # what is asked again and again is planned one at a time
        return True

    def _appointment(self, work: Work, id: int, claimed: list[TimerRow | AppointmentRow], unread: set[str]) -> bool:
        row = work.appointments.claim(id, work.now)
        if row is None:
            return False
        claimed.append(row)
        work.cause = f"appointment {row.id}"
        work.enter(row.workspace_id)
        work.appointments.done(row.id)  # now, so that planning the next leaves it alone; a skip says otherwise below
        desk = Desk(work, self.catalogue, unasked=True)
        kept = self.catalogue.appointments[row.kind]
        late = desk.now - row.due_at
        followed = not kept.each and work.appointments.is_followed(row, desk.now)
        if not kept.each and not followed:  # several are run at a time, and the last may be the first of them
            work.appointments.skip_before(row, _CAME_INSTEAD)
        if followed:
            work.appointments.skip(row.id, _CAME_INSTEAD)
        elif kept.grace is not None and late > kept.grace:
            work.appointments.skip(row.id, f"{_AWAY}, and afterwards it was too late to help")
            kept.missed(desk, row.subject, row.due_at)
        else:
            kept.run(desk, row.subject, row.due_at)
        unread |= desk.stale
        return True

    def _next_timer(self, desk: Desk, row: TimerRow) -> None:
        if (release := desk.work.releases.lock(row.release_id)) is not None:
            follow.plan(release, desk)

    def _next_appointment(self, desk: Desk, row: AppointmentRow) -> None:
        self.catalogue.appointments[row.kind].missed(desk, row.subject, row.due_at)


def _name(row: TimerRow | AppointmentRow) -> str:
    return row.name if isinstance(row, TimerRow) else row.kind
