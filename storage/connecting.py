"""Connect to SQLite and Postgres the way the house needs them set."""

import re
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, RootTransaction, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError

from storage.prepared import execute, is_intact, undo

if TYPE_CHECKING:
    import psycopg  # loaded by SQLAlchemy, where it is Postgres

#: So often a new SQLite file is asked to switch its journal.
_TRIES = 100
#: Seconds after which Postgres ends a transaction whose process does nothing, so that its locks free their waiters.
IDLE_LIMIT = 3.0
#: KiB of a SQLite file that each reader keeps in hand; what it does not, the operating system mostly has.
READER_CACHE = 256
#: A statement that came so often before is prepared by Postgres.
PREPARED_FROM = 3


def make_engine(url: str | URL, *, reads: bool = False, connections: int = 1, limited: bool = False) -> Engine:
    """An engine as the house wants it; with `reads` it cannot write. Raises ValueError for another kind of database.

    `limited`: all its transactions are begun by `begin`.
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        return _sqlite(address, reads=reads, connections=connections)
    if address.get_backend_name() == "postgresql":
        return _postgres(address, reads=reads, connections=connections, limited=limited)
    raise ValueError(f"{address.get_backend_name()} is no database for this: use sqlite:///path or postgresql://…")


def begin(conn: Connection, seconds: float, for_locks: float) -> RootTransaction:
    """Begin a transaction whose statements, and waits for locks, take no longer than that.

    On Postgres with the limits in the same call, and with nobody's locks kept by a process that stands still.
    """
    if conn.dialect.name == "sqlite":
        driver = conn.connection.driver_connection
        assert driver is not None
        driver.execute(f"PRAGMA busy_timeout = {max(1, int(for_locks * 1000))}")
        return conn.begin()
    transaction = conn.begin()
    limits = {"lock_timeout": for_locks, "statement_timeout": seconds,
              "idle_in_transaction_session_timeout": IDLE_LIMIT}  # fmt: skip
    said = "".join(f"; SET LOCAL {name} = {max(1, int(limit * 1000))}" for name, limit in limits.items())
    execute(conn, conn.get_execution_options()["begins"] + said, None, prepare=False)
    return transaction


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch a new file to write-ahead logging. Two who do so at once get SQLITE_BUSY without any waiting."""
    for _ in range(_TRIES - 1):
        with suppress(sqlite3.OperationalError):
            connection.execute("PRAGMA journal_mode = WAL")
            return
        with suppress(sqlite3.OperationalError):  # a transaction does wait for the other one, by busy_timeout
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode = WAL")


def _postgres(address: URL, *, reads: bool, connections: int, limited: bool) -> Engine:
    level = "REPEATABLE READ" if reads else "READ COMMITTED"
    engine = create_engine(
        address.set(drivername="postgresql+psycopg"),
        pool_size=connections,
        max_overflow=0,
        pool_recycle=1800,
        hide_parameters=True,  # what people wrote is among them, and errors are logged
        connect_args={
            "application_name": "tminus",
            "connect_timeout": 2,
            "prepare_threshold": None,
            "tcp_user_timeout": 5000,
            "keepalives_idle": 10,
        },
        isolation_level="AUTOCOMMIT" if limited else level,  # the driver's BEGIN is a call of its own
        execution_options={"begins": f"BEGIN ISOLATION LEVEL {level}{' READ ONLY' if reads else ''}"},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: "psycopg.Connection[Any]", _: Any) -> None:
        """Have the server plan what comes often only once: not where a pooler stands between and changes the server.

        There a statement's name may be another client's. A pooler tells each client a process id of its own making.
        """
        found = connection.execute("SELECT pg_backend_pid()").fetchone()
        connection.rollback()  # nothing, where it commits by itself
        if found == (connection.info.backend_pid,):
            connection.prepare_threshold = PREPARED_FROM

    if limited:  # else tables may be made and gone again

        @event.listens_for(engine, "rollback")
        def rollback(conn: Connection) -> None:
            """Before SQLAlchemy does, which finds nothing left to roll back."""
            if not conn.invalidated and is_intact(conn.connection.driver_connection):
                undo(conn, "ROLLBACK")

    return engine


def _sqlite(address: URL, *, reads: bool, connections: int) -> Engine:
    engine = create_engine(
        address.set(drivername="sqlite+pysqlite"),
        pool_size=connections,
        max_overflow=0,
        hide_parameters=True,
        connect_args={"isolation_level": None, "check_same_thread": False},
    )

    @event.listens_for(engine, "do_connect")
    def keep_private(*_: Any) -> None:
        """Its owner's alone in whatever folder it is made; its log is as the file is (sqlite.org/wal.html)."""
        if address.database and not address.database.startswith((":", "file:")):
            with suppress(OSError):  # it is there already, or will be complained of in a moment
                Path(address.database).touch(mode=0o600, exist_ok=False)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: Any) -> None:
        connection.execute("PRAGMA busy_timeout = 5000")
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA temp_store = MEMORY")  # what a savepoint would undo is kept there too
        if reads:
            connection.execute("PRAGMA query_only = ON")
            connection.execute(f"PRAGMA cache_size = -{READER_CACHE}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        execute(connection, "BEGIN" if reads else "BEGIN IMMEDIATE", ())

    return engine


def what_it_says(problem: BaseException | None) -> str:
    """In one line why the database does not serve, as the server or the file says it; "" where neither says anything.

    Of a connection no more than that: what the driver says of it may have a piece of the address in it.
    """
    while problem is not None and not isinstance(problem, DBAPIError):
        problem = problem.__cause__
    if problem is None:
        return ""
    said = str(problem.orig).strip()
    fatal = re.search(r"FATAL:\s+(.+)", said)
    if fatal is None and problem.connection_invalidated is False and getattr(problem.orig, "sqlstate", "") is None:
        return "the database cannot be reached"
    return f"the database says “{fatal[1] if fatal else said.splitlines()[0]}”"
