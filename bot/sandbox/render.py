"""Write messages and views as plain text, the way a person reads them: the transcripts of stories."""

from datetime import datetime
from typing import Any

from bot.sandbox.people import Channel, Json
from bot.sandbox.render_text import read_date, read_mrkdwn
from bot.sandbox.workspace import Workspace, in_timeline


class Reader:
    """Reads with the eyes of one person: their zone, their ephemeral messages."""

    def __init__(self, workspace: Workspace, viewer: str) -> None:
        self._workspace = workspace
        self._viewer = viewer
        self._zone = workspace.users[viewer].tz or "UTC"

    def channel(self, channel: Channel) -> str:
        """The whole channel: messages in order, replies indented below their head, own whispers in between."""
        said = [m for m in self._workspace.messages(channel) if in_timeline(m)]
        whispers = self._workspace.whispers(channel, self._viewer)
        lines: list[str] = []
        for message in sorted([*said, *whispers], key=lambda m: str(m["ts"])):
            if message.get("ephemeral") and "thread_ts" in message:
                continue
            lines.append(self.message(message))
            if message.get("subtype") == "thread_broadcast":
                continue
            replies = self._workspace.thread(channel, message["ts"])[1:] if "reply_count" in message else []
            hidden = [w for w in whispers if w.get("thread_ts") == message["ts"]]
            for reply in sorted([*replies, *hidden], key=lambda m: str(m["ts"])):
                lines.append(_indent(self.message(reply), "  ↳ ", "    "))
        return "\n".join(lines)

    def message(self, message: Json) -> str:
        """`Author: first line`, the further lines indented."""
        author = self._workspace.name_of(str(message.get("user", "")))
        marks = ["only you"] if message.get("ephemeral") else []
        marks += ["to channel"] if message.get("subtype") == "thread_broadcast" else []
        edited = " (edited)" if message.get("edited") else ""
        head = f"{author}{''.join(f' ({mark})' for mark in marks)}: "
        return _indent(self.body(message) + edited, head, "    ")

    def body(self, message: Json) -> str:
        """The words alone, without the author."""
        lines = self.blocks(message.get("blocks") or [])
        if not message.get("blocks"):
            lines = self._mrkdwn(str(message.get("text") or "")).split("\n")
        for attachment in message.get("attachments") or []:
            words = attachment.get("text") or attachment.get("fallback") or ""
            lines += self.blocks(attachment.get("blocks") or []) or [self._mrkdwn(words)]
        lines += [f"[file: {file.get('title') or file.get('name')}]" for file in message.get("files") or []]
        if message.get("reactions"):
            lines.append(" ".join(f":{r['name']}: {r['count']}" for r in message["reactions"]))
        return "\n".join(lines)

    def view(self, view: Json) -> str:
        """A modal as `[Title]`, its blocks and its `[Submit] [Close]`; a Home tab as its blocks."""
        lines = self.blocks(view.get("blocks") or [], view.get("state", {}).get("values", {}))
        if view.get("type") == "modal":
            ends = [self._text(view[name]) for name in ("submit", "close") if view.get(name)]
            lines = [
                f"== {self._text(view.get('title'))} ==",
                *lines,
                *([" ".join(f"[{end}]" for end in ends)] if ends else []),
            ]
        return "\n".join(lines)

    def blocks(self, blocks: list[Json], state: Json | None = None) -> list[str]:
        lines: list[str] = []
        for block in blocks:
            lines += self._block(block, (state or {}).get(str(block.get("block_id")), {}))
        return lines

    def _block(self, block: Json, state: Json) -> list[str]:
        kind = block["type"]
        if kind == "section":
            lines = self._text(block.get("text")).split("\n") if block.get("text") else []
            lines += [self._text(field).replace("\n", " ") for field in block.get("fields") or []]
            if block.get("accessory"):
                lines[-1] += "  " + self._element(block["accessory"], state)
            return lines
        if kind == "header":
            return [self._text(block["text"])]
        if kind == "divider":
            return ["---"]
        if kind == "context":
            return ["  ".join(self._element(element, state) for element in block["elements"])]
        if kind == "actions":
            return [" ".join(self._element(element, state) for element in block["elements"])]
        if kind == "image":
            return [f"[image: {block['alt_text']}]"]
        if kind == "input":
            optional = " (optional)" if block.get("optional") else ""
            return [f"{self._text(block['label'])}{optional}: {self._element(block['element'], state)}"]
        if kind == "rich_text":
            return "".join(self._rich(element) for element in block["elements"]).rstrip("\n").split("\n")
        if kind == "markdown":
            return str(block["text"]).split("\n")
        if kind == "table":
            return [" | ".join(self._cell(cell) for cell in row) for row in block["rows"]]
        return [f"[{kind}]"]

    def _element(self, element: Json, state: Json) -> str:
        kind = element["type"]
        if kind in ("plain_text", "mrkdwn"):
            return self._text(element)
        if kind == "image":
            return f"[image: {element['alt_text']}]"
        if kind == "button":
            return f"[{self._text(element['text'])}]"
        if kind == "overflow":
            return f"[⋯ {' · '.join(self._text(option['text']) for option in element['options'])}]"
        value = shown_value(state.get(element.get("action_id", ""), {})) or shown_value(element, "initial_")
        if kind in ("radio_buttons", "checkboxes"):
            chosen = value.split(", ") if value else []
            names = [self._text(option["text"]) for option in element["options"]]
            return "  ".join(f"({'x' if name in chosen else ' '}) {name}" for name in names)
        return f"[{self._named(kind, value) or self._text(element.get('placeholder')) or kind.replace('_', ' ')}]"

    def _named(self, kind: str, value: str) -> str:
        if "users_select" in kind or "channels_select" in kind or "conversations_select" in kind:
            return ", ".join(self._name("channel" if one[:1] in "CDG" else "user", one) for one in _split(value))
        return value

    def _rich(self, node: Json) -> str:
        kind = node["type"]
        if kind == "rich_text_list":
            return "".join(f"• {self._rich(item).rstrip()}\n" for item in node["elements"])
        if kind.startswith("rich_text_"):
            return "".join(self._rich(leaf) for leaf in node["elements"]) + "\n"
        if kind == "date":
            return read_date(int(node["timestamp"]), node.get("format", "{date}"), self._zone, self._now)
        if kind in ("user", "channel", "usergroup"):
            name = self._name("group" if kind == "usergroup" else kind, str(node[f"{kind}_id"]))
            return ("#" if kind == "channel" else "@") + name
        if kind == "broadcast":
            return f"@{node['range']}"
        if kind == "emoji":
            return f":{node['name']}:"
        return str(node.get("text") or node.get("url") or "")

    def _cell(self, cell: Json) -> str:
        return self._rich(cell["elements"][0]).strip() if cell["type"] == "rich_text" else str(cell.get("text", ""))

    def _text(self, text: Any) -> str:
        if not isinstance(text, dict):
            return ""
        words = str(text.get("text", ""))
        return self._mrkdwn(words) if text.get("type") == "mrkdwn" else words

    def _mrkdwn(self, text: str) -> str:
        return read_mrkdwn(text, self._name, self._zone, self._now)

    @property
    def _now(self) -> datetime:
        return self._workspace.clock.now()

    def _name(self, kind: str, id_: str) -> str:
        if kind == "user":
            return self._workspace.name_of(id_)
        if kind == "channel":
            channel = self._workspace.channels.get(id_)
            return channel.name if channel else id_
        group = self._workspace.groups.get(id_)
        return group.handle if group else id_


def shown_value(element: Json, prefix: str = "") -> str:
    """What is chosen or written, as text; from a state value, or from `initial_…` properties."""
    for name in ("value", "selected_option", "selected_options", "option", "options", "date", "time", "date_time",
                 "user", "users", "channel", "channels", "conversation", "conversations",
                 "selected_date", "selected_time", "selected_date_time", "selected_user", "selected_users",
                 "selected_channel", "selected_channels", "selected_conversation",
                 "selected_conversations"):  # fmt: skip
        value = element.get(prefix + name)
        if value in (None, "", []):
            continue
        values = value if isinstance(value, list) else [value]
        return ", ".join(str(v["text"]["text"]) if isinstance(v, dict) and "text" in v else str(v) for v in values)
    return ""


def _split(value: str) -> list[str]:
    return [one for one in value.split(", ") if one]


def _indent(text: str, first: str, rest: str) -> str:
    head, *more = text.split("\n")
    return "\n".join([first + head, *(rest + line for line in more)])
