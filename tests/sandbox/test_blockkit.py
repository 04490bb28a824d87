"""What Slack would refuse is refused here, with the place of each fault."""

from typing import Any

import pytest

from bot.sandbox.blockkit import check_blocks, check_view, text_of
from tests.sandbox.sample import actions, button, field, plain, section

INPUT = {"type": "plain_text_input", "action_id": "a"}


def option(text: str, value: str = "v", **more: Any) -> dict[str, Any]:
    return {"text": plain(text), "value": value, **more}


def select(*options: Any, **more: Any) -> dict[str, Any]:
    return {"type": "static_select", "action_id": "s", "options": list(options), **more}


def modal(*blocks: Any, **more: Any) -> dict[str, Any]:
    return {"type": "modal", "title": plain("New release"), "blocks": list(blocks), **more}


@pytest.mark.parametrize(
    ("block", "complaint"),
    [
        ({"type": "sparkle"}, "unsupported type: sparkle [json-pointer:/blocks/0/type]"),
        (section(""), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
        (section("x" * 3001), "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
        ({"type": "section"}, "must define either `text` or `fields` [json-pointer:/blocks/0]"),
        (
            {"type": "section", "fields": [plain("x" * 2001)]},
            "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]",
        ),
        (
            {"type": "section", "fields": [plain("x")] * 11},
            "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
        ),
        (
            {"type": "header", "text": {"type": "mrkdwn", "text": "*x*"}},
            "must be a valid enum value [json-pointer:/blocks/0/text/type]",
        ),
        (
            {"type": "context", "elements": [plain("x")] * 11},
            "no more than 10 items allowed [json-pointer:/blocks/0/elements]",
        ),
        (actions(), "no fewer than 1 items allowed [json-pointer:/blocks/0/elements]"),
        (
            actions(button("x" * 76, "a")),
            "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
        ),
        (
            actions(button("Go", "a", value="x" * 2001)),
            "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
        ),
        (
            actions(button("Go", "a"), button("No-go", "a")),
            "`action_id` a already exists for another element [json-pointer:/blocks/0/elements/1/action_id]",
        ),
        (
            actions(button("Go", "a", style="loud")),
            "must be a valid enum value [json-pointer:/blocks/0/elements/0/style]",
        ),
        (
            actions(button("Go", "a", colour="red")),
            "invalid additional property: colour [json-pointer:/blocks/0/elements/0]",
        ),
        (
            actions(select(option("One", "x" * 151))),
            "must be less than 151 characters [json-pointer:/blocks/0/elements/0/options/0/value]",
        ),
        (
            actions(select(option("One", description=plain("x" * 76)))),
            "must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/description/text]",
        ),
        (
            actions(select(option("One"), initial_option=option("Two"))),
            "must be one of the provided options [json-pointer:/blocks/0/elements/0/initial_option]",
        ),
        (
            actions({"type": "overflow", "action_id": "o", "options": [option("x")] * 6}),
            "no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]",
        ),
        (
            actions({"type": "radio_buttons", "action_id": "r", "options": [option("x")] * 11}),
            "no more than 10 items allowed [json-pointer:/blocks/0/elements/0/options]",
        ),
        (
            actions({"type": "datepicker", "action_id": "d", "initial_date": "2026-13-01"}),
            "must match \\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01]) [json-pointer:/blocks/0/elements/0/initial_date]",
        ),
        (
            field("", INPUT),
            "must be more than 0 characters [json-pointer:/blocks/0/label/text]",
        ),
        (
            field("What", {**INPUT, "max_length": 3001}),
            "must be an integer from 1 to 3000 [json-pointer:/blocks/0/element/max_length]",
        ),
        (
            field("How many", {"type": "number_input", "is_decimal_allowed": False, "action_id": "n"}),
            "unsupported type: number_input in a message [json-pointer:/blocks/0/element/type]",
        ),
        (
            section("x", accessory=INPUT),
            "unsupported type: plain_text_input [json-pointer:/blocks/0/accessory/type]",
        ),
        (
            {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]] * 101},
            "no more than 100 items allowed [json-pointer:/blocks/0/rows]",
        ),
        (
            {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "shout"}]}]},
            "unsupported type: shout [json-pointer:/blocks/0/elements/0/elements/0/type]",
        ),
    ],
)
def test_a_faulty_block_is_named(block: dict[str, Any], complaint: str) -> None:
    assert check_blocks([block], "message") == [complaint]


