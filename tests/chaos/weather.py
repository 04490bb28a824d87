"""Make it go wrong: Slack's answers and deliveries, the database, the disk, the sockets. Every strike is counted."""

import asyncio
import threading
from collections import Counter
from datetime import timedelta
from random import Random
from typing import Any

from bot.sandbox.faults import Fault, Faults
from bot.sandbox.server import Sandbox
from tests.chaos.control import Control, Disk
from tests.chaos.crowd import Crowd, has_key, key_of
from tests.chaos.database import Database

#: What befalls any call of the bot, any delivery of Slack's, and how likely.
COMMON: tuple[dict[str, Any], ...] = (
    {"match": "*", "effect": "drop_before", "probability": 0.03},
    {"match": "*", "effect": "drop_after", "probability": 0.03},
    {"match": "*", "effect": "duplicate", "probability": 0.15},
    {"match": "*", "effect": "delay", "probability": 0.1},
    {"match": "*", "effect": "rate_limited", "probability": 0.02},
    {"match": "*", "effect": "server_error", "probability": 0.02},
    {"match": "*", "effect": "server_error_after", "probability": 0.02},
    {"match": "*", "effect": "slow", "probability": 0.05},
    {"match": "*", "effect": "error", "probability": 0.01},
    {"match": "*", "effect": "late", "probability": 0.01},
)
#: Longer than the bot waits for a database (seconds).
TOO_LONG = 2.6
#: Longer than the bot waits for Slack, at the pace of a run, and sooner than it looks for what may have arrived.
SLOW = 1.2

#: Longer than Slack waits for an answer (real seconds), certainly: a time stamp has whole ones.
LATE = 6.0


class Weather:
    """Strikes from time to time while it is `on`, and not after that."""

    def __init__(
        self, box: Sandbox, database: Database, control: Control, crowd: Crowd, chance: Random, *, history: bool
    ) -> None:  # fmt: skip
        # Where it cannot be looked up, a post that Slack answered so is left to people.
        self._common = [one for one in COMMON if history or one["effect"] != "server_error_after"]
        self.struck: Counter[str] = Counter()
        self._box = box
        self._database = database
        self._control = control
        self._crowd = crowd
        self._chance = chance
        self._count(box.faults)

    def _count(self, faults: Faults) -> None:
        take = faults.take

        def counted(*names: str, among: frozenset[str]) -> Fault | None:
            fault = take(*names, among=among)
            if fault is not None:
                self.struck[fault.effect.replace("_", " ")] += 1
            return fault

        faults.take = counted  # type: ignore[method-assign]

    async def rages(self, until: asyncio.Event) -> None:
        """Until told to stop; then all is well again."""
        over = threading.Event()
        slack, rest = asyncio.ensure_future(self._slack(until)), asyncio.ensure_future(self._rest(until, over))
        await until.wait()
        over.set()
        await asyncio.gather(slack, rest)

    async def _slack(self, until: asyncio.Event) -> None:
        while not until.is_set():
            worse = self._chance.choice([0.5, 1.0, 1.0, 2.0])
            self._box.faults.replace([self._worse(one, worse) for one in self._common])
            await self._waits(until, 0.5)
        self._box.faults.clear()

    def _worse(self, fault: dict[str, Any], worse: float) -> dict[str, Any]:
        more: dict[str, Any] = {"times": None, "probability": fault["probability"] * worse}
        if fault["effect"] in ("slow", "delay"):
            more["seconds"] = self._chance.choice([0.02, 0.1, 0.4, SLOW])
        if fault["effect"] == "late":
            more["seconds"] = self._chance.choice([1.0, LATE])
        if fault["effect"] == "error":
            more["code"] = self._chance.choice(["internal_error", "service_unavailable", "fatal_error"])
        return fault | more

    async def _rest(self, until: asyncio.Event, over: threading.Event) -> None:
        others = {"repeated": self._repeats, "clock jumps": self._jumps, "disk full": self._fills}
        if self._database.url.startswith("postgres"):
            del others["disk full"]
        if self._box.sockets.connected:
            others["socket cut"] = self._cuts
        while not until.is_set():
            await self._waits(until, 0.6)
            kind = self._chance.choice([*others, *self._database.faults, "repeated"])
            if until.is_set():
                return
            self.struck[kind] += 1
            if kind in others:
                await others[kind]()
            else:
                seconds = self._chance.choice([0.1, 0.3, 0.8, TOO_LONG])
                await asyncio.to_thread(self._database.strikes, kind, seconds, over)

    async def _repeats(self) -> None:
        """Slack delivers something again that was acknowledged, several times at once."""
        heard = [one for one in self._box.deliveries[-40:] if has_key(one) and key_of(one) in self._crowd.yes]
        if heard:
            await self._box.replay(self._chance.choice(heard), 3)

    async def _jumps(self) -> None:
        self._control.jump(timedelta(seconds=self._chance.choice([1, 20, 90])))

    async def _cuts(self) -> None:
        await self._box.sockets.cut()

    async def _fills(self) -> None:
        self._control.disk = self._chance.choice([Disk.FULL, Disk.FILLS])
        await asyncio.sleep(self._chance.choice([0.1, 0.4]))
        self._control.disk = Disk.ROOMY

    async def _waits(self, until: asyncio.Event, seconds: float) -> None:
        try:
            async with asyncio.timeout(self._chance.uniform(0, 2 * seconds)):
                await until.wait()
        except TimeoutError:
            return
