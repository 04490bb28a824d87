"""Rotations are read back as they were set, one for each service and duty; on both databases."""

from dataclasses import replace
from datetime import date, time

from bot.release.recurrence import Rule
from bot.release.rotations import Rotation
from storage.rotations import parts_of, subject_of
from tests.storage.given import HOUR, NOW, Do

BY_TIME = Rotation(
    service="Payments", role="captain", channel="C1", people=("UANA", "UBO"), starts_on=date(2026, 12, 7),
    turned_until=NOW, tzdata="2026a", changed_by="UANA", changed_at=NOW, turn=3, rule=Rule("week", 1, (0,)),
    clock=time(10, 0), zone="Europe/Berlin",
)  # fmt: skip
BY_HAND = replace(BY_TIME, role="deployer", rule=None, clock=time(0), zone="")


async def test_a_rotation_is_read_back_as_it_was_set(write: Do, read: Do) -> None:
    for one in (BY_TIME, BY_HAND):
        await write(lambda work, one=one: work.rotations.put(one))
    assert await read(lambda work: work.rotations.get("payments", "captain")) == BY_TIME
    assert await write(lambda work: work.rotations.lock("PAYMENTS", "deployer")) == BY_HAND
    assert await read(lambda work: work.rotations.all()) == [BY_TIME, BY_HAND]
    assert await read(lambda work: work.rotations.get("web", "captain")) is None
    secret = replace(BY_TIME, channel="C9", within="C9", people=("UCLARA",))
    await write(lambda work: work.rotations.put(secret))
    assert await read(lambda work: work.rotations.get("payments", "captain")) == BY_TIME, (
        "a private channel has its own"
    )
    assert await read(lambda work: work.rotations.get("payments", "captain", "C9")) == secret
    assert parts_of(subject_of(secret)) == ("payments", "captain", "C9")


async def test_there_is_one_for_each_service_and_duty(write: Do, read: Do) -> None:
    later = replace(BY_TIME, service="payments", people=("UBO",), turned_until=NOW + HOUR)
    for one in (BY_TIME, later):
        await write(lambda work, one=one: work.rotations.put(one))
    assert await read(lambda work: work.rotations.all()) == [later]
    assert await write(lambda work: work.rotations.remove("Payments", "captain"))
    assert not await write(lambda work: work.rotations.remove("Payments", "captain"))
    assert await read(lambda work: work.rotations.all()) == []


async def test_those_by_time_are_derived_anew_under_other_tz_rules(write: Do, read: Do) -> None:
    for one in (BY_TIME, BY_HAND):
        await write(lambda work, one=one: work.rotations.put(one))
    assert await read(lambda work: work.rotations.under_other_rules("2026a")) == []
    assert await read(lambda work: work.rotations.under_other_rules("2026b")) == [
        ("rotation.turns", "captain payments")
    ]
