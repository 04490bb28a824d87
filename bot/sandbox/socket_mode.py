"""Be Slack's end of Socket Mode: tickets, hello, envelopes, acknowledgements, disconnects."""

import asyncio
import json
from typing import Any

from aiohttp import WSMsgType, web

from bot.sandbox.deliver import UNREACHABLE, Ack, Delivery
from bot.sandbox.ids import Ids
from bot.sandbox.limits import MAX_SOCKETS
from bot.sandbox.traffic import Traffic


class Sockets:
    """The app's open sockets. Each delivery goes to one of them, in turn."""

    def __init__(self, *, ids: Ids, app_id: str, traffic: Traffic) -> None:
        self._ids = ids
        self._app_id = app_id
        self._traffic = traffic
        self._tickets: set[str] = set()
        self._open: list[web.WebSocketResponse] = []
        self._turn = 0
        self._waiting: dict[str, tuple[web.WebSocketResponse, asyncio.Future[Any]]] = {}
        self._arrived = asyncio.Condition()
        #: how many sockets were ever connected
        self.connected = 0

    def __len__(self) -> int:
        return len(self._open)

    async def wait_for_new(self, than: int = 0) -> None:
        """Return once more than `than` sockets were connected, counted from the start."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: self.connected > than)

    def ticket(self) -> str:
        """Good for one connection."""
        ticket = self._ids.next("ticket-", 16)
        self._tickets.add(ticket)
        return ticket

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """GET /link?ticket=…: the app's websocket."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=401, text="invalid ticket")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(heartbeat=None)
        await socket.prepare(request)
        if len(self._open) >= MAX_SOCKETS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        self._open.append(socket)
        try:
            await socket.send_json(
                {
                    "type": "hello",
                    "num_connections": len(self._open),
                    "debug_info": {"host": "applink-sandbox", "started": "", "approximate_connection_time": 3600},
                    "connection_info": {"app_id": self._app_id},
                }
            )
            async with self._arrived:
                self.connected += 1
                self._arrived.notify_all()
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._acknowledged(socket, message.data)
        finally:
            if socket in self._open:
                self._open.remove(socket)
        return socket

    async def push(self, delivery: Delivery, retry: int, reason: str, *, on_its_way: float = 0.0) -> Ack:
        """Send one envelope to the next socket, and wait for its acknowledgement."""
        if not self._open:
            return UNREACHABLE
        self._turn += 1
        socket = self._open[self._turn % len(self._open)]
        envelope_id = self._ids.next("envelope-", 16)
        envelope: dict[str, Any] = {
            "envelope_id": envelope_id,
            "type": delivery.kind,
            "payload": delivery.payload,
            "accepts_response_payload": delivery.accepts_response,
        }
        if delivery.kind == "events_api":
            envelope |= {"retry_attempt": retry, "retry_reason": "timeout" if retry else ""}
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = (socket, answer)
        try:
            await asyncio.sleep(on_its_way)
            await socket.send_json(envelope)
            body = await answer
        except ConnectionError:
            return UNREACHABLE
        finally:
            self._waiting.pop(envelope_id, None)
        return Ack(body=body if delivery.accepts_response else None)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask the app to reconnect: "warning" (soon) or "refresh_requested" (now, the socket then closes)."""
        for socket in list(self._open):
            await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}})
            if reason != "warning":
                self._open.remove(socket)

    async def cut(self) -> None:
        """Lose every connection without a word."""
        for socket in list(self._open):
            self._open.remove(socket)
            await socket.close()

    def _acknowledged(self, socket: web.WebSocketResponse, text: str) -> None:
        # An answer over another socket than its envelope's counts for nothing: nobody says that Slack would take it.
        try:
            answer = json.loads(text)
        except ValueError:
            answer = {}
        asked, waiting = self._waiting.get(str(answer.get("envelope_id")), (None, None))
        if waiting is None or asked is not socket or waiting.done():
            self._traffic.note("from app", "ack", summary="nobody waits for this", ok=False, request=answer or text)
            return
        waiting.set_result(answer.get("payload"))
