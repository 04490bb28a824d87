"""Calendars, subscriptions and mutes are found by index, however many there are; on both databases."""

from typing import Any

from sqlalchemy import insert, text

from storage.engine import Store
from storage.schedule_tables import feeds, mutes, subscriptions
from storage.work import Work
from tests.storage.given import NOW
from tests.storage.test_plans import watched

MANY = 3000


def fill(work: Work) -> None:
    where = {"workspace_id": work.workspace_id}
    feed = where | {"kind": "person", "subject": "", "created_at": NOW}
    work.conn.execute(insert(feeds), [feed | {"owner": f"U{n}", "token_hash": str(n)} for n in range(MANY)])
    row = where | {"service": "", "level": "all", "created_by": "UANA", "created_at": NOW}
    work.conn.execute(insert(subscriptions), [row | {"channel": f"C{n}", "service_key": f"s{n}"} for n in range(MANY)])
    mute = where | {"at": NOW, "until_at": None}
    work.conn.execute(insert(mutes), [mute | {"user_id": f"U{n}", "service_key": "s"} for n in range(MANY)])
    work.conn.execute(text("ANALYZE"))


def scanned(work: Work, statement: str, parameters: Any) -> list[str]:
    """The tables of ours that the database would read from one end to the other."""
    explain = "EXPLAIN QUERY PLAN " if work.dialect == "sqlite" else "EXPLAIN "
    plan = "\n".join(str(row[-1]) for row in work.conn.exec_driver_sql(explain + statement, parameters))
    names = [table.name for table in (feeds, subscriptions, mutes)]
    return [name for name in names if f"SCAN {name}" in plan or f"Seq Scan on {name}" in plan]


async def test_none_of_them_is_looked_for_among_all(store: Store, workspace: int) -> None:
    def look(work: Work) -> list[str]:
        fill(work)
        with watched(work) as statements:
            work.feeds.by_hash("7")
            work.feeds.of("U7")
            work.subscriptions.hearing("outcomes", ["s7", "s8"])
            work.subscriptions.of("C7")
            work.subscriptions.get(7)
            work.mutes.is_muted("U7", ["s", "s7"])
            work.mutes.of("U7")
        assert len(statements) == 7
        return [name for one in statements for name in scanned(work, *one)]

    assert await store.write(look, workspace=workspace, deadline=60) == []


async def test_a_planted_look_at_all_is_seen(store: Store, workspace: int) -> None:
    def look(work: Work) -> list[str]:
        fill(work)
        with watched(work) as statements:
            work.conn.execute(feeds.select().where(feeds.c.subject == "planted")).all()
        return scanned(work, *statements[0])

    assert await store.write(look, workspace=workspace, deadline=60) == ["feeds"]
