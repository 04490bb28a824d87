"""Push what happens to every open page, each as its person may see it."""

import asyncio
import json
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from bot.sandbox.page_state import PageState
from bot.sandbox.people import Json
from bot.sandbox.reading import unread
from bot.sandbox.traffic import Entry
from bot.sandbox.workspace import Change
from bot.sandbox.world import World


@dataclass(eq=False)
class _Viewer:
    user: str
    queue: asyncio.Queue[Json | None] = field(default_factory=asyncio.Queue)


class Live:
    """`seq` counts everything ever said, so that a page can tell whether its loaded state is older."""

    def __init__(self, world: World, state: PageState) -> None:
        self._world = world
        self._state = state
        self._viewers: set[_Viewer] = set()
        self.seq = 0
        world.workspace.listeners.append(self._changed)
        world.traffic.listeners.append(self._traffic)
        world.faults.listeners.append(self._faults)

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """WS /sandbox/live?as=U…"""
        socket = web.WebSocketResponse(heartbeat=30)
        try:
            await socket.prepare(request)
        except ConnectionError:  # reloaded before it was answered
            return web.Response()
        viewer = _Viewer(self._state.viewer(request.query.get("as", "")))
        self._viewers.add(viewer)
        sender = asyncio.create_task(self._send(viewer, socket))
        try:
            async for message in socket:
                if message.type is WSMsgType.ERROR:
                    break
        finally:
            self._viewers.discard(viewer)
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
        return socket

    async def stop(self) -> None:
        for viewer in list(self._viewers):
            viewer.queue.put_nowait(None)
        await asyncio.sleep(0)

    def tell_all(self, body: Json) -> None:
        self.seq += 1
        for viewer in self._viewers:
            viewer.queue.put_nowait({"seq": self.seq, **body})

    async def _send(self, viewer: _Viewer, socket: web.WebSocketResponse) -> None:
        while (body := await viewer.queue.get()) is not None:
            try:
                await socket.send_str(json.dumps(body))
            except ConnectionError:
                return
        await socket.close()

    def _traffic(self, entry: Entry) -> None:
        if not self._viewers:  # nobody looks: a copy of all that was said would be made for nothing
            self.seq += 1
            return
        self.tell_all({"type": "traffic", "entry": entry.as_json()})

    def _faults(self) -> None:
        self.tell_all({"type": "faults", "faults": self._world.faults.listed()})

    def _changed(self, change: Change) -> None:
        self.seq += 1
        workspace = self._world.workspace
        channel = workspace.channels.get(change.channel) if change.channel else None
        for viewer in self._viewers:
            if change.user is not None and change.user != viewer.user:
                continue
            if channel is not None and not workspace.sees(viewer.user, channel):
                continue
            body: Json = {"seq": self.seq, "type": change.type, **change.data}
            if change.type == "channel" and channel is not None:
                body["channel"] = self._state.channel(viewer.user, channel)
            # A message lives on in the workspace; what was said is what it is now.
            viewer.queue.put_nowait(json.loads(json.dumps(body)))
            if change.type in ("message", "message_deleted") and channel is not None:
                counted = unread(workspace, channel, viewer.user)
                viewer.queue.put_nowait(
                    {
                        "seq": self.seq,
                        "type": "unread",
                        "channel": channel.id,
                        "unread": counted.unread,
                        "mentions": counted.mentions,
                    }
                )
