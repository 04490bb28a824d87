"""Keep calendar feeds: whose they are, what they show, and their secret address as a hash alone."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from sqlalchemy import insert, select, update

from storage.schedule_tables import feeds

if TYPE_CHECKING:
    from storage.work import Work

FeedKind = Literal["person", "service", "channel"]


@dataclass(frozen=True)
class FeedRow:
    """`subject` is the person's or the channel's id, or the service as it was named. `seen_at`: last fetched, about."""

    id: int
    workspace_id: int
    kind: FeedKind
    subject: str
    owner: str
    token_hash: str
    created_at: datetime
    seen_at: datetime | None
    revoked_at: datetime | None


_ROW = [feeds.c[name] for name in FeedRow.__dataclass_fields__]


class Feeds:
    """Within the unit's workspace, but for `by_hash`: an address says by itself which one it is of."""

    def __init__(self, work: "Work") -> None:
        self._work = work
        self._conn = work.conn

    def add(self, kind: FeedKind, subject: str, owner: str, token_hash: str) -> int:
        """Store a new one. Returns its id."""
        row = {"workspace_id": self._work.workspace_id, "kind": kind, "subject": subject, "owner": owner,
               "token_hash": token_hash, "created_at": self._work.now}  # fmt: skip
        id: int = self._conn.execute(insert(feeds).values(**row).returning(feeds.c.id)).scalar_one()
        return id

    def by_hash(self, token_hash: str) -> FeedRow | None:
        """The one with this address, revoked or not, in whichever workspace."""
        found = self._conn.execute(select(*_ROW).where(feeds.c.token_hash == token_hash)).one_or_none()
        # Compared once more, in a time that says nothing: how an index compares is not ours to know.
        if found is None or not hmac.compare_digest(found.token_hash, token_hash):
            return None
        return FeedRow(**found._mapping)

    def of(self, owner: str) -> list[FeedRow]:
        """Somebody's, oldest first, without those that are revoked."""
        query = select(*_ROW).where(feeds.c.workspace_id == self._work.workspace_id, feeds.c.owner == owner)
        return [FeedRow(**row._mapping) for row in self._conn.execute(
            query.where(feeds.c.revoked_at.is_(None)).order_by(feeds.c.id))]  # fmt: skip

    def revoke(self, id: int) -> None:
        """From now on its address shows nothing. May be repeated."""
        its = (feeds.c.workspace_id == self._work.workspace_id) & (feeds.c.id == id) & feeds.c.revoked_at.is_(None)
        self._conn.execute(update(feeds).where(its).values(revoked_at=self._work.now))

    def seen(self, id: int) -> None:
        """Somebody, or their calendar, has just fetched it."""
        its = (feeds.c.workspace_id == self._work.workspace_id) & (feeds.c.id == id)
        self._conn.execute(update(feeds).where(its).values(seen_at=self._work.now))
