"""Rates are enforced on the wire clock: 429, and how long to wait."""

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import SteppedWire
from bot.sandbox import limits
from tests.sandbox.calls import caller
from tests.sandbox.sample import sandbox


async def test_a_channel_takes_a_small_burst_and_then_one_message_a_second() -> None:
    wire = SteppedWire()
    async with sandbox(wire=wire) as slack, caller(slack) as call:
        payments, releases = slack.room("#payments").id, slack.room("#releases").id
        for number in range(limits.POST_BURST):
            assert (await call("chat.postMessage", channel=payments, text=f"{number}"))["ok"]
        answer = await call("chat.postMessage", channel=payments, text="too many")
        assert (call.status, answer["error"], call.headers["retry-after"]) == (429, "ratelimited", "1")
        assert (await call("chat.postMessage", channel=releases, text="elsewhere"))["ok"]
        await wire.sleep(1)
        assert (await call("chat.postMessage", channel=payments, text="later"))["ok"]
        assert [message["text"] for message in slack.room("#payments").messages] == ["0", "1", "2", "3", "later"]


async def test_a_method_has_its_calls_per_minute() -> None:
    wire = SteppedWire()
    async with sandbox(wire=wire) as slack, caller(slack) as call:
        for _ in range(limits.TIER_2):
            assert (await call("usergroups.list"))["ok"]
        await wire.sleep(12)
        await call("usergroups.list")
        assert (call.status, call.headers["retry-after"]) == (429, "48")
        assert (await call("users.list"))["ok"], "another method has its own"
        await wire.sleep(48)
        assert (await call("usergroups.list"))["ok"]


async def test_the_sdk_understands_the_refusal() -> None:
    async with sandbox() as slack:
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
        slack.faults.add("chat.postMessage", "rate_limited", retry_after=7)
        with pytest.raises(SlackApiError) as refused:
            await client.chat_postMessage(channel=slack.room("#payments").id, text="hello")
        assert refused.value.response.headers["Retry-After"] == "7"

        slack.faults.add("chat.postMessage", "rate_limited", retry_after=0)
        client.retry_handlers = [AsyncRateLimitErrorRetryHandler(max_retry_count=1)]
        assert (await client.chat_postMessage(channel=slack.room("#payments").id, text="hello"))["ok"]


def test_every_method_has_a_named_limit() -> None:
    from bot.sandbox.web_api import METHODS

    assert METHODS.keys() == limits.CALLS_PER_MINUTE.keys()
