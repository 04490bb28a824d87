"""Keep Slack's rate limits before Slack has to say so: per method and workspace, and per channel for posts.

Source: docs.slack.dev, "Rate limits": tiers are calls a minute, chat.postMessage is about one a second a channel.
A 429 stops that method in that workspace for as long as Slack says, and nothing else. What other processes send counts
too, as far as the database tells of it; so does what was sent before this one began.
"""

from bisect import insort
from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.clock import Wire
from bot.slack.drawing import EPHEMERAL, HOME, POST, RESPONSE, UPDATE, UPLOAD
from storage.outbox import Tried, is_edit
from storage.work import Work

#: Seconds between two messages to one channel.
POST_EVERY = 1.0
#: Messages a minute in one workspace ("several hundred", so the fewest that are several).
POSTS_A_MINUTE = 300
#: Calls a minute, by tier; a method not listed is treated as tier 3.
TIERS = {2: 20, 3: 50, 4: 100}
#: Not a method: each such address has five uses of its own, and no limit but that.
FREE = {RESPONSE}
METHOD_TIERS = {
    UPDATE: 3,
    "chat.delete": 3,
    "conversations.open": 3,
    EPHEMERAL: 4,
    HOME: 4,
    UPLOAD: 4,
}
#: Share of a tier that is used; what people wait for themselves must still fit.
SHARE = 0.9
#: Share of a workspace's messages: nothing that people wait for themselves needs one.
SHARE_OF_POSTS = 0.98
#: Share of SHARE for what one person sees: however many were asked, the card in the channel stays current.
FOR_ONE = 0.6
MINUTE = 60.0
#: Seconds that a settling transaction may last: what it settles bears the instant at which it began.
OVERLAP = 3.0
#: Rows of others after which those that do not count any more are forgotten.
MOST_HEARD = 2_000


class Pacing:
    """Says how long to wait; times are wire seconds."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self._posted: dict[tuple[int, str], float] = {}
        self._calls: dict[tuple[int, str], list[float]] = {}
        self._stopped: dict[tuple[int, str], float] = {}
        self._heard_at: datetime | None = None
        self._others: dict[int, float] = {}  # what was heard of others, by the row

    def wait(self, workspace: int, method: str, channel: str) -> float:
        """Seconds until this call may be made; 0 when it may be made now, and then it counts as made."""
        now = self.wire.monotonic()
        until = self._stopped.get((workspace, method), 0.0)
        if method not in FREE:
            until = max(until, self._window(workspace, method, now, FOR_ONE if channel.startswith("D") else 1.0))
        if method == POST:
            until = max(until, self._posted.get((workspace, channel), -POST_EVERY) + POST_EVERY)
        if until > now:
            return until - now
        if method not in FREE:
            self._calls[(workspace, method)].append(now)
        if method == POST:
            self._posted[(workspace, channel)] = now
            self._forget(now)
        return 0.0

    def others(self, work: Work, owner: str) -> list[Tried]:
        """What senders other than `owner` sent since they were last heard of; at first, in the last minute."""
        if self._heard_at is None:
            since = work.now - timedelta(seconds=MINUTE)
        elif work.dialect == "postgresql":
            since = min(self._heard_at, work.now) - timedelta(seconds=OVERLAP)
        else:  # only one process sends, and this is it
            return []
        return work.outbox.tried_by_others(owner, since)

    def hear(self, tried: Iterable[Tried], now: datetime) -> None:
        """Count what others send, each row once. `now`: by the clock that settles."""
        self._heard_at, at_once = now, self.wire.monotonic()
        for row in tried:
            age = (now - row.settled_at).total_seconds() if row.settled_at is not None else 0.0
            at, method = at_once - max(0.0, age), _method(row)
            if method == POST:
                place = row.workspace_id, row.lane
                self._posted[place] = max(at, self._posted.get(place, at))
            if row.id not in self._others:
                self._others[row.id] = at
                insort(self._calls.setdefault((row.workspace_id, method), []), at)
        if len(self._others) > MOST_HEARD:
            self._others = {id: at for id, at in self._others.items() if at > at_once - 2 * MINUTE}

    def full(self, method: str, *, for_one: bool = False) -> dict[int, float]:
        """The workspaces where no such call can be made now, and for how many seconds."""
        now, share = self.wire.monotonic(), FOR_ONE if for_one else 1.0
        known = {workspace for workspace, called in (*self._calls, *self._stopped) if called == method}
        until = {
            one: max(self._stopped.get((one, method), 0.0), self._window(one, method, now, share)) for one in known
        }
        return {one: at - now for one, at in until.items() if at > now}

    def stop(self, workspace: int, method: str, seconds: float) -> None:
        """Slack said 429: leave this method alone for that long."""
        self._stopped[(workspace, method)] = self.wire.monotonic() + seconds

    def _window(self, workspace: int, method: str, now: float, share: float) -> float:
        calls = self._calls.setdefault((workspace, method), [])
        calls[:] = [at for at in calls if at > now - MINUTE]
        a_minute = POSTS_A_MINUTE if method == POST else TIERS[METHOD_TIERS.get(method, 3)]
        allowed = int(a_minute * (SHARE_OF_POSTS if method == POST else SHARE * share))
        return calls[-allowed] + MINUTE if len(calls) >= allowed else 0.0

    def _forget(self, now: float) -> None:
        if len(self._posted) > 10_000:
            self._posted = {key: at for key, at in self._posted.items() if at > now - POST_EVERY}


def _method(row: Tried) -> str:
    """What a row is sent by."""
    if is_edit(row.kind, row.lane):
        return UPDATE
    return {"home": HOME, "file": UPLOAD, "ephemeral": EPHEMERAL}.get(row.kind, POST)
