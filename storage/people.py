"""Remember what Slack told about people, channels and user groups, and as of when."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, select, update

from storage.tables import channels, groups, people, releases
from storage.upsert import put_rows

if TYPE_CHECKING:
    from storage.work import Work

#: As many ids as are asked for in one statement.
_AT_ONCE = 500


@dataclass(frozen=True)
class Person:
    """`name` is what is displayed; `zone` an IANA name. A full member is an active human of this workspace."""

    id: str
    name: str
    zone: str | None
    is_full_member: bool
    is_restricted: bool
    is_bot: bool
    deleted: bool
    team_id: str
    as_of: datetime


@dataclass(frozen=True)
class ChannelRow:
    """`members_as_of` is None while nobody could read who is in it; `members_complete`: the list is whole."""

    id: str
    name: str
    is_private: bool
    is_archived: bool
    is_im: bool
    bot_is_member: bool
    members_as_of: datetime | None
    members_complete: bool


@dataclass(frozen=True)
class GroupRow:
    """A user group, without its members."""

    id: str
    handle: str
    name: str
    as_of: datetime


@dataclass(frozen=True)
class Stale:
    """What should be asked for again, the oldest first: ids."""

    people: list[str]
    channels: list[str]
    groups: list[str]


class People:
    """Within the unit's workspace."""

    def __init__(self, work: "Work") -> None:
        self._work = work
        self._conn = work.conn

    # ---- people ---------------------------------------------------------------------------
    def get(self, user: str) -> Person | None:
        """None when nothing is known of that id."""
        return self.many([user]).get(user)

    def many(self, ids: Iterable[str]) -> dict[str, Person]:
        """Those that are known, by id."""
        columns = [people.c[name] for name in Person.__dataclass_fields__]
        found: dict[str, Person] = {}
        for some in _slices(ids):
            for row in self._conn.execute(select(*columns).where(self._in(people), people.c.id.in_(some))):
                found[row.id] = Person(**row._mapping)
        return found

    def put(self, *persons: Person) -> frozenset[str]:
        """Store what is known of them now, unless something newer is known. Returns who has left since."""
        known = self.many(person.id for person in persons)
        news = {
            person.id: person for person in persons if person.id not in known or known[person.id].as_of <= person.as_of
        }
        rows = [asdict(person) | {"workspace_id": self._work.workspace_id} for _, person in sorted(news.items())]
        put_rows(self._conn, people, rows, keys=("workspace_id", "id"))
        return frozenset(id for id, person in news.items() if person.deleted and id in known and not known[id].deleted)

    def saw_home(self, user: str) -> None:
        """They have their Home tab before them now."""
        seen = update(people).where(self._in(people), people.c.id == user)
        self._conn.execute(seen.values(home_seen_at=self._work.now))

    def saw_home_since(self, ids: Iterable[str], instant: datetime) -> frozenset[str]:
        """Those of the ids who have opened their Home tab since then."""
        found: set[str] = set()
        for some in _slices(ids):
            query = select(people.c.id).where(self._in(people), people.c.id.in_(some))
            found.update(self._conn.execute(query.where(people.c.home_seen_at >= instant)).scalars())
        return frozenset(found)

    def name(self, id: str) -> str:
        """The name people know, the id itself when it is not known."""
        found = select(people.c.name).where(self._in(people), people.c.id == id)
        return self._conn.execute(found).scalar_one_or_none() or id

    def full_members(self, ids: Iterable[str]) -> frozenset[str]:
        """Those of the ids that are known as full members."""
        found: set[str] = set()
        for some in _slices(ids):
            query = select(people.c.id).where(self._in(people), people.c.id.in_(some), people.c.is_full_member)
            found.update(self._conn.execute(query).scalars())
        return frozenset(found)

    # ---- channels -------------------------------------------------------------------------
    def channel(self, id: str) -> ChannelRow | None:
        """None when nothing is known of that id."""
        columns = [channels.c[name] for name in ChannelRow.__dataclass_fields__]
        row = self._conn.execute(select(*columns).where(self._in(channels), channels.c.id == id)).one_or_none()
        return None if row is None else ChannelRow(**row._mapping)

    def put_channel(self, channel: ChannelRow) -> None:
        """Store what is known of it. With `members_as_of` None, who is in it is forgotten."""
        row = asdict(channel) | {"workspace_id": self._work.workspace_id}
        if channel.members_as_of is None:
            row |= {"members": None, "members_complete": False}
        put_rows(self._conn, channels, [row], keys=("workspace_id", "id"))
        if channel.is_private and not channel.is_im:  # made private since: what was planned in it is private too
            public = (releases.c.channel == channel.id) & ~releases.c.is_private
            self._conn.execute(update(releases).where(self._in(releases), public).values(is_private=True))

    def members(self, channel: str) -> frozenset[str]:
        """The ids of its members as last known; empty when nothing is known."""
        found = select(channels.c.members).where(self._in(channels), channels.c.id == channel)
        return frozenset(self._conn.execute(found).scalar_one_or_none() or ())

    def put_members(self, channel: str, ids: Iterable[str], as_of: datetime, complete: bool) -> None:
        """Store who is in a known channel. Raises LookupError when it is not known."""
        values = {"members": sorted(ids), "members_as_of": as_of, "members_complete": complete}
        changed = update(channels).where(self._in(channels), channels.c.id == channel).values(**values)
        if self._conn.execute(changed).rowcount == 0:
            raise LookupError(f"channel {channel} is not known: put_channel comes first")

    # ---- groups ---------------------------------------------------------------------------
    def group(self, id: str) -> GroupRow | None:
        """None when nothing is known of that id."""
        return next((group for group in self.groups() if group.id == id), None)

    def groups(self) -> list[GroupRow]:
        """Every user group, by handle."""
        columns = [groups.c[name] for name in GroupRow.__dataclass_fields__]
        rows = self._conn.execute(select(*columns).where(self._in(groups)).order_by(groups.c.handle))
        return [GroupRow(**row._mapping) for row in rows]

    def put_group(self, id: str, handle: str, name: str, members: Iterable[str], as_of: datetime) -> None:
        """Store a user group with its members."""
        row = {"workspace_id": self._work.workspace_id, "id": id, "handle": handle, "name": name, "as_of": as_of}
        put_rows(self._conn, groups, [row | {"members": sorted(members)}], keys=("workspace_id", "id"))

    def group_members(self, id: str) -> frozenset[str]:
        """The ids of a group's members as last known; empty when nothing is known."""
        found = select(groups.c.members).where(self._in(groups), groups.c.id == id)
        return frozenset(self._conn.execute(found).scalar_one_or_none() or ())

    # ---- freshness ------------------------------------------------------------------------
    def stale(self, before: datetime, limit: int = 100) -> Stale:
        """What was last asked for before that instant: at most `limit` of each kind, the oldest first."""

        def oldest(table: Any, as_of: ColumnElement[datetime]) -> list[str]:
            query = select(table.c.id).where(self._in(table), as_of < before).order_by(as_of, table.c.id).limit(limit)
            return list(self._conn.execute(query).scalars())

        return Stale(
            oldest(people, people.c.as_of), oldest(channels, channels.c.members_as_of), oldest(groups, groups.c.as_of)
        )

    def _in(self, table: Any) -> ColumnElement[bool]:
        here: ColumnElement[bool] = table.c.workspace_id == self._work.workspace_id
        return here


def _slices(ids: Iterable[str]) -> Iterator[list[str]]:
    some = sorted(set(ids))
    for start in range(0, len(some), _AT_ONCE):
        yield some[start : start + _AT_ONCE]
