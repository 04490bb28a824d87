"""Tell the app what happened, as Events API events, where its manifest subscribes to them."""

import asyncio
from typing import Any

from bot.sandbox.deliver import Ack, Deliverer, Delivery
from bot.sandbox.manifest import AppManifest
from bot.sandbox.people import Channel, Json, User
from bot.sandbox.workspace import Workspace

First = asyncio.Future[Ack]


class Events:
    def __init__(self, workspace: Workspace, manifest: AppManifest, deliverer: Deliverer, token: str) -> None:
        self._workspace = workspace
        self._manifest = manifest
        self._deliverer = deliverer
        self._token = token

    def emit(self, event: Json, channel: Channel | None = None) -> list[First]:
        """Deliver an event if the app subscribes to it; the futures are first attempts (none, or one)."""
        if not self._manifest.subscribes(event, channel.kind if channel else None):
            return []
        workspace = self._workspace
        payload: Json = {
            "token": self._token,
            "team_id": workspace.team.id,
            "context_team_id": workspace.team.id,
            "context_enterprise_id": None,
            "api_app_id": workspace.app_id,
            "event": {**event, "event_ts": event.get("event_ts") or workspace.ids.ts(workspace.clock.now())},
            "type": "event_callback",
            "event_id": workspace.ids.next("Ev"),
            "event_time": workspace.unix(),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": workspace.team.id,
                    "user_id": workspace.bot_user_id,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": bool(channel and workspace.foreign_teams(channel)),
            "event_context": workspace.ids.next("4-", 16),
        }
        return [self._deliverer.event(Delivery("events_api", payload))]

    def message(self, channel: Channel, message: Json) -> list[First]:
        """Something was posted: a message event, and app_mention where the bot is called."""
        workspace = self._workspace
        if workspace.bot_user_id not in channel.members:
            return []
        kinds = {"public": "channel", "private": "group", "im": "im"}
        event: Json = {
            **{key: value for key, value in message.items() if key != "reactions"},
            "channel": channel.id,
            "channel_type": kinds[channel.kind],
            "event_ts": message["ts"],
        }
        emitted = self.emit(event, channel)
        return emitted + self._mention(channel, event)

    def edited(self, channel: Channel, message: Json, before: Json) -> list[First]:
        """Somebody edited what they had said. Where it calls the bot, that is another app_mention, marked as edited."""
        if self._workspace.bot_user_id not in channel.members:
            return []
        emitted = self.changed(channel, "message_changed", {"message": message, "previous_message": before})
        return emitted + self._mention(channel, {**message, "channel": channel.id, "event_ts": message["edited"]["ts"]})

    def _mention(self, channel: Channel, event: Json) -> list[First]:
        bot = self._workspace.bot_user_id
        if f"<@{bot}" not in str(event.get("text", "")) or channel.kind == "im" or event.get("user") == bot:
            return []
        mention = {k: v for k, v in event.items() if k not in ("channel_type", "subtype", "reactions")}
        return self.emit({**mention, "type": "app_mention"}, channel)

    def changed(self, channel: Channel, subtype: str, details: Json) -> list[First]:
        """message_changed or message_deleted."""
        if self._workspace.bot_user_id not in channel.members:
            return []
        ts = self._workspace.ids.ts(self._workspace.clock.now())
        kinds = {"public": "channel", "private": "group", "im": "im"}
        return self.emit(
            {
                "type": "message",
                "subtype": subtype,
                "hidden": True,
                "ts": ts,
                "event_ts": ts,
                "channel": channel.id,
                "channel_type": kinds[channel.kind],
                **details,
            },
            channel,
        )

    def membership(self, joined: bool, channel: Channel, user: User, inviter: str | None = None) -> list[First]:
        """member_joined_channel or member_left_channel, to an app that can see the channel."""
        if self._workspace.bot_user_id not in {*channel.members, user.id} and channel.kind != "public":
            return []
        event: Json = {
            "type": "member_joined_channel" if joined else "member_left_channel",
            "user": user.id,
            "channel": channel.id,
            "channel_type": "G" if channel.kind == "private" else "C",
            "team": user.team_id,
        }
        if inviter:
            event["inviter"] = inviter
        return self.emit(event, channel)

    def user_changed(self, user: User) -> list[First]:
        profile: dict[str, Any] = user.as_slack(self._workspace.clock.now())
        return self.emit({"type": "user_change", "user": profile, "cache_ts": self._workspace.unix()})
