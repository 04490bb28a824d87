"""Dialogs open with what was typed; where Slack does not open one, the person hears whether trying again can help."""

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
