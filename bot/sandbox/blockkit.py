"""Refuse messages and views that Slack would refuse: structure, limits, and where a block may stand."""

import json
from collections.abc import Callable
from typing import Any

from bot.sandbox import limits
from bot.sandbox.blockkit_elements import (
    ACCESSORIES,
    ACTIONS_MEMBERS,
    INPUT_ELEMENTS,
    check_element,
)
from bot.sandbox.blockkit_report import Json, Report, Surface
from bot.sandbox.blockkit_text import check_text

#: block type -> where it may stand, and which properties it may have besides type and block_id
_BLOCKS: dict[str, tuple[frozenset[Surface], frozenset[str]]] = {
    "section": (frozenset({"message", "modal", "home"}), frozenset({"text", "fields", "accessory", "expand"})),
    "header": (frozenset({"message", "modal", "home"}), frozenset({"text"})),
    "divider": (frozenset({"message", "modal", "home"}), frozenset()),
    "image": (
        frozenset({"message", "modal", "home"}),
        frozenset({"image_url", "slack_file", "alt_text", "title"}),
    ),
    "context": (frozenset({"message", "modal", "home"}), frozenset({"elements"})),
    "actions": (frozenset({"message", "modal", "home"}), frozenset({"elements"})),
    "input": (
        frozenset({"message", "modal", "home"}),
        frozenset({"label", "element", "dispatch_action", "hint", "optional"}),
    ),
    "rich_text": (frozenset({"message", "modal", "home"}), frozenset({"elements"})),
    "markdown": (frozenset({"message"}), frozenset({"text"})),
    "table": (frozenset({"message"}), frozenset({"rows", "column_settings"})),
    "video": (
        frozenset({"message", "modal", "home"}),
        frozenset(
            {
                "video_url", "thumbnail_url", "alt_text", "title", "title_url", "description",
                "author_name", "provider_name", "provider_icon_url",
            }
        ),
    ),
}  # fmt: skip
_VIEW_KEYS = {
    "type", "title", "blocks", "close", "submit", "private_metadata", "callback_id", "clear_on_close",
    "notify_on_close", "external_id", "submit_disabled",
}  # fmt: skip


def check_blocks(blocks: Any, surface: Surface, at: str = "/blocks") -> list[str]:
    """What is wrong with the blocks of a surface, as Slack words it; empty when all is well."""
    report = Report()
    _check_blocks(report, blocks, surface, at)
    return report.messages


def check_view(view: Any) -> list[str]:
    """What is wrong with a view. Its size is checked elsewhere, because Slack names that error apart."""
    report = Report()
    if not isinstance(view, dict):
        report.add("/view", "must be an object")
        return report.messages
    kind = view.get("type")
    if kind not in ("modal", "home"):
        report.add("/view/type", "must be a valid enum value")
        return report.messages
    report.keys(view, "/view", _VIEW_KEYS)
    if kind == "modal":
        check_text(report, view.get("title"), "/view/title", limits.VIEW_TITLE, plain=True)
    for name in ("submit", "close"):
        if view.get(name) is not None:
            check_text(report, view[name], f"/view/{name}", limits.VIEW_TITLE, plain=True)
    for name, most in (
        ("private_metadata", limits.PRIVATE_METADATA),
        ("callback_id", limits.IDENTIFIER),
        ("external_id", limits.IDENTIFIER),
    ):
        if view.get(name) is not None:
            report.string(view, name, "/view", most, least=0)
    blocks = view.get("blocks")
    _check_blocks(report, blocks, kind, "/view/blocks")
    if kind == "modal" and isinstance(blocks, list) and view.get("submit") is None:
        for index, block in enumerate(blocks):
            if isinstance(block, dict) and block.get("type") == "input":
                report.add(f"/view/blocks/{index}", "submit is required when an input block is used")
                break
    return report.messages


def view_bytes(view: Json) -> int:
    return len(json.dumps(view, separators=(",", ":"), ensure_ascii=False).encode())


def text_of(node: Any) -> int:
    """How many characters of text stand in these blocks, all together."""
    if isinstance(node, list):
        return sum(text_of(item) for item in node)
    if not isinstance(node, dict):
        return 0
    own = len(node["text"]) if isinstance(node.get("text"), str) else 0
    return own + sum(text_of(value) for value in node.values())


