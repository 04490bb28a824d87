"""Keep rotations: who leads and who deploys a service's releases, in turn."""

from datetime import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, delete, select

from bot.release.policy import service_key
from bot.release.recurrence import rule_data, rule_of
from bot.release.rotations import Duty, Rotation
from storage.schedule_tables import rotations
from storage.upsert import put_rows

if TYPE_CHECKING:
    from storage.work import Work

#: The appointment at which a rotation turns; it is about "captain payments".
TURNS = "rotation.turns"
_PLAIN = tuple(name for name in Rotation.__dataclass_fields__ if name not in ("people", "rule", "clock", "within"))
#: Stands in a key between the service and the private channel that its rotation is for; nobody types it.
_WITHIN = "\x1f"


class Rotations:
    """Within the unit's workspace: one for each service and duty; a private channel may have its own (`within`)."""

    def __init__(self, work: "Work") -> None:
        self._work = work
        self._conn = work.conn

    def put(self, rotation: Rotation) -> None:
        """Store it, instead of the one of that service and duty, if there was one."""
        row = {name: getattr(rotation, name) for name in _PLAIN} | {
            "workspace_id": self._work.workspace_id,
            "service_key": _key(rotation.service, rotation.within),
            "people": list(rotation.people),
            "rule": rule_data(rotation.rule) if rotation.rule is not None else None,
            "wall": f"{rotation.clock:%H:%M}" if rotation.rule is not None else "",
        }
        put_rows(self._conn, rotations, [row], keys=("workspace_id", "service_key", "role"))

    def remove(self, service: str, role: Duty, within: str = "") -> bool:
        """False where there was none."""
        return self._conn.execute(delete(rotations).where(*self._its(service, role, within))).rowcount > 0

    def get(self, service: str, role: Duty, within: str = "") -> Rotation | None:
        """As it is now, for looking at."""
        row = self._conn.execute(select(rotations).where(*self._its(service, role, within))).one_or_none()
        return _read(row) if row is not None else None

    def lock(self, service: str, role: Duty, within: str = "") -> Rotation | None:
        """With nobody else able to change it until this unit ends. Waits; `work.now` is taken anew."""
        query = select(rotations).where(*self._its(service, role, within)).with_for_update()
        row = self._conn.execute(query).one_or_none()
        self._work.look_again()
        return _read(row) if row is not None else None

    def all(self) -> list[Rotation]:
        """By service and duty."""
        query = select(rotations).where(rotations.c.workspace_id == self._work.workspace_id)
        return [_read(row) for row in self._conn.execute(query.order_by(rotations.c.service_key, rotations.c.role))]

    def under_other_rules(self, tzdata: str) -> list[tuple[str, str]]:
        """The appointments, kind and subject, of those whose next hand-over was derived under other tz rules."""
        return [(TURNS, subject_of(one)) for one in self.all() if one.rule is not None and one.tzdata != tzdata]

    def _its(self, service: str, role: Duty, within: str) -> list[Any]:
        its = rotations.c
        here = its.workspace_id == self._work.workspace_id
        return [here, its.service_key == _key(service, within), its.role == role]


def subject_of(rotation: Rotation) -> str:
    """What its appointments are about."""
    return f"{rotation.role} {_key(rotation.service, rotation.within)}"


def parts_of(subject: str) -> tuple[str, Duty, str]:
    """The service, the duty and the private channel, if any, that an appointment is about."""
    role, _, key = subject.partition(" ")
    service, _, within = key.partition(_WITHIN)
    return service, "captain" if role == "captain" else "deployer", within


def _key(service: str, within: str) -> str:
    return service_key(service) + (f"{_WITHIN}{within}" if within else "")


def _read(row: Row[Any]) -> Rotation:
    plain = {name: getattr(row, name) for name in _PLAIN}
    rule = rule_of(row.rule) if row.rule is not None else None
    clock = time.fromisoformat(row.wall) if row.wall else time(0)
    within = row.service_key.partition(_WITHIN)[2]
    return Rotation(people=tuple(row.people), rule=rule, clock=clock, within=within, **plain)
