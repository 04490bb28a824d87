"""Kill `tminus migrate` after each of its statements: the schema is there as a whole, or not at all."""

import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg

from tests.chaos.bots import Stable
from tests.chaos.control import Control
from tests.chaos.database import Kind, PostgresServer
from tests.chaos.points import IN_A_MIGRATION
from tests.chaos.run import BEGINS, Tally


def schema(url: str) -> list[str]:
    """Every table with its columns, and every index, as the database itself describes them; sorted."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as db:
            return sorted(str(row) for row in db.execute("SELECT type, name, sql FROM sqlite_master"))
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://", 1)) as pg:
        columns = pg.execute(
            "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns "
            "WHERE table_schema = 'public'"
        )
        indexes = pg.execute("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'")
        return sorted(str(row) for row in [*columns, *indexes])


async def kill_migrations(stable: Stable, kind: Kind, *, every: int = 7) -> Tally:
    """Kill at every so-manieth statement of a migration, each time on a new database, and let the next one finish."""
    with tempfile.TemporaryDirectory(prefix="tminus-chaos-") as directory, ExitStack() as stack:
        if kind == "sqlite":
            return await _kill(stable, Path(directory), f"sqlite:///{directory}/{{}}.sqlite3".format, every)
        return await _kill(stable, Path(directory), stack.enter_context(PostgresServer()).creates, every)


async def _kill(stable: Stable, directory: Path, make: Callable[[str], str], every: int) -> Tally:
    tally = Tally(runs=1)
    control = Control.fresh(directory / "control", BEGINS)

    async def migrates(url: str, nth: int | None) -> int:
        env = {"DATABASE_URL": url, "TMINUS_DATA": str(directory), "CHAOS_CONTROL": str(control.path)}
        point = None if nth is None else IN_A_MIGRATION
        bot = await stable.starts(env, directory, point=point, nth=nth or 1, command="migrate")
        return await bot.ended

    whole = make("whole")
    assert await migrates(whole, None) == 0, (directory / "bot.log").read_text()
    nth = 1
    while True:
        url = make(f"killed_{nth}")
        if await migrates(url, nth) == 0:
            return tally
        tally.kills[IN_A_MIGRATION] += 1
        if left := [line for line in schema(url) if "sqlite_sequence" not in line]:
            tally.violations.append(f"a migration killed after {nth} statements left {len(left)} things behind")
        if await migrates(url, None) != 0 or schema(url) != schema(whole):
            tally.violations.append(f"after one killed at {nth} statements, the next migration did not do all of it")
        nth += every