def _check_blocks(report: Report, blocks: Any, surface: Surface, at: str) -> None:
    if not isinstance(blocks, list):
        report.add(at, "must be an array")
        return
    most = limits.MESSAGE_BLOCKS if surface == "message" else limits.VIEW_BLOCKS
    if len(blocks) > most:
        report.add(at, f"no more than {most} items allowed")
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        here = f"{at}/{index}"
        if not isinstance(block, dict):
            report.add(here, "must be an object")
            continue
        _check_block(report, block, surface, here)
        block_id = block.get("block_id")
        if isinstance(block_id, str):
            if block_id in seen:
                report.add(f"{here}/block_id", f"`block_id` {block_id} already exists for another block")
            seen.add(block_id)
    for kind, name, most in (("markdown", "text", limits.MARKDOWN_TEXT),):
        total = sum(len(str(b.get(name, ""))) for b in blocks if isinstance(b, dict) and b.get("type") == kind)
        if total > most:
            report.add(at, f"{kind} blocks must be less than {most + 1} characters together")
    if sum(1 for b in blocks if isinstance(b, dict) and b.get("type") == "table") > 1:
        report.add(at, "only one table allowed")
    focused = [index for index, block in enumerate(blocks) if _wants_focus(block)]
    if len(focused) > 1:
        report.add(f"{at}/{focused[1]}", "only one element may have focus_on_load")


def _check_block(report: Report, block: Json, surface: Surface, at: str) -> None:
    kind = block.get("type")
    if not isinstance(kind, str) or kind not in _BLOCKS:
        report.add(f"{at}/type", f"unsupported type: {kind}")
        return
    surfaces, keys = _BLOCKS[kind]
    if surface not in surfaces:
        report.add(f"{at}/type", f"unsupported type: {kind} in a {surface}")
        return
    report.keys(block, at, {"type", "block_id", *keys})
    if block.get("block_id") is not None:
        report.string(block, "block_id", at, limits.IDENTIFIER)
    check = _CHECKS.get(kind)
    if check:
        check(report, block, surface, at)


def _section(report: Report, block: Json, surface: Surface, at: str) -> None:
    text, fields = block.get("text"), block.get("fields")
    if text is None and fields is None:
        report.add(at, "must define either `text` or `fields`")
    if text is not None:
        check_text(report, text, f"{at}/text", limits.TEXT)
    if fields is not None:
        for index, field in enumerate(report.items(block, "fields", at, 1, limits.FIELDS)):
            check_text(report, field, f"{at}/fields/{index}", limits.FIELD_TEXT)
    if block.get("accessory") is not None:
        check_element(report, block["accessory"], surface, f"{at}/accessory", ACCESSORIES)


def _header(report: Report, block: Json, surface: Surface, at: str) -> None:
    check_text(report, block.get("text"), f"{at}/text", limits.HEADER_TEXT, plain=True)


def _image(report: Report, block: Json, surface: Surface, at: str) -> None:
    report.image(block, at)
    if block.get("title") is not None:
        check_text(report, block["title"], f"{at}/title", limits.IMAGE_TITLE, plain=True)


def _context(report: Report, block: Json, surface: Surface, at: str) -> None:
    for index, element in enumerate(report.items(block, "elements", at, 1, limits.CONTEXT_ELEMENTS)):
        here = f"{at}/elements/{index}"
        if isinstance(element, dict) and element.get("type") == "image":
            check_element(report, element, surface, here, frozenset({"image"}))
        else:
            check_text(report, element, here, limits.TEXT)


def _actions(report: Report, block: Json, surface: Surface, at: str) -> None:
    seen: set[str] = set()
    for index, element in enumerate(report.items(block, "elements", at, 1, limits.ACTIONS_ELEMENTS)):
        here = f"{at}/elements/{index}"
        check_element(report, element, surface, here, ACTIONS_MEMBERS)
        action_id = element.get("action_id") if isinstance(element, dict) else None
        if isinstance(action_id, str):
            if action_id in seen:
                report.add(f"{here}/action_id", f"`action_id` {action_id} already exists for another element")
            seen.add(action_id)


