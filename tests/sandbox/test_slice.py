"""A command, a card and a click, through a real Bolt app in both modes."""

from typing import Any

import pytest

from tests.sandbox.sample import actions, bolt, button, sandbox, section


def with_a_card(app: Any) -> None:
    @app.command("/release")
    async def release(ack: Any, client: Any, body: Any) -> None:
        await client.chat_postMessage(
            channel=body["channel_id"],
            text="payments 2.14.0",
            blocks=[section("*payments 2.14.0*"), actions(button("Go", "vote", value="go"))],
        )
        await ack(f"You said: {body['text']}")

    @app.action("vote")
    async def vote(ack: Any, body: Any, client: Any) -> None:
        await client.chat_update(
            channel=body["channel"]["id"],
            ts=body["message"]["ts"],
            text="done",
            blocks=[section(f"<@{body['user']['id']}> said {body['actions'][0]['value']}")],
        )
        await ack()


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_command_is_answered_and_a_button_pressed(mode: str) -> None:
    async with sandbox(mode=mode) as slack, bolt(slack, mode) as app:
        with_a_card(app)
        ana = slack.person("ana")

        seen = await ana.types("/release new payments")
        assert seen.ok, seen.error
        assert seen.text == "You said: new payments"
        assert slack.room("#payments").reads(as_="ana") == (
            "T-Minus: payments 2.14.0\n    [Go]\nT-Minus (only you): You said: new payments"
        )
        assert "only you" not in slack.room("#payments").reads(as_="bo")

        assert (await slack.person("bo").clicks("Go")).ok
        assert slack.room("#payments").reads(as_="bo") == "T-Minus: @Bo said go"
