"""Find what a person means by the words they see: a button, a field, an option."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.sandbox.forms import options, value_name
from bot.sandbox.messages import elements_of
from bot.sandbox.people import Json
from bot.sandbox.workspace import Workspace


@dataclass(frozen=True)
class Found:
    """An element on a message or view; `option` is set when the words were an overflow menu's."""

    place: Json
    block: Json
    element: Json
    option: Json | None = None


def find(place: Json, words: str) -> Found | None:
    """The element of this message or view that is labelled so, or whose action_id this is."""
    for block, element in _elements(place):
        if element.get("action_id") == words or _same(_label(block, element), words):
            return Found(place, block, element)
    for block, element in _elements(place):
        if element["type"] == "overflow":
            for option in element["options"]:
                if _same(option["text"]["text"], words) or option["value"] == words:
                    return Found(place, block, element, option)
    return None


def labels(place: Json) -> list[str]:
    """What could be pressed or filled here, for a message that says what there is instead."""
    found: list[str] = []
    for block, element in _elements(place):
        if element["type"] == "overflow":
            found += [option["text"]["text"] for option in element["options"]]
        else:
            found.append(_label(block, element) or element.get("action_id", ""))
    return found


def field(view: Json, words: str) -> tuple[Json, Json]:
    """(block, element) of the field with this label, block_id or action_id. AssertionError if there is none."""
    known: list[str] = []
    for block, element in _elements(view):
        if value_name(element) is None:
            continue
        names = [_label(block, element), block["block_id"], element["action_id"]]
        if any(_same(name, words) for name in names):
            return block, element
        known.append(names[0] or names[1])
    raise AssertionError(f"no field is called {words!r}; there are {', '.join(known)}")


def held(workspace: Workspace, element: Json, value: Any) -> Json:
    """What a field holds when a person enters `value`: text for text, a name for a person, a label for an option."""
    name = value_name(element)
    if name is None:
        raise AssertionError(f"a {element['type']} holds no value")
    return {"type": element["type"], name: _value(workspace, element, value)}


def _value(workspace: Workspace, element: Json, value: Any) -> Any:
    kind = element["type"]
    if value is None:
        return None
    if kind.startswith("multi_") or kind == "checkboxes":
        return [_one(workspace, element, one) for one in ([value] if isinstance(value, str) else value)]
    return _one(workspace, element, value)


def _one(workspace: Workspace, element: Json, value: Any) -> Any:
    kind = element["type"]
    if "users_select" in kind:
        return workspace.user_called(value).id
    if "channels_select" in kind or "conversations_select" in kind:
        named = str(value)
        return workspace.channel_called(named).id if named not in workspace.channels else named
    known = options(element)
    if known:
        for option in known:
            if _same(option["text"]["text"], value) or option["value"] == value:
                return option
        labels = ", ".join(option["text"]["text"] for option in known)
        raise AssertionError(f"there is no option {value!r}; there are {labels}")
    if kind == "datetimepicker":
        return int(value)
    return str(value)


def _elements(place: Json) -> Iterator[tuple[Json, Json]]:
    blocks = [*(place.get("blocks") or [])]
    for attachment in place.get("attachments") or []:
        blocks += attachment.get("blocks") or []
    for block in blocks:
        for element in elements_of(block):
            if "action_id" in element:
                yield block, element


def _label(block: Json, element: Json) -> str:
    if element["type"] == "button":
        return str(element["text"]["text"])
    if block["type"] == "input":
        return str(block["label"]["text"])
    placeholder = element.get("placeholder")
    return str(placeholder["text"]) if placeholder else ""


def _same(shown: str, words: str) -> bool:
    """Equal to a reader: without regard to case, punctuation, emoji; `no_go` is "No-go"."""
    return (bool(_plain(words)) and _plain(shown) == _plain(words)) or shown == words


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.replace("_", " ").casefold()))
