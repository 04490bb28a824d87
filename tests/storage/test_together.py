"""Units of work share a COMMIT, and each keeps its promise for itself: what was answered is stored, nothing else is."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from bot.clock import StoryClock
from storage import Busy, Store, Unknown, open_store, together
from storage.work import Work
from tests.storage.given import NOW, a_release


class Shop:
    """A store whose writer is held up, so that what is asked meanwhile waits together."""

    def __init__(self, url: str) -> None:
        self.store: Store = open_store(url, clock=StoryClock(NOW, running=False))
        self.commits = 0
        self._go_on = threading.Event()
        event.listen(self.store._writing, "commit", self._committed)

    def _committed(self, _: Any) -> None:
        self.commits += 1

    async def opens(self) -> None:
        self.workspace = await self.store.write(lambda work: work.workspaces.ensure("A1", "T1", None, "UBOT"))

    async def is_held_up(self) -> None:
        holds = threading.Event()

        def hold(work: Work) -> None:
            holds.set()
            self._go_on.wait(10)

        self._held = self.store.write(hold)
        await asyncio.to_thread(holds.wait, 10)

    async def goes_on(self) -> None:
        self.commits = -1  # of who held it up
        self._go_on.set()
        await self._held

    def asks(self, do: Any, *, deadline: float = 5.0) -> Awaitable[Any]:
        return self.store.write(do, workspace=self.workspace, deadline=deadline)

    def claims(self, key: str) -> Awaitable[Any]:
        return self.asks(lambda work: work.keys.claim(key))

    async def keys(self) -> set[str]:
        query = "SELECT key FROM keys"
        return set(await self.store.read(lambda work: work.conn.exec_driver_sql(query).scalars().all()))


@pytest.fixture
async def shop(sqlite_database: str) -> AsyncIterator[Shop]:
    there = Shop(sqlite_database)
    await there.opens()
    yield there
    await there.store.close()


async def answered(*asked: Awaitable[Any]) -> list[Any]:
    return await asyncio.gather(*asked, return_exceptions=True)


async def test_who_waits_together_shares_a_commit(shop: Shop) -> None:
    await shop.is_held_up()
    asked = [shop.claims(f"k{number}") for number in range(20)]
    await shop.goes_on()
    assert await answered(*asked) == [None] * 20
    assert shop.commits == 1
    assert await shop.keys() == {f"k{number}" for number in range(20)}


async def test_one_that_fails_takes_nobody_along(shop: Shop) -> None:
    def fail(work: Work) -> None:
        work.keys.claim("never")
        raise ZeroDivisionError

    await shop.is_held_up()
    asked = [shop.claims("k1"), shop.asks(fail), shop.claims("k2")]
    await shop.goes_on()
    one, two, three = await answered(*asked)
    assert (one, type(two), three) == (None, ZeroDivisionError, None)
    assert shop.commits == 1
    assert await shop.keys() == {"k1", "k2"}


async def test_a_second_of_the_same_gesture_meets_the_first(shop: Shop) -> None:
    await shop.is_held_up()
    first, second = shop.claims("k1"), shop.claims("k1")
    await shop.goes_on()
    one, two = await answered(first, second)
    assert one is None and two.at == NOW


async def test_whoever_was_told_that_it_is_too_late_does_not_find_it_stored(shop: Shop) -> None:
    slow = threading.Event()

    def dawdle(work: Work) -> None:
        work.keys.claim("slow")
        slow.wait(10)

    await shop.is_held_up()
    asked = [shop.claims("k1"), shop.asks(lambda work: work.keys.claim("late"), deadline=0.2), shop.asks(dawdle)]
    going = asyncio.ensure_future(shop.goes_on())
    with pytest.raises(Busy):
        await asked[1]
    slow.set()
    await going
    assert await answered(asked[0], asked[2]) == [None, None]
    assert await shop.keys() == {"k1", "slow"}


def fills_the_disk(key: str, *, hides_it: bool) -> Any:
    """Claims a key and stores more than there is room for; hiding it as a careless handler would."""

    def fill(work: Work) -> None:
        conn = work.conn
        size = conn.exec_driver_sql("PRAGMA page_count").scalar_one()
        conn.exec_driver_sql(f"PRAGMA max_page_count = {size + 2}")
        try:
            work.keys.claim(key)
            work.keys.settle(key, {"much": "x" * 1_000_000})
        except DBAPIError:
            if not hides_it:
                raise
        finally:
            conn.exec_driver_sql("PRAGMA max_page_count = 1073741823")

    return fill


async def told_and_stored(shop: Shop, *, hides_it: bool) -> tuple[set[str], set[str]]:
    """The keys whose claim was answered, and those that are stored, when the disk is full in the middle."""
    await shop.is_held_up()
    names = [f"k{number}" for number in range(6)]
    asked = [shop.claims(name) for name in names[:3]]
    asked.append(shop.asks(fills_the_disk("big", hides_it=hides_it)))
    asked += [shop.claims(name) for name in names[3:]]
    await shop.goes_on()
    answers = await answered(*asked)
    told = dict(zip([*names[:3], "big", *names[3:]], answers, strict=True))
    assert isinstance(told["big"], Exception)
    return {name for name, answer in told.items() if answer is None}, await shop.keys()


@pytest.mark.parametrize("hides_it", [False, True])
async def test_a_disk_that_is_full_in_the_middle_loses_nothing_that_was_answered(shop: Shop, hides_it: bool) -> None:
    told, stored = await told_and_stored(shop, hides_it=hides_it)
    assert told == stored == {f"k{number}" for number in range(6)}


async def test_without_asking_the_driver_clicks_would_be_lost(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check that the others rest on: blinded, what was answered is not there."""
    monkeypatch.setattr(together, "still_open", lambda conn: True)
    monkeypatch.setattr("storage.engine.still_open", lambda conn: True)
    await shop.is_held_up()
    asked = [shop.claims("k1"), shop.asks(fills_the_disk("big", hides_it=True)), shop.claims("k2")]
    await shop.goes_on()
    answers = await answered(*asked)
    told = {name for name, answer in zip(("k1", "big", "k2"), answers, strict=True) if answer is None}
    assert told - await shop.keys()


