"""users.*, usergroups.*: who there is."""

from bot.sandbox.errors import ApiError
from bot.sandbox.web_api_call import Call, Json, Method


def user_info(call: Call) -> Json:
    email = "users:read.email" in call.world.manifest.scopes
    return {"user": call.user().as_slack(call.world.clock.now(), email=email)}


def user_list(call: Call) -> Json:
    email = "users:read.email" in call.world.manifest.scopes
    now = call.world.clock.now()
    known = sorted((user for user in call.workspace.users.values() if not user.is_stranger), key=lambda u: u.id)
    page, metadata = call.page(known)
    return {
        "members": [user.as_slack(now, email=email) for user in page],
        "cache_ts": call.workspace.unix(),
        "response_metadata": metadata,
    }


def group_list(call: Call) -> Json:
    groups = [
        group.as_slack(call.workspace.team.id, with_users=call.flag("include_users"))
        for group in call.workspace.groups.values()
        if not group.deleted or call.flag("include_disabled")
    ]
    return {"usergroups": groups}


def group_users(call: Call) -> Json:
    group = call.workspace.groups.get(call.text("usergroup", missing="no_such_subteam"))
    if group is None or (group.deleted and not call.flag("include_disabled")):
        raise ApiError("no_such_subteam")
    return {"users": list(group.users)}


METHODS = {
    "users.info": Method(user_info, "users:read"),
    "users.list": Method(user_list, "users:read"),
    "usergroups.list": Method(group_list, "usergroups:read"),
    "usergroups.users.list": Method(group_users, "usergroups:read"),
}
