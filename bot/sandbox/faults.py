"""Go wrong on demand, as Slack does: scripted by method or delivery, a number of times or by chance."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from random import Random
from typing import Any, Literal, get_args

Effect = Literal[
    "rate_limited",  # a method answers 429 with Retry-After: retry_after
    "server_error",  # a method answers `status` without doing anything
    "server_error_after",  # it was done, and yet the method answers `status`
    "slow",  # a method answers after `seconds` of real time
    "drop_before",  # the connection ends, and nothing was done
    "drop_after",  # it was done (a delivery: arrived), but the answer is lost
    "error",  # a method answers ok: false with `code`
    "duplicate",  # a delivery arrives twice, at the same moment
    "delay",  # a delivery arrives `seconds` of real time later
    "late",  # a delivery arrives `seconds` of real time after it was sent; Slack waits for three of them
    "cut_socket",  # every socket is closed before a delivery goes out
]
EFFECTS: tuple[Effect, ...] = get_args(Effect)
ON_METHODS = frozenset(
    {"rate_limited", "server_error", "server_error_after", "slow", "error", "drop_before", "drop_after"}
)
ON_DELIVERIES = frozenset({"drop_before", "drop_after", "duplicate", "delay", "late", "cut_socket"})


@dataclass
class Fault:
    """`match` is a Web API method ("chat.postMessage"), a delivery kind ("slash_commands",
    "interactive", "events_api", or a payload type such as "block_actions", "app_mention",
    "view_submission"), "response_url", or "*"."""

    match: str
    effect: Effect
    times: int | None = 1  # None: until cleared
    probability: float = 1.0
    seconds: float = 0.0
    retry_after: int = 1
    status: int = 503
    code: str = "internal_error"
    page: bool = False  # server_error and server_error_after: what is answered is HTML, as by whoever stands between

    def __post_init__(self) -> None:
        if self.effect not in EFFECTS:
            raise ValueError(f"no fault is called {self.effect!r}; there are {', '.join(EFFECTS)}")


class Faults:
    """The faults that wait to happen. Chance is seeded, so that a run can be repeated."""

    def __init__(self, seed: int) -> None:
        self._chance = Random(seed)
        self._waiting: list[Fault] = []
        #: called after every change of what waits
        self.listeners: list[Callable[[], None]] = []

    def add(self, match: str, effect: Effect, **details: Any) -> Fault:
        """Have this go wrong: times=1 (None: always), probability=1.0, seconds, retry_after, status, code."""
        fault = Fault(match, effect, **details)
        self._waiting.append(fault)
        self._tell()
        return fault

    def replace(self, faults: list[dict[str, Any]]) -> None:
        """Instead of all waiting faults, these (as plain data). ValueError or TypeError if one is malformed."""
        self._waiting = [Fault(**fault) for fault in faults]
        self._tell()

    def clear(self) -> None:
        self._waiting.clear()
        self._tell()

    def listed(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._waiting]

    def take(self, *names: str, among: frozenset[str]) -> Fault | None:
        """The fault that strikes what goes by these names now, if any; `among` are the effects possible there."""
        for fault in self._waiting:
            if fault.effect not in among or fault.match not in ("*", *names):
                continue
            if fault.probability < 1.0 and self._chance.random() >= fault.probability:
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                self._tell()
            return fault
        return None

    def _tell(self) -> None:
        for listener in list(self.listeners):
            listener()
