"""response_url: five uses in thirty minutes, private by default, and what it may replace."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from slack_bolt.app.async_app import AsyncApp

from bot.clock import StoryClock
from bot.sandbox.server import Sandbox
from tests.sandbox.calls import caller
from tests.sandbox.sample import actions, bolt, button, sandbox, section


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[Sandbox, AsyncApp, list[str]]]:
    """A workspace whose app collects every response_url."""
    async with sandbox() as slack, bolt(slack) as app:
        urls: list[str] = []

        @app.command("/release")
        @app.action("vote")
        async def hear(ack: Any, body: Any) -> None:
            urls.append(body["response_url"])
            await ack()

        yield slack, app, urls


async def test_a_response_url_works_five_times() -> None:
    async with listening() as (slack, _, urls), caller(slack) as call:
        await slack.person("ana").types("/release")
        for number in range(5):
            assert await call.post(urls[0], {"text": f"answer {number}"}) == (200, "ok")
        assert await call.post(urls[0], {"text": "too many"}) == (404, "used_url")
        assert len(slack.person("ana").ephemerals) == 5
        assert slack.room("#payments").messages == [], "private unless said otherwise"


async def test_a_response_url_ends_after_thirty_minutes() -> None:
    async with listening() as (slack, _, urls), caller(slack) as call:
        clock = slack.world.clock
        assert isinstance(clock, StoryClock)
        await slack.person("ana").types("/release")
        await clock.advance(timedelta(minutes=30))
        assert (await call.post(urls[0], {"text": "just in time"}))[0] == 200
        await clock.advance(timedelta(seconds=1))
        assert await call.post(urls[0], {"text": "late"}) == (404, "expired_url")


async def test_an_answer_may_be_for_all_even_where_the_bot_is_no_member() -> None:
    async with listening() as (slack, _, urls), caller(slack) as call:
        await slack.person("finn").types("/release", in_="#checkout")
        await call.post(urls[0], {"text": "hello all", "response_type": "in_channel"})
        assert slack.room("#checkout").reads() == "T-Minus: hello all"


async def test_a_private_question_is_replaced_and_taken_away() -> None:
    async with listening() as (slack, _, urls), caller(slack) as call:
        bo = slack.person("bo")
        ask = {"text": "Why?", "blocks": [section("Why?"), actions(button("Go", "vote"))]}
        await call("chat.postEphemeral", channel=slack.room("#payments").id, user=bo.id, **ask)
        await bo.clicks("Go")
        await call.post(urls[0], {"text": "Thanks.", "replace_original": True})
        assert [bo.reads(message) for message in bo.ephemerals] == ["Thanks."]
        await call.post(urls[0], {"delete_original": True})
        assert bo.ephemerals == []


async def test_a_card_is_replaced_and_an_answer_goes_to_its_thread() -> None:
    async with listening() as (slack, _, urls), caller(slack) as call:
        blocks = [section("card"), actions(button("Go", "vote"))]
        await call("chat.postMessage", channel=slack.room("#payments").id, text="card", blocks=blocks)
        await slack.person("bo").clicks("Go")
        head = slack.room("#payments").last["ts"]
        await call.post(urls[0], {"text": "You said go.", "thread_ts": head, "replace_original": False})
        assert slack.person("bo").ephemerals[0]["thread_ts"] == head
        await call.post(urls[0], {"text": "done", "replace_original": True})
        assert slack.room("#payments").reads("ana") == "T-Minus: done (edited)"


async def test_a_faulty_answer_is_refused_but_a_long_one_passes() -> None:
    async with listening() as (slack, _, urls), caller(slack) as call:
        await slack.person("ana").types("/release")
        assert await call.post(urls[0], {"blocks": [section("")]}) == (200, "invalid_blocks")
        assert (await call.post(urls[0], {"blocks": [section("x" * 3000)] * 5}))[0] == 200
