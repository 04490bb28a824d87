"""Compare servers fairly: short slices in random order, round after round, and the ratios within each round."""

import random
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Spread:
    """A median, and between what the values lay."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> "Spread":
        found = sorted(values)
        return cls(statistics.median(found), found[0], found[-1])

    def __str__(self) -> str:
        if self.low == self.high:
            return _short(self.median)
        return f"{_short(self.median)} ({_short(self.low)}–{_short(self.high)})"


@dataclass
class Row:
    """One line of the report. `value` is what the floor and the target are about; `detail` says how it came about."""

    figure: str
    value: Spread
    floor: float | None = None
    target: float | None = None
    unit: str = "× bare"
    more_is_better: bool = True
    detail: str = ""
    failed: str = ""  # what must not be, and was
    speed: float = 0.0  # a second, where another figure is compared with it

    @property
    def verdict(self) -> str:
        """Against the floor and the target."""
        if self.failed:
            return f"failed: {self.failed}"
        if self.floor is None:
            return ""
        sign = 1 if self.more_is_better else -1
        if self.target is not None and sign * self.value.median >= sign * self.target:
            return "target"
        return "floor" if sign * self.value.median >= sign * self.floor else "below the floor"


@dataclass
class Measured:
    """Values by what was measured, in the order of the rounds."""

    values: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def add(self, name: str, value: float) -> None:
        self.values[name].append(value)

    def spread(self, name: str) -> Spread:
        return Spread.of(self.values[name])

    def ratio(self, name: str, to: str) -> Spread:
        """Round by round."""
        return Spread.of(one / other for one, other in zip(self.values[name], self.values[to], strict=True))


def interleave(slices: list[Callable[[], None]], rounds: int, rng: random.Random) -> None:
    """Run every slice once a round, in a new random order each time."""
    for _ in range(rounds):
        order = list(slices)
        rng.shuffle(order)
        for run in order:
            run()


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
