"""Keep the release processes that were applied, version by version."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, update

from bot.release.policy import Policy, service_key
from storage.release_rows import policy_columns, read_policy
from storage.tables import policies, workspaces

if TYPE_CHECKING:
    from storage.work import Work


class Policies:
    """Within the unit's workspace. The built-in ones are not here, unless they were applied."""

    def __init__(self, work: "Work") -> None:
        self._work = work
        self._conn = work.conn

    def put(self, policy: Policy, by: str, at: datetime) -> Policy:
        """Apply a policy as the next version of its name, and return it with that version."""
        self.hold_still()
        same = (policies.c.workspace_id == self._work.workspace_id) & (policies.c.name == policy.name)
        last = self._conn.execute(select(func.max(policies.c.version)).where(same)).scalar_one_or_none() or 0
        self.retire(policy.name, at)
        applied = replace(policy, version=last + 1)
        row = {"name": policy.name, "version": last + 1, "applied_by": by, "applied_at": at}
        row |= policy_columns(applied, "data")
        self._conn.execute(insert(policies).values(workspace_id=self._work.workspace_id, **row))
        return applied

    def hold_still(self) -> None:
        """Have nobody else apply anything until this unit ends: two at once get two versions, and no clash."""
        held = select(workspaces.c.id).where(workspaces.c.id == self._work.workspace_id)
        self._conn.execute(held.with_for_update(key_share=True))

    def retire(self, name: str, at: datetime) -> None:
        """Take the policy of that name out of force. Releases keep the version they were made with."""
        same = (policies.c.workspace_id == self._work.workspace_id) & (policies.c.name == name)
        self._conn.execute(update(policies).where(same, policies.c.superseded_at.is_(None)).values(superseded_at=at))

    def latest(self, name: str) -> Policy | None:
        """The version in force of that name, None when none was applied."""
        return next(iter(self._in_force(name)), None)

    def all_latest(self) -> list[Policy]:
        """The versions in force, by name."""
        return list(self._in_force())

    def for_service(self, service: str) -> Policy | None:
        """The applied policy that names the service (names are compared as people do), else the applied default."""
        applied = self.all_latest()
        wanted = service_key(service)
        naming = [policy for policy in applied if wanted in map(service_key, policy.services)]
        return next(iter([*naming, *(policy for policy in applied if policy.is_default)]), None)

    def any_applied(self) -> bool:
        """Whether this workspace has a policy of its own."""
        return bool(self.all_latest())

    def known_services(self) -> frozenset[str]:
        """The services that applied policies name, as they spell them."""
        return frozenset(service for policy in self.all_latest() for service in policy.services)

    def _in_force(self, name: str | None = None) -> Iterable[Policy]:
        query = select(policies.c.data, policies.c.rules).where(
            policies.c.workspace_id == self._work.workspace_id, policies.c.superseded_at.is_(None)
        )
        if name is not None:
            query = query.where(policies.c.name == name)
        return [read_policy(*row) for row in self._conn.execute(query.order_by(policies.c.name))]
