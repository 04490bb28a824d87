"""Hold a rotation: who leads, or deploys, the releases of a service, one after the other."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal

from bot.release.recurrence import Occurrence, Rule, occurrences, say_recurring

#: What a rotation is for.
Duty = Literal["captain", "deployer"]
DUTIES: tuple[Duty, ...] = ("captain", "deployer")


@dataclass(frozen=True)
class Rotation:
    """`people` are ids, in turn; `turn` counts on. Without a `rule` it is handed on by hand.

    Hand-overs up to `turned_until` are done. `within`: the private channel that it is for alone, else "".
    """

    service: str
    role: Duty
    channel: str
    people: tuple[str, ...]
    starts_on: date
    turned_until: datetime
    tzdata: str
    changed_by: str
    changed_at: datetime
    turn: int = 0
    rule: Rule | None = None
    clock: time = time(0)
    zone: str = ""
    within: str = ""

    @property
    def when(self) -> str:
        """ "every Monday 10:00 Berlin", or "by hand"."""
        return "by hand" if self.rule is None else say_recurring(self.rule, self.clock, self.zone)

    def to_come(self, after: datetime, count: int) -> list[Occurrence]:
        """Its next hand-overs; none where it is handed on by hand."""
        if self.rule is None:
            return []
        return occurrences(self.rule, self.clock, self.zone, starts_on=self.starts_on, after=after, count=count)
