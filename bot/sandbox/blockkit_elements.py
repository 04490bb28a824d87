"""Check Block Kit's elements: buttons, selects, pickers, inputs."""

import re
from collections.abc import Callable
from typing import Any

from bot.sandbox import limits
from bot.sandbox.blockkit_report import Json, Report, Surface
from bot.sandbox.blockkit_text import (
    check_confirm,
    check_initial,
    check_option,
    check_options,
    check_select_options,
    check_text,
)

_SELECTS = frozenset({"static_select", "external_select", "users_select", "conversations_select", "channels_select"})
_MULTI = frozenset(f"multi_{kind}" for kind in _SELECTS)
_CHOICES = frozenset({"checkboxes", "radio_buttons"})
_DATES = frozenset({"datepicker", "timepicker"})
ACCESSORIES = frozenset({"button", "overflow", "image", *_SELECTS, *_MULTI, *_CHOICES, *_DATES})
#: Multi-selects only stand in sections and inputs.
ACTIONS_MEMBERS = frozenset({"button", "overflow", "datetimepicker", *_SELECTS, *_CHOICES, *_DATES})
_TYPED = frozenset({"plain_text_input", "number_input", "email_text_input", "url_text_input"})
INPUT_ELEMENTS = frozenset(
    {*_TYPED, "rich_text_input", "file_input", "datetimepicker", *_SELECTS, *_MULTI, *_CHOICES, *_DATES}
)
_MODAL_ONLY = frozenset({"number_input", "email_text_input", "url_text_input", "file_input"})

_COMMON = {"type", "action_id"}
_ASKS = {"placeholder", "focus_on_load"}
#: element type -> the properties it may have besides type and action_id
_KEYS: dict[str, set[str]] = {
    "button": {"text", "url", "value", "style", "confirm", "accessibility_label"},
    "overflow": {"options", "confirm"},
    "image": {"image_url", "slack_file", "alt_text"},
    "static_select": {*_ASKS, "options", "option_groups", "initial_option", "confirm"},
    "external_select": {*_ASKS, "initial_option", "min_query_length", "confirm"},
    "users_select": {*_ASKS, "initial_user", "confirm"},
    "channels_select": {*_ASKS, "initial_channel", "confirm", "response_url_enabled"},
    "conversations_select": {
        *_ASKS, "initial_conversation", "default_to_current_conversation", "confirm", "response_url_enabled",
        "filter",
    },
    "multi_static_select": {
        *_ASKS, "options", "option_groups", "initial_options", "confirm", "max_selected_items",
    },
    "multi_external_select": {*_ASKS, "initial_options", "min_query_length", "confirm", "max_selected_items"},
    "multi_users_select": {*_ASKS, "initial_users", "confirm", "max_selected_items"},
    "multi_channels_select": {*_ASKS, "initial_channels", "confirm", "max_selected_items"},
    "multi_conversations_select": {
        *_ASKS, "initial_conversations", "default_to_current_conversation", "confirm", "max_selected_items",
        "filter",
    },
    "datepicker": {*_ASKS, "initial_date", "confirm"},
    "timepicker": {*_ASKS, "initial_time", "confirm", "timezone"},
    "datetimepicker": {"focus_on_load", "initial_date_time", "confirm"},
    "checkboxes": {"focus_on_load", "options", "initial_options", "confirm"},
    "radio_buttons": {"focus_on_load", "options", "initial_option", "confirm"},
    "plain_text_input": {
        *_ASKS, "initial_value", "multiline", "min_length", "max_length", "dispatch_action_config",
    },
    "number_input": {
        *_ASKS, "is_decimal_allowed", "initial_value", "min_value", "max_value", "dispatch_action_config",
    },
    "email_text_input": {*_ASKS, "initial_value", "dispatch_action_config"},
    "url_text_input": {*_ASKS, "initial_value", "dispatch_action_config"},
    "rich_text_input": {*_ASKS, "initial_value", "dispatch_action_config"},
    "file_input": {"filetypes", "max_files"},
}  # fmt: skip


def check_element(report: Report, element: Any, surface: Surface, at: str, allowed: frozenset[str]) -> None:
    """An element whose type is one of `allowed`, standing in a block on this surface."""
    if not isinstance(element, dict):
        report.add(at.rpartition("/")[0], f"missing required field: {at.rpartition('/')[2]}")
        return
    kind = element.get("type")
    if not isinstance(kind, str) or kind not in allowed:
        report.add(f"{at}/type", f"unsupported type: {kind}")
        return
    if (kind in _MODAL_ONLY and surface != "modal") or (kind == "datetimepicker" and surface == "home"):
        report.add(f"{at}/type", f"unsupported type: {kind} in a {surface}")
        return
    report.keys(element, at, _COMMON | _KEYS[kind])
    if element.get("action_id") is not None:
        report.string(element, "action_id", at, limits.IDENTIFIER)
    if element.get("placeholder") is not None:
        check_text(report, element["placeholder"], f"{at}/placeholder", limits.PLACEHOLDER, plain=True)
    if element.get("confirm") is not None:
        check_confirm(report, element["confirm"], f"{at}/confirm")
    report.boolean(element, "focus_on_load", at)
    report.integer(element, "max_selected_items", at, 1, limits.SELECT_OPTIONS)
    check = _CHECKS.get(kind)
    if check:
        check(report, element, at)


