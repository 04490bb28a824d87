"""Keep what decisions leave behind and no release is loaded with: edits, late changes, reviews, who is away."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, bindparam, insert, select, update

from storage.decision_tables import attention, edits, late_changes, reviews
from storage.prepared import Prepared
from storage.tables import release_parts
from storage.upsert import insert_on, put_rows

if TYPE_CHECKING:
    from storage.work import Work


@dataclass(frozen=True)
class Edit:
    """One field of a release's content that was changed; `revision` counts the release's edits, from 1."""

    revision: int
    field: str
    before: str
    after: str
    by: str
    at: datetime


@dataclass(frozen=True)
class LateChangeRow:
    """A change asked for after the code cut-off: `wanted` is text by field; it waits until it has an `outcome`.

    That is "accepted", "refused" or "superseded" (the content was edited meanwhile), by a user id or by nobody.
    """

    number: int
    asked_by: str
    asked_at: datetime
    why: str
    wanted: Mapping[str, str]
    on_revision: int
    outcome: str | None
    ended_by: str | None
    ended_at: datetime | None
    ended_why: str


@dataclass(frozen=True)
class Review:
    """Owed for an override by the day `due_on`; open until `closed_at`, with a `note` then."""

    id: int
    release_id: int
    opened_by: str
    opened_at: datetime
    due_on: date
    closed_by: str | None
    closed_at: datetime | None
    note: str


@dataclass(frozen=True)
class Attention:
    """Until when somebody is away and who acts for them; until when they snooze, and when they were last nudged."""

    away_until: datetime | None = None
    delegate: str | None = None
    away_since: datetime | None = None
    snoozed_until: datetime | None = None
    nudged_at: datetime | None = None


def _columns(table: Table, row: type[Any]) -> list[Any]:
    return [table.c[name] for name in row.__dataclass_fields__]


_OF_THESE = Prepared(select(attention.c.user_id, *_columns(attention, Attention)).where(
    attention.c.workspace_id == bindparam("here"), attention.c.user_id.in_(bindparam("users", expanding=True)),
))  # fmt: skip


class Decisions:
    """Within the unit's workspace."""

    def __init__(self, work: "Work") -> None:
        self._work = work
        self._conn = work.conn

    # ---- edits ----------------------------------------------------------------------------
    def add_edit(self, release_id: int, revision: int, changed: Mapping[str, tuple[str, str]], by: str) -> None:
        """Record what an edit changed: before and after, by field. Happens now."""
        rows = [
            self._of(release_id) | {"revision": revision, "field": field, "before": before, "after": after, "by": by}
            for field, (before, after) in changed.items()
        ]
        if rows:
            self._conn.execute(insert(edits), [row | {"at": self._work.now} for row in rows])

    def edits(self, release_id: int) -> list[Edit]:
        """The oldest first; of one edit by field."""
        query = select(*_columns(edits, Edit)).where(*self._its(edits, release_id))
        rows = self._conn.execute(query.order_by(edits.c.revision, edits.c.field))
        return [Edit(**row._mapping) for row in rows]

    # ---- late changes ---------------------------------------------------------------------
    def late_changes(self, release_id: int) -> list[LateChangeRow]:
        """All that were asked for, the oldest first. One that waits is stored with its release, as `release.late`."""
        query = select(*_columns(late_changes, LateChangeRow)).where(*self._its(late_changes, release_id))
        rows = self._conn.execute(query.order_by(late_changes.c.number))
        return [LateChangeRow(**row._mapping) for row in rows]

    def end_late_change(self, release_id: int, number: int, outcome: str, by: str | None, why: str = "") -> bool:
        """Say what became of it, now; False when it has ended already. Whoever ends it takes it off its release."""
        waiting = [*self._its(late_changes, release_id), late_changes.c.ended_at.is_(None)]
        ended = update(late_changes).where(*waiting, late_changes.c.number == number)
        values = {"outcome": outcome, "ended_by": by, "ended_at": self._work.now, "ended_why": why}
        return self._conn.execute(ended.values(**values)).rowcount > 0

    # ---- reviews --------------------------------------------------------------------------
    def add_review(self, release_id: int, due_on: date, by: str) -> int:
        """A review is owed from now on. Returns its id."""
        row = self._of(release_id) | {"opened_by": by, "opened_at": self._work.now, "due_on": due_on}
        id: int = self._conn.execute(insert(reviews).values(**row).returning(reviews.c.id)).scalar_one()
        return id

    def close_review(self, review_id: int, by: str, note: str) -> bool:
        """Now. False when it is closed already, or not here."""
        open_here = (reviews.c.workspace_id == self._work.workspace_id) & reviews.c.closed_at.is_(None)
        closed = update(reviews).where(open_here, reviews.c.id == review_id)
        return self._conn.execute(closed.values(closed_by=by, closed_at=self._work.now, note=note)).rowcount > 0

    def reviews(self, release_id: int) -> list[Review]:
        """Of one release, in the order they were opened."""
        return self._reviews(None, reviews.c.release_id == release_id)

    def open_reviews(self, service_keys: Iterable[str], limit: int) -> list[Review]:
        """The open ones of all releases with a part of one of these services, in the order they were opened."""
        part = release_parts.c
        its = select(part.release_id).where(
            part.workspace_id == self._work.workspace_id, part.service_key.in_(sorted(service_keys))
        )
        return self._reviews(limit, reviews.c.closed_at.is_(None), reviews.c.release_id.in_(its))

    def _reviews(self, limit: int | None, *which: Any) -> list[Review]:
        query = select(*_columns(reviews, Review)).where(reviews.c.workspace_id == self._work.workspace_id, *which)
        return [Review(**row._mapping) for row in self._conn.execute(query.order_by(reviews.c.id).limit(limit))]

    # ---- attention ------------------------------------------------------------------------
    def attention(self, users: Iterable[str]) -> dict[str, Attention]:
        """What is known of these people, by id; who was never away, snoozed or nudged is not in it."""
        wanted = {"here": self._work.workspace_id, "users": sorted(set(users))}
        return {user: Attention(*rest) for user, *rest in _OF_THESE.all(self._conn, wanted)} if users else {}

    def stood_in_for(self) -> dict[str, Attention]:
        """Everybody who is away now and has named who acts for them, by id."""
        query = select(attention.c.user_id, *_columns(attention, Attention)).where(
            attention.c.workspace_id == self._work.workspace_id, attention.c.delegate.is_not(None),
            attention.c.away_until > self._work.now,
        )  # fmt: skip
        return {user: Attention(*rest) for user, *rest in self._conn.execute(query)}

    def set_away(self, user: str, until: datetime, delegate: str | None) -> None:
        """Away from now on, instead of what was said before."""
        self._put([user], away_until=until, delegate=delegate, away_since=self._work.now)

    def set_back(self, user: str) -> None:
        """Not away any more."""
        self._put([user], away_until=None, delegate=None, away_since=None)

    def snooze(self, user: str, until: datetime | None) -> None:
        """Not to be reminded before then; None: at any time."""
        self._put([user], snoozed_until=until)

    def claim_nudge(self, user: str, since: datetime) -> bool:
        """Whether they were not reminded since then; if so, they are now. Of several at once, one gets True."""
        row = insert_on(self._conn, attention).values(
            workspace_id=self._work.workspace_id, user_id=user, nudged_at=self._work.now
        )
        long_ago = attention.c.nudged_at.is_(None) | (attention.c.nudged_at <= since)
        row = row.on_conflict_do_update(
            index_elements=["workspace_id", "user_id"], set_={"nudged_at": self._work.now}, where=long_ago
        )
        return self._conn.execute(row.returning(attention.c.user_id)).first() is not None

    def nudged(self, users: Iterable[str]) -> None:
        """They were reminded now."""
        self._put(sorted(set(users)), nudged_at=self._work.now)

    def _put(self, users: Iterable[str], **values: datetime | str | None) -> None:
        # Only what is named: what else is known of them stays.
        rows = [{"workspace_id": self._work.workspace_id, "user_id": user} | values for user in users]
        put_rows(self._conn, attention, rows, keys=("workspace_id", "user_id"))

    # ---- whose ----------------------------------------------------------------------------
    def _of(self, release_id: int) -> dict[str, Any]:
        return {"workspace_id": self._work.workspace_id, "release_id": release_id}

    def _its(self, table: Table, release_id: int) -> list[Any]:
        return [table.c.workspace_id == self._work.workspace_id, table.c.release_id == release_id]
