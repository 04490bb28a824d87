"""Many at once: no vote is lost, no gesture counts twice, nothing is sent or run by two."""

import asyncio
import collections
import threading
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import text

from bot.clock import StoryClock, Wire
from bot.release.release import Choice
from bot.release.states import State
from storage import Store, open_store
from storage.releases import AlreadyOpen
from storage.timers import TimerRow
from storage.work import Work
from tests.storage.given import HOUR, MINUTE, NOW, Do, a_release, a_vote, an_open_one, claim_timer

VOTERS = 200


@pytest.fixture
async def replicas(database: str, store: Store) -> AsyncIterator[list[Store]]:
    """The store and a second one on the same database, as another replica has it."""
    other = open_store(database, clock=StoryClock(NOW, running=False))
    yield [store, other]
    await other.close()


async def test_two_hundred_voters_at_once_are_all_counted(
    replicas: list[Store], workspace: int, write: Do, read: Do
) -> None:
    release = await write(lambda work: work.releases.add(an_open_one(workspace)))

    def vote(work: Work, user: str, choice: Choice) -> None:
        if work.keys.claim(f"{user} {choice.value}") is not None:
            return
        found = work.releases.lock(release.id)
        assert found is not None
        found.votes = [old for old in found.votes if old.user != user] + [a_vote(user, choice, at=work.now)]
        work.releases.save(found)
        work.keys.settle(f"{user} {choice.value}", {"said": choice.value})

    async def voter(number: int) -> None:
        user, store = f"U{number:03}", replicas[number % 2]
        first, last = (Choice.NO_GO, Choice.GO) if number % 3 else (Choice.GO, Choice.NO_GO)
        for choice in (first, last, last):
            unit = partial(vote, user=user, choice=choice)
            await store.write(unit, workspace=workspace, deadline=60, group=f"release {release.id}")

    await asyncio.gather(*map(voter, range(VOTERS)))
    found = await read(lambda work: work.releases.get(release.id))
    counted = {vote.user: vote.choice for vote in found.votes}
    assert len(found.votes) == VOTERS
    assert counted == {f"U{n:03}": Choice.GO if n % 3 else Choice.NO_GO for n in range(VOTERS)}


async def test_a_crowd_on_one_release_keeps_no_other_waiting(postgres_database: str) -> None:
    """However many wait for one release's lock, what is done to another one does not stand behind them."""
    store, other = (open_store(postgres_database, clock=StoryClock(NOW, running=False)) for _ in range(2))
    workspace = await store.write(lambda work: work.workspaces.ensure("A1", "T1", None, "UBOT"))
    crowded, quiet = [
        await store.write(lambda work, name=name: work.releases.add(a_release(workspace, name)), workspace=workspace)
        for name in ("one", "two")
    ]
    held, go_on = threading.Event(), threading.Event()

    def hold(work: Work) -> None:
        work.releases.lock(crowded.id)
        held.set()
        go_on.wait(20)

    def take(work: Work, id: int) -> str:
        found = work.releases.lock(id)
        assert found is not None
        return found.title

    holding = asyncio.ensure_future(other.write(hold, workspace=workspace, deadline=20))
    await asyncio.to_thread(held.wait, 10)
    crowd = [
        store.write(partial(take, id=crowded.id), workspace=workspace, deadline=20, group=f"release {crowded.id}")
        for _ in range(40)
    ]
    alone = store.write(partial(take, id=quiet.id), workspace=workspace, deadline=20, group=f"release {quiet.id}")
    assert await alone == quiet.title
    assert not holding.done(), "while the crowd still waits"
    go_on.set()
    await holding
    assert await asyncio.gather(*crowd) == [crowded.title] * 40
    await asyncio.gather(store.close(), other.close())


async def test_two_replicas_that_hold_the_same_gestures_crosswise_come_to_an_end(
    replicas: list[Store], workspace: int, write: Do, read: Do
) -> None:
    """Each takes several gestures together; where they wait for each other's keys, each tries one by one."""
    release = await write(lambda work: work.releases.add(a_release(workspace)))

    def once(work: Work, key: str) -> str:
        if work.keys.claim(key, {"said": key}) is not None:
            return "again"
        assert work.releases.lock(release.id) is not None
        return "done"

    keys = [f"k{number}" for number in range(24)]
    group = f"release {release.id}"
    both = [
        store.write(partial(once, key=key), workspace=workspace, deadline=20, group=group)
        for one, other in zip(keys, reversed(keys), strict=True)
        for store, key in zip(replicas, (one, other), strict=True)
    ]
    answers = await asyncio.gather(*both)
    assert collections.Counter(answers) == {"done": len(keys), "again": len(keys)}


