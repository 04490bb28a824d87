"""Kill `tminus migrate` after each of its statements: the schema is there as a whole, or not at all."""

import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

import psycopg
from sqlalchemy import inspect

import storage
from storage.connecting import make_engine
from tests.chaos.bots import Stable
from tests.chaos.control import Control
from tests.chaos.database import Kind, PostgresServer
from tests.chaos.points import IN_A_MIGRATION
from tests.chaos.run import BEGINS, Tally
from tests.storage.test_migrations import load


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


def counted(url: str) -> dict[str, int]:
    """How many rows each table holds."""
    engine = make_engine(url)
    with engine.connect() as conn:
        tables = inspect(conn).get_table_names()
        found = {name: int(conn.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one()) for name in tables}
    engine.dispose()
    return found


def fill(url: str, revision: str) -> None:
    """The schema of this revision, and its rows."""
    storage.migrate(url, revision)
    engine = make_engine(url)
    with engine.begin() as conn:
        load(conn, revision)
    engine.dispose()


async def kill_migrations(stable: Stable, kind: Kind, *, every: int = 7, holding: str | None = None) -> Tally:
    """Kill at every so-manieth statement of a migration, each time on a new database, and let the next one finish.

    The databases are empty, or hold the rows of a revision.
    """
    with tempfile.TemporaryDirectory(prefix="tminus-chaos-") as directory, ExitStack() as stack:
        if kind == "sqlite":
            address = f"sqlite:///{directory}/{{}}.sqlite3"
            if holding is not None:
                fill(address.format("old"), holding)

            def copied(name: str) -> str:
                if holding is not None:
                    shutil.copy(f"{directory}/old.sqlite3", f"{directory}/{name}.sqlite3")
                return address.format(name)

            return await _kill(stable, Path(directory), copied, every)
        server = stack.enter_context(PostgresServer())
        if holding is None:
            return await _kill(stable, Path(directory), server.creates, every)
        fill(server.creates("old"), holding)
        return await _kill(stable, Path(directory), partial(server.creates, template="old"), every)


async def _kill(stable: Stable, directory: Path, make: Callable[[str], str], every: int) -> Tally:
    tally = Tally(runs=1)
    control = Control.fresh(directory / "control", BEGINS)

    async def migrates(url: str, nth: int | None) -> int:
        env = {"DATABASE_URL": url, "TMINUS_DATA": str(directory), "CHAOS_CONTROL": str(control.path)}
        point = None if nth is None else IN_A_MIGRATION
        bot = await stable.starts(env, directory, point=point, nth=nth or 1, command="migrate")
        return await bot.ended

    old, whole = make("before"), make("whole")
    before = [line for line in schema(old) if "sqlite_sequence" not in line], counted(old)
    assert await migrates(whole, None) == 0, (directory / "bot.log").read_text()
    nth = 1
    while True:
        url = make(f"killed_{nth}")
        if await migrates(url, nth) == 0:
            return tally
        tally.kills[IN_A_MIGRATION] += 1
        if ([line for line in schema(url) if "sqlite_sequence" not in line], counted(url)) != before:
            tally.violations.append(f"a migration killed after {nth} statements left something behind")
        if await migrates(url, None) != 0 or schema(url) != schema(whole) or counted(url) != counted(whole):
            tally.violations.append(f"after one killed at {nth} statements, the next migration did not do all of it")
        nth += every
