"""Who serves whom, and where: the loop itself, one thread or several. Nobody is forgotten."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError

from bot.clock import StoryClock, Wire
from storage import Busy, Closed, Store, Unknown, open_store
from storage.engine import SHORT
from storage.lane import Lane, Unit
from storage.work import Work
from tests.storage.given import NOW


@pytest.fixture
async def store(sqlite_database: str) -> AsyncIterator[Store]:
    there = open_store(sqlite_database, clock=StoryClock(NOW, running=False))
    yield there
    await there.close()


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    opened = threading.Event()
    yield opened
    opened.set()


def where(_: Work) -> threading.Thread:
    return threading.current_thread()


def works_long(_: Work) -> threading.Thread:
    until = Wire().worked() + 2 * SHORT
    while Wire().worked() < until:
        pass
    return threading.current_thread()


def installs(name: str) -> Callable[[Work], int]:
    return lambda work: work.workspaces.ensure("A1", name, None, "UBOT")


async def test_what_came_while_another_was_served_shares_a_commit(store: Store, gate: threading.Event) -> None:
    commits: list[Connection] = []
    event.listen(store._writing, "commit", commits.append)
    before = store.write(lambda work: gate.wait(10))
    came = [store.write(installs(f"T{number}")) for number in range(9)]
    assert commits == []
    gate.set()
    await asyncio.gather(before, *came)
    assert len(commits) <= 2, "of the one before, unless the writer had not begun with it, and of all that came"


async def test_a_short_look_is_taken_on_the_loop_once_it_is_known_to_be_short(store: Store) -> None:
    here = threading.current_thread()
    assert await store.read(where, name="status") is not here
    assert await store.read(where, name="status") is here
    assert await store.read(where) is not here, "without a name nobody knows how long it takes"


async def test_what_took_long_is_taken_on_a_thread_the_next_time(store: Store) -> None:
    here = threading.current_thread()
    await store.read(where, name="list")
    assert await store.read(works_long, name="list") is here
    assert await store.read(works_long, name="list") is not here
    assert await store.read(where, name="status") is not here, "each name for itself"


async def test_a_look_that_meets_a_lock_is_taken_on_a_thread(store: Store) -> None:
    here, met = threading.current_thread(), []

    def locked_here(work: Work) -> threading.Thread:
        if threading.current_thread() is here:
            met.append(1)
            raise OperationalError("SELECT 1", {}, Exception("database is locked"))
        return threading.current_thread()

    await store.read(where, name="status")
    assert await store.read(locked_here, name="status") is not here
    assert met


async def test_what_a_look_raises_on_the_loop_is_raised_to_who_asked(store: Store) -> None:
    def fails(_: Work) -> None:
        raise ZeroDivisionError

    await store.read(where, name="status")
    with pytest.raises(ZeroDivisionError):
        await store.read(fails, name="status")
    assert await store.read(where, name="status") is threading.current_thread()


async def test_a_look_passes_one_that_takes_long(store: Store, gate: threading.Event) -> None:
    long = store.read(lambda work: gate.wait(10))
    assert await asyncio.wait_for(store.read(lambda work: "passed"), 5) == "passed"
    gate.set()
    assert await long


async def test_what_is_done_is_told_while_the_next_one_takes_long(gate: threading.Event) -> None:
    lane = Lane("test", 1)
    first, second = lane.run(lambda unit: "done", 10), lane.run(lambda unit: gate.wait(10), 10)
    assert await asyncio.wait_for(asyncio.ensure_future(first), 5) == "done"
    gate.set()
    assert await second
    lane.finish()


async def test_who_is_cancelled_while_waiting_is_not_served_and_holds_up_nobody(gate: threading.Event) -> None:
    lane, served = Lane("test", 1), []
    first = lane.run(lambda unit: gate.wait(10), 10)
    given_up = asyncio.ensure_future(lane.run(lambda unit: served.append("given up"), 10))
    after = lane.run(lambda unit: served.append("after"), 10)
    await asyncio.sleep(0)
    given_up.cancel()
    gate.set()
    await first
    await after
    assert served == ["after"]
    lane.finish()


async def test_closing_serves_whoever_was_taken_and_nobody_else(store: Store) -> None:
    await store.read(where, name="status")
    taken = [store.write(installs(f"T{number}")) for number in range(3)]
    closing = asyncio.ensure_future(store.close())  # type: ignore[arg-type]
    await asyncio.sleep(0)
    for late in (store.write, store.read):
        with pytest.raises(Closed):
            late(where)
    with pytest.raises(Closed):
        store.read(where, name="status")
    assert len(set(await asyncio.gather(*taken))) == 3
    await closing


async def test_a_deadline_is_kept_while_the_only_thread_is_held(gate: threading.Event) -> None:
    lane = Lane("test", 1)
    held = lane.run(lambda unit: gate.wait(10), 10)
    with pytest.raises(Busy):
        await lane.run(lambda unit: None, 0.05)
    gate.set()
    assert await held
    lane.finish()


async def test_a_unit_that_ends_an_iteration_by_mistake_is_answered_like_any_other_failure(store: Store) -> None:
    def finds_nothing(_: Work) -> object:
        return next(iter(()))

    for ask in (store.read, store.write):
        with pytest.raises(RuntimeError, match="StopIteration"):
            await asyncio.wait_for(asyncio.ensure_future(ask(finds_nothing)), 5)
        assert await ask(lambda work: "served") == "served"


async def test_whatever_one_raises_those_that_share_its_commit_are_stored(store: Store) -> None:
    class Enough(BaseException):
        pass

    def gives_up(_: Work) -> None:
        raise Enough

    first, second, third = (
        asyncio.ensure_future(store.write(do)) for do in (installs("T1"), gives_up, installs("T2"))
    )  # fmt: skip
    with pytest.raises(Enough):
        await asyncio.wait_for(second, 5)
    assert await first != await third


async def test_a_lane_outlives_what_goes_wrong_around_those_it_serves_together() -> None:
    def breaks(_: list[Unit[str]]) -> None:
        raise OSError("too many open files")

    lane = Lane("test", 1, breaks, 2)
    both = [asyncio.ensure_future(lane.run(lambda unit: "served", 10)) for _ in range(2)]
    for one in both:
        with pytest.raises(OSError):
            await asyncio.wait_for(one, 5)
    assert await asyncio.wait_for(asyncio.ensure_future(lane.run(lambda unit: "served", 10)), 5) == "served"
    lane.finish()


async def test_what_fails_after_commit_is_not_told_as_not_stored() -> None:
    """By the key of a gesture it is found out then what became of it."""

    def breaks(units: list[Unit[str]]) -> None:
        for unit in units:
            unit.committing()
        raise OSError("too many open files")

    def alone(unit: Unit[str]) -> str:
        unit.committing()
        raise MemoryError

    lane = Lane("test", 1, breaks, 2)
    for one in [asyncio.ensure_future(lane.run(alone, 10)) for _ in range(3)]:  # two of them together
        with pytest.raises(Unknown):
            await asyncio.wait_for(one, 5)
    lane.finish()


async def test_an_answer_is_told_though_the_thread_ends_just_then(gate: threading.Event) -> None:
    """Behind the one that is done waits somebody who has given up, so that it wakes nobody itself."""
    lane, told = Lane("test", 1), threading.Event()
    tell, served = lane._tell, lane.run(lambda unit: gate.wait(10), 10)
    given_up = asyncio.ensure_future(lane.run(lambda unit: None, 10))

    def told_too_soon() -> None:
        tell()
        if not told.is_set():
            told.set()
            given_up.cancel()
            gate.set()
            while lane._working:
                pass

    await asyncio.sleep(0)
    lane._tell = told_too_soon  # type: ignore[method-assign]
    assert await asyncio.wait_for(asyncio.ensure_future(served), 5)
    lane.finish()


async def test_closing_calls_nobody_to_work_any_more(gate: threading.Event) -> None:
    """Those of one group who wait for each other are few hands' work: nobody else is called once that is all."""
    lane, troubles = Lane("test", 3, lambda units: [unit.serve() for unit in units] and None, 2, alike=True), []
    asyncio.get_running_loop().set_exception_handler(lambda _, trouble: troubles.append(trouble))
    asked = [lane.run(lambda unit: gate.wait(10), 10, group="a")]
    await asyncio.sleep(0)
    asked += [lane.run(lambda unit: gate.wait(10), 10, group="a") for _ in range(2)]
    lane.close()
    while lane._working > 1:  # whoever was called besides has found nothing to do
        pass
    lane._threads.shutdown(wait=False)
    await asyncio.sleep(0)
    gate.set()
    assert await asyncio.gather(*asked) == [True] * 3
    assert not troubles
