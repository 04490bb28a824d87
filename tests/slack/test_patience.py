"""A bot that cannot work before Slack has answered asks again soon: nobody has to start it when Slack is back."""

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.clock import SteppedWire
from bot.slack.patience import patiently


def answer(status: int, **headers: str) -> SlackApiError:
    said = {"ok": False, "error": "ratelimited"} if status == 429 else {}
    client = AsyncWebClient(token="xoxb-1", retry_handlers=[])
    arguments = {"http_verb": "POST", "api_url": "auth.test", "req_args": {}, "status_code": status}
    return SlackApiError("no", AsyncSlackResponse(client=client, data=said, headers=headers, **arguments))


async def waited_for(*answers: SlackApiError) -> float:
    """Seconds until the answer after these."""
    wire, left = SteppedWire(), list(answers)
    began = wire.monotonic()

    async def ask() -> str:
        if left:
            raise left.pop(0)
        return "here"

    assert await patiently(ask, wire, "SLACK_BOT_TOKEN") == "here"
    return wire.monotonic() - began


async def test_while_slack_is_away_it_is_asked_every_quarter_of_a_minute() -> None:
    assert await waited_for(*[answer(502)] * 10) == 1 + 5 + 8 * 15


async def test_who_is_told_when_to_come_again_comes_then() -> None:
    assert await waited_for(*[answer(429, **{"Retry-After": "2"})] * 10) == 10 * 2
    assert await waited_for(answer(429, **{"Retry-After": "60"})) == 60