async def test_one_gesture_sent_ten_times_at_once_is_answered_once(
    replicas: list[Store], workspace: int, write: Do, read: Do
) -> None:
    def gesture(work: Work) -> tuple[bool, int]:
        before = work.keys.claim("k1")
        if before is not None:
            assert before.reply is not None
            return False, before.reply["number"]
        number = work.releases.add(a_release(workspace)).number
        work.keys.settle("k1", {"number": number})
        return True, number

    answers = await asyncio.gather(*(replicas[n % 2].write(gesture, workspace=workspace) for n in range(10)))
    assert sorted(answers) == [(False, 1)] * 9 + [(True, 1)]
    assert len(await read(lambda work: work.releases.all_open(10))) == 1


async def test_the_same_planned_by_ten_at_once_is_one_release(
    replicas: list[Store], workspace: int, write: Do, read: Do
) -> None:
    async def plan(number: int) -> int | None:
        try:
            made = await replicas[number % 2].write(
                lambda work: work.releases.add(a_release(workspace)), workspace=workspace
            )
        except AlreadyOpen as clash:
            assert clash.number == 1
            return None
        return made.number

    made = await asyncio.gather(*map(plan, range(10)))
    assert collections.Counter(made) == {1: 1, None: 9}
    assert (await write(lambda work: work.releases.add(a_release(workspace, "checkout")))).number == 2


async def test_two_senders_share_the_outbox_without_doubling(replicas: list[Store], workspace: int, write: Do) -> None:
    lanes = [f"C{number}" for number in range(12)]
    await write(lambda work: [work.outbox.put("notice", lane, payload={"n": n}) for n in range(5) for lane in lanes])
    sent: list[tuple[str, int]] = []
    until = NOW + HOUR

    async def sender(owner: str, store: Store) -> None:
        idle = 0
        while idle < 3:
            rows = await store.write(lambda work: work.outbox.claim(NOW, owner, until, 4))
            idle = 0 if rows else idle + 1
            for row in rows:
                sent.append((row.lane, row.payload["n"]))
                assert await store.write(lambda work, row=row: work.outbox.sent(row.id, owner, "ok"))

    await asyncio.gather(*(sender(f"s{n}", replicas[n % 2]) for n in range(4)))
    await sender("last", replicas[0])
    assert len(sent) == len(set(sent)) == 60
    assert all([n for there, n in sent if there == lane] == [0, 1, 2, 3, 4] for lane in lanes)


async def test_a_card_is_not_drawn_before_the_change_it_shall_show(store: Store, workspace: int, write: Do) -> None:
    """Whoever finds the drawing already queued keeps senders off it until its own change is stored."""
    release = await write(lambda work: work.releases.add(a_release(workspace)))
    card = await write(lambda work: work.cards.ensure(release.id, "release", "C1"))
    await write(lambda work: work.outbox.put("card", "C1", card_id=card.id))
    claimed: list[int] = []

    def change(work: Work) -> None:
        work.outbox.put("card", "C1", card_id=card.id)
        claimed.append(asyncio.run_coroutine_threadsafe(claim(), loop).result(5) if store.dialect != "sqlite" else 0)

    async def claim() -> int:
        return len(await store.write(lambda work: work.outbox.claim(NOW, "me", NOW + MINUTE, 10)))

    loop = asyncio.get_running_loop()
    await write(change)
    assert claimed == [0]
    assert await claim() == 1


