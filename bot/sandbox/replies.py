"""Show what the app answers in private: the body of a command's acknowledgement, and response_url posts."""

import json
from typing import Any

from aiohttp import web

from bot.sandbox.deliver import REAL
from bot.sandbox.errors import ApiError
from bot.sandbox.messages import app_message, replace
from bot.sandbox.people import Channel, Json
from bot.sandbox.triggers import ResponseUrl
from bot.sandbox.world import World


def show_answer(world: World, channel: Channel, user: str, body: Json | str | None) -> Json | None:
    """The answer to a command, shown; None if the app said nothing. ApiError if Slack refuses it."""
    args = {"text": body} if isinstance(body, str) else dict(body or {})
    if not args.get("text") and not args.get("blocks") and not args.get("attachments"):
        return None
    return _say(world, channel, user, args)


async def respond(request: web.Request, world: World) -> web.Response:
    """POST /response/<key>: the app uses a response_url. What Slack does not like of it is said with a 200 as well."""
    began = REAL.monotonic()
    fault = world.faults.take("response_url", among=frozenset({"server_error", "rate_limited", "slow", "error"}))
    args = await _body(request)
    status, answer = 200, "ok"
    if fault and fault.effect == "slow":
        await REAL.sleep(fault.seconds)
        fault = None
    if fault:
        told = {"server_error": (fault.status, "internal_error"), "error": (200, fault.code)}
        status, answer = told.get(fault.effect, (429, "ratelimited"))
    else:
        try:
            _use(world, world.response_urls.use(request.match_info["key"]), args)
        except ApiError as error:
            status = 404 if error.word in ("not_found", "expired_url", "used_url") else 200
            answer = error.word
    world.traffic.note(
        "from app",
        "response_url",
        summary=str(args.get("text") or "")[:120],
        ok=answer == "ok",
        ms=(REAL.monotonic() - began) * 1000,
        request=args,
        response=answer,
    )
    headers = {"Retry-After": str(fault.retry_after)} if fault and status == 429 else {}
    body = {"ok": True} if answer == "ok" else {"ok": False, "error": answer}
    return web.json_response(body, status=status, headers=headers)


async def _body(request: web.Request) -> Json:
    text = await request.text()
    if request.content_type == "application/x-www-form-urlencoded":
        text = str((await request.post()).get("payload", "{}"))
    try:
        body: Any = json.loads(text or "{}")
    except ValueError:
        return {"text": text}
    return body if isinstance(body, dict) else {}


def _use(world: World, url: ResponseUrl, args: Json) -> None:
    workspace = world.workspace
    channel = workspace.channels[url.channel]
    if args.get("delete_original"):
        if url.message_ts and url.is_ephemeral:
            workspace.drop_whisper(channel, url.user, url.message_ts)
        elif url.message_ts and workspace.message(channel, url.message_ts):
            workspace.delete(channel, url.message_ts)
        return
    if args.get("replace_original") and url.message_ts:
        if url.is_ephemeral:
            old = next((m for m in workspace.whispers(channel, url.user) if m["ts"] == url.message_ts), None)
            if old is not None:
                fresh = app_message(workspace, args, strict_length=False)
                kept: Json = {key: old[key] for key in ("type", "ts", "team", "thread_ts", "ephemeral") if key in old}
                workspace.edit_whisper(channel, url.user, {**kept, **fresh})
            return
        message = workspace.message(channel, url.message_ts)
        if message is None:
            raise ApiError("message_not_found")
        replace(workspace, channel, message, args)
        return
    _say(world, channel, url.user, args)


def _say(world: World, channel: Channel, user: str, args: Json) -> Json:
    """Whisper, or say to all with response_type in_channel (for which the bot need not be a member)."""
    message = app_message(world.workspace, args, strict_length=False)
    thread = args.get("thread_ts")
    if thread and world.workspace.message(channel, str(thread)):
        message["thread_ts"] = str(thread)
    if args.get("response_type") == "in_channel":
        posted = world.workspace.post(channel, message)
        world.events.message(channel, posted)
        return posted
    return world.workspace.whisper(channel, user, message)
