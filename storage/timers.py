"""Keep what shall happen later as rows: planned with the move that causes them, cancelled by the one that ends them."""

from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    and_,
    bindparam,
    delete,
    exists,
    insert,
    or_,
    select,
    update,
)

from storage.prepared import Prepared
from storage.settling import DueState, Settling, columns
from storage.tables import releases, timers
from storage.types import Utc
from storage.upsert import insert_on

#: So long one that only another version knows holds up what comes after it: such a version may be gone for good.
STRANGE_HOLDS = timedelta(minutes=1)


@dataclass(frozen=True)
class TimerRow:
    """`name` is the prompt's; `reason` says why it was skipped, cancelled or failed."""

    id: int
    workspace_id: int
    release_id: int
    name: str
    recipient: str
    plan_revision: int
    due_at: datetime
    state: DueState
    reason: str
    attempts: int
    next_try_at: datetime


#: Name, recipient, revision of the plan, due instant.
_Key = tuple[str, str, int, datetime]
_ROW = columns(timers, TimerRow)
_UNSETTLED = timers.c.settled_at.is_(None)
_OF = Prepared(select(*_ROW).where(timers.c.release_id == bindparam("release")).order_by(timers.c.due_at, timers.c.id))
_PLAN = (timers.c[name] for name in ("id", "name", "recipient", "plan_revision", "due_at", "state"))
_PLANNED = Prepared(select(*_PLAN).where(timers.c.release_id == bindparam("release")))
_PLAN_ONE = Prepared(insert(timers))
_FOLLOWING = Prepared(select(timers.c.id).where(
    timers.c.release_id == bindparam("release"), timers.c.name == bindparam("named"),
    timers.c.recipient == bindparam("whose"), timers.c.due_at > bindparam("after", type_=Utc),
    timers.c.due_at <= bindparam("now", type_=Utc), timers.c.state == "planned",
).limit(1))  # fmt: skip


