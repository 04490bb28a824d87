"""auth.*, apps.*, bots.*, team.*: who the app is, and how it connects."""

from bot.sandbox.errors import ApiError
from bot.sandbox.web_api_call import Call, Json, Method


def auth_test(call: Call) -> Json:
    workspace = call.workspace
    return {
        "url": f"https://{workspace.team.domain}.slack.com/",
        "team": workspace.team.name,
        "user": workspace.users[workspace.bot_user_id].name,
        "team_id": workspace.team.id,
        "user_id": workspace.bot_user_id,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
        **({"enterprise_id": workspace.team.enterprise_id} if workspace.team.enterprise_id else {}),
    }


def open_connection(call: Call) -> Json:
    address = call.world.url.replace("http://", "ws://", 1)
    ticket = call.world.sockets.ticket()
    return {"url": f"{address}/link?ticket={ticket}&app_id={call.workspace.app_id}"}


def bot_info(call: Call) -> Json:
    workspace = call.workspace
    if call.maybe("bot") not in (None, workspace.bot_id):
        raise ApiError("bot_not_found")
    user = workspace.users[workspace.bot_user_id]
    return {
        "bot": {
            "id": workspace.bot_id,
            "deleted": False,
            "name": user.real_name,
            "updated": 0,
            "app_id": workspace.app_id,
            "user_id": user.id,
            "icons": {},
        }
    }


def team_info(call: Call) -> Json:
    team = call.workspace.team
    return {"team": {"id": team.id, "name": team.name, "domain": team.domain, "email_domain": "", "icon": {}}}


METHODS = {
    "auth.test": Method(auth_test),
    "apps.connections.open": Method(open_connection, caller="app"),
    "bots.info": Method(bot_info, "users:read"),
    "team.info": Method(team_info, "team:read"),
}
