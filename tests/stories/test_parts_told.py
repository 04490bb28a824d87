"""What is told of a release of several parts, to subscribers, in digests and plans, is true of each of them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.release.policy import LIGHT
from tests.stories.test_parts import two_parts_approved
from tests.stories.test_subscriptions import subscribe
from tests.story import Actor, Story

#: The rules alone: they are the same in every mode and on every database.
pytestmark = pytest.mark.once


async def two_parts(story: Story, ana: Actor, tom: Actor) -> None:
    """Payments and web for ten o'clock, with a go; #duo hears everything, #releases the outcomes."""
    await subscribe(story, "ana", "all all daily 17:00", "#duo")
    await subscribe(story, "ana", "all outcomes", "#releases")
    await ana.types("/release new")
    await ana.submits(service="payments", version="3.0", when="today 10:00", parts="web 5.1")
    await ana.closes_modal()
    await tom.types("/release go payments")
    await story.until("09:00")


def heard(story: Story, room: str) -> list[str]:
    """What the room reads about it, without the question whom to ask."""
    lines = [line.removeprefix("T-Minus: ") for line in story.room(room).reads().splitlines()]
    return [line.partition(" Trouble?")[0] for line in lines if line.startswith("payments 3.0")]


async def test_what_was_done_to_one_part_is_told_of_that_part(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await two_parts(story, ana, tom)
    before = len(heard(story, "#duo"))
    for typed in ("deploy start payments 3.0", "deploy start web 5.1", "deploy fail web 5.1 out of memory",
                  "deploy done payments 3.0", "rollback web 5.1"):  # fmt: skip
        await ana.types(f"/release {typed}")
    assert heard(story, "#duo")[before:] == [
        "payments 3.0 + web 5.1: the deploy of payments 3.0 has started.",
        "payments 3.0 + web 5.1: the deploy of web 5.1 has started.",
        "payments 3.0 + web 5.1: the deploy of web 5.1 failed. It is tried again or rolled back.",
        "payments 3.0 + web 5.1: the deploy of payments 3.0 is done.",
        "payments 3.0 + web 5.1: web 5.1 is being rolled back.",
    ]
    await ana.types("/release rolled-back web 5.1")
    outcome = "payments 3.0 is live since 10:00, on time. web 5.1 was rolled back. 1 sign-off."
    assert heard(story, "#duo")[-1] == outcome and heard(story, "#releases") == [outcome], "and that once"
    await story.until("16:01")
    digest = story.room("#duo").reads().split("Went live (1)")[1]
    assert "• payments 3.0, Tue 1 Dec 10:00, on time; web 5.1 was rolled back · #payments" in digest


async def test_what_was_done_to_all_of_it_is_told_of_the_release(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await two_parts(story, ana, tom)
    before = len(heard(story, "#duo"))
    for typed in ("deploy start", "deploy done", "rollback REL-1"):
        await ana.types(f"/release {typed}")
    live = "payments 3.0 and web 5.1 are live since 10:00, on time. 1 sign-off."
    assert heard(story, "#duo")[before:] == [
        "payments 3.0 + web 5.1: the deploy has started.",
        live,
        "payments 3.0 + web 5.1 is being rolled back.",
    ]
    await ana.types("/release rolled-back")
    back = "payments 3.0 + web 5.1 was rolled back at 10:00."
    assert heard(story, "#duo")[-1] == back and heard(story, "#releases") == [live, back]


async def test_a_part_rolled_back_once_all_was_said_to_be_live_is_told_as_well(story: Story) -> None:
    """Who heard that web is live hears that it is not any more; and a digest written meanwhile says so."""
    ana, tom = story.people("ana", "tom")
    await story.follows(replace(LIGHT, name="watched", is_default=True, monitoring=timedelta(hours=10)))
    await two_parts(story, ana, tom)
    await ana.types("/release shipped")
    await story.until("15:59")
    await ana.types("/release rollback web 5.1")
    assert "↩️ Rolling back web 5.1" in (await tom.types("/release calendar", in_="#duo")).text
    await story.until("16:01")
    digest = story.room("#duo").reads().split("Went live (1)")[1]
    assert "• payments 3.0, Tue 1 Dec 10:00, on time; web 5.1 is being rolled back · #payments" in digest
    await ana.types("/release rolled-back web 5.1")
    told = "payments 3.0 + web 5.1: web 5.1 was rolled back at 17:01."
    assert heard(story, "#duo")[-1] == told and heard(story, "#releases")[-1] == told
    await story.until("19:30")
    assert heard(story, "#duo")[-1] == "payments 3.0 + web 5.1: monitoring ended."


async def test_a_part_that_was_dropped_is_named(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await two_parts(story, ana, tom)
    await ana.types("/release drop payments web")
    assert heard(story, "#duo")[-1] == "payments 3.0 goes without web 5.1."


async def test_the_plan_of_what_was_rolled_back_says_so(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await two_parts_approved(story, ana, bo)
    await ana.types("/release shipped web 5.1")
    await ana.types("/release shipped payments 2.14.0")
    await story.advance(minutes=20)
    await bo.types("/release rollback web 5.1 login is broken")
    await bo.submits({})
    seen = await ana.types("/release timeline")
    assert "✓ 16:20 today  Rollback started: web 5.1" in seen.text
    await bo.types("/release rolled-back")
    await bo.types("/release rollback payments 2.14.0")
    await story.advance(minutes=10)
    await bo.types("/release rolled-back")
    seen = await ana.types("/release timeline REL-1")
    assert "✓ 16:00 today  Live\n✓ 16:30 today  Rolled back\n" in seen.text


async def test_what_is_said_of_one_part_afterwards_is_not_said_of_the_next(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await two_parts_approved(story, ana, bo)
    await ana.types("/release shipped")
    await bo.types("/release rollback web 5.1")
    await bo.clicks("Say why", on=story.room("#payments").messages[-1])
    await bo.submits({"Why was web 5.1 rolled back?": "the login; and the cart"})
    await bo.types("/release rolled-back")
    seen = await bo.types("/release rollback payments 2.14.0 error rate; all of it")
    await bo.clicks("Roll back", on=seen.message)
    card = story.room("#payments").reads()
    assert "↩️ Rolling back payments 2.14.0 — “error rate; all of it”" in card
    await bo.types("/release rolled-back")
    why = "payments 2.14.0: error rate; all of it; web 5.1: the login; and the cart"
    assert f"↩️ Rolled back at 16:00 today — “{why}”" in story.room("#payments").reads()


async def test_a_part_named_in_a_mention_is_chosen_where_its_button_asks_which(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await two_parts_approved(story, ana, bo)
    await ana.types("/release shipped")
    seen = await bo.types("@T-Minus rollback web it is slow", thread=story.room("#payments").card("REL-1"))
    dialog = await bo.clicks("Roll back", on=seen.message)
    assert "it is slow" in dialog.text and "web 5.1" in dialog.text
    await bo.submits({})
    assert (await story.release("payments")).parts == {"payments 2.14.0": "live", "web 5.1": "rolling_back"}


async def test_its_thread_says_that_a_part_is_done(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await two_parts(story, ana, tom)
    for typed in (
        "deploy start payments 3.0",
        "deploy done payments 3.0",
        "deploy start web 5.1",
        "deploy done web 5.1",
    ):
        await ana.types(f"/release {typed}")
    told = " ".join(story.room("#payments").threads())
    assert "Ana finished the deploy of payments 3.0." in told
    assert "Ana finished the deploy of web 5.1." not in told, "that all of it is live says so"
