"""Trouble with Slack: it is away, it is unsure, it refuses. No post is lost, none doubled, and what waits is shown."""

import asyncio
import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from bot.slack.delivery import LEASE, TIMEOUT
from storage.engine import Busy
from storage.outbox_rows import OutboxRow
from tests.story import Story

pytestmark = pytest.mark.both

AWAY = ("chat.postMessage", "chat.update", "conversations.history", "conversations.replies")

HELD = "↳ T-Minus (to channel): Ana put payments 2.14.0 on hold"


async def ready(story: Story) -> tuple[int, Any]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{story.app.port}/readyz") as answer,
    ):
        return answer.status, await answer.json()


async def test_slack_is_away_for_a_quarter_of_an_hour(story: Story) -> None:
    """Everything that was to be said is said when it is back, once and in order."""
    ana, bo = story.people("ana", "bo")
    payments = story.room("#payments")
    for method in AWAY:
        story.box.faults.add(method, "server_error", times=30)
        story.endings.may_be_refused(method, "internal_error")
    began = story.wire.monotonic()
    await ana.types("/release new payments 2.14.0 in 3h")
    assert story.wire.monotonic() - began > 900
    assert payments.reads().count("payments 2.14.0 → production") == 1
    assert payments.reads().count("(to channel): payments 2.14.0: go/no-go is open") == 2, "in thread and in channel"
    await bo.clicks("Go", in_="#payments")
    assert "✅ Go" in payments.reads()


async def test_slack_does_it_and_says_it_failed(story: Story) -> None:
    """An error of the server says nothing about what was done: it is looked for, and nothing is doubled."""
    ana, bo = story.people("ana", "bo")
    payments = story.room("#payments")
    for _ in range(3):
        story.box.faults.add("chat.postMessage", "server_error_after", status=503)
    story.box.faults.add("chat.update", "server_error_after", status=500)
    story.endings.may_be_refused("chat.postMessage", "internal_error")
    story.endings.may_be_refused("chat.update", "internal_error")
    await ana.types("/release new payments 2.14.0 in 3h")
    await bo.clicks("Go", in_="#payments")
    said = [message["text"] for message in payments.messages]
    assert len(said) == len(set(said)) == 3, said
    assert "✅ Go" in payments.reads()


async def test_a_card_found_after_its_answer_was_lost_shows_what_happened_meanwhile(story: Story) -> None:
    """What Slack holds then is what was drawn before: found is not shown."""
    ana, bo = story.people("ana", "bo")
    payments = story.room("#payments")
    story.box.faults.add("chat.postMessage", "drop_after")
    await ana.at_once.types("/release new payments 2.14.0 in 3h")
    async with asyncio.timeout(30):
        while not await story.app.store.read(lambda work: [row for row in work.outbox.unsettled(10) if row.error]):
            continue
    assert "🟡 Go/no-go open" in payments.reads(), "it is there, and the bot does not know"
    await bo.at_once.types("/release go payments")
    await story.quiet()
    assert payments.reads().count("payments 2.14.0 → production") == 1
    assert "✅ Go" in payments.reads()
    assert "🟡 Go/no-go open" not in payments.reads()


@pytest.mark.parametrize("answered", [True, False])
async def test_a_database_that_is_away_for_a_while_costs_no_post_and_doubles_none(
    story: Story, monkeypatch: pytest.MonkeyPatch, answered: bool
) -> None:
    """Also where it is away just when a post of unknown outcome is to be looked for."""
    (ana,) = story.people("ana")
    payments = story.room("#payments")
    story.endings.may_log("not_drawn")
    draw, fails = story.app.delivery._draw, []

    async def away_at_first(row: Any) -> Any:
        this_one = row.kind == "card" and row.ambiguous is not answered and (not fails or row.id in fails)
        if this_one and len(fails) < 5:
            fails.append(row.id)
            raise Busy("the database did not answer in time; nothing was stored")
        return await draw(row)

    monkeypatch.setattr(story.app.delivery, "_draw", away_at_first)
    if not answered:
        story.box.faults.add("chat.postMessage", "drop_after")
    await ana.types("/release new payments 2.14.0 in 3h")
    assert len(fails) == 5
    assert payments.reads().count("payments 2.14.0 → production") == 1


