"""Hold what hangs on a release beside its votes: conditions, ticks of its checklist, a late change, an override.

A leaf: release.py imports it. What they do to a release is said in the neighbouring modules.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass
class Condition:
    """What somebody's *go if* depends on, who says whether it is met, and until when. `number` counts in its release.

    It belongs to the vote given at `vote_at`; `outcome` is None while it is open. `until_close`: it has no time of its
    own, and moves with the close; None in what earlier versions stored, where the same instant tells.
    """

    number: int
    round: int
    user: str
    vote_at: datetime
    sign_off: str
    text: str
    owner: str
    due_at: datetime
    outcome: Literal["met", "missed", "withdrawn"] | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None
    until_close: bool | None = None


@dataclass
class Tick:
    """Who last ticked or unticked an item of the checklist; `undone` counts how often a tick was taken back."""

    by: str
    at: datetime
    ticked: bool
    undone: int = 0


@dataclass(frozen=True)
class LateChange:
    """A change of the content that was asked for after the cut-off, and waits for the captain.

    `wanted` is the new text by field; `on_revision` the content it was asked about.
    """

    number: int
    asked_by: str
    asked_at: datetime
    why: str
    wanted: Mapping[str, str]
    on_revision: int


@dataclass(frozen=True)
class Override:
    """Who let a release go without its go, why, and what was skipped: (kind of cause, role or item)."""

    by: str
    at: datetime
    why: str
    skipped: tuple[tuple[str, str], ...]
