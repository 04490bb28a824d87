"""Play one run of chaos: people argue, bots die, faults strike; then calm, and the checker's verdict."""

import asyncio
import signal
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Literal
from unittest.mock import patch

from bot.policies import apply_file
from bot.sandbox import deliver
from bot.sandbox.server import Sandbox, SandboxConfig
from bot.sandbox.traffic import Entry
from bot.settings import load_local_settings
from bot.slack import manifest
from tests.chaos.bots import Bot, Stable
from tests.chaos.checker import Checker, under_way
from tests.chaos.control import Control, Disk, HastyWire, SteeredClock
from tests.chaos.crowd import ROOMS, Crowd
from tests.chaos.database import Database
from tests.chaos.points import POINTS
from tests.chaos.weather import Weather

Mode = Literal["socket", "http"]
#: A bot's: the point where it dies and at which passing; without a point it is killed anyhow.
Life = tuple[str | None, int]
#: A Tuesday, nine in the morning in Berlin.
BEGINS = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
#: A life in which the bot stands still for so many real seconds, longer than its leases.
FROZEN, FREEZE = "frozen", 4.0
_HISTORY = frozenset({"channels:history", "groups:history", "im:history"})
#: Real seconds in which everything has to come to rest once nothing goes wrong any more.
CALM = 60.0
#: Nobody's vote ends the go/no-go before its deadline, so that all of them count.
POLICY = """
policies:
  - name: everybody
    default: true
    sign_offs: [{role: Everybody, needs: 3, whole_channel: true}]
    poll: {close: deadline}
"""


@dataclass
class Tally:
    """What a run, or all of them, came to."""

    runs: int = 0
    deeds: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    late: int = 0
    violations: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        self.runs += other.runs
        self.deeds += other.deeds
        self.kills += other.kills
        self.faults += other.faults
        self.late += other.late
        self.violations += other.violations

    def report(self) -> str:
        """For people."""
        lines = [f"{self.runs} runs, {self.deeds} gestures of people", f"{self.kills.total()} kills:"]
        lines += [f"  {count:6} {name}" for name, count in sorted(self.kills.items())]
        lines += [f"{self.faults.total()} faults:"]
        lines += [f"  {count:6} {name}" for name, count in sorted(self.faults.items())]
        if self.late:
            lines.append(f"{self.late} gestures stored after the next one: events, second copies, long on their way")
        return "\n".join([*lines, f"{len(self.violations)} violations"])