def test_a_block_may_carry_each_confirm_text_only_so_long() -> None:
    dialog = {
        "title": plain("x" * 101),
        "text": plain("x" * 301),
        "confirm": plain("x" * 31),
        "deny": plain("No"),
    }
    complaints = check_blocks([actions(button("Go", "a", confirm=dialog))], "message")
    assert [complaint.partition(" [")[0] for complaint in complaints] == [
        "must be less than 101 characters",
        "must be less than 301 characters",
        "must be less than 31 characters",
    ]


def test_a_message_holds_50_blocks_and_a_view_100() -> None:
    assert check_blocks([section("x")] * 50, "message") == []
    assert check_blocks([section("x")] * 51, "message") == ["no more than 50 items allowed [json-pointer:/blocks]"]
    assert check_view(modal(*[section("x")] * 100)) == []
    assert check_view(modal(*[section("x")] * 101)) == ["no more than 100 items allowed [json-pointer:/view/blocks]"]


def test_block_ids_are_unique() -> None:
    twice = [section("x", block_id="b"), section("y", block_id="b")]
    assert check_blocks(twice, "message") == [
        "`block_id` b already exists for another block [json-pointer:/blocks/1/block_id]"
    ]


def test_markdown_is_counted_together_and_one_table_is_enough() -> None:
    long = {"type": "markdown", "text": "x" * 6001}
    assert len(check_blocks([long, long], "message")) == 1
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}
    assert check_blocks([table, table], "message") == ["only one table allowed [json-pointer:/blocks]"]


@pytest.mark.parametrize(
    ("view", "complaint"),
    [
        (modal(title=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/title/text]"),
        (modal(field("x", INPUT)), "submit is required when an input block is used [json-pointer:/view/blocks/0]"),
        (modal(private_metadata="x" * 3001), "must be less than 3001 characters [json-pointer:/view/private_metadata]"),
        (modal(external_id="x" * 256), "must be less than 256 characters [json-pointer:/view/external_id]"),
        (modal(colour="red"), "invalid additional property: colour [json-pointer:/view]"),
        (
            modal({"type": "markdown", "text": "x"}),
            "unsupported type: markdown in a modal [json-pointer:/view/blocks/0/type]",
        ),
        (
            {"type": "home", "blocks": [actions({"type": "datetimepicker", "action_id": "d"})]},
            "unsupported type: datetimepicker in a home [json-pointer:/view/blocks/0/elements/0/type]",
        ),
        ({"type": "sheet", "blocks": []}, "must be a valid enum value [json-pointer:/view/type]"),
    ],
)
def test_a_faulty_view_is_named(view: dict[str, Any], complaint: str) -> None:
    assert check_view(view) == [complaint]


def test_everything_ordinary_is_welcome() -> None:
    inputs = [
        field("What", {**INPUT, "multiline": True, "max_length": 3000}, hint=plain("A few words"), optional=True),
        field("When", {"type": "datetimepicker", "action_id": "d", "initial_date_time": 1764579600}),
        field("Who", {"type": "multi_users_select", "action_id": "u", "max_selected_items": 3}),
        field("How many", {"type": "number_input", "is_decimal_allowed": False, "action_id": "n"}),
        section("Or", accessory=select(option("One"), option("Two", "2"), initial_option=option("One"))),
    ]
    assert check_view(modal(*inputs, submit=plain("Plan it"))) == []


def test_all_text_of_the_blocks_counts() -> None:
    assert text_of([section("12345"), actions(button("123", "a"))]) == 8
