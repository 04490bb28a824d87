"""A unit of work is stored whole or not at all, in time or not at all."""

import asyncio
import threading
from datetime import datetime, timedelta
from traceback import format_exception

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot import logs
from bot.clock import Clock, StoryClock, Wire
from bot.release.errors import Refusal
from storage import Busy, Closed, Store, open_store
from storage.tables import outbox
from storage.work import Work
from tests.storage.given import HOUR, MINUTE, NOW, Do


class SlowClock(Clock):
    """A machine's that is a minute behind."""

    def now(self) -> datetime:
        return super().now() - timedelta(minutes=1)


def seen(work: Work) -> bool:
    return work.keys.find("k1") is not None


async def test_what_was_written_is_read(write: Do, read: Do) -> None:
    await write(lambda work: work.keys.claim("k1"))
    assert await read(seen)


async def test_a_refusal_undoes_everything_and_is_heard(write: Do, read: Do) -> None:
    def refuse(work: Work) -> None:
        work.keys.claim("k1")
        raise Refusal("no")

    with pytest.raises(Refusal):
        await write(refuse)
    assert not await read(seen)


async def test_a_savepoint_undoes_only_what_is_inside(write: Do, read: Do) -> None:
    def partly(work: Work) -> None:
        work.keys.claim("k1")
        with pytest.raises(Refusal), work.savepoint():
            work.keys.claim("k2")
            raise Refusal("no")

    await write(partly)
    assert await read(lambda work: [work.keys.find(key) is not None for key in ("k1", "k2")]) == [True, False]


async def test_a_read_cannot_write(read: Do) -> None:
    with pytest.raises(DBAPIError):
        await read(lambda work: work.keys.claim("k1"))


async def test_what_the_database_refused_is_not_told_to_the_log(write: Do) -> None:
    """Its errors repeat rows and values, and with them what people wrote."""
    wrote = "The secret scan\n\nis red"

    def refused(work: Work) -> None:
        row = {
            "workspace_id": work.workspace_id,
            "lane": "C1",
            "kind": None,
            "payload": {"text": wrote},
            "error": wrote,
        }
        work.conn.execute(insert(outbox).values(**row, state="queued", attempts=0, wanted=1, put_at=NOW))

    with pytest.raises(IntegrityError) as raised:
        await write(refused)
    line = logs.withhold_content(None, "", {"level": "error", "exception": "".join(format_exception(raised.value))})
    assert "INSERT INTO outbox" in line["exception"]
    assert "secret scan" not in line["exception"] and "is red" not in line["exception"]


async def test_without_a_workspace_there_is_none(store: Store) -> None:
    with pytest.raises(LookupError):
        await store.read(lambda work: work.workspace)


async def test_one_can_be_entered(store: Store, workspace: int) -> None:
    def enter(work: Work) -> str:
        work.enter(workspace)
        return work.workspace.team_id

    assert await store.read(enter) == "T1"


async def test_now_stands_still_until_a_lock_was_waited_for(write: Do, clock: StoryClock) -> None:
    def look(work: Work) -> list[bool]:
        seen = [work.now]
        clock._set(NOW + MINUTE)
        seen.append(work.now)
        work.releases.lock(1)
        seen.append(work.now)
        return [at == NOW for at in seen]

    assert await write(look) == [True, True, False]


async def test_threads_outlive_whatever_a_unit_raises(store: Store, write: Do, read: Do) -> None:
    def die(work: Work) -> None:
        raise SystemExit(1)

    for _ in range(10):
        with pytest.raises(SystemExit):
            await store.write(die)
    await write(lambda work: work.keys.claim("k1"))
    assert await read(seen)


async def test_waiting_in_the_queue_counts_towards_the_deadline(store: Store, workspace: int, read: Do) -> None:
    """All writers are held up by something else; the late unit is answered at its deadline and never runs."""
    go_on = threading.Event()
    holding = [store.write(lambda work: go_on.wait(10)) for _ in range(8)]
    began = Wire().monotonic()
    with pytest.raises(Busy):
        await store.write(lambda work: work.keys.claim("k1"), workspace=workspace, deadline=0.2)
    assert 0.15 < Wire().monotonic() - began < 1.5
    go_on.set()
    await asyncio.gather(*holding)
    await store.write(lambda work: work.keys.claim("k2"), workspace=workspace)
    assert not await read(seen)


async def test_a_unit_that_runs_past_its_deadline_is_not_stored(store: Store, workspace: int, read: Do) -> None:
    go_on = threading.Event()

    def slow(work: Work) -> None:
        work.keys.claim("k1")
        go_on.wait(10)

    with pytest.raises(Busy):
        await store.write(slow, workspace=workspace, deadline=0.2)
    go_on.set()
    await store.write(lambda work: work.keys.claim("k2"), workspace=workspace)
    assert not await read(seen)


async def test_a_cancelled_caller_leaves_the_store_usable(store: Store, workspace: int, read: Do) -> None:
    go_on = threading.Event()
    holds = threading.Barrier(2 if store.dialect == "sqlite" else 9)  # every writer there is, and we

    def hold(work: Work) -> None:
        holds.wait(10)
        go_on.wait(10)

    holding = [store.write(hold) for _ in range(holds.parties - 1)]
    await asyncio.to_thread(holds.wait, 10)
    waiting = asyncio.ensure_future(store.write(lambda work: work.keys.claim("k1"), workspace=workspace))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.sleep(0)  # now the unit hears of it
    go_on.set()
    await asyncio.gather(*holding)
    await store.write(lambda work: work.keys.claim("k2"), workspace=workspace)
    assert not await read(seen)


async def test_a_broken_rule_of_the_schema_is_not_called_busy(store: Store, read: Do) -> None:
    with pytest.raises(IntegrityError):
        await store.write(lambda work: work.keys.claim("k1"), workspace=4711)


async def test_ping_tells_the_skew(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A SQLite file has no clock of its own."""
    assert abs(await store.ping()) < 1.0
    monkeypatch.setattr("storage.engine.Clock", SlowClock)
    assert 59 < await store.ping() < 61 if store.dialect == "postgresql" else await store.ping() == 0


async def test_closing_finishes_what_was_taken(database: str, store: Store, workspace: int, read: Do) -> None:
    other = open_store(database, clock=Clock())
    taken = other.write(lambda work: work.keys.claim("k1"), workspace=workspace)
    closing = other.close()
    with pytest.raises(Closed):
        await other.write(lambda work: None)
    await closing
    assert await taken is None
    assert await read(seen)


async def test_a_database_that_is_not_there_is_busy_not_a_crash() -> None:
    nowhere = open_store("postgresql://nobody@127.0.0.1:9/none", clock=Clock())
    with pytest.raises(Busy):
        await nowhere.write(lambda work: None, deadline=2)
    with pytest.raises(Busy):
        await nowhere.ping()
    await nowhere.close()


def test_only_two_kinds_of_database() -> None:
    with pytest.raises(ValueError, match="mysql"):
        open_store("mysql://x/y", clock=Clock())


async def test_old_keys_are_forgotten(write: Do, clock: StoryClock) -> None:
    await write(lambda work: work.keys.claim("k1"))
    clock._set(NOW + 50 * HOUR)
    await write(lambda work: work.keys.claim("k2"))
    assert await write(lambda work: work.keys.forget_before(work.now - 48 * HOUR, 100)) == 1
    assert await write(lambda work: work.keys.claim("k1")) is None
    assert await write(lambda work: work.keys.claim("k2")) is not None
