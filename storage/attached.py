"""Load and store what hangs on releases beside parts, rounds and votes: conditions, ticks, the late change that waits.

Most releases have none of it, and no statement is spent on what none has: whoever loads parts asks for `PRESENCE`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, select, update

from storage.decision_tables import conditions, late_changes, ticks
from storage.prepared import Prepared
from storage.release_rows import Rows, Values
from storage.tables import release_parts
from storage.upsert import put_rows

#: What hangs on a release, by the name in `Rows`: its table, the column that tells its rows apart, and which count.
_KINDS: Mapping[str, tuple[Table, str, tuple[Any, ...]]] = {
    "conditions": (conditions, "number", ()),
    "ticks": (ticks, "item", ()),
    "late": (late_changes, "number", (late_changes.c.ended_at.is_(None),)),
}
#: Beside a part's columns: one row of each that its release has. (Asked with EXISTS, Postgres may read all of a table.)
PRESENCE = tuple(
    select(table.c.release_id).where(table.c.release_id == release_parts.c.release_id, *which).limit(1)
    .scalar_subquery().label(f"has_{kind}")
    for kind, (table, _, which) in _KINDS.items()
)  # fmt: skip
_OF = {
    kind: Prepared(select(table).where(table.c.release_id.in_(bindparam("ids", expanding=True)), *which))
    for kind, (table, _, which) in _KINDS.items()
}
#: Not about a late change that waits.
_ENDS = frozenset({"outcome", "ended_by", "ended_at", "ended_why"})


class Hanging:
    """What hangs on the releases that are being loaded: first seen with their parts, then read."""

    def __init__(self) -> None:
        self._having: dict[str, set[int]] = defaultdict(set)
        self._rows: dict[tuple[str, int], dict[Any, Values]] = defaultdict(dict)

    def see(self, part: Any) -> None:
        """A part's row, with `PRESENCE`."""
        for kind in _KINDS:
            if getattr(part, f"has_{kind}") is not None:
                self._having[kind].add(part.release_id)

    def read(self, conn: Connection) -> None:
        """A statement for each kind that any of the releases has."""
        for kind, ids in self._having.items():
            _, key, which = _KINDS[kind]
            leave = {"release_id", "workspace_id", key} | (_ENDS if which else set())
            for row in _OF[kind].all(conn, {"ids": sorted(ids)}):
                all_of = row._asdict()
                self._rows[kind, row.release_id][all_of[key]] = {
                    name: value for name, value in all_of.items() if name not in leave
                }

    def of(self, release_id: int) -> dict[str, dict[Any, Values]]:
        """By the names in `Rows`."""
        return {kind: self._rows[kind, release_id] for kind in _KINDS}


def write(conn: Connection, owner: Values, rows: Rows, was: Rows, now: datetime) -> None:
    """Store what changed. `owner` are the columns of release and workspace.

    A late change that is gone from its release without a word about what became of it was superseded.
    """
    for kind, (table, key, _) in _KINDS.items():
        wanted, had = getattr(rows, kind), getattr(was, kind)
        changed = [owner | {key: one} | row for one, row in wanted.items() if had.get(one) != row]
        put_rows(conn, table, changed, keys=("release_id", key))
        _end(conn, kind, owner["release_id"], had.keys() - wanted.keys(), now)


def _end(conn: Connection, kind: str, release_id: int, gone: Iterable[Any], now: datetime) -> None:
    table, key, which = _KINDS[kind]
    for one in sorted(gone):
        its = (table.c.release_id == release_id, table.c[key] == one, *which)
        if table is late_changes:
            conn.execute(update(table).where(*its).values(outcome="superseded", ended_at=now))
        else:
            conn.execute(delete(table).where(*its))
