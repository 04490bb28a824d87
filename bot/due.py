"""Do what is due: one timer, one transaction, one outcome; in order per release, on whichever replica is first."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import structlog

from bot.clock import Clock
from bot.kit import follow
from bot.kit.declare import Catalogue
from bot.kit.desk import Desk
from bot.meters import Meters
from bot.release.planning import let_time_pass
from bot.release.states import STATE_WORDS
from storage.engine import Busy, Store, Unknown
from storage.timers import TimerRow
from storage.work import Work

log = structlog.get_logger()

#: At most this many timers are run in one go, so that a flood of them does not starve clicks.
BATCH = 200
#: After this a timer that failed is tried again (story time).
RETRY = timedelta(seconds=30)
_AWAY = "T-Minus was not running then"


class Due:
    """`wake` is called when something was done that may have to be sent."""

    def __init__(self, catalogue: Catalogue, store: Store, clock: Clock, meters: Meters) -> None:
        self.catalogue = catalogue
        self.meters = meters
        self.store = store
        self.clock = clock
        self.wake: Callable[[], None] = lambda: None

    async def drain(self) -> int:
        """Run what is due by the clock's present time. Returns how many were settled or put off."""
        names = frozenset(self.catalogue.prompts)
        first = await self.store.read(lambda work: work.timers.next_due(names))
        if first is None or first > self.clock.now():  # seen without keeping the writer from its work
            return 0
        settled = 0
        while settled < BATCH:
            claimed: list[TimerRow] = []
            try:
                if not await self.store.write(partial(self._one, names=names, claimed=claimed)):
                    break
            except Exception as problem:
                if not claimed:
                    raise
                log.exception("timer_failed", timer=claimed[-1].id, name=claimed[-1].name)
                await self._postpone(claimed[-1].id, problem)
            else:
                self.meters.lateness.observe(max(0.0, (self.clock.now() - claimed[-1].due_at).total_seconds()))
            settled += 1
        if settled:
            self.wake()
        return settled

    async def _postpone(self, timer: int, problem: Exception) -> None:
        """Try a timer that failed again later; after some tries it is dead, and shown on health.

        A database that is away says nothing about the timer: it is tried until that is over.
        """
        again, error = self.clock.now() + RETRY, type(problem).__name__
        counts = not isinstance(problem, Busy | Unknown)
        await self.store.write(lambda work: work.timers.failed(timer, error, again, counts=counts))

    def _one(self, work: Work, names: frozenset[str], claimed: list[TimerRow]) -> bool:
        row = work.timers.claim(work.now, names)
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
        let_time_pass(release, desk.electorate(release), desk.now)
        follow.flush(release, desk)
        prompt = self.catalogue.prompts[row.name]
        late = desk.now - row.due_at
        if release.state not in prompt.while_in:
            work.timers.skip(row.id, f"not needed: it was {STATE_WORDS[release.state]} by then")
        elif work.timers.is_followed(row, desk.now):
            work.timers.skip(row.id, f"{_AWAY}; the next one came instead")
        elif prompt.grace is not None and late > prompt.grace:
            work.timers.skip(row.id, f"{_AWAY}, and afterwards it was too late to help")
        else:
            prompt.run(release, desk, row.recipient)
            follow.flush(release, desk)
            follow.plan(release, desk)  # what is asked again and again is planned one at a time
        return True
