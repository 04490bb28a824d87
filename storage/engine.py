"""Open the database and run transactions on it: the same promises on SQLite and Postgres.

SQLite: WAL, FULL, one writer (BEGIN IMMEDIATE), readers of their own that cannot write. Postgres: READ COMMITTED,
row locks, timeouts per transaction; its reads see one snapshot.
"""

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Literal, TypeVar

from sqlalchemy import Connection, Engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from bot.clock import Clock, Wire
from bot.meters import Meters
from storage.connecting import begin, make_engine
from storage.known import Memory
from storage.lane import Busy, Closed, Lane, Unit, Unknown, drain
from storage.schema import is_migrated
from storage.together import MOST, MOST_ALIKE, commit_together, still_open
from storage.vault import Vault
from storage.work import Work

__all__ = ["Busy", "Closed", "Store", "Unknown", "open_store"]

T = TypeVar("T")

#: Postgres threads (each holds one connection while it works).
WRITERS = 8
#: Those that read. SQLite works in this process, on one processor at a time: more than it takes so that a short look
#: passes a long one would only wait for each other at every statement.
READERS = {"sqlite": 2, "postgresql": 4}
#: Seconds of the processor: what took longer the last time is not done on the event loop.
SHORT = 0.015
#: How often a unit runs at most when the database asks for another run.
RUNS = 3

_ASKS_FOR_ANOTHER_RUN = {"40001", "40P01"}  # serialization failure, deadlock
_OUT_OF_TIME = {"55P03", "57014", "25P03", "25P04"}  # lock, statement, idle and transaction timeouts
_SERVER_AWAY = {"57P01", "57P02", "57P03", "53300"}  # shutting down, crashed, starting, too many connections
#: What the machine must be rid of before anything can be stored; the low byte of SQLite's codes.
_UNWRITABLE = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk fails",
    sqlite3.SQLITE_READONLY: "the file cannot be written",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
    sqlite3.SQLITE_CORRUPT: "the file is damaged: restore a backup",
    "53100": "the disk of the database is full",
    "25006": "the database is read-only",
    "42501": "the database's user may not write",
}
_OUTCOMES = {Busy: "busy", Unknown: "unknown"}
_SQLITE_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_INTERRUPT}


def open_store(url: str, *, clock: Clock, vault: Vault | None = None, meters: Meters | None = None) -> "Store":
    """The store behind a DATABASE_URL. Connects at the first unit of work, not here."""
    return Store(url, clock=clock, vault=vault, meters=meters)


