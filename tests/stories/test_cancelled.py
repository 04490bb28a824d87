"""What is asked of a cancelled release is refused with what can be done instead."""

import pytest

from tests.story import Story

#: The rules alone: they are the same in every mode and on every database.
pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    "typed", ["go {}", "hold {} why", "reschedule {} tomorrow 15:00", "deploy start {}", "cancel {}"]
)
async def test_it_can_be_planned_again(story: Story, typed: str) -> None:
    ana, tom = story.people("ana", "tom")
    await tom.types("/release new payments 3.0 to staging tomorrow 14:00")
    await tom.types("/release cancel payments 3.0 not now")
    seen = await tom.types("/release " + typed.format("REL-1"))
    again = "It can be planned again: /release new payments 3.0 to staging tomorrow 14:00."
    assert "payments 3.0 (staging): it is cancelled" in seen.text and again in seen.text
    made = await ana.types("/" + again.partition("/")[2].rstrip("."))
    assert "payments 3.0 (staging) is planned for" in made.text
    seen = await tom.types("/release " + typed.format("REL-1"))
    assert "It is planned again: REL-2." in seen.text


async def test_of_several_parts_the_dialog_asks(story: Story) -> None:
    [ana] = story.people("ana")
    await ana.types("/release new")
    await ana.submits(service="payments", version="3.0", when="tomorrow 14:00", parts="web 5.1")
    await ana.closes_modal()
    await ana.types("/release cancel REL-1 not now")
    seen = await ana.types("/release hold REL-1 why")
    assert "It can be planned again: /release new." in seen.text


async def test_a_button_of_before_says_so_too(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.0 tomorrow 14:00")
    card = story.room("#payments").card("REL-1")
    await ana.types("/release cancel REL-1 not now")
    seen = await bo.clicks("Go", on=card, stale=True)
    assert "it is cancelled. It can be planned again: /release new payments 3.0 tomorrow 14:00." in seen.text
