"""Slack's limits are kept by all bots of a workspace together, and by one that has just started."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from bot.release.policy import LIGHT
from bot.sandbox.traffic import Entry
from storage.work import Work
from tests.story import Actor, Story

SERVICES = ("payments", "search", "mail", "ledger", "media", "login")
#: So many that each crowd needs fewer edits of cards than Slack takes in a minute (50), and both need more.
CROWD = 5


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


#: More than Slack lets a bot look into channels in a minute (50), or open direct messages.
MANY = 55


async def test_however_many_posts_got_lost_they_are_looked_for_as_slowly_as_slack_lets(story: Story) -> None:
    rooms = [f"#team{number}" for number in range(MANY)]
    lanes = [story.box.found(room, ["ana"]).channel.id for room in rooms]
    story.box.faults.add("chat.postMessage", "drop_after", times=MANY)
    refused = refusals(story)

    def told(work: Work) -> None:
        for lane in lanes:
            work.outbox.put("notice", lane, payload={"message": {"text": "It's go."}})

    await story.app.store.write(told, workspace=story.app.workspace)
    await story.quiet()
    assert refused == []
    assert [len(story.room(room).messages) for room in rooms] == [1] * MANY


async def test_however_many_files_are_sent_slack_is_asked_for_no_step_of_them_too_often(story: Story) -> None:
    people = [story.box.hire(f"qa{number}", f"QA {number}", rooms=["#payments"]).id for number in range(MANY)]
    refused = refusals(story)

    def filed(work: Work) -> None:
        for person in people:
            file = {"filename": "record.json", "title": "The record", "content": "{}"}
            work.outbox.put("file", person, payload=file)

    await story.app.store.write(filed, workspace=story.app.workspace)
    await story.quiet()
    assert refused == []


async def test_what_failed_together_is_not_tried_again_together(story: Story) -> None:
    """A Slack that comes back is not met by everything at once; and nothing is tried sooner than it should be."""
    rooms = [story.box.found(f"#team{number}", ["ana"]).channel.id for number in range(8)]
    story.box.faults.add("chat.postMessage", "error", code="service_unavailable", times=len(rooms))
    story.endings.may_be_refused("chat.postMessage", "service_unavailable")

    def told(work: Work) -> None:
        for room in rooms:
            work.outbox.put("notice", room, payload={"message": {"text": "It's go."}})

    def put_off(work: Work) -> list[datetime]:
        return [row.next_try_at for row in work.outbox.unsettled(20) if row.next_try_at is not None]

    failed_at = story.wire.instant()
    await story.app.store.write(told, workspace=story.app.workspace)
    story.app.delivery.nudge()
    async with asyncio.timeout(30):
        while len(again := await story.app.store.read(put_off)) < len(rooms):
            continue
    assert len(set(again)) == len(rooms)
    assert min(again) >= failed_at + timedelta(seconds=1)
    await story.quiet()
