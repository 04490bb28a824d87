"""Break the bot on purpose: each bug is one that the checker has to find, or it proves nothing.

A bug is a patch of the real classes, made in the bot's process before it starts.
"""

import asyncio
import os
import time
from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import Connection, delete, false, select, true

from bot.dispatch import Answer, Dispatcher
from bot.kit.interaction import Interaction, Kind
from bot.release.release import Release
from bot.slack.delivery import Delivery
from storage import releases as release_rows
from storage import timers as timer_rows
from storage import together
from storage.audit import Audit
from storage.lane import Unit
from storage.releases import Releases
from storage.tables import releases, timers, votes
from storage.timers import Timers
from storage.upsert import put_rows


def _ack_before_commit() -> None:
    """A button, a dialog or a mention is answered at once and stored afterwards."""
    run = Dispatcher.run
    going: set[asyncio.Task[Any]] = set()

    async def answered_first(self: Dispatcher, did: Interaction, *given: Any, **named: Any) -> Answer:
        if did.kind is Kind.COMMAND:
            return await run(self, did, *given, **named)
        task = asyncio.ensure_future(run(self, did, *given, **named))
        going.add(task)
        task.add_done_callback(going.discard)
        return Answer()

    Dispatcher.run = answered_first  # type: ignore[method-assign,assignment]


def _blind_retry() -> None:
    """A post of unknown outcome is posted again without a look for it."""

    async def always(self: Delivery, row: Any) -> bool:
        return True

    Delivery._repeatable = always  # type: ignore[method-assign]


def _unlocked_read_modify_write() -> None:
    """A release is read without its lock, and all its votes are written as they were read, and one more."""
    write, chain = Releases._write, Audit._chain

    def unlocked(self: Releases, heads: Any) -> Release | None:
        release = self._one(heads)
        time.sleep(0.02)
        self._work.look_again()
        return release

    def all_of_them(self: Releases, id: int, rows: Any, was: Any) -> None:
        write(self, id, rows, was)
        if rows.round is not None:
            number = rows.round["number"]
            self._conn.execute(delete(votes).where(votes.c.release_id == id, votes.c.round == number))
            owner = {"release_id": id, "workspace_id": self._work.workspace_id}
            mine = [
                owner | {"round": at, "user_id": user} | row for (at, user), row in rows.votes.items() if at == number
            ]
            put_rows(self._conn, votes, mine, keys=("release_id", "round", "user_id"))

    def in_turn(self: Audit, release_id: int | None, *given: Any) -> None:
        """The record itself stays whole, so that nothing but a vote gets lost."""
        self._conn.execute(select(releases.c.id).where(releases.c.id == release_id).with_for_update(key_share=True))
        chain(self, release_id, *given)

    release_rows._LOCKED = release_rows._BY_ID
    Releases._locked = unlocked  # type: ignore[method-assign]
    Releases._write = all_of_them  # type: ignore[method-assign]
    Audit._chain = in_turn  # type: ignore[method-assign]


def _timers_in_memory() -> None:
    """A process knows only the timers that it planned itself."""
    replan, named = Timers.replan, timer_rows._named
    mine: set[int] = set()

    def remembered(self: Timers, release_id: int, *given: Any, **more: Any) -> None:
        before = set(self._conn.scalars(select(timers.c.id).where(timers.c.release_id == release_id)))
        replan(self, release_id, *given, **more)
        after = set(self._conn.scalars(select(timers.c.id).where(timers.c.release_id == release_id)))
        mine.update(after - before)

    def only_mine(names: Collection[str] | None) -> Any:
        return [*named(names), timers.c.id.in_(sorted(mine)) if mine else false()]

    Timers.replan = remembered  # type: ignore[method-assign]
    timer_rows._named = only_mine


def _timers_out_of_order() -> None:
    """Of several that are due, any may run first: here the last one does."""

    def last_first(self: Timers, now: Any, names: Collection[str], limit: int) -> list[int]:
        query = select(timers.c.id).where(timer_rows._UNSETTLED, timers.c.next_try_at <= now)
        query = query.where(*timer_rows._named(names)).order_by(timers.c.due_at.desc(), timers.c.id.desc())
        return list(self._conn.scalars(query.limit(limit)))

    Timers.due = last_first  # type: ignore[method-assign]
    timer_rows._first_of_its_release = lambda *_: true()


def _group_commit_unchecked() -> None:
    """A unit that shares a COMMIT fails for itself alone, even where SQLite has rolled back what came before it."""

    def for_itself(conn: Connection, unit: Unit[Any]) -> together.Outcome:
        try:
            unit.require_time()
            with conn.begin_nested():
                return together.Outcome(unit.context.run(unit.within, conn))
        except Exception as problem:
            return together.Outcome(problem=problem)

    together._one = for_itself
    together.still_open = lambda conn: True


def _ends_by_itself() -> None:
    """A gesture takes the process along. What starts it again hides that well."""

    async def ends(self: Dispatcher, *_: Any, **__: Any) -> Answer:
        os._exit(3)

    Dispatcher.run = ends  # type: ignore[method-assign]


#: By name.
BUGS: dict[str, Callable[[], None]] = {
    "ack before commit": _ack_before_commit,
    "blind retry": _blind_retry,
    "unlocked read-modify-write": _unlocked_read_modify_write,
    "group commit unchecked": _group_commit_unchecked,
    "timers in memory": _timers_in_memory,
    "timers out of order": _timers_out_of_order,
    "ends by itself": _ends_by_itself,
}
