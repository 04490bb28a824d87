"""Remember what Slack told about people, channels and user groups, and as of when."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select, update

from bot.release.electorate import is_recorded
from storage.known import Known
from storage.prepared import Prepared
from storage.tables import channels, groups, people, releases, workspaces
from storage.upsert import put_rows

if TYPE_CHECKING:
    from storage.work import Work

_SEEN_HOME = Prepared(select(people.c.id).where(
    people.c.workspace_id == bindparam("here"),
    people.c.id.in_(bindparam("ids", expanding=True)),
    people.c.home_seen_at >= bindparam("since"),
))  # fmt: skip
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
    country: str | None = None  # whose holidays they have, where they said so; Slack does not know

    @property
    def may_act(self) -> bool:
        """An active human who is no guest, of this workspace or, where a policy names them, of another."""
        return not (self.is_bot or self.deleted or self.is_restricted)


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


def is_group(source: str) -> bool:
    """Whether this is the id of a user group, and not of a channel: Slack's begin with S."""
    return source.startswith("S")


class People:
    """Within the unit's workspace."""

    def __init__(self, work: "Work") -> None:
        self._work = work
        self._conn = work.conn
        self._own: Known | None = None  # once this unit has changed something: not for others before it is committed
        self._shared: tuple[int, Known] | None = None  # of this workspace, for as long as this unit lasts

    @property
    def known(self) -> Known:
        """What was read of people, channels and groups, and is still so; another object once something has changed."""
        if self._own is not None:
            return self._own
        here = self._work.workspace_id
        if self._shared is None or self._shared[0] != here:
            self._shared = here, self._work.memory.of(here, self._work.workspace.people_rev)
        return self._shared[1]

    def changed(self) -> None:
        """Something that is remembered here was changed: count it, so that every process reads it anew."""
        counted = update(workspaces).where(workspaces.c.id == self._work.workspace_id)
        self._conn.execute(counted.values(people_rev=workspaces.c.people_rev + 1))
        self.forget()
        self._work.changed_workspace()

    def forget(self) -> None:
        """Read everything from the database until this unit ends."""
        self._own = Known(-1, 0.0)

    def rolled_back(self) -> None:
        """What this unit changed may be as it was before."""
        if self._own is not None:
            self.forget()

    # ---- people ---------------------------------------------------------------------------
    def get(self, user: str) -> Person | None:
        """None when nothing is known of that id."""
        return self.many((user,)).get(user)

    def many(self, ids: Iterable[str]) -> dict[str, Person]:
        """Those that are known, by id."""
        wanted, known = tuple(ids), self.known.people
        for some in _slices(id for id in wanted if id not in known):
            found = {row.id: Person(**row._mapping) for row in self._conn.execute(self._those(some))}
            known.update((id, found.get(id)) for id in some)
        return {id: person for id in wanted if (person := known.get(id)) is not None}

    def _those(self, ids: list[str]) -> Select[Any]:
        columns = [people.c[name] for name in Person.__dataclass_fields__]
        return select(*columns).where(self._in(people), people.c.id.in_(ids))

    def called(self, name: str) -> list[str]:
        """The ids of the people who are displayed by this name, and of the user groups with this handle."""
        alike = {name, name.lower(), name.casefold()}
        there = self._in(people), people.c.deleted.is_(False), people.c.is_bot.is_(False)
        shown = select(people.c.id).where(*there, or_(people.c.name == name, func.lower(people.c.name).in_(alike)))
        known = [str(id) for id in self._conn.execute(shown.order_by(people.c.id)).scalars()]
        found = [id for id in known if not is_recorded(id)]
        return found + [one.id for one in self.groups() if one.handle.casefold() == name.casefold()]

    def put(self, *persons: Person) -> dict[str, bool]:
        """Store what is known of them now, unless something newer is known.

        Returns those who may do something now and could not before, or the other way round: True for whoever may not
        any more, since they left or are a guest now.
        """
        self.forget()  # compare with what is stored, not with what was a while ago
        known = self.many(person.id for person in persons)
        news = {
            person.id: person for person in persons if person.id not in known or known[person.id].as_of <= person.as_of
        }
        rows = [asdict(person) | {"workspace_id": self._work.workspace_id} for _, person in sorted(news.items())]
        for row in rows:
            del row["country"]
        put_rows(self._conn, people, rows, keys=("workspace_id", "id"))
        self.changed()
        before = {id: known[id] for id in news if id in known}
        changed = {id: was for id, was in before.items() if _standing(news[id]) != _standing(was)}
        return {id: was.may_act and not news[id].may_act for id, was in changed.items()}

    def set_country(self, user: str, country: str | None) -> None:
        """Whose public holidays a known person has; None: those of the workspace."""
        self._conn.execute(update(people).where(self._in(people), people.c.id == user).values(country=country))
        self.changed()

    def saw_home(self, user: str) -> None:
        """They have their Home tab before them now."""
        seen = update(people).where(self._in(people), people.c.id == user)
        self._conn.execute(seen.values(home_seen_at=self._work.now))

    def saw_home_since(self, ids: Iterable[str], instant: datetime) -> frozenset[str]:
        """Those of the ids who have opened their Home tab since then."""
        found: set[str] = set()
        for some in _slices(ids):
            asked = {"here": self._work.workspace_id, "ids": some, "since": instant}
            found.update(row.id for row in _SEEN_HOME.all(self._conn, asked))
        return frozenset(found)

    def name(self, id: str) -> str:
        """The name people know, the id itself when it is not known."""
        person = self.get(id)
        return (person.name if person is not None else "") or id

    def full_members(self, ids: Iterable[str]) -> frozenset[str]:
        """Those of the ids that are known as full members."""
        asked, known = frozenset(ids), self.known
        if (found := known.full.get(asked)) is None:
            found = frozenset(id for id, person in self.many(asked).items() if person.is_full_member)
            known.full[asked] = found
        return found

    def lost(self, ids: Iterable[str]) -> frozenset[str]:
        """Those of the ids that are known to have left the workspace, or to be guests there."""
        found = self.many(frozenset(ids)).items()
        return frozenset(id for id, person in found if person.deleted or person.is_restricted)

    # ---- channels -------------------------------------------------------------------------
    def channel(self, id: str) -> ChannelRow | None:
        """None when nothing is known of that id."""
        self._read_channel(id)
        return self.known.channels[id]

    def _read_channel(self, id: str) -> None:
        known = self.known
        if id in known.channels:
            return
        columns = [channels.c[name] for name in ChannelRow.__dataclass_fields__]
        query = select(*columns, channels.c.members).where(self._in(channels), channels.c.id == id)
        row = self._conn.execute(query).one_or_none()
        fields = {name: value for name, value in row._mapping.items() if name != "members"} if row is not None else {}
        known.members[id] = frozenset(row.members or ()) if row is not None else frozenset()
        known.channels[id] = ChannelRow(**fields) if row is not None else None  # last: whoever sees it sees its members

    def put_channel(self, channel: ChannelRow) -> None:
        """Store what is known of it. With `members_as_of` None, who is in it is forgotten."""
        row = asdict(channel) | {"workspace_id": self._work.workspace_id}
        if channel.members_as_of is None:
            row |= {"members": None, "members_complete": False}
        put_rows(self._conn, channels, [row], keys=("workspace_id", "id"))
        if channel.is_private and not channel.is_im:  # made private since: what was planned in it is private too
            public = (releases.c.channel == channel.id) & ~releases.c.is_private
            self._conn.execute(update(releases).where(self._in(releases), public).values(is_private=True))
        self.changed()

    def members(self, channel: str) -> frozenset[str]:
        """The ids of its members as last known; empty when nothing is known."""
        self._read_channel(channel)
        return self.known.members[channel]

    def put_members(self, channel: str, ids: Iterable[str], as_of: datetime, complete: bool) -> None:
        """Store who is in a known channel. Raises LookupError when it is not known."""
        values = {"members": sorted(ids), "members_as_of": as_of, "members_complete": complete}
        changed = update(channels).where(self._in(channels), channels.c.id == channel).values(**values)
        if self._conn.execute(changed).rowcount == 0:
            raise LookupError(f"channel {channel} is not known: put_channel comes first")
        self.changed()

    # ---- groups ---------------------------------------------------------------------------
    def group(self, id: str) -> GroupRow | None:
        """None when nothing is known of that id."""
        return next((group for group in self.groups() if group.id == id), None)

    def groups(self) -> list[GroupRow]:
        """Every user group, by handle."""
        known = self.known
        if known.groups is None:
            columns = [groups.c[name] for name in GroupRow.__dataclass_fields__]
            rows = self._conn.execute(select(*columns).where(self._in(groups)).order_by(groups.c.handle))
            known.groups = [GroupRow(**row._mapping) for row in rows]
        return known.groups

    def put_group(self, id: str, handle: str, name: str, members: Iterable[str], as_of: datetime) -> None:
        """Store a user group with its members."""
        row = {"workspace_id": self._work.workspace_id, "id": id, "handle": handle, "name": name, "as_of": as_of}
        put_rows(self._conn, groups, [row | {"members": sorted(members)}], keys=("workspace_id", "id"))
        self.changed()

    def group_members(self, id: str) -> frozenset[str]:
        """The ids of a group's members as last known; empty when nothing is known."""
        self._read_group(id)
        return self.known.group_members[id]

    def _read_group(self, id: str) -> None:
        known = self.known
        if id in known.groups_as_of:
            return
        query = select(groups.c.members, groups.c.as_of).where(self._in(groups), groups.c.id == id)
        row = self._conn.execute(query).one_or_none()
        known.group_members[id] = frozenset(row.members or ()) if row is not None else frozenset()
        known.groups_as_of[id] = row.as_of if row is not None else None  # last: whoever sees it sees its members

    # ---- freshness ------------------------------------------------------------------------
    def as_of(self, source: str) -> datetime | None:
        """When it was read who is in a channel or a user group; None when nobody could read that."""
        if is_group(source):
            self._read_group(source)
            return self.known.groups_as_of[source]
        row = self.channel(source)
        return row.members_as_of if row is not None else None

    def _in(self, table: Any) -> ColumnElement[bool]:
        here: ColumnElement[bool] = table.c.workspace_id == self._work.workspace_id
        return here


def _standing(person: Person) -> tuple[bool, bool, bool]:
    return person.may_act, person.is_full_member, person.deleted


def _slices(ids: Iterable[str]) -> Iterator[list[str]]:
    some = sorted(set(ids))
    for start in range(0, len(some), _AT_ONCE):
        yield some[start : start + _AT_ONCE]
