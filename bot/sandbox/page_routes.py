"""Serve the page for people: its files, its state, its gestures, and what happens live."""

import base64
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.clock import StoryClock
from bot.sandbox.errors import Refused
from bot.sandbox.gestures import Outcome
from bot.sandbox.gestures_blocks import BlockGestures
from bot.sandbox.live import Live
from bot.sandbox.page_state import PageState, Tip
from bot.sandbox.people import Json
from bot.sandbox.triggers import TAB
from bot.sandbox.world import World

_FILES = Path(__file__).parent / "page"
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
#: what of a click's body says what was chosen
_CHOSEN_PREFIX = ("selected_", "value")


class Page:
    def __init__(self, world: World, gestures: BlockGestures, *, commands: list[Json], hint: list[Tip]) -> None:
        self._world = world
        self._gestures = gestures
        self._state = PageState(world, commands=commands, hint=hint)
        self._live = Live(world, self._state)

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/", self._index)
        if _FILES.is_dir():
            app.router.add_static("/page", _FILES)
        # No middleware: aiohttp remembers the handlers of a thousand applications that have one, with all they hold.
        for method, path, handle in (
            ("GET", "state", self._answer_state),
            ("GET", "messages", self._answer_messages),
            ("POST", "gesture", self._do_gesture),
            ("GET", "live", self._live.accept),
            ("POST", "clock", self._move_clock),
            ("GET", "traffic", self._answer_traffic),
            ("GET", "faults", self._answer_faults),
            ("POST", "faults", self._set_faults),
            ("GET", "file/{file}", self._answer_file),
        ):
            app.router.add_route(method, f"/sandbox/{path}", _own_origin_only(handle))

    async def stop(self) -> None:
        await self._live.stop()

    async def _index(self, request: web.Request) -> web.StreamResponse:
        index = _FILES / "index.html"
        if not index.is_file():
            return web.Response(text="The page is not installed.")
        return web.FileResponse(index, headers={"Cache-Control": "no-cache"})

    async def _answer_state(self, request: web.Request) -> web.Response:
        return _json({**self._state.whole(self._viewer(request)), "seq": self._live.seq})

    async def _answer_messages(self, request: web.Request) -> web.Response:
        viewer = self._viewer(request)
        channel = self._world.workspace.channels.get(request.query.get("channel", ""))
        if channel is None or not self._world.workspace.sees(viewer, channel):
            return _json({"error": "There is no such conversation."}, status=404)
        return _json({"messages": self._state.messages(viewer, channel, request.query.get("thread_ts"))})

    async def _do_gesture(self, request: web.Request) -> web.Response:
        body = await _body(request)
        gesture = _GESTURES.get(str(body.get("gesture")))
        if gesture is None:
            known = ", ".join(sorted(_GESTURES))
            return _json({"ok": False, "error": f"no gesture {body.get('gesture')!r}; there are {known}"}, status=400)
        tab = body.get("tab")
        TAB.set(tab if isinstance(tab, str) else None)
        try:
            outcome = await gesture(self._gestures, str(body.get("as", "")), body)
        except Refused as refused:
            return _json({"ok": False, "error": refused.words, "errors": refused.errors})
        except KeyError as missing:
            return _json({"ok": False, "error": f"this gesture also needs {missing}"}, status=400)
        answer: Json = {"ok": outcome.ok, "channel": outcome.channel, "message": outcome.message}
        if not outcome.ok:
            answer |= {"error": outcome.error, "errors": outcome.errors}
        elif followed := self._state.followed(str(body["as"]), str(body.get("did") or body.get("text") or "").strip()):
            self._live.tell_all({"type": "followed", "lines": followed})
        return _json(answer)

    async def _move_clock(self, request: web.Request) -> web.Response:
        body = await _body(request)
        clock = self._world.clock
        seconds = body.get("advance")
        if not isinstance(clock, StoryClock):
            return _json({"ok": False, "error": "this clock shows real time and cannot be moved"}, status=400)
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
            return _json({"ok": False, "error": "advance takes seconds, such as 3600"}, status=400)
        await clock.advance(timedelta(seconds=seconds))
        now = clock.now().timestamp()
        self._live.tell_all({"type": "clock", "now": now})
        return _json({"ok": True, "now": now})

    async def _answer_traffic(self, request: web.Request) -> web.Response:
        since = request.query.get("since", "0")
        entries = self._world.traffic.since(int(since) if since.isdigit() else 0)
        return _json({"entries": [entry.as_json() for entry in entries]})

    async def _answer_faults(self, request: web.Request) -> web.Response:
        return _json({"faults": self._world.faults.listed()})

    async def _set_faults(self, request: web.Request) -> web.Response:
        body = await _body(request)
        try:
            self._world.faults.replace(list(body.get("faults") or []))
        except (TypeError, ValueError) as error:
            return _json({"ok": False, "error": str(error)}, status=400)
        return _json({"ok": True, "faults": self._world.faults.listed()})

    async def _answer_file(self, request: web.Request) -> web.Response:
        file = self._world.workspace.files.get(request.match_info["file"])
        if file is None or file["content"] is None:
            return web.Response(status=404, text="no such file")
        # Always a download: an uploaded page must not run under this origin.
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{_quoted(file['name'])}",
            "X-Content-Type-Options": "nosniff",
        }
        return web.Response(
            body=base64.b64decode(file["content"]), content_type="application/octet-stream", headers=headers
        )

    def _viewer(self, request: web.Request) -> str:
        return self._state.viewer(request.query.get("as", ""))


