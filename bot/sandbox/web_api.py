"""Answer Slack's Web API: tokens, scopes, rates and faults here; the methods themselves next door."""

import asyncio
import json
import math
from typing import Any

from aiohttp import web

from bot.sandbox import (
    web_api_apps,
    web_api_chat,
    web_api_conversations,
    web_api_files,
    web_api_people,
    web_api_views,
)
from bot.sandbox.deliver import REAL
from bot.sandbox.errors import ApiError
from bot.sandbox.faults import ON_METHODS
from bot.sandbox.web_api_call import Call, Json, Method
from bot.sandbox.world import World

_MODULES = (
    web_api_apps,
    web_api_chat,
    web_api_conversations,
    web_api_files,
    web_api_people,
    web_api_views,
)
METHODS: dict[str, Method] = {name: method for module in _MODULES for name, method in module.METHODS.items()}
#: arguments that arrive as JSON inside of a form
_STRUCTURED = {"blocks", "attachments", "metadata", "view", "files"}


class WebApi:
    def __init__(self, world: World) -> None:
        self._world = world

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """POST or GET /api/<method>."""
        began = REAL.monotonic()
        name = request.match_info["method"]
        try:
            args = await _arguments(request)
        except ApiError as error:
            return web.json_response({"ok": False, "error": error.word})
        token = _token(request, args)
        fault = self._world.faults.take(name, among=ON_METHODS)
        effect = fault.effect if fault else None
        status, headers, answer = 200, dict[str, str](), Json()
        if fault and effect == "slow":
            await asyncio.sleep(fault.seconds)
        if fault and effect == "rate_limited":
            status, answer = 429, {"ok": False, "error": "ratelimited"}
            headers["Retry-After"] = str(fault.retry_after)
        elif fault and effect == "server_error":
            status, answer = fault.status, {"ok": False, "error": "internal_error"}
        elif fault and effect == "error":
            answer = {"ok": False, "error": fault.code}
        elif effect == "drop_before":
            answer = {"ok": False, "error": "(connection dropped before anything was done)"}
        else:
            status, headers, answer = self._answer(name, args, token)
        if fault and effect == "server_error_after":
            status, answer = fault.status, {"ok": False, "error": "internal_error"}
        body = json.dumps(answer)
        dropped = effect in ("drop_before", "drop_after")
        self._world.traffic.note(
            "from app",
            name,
            summary=_summary(args) if answer.get("ok") else str(answer["error"]),
            ok=bool(answer.get("ok")) and not dropped,
            ms=(REAL.monotonic() - began) * 1000,
            request=args,
            response=json.loads(body),
            unknown=name not in METHODS,
        )
        if dropped and request.transport is not None:
            request.transport.abort()
        if fault and fault.page and effect in ("server_error", "server_error_after"):
            return web.Response(status=status, text="<html>Please wait.</html>", content_type="text/html")
        return web.Response(status=status, headers=headers, text=body, content_type="application/json")

    def _answer(self, name: str, args: Json, token: str) -> tuple[int, dict[str, str], Json]:
        world = self._world
        method = METHODS.get(name)
        if method is None:
            return 200, {}, {"ok": False, "error": "unknown_method", "req_method": name}
        headers: dict[str, str] = {}
        try:
            self._authenticate(method, token)
            wait = world.limiter.wait(name, str(args.get("channel") or "") or None)
            if wait > 0:
                headers["Retry-After"] = str(math.ceil(wait))
                return 429, headers, {"ok": False, "error": "ratelimited"}
            if method.caller == "bot":
                headers["X-OAuth-Scopes"] = ",".join(sorted(world.manifest.scopes))
            call = Call(world, name, args)
            if method.scope:
                headers["X-Accepted-OAuth-Scopes"] = method.scope
                call.needs(method.scope)
            return 200, headers, {"ok": True, **method.run(call)}
        except ApiError as error:
            return 200, headers, {"ok": False, "error": error.word, **error.more}

    def _authenticate(self, method: Method, token: str) -> None:
        if not token:
            raise ApiError("not_authed")
        kind = {self._world.bot_token: "bot", self._world.app_token: "app"}.get(token)
        if kind is None:
            raise ApiError("invalid_auth")
        if kind != method.caller:
            raise ApiError("not_allowed_token_type")
        if kind == "bot" and self._world.tokens_revoked:
            raise ApiError("token_revoked")


async def _arguments(request: web.Request) -> Json:
    """Query, form and JSON arguments together; numbers and booleans of forms stay text. ApiError: invalid_json."""
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        text = await request.text()
        try:
            body = json.loads(text) if text else {}
        except ValueError:
            raise ApiError("invalid_json") from None
        if not isinstance(body, dict):
            raise ApiError("json_not_object")
        args |= body
    elif request.method == "POST":
        args |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    for name in _STRUCTURED & args.keys():
        if isinstance(args[name], str):
            try:
                args[name] = json.loads(args[name])
            except ValueError:
                continue  # the method refuses it, with its own word
    return args


def _token(request: web.Request, args: Json) -> str:
    given = str(args.pop("token", "") or "")
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    return bearer.strip() if scheme.lower() == "bearer" else given


def _summary(args: Json) -> str:
    parts: list[Any] = [args.get("channel"), args.get("user") or args.get("user_id"), args.get("text")]
    return " ".join(str(part) for part in parts if part)[:120]
