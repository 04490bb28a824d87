"""Trains and their departures are read back equal, made once, and each day has one outcome; on both databases."""

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

from bot.release.recurrence import Rule
from bot.release.trains import Departure, Train
from storage.work import Work
from tests.storage.given import DAY, NOW, Do, a_release

TUESDAYS = Rule("week", 2, (1,))
TRAIN = Train(
    service="Payments", environment="production", channel="C1", rule=TUESDAYS, clock=time(14, 0), zone="Europe/Berlin",
    starts_on=date(2026, 12, 8), created_by="UANA", created_at=NOW, settled_until=NOW, tzdata="2026a",
    lead=timedelta(days=3), version="2026.{n}", captains=("UANA", "UBO"),
)  # fmt: skip
FIRST, SECOND = date(2026, 12, 8), date(2026, 12, 22)


async def stored(write: Do, train: Train = TRAIN) -> Train:
    made = await write(lambda work: work.trains.add(train))
    assert isinstance(made, Train)
    return made


async def test_a_train_is_read_back_as_it_was_made(write: Do, read: Do) -> None:
    made = await stored(write)
    assert made == replace(TRAIN, id=made.id, number=1)
    assert await read(lambda work: work.trains.get(made.id)) == made
    by_policy = await stored(write, replace(TRAIN, service="web", lead=None, version="", captains=()))
    assert (by_policy.number, by_policy.lead) == (2, None)
    assert await read(lambda work: work.trains.running("PAYMENTS")) == [made]
    assert await read(lambda work: work.trains.running(channel="C1")) == [made, by_policy]


async def test_the_same_train_is_made_once(write: Do, read: Do) -> None:
    made = await stored(write)
    assert await write(lambda work: work.trains.add(replace(TRAIN, service="payments"))) is None
    assert (await stored(write, replace(TRAIN, environment="staging"))).number == 2
    await write(lambda work: work.trains.save(replace(made, ended_at=NOW, ended_by="UANA")))
    assert (await stored(write)).number == 3, "what has ended may begin again"


async def test_what_changes_is_stored_and_an_ended_one_does_not_run(write: Do, read: Do) -> None:
    made = await stored(write)
    changed = replace(made, turn=1, paused_until=SECOND, paused_by="UBO", settled_until=NOW + DAY, revision=1)
    await write(lambda work: work.trains.save(changed))
    assert await write(lambda work: work.trains.lock(made.id)) == changed
    assert await read(lambda work: work.trains.under_other_rules("2026a")) == []
    assert await read(lambda work: work.trains.under_other_rules("2026b")) == [("train.departs", str(made.id))]
    await write(lambda work: work.trains.save(replace(changed, ended_at=NOW, ended_by="UANA")))
    assert await read(lambda work: work.trains.running()) == []
    assert await read(lambda work: work.trains.under_other_rules("2026b")) == []


async def test_since_when_it_is_of_its_revision(write: Do, read: Do, clock: Any) -> None:
    made = await stored(write)
    assert made.changed_at == NOW
    await clock.advance(DAY)
    await write(lambda work: work.trains.save(replace(made, turn=1)))
    assert (await read(lambda work: work.trains.get(made.id))).changed_at == NOW, "the same plan"
    await write(lambda work: work.trains.save(replace(made, revision=1)))
    assert (await read(lambda work: work.trains.get(made.id))).changed_at == NOW + DAY
    assert await read(lambda work: work.trains.ended(NOW)) == []
    over = replace(made, revision=2, ended_at=NOW + DAY, ended_by="UANA")
    await write(lambda work: work.trains.save(over))
    for found in (lambda work: work.trains.ended(NOW, "payments"), lambda work: work.trains.ended(NOW, channel="C1")):
        assert await read(found) == [over]
    assert await read(lambda work: work.trains.ended(NOW, "ledger")) == []
    assert await read(lambda work: work.trains.ended(NOW + 2 * DAY)) == []


async def test_each_day_has_one_outcome(write: Do, read: Do, workspace: int) -> None:
    made = await stored(write)
    release = await write(lambda work: work.releases.add(a_release(workspace)))
    departed = Departure(FIRST, "made", release.id, "UANA")
    assert await write(lambda work: work.trains.put(made.id, departed))
    assert not await write(lambda work: work.trains.put(made.id, Departure(FIRST, "skipped", by="UBO")))
    skipped = Departure(SECOND, "skipped", by="UBO", why="offsite")
    assert await write(lambda work: work.trains.put(made.id, skipped))

    known = await read(lambda work: work.trains.departures(made.id, FIRST))
    assert known == {FIRST: departed, SECOND: skipped}
    assert await read(lambda work: work.trains.departures(made.id, SECOND)) == {SECOND: skipped}
    assert await read(lambda work: work.trains.how_many(made.id)) == 1
    assert await read(lambda work: work.trains.last(made.id, date(2027, 1, 5))) == departed
    assert await read(lambda work: work.trains.last(made.id, FIRST)) is None
    assert await read(lambda work: work.trains.of_release(release.id)) == (made, FIRST)
    assert await read(lambda work: work.trains.of_release(release.id + 1)) is None

    def take_back(work: Work) -> list[bool]:
        return [work.trains.take_back(made.id, day) for day in (FIRST, SECOND, SECOND)]

    assert await write(take_back) == [False, True, False], "what was made stays made"


async def test_why_somebody_skipped_is_gone_when_they_are_erased(write: Do, read: Do) -> None:
    made = await stored(write)
    await write(lambda work: work.trains.put(made.id, Departure(FIRST, "skipped", by="UBO", why="my wedding")))
    await write(lambda work: work.erase("UBO"))
    assert await read(lambda work: work.trains.departures(made.id, FIRST)) == {
        FIRST: Departure(FIRST, "skipped", by="UBO")
    }
