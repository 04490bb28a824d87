"""Keep which message shows which release to whom: cards live on and are edited in place."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import bindparam, select, update

from storage.prepared import Prepared
from storage.tables import cards
from storage.upsert import insert_on

if TYPE_CHECKING:
    from storage.work import Work


@dataclass(frozen=True)
class CardRow:
    """`recipient` is the channel or person it is for; `channel` and `ts` are where it was really posted, if it was.

    `shows` is a hash of what Slack shows there, None when nobody can be sure: an equal drawing need not be sent.
    """

    id: int
    release_id: int
    kind: str
    recipient: str
    tag: str
    channel: str | None
    ts: str | None
    state: Literal["live", "gone"]
    shows: str | None

    @property
    def lane(self) -> str:
        """Posted in order with all else that is said there; edited in a lane of its own: what is said next need not
        wait for an edit that Slack's limits put off.
        """
        return f"{self.channel}:{self.id}" if self.ts is not None else self.recipient


#: So many of one person are looked at; older ones say their last when their own release is drawn again.
MOST_LIVE = 20
_ROW = [cards.c[name] for name in CardRow.__dataclass_fields__]
_GET = Prepared(select(*_ROW).where(cards.c.id == bindparam("its")))
_OF = Prepared(select(*_ROW).where(cards.c.release_id == bindparam("release")).order_by(cards.c.id))
_IT = (cards.c[name] == bindparam(name) for name in ("release_id", "kind", "recipient", "tag"))
_THERE = Prepared(select(*_ROW).where(*_IT))

_MESSAGE = (cards.c[name] == bindparam(name) for name in ("workspace_id", "channel", "ts"))
_BY_TS = Prepared(select(*_ROW).where(*_MESSAGE).order_by(cards.c.id))


class Cards:
    """Found by the unit's workspace; changed by id, also in a unit without a workspace."""

    def __init__(self, work: "Work") -> None:
        self._work = work
        self._conn = work.conn
        self._of: dict[int, list[CardRow]] = {}  # by release, as read in this unit and not changed by it since

    def forget(self) -> None:
        """Read anew: something was changed here, or rolled back."""
        self._of.clear()

    def ensure(
        self, release_id: int, kind: str, recipient: str, version_tag: str = "", formerly: Collection[str] = ()
    ) -> CardRow:
        """The card of a kind for a recipient, made now if there is none. A tag tells cards of one kind apart.

        `formerly`: what the kind was called once; a card of then is taken over.
        """
        values = {"release_id": release_id, "kind": kind, "recipient": recipient, "tag": version_tag}
        row = _THERE.first(self._conn, values)
        if row is None and formerly:
            older = cards.c.kind.in_(sorted(formerly)), cards.c.recipient == recipient, cards.c.tag == version_tag
            found = select(cards.c.id).where(cards.c.release_id == release_id, *older).order_by(cards.c.id).limit(1)
            self._conn.execute(update(cards).where(cards.c.id.in_(found.scalar_subquery())).values(kind=kind))
            self.forget()
            row = _THERE.first(self._conn, values)
        if row is None:
            new = insert_on(self._conn, cards).values(**values, workspace_id=self._work.workspace_id, state="live")
            self._conn.execute(new.on_conflict_do_nothing())
            self.forget()
            row = _THERE.first(self._conn, values)
        return CardRow(*row)

    def get(self, card_id: int) -> CardRow | None:
        """By the row's id."""
        row = _GET.first(self._conn, {"its": card_id})
        return None if row is None else CardRow(*row)

    def of(self, release_id: int) -> list[CardRow]:
        """All of a release, in the order they were made."""
        if release_id not in self._of:
            self._of[release_id] = [CardRow(*row) for row in _OF.all(self._conn, {"release": release_id})]
        return list(self._of[release_id])

    def redraw(self, release_id: int) -> None:
        """Have every one of a release drawn again."""
        for row in self.of(release_id):
            if row.state == "live":
                self._work.outbox.put("card", row.lane, card_id=row.id, release_id=release_id)

    def live_for(self, recipient: str, kind: str | None = None) -> list[CardRow]:
        """A person's live cards, of a kind if given, of all releases, the newest first."""
        query = select(*_ROW).where(cards.c.workspace_id == self._work.workspace_id, cards.c.recipient == recipient)
        query = query if kind is None else query.where(cards.c.kind == kind)
        query = query.where(cards.c.state == "live").order_by(cards.c.id.desc()).limit(MOST_LIVE)
        return [CardRow(**row._mapping) for row in self._conn.execute(query)]

    def by_ts(self, channel: str, ts: str) -> CardRow | None:
        """The card that is this message."""
        read = (one for some in self._of.values() for one in some if (one.channel, one.ts) == (channel, ts))
        if (known := next(read, None)) is not None:
            return known
        where = {"workspace_id": self._work.workspace_id, "channel": channel, "ts": ts}
        row = _BY_TS.first(self._conn, where)
        return None if row is None else CardRow(*row)

    def posted(self, card_id: int, channel: str, ts: str) -> None:
        """It was posted there."""
        self._change(card_id, channel=channel, ts=ts)

    def lost(self, card_id: int) -> None:
        """Its message was deleted: the next drawing posts a new one."""
        self._change(card_id, ts=None, shows=None)

    def now_shows(self, card_id: int, look: str | None) -> bool:
        """What Slack shows since the last call; None when that is uncertain."""
        return self._change(card_id, shows=look)

    def gone(self, card_id: int) -> None:
        """It is not drawn any more."""
        self._change(card_id, state="gone")

    def _change(self, card_id: int, **values: Any) -> bool:
        self.forget()
        return _change(*values).run(self._conn, values | {"its": card_id}) > 0


@cache
def _change(*columns: str) -> Prepared:
    changed = update(cards).where(cards.c.id == bindparam("its"))
    return Prepared(changed.values({name: bindparam(name) for name in columns}))
