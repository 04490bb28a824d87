"""Notice that this process stood still: what comes in right after that may be older than it looks.

The deadline of a gesture counts from its receipt. A process that was stopped, or starved, receives when it goes on what
Slack has long shown as failed, and storing it then could undo what the same person has done since.
"""

import asyncio
from collections.abc import Callable

from bot.clock import Wire

#: Seconds between two beats.
BEAT = 0.25
#: Seconds without a beat after which what waited is too old: a gesture's own deadline.
STILL = 2.2
#: Seconds in which what had waited comes in.
GRACE = 0.5


class Pulse:
    """Beats while it is started; `seconds` is the real monotonic time."""

    def __init__(self, seconds: Callable[[], float] | None = None) -> None:
        self._seconds = seconds or Wire().monotonic
        self._beaten_at: float | None = None
        self._old_until = 0.0
        self._next: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self.beat()
        self._next = asyncio.get_running_loop().call_later(BEAT, self.start)

    def stop(self) -> None:
        if self._next is not None:
            self._next.cancel()
        self._beaten_at = None

    def beat(self) -> None:
        """It goes on: if it stood still, remember that for a moment."""
        now = self._seconds()
        if self._beaten_at is not None and now - self._beaten_at > STILL:
            self._old_until = now + GRACE
        self._beaten_at = now

    @property
    def stood_still(self) -> bool:
        """Whether what comes in now may have waited while nothing moved here."""
        self.beat()
        return self._seconds() < self._old_until
