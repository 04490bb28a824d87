"""Turn messages, modals and the Home tab into Slack's Block Kit JSON, within its limits.

Limits are Slack's, as documented in 2026 (docs.slack.dev, "Block Kit" and "chat.postMessage"); each stands here
once. Text people typed goes out as rich_text or plain_text leaves, in which Slack interprets nothing, or, in a
message's `text`, escaped.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from bot.kit.blocks import (
    Actions,
    Block,
    Button,
    Confirm,
    Divider,
    Header,
    Input,
    Lines,
    Menu,
    Message,
    Modal,
    Option,
    Para,
    Small,
)
from bot.kit.fitting import MAX_CONTEXT, cut, cut_marked, fit, plain_text, say_lines
from bot.release.words import At, Bold, Channel, Code, Group, Link, Mention, Piece, Said, Who, Words
from bot.release.zones import place_name, say_clock, say_day

MAX_BLOCKS_MESSAGE = 50
MAX_BLOCKS_VIEW = 100
MAX_FALLBACK = 3_500
MAX_HEADER = 150
MAX_PARAGRAPH = 2_900
#: Of a paragraph's characters: for saying what was left out; and as few of a line as are worth showing.
LEFT_OUT, READABLE = 40, 200
MAX_LABEL = 75
MAX_TITLE = 24
MAX_CONFIRM_TEXT = 300
MAX_CONFIRM_BUTTON = 30
MAX_INPUT_LABEL = 2_000
MAX_PLACEHOLDER = 150
MAX_OPTIONS = 100

#: The name of buttons that only open a web page: Slack reports the click, and nothing is to be done.
NO_OP = "open"

_DATE_TOKENS = {"time": "{time}", "day": "{time} {date_short_pretty}", "date": "{date_short_pretty}"}


@dataclass(frozen=True)
class Voice:
    """Who shall read it: how people are called, and the zone for fallbacks where the viewer's is unknown."""

    names: Callable[[str], str]
    zone: str = "UTC"


def message(shown: Message, voice: Voice) -> dict[str, Any]:
    """`{"text", "blocks"}` for chat.postMessage and its kin."""
    body = [_block(block, voice, position) for position, block in enumerate(shown.blocks or (Para(shown.text),))]
    return {"text": cut_marked(mrkdwn(shown.text, voice), MAX_FALLBACK), "blocks": fit(body, MAX_BLOCKS_MESSAGE)}


def modal(shown: Modal, voice: Voice) -> dict[str, Any]:
    view: dict[str, Any] = {
        "type": "modal",
        "callback_id": shown.name,
        "title": plain_text(shown.title, MAX_TITLE),
        "close": plain_text(shown.close, MAX_TITLE),
        "private_metadata": json.dumps(dict(shown.data), ensure_ascii=False, separators=(",", ":")),
        "blocks": fit([_block(block, voice, at) for at, block in enumerate(shown.blocks)], MAX_BLOCKS_VIEW),
    }
    if shown.submit and (shown.confirms or any(isinstance(block, Input) for block in shown.blocks)):
        view["submit"] = plain_text(shown.submit, MAX_TITLE)
    return view


def result(title: str, shown: Message, voice: Voice) -> dict[str, Any]:
    """What a modal turns into when its answer is worth reading, under the heading it had."""
    return {
        "type": "modal",
        "callback_id": "done",
        "title": {"type": "plain_text", "text": title},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": message(shown, voice)["blocks"],
    }


def home(blocks: Iterable[Block], voice: Voice) -> dict[str, Any]:
    body = [_block(block, voice, position) for position, block in enumerate(blocks)]
    return {"type": "home", "blocks": fit(body, MAX_BLOCKS_VIEW)}


# ---- words -------------------------------------------------------------------------------------


def mrkdwn(row: Words, voice: Voice) -> str:
    """Words for a `text` field: everything escaped, instants as date tokens with a named-zone fallback."""
    return "".join(_as_mrkdwn(piece, voice) for piece in row)


def _as_mrkdwn(piece: Piece, voice: Voice) -> str:
    match piece:
        case str():
            return escape(piece)
        case At():
            token = _DATE_TOKENS[piece.style]
            return f"<!date^{int(piece.at.timestamp())}^{token}|{escape(_fallback(piece, voice))}>"
        case Who():
            return escape(voice.names(piece.id))
        case Mention():
            return f"<@{piece.id}>"
        case Group():
            return f"<!subteam^{piece.id}>"
        case Channel():
            return f"<#{piece.id}>"
        case Link():
            return f"<{piece.url}|{escape(piece.label)}>"
        case Said() | Bold() | Code():
            return escape(piece.text)


