"""All that was deployed is rolled back, and something never started: the rest is left out, and everybody hears it."""

from dataclasses import replace

from bot.release.policy import LIGHT
from tests.story import Actor, Story


async def half_back(story: Story) -> list[Actor]:
    ana, bo = story.people("ana", "bo")
    told = story.room("#releases").channel.id
    await story.follows(replace(LIGHT, name="told", is_default=True, status_channels=(told,)))
    await ana.types("/release new api 1.0 + web 1.0 today 10:00")
    await bo.types("/release go")
    for typed in ("deploy start api", "deploy done api", "rollback api", "rolled-back api"):
        await ana.types(f"/release {typed}")
    return [ana, bo]


async def ended(story: Story) -> None:
    stand = await story.release("api 1.0")
    assert stand.state == "rolled_back"
    row = "api 1.0 was rolled back at 09:00."
    assert row in story.room("#payments").reads() and story.room("#releases").reads().count(row) == 1


async def test_its_button_says_so_and_does_it(story: Story) -> None:
    ana, _ = await half_back(story)
    card = story.room("#payments").card("0 of 2 live")
    assert "[Start: web 1.0] [Leave out the rest]" in story.room("#payments").reads()
    await ana.clicks("Leave out the rest", on=card)
    await ended(story)


async def test_typed_it_is_asked_about_as_what_it_is(story: Story) -> None:
    ana, _ = await half_back(story)
    seen = await ana.types("/release rollback")
    assert "web 1.0 has not started, and will not: all else was rolled back." in seen.text
    assert (await story.release("api 1.0")).state == "deploying"
    await ana.clicks("Leave out", on=seen.message)
    await ended(story)


async def test_who_drops_it_tells_as_much(story: Story) -> None:
    ana, _ = await half_back(story)
    await story.advance(minutes=5)
    await ana.types("/release drop web")
    await ended(story)
