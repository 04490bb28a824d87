"""views.*: modals and Home tabs."""

from bot.sandbox.errors import ApiError
from bot.sandbox.web_api_call import Call, Json, Method


def open_(call: Call) -> Json:
    view = _view(call)
    trigger = call.world.triggers.look(call.text("trigger_id"))
    opened = call.world.views.open(trigger.user, view, tab=trigger.tab)
    trigger.used = True
    return {"view": opened}


def push(call: Call) -> Json:
    view = _view(call)
    trigger = call.world.triggers.look(call.text("trigger_id"))
    if not trigger.in_modal:
        raise ApiError("invalid_trigger_id")
    pushed = call.world.views.push(trigger.user, view)
    trigger.used = True
    return {"view": pushed}


def update(call: Call) -> Json:
    if not call.maybe("view_id") and not call.maybe("external_id"):
        raise ApiError("invalid_arguments")
    view = call.world.views.update(
        _view(call),
        view_id=call.maybe("view_id"),
        external_id=call.maybe("external_id"),
        hash_=call.maybe("hash"),
    )
    return {"view": view}


def publish(call: Call) -> Json:
    if not call.world.manifest.has_home:
        raise ApiError("not_enabled")
    user = call.user("user_id")
    if user.deleted or user.is_bot:
        raise ApiError("user_not_found")
    return {"view": call.world.views.publish(user.id, _view(call), hash_=call.maybe("hash"))}


def _view(call: Call) -> Json:
    view = call.args.get("view")
    if not isinstance(view, dict):
        messages = ["[ERROR] missing required field: view"]
        raise ApiError("invalid_arguments", response_metadata={"messages": messages})
    return view


METHODS = {
    "views.open": Method(open_),
    "views.push": Method(push),
    "views.update": Method(update),
    "views.publish": Method(publish),
}
