"""What the app is told, how often, and what people see when it does not answer."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from bot.clock import SteppedWire
from bot.sandbox.server import Sandbox
from tests.sandbox.calls import caller
from tests.sandbox.sample import actions, bolt, button, sandbox, section

MODES = pytest.mark.parametrize("mode", ["socket", "http"])


async def card(slack: Sandbox) -> None:
    async with caller(slack) as call:
        blocks = [section("card"), actions(button("Go", "vote", value="go"))]
        await call("chat.postMessage", channel=slack.room("#payments").id, text="card", blocks=blocks)


@MODES
@pytest.mark.usefixtures("in_life")
async def test_who_is_late_is_told_so_after_three_seconds(mode: str) -> None:
    async with sandbox(mode=mode) as slack, bolt(slack, mode) as app:

        @app.command("/release")
        @app.action("vote")
        async def slow(ack: Any) -> None:
            await asyncio.sleep(3.3)
            await ack()

        await card(slack)
        ana, bo = slack.person("ana"), slack.person("bo")
        loop = asyncio.get_running_loop()
        began = loop.time()
        typed, clicked = await asyncio.gather(ana.types("/release new"), bo.clicks("Go"))
        assert 2.9 < loop.time() - began < 3.3
        assert typed.error == '/release failed with the error "operation_timeout"'
        assert typed.error in slack.room("#payments").reads("ana")
        assert not clicked.ok


async def test_an_app_that_breaks_is_not_shown_as_done() -> None:
    async with sandbox(mode="http") as slack, bolt(slack, "http") as app:

        @app.command("/release")
        @app.action("vote")
        async def broken(ack: Any) -> None:
            raise RuntimeError("no database")

        await card(slack)
        ana = slack.person("ana")
        assert not (await ana.clicks("Go")).ok
        seen = await ana.types("/release new")
        assert seen.error == '/release failed with the error "http_service_error"'


async def test_without_a_connection_a_command_cannot_be_dispatched() -> None:
    async with sandbox() as slack:
        seen = await slack.person("ana").types("/release new")
        assert seen.error == '/release failed with the error "dispatch_failed"'


async def test_a_command_nobody_declared_is_not_sent() -> None:
    async with sandbox() as slack:
        seen = await slack.person("ana").types("/deploy now")
        assert seen.error == "/deploy is not a valid command."
        assert slack.deliveries == []
        seen = await slack.person("fay").types("/release new")
        assert seen.error == "/release is not a valid command.", "commands end at the workspace's border"


async def test_commands_do_not_work_in_threads() -> None:
    async with sandbox() as slack:
        ana = slack.person("ana")
        await ana.types("hello")
        seen = await ana.types("/release new", thread=slack.room("#payments").last)
        assert seen.error == "/release is not supported in threads. Sorry!"


@MODES
async def test_names_in_commands_are_escaped_where_the_manifest_says_so(mode: str) -> None:
    async with sandbox(mode=mode) as slack, bolt(slack, mode) as app:
        heard: list[str] = []

        @app.command("/release")
        @app.command("/plain")
        async def hear(ack: Any, body: Any) -> None:
            heard.append(body["text"])
            await ack()

        ana = slack.person("ana")
        text = "ask @Bo and @qa in #payments and #secret-launch <!channel> https://ci.example/7"
        await ana.types(f"/release {text}")
        await ana.types(f"/plain {text}")
        bo, payments, secret = slack.person("bo").id, slack.room("#payments").id, slack.room("#secret-launch").id
        group = next(iter(slack.workspace.groups))
        assert heard == [
            f"ask <@{bo}|bo> and <!subteam^{group}|@qa> in <#{payments}|payments> and <#{secret}|>"
            " &lt;!channel&gt; <https://ci.example/7>",
            text,
        ]


async def test_an_answer_slack_cannot_show_fails_the_command() -> None:
    async with sandbox() as slack, bolt(slack) as app:

        @app.command("/release")
        async def release(ack: Any) -> None:
            await ack(blocks=[section("x" * 3001)], text="long")

        seen = await slack.person("ana").types("/release")
        assert seen.error == '/release failed with the error "invalid_command_response"'


Received = list[tuple[dict[str, str], bytes]]


@asynccontextmanager
async def receiver(status: int, **headers: str) -> AsyncIterator[tuple[str, Received]]:
    """An app that always answers so; its request URL, and the (headers, body) it got."""
    got: Received = []

    async def receive(request: web.Request) -> web.Response:
        got.append(({name.lower(): value for name, value in request.headers.items()}, await request.read()))
        return web.Response(status=status, headers={n.replace("_", "-"): v for n, v in headers.items()})

    application = web.Application()
    application.router.add_post("/slack/events", receive)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events", got
    finally:
        await runner.cleanup()


async def test_events_are_repeated_at_once_after_a_minute_and_after_five() -> None:
    wire = SteppedWire()
    async with receiver(500) as (url, got), sandbox(mode="http", request_url=url, wire=wire) as slack:
        began = wire.monotonic()
        await slack.person("ana").types("@T-Minus why?")
        await slack.quiet()
        assert wire.monotonic() - began == 360
        assert [headers.get("x-slack-retry-num") for headers, _ in got] == [None, "1", "2", "3"]
        assert [headers.get("x-slack-retry-reason") for headers, _ in got] == [None, *["http_error"] * 3]
        events = [json.loads(body) for _, body in got]
        assert {event["event_id"] for event in events} == {events[0]["event_id"]}
        assert events[0]["event"]["text"] == f"<@{slack.bot_user_id}> why?"
        headers, body = got[0]
        assert SignatureVerifier(slack.signing_secret).is_valid_request(body, headers)
        assert not SignatureVerifier(slack.signing_secret).is_valid_request(body + b" ", headers)


async def test_an_app_may_decline_the_repetition() -> None:
    async with receiver(500, X_Slack_No_Retry="1") as (url, got):
        async with sandbox(mode="http", request_url=url) as slack:
            await slack.person("ana").types("@T-Minus why?")
            await slack.quiet()
        assert len(got) == 1


async def test_an_event_whose_acknowledgement_got_lost_comes_again() -> None:
    async with sandbox() as slack, bolt(slack) as app:
        heard: list[tuple[str, str]] = []

        @app.event("app_mention")
        async def mention(event: Any, request: Any) -> None:
            heard.append((event["text"].partition("> ")[2], request.headers["x-slack-retry-num"][0]))

        slack.faults.add("app_mention", "drop_after")
        await slack.person("ana").types("@T-Minus first")
        await slack.person("ana").types("@T-Minus second")
        await slack.quiet()
        assert sorted(heard) == [("first", "0"), ("first", "1"), ("second", "0")]


@MODES
async def test_one_payload_can_be_repeated_in_parallel(mode: str) -> None:
    async with sandbox(mode=mode) as slack, bolt(slack, mode) as app:
        keys: list[str] = []

        @app.action("vote")
        async def vote(ack: Any, body: Any) -> None:
            keys.append(body["trigger_id"])
            await ack()

        await card(slack)
        seen = await slack.person("bo").clicks("Go")
        assert seen.delivery is not None
        acks = await slack.replay(seen.delivery, 5)
        assert [ack.ok for ack in acks] == [True] * 5
        assert len(keys) == 6 and len(set(keys)) == 1

        await slack.person("bo").clicks("Go")
        assert len(set(keys)) == 2, "a second click is another one"

        slack.faults.add("block_actions", "duplicate")
        await slack.person("bo").clicks("Go")
        await slack.quiet()
        assert len(keys) == 9 and len(set(keys)) == 3


async def test_a_socket_that_is_refreshed_is_followed_by_another() -> None:
    async with sandbox() as slack, bolt(slack) as app:
        heard: list[str] = []

        @app.command("/release")
        async def release(ack: Any, body: Any) -> None:
            heard.append(body["text"])
            await ack("ok")

        old = slack.sockets.connected
        await slack.sockets.disconnect("refresh_requested")
        await slack.sockets.wait_for_new(old)
        assert (await slack.person("ana").types("/release status")).ok
        assert heard == ["status"]


async def test_deliveries_take_turns_between_sockets() -> None:
    async with sandbox() as slack, aiohttp.ClientSession() as session, caller(slack) as call:
        sockets = []
        for count in (1, 2):
            opened = await call("apps.connections.open", token=slack.app_token)
            socket = await session.ws_connect(opened["url"])
            hello = await socket.receive_json()
            assert (hello["type"], hello["num_connections"]) == ("hello", count)
            sockets.append(socket)
            again = await session.get(opened["url"].replace("ws://", "http://"))
            assert again.status == 401, "a ticket is good for one connection"

        got: list[int] = []

        async def answer(number: int) -> None:
            envelope = await sockets[number].receive_json()
            got.append(number)
            assert envelope["accepts_response_payload"]
            await sockets[number].send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "ok"}})

        both = [asyncio.create_task(answer(number)) for number in (0, 1)]
        for _ in both:
            assert (await slack.person("ana").types("/release")).text == "ok"
        await asyncio.gather(*both)
        assert sorted(got) == [0, 1]
        for socket in sockets:
            await socket.close()


async def test_a_mention_in_a_thread_keeps_its_thread_and_direct_messages_arrive() -> None:
    async with sandbox() as slack, bolt(slack) as app:
        heard: list[dict[str, Any]] = []

        @app.event("app_mention")
        @app.event("message")
        async def hear(event: Any) -> None:
            heard.append(event)

        ana = slack.person("ana")
        await card(slack)
        head = slack.room("#payments").last
        await ana.types("@T-Minus why", thread=head)
        await ana.types("hello", in_="dm")
        await ana.types("not for the bot")
        assert [(event["type"], event.get("thread_ts"), event.get("channel_type")) for event in heard] == [
            ("app_mention", head["ts"], None),
            ("message", None, "im"),
        ]


async def test_a_person_of_another_workspace_is_told_apart() -> None:
    async with sandbox() as slack, bolt(slack) as app:
        teams: list[tuple[str, str]] = []

        @app.action("vote")
        async def vote(ack: Any, body: Any) -> None:
            teams.append((body["team"]["id"], body["user"]["team_id"]))
            await ack()

        await card(slack)
        assert (await slack.person("fay").clicks("Go")).ok
        assert teams == [(slack.team_id, slack.person("fay").user.team_id)]
        assert teams[0][0] != teams[0][1]


async def test_the_app_hears_of_changes_among_people() -> None:
    async with sandbox() as slack, bolt(slack) as app:
        heard: list[str] = []

        @app.event("user_change")
        async def moved(event: Any) -> None:
            heard.append(event["user"]["tz"])

        @app.event("subteam_updated")
        async def regrouped(event: Any) -> None:
            heard.append(",".join(event["subteam"]["users"]))

        @app.event("member_joined_channel")
        async def joined(event: Any) -> None:
            heard.append(f"{event['user']} in {event['channel']}")

        await slack.person("bo").changes(tz="Asia/Tokyo")
        await slack.regroup("qa", ["finn"])
        await slack.person("finn").types("/invite @T-Minus", in_="#checkout")
        finn, checkout = slack.person("finn").id, slack.room("#checkout").id
        assert heard == ["Asia/Tokyo", finn, f"{slack.bot_user_id} in {checkout}"]


async def test_a_button_on_a_card_that_changed_meanwhile_still_reaches_the_app() -> None:
    async with sandbox() as slack, bolt(slack) as app, caller(slack) as call:
        values: list[str] = []

        @app.action("vote")
        async def vote(ack: Any, body: Any) -> None:
            values.append(body["actions"][0]["value"])
            await ack()

        await card(slack)
        old = slack.room("#payments").last
        blocks = [section("round 2"), actions(button("Go", "vote", value="round 2"))]
        await call("chat.update", channel=slack.room("#payments").id, ts=old["ts"], text="x", blocks=blocks)
        await slack.person("bo").clicks("Go", on=old, stale=True)
        await slack.person("bo").clicks("Go", on=old)
        assert values == ["go", "round 2"]


@MODES
async def test_two_hundred_people_press_at_once(mode: str) -> None:
    async with sandbox(mode=mode) as slack, bolt(slack, mode) as app:
        voters: set[str] = set()

        @app.action("vote")
        async def vote(ack: Any, body: Any) -> None:
            voters.add(body["user"]["id"])
            await ack()

        slack.found("#crowd", ["ana"])
        crowd = [slack.hire(f"p{number}", f"Person {number}", rooms=["#crowd"]) for number in range(200)]
        async with caller(slack) as call:
            blocks = [actions(button("Go", "vote", value="go"))]
            await call("chat.postMessage", channel=slack.room("#crowd").id, text="card", blocks=blocks)
        seen = await asyncio.gather(*(person.clicks("Go", in_="#crowd") for person in crowd))
        assert all(one.ok for one in seen)
        assert len(voters) == 200


async def test_the_app_hears_what_becomes_of_a_channel() -> None:
    async with sandbox() as slack, bolt(slack) as app:
        heard: list[str] = []

        @app.event("channel_archive")
        @app.event("channel_unarchive")
        async def closed(event: Any) -> None:
            heard.append(f"{event['type']} {event['channel']}")

        @app.event("channel_rename")
        async def renamed(event: Any) -> None:
            heard.append(f"{event['type']} {event['channel']['name']}")

        ana, room = slack.person("ana"), slack.room("#payments")
        await ana.archives("#payments")
        assert (await ana.types("anyone?")).error == "This channel is archived."
        await ana.archives("#payments", undo=True)
        await ana.renames("#payments", "#money")
        assert heard == [f"channel_archive {room.id}", f"channel_unarchive {room.id}", "channel_rename money"]
