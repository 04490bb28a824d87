"""chat.*, reactions.*: say, change and take back."""

import re

from bot.sandbox.errors import ApiError
from bot.sandbox.messages import app_message, replace
from bot.sandbox.people import SLACKBOT, Channel, User
from bot.sandbox.web_api_call import Call, Json, Method


def post_message(call: Call) -> Json:
    channel = _place(call)
    workspace = call.workspace
    message = app_message(workspace, call.args)
    thread = call.maybe("thread_ts")
    if thread:
        _check_thread(call, channel, thread)
        message["thread_ts"] = thread
        message["parent_user_id"] = str((workspace.message(channel, thread) or {}).get("user", ""))
        if call.flag("reply_broadcast"):
            message["subtype"] = "thread_broadcast"
    posted = workspace.post(channel, message)
    call.world.events.message(channel, posted)
    return {"channel": channel.id, "ts": posted["ts"], "message": posted}


def update(call: Call) -> Json:
    channel = call.channel()
    message = call.workspace.message(channel, call.text("ts", missing="message_not_found"))
    if message is None:
        raise ApiError("message_not_found")
    if message.get("bot_id") != call.workspace.bot_id or message.get("subtype") == "tombstone":
        raise ApiError("cant_update_message")
    if channel.is_archived:
        raise ApiError("is_inactive")
    changed = replace(call.workspace, channel, message, call.args)
    call.world.events.changed(channel, "message_changed", {"message": changed, "previous_message": message})
    return {"channel": channel.id, "ts": changed["ts"], "text": changed["text"], "message": changed}


def delete(call: Call) -> Json:
    channel = call.channel()
    ts = call.text("ts", missing="message_not_found")
    message = call.workspace.message(channel, ts)
    if message is None:
        raise ApiError("message_not_found")
    if message.get("bot_id") != call.workspace.bot_id:
        raise ApiError("cant_delete_message")
    gone = call.workspace.delete(channel, ts)
    call.world.events.changed(channel, "message_deleted", {"deleted_ts": ts, "previous_message": gone})
    return {"channel": channel.id, "ts": ts}


def post_ephemeral(call: Call) -> Json:
    channel = call.member_channel()
    if channel.is_archived:
        raise ApiError("is_archived")
    user = call.workspace.users.get(call.text("user", missing="user_not_in_channel"))
    if user is None or user.deleted or user.id not in channel.members:
        raise ApiError("user_not_in_channel")
    message = app_message(call.workspace, call.args)
    thread = call.maybe("thread_ts")
    if thread:
        _check_thread(call, channel, thread)
        message["thread_ts"] = thread
        if len(call.workspace.thread(channel, thread)) < 2:  # nobody has replied: Slack says ok, and shows it nowhere
            return {"message_ts": call.workspace.ids.ts(call.world.clock.now())}
    said = call.workspace.whisper(channel, user.id, message)
    return {"message_ts": said["ts"]}


def permalink(call: Call) -> Json:
    channel = call.channel()
    ts = call.text("message_ts", missing="message_not_found")
    message = call.workspace.message(channel, ts)
    if message is None:
        raise ApiError("message_not_found")
    link = f"https://{call.workspace.team.domain}.slack.com/archives/{channel.id}/p{ts.replace('.', '')}"
    if message.get("thread_ts", ts) != ts:
        link += f"?thread_ts={message['thread_ts']}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def react(call: Call) -> Json:
    channel = call.channel()
    message = call.workspace.message(channel, call.text("timestamp", missing="message_not_found"))
    if message is None:
        raise ApiError("message_not_found")
    name = call.text("name", missing="invalid_name").strip(":")
    reactions: list[Json] = message.setdefault("reactions", [])
    mine = next((reaction for reaction in reactions if reaction["name"] == name), None)
    if mine is None:
        mine = {"name": name, "count": 0, "users": []}
        reactions.append(mine)
    if call.workspace.bot_user_id in mine["users"]:
        raise ApiError("already_reacted")
    mine["users"].append(call.workspace.bot_user_id)
    mine["count"] += 1
    call.workspace.edit(channel, message)
    return {}


def _place(call: Call) -> Channel:
    """Where to post: a conversation, or a person, whose direct messages it opens."""
    wanted = call.text("channel", missing="channel_not_found")
    workspace = call.workspace
    person = workspace.users.get(wanted)
    if person is not None:
        check_direct(call, person)
        opened = workspace.direct(workspace.bot_user_id, person.id)
        if opened is None:
            raise ApiError("channel_not_found")
        return opened
    # Only this method takes a name as well.
    named = {f"#{c.name}": c.id for c in workspace.channels.values() if c.kind != "im"}
    channel = Call(call.world, call.method, {**call.args, "channel": named.get(wanted, wanted)}).channel()
    if channel.is_archived:
        raise ApiError("is_archived")
    if channel.kind == "im":
        check_direct(call, workspace.users[channel.other(workspace.bot_user_id)])
    if not call.is_member(channel) and "chat:write.public" not in call.world.manifest.scopes:
        raise ApiError("not_in_channel")
    return channel


def check_direct(call: Call, person: User) -> None:
    """May the bot write to this person? ApiError if not."""
    if person.deleted:
        raise ApiError("user_disabled")
    if person.is_stranger:
        raise ApiError("user_not_visible")
    if person.id in (SLACKBOT, call.workspace.bot_user_id):
        raise ApiError("cannot_dm_bot")
    if not call.world.manifest.has_messages:
        raise ApiError("messages_tab_disabled")


def _check_thread(call: Call, channel: Channel, thread: str) -> None:
    if not re.fullmatch(r"\d{10,}\.\d{6}", thread):
        messages = [f"[ERROR] {thread} is not a valid thread_ts"]
        raise ApiError("invalid_thread_ts", response_metadata={"messages": messages})
    head = call.workspace.message(channel, thread)
    if head is None:
        raise ApiError("thread_not_found")
    if head.get("thread_ts", thread) != thread:
        # Slack takes a reply's ts and then shows the answer nowhere; here that is an error.
        raise ApiError("cannot_reply_to_message")


METHODS = {
    "chat.postMessage": Method(post_message, "chat:write"),
    "chat.update": Method(update, "chat:write"),
    "chat.delete": Method(delete, "chat:write"),
    "chat.postEphemeral": Method(post_ephemeral, "chat:write"),
    "chat.getPermalink": Method(permalink),
    "reactions.add": Method(react, "reactions:write"),
}
