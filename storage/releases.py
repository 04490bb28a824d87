"""Keep releases: load one locked, store what changed, and find those that are meant."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import BindParameter, Select, Text, bindparam, delete, insert, or_, select, type_coerce, update
from sqlalchemy.exc import IntegrityError

from bot.release.policy import service_key
from bot.release.release import Release, Round, Vote
from bot.release.states import State
from storage import finding
from storage.attached import PRESENCE, Hanging
from storage.attached import write as write_hanging
from storage.audit import head_of
from storage.prepared import Prepared, savepoint
from storage.release_rows import Rows, Values, from_rows, read_round, read_vote, to_rows
from storage.seen import PAGE, Order, Seen, gather
from storage.tables import counters, release_parts, releases, rounds, votes, workspaces
from storage.upsert import put_rows

if TYPE_CHECKING:
    from storage.work import Work

#: How often what is known of people had changed when a release was loaded, which may be after a wait for its lock.
_REVISION = select(workspaces.c.people_rev).where(workspaces.c.id == release_parts.c.workspace_id).scalar_subquery()
#: The last round, beside each part.
_ROUND = {f"round_{one.name}": one.name for one in rounds.c if one.name not in ("release_id", "workspace_id")}
_BESIDE = [*(rounds.c[name].label(label) for label, name in _ROUND.items()), _REVISION.label("people_rev"), *PRESENCE]


def _parts(*more: Any) -> Prepared:
    found = select(release_parts, *_BESIDE, *more).join_from(release_parts, releases)
    last = (rounds.c.release_id == releases.c.id) & (rounds.c.number == releases.c.round_number)
    return Prepared(found.outerjoin(rounds, last).where(release_parts.c.release_id.in_(_IDS)))


_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_PARTS, _PARTS_HELD = _parts(), _parts(*head_of(releases.c.id))
#: Each click on a release reads all its votes, of which only the last is new.
_VOTES = Prepared(select(votes).where(votes.c.release_id.in_(_IDS)), into=read_vote, kept=512)
#: A policy is read from its text, which many releases share.
_ANY = select(*(
    type_coerce(column, Text).label(column.name) if column.name in ("policy", "rules") else column
    for column in releases.c
))  # fmt: skip
_IT = _ANY.where(releases.c.workspace_id == bindparam("here"), releases.c.id == bindparam("its"))
_BY_ID = Prepared(_IT)
_LOCKED = Prepared(_IT.with_for_update(key_share=True))
_OPEN_THERE = Prepared(
    _ANY.where(releases.c.workspace_id == bindparam("here"), releases.c.channel == bindparam("channel"),
               releases.c.ended_at.is_(None))
    .order_by(releases.c.planned_at, releases.c.id).limit(bindparam("many"))
)  # fmt: skip
_OPEN_SERVICE = (
    select(release_parts.c.service_key).join_from(release_parts, releases)
    .where(release_parts.c.workspace_id == bindparam("here"), release_parts.c.service_key == bindparam("key"),
           release_parts.c.ended_at.is_(None), ~releases.c.is_private).limit(1)
)  # fmt: skip
_NOT_PART = ("release_id", "position", "workspace_id", *(column.name for column in _BESIDE))
#: What no two parts of open releases have in common.
_KEY = ("service_key", "version_key", "environment_key")


class AlreadyOpen(Exception):
    """An open release has a part with the same service, version and environment: this one."""

    def __init__(self, number: int, id: int) -> None:
        super().__init__(f"release {number} is open with the same service, version and environment")
        self.number = number
        self.id = id


class Releases:
    """Within the unit's workspace. A release is loaded with three statements, however many votes it has.

    One more each where it has conditions, ticks, or a late change that waits.
    """

    def __init__(self, work: "Work") -> None:
        self._work = work
        self._conn = work.conn
        self._copies: dict[int, Rows] = {}  # as last read or stored in this unit of work
        self._held: dict[int, Release] = {}  # locked in this unit: nobody else can change them before it ends

    # ---- one ------------------------------------------------------------------------------
    def lock(self, id: int) -> Release | None:
        """The release, with nobody else able to change it until this unit ends. Waits; `work.now` is taken anew.

        Locked again, it is the same object.
        """
        return self._held.get(id) or self._locked(_LOCKED.all(self._conn, self._its(id)))

    def lock_number(self, number: int) -> Release | None:
        """`lock`, by the 12 of REL-12."""
        query = self._here().where(releases.c.number == number)
        return self._locked(self._conn.execute(query.with_for_update(key_share=True)))

    def get(self, id: int) -> Release | None:
        """The release as it is now, for looking at."""
        return self._one(_BY_ID.all(self._conn, self._its(id)))

    def get_number(self, number: int) -> Release | None:
        """`get`, by the 12 of REL-12."""
        return self._one(self._conn.execute(self._here().where(releases.c.number == number)))

    def many(self, ids: Iterable[int]) -> dict[int, Release]:
        """`get`, of several by id."""
        wanted = finding.a_list(sorted(ids))
        page = {"ids": wanted, "many": len(wanted), "skip": 0}
        found = self._read(finding.of_ids(_ANY, None).all(self._conn, page)) if wanted else []
        return {release.id: release for release in found if release.workspace_id == self._work.workspace_id}

    def _locked(self, heads: Iterable[Any]) -> Release | None:
        # The row alone first: what hangs on it is read after the lock is held, so it cannot be older than the row.
        release = self._one(heads, held=True)
        self._work.look_again()
        if release is not None:
            self._held[release.id] = release
        return release

    def _one(self, heads: Iterable[Any], *, held: bool = False) -> Release | None:
        found = self._read(heads, held=held)
        return found[0] if found else None

    def _its(self, id: int) -> Values:
        return {"here": self._work.workspace_id, "its": id}

    # ---- storing --------------------------------------------------------------------------
    def round(self, release: Release, number: int) -> Round | None:
        """One of its rounds; releases are loaded with the last one alone."""
        query = select(rounds).where(rounds.c.release_id == release.id, rounds.c.number == number)
        row = self._conn.execute(query).mappings().first()
        return read_round(dict(row)) if row is not None else None

    def add(self, release: Release) -> Release:
        """Store a new release; sets its id and number. Raises AlreadyOpen, and then stores nothing."""
        with self._work.savepoint():
            taken = update(counters).where(counters.c.workspace_id == self._work.workspace_id)
            taken = taken.values(releases=counters.c.releases + 1).returning(counters.c.releases)
            number = self._conn.execute(taken).scalar_one()
            rows = to_rows(release, None, self._work.now)
            rows.release["number"] = number
            stored = insert(releases).values(**rows.release).returning(releases.c.id)
            id = self._conn.execute(stored).scalar_one()
            self._write(id, rows, Rows({}, {}, None, {}))
        release.id, release.number = id, number
        return release

    def save(self, release: Release) -> None:
        """Store what changed since it was loaded. Raises AlreadyOpen when a changed part is already planned."""
        was = self._copies.get(release.id) or self._stored(release.id)
        rows = to_rows(release, was, self._work.now)
        changed = {name: value for name, value in rows.release.items() if was.release[name] != value}
        if changed:
            _change(*changed).run(self._conn, changed | {"its": release.id})
        self._write(release.id, rows, was)

    def forget_copies(self) -> None:
        """Something was rolled back: compare with what is stored, not with what was."""
        self._copies.clear()
        self._held.clear()

    def _stored(self, id: int) -> Rows:
        if self.get(id) is None:
            raise LookupError(f"there is no release {id} in workspace {self._work.workspace_id}")
        return self._copies[id]

    def _write(self, id: int, rows: Rows, was: Rows) -> None:
        self._write_parts(id, rows.parts, was.parts)
        owner = {"release_id": id, "workspace_id": self._work.workspace_id}
        if rows.round is not None and rows.round != was.round:
            put_rows(self._conn, rounds, [owner | rows.round], keys=("release_id", "number"))
        cast = [
            owner | {"round": number, "user_id": user} | row
            for (number, user), row in rows.votes.items()
            if was.votes.get((number, user)) != row
        ]
        put_rows(self._conn, votes, cast, keys=("release_id", "round", "user_id"))
        for number, user in was.votes.keys() - rows.votes.keys():
            gone = (votes.c.release_id == id) & (votes.c.round == number) & (votes.c.user_id == user)
            self._conn.execute(delete(votes).where(gone))
        write_hanging(self._conn, owner, rows, was, self._work.now)
        self._copies[id] = rows

    def _write_parts(self, id: int, parts: dict[int, Values], was: dict[int, Values]) -> None:
        changed = {position: row for position, row in parts.items() if was.get(position) != row}
        owner = {"release_id": id, "workspace_id": self._work.workspace_id}
        # First what is there no more: what took its name would be refused for its sake.
        gone = [place for place, row in was.items() if place not in parts or _key(parts[place]) != _key(row)]
        try:
            if changed or gone:
                with savepoint(self._conn):
                    for place in gone:
                        its = (release_parts.c.release_id == id) & (release_parts.c.position == place)
                        self._conn.execute(delete(release_parts).where(its))
                    rows = [owner | {"position": position} | row for position, row in changed.items()]
                    put_rows(self._conn, release_parts, rows, keys=("release_id", "position"))
        except IntegrityError as problem:
            clash = self._clash(id, changed.values())
            if clash is None:
                raise
            raise clash from problem

    def _clash(self, id: int, parts: Iterable[Values]) -> AlreadyOpen | None:
        part = release_parts.c
        for row in parts:
            same = [part[name] == row[name] for name in _KEY]
            query = select(releases.c.number, releases.c.id).join_from(release_parts, releases)
            query = query.where(part.workspace_id == self._work.workspace_id, *same, part.freed_at.is_(None))
            found = self._conn.execute(query.where(releases.c.id != id)).first()
            if found is not None:
                return AlreadyOpen(found.number, found.id)
        return None

    # ---- finding --------------------------------------------------------------------------
    def find(
        self, service: str, version: str | None = None, *, channel: str | None = None, open_only: bool = True,
        limit: int = 10, seen: Seen | None = None,
    ) -> list[Release]:  # fmt: skip
        """Those with a part of this service (and version), as people compare names.

        Open ones in the order of their planned times; with `open_only=False` all, the newest first.
        """
        wanted: Values = {"here": self._work.workspace_id, "service": service_key(service)}
        wanted |= {"version": service_key(version)} if version is not None else {}
        wanted |= {"channel": channel} if channel is not None else {}
        how = version is not None, channel is not None

        def among(ids: list[int], private: bool | None, limit: int, offset: int) -> list[Release]:
            page = {"ids": finding.a_list(ids), "many": limit, "skip": offset}
            return self._read(finding.of_ids(_ANY, private).all(self._conn, page)) if ids else []

        def newest(private: bool | None, limit: int, offset: int) -> list[Release]:
            page = wanted | {"many": limit, "skip": offset}
            ids = [id for (id,) in finding.newest_with(*how, private).all(self._conn, page)]
            return sorted(among(ids, None, limit, 0), key=_newest)

        if not open_only:
            return gather(newest, limit, seen, _newest)
        ids = [id for (id,) in finding.open_with(*how).all(self._conn, wanted)]
        return gather(partial(among, ids), limit, seen, _by_time)

    def open_services(self, among: Iterable[str] | None = None) -> set[str]:
        """The services of all open releases (or those `among` these), as people compare names; no private ones."""
        part = release_parts.c
        if among is not None:
            here, keys = self._work.workspace_id, {service_key(name) for name in among}
            # One by one: for several at once, SQLite reads what is over too.
            return {key for key in keys if self._conn.scalar(_OPEN_SERVICE, {"here": here, "key": key}) is not None}
        query = select(part.service_key).distinct().join_from(release_parts, releases)
        query = query.where(releases.c.workspace_id == self._work.workspace_id, releases.c.ended_at.is_(None))
        return set(self._conn.scalars(query.where(part.ended_at.is_(None), ~releases.c.is_private)))

    def open_in_channel(self, channel: str, limit: int) -> list[Release]:
        """The open releases that live in a channel, in the order of their planned times."""
        there = {"here": self._work.workspace_id, "channel": channel, "many": limit}
        return self._read(_OPEN_THERE.all(self._conn, there))

    def open_of(self, user: str, limit: int) -> list[Release]:
        """The open releases whose captain or deployer this is, in the order of their planned times."""
        return self._open(limit, or_(releases.c.captain == user, releases.c.deployer == user))

    def led_by(self, user: str) -> list[Release]:
        """All the open releases whose captain or deployer this is."""
        theirs = or_(releases.c.captain == user, releases.c.deployer == user)
        query = self._here().where(releases.c.ended_at.is_(None), theirs)
        return self._load(query.order_by(releases.c.id))

    def awaiting(self, limit: int, *, seen: Seen | None = None) -> list[Release]:
        """The releases with an open go/no-go, in the order of their planned times."""
        return self._open(limit, releases.c.state == State.OPEN.value, seen=seen)

    def each_awaiting(self, most: int, *, held: bool = False) -> Iterator[Release]:
        """Those with an open go/no-go (or `held`), at most so many, a few in memory at a time: to be looked at only."""
        states = [State.OPEN.value, *([State.ON_HOLD.value] if held else [])]
        query = self._here().where(releases.c.ended_at.is_(None), releases.c.state.in_(states))
        query = query.order_by(releases.c.planned_at, releases.c.id).limit(PAGE)
        for offset in range(0, most, PAGE):
            page = self._load(query.offset(offset))
            yield from page
            for release in page:
                if release.id not in self._held:
                    self._copies.pop(release.id, None)
            if len(page) < PAGE:
                return

    def all_open(self, limit: int, *, seen: Seen | None = None) -> list[Release]:
        """Every open release, in the order of their planned times."""
        return self._open(limit, seen=seen)

    def to_look_back_at(self, captain: str, since: datetime, limit: int) -> list[Release]:
        """A captain's releases that are live or rolled back and not closed, planned since then, the latest first."""
        over = releases.c.state.in_([State.RELEASED.value, State.ROLLED_BACK.value])
        query = self._here().where(releases.c.planned_at >= since, releases.c.captain == captain, over)
        return self._load(query.order_by(releases.c.planned_at.desc(), releases.c.id).limit(limit))

    def lately_of(self, user: str, since: datetime, limit: int) -> list[Release]:
        """What one led or deployed that is live or rolled back and not closed, planned since then, the latest first."""
        over = releases.c.state.in_([State.RELEASED.value, State.ROLLED_BACK.value])
        whose = or_(releases.c.captain == user, releases.c.deployer == user)
        query = self._here().where(releases.c.planned_at >= since, whose, over)
        return self._load(query.order_by(releases.c.planned_at.desc(), releases.c.id).limit(limit))

    def between(
        self, start: datetime, end: datetime, limit: int, *which: Any, backwards: bool = False, seen: Seen | None = None
    ) -> list[Release]:
        """Those planned from `start` up to before `end`, in that order (or backwards), whatever became of them."""
        query = self._here().where(releases.c.planned_at >= start, releases.c.planned_at < end, *which)
        if backwards:
            query = query.order_by(releases.c.planned_at.desc(), releases.c.id.desc())
            return self._visible(query, limit, seen, _backwards)
        return self._visible(query.order_by(releases.c.planned_at, releases.c.id), limit, seen, _by_time)

    def upcoming(self, start: datetime, end: datetime | None, limit: int) -> list[Release]:
        """The open ones planned from `start` up to before `end`, if that is given, in that order."""
        until = () if end is None else (releases.c.planned_at < end,)
        return self._open(limit, releases.c.planned_at >= start, *until)

    def recent_in_channel(self, channel: str, limit: int) -> list[Release]:
        """The last ones made in a channel, the newest first, whatever became of them."""
        query = self._here().where(releases.c.channel == channel)
        return self._load(query.order_by(releases.c.id.desc()).limit(limit))

    def _open(self, limit: int, *which: Any, seen: Seen | None = None) -> list[Release]:
        query = self._here().where(releases.c.ended_at.is_(None), *which)
        return self._visible(query.order_by(releases.c.planned_at, releases.c.id), limit, seen, _by_time)

    def _visible(self, query: Select[Any], limit: int, seen: Seen | None, order: Order) -> list[Release]:
        def look(private: bool | None, limit: int, offset: int) -> list[Release]:
            which = query if private is None else query.where(releases.c.is_private.is_(private))
            return self._load(which.limit(limit).offset(offset))

        return gather(look, limit, seen, order)

    # ---- loading --------------------------------------------------------------------------
    def _here(self) -> Select[Any]:
        return _ANY.where(releases.c.workspace_id == self._work.workspace_id)

    def _load(self, query: Select[Any]) -> list[Release]:
        return self._read(self._conn.execute(query))

    def _read(self, found: Iterable[Any], *, held: bool = False) -> list[Release]:
        heads = [row._asdict() for row in found]
        ids = [head.pop("id") for head in heads]
        if not ids:
            return []
        parts: dict[int, dict[int, Values]] = defaultdict(dict)
        last: dict[int, Values | None] = {}
        hanging = Hanging()
        for part in (_PARTS_HELD if held else _PARTS).all(self._conn, {"ids": ids}):
            row = part._asdict()
            if held:  # with nobody else able to append to its record
                self._work.audit.heads[part.release_id] = (row.pop("head_seq"), row.pop("head_hash"))
            if part.release_id not in last:
                there = part.round_number is not None
                last[part.release_id] = {name: row[label] for label, name in _ROUND.items()} if there else None
            for name in _NOT_PART:
                del row[name]
            parts[part.release_id][part.position] = row
            self._work.people_counted(part.people_rev)
            hanging.see(part)
        stored: dict[int, dict[tuple[int, str], Values]] = defaultdict(dict)
        cast: dict[int, dict[tuple[int, str], Vote]] = defaultdict(dict)
        for id, key, values, vote in _VOTES.all(self._conn, {"ids": ids}):
            stored[id][key], cast[id][key] = values, vote
        hanging.read(self._conn)
        loaded = []
        for id, head in zip(ids, heads, strict=True):
            rows = Rows(head, parts[id], last.get(id), stored[id], **hanging.of(id), cast=cast[id])
            self._copies[id] = rows
            loaded.append(release := from_rows(id, rows))
            release.days_off = self._work.days_off
        return loaded


def _key(part: Values) -> list[Any]:
    return [part[name] for name in _KEY]


@cache
def _change(*columns: str) -> Prepared:
    changed = update(releases).where(releases.c.id == bindparam("its"))
    return Prepared(changed.values({name: bindparam(name) for name in columns}))


def _by_time(release: Release) -> tuple[datetime, int]:
    return release.planned.at, release.id


def _newest(release: Release) -> int:
    return -release.id


def _backwards(release: Release) -> tuple[float, int]:
    return -release.planned.at.timestamp(), -release.id
