"""Where one person is meant, whoever names two is asked which, and nobody is left out without a word."""

import pytest

from tests.story import Story

#: The rules alone: they are the same in every mode and on every database.
pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("captain payments {bo} {eve}", "A release has one captain, and you named Bo and Eve. "),
        ("captain @bo @eve", "A release has one captain, and you named Bo and Eve. "),
        ("edit payments deployer {eve} {bo}", "A release has one deployer, and you named Eve and Bo. "),
        ("stand-in payments {bo} {eve}", "One stand-in is asked at a time, and you named Bo and Eve. "),
        ("away until fri 14:00 {bo} {eve}", "One person answers for you, and you named Bo and Eve. "),
    ],
)
async def test_two_people_where_one_is_meant(story: Story, typed: str, says: str) -> None:
    ana, bo, eve = story.people("ana", "bo", "eve")
    await ana.types("/release new payments 3.0 today 14:00")
    seen = await ana.types("/release " + typed.format(bo=f"<@{bo.id}>", eve=f"<@{eve.id}>"))
    assert says + "For example: /release " in seen.text
    assert (await story.release("payments")).captain == "ana"
    assert "You are not away" in (await ana.types("/release away back")).text
    shown = seen.text.partition("For example: /release ")[2].removesuffix(".")
    assert shown.count("@") == 1, "and the example is of one"