async def test_two_tickers_run_every_timer_once_and_in_order(replicas: list[Store], workspace: int, write: Do) -> None:
    def plan(work: Work) -> None:
        for number in range(15):
            release = work.releases.add(a_release(workspace, f"service {number}"))
            wanted = [(name, "", NOW + n * MINUTE) for n, name in enumerate(("opens", "closes", "remind"))]
            work.timers.replan(release.id, 1, wanted)

    await write(plan)
    ran: list[TimerRow] = []

    def one(work: Work) -> TimerRow | None:
        row = claim_timer(work, NOW + HOUR, {"opens", "closes", "remind"})
        if row is not None:
            work.enter(row.workspace_id)
            found = work.releases.lock(row.release_id)
            assert found is not None
            found.plan_revision += 1
            work.releases.save(found)
            work.timers.done(row.id)
        return row

    async def ticker(store: Store) -> None:
        idle = 0
        while idle < 3:
            row = await store.write(one)
            idle = 0 if row else idle + 1
            if row:
                ran.append(row)

    await asyncio.gather(*(ticker(replicas[n % 2]) for n in range(4)))
    await ticker(replicas[0])
    assert len(ran) == len({row.id for row in ran}) == 45
    for release in {row.release_id for row in ran}:
        assert [row.name for row in ran if row.release_id == release] == ["opens", "closes", "remind"]


async def test_a_ticker_and_a_person_do_not_wait_for_each_other_in_a_circle(
    replicas: list[Store], workspace: int, write: Do, read: Do
) -> None:
    """A person replans the release whose timer is being run: nobody meets a deadlock (which takes a second)."""
    release = await write(lambda work: work.releases.add(an_open_one(workspace)))

    def move(work: Work) -> None:
        found = work.releases.lock(release.id)
        assert found is not None
        found.plan_revision += 1
        work.releases.save(found)
        work.timers.replan(release.id, found.plan_revision, [("remind", "", NOW - MINUTE)])

    def tick(work: Work) -> None:
        row = claim_timer(work, NOW, {"remind"})
        if row is not None:
            work.enter(row.workspace_id)
            assert work.releases.lock(row.release_id) is not None
            work.timers.done(row.id)

    began = Wire().monotonic()
    for _ in range(20):
        await asyncio.gather(
            replicas[0].write(move, workspace=workspace), replicas[1].write(tick), replicas[0].write(tick),
        )  # fmt: skip
    assert timedelta(seconds=Wire().monotonic() - began) < timedelta(seconds=8)
    rows = await read(lambda work: work.timers.of(release.id))
    assert {row.state for row in rows} <= {"done", "cancelled", "planned"}
    assert len(rows) == 20


async def test_readers_do_not_wait_for_a_writer(store: Store, workspace: int, write: Do, read: Do) -> None:
    release = await write(lambda work: work.releases.add(an_open_one(workspace)))
    loop = asyncio.get_running_loop()
    seen: list[State] = []

    async def look() -> State:
        found = await store.read(lambda work: work.releases.get(release.id), workspace=workspace, deadline=2)
        assert found is not None
        return found.state

    def slow(work: Work) -> None:
        found = work.releases.lock(release.id)
        assert found is not None
        found.state = State.CANCELLED
        work.releases.save(found)
        seen.append(asyncio.run_coroutine_threadsafe(look(), loop).result(5))

    await write(slow)
    assert seen == [State.OPEN]
    assert await look() is State.CANCELLED


async def test_who_claims_sees_what_another_is_just_claiming(postgres_database: str) -> None:
    """Else both would take what there is room for once."""
    stores = [open_store(postgres_database, clock=StoryClock(NOW, running=False)) for _ in range(2)]
    mine, other = stores
    workspace = await mine.write(lambda work: work.workspaces.ensure("A1", "T1", None, "UBOT"))
    await mine.write(lambda work: [work.outbox.put("notice", lane) for lane in "AB"], workspace=workspace)
    claimed, go_on = threading.Event(), threading.Event()
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")

    def first(work: Work) -> int:
        (row,) = work.outbox.claim(NOW, "me", NOW + MINUTE, 1)
        claimed.set()
        go_on.wait(10)
        return row.id

    def second(work: Work) -> list[int]:
        work.outbox.claim(NOW, "you", NOW + MINUTE, 1)
        return [row.id for row in work.outbox.tried_by_others("you", NOW)]

    try:
        claiming = asyncio.ensure_future(mine.write(first))
        await asyncio.to_thread(claimed.wait, 10)
        seen = asyncio.ensure_future(other.write(second))
        while not seen.done() and not await mine.read(lambda work: work.conn.execute(waiting).scalar_one()):  # noqa: ASYNC110
            await asyncio.sleep(0)
        go_on.set()
        assert await seen == [await claiming]
    finally:
        go_on.set()
        for store in stores:
            await store.close()
