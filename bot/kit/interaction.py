"""Say what a person did, in our words: what the Slack edge hands to the dispatcher."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    COMMAND = "command"
    MENTION = "mention"
    BUTTON = "button"
    MODAL = "modal"
    CLOSED = "closed"
    SHORTCUT = "shortcut"
    MESSAGE_ACTION = "message action"
    HOME = "home"


@dataclass(frozen=True, kw_only=True)
class Interaction:
    """One gesture. `key` identifies the gesture across repeats; None for pure openings of a tab.

    `name` is what was triggered: a button's or modal's name; for commands and mentions it is empty and `text`
    holds what was typed after the command or mention. `ref` is what the log calls this gesture. `values` are a
    modal's answers by field name; `data` is what the button or modal carried along. `trigger` opens modals (3 s,
    once); `response_url` answers privately.
    """

    kind: Kind
    key: str | None
    team: str
    enterprise: str | None
    user: str
    user_team: str | None
    at: datetime
    ref: str = ""
    name: str = ""
    text: str = ""
    channel: str | None = None
    thread_ts: str | None = None
    message_ts: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    trigger: str | None = None
    response_url: str | None = None
    view_id: str | None = None
    view_hash: str | None = None
    in_home: bool = False
    in_modal: bool = False

    @property
    def path(self) -> str:
        """By which way this came, for the audit log."""
        if self.in_home:
            return "home"
        if self.kind is Kind.MENTION and (self.channel or "").startswith("D"):
            return "direct message"  # nobody is mentioned there
        return self.kind.value

    @property
    def about(self) -> str | None:
        """The release it is about, as far as the gesture itself says so."""
        return f"release {self.data['r']}" if "r" in self.data else None