def _input(report: Report, block: Json, surface: Surface, at: str) -> None:
    check_text(report, block.get("label"), f"{at}/label", limits.INPUT_LABEL, plain=True)
    if block.get("hint") is not None:
        check_text(report, block["hint"], f"{at}/hint", limits.INPUT_LABEL, plain=True)
    for name in ("dispatch_action", "optional"):
        report.boolean(block, name, at)
    check_element(report, block.get("element"), surface, f"{at}/element", INPUT_ELEMENTS)


def _rich_text(report: Report, block: Json, surface: Surface, at: str) -> None:
    kinds = {"rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted"}
    for index, element in enumerate(report.items(block, "elements", at, 1, 1_000)):
        here = f"{at}/elements/{index}"
        if not isinstance(element, dict) or element.get("type") not in kinds:
            report.add(f"{here}/type", "must be a rich text section, list, quote or preformatted")
            continue
        if element["type"] == "rich_text_list" and element.get("style") not in ("bullet", "ordered"):
            report.add(f"{here}/style", "must be a valid enum value")
        for place, leaf in enumerate(report.items(element, "elements", here, 0, 10_000)):
            _rich_leaf(report, leaf, f"{here}/elements/{place}", in_list=element["type"] == "rich_text_list")


def _rich_leaf(report: Report, leaf: Any, at: str, *, in_list: bool) -> None:
    if not isinstance(leaf, dict):
        report.add(at, "must be an object")
        return
    if in_list:
        if leaf.get("type") != "rich_text_section":
            report.add(f"{at}/type", "must be rich_text_section")
            return
        for place, inner in enumerate(report.items(leaf, "elements", at, 0, 10_000)):
            _rich_leaf(report, inner, f"{at}/elements/{place}", in_list=False)
        return
    needs = {
        "text": "text", "link": "url", "user": "user_id", "channel": "channel_id", "usergroup": "usergroup_id",
        "broadcast": "range", "emoji": "name", "date": "timestamp", "color": "value", "team": "team_id",
    }  # fmt: skip
    kind = leaf.get("type")
    if kind not in needs:
        report.add(f"{at}/type", f"unsupported type: {kind}")
    elif leaf.get(needs[kind]) in (None, ""):
        report.add(at, f"missing required field: {needs[kind]}")


def _markdown(report: Report, block: Json, surface: Surface, at: str) -> None:
    report.string(block, "text", at, limits.MARKDOWN_TEXT)


def _table(report: Report, block: Json, surface: Surface, at: str) -> None:
    for index, row in enumerate(report.items(block, "rows", at, 1, limits.TABLE_ROWS)):
        here = f"{at}/rows/{index}"
        if not isinstance(row, list) or not 1 <= len(row) <= limits.TABLE_COLUMNS:
            report.add(here, f"must be an array of 1 to {limits.TABLE_COLUMNS} cells")
            continue
        for place, cell in enumerate(row):
            if not isinstance(cell, dict) or cell.get("type") not in ("raw_text", "raw_number", "rich_text"):
                report.add(f"{here}/{place}/type", "must be raw_text, raw_number or rich_text")


def _video(report: Report, block: Json, surface: Surface, at: str) -> None:
    check_text(report, block.get("title"), f"{at}/title", limits.VIDEO_TITLE, plain=True)
    for name in ("video_url", "thumbnail_url"):
        report.string(block, name, at, limits.LINK_URL)
    report.string(block, "alt_text", at, limits.ALT_TEXT)


def _wants_focus(block: Any) -> bool:
    if not isinstance(block, dict):
        return False
    parts = [block.get("element"), block.get("accessory"), *(block.get("elements") or [])]
    return any(isinstance(part, dict) and part.get("focus_on_load") is True for part in parts)


_CHECKS: dict[str, Callable[[Report, Json, Surface, str], None]] = {
    "section": _section,
    "header": _header,
    "image": _image,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "rich_text": _rich_text,
    "markdown": _markdown,
    "table": _table,
    "video": _video,
}
