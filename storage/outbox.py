"""Hold what everyone shall see until Slack has it: what to show, never how it looks.

A lane is an order: one row of it is under way at a time, the oldest first; of a card too, in whatever lanes. Who sends
holds a lease; whoever's lease ran out has lost the row. The instants here (`now`, leases, retries) are real ones, given
by the caller.
"""

from collections import Counter
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Executable,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    text,
    union_all,
    update,
)

from storage.claiming import TAKE, claimable, filled
from storage.outbox_rows import Hold, Kind, OutboxRow, Tried, is_edit
from storage.prepared import Prepared
from storage.tables import outbox
from storage.types import Utc
from storage.upsert import insert_in

if TYPE_CHECKING:
    from storage.work import Work

#: The answer of a row for which Slack was not called.
NOTHING = "nothing to show"
#: A clock that goes back so far was put back, and no call that was begun is under way so much later.
PUT_BACK, UNDER_WAY = timedelta(seconds=2), timedelta(seconds=15)
#: Nothing of ours is put off for longer; and hardly anything that Slack asks for, where nobody saw the clock.
LONGEST, LONGEST_UNSEEN = timedelta(seconds=150), timedelta(minutes=15)
#: Who claims holds this lock (an arbitrary number), so that each sees what the others took before.
_CLAIMING = 7_012_026

_ROW = [outbox.c[name] for name in OutboxRow.__dataclass_fields__ if name != "ambiguous"]
_UNSETTLED = outbox.c.settled_at.is_(None)
_EMPTY = ("release_id", "card_id", "after_card_id", "expires_at", "not_before", "coalesces", "tried_at")
_PUT = Prepared(insert(outbox).returning(outbox.c.id))
_ANYBODYS = update(outbox).where(outbox.c.id == bindparam("its"), _UNSETTLED)
_MINE = _ANYBODYS.where(outbox.c.owner == bindparam("whose"))
_TRIED = select(*(outbox.c[name] for name in Tried.__dataclass_fields__)).where(
    outbox.c.owner != bindparam("whose"), outbox.c.lane.not_like("url:%")
)
_CALLED = or_(outbox.c.answer.is_(None), outbox.c.answer != NOTHING)
_TRIED_BY_OTHERS = Prepared(
    union_all(  # each half reads its own index
        _TRIED.where(_UNSETTLED, outbox.c.state == "sending"),
        _TRIED.where(outbox.c.settled_at > bindparam("since"), _CALLED),
    )
)
_CLAIMABLE = Prepared(claimable(*_ROW))
_ALL_SENT = Prepared(
    update(outbox)
    .where(outbox.c.id.in_(bindparam("ids", expanding=True)), _UNSETTLED, outbox.c.owner == bindparam("whose"))
    .values(state="sent", answer="ok", error=None, settled_at=bindparam("at"))
)


def _put_or_meet(dialect: str, with_payload: bool) -> Executable:
    """Put a row, or let the one that will show the same show this too."""
    statement = insert_in(dialect, outbox)
    given = statement.excluded
    news: dict[str, Any] = {"wanted": outbox.c.wanted + 1, "not_before": given.not_before, "cause": given.cause}
    news |= {"payload": given.payload} if with_payload else {}
    # Not DO NOTHING: the update locks the row, so that nobody draws the card before this unit's changes are there.
    statement = statement.on_conflict_do_update(
        index_elements=["workspace_id", "coalesces"], index_where=text("coalesces IS NOT NULL"), set_=news
    )
    return statement.returning(outbox.c.id, outbox.c.wanted)


_PUT_OR_MEET = {given: Prepared(partial(_put_or_meet, with_payload=given)) for given in (False, True)}


