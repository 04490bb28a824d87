"""Keep change freezes, and the exceptions from them that are asked for."""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Update, bindparam, insert, select, union_all, update

from bot.release.freeze import Exemption, Freeze
from bot.release.planned import PlannedTime, replan
from bot.release.recurrence import rule_data, rule_of
from bot.release.zones import TZDATA
from storage.prepared import Prepared
from storage.schedule_tables import freeze_exceptions, freezes
from storage.tables import counters

if TYPE_CHECKING:
    from storage.work import Work

#: So many that have ended are looked through.
MOST_ENDED = 500
#: Looked at with every card and status; all of them, since one left out would let a deploy pass.
_STANDING = Prepared(
    union_all(  # each half reads its own index
        select(freezes).where(freezes.c.workspace_id == bindparam("here"), freezes.c.ended_at.is_(None)),
        # Taken for over by a clock that was ahead, and is right now.
        select(freezes).where(
            freezes.c.workspace_id == bindparam("here"), freezes.c.ended_at > bindparam("now"),
            freezes.c.ended_by.is_(None),
        ),
    )
)  # fmt: skip
_EXCEPTIONS = Prepared(
    select(freeze_exceptions).where(
        freeze_exceptions.c.release_id == bindparam("its"), freeze_exceptions.c.workspace_id == bindparam("here")
    ).order_by(freeze_exceptions.c.id.desc())
)  # fmt: skip


class Freezes:
    """Within the unit's workspace."""

    def __init__(self, work: "Work") -> None:
        self._work = work
        self._conn = work.conn
        self._standing: tuple[Freeze, ...] | None = None

    # ---- freezes --------------------------------------------------------------------------
    def add(self, freeze: Freeze) -> Freeze:
        """Store a new one. Returns it with its id and number; the one that stands already where it is the same."""
        held = select(counters.c.freezes).where(counters.c.workspace_id == self._work.workspace_id)
        self._conn.execute(held.with_for_update())  # of two clicks, one waits here and finds the other's
        self._standing = None
        if (same := next((one for one in self.standing() if one.is_same(freeze)), None)) is not None:
            return same
        taken = update(counters).where(counters.c.workspace_id == self._work.workspace_id)
        taken = taken.values(freezes=counters.c.freezes + 1).returning(counters.c.freezes)
        number: int = self._conn.execute(taken).scalar_one()
        row = _columns(freeze) | {
            "workspace_id": self._work.workspace_id, "number": number, "created_by": freeze.created_by,
            "created_at": self._work.now, "changed_at": self._work.now,
        }  # fmt: skip
        id: int = self._conn.execute(insert(freezes).values(**row).returning(freezes.c.id)).scalar_one()
        self._standing = None
        return replace(freeze, id=id, number=number, changed_at=self._work.now)

    def change(self, freeze: Freeze) -> bool:
        """Store what it is now; False when it has ended meanwhile."""
        return self._run(self._its(freeze.id).values(**_columns(freeze), **self._revised()))

    def end(self, id: int, by: str | None) -> bool:
        """Lifted, or over (`by` nobody), from now on. False when it has ended already, or is not here."""
        done = self._revised() if by is not None else {}  # that its time is over changes nothing of it
        return self._run(self._its(id).values(ended_at=self._work.now, ended_by=by, **done))

    def restore(self, id: int) -> bool:
        """One that was lifted stands again. False when it stands, or was over."""
        here = (freezes.c.workspace_id == self._work.workspace_id) & (freezes.c.id == id)
        lifted = update(freezes).where(here, freezes.c.ended_by.is_not(None))
        return self._run(lifted.values(ended_at=None, ended_by=None, **self._revised()))

    def standing(self) -> tuple[Freeze, ...]:
        """Those that were not lifted and are not over, also what begins later; the first to end first."""
        if self._standing is None:
            rows = _STANDING.all(self._conn, {"here": self._work.workspace_id, "now": self._work.now})
            found = (replace(_freeze(row), ended_at=None) for row in rows)
            self._standing = tuple(sorted(found, key=lambda one: (one.ends.at, one.id)))
        return self._standing

    def ended(self, since: datetime) -> list[Freeze]:
        """Those that were lifted or are over since then, the last first."""
        query = self._here().where(freezes.c.ended_at >= since)
        rows = self._conn.execute(query.order_by(freezes.c.ended_at.desc(), freezes.c.id).limit(MOST_ENDED))
        return [_freeze(row) for row in rows]

    def get(self, id: int) -> Freeze | None:
        """Whether it stands or not."""
        row = self._conn.execute(self._here().where(freezes.c.id == id)).one_or_none()
        return _freeze(row) if row is not None else None

    def lock(self, id: int) -> Freeze | None:
        """`get`, with nobody else able to change it until this unit ends. Waits; `work.now` is taken anew."""
        row = self._conn.execute(self._here().where(freezes.c.id == id).with_for_update()).one_or_none()
        self._work.look_again()
        return _freeze(row) if row is not None else None

    def numbered(self, number: int) -> Freeze | None:
        """`get`, by the 3 of “freeze 3”."""
        row = self._conn.execute(self._here().where(freezes.c.number == number)).one_or_none()
        return _freeze(row) if row is not None else None

    def _revised(self) -> "dict[str, ColumnElement[int] | datetime]":
        return {"revision": freezes.c.revision + 1, "changed_at": self._work.now}

    def _run(self, changed: Update) -> bool:
        self._standing = None
        return self._conn.execute(changed).rowcount > 0

    def _its(self, id: int) -> Update:
        here = (freezes.c.workspace_id == self._work.workspace_id) & (freezes.c.id == id)
        return update(freezes).where(here, freezes.c.ended_at.is_(None))

    def _here(self) -> Any:
        return select(freezes).where(freezes.c.workspace_id == self._work.workspace_id)

    # ---- exceptions -----------------------------------------------------------------------
    def ask(self, exemption: Exemption) -> Exemption:
        """Store a request. Returns it with its id."""
        row = {
            "workspace_id": self._work.workspace_id, "release_id": exemption.release_id,
            "freezes": list(exemption.freezes), "asked_by": exemption.asked_by, "asked_at": exemption.asked_at,
            "why": exemption.why,
        }  # fmt: skip
        stored = insert(freeze_exceptions).values(**row).returning(freeze_exceptions.c.id)
        id: int = self._conn.execute(stored).scalar_one()
        return replace(exemption, id=id)

    def decide(self, id: int, outcome: str, by: str, why: str, expires_at: datetime | None) -> bool:
        """Grant or refuse a request, now; False when somebody has decided it already."""
        its = freeze_exceptions.c
        waiting = (its.workspace_id == self._work.workspace_id) & (its.id == id) & its.decided_at.is_(None)
        values = {"outcome": outcome, "decided_by": by, "decided_at": self._work.now, "decided_why": why,
                  "expires_at": expires_at}  # fmt: skip
        return self._conn.execute(update(freeze_exceptions).where(waiting).values(**values)).rowcount > 0

    def take_back(self, id: int, by: str, why: str) -> bool:
        """One that was granted, and not used yet, is refused after all; False where it is not so any more."""
        its = freeze_exceptions.c
        unused = (its.workspace_id == self._work.workspace_id) & (its.id == id) & its.used_at.is_(None)
        values = {"outcome": "refused", "decided_by": by, "decided_at": self._work.now, "decided_why": why}
        back = update(freeze_exceptions).where(unused, its.outcome == "granted")
        return self._conn.execute(back.values(**values)).rowcount > 0

    def use(self, id: int) -> None:
        """A deploy was let through by it now; a later one of the same release changes nothing."""
        its = freeze_exceptions.c
        unused = (its.workspace_id == self._work.workspace_id) & (its.id == id) & its.used_at.is_(None)
        self._conn.execute(update(freeze_exceptions).where(unused).values(used_at=self._work.now))

    def awaited(self, limit: int) -> list[Exemption]:
        """The requests that nobody has decided, by release, also where they are of no use any more."""
        its = freeze_exceptions.c
        query = select(freeze_exceptions).where(its.decided_at.is_(None), its.workspace_id == self._work.workspace_id)
        return [_exemption(row) for row in self._conn.execute(query.order_by(its.release_id, its.id).limit(limit))]

    def granted(self, freeze_id: int) -> list[Exemption]:
        """The exceptions from a freeze that were granted and are not used or over, by release."""
        its = freeze_exceptions.c
        unused = (its.outcome == "granted") & its.used_at.is_(None) & (its.expires_at > self._work.now)
        query = select(freeze_exceptions).where(its.workspace_id == self._work.workspace_id, unused)
        found = map(_exemption, self._conn.execute(query.order_by(its.release_id, its.id)))
        return [one for one in found if freeze_id in one.freezes]

    def exceptions_of(self, release_id: int) -> tuple[Exemption, ...]:
        """All that were asked for a release, the newest first."""
        rows = _EXCEPTIONS.all(self._conn, {"its": release_id, "here": self._work.workspace_id})
        return tuple(_exemption(row) for row in rows)


