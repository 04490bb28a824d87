"""A release whose rest is left out, at once or days after its rollback."""

from dataclasses import replace

import pytest

from bot.release.policy import LIGHT
from tests.story import Actor, Story

pytestmark = pytest.mark.once


async def test_why_typed_where_the_rest_is_left_out_is_kept(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new api 1.0 + web 1.0 today 10:00")
    await bo.types("/release go")
    for typed in ("deploy start api", "deploy done api", "rollback api", "rolled-back api"):
        await ana.types(f"/release {typed}")
    seen = await ana.types("/release rollback REL-1 error rate doubled")
    assert "Why: “error rate doubled”." in seen.text
    await ana.clicks("Leave out", on=seen.message)
    assert "error rate doubled" in (await ana.types("/release status REL-1")).text


async def left_out_days_later(story: Story) -> Actor:
    ana, bo = story.people("ana", "bo")
    told = story.room("#releases").channel.id
    await story.follows(replace(LIGHT, name="told", is_default=True, status_channels=(told,)))
    await ana.types("/release new api 1.0 + web 1.0 today 10:00")
    await bo.types("/release go")
    for typed in ("deploy start api", "deploy done api", "rollback api", "rolled-back api"):
        await ana.types(f"/release {typed}")
    await story.advance(days=9)
    await ana.types("/release drop web")
    return ana


async def test_a_release_that_ends_days_after_its_rollback_is_looked_back_at(story: Story) -> None:
    """Only then is it over: nobody would be asked how it went, were it closed in that moment."""
    await left_out_days_later(story)
    assert (await story.release("api 1.0")).state == "rolled_back"


async def test_a_rollback_of_last_week_is_told_with_its_day(story: Story) -> None:
    await left_out_days_later(story)
    told = story.room("#releases").reads()
    assert "api 1.0 was rolled back at 09:00 Dec 1." in told, told
