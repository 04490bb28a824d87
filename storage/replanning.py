"""Find the open releases whose plan may have to be made anew: after other holidays, or other rules of time zones."""

from typing import TYPE_CHECKING

from sqlalchemy import select

from storage.tables import releases

if TYPE_CHECKING:
    from storage.work import Work


class Replanning:
    """Within the unit's workspace."""

    def __init__(self, work: "Work") -> None:
        self._work = work
        self._conn = work.conn

    def open_after(self, id: int, limit: int) -> list[int]:
        """The ids of open releases after this one, in their order."""
        here = (releases.c.workspace_id == self._work.workspace_id) & releases.c.ended_at.is_(None)
        query = select(releases.c.id).where(here, releases.c.id > id).order_by(releases.c.id)
        return list(self._conn.scalars(query.limit(limit)))

    def of_other_rules(self, tzdata: str, limit: int, after: int = 0) -> list[int]:
        """The ids of open releases after this one whose instant was derived under other rules, in their order."""
        here = (releases.c.workspace_id == self._work.workspace_id) & releases.c.ended_at.is_(None)
        query = select(releases.c.id).where(here, releases.c.id > after, releases.c.planned_tzdata != tzdata)
        return list(self._conn.scalars(query.order_by(releases.c.id).limit(limit)))
