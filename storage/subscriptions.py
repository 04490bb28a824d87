"""Keep which channel wants to hear of which service, how much and when; and who does not want to hear of what."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, or_, select

from bot.release.policy import service_key
from bot.release.subscribing import LEVELS, Digest, Level
from storage.prepared import Prepared
from storage.schedule_tables import mutes, subscriptions
from storage.upsert import insert_on, put_rows

if TYPE_CHECKING:
    from storage.work import Work

_ROW = [column for column in subscriptions.c if column.name not in ("workspace_id", "service_key")]
_ABOUT = Prepared(select(subscriptions.c.channel, subscriptions.c.service_key, subscriptions.c.level).where(
    subscriptions.c.workspace_id == bindparam("here"),
    subscriptions.c.service_key.in_(bindparam("keys", expanding=True)),
))  # fmt: skip
_MUTED = Prepared(select(mutes.c.service_key).where(
    mutes.c.workspace_id == bindparam("here"), mutes.c.user_id == bindparam("user"),
    mutes.c.service_key.in_(bindparam("keys", expanding=True)),
    or_(mutes.c.until_at.is_(None), mutes.c.until_at > bindparam("now", type_=mutes.c.until_at.type)),
))  # fmt: skip


@dataclass(frozen=True)
class Subscription:
    """`service` is as it was named, '' for all of them."""

    id: int
    channel: str
    service: str
    level: Level
    digest: Digest | None
    created_by: str
    created_at: datetime


@dataclass(frozen=True)
class Mute:
    """`service` is compared as people compare names, '' for all of them; for good where `until_at` is None."""

    service: str
    at: datetime
    until_at: datetime | None


class Subscriptions:
    """Within the unit's workspace. A channel has one for a service, and one for all services."""

    def __init__(self, work: "Work") -> None:
        self._work = work
        self._conn = work.conn

    def put(self, channel: str, service: str, level: Level, digest: Digest | None, by: str) -> Subscription:
        """Store it, in place of what the channel had for that service."""
        row: dict[str, Any] = {
            "workspace_id": self._work.workspace_id, "channel": channel, "service_key": service_key(service),
            "service": service, "level": level, "created_by": by, "created_at": self._work.now,
            "digest": digest.every if digest else "", "weekday": digest.weekday if digest else None,
            "wall": f"{digest.clock:%H:%M}" if digest else "", "zone": digest.zone if digest else "",
        }  # fmt: skip
        statement = insert_on(self._conn, subscriptions).values(**row)
        keys = ["workspace_id", "channel", "service_key"]
        changed = {name: statement.excluded[name] for name in row if name not in keys}
        statement = statement.on_conflict_do_update(index_elements=keys, set_=changed)
        return _read(self._conn.execute(statement.returning(*_ROW)).one())

    def get(self, id: int) -> Subscription | None:
        """None when there is none (any more)."""
        found = self._conn.execute(select(*_ROW).where(self._here(), subscriptions.c.id == id)).one_or_none()
        return None if found is None else _read(found)

    def of(self, channel: str) -> list[Subscription]:
        """A channel's, that of all services first."""
        query = select(*_ROW).where(self._here(), subscriptions.c.channel == channel)
        return [_read(row) for row in self._conn.execute(query.order_by(subscriptions.c.service_key))]

    def remove(self, id: int) -> None:
        """May be repeated."""
        self._conn.execute(delete(subscriptions).where(self._here(), subscriptions.c.id == id))

    def hearing(self, level: Level, services: Iterable[str]) -> frozenset[str]:
        """The channels that hear of these services at this level. What one has for a service counts before its all."""
        keys = sorted({service_key(one) for one in services})
        own: dict[str, int] = {}
        every: dict[str, int] = {}
        for row in _ABOUT.all(self._conn, {"here": self._work.workspace_id, "keys": ["", *keys]}):
            into = own if row.service_key else every
            into[row.channel] = max(into.get(row.channel, 0), LEVELS.index(row.level))
        wanted = LEVELS.index(level)
        return frozenset(channel for channel, rank in (every | own).items() if rank >= wanted)

    def _here(self) -> Any:
        return subscriptions.c.workspace_id == self._work.workspace_id


class Mutes:
    """Within the unit's workspace."""

    def __init__(self, work: "Work") -> None:
        self._work = work
        self._conn = work.conn

    def put(self, user: str, service: str, until_at: datetime | None) -> None:
        """Somebody does not want to hear of it until then, or for good."""
        row = {"workspace_id": self._work.workspace_id, "user_id": user, "service_key": service_key(service),
               "at": self._work.now, "until_at": until_at}  # fmt: skip
        put_rows(self._conn, mutes, [row], keys=("workspace_id", "user_id", "service_key"))

    def of(self, user: str) -> list[Mute]:
        """Somebody's that still hold, that of all services first."""
        query = select(mutes.c.service_key.label("service"), mutes.c.at, mutes.c.until_at)
        query = query.where(mutes.c.workspace_id == self._work.workspace_id, mutes.c.user_id == user)
        query = query.where(or_(mutes.c.until_at.is_(None), mutes.c.until_at > self._work.now))
        return [Mute(**row._mapping) for row in self._conn.execute(query.order_by(mutes.c.service_key))]

    def remove(self, user: str, service: str | None = None) -> None:
        """Somebody wants to hear of it again; without a service, of everything."""
        theirs = (mutes.c.workspace_id == self._work.workspace_id) & (mutes.c.user_id == user)
        if service is not None:
            theirs &= mutes.c.service_key == service_key(service)
        self._conn.execute(delete(mutes).where(theirs))

    def is_muted(self, user: str, services: Iterable[str]) -> bool:
        """Whether somebody does not want to hear of any of these services now."""
        keys = {service_key(one) for one in services}
        asked = {"here": self._work.workspace_id, "user": user, "keys": ["", *sorted(keys)], "now": self._work.now}
        found = {row.service_key for row in _MUTED.all(self._conn, asked)}
        return "" in found or keys <= found


def _read(row: Any) -> Subscription:
    digest = None
    if row.digest:
        digest = Digest(row.digest, time.fromisoformat(row.wall), row.zone, row.weekday or 0)
    return Subscription(row.id, row.channel, row.service, row.level, digest, row.created_by, row.created_at)