class Store:
    """The way to the database. What is to be done comes as a function of one `Work`: one transaction.

    Each call returns something to await; the work is queued at once. Awaiting it raises Busy (nothing was stored),
    Unknown (COMMIT's outcome is lost) or what the function raised (rolled back).
    """

    def __init__(self, url: str, *, clock: Clock, vault: Vault | None = None, meters: Meters | None = None) -> None:
        address = make_url(url)
        self.dialect: Literal["sqlite", "postgresql"] = (
            "sqlite" if address.get_backend_name() == "sqlite" else "postgresql"
        )
        self.clock = clock
        self.vault = vault
        self.meters = meters or Meters()
        writers = 1 if self.dialect == "sqlite" else WRITERS
        self._writing = make_engine(address, connections=writers, limited=True)
        readers = READERS[self.dialect] + (self.dialect == "sqlite")  # one more: the loop's own
        self._reading = make_engine(address, reads=True, connections=readers, limited=True)
        self._memory = Memory()
        self._took: dict[str, float] = {}
        alone = self.dialect == "postgresql"  # its writers wait for each other only where they change the same
        self._writes = Lane("writer", writers, self._commit_together, MOST_ALIKE if alone else MOST, alike=alone)
        self._reads = Lane("reader", READERS[self.dialect], usual=None if alone else 1)
        #: Why a unit could not be stored, until whoever asks has seen that it can be again.
        self.unwritable: str | None = None

    def write(
        self, do: Callable[[Work], T], *, workspace: int | None = None, deadline: float | None = None,
        group: str | None = None,
    ) -> Awaitable[T]:  # fmt: skip
        """Run `do` in one transaction and commit it. `deadline`: seconds from now, real time, waiting included.

        Those of the same `group` will want the same lock: on Postgres they take it together. `do` may run again (up to
        three times) when the database asks for it, so it has no effects of its own.
        """
        return self._writes.run(
            lambda unit: self._transact(self._writing, do, workspace, unit), deadline,
            within=lambda conn: self._do(do, conn, workspace), group=group,
        )  # fmt: skip

    def read(
        self, do: Callable[[Work], T], *, workspace: int | None = None, deadline: float | None = None,
        name: str | None = None,
    ) -> Awaitable[T]:  # fmt: skip
        """Run `do` on one snapshot in which nothing can be written; otherwise like `write`.

        What has a `name` and was short the last time is done here and now where the database is a file: to hand it to a
        thread and back would cost as much again.
        """

        def timed(work: Work) -> T:
            began = Wire().worked()
            try:
                return do(work)
            finally:
                if name is not None:
                    self._took[name] = Wire().worked() - began

        if name is not None and self.dialect == "sqlite" and self._took.get(name, SHORT) < SHORT:
            with suppress(SQLAlchemyError):  # somebody's lock is in the way: a thread can wait
                return self._reads.here(lambda: self._look(timed, workspace))
        return self._reads.run(lambda unit: self._transact(self._reading, timed, workspace, unit, reads=True), deadline)

    def ping(self, *, deadline: float = 2.0) -> Awaitable[float]:
        """Seconds by which the database's clock is ahead of this process's. Raises when it is unreachable."""

        def skew(work: Work) -> float:
            if self.dialect == "sqlite":
                work.conn.execute(text("SELECT 1"))
                return 0.0
            before = Clock().now()
            there = work.conn.execute(text("SELECT clock_timestamp()")).scalar_one()
            after = Clock().now()
            return float((there - (before + (after - before) / 2)).total_seconds())

        return self.read(skew, deadline=deadline)

    def is_migrated(self) -> Awaitable[bool]:
        """Whether this version of the code works on the schema: its own, or a newer one that serves it too."""
        return self.read(lambda work: is_migrated(work.conn))

    def drain(self) -> Awaitable[None]:
        """Refuse new work; done when everything in flight is finished."""
        return drain(self._writes, self._reads)

    def close(self) -> Awaitable[None]:
        """Drain, then let go of the database."""
        return drain(self._writes, self._reads, then=self._dispose)

    def _dispose(self) -> None:
        self._writing.dispose()
        self._reading.dispose()

    def _do(self, do: Callable[[Work], T], conn: Connection, workspace: int | None) -> T:
        work = Work(conn, self.clock, self.vault, workspace, self._memory)
        try:
            return do(work)
        finally:
            work.over()

    # ---- one transaction ------------------------------------------------------------------
    def _commit_together(self, units: list[Unit[Any]]) -> None:
        """Those that wait for SQLite's writer, or for one release: in one transaction, or each alone if that fails."""
        started = Wire().monotonic()
        outcomes = commit_together(self._writing, units, lambda problem: _outcome_unknown(problem, self.dialect))
        if outcomes is None:
            self._memory.forget()  # one may have read what another had not stored
            for unit in units:
                unit.serve()
            return
        lost = any(isinstance(outcome.problem, Unknown) for outcome in outcomes)
        if lost:
            self._memory.forget()  # nor may it be stored now
        self.meters.transactions.labels("write", "unknown" if lost else "ok").observe(Wire().monotonic() - started)
        for unit, outcome in zip(units, outcomes, strict=True):
            if outcome.problem is not None:
                unit.fail(outcome.problem)
            else:
                unit.succeed(outcome.value)

    def _transact(
        self, engine: Engine, do: Callable[[Work], T], workspace: int | None, unit: Unit[T], *, reads: bool = False
    ) -> T:
        started, outcome = Wire().monotonic(), "ok"
        try:
            return self._run(engine, do, workspace, unit, reads)
        except Exception as problem:
            outcome = _OUTCOMES.get(type(problem), "failed" if isinstance(problem, DBAPIError) else "undone")
            raise
        finally:
            kind = "read" if reads else "write"
            self.meters.transactions.labels(kind, outcome).observe(Wire().monotonic() - started)

    def _run(self, engine: Engine, do: Callable[[Work], T], workspace: int | None, unit: Unit[T], reads: bool) -> T:
        for run in range(1, RUNS + 1):
            unit.require_time()
            if run > 1:
                self.meters.reruns.inc()
            try:
                return self._once(engine, do, workspace, unit, reads)
            except DBAPIError as problem:
                if not reads and (why := why_unwritable(problem)) is not None:
                    self.unwritable = why
                if not _another_run(problem):
                    raise _out_of_time(problem) from problem
                if run == RUNS:
                    raise Busy("the database did not come to an end; nothing was stored") from problem
        raise AssertionError("a unit either returned or raised")

    def _look(self, do: Callable[[Work], T], workspace: int | None) -> T:
        """Without waiting for anybody."""
        started = Wire().monotonic()
        with self._reading.connect() as conn, begin(conn, 0, 0) as transaction:
            found = self._do(do, conn, workspace)
            transaction.rollback()
        self.meters.transactions.labels("read", "ok").observe(Wire().monotonic() - started)
        return found

    def _once(self, engine: Engine, do: Callable[[Work], T], workspace: int | None, unit: Unit[T], reads: bool) -> T:
        with engine.connect() as conn, begin(conn, unit.left, unit.left) as transaction:
            result = self._do(do, conn, workspace)
            if not still_open(conn):
                raise RuntimeError("the database gave the transaction up, and a unit of work hid it")
            if reads:
                unit.require_time()
                transaction.rollback()
                return result
            unit.committing()
            try:
                transaction.commit()
            except DBAPIError as problem:
                if _outcome_unknown(problem, self.dialect):
                    raise Unknown("the connection was lost while storing") from problem
                unit.uncommitted()
                raise
            return result