class Timers(Settling[TimerRow]):
    """Planned within the unit's workspace; claimed for all of them."""

    table = timers
    row = TimerRow

    def replan(
        self,
        release_id: int,
        plan_revision: int,
        wanted: Iterable[tuple[str, str, datetime]],
        names: Mapping[str, str] | None = None,
        leave: Collection[str] = (),
        helps: Mapping[str, timedelta] | None = None,
    ) -> None:
        """Have exactly the wanted ones planned: (name, recipient, due instant). What ran or was skipped stays so.

        A cancelled one that is wanted again is planned again. `names`: the present ones by all that this version knows,
        former ones too (None: all). What it does not know is left to the version that does; those named in `leave`
        stay as they are. `helps`: how long after its time one still does; what is wanted only later is not planned.
        """
        rows = [row for row in _PLANNED.all(self._conn, {"release": release_id}) if row.name not in leave]
        if names is not None:
            strange = [row for row in rows if row.name not in names and row.state == "planned"]
            self._wake_who_knows([row for row in strange if row.plan_revision != plan_revision])
        there = {
            (names[row.name] if names is not None else row.name, row.recipient, row.plan_revision, row.due_at): row
            for row in rows
            if names is None or row.name in names
        }
        keys = {(name, recipient, plan_revision, due_at) for name, recipient, due_at in wanted}
        missing = {key for key in keys if key not in there or there[key].state == "cancelled"}
        missing = missing & self._of_use(keys, helps or {}) if missing else missing
        new = [
            {
                "workspace_id": self._work.workspace_id,
                "release_id": release_id,
                "name": name,
                "recipient": recipient,
                "plan_revision": revision,
                "due_at": due_at,
                "next_try_at": due_at,
                "state": "planned",
                "reason": "",
                "attempts": 0,
            }
            for name, recipient, revision, due_at in sorted(missing - there.keys())
        ]
        for row in new:
            _PLAN_ONE.run(self._conn, row)
            self.has_planned = True
        again = [there[key].id for key in missing & there.keys()]
        if again:
            revived = update(timers).where(timers.c.id.in_(again))
            revived = revived.values(state="planned", reason="", settled_at=None, next_try_at=timers.c.due_at)
            self._conn.execute(revived)
            self.has_planned = True
        over = [row.id for key, row in there.items() if row.state == "planned" and key not in keys]
        if over:
            ended = update(timers).where(timers.c.id.in_(over))
            ended = ended.values(state="cancelled", reason="not needed any more", settled_at=self._work.now)
            self._conn.execute(ended)

    def _of_use(self, keys: Set[_Key], helps: Mapping[str, timedelta]) -> set[_Key]:
        """Those to come, and the last of those whose time is over, where it still helps: no earlier one follows it."""
        now = self._work.now
        last = {(name, whose): (name, whose, plan, at) for name, whose, plan, at in sorted(keys) if at <= now}
        over = {key for key in last.values() if key[0] not in helps or now - key[3] <= helps[key[0]]}
        return {key for key in keys if key[3] > now} | over

    def put(self, release_id: int, plan_revision: int, name: str, recipient: str, due_at: datetime) -> None:
        """Plan one of a name that planning leaves alone; the same again is there already."""
        row = insert_on(self._conn, timers).values(
            workspace_id=self._work.workspace_id, release_id=release_id, name=name, recipient=recipient,
            plan_revision=plan_revision, due_at=due_at, next_try_at=due_at, state="planned", reason="", attempts=0,
        )  # fmt: skip
        self._conn.execute(row.on_conflict_do_nothing())
        self.has_planned = True

    def _wake_who_knows(self, moved: list[Any]) -> None:
        """These were for a time that is not the release's any more: have one due now, so that all are planned anew."""
        now = self._work.now
        if moved and all(row.due_at > now for row in moved):  # else one of them is due already
            first = min(moved, key=lambda row: (row.due_at, row.id))
            self._conn.execute(update(timers).where(timers.c.id == first.id).values(due_at=now, next_try_at=now))

    # ---- what is due ----------------------------------------------------------------------
    def next_due(self, names: Collection[str] | None = None) -> datetime | None:
        """When the next one can be claimed, of those names if given; one behind an earlier one does not count."""
        query = select(timers.c.next_try_at).where(_UNSETTLED, _first_of_its_release(), *_named(names))
        return self._conn.execute(query.order_by(timers.c.next_try_at).limit(1)).scalar_one_or_none()

    def due(self, now: datetime, names: Collection[str], limit: int) -> list[int]:
        """The ids of those that can be claimed, of those names, the earliest first; never two of one release."""
        first = _first_of_its_release(names, now - STRANGE_HOLDS)
        query = select(timers.c.id).where(_UNSETTLED, timers.c.next_try_at <= now, first, *_named(names))
        return list(self._conn.scalars(query.order_by(timers.c.next_try_at, timers.c.id).limit(limit)))

    def claim(self, id: int, now: datetime, names: frozenset[str]) -> TimerRow | None:
        """This one, with its release held until this unit ends; None when it is not due, or is somebody else's.

        The first of its release only; `names` are those that this version knows. Settle it in the same unit of work.
        """
        values = {"its": id, "now": now, "long_ago": now - STRANGE_HOLDS}
        row = _claimable(names).first(self._conn, values)
        return None if row is None else TimerRow(*row)

    def is_followed(self, row: TimerRow, now: datetime) -> bool:
        """Whether a later one of the same name for the same recipient is due by now too."""
        of = {"release": row.release_id, "named": row.name, "whose": row.recipient, "after": row.due_at, "now": now}
        return _FOLLOWING.first(self._conn, of) is not None

    # ---- looking --------------------------------------------------------------------------
    def of(self, release_id: int) -> list[TimerRow]:
        """All of a release, by due time."""
        return [TimerRow(*row) for row in _OF.all(self._conn, {"release": release_id})]

    def lag(self, now: datetime) -> float:
        """Seconds that the longest due one which could run has been waiting for; 0 when nothing is due."""
        due_at = self.next_due()
        return max(0.0, (now - due_at).total_seconds()) if due_at is not None else 0.0

    def forget_before(self, instant: datetime, most: int) -> int:
        """Delete the settled rows of releases that ended before that, at most so many. Returns how many.

        Those of an open release are its memory of what already ran.
        """
        old = select(timers.c.id).join_from(timers, releases)
        old = old.where(timers.c.settled_at < instant, releases.c.ended_at < instant).limit(most)
        return self._conn.execute(delete(timers).where(timers.c.id.in_(old))).rowcount


def _first_of_its_release(
    names: Collection[str] | None = None, long_ago: datetime | BindParameter[datetime] | None = None
) -> ColumnElement[bool]:
    """None before it that is unsettled. What has none of those names counts only where it is not due since long ago."""
    earlier = timers.alias("earlier")
    before = or_(
        earlier.c.due_at < timers.c.due_at, and_(earlier.c.due_at == timers.c.due_at, earlier.c.id < timers.c.id)
    )
    if names is not None:
        before = and_(before, or_(earlier.c.name.in_(sorted(names)), earlier.c.next_try_at > long_ago))
    return ~exists().where(earlier.c.release_id == timers.c.release_id, earlier.c.settled_at.is_(None), before)


@cache
def _claimable(names: frozenset[str]) -> Prepared:
    now, long_ago = bindparam("now", type_=Utc), bindparam("long_ago", type_=Utc)
    query = select(*_ROW).join_from(timers, releases).where(timers.c.id == bindparam("its"), _UNSETTLED)
    query = query.where(timers.c.next_try_at <= now, _first_of_its_release(names, long_ago))
    # The release too, and without waiting: whoever holds it may be about to change its timers.
    return Prepared(query.with_for_update(of=[releases, timers], skip_locked=True, key_share=True))


def _named(names: Collection[str] | None) -> list[ColumnElement[bool]]:
    return [] if names is None else [timers.c.name.in_(sorted(names))]
