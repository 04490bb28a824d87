"""Keep what shall happen later and is about no release yet: a departure, a digest, the begin of a freeze.

A timer (storage/timers.py) is a release's and waits for those before it; these are independent of each other.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, insert, select, update

from storage.schedule_tables import appointments
from storage.settling import DueState, Settling, columns

_UNSETTLED = appointments.c.settled_at.is_(None)


@dataclass(frozen=True)
class AppointmentRow:
    """`kind` is what the catalogue calls it, `subject` what it is about, as that kind spells it."""

    id: int
    workspace_id: int
    kind: str
    subject: str
    due_at: datetime
    state: DueState
    reason: str
    attempts: int
    next_try_at: datetime


class Appointments(Settling[AppointmentRow]):
    """Planned within the unit's workspace; claimed for all of them."""

    table = appointments
    row = AppointmentRow

    def replan(self, kind: str, subject: str, wanted: Iterable[datetime]) -> None:
        """Have exactly these instants planned for that subject. What ran or was skipped stays so.

        A cancelled one that is wanted again is planned again.
        """
        its, dues = appointments.c, set(wanted)
        of = (its.workspace_id == self._work.workspace_id, its.kind == kind, its.subject == subject)
        query = select(its.id, its.due_at, its.state).where(*of, its.due_at.in_(dues) | _UNSETTLED)
        rows = list(self._conn.execute(query))
        for due_at in sorted(dues - {row.due_at for row in rows}):
            new = {"workspace_id": self._work.workspace_id, "kind": kind, "subject": subject, "due_at": due_at,
                   "next_try_at": due_at, "state": "planned", "reason": "", "attempts": 0}  # fmt: skip
            self._conn.execute(insert(appointments).values(**new))
            self.has_planned = True
        again = [row.id for row in rows if row.due_at in dues and row.state == "cancelled"]
        if again:
            revived = update(appointments).where(its.id.in_(again))
            revived = revived.values(state="planned", reason="", settled_at=None, next_try_at=its.due_at)
            self._conn.execute(revived)
            self.has_planned = True
        over = [row.id for row in rows if row.due_at not in dues and row.state == "planned"]
        if over:
            ended = update(appointments).where(its.id.in_(over))
            self._conn.execute(ended.values(state="cancelled", reason="not needed any more", settled_at=self._work.now))

    # ---- what is due ----------------------------------------------------------------------
    def next_due(self, kinds: Collection[str] | None = None) -> datetime | None:
        """When the next one can be claimed, of those kinds if given."""
        query = select(appointments.c.next_try_at).where(_UNSETTLED, *_of(kinds))
        return self._conn.execute(query.order_by(appointments.c.next_try_at).limit(1)).scalar_one_or_none()

    def due(self, now: datetime, kinds: Collection[str], limit: int) -> list[int]:
        """The ids of those that can be claimed, of those kinds, the earliest first."""
        query = select(appointments.c.id).where(_UNSETTLED, appointments.c.next_try_at <= now, *_of(kinds))
        return list(self._conn.scalars(query.order_by(appointments.c.next_try_at, appointments.c.id).limit(limit)))

    def claim(self, id: int, now: datetime) -> AppointmentRow | None:
        """This one, held until this unit ends; None when it is not due, or is somebody else's by now.

        Settle it in the same unit of work.
        """
        query = select(*columns(appointments, AppointmentRow)).where(appointments.c.id == id, _UNSETTLED)
        query = query.where(appointments.c.next_try_at <= now).with_for_update(skip_locked=True)
        row = self._conn.execute(query).one_or_none()
        return None if row is None else AppointmentRow(**row._mapping)

    def is_followed(self, row: AppointmentRow, now: datetime) -> bool:
        """Whether a later one of the same kind about the same is due by now too, or another replica was faster."""
        its = appointments.c
        query = select(its.id).where(
            its.workspace_id == row.workspace_id, its.kind == row.kind, its.subject == row.subject,
            its.state != "cancelled", its.due_at > row.due_at, its.due_at <= now,
        )  # fmt: skip
        return self._conn.execute(query.limit(1)).first() is not None

    def skip_before(self, row: AppointmentRow, reason: str) -> None:
        """The earlier ones of the same kind about the same are not needed any more: this one came instead of them."""
        its = appointments.c
        earlier = update(appointments).where(
            its.workspace_id == row.workspace_id, its.kind == row.kind, its.subject == row.subject, _UNSETTLED,
            its.due_at < row.due_at,
        )  # fmt: skip
        self._conn.execute(earlier.values(state="skipped", reason=reason, settled_at=self._work.now))

    # ---- looking --------------------------------------------------------------------------
    def of(self, kind: str, subject: str) -> list[AppointmentRow]:
        """All of a kind about a subject, by due time."""
        its = appointments.c
        query = select(*columns(appointments, AppointmentRow))
        query = query.where(its.workspace_id == self._work.workspace_id, its.kind == kind, its.subject == subject)
        return [AppointmentRow(**row._mapping) for row in self._conn.execute(query.order_by(its.due_at, its.id))]

    def lag(self, now: datetime) -> float:
        """Seconds that the longest due one has been waiting for; 0 when nothing is due."""
        due_at = self.next_due()
        return max(0.0, (now - due_at).total_seconds()) if due_at is not None else 0.0

    def forget_before(self, instant: datetime, most: int) -> int:
        """Delete those that were settled before that, at most so many. Returns how many."""
        old = select(appointments.c.id).where(appointments.c.settled_at < instant).limit(most)
        return self._conn.execute(delete(appointments).where(appointments.c.id.in_(old))).rowcount


def _of(kinds: Collection[str] | None) -> list[ColumnElement[bool]]:
    return [] if kinds is None else [appointments.c.kind.in_(sorted(kinds))]
