"""Find what of the outbox may be sent now: of each lane and each card the oldest row, unless it waits for its card."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    FromClause,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    update,
)  # fmt: skip

from storage.prepared import Prepared
from storage.tables import cards, outbox
from storage.types import Utc

_UNSETTLED = outbox.c.settled_at.is_(None)
#: Marks rows as being sent: `ids`, whose (`by`), until when, and `at` which of Slack's instants.
TAKE = Prepared(
    update(outbox)
    .where(outbox.c.id.in_(bindparam("ids", expanding=True)))
    .values(
        state="sending", owner=bindparam("by"), lease_until=bindparam("until"), coalesces=None,
        # What may have been posted was posted when it was tried first, however often it is looked for since.
        tried_at=func.coalesce(case((outbox.c.state == "sending", outbox.c.tried_at)), bindparam("at", type_=Utc)),
    )
)  # fmt: skip
#: Lists are asked for in lengths of so many, so that a few statements are written, and only once.
_STEP = 8


def filled(some: Iterable[Any], nobody: Any) -> list[Any]:
    """In order, with `nobody` in the places that are left."""
    known = sorted(some)
    return known + [nobody] * (-len(known) % _STEP)


@cache
def claimable(*columns: Column[Any]) -> Select[Any]:
    """These of the rows that may be sent now, locked. Its parameters: now, busy, full, full_for_one, many."""
    now = bindparam("now", type_=Utc)
    # A card is posted in its channel's lane and edited in its own: two rows of it must not be under way either.
    head = and_(~_stands_before(now, "workspace_id", "lane"), ~_stands_before(now, "card_id"))
    edit = and_(outbox.c.kind == "card", outbox.c.lane.like("%:%"))
    put_off = or_(
        outbox.c.workspace_id.in_(bindparam("full", expanding=True)),
        and_(outbox.c.lane.like("D%"), outbox.c.workspace_id.in_(bindparam("full_for_one", expanding=True))),
    )
    query = select(*columns).where(_UNSETTLED, _ready(now), ~and_(edit, put_off), head, ~_awaits_card(outbox))
    query = query.where(outbox.c.lane.not_in(bindparam("busy", expanding=True)))
    return query.order_by(outbox.c.id).limit(bindparam("many")).with_for_update(skip_locked=True, of=outbox)


def _awaits_card(row: FromClause) -> ColumnElement[bool]:
    """Whether the card that this row comes after is still to be posted, and can be."""
    drawing = outbox.alias("drawing")
    under_way = exists().where(drawing.c.card_id == cards.c.id, drawing.c.settled_at.is_(None)).correlate(cards)
    return (
        exists()
        .where(cards.c.id == row.c.after_card_id, cards.c.ts.is_(None), cards.c.state == "live", under_way)
        .correlate(row)
    )


def _stands_before(now: BindParameter[datetime], *same: str) -> ColumnElement[bool]:
    """Whether an earlier row, the same in these, is to be sent first."""
    earlier = outbox.alias()
    return exists().where(
        *(earlier.c[name] == outbox.c[name] for name in same),
        earlier.c.id < outbox.c.id,
        earlier.c.settled_at.is_(None),
        _no_later_than(earlier.c.not_before, now),
        # What waits for its card holds up nobody: the card may stand behind it, drawn anew after it was lost.
        ~_awaits_card(earlier),
    )


def _no_later_than(column: ColumnElement[datetime | None], now: BindParameter[datetime]) -> ColumnElement[bool]:
    return or_(column.is_(None), column <= now)


def _ready(now: BindParameter[datetime]) -> ColumnElement[bool]:
    queued = and_(
        outbox.c.state == "queued",
        _no_later_than(outbox.c.not_before, now),
        _no_later_than(outbox.c.next_try_at, now),
    )
    return or_(queued, and_(outbox.c.state == "sending", outbox.c.lease_until <= now))