class Run:
    """One workspace, one database, and the bots that serve them."""

    def __init__(
        self, stable: Stable, database: Database, directory: Path, *, mode: Mode, seed: int,
        planted: str | None = None, pause: float = 0.2, calm: float = CALM, stormy: bool = False,
        replicas: int = 1, history: bool = True,
    ) -> None:  # fmt: skip
        """`pause` and `calm` are real seconds: between two gestures of a person, and until all has come to rest."""
        self.replicas = replicas
        self.history = history
        self.stable = stable
        self.url = database.url
        self.directory = directory
        self.mode = mode
        self.chance = Random(seed)
        self.planted = planted
        self.tally = Tally(runs=1)
        self.control = Control.fresh(directory / "control", BEGINS)
        self.clock = SteeredClock(self.control)
        self.box = Sandbox(
            SandboxConfig(
                manifest=manifest.build(base_url="http://127.0.0.1" if mode == "http" else None),
                clock=self.clock, wire=HastyWire(), mode=mode, seed=seed,
                refused_scopes=frozenset() if history else _HISTORY,
            )
        )  # fmt: skip
        self.crowd = Crowd(self.box, self.chance, pause=pause)
        self.box.traffic.listeners.append(self._balances)
        self.weather = Weather(self.box, database, self.control, self.crowd, self.chance, history=history)
        self.tally.faults = self.weather.struck
        self.calm = calm
        self.stormy = stormy
        self.bots: list[Bot] = []
        #: What bots did that nobody killed: once one is up, it ends in no other way.
        self.alone: list[str] = []

    # ---- bots -----------------------------------------------------------------------------
    def _env(self) -> dict[str, str]:
        way_in = (
            {"SLACK_APP_TOKEN": self.box.app_token}
            if self.mode == "socket"
            else {"SLACK_SIGNING_SECRET": self.box.signing_secret}
        )
        return {
            "SLACK_BOT_TOKEN": self.box.bot_token,
            "SLACK_API_URL": self.box.api_url,
            "DATABASE_URL": self.url,
            "TMINUS_DATA": str(self.directory),
            "TMINUS_ADMINS": self.box.person("ana").id,
            "PORT": "0",
            "CHAOS_CONTROL": str(self.control.path),
            **way_in,
        }

    async def bot(self, point: str | None = None, nth: int = 1) -> Bot:
        """Another bot, up unless it died on the way."""
        bot = await self.stable.starts(self._env(), self.directory, point=point, nth=nth, planted=self.planted)
        self.bots.append(bot)
        if await bot.comes_up() and self.mode == "http":
            self.box.request_url = f"http://127.0.0.1:{bot.port}/slack/events"
        return bot

    def _balances(self, entry: Entry) -> None:
        """Round robin among those that live, however long: one that is frozen, or has just died, gets its share."""
        ports = [bot.port for bot in self.bots if bot.port is not None]
        if entry.dir == "to app" and self.mode == "http" and ports:
            self.box.request_url = f"http://127.0.0.1:{ports[entry.id % len(ports)]}/slack/events"

    @property
    def log(self) -> str:
        return (self.directory / "bot.log").read_text()

    # ---- the play -------------------------------------------------------------------------
    async def opens(self, *rooms: str) -> None:
        """The workspace, the policy, and a bot that knows everybody in these rooms; nothing goes wrong yet."""
        await self.box.start()
        bot = await self.bot()
        assert bot.lives, self.log
        file = self.directory / "policy.yml"
        file.write_text(POLICY)
        settings = load_local_settings({"DATABASE_URL": self.url, "TMINUS_DATA": str(self.directory)})
        await apply_file(settings, file, team=None, dry_run=False)
        await bot.dies()
        await self.opens_anew(*(rooms or ROOMS))

    async def opens_anew(self, *rooms: str) -> None:
        """A new release in each of these rooms, on which everybody there votes while nothing goes wrong."""
        bot = await self.bot()
        assert bot.lives, self.log
        before = len(self.crowd.ledger.planned)
        for room in rooms:
            await self.crowd.plans(room)
        for planned in self.crowd.ledger.planned[before:]:
            for who in ROOMS[planned.room]:
                await self.crowd.votes(who, planned)
        await bot.dies()

    async def argues(self, lives: list[Life], *, most: float = 2.0) -> None:
        """People argue while bots live these lives one after the other: (point, nth), or (None, …): killed anyhow."""
        over = asyncio.Event()
        arguing = [self.crowd.argue(over), *([self.weather.rages(over)] if self.stormy else [])]
        await self._during(arguing, over, lives, most)

    async def _during(
        self, others: list[Coroutine[Any, Any, None]], over: asyncio.Event, lives: list[Life], most: float
    ) -> None:
        """Lives of bots, while others do something until it is over."""
        tasks = [asyncio.ensure_future(other) for other in others]
        waiting = iter(lives)

        async def one_after_the_other() -> None:
            for point, nth in waiting:
                await self._lives(point, nth, most)

        try:
            await asyncio.gather(*(one_after_the_other() for _ in range(self.replicas)))
        finally:
            over.set()
            await asyncio.gather(*tasks)

    async def _lives(self, point: str | None, nth: int, most: float) -> None:
        """One life of a bot, at most so many seconds long."""
        bot = await self.bot(point, nth)
        while not bot.lives and bot.ended.result() >= 0:  # the database was not there: it says so, and ends by itself
            await asyncio.sleep(0.1)
            bot = await self.bot(point, nth)
        if point == FROZEN:
            await self._sleeps(bot)
            return
        try:
            async with asyncio.timeout(most if point else self.chance.uniform(0.05, 1.0)):
                status = await asyncio.shield(bot.ended)
            if status == -signal.SIGKILL:
                self.tally.kills[point or "at random"] += 1
            else:
                self.alone.append(f"a bot ended by itself, with status {status}")
        except TimeoutError:
            await bot.dies()
            self.tally.kills["at random"] += 1

    async def _sleeps(self, bot: Bot) -> None:
        """It stands still until its leases are over and its locks are gone, wakes up, and is killed some time later."""
        await asyncio.sleep(self.chance.uniform(0.1, 0.6))
        bot.freezes()
        await asyncio.sleep(FREEZE)
        bot.thaws()
        await asyncio.sleep(0.5)
        await bot.dies()
        self.tally.faults["frozen"] += 1
        self.tally.kills["at random"] += 1

    async def passes(self, time: timedelta, lives: list[Life], *, most: float = 1.2) -> None:
        """Story time passes in steps, and bots live these lives meanwhile."""
        await self.box.quiet()
        over = asyncio.Event()
        await self._during(
            [self._moves(time, len(lives), over), *([self.weather.rages(over)] if self.stormy else [])],
            over,
            lives,
            most,
        )

    async def _moves(self, time: timedelta, steps: int, over: asyncio.Event) -> None:
        for _ in range(steps):
            self.control.jump(time / steps)
            if not over.is_set():
                await asyncio.sleep(0.5)

    async def calms(self) -> list[str]:
        """Nothing goes wrong any more: a bot brings everything to its end. What is wrong then."""
        self.control.disk = Disk.ROOMY
        self.box.faults.clear()
        bot = await self.bot()
        assert bot.lives, self.log
        await self.box.quiet()
        left: list[str] = ["nobody has looked"]
        try:
            async with asyncio.timeout(self.calm):
                while left:
                    await asyncio.sleep(0.1)
                    left = await asyncio.to_thread(under_way, self.url, self.clock.now())
        except TimeoutError:
            pass  # the checker says so, in its own words
        now = self.clock.now()
        checker = Checker(self.url, self.box, self.crowd.settle(), now, unsure=self._unsure())
        found = [*self.alone, *checker.violations()]
        self.tally.late = checker.late
        await bot.dies()
        return found

    def _unsure(self) -> int | None:
        """Without history: how many posts may have had an outcome that the bot could not know."""
        if self.history:
            return None
        return self.tally.kills.total() + sum(self.tally.faults[name] for name in ("drop after", "slow"))

    async def plays(self, lives: int, *, points: tuple[str, ...] = POINTS) -> Tally:
        """All of it, with so many deaths."""
        chosen = [self._chosen(points) for _ in range(lives)]
        await self.opens()
        votes = chosen[: lives * 2 // 3]
        await self.argues(votes)
        self.tally.violations += [f"while it was open: {line}" for line in await self.calms()]
        await self.passes(timedelta(hours=4), chosen[len(votes) :])
        self.tally.violations += await self.calms()
        self.tally.deeds = len(self.crowd.ledger.deeds)
        return self.tally

    def _chosen(self, points: tuple[str, ...]) -> Life:
        asleep = [FROZEN] if self.replicas > 1 else []
        point = self.chance.choice([*points, None, *asleep])
        return point, self.chance.choice([1, 1, 2, 3, 5, 8])

    async def ends(self) -> None:
        for bot in self.bots:
            if bot.lives:
                await bot.dies()
        await self.box.stop()


@asynccontextmanager
async def a_run(stable: Stable, database: Database, **how: Any) -> AsyncIterator[Run]:
    """A run in a directory of its own."""
    sooner = patch.object(deliver, "EVENT_RETRY_WAITS", (0.0, 5.0, 10.0))  # a minute is long
    with sooner, tempfile.TemporaryDirectory(prefix="tminus-chaos-") as directory:
        run = Run(stable, database, Path(directory), **how)
        try:
            yield run
        finally:
            await run.ends()
