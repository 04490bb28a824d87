"""Keep who administers releases in a workspace, and the one-time code that makes the first of them."""

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from sqlalchemy import bindparam, case, delete, or_, select, update

from storage.prepared import Prepared
from storage.tables import admins, setup_codes
from storage.upsert import insert_on

if TYPE_CHECKING:
    from storage.work import Work

#: A setup code is locked after so many tries.
MOST_TRIES = 5

_ADMINS = Prepared(select(admins.c.user_id).where(admins.c.workspace_id == bindparam("here")))

Tried = Literal["ok", "wrong", "expired", "used", "locked", "none"]


class Roles:
    """Within the unit's workspace. Being an admin of the Slack workspace gives nothing here."""

    def __init__(self, work: "Work") -> None:
        self._work = work
        self._conn = work.conn

    def admins(self) -> frozenset[str]:
        """The ids of those who administer releases."""
        return frozenset(row.user_id for row in _ADMINS.all(self._conn, {"here": self._work.workspace_id}))

    def added_by(self, user: str) -> str | None:
        """Who made them an admin: an id, "setup code" or "configuration"; None where they are none."""
        query = select(admins.c.added_by).where(admins.c.workspace_id == self._work.workspace_id)
        return self._conn.execute(query.where(admins.c.user_id == user)).scalar_one_or_none()

    def add_admin(self, user: str, by: str, at: datetime) -> None:
        """May be repeated."""
        row = insert_on(self._conn, admins).values(
            workspace_id=self._work.workspace_id, user_id=user, added_by=by, at=at
        )
        self._conn.execute(row.on_conflict_do_nothing())

    def remove_admin(self, user: str) -> None:
        """May be repeated."""
        gone = (admins.c.workspace_id == self._work.workspace_id) & (admins.c.user_id == user)
        self._conn.execute(delete(admins).where(gone))

    # ---- the setup code -------------------------------------------------------------------
    def put_code(self, hash: str, expires_at: datetime, *, instead: bool = False) -> bool:
        """Make this (by its hash) the code, unless one is live: of many replicas, one gets True and prints its own.

        `instead`: also in the place of a live one, whose owner is known to be gone.
        """
        code = setup_codes.c
        row = insert_on(self._conn, setup_codes).values(
            workspace_id=self._work.workspace_id, hash=hash, expires_at=expires_at, tries=0
        )
        over = or_(code.used_at.is_not(None), code.expires_at <= self._work.now, code.tries >= MOST_TRIES)
        row = row.on_conflict_do_update(
            index_elements=["workspace_id"],
            set_={"hash": hash, "expires_at": expires_at, "tries": 0, "used_at": None},
            where=None if instead else over,
        )
        return self._conn.execute(row.returning(code.hash)).first() is not None

    def code_until(self) -> datetime | None:
        """When the code ends that can be used now."""
        code = setup_codes.c
        query = select(code.expires_at).where(code.workspace_id == self._work.workspace_id, code.used_at.is_(None))
        query = query.where(code.expires_at > self._work.now, code.tries < MOST_TRIES)
        return self._conn.execute(query).scalar_one_or_none()

    def try_code(self, hash: str, now: datetime) -> Tried:
        """Use the code up, if this is its hash. Every try counts, so the unit must be committed, wrong or right."""
        code = setup_codes.c
        here = code.workspace_id == self._work.workspace_id
        right = code.hash == hash
        one = update(setup_codes).where(here, code.used_at.is_(None), code.expires_at > now, code.tries < MOST_TRIES)
        one = one.values(tries=code.tries + 1, used_at=case((right, now), else_=None))
        found = self._conn.execute(one.returning(code.used_at)).first()
        if found is not None:
            return "wrong" if found.used_at is None else "ok"
        row = self._conn.execute(select(setup_codes).where(here)).one_or_none()
        if row is None:
            return "none"
        if row.used_at is not None:
            return "used"
        return "expired" if row.expires_at <= now else "locked"
