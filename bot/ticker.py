"""Wake the bot when something is due: the only user of APScheduler, which is the alarm clock and not the memory.

One job stands at the earliest due row, and a sweep runs at least once a second in case another replica planned
something. What is due stands in the database; losing this process loses nothing.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot.clock import Clock, Wire

log = structlog.get_logger(__name__)

#: Seconds between sweeps, and how much they vary so that replicas do not sweep together. The longest leaves some of a
#: second to run what it finds: another replica may have planned it, or had it in hand, and died.
SWEEP = 0.75
JITTER = 0.15
#: Real seconds between a nudge and the look that follows: of many clicks at once, each is no reason of its own to look.
PAUSE = 0.02
_ALARM, _NOW = "alarm", "now"


class Ticker:
    """`drain` does what is due; `next_due` says when the next thing is (story time)."""

    def __init__(
        self, clock: Clock, drain: Callable[[], Awaitable[int]], next_due: Callable[[], Awaitable[datetime | None]]
    ) -> None:
        self.clock = clock
        self._drain = drain
        self._next_due = next_due
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._draining = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._again = False
        self._ending = False
        self._nudged = False
        self._sweeping: asyncio.TimerHandle | None = None
        self.last_tick_at = Wire().monotonic()

    def start(self) -> None:
        self._scheduler.start()
        self._sweep()

    def _sweep(self) -> None:
        """Look, and again within a second of the time that nobody moves: the scheduler waits until the clock says so.

        Where the clock was ahead and is put right, that may be hours.
        """
        pause = random.uniform(SWEEP - JITTER, SWEEP + JITTER)
        self._sweeping = asyncio.get_running_loop().call_later(pause, self._sweep)
        self._look()

    def every(self, pause: timedelta, job: Callable[[], Awaitable[None]]) -> None:
        """Have something done again and again (real time), and soon after the start. The stop breaks it off."""

        async def run() -> None:
            try:
                await job()
            except asyncio.CancelledError:
                if not self._ending:
                    raise  # as the stop breaks it off, nobody has to hear of it

        first = Clock().now() + timedelta(minutes=1)
        trigger = IntervalTrigger(seconds=int(pause.total_seconds()), jitter=30, timezone=UTC)
        self._scheduler.add_job(run, trigger, next_run_time=first, misfire_grace_time=None, max_instances=1)

    def nudge(self) -> None:
        """Something may be due at once, or earlier than the alarm."""
        if self._scheduler.running and not self._nudged:
            self._nudged = True
            asyncio.get_running_loop().call_later(PAUSE, self._look)

    def _look(self) -> None:
        self._nudged = False
        if self._scheduler.running:
            self._scheduler.add_job(self.tick, id=_NOW, replace_existing=True, misfire_grace_time=None, max_instances=2)

    async def tick(self) -> None:
        """Drain, then set the alarm to the next due row. Two at once become one after the other."""
        if self._draining or self._ending:
            self._again = True
            return
        self._draining = True
        self._idle.clear()
        try:
            while True:
                self._again, looked_at = False, self.clock.now()
                if not await self._drain() and not self._again:
                    break
            await self._set_alarm(looked_at)
            self.last_tick_at = Wire().monotonic()
        except Exception:
            log.exception("tick_failed")
        finally:
            self._draining = False
            self._idle.set()

    async def _set_alarm(self, looked_at: datetime) -> None:
        due_at = await self._next_due()
        # What was due when we looked, and was not done, is another replica's: the sweep sees what becomes of it.
        if due_at is None or due_at <= looked_at or not self._scheduler.running:
            return
        at = Clock().now() + (due_at - self.clock.now())
        trigger = DateTrigger(run_date=at, timezone=UTC)
        self._scheduler.add_job(
            self.tick, trigger, id=_ALARM, replace_existing=True, misfire_grace_time=None, max_instances=2
        )

    async def stop(self) -> None:
        """Begin nothing more, and let what has begun come to its end: shutting down would cancel it."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        if self._scheduler.running:
            self._scheduler.pause()
            while not self._idle.is_set():  # another may have begun as the last one ended
                await self._idle.wait()
            self._ending = True
            await asyncio.sleep(0)  # what was submitted before ends at once, rather than be cancelled with a traceback
            self._scheduler.shutdown(wait=False)
