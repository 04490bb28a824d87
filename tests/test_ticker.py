"""The alarm rings when something is due, and not for what this process cannot do anything about."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import apscheduler.schedulers.base
import apscheduler.triggers.date
import pytest

from bot.clock import Clock
from bot.ticker import Ticker

#: Seconds of real time in which a ticker with nothing to do is watched.
A_WHILE = 1.5


class Rows:
    """What is due, as the database would say it: instants, and whether somebody else holds them."""

    def __init__(self) -> None:
        self.due: list[datetime] = []
        self.held = False
        self.looks = 0
        self.late: list[float] = []
        self.changed = asyncio.Event()

    async def drain(self) -> int:
        self.looks += 1
        now = Clock().now()
        done = [] if self.held else [at for at in self.due if at <= now]
        self.late += [(now - at).total_seconds() for at in done]
        self.due = [at for at in self.due if at not in done]
        if done:
            self.changed.set()
        return len(done)

    async def next_due(self) -> datetime | None:
        return min(self.due, default=None)


@pytest.fixture
async def rows() -> Rows:
    return Rows()


@pytest.fixture
async def ticker(rows: Rows) -> AsyncIterator[Ticker]:
    made = Ticker(Clock(), rows.drain, rows.next_due)
    made.start()
    yield made
    await made.stop()


async def until(event: asyncio.Event, within: float) -> None:
    async with asyncio.timeout(within):
        await event.wait()


async def test_what_falls_due_runs_at_its_instant(rows: Rows, ticker: Ticker) -> None:
    rows.due = [Clock().now() + timedelta(seconds=0.3)]
    ticker.nudge()
    await until(rows.changed, 5)
    assert rows.late[0] < 0.25, "by the alarm: the sweep alone would come up to a second late"


async def test_what_somebody_else_holds_is_left_to_the_sweep(rows: Rows, ticker: Ticker) -> None:
    rows.due, rows.held = [Clock().now() - timedelta(seconds=5)], True
    ticker.nudge()
    await asyncio.sleep(A_WHILE)
    assert 1 <= rows.looks <= 6, "it looks once a second, and does not ask the database again and again"
    rows.held = False
    await until(rows.changed, 5)


async def test_what_a_replica_that_died_has_planned_is_looked_for_within_a_second(
    rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody nudges: it is due when it is seen, and even the longest pause between two sweeps leaves time to run it."""
    monkeypatch.setattr("bot.ticker.random.uniform", lambda least, most: most)
    pauses: list[float] = []
    loop = asyncio.get_running_loop()
    later = loop.call_later

    def noted(pause: float, do: Any, *given: Any) -> asyncio.TimerHandle:
        if getattr(do, "__name__", "") == "_sweep":
            pauses.append(pause)
        return later(pause, do, *given)

    monkeypatch.setattr(loop, "call_later", noted)
    ticker = Ticker(Clock(), rows.drain, rows.next_due)
    ticker.start()
    try:
        await sees(rows, 2)
    finally:
        await ticker.stop()
    assert len(pauses) >= 2 and max(pauses) <= 0.9, pauses


async def test_a_clock_that_steps_back_stops_nobody_from_looking(
    rows: Rows, ticker: Ticker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a machine's time was ahead and is put right: the scheduler reckons in that time, the sweep must not."""
    steps = [timedelta(hours=-1)]

    class Stepped(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return Clock().now() + steps[-1]

    for module in (apscheduler.schedulers.base, apscheduler.triggers.date):
        monkeypatch.setattr(module, "datetime", Stepped)
    await sees(rows, 3)
    steps.append(timedelta())
    await sees(rows, 3)


async def sees(rows: Rows, times: int) -> None:
    """It looks so often, within a multiple of the seconds that this should take."""
    seen = rows.looks
    async with asyncio.timeout(5 * times):
        while rows.looks < seen + times:  # noqa: ASYNC110 - each look is one more reason to go on
            await asyncio.sleep(0.05)


async def test_a_look_that_began_as_the_one_before_ended_is_not_cut_off_by_the_end() -> None:
    looks: list[str] = []
    first = asyncio.Event()

    async def drain() -> int:
        looks.append("begun")
        await (asyncio.sleep(0.01) if first.is_set() else first.wait())
        looks.append("ended")
        return 0

    async def never() -> None:
        return None

    ticker = Ticker(Clock(), drain, never)
    ticker.start()
    async with asyncio.timeout(5):
        while not looks:  # noqa: ASYNC110 - the first look begins by itself
            await asyncio.sleep(0)
    stopping = asyncio.create_task(ticker.stop())
    await asyncio.sleep(0)
    first.set()
    another = ticker._scheduler.add_job(ticker.tick, misfire_grace_time=None, max_instances=2)
    ticker._scheduler._executors["default"].submit_job(another, [Clock().now()])
    await stopping
    assert looks == ["begun", "ended"] * 2


@pytest.mark.parametrize("steps", range(8))
async def test_what_begins_as_it_stops_is_not_cancelled(steps: int, caplog: pytest.LogCaptureFixture) -> None:
    cancelled: list[bool] = []

    async def drain() -> int:
        try:
            await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            cancelled.append(True)
            raise
        return 0

    async def nothing() -> None:
        return None

    ticker = Ticker(Clock(), drain, nothing)
    ticker.start()
    for _ in range(steps):
        await asyncio.sleep(0)
    await ticker.stop()
    await asyncio.sleep(0.05)  # the scheduler shuts down a moment after it was told to
    assert cancelled == []
    assert "CancelledError" not in caplog.text


async def test_what_is_done_again_and_again_is_broken_off_by_the_stop_without_a_word(
    caplog: pytest.LogCaptureFixture,
) -> None:
    begun, broken_off = asyncio.Event(), asyncio.Event()

    async def forever() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            broken_off.set()
            raise

    async def drain() -> int:
        return 0

    async def never() -> None:
        return None

    ticker = Ticker(Clock(), drain, never)
    ticker.start()
    ticker.every(timedelta(minutes=5), forever)
    for job in ticker._scheduler.get_jobs():
        job.modify(next_run_time=Clock().now())
    async with asyncio.timeout(5):
        await begun.wait()
        await ticker.stop()
        await broken_off.wait()
    await asyncio.sleep(0.05)  # the scheduler shuts down a moment after it was told to
    assert "Traceback" not in caplog.text and "CancelledError" not in caplog.text
