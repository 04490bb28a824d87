"""What is remembered of people is what the database says now, whoever changed it."""

import asyncio
import threading
from dataclasses import replace

import pytest

from bot.clock import StoryClock
from storage import Store, open_store
from storage.known import LASTS, Memory
from storage.people import ChannelRow, Person
from storage.work import Work
from tests.storage.given import NOW, Do, a_release

BO = Person("UBO", "Bo", "Europe/Berlin", True, False, False, False, "T1", NOW)
CHANNEL = ChannelRow("C1", "payments", False, False, False, True, NOW, True)


def come_in(work: Work) -> None:
    work.people.put(BO)
    work.people.put_channel(CHANNEL)
    work.people.put_members("C1", ["UBO"], NOW, True)
    work.people.put_group("S1", "qa", "Quality", ["UBO"], NOW)


def who(work: Work) -> tuple[object, ...]:
    people = work.people
    return (people.name("UBO"), people.full_members(["UBO"]), people.members("C1"), people.group_members("S1"))


async def test_what_another_replica_learns_counts_here_at_once(
    database: str, store: Store, workspace: int, write: Do, read: Do
) -> None:
    await write(come_in)
    everybody = frozenset({"UBO"})
    assert await read(who) == ("Bo", everybody, everybody, everybody)
    other = open_store(database, clock=StoryClock(NOW, running=False))

    def leave(work: Work) -> None:
        work.people.put(replace(BO, name="Robert", is_full_member=False, deleted=True))
        work.people.put_members("C1", [], NOW, True)
        work.people.put_group("S1", "qa", "Quality", [], NOW)

    await other.write(leave, workspace=workspace)
    nobody: frozenset[str] = frozenset()
    assert await read(who) == await write(who) == ("Robert", nobody, nobody, nobody)
    await other.close()


async def test_what_was_not_stored_is_not_remembered(write: Do, read: Do) -> None:
    await write(come_in)

    def fail(work: Work) -> None:
        work.people.put(replace(BO, name="Robert"))
        assert work.people.name("UBO") == "Robert"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await write(fail)
    assert (await read(who))[0] == "Bo"

    def half(work: Work) -> str:
        with pytest.raises(ZeroDivisionError), work.savepoint():
            fail(work)
        return work.people.name("UBO")

    assert await write(half) == "Bo"
    assert (await read(who))[0] == "Bo"


async def test_what_was_learnt_while_a_release_was_waited_for_counts(postgres_database: str) -> None:
    """Rights are those of when it is decided: the lock may be waited for longer than a membership lasts."""
    store = open_store(postgres_database, clock=StoryClock(NOW, running=False))
    workspace = await store.write(lambda work: work.workspaces.ensure("A1", "T1", None, "UBOT"))
    await store.write(come_in, workspace=workspace)
    release = await store.write(lambda work: work.releases.add(a_release(workspace)).id, workspace=workspace)
    held, looked, go_on = (threading.Event() for _ in range(3))

    def hold(work: Work) -> None:
        work.releases.lock(release)
        held.set()
        go_on.wait(10)

    def wait(work: Work) -> tuple[frozenset[str], frozenset[str]]:
        before = work.people.members("C1")
        looked.set()
        work.releases.lock(release)
        return before, work.people.members("C1")

    holding = store.write(hold, workspace=workspace)
    await asyncio.to_thread(held.wait, 10)
    waiting = store.write(wait, workspace=workspace)
    await asyncio.to_thread(looked.wait, 10)
    await store.write(lambda work: work.people.put_members("C1", [], NOW, True), workspace=workspace)
    go_on.set()
    await holding
    assert await waiting == (frozenset({"UBO"}), frozenset())
    await store.close()


async def test_an_erased_person_is_not_remembered(write: Do, read: Do) -> None:
    await write(come_in)
    assert (await read(who))[0] == "Bo"
    await write(lambda work: work.erase("UBO"))
    assert (await read(who))[:2] == ("Erased person", frozenset({"UBO"})), "whether they may vote, Slack alone says"


def test_it_is_read_anew_after_a_while_and_an_old_snapshot_gives_way_to_nobody() -> None:
    now = [0.0]
    memory = Memory(lambda: now[0])
    first = memory.of(1, 7)
    assert memory.of(1, 7) is first
    assert memory.of(2, 7) is not first, "another workspace"
    assert memory.of(1, 6) is not first
    assert memory.of(1, 7) is first, "what looked at the state of before has put nothing in its place"
    now[0] = LASTS
    later = memory.of(1, 7)
    assert later is not first
    assert memory.of(1, 8) is not later
