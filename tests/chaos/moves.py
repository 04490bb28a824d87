"""What people do to a release besides voting: hold, resume, extend, reschedule, cancel; and what must come of each."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.ledger import Deed, Ledger

Row = dict[str, Any]


@dataclass(frozen=True)
class Move:
    """What is typed after its verb, what the bot says when it did it, and what the record calls it."""

    rest: str
    yes: str
    event: str

    def says(self, title: str) -> str:
        """What the answer holds where it was done."""
        return self.yes.format(title=title)


MOVES = {
    "hold": Move("cause", "{title} is on hold.", "held"),
    "resume": Move("", "{title}: 🟡 Go/no-go open", "resumed"),
    "extend": Move("5m", "{title}: 🟡 Go/no-go open", "poll_extended"),
    "reschedule": Move("in 3h", "{title} is now planned for", "rescheduled"),
    "cancel": Move("superseded", "{title} is cancelled.", "cancelled"),
}
#: How a release stands after what happened to it last; after anything else that is not said here.
_STANDS = {"held": "on_hold", "cancelled": "cancelled"}
_TURNS = {"held", "resumed", "cancelled", "decided", "poll_opened"}


@dataclass
class _Order:
    """Where in a release's record one person's gestures stand: the last that was kept, and that was seen to fail."""

    kept: int = 0
    failed: int = 0


@dataclass
class Account:
    """`events`: the audit rows of releases, in order, each with its body as `fact`; `keys`: of all stored gestures."""

    ledger: Ledger
    events: list[Row]
    keys: set[str]
    states: dict[int, str]  # of releases
    titles: dict[int, str]
    orders: dict[tuple[str, int | None], _Order] = field(default_factory=lambda: defaultdict(_Order))

    def violations(self) -> Iterator[str]:
        """In words."""
        done: dict[str, list[Row]] = defaultdict(list)
        of_moves = {move.event for move in MOVES.values()}
        for row in self.events:
            if row["name"] in of_moves and row["fact"]["by"] is not None:
                done[row["fact"]["key"]].append(row)
        for deed in self.ledger.deeds:
            if deed.what == "move":
                yield from self._one(deed, done.pop(deed.key, []) if deed.key else [])
        for key in done:
            yield f"nobody did that: a move with the key {key}"
        yield from self._states()

    def _one(self, deed: Deed, found: list[Row]) -> Iterator[str]:
        name = f"{deed.who}'s {deed.choice} of {deed.title}"
        if deed.promise != "open" and deed.key not in self.keys:
            yield f"lost: {name} was answered, and its key is not there"
        if deed.promise == "kept" and not found:
            yield f"lost: {name} was acknowledged, and nothing happened"
        if deed.promise == "declined" and found:
            yield f"{name} was declined and yet stored"
        if len(found) > 1 or (found and found[0]["name"] != MOVES[deed.choice].event):
            yield f"applied twice or wrongly: {name}, {[row['name'] for row in found]}"
        if not found or self.ledger.may_be_late(deed):
            return
        order, seq = self.orders[deed.who, deed.number], found[0]["seq"]
        if deed.promise == "kept":
            if seq < max(order.kept, order.failed):
                yield f"out of order: {name} was stored before what {deed.who} did, or saw fail, earlier"
            order.kept = max(order.kept, seq)
        else:
            order.failed = max(order.failed, seq)

    def _states(self) -> Iterator[str]:
        last: dict[int, str] = {}
        for row in self.events:
            if row["name"] in _TURNS and row["release_id"] is not None:
                last[row["release_id"]] = row["name"]
        for release, name in last.items():
            wanted, stands = _STANDS.get(name), self.states[release]
            if (wanted or stands) != stands or (wanted is None and stands in _STANDS.values()):
                yield f"{self.titles[release]} is {stands}, and what happened to it last is {name}"
