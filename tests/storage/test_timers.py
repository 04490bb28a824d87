"""What shall happen later happens once, in order, and only while it is wanted."""

from datetime import datetime

import pytest

from bot.release.states import State
from storage import Store
from storage.settling import MOST_ATTEMPTS
from storage.timers import TimerRow
from storage.work import Work
from tests.storage.given import DAY, HOUR, MINUTE, NOW, Do, a_release, claim_timer

NAMES = {"opens", "closes", "remind"}


@pytest.fixture
async def release(workspace: int, write: Do) -> int:
    added = await write(lambda work: work.releases.add(a_release(workspace)))
    return int(added.id)


def states(rows: list[TimerRow]) -> list[tuple[str, str]]:
    return [(row.name, row.state) for row in rows]


async def plan(write: Do, release: int, *wanted: tuple[str, datetime], revision: int = 1) -> None:
    rows = [(name, "", at) for name, at in wanted]
    await write(lambda work: work.timers.replan(release, revision, rows))


async def run(write: Do, at: datetime) -> list[str]:
    """Run what is due, one transaction each, as the ticker does."""
    names: list[str] = []

    def one(work: Work) -> bool:
        row = claim_timer(work, at, NAMES)
        if row is not None:
            names.append(row.name)
            work.timers.done(row.id)
        return row is not None

    while await write(one):
        pass
    return names


async def test_due_ones_run_in_order_and_once(write: Do, read: Do, release: int) -> None:
    await plan(write, release, ("closes", NOW + 2 * HOUR), ("opens", NOW + HOUR), ("remind", NOW + DAY))
    assert await read(lambda work: work.timers.next_due()) == NOW + HOUR
    assert await run(write, NOW) == []
    assert await run(write, NOW + 3 * HOUR) == ["opens", "closes"]
    assert await run(write, NOW + 3 * HOUR) == []
    assert await read(lambda work: work.timers.next_due()) == NOW + DAY


async def test_what_is_not_wanted_any_more_is_cancelled(write: Do, read: Do, release: int) -> None:
    await plan(write, release, ("opens", NOW + HOUR), ("closes", NOW + 2 * HOUR))
    await plan(write, release, ("closes", NOW + 2 * HOUR))
    assert states(await read(lambda work: work.timers.of(release))) == [("opens", "cancelled"), ("closes", "planned")]


async def test_what_is_wanted_again_is_planned_again_unless_it_ran(write: Do, read: Do, release: int) -> None:
    await plan(write, release, ("opens", NOW), ("closes", NOW + 2 * HOUR))
    assert await run(write, NOW) == ["opens"]
    await plan(write, release)
    await plan(write, release, ("opens", NOW), ("closes", NOW + 2 * HOUR))
    assert states(await read(lambda work: work.timers.of(release))) == [("opens", "done"), ("closes", "planned")]


async def test_there_and_back_again_is_a_new_plan(write: Do, read: Do, release: int) -> None:
    await plan(write, release, ("remind", NOW + HOUR))
    assert await run(write, NOW + HOUR) == ["remind"]
    await plan(write, release, ("remind", NOW + 2 * HOUR), revision=2)
    await plan(write, release, ("remind", NOW + HOUR), revision=3)
    assert await run(write, NOW + HOUR) == ["remind"]


async def test_one_that_fails_holds_up_its_release_only(workspace: int, write: Do, read: Do, release: int) -> None:
    other = await write(lambda work: work.releases.add(a_release(workspace, "checkout")))
    await plan(write, release, ("opens", NOW), ("closes", NOW + MINUTE))
    await plan(write, other.id, ("remind", NOW + MINUTE))
    first = await write(lambda work: claim_timer(work, NOW, NAMES))
    await write(lambda work: work.timers.failed(first.id, "boom", NOW + HOUR))
    assert await read(lambda work: work.timers.next_due()) == NOW + MINUTE
    assert await run(write, NOW + 2 * MINUTE) == ["remind"]
    assert await read(lambda work: work.timers.next_due()) == NOW + HOUR
    assert await run(write, NOW + HOUR) == ["opens", "closes"]


async def test_five_failures_are_death(write: Do, read: Do, release: int) -> None:
    await plan(write, release, ("opens", NOW), ("closes", NOW))
    (row, _) = await read(lambda work: work.timers.of(release))
    for _ in range(5):
        await write(lambda work: work.timers.failed(row.id, "boom", NOW))
    found = await read(lambda work: work.timers.of(release))
    assert [(one.state, one.attempts, one.reason) for one in found] == [("dead", 5, "boom"), ("planned", 0, "")]
    assert len(await run(write, NOW)) == 1


