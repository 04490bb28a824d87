"""What is said of a release, or of two at once, is answered with what can be done to them, one click away."""

import pytest

from tests.story import Story

#: The words alone: they are the same in every mode and on every database.
pytestmark = pytest.mark.once


@pytest.mark.parametrize("typed", ["go api and mobile", "go api, mobile", "go api 3.2 + mobile 4"])
async def test_two_releases_in_one_line_are_answered_one_by_one(story: Story, typed: str) -> None:
    ana, bo = story.people("ana", "bo")
    for planned in ("api 3.2", "mobile 4", "web 2"):
        await ana.types(f"/release new {planned} tomorrow 15:00")
    asked = await bo.types(f"/release {typed}")
    assert "One at a time. Which one do you mean?" in asked.text
    assert "[api 3.2 · " in asked.text and "[mobile 4 · " in asked.text and "web 2" not in asked.text
    assert (await story.release("api")).votes == {}
    await bo.clicks("mobile 4 · Wed 2 Dec 09:00")
    assert (await story.release("mobile")).state == "approved"


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("start payments", "[Start deploy]"),
        ("start", "[Start deploy]"),
        ("payments 3.1 is live", "[Shipped] [Status]"),
        ("payments is done", "[Shipped] [Status]"),
        ("payments went out", "[Shipped] [Status]"),
        ("finished payments", "[Shipped]"),
        ("payments is broken", "[Hold]"),
        ("stop payments", "[Hold] [Cancel the release]"),
    ],
)
async def test_what_may_be_meant_of_a_release_is_one_click_away(story: Story, typed: str, offered: str) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 15:00")
    await bo.types("/release go")
    asked = await ana.types(f"/release {typed}")
    assert "Did you mean" in asked.text and asked.text.endswith(offered), asked.text
    assert (await story.release("payments")).state == "approved", "a guess does nothing"


async def test_what_is_asked_of_a_release_is_answered_with_how_it_stands(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 3.1 today 15:00")
    for typed in ("payments is live?", "payments 3.1 live yet?", "payments?", "payments shipped?", "payments go?"):
        assert (await ana.types(f"/release {typed}")).text.startswith("payments 3.1 → production   REL-1"), typed


async def test_what_is_offered_for_such_words_are_the_persons_own_rights(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 15:00")
    await bo.types("/release go")
    assert "[Start deploy]" not in (await bo.types("/release start payments")).text
    asked = await ana.types("/release finished payments")
    await ana.clicks("Shipped", on=asked.message)
    assert (await story.release("payments")).state == "released"


async def test_a_time_that_cannot_be_read_opens_the_dialog_for_it(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 3.1 today 15:00")
    asked = await ana.types("/release reschedule payments to whenever")
    await ana.clicks("Choose the time …", on=asked.message)
    await ana.submits(when="tomorrow half past 3 pm")
    assert (await story.release("payments")).planned == "2026-12-02 15:30 Europe/Berlin"
