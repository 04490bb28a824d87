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


@pytest.mark.parametrize("typed", ["payments: 5.6 today 16:00", "payments 5.6, today 16:00", "payments, 5.6: 16:00"])
async def test_what_ends_a_name_in_a_sentence_is_no_part_of_it_and_no_freeze_is_passed_by_it(
    story: Story, typed: str
) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release freeze now to fri payments because audit")
    await ana.clicks("Freeze it")
    seen = await ana.types(f"/release new {typed}")
    assert "payments 5.6 is planned for" in seen.text
    await bo.types("/release go payments 5.6")
    seen = await ana.types("/release shipped REL-1")
    assert "You can't start payments 5.6 now:\nThe freeze of payments" in seen.text.replace("❄️ ", "")


async def test_what_is_frozen_muted_or_versioned_is_read_without_it_too(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 5.6 today 16:00")
    seen = await ana.types("/release freeze now to fri payments: because audit")
    assert "payments:" not in seen.text and "payments" in seen.text
    assert "Muted: payments." in (await ana.types("/release mute payments,")).text
    assert "payments 5.7 now" in (await ana.types("/release version 5.7,")).text