async def test_one_that_failed_for_good_runs_again_when_told_to_or_is_dropped(
    workspace: int, write: Do, read: Do, release: int
) -> None:
    await plan(write, release, ("opens", NOW), ("closes", NOW), ("remind", NOW + HOUR))
    (closes, opens, _) = await read(lambda work: work.timers.of(release))
    for row in (closes, opens):
        for _ in range(MOST_ATTEMPTS):
            await write(lambda work, row=row: work.timers.failed(row.id, "boom", NOW))
    assert [row.id for row in await read(lambda work: work.timers.dead_since(NOW, 9))] == [opens.id, closes.id]
    assert await write(lambda work: work.timers.run_again(opens.id))
    assert await write(lambda work: work.timers.drop(closes.id))
    assert not await write(lambda work: work.timers.run_again(closes.id) or work.timers.drop(opens.id)), "both are over"
    assert await read(lambda work: work.timers.dead_since(NOW, 9)) == []
    for _ in range(MOST_ATTEMPTS - 1):  # it has all its tries again
        await write(lambda work: work.timers.failed(opens.id, "boom", NOW))
    assert await run(write, NOW + 2 * HOUR) == ["opens", "remind"]
    found = await read(lambda work: work.timers.get(closes.id))
    assert (found.state, found.reason) == ("skipped", "it failed, and was dropped")


async def test_unknown_names_are_left_to_those_who_know_them(write: Do, read: Do, release: int) -> None:
    await plan(write, release, ("from the next version", NOW))
    assert await run(write, NOW) == []
    assert await read(lambda work: work.timers.next_due(NAMES)) is None
    assert await read(lambda work: work.timers.next_due()) == NOW


async def test_one_that_nobody_knows_holds_up_its_release_for_a_while_only(write: Do, read: Do, release: int) -> None:
    """The version that planned it may be gone for good."""
    await plan(write, release, ("from the next version", NOW), ("opens", NOW + MINUTE / 2))
    assert await run(write, NOW + MINUTE / 2) == []
    assert await run(write, NOW + MINUTE) == ["opens"]
    assert await read(lambda work: work.timers.next_due()) == NOW, "and it still waits for such a version"


async def test_planning_anew_leaves_alone_what_it_does_not_know(write: Do, read: Do, release: int) -> None:
    await plan(write, release, ("from the next version", NOW + HOUR), ("also new", NOW + DAY), ("opens", NOW + HOUR))

    async def anew(*wanted: tuple[str, str, datetime], revision: int) -> list[tuple[str, str, datetime]]:
        names = {name: name for name in NAMES}
        await write(lambda work: work.timers.replan(release, revision, wanted, names))
        return [(row.name, row.state, row.due_at) for row in await read(lambda work: work.timers.of(release))]

    there = [("also new", "planned", NOW + DAY), ("from the next version", "planned", NOW + HOUR)]
    opens = ("opens", "cancelled", NOW + HOUR)
    assert sorted(await anew(revision=1)) == [*there, opens], "nothing of theirs moves while the release does not"
    woken = ("from the next version", "planned", NOW)
    assert sorted(await anew(revision=2)) == [there[0], woken, opens], "one is due at once: they plan all of it anew"
    assert sorted(await anew(revision=3)) == [there[0], woken, opens]


async def test_a_skipped_one_says_why(write: Do, read: Do, release: int) -> None:
    await plan(write, release, ("opens", NOW))
    row = await write(lambda work: claim_timer(work, NOW, NAMES))
    await write(lambda work: work.timers.skip(row.id, "missed by 40 minutes"))
    (found,) = await read(lambda work: work.timers.of(release))
    assert (found.state, found.reason) == ("skipped", "missed by 40 minutes")


async def test_an_open_release_remembers_what_ran(store: Store, workspace: int, write: Do, release: int) -> None:
    await plan(write, release, ("opens", NOW))
    await run(write, NOW)
    assert await write(lambda work: work.timers.forget_before(NOW + DAY, 100)) == 0

    def close(work: Work) -> None:
        found = work.releases.lock(release)
        assert found is not None
        found.state = State.CLOSED
        work.releases.save(found)

    await write(close)
    assert await write(lambda work: work.timers.forget_before(NOW + DAY, 100)) == 1


async def test_what_somebody_asked_for_outlives_planning_anew(write: Do, read: Do, release: int) -> None:
    for _ in range(2):
        await write(lambda work: work.timers.put(release, 1, "remind", "UBO", NOW + HOUR))
    names = {"opens": "opens", "remind": "remind"}
    for revision in (1, 2):
        await write(
            lambda work, to=revision: work.timers.replan(
                release, to, [("opens", "", NOW + DAY)], names, leave=frozenset({"remind"})
            )
        )
    found = [(row.name, row.state, row.due_at) for row in await read(lambda work: work.timers.of(release))]
    assert ("remind", "planned", NOW + HOUR) in found and len(found) == 3
    assert await run(write, NOW + HOUR) == ["remind"]
