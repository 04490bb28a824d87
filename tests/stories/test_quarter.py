"""A quarter of a train: two captains, a holiday, a skip, a move over the clock change, a freeze with one exception."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.story import Actor, Story

pytestmark = pytest.mark.both


async def until(story: Story, berlin: str) -> None:
    """Let time pass until the clocks of Berlin show that."""
    at = datetime.fromisoformat(berlin).replace(tzinfo=ZoneInfo("Europe/Berlin"))
    await story.until(f"{at.astimezone(UTC):%Y-%m-%d %H:%M}")


async def lived(story: Story, captain: Actor, version: str, day: str, *, made: str, hour: int = 14) -> None:
    """A departure as it should go: made in time, said go, deployed at its hour on the wall clock, live."""
    title = f"payments {version}"
    await until(story, made)
    stand = await story.release(title)
    assert (stand.captain, stand.planned) == (captain.name, f"{day} {hour}:00 Europe/Berlin")
    [tom] = story.people("tom")
    await tom.types(f"/release go {title}")
    await until(story, f"{day} {hour - 1}:50")
    assert f"{title}: deploy at {hour}:00. It's go." in captain.dm.reads("ana"), "as somebody in Berlin reads it"
    await captain.types(f"/release shipped {title}")
    assert (await story.release(title)).outcome == "live"


async def test_a_quarter_of_a_train(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    payments = story.room("#payments")
    await until(story, "2027-02-22 09:00")
    seen = await ana.types("/release holidays DE-BE")
    await ana.clicks("Save", on=seen.message)
    line = f"/release train payments every 2nd tue 14:00 Berlin captains <@{bo.id}> <@{ana.id}> version 2027.{{n}}"
    seen = await ana.types(f"{line} starting 2027-03-02")
    assert "• Tue 30 Mar 14:00 — payments 2027.3, captain Bo; made Wed 24 Mar 14:00" in seen.text, "Easter lies between"
    assert "Clocks in Berlin change on Sun 28 Mar: 14:00 stays 14:00, and is 12:00 UTC instead" in seen.text
    await ana.clicks("Save", on=seen.message)

    await lived(story, bo, "2027.1", "2027-03-02", made="2027-02-26 14:00")

    await until(story, "2027-03-12 14:00")
    moved = await ana.types("/release reschedule payments 2027.2 2027-03-31 14:00")
    assert "is now planned for Wed 31 Mar 14:00 Berlin" in moved.text
    await lived(story, bo, "2027.3", "2027-03-30", made="2027-03-24 14:00")
    await lived(story, ana, "2027.2", "2027-03-31", made="2027-03-30 15:00")

    await until(story, "2027-04-01 09:00")
    skipped = await ana.types("/release train skip payments 13 apr everybody is at the offsite")
    assert "Skipped: the departure of payments on Tue 13 Apr 14:00. Next departure: Tue 27 Apr 14:00." in skipped.text
    await lived(story, ana, "2027.4", "2027-04-27", made="2027-04-23 14:00")
    assert not await story.has_release("payments 2027.5")

    await ana.types("/release freeze 2027-05-10 18:00 to 2027-05-14 08:00 payments because of the audit")
    await ana.clicks("Freeze it")
    await until(story, "2027-05-07 14:00")
    stand = await story.release("payments 2027.5")
    assert (stand.captain, stand.planned) == ("bo", "2027-05-11 14:00 Europe/Berlin")
    assert "The freeze of payments (freeze 1) lasts from 12:00 May 10 until 02:00 May 14" in bo.dm.reads("bo")
    await tom.types("/release go payments 2027.5")
    await bo.types("/release exception payments 2027.5 a law changes on Wednesday")
    await until(story, "2027-05-11 13:50")
    no = await bo.types("/release deploy start payments 2027.5")
    assert "You can't start payments 2027.5 now:" in no.text
    await ana.types("/release exception grant payments 2027.5 because only this one")
    await ana.submits()
    await bo.types("/release shipped payments 2027.5")
    stand = await story.release("payments 2027.5")
    assert stand.outcome == "live"
    assert [name for name in stand.history if name.startswith("exception")] == ["exception_asked", "exception_granted"]

    listed = await ana.types("/release trains")
    assert "• Tue 25 May 14:00 — payments 2027.6, captain Ana" in listed.text
    assert payments.reads().count("everybody is at the offsite") == 1
