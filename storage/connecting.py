"""Connect to SQLite and Postgres the way the house needs them set."""

import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url

if TYPE_CHECKING:
    import psycopg  # loaded by SQLAlchemy, where it is Postgres

#: So often a new SQLite file is asked to switch its journal.
_TRIES = 100
#: A statement that came so often before is prepared by Postgres.
PREPARED_FROM = 3


def make_engine(url: str | URL, *, reads: bool = False, connections: int = 1) -> Engine:
    """An engine as the house wants it; with `reads` it cannot write. Raises ValueError for another kind of database."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        return _sqlite(address, reads=reads, connections=connections)
    if address.get_backend_name() == "postgresql":
        return _postgres(address, reads=reads, connections=connections)
    raise ValueError(f"{address.get_backend_name()} is no database for this: use sqlite:///path or postgresql://…")


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


def _postgres(address: URL, *, reads: bool, connections: int) -> Engine:
    engine = create_engine(
        address.set(drivername="postgresql+psycopg"),
        pool_size=connections,
        max_overflow=0,
        pool_recycle=1800,
        connect_args={
            "application_name": "tminus",
            "connect_timeout": 2,
            "prepare_threshold": None,
            "tcp_user_timeout": 5000,
            "keepalives_idle": 10,
        },
        isolation_level="REPEATABLE READ" if reads else "READ COMMITTED",
        execution_options={"postgresql_readonly": True} if reads else {},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: "psycopg.Connection[Any]", _: Any) -> None:
        """Have the server plan what comes often only once: not where a pooler stands between and changes the server.

        There a statement's name may be another client's. A pooler tells each client a process id of its own making.
        """
        found = connection.execute("SELECT pg_backend_pid()").fetchone()
        connection.rollback()
        if found == (connection.info.backend_pid,):
            connection.prepare_threshold = PREPARED_FROM

    return engine


def _sqlite(address: URL, *, reads: bool, connections: int) -> Engine:
    engine = create_engine(
        address.set(drivername="sqlite+pysqlite"),
        pool_size=connections,
        max_overflow=0,
        connect_args={"isolation_level": None, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: Any) -> None:
        connection.execute("PRAGMA busy_timeout = 5000")
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        if reads:
            connection.execute("PRAGMA query_only = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine
