"""Tell the time: the only place that asks what time it is.

Two kinds of time run through the house. *Story time* (`Clock`) is what releases live in: aware UTC
instants that the sandbox and the tests may move. *Wire time* (`Wire`) is what protocols live in:
monotonic seconds for rate limits and backoff. Acks, triggers and leases run on the real monotonic
clock and are never moved by a story.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """The system's clock, in aware UTC instants."""

    def now(self) -> datetime:
        return datetime.now(UTC)


#: Given an instant, what next has to happen no later than it? Its due instant, or None.
NextDue = Callable[[datetime], Awaitable[datetime | None]]
#: Do everything that is due at the clock's present time.
RunDue = Callable[[], Awaitable[None]]


class StoryClock(Clock):
    """A clock that can be moved forward, stopping at every instant somebody waits for.

    `running=True` flows with real time plus an offset (the sandbox); `running=False` stands still
    until moved (the tests).
    """

    def __init__(self, start: datetime | None = None, *, running: bool = True) -> None:
        if start is not None and start.tzinfo is None:
            raise ValueError("a story starts at an aware instant, not a naive one")
        real = datetime.now(UTC)
        self._running = running
        self._frozen = (start or real).astimezone(UTC)
        self._offset = self._frozen - real
        self._waiting: list[tuple[NextDue, RunDue]] = []

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset if self._running else self._frozen

    @property
    def offset(self) -> timedelta:
        """How far this clock is ahead of real time (meaningful while it runs)."""
        return self._offset

    def stop_at(self, next_due: NextDue, run_due: RunDue) -> Callable[[], None]:
        """Have the clock halt at each instant `next_due` names, and await `run_due` there. The answer ends that."""
        waiting = (next_due, run_due)
        self._waiting.append(waiting)
        return lambda: self._waiting.remove(waiting)

    async def advance(self, by: timedelta) -> None:
        """Move forward by `by`, living through what is due on the way, in order."""
        if by < timedelta(0):
            raise ValueError("a story clock only moves forward")
        target = self.now() + by
        while True:
            due = [at for next_due, _ in self._waiting if (at := await next_due(target)) is not None]
            if not due:
                break
            before = self.now()
            self._set(max(min(due), before))
            for _, run_due in self._waiting:
                await run_due()
            if self.now() == before and min(due) <= before and not await self._progressed(min(due)):
                break
        self._set(max(target, self.now()))
        for _, run_due in self._waiting:
            await run_due()

    async def _progressed(self, was: datetime) -> bool:
        due = [at for next_due, _ in self._waiting if (at := await next_due(self.now())) is not None]
        return not due or min(due) > was

    def _set(self, at: datetime) -> None:
        self._frozen = at
        self._offset = at - datetime.now(UTC)


#: Linux has two clocks that never go back, and only this one goes on while the machine is suspended.
_THROUGH_SLEEP = getattr(time, "CLOCK_BOOTTIME", None)


class Wire:
    """Real protocol time, in seconds."""

    def monotonic(self) -> float:
        """It counts a suspension too: what had waited before is as old as people see it."""
        return time.monotonic() if _THROUGH_SLEEP is None else time.clock_gettime(_THROUGH_SLEEP)

    def worked(self) -> float:
        """Seconds that this thread has had of the processor."""
        return time.thread_time()

    def unix(self) -> float:
        """Real seconds since 1970, for signatures."""
        return time.time()

    def instant(self) -> datetime:
        """The same as an aware UTC instant, for leases and retries: it moves with `sleep`."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class SteppedWire(Wire):
    """Protocol time that passes at once: whoever sleeps moves it. Stories wait for rate limits in no time."""

    def __init__(self) -> None:
        self._now = 1_000.0
        self._began = datetime.now(UTC) - timedelta(seconds=self._now)

    def monotonic(self) -> float:
        return self._now

    def instant(self) -> datetime:
        return self._began + timedelta(seconds=self._now)

    async def sleep(self, seconds: float) -> None:
        self._now += max(seconds, 0.0)
        await asyncio.sleep(0)
