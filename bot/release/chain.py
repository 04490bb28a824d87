"""Chain what happened, so that nobody changes it unseen: an entry hashes its own bytes and the entry before it.

What people typed lies beside the chain, which holds its salted hash: erased, the chain still verifies.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

#: What the first entry of a chain follows.
BEGINNING = ""
#: So many characters of a head are announced: nobody finds another chain that begins like it.
ANNOUNCED = 32


@dataclass(frozen=True)
class Entry:
    """One entry as it is kept: `body` is the hashed JSON text, `said` and `why` what people typed or read.

    `salt` is None where the text beside the chain is lost. Of an `erased` one nobody can say what it was.
    """

    seq: int
    body: str
    hash: str
    salt: str | None
    said: list[Any]
    why: str
    erased: bool = False

    @property
    def opened(self) -> dict[str, Any]:
        """The hashed bytes as data; empty when somebody made them something else."""
        try:
            data = json.loads(self.body)
        except ValueError:
            return {}
        return data if isinstance(data, dict) else {}


def canonical(data: Any) -> str:
    """Data as the one JSON text that stands for it: sorted keys, no spaces, instants as ISO 8601 in UTC."""
    return _ENCODER.encode(data)


def digest(text: str) -> str:
    """Its SHA-256 in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def text_hash(salt: str, said: list[Any], why: str) -> str:
    """What an entry holds of the text beside it."""
    return digest(canonical([salt, said, why]))


def broken(entries: Iterable[Entry]) -> list[str]:
    """What is wrong with a chain, its first entry first, in words (“5: its text is not what was said”)."""
    problems: list[str] = []
    previous, expected, whose = BEGINNING, 1, None
    for entry in entries:
        body = entry.opened
        whose = whose or (body.get("workspace"), body.get("release"))
        if entry.seq != expected:
            problems.append(f"{entry.seq}: rows from {expected} on are missing")
        elif body.get("previous") != previous:
            problems.append(f"{entry.seq}: does not follow the row before it")
        if digest(entry.body) != entry.hash:
            problems.append(f"{entry.seq}: its hash is not that of its bytes")
        if (body.get("workspace"), body.get("release")) != whose or body.get("seq") != entry.seq:
            problems.append(f"{entry.seq}: it belongs to another chain")
        if entry.salt is None and not entry.erased:
            problems.append(f"{entry.seq}: its text is missing")
        elif not entry.erased and body.get("text") != text_hash(entry.salt or "", entry.said, entry.why):
            problems.append(f"{entry.seq}: its text is not what was said")
        previous, expected = entry.hash, entry.seq + 1
    return problems


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} is naive: which instant it is depends on its zone")
        return value.astimezone(UTC).isoformat()
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is not plain data: {value!r}")


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=_plain)