class Outbox:
    """Put within the unit's workspace; claimed and settled for all of them."""

    def __init__(self, work: "Work") -> None:
        self._work = work
        self._conn = work.conn
        #: Whether this unit has put something that waits for its turn, and whether that is nothing but edits of cards.
        self.is_waiting, self.only_edits = False, True

    def put(
        self,
        kind: Kind,
        lane: str,
        *,
        payload: dict[str, Any] | None = None,
        card_id: int | None = None,
        release_id: int | None = None,
        after_card_id: int | None = None,
        expires_at: datetime | None = None,
        not_before: datetime | None = None,
    ) -> int | None:
        """Queue it in its lane. None when a row that nobody began to send will show the same: a card, a Home.

        `after_card_id`: not before that card has been posted (or cannot be).
        """
        self._waits(is_edit(kind, lane))
        values = self._row(
            kind, lane, payload or {}, card_id=card_id, release_id=release_id, after_card_id=after_card_id,
            expires_at=expires_at, not_before=not_before,
            coalesces={"card": f"card:{card_id}", "home": f"home:{lane}"}.get(kind),
        )  # fmt: skip
        if values["coalesces"] is None:
            id: int = _PUT.scalar(self._conn, values)
            return id
        row = _PUT_OR_MEET[bool(payload)].first(self._conn, values)
        return row.id if row.wanted == 1 else None

    def put_joined(
        self,
        lane: str,
        key: str,
        row: Any,
        drawn: Callable[[list[Any]], dict[str, Any] | None],
        *,
        release_id: int,
        after_card_id: int | None = None,
    ) -> None:
        """Say something in one notice with what waits to be said of the same `key`, in the order of saying.

        `row` is plain data; `drawn` makes the payload of all rows, None where they are too many for one. What was said
        of that release in between stays in between. Call it under the release's lock.
        """
        self._waits(False)
        same = (outbox.c.workspace_id == self._work.workspace_id, outbox.c.coalesces == key)
        found = self._conn.execute(select(outbox.c.id, outbox.c.payload).where(*same).with_for_update()).first()
        if found is not None:
            rows = [*found.payload["rows"], row]
            later = select(outbox.c.id).where(
                _UNSETTLED, outbox.c.workspace_id == self._work.workspace_id, outbox.c.lane == lane,
                outbox.c.release_id == release_id, outbox.c.kind == "notice", outbox.c.id > found.id,
            )  # fmt: skip
            overtaken = self._conn.execute(later.limit(1)).first() is not None
            payload = None if overtaken else drawn(rows)
            its = update(outbox).where(outbox.c.id == found.id)
            if payload is not None:
                more = {"payload": payload | {"rows": rows}, "wanted": outbox.c.wanted + 1, "cause": self._work.cause}
                self._conn.execute(its.values(**more))
                return
            self._conn.execute(its.values(coalesces=None))
        payload = (drawn([row]) or {}) | {"rows": [row]}
        _PUT.scalar(self._conn, self._row("notice", lane, payload, release_id=release_id, after_card_id=after_card_id,
                                          coalesces=key))  # fmt: skip

    def put_held(
        self, kind: Kind, lane: str, hold: Hold, *, payload: dict[str, Any], expires_at: datetime
    ) -> OutboxRow:
        """Put a row that is being sent already: as soon as this unit is committed."""
        values = self._row(kind, lane, payload, expires_at=expires_at, state="sending", tried_at=self._work.now)
        id: int = _PUT.scalar(self._conn, values | {"owner": hold.owner, "lease_until": hold.until})
        known: dict[str, Any] = {
            name: values.get(name) for name in OutboxRow.__dataclass_fields__ if name not in ("id", "ambiguous")
        }
        return OutboxRow(id=id, **known)

    def _waits(self, edits: bool) -> None:
        self.is_waiting, self.only_edits = True, self.only_edits and edits

    def _row(self, kind: Kind, lane: str, payload: dict[str, Any], **more: Any) -> dict[str, Any]:
        whose = {"workspace_id": self._work.workspace_id, "put_at": self._work.now, "cause": self._work.cause}
        row = {"kind": kind, "lane": lane, "payload": payload, "state": "queued", "attempts": 0, "wanted": 1}
        return dict.fromkeys(_EMPTY) | whose | row | more

    # ---- sending --------------------------------------------------------------------------
    def claim(
        self,
        now: datetime,
        owner: str,
        lease_until: datetime,
        limit: int,
        busy_lanes: Collection[str] = (),
        *,
        no_edits: Collection[int] = (),
        no_edits_for_one: Collection[int] = (),
        ahead: timedelta = timedelta(),
        fitting: Callable[[list[OutboxRow]], list[OutboxRow]] = list,
    ) -> list[OutboxRow]:
        """The oldest row of each lane that may be sent now, marked as being sent by `owner`; in order of id.

        Rows whose sender's lease ran out are among them, as `ambiguous`. `busy_lanes` are left alone, and so are the
        edits of the workspaces `no_edits`, or only those that one person sees (`no_edits_for_one`). `ahead`: how far
        Slack's clock is ahead of ours, for `tried_at`. `fitting`: says which of those found are taken, if any are.
        On Postgres nobody else claims until this unit ends.
        """
        values = {"now": now, "busy": filled(busy_lanes, ""), "many": limit,
                  "full": filled(no_edits, 0), "full_for_one": filled(no_edits_for_one, 0)}  # fmt: skip
        if self._work.dialect == "postgresql":
            self._conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CLAIMING})
        rows = _CLAIMABLE.all(self._conn, values)
        found = [OutboxRow(**row._asdict(), ambiguous=row.state == "sending") for row in rows]
        claimed = fitting(found) if found else []
        if claimed:
            whose = {"by": owner, "until": lease_until, "at": self._work.now + ahead}
            TAKE.run(self._conn, whose | {"ids": [row.id for row in claimed]})
        return claimed

    def tried_by_others(self, owner: str, since: datetime) -> list[Tried]:
        """What others than `owner` are sending now or settled since then, without answers to clicks."""
        return [Tried(*row) for row in _TRIED_BY_OTHERS.all(self._conn, {"whose": owner, "since": since})]

    def sent(self, id: int, owner: str, answer: str) -> bool:
        """Slack has it. False when the row is not the owner's any more: then what was posted is one too many."""
        return self._settle(id, owner, state="sent", answer=answer, error=None)

    def all_sent(self, ids: Collection[int], owner: str) -> None:
        """Slack has them all, as far as they are still the owner's; what it answered does not matter."""
        _ALL_SENT.run(self._conn, {"ids": list(ids), "whose": owner, "at": self._work.now})

    def retry(self, id: int, owner: str, next_try_at: datetime, error: str, *, counts: bool = True) -> bool:
        """Send it again then. `counts=False` for a try that says nothing about the row, as a rate limit."""
        return self._change(
            id, owner, state="queued", lease_until=None, next_try_at=next_try_at, error=error,
            attempts=outbox.c.attempts + (1 if counts else 0),
        )  # fmt: skip

    def unsure(self, id: int, owner: str, look_at: datetime, error: str) -> bool:
        """No answer came: it may have arrived. From `look_at` on it is claimed again, as `ambiguous`."""
        return self._change(id, owner, lease_until=look_at, error=error, attempts=outbox.c.attempts + 1)

    def heed_clock(self, before: datetime | None, now: datetime) -> None:
        """A clock that was put back since `before` (None: unknown) keeps nothing waiting until it is there again.

        Leases are shortened only where all who hold them have the same clock: on Postgres another's may be right.
        """
        if before is not None and now >= before - PUT_BACK:
            return
        theirs, longest = update(outbox).where(_UNSETTLED), LONGEST if before is not None else LONGEST_UNSEEN
        waits = theirs.where(outbox.c.state == "queued", outbox.c.next_try_at > now + longest)
        self._conn.execute(waits.values(next_try_at=now))
        if self._work.dialect == "sqlite":
            leased = theirs.where(outbox.c.state == "sending", outbox.c.lease_until > now + LONGEST)
            self._conn.execute(leased.values(lease_until=now + UNDER_WAY))

    def ambiguous(self, id: int, owner: str | None, error: str) -> bool:
        """It may have arrived or not, and must not be repeated: people have to look."""
        return self._settle(id, owner, state="ambiguous", error=error, undelivered_at=self._work.now)

    def dead(self, id: int, error: str, owner: str | None = None) -> bool:
        """It cannot be delivered."""
        return self._settle(id, owner, state="dead", error=error, undelivered_at=self._work.now)

    def _settle(self, id: int, owner: str | None, **values: Any) -> bool:
        values |= {"its": id, "settled_at": self._work.now} | ({"whose": owner} if owner is not None else {})
        return _settling(owner is not None, *sorted(values.keys() - {"its", "whose"})).run(self._conn, values) > 0

    def _change(self, id: int, owner: str | None, **values: Any) -> bool:
        changed = _MINE if owner is not None else _ANYBODYS
        given = {"its": id} | ({"whose": owner} if owner is not None else {})
        return self._conn.execute(changed.values(**values), given).rowcount > 0

    # ---- by people ------------------------------------------------------------------------
    def send_again(self, id: int) -> bool:
        """Queue what was given up, or may have arrived, once more. False when it is neither."""
        given_up = update(outbox).where(outbox.c.id == id, outbox.c.undelivered_at.is_not(None))
        afresh = {"state": "queued", "attempts": 0, "owner": None, "lease_until": None, "next_try_at": None}
        done = self._conn.execute(given_up.values(**afresh, settled_at=None, undelivered_at=None))
        return done.rowcount > 0

    def drop(self, id: int, now: datetime) -> bool:
        """Never send it, and do not speak of it any more. False when it is sent, or under way at this real instant."""
        waits = and_(_UNSETTLED, or_(outbox.c.state == "queued", outbox.c.lease_until <= now))
        left = update(outbox).where(outbox.c.id == id, or_(waits, outbox.c.undelivered_at.is_not(None)))
        gone = {"state": "dropped", "settled_at": self._work.now, "undelivered_at": None, "coalesces": None}
        return self._conn.execute(left.values(**gone)).rowcount > 0

    # ---- looking --------------------------------------------------------------------------
    def get(self, id: int) -> OutboxRow | None:
        """By the row's id; None when it was settled long ago."""
        found = self._look(select(*_ROW).where(outbox.c.id == id))
        return found[0] if found else None

    def unsettled(self, limit: int) -> list[OutboxRow]:
        """What is queued or being sent, the oldest first."""
        return self._look(select(*_ROW).where(_UNSETTLED).order_by(outbox.c.id).limit(limit))

    def undelivered(self, limit: int | None, *, everywhere: bool = False, waited_for: bool = False) -> list[OutboxRow]:
        """What did not arrive, or may not have, the latest first: dead and ambiguous rows of the unit's workspace.

        `waited_for`: without answers to clicks of long ago.
        """
        query = select(*_ROW).where(outbox.c.undelivered_at.is_not(None))
        if not everywhere:
            query = query.where(outbox.c.workspace_id == self._work.workspace_id)
        if waited_for:
            query = query.where(or_(outbox.c.expires_at.is_(None), outbox.c.expires_at > self._work.now))
        return self._look(query.order_by(outbox.c.undelivered_at.desc(), outbox.c.id.desc()).limit(limit))

    def depth(self) -> int:
        """How many rows are not settled."""
        count: int = self._conn.execute(select(func.count()).select_from(outbox).where(_UNSETTLED)).scalar_one()
        return count

    def counts(self) -> dict[str, int]:
        """How many there are of what is not sent, by state: queued, sending, dead, ambiguous."""
        found: Counter[str] = Counter()
        for some in (_UNSETTLED, outbox.c.undelivered_at.is_not(None)):  # in one, no index would serve
            query = select(outbox.c.state, func.count()).where(some).group_by(outbox.c.state)
            for state, many in self._conn.execute(query):
                found[state] += many
        return {state: found[state] for state in ("queued", "sending", "dead", "ambiguous")}

    def oldest(self) -> OutboxRow | None:
        """The unsettled row that was put first, without those whose time has not come yet (by the unit's clock)."""
        due = or_(outbox.c.not_before.is_(None), outbox.c.not_before <= self._work.now)
        found = self._look(select(*_ROW).where(_UNSETTLED, due).order_by(outbox.c.id).limit(1))
        return found[0] if found else None

    def undelivered_since(self, instant: datetime) -> dict[str, int]:
        """How many were given up since then, by the error."""
        query = select(outbox.c.error, func.count()).where(outbox.c.undelivered_at >= instant)
        return {error or "?": count for error, count in self._conn.execute(query.group_by(outbox.c.error))}

    def undelivered_of(self, release_id: int, limit: int) -> list[OutboxRow]:
        """What of a release did not arrive, or may not have, the latest first; not what has been shown since then."""
        found = _undelivered_of().all(self._conn, {"release": release_id, "many": limit})
        return [OutboxRow(*row) for row in found]

    def next_try_at(self) -> datetime | None:
        """The earliest instant that an unsettled row waits for: its next try, its beginning, or a lease's end."""
        when = func.coalesce(outbox.c.lease_until, outbox.c.next_try_at, outbox.c.not_before, type_=Utc())
        query = select(when.label("at")).where(_UNSETTLED, when.is_not(None)).order_by(when).limit(1)
        return self._conn.execute(query).scalar_one_or_none()

    def forget_before(self, instant: datetime, most: int) -> int:
        """Delete rows settled before that, at most so many. Returns how many."""
        old = select(outbox.c.id).where(outbox.c.settled_at < instant).limit(most)
        return self._conn.execute(delete(outbox).where(outbox.c.id.in_(old))).rowcount

    def _look(self, query: Any) -> list[OutboxRow]:
        return [OutboxRow(**row._mapping) for row in self._conn.execute(query)]


@cache
def _settling(mine: bool, *columns: str) -> Prepared:
    changed = (_MINE if mine else _ANYBODYS).values({name: bindparam(name) for name in columns} | {"coalesces": None})
    return Prepared(changed)


@cache
def _undelivered_of() -> Prepared:
    later = outbox.alias("later")
    again = exists().where(later.c.card_id == outbox.c.card_id, later.c.id > outbox.c.id, later.c.state == "sent")
    lost = outbox.c.undelivered_at.is_not(None)
    query = select(*_ROW).where(outbox.c.release_id == bindparam("release"), lost, ~again)
    # In the order of the index of what did not arrive: by id, SQLite would look through all that ever was sent.
    return Prepared(query.order_by(outbox.c.undelivered_at.desc(), outbox.c.id.desc()).limit(bindparam("many")))
