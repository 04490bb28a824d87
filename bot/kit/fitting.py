"""Fit what is shown into Slack's limits on characters and blocks, and say what had to stay away."""

import re
from typing import Any

#: Slack rejects blocks near 12,000 characters of text in all; this leaves room.
MAX_TEXT_CHARS = 10_000
MAX_CONTEXT = 2_000
#: Blocks that never give way.
_NEEDED = ("actions", "input")
#: The beginning of `&amp;`, `&lt;` or `&gt;` at the end. Not any `&`: in an address one may stand as it is.
_HALF_ENTITY = re.compile(r"&(?:a|am|amp|[lg]t?)?$")


def plain_text(text: str, most: int) -> dict[str, Any]:
    """A text object in which Slack interprets nothing."""
    return {"type": "plain_text", "text": cut(text, most) or " ", "emoji": True}


def cut(text: str, most: int) -> str:
    """The text, or its beginning and an ellipsis."""
    return text if len(text) <= most else text[: most - 1] + "…"


def cut_marked(text: str, most: int) -> str:
    """The same of mrkdwn, of which no entity (`&amp;`) and no token (`<@U1>`, `<!date^…>`) is left cut in two."""
    if len(text) <= most:
        return text
    kept = text[: most - 1]
    if (at := kept.rfind("<")) > kept.rfind(">"):
        kept = kept[:at]
    return _HALF_ENTITY.sub("", kept) + "…"


def say_lines(count: int) -> str:
    """`1 more line`, `186 more lines`."""
    return f"{count} more line{'s' if count > 1 else ''}"


def first_lines(text: str, most: int) -> tuple[str, str]:
    """As many whole lines as fit into so many characters, or the beginning of the first; and the rest."""
    if len(text) <= most:
        return text, ""
    end = text.rfind("\n", 0, most + 1)
    return (text[:end], text[end + 1 :]) if end > 0 else (text[:most], text[most:])


def fit(blocks: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """Keep within Slack's number of blocks and of characters. Text gives way before buttons do, and says so."""
    room, still_needed = MAX_TEXT_CHARS, sum(block["type"] in _NEEDED for block in blocks)
    kept: list[dict[str, Any]] = []
    left_out = 0
    for block in blocks:
        size, needed = _text_size(block), block["type"] in _NEEDED
        still_needed -= needed
        if needed or (size <= room and len(kept) < most - 1 - still_needed):
            kept.append(block)
            room -= size
        else:
            left_out += 1
    if left_out:
        more = plain_text(f"… and {left_out} more that do not fit here", MAX_CONTEXT)
        kept.insert(len(kept) - 1, {"type": "context", "elements": [more], "block_id": "more"})
    return kept


def _text_size(value: dict[str, Any] | list[Any]) -> int:
    """How many characters of text are in it. Called for every leaf of every message."""
    size = 0
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(inner, str):
            size += len(inner) if key == "text" else 0
        elif isinstance(inner, dict | list):
            size += _text_size(inner)
    return size
