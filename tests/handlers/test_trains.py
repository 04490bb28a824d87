"""Whatever a process goes through, each day of a train has one outcome: its release, made in time, or the reason."""

import asyncio
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.due import RETRY, Due
from bot.kit.desk import Desk
from bot.kit.trains import settle
from bot.meters import Meters
from bot.release.recurrence import Rule
from bot.release.trains import Departure, Train
from bot.release.zones import TZDATA
from storage.settling import MOST_ATTEMPTS
from storage.work import Work
from tests.handlers.office import ANA, BO, CHANNEL, Office

#: A week before the clocks of Berlin go forward.
BEGINS = datetime(2027, 3, 21, 9, 0, tzinfo=UTC)
FIRST = date(2027, 3, 21)
STEPS = 40


async def a_daily_train(office: Office) -> Train:
    """14:00 in Berlin, made twelve hours before, with two captains."""
    await office.clock.advance(BEGINS - office.clock.now())

    def begin(work: Work) -> Train:
        train = work.trains.add(
            Train(
                service="payments", environment="production", channel=CHANNEL, rule=Rule("day"), clock=time(14, 0),
                zone="Europe/Berlin", starts_on=FIRST, created_by=ANA, created_at=work.now, settled_until=work.now,
                tzdata=TZDATA, lead=timedelta(hours=12), captains=(ANA, BO),
            )
        )  # fmt: skip
        assert train is not None
        return settle(train, Desk(work, office.catalogue, unasked=True))

    train: Train = await office.store.write(begin, workspace=office.workspace)
    return train


async def drained(office: Office) -> None:
    """By two processes at once."""
    both = [Due(office.catalogue, office.store, office.clock, Meters()) for _ in range(2)]
    await asyncio.gather(*(due.drain() for due in both))


@pytest.mark.parametrize("seed", range(4))
async def test_each_day_departs_once_or_says_why_not(office: Office, seed: int) -> None:
    train, chance = await a_daily_train(office), random.Random(seed)
    skipped: set[date] = set()
    for _ in range(STEPS):
        what = chance.choice(["lives", "lives", "lives", "sleeps", "skips", "passes"])
        if what in ("lives", "sleeps"):
            await office.clock.advance(timedelta(minutes=chance.randrange(1, 60 * (14 if what == "lives" else 80))))
            await drained(office)
            continue

        def change(work: Work, what: str = what) -> date | None:
            held = work.trains.lock(train.id)
            assert held is not None
            if what == "passes":
                settle(replace(held, turn=held.turn + 1), Desk(work, office.catalogue, unasked=True))
                return None
            day = held.to_come(max(held.settled_until, work.now), 1)[0].day
            work.trains.put(held.id, Departure(day, "skipped", by=BO))
            settle(held, Desk(work, office.catalogue, unasked=True))
            return day

        day = await office.store.write(change, workspace=office.workspace)
        skipped |= {day} if day else set()
    await drained(office)

    def look(work: Work) -> None:
        now, held = work.now, work.trains.get(train.id)
        assert held is not None
        known = work.trains.departures(train.id, FIRST)
        until = held.settled_until.date()
        days = [FIRST + timedelta(days=n) for n in range((until - FIRST).days + 1)]
        assert [day for day in sorted(known) if day <= until] == days, "each has an outcome, and just one"
        releases = [work.releases.get(one.release_id) for one in known.values() if one.release_id is not None]
        planned = Counter(one.planned.wall for one in releases if one is not None)
        made = [day for day, one in known.items() if one.state == "made"]
        assert planned == Counter(f"{day.isoformat()}T14:00" for day in made), "none moved on the wall clock"
        assert not skipped & set(made)
        assert all(one.created_at < one.planned.at for one in releases if one is not None), "none made too late"
        assert all(known[day].why for day in set(days) - set(made) - skipped), "or the reason"
        assert (held.to_come(held.settled_until, 1)[0].at - timedelta(hours=12)) > now, "nothing due is left"
        rows = work.appointments.of("train.departs", str(train.id))
        assert [row.state for row in rows if row.state in ("planned", "dead")] == ["planned"], (
            "one appointment, the next"
        )

    await office.store.read(look, workspace=office.workspace)


async def test_two_processes_give_up_a_departure_that_fails_once_and_the_next_is_made(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    train = await a_daily_train(office)

    def fails(*_: Any, **__: Any) -> None:
        raise ValueError("a defect")

    with monkeypatch.context() as patch, capture_logs() as lines:
        patch.setattr("bot.kit.trains.plan", fails)
        await office.clock.advance(datetime(2027, 3, 22, 1, 0, tzinfo=UTC) - office.clock.now())  # 02:00 there
        for _ in range(2 * MOST_ATTEMPTS):
            await drained(office)
            await office.clock.advance(RETRY)
    assert {line["event"] for line in lines} == {"timer_failed"}
    await office.clock.advance(timedelta(days=1))
    await drained(office)

    def look(work: Work) -> None:
        known = work.trains.departures(train.id, FIRST)
        assert [one.state for one in known.values()] == ["made", "skipped", "made"]
        rows = work.appointments.of("train.departs", str(train.id))
        assert [row.state for row in rows] == ["dead", "done", "planned"]
        said = [row for row in work.outbox.unsettled(100) if row.kind == "notice" and row.release_id is None]
        assert len(said) == 1, "told once"

    await office.store.read(look, workspace=office.workspace)
