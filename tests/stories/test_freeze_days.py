"""The days that a freeze is typed with are those that people mean."""

import pytest

from tests.story import Story

#: The rules alone: they are the same in every mode and on every database.
pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("typed", "lasts"),
    [
        ("tomorrow to fri", "00:00 tomorrow – 00:00 Dec 5"),
        ("now to tomorrow", "09:00 today – 00:00 Dec 3"),
        ("today to fri", "09:00 today – 00:00 Dec 5"),
        ("now to today", "09:00 today – 00:00 tomorrow"),
        ("tue to fri", "00:00 today – 00:00 Dec 5"),
        ("the day after tomorrow to fri", "00:00 Dec 3 – 00:00 Dec 5"),
        ("today 18:00 to tomorrow", "18:00 today – 00:00 Dec 3"),
        ("wed to fri", "00:00 tomorrow – 00:00 Dec 5"),
    ],
)
async def test_the_days_of_a_freeze_are_told_from_today(story: Story, typed: str, lasts: str) -> None:
    """It is Tuesday, nine in the morning in Berlin."""
    (ana,) = story.people("ana")
    seen = await ana.types(f"/release freeze {typed} because audit")
    assert lasts in seen.text


@pytest.mark.parametrize("typed", ["tomorrow to fri (staging)", "payments (staging) tomorrow to fri"])
async def test_a_place_in_brackets_is_frozen_as_cards_write_it(story: Story, typed: str) -> None:
    (ana,) = story.people("ana")
    await ana.types(f"/release freeze {typed} because audit")
    await ana.clicks("Freeze it")
    assert "“audit”" in (await ana.types("/release new payments 5.5 (staging) thu 15:00")).text


async def test_a_freeze_does_not_end_before_it_begins(story: Story) -> None:
    """Tomorrow is Wednesday, whatever day stands before it."""
    (ana,) = story.people("ana")
    seen = await ana.types("/release freeze fri to tomorrow")
    assert "would end before it starts" in seen.text, seen.text


async def test_a_word_that_names_no_service_may_be_why(story: Story) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types("/release freeze fri 16:00 to mon 08:00 weekend")
    assert "a freeze of weekend" in seen.text and "⚠️ No service called weekend was planned here so far." in seen.text
    seen = await ana.clicks("Freeze everything")
    assert "Saved: a freeze of everything, 16:00 Dec 4 – 08:00 Dec 7: “weekend”" in seen.text, seen.text


async def test_a_service_that_was_planned_or_has_a_train_is_frozen_without_a_doubt(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release train web every tue 14:00 Berlin")
    await ana.clicks("Save")
    await ana.types("/release new payments 5.5 thu 15:00")
    await ana.types("/release cancel payments not needed")
    for service in ("web", "payments"):
        seen = await ana.types(f"/release freeze fri 16:00 to mon 08:00 {service}")
        assert f"a freeze of {service}" in seen.text and "⚠️" not in seen.text
        assert "Freeze everything" not in seen.text


async def test_a_freeze_and_the_trains_that_would_meet_it_name_each_other(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release train web every tue 14:00 Berlin")
    await ana.clicks("Save")
    seen = await ana.types("/release freeze 14 dec to 23 dec because audit")
    assert "🚆 The web train has departures in it: Tue 15 Dec 14:00 and Tue 22 Dec 14:00." in seen.text
    await ana.clicks("Freeze it")
    listed = (await ana.types("/release trains")).text
    departs, frozen = listed.index("• Tue 15 Dec 14:00"), listed.index("❄️ The freeze of everything (freeze 1)")
    assert departs < frozen and "❄️" not in listed[:departs]


async def test_who_is_asked_about_what_is_frozen_reads_that_it_is(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release freeze tomorrow to fri because audit")
    await ana.clicks("Freeze it")
    await ana.types("/release new payments 2.0 thu 15:00")
    await story.until("16:00")
    asked = bo.dm.reads("bo")
    assert "Goes live at" not in asked and "Planned for 09:00 Dec 3 · asked by Ana" in asked
    assert "The freeze of everything (freeze 1) lasts" in asked
    await story.until("2026-12-02 16:00")
    assert "payments 2.0 is planned for 15:00 tomorrow." in ana.dm.reads("ana"), "it does not go live then"


async def test_the_next_free_time_is_no_other_releases(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release freeze thu to fri because audit")
    await ana.clicks("Freeze it")
    await ana.types("/release new web 1.0 thu 11:00")
    await ana.types("/release new web 1.1 fri 11:00")
    for version, free in (("1.0", "Mon 7 Dec 09:00"), ("1.1", "Mon 7 Dec 10:00")):
        seen = await ana.types(f"/release why web {version}")
        assert "Next free: " in seen.text, seen.text
        seen = await ana.clicks("Take the next free time")
        assert f"web {version} is now planned for {free}" in seen.text and "⚠️" not in seen.text, seen.text
