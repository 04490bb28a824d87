"""Connections of Socket Mode come and go, and nobody's click is lost to that."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

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
    await bo.in_vain.clicks("Go", in_="#payments")
    monkeypatch.undo()
    await story.box.sockets.wait_for_new(known)
    assert (await story.release("payments 2.14.0")).votes == {"bo": "go"}, "stored, though nobody could be told"
