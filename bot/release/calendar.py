"""Say what stands in a calendar, whatever it comes from: a release, a freeze, a departure to come."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from bot.release.words import Words

#: How long a release takes up in a calendar: its time is a moment, and a moment cannot be seen there.
LENGTH = timedelta(minutes=30)


@dataclass(frozen=True)
class Span:
    """From `start` up to before `end`; instants."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Scope:
    """What is looked at, and for whom: `viewer` is None where others than one person read it.

    "all" is all of the workspace; "person" what concerns the viewer: what they lead, deploy, owe an answer to, or what
    lives in a channel of theirs; "service" and "channel" what their `subject` names. `file`: a calendar program reads
    it, and has to be told of what is not to be any more.
    """

    kind: Literal["all", "person", "service", "channel"]
    subject: str = ""
    viewer: str | None = None
    file: bool = False


@dataclass(frozen=True)
class Entry:
    """One thing in a calendar. `id` stays the same for as long as it lives, and `revision` grows when it moves.

    `starts_at` and `ends_at` are instants, `zone` (IANA) is where they were planned; `changed_at` is when anything
    of it changed last. `line` tells it in a message, behind its time; `title` and `text` in a calendar file: plain
    text, with what people typed in it as it is. `service_key`: of which service it is, where it is of one.
    `happened_at`: when it came about, where that was.
    """

    id: str
    title: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    revision: int
    changed_at: datetime
    text: str = ""
    cancelled: bool = False
    service_key: str = ""
    happened_at: datetime | None = None
    line: Callable[[], Words] = field(default=tuple, repr=False)