def _code(problem: DBAPIError) -> Any:
    return getattr(problem.orig, "sqlstate", None) or getattr(problem.orig, "sqlite_errorcode", None)


def why_unwritable(problem: Exception) -> str | None:
    """What the machine must be rid of before anything can be stored, such as a full disk; None for other problems."""
    if not isinstance(problem, DBAPIError):
        return None
    code = _code(problem)
    return _UNWRITABLE.get(code & 0xFF if isinstance(code, int) else code)


def is_trouble(problem: Exception) -> bool:
    """Whether it speaks of the database, not of what was to be stored: the same again may well succeed."""
    if not isinstance(problem, DBAPIError):
        return isinstance(problem, Busy | Unknown)
    return _another_run(problem) or why_unwritable(problem) is not None or isinstance(_out_of_time(problem), Busy)


def _another_run(problem: DBAPIError) -> bool:
    """Whether nothing was stored and the same again may well succeed."""
    return problem.connection_invalidated or _code(problem) in _ASKS_FOR_ANOTHER_RUN | _SERVER_AWAY


def _out_of_time(problem: DBAPIError) -> Exception:
    code = _code(problem)
    sqlite_busy = isinstance(code, int) and (code & 0xFF) in _SQLITE_BUSY
    if sqlite_busy or code in _OUT_OF_TIME or (code is None and isinstance(problem, OperationalError)):
        return Busy("the database did not answer in time; nothing was stored")
    return problem


def _outcome_unknown(problem: DBAPIError, dialect: str) -> bool:
    """Whether a failed COMMIT may have been carried out: Postgres went away, or SQLite met an I/O error."""
    if dialect == "postgresql":
        return problem.connection_invalidated or _code(problem) is None
    code = _code(problem)
    return isinstance(code, int) and (code & 0xFF) == sqlite3.SQLITE_IOERR