def _fallback(piece: At, voice: Voice) -> str:
    return _said_at(piece.at, piece.style, piece.zone or voice.zone)


@lru_cache(1024)
def _said_at(at: datetime, style: str, zone: str) -> str:
    """A release is drawn again and again with the same times in it."""
    if style == "time":
        return f"{say_clock(at, zone)} ({place_name(zone)})"
    day = say_day(at, zone, now=at)
    return day if style == "date" else f"{day} {say_clock(at, zone)} ({place_name(zone)})"


def escape(text: str) -> str:
    """Slack's three characters; enough to stop mentions, links and date tokens from being forged."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(row: Words, voice: Voice) -> str:
    """Words for plain_text and lock screens, instants in the voice's zone."""
    out = []
    for piece in row:
        match piece:
            case str():
                out.append(piece)
            case At():
                out.append(_fallback(piece, voice))
            case Who() | Mention():
                out.append(voice.names(piece.id))
            case Group() | Channel():
                out.append(piece.id)
            case Link():
                out.append(piece.label)
            case Said() | Bold() | Code():
                out.append(piece.text)
    return "".join(out)


def _leaf(piece: Piece, voice: Voice) -> dict[str, Any]:
    match piece:
        case str():
            return {"type": "text", "text": piece}
        case At():
            return {
                "type": "date",
                "timestamp": int(piece.at.timestamp()),
                "format": _DATE_TOKENS[piece.style],
                "fallback": _fallback(piece, voice),
            }
        case Who():
            return {"type": "text", "text": voice.names(piece.id)}
        case Mention():
            return {"type": "user", "user_id": piece.id}
        case Group():
            return {"type": "usergroup", "usergroup_id": piece.id}
        case Channel():
            return {"type": "channel", "channel_id": piece.id}
        case Link():
            return {"type": "link", "url": piece.url, "text": piece.label}
        case Bold():
            return {"type": "text", "text": piece.text, "style": {"bold": True}}
        case Code():
            return {"type": "text", "text": piece.text, "style": {"code": True}}
        case Said():
            return {"type": "text", "text": piece.text}


def _rich(rows: Iterable[Words], voice: Voice) -> dict[str, Any]:
    """Rows as lines of one block. What does not fit is cut, and whole lines that do not fit are counted."""
    lines = [[_leaf(piece, voice) for piece in row] for row in rows]
    leaves: list[dict[str, Any]] = []
    room = MAX_PARAGRAPH - LEFT_OUT
    for position, line in enumerate(lines):
        if position and room < READABLE and room < sum(len(leaf.get("text", "")) for leaf in line):
            leaves.append({"type": "text", "text": f"\n… and {say_lines(len(lines) - position)}"})
            break
        for leaf in ([{"type": "text", "text": "\n"}] if position else []) + line:
            text = leaf.get("text")
            if text == "" or room <= 0:
                continue
            if text is not None:
                leaf["text"] = cut(text, room)
                room -= len(text)
            leaves.append(leaf)
    section = {"type": "rich_text_section", "elements": leaves or [{"type": "text", "text": " "}]}
    return {"type": "rich_text", "elements": [section]}


# ---- blocks ------------------------------------------------------------------------------------


def _block(block: Block, voice: Voice, position: int) -> dict[str, Any]:
    out = _bare(block, voice)
    out.setdefault("block_id", f"b{position}")
    return out


def _bare(block: Block, voice: Voice) -> dict[str, Any]:
    match block:
        case Header():
            return {"type": "header", "text": plain_text(block.text, MAX_HEADER)}
        case Para(accessory=None):
            return _rich([block.words], voice)
        case Para():
            return {
                "type": "section",
                "text": _section_text(block.words, voice),
                "accessory": _element(block.accessory, voice, 0),
            }
        case Lines():
            return _rich(block.rows, voice)
        case Small():
            return {"type": "context", "elements": [_section_text(block.words, voice, MAX_CONTEXT)]}
        case Divider():
            return {"type": "divider"}
        case Actions():
            elements = [_element(button, voice, at) for at, button in enumerate(block.buttons)]
            if block.menu is not None and block.menu.options:
                elements.append(_element(block.menu, voice, len(elements)))
            return {"type": "actions", "elements": elements}
        case Input():
            return _input(block)


def _section_text(row: Words, voice: Voice, most: int = MAX_PARAGRAPH) -> dict[str, Any]:
    """mrkdwn where all of it is ours, plain_text where people's own text is in it."""
    ours = not any(isinstance(piece, Said | Who | Bold) for piece in row)
    if ours:
        return {"type": "mrkdwn", "text": cut_marked(mrkdwn(row, voice), most), "verbatim": True}
    if any(isinstance(piece, At | Mention | Link | Channel) for piece in row):
        return {"type": "mrkdwn", "text": cut_marked(_quiet(row, voice), most), "verbatim": True}
    return plain_text(plain(row, voice), most)


