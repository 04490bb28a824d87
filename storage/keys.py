"""Remember which gestures were answered, and how: a repeat gets the same answer and changes nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, literal, select, tuple_, update

from storage.prepared import Prepared
from storage.tables import keys, workspaces
from storage.types import Json, Utc
from storage.upsert import insert_in, insert_on

if TYPE_CHECKING:
    from storage.work import Work


_BALLAST = "ballast"
_IT = (keys.c.workspace_id == bindparam("of")) & (keys.c.key == bindparam("its"))
_FIND = Prepared(select(keys.c.reply, keys.c.at).where(_IT))
_SETTLE = Prepared(update(keys).where(_IT).values(reply=bindparam("reply")))
_CLAIM = Prepared(lambda dialect: insert_in(dialect, keys).on_conflict_do_nothing().returning(keys.c.key))


@dataclass(frozen=True)
class Answer:
    """What a gesture was answered, and when. `reply` is None when there was nothing to say."""

    reply: dict[str, Any] | None
    at: datetime


class Keys:
    """Within the unit's workspace; forgotten for all of them."""

    def __init__(self, work: "Work") -> None:
        self._work = work
        self._conn = work.conn

    def claim(self, key: str, reply: dict[str, Any] | None = None) -> Answer | None:
        """Make the gesture ours: None when it is new, else the answer it had. `reply`: unless settled otherwise.

        While another transaction holds it, this waits for that one's end.
        """
        row = {"workspace_id": self._work.workspace_id, "key": key, "reply": reply, "at": self._work.now}
        if _CLAIM.first(self._conn, row) is not None:
            return None
        self._work.look_again()
        found = self.find(key)
        if found is None:
            raise LookupError(f"key {key!r} was there and is gone: it was forgotten just now")
        return found

    def settle(self, key: str, reply: dict[str, Any] | None) -> None:
        """Keep what a claimed gesture was answered."""
        _SETTLE.run(self._conn, {"of": self._work.workspace_id, "its": key, "reply": reply})

    def find(self, key: str) -> Answer | None:
        """The answer a gesture had, None when it is not known."""
        row = _FIND.first(self._conn, {"of": self._work.workspace_id, "its": key})
        return None if row is None else Answer(row.reply, row.at)

    def forget_before(self, instant: datetime, most: int) -> int:
        """Forget answers older than that, of every workspace, at most so many. Returns how many."""
        old = select(keys.c.workspace_id, keys.c.key).where(keys.c.at < instant).limit(most)
        return self._conn.execute(delete(keys).where(tuple_(keys.c.workspace_id, keys.c.key).in_(old))).rowcount

    def put_ballast(self) -> None:
        """Store about as much as a gesture does, to see whether there is room for one."""
        much = select(
            workspaces.c.id, literal(_BALLAST), literal({"": "x" * 65_536}, Json), literal(self._work.now, Utc)
        )
        row = insert_on(self._conn, keys).from_select(["workspace_id", "key", "reply", "at"], much.limit(1))
        self._conn.execute(row)

    def drop_ballast(self) -> None:
        """Take it out again."""
        self._conn.execute(delete(keys).where(keys.c.key == _BALLAST))
