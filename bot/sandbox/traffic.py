"""Remember the last requests between the workspace and the app, for the inspector."""

from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from bot.clock import Clock

Direction = Literal["to app", "from app"]
_KEPT = 500


@dataclass(frozen=True)
class Entry:
    id: int
    at: float  # story time, unix seconds
    dir: Direction
    kind: str
    summary: str
    status: Literal["ok", "error"]
    ms: float  # real milliseconds
    request: Any
    response: Any
    unknown: bool = False

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Traffic:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: deque[Entry] = deque(maxlen=_KEPT)
        self._count = 0
        self.listeners: list[Callable[[Entry], None]] = []

    def note(
        self,
        direction: Direction,
        kind: str,
        *,
        summary: str = "",
        ok: bool = True,
        ms: float = 0.0,
        request: Any = None,
        response: Any = None,
        unknown: bool = False,
    ) -> None:
        self._count += 1
        entry = Entry(
            self._count,
            self._clock.now().timestamp(),
            direction,
            kind,
            summary,
            "ok" if ok else "error",
            round(ms, 1),
            request,
            response,
            unknown,
        )
        self._entries.append(entry)
        for listener in list(self.listeners):
            listener(entry)

    def since(self, number: int = 0) -> list[Entry]:
        """What came after entry `number`, oldest first."""
        return [entry for entry in self._entries if entry.id > number]

    def of(self, kind: str) -> list[Entry]:
        """What is remembered of one kind, such as "chat.postMessage"."""
        return [entry for entry in self._entries if entry.kind == kind]
