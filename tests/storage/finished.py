"""Fill a database with thousands of what is over, and a little that lives: what people wait for must not notice."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import insert

from bot.release.release import Part
from bot.release.states import State
from storage.decision_tables import conditions, edits, late_changes, reviews, ticks
from storage.schedule_tables import appointments, freeze_exceptions, freezes
from storage.tables import audit, cards, keys, outbox, release_parts, releases, timers, votes
from storage.work import Work
from tests.storage.given import DAY, HOUR, NOW, a_release, a_vote, an_open_one

FINISHED = 3000
_OF_FREEZES = (freezes, freeze_exceptions)
_OF_DECISIONS = (conditions, ticks, edits, late_changes, reviews)
BIG = {
    t.name
    for t in (
        releases,
        release_parts,
        timers,
        appointments,
        outbox,
        cards,
        votes,
        audit,
        keys,
        *_OF_DECISIONS,
        *_OF_FREEZES,
    )
}


def history(work: Work) -> None:
    """Thousands of finished releases, as rows, and a few that are open."""
    open_one = an_open_one(work.workspace_id, votes=[a_vote("UBO")], parts=[Part("payments", "3"), Part("ledger", "3")])
    work.releases.add(open_one)
    head = dict(work.conn.execute(releases.select()).one()._mapping)
    part = dict(work.conn.execute(release_parts.select()).first()._mapping)  # type: ignore[union-attr]
    vote = dict(work.conn.execute(votes.select()).one()._mapping)
    old = NOW - 30 * DAY
    ids = range(1000, 1000 + FINISHED)
    over = {"state": State.CLOSED.value, "ended_at": old, "created_at": old, "planned_at": old}
    work.conn.execute(insert(releases), [head | over | {"id": id, "number": id} for id in ids])
    done = {"ended_at": old, "freed_at": old}
    work.conn.execute(insert(release_parts), [part | done | {"release_id": id} for id in ids])
    work.conn.execute(insert(votes), [vote | {"release_id": id} for id in ids])
    where = {"workspace_id": work.workspace_id}
    timer = where | {"name": "remind", "plan_revision": 1, "state": "done", "reason": "", "attempts": 0}
    timer |= {"due_at": old, "next_try_at": old, "settled_at": old}
    work.conn.execute(insert(timers), [timer | {"release_id": id, "recipient": r} for id in ids for r in "ab"])
    card = where | {"kind": "release", "recipient": "C1", "tag": "", "channel": "C1", "state": "live"}
    work.conn.execute(insert(cards), [card | {"release_id": id, "ts": f"1.{id}"} for id in ids])
    sent = where | {"kind": "notice", "lane": "C1", "payload": {}, "state": "sent", "attempts": 0, "wanted": 1}
    sent |= {"put_at": old, "settled_at": old}
    work.conn.execute(insert(outbox), [sent | {"release_id": id} for id in ids for _ in "ab"])
    answered = where | {"reply": {}, "at": old}
    work.conn.execute(insert(keys), [answered | {"key": f"old {id}"} for id in ids])
    entry = where | {"seq": 1, "name": "planned", "at": old, "body": "{}", "hash": ""}
    work.conn.execute(insert(audit), [entry | {"release_id": id} for id in ids])
    _decisions(work, ids, old)
    _freezes(work, ids, old)
    kept = where | {"kind": "digest", "state": "done", "reason": "", "attempts": 0}
    kept |= {"due_at": old, "next_try_at": old, "settled_at": old}
    work.conn.execute(insert(appointments), [kept | {"subject": str(id)} for id in ids])
    for version in "45":
        work.releases.add(a_release(work.workspace_id, "payments", version))
    for number in range(20):
        new = work.releases.add(a_release(work.workspace_id, f"service {number}", captain=f"U{number}"))
        shown = work.cards.ensure(new.id, "release", f"C{number}")
        work.appointments.replan("digest", f"new {number}", [NOW + HOUR, NOW + DAY])
        work.timers.replan(new.id, 1, [("remind", "", NOW + HOUR), ("closes", "", NOW + 2 * HOUR)])
        work.outbox.put("card", f"C{number}", card_id=shown.id, release_id=new.id)
        work.outbox.put("notice", f"C{number}", release_id=new.id, after_card_id=shown.id)


def _decisions(work: Work, ids: Iterable[int], at: datetime) -> None:
    """What decisions of finished releases left behind."""
    condition = {"number": 1, "round": 1, "user_id": "UBO", "vote_at": at, "sign_off": "Go", "text": "tests green"}
    condition |= {"owner": "UBO", "due_at": at, "outcome": "met", "ended_at": at, "ended_by": "UBO"}
    tick = {"item": "runbook", "by": "UBO", "at": at, "ticked": True, "undone": 0}
    edit = {"revision": 1, "field": "changes", "before": "", "after": "more", "by": "UBO", "at": at}
    late = {"number": 1, "asked_by": "UBO", "asked_at": at, "why": "", "wanted": {}, "on_revision": 1}
    late |= {"outcome": "accepted", "ended_by": "UANA", "ended_at": at}
    review = {"opened_by": "UANA", "opened_at": at, "due_on": at.date(), "closed_by": "UBO", "closed_at": at}
    for table, row in zip(_OF_DECISIONS, (condition, tick, edit, late, review), strict=True):
        owned = row | {"workspace_id": work.workspace_id}
        work.conn.execute(insert(table), [owned | {"release_id": id} for id in ids])


def _freezes(work: Work, ids: Iterable[int], at: datetime) -> None:
    """Freezes that are over, and the exceptions from them."""
    where = {"workspace_id": work.workspace_id}
    over = where | {
        "service": "",
        "environment": "",
        "starts_wall": "2026-11-01T09:00",
        "ends_wall": "2026-11-01T09:00",
        "zone": "UTC",
        "tzdata": "",
    }
    over |= {"starts_at": at, "ends_at": at, "channel": "C1", "created_by": "UANA", "created_at": at, "ended_at": at}
    work.conn.execute(insert(freezes), [over | {"number": id} for id in ids])
    asked = where | {"freezes": [1], "asked_by": "UBO", "asked_at": at, "why": "", "decided_at": at}
    work.conn.execute(insert(freeze_exceptions), [asked | {"release_id": id} for id in ids])
