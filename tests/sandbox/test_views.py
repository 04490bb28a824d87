"""Modals and Home tabs: triggers, stacks, hashes, forms and what a submission may answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp

from bot.sandbox.server import Sandbox
from tests.sandbox.calls import caller
from tests.sandbox.sample import actions, bolt, button, field, plain, sandbox, section

MODES = pytest.mark.parametrize("mode", ["socket", "http"])
SERVICE = field("Service", {"type": "plain_text_input", "action_id": "service", "min_length": 3}, block_id="svc")
DAY = field("Day", {"type": "datepicker", "action_id": "day"}, block_id="day", optional=True)
RISK = field(
    "Risk",
    {
        "type": "static_select",
        "action_id": "risk",
        "options": [{"text": plain(word), "value": word[0]} for word in ("low", "medium", "high")],
        "initial_option": {"text": plain("medium"), "value": "m"},
    },
    block_id="risk",
)
WHO = section(
    "Deployer",
    block_id="who",
    accessory={"type": "users_select", "action_id": "who", "placeholder": plain("Somebody")},
)


def modal(title: str, *blocks: Any, **more: Any) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": "new",
        "title": plain(title),
        "submit": plain("Plan it"),
        "blocks": list(blocks) or [SERVICE, DAY, RISK, WHO],
        **more,
    }


@asynccontextmanager
async def planning(mode: str = "socket", view: dict[str, Any] | None = None) -> AsyncIterator[tuple[Sandbox, AsyncApp]]:
    """A workspace whose app opens a modal for /release."""
    async with sandbox(mode=mode) as slack, bolt(slack, mode) as app:

        @app.command("/release")
        async def release(ack: Any, client: Any, body: Any) -> None:
            await client.views_open(trigger_id=body["trigger_id"], view=view or modal("New release"))
            await ack()

        yield slack, app


@MODES
async def test_a_form_is_opened_filled_and_sent(mode: str) -> None:
    async with planning(mode) as (slack, app):
        states: list[Any] = []

        @app.view("new")
        async def planned(ack: Any, body: Any) -> None:
            states.append(body["view"]["state"]["values"])
            await ack()

        @app.action("who")
        async def chosen(ack: Any, body: Any) -> None:
            states.append(body["view"]["state"]["values"]["who"])
            await ack()

        ana = slack.person("ana")
        seen = await ana.types("/release new")
        assert seen.text == (
            "== New release ==\n"
            "Service: [plain text input]\n"
            "Day (optional): [datepicker]\n"
            "Risk: [medium]\n"
            "Deployer  [Somebody]\n"
            "[Plan it]"
        )
        seen = await ana.submits()
        assert seen.errors == {"svc": "Please complete this required field."}
        assert (await ana.submits(service="pa")).errors == {"svc": "Please enter at least 3 characters."}
        assert states == [], "the client does not send an unfinished form"

        await ana.chooses("Somebody", "Tom Berger")
        assert (await ana.submits({"Service": "payments", "Day": "2026-12-02"}, risk="high")).ok
        assert ana.modal is None
        tom = slack.person("tom").id
        held_by = {"who": {"type": "users_select", "selected_user": tom}}
        assert states[0] == held_by
        assert states[1] == {
            "svc": {"service": {"type": "plain_text_input", "value": "payments"}},
            "day": {"day": {"type": "datepicker", "selected_date": "2026-12-02"}},
            "risk": {"risk": {"type": "static_select", "selected_option": {"text": plain("high"), "value": "h"}}},
            "who": held_by,
        }


@MODES
async def test_a_submission_may_answer_with_errors_another_view_or_the_end(mode: str) -> None:
    async with planning(mode) as (slack, app):
        answers: list[dict[str, Any]] = [
            {"response_action": "errors", "errors": {"svc": "No such service."}},
            {"response_action": "errors", "errors": {"who": "not an input"}},
            {"response_action": "update", "view": modal("Again")},
            {"response_action": "push", "view": modal("Second")},
            {"response_action": "push", "view": modal("Third")},
            {"response_action": "push", "view": modal("Fourth")},
            {"response_action": "clear"},
        ]

        @app.view("new")
        async def planned(ack: Any) -> None:
            await ack(**answers.pop(0))

        ana = slack.person("ana")
        await ana.types("/release new")
        assert (await ana.submits(service="payment")).errors == {"svc": "No such service."}
        trouble = "We had some trouble connecting. Try again?"
        assert (await ana.submits()).error == trouble, "errors belong to inputs"
        seen = await ana.submits()
        assert seen.text.startswith("== Again ==\nService: [payment]"), "what was typed stays"
        first = ana.modal
        assert (await ana.submits()).text.startswith("== Second ==")
        assert first and ana.modal and ana.modal["previous_view_id"] == ana.modal["root_view_id"] == first["id"]
        await ana.submits(service="payments")
        assert len(slack.workspace.stacks[ana.id]) == 3
        assert (await ana.submits(service="payments")).error == trouble, "three views are the most"
        await ana.submits()
        assert ana.modal is None


@pytest.mark.usefixtures("in_life")
async def test_a_trigger_lives_three_seconds_and_once() -> None:
    async with sandbox() as slack, bolt(slack) as app, caller(slack) as call:
        triggers: list[str] = []

        @app.command("/release")
        async def release(ack: Any, body: Any) -> None:
            triggers.append(body["trigger_id"])
            await ack()

        for _ in range(2):
            await slack.person("ana").types("/release")
        assert await call.error("views.open", trigger_id="1.2", view=modal("x")) == "invalid_trigger_id"
        assert await call.error("views.open", trigger_id=triggers[0], view={"type": "modal"}) == "invalid_arguments"
        assert await call.error("views.push", trigger_id=triggers[1], view=modal("x")) == "invalid_trigger_id"
        assert (await call("views.open", trigger_id=triggers[0], view=modal("x")))["ok"]
        assert await call.error("views.open", trigger_id=triggers[0], view=modal("x")) == "exchanged_trigger_id"
        await slack.person("ana").types("/release")
        await asyncio.sleep(3.05)
        assert await call.error("views.open", trigger_id=triggers[2], view=modal("x")) == "expired_trigger_id"


async def test_a_stale_hash_is_refused_and_ids_find_a_view() -> None:
    async with planning(view=modal("One", external_id="plan-7")) as (slack, _), caller(slack) as call:
        ana = slack.person("ana")
        await ana.types("/release new")
        assert ana.modal
        old = ana.modal["hash"]
        updated = await call("views.update", external_id="plan-7", view=modal("Two"), hash=old)
        assert ana.reads().startswith("== Two ==")
        view_id = updated["view"]["id"]
        assert await call.error("views.update", view_id=view_id, view=modal("Three"), hash=old) == "hash_conflict"
        assert await call.error("views.update", view_id="V0NONE", view=modal("Three")) == "not_found"
        big = modal("Big", *[section("x" * 2990) for _ in range(90)])
        assert await call.error("views.update", view_id=view_id, view=big) == "view_too_large"
        invalid = modal("Bad", {"type": "markdown", "text": "x"})
        assert await call.error("views.update", view_id=view_id, view=invalid) == "invalid_arguments"


async def test_closing_is_told_to_who_wants_to_know() -> None:
    async with planning(view=modal("One", notify_on_close=True)) as (slack, app):
        told: list[bool] = []

        @app.view_closed("new")
        async def closed(ack: Any, body: Any) -> None:
            told.append(body["is_cleared"])
            await ack()

        ana = slack.person("ana")
        await ana.types("/release new")
        await ana.closes_modal()
        await ana.types("/release new")
        await ana.closes_modal(all_=True)
        assert told == [False, True]
        assert ana.modal is None


async def test_a_home_tab_is_published_and_pressed() -> None:
    async with sandbox() as slack, bolt(slack) as app, caller(slack) as call:

        def home(text: str) -> dict[str, Any]:
            return {"type": "home", "blocks": [section(text), actions(button("Go", "vote", value="7"))]}

        @app.event("app_home_opened")
        async def opened(event: Any, client: Any) -> None:
            await client.views_publish(user_id=event["user"], view=home("Waiting on me (1)"))

        @app.action("vote")
        async def vote(ack: Any, body: Any, client: Any) -> None:
            assert body["container"] == {"type": "view", "view_id": body["view"]["id"]}
            assert "response_url" not in body
            await client.views_publish(
                user_id=body["user"]["id"], view=home("Waiting on me (0)"), hash=body["view"]["hash"]
            )
            await ack()

        bo = slack.person("bo")
        await bo.opens_home()
        assert bo.reads("home") == "Waiting on me (1)\n[Go]"
        old = (bo.home or {})["hash"]
        assert (await bo.clicks("Go", on="home")).ok
        assert bo.reads("home") == "Waiting on me (0)\n[Go]"
        assert await call.error("views.publish", user_id=bo.id, view=home("x"), hash=old) == "hash_conflict"
        assert slack.person("ana").home is None


async def test_shortcuts_reach_the_app() -> None:
    async with sandbox() as slack, bolt(slack) as app:
        heard: list[str] = []

        @app.shortcut("new")
        async def new(ack: Any, body: Any, client: Any) -> None:
            assert "response_url" not in body and "channel" not in body
            await client.views_open(trigger_id=body["trigger_id"], view=modal("New release"))
            await ack()

        @app.shortcut("actions")
        async def about(ack: Any, body: Any, respond: Any) -> None:
            heard.append(body["message"]["text"])
            await respond("Only for you.")
            await ack()

        ana = slack.person("ana")
        assert (await ana.shortcut("New release")).text.startswith("== New release ==")
        await ana.closes_modal()
        await ana.types("deploying soon")
        seen = await ana.message_shortcut("Release actions…", slack.room("#payments").last)
        assert (heard, seen.text) == (["deploying soon"], "Only for you.")