#: mrkdwn's own markers, which must not style people's text where a block allows nothing but mrkdwn.
_MARKERS = str.maketrans({mark: mark + "\N{WORD JOINER}" for mark in "*_~`"})


def _quiet(row: Words, voice: Voice) -> str:
    out = []
    for piece in row:
        text = _as_mrkdwn(piece, voice)
        out.append(text.translate(_MARKERS) if isinstance(piece, Said | Who) else text)
        if isinstance(piece, Bold):
            out[-1] = f"*{text.translate(_MARKERS)}*"
    return "".join(out)


def _element(element: Button | Menu | None, voice: Voice, position: int) -> dict[str, Any]:
    if isinstance(element, Menu):
        return {
            "type": "overflow",
            "action_id": f"menu#{position}",
            "options": [
                {
                    "text": plain_text(option.label, MAX_LABEL),
                    "value": option.in_menu,
                }
                for option in element.options
            ],
        }
    if element is None:
        raise ValueError("an accessory is a button or a menu")
    out: dict[str, Any] = {
        "type": "button",
        "text": plain_text(element.label, MAX_LABEL),
        "action_id": f"{element.name}#{position}",
    }
    if element.url:
        out["url"], out["action_id"] = element.url, f"{NO_OP}#{position}"
    else:
        out["value"] = element.value
    if element.style:
        out["style"] = element.style
    if element.confirm:
        out["confirm"] = _confirm(element.confirm, voice)
    return out


def _confirm(asked: Confirm, voice: Voice) -> dict[str, Any]:
    return {
        "title": plain_text(asked.title, 100),
        "text": plain_text(plain(asked.text, voice), MAX_CONFIRM_TEXT),
        "confirm": plain_text(asked.yes, MAX_CONFIRM_BUTTON),
        "deny": plain_text(asked.no, MAX_CONFIRM_BUTTON),
        "style": "danger" if asked.danger else "primary",
    }


def _option(option: Option) -> dict[str, Any]:
    out: dict[str, Any] = {"text": plain_text(option.label, MAX_LABEL), "value": option.value}
    if option.description:
        out["description"] = plain_text(option.description, MAX_LABEL)
    return out


def _input(field: Input) -> dict[str, Any]:
    out: dict[str, Any] = {
        "type": "input",
        "block_id": field.name,
        "label": plain_text(field.label, MAX_INPUT_LABEL),
        "optional": field.optional,
        "element": {"action_id": field.name, **_input_element(field)},
    }
    if field.hint:
        out["hint"] = plain_text(field.hint, MAX_INPUT_LABEL)
    return out


def _input_element(field: Input) -> dict[str, Any]:
    element: dict[str, Any]
    options = [_option(option) for option in field.options[:MAX_OPTIONS]]
    chosen = field.initial if isinstance(field.initial, tuple) else (field.initial,)
    picked = [_option(option) for option in field.options if option.value in chosen]
    match field.kind:
        case "text" | "lines":
            element = {"type": "plain_text_input", "multiline": field.kind == "lines"}
            if field.max_length:
                element["max_length"] = field.max_length
            if field.initial:
                element["initial_value"] = str(field.initial)
        case "choice" | "radio":
            element = {"type": "static_select" if field.kind == "choice" else "radio_buttons", "options": options}
            if picked:
                element["initial_option"] = picked[0]
        case "checks":
            element = {"type": "checkboxes", "options": options}
            if picked:
                element["initial_options"] = picked
        case "user":
            element = {"type": "users_select"} | ({"initial_user": field.initial} if field.initial else {})
        case "users":
            element = {"type": "multi_users_select"} | ({"initial_users": list(chosen)} if field.initial else {})
        case "channel":
            element = {"type": "conversations_select", "filter": {"include": ["public", "private"]}}
            if field.initial:
                element["initial_conversation"] = field.initial
        case "channels":
            element = {"type": "multi_conversations_select", "filter": {"include": ["public", "private"]}}
            if field.initial:
                element["initial_conversations"] = list(chosen)
        case "date":
            element = {"type": "datepicker"}
            if isinstance(field.initial, date):
                element["initial_date"] = field.initial.isoformat()
        case "time":
            element = {"type": "timepicker"} | ({"initial_time": field.initial} if field.initial else {})
    if field.placeholder and field.kind not in ("radio", "checks"):
        element["placeholder"] = plain_text(field.placeholder, MAX_PLACEHOLDER)
    return element
