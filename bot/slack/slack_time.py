"""Learn how far Slack's clock is ahead of this machine's, from the Date of whatever Slack answers.

Messages carry Slack's time. A machine whose clock is minutes off would look for its own posts where they are not.
"""

from datetime import timedelta
from email.utils import parsedate_to_datetime
from types import SimpleNamespace

import aiohttp

from bot.clock import Wire


class SlackTime:
    """`ahead` is right to a second or two: negative where this machine's clock is fast, zero before any answer."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._heard = ""
        self.ahead = timedelta()

    def listening(self) -> aiohttp.TraceConfig:
        """For the session through which Slack is called."""
        trace = aiohttp.TraceConfig()
        trace.on_request_end.append(self._answered)
        return trace

    async def _answered(
        self, _: aiohttp.ClientSession, __: SimpleNamespace, answered: aiohttp.TraceRequestEndParams
    ) -> None:
        self.heard(answered.response.headers.get("Date", ""))

    def heard(self, date: str) -> None:
        """The Date header of an answer that has just come; one that cannot be read says nothing."""
        if date == self._heard:  # of the same second: it says nothing new
            return
        self._heard = date
        try:
            instant = parsedate_to_datetime(date)
        except ValueError:
            return
        self.ahead = timedelta(seconds=instant.timestamp() - self._wire.unix())