async def test_a_token_that_is_refused_for_a_while(story: Story) -> None:
    """Nothing is given up, the health page says what to do, and all is said when the token is good again."""
    ana, bo = story.people("ana", "bo")
    payments = story.room("#payments")
    for method in ("chat.postMessage", "chat.update"):
        story.box.faults.add(method, "error", code="token_revoked", times=None)
        story.endings.may_be_refused(method, "token_revoked")
    story.endings.may_log("slack_refuses_the_bot")
    assert "is planned" in (await ana.at_once.types("/release new payments 2.14.0 in 3h")).text
    async with asyncio.timeout(30):
        while (await ready(story))[0] == 200:
            continue
    status, said = await ready(story)
    assert status == 503
    assert said["problems"]["slack"] == "it refuses the bot (token_revoked): install the app again"
    assert payments.messages == []

    story.box.faults.clear()
    await story.quiet()
    assert "payments 2.14.0 → production" in payments.reads()
    await bo.clicks("Go", in_="#payments")
    assert "✅ Go" in payments.reads()
    assert (await ready(story))[0] == 200


@pytest.mark.parametrize(("seconds", "status"), [(0.4, 200), (0.6, 503), (-0.6, 503)])
async def test_a_machine_whose_clock_is_not_the_databases_is_not_ready(
    story: Story, monkeypatch: pytest.MonkeyPatch, seconds: float, status: int
) -> None:
    async def ping() -> float:
        return seconds

    monkeypatch.setattr(story.app.store, "ping", ping)
    got, said = await ready(story)
    assert got == status
    assert said["problems"].get("database", "").endswith("run NTP") is (status == 503)


async def test_what_cannot_be_delivered_is_shown(story: Story) -> None:
    tom, eve = story.people("tom", "eve")
    story.endings.may_be_refused("chat.postMessage", "not_in_channel")
    story.endings.may_stay_undelivered("dead")
    await tom.types("/release new checkout 1.4.0 tomorrow 14:00", in_="#checkout")
    seen = await tom.types("/release status", in_="#checkout")
    assert "Not delivered: " in seen.text and "a card (not_in_channel: invite the bot to the channel)" in seen.text
    status, said = await ready(story)
    assert status == 200, "the work goes on"
    assert said["notes"]["outbox"].startswith("2 posts were given up in the last 24 h: not_in_channel")
    await tom.types("/invite @T-Minus", in_="#checkout")
    await story.quiet()
    assert "a card" not in (await eve.types("/release status", in_="#checkout")).text