def _columns(freeze: Freeze) -> dict[str, Any]:
    return {
        "service": freeze.service,
        "environment": freeze.environment,
        "starts_wall": freeze.starts.wall,
        "ends_wall": freeze.ends.wall,
        "zone": freeze.starts.zone,
        "starts_at": freeze.starts.at,
        "ends_at": freeze.ends.at,
        "tzdata": freeze.starts.tzdata,
        "rule": _rule_data(freeze),
        "why": freeze.why,
        "channel": freeze.channel,
    }


def _rule_data(freeze: Freeze) -> dict[str, Any] | None:
    if freeze.rule is not None:
        return {"every": "rule", **rule_data(freeze.rule)}
    return {"every": "week"} if freeze.weekly else None


def _freeze(row: Any) -> Freeze:
    by = rule_of(row.rule) if row.rule is not None and "unit" in row.rule else None
    return Freeze(
        _planned(row.starts_wall, row.starts_at, row), _planned(row.ends_wall, row.ends_at, row), row.service,
        row.environment, row.rule is not None and by is None, row.why, row.channel, row.created_by,
        row.number, row.id, row.ended_at, row.revision, row.changed_at or row.ended_at or row.created_at, by,
    )  # fmt: skip


def _planned(wall: str, at: datetime, row: Any) -> PlannedTime:
    """Wall time is what was meant: under newer rules of its zone it is another instant."""
    planned = PlannedTime(wall, row.zone, at, row.tzdata)
    return planned if row.tzdata == TZDATA else replan(planned)


def _exemption(row: Any) -> Exemption:
    return Exemption(
        row.asked_by, row.asked_at, row.why, tuple(row.freezes), row.release_id, row.id, row.outcome, row.decided_by,
        row.decided_at, row.decided_why, row.expires_at, row.used_at,
    )  # fmt: skip
