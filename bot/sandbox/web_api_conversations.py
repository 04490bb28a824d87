"""conversations.*: what there is, who is in it, what was said."""

from bot.sandbox.errors import ApiError
from bot.sandbox.people import Channel
from bot.sandbox.web_api_call import Call, Json, Method
from bot.sandbox.web_api_chat import check_direct

_TYPES = {"public_channel": "public", "private_channel": "private", "im": "im", "mpim": "mpim"}
_SCOPES = {
    "public_channel": "channels:read",
    "private_channel": "groups:read",
    "im": "im:read",
    "mpim": "mpim:read",
}


def list_(call: Call) -> Json:
    kinds = call.names("types", "public_channel")
    for kind in kinds:
        if kind not in _TYPES:
            raise ApiError("invalid_types")
        call.needs(_SCOPES[kind])
    wanted = {_TYPES[kind] for kind in kinds}
    found = [
        channel
        for channel in sorted(call.workspace.channels.values(), key=lambda c: c.id)
        if channel.kind in wanted
        and (channel.kind == "public" or call.is_member(channel))
        and not (channel.is_archived and call.flag("exclude_archived"))
    ]
    page, metadata = call.page(found)
    return {"channels": [_shown(call, channel) for channel in page], "response_metadata": metadata}


def info(call: Call) -> Json:
    channel = _known(call, "read")
    shown = _shown(call, channel)
    if not call.flag("include_num_members"):
        shown.pop("num_members", None)
    return {"channel": shown}


def members(call: Call) -> Json:
    page, metadata = call.page(list(_known(call, "read").members))
    return {"members": page, "response_metadata": metadata}


def history(call: Call) -> Json:
    channel = _known(call, "history")
    if not call.is_member(channel):
        raise ApiError("not_in_channel")
    return _said(call, call.workspace.timeline(channel)[::-1])


def replies(call: Call) -> Json:
    channel = _known(call, "history")
    if not call.is_member(channel):
        raise ApiError("not_in_channel")
    ts = call.text("ts", missing="thread_not_found")
    message = call.workspace.message(channel, ts)
    if message is None:
        raise ApiError("thread_not_found")
    return _said(call, call.workspace.thread(channel, message.get("thread_ts", ts)))


def open_(call: Call) -> Json:
    call.needs("im:write")
    if call.maybe("channel"):
        channel = call.channel()
    else:
        users = call.names("users", "")
        if len(users) != 1:
            raise ApiError("users_list_not_supplied" if not users else "method_not_supported_for_channel_type")
        person = call.workspace.users.get(users[0])
        if person is None:
            raise ApiError("user_not_found")
        check_direct(call, person)
        found = call.workspace.direct(call.workspace.bot_user_id, person.id)
        if found is None:
            raise ApiError("channel_not_found")
        channel = found
    return {"channel": _shown(call, channel) if call.flag("return_im") else {"id": channel.id}}


def join(call: Call) -> Json:
    channel = call.channel()
    if channel.kind != "public":
        raise ApiError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise ApiError("is_archived")
    if call.is_member(channel):
        return {"channel": _shown(call, channel), "warning": "already_in_channel"}
    channel.members.append(call.workspace.bot_user_id)
    call.workspace.save_channel(channel)
    call.world.events.membership(True, channel, call.workspace.users[call.workspace.bot_user_id])
    return {"channel": _shown(call, channel)}


def _known(call: Call, verb: str) -> Channel:
    """A conversation, for which the scope of its kind is there too."""
    channel = call.channel()
    call.needs(f"{channel.scope_stem}:{verb}")
    return channel


def _shown(call: Call, channel: Channel) -> Json:
    workspace = call.workspace
    shared = workspace.foreign_teams(channel)
    return channel.as_slack(workspace.bot_user_id, shared_with=shared, team=workspace.team.id)


def _said(call: Call, messages: list[Json]) -> Json:
    oldest, latest = call.maybe("oldest") or "0", call.maybe("latest")
    inclusive = call.flag("inclusive")
    within = [
        message
        for message in messages
        if (float(message["ts"]) > float(oldest) or (inclusive and float(message["ts"]) == float(oldest)))
        and (
            latest is None
            or float(message["ts"]) < float(latest)
            or (inclusive and float(message["ts"]) == float(latest))
        )
    ]
    page, metadata = call.page(within)
    if not call.flag("include_all_metadata"):
        page = [_without_payload(message) for message in page]
    answer: Json = {"messages": page, "has_more": bool(metadata["next_cursor"])}
    if metadata["next_cursor"]:
        answer["response_metadata"] = metadata
    return answer


def _without_payload(message: Json) -> Json:
    """History tells that there is metadata, and of what type, only to who asks for it."""
    return {key: value for key, value in message.items() if key != "metadata"}


METHODS = {
    "conversations.list": Method(list_),
    "conversations.info": Method(info),
    "conversations.members": Method(members),
    "conversations.history": Method(history),
    "conversations.replies": Method(replies),
    "conversations.open": Method(open_),
    "conversations.join": Method(join, "channels:join"),
}