async def test_what_is_rolled_back_with_others_is_not_remembered_of_people(shop: Shop) -> None:
    """A unit may read what another of its group has not stored: if the group comes to nothing, that is forgotten."""

    def come_in(work: Work) -> None:
        work.people.put_group("S1", "qa", "Quality", ["UBO"], NOW)

    def grow_once(work: Work) -> None:
        runs.append(1)
        if len(runs) == 1:
            work.people.put_group("S1", "qa", "Quality", ["UBO", "UEVE"], NOW)

    def read(work: Work) -> frozenset[str]:
        return work.people.group_members("S1")

    runs: list[int] = []
    await shop.asks(come_in)
    await shop.is_held_up()
    asked = [shop.asks(grow_once), shop.asks(read), shop.asks(fills_the_disk("big", hides_it=False))]
    await shop.goes_on()
    assert (await answered(*asked))[1] == frozenset({"UBO"})
    await shop.asks(lambda work: work.people.changed())  # counts on, to where the group that failed had been
    assert await shop.asks(read) == frozenset({"UBO"})


async def test_what_a_group_may_not_have_stored_is_not_remembered_of_people(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk failed at its COMMIT, and what one unit changed was read by another before."""

    def come_in(work: Work) -> None:
        work.people.put_group("S1", "qa", "Quality", ["UBO"], NOW)

    def grow(work: Work) -> None:
        work.people.put_group("S1", "qa", "Quality", ["UBO", "UEVE"], NOW)

    def read(work: Work) -> frozenset[str]:
        return work.people.group_members("S1")

    def breaks(work: Work) -> None:
        monkeypatch.setattr(dialect, "do_commit", fails)

    def fails(connection: Any) -> None:
        monkeypatch.setattr(dialect, "do_commit", commit)
        connection.rollback()  # as SQLite does by itself
        problem = sqlite3.OperationalError("disk I/O error")
        problem.sqlite_errorcode = sqlite3.SQLITE_IOERR
        raise problem

    dialect = shop.store._writing.dialect
    commit = dialect.do_commit
    await shop.asks(come_in)
    await shop.is_held_up()
    asked = [shop.asks(grow), shop.asks(read), shop.asks(breaks)]
    await shop.goes_on()
    assert [type(answer) for answer in await answered(*asked)] == [Unknown] * 3
    await shop.asks(lambda work: work.people.changed())  # counts on, to where the group that failed had been
    assert await shop.asks(read) == frozenset({"UBO"})


async def test_a_release_planned_twice_at_once_is_one(shop: Shop) -> None:
    """Savepoints within savepoints: a clash is answered, and the others are stored."""
    await shop.is_held_up()
    asked = [shop.asks(lambda work: work.releases.add(a_release(shop.workspace))) for _ in range(3)]
    asked.append(shop.claims("k1"))
    await shop.goes_on()
    *releases, key = await answered(*asked)
    assert [type(one).__name__ for one in releases] == ["Release", "AlreadyOpen", "AlreadyOpen"]
    assert key is None and await shop.keys() == {"k1"}
