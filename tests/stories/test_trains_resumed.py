"""A train that runs again says what its pause has cost."""

import pytest

from tests.story import Story

#: The rules alone: they are the same in every mode and on every database.
pytestmark = pytest.mark.once


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
