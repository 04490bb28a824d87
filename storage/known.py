"""Keep in memory what the database says of people, channels and groups, while it says that nothing has changed.

Every gesture looks up a whole channel's people several times over. The workspace's row, which each unit of work reads
anyway, counts the changes; what was read under the same count is still so.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.clock import Wire

if TYPE_CHECKING:
    from datetime import datetime

    from storage.people import ChannelRow, GroupRow, Person

#: Seconds after which it is read anew in any case: whoever does not count (an older version, a hand) is noticed so.
LASTS = 30.0
#: So much is kept of one workspace; beyond it all is read anew.
MOST = 100_000


@dataclass
class Known:
    """Of one workspace, under one count. None stands for what the database does not know."""

    revision: int
    read_at: float
    people: dict[str, "Person | None"] = field(default_factory=dict)
    channels: dict[str, "ChannelRow | None"] = field(default_factory=dict)
    members: dict[str, frozenset[str]] = field(default_factory=dict)
    group_members: dict[str, frozenset[str]] = field(default_factory=dict)
    groups_as_of: "dict[str, datetime | None]" = field(default_factory=dict)
    groups: "list[GroupRow] | None" = None
    full: dict[frozenset[str], frozenset[str]] = field(default_factory=dict)  # who of them is a full member


class Memory:
    """What a process knows, by workspace id. Shared by its threads: what is put in is never changed afterwards."""

    def __init__(self, seconds: Callable[[], float] | None = None) -> None:
        """`seconds` is the real monotonic time."""
        self._seconds = seconds or Wire().monotonic
        self._known: dict[int, Known] = {}

    def forget(self) -> None:
        """Read everything anew."""
        self._known = {}

    def of(self, workspace: int, revision: int) -> Known:
        """What is known under this count; an empty one to be filled where nothing is."""
        known, now = self._known.get(workspace), self._seconds()
        current = known is not None and known.revision == revision and now < known.read_at + LASTS
        if known is not None and current and len(known.people) + len(known.full) < MOST:
            return known
        fresh = Known(revision, now)
        if known is None or revision >= known.revision:  # else it is a snapshot of before: for this unit alone
            self._known[workspace] = fresh
        return fresh
