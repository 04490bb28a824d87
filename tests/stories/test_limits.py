"""Slack's limits are kept by all bots of a workspace together, and by one that has just started."""

from dataclasses import replace

from bot.release.policy import LIGHT
from bot.sandbox.traffic import Entry
from tests.story import Actor, Story

SERVICES = ("payments", "search", "mail", "ledger", "media", "login")
#: So many that each crowd needs fewer edits of cards than Slack takes in a minute (50), and both need more.
CROWD = 6


def crowd(story: Story, team: str) -> list[Actor]:
    hired = [story.box.hire(f"{team}{n}", f"{team} {n}", rooms=["#payments"]) for n in range(CROWD)]
    return story.people(*(person.user.name for person in hired))


def refusals(story: Story) -> list[Entry]:
    """Fills with what Slack answers 429 from now on."""
    heard: list[Entry] = []
    story.box.traffic.listeners.append(lambda entry: heard.append(entry) if entry.summary == "ratelimited" else None)
    return heard


async def all_say_go(people: list[Actor]) -> None:
    for person in people:
        for service in SERVICES:
            await person.at_once.types(f"/release go {service}")
        await person.types("/release status payments")


async def test_a_bot_that_starts_knows_what_was_sent_before_it(story: Story) -> None:
    before, after = crowd(story, "qa"), crowd(story, "dev")
    (ana,) = story.people("ana")
    await story.restarts()  # it finds them there
    await story.follows(replace(LIGHT, name="slow", is_default=True, close="deadline"))
    for service in SERVICES:
        await ana.types(f"/release new {service} 2.14.0 tomorrow 14:00")
    await story.advance(minutes=5)
    refused, began = refusals(story), story.wire.monotonic()
    await all_say_go(before)
    assert story.wire.monotonic() - began < 60
    await story.restarts()
    await all_say_go(after)
    assert story.wire.monotonic() - began >= 60, "the rest had to wait for the minute to be over"
    assert refused == []
    assert len((await story.release("payments")).votes) == 2 * CROWD


async def test_a_bot_that_starts_leaves_a_second_between_posts_to_a_channel(story: Story) -> None:
    (ana,) = story.people("ana")
    refused, began = refusals(story), story.wire.monotonic()
    for number in range(6):
        await ana.types(f"/release new payments 2.{number}.0 tomorrow {8 + number}:00")
        await story.restarts()
    assert refused == [] and story.wire.monotonic() - began >= 5
    assert story.room("#payments").reads().count("→ production") == 6
