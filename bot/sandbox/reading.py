"""Count what a person has not read yet, and where they are mentioned."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.sandbox.people import Channel, Json
from bot.sandbox.workspace import Workspace, in_timeline

_MENTION = re.compile(
    r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>|<!subteam\^(S[A-Z0-9]+)(?:\|[^>]*)?>|<!(here|channel|everyone)\b"
)
_LITERAL = re.compile(r"(?<![\w@])@(here|channel|everyone)\b")


@dataclass(frozen=True)
class Unread:
    unread: int
    mentions: int


@dataclass(frozen=True)
class Thread:
    channel: str
    thread_ts: str
    unread: int
    mentions: int


def mentions(message: Json) -> set[str]:
    """User ids, group ids, "here", "channel", "everyone" that a message calls.

    Blocks decide where there are blocks; the top-level text then only is a notification. Literal
    "@here" in mrkdwn calls everyone unless its text object is verbatim, as in Slack.
    """
    found: set[str] = set()
    blocks = message.get("blocks")
    texts: Iterator[tuple[str, bool]] = _texts(blocks) if blocks else iter([(message.get("text") or "", True)])
    for text, verbatim in texts:
        for match in _MENTION.finditer(text):
            found.update(group for group in match.groups() if group)
        if not verbatim:
            found.update(_LITERAL.findall(text))
    found.update(_rich_mentions(blocks or []))
    return found


def calls(workspace: Workspace, message: Json, user: str) -> bool:
    """Does this message mention this person, by name, by group or with everyone?"""
    called = mentions(message)
    groups = {group.id for group in workspace.groups.values() if user in group.users}
    return bool(called & ({user, "here", "channel", "everyone"} | groups))


def unread(workspace: Workspace, channel: Channel, user: str) -> Unread:
    """Messages of others in the channel since this person read it; in direct messages each is a mention."""
    if user not in channel.members:
        return Unread(0, 0)
    fresh = [
        message
        for message in workspace.messages(channel, after=channel.last_read.get(user, "0"))
        if message.get("user") != user and in_timeline(message)
    ]
    loud = len(fresh) if channel.kind == "im" else sum(calls(workspace, m, user) for m in fresh)
    return Unread(len(fresh), loud)


def threads(workspace: Workspace, user: str) -> list[Thread]:
    """Threads this person follows (wrote in, or was mentioned in), newest activity first."""
    found: list[tuple[str, Thread]] = []
    for channel in workspace.channels.values():
        if user not in channel.members:
            continue
        for head in workspace.messages(channel):
            if not head.get("reply_count"):
                continue
            said = workspace.thread(channel, head["ts"])
            if not any(m.get("user") == user or calls(workspace, m, user) for m in said):
                continue
            read_up_to = channel.threads_read.get(f"{user}/{head['ts']}", "0")
            fresh = [m for m in said[1:] if m["ts"] > read_up_to and m.get("user") != user]
            loud = sum(calls(workspace, m, user) for m in fresh)
            found.append((head["latest_reply"], Thread(channel.id, head["ts"], len(fresh), loud)))
    return [thread for _, thread in sorted(found, key=lambda pair: pair[0], reverse=True)]


def _texts(node: Any) -> Iterator[tuple[str, bool]]:
    """Each mrkdwn text under a node, and whether it is verbatim."""
    if isinstance(node, dict):
        if node.get("type") == "mrkdwn" and isinstance(node.get("text"), str):
            yield node["text"], bool(node.get("verbatim"))
        elif node.get("type") == "markdown" and isinstance(node.get("text"), str):
            yield node["text"], False
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)


def _rich_mentions(node: Any) -> set[str]:
    """Mentions that are elements of rich text."""
    found: set[str] = set()
    if isinstance(node, list):
        for value in node:
            found |= _rich_mentions(value)
    elif isinstance(node, dict):
        kind = node.get("type")
        if kind == "user" and "user_id" in node:
            found.add(node["user_id"])
        elif kind == "usergroup" and "usergroup_id" in node:
            found.add(node["usergroup_id"])
        elif kind == "broadcast" and "range" in node:
            found.add(node["range"])
        for value in node.values():
            found |= _rich_mentions(value)
    return found
