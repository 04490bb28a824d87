"""Turn what the app wants to say into a message: check it, give its blocks ids, post or replace it."""

import copy
import json
from typing import Any

from bot.sandbox import limits
from bot.sandbox.blockkit import check_blocks, text_of
from bot.sandbox.errors import ApiError
from bot.sandbox.people import Channel, Json
from bot.sandbox.workspace import Workspace

_ELEMENTS_WITHOUT_ACTION = {"image", "plain_text", "mrkdwn"}


def app_message(workspace: Workspace, args: Json, *, strict_length: bool = True) -> Json:
    """The parts of a message an app may give: text, blocks, attachments, metadata. ApiError if Slack refuses them.

    `strict_length` is false for response_url, where Slack does not apply the limit to all blocks together.
    """
    message: Json = {
        "user": workspace.bot_user_id,
        "bot_id": workspace.bot_id,
        "app_id": workspace.app_id,
        "text": str(args.get("text") or "")[: limits.MAX_POST_TEXT],
    }
    blocks = args.get("blocks")
    if blocks:
        message["blocks"] = checked_blocks(workspace, blocks, strict_length=strict_length)
    attachments = args.get("attachments")
    if attachments:
        message["attachments"] = _checked_attachments(workspace, attachments)
    if args.get("metadata") is not None:
        message["metadata"] = checked_metadata(args["metadata"])
    if not message["text"].strip() and not message.get("blocks") and not message.get("attachments"):
        raise ApiError("no_text")
    return message


def checked_blocks(workspace: Workspace, blocks: Any, *, strict_length: bool = True) -> list[Json]:
    """The blocks with ids filled in. ApiError: invalid_blocks_format, invalid_blocks, msg_blocks_too_long."""
    if not isinstance(blocks, list):
        raise ApiError("invalid_blocks_format")
    if problems := check_blocks(blocks, "message"):
        raise ApiError.with_messages("invalid_blocks", problems)
    if strict_length and text_of(blocks) > limits.MAX_BLOCKS_TEXT:
        raise ApiError("msg_blocks_too_long")
    return with_ids(workspace, blocks)


def _checked_attachments(workspace: Workspace, attachments: Any) -> list[Json]:
    if not isinstance(attachments, list) or not all(isinstance(one, dict) for one in attachments):
        raise ApiError("invalid_attachments")
    if len(attachments) > limits.MAX_ATTACHMENTS:
        raise ApiError("too_many_attachments")
    kept = []
    for index, attachment in enumerate(attachments):
        copied = {**copy.deepcopy(attachment), "id": index + 1}
        if "blocks" in attachment:
            if problems := check_blocks(attachment["blocks"], "message", f"/attachments/{index}/blocks"):
                raise ApiError.with_messages("invalid_attachments", problems)
            copied["blocks"] = with_ids(workspace, attachment["blocks"])
        kept.append(copied)
    return kept


def checked_metadata(metadata: Any) -> Json:
    """ApiError: invalid_metadata_format, metadata_too_large."""
    if (
        not isinstance(metadata, dict)
        or not isinstance(metadata.get("event_type"), str)
        or not isinstance(metadata.get("event_payload"), dict)
    ):
        raise ApiError("invalid_metadata_format")
    if len(json.dumps(metadata).encode()) > limits.MAX_METADATA_BYTES:
        raise ApiError("metadata_too_large")
    return metadata


def with_ids(workspace: Workspace, blocks: list[Json]) -> list[Json]:
    """A copy in which every block has a block_id, and every interactive element an action_id."""
    copied = copy.deepcopy(blocks)
    for block in copied:
        block.setdefault("block_id", workspace.ids.next("", 5))
        for element in elements_of(block):
            if element.get("type") not in _ELEMENTS_WITHOUT_ACTION:
                element.setdefault("action_id", workspace.ids.next("", 5))
    return copied


def elements_of(block: Json) -> list[Json]:
    """The elements of a section, actions, context or input block, in order."""
    if block["type"] not in ("section", "actions", "context", "input"):
        return []
    found = [*(block.get("elements") or []), block.get("accessory"), block.get("element")]
    return [element for element in found if element]


def replace(workspace: Workspace, channel: Channel, message: Json, args: Json) -> Json:
    """Change a posted message in place, by chat.update's rules; the new state of it."""
    has_text, has_blocks = args.get("text") is not None, args.get("blocks") is not None
    if not has_text and not has_blocks and args.get("attachments") is None:
        raise ApiError("no_text")
    if has_text and len(str(args["text"])) > limits.MAX_UPDATE_TEXT:
        raise ApiError("msg_too_long")
    changed = dict(message)
    if has_text:
        changed["text"] = str(args["text"])
    if has_blocks:
        blocks = checked_blocks(workspace, args["blocks"])
        changed.pop("blocks", None)
        if blocks:
            changed["blocks"] = blocks
    elif has_text:
        # Text alone takes the blocks away.
        changed.pop("blocks", None)
    if args.get("attachments") is not None:
        changed["attachments"] = _checked_attachments(workspace, args["attachments"])
    if args.get("metadata") is not None:
        changed["metadata"] = checked_metadata(args["metadata"])
    if not changed.get("text") and not changed.get("blocks") and not changed.get("attachments"):
        raise ApiError("no_text")
    if not changed.get("blocks"):
        changed["edited"] = {"user": workspace.bot_user_id, "ts": workspace.ids.ts(workspace.clock.now())}
    workspace.edit(channel, changed)
    return changed
