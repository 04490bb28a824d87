"""Keep trains, which are recurring releases, and what became of each of their departures."""

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, bindparam, case, delete, func, insert, select, update

from bot.release.policy import service_key
from bot.release.recurrence import rule_data, rule_of
from bot.release.trains import Departure, Train
from storage.prepared import Prepared
from storage.schedule_tables import departures, trains
from storage.tables import counters, release_parts, releases
from storage.upsert import insert_on

if TYPE_CHECKING:
    from storage.work import Work

_OF_RELEASE = Prepared(
    select(*trains.c, departures.c.on_date).join_from(departures, trains)
    .where(departures.c.release_id == bindparam("release"), trains.c.workspace_id == bindparam("here"))
)  # fmt: skip
#: The appointment at which a train's next release is made; its subject is the train's id.
DEPARTS = "train.departs"
#: What is stored in another form than a train has it.
_OTHERWISE = ("rule", "wall", "lead", "captains", "changed_at")
_PLAIN = tuple(name for name in Train.__dataclass_fields__ if name not in (*_OTHERWISE, "clock"))
#: More have not ended lately.
MOST_ENDED = 100


class Trains:
    """Within the unit's workspace."""

    def __init__(self, work: "Work") -> None:
        self._work = work
        self._conn = work.conn

    # ---- one ------------------------------------------------------------------------------
    def add(self, train: Train) -> Train | None:
        """Store a new one, with its id and number. None where the same runs already: a click that was repeated."""
        counted = update(counters).where(counters.c.workspace_id == self._work.workspace_id)
        counted = counted.values(trains=counters.c.trains + 1).returning(counters.c.trains)
        with self._work.savepoint():
            number = self._conn.execute(counted).scalar_one()  # from here on nobody else adds one
            alike = [one for one in self.running(train.service) if one.departs_like(train)]
            if not alike:
                row = _values(train) | {"workspace_id": self._work.workspace_id, "number": number,
                                        "changed_at": self._work.now}  # fmt: skip
                stored = self._conn.execute(insert(trains).values(**row).returning(*trains.c))
                return _read(stored.one())
            self._conn.execute(counted.values(trains=counters.c.trains - 1))
        return None

    def lock(self, id: int) -> Train | None:
        """The train, with nobody else able to change it until this unit ends. Waits; `work.now` is taken anew."""
        row = self._conn.execute(self._here().where(trains.c.id == id).with_for_update(key_share=True)).one_or_none()
        self._work.look_again()
        return _read(row) if row is not None else None

    def get(self, id: int) -> Train | None:
        """The train as it is now, for looking at."""
        row = self._conn.execute(self._here().where(trains.c.id == id)).one_or_none()
        return _read(row) if row is not None else None

    def save(self, train: Train) -> None:
        """Store one whose lock is held."""
        changed = update(trains).where(trains.c.id == train.id, trains.c.workspace_id == self._work.workspace_id)
        since = case((trains.c.revision != train.revision, self._work.now), else_=trains.c.changed_at)
        self._conn.execute(changed.values(**_values(train), changed_at=since))

    # ---- several --------------------------------------------------------------------------
    def running(self, service: str | None = None, *, channel: str | None = None) -> list[Train]:
        """Those that have not ended, of a service or a channel if given, in the order they were made."""
        query = self._here().where(trains.c.ended_at.is_(None))
        if service is not None:
            query = query.where(trains.c.service_key == service_key(service))
        if channel is not None:
            query = query.where(trains.c.channel == channel)
        return [_read(row) for row in self._conn.execute(query.order_by(trains.c.id))]

    def ended(self, since: datetime, service: str | None = None, *, channel: str | None = None) -> list[Train]:
        """Those that ended since then, of a service or a channel if given, the last first."""
        query = self._here().where(trains.c.ended_at >= since)
        if service is not None:
            query = query.where(trains.c.service_key == service_key(service))
        if channel is not None:
            query = query.where(trains.c.channel == channel)
        query = query.order_by(trains.c.ended_at.desc(), trains.c.id).limit(MOST_ENDED)
        return [_read(row) for row in self._conn.execute(query)]

    def under_other_rules(self, tzdata: str) -> list[tuple[str, str]]:
        """The appointments, kind and subject, of those whose next departure was derived under other tz rules."""
        query = select(trains.c.id).where(trains.c.workspace_id == self._work.workspace_id)
        query = query.where(trains.c.ended_at.is_(None), trains.c.tzdata != tzdata)
        return [(DEPARTS, str(id)) for id in self._conn.scalars(query.order_by(trains.c.id))]

    # ---- departures -----------------------------------------------------------------------
    def departures(self, train_id: int, since: date) -> dict[date, Departure]:
        """What is known of its departures from that day on, by day."""
        query = select(departures).where(departures.c.train_id == train_id, departures.c.on_date >= since)
        query = query.where(departures.c.workspace_id == self._work.workspace_id).order_by(departures.c.on_date)
        return {row.on_date: _departure(row) for row in self._conn.execute(query)}

    def how_many(self, train_id: int) -> int:
        """How many releases it has made."""
        its = departures.c
        query = select(func.count()).where(its.train_id == train_id, its.state == "made")
        return self._conn.execute(query).scalar_one()

    def planned_as(self, service: str, environment: str, version: str) -> frozenset[datetime]:
        """When the releases of that version are or were planned for, whoever planned them and whatever came of it."""
        part = release_parts.c
        query = select(releases.c.planned_at).join_from(release_parts, releases).where(
            part.workspace_id == self._work.workspace_id, part.service_key == service_key(service),
            part.version_key == service_key(version), part.environment_key == service_key(environment),
        )  # fmt: skip
        return frozenset(self._conn.scalars(query))

    def last(self, train_id: int, before: date) -> Departure | None:
        """The last one before that day that made a release."""
        its = departures.c
        query = select(departures).where(its.train_id == train_id, its.state == "made", its.on_date < before)
        row = self._conn.execute(query.order_by(its.on_date.desc()).limit(1)).one_or_none()
        return _departure(row) if row is not None else None

    def put(self, train_id: int, departure: Departure) -> bool:
        """Say what became of a day, now. False where that is known already: then nothing changes."""
        row = {name: getattr(departure, name) for name in Departure.__dataclass_fields__}
        row |= {"train_id": train_id, "workspace_id": self._work.workspace_id, "at": self._work.now}
        new = insert_on(self._conn, departures).values(**row).on_conflict_do_nothing()
        return self._conn.execute(new.returning(departures.c.on_date)).first() is not None

    def take_back(self, train_id: int, day: date) -> bool:
        """A day that was skipped is not any more. False where it was not."""
        its = departures.c
        gone = delete(departures).where(its.train_id == train_id, its.on_date == day, its.state == "skipped")
        gone = gone.where(its.workspace_id == self._work.workspace_id)
        return self._conn.execute(gone).rowcount > 0

    def of_release(self, release_id: int) -> tuple[Train, date] | None:
        """The train that made a release, and for which day."""
        row = _OF_RELEASE.first(self._conn, {"release": release_id, "here": self._work.workspace_id})
        return (_read(row), row.on_date) if row is not None else None

    def _here(self) -> Any:
        return select(trains).where(trains.c.workspace_id == self._work.workspace_id)


def _values(train: Train) -> dict[str, Any]:
    row = {name: getattr(train, name) for name in _PLAIN if name not in ("id", "number")}
    lead = None if train.lead is None else int(train.lead.total_seconds())
    return row | {"service_key": service_key(train.service), "rule": rule_data(train.rule), "lead": lead,
                  "wall": f"{train.clock:%H:%M}", "captains": list(train.captains)}  # fmt: skip


def _read(row: Row[Any]) -> Train:
    lead = None if row.lead is None else timedelta(seconds=row.lead)
    plain = {name: getattr(row, name) for name in _PLAIN}
    return Train(rule=rule_of(row.rule), clock=time.fromisoformat(row.wall), lead=lead, captains=tuple(row.captains),
                 changed_at=row.changed_at or row.ended_at or row.created_at, **plain)  # fmt: skip


def _departure(row: Row[Any]) -> Departure:
    return Departure(**{name: getattr(row, name) for name in Departure.__dataclass_fields__})
