"""Run several bots as processes on one Postgres, and look at what they did together."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import select
from sqlalchemy.engine import make_url

from bot.clock import Clock, Wire
from bot.sandbox.person import Person, Seen
from bot.sandbox.server import Sandbox, SandboxConfig
from bot.slack import manifest
from storage.engine import Store, open_store
from storage.tables import outbox, releases
from storage.work import Work
from tests.replicas.balancer import Balancer
from tests.story import Mode
from tests.story_process import BotProcess

#: The only workspace of these stories.
WORKSPACE = 1
#: Seconds until a lease of a sender that died is over, a lost post is looked for, and all that waited is sent.
QUIET = 55.0


class Fleet:
    """Replicas of the bot, all alike. In HTTP mode Slack reaches them through the balancer, in turn."""

    def __init__(self, mode: Mode, database_url: str, directory: Path, replicas: int) -> None:
        base = "http://127.0.0.1" if mode == "http" else None
        self.box = Sandbox(SandboxConfig(manifest=manifest.build(base_url=base), clock=Clock(), wire=Wire(), mode=mode))
        self.balancer = Balancer()
        self.mode = mode
        self.database_url = database_url
        self.store: Store = open_store(database_url, clock=Clock())
        self._directory = directory
        self.bots: list[BotProcess] = []
        self._count = replicas

    async def starts(self) -> None:
        await self.balancer.start()
        await asyncio.gather(*(self.gains_one() for _ in range(self._count)))

    async def gains_one(self) -> BotProcess:
        """One more replica, which takes its turn from now on."""
        directory = self._directory / f"bot{len(self.bots)}"
        directory.mkdir()
        bot = BotProcess(self.box, self.mode, self.database_url, directory)
        self.bots.append(bot)
        await bot.starts()
        self.balancer.replicas = [one.url for one in self.bots if one.url]
        self.box.request_url = self.balancer.url
        return bot

    async def stops(self) -> None:
        for bot in self.bots:
            if bot.lives:
                await bot.dies()
            await bot.store.close()
        await self.store.close()
        await self.balancer.stop()

    @property
    def logs(self) -> str:
        """The last lines of each, as far as one can read them."""
        ends = [[line[:300] for line in bot.log.splitlines()[-8:]] for bot in self.bots]
        return "\n".join("\n".join([f"---- bot {number}", *lines]) for number, lines in enumerate(ends))

    # ---- people ---------------------------------------------------------------------------
    def crowd(self, many: int, rooms: Sequence[str]) -> list[Person]:
        """So many new people in these rooms. Before the bots start, they are simply there."""
        return [self.box.hire(f"p{number}", f"P{number} of Many", rooms=rooms) for number in range(many)]

    # ---- what became of it ----------------------------------------------------------------
    async def look(self, holds: Callable[[Work], Any]) -> Any:
        return await self.store.read(holds, workspace=WORKSPACE)

    async def until(self, holds: Callable[[Work], Any], *, within: float = 10.0, what: str = "") -> None:
        """Look at the database until it is so. AssertionError with the ends of the logs after `within` seconds."""
        try:
            async with asyncio.timeout(within):
                while not await self.look(holds):  # noqa: ASYNC110 - other processes cannot wake us
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"this did not come to be within {within} s: {what}\n{self.logs}") from None

    async def quiet(self) -> None:
        """Until nothing is due and nothing waits to be sent."""
        await self.until(
            lambda work: not work.outbox.depth() and not work.timers.lag(work.now), within=QUIET, what="quiet"
        )

    async def all_is_well(self) -> None:
        """What holds after every story: nothing contradicts itself, nothing was lost, doubled or out of order."""
        await self.quiet()

        def look(work: Work) -> tuple[list[str], dict[str, int], list[Any]]:
            ids = work.conn.execute(select(releases.c.id)).scalars().all()
            wrong = [problem for release in [None, *ids] for problem in work.audit.verify(release)]
            notices = select(outbox.c.lane, outbox.c.answer, outbox.c.state).where(outbox.c.kind == "notice")
            return wrong, work.outbox.counts(), list(work.conn.execute(notices.order_by(outbox.c.id)))

        wrong, counts, notices = await self.look(look)
        assert wrong == []
        assert counts == {"queued": 0, "sending": 0, "dead": 0, "ambiguous": 0}
        assert {row.state for row in notices} <= {"sent"}
        for lane in {row.lane for row in notices}:
            posted = [float(row.answer) for row in notices if row.lane == lane]
            assert posted == sorted(posted), f"in {lane} they came in the order in which they were put"
        for channel in self.box.workspace.channels.values():
            said = [message["text"] for message in self.box.workspace.messages(channel)]
            twice = {text for text in said if said.count(text) > 1}
            assert not twice, f"said more than once in {channel.name}: {twice}"

    @asynccontextmanager
    async def nobody_writes_history(self) -> AsyncIterator[Callable[[], Awaitable[None]]]:
        """Meanwhile whoever writes an audit row waits, with its release locked. Call what is given to see one wait."""
        url = make_url(self.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
        async with await psycopg.AsyncConnection.connect(url) as holder:
            await holder.execute("LOCK TABLE audit IN SHARE MODE")
            async with await psycopg.AsyncConnection.connect(url, autocommit=True) as watcher:

                async def somebody_waits() -> None:
                    waiting = "SELECT count(*) FROM pg_locks WHERE relation = 'audit'::regclass AND NOT granted"
                    async with asyncio.timeout(5):
                        while (await (await watcher.execute(waiting)).fetchone()) != (1,):  # noqa: ASYNC110
                            await asyncio.sleep(0.01)

                yield somebody_waits
            await holder.rollback()


async def insists(gesture: Callable[[], Awaitable[Seen]], *, hears: str = "", within: float) -> Seen:
    """Somebody who does it again until Slack shows no error, and they hear what they want to. TimeoutError if never."""
    async with asyncio.timeout(within):
        while True:
            seen = await gesture()
            if seen.ok and hears in seen.text:
                return seen


@asynccontextmanager
async def fleet(mode: Mode, database_url: str, directory: Path, *, replicas: int) -> AsyncIterator[Fleet]:
    """A local Slack in real time, and replicas that are not started yet; all is stopped at the end."""
    made = Fleet(mode, database_url, directory, replicas)
    await made.box.start()
    try:
        yield made
        for bot in made.bots:
            await bot.stops()
    finally:
        await made.stops()
        await made.box.stop()
