"""Hand out trigger_ids (three real seconds, one use) and response_urls (five uses, thirty minutes)."""

from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from bot.clock import Clock
from bot.sandbox.deliver import REAL
from bot.sandbox.errors import ApiError
from bot.sandbox.ids import Ids
from bot.sandbox.limits import RESPONSE_URL_SECONDS, RESPONSE_URL_USES, TRIGGER_SECONDS

#: The tab of the page in which the present gesture is made, if it is made in one: a dialog opens there alone.
TAB: ContextVar[str | None] = ContextVar("tab", default=None)


@dataclass
class Trigger:
    user: str
    given: float
    in_modal: bool
    tab: str | None
    used: bool = False


class Triggers:
    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._given: dict[str, Trigger] = {}

    def give(self, user: str, *, in_modal: bool = False) -> str:
        """A new trigger_id for what this person just did."""
        trigger_id = f"{self._ids.next('', 13)}.{self._ids.next('', 11)}".lower()
        self._given[trigger_id] = Trigger(user, REAL.monotonic(), in_modal, TAB.get())
        return trigger_id

    def look(self, trigger_id: str) -> Trigger:
        """Whose it is; set `used` once it opened something.

        ApiError: invalid_trigger_id, exchanged_trigger_id, expired_trigger_id.
        """
        trigger = self._given.get(trigger_id)
        if trigger is None:
            raise ApiError("invalid_trigger_id")
        if trigger.used:
            raise ApiError("exchanged_trigger_id")
        if REAL.monotonic() - trigger.given > TRIGGER_SECONDS:
            raise ApiError("expired_trigger_id")
        return trigger


@dataclass
class ResponseUrl:
    """Where a reply through this URL goes."""

    channel: str
    user: str
    given: datetime
    message_ts: str | None = None  # the message that was clicked
    is_ephemeral: bool = False
    uses: int = 0


class ResponseUrls:
    """Their thirty minutes run on the story's clock, which is never behind the real one."""

    def __init__(self, ids: Ids, clock: Clock) -> None:
        self._ids = ids
        self._clock = clock
        self._given: dict[str, ResponseUrl] = {}

    def give(self, channel: str, user: str, *, message_ts: str | None = None, is_ephemeral: bool = False) -> str:
        """The last part of a new response_url."""
        key = self._ids.next("", 24)
        self._given[key] = ResponseUrl(channel, user, self._clock.now(), message_ts, is_ephemeral)
        return key

    def use(self, key: str) -> ResponseUrl:
        """Count one use. ApiError: not_found, expired_url, used_url."""
        url = self._given.get(key)
        if url is None:
            raise ApiError("not_found")
        if (self._clock.now() - url.given).total_seconds() > RESPONSE_URL_SECONDS:
            raise ApiError("expired_url")
        if url.uses >= RESPONSE_URL_USES:
            raise ApiError("used_url")
        url.uses += 1
        return url
