"""A comma or a colon after a name is none of it, and stands between names."""

import pytest

from tests.stories.test_parts import two_parts_approved
from tests.story import Story

#: The rules alone: they are the same in every mode and on every database.
pytestmark = pytest.mark.once


@pytest.mark.parametrize("typed", ["payments, web", "payments 2.14.0, web 5.1", "payments and web"])
async def test_parts_are_listed_with_a_comma_too(story: Story, typed: str) -> None:
    ana, bo = story.people("ana", "bo")
    await two_parts_approved(story, ana, bo)
    await ana.types("/release shipped")
    seen = await bo.types(f"/release rollback {typed}")
    assert set((await story.release("web")).parts.values()) == {"rolling_back"}, seen.text


@pytest.mark.parametrize("named", ["payments,", "payments:", "payments 2.14.0,"])
async def test_a_comma_after_the_name_is_none_of_it(story: Story, named: str) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 2.14.0 in 3h")
    seen = await ana.types(f"/release hold {named} the db is down")
    assert "Ana: “the db is down”" in story.room("#payments").reads(), seen.text
