"""Keep what people said in retrospectives, and the action items that come back."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, Select, Text, bindparam, insert, select, update

from bot.release.policy import service_key
from storage.prepared import Prepared
from storage.tables import release_parts, retro_actions, retro_answers
from storage.upsert import put_rows

if TYPE_CHECKING:
    from storage.work import Work


@dataclass(frozen=True)
class RetroAnswer:
    """What one person said; "" for what they left out."""

    user: str
    well: str
    not_well: str
    ideas: str
    at: datetime


@dataclass(frozen=True)
class ActionItem:
    """`owner` (id) does it by the day `due_on`; open until `closed_at`."""

    id: int
    release_id: int
    text: str
    owner: str
    due_on: date
    created_by: str
    created_at: datetime
    closed_by: str | None
    closed_at: datetime | None


#: What nobody did in so many releases of a service is not held up to the next ones.
LOOKED_BACK = 20
_ACTION = [retro_actions.c[name] for name in ActionItem.__dataclass_fields__]


def _open_but() -> Select[Any]:
    part, action, workspace = release_parts.c, retro_actions.c, bindparam("workspace", type_=Integer)
    its = select(part.release_id).where(
        part.workspace_id == workspace,
        part.service_key == bindparam("service", type_=Text),
        part.release_id != bindparam("but", type_=Integer),
    )
    its = its.order_by(part.workspace_id.desc(), part.service_key.desc(), part.release_id.desc()).limit(LOOKED_BACK)
    here = action.workspace_id == workspace, action.closed_at.is_(None), action.release_id.in_(its)
    return select(*_ACTION).where(*here).order_by(action.id)


_OPEN_BUT = Prepared(_open_but())


class Retros:
    """Within the unit's workspace."""

    def __init__(self, work: "Work") -> None:
        self._work = work
        self._conn = work.conn

    def put_answer(self, release_id: int, user: str, well: str, not_well: str, ideas: str, at: datetime) -> None:
        """One per person: a later one replaces theirs."""
        row = {"workspace_id": self._work.workspace_id, "release_id": release_id, "user_id": user, "went_well": well,
               "did_not": not_well, "ideas": ideas, "at": at}  # fmt: skip
        put_rows(self._conn, retro_answers, [row], keys=("release_id", "user_id"))

    def answers(self, release_id: int) -> list[RetroAnswer]:
        """In the order they were given."""
        answer = retro_answers.c
        query = select(answer.user_id, answer.went_well, answer.did_not, answer.ideas, answer.at)
        query = query.where(answer.workspace_id == self._work.workspace_id, answer.release_id == release_id)
        return [RetroAnswer(*row) for row in self._conn.execute(query.order_by(answer.at, answer.user_id))]

    def add_action(self, release_id: int, text: str, owner: str, due_on: date, by: str, at: datetime) -> int:
        """Returns its id."""
        row = {"workspace_id": self._work.workspace_id, "release_id": release_id, "text": text, "owner": owner,
               "due_on": due_on, "created_by": by, "created_at": at}  # fmt: skip
        id: int = self._conn.execute(insert(retro_actions).values(**row).returning(retro_actions.c.id)).scalar_one()
        return id

    def close_action(self, action_id: int, by: str, at: datetime) -> bool:
        """False when it is closed already, or not here."""
        open_here = (retro_actions.c.workspace_id == self._work.workspace_id) & retro_actions.c.closed_at.is_(None)
        closed = update(retro_actions).where(open_here, retro_actions.c.id == action_id)
        return self._conn.execute(closed.values(closed_by=by, closed_at=at)).rowcount > 0

    def change_action(self, action_id: int, owner: str, due_on: date) -> None:
        """Give it another owner, or another day."""
        here = (retro_actions.c.workspace_id == self._work.workspace_id) & (retro_actions.c.id == action_id)
        self._conn.execute(update(retro_actions).where(here).values(owner=owner, due_on=due_on))

    def actions(self, release_id: int) -> list[ActionItem]:
        """Of one release, in the order they were added."""
        return self._list(retro_actions.c.release_id == release_id)

    def open_actions(self, service: str, but: int) -> list[ActionItem]:
        """The open ones of the releases of this service but that one (its id), in the order they were added.

        No further back than LOOKED_BACK of them.
        """
        values = {"workspace": self._work.workspace_id, "service": service_key(service), "but": but}
        return [ActionItem(*row) for row in _OPEN_BUT.all(self._conn, values)]

    def open_actions_of(self, owner: str, limit: int) -> list[ActionItem]:
        """The open ones of a person, in the order they were added."""
        return self._list(retro_actions.c.closed_at.is_(None), retro_actions.c.owner == owner)[:limit]

    def _list(self, *which: Any) -> list[ActionItem]:
        query = select(*_ACTION).where(retro_actions.c.workspace_id == self._work.workspace_id, *which)
        return [ActionItem(**row._mapping) for row in self._conn.execute(query.order_by(retro_actions.c.id))]
