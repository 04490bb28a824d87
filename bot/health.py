"""Say whether this process can do its work, what somebody should look at, and how much waits: /readyz and /metrics."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from bot.clock import Clock, Wire
from bot.meters import Meters
from bot.slack.delivery import Delivery
from bot.slack.link import SlackLink
from bot.ticker import Ticker
from bot.web.server import Server
from storage.engine import Store
from storage.work import Work

#: Real seconds the database's clock may differ before this replica is not ready.
MAX_SKEW = 0.5
#: Real seconds without a tick, or without a delivery round, after which something is stuck.
STUCK = 30.0
#: How long a post may wait before the outbox counts as stuck.
OUTBOX_STUCK = timedelta(minutes=5)
#: How long a post that was given up, or a timer that failed for good, is spoken of.
LOOKED_BACK = timedelta(hours=24)


@dataclass
class Health:
    """`ticker` is None where somebody else moves the clock. `workspace` is the row id of this installation."""

    store: Store
    slack: SlackLink
    delivery: Delivery
    ticker: Ticker | None
    meters: Meters
    clock: Clock
    workspace: int

    def show_on(self, server: Server) -> None:
        """Have the server answer /healthz, /readyz and /metrics."""
        checks = {"database": self._database, "slack": self._slack, "timers": self._timers, "outbox": self._outbox}
        server.add_health(checks, {"outbox": self._undelivered}, self.measures)
        server.add_metrics(self._page)

    async def measures(self) -> dict[str, float]:
        """What lies in the database, of all workspaces: posts by state, and the ages (seconds) of what waits."""

        def look(work: Work) -> dict[str, float]:
            oldest, now = work.outbox.oldest(), self.clock.now()
            counts: dict[str, float] = {f"outbox_{state}": count for state, count in work.outbox.counts().items()}
            age = max(0.0, (now - oldest.put_at).total_seconds()) if oldest is not None else 0.0
            return counts | {
                "outbox_oldest_seconds": round(age, 3),
                "timer_lag_seconds": round(max(work.timers.lag(now), work.appointments.lag(now)), 3),
                "timers_dead": sum(due.died_since(now - LOOKED_BACK) for due in (work.timers, work.appointments)),
            }

        return await self.store.read(look)

    async def _page(self) -> bytes:
        with suppress(Exception):  # without its database it still tells what this process counted
            self.meters.stored(await self.measures())
        return self.meters.page()

    # ---- what keeps it from working -------------------------------------------------------
    async def _database(self) -> str | None:
        skew = await self.store.ping()
        if abs(skew) > MAX_SKEW:
            return f"its clock is {skew:+.1f} s away from this machine's: run NTP"
        if not await self.store.is_migrated():
            return "not migrated: run tminus migrate"
        if self.store.unwritable is not None:
            with suppress(Exception):
                await self.store.write(lambda work: work.keys.put_ballast(), deadline=1.0)
                self.store.unwritable = None
                await self.store.write(lambda work: work.keys.drop_ballast(), deadline=1.0)
        return None if self.store.unwritable is None else f"nothing can be stored: {self.store.unwritable}"

    async def _slack(self) -> str | None:
        refused = self.delivery.refusals.get(self.workspace)
        if refused is not None and not await self.store.read(lambda work: work.outbox.depth()):
            self.delivery.refusals.pop(self.workspace, None)  # what was refused has expired: the next post tells
            refused = None
        if refused is not None:
            return f"it refuses the bot ({refused.error}): {refused.todo}"
        return None if await self.slack.connected() else "the socket is not connected"

    async def _timers(self) -> str | None:
        if self.ticker is None:
            return None
        silent = Wire().monotonic() - self.ticker.last_tick_at
        return f"no tick for {silent:.0f} s" if silent > STUCK else None

    async def _outbox(self) -> str | None:
        silent = Wire().monotonic() - self.delivery.last_round_at
        if silent > STUCK:
            return f"nothing was delivered for {silent:.0f} s"
        row = await self.store.read(lambda work: work.outbox.oldest())
        waits = self.clock.now() - row.put_at if row is not None else timedelta()
        if row is None or waits < OUTBOX_STUCK:
            return None
        return f"the oldest post waits for {waits.total_seconds() / 60:.0f} min ({row.error or row.state})"

    # ---- what somebody should look at -----------------------------------------------------
    async def _undelivered(self) -> str | None:
        """What was given up lately: worth a look, and no reason to take the bot from its people."""
        since = self.clock.now() - LOOKED_BACK
        found = await self.store.read(lambda work: work.outbox.undelivered_since(since))
        errors = ", ".join(f"{error} {count}" for error, count in sorted(found.items()))
        return f"{sum(found.values())} posts were given up in the last 24 h: {errors}" if found else None