async def test_one_post_that_slack_will_not_take_holds_up_nobody_for_long(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await ana.types("/release new payments 2.14.0 in 3h")
    story.box.faults.add("chat.postMessage", "error", code="some_new_error", times=3)
    story.endings.may_be_refused("chat.postMessage", "some_new_error")
    story.endings.may_stay_undelivered("dead")
    began = story.wire.monotonic()
    await tom.types("/release hold database")
    assert "⏸️ On hold" in story.room("#payments").reads()
    assert story.wire.monotonic() - began < 30


async def test_a_channel_that_comes_back_from_the_archive_shows_what_is_true_now(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await ana.types("/release new payments 2.14.0 in 10h")
    story.endings.may_be_refused("chat.postMessage", "is_archived")
    story.endings.may_be_refused("chat.update", "is_inactive")
    story.endings.may_stay_undelivered("dead")
    await ana.archives("#payments")
    await bo.types("/release go payments", in_="dm")
    assert (await story.release("payments 2.14.0")).state == "approved"
    assert "🟡 Go/no-go open" in story.room("#payments").reads()
    await tom.archives("#payments", undo=True)
    await story.quiet()
    assert "✅ Go" in story.room("#payments").reads()
    assert "🟡 Go/no-go open" not in story.room("#payments").reads()


async def test_a_sender_that_stood_still_takes_back_what_it_said_too_late(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lease ran out, somebody else has said it: Slack ends with one message, also where it limits or stumbles."""
    (ana,) = story.people("ana")
    story.box.faults.add("chat.delete", "rate_limited", retry_after=5)
    story.box.faults.add("chat.delete", "server_error", times=2)
    story.endings.may_be_refused("chat.delete", "ratelimited")
    story.endings.may_be_refused("chat.delete", "internal_error")
    payments = story.room("#payments")
    await ana.types("/release new payments 2.14.0 in 3h")
    other = await story.gains_a_replica()
    client = story.app.delivery.client
    reached, go_on, send = asyncio.Event(), asyncio.Event(), client.api_call

    async def stands_still(method: str, **arguments: Any) -> Any:
        if method == "chat.postMessage" and "on hold: “database”" in str(arguments):
            reached.set()
            await go_on.wait()
        return await send(method, **arguments)

    monkeypatch.setattr(client, "api_call", stands_still)
    if story.mode == "http":  # the first bot hears of it, so that it is the first to send
        story.box.request_url = f"http://127.0.0.1:{story.app.port}/slack/events"
    story.app.delivery.nudge()
    await ana.at_once.types("/release hold database")
    async with asyncio.timeout(30):
        await reached.wait()
    await story.wire.sleep(LEASE + 1)
    await other.delivery.quiet()
    assert payments.reads().count(HELD) == 1, "the other one has said it"
    go_on.set()
    await story.quiet()
    assert payments.reads().count(HELD) == 1


async def test_a_sender_that_stood_still_before_it_began_says_nothing_too_late(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease counts from when the row was claimed, not from when the process went on."""
    (ana,) = story.people("ana")
    payments = story.room("#payments")
    await ana.types("/release new payments 2.14.0 in 3h")
    delivery = story.app.delivery
    write, send = delivery.store.write, delivery.client.api_call
    reached, go_on, said_late = asyncio.Event(), asyncio.Event(), []

    async def stands_still(*given: Any, **named: Any) -> Any:
        done = await write(*given, **named)
        claimed = done[0] if isinstance(done, tuple) else []
        if any(isinstance(row, OutboxRow) and row.kind == "notice" for row in claimed):
            reached.set()
            await go_on.wait()
        return done

    async def says(method: str, **arguments: Any) -> Any:
        said_late.append(method)
        return await send(method, **arguments)

    monkeypatch.setattr(delivery, "store", SimpleNamespace(write=stands_still, read=delivery.store.read))
    monkeypatch.setattr(delivery.client, "api_call", says)
    await ana.at_once.types("/release hold database")
    async with asyncio.timeout(30):
        await reached.wait()
    other = await story.gains_a_replica()
    await story.wire.sleep(LEASE + 1)
    await other.delivery.quiet()
    assert payments.reads().count(HELD) == 1, "the other one has said it"
    said_late.clear()
    go_on.set()
    await story.quiet()
    assert "chat.postMessage" not in said_late


async def test_an_edit_without_an_answer_cannot_overtake_the_next_one(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may still be on its way to Slack: the card is edited again only when it cannot be any more."""
    ana, bo = story.people("ana", "bo")
    payments = story.room("#payments")
    await ana.types("/release new payments 2.14.0 in 3h")
    client = story.app.delivery.client
    edits, send = [], client.api_call

    async def late(method: str, **arguments: Any) -> Any:
        if method == "chat.update" and arguments["json"]["channel"] == payments.id:
            edits.append(story.wire.monotonic())
            if len(edits) == 1:
                raise TimeoutError
        return await send(method, **arguments)

    monkeypatch.setattr(client, "api_call", late)
    await bo.clicks("Go", in_="#payments")
    assert "✅ Go" in payments.reads()
    assert edits[1] - edits[0] >= TIMEOUT + 5


async def test_a_card_that_was_deleted_comes_back_once_however_much_happens_meanwhile(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is posted again, the next change finds no message of it either."""
    ana, bo = story.people("ana", "bo")
    payments = story.room("#payments")
    await ana.types("/release new payments 2.14.0 in 3h")
    card = next(message for message in payments.messages if message.get("thread_ts") == message["ts"])
    client = story.app.delivery.client
    story.endings.may_be_refused("chat.update", "cant_update_message")
    await client.chat_delete(channel=payments.id, ts=card["ts"])
    reached, go_on, send = asyncio.Event(), asyncio.Event(), client.api_call

    async def slowly(method: str, **arguments: Any) -> Any:
        if method == "chat.postMessage" and "→ production" in str(arguments) and not reached.is_set():
            reached.set()
            await go_on.wait()
        return await send(method, **arguments)

    monkeypatch.setattr(client, "api_call", slowly)
    await ana.at_once.types("/release hold database", in_="dm")
    async with asyncio.timeout(30):
        await reached.wait()
    posting = set(story.app.delivery._lanes.values())
    await bo.at_once.types("/release go payments", in_="dm")
    await story.app.delivery._round()
    await asyncio.gather(*(sending for sending in story.app.delivery._lanes.values() if sending not in posting))
    go_on.set()
    await story.quiet()
    assert payments.reads().count("payments 2.14.0 → production") == 1


async def test_a_refusal_is_not_held_against_slack_when_nothing_waits_any_more(story: Story) -> None:
    """An answer to one person expires: then nobody knows whether the token is still refused."""
    (ana,) = story.people("ana")
    story.box.faults.add("chat.postEphemeral", "error", code="token_revoked", times=None)
    story.endings.may_be_refused("chat.postEphemeral", "token_revoked")
    story.endings.may_stay_undelivered("dead")
    story.endings.may_log("slack_refuses_the_bot")
    expires, place = story.clock.now() + timedelta(minutes=30), story.room("#payments").id
    answer = {"channel": place, "user": ana.id, "message": {"text": "You said go.", "blocks": []}}
    await story.app.store.write(
        lambda work: work.outbox.put("ephemeral", "private", payload=answer, expires_at=expires),
        workspace=story.app.workspace,
    )
    async with asyncio.timeout(30):
        while (await ready(story))[0] == 200:
            continue
    await story.advance(minutes=31)
    assert (await ready(story))[0] == 200


async def test_admins_see_what_was_given_up_and_have_it_sent_again(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    checkout = story.room("#checkout")
    story.endings.may_be_refused("chat.postMessage", "not_in_channel")
    story.endings.may_stay_undelivered("dead")
    await tom.types("/release new checkout 1.4.0 tomorrow 14:00", in_="#checkout")
    assert "Only release admins can do this: Ana." in (await bo.types("/release health")).text

    seen = await ana.types("/release health")
    assert seen.text.startswith("⚠️ Something needs a look.\nNothing waits to be sent.\n")
    lost = "did not arrive, 09:00 today: not_in_channel: invite the bot to the channel"
    assert f"A card for #checkout (REL-1) {lost}" in seen.text
    assert f"An announcement for #checkout (REL-1) {lost}" in seen.text
    await tom.types("/invite @T-Minus", in_="#checkout")
    assert "It is sent again." in (await ana.clicks("Send again", on=seen.message)).text
    await story.quiet()
    assert checkout.reads("tom").count("checkout 1.4.0 → production") == 1
    again = await ana.clicks("Send again", on=seen.message, stale=True)
    assert "That has been settled meanwhile." in again.text

    left = await ana.types("/release health")
    assert "A card" not in left.text
    await ana.clicks("Drop", on=left.message)
    assert (await ana.types("/release health")).text == "✅ Nothing was given up.\nNothing waits to be sent."


async def test_the_measures_tell_what_happened_and_the_log_names_it_from_the_click_to_the_post(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 in 3h")
    story.box.faults.add("chat.update", "error", code="some_new_error")
    story.endings.may_be_refused("chat.update", "some_new_error")
    await bo.clicks("Go", in_="#payments")
    _, said = await ready(story)
    assert said["measures"] == {
        "outbox_queued": 0, "outbox_sending": 0, "outbox_dead": 0, "outbox_ambiguous": 0,
        "outbox_oldest_seconds": 0, "timer_lag_seconds": 0, "timers_dead": 0,
    }  # fmt: skip
    async with aiohttp.ClientSession() as session:
        page = await (await session.get(f"http://127.0.0.1:{story.app.port}/metrics")).text()
    for line in (
        'tminus_ack_seconds_count{kind="command",status="200"} 1.0',
        'tminus_ack_seconds_count{kind="block_actions",status="200"} 1.0',
        'tminus_slack_errors_total{error="some_new_error",method="chat.update"} 1.0',
        "tminus_outbox_dead 0.0",
        "tminus_timer_lag_seconds 0.0",
    ):
        assert line in page, line
    assert re.search(r'tminus_transaction_seconds_count{kind="write",outcome="ok"} \d+', page)

    done = [line for line in story.lines if line["event"] == "gesture_done"]
    clicked = next(line["gesture"] for line in done if line["kind"] == "button")
    delivered = [line["method"] for line in story.lines if line["event"] == "delivered" and line["gesture"] == clicked]
    assert {"response_url", "chat.update", "chat.postMessage"} <= {*delivered}
    assert "payments 2.14.0" not in str([line for line in story.lines if line["log_level"] != "debug"])


async def test_however_many_click_each_gets_an_answer_at_once(story: Story) -> None:
    """An answer to a click has no limit but its own address: fifty in a minute wait for nobody."""
    (ana,) = story.people("ana")
    await ana.types("/release new payments 2.14.0 in 3h")
    began = story.wire.monotonic()
    for _ in range(60):
        seen = await ana.clicks("Go", in_="#payments")
        assert "You are the captain of payments 2.14.0" in seen.text
    assert story.wire.monotonic() - began < 30
