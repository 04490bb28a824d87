"""Fit what is shown into Slack's limits on characters and blocks, and say what had to stay away."""

from typing import Any

#: Slack rejects blocks near 12,000 characters of text in all; this leaves room.
MAX_TEXT_CHARS = 10_000
MAX_CONTEXT = 2_000


def plain_text(text: str, most: int) -> dict[str, Any]:
    """A text object in which Slack interprets nothing."""
    return {"type": "plain_text", "text": cut(text, most) or " ", "emoji": True}


def cut(text: str, most: int) -> str:
    """The text, or its beginning and an ellipsis."""
    return text if len(text) <= most else text[: most - 1] + "…"


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
    room = MAX_TEXT_CHARS
    kept: list[dict[str, Any]] = []
    left_out = 0
    for block in blocks:
        size = _text_size(block)
        needed = block["type"] in ("actions", "input")
        if needed or (size <= room and len(kept) < most - 1 - _still_needed(blocks, block)):
            kept.append(block)
            room -= size
        else:
            left_out += 1
    if left_out:
        more = plain_text(f"… and {left_out} more that do not fit here", MAX_CONTEXT)
        kept.insert(len(kept) - 1, {"type": "context", "elements": [more], "block_id": "more"})
    return kept


def _still_needed(blocks: list[dict[str, Any]], after: dict[str, Any]) -> int:
    return sum(1 for block in blocks[blocks.index(after) + 1 :] if block["type"] in ("actions", "input"))


def _text_size(value: Any) -> int:
    if isinstance(value, dict):
        return sum(
            len(inner) if key == "text" and isinstance(inner, str) else _text_size(inner)
            for key, inner in value.items()
        )
    if isinstance(value, list):
        return sum(_text_size(inner) for inner in value)
    return 0
