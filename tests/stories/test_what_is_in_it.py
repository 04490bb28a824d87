"""What is in a release may be typed behind its time, and a time that nobody can read loses nothing else."""

import pytest

from tests.story import Story

#: The rules alone: they are the same in every mode and on every database.
pytestmark = pytest.mark.once


@pytest.mark.parametrize("between", [",", ";", ":", " -", " –"])
async def test_what_stands_behind_the_time_is_what_is_in_it(story: Story, between: str) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types(f"/release new payments 5.5 to staging tomorrow 14:00{between} fix the cart; and more")
    assert "payments 5.5 (staging) is planned for Wed 2 Dec 14:00" in seen.text
    assert "In it: “fix the cart; and more”." in seen.text
    assert "fix the cart; and more" in (await ana.types("/release status payments")).text


async def test_a_time_that_is_asked_about_keeps_what_is_in_it(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 5.5 tomorrow, fix the cart")
    seen = await ana.clicks("Wed 2 Dec 14:00")
    assert "is planned for Wed 2 Dec 14:00" in seen.text and "In it: “fix the cart”." in seen.text


@pytest.mark.parametrize("behind", ["staging", "not on friday", "or 15:00 if need be"])
async def test_what_may_be_a_place_or_a_time_is_asked_about(story: Story, behind: str) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types(f"/release new payments 5.5 tomorrow 14:00, {behind}")
    assert "is not a time I can read" in seen.text, seen.text
    seen = await ana.clicks("Choose the time …")
    assert "Service: [payments]" in seen.text and "Version: [5.5]" in seen.text


@pytest.mark.parametrize(
    ("behind", "planned"),
    [
        ("web 5.1", "payments 5.5 + web 5.1 is planned"),
        ("to staging", "payments 5.5 (staging) is planned"),
        ("hotfix", "payments 5.5 is planned"),
        ("as a hotfix", "payments 5.5 is planned"),
    ],
)
async def test_a_part_a_place_and_a_kind_behind_the_time_are_that(story: Story, behind: str, planned: str) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types(f"/release new payments 5.5 tomorrow 14:00, {behind}")
    assert planned in seen.text and "In it" not in seen.text
