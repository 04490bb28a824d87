"""Say things about releases without deciding how they look.

Words are pieces: our own literals, instants, people and what people typed. Who shows them (a Slack
message, a log line, a test) decides how; so text from people can never turn into markup on the way.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from bot.release.zones import local

#: "time" is 13:30; "day" is Tue 1 Dec 13:30; "date" is Tue 1 Dec.
Style = Literal["time", "day", "date"]


@dataclass(frozen=True)
class At:
    """An instant, shown to each viewer in their own zone. `zone` (IANA) is the fallback's, None the reader's."""

    at: datetime
    style: Style = "time"
    zone: str | None = None


def at_beside(at: datetime, other: datetime, zone: str) -> At:
    """The instant, with its day where that is another one there than that of `other`."""
    return At(at, "time" if local(at, zone).date() == local(other, zone).date() else "day", zone)


@dataclass(frozen=True)
class Who:
    """A person, shown by name and not notified."""

    id: str


@dataclass(frozen=True)
class Mention:
    """A person, notified: only in what is theirs to do."""

    id: str


@dataclass(frozen=True)
class Group:
    """A Slack user group, shown by handle and not notified."""

    id: str


@dataclass(frozen=True)
class Channel:
    """A Slack channel, shown as a link to it."""

    id: str


@dataclass(frozen=True)
class Said:
    """What somebody typed: data, shown as it is."""

    text: str


@dataclass(frozen=True)
class Bold:
    """Our own or somebody's text in bold; still data."""

    text: str


@dataclass(frozen=True)
class Code:
    """Something to type, shown as code."""

    text: str


@dataclass(frozen=True)
class Link:
    """A web address under a label."""

    url: str
    label: str


Piece = str | At | Who | Mention | Group | Channel | Said | Bold | Code | Link
Words = tuple[Piece, ...]
#: The same for isinstance, made once: each row of each message is made by `words`.
_PIECES = (str, At, Who, Mention, Group, Channel, Said, Bold, Code, Link)


def words(*pieces: "Piece | Iterable[Piece]") -> Words:
    """One flat row of pieces, from pieces and rows of pieces."""
    flat: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, _PIECES):
            if piece != "":
                flat.append(piece)
        else:
            flat.extend(piece)
    return tuple(flat)


def listing(items: Iterable["Piece | Words"], *, last: str = " and ", most: int | None = None) -> Words:
    """`a, b and c`; with `most`, `a, b and 14 more`."""
    rows = [words(item) for item in items]
    if most is not None and len(rows) > most:
        rows = [*rows[:most], (f"{len(rows) - most} more",)]
    out: Words = ()
    for position, row in enumerate(rows):
        if position:
            out += (last if position == len(rows) - 1 else ", ",)
        out += row
    return out


_KINDS = {kind.__name__: kind for kind in (Who, Mention, Group, Channel, Said, Bold, Code)}


def to_data(row: Words) -> list[Any]:
    """Words as plain data for a row in the database."""
    out: list[Any] = []
    for piece in row:
        if isinstance(piece, str):
            out.append(piece)
        elif isinstance(piece, At):
            out.append(["At", piece.at.isoformat(), piece.style, piece.zone])
        elif isinstance(piece, Link):
            out.append(["Link", piece.url, piece.label])
        else:
            out.append(
                [type(piece).__name__, piece.id if isinstance(piece, Who | Mention | Group | Channel) else piece.text]
            )
    return out


def from_data(data: Iterable[Any]) -> Words:
    """The inverse of `to_data`."""
    out: list[Piece] = []
    for item in data:
        if isinstance(item, str):
            out.append(item)
        elif item[0] == "At":
            out.append(At(datetime.fromisoformat(item[1]), item[2], item[3]))
        elif item[0] == "Link":
            out.append(Link(item[1], item[2]))
        else:
            out.append(_KINDS[item[0]](item[1]))
    return tuple(out)
