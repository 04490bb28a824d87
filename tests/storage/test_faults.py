"""When the database is slow, locked, full or gone, people hear it in time and nothing is half stored."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot.clock import Clock, StoryClock, Wire
from storage import Busy, Store, Unknown, open_store
from storage.lane import COMMIT_GRACE, Lane, Unit
from storage.work import Work
from tests.storage.given import NOW, a_release

HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.readline()
connection.execute("COMMIT")
print("free", flush=True)
"""


async def opened(url: str) -> tuple[Store, int]:
    store = open_store(url, clock=StoryClock(NOW, running=False))
    return store, await store.write(lambda work: work.workspaces.ensure("A1", "T1", None, "UBOT"))


@pytest.fixture
async def on_sqlite(sqlite_database: str) -> AsyncIterator[tuple[Store, int]]:
    store, workspace = await opened(sqlite_database)
    yield store, workspace
    await store.close()


@pytest.fixture
async def on_postgres(postgres_database: str) -> AsyncIterator[tuple[Store, int]]:
    store, workspace = await opened(postgres_database)
    yield store, workspace
    await store.close()


@pytest.fixture
def other_process(sqlite_database: str, on_sqlite: tuple[Store, int]) -> Iterator["subprocess.Popen[str]"]:
    """Another process that is writing to the same SQLite file until a line is sent to it."""
    command = [sys.executable, "-c", HOLD, sqlite_database.removeprefix("sqlite:///")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        yield process
        process.stdin.close() if process.stdin else None


def let_go(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


async def stored(store: Store, workspace: int, key: str) -> bool:
    return await store.read(lambda work: work.keys.find(key) is not None, workspace=workspace)


# ---- SQLite ---------------------------------------------------------------------------------
async def test_a_file_locked_by_another_process_is_busy_at_the_deadline(
    on_sqlite: tuple[Store, int], other_process: "subprocess.Popen[str]"
) -> None:
    store, workspace = on_sqlite
    began = Wire().monotonic()
    with pytest.raises(Busy):
        await store.write(lambda work: work.keys.claim("k1"), workspace=workspace, deadline=0.3)
    assert Wire().monotonic() - began < 1.5
    waiting = store.write(lambda work: work.keys.claim("k2"), workspace=workspace, deadline=10)
    let_go(other_process)
    assert await waiting is None
    assert not await stored(store, workspace, "k1")
    assert await stored(store, workspace, "k2")


async def test_a_full_disk_is_said_and_what_comes_after_works(on_sqlite: tuple[Store, int]) -> None:
    store, workspace = on_sqlite

    def fill(work: Work) -> None:
        work.keys.claim("k1")
        size = work.conn.exec_driver_sql("PRAGMA page_count").scalar_one()
        work.conn.exec_driver_sql(f"PRAGMA max_page_count = {size + 1}")
        try:
            with work.savepoint():
                work.releases.add(a_release(workspace, changes="x" * 100_000))
        finally:
            work.conn.exec_driver_sql("PRAGMA max_page_count = 1073741823")

    with pytest.raises(DBAPIError, match=r"full|savepoint"):
        await store.write(fill, workspace=workspace)
    assert not await stored(store, workspace, "k1")
    await store.write(lambda work: work.keys.claim("k2"), workspace=workspace)
    assert await stored(store, workspace, "k2")


async def test_sqlite_promises_what_it_is_asked_to(on_sqlite: tuple[Store, int]) -> None:
    store, _ = on_sqlite

    def settings(work: Work) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "query_only")
        return [work.conn.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names]

    assert await store.write(settings) == ["wal", 2, 1, 0]
    assert await store.read(settings) == ["wal", 2, 1, 1]


# ---- Postgres -------------------------------------------------------------------------------
KILL = text("SELECT pg_terminate_backend(:pid)")
PID = text("SELECT pg_backend_pid()")


async def test_a_row_that_another_holds_is_busy_at_the_deadline(on_postgres: tuple[Store, int]) -> None:
    store, workspace = on_postgres
    release = await store.write(lambda work: work.releases.add(a_release(workspace)), workspace=workspace)
    go_on, holds = threading.Event(), threading.Event()

    def hold(work: Work) -> None:
        work.releases.lock(release.id)
        holds.set()
        go_on.wait(2)

    def wait(work: Work) -> None:
        work.keys.claim("k1")
        work.releases.lock(release.id)

    holding = store.write(hold, workspace=workspace)
    await asyncio.to_thread(holds.wait, 5)
    with pytest.raises(Busy):
        await store.write(wait, workspace=workspace, deadline=0.3)
    go_on.set()
    await holding
    assert not await stored(store, workspace, "k1")


async def test_a_slow_statement_is_busy_at_the_deadline(on_postgres: tuple[Store, int]) -> None:
    store, _ = on_postgres
    began = Wire().monotonic()
    with pytest.raises(Busy):
        await store.write(lambda work: work.conn.execute(text("SELECT pg_sleep(20)")), deadline=0.3)
    await store.drain()  # the thread is free again as well
    assert Wire().monotonic() - began < 3


async def test_killed_connections_are_replaced_unnoticed(on_postgres: tuple[Store, int]) -> None:
    store, workspace = on_postgres
    await asyncio.gather(*(store.write(lambda work: work.conn.execute(text("SELECT pg_sleep(0.1)"))) for _ in range(8)))
    others = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                  "AND pid <> pg_backend_pid()")  # fmt: skip
    await store.write(lambda work: work.conn.execute(others))
    answers = await asyncio.gather(
        *(store.write(lambda work, n=n: work.keys.claim(f"k{n}"), workspace=workspace) for n in range(16))
    )
    assert answers == [None] * 16


