"""Write the payloads with which Slack tells an app what a person did."""

from typing import Any

from bot.sandbox.people import Channel, Json, User
from bot.sandbox.world import World


def slash_command(world: World, user: User, channel: Channel, command: str, text: str) -> Json:
    workspace = world.workspace
    names = {"public": channel.name, "private": "privategroup", "im": "directmessage"}
    return {
        "token": world.verification_token,
        "team_id": workspace.team.id,
        "team_domain": workspace.team.domain,
        "channel_id": channel.id,
        "channel_name": names[channel.kind],
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "api_app_id": workspace.app_id,
        "is_enterprise_install": "false",
        "response_url": response_url(world, channel, user),
        "trigger_id": world.triggers.give(user.id),
    }


def shortcut(world: World, user: User, callback_id: str) -> Json:
    return {
        **_interaction(world, user, "shortcut"),
        "callback_id": callback_id,
        "action_ts": _now(world),
        "trigger_id": world.triggers.give(user.id),
    }


def message_action(world: World, user: User, channel: Channel, message: Json, callback_id: str) -> Json:
    return {
        **_interaction(world, user, "message_action"),
        "callback_id": callback_id,
        "action_ts": _now(world),
        "trigger_id": world.triggers.give(user.id),
        "response_url": response_url(world, channel, user),
        "message_ts": message["ts"],
        "channel": _channel(channel),
        "message": message,
    }


def message_click(world: World, user: User, channel: Channel, message: Json, state: Json, action: Json) -> Json:
    """block_actions from a message; an ephemeral one is not shown to the app."""
    hidden = bool(message.get("ephemeral"))
    container: Json = {
        "type": "message",
        "message_ts": message["ts"],
        "channel_id": channel.id,
        "is_ephemeral": hidden,
    }
    if "thread_ts" in message:
        container["thread_ts"] = message["thread_ts"]
    payload: Json = {
        **_interaction(world, user, "block_actions"),
        "container": container,
        "trigger_id": world.triggers.give(user.id),
        "channel": _channel(channel),
        "response_url": response_url(world, channel, user, message=message),
        "state": {"values": state},
        "actions": [{**action, "action_ts": _now(world)}],
    }
    if not hidden:
        payload["message"] = {"app_id": world.workspace.app_id, **message}
    return payload


def view_click(world: World, user: User, view: Json, action: Json) -> Json:
    """block_actions from a modal or a Home tab."""
    return {
        **_interaction(world, user, "block_actions"),
        "container": {"type": "view", "view_id": view["id"]},
        "trigger_id": world.triggers.give(user.id, in_modal=view["type"] == "modal"),
        "view": view,
        "actions": [{**action, "action_ts": _now(world)}],
    }


def view_submission(world: World, user: User, view: Json) -> Json:
    return {
        **_interaction(world, user, "view_submission", own_team=True),
        "trigger_id": world.triggers.give(user.id, in_modal=True),
        "view": view,
        "response_urls": [],
    }


def view_closed(world: World, user: User, view: Json, *, is_cleared: bool) -> Json:
    return {
        **_interaction(world, user, "view_closed", own_team=True),
        "view": view,
        "is_cleared": is_cleared,
    }


def response_url(world: World, channel: Channel, user: User, *, message: Json | None = None) -> str:
    key = world.response_urls.give(
        channel.id,
        user.id,
        message_ts=message["ts"] if message else None,
        is_ephemeral=bool(message and message.get("ephemeral")),
    )
    return f"{world.url}/response/{key}"


def _interaction(world: World, user: User, kind: str, *, own_team: bool = False) -> Json:
    """What every interaction has. With `own_team` a person of another workspace brings their own team along."""
    enterprise = world.workspace.team.enterprise_id
    team: dict[str, Any] = {"id": world.workspace.team.id, "domain": world.workspace.team.domain}
    if own_team and user.team_id != world.workspace.team.id:
        team = {"id": user.team_id, "domain": "harbor"}
    return {
        "type": kind,
        "team": team,
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id},
        "api_app_id": world.workspace.app_id,
        "token": world.verification_token,
        "enterprise": {"id": enterprise, "name": "Harbour"} if enterprise else None,
        "is_enterprise_install": False,
    }


def _channel(channel: Channel) -> Json:
    return {
        "id": channel.id,
        "name": {"im": "directmessage", "private": "privategroup"}.get(channel.kind, channel.name),
    }


def _now(world: World) -> str:
    return world.workspace.ids.ts(world.clock.now())