def _button(report: Report, element: Json, at: str) -> None:
    check_text(report, element.get("text"), f"{at}/text", limits.BUTTON_TEXT, plain=True)
    for name, most in (
        ("value", limits.BUTTON_VALUE),
        ("url", limits.LINK_URL),
        ("accessibility_label", limits.ACCESSIBILITY_LABEL),
    ):
        if element.get(name) is not None:
            report.string(element, name, at, most)
    if element.get("style") not in (None, "primary", "danger"):
        report.add(f"{at}/style", "must be a valid enum value")


def _overflow(report: Report, element: Json, at: str) -> None:
    check_options(report, element, at, limits.OVERFLOW_OPTIONS, url=True)


def _image(report: Report, element: Json, at: str) -> None:
    report.image(element, at)


def _select(report: Report, element: Json, at: str) -> None:
    options = check_select_options(report, element, at)
    _check_initial_options(report, element, options, at)


def _choice(report: Report, element: Json, at: str) -> None:
    options = check_options(report, element, at, limits.CHOICE_OPTIONS, plain=False)
    _check_initial_options(report, element, options, at)


def _check_initial_options(report: Report, element: Json, options: list[Any], at: str) -> None:
    if element.get("initial_option") is not None:
        check_initial(report, [element["initial_option"]], options, f"{at}/initial_option")
    if element.get("initial_options") is not None:
        chosen = report.items(element, "initial_options", at, 1, limits.SELECT_OPTIONS)
        check_initial(report, chosen, options, f"{at}/initial_options")


def _external(report: Report, element: Json, at: str) -> None:
    if element.get("initial_option") is not None:
        check_option(report, element["initial_option"], f"{at}/initial_option")


def _date(report: Report, element: Json, at: str) -> None:
    _pattern(report, element, "initial_date", at, r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


def _time(report: Report, element: Json, at: str) -> None:
    _pattern(report, element, "initial_time", at, r"([01]\d|2[0-3]):[0-5]\d")


def _date_time(report: Report, element: Json, at: str) -> None:
    report.integer(element, "initial_date_time", at, 10**9, 10**10 - 1)


def _typed(report: Report, element: Json, at: str) -> None:
    if element.get("initial_value") is not None:
        report.string(element, "initial_value", at, limits.INPUT_TEXT, least=0)
    report.boolean(element, "multiline", at)
    report.integer(element, "min_length", at, 0, limits.INPUT_TEXT)
    report.integer(element, "max_length", at, 1, limits.INPUT_TEXT)
    least, most = element.get("min_length"), element.get("max_length")
    if isinstance(most, int) and len(str(element.get("initial_value") or "")) > most:
        report.add(f"{at}/initial_value", f"must not be longer than max_length, which is {most}")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        report.add(f"{at}/min_length", "must not be more than max_length")


def _number(report: Report, element: Json, at: str) -> None:
    if not isinstance(element.get("is_decimal_allowed"), bool):
        report.add(at, "missing required field: is_decimal_allowed")
    for name in ("initial_value", "min_value", "max_value"):
        if name in element:
            _pattern(report, element, name, at, r"-?\d+(\.\d+)?")


def _file(report: Report, element: Json, at: str) -> None:
    report.integer(element, "max_files", at, 1, limits.FILES_PER_INPUT)


def _pattern(report: Report, element: Json, name: str, at: str, pattern: str) -> None:
    value = element.get(name)
    if value is not None and not (isinstance(value, str) and re.fullmatch(pattern, value)):
        report.add(f"{at}/{name}", f"must match {pattern}")


_CHECKS: dict[str, Callable[[Report, Json, str], None]] = {
    "button": _button,
    "overflow": _overflow,
    "image": _image,
    "static_select": _select,
    "multi_static_select": _select,
    "external_select": _external,
    "checkboxes": _choice,
    "radio_buttons": _choice,
    "datepicker": _date,
    "timepicker": _time,
    "datetimepicker": _date_time,
    "plain_text_input": _typed,
    "email_text_input": _typed,
    "url_text_input": _typed,
    "number_input": _number,
    "file_input": _file,
}
