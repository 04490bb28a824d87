"""Trains, their departures and rotations are found by index, however many have ended; on both databases."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import insert, text

from bot.release.trains import Train
from storage.engine import Store
from storage.schedule_tables import departures, rotations, trains
from storage.work import Work
from tests.storage.given import NOW, a_release
from tests.storage.test_plans import watched
from tests.storage.test_rotations import BY_TIME
from tests.storage.test_trains import TRAIN

MANY, DAYS = 3000, 200
FIRST = date(2020, 1, 1)


def fill(work: Work) -> tuple[Train, int]:
    """Thousands that have ended, with a departure each, and one train that has run for years."""
    running = work.trains.add(replace(TRAIN, channel="C7"))
    assert running is not None
    release = work.releases.add(a_release(work.workspace_id))
    row = dict(work.conn.execute(trains.select()).one()._mapping)
    ids = range(1000, 1000 + MANY)
    over = {"ended_at": NOW, "channel": "C1"}
    work.conn.execute(insert(trains), [row | over | {"id": id, "number": id, "service_key": f"s{id}"} for id in ids])
    made = {"workspace_id": work.workspace_id, "state": "made", "at": NOW, "release_id": release.id}
    work.conn.execute(insert(departures), [made | {"train_id": id, "on_date": FIRST} for id in ids])
    days = [FIRST + timedelta(days=n) for n in range(DAYS)]
    skipped = made | {"train_id": running.id, "state": "skipped", "release_id": None}
    work.conn.execute(insert(departures), [skipped | {"on_date": day} for day in days])
    work.rotations.put(BY_TIME)
    turn = dict(work.conn.execute(rotations.select()).one()._mapping)
    work.conn.execute(insert(rotations), [turn | {"service_key": f"s{id}"} for id in ids])
    work.conn.execute(text("ANALYZE"))
    return running, release.id


def scanned(work: Work, statement: str, parameters: Any) -> list[str]:
    """The tables of ours that the database would read from one end to the other."""
    explain = "EXPLAIN QUERY PLAN " if work.dialect == "sqlite" else "EXPLAIN "
    plan = "\n".join(str(row[-1]) for row in work.conn.exec_driver_sql(explain + statement, parameters))
    names = [table.name for table in (trains, departures, rotations)]
    return [name for name in names if f"SCAN {name}" in plan or f"Seq Scan on {name}" in plan]


async def test_none_of_them_is_looked_for_among_all(store: Store, workspace: int) -> None:
    def look(work: Work) -> list[str]:
        running, release = fill(work)
        with watched(work) as statements:
            work.trains.lock(running.id)
            work.trains.running("payments")
            work.trains.running(channel="C7")
            work.trains.running()
            work.trains.ended(NOW + timedelta(days=1))
            work.trains.of_release(release + 1)
            work.trains.departures(running.id, FIRST + timedelta(days=DAYS - 5))
            work.trains.last(running.id, FIRST + timedelta(days=5))
            work.trains.how_many(running.id)
            work.trains.planned_as("payments", "production", "2026.1")
            work.rotations.get("payments", "captain")
        assert len(statements) == 11
        return [name for one in statements for name in scanned(work, *one)]

    assert await store.write(look, workspace=workspace, deadline=60) == []


async def test_a_planted_look_at_all_is_seen(store: Store, workspace: int) -> None:
    def look(work: Work) -> list[str]:
        fill(work)
        with watched(work) as statements:
            work.conn.execute(departures.select().where(departures.c.captain == "planted")).all()
        return scanned(work, *statements[0])

    assert await store.write(look, workspace=workspace, deadline=60) == ["departures"]
