"""The same version in several places: what is said names the place, and each part is reached by its own name."""

import pytest

from tests.story import Actor, Story

#: The rules alone: they are the same in every mode and on every database.
pytestmark = pytest.mark.once


async def test_a_staging_release_is_never_announced_as_production(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release setup")
    await ana.submits({"Status channel": "#releases"})
    await ana.closes_modal()

    seen = await ana.types("/release new pay 2.14.0 to staging in 2h")
    assert seen.text.startswith("pay 2.14.0 (staging) is planned for")
    assert "pay 2.14.0 (staging): " in bo.dm.reads("bo")
    await bo.types("/release go pay")
    assert "pay 2.14.0 (staging): go." in story.room("#payments").reads()
    asked = await ana.clicks("Start deploy", in_="#payments", confirm=False)
    assert "pay 2.14.0 goes to staging" in asked.text
    await ana.types("/release shipped")
    assert "pay 2.14.0 (staging) is live since" in story.room("#releases").reads()
    assert "pay 2.14.0 → staging" in story.room("#payments").reads()


async def test_staging_and_production_of_one_version_stand_side_by_side(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new pay 2.14.0 to staging in 2h")
    await ana.types("/release new pay 2.14.0 in 4h")

    listed = (await bo.types("/release list")).text
    assert "pay 2.14.0 (staging)  REL-1" in listed and "pay 2.14.0  REL-2" in listed
    asked = await ana.types("/release hold pay incident")
    assert "[pay 2.14.0 (staging) · Tue 1 Dec 11:00] [pay 2.14.0 · Tue 1 Dec 13:00]" in asked.text
    await ana.clicks("pay 2.14.0 · Tue 1 Dec 13:00", on=asked.message)
    assert (await story.release("pay 2.14.0", environment="production")).state == "on_hold"
    assert (await story.release("pay 2.14.0", environment="staging")).state == "open"

    await ana.types("/release hold pay 2.14.0 (staging) incident 42")
    assert (await story.release("pay 2.14.0", environment="staging")).state == "on_hold"
    assert "On hold — Ana: “incident 42”" in story.room("#payments").reads()


async def in_two_places(story: Story, ana: Actor, bo: Actor) -> None:
    """Web 5 to production and to eu, approved and deploying."""
    await ana.types("/release new")
    await ana.submits(service="web", version="5", when="in 2h", channel="#payments", parts="web 5 eu")
    await ana.closes_modal()
    await bo.types("/release go web")
    await ana.clicks("Start deploy", in_="#payments")


async def test_parts_that_differ_by_environment_have_buttons_of_their_own(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await in_two_places(story, ana, bo)
    card = story.room("#payments").reads()
    assert "web 5 → production and eu" in card and "[Done: web 5 (production)] [Done: web 5 (eu)]" in card

    await ana.clicks("Done: web 5 (eu)")
    stand = await story.release("web 5")
    assert stand.parts == {"web 5": "deploying", "web 5 (eu)": "live"}
    await ana.clicks("Done: web 5 (production)")
    assert (await story.release("web 5")).state == "released"
    assert "web 5 (production) and web 5 (eu) are live since" in story.room("#payments").reads()


async def test_the_part_that_failed_is_named_by_its_environment(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await in_two_places(story, ana, bo)
    asked = await ana.types("/release deploy fail web smoke test red")
    assert asked.text.startswith("Which part is “web”: web 5 (production) or web 5 (eu)?")
    assert (await story.release("web 5")).parts == {"web 5": "deploying", "web 5 (eu)": "deploying"}

    for name, part in (("web production", "web 5"), ("web 5 (eu)", "web 5 (eu)")):
        await ana.types(f"/release deploy fail {name} smoke test red")
        assert (await story.release("web 5")).parts[part] == "failed"
        assert "“smoke test red”" in story.room("#payments").reads()
    await ana.types("/release deploy start eu")
    assert (await story.release("web 5")).parts == {"web 5": "failed", "web 5 (eu)": "deploying"}
    await ana.types("/release rollback web 5 production")
    assert (await story.release("web 5")).parts["web 5"] == "rolling_back"


async def test_a_reason_that_begins_with_an_environment_stays_whole(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new")
    await ana.submits(service="web", version="5", when="in 2h", channel="#payments", parts="api 2")
    await ana.closes_modal()
    await bo.types("/release go web")
    await ana.clicks("Start deploy", in_="#payments")
    await ana.types("/release deploy fail production is down")
    assert (await story.release("web 5")).parts == {"web 5": "failed", "api 2": "failed"}
    assert "“production is down”" in story.room("#payments").reads()
