"""Know how long a signed request was on its way: what Slack has given up must not be stored after what came next.

Slack signs with the second at which it sends. Its clock and ours need not agree: the freshest request of the last
minute or two (at first: the Date of Slack's answers) shows how far they are apart, and any other is as much older as
it looks. Whole seconds leave it open by one; a request counts as no older than is certain.
"""

import math
from collections.abc import Callable

from bot.clock import Wire

#: Seconds after which the freshest request begins to be forgotten: some sender's clock may have been wrong.
SPAN = 60.0


class Lateness:
    """`seconds` is the real monotonic time, which no correction of a clock moves."""

    def __init__(self, seconds: Callable[[], float] | None = None) -> None:
        self._seconds = seconds or Wire().monotonic
        self._since = -math.inf
        self._now_ahead = self._then_ahead = -math.inf  # how far Slack's clock is ahead of `seconds`, at the least

    def of(self, stamp: int) -> float:
        """The seconds for which a request with this time stamp was on its way at the least; 0.0 if none are certain."""
        now = self._seconds()
        if now - self._since >= SPAN:
            self._since, self._then_ahead, self._now_ahead = now, self._now_ahead, -math.inf
        self._now_ahead = max(self._now_ahead, stamp - now)
        ahead = max(self._now_ahead, self._then_ahead)
        return max(0.0, now + ahead - (stamp + 1))