def _chosen(body: Json) -> Json:
    return {key: value for key, value in body.items() if key.startswith(_CHOSEN_PREFIX)}


_Gesture = Callable[[BlockGestures, str, Json], Awaitable[Outcome]]
_GESTURES: dict[str, _Gesture] = {
    "type": lambda g, me, b: g.type(me, b["channel"], b["text"], b.get("thread_ts")),
    "click": lambda g, me, b: g.click(me, b["channel"], b["ts"], b["block_id"], b["action_id"], **_chosen(b)),
    "view_action": lambda g, me, b: g.view_action(
        me, b["view_id"], b["block_id"], b["action_id"], b.get("state"), **_chosen(b)
    ),
    "submit": lambda g, me, b: g.submit(me, b["view_id"], b.get("state") or {}),
    "close": lambda g, me, b: g.close(me, b["view_id"], all_=bool(b.get("all"))),
    "shortcut": lambda g, me, b: g.shortcut(me, b["callback_id"]),
    "message_shortcut": lambda g, me, b: g.message_shortcut(me, b["callback_id"], b["channel"], b["ts"]),
    "open_home": lambda g, me, b: g.open_home(me),
    "open_dm": lambda g, me, b: g.open_dm(me, b["user"]),
    "join": lambda g, me, b: g.join(me, b["channel"]),
    "read": lambda g, me, b: g.read(me, b["channel"], b["ts"], b.get("thread_ts")),
    "react": lambda g, me, b: g.react(me, b["channel"], b["ts"], b["name"]),
}


def _own_origin_only(handle: _Handler) -> _Handler:
    """A page from elsewhere, open in the same browser, must not act for people here."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        if origin and origin.partition("://")[2] != request.host:
            return _json({"ok": False, "error": "only the sandbox's own page may do this"}, status=403)
        return await handle(request)

    return guarded


async def _body(request: web.Request) -> Json:
    try:
        body = await request.json()
    except ValueError:
        body = None
    return body if isinstance(body, dict) else {}


def _json(body: Any, *, status: int = 200) -> web.Response:
    return web.Response(
        status=status, text=json.dumps(body), content_type="application/json", headers={"Cache-Control": "no-store"}
    )


def _quoted(name: str) -> str:
    return "".join(char if (char.isalnum() and char.isascii()) or char in "._-" else "_" for char in name)
