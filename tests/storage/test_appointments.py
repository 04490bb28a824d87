"""What is about no release yet is planned once, claimed once, and has one outcome; on both databases."""

from storage.appointments import AppointmentRow
from storage.settling import MOST_ATTEMPTS
from storage.work import Work
from tests.storage.given import DAY, HOUR, MINUTE, NOW, Do

DEPARTS = "train.departs"


async def plan(write: Do, subject: str, *hours: int) -> None:
    dues = [NOW + hour * HOUR for hour in hours]
    await write(lambda work: work.appointments.replan(DEPARTS, subject, dues))


async def kept(write: Do, hour: int, *, kinds: tuple[str, ...] = (DEPARTS,)) -> list[tuple[str, int]]:
    """Those that are run at that hour: subject, and the hour that each was for."""
    seen: list[tuple[str, int]] = []
    at = NOW + hour * HOUR

    def one(work: Work) -> bool:
        for id in work.appointments.due(at, kinds, limit=10):
            row = work.appointments.claim(id, at)
            if row is not None:
                seen.append((row.subject, (row.due_at - NOW) // HOUR))
                work.appointments.done(row.id)
                return True
        return False

    while await write(one):
        pass
    return seen


async def test_each_is_kept_once_and_none_before_its_time(write: Do, read: Do) -> None:
    await plan(write, "7", 2, 5)
    await plan(write, "8", 1)
    assert await read(lambda work: work.appointments.next_due()) == NOW + HOUR
    assert await kept(write, 0) == []
    assert await kept(write, 3) == [("8", 1), ("7", 2)]
    assert await kept(write, 3) == []
    assert await read(lambda work: work.appointments.next_due([DEPARTS])) == NOW + 5 * HOUR
    assert await read(lambda work: work.appointments.next_due(["digest"])) is None, "not this version's kinds"
    assert await kept(write, 9, kinds=("digest",)) == []
    assert await read(lambda work: work.appointments.lag(NOW + 6 * HOUR)) == 3600


async def test_planned_anew_what_ran_stays_what_is_not_wanted_is_cancelled_and_may_come_back(
    write: Do, read: Do
) -> None:
    await plan(write, "7", 1, 2, 3)
    await kept(write, 1)
    await plan(write, "7", 1, 3, 4)
    rows = await read(lambda work: work.appointments.of(DEPARTS, "7"))
    assert [((row.due_at - NOW) // HOUR, row.state) for row in rows] == [
        (1, "done"), (2, "cancelled"), (3, "planned"), (4, "planned"),
    ]  # fmt: skip
    await plan(write, "7", 2)
    assert await kept(write, 9) == [("7", 2)]
    assert await read(lambda work: work.appointments.next_due()) is None


async def test_one_that_goes_on_failing_is_dead_until_somebody_runs_or_drops_it(write: Do, read: Do) -> None:
    await plan(write, "7", 1)
    (row,) = await read(lambda work: work.appointments.of(DEPARTS, "7"))

    async def now() -> AppointmentRow:
        found = await read(lambda work: work.appointments.get(row.id))
        assert found is not None
        return found

    await write(lambda work: work.appointments.failed(row.id, "boom", NOW + HOUR + MINUTE))
    assert (await now()).attempts == 1
    assert await kept(write, 1) == [], "not yet"
    lasts = [await write(lambda work: work.appointments.failed(row.id, "boom", NOW)) for _ in range(MOST_ATTEMPTS)]
    assert lasts == [False] * (MOST_ATTEMPTS - 2) + [True, False], "it dies once"
    assert ((await now()).state, (await now()).attempts) == ("dead", MOST_ATTEMPTS)
    assert await kept(write, 9) == []
    assert [dead.subject for dead in await read(lambda work: work.appointments.dead_since(NOW - DAY, 5))] == ["7"]
    assert await read(lambda work: work.appointments.died_since(NOW - DAY)) == 1
    assert await write(lambda work: work.appointments.run_again(row.id))
    assert await kept(write, 9) == [("7", 1)]
    assert not await write(lambda work: work.appointments.failed(row.id, "boom", NOW)), "another replica was faster"
    assert ((await now()).state, (await now()).reason) == ("done", "")
    assert not await write(lambda work: work.appointments.drop(row.id)), "it is not dead any more"


async def test_the_settled_are_forgotten_in_time_the_planned_are_not(write: Do, read: Do) -> None:
    await plan(write, "7", 1, 2)
    await kept(write, 1)
    assert await write(lambda work: work.appointments.forget_before(NOW, 100)) == 0
    assert await write(lambda work: work.appointments.forget_before(NOW + DAY, 100)) == 1
    rows = await read(lambda work: work.appointments.of(DEPARTS, "7"))
    assert [row.state for row in rows] == ["planned"]


async def test_two_replicas_do_not_keep_the_same_one(write: Do, read: Do) -> None:
    await plan(write, "7", 1)
    await plan(write, "7", 1)
    assert len(await read(lambda work: work.appointments.of(DEPARTS, "7"))) == 1
    (id,) = await read(lambda work: work.appointments.due(NOW + HOUR, [DEPARTS], 5))
    assert await write(lambda work: work.appointments.claim(id, NOW + HOUR) is not None)
    await write(lambda work: work.appointments.done(id))
    assert await write(lambda work: work.appointments.claim(id, NOW + HOUR)) is None


async def test_one_that_is_late_is_followed_also_by_one_that_another_replica_has_kept(write: Do, read: Do) -> None:
    await plan(write, "7", 1, 2, 3)
    rows = await read(lambda work: work.appointments.of(DEPARTS, "7"))
    await write(lambda work: work.appointments.done(rows[1].id))
    at = NOW + 2 * HOUR
    assert await read(lambda work: [work.appointments.is_followed(row, at) for row in rows]) == [True, False, False]


async def test_the_last_of_several_ends_those_before_it_and_no_others(write: Do, read: Do) -> None:
    """Several are run at a time: the last may be the first of them."""
    await plan(write, "7", 1, 2, 3, 9)
    await plan(write, "8", 1)

    def the_third(work: Work) -> None:
        due = work.appointments.due(NOW + 3 * HOUR, {DEPARTS}, 10)
        row = next(row for id in due if (row := work.appointments.claim(id, NOW + 3 * HOUR)) and row.due_at.hour == 12)
        work.appointments.done(row.id)
        work.appointments.skip_before(row, "the next one came instead")

    await write(the_third)
    rows = await read(lambda work: work.appointments.of(DEPARTS, "7"))
    assert [row.state for row in rows] == ["skipped", "skipped", "done", "planned"]
    assert [row.reason for row in rows[:2]] == ["the next one came instead"] * 2
    assert await kept(write, 3) == [("8", 1)]
