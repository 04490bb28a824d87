"""Keep what became of the steps of releases' timelines: what was said, asked, answered or left out."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select

from bot.release.steps import Mark
from storage.prepared import Prepared
from storage.schedule_tables import milestones
from storage.tables import cards
from storage.upsert import put_rows

if TYPE_CHECKING:
    from storage.work import Work

_MARK = [milestones.c[name] for name in Mark.__dataclass_fields__]
_OF = Prepared(select(*_MARK).where(milestones.c.release_id == bindparam("release")))


class Milestones:
    """Within the unit's workspace."""

    def __init__(self, work: "Work") -> None:
        self._work = work
        self._conn = work.conn
        self._read: dict[int, dict[str, Mark]] = {}

    def of(self, release_id: int) -> dict[str, Mark]:
        """By the key of the step; nothing became of the others yet."""
        if release_id not in self._read:
            rows = _OF.all(self._conn, {"release": release_id})
            self._read[release_id] = {row.key: Mark(**row._asdict()) for row in rows}
        return self._read[release_id]

    def rolled_back(self) -> None:
        """What this unit changed may be as it was before."""
        self._read.clear()

    def put(self, release_id: int, mark: Mark) -> None:
        """What became of a step, instead of what was known of it before."""
        answered_at = None if mark.outcome == "asked" else mark.at
        row = {"release_id": release_id, "workspace_id": self._work.workspace_id, **vars(mark)}
        put_rows(self._conn, milestones, [row | {"answered_at": answered_at}], keys=("release_id", "key"))
        self._read.pop(release_id, None)

    def forget(self, release_id: int, keys: Collection[str]) -> None:
        """Nothing became of these: they are to come again."""
        if not keys:
            return
        its = (milestones.c.release_id == release_id) & milestones.c.key.in_(sorted(keys))
        self._conn.execute(delete(milestones).where(its))
        self._read.pop(release_id, None)

    def asked(self, user: str, kind: str, limit: int) -> list[int]:
        """The ids of releases about whose steps this person is asked by a card of that kind, the latest first."""
        here = (milestones.c.workspace_id == self._work.workspace_id) & milestones.c.answered_at.is_(None)
        theirs = (cards.c.workspace_id == self._work.workspace_id) & (cards.c.recipient == user)
        query = select(milestones.c.release_id).distinct().join(cards, cards.c.release_id == milestones.c.release_id)
        query = query.where(here, theirs, cards.c.kind == kind)
        return list(self._conn.scalars(query.order_by(milestones.c.release_id.desc()).limit(limit)))
