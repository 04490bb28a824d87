"""What the page in the browser is given, may do, and hears live."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from bot.clock import Clock, StoryClock
from bot.sandbox.page_state import Tip
from bot.sandbox.server import Sandbox
from tests.sandbox.calls import caller
from tests.sandbox.sample import COMMANDS, actions, bolt, button, sandbox, section

Json = dict[str, Any]


class Tab:
    """A browser tab that acts as one person."""

    def __init__(self, session: aiohttp.ClientSession, slack: Sandbox, name: str) -> None:
        self._session = session
        self._slack = slack
        self.me = slack.person(name).id

    async def get(self, path: str, **query: str) -> Json:
        async with self._session.get(self._slack.url + path, params={"as": self.me, **query}) as response:
            body: Json = await response.json()
            return body

    async def post(self, path: str, body: Json, **headers: str) -> Json:
        async with self._session.post(self._slack.url + path, json=body, headers=headers) as response:
            answer: Json = await response.json()
            return answer

    async def does(self, gesture: str, **fields: Any) -> Json:
        return await self.post("/sandbox/gesture", {"as": self.me, "gesture": gesture, **fields})

    @asynccontextmanager
    async def live(self) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        url = f"{self._slack.url}/sandbox/live?as={self.me}"
        async with self._session.ws_connect(url) as socket:
            yield socket


@asynccontextmanager
async def tab(slack: Sandbox, name: str) -> AsyncIterator[Tab]:
    async with aiohttp.ClientSession() as session:
        yield Tab(session, slack, name)


async def next_of(socket: aiohttp.ClientWebSocketResponse, kind: str) -> Json:
    """The next thing of this type that is said."""
    while True:
        said: Json = await socket.receive_json(timeout=5)
        if said["type"] == kind:
            return said


async def test_the_state_is_what_this_person_may_see() -> None:
    async with (
        sandbox(hint=[Tip("Type /release", ("/release",))]) as slack,
        tab(slack, "ana") as ana,
        tab(slack, "gus") as gus,
    ):
        state = await ana.get("/sandbox/state")
        assert state["me"]["id"] == ana.me and state["me"]["avatar"]["initials"] == "AK"
        assert state["commands"] == COMMANDS and state["hint"] == [
            {"text": "Type /release", "followed_by": ["/release"], "but_not": ""}
        ]
        assert state["app"]["name"] == "T-Minus"
        assert state["clock"]["label"] == "Tue 1 Dec 2026 10:00 (Berlin)"
        assert {shortcut["type"] for shortcut in state["shortcuts"]} == {"global", "message"}
        rooms = {channel["name"]: channel for channel in state["channels"]}
        assert not rooms["checkout"]["is_member"] and rooms["secret-launch"]["is_private"]
        assert [direct["user"] for direct in state["dms"]] == [slack.bot_user_id]

        seen_by_gus = {channel["name"] for channel in (await gus.get("/sandbox/state"))["channels"]}
        assert seen_by_gus == {"general", "checkout"}
        secret = slack.room("#secret-launch").id
        assert "error" in await gus.get("/sandbox/messages", channel=secret)


async def test_a_gesture_of_one_is_seen_live_by_others() -> None:
    async with sandbox() as slack, bolt(slack) as app, tab(slack, "ana") as ana, tab(slack, "bo") as bo:

        @app.command("/release")
        async def release(ack: Any, client: Any, body: Any) -> None:
            blocks = [section("card", block_id="head"), actions(button("Go", "vote", value="go"))]
            await client.chat_postMessage(channel=body["channel_id"], text="card", blocks=blocks)
            await ack("Only for you.")

        @app.action("vote")
        async def vote(ack: Any, client: Any, body: Any) -> None:
            await client.chat_update(channel=body["channel"]["id"], ts=body["message"]["ts"], text="done")
            await ack()

        payments = slack.room("#payments").id
        async with bo.live() as heard_by_bo, ana.live() as heard_by_ana:
            assert (await ana.does("type", channel=payments, text="/release"))["ok"]
            card = await next_of(heard_by_bo, "message")
            assert (await next_of(heard_by_bo, "unread"))["unread"] == 1
            assert (await next_of(heard_by_ana, "ephemeral"))["message"]["text"] == "Only for you."
            shown = await ana.get("/sandbox/messages", channel=payments)
            assert [message["text"] for message in shown["messages"]] == ["card", "Only for you."]
            assert len((await bo.get("/sandbox/messages", channel=payments))["messages"]) == 1

            row = card["message"]["blocks"][1]
            clicked = await bo.does(
                "click", channel=payments, ts=card["message"]["ts"], block_id=row["block_id"], action_id="vote"
            )
            assert clicked["ok"], clicked
            changed = await next_of(heard_by_ana, "message")
            while changed["message"]["text"] != "done":
                changed = await next_of(heard_by_ana, "message")
            assert changed["message"]["ts"] == card["message"]["ts"]
            assert changed["seq"] > card["seq"]

        traffic = (await ana.get("/sandbox/traffic", since="0"))["entries"]
        kinds = [entry["kind"] for entry in traffic]
        assert kinds.index("chat.postMessage") < kinds.index("slash_commands") < kinds.index("block_actions")
        assert (await ana.get("/sandbox/traffic", since=str(traffic[-1]["id"])))["entries"] == []


async def test_a_tab_that_is_gone_before_it_is_answered_is_no_trouble(caplog: pytest.LogCaptureFixture) -> None:
    """Reloaded at once, it leaves without waiting for its live line."""
    async with sandbox() as slack:
        for _ in range(3):
            reader, writer = await asyncio.open_connection("127.0.0.1", int(slack.url.rpartition(":")[2]))
            head = "GET /sandbox/live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            writer.write((head + key).encode())
            writer.close()
            await reader.read()
        async with tab(slack, "ana") as ana:
            assert (await ana.get("/sandbox/state"))["me"]["id"] == ana.me
    assert caplog.records == []


async def test_a_refused_gesture_says_why() -> None:
    async with sandbox() as slack, tab(slack, "ana") as ana:
        checkout = slack.room("#checkout").id
        assert (await ana.does("type", channel=checkout, text="hello"))["error"] == "Join #checkout to write here."
        assert "there are click, close" in (await ana.does("dance"))["error"]
        assert (await ana.does("type", channel=checkout))["error"] == "this gesture also needs 'text'"
        failed = await ana.does("type", channel=slack.room("#payments").id, text="/nothing")
        assert failed["error"] == failed["message"]["failed"] == "/nothing is not a valid command."


async def test_reading_and_reacting() -> None:
    async with sandbox() as slack, tab(slack, "bo") as bo, bo.live() as live:
        await slack.person("ana").types("done")
        payments = slack.room("#payments")
        ts = payments.last["ts"]
        await bo.does("read", channel=payments.id, ts=ts)
        state = await bo.get("/sandbox/state")
        room = next(channel for channel in state["channels"] if channel["id"] == payments.id)
        assert (room["unread"], room["last_read"], room["latest"]) == (0, ts, ts)
        await bo.does("react", channel=payments.id, ts=ts, name="tada")
        assert payments.last["reactions"] == [{"name": "tada", "users": [bo.me], "count": 1}]
        await bo.does("react", channel=payments.id, ts=ts, name="tada")
        assert payments.last["reactions"] == []
        assert (await next_of(live, "message"))["message"]["text"] == "done"


async def test_the_clock_is_moved_from_the_page_only_if_it_is_a_storys() -> None:
    async with sandbox() as slack, tab(slack, "ana") as ana, ana.live() as live:
        answer = await ana.post("/sandbox/clock", {"advance": 3600})
        assert answer["now"] == datetime(2026, 12, 1, 10, tzinfo=UTC).timestamp()
        assert (await next_of(live, "clock"))["now"] == answer["now"]
        assert not (await ana.post("/sandbox/clock", {"advance": -1}))["ok"]
        assert isinstance(slack.world.clock, StoryClock)
    async with sandbox(clock=Clock()) as slack, tab(slack, "ana") as ana:
        assert "real time" in (await ana.post("/sandbox/clock", {"advance": 60}))["error"]


async def test_faults_are_set_from_the_page() -> None:
    async with sandbox() as slack, tab(slack, "ana") as ana, caller(slack) as call:
        wrong = await ana.post("/sandbox/faults", {"faults": [{"match": "auth.test", "effect": "slowly"}]})
        assert not wrong["ok"] and "there are rate_limited" in wrong["error"]
        assert (await ana.post("/sandbox/faults", {"faults": [{"match": "auth.test", "effect": "error"}]}))["ok"]
        assert (await ana.get("/sandbox/faults"))["faults"][0]["times"] == 1
        assert await call.error("auth.test") == "internal_error"


async def test_a_page_from_elsewhere_may_not_act() -> None:
    async with sandbox() as slack, tab(slack, "ana") as ana:
        body = {"as": ana.me, "gesture": "open_dm", "user": slack.bot_user_id}
        refused = await ana.post("/sandbox/gesture", body, Origin="https://evil.example")
        assert refused["error"] == "only the sandbox's own page may do this"
        assert (await ana.post("/sandbox/gesture", body, Origin=slack.url))["ok"]


async def test_an_uploaded_file_is_shared_and_can_be_fetched() -> None:
    from slack_sdk.web.async_client import AsyncWebClient

    async with sandbox() as slack, aiohttp.ClientSession() as session:
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, session=session)
        await client.files_upload_v2(
            channel=slack.room("#payments").id,
            filename="REL-12.csv",
            content="who,said\nBo,go\n",
            initial_comment="Evidence",
        )
        message = slack.room("#payments").last
        assert slack.room("#payments").reads() == "T-Minus: Evidence\n    [file: REL-12.csv]"
        async with session.get(message["files"][0]["url_private"]) as response:
            assert await response.text() == "who,said\nBo,go\n"
            assert response.headers["Content-Disposition"] == "attachment; filename*=UTF-8''REL-12.csv"
