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
