"""Know what a form holds: the values of all fields of a view or message, and what a person forgot to fill."""

import re
from typing import Any

from bot.sandbox.messages import elements_of
from bot.sandbox.people import Json

#: element type -> (name of its value in the state, name of its initial value, value when empty)
_VALUES: dict[str, tuple[str, str, Any]] = {
    "plain_text_input": ("value", "initial_value", None),
    "number_input": ("value", "initial_value", None),
    "email_text_input": ("value", "initial_value", None),
    "url_text_input": ("value", "initial_value", None),
    "rich_text_input": ("rich_text_value", "initial_value", None),
    "file_input": ("files", "initial_files", []),
    "static_select": ("selected_option", "initial_option", None),
    "external_select": ("selected_option", "initial_option", None),
    "radio_buttons": ("selected_option", "initial_option", None),
    "users_select": ("selected_user", "initial_user", None),
    "channels_select": ("selected_channel", "initial_channel", None),
    "conversations_select": ("selected_conversation", "initial_conversation", None),
    "multi_static_select": ("selected_options", "initial_options", []),
    "multi_external_select": ("selected_options", "initial_options", []),
    "checkboxes": ("selected_options", "initial_options", []),
    "multi_users_select": ("selected_users", "initial_users", []),
    "multi_channels_select": ("selected_channels", "initial_channels", []),
    "multi_conversations_select": ("selected_conversations", "initial_conversations", []),
    "datepicker": ("selected_date", "initial_date", None),
    "timepicker": ("selected_time", "initial_time", None),
    "datetimepicker": ("selected_date_time", "initial_date_time", None),
}
State = dict[str, dict[str, Json]]


def value_name(element: Json) -> str | None:
    """Under which name the element's value stands in a payload; None if it has no value (buttons)."""
    found = _VALUES.get(element["type"])
    return found[0] if found else None


def fields(blocks: list[Json]) -> list[tuple[Json, Json]]:
    """(block, element) of everything that holds a value."""
    return [(block, element) for block in blocks for element in elements_of(block) if element["type"] in _VALUES]


def values(blocks: list[Json], given: State, *, conversation: str | None = None) -> State:
    """The complete state: what was given, else what each element starts with, else null.

    `conversation` is where the person is, for selects that default to it.
    """
    state: State = {}
    for block, element in fields(blocks):
        name, initial, empty = _VALUES[element["type"]]
        value = element.get(initial, empty)
        if value is None and element.get("default_to_current_conversation"):
            value = conversation
        mine = given.get(block["block_id"], {}).get(element["action_id"])
        if mine is not None:
            value = _whole(element, mine.get(name, empty))
        if value == "" and name == "value":
            value = None
        held: Json = {"type": element["type"], name: value}
        if element["type"] == "timepicker" and element.get("timezone"):
            held["timezone"] = element["timezone"]
        state.setdefault(block["block_id"], {})[element["action_id"]] = held
    return state


def _whole(element: Json, value: Any) -> Any:
    """Options as the app wrote them, even when a client only names their value."""
    if isinstance(value, list):
        return [_whole(element, one) for one in value]
    wanted = value.get("value") if isinstance(value, dict) else None
    if wanted is None:
        return value
    return next((option for option in options(element) if option["value"] == wanted), value)


def options(element: Json) -> list[Json]:
    """All options of an element, those in groups too."""
    grouped = [option for group in element.get("option_groups") or [] for option in group["options"]]
    return [*(element.get("options") or []), *grouped]


def faults(blocks: list[Json], state: State) -> dict[str, str]:
    """block_id -> what Slack's own client complains about before it sends a form."""
    found: dict[str, str] = {}
    for block, element in fields(blocks):
        if block["type"] != "input":
            continue
        value = state[block["block_id"]][element["action_id"]][_VALUES[element["type"]][0]]
        if value in (None, [], ""):
            if not block.get("optional"):
                found[block["block_id"]] = "Please complete this required field."
            continue
        fault = _fault(element, value)
        if fault:
            found[block["block_id"]] = fault
    return found


def _fault(element: Json, value: Any) -> str | None:
    kind = element["type"]
    if kind == "plain_text_input":
        if len(value) < element.get("min_length", 0):
            return f"Please enter at least {element['min_length']} characters."
        if len(value) > element.get("max_length", 3_000):
            return f"Please enter no more than {element.get('max_length', 3_000)} characters."
    if kind == "number_input":
        if not re.fullmatch(r"-?\d+(\.\d+)?" if element["is_decimal_allowed"] else r"-?\d+", value):
            return "Please enter a valid number."
        if "min_value" in element and float(value) < float(element["min_value"]):
            return f"Please enter a number that is at least {element['min_value']}."
        if "max_value" in element and float(value) > float(element["max_value"]):
            return f"Please enter a number that is at most {element['max_value']}."
    if kind == "email_text_input" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
        return "Please enter a valid email address."
    if kind == "url_text_input" and not re.match(r"https?://\S+$", value):
        return "Please enter a valid URL."
    most = element.get("max_selected_items")
    if most is not None and isinstance(value, list) and len(value) > most:
        return f"Please select no more than {most}."
    return None
