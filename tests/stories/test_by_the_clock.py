"""What the clock alone changes is on record, and a clock that is put back loses nothing of what comes again."""

from datetime import timedelta
from typing import Any

import pytest

from tests.story import Story

#: The rules alone: they are the same in every mode and on every database.
pytestmark = pytest.mark.once


async def on_record(story: Story, name: str) -> list[tuple[str | None, str, dict[str, Any]]]:
    """Who, by which path, and the facts of the workspace's own entries of that name."""

    def look(work: Any) -> list[tuple[str | None, str, dict[str, Any]]]:
        return [(one.by, one.path, one.details) for one in work.audit.tail(None, 100) if one.name == name]

    return await story.app.store.read(look, workspace=story.app.workspace)


async def planned(story: Story, kind: str, state: str = "planned") -> list[str]:
    """When the appointments of a kind are due that are in a state."""

    def look(work: Any) -> list[str]:
        return [f"{one.due_at:%Y-%m-%d %H:%M}" for one in work.appointments.of(kind, "1") if one.state == state]

    return await story.app.store.read(look, workspace=story.app.workspace)


def put_back(story: Story, *, hours: int) -> None:
    """The machine's clock was ahead, and is set right."""
    story.clock._set(story.clock.now() - timedelta(hours=hours))


async def test_a_rotation_that_the_clock_hands_on_is_on_record_each_time(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await ana.types(f"/release rotation payments deployer <@{bo.id}> <@{tom.id}> every mon 10:00 Berlin")
    await ana.clicks("Save")
    await story.until("2026-12-14 12:00")
    said = [(by, path, facts["was"], facts["to"]) for by, path, facts in await on_record(story, "rotation_handed_on")]
    assert said == [(None, "clock", bo.id, tom.id), (None, "clock", tom.id, bo.id)]


async def test_the_end_of_a_freeze_is_on_record(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release freeze now to in 6h payments")
    await ana.clicks("Freeze it")
    await story.advance(hours=7)
    assert await on_record(story, "freeze_over") == [(None, "clock", {"freeze": 1})]


async def test_a_digest_goes_on_when_the_clock_was_put_back_and_its_subscription_is_changed(story: Story) -> None:
    (tom,) = story.people("tom")
    await tom.types("/release subscribe payments daily 10:00")
    await tom.clicks("Subscribe")
    await story.until("09:00")
    put_back(story, hours=2)
    await tom.types("/release subscribe payments outcomes daily 10:00")
    await tom.clicks("Subscribe")
    assert await planned(story, "digest") == ["2026-12-02 09:00"], "today's was sent"


async def test_a_digest_that_is_due_is_sent_though_its_subscription_is_changed_in_that_second(story: Story) -> None:
    (tom,) = story.people("tom")
    await tom.types("/release subscribe payments daily 10:00")
    await tom.clicks("Subscribe")
    await tom.types("/release subscribe payments outcomes daily 10:00")
    story.clock._set(story.clock.now() + timedelta(hours=1))
    await tom.clicks("Subscribe")
    assert await planned(story, "digest", "done") == ["2026-12-01 09:00"]
    assert await planned(story, "digest") == ["2026-12-02 09:00"]


async def test_the_ends_of_a_weekly_freeze_go_on_when_the_clock_was_put_back_and_it_is_changed(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release freeze every wed 11:00 to wed 12:00 payments")
    await ana.clicks("Freeze it")
    await story.until("2026-12-02 11:30")
    put_back(story, hours=2)
    await ana.types("/release freeze change 1 because of inventory")
    await ana.clicks("Change it")
    assert await planned(story, "freeze.ends") == ["2026-12-09 11:00"]


async def test_a_freeze_that_a_clock_ahead_took_for_over_stands_when_the_clock_is_right(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release freeze now to in 6h payments")
    await ana.clicks("Freeze it")
    await story.advance(hours=7)
    put_back(story, hours=6)
    assert "payments" in (await ana.types("/release freezes")).text
    await ana.types("/release new payments 2.14.0 in 2h")
    await bo.types("/release go payments")
    assert "The freeze of payments (freeze 1) lasts until" in (await ana.types("/release deploy start payments")).text
    assert (await story.release("payments")).state == "approved"
    await story.advance(hours=5)
    assert "Nothing is frozen" in (await ana.types("/release freezes")).text


async def test_what_recurs_at_a_time_that_the_clocks_skip_says_so_before_it_is_saved(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    seen = (await ana.types("/release subscribe payments daily 02:30")).text
    assert "28 Mar" in seen and "It is 03:30 then." in seen
    seen = (await ana.types(f"/release rotation payments deployer <@{ana.id}> <@{bo.id}> every sun 02:30 Berlin")).text
    assert "28 Mar" in seen and "It is 03:30 then." in seen
    for usual in ("subscribe payments daily 9:00", f"rotation payments deployer <@{bo.id}> every sun 9:00 Berlin"):
        assert "It is " not in (await ana.types(f"/release {usual}")).text
