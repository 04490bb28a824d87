"""Times and days that are typed: what is out of reach loses no words, and answers name what they mean."""

import pytest

from tests.story import Story

pytestmark = pytest.mark.once


@pytest.mark.parametrize("typed", ["go-if replication was done before 10:00", "go-if the batch is through by 23:59"])
async def test_a_condition_that_names_a_time_out_of_reach_is_not_lost(story: Story, typed: str) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 15:00")
    seen = await bo.types(f"/release {typed}")
    assert f"You said go if “{typed.removeprefix('go-if ')}”" in seen.text
    assert (await story.release("payments")).votes == {"bo": "go-if"}


async def test_an_end_that_is_no_later_is_said_to_be_that(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 3.1 today 15:00")
    seen = await ana.types("/release extend until 12:00")
    assert seen.text == "It is open until 15:00 today anyway. Please name a later time."


async def test_more_time_until_another_day_names_the_day(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 3.1 today 15:00")
    await ana.types("/release extend until tomorrow 9:30")
    said = [line for line in story.room("#payments").threads() if "more time" in line]
    assert "until 09:30 tomorrow" in said[-1], said


@pytest.mark.parametrize("typed", ["calendar 31.2.", "calendar feb 30"])
async def test_the_day_that_does_not_exist_is_named(story: Story, typed: str) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types(f"/release {typed}")
    assert seen.text == f"“{typed.removeprefix('calendar ')}” does not exist."


async def test_what_may_be_another_version_moves_nothing(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 14.30 tomorrow 15:00")
    seen = await ana.types("/release reschedule payments 14.31")
    assert "There is no payments 14.31. Do you mean this one?" in seen.text
    assert (await story.release("payments")).planned == "2026-12-02 15:00 Europe/Berlin"
    seen = await ana.clicks("payments 14.30 · Wed 2 Dec 15:00", on=seen.message)
    assert seen.modal is not None, "it is asked to when"
    await ana.types("/release new api 3.1 tomorrow 15:00")
    await ana.types("/release reschedule api 14.31")
    assert (await story.release("api")).planned == "2026-12-01 14:31 Europe/Berlin"
