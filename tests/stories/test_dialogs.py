"""Dialogs open with what was typed; where Slack does not open one, the person hears whether trying again can help."""

import copy
import json

import pytest

from tests.story import Story


async def test_more_was_typed_than_the_dialog_holds(story: Story) -> None:
    (ana,) = story.people("ana")
    opened = await ana.types("/release new " + "s" * 70)
    assert opened.modal is not None
    assert "s" * 60 in opened.text and "s" * 61 not in opened.text
    assert "What you typed is cut here: 60 characters fit." in str(opened.modal["blocks"][0]["hint"])


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"effect": "error", "code": "expired_trigger_id"}, "I couldn't open the dialog in time."),
        ({"effect": "rate_limited"}, "Slack can't open the dialog just now. Nothing changed; please try again in"),
        ({"effect": "server_error"}, "Slack can't open the dialog just now."),
        ({"effect": "drop_before"}, "Slack can't open the dialog just now."),
        ({"effect": "error", "code": "invalid_arguments"}, "Slack refuses to open the dialog (invalid_arguments)."),
    ],
)
async def test_slack_does_not_open_the_dialog(story: Story, fault: dict[str, str], told: str) -> None:
    (ana,) = story.people("ana")
    story.box.faults.add("views.open", **fault)
    story.endings.may_be_refused("views.open", fault.get("code", "internal_error"))
    story.endings.may_log("dialog_refused")
    seen = await ana.types("/release new")
    assert told in seen.text
    assert ("Trying again will not help" in seen.text) == ("refuses" in told)
    await story.advance(minutes=1)
    assert (await ana.types("/release new")).modal is not None


async def test_a_menu_entry_asks_first_what_its_button_would_ask(story: Story) -> None:
    """Slack lets no entry of a menu carry its own confirm: one slip must not close a go/no-go."""
    ana, bo, tom = story.people("ana", "bo", "tom")
    await ana.types("/release new payments 2.14.0 today 16:00")
    await tom.types("/release no-go secret scan still red")
    card = copy.deepcopy(story.room("#payments").card("[Go] [No-go]"))
    (menu,) = (element for block in card["blocks"] for element in block.get("elements", []) if "options" in element)
    _, carried = json.loads(menu["options"][0]["value"])  # as the menus of earlier cards have it
    closes = json.dumps(["ask.first", {**carried, "do": "do.poll close"}])
    menu["options"] = [{"text": {"type": "plain_text", "text": "Close go/no-go"}, "value": closes}]
    seen = await bo.clicks("Close go/no-go", on=card, in_="#payments", stale=True)
    assert "You can't do that to payments 2.14.0" in seen.text, "nor is anybody asked who may not"
    seen = await ana.clicks("Close go/no-go", on=card, in_="#payments", stale=True)
    assert "Close the go/no-go? payments 2.14.0 is decided now" in seen.text
    assert (await story.release("payments")).state == "open"
    asked = seen.message
    await ana.clicks("Close it", on=asked)
    assert (await story.release("payments")).stopped == "no-go"
    seen = await ana.clicks("Close it", on=asked, stale=True)
    assert "You can't close the go/no-go of payments 2.14.0" in seen.text


async def test_of_several_parts_the_menu_asks_about_the_one_it_names(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new")
    await ana.submits(service="payments", version="2.14.0", when="today 10:00", parts="web 5.1\napi 3\nsite 4")
    await ana.closes_modal()
    await bo.clicks("Go")
    await story.until("09:00")
    await ana.types("/release deploy start payments")
    seen = await ana.clicks("Start: api 3", in_="#payments")
    assert "api 3 goes to production now." in seen.text
    await ana.clicks("Start deploy", on=seen.message)
    assert (await story.release("payments")).parts == {
        "payments 2.14.0": "deploying", "web 5.1": "pending", "api 3": "deploying", "site 4": "pending",
    }  # fmt: skip


@pytest.mark.once
async def test_what_is_said_anew_in_a_dialog_that_seemed_to_fail_is_not_lost(story: Story) -> None:
    """Slack lost the answer and keeps the dialog open: the same again is the same, other words are said as well."""
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 in 3h")
    await bo.clicks("No-go", in_="#payments")
    story.box.faults.add("view_submission", "drop_after", times=2)
    await bo.in_vain.submits(why="the scan is red")
    await bo.in_vain.submits(why="the scan is red")
    assert (await story.release("payments 2.14.0")).history.count("voted") == 1
    await bo.submits(why="the scan is red and the disk is full")
    assert "bo: “the scan is red and the disk is full”" in story.room("#payments").reads().casefold()
