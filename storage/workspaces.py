"""Keep the workspaces (installations) the bot serves, and their encrypted tokens."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, Update, and_, bindparam, or_, select, update

from storage.prepared import Prepared
from storage.tables import counters, workspaces
from storage.upsert import insert_on
from storage.vault import seal, unseal

if TYPE_CHECKING:
    from storage.work import Work

#: In place of an app that Slack does not tell.
UNKNOWN = "unknown"
_CHANGEABLE = {"bot_user_id", "status_channel", "zone", "policy", "setup_done", "country"}


@dataclass(frozen=True)
class WorkspaceRow:
    """One installation. `enterprise_id` and (of an org-wide one) `team_id` may be ''; `zone` is an IANA name."""

    id: int
    app_id: str
    team_id: str
    enterprise_id: str
    bot_user_id: str
    is_org_install: bool
    status_channel: str | None
    zone: str
    policy: str
    setup_done: bool
    people_rev: int  # counts the changes of what is known of people, channels and groups
    country: str | None = None  # whose public holidays are no working days here
    uninstalled_at: datetime | None = None  # since then Slack does not let the app in


_ROW = [workspaces.c[name] for name in WorkspaceRow.__dataclass_fields__]
_GET = Prepared(select(*_ROW).where(workspaces.c.id == bindparam("its")))


class Workspaces:
    """Not within one workspace."""

    def __init__(self, work: "Work") -> None:
        self._work = work
        self._conn = work.conn

    def ensure(
        self,
        app_id: str,
        team_id: str | None,
        enterprise_id: str | None,
        bot_user_id: str,
        is_org_install: bool = False,
        token: str | None = None,
        *,
        zone: str = "UTC",
    ) -> int:
        """The id of this installation, stored now if it is new. The bot user and a token given are brought up to date.

        `zone` is where a new one begins. Where Slack does not tell the app (UNKNOWN), or did not before, the
        installation is the one that is there. Raises storage.vault.Sealed when a token is given and there is no key.
        """
        app_id = self._same_app(app_id, team_id or "", enterprise_id or "", bot_user_id)
        sealed = {"token": seal(self._work.vault, token)} if token is not None else {}
        statement = insert_on(self._conn, workspaces).values(
            app_id=app_id,
            team_id=team_id or "",
            enterprise_id=enterprise_id or "",
            bot_user_id=bot_user_id,
            is_org_install=is_org_install,
            zone=zone,
            policy="light",
            setup_done=False,
            people_rev=0,
            **sealed,
        )
        statement = statement.on_conflict_do_update(
            index_elements=["app_id", "enterprise_id", "team_id"],
            set_={"bot_user_id": bot_user_id, "is_org_install": is_org_install, **sealed},
        )
        found: int = self._conn.execute(statement.returning(workspaces.c.id)).scalar_one()
        counter = insert_on(self._conn, counters).values(workspace_id=found, releases=0)
        self._conn.execute(counter.on_conflict_do_nothing())
        self._work.changed_workspace()
        return found

    def _same_app(self, app_id: str, team_id: str, enterprise_id: str, bot_user_id: str) -> str:
        """The id under which this app is stored here; one that was UNKNOWN is named at once."""
        here = (workspaces.c.team_id == team_id) & (workspaces.c.enterprise_id == enterprise_id)
        rows = self._conn.execute(
            select(workspaces.c.id, workspaces.c.app_id, workspaces.c.bot_user_id).where(here)
        ).all()
        if any(row.app_id == app_id for row in rows):
            return app_id
        able = [row for row in rows if UNKNOWN in (app_id, row.app_id)]
        same = [row for row in able if row.bot_user_id == bot_user_id] or (able if len(able) == 1 else [])
        if not same:
            return app_id
        if app_id == UNKNOWN:
            return str(same[0].app_id)
        self._conn.execute(update(workspaces).where(workspaces.c.id == same[0].id).values(app_id=app_id))
        return app_id

    def find(self, team_id: str | None, enterprise_id: str | None) -> WorkspaceRow | None:
        """The installation that serves a team: its own, else its organisation's."""
        own = workspaces.c.team_id == (team_id or "")
        org = and_(workspaces.c.enterprise_id == (enterprise_id or ""), workspaces.c.is_org_install)
        wanted = [own] * bool(team_id) + [org] * bool(enterprise_id)
        if not wanted:
            return None
        rows = self._conn.execute(select(*_ROW).where(or_(*wanted)).order_by(workspaces.c.id)).all()
        found = sorted(rows, key=lambda row: not (team_id and row.team_id == team_id))
        return _read(found[0]) if found else None

    def get(self, id: int) -> WorkspaceRow:
        """Raises LookupError when there is none."""
        row = _GET.first(self._conn, {"its": id})
        if row is None:
            raise LookupError(f"there is no workspace {id}")
        return WorkspaceRow(*row)

    def update(self, id: int, **fields: Any) -> None:
        """Change bot_user_id, status_channel, zone, policy, setup_done or country. Raises ValueError for others."""
        if not fields or not fields.keys() <= _CHANGEABLE:
            raise ValueError(f"can change {sorted(_CHANGEABLE)}, not {sorted(fields.keys() - _CHANGEABLE)}")
        self._conn.execute(update(workspaces).where(workspaces.c.id == id).values(**fields))
        self._work.changed_workspace()

    def all(self) -> list[WorkspaceRow]:
        """Every installation, oldest first."""
        return [_read(row) for row in self._conn.execute(select(*_ROW).order_by(workspaces.c.id))]

    def token(self, id: int) -> str | None:
        """The bot token, None when none is stored (or it was revoked). Raises storage.vault.Sealed."""
        sealed = self._conn.execute(select(workspaces.c.token).where(workspaces.c.id == id)).scalar_one_or_none()
        return None if sealed is None else unseal(self._work.vault, sealed)

    def uninstalled(self, id: int) -> bool:
        """The app was removed there or its token revoked: a token that is stored is forgotten. False when known."""
        there = (workspaces.c.id == id) & workspaces.c.uninstalled_at.is_(None)
        return self._run(update(workspaces).where(there).values(token=None, uninstalled_at=self._work.now))

    def installed(self, id: int) -> bool:
        """Slack lets the app in. False when it was not removed before."""
        gone = (workspaces.c.id == id) & workspaces.c.uninstalled_at.is_not(None)
        return self._run(update(workspaces).where(gone).values(uninstalled_at=None))

    def _run(self, changed: Update) -> bool:
        self._work.changed_workspace()
        return self._conn.execute(changed).rowcount > 0


def _read(row: Row[Any]) -> WorkspaceRow:
    return WorkspaceRow(**row._mapping)
