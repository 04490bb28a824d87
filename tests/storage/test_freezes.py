"""Freezes are kept with what was meant; an exception is decided once, by one person, and used once."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, update

from bot.release.freeze import Exemption, Freeze
from bot.release.planned import plan_at
from bot.release.recurrence import Rule
from storage.schedule_tables import freeze_exceptions, freezes
from storage.work import Work
from tests.storage.given import DAY, HOUR, MINUTE, NOW, Do, a_release

FREEZE = Freeze(
    plan_at(NOW + HOUR, "Europe/Berlin"), plan_at(NOW + DAY, "Europe/Berlin"), "payments", "staging", why="inventory",
    channel="C1", created_by="UANA",
)  # fmt: skip


async def test_what_stands_is_found_until_it_is_lifted_or_over(write: Do, read: Do, workspace: int) -> None:
    first = await write(lambda work: work.freezes.add(FREEZE))
    weekly = await write(lambda work: work.freezes.add(replace(FREEZE, weekly=True, why="")))
    assert (first.number, weekly.number) == (1, 2)
    assert await read(lambda work: work.freezes.standing()) == (first, weekly)
    assert await read(lambda work: work.freezes.numbered(2)) == weekly
    assert await read(lambda work: work.freezes.numbered(3)) is None

    longer = replace(first, ends=plan_at(NOW + 2 * DAY, "Europe/Berlin"), why="stocktaking")
    assert await write(lambda work: work.freezes.change(longer))
    assert await read(lambda work: work.freezes.get(first.id)) == longer
    assert await write(lambda work: work.freezes.end(first.id, "UANA"))
    assert not await write(lambda work: work.freezes.end(first.id, "UBO")), "it is lifted already"
    assert not await write(lambda work: work.freezes.change(first))
    assert await read(lambda work: work.freezes.standing()) == (weekly,)
    assert await write(lambda work: work.freezes.restore(first.id))
    assert await write(lambda work: work.freezes.end(weekly.id, None))
    assert not await write(lambda work: work.freezes.restore(weekly.id)), "what is over does not come back"
    assert await read(lambda work: work.freezes.standing()) == (longer,)


async def test_however_many_stand_all_of_them_are_looked_at(write: Do, read: Do) -> None:
    def declare(work: Work) -> None:
        one = work.freezes.add(FREEZE)
        row = dict(work.conn.execute(select(freezes).where(freezes.c.id == one.id)).one()._mapping)
        many = [row | {"id": one.id + count, "number": one.number + count} for count in range(1, 601)]
        work.conn.execute(insert(freezes), many)

    await write(declare)
    assert len(await read(lambda work: work.freezes.standing())) == 601


async def test_what_people_do_to_a_freeze_is_counted_and_what_ended_is_found(write: Do, read: Do, clock: Any) -> None:
    one = await write(lambda work: work.freezes.add(FREEZE))
    other = await write(lambda work: work.freezes.add(replace(FREEZE, service="ledger")))

    async def counted(do: Callable[[Work], bool]) -> tuple[int, timedelta]:
        await clock.advance(MINUTE)
        assert await write(do)
        found = await read(lambda work: work.freezes.get(one.id))
        return found.revision, found.changed_at - NOW

    assert (one.revision, one.changed_at) == (0, NOW)
    assert await counted(lambda work: work.freezes.change(one)) == (1, MINUTE)
    assert await counted(lambda work: work.freezes.end(one.id, "UANA")) == (2, 2 * MINUTE)
    assert await counted(lambda work: work.freezes.restore(one.id)) == (3, 3 * MINUTE)
    assert await counted(lambda work: work.freezes.end(one.id, None)) == (3, 3 * MINUTE), "its time is over"
    await write(lambda work: work.freezes.end(other.id, "UANA"))
    assert [found.number for found in await read(lambda work: work.freezes.ended(NOW))] == [1, 2]
    assert await read(lambda work: work.freezes.ended(clock.now() + MINUTE)) == []


async def test_by_which_days_it_recurs_is_kept_beside_the_weekly_ones_of_before(write: Do, read: Do) -> None:
    by_rule = replace(FREEZE, rule=Rule("month", 1, (4,), nth=-1))
    assert (await write(lambda work: work.freezes.add(by_rule))).rule == by_rule.rule
    weekly = await write(lambda work: work.freezes.add(replace(FREEZE, weekly=True)))
    assert await read(
        lambda work: work.conn.scalars(select(freezes.c.rule).where(freezes.c.id == weekly.id)).one()
    ) == {"every": "week"}
    found = await read(lambda work: work.freezes.standing())
    assert sorted((one.weekly, one.rule is not None, one.recurs) for one in found) == [
        (False, True, True), (True, False, True)]  # fmt: skip
    assert await write(lambda work: work.freezes.change(replace(by_rule, id=weekly.id, number=2)))
    changed = await read(lambda work: work.freezes.get(weekly.id))
    assert (changed.weekly, changed.rule) == (False, by_rule.rule)


async def test_what_is_undone_is_not_remembered(write: Do, workspace: int) -> None:
    def undone(work: Work) -> int:
        try:
            with work.savepoint():
                work.freezes.add(FREEZE)
                assert len(work.freezes.standing()) == 1
                raise KeyError
        except KeyError:
            return len(work.freezes.standing())

    assert await write(undone) == 0


async def test_under_newer_rules_of_a_zone_the_wall_time_stays(write: Do, read: Do, workspace: int) -> None:
    added = await write(lambda work: work.freezes.add(FREEZE))
    moved = {"starts_at": NOW + 2 * HOUR, "tzdata": "2019a"}  # as an older version, with other rules, derived it
    await write(lambda work: work.conn.execute(update(freezes).values(**moved)))
    found = await read(lambda work: work.freezes.get(added.id))
    assert (found.starts.wall, found.starts.at) == (FREEZE.starts.wall, NOW + HOUR)


async def test_of_two_admins_one_decides_and_it_is_used_once(write: Do, read: Do, workspace: int) -> None:
    release = await write(lambda work: work.releases.add(a_release(workspace)).id)
    wanted = Exemption("UBO", NOW, "refunds are broken", (3, 4), release)
    asked = await write(lambda work: work.freezes.ask(wanted))
    assert await read(lambda work: work.freezes.exceptions_of(release)) == (replace(wanted, id=asked.id),)

    both = await asyncio.gather(
        write(lambda work: work.freezes.decide(asked.id, "granted", "UANA", "once", NOW + HOUR)),
        write(lambda work: work.freezes.decide(asked.id, "refused", "UTOM", "no", None)),
    )
    assert sorted(both) == [False, True]
    await write(lambda work: work.freezes.use(asked.id))
    (found,) = await read(lambda work: work.freezes.exceptions_of(release))
    assert (found.outcome, found.used_at) == (("granted", "refused")[both.index(True)], NOW)


async def test_what_was_granted_can_be_taken_back_until_it_is_used(write: Do, read: Do, workspace: int) -> None:
    release = await write(lambda work: work.releases.add(a_release(workspace)).id)
    one, other = [await write(lambda work: work.freezes.ask(Exemption("UBO", NOW, "", (3,), release))) for _ in "ab"]
    assert not await write(lambda work: work.freezes.take_back(one.id, "UANA", "no")), "nobody granted it yet"
    for asked in (one, other):
        await write(lambda work, asked=asked: work.freezes.decide(asked.id, "granted", "UANA", "", NOW + HOUR))
    assert await write(lambda work: work.freezes.take_back(one.id, "UTOM", "not needed"))
    assert not await write(lambda work: work.freezes.take_back(one.id, "UTOM", "not needed"))
    await write(lambda work: work.freezes.use(other.id))
    assert not await write(lambda work: work.freezes.take_back(other.id, "UTOM", "too late"))
    found = await read(lambda work: work.freezes.exceptions_of(release))
    assert [(one.outcome, one.decided_by) for one in found] == [("granted", "UANA"), ("refused", "UTOM")]


async def test_what_an_erased_person_typed_is_gone(write: Do, read: Do, workspace: int) -> None:
    secret = "my daughter is ill"

    def live(work: Work) -> int:
        id = work.releases.add(a_release(workspace)).id
        work.freezes.add(replace(FREEZE, why=secret, created_by="UBO"))
        mine = work.freezes.ask(Exemption("UBO", NOW, secret, (1,), id))
        work.freezes.decide(mine.id, "refused", "UANA", "it can wait", None)
        other = work.freezes.ask(Exemption("UANA", NOW, "fine", (1,), id))
        work.freezes.decide(other.id, "granted", "UBO", secret, NOW + HOUR)
        return id

    id = await write(live)
    assert await write(lambda work: work.erase("UBO")) == 1

    def remains(work: Work) -> str:
        return f"{[row for table in (freezes, freeze_exceptions) for row in work.conn.execute(table.select())]}"

    assert secret not in await read(remains)
    kept = await read(lambda work: work.freezes.exceptions_of(id))
    assert [(one.asked_by, one.why, one.outcome, one.decided_why) for one in kept] == [
        ("UANA", "fine", "granted", ""), ("UBO", "", "refused", "it can wait")]  # fmt: skip
