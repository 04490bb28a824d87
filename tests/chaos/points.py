"""Wrap seams of the real classes so that the process kills itself there, at the n-th passing of a named point.

Nothing in the product knows of it: a bot of a chaos run calls `arm` before it starts.
"""

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine

from bot.dispatch import Dispatcher
from bot.due import Due
from bot.slack import calling, delivery
from bot.slack.gateway import Gateway
from storage import engine, prepared
from storage.engine import Store
from tests.chaos.control import HASTE, Control, Disk

#: Where a bot can be made to die, in the order in which a click passes them.
POINTS = (
    "after receive",
    "in transaction",
    "after commit",
    "before ack",
    "before post",
    "after post before settle",
    "in a timer",
)
#: And where `tminus migrate` can: after one of its statements, before COMMIT.
IN_A_MIGRATION = "in a migration"

_lock = threading.Lock()
_passed: dict[str, int] = {}


def arm(point: str | None, nth: int) -> None:
    """From now on the `nth` passing of `point` is the end of this process; without a point none is."""

    def passing(name: str) -> None:
        if name != point:
            return
        with _lock:
            _passed[name] = _passed.get(name, 0) + 1
            if _passed[name] >= nth:
                os.kill(os.getpid(), signal.SIGKILL)
                signal.pause()  # the signal is on its way: nothing more happens on this thread

    _around(Dispatcher, "run", before=lambda: passing("after receive"))
    _around_plain(Dispatcher, "_once", lambda *_: passing("in transaction"))
    _around_plain(Store, "_once", lambda *given: None if given[-1] else passing("after commit"))
    _around_plain(engine, "commit_together", lambda *_: passing("after commit"))
    _around(Gateway, "_run", after=lambda: passing("before ack"))
    _around(
        calling,
        "make",
        before=lambda: passing("before post"),
        after=lambda: passing("after post before settle"),
        within=delivery.TIMEOUT / HASTE,
    )
    _around_plain(Due, "_timer", lambda *_: passing("in a timer"))
    if point == IN_A_MIGRATION:
        event.listen(Engine, "after_cursor_execute", lambda *_: passing(IN_A_MIGRATION))


def fill_disk(control: Control) -> None:
    """Let SQLite find no room for another page while the run says that the disk is full, or fills."""

    def room(connection: Connection, full: bool) -> None:
        most = 1 if full else 1_073_741_823  # less than there is means no more than there is
        connection.exec_driver_sql(f"PRAGMA max_page_count = {most}")

    @event.listens_for(Engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.dialect.name == "sqlite":
            connection.info["savepoints"] = 0
            room(connection, control.disk is Disk.FULL)

    def savepoint(connection: Connection, sql: str, given: Any) -> Any:
        if sql.startswith("SAVEPOINT") and connection.dialect.name == "sqlite" and control.disk is Disk.FILLS:
            connection.info["savepoints"] += 1
            room(connection, connection.info["savepoints"] > 2)  # a unit that shares a COMMIT has two
        return run(connection, sql, given)

    run = prepared.execute
    prepared.execute = savepoint


def _nothing() -> None:
    pass


def _around(
    kind: Any, name: str, *, before: Callable[[], None] = _nothing, after: Callable[[], None] = _nothing,
    within: float | None = None,
) -> None:  # fmt: skip
    """Replace an async method, or a module's function; `within` seconds of real time, if given, or TimeoutError."""
    real = getattr(kind, name)

    async def wrapped(self: Any, *given: Any, **named: Any) -> Any:
        before()
        async with asyncio.timeout(within):
            result = await real(self, *given, **named)
        after()
        return result

    setattr(kind, name, wrapped)


def _around_plain(kind: Any, name: str, after: Callable[..., None]) -> None:
    """Replace a plain method, or a module's function; `after` gets what it was given."""
    real = getattr(kind, name)

    def wrapped(first: Any, *given: Any, **named: Any) -> Any:
        result = real(first, *given, **named)
        after(*given, *named.values())
        return result

    setattr(kind, name, wrapped)
