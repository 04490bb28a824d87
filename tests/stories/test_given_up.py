"""Somewhere nothing can be said, or not now: it ends in a named state, with what to do, and nobody else waits."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from storage.work import Work
from tests.story import Actor, Story

pytestmark = pytest.mark.both

UNARCHIVE = "unarchive the channel"


def lost(work: Work) -> set[tuple[str, str | None]]:
    """The states of what did not arrive, with the errors and what to do."""
    return {(row.state, row.error) for row in work.outbox.undelivered(50)}


@pytest.mark.parametrize(
    ("befalls", "errors"),
    [
        (lambda ana: ana.archives("#payments"), {f"{error}: {UNARCHIVE}" for error in ("is_archived", "is_inactive")}),
        (lambda ana: ana.types("/remove @T-Minus"), {"not_in_channel: invite the bot to the channel"}),
    ],
    ids=["archived", "kicked"],
)
async def test_a_channel_that_is_closed_to_the_bot_keeps_no_release_from_its_go(
    story: Story, befalls: Callable[[Actor], Awaitable[Any]], errors: set[str]
) -> None:
    ana, bo = story.people("ana", "bo")
    for method, error in (("chat.postMessage", "is_archived"), ("chat.update", "is_inactive"),
                          ("chat.postMessage", "not_in_channel")):  # fmt: skip
        story.endings.may_be_refused(method, error)
    story.endings.may_stay_undelivered("dead")
    await ana.types("/release new payments 2.14.0 in 10h")
    await befalls(ana)
    assert "It's go." in (await bo.types("/release go payments", in_="dm")).text
    assert (await story.release("payments 2.14.0")).state == "approved"
    assert await story.app.store.read(lost, workspace=story.app.workspace) == {("dead", error) for error in errors}
    told = (await ana.types("/release health", in_="dm")).text
    assert all(error in told for error in errors), told


async def test_a_person_who_is_gone_is_told_nothing_and_admins_hear_why(story: Story) -> None:
    (ana,) = story.people("ana")
    dora = story.box.workspace.user_called("dora").id
    story.endings.may_be_refused("chat.postMessage", "user_disabled")
    story.endings.may_stay_undelivered("dead")
    message = {"message": {"text": "You are asked."}}
    await story.app.store.write(
        lambda work: work.outbox.put("direct", dora, payload=message), workspace=story.app.workspace
    )
    await story.quiet()
    told = (await ana.types("/release health")).text
    assert "A direct message for Dora did not arrive" in told
    assert "user_disabled: the person was deactivated" in told


async def test_no_channel_waits_for_one_that_slack_is_slow_about(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    slow, quick = (story.box.found(name, ["ana"]) for name in ("#slow", "#quick"))
    client = story.app.delivery.client
    go_on, send = asyncio.Event(), client.api_call

    async def stands_still(method: str, **arguments: Any) -> Any:
        if arguments["json"]["channel"] == slow.id:
            await go_on.wait()
        return await send(method, **arguments)

    monkeypatch.setattr(client, "api_call", stands_still)

    def told(work: Work) -> None:
        for room in (slow, quick, quick):
            work.outbox.put("notice", room.id, payload={"message": {"text": f"It's go in {room.channel.name}."}})

    await story.app.store.write(told, workspace=story.app.workspace)
    story.app.delivery.nudge()
    async with asyncio.timeout(30):
        while len(quick.messages) < 2:
            await story.app.store.read(lambda work: work.outbox.depth())
    assert slow.messages == []
    go_on.set()
    await story.quiet()
    assert len(slow.messages) == 1
