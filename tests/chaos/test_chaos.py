"""Bots die at every point, and no promise is broken; the bot is broken on purpose, and the checker finds it each time.

This is the short and seeded part of the chaos suite; `make chaos` goes on for as long as it is told.
"""

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from tests.chaos.bots import Stable
from tests.chaos.control import Disk
from tests.chaos.database import Database, Kind, a_database
from tests.chaos.migrating import kill_migrations
from tests.chaos.planted import BUGS
from tests.chaos.points import IN_A_MIGRATION, POINTS
from tests.chaos.run import FROZEN, Life, Mode, Run, a_run
from tests.conftest import HAS_POSTGRES, IN_CI

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECOND: Kind = "postgres" if HAS_POSTGRES or IN_CI else "sqlite"
STAGES: list[tuple[Mode, Kind, int]] = [("socket", "sqlite", 1), ("http", SECOND, 2 if SECOND == "postgres" else 1)]
#: SQLite has one writer: there nobody can write in between.
FINDABLE = [bug for bug in BUGS if SECOND == "postgres" or bug != "unlocked read-modify-write"]
#: Seconds in which a bot comes to any point, also on a slow machine.
LONG = 20.0
#: Seconds after which a bot that has not come to its point is one that never does.
SURE = 60.0
#: A bug shows only where a bot dies amid the right gesture, and who does what when is the machine's choice too.
TRIES = 10
ROOM = "#payments"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stable() -> AsyncIterator[Stable]:
    """Where the bots of all these tests come from."""
    async with Stable() as one:
        yield one


@pytest.mark.parametrize(("mode", "kind", "replicas"), STAGES)
async def test_every_kill_point(stable: Stable, mode: Mode, kind: Kind, replicas: int) -> None:
    """A bot dies at each named point and at random, in a storm; what was promised holds, now and hours later."""
    lives: list[Life] = [(point, 1) for point in POINTS if point != "in a timer"] + [(None, 1)]
    if replicas > 1:
        lives.append((FROZEN, 1))
    async with (
        a_database(kind) as database,
        a_run(stable, database, mode=mode, seed=7, replicas=replicas, stormy=True, pause=0.1) as run,
    ):
        await run.opens(ROOM)
        await run.argues(lives, most=SURE)
        assert await run.calms() == []
        await run.opens_anew(ROOM)  # whatever they came to, something falls due
        # Alone, as another bot might leave it no timer; and what it was in the middle of falls to the next ones.
        await run.passes(timedelta(hours=4), [("in a timer", 1)], most=SURE)
        await run.passes(timedelta(hours=1), [("in a timer", 2), ("after post before settle", 1), (None, 1)])
        assert await run.calms() == [], run.log
        for point in POINTS:
            assert run.tally.kills[point], f"no bot died {point}: {run.tally.report()}"
        assert run.tally.faults.total() > 20, run.tally.report()
        assert any(deed.promise == "kept" for deed in run.crowd.ledger.deeds)


async def test_where_history_may_not_be_read_nothing_but_a_card_stands_twice(stable: Stable) -> None:
    async with a_database("sqlite") as database, a_run(stable, database, mode="http", seed=3, history=False) as run:
        await run.opens(ROOM)
        await run.argues(
            [("after post before settle", 1), ("after post before settle", 2), ("before post", 2)], most=LONG
        )
        assert await run.calms() == [], run.log
        assert run.tally.kills["after post before settle"] == 2


@pytest.mark.parametrize(("kind", "holding"), [("sqlite", None), (SECOND, "0001")])
async def test_a_migration_killed_anywhere_leaves_nothing_half_done(
    stable: Stable, kind: Kind, holding: str | None
) -> None:
    """Neither where there was nothing, nor where there are rows of an earlier version."""
    tally = await kill_migrations(stable, kind, every=12 if holding else 40, holding=holding)
    assert tally.violations == []
    assert tally.kills[IN_A_MIGRATION] >= 2


# ---- planted bugs ------------------------------------------------------------------------------
#: No bot comes to this point: it lives for as long as it may.
IN_PEACE: Life = ("in peace", 1)
#: Real seconds of such a life.
PEACE = 5.0
#: What each bug breaks, and the lives in which that shows.
LOST: dict[str, tuple[tuple[str, ...], list[Life]]] = {
    "ack before commit": (("acknowledged, and its key is not there",), [("in transaction", 1)] * 4),
    "blind retry": (("doubled: ",), [("after post before settle", 1), ("after post before settle", 2)]),
    "unlocked read-modify-write": (("counts",), [IN_PEACE]),
    "group commit unchecked": (("acknowledged, and its key is not there", "doubled: "), [IN_PEACE]),
    "timers in memory": (("no outcome: timer",), [("in a timer", 1), ("in a timer", 2)]),
    "timers out of order": (("out of order: ",), [("in a timer", 9)]),
    "ends by itself": (("ended by itself, with status 3",), [(None, 1)] * 2),
}


async def disk_fills(run: Run, database: Database, over: asyncio.Event) -> None:
    """Again and again everybody waits for somebody else's write, and the disk fills while it is their turn."""
    run.control.disk = Disk.FILLS
    while not over.is_set():
        await asyncio.to_thread(database.strikes, "busy", 0.25, threading.Event())
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("bug", FINDABLE)
async def test_a_planted_bug_is_found(stable: Stable, bug: str) -> None:
    words, lives = LOST[bug]
    kind: Kind = SECOND if "unlocked" in bug else "sqlite"
    async with (
        a_database(kind) as database,
        a_run(stable, database, mode="http", seed=5, planted=bug, pause=0.02, calm=5.0) as run,
    ):
        await run.opens(ROOM)
        found: list[str] = []
        for _ in range(TRIES):
            over = asyncio.Event()
            filling = [asyncio.ensure_future(disk_fills(run, database, over))] if "group commit" in bug else []
            await run.argues(lives, most=PEACE if IN_PEACE in lives else LONG)
            over.set()
            await asyncio.gather(*filling)
            found = await run.calms()
            if any(word in line for word in words for line in found):
                return
        pytest.fail(f"the checker has found {found}\n{run.tally.report()}")
