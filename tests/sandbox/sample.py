"""A small app of its own to try the sandbox with: real Bolt, over the wire, in both modes."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import SteppedWire, StoryClock
from bot.sandbox.server import Sandbox, SandboxConfig

Json = dict[str, Any]

MANIFEST: Json = {
    "display_information": {"name": "T-Minus"},
    "features": {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
        "bot_user": {"display_name": "T-Minus"},
        "slash_commands": [
            {"command": "/release", "description": "Releases", "usage_hint": "new", "should_escape": True},
            {"command": "/plain", "description": "As typed", "should_escape": False},
        ],
        "shortcuts": [
            {"name": "New release", "type": "global", "callback_id": "new", "description": "Plan one"},
            {"name": "Release actions…", "type": "message", "callback_id": "actions", "description": "More"},
        ],
    },
    "oauth_config": {
        "scopes": {
            "bot": [
                "app_mentions:read", "channels:join", "channels:read", "chat:write", "commands", "files:write",
                "groups:read", "im:read", "im:write", "reactions:write", "team:read", "usergroups:read",
                "users:read",
            ],
            "bot_optional": ["channels:history", "groups:history", "im:history"],
        }
    },
    "settings": {
        "event_subscriptions": {
            "bot_events": [
                "app_home_opened", "app_mention", "channel_archive", "channel_rename", "channel_unarchive",
                "member_joined_channel", "message.im", "subteam_updated", "user_change",
                "tokens_revoked", "app_uninstalled",
            ]
        },
        "interactivity": {"is_enabled": True},
        "socket_mode_enabled": True,
    },
}  # fmt: skip

COMMANDS: list[Json] = [
    {
        "command": "/release",
        "hint": "new status why",
        "description": "Plan, vote, ship",
        "verbs": [{"verb": "new", "usage": "new <service> <version> <when>", "help": "Plan a release"}],
    }
]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def section(text: str, **more: Any) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(text: str, action_id: str, **more: Any) -> Json:
    return {"type": "button", "text": plain(text), "action_id": action_id, **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def field(label: str, element: Json, **more: Any) -> Json:
    return {"type": "input", "label": plain(label), "element": element, **more}


@asynccontextmanager
async def sandbox(**config: Any) -> AsyncIterator[Sandbox]:
    """A running workspace: by default in memory, with a standing clock and a stepped wire."""
    given = {
        "manifest": MANIFEST,
        "commands": COMMANDS,
        "clock": StoryClock(datetime(2026, 12, 1, 9, 0, tzinfo=UTC), running=False),
        "wire": SteppedWire(),
        **config,
    }
    running = Sandbox(SandboxConfig(**given))
    await running.start()
    try:
        yield running
    finally:
        await running.stop()


@asynccontextmanager
async def bolt(slack: Sandbox, mode: str = "socket") -> AsyncIterator[AsyncApp]:
    """A Bolt app connected to this workspace, which acknowledges once its listener is done."""
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, session=session)
        client.retry_handlers = []
        app = AsyncApp(
            client=client,
            signing_secret=slack.signing_secret,
            process_before_response=True,
            logger=logging.getLogger("tests.bolt"),
        )
        if mode == "socket":
            handler = AsyncSocketModeHandler(app, slack.app_token, ping_interval=30)
            await handler.connect_async()
            try:
                yield app
            finally:
                await handler.close_async()
        else:
            runner = web.AppRunner(app.web_app(path="/slack/events"), access_log=None, shutdown_timeout=0.1)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            slack.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
            try:
                yield app
            finally:
                await runner.cleanup()
