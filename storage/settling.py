"""Settle what was due: done, skipped with its reason, tried again later, or given up and shown to admins."""

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, TypeVar

from sqlalchemy import Table, bindparam, func, select, update

from storage.prepared import Prepared

if TYPE_CHECKING:
    from storage.work import Work

Row = TypeVar("Row")
#: What is due and was not settled is planned; the others are over.
DueState = Literal["planned", "done", "skipped", "dead", "cancelled"]
#: After so many failed runs it is dead.
MOST_ATTEMPTS = 5


class Settling(Generic[Row]):
    """Rows of `table` that are due at a time. `row` is how one of them is read, by the names of its fields."""

    table: ClassVar[Table]
    row: type[Row]

    def __init__(self, work: "Work") -> None:
        self._work = work
        self._conn = work.conn
        #: Whether this unit has planned something: the next one may be due sooner.
        self.has_planned = False

    def done(self, id: int) -> None:
        """It ran."""
        self._settle(id, "done", "")

    def skip(self, id: int, reason: str) -> None:
        """It did not run, and why."""
        self._settle(id, "skipped", reason)

    def failed(self, id: int, error: str, next_try_at: datetime, *, counts: bool = True) -> bool:
        """It failed and is tried again then; after five failures that count it is dead.

        Whether that was the last of them. What another replica has settled meanwhile stays so.
        """
        its = self.table.c
        query = select(its.attempts).where(its.id == id, its.settled_at.is_(None)).with_for_update()
        before = self._conn.execute(query).scalar_one_or_none()
        if before is None:
            return False
        attempts = before + (1 if counts else 0)
        if attempts >= MOST_ATTEMPTS:
            self._settle(id, "dead", error, attempts=attempts)
            return True
        values = {"attempts": attempts, "reason": error, "next_try_at": next_try_at}
        self._conn.execute(update(self.table).where(its.id == id).values(**values))
        return False

    def run_again(self, id: int) -> bool:
        """Plan one that failed for good once more, for now, with as many tries as at first. False: it is not dead."""
        again = {"state": "planned", "reason": "", "attempts": 0, "settled_at": None, "next_try_at": self._work.now}
        return self._of_a_dead(id, again)

    def drop(self, id: int) -> bool:
        """Speak of one that failed for good no more. False: it is not dead."""
        return self._of_a_dead(id, {"state": "skipped", "reason": "it failed, and was dropped"})

    def _of_a_dead(self, id: int, values: dict[str, Any]) -> bool:
        its = self.table.c
        dead = update(self.table).where(its.id == id, its.state == "dead")
        return self._conn.execute(dead.values(**values)).rowcount > 0

    def _settle(self, id: int, state: str, reason: str, **more: Any) -> None:
        values = {"state": state, "reason": reason, "settled_at": self._work.now} | more
        _settling(self.table, *values).run(self._conn, {"its": id} | values)

    # ---- looking --------------------------------------------------------------------------
    def get(self, id: int) -> Row | None:
        """By the row's id; None where the unit's workspace has none."""
        its = self.table.c
        query = select(*columns(self.table, self.row)).where(its.id == id, its.workspace_id == self._work.workspace_id)
        row = self._conn.execute(query).one_or_none()
        return None if row is None else self.row(**row._mapping)

    def dead_since(self, instant: datetime, limit: int) -> list[Row]:
        """Those of the unit's workspace that failed for good since then, the latest first."""
        its = self.table.c
        query = select(*columns(self.table, self.row)).where(its.settled_at >= instant, its.state == "dead")
        query = query.where(its.workspace_id == self._work.workspace_id)
        return [self.row(**row._mapping) for row in self._conn.execute(query.order_by(its.id.desc()).limit(limit))]

    def died_since(self, instant: datetime) -> int:
        """How many failed for good since then, of all workspaces, and were not run again or dropped."""
        its = self.table.c
        query = select(func.count()).where(its.settled_at >= instant, its.state == "dead")
        count: int = self._conn.execute(query).scalar_one()
        return count


def columns(table: Table, row: type[Any]) -> tuple[Any, ...]:
    """The table's columns that a row is made of, in its order."""
    return tuple(table.c[name] for name in row.__dataclass_fields__)


@cache
def _settling(table: Table, *names: str) -> Prepared:
    its = update(table).where(table.c.id == bindparam("its"))
    return Prepared(its.values({name: bindparam(name) for name in names}))