async def test_a_connection_killed_in_the_middle_runs_the_unit_again(on_postgres: tuple[Store, int]) -> None:
    store, workspace = on_postgres
    runs: list[int] = []

    def die_once(work: Work) -> None:
        assert work.keys.claim("k1") is None
        runs.append(1)
        if len(runs) == 1:
            work.conn.execute(KILL, {"pid": work.conn.execute(PID).scalar_one()})

    await store.write(die_once, workspace=workspace)
    assert len(runs) == 2
    assert await stored(store, workspace, "k1")


async def test_a_connection_lost_at_commit_is_unknown_and_the_key_tells(on_postgres: tuple[Store, int]) -> None:
    store, workspace = on_postgres
    loop = asyncio.get_running_loop()

    async def kill(pid: int) -> None:
        await store.write(lambda work: work.conn.execute(KILL, {"pid": pid}))

    def lose(work: Work) -> None:
        work.keys.claim("k1")
        pid = work.conn.execute(PID).scalar_one()
        asyncio.run_coroutine_threadsafe(kill(pid), loop).result(5)

    with pytest.raises(Unknown):
        await store.write(lose, workspace=workspace)
    assert not await stored(store, workspace, "k1")


@pytest.mark.parametrize("code", ["40001", "40P01"])
async def test_what_the_database_asks_to_repeat_is_repeated(on_postgres: tuple[Store, int], code: str) -> None:
    store, workspace = on_postgres
    runs: list[int] = []
    conflict = text(f"DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '{code}'; END $$")

    def conflicting(work: Work, times: int) -> None:
        work.keys.claim("k1")
        runs.append(1)
        if len(runs) <= times:
            work.conn.execute(conflict)

    await store.write(lambda work: conflicting(work, 2), workspace=workspace)
    assert len(runs) == 3
    with pytest.raises(Busy):
        await store.write(lambda work: conflicting(work, 99), workspace=workspace)
    assert len(runs) == 6


async def test_two_who_lock_crosswise_both_get_through(on_postgres: tuple[Store, int]) -> None:
    store, workspace = on_postgres
    ids = [
        (await store.write(lambda work, v=v: work.releases.add(a_release(workspace, v)), workspace=workspace)).id
        for v in ("payments", "checkout")
    ]
    meet = threading.Barrier(2)

    def cross(work: Work, first: int, second: int, met: list[bool]) -> None:
        work.releases.lock(first)
        if not met:
            met.append(True)
            meet.wait(5)
        work.releases.lock(second)

    await asyncio.gather(
        store.write(lambda work, met=[]: cross(work, ids[0], ids[1], met), workspace=workspace),
        store.write(lambda work, met=[]: cross(work, ids[1], ids[0], met), workspace=workspace),
    )


async def test_a_frozen_replica_does_not_hold_its_locks(
    on_postgres: tuple[Store, int], postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, workspace = on_postgres
    release = await store.write(lambda work: work.releases.add(a_release(workspace)), workspace=workspace)
    monkeypatch.setattr("storage.connecting.IDLE_LIMIT", 0.3)
    frozen = open_store(postgres_database, clock=Clock())
    wake, holds = threading.Event(), threading.Event()

    def freeze(work: Work) -> None:
        work.releases.lock(release.id)
        holds.set()
        wake.wait(10)
        work.keys.claim("k1")

    freezing = frozen.write(freeze, workspace=workspace, deadline=1)
    await asyncio.to_thread(holds.wait, 5)
    found = await store.write(lambda work: work.releases.lock(release.id), workspace=workspace, deadline=5)
    assert found is not None
    with pytest.raises(Busy):
        await freezing
    wake.set()
    await frozen.close()
    assert not await stored(store, workspace, "k1")


# ---- the point of no return -----------------------------------------------------------------
async def test_a_commit_that_is_not_answered_is_unknown_never_busy() -> None:
    lane, answered = Lane("test", 1), threading.Event()

    def commit(unit: Unit[str]) -> str:
        unit.committing()
        answered.wait(10)
        return "stored"

    began = Wire().monotonic()
    with pytest.raises(Unknown):
        await lane.run(commit, 0.1)
    assert Wire().monotonic() - began >= 0.1 + COMMIT_GRACE - 0.05
    answered.set()
    lane.finish()


async def test_a_commit_answered_within_the_grace_counts() -> None:
    lane, answered = Lane("test", 1), threading.Event()

    def commit(unit: Unit[str]) -> str:
        unit.committing()
        answered.wait(10)
        return "stored"

    waiting = asyncio.ensure_future(lane.run(commit, 0.05))
    await asyncio.sleep(0.15)
    answered.set()
    assert await waiting == "stored"
    lane.finish()


async def test_a_unit_given_up_while_it_waited_never_runs() -> None:
    lane, go_on = Lane("test", 1), threading.Event()
    ran: list[str] = []

    def late(unit: Unit[None]) -> None:
        ran.append("late")

    first = lane.run(lambda unit: go_on.wait(10), 10)
    with pytest.raises(Busy):
        await lane.run(late, 0.05)
    go_on.set()
    assert await first
    await lane.run(lambda unit: ran.append("next"), 10)
    assert ran == ["next"]
    lane.finish()


async def test_a_connection_lost_inside_a_savepoint_is_heard_as_lost(on_postgres: tuple[Store, int]) -> None:
    """So the unit runs again: what was lost is not that somebody wanted to undo something."""
    store, workspace = on_postgres
    tried: list[int] = []

    def dies_once(work: Work) -> None:
        tried.append(1)
        with work.savepoint():
            if len(tried) == 1:
                work.conn.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
            work.keys.claim("k1")

    await store.write(dies_once, workspace=workspace)
    assert len(tried) == 2
    assert await store.read(lambda work: work.keys.find("k1"), workspace=workspace) is not None
