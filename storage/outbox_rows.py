"""What the outbox holds, as data: a row, what others are seen to send, and by whom a row is held."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Kind = Literal["card", "notice", "direct", "ephemeral", "file", "home"]


@dataclass(frozen=True)
class OutboxRow:
    """`attempts` counts the failed tries before this one. `ambiguous`: an earlier try may have arrived."""

    id: int
    workspace_id: int
    kind: Kind
    lane: str
    payload: dict[str, Any]
    release_id: int | None
    card_id: int | None
    after_card_id: int | None
    state: str  # queued | sending | sent | dead | ambiguous | dropped
    attempts: int
    put_at: datetime
    tried_at: datetime | None  # by Slack's clock, when it was tried last, or first where that may have arrived
    expires_at: datetime | None
    next_try_at: datetime | None
    error: str | None
    answer: str | None
    settled_at: datetime | None
    cause: str | None  # the reference of the gesture or timer behind it
    ambiguous: bool = False

    @property
    def place(self) -> str:
        """The id of the channel or person it is for; empty where only Slack knows."""
        kind, _, rest = self.lane.partition(":")
        return {"url": "", "private": rest.partition(":")[0], "home": rest}.get(kind, kind)


@dataclass(frozen=True)
class Tried:
    """What another process sends, or has sent; `settled_at` None while it is under way."""

    id: int
    workspace_id: int
    kind: Kind
    lane: str
    settled_at: datetime | None


@dataclass(frozen=True)
class Hold:
    """Makes a row `owner`'s from its birth, until this real instant."""

    owner: str
    until: datetime


def is_edit(kind: str, lane: str) -> bool:
    """Whether it changes a message that is there: a card is posted in its channel's lane and edited in its own."""
    return kind == "card" and ":" in lane
