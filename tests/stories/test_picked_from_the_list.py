"""Whoever is picked from Slack's list is meant: Slack sends an id, with a handle that need not be their name."""

import pytest

from tests.story import Story

#: The rules alone: they are the same in every mode and on every database.
pytestmark = pytest.mark.once


async def test_a_handle_is_not_the_name_that_people_see(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    bo.user.name = "b.larsen1987"
    await ana.types("/release new payments 2.14.0 in 3h")

    assert "Bo is the captain of payments 2.14.0 now" in (await ana.types(f"/release captain <@{bo.id}>")).text
    assert (await ana.types(f"/release hold until <@{bo.id}> & QA are back")).text
    assert "Ana: “until @Bo & QA are back”" in story.room("#payments").reads()


async def test_a_mention_in_a_thread_names_nobody_but_by_id(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 in 3h")
    card = story.room("#payments").card("payments 2.14.0")

    await ana.types(f"@T-Minus captain <@{bo.id}>", thread=card)
    assert "captain Bo" in story.room("#payments").reads()
    await ana.types(f"@T-Minus no-go <@{bo.id}> is away", thread=card)
    assert "Ana: “@Bo is away”" in story.room("#payments").reads()


async def test_two_people_of_one_name_are_told_apart(story: Story) -> None:
    ana, _, eve = story.people("ana", "bo", "eve")
    await eve.changes(display_name="Bo")
    await ana.types("/release new payments 2.14.0 in 3h")
    await ana.types("/release new web 5.1 in 3h")

    asked = await ana.types(f"/release captain <@{eve.id}>")
    await ana.clicks("web 5.1 · Tue 1 Dec 12:00", on=asked.message)
    assert (await story.release("web 5.1")).captain == "eve", "also behind a question about which release"
