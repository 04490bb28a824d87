"""Hold what people did, and what Slack told them came of it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

#: kept: the bot said yes. open: nobody said anything, or not in time. declined: the bot said no in words.
Promise = Literal["kept", "open", "declined"]


@dataclass
class Planned:
    """A release that somebody was told is planned."""

    number: int
    title: str
    room: str


@dataclass
class Deed:
    """One gesture. `key` is how Slack named it, empty where it never left the client."""

    who: str
    what: Literal["plan", "vote", "move"]
    title: str
    choice: str = ""
    why: str = ""
    key: str = ""
    promise: Promise = "open"
    number: int | None = None


@dataclass
class Ledger:
    """All deeds, in the order in which each person did theirs."""

    deeds: list[Deed] = field(default_factory=list)
    planned: list[Planned] = field(default_factory=list)
    #: Releases on which nobody votes, and that are held, moved and cancelled.
    moved: list[Planned] = field(default_factory=list)
    #: How often Slack sent each gesture before one was acknowledged, by its key; late counts twice.
    copies: Counter[str] = field(default_factory=Counter)

    def may_be_late(self, deed: Deed) -> bool:
        """Whether a copy of it may have been under way when Slack showed it as failed, and the bot cannot know that.

        Events are sent again until they are taken. Of anything else two copies were sent, or one was on its way for
        longer than Slack waits.
        """
        return deed.key.startswith("event:") or self.copies[deed.key] > 1
