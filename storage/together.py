"""Let units of work that wait for the same share a COMMIT: making it durable is what takes the time.

On SQLite all wait for the one writer. On Postgres it is those that click on one release: they take its lock together,
and no connection is kept by one of them that waits for another.

Each runs in a savepoint of its own. What fails there fails for itself; what the whole transaction fails by is nobody's
fault: then each runs again alone. Nobody is answered before the COMMIT, for what one read may be another's of before.

The trap: a full disk, an I/O error or an interrupt inside a savepoint rolls back the whole transaction without a word,
and what comes after runs outside of any (sqlite.org, "Automatic rollback"). So the driver is asked after each unit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from storage.connecting import begin
from storage.lane import Busy, Unit, Unknown
from storage.prepared import is_intact, savepoint

#: As many share one COMMIT at most: of SQLite's, and of those that want one lock, for which others wait meanwhile.
MOST, MOST_ALIKE = 32, 8
#: Seconds that they wait for a lock before each tries alone. Two replicas that hold the same gesture twice may wait for
#: each other: one by one they would not, since each takes its key before its release.
LOCK_PATIENCE = 0.4


@dataclass(frozen=True)
class Outcome:
    """What a unit returned, or what it raised and nothing of it is stored."""

    value: Any = None
    problem: BaseException | None = None


def commit_together(
    engine: Engine,
    units: Sequence[Unit[Any]],
    unknown: Callable[[DBAPIError], bool],
) -> list[Outcome] | None:
    """Run them in one transaction and commit it. None where nothing of it is stored, and each has to run alone.

    `unknown` says of a failed COMMIT whether it may have been carried out.
    """
    try:
        with engine.connect() as conn:
            return _run(conn, units, unknown)
    except SQLAlchemyError:
        return None


def _run(
    conn: Connection,
    units: Sequence[Unit[Any]],
    unknown: Callable[[DBAPIError], bool],
) -> list[Outcome] | None:
    patience = min(unit.left for unit in units)
    one_writer = conn.dialect.name == "sqlite"
    transaction = begin(conn, patience, patience if one_writer else min(patience, LOCK_PATIENCE))
    outcomes = []
    try:
        for unit in units:
            outcomes.append(_one(conn, unit))
            if not still_open(conn):  # lost, and the units before with it
                transaction.rollback()
                return None
        if not _all_in_time(units):
            transaction.rollback()
            return None
    except BaseException:
        transaction.rollback()
        raise
    try:
        transaction.commit()
    except DBAPIError as problem:
        if unknown(problem):
            return [Outcome(problem=Unknown("the connection was lost while storing"))] * len(units)
        for unit in units:
            unit.uncommitted()
        return None
    return outcomes


def still_open(conn: Connection) -> bool:
    """Whether the transaction that was begun can be committed: the database has not given it up by itself."""
    driver = conn.connection.driver_connection
    if driver is None:
        return False
    if conn.dialect.name == "sqlite":
        return bool(driver.in_transaction)
    return is_intact(driver)


def _one(conn: Connection, unit: Unit[Any]) -> Outcome:
    try:
        unit.require_time()
        with savepoint(conn):
            return Outcome(unit.context.run(unit.within, conn))
    except SQLAlchemyError:
        raise
    except BaseException as problem:  # as where it runs alone
        return Outcome(problem=problem)


def _all_in_time(units: Sequence[Unit[Any]]) -> bool:
    """Whether each may still be stored: whoever was told that it was too late must not find it stored."""
    passed: list[Unit[Any]] = []
    for unit in units:
        try:
            unit.committing()
        except Busy:
            for other in passed:
                other.uncommitted()
            return False
        passed.append(unit)
    return True
