"""A train says what its pause has cost, which departures there are, and asks which is meant where none is named."""

import pytest

from tests.story import Story

#: The rules alone: they are the same in every mode and on every database.
pytestmark = pytest.mark.once
TRAIN = "/release train payments every tue 14:00 Berlin starting 8 dec lead 6d"


async def test_a_pause_that_ends_early_names_the_departures_that_are_lost(story: Story) -> None:
    """The release of the 15th would have been made on the 11th: that moment is gone, and said to be."""
    [ana] = story.people("ana")
    await ana.types("/release train payments every tue 14:00 Berlin")
    await ana.clicks("Save")
    await story.until("2026-12-08 14:05")
    await ana.types("/release train pause payments until 2026-12-29")
    await story.until("2026-12-12 12:00")
    seen = await ana.types("/release train resume payments")
    lost = "Left out by the pause, since its release would have been made by now: Tue 15 Dec 14:00. "
    assert "The payments train runs again. Next departure: Tue 22 Dec 14:00. " + lost in seen.text
    assert "Plan it by hand: /release new payments …" in seen.text
    assert lost in story.room("#payments").reads(), "whoever waits for it reads it"
    assert "not paused" in (await ana.types("/release train resume payments")).text


async def test_a_pause_that_ends_in_time_has_cost_nothing(story: Story) -> None:
    [ana] = story.people("ana")
    await ana.types("/release train payments every tue 14:00 Berlin starting 15 dec")
    await ana.clicks("Save")
    await ana.types("/release train pause payments until 2026-12-29")
    await story.until("2026-12-08 12:00")
    seen = await ana.types("/release train resume payments")
    assert "Next departure: Tue 15 Dec 14:00." in seen.text and "Left out" not in seen.text


@pytest.mark.parametrize("verb", ["skip", "pause", "resume", "end"])
async def test_a_train_that_is_not_named_is_asked_for(story: Story, verb: str) -> None:
    ana, bo = story.people("ana", "bo")
    seen = await ana.types(f"/release train {verb}", in_="#duo")
    assert "There is no train. /release train payments every 2nd tue 14:00 Europe/Berlin makes one." in seen.text
    await ana.types("/release train payments every tue 14:00 Berlin starting 15 dec")
    await ana.clicks("Save")
    seen = await ana.types(f"/release train {verb}", in_="#duo")
    assert "Which train? payments runs every Tuesday 14:00 Berlin. " in seen.text
    assert f"Type /release train {verb} <service>" in seen.text and "“”" not in seen.text
    seen = await bo.types(f"/release train {verb} ledger", in_="#duo")
    assert "There is no train “ledger”." in seen.text


async def test_a_departure_that_is_made_or_far_ahead_is_not_denied(story: Story) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types("/release train payments every day 14:00")
    await ana.clicks("Save", on=seen.message)
    seen = await ana.types("/release train skip payments tomorrow")
    assert "Its release is made already: payments 2026-12-02 (REL-2)." in seen.text
    assert "[Reschedule] [Cancel REL-2]" in seen.text
    seen = await ana.types("/release train skip payments 25 dec because xmas")
    assert "Skipped: the departure of payments on Fri 25 Dec 14:00." in seen.text
    await ana.clicks("Undo", on=seen.message)
    assert "does not depart then" in (await ana.types("/release train skip payments 25 dec 2029")).text


async def test_a_departure_that_is_skipped_is_not_named_as_the_next(story: Story) -> None:
    [ana] = story.people("ana")
    await ana.types("/release train payments every tue 14:00 Berlin")
    await ana.clicks("Save")
    await ana.types("/release train skip payments: 8 dec")
    seen = await ana.types("/release train skip payments 24 dec")
    assert "The payments train does not depart then. Next: Tue 15 Dec 14:00" in seen.text


async def test_the_next_departure_may_be_the_one_whose_release_is_made(story: Story) -> None:
    [ana] = story.people("ana")
    await ana.types("/release train search every weekday 14:00 Berlin")
    await ana.clicks("Save")
    await story.until("2026-12-02 10:00")
    seen = await ana.types("/release train skip search the offsite")
    asked = "The next departure of search has its release already: search 2026-12-02 (REL-2), 14:00 today. Which one"
    assert f"{asked} shall not take place?\n[Cancel REL-2] [Skip Fri 4 Dec 14:00]" in seen.text
    assert "skips the departure" not in story.room("#payments").reads()
    seen = await ana.clicks("Skip Fri 4 Dec 14:00", on=seen.message)
    assert "Skipped: the departure of search on Fri 4 Dec 14:00." in seen.text
    assert "Fri 4 Dec 14:00: “the offsite”" in story.room("#payments").reads()


async def test_who_skips_a_departure_whose_release_is_made_may_cancel_that_for_the_same_reason(story: Story) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types("/release train payments every day 14:00")
    await ana.clicks("Save", on=seen.message)
    await ana.types("/release train skip payments tomorrow nobody is here")
    await ana.clicks("Cancel REL-2")
    assert "🚫 Cancelled — Ana: “nobody is here”" in story.room("#payments").reads()


async def test_a_departure_that_was_skipped_is_not_in_a_freezes_way(story: Story) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types(TRAIN)
    await ana.clicks("Save", on=seen.message)
    await ana.types("/release train skip payments 22 dec")
    seen = await ana.types("/release freeze 21 dec to 24 dec payments because audit")
    assert "has a departure in it: Tue 22 Dec" not in seen.text, seen.text


async def test_what_should_have_left_an_hour_ago_is_not_the_next_departure(story: Story) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types(TRAIN)
    await ana.clicks("Save", on=seen.message)
    await story.until("2026-12-08 14:00")  # 15:00 in Berlin: nobody said go
    seen = await ana.types("/release train skip payments")
    assert "The next departure of payments has its release already" not in seen.text, seen.text


async def test_next_is_no_reason(story: Story) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types(TRAIN)
    await ana.clicks("Save", on=seen.message)
    await ana.types("/release train skip payments next")
    assert "“next”" not in story.room("#payments").reads()
