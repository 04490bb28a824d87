"""Connections of Socket Mode come and go, and nobody's click is lost to that."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import WSMessage, WSMsgType
from structlog.testing import capture_logs

from bot.sandbox.deliver import Delivery
from bot.slack.socket import Socket
from tests.patience import limits
from tests.story import Story


@pytest.fixture
async def story(sqlite_database: str, tmp_path: Path) -> AsyncIterator[Story]:
    story = Story("socket", sqlite_database, tmp_path, [], [])
    await story.begins_with()
    yield story
    try:
        await story.ends()
    finally:
        await story.stops()


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_the_next_connection_is_there_before_the_last_one_goes(
    story: Story, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what came over the last one is answered over it: Slack counts no answer that comes over another."""
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 in 3h")
    sockets, run = story.box.sockets, story.app.dispatcher.run

    async def slowly(*args: Any, **kwargs: Any) -> Any:
        known = sockets.connected
        await sockets.disconnect(reason)
        await sockets.wait_for_new(known)
        return await run(*args, **kwargs)

    monkeypatch.setattr(story.app.dispatcher, "run", slowly)
    await bo.clicks("Go", in_="#payments")
    monkeypatch.undo()
    assert (await story.release("payments 2.14.0")).votes == {"bo": "go"}
    assert (await ana.types("/release status")).ok


async def test_a_connection_that_is_cut_is_followed_by_another_at_once(story: Story) -> None:
    (ana,) = story.people("ana")
    for _ in range(3):
        known = story.box.sockets.connected
        await story.box.sockets.cut()
        async with asyncio.timeout(8):  # the library's own client looks after ten seconds
            await story.box.sockets.wait_for_new(known)
        assert (await ana.types("/release list")).ok


async def test_an_answer_that_no_connection_takes_is_no_failure_of_ours(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 in 3h")
    run = story.app.dispatcher.run

    async def cut_meanwhile(*args: Any, **kwargs: Any) -> Any:
        await story.box.sockets.cut()
        return await run(*args, **kwargs)

    monkeypatch.setattr(story.app.dispatcher, "run", cut_meanwhile)
    known = story.box.sockets.connected
    with limits({"bot.sandbox.deliver.ACK_SECONDS": 3.0}):  # as in life: nothing will come, however long Slack waits
        await bo.in_vain.clicks("Go", in_="#payments")
    monkeypatch.undo()
    await story.box.sockets.wait_for_new(known)
    assert (await story.release("payments 2.14.0")).votes == {"bo": "go"}, "stored, though nobody could be told"


async def test_what_cannot_be_read_is_one_line_and_the_socket_stays(story: Story) -> None:
    (ana,) = story.people("ana")
    known = story.box.sockets.connected
    with capture_logs() as lines:
        unanswered = []
        for odd in ("x", 5, ["x"], {"a": {"b": 1}}):
            payload = {"type": "block_actions", "team": odd, "enterprise": odd, "user": odd, "actions": [{}]}
            sent = story.box.sockets.push(Delivery("interactive", payload), 0, "")
            unanswered.append(asyncio.ensure_future(sent))
            assert (await ana.types("/release list")).ok, "which comes after it"
    said = {(line["event"], line["log_level"]) for line in lines if line["log_level"] != "info"}
    assert said == {("request_unreadable", "warning"), ("not_understood", "warning")}
    assert story.box.sockets.connected == known
    for one in unanswered:
        one.cancel()


async def test_a_frame_that_cannot_be_read_leaves_the_socket(story: Story) -> None:
    [ana] = story.people("ana")
    known = story.box.sockets.connected
    with capture_logs() as lines:
        for frame in ("[" * 100_000, "5", "x", '{"envelope_id":5}', '{"envelope_id":"e","payload":5}'):
            for socket in list(story.box.sockets._open):
                await socket.send_str(frame)
            assert (await ana.types("/release list")).ok, "which comes after it"
    assert story.box.sockets.connected == known
    assert [line for line in lines if line["log_level"] == "error"] == []


async def test_connections_that_end_at_once_are_opened_at_longer_and_longer_intervals(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As where too many are open: Slack lets an app ask for an address 50 times a minute, and one may work later."""
    waits: list[float] = []
    seen = asyncio.Event()

    class Gone:
        closed = True

        async def receive(self) -> WSMessage:
            return WSMessage(WSMsgType.CLOSED, None, None)

        async def close(self) -> None:
            pass

    class Slack:
        async def ws_connect(self, url: str, **_: Any) -> Gone:
            return Gone()

    async def find() -> str:
        return "wss://slack"

    async def pause(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 6:
            seen.set()
            raise asyncio.CancelledError

    async def hear(envelope: Any) -> None:
        pass

    monkeypatch.setattr(asyncio, "sleep", pause)
    socket = Socket(Slack(), find, hear)  # type: ignore[arg-type]
    await socket.connect("wss://slack")
    await asyncio.wait_for(seen.wait(), 5)
    await socket.close()
    assert waits == sorted(waits) and waits[-1] >= 5.0
