"""Keep Slack's rate limits before Slack has to say so: per method and workspace, and per channel for posts.

Source: docs.slack.dev, "Rate limits": tiers are calls a minute, chat.postMessage is about one a second a channel.
A 429 stops that method in that workspace for as long as Slack says, and nothing else. What other processes send counts
too, as far as the database tells of it; so does what was sent before this one began.
"""

from bisect import insort
from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import Wire
from bot.slack.drawing import EPHEMERAL, HOME, POST, RESPONSE, UPDATE, UPLOAD
from storage.outbox_rows import OutboxRow, Tried, is_edit
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
    "files.getUploadURLExternal": 4,
    UPLOAD: 4,
    "conversations.list": 2,
    "conversations.members": 4,
    "usergroups.list": 2,
    "usergroups.users.list": 2,
    "users.info": 4,
    "users.list": 2,
}
#: Share of a tier that is used; what people wait for themselves must still fit.
SHARE = 0.9
#: So many edits of a minute are made at once; the more there were beyond them, the further apart the next ones come.
#: Else a crowd's first seconds would use them up, and what is decided then would be shown a minute later.
AT_ONCE = 10
#: Share of a workspace's messages: nothing that people wait for themselves needs one.
SHARE_OF_POSTS = 0.98
#: Share of SHARE for what one person sees: however many were asked, the card in the channel stays current.
FOR_ONE = 0.6
MINUTE = 60.0
#: Seconds that a settling transaction may last: what it settles bears the instant at which it began.
OVERLAP = 3.0
#: Seconds until it is worth to ask again where others have in hand all that Slack takes.
AGAIN = 1.0
#: Rows of others after which those that do not count any more are forgotten.
MOST_HEARD = 2_000


@dataclass(frozen=True)
class Room:
    """How many edits each workspace has seen in the last minute, or is about to see; `known` rows are among them."""

    edits: Counter[int]
    known: Container[int]

    def fitting(self, rows: Iterable[OutboxRow], others: Iterable[Tried]) -> list[OutboxRow]:
        """Those of the rows for which there is room, besides what others make of it. It changes nothing here."""
        edits = Counter(row.workspace_id for row in others if _method(row) == UPDATE and row.id not in self.known)
        edits.update(self.edits)
        fit, spaced = [], set()
        for row in rows:
            if _method(row) == UPDATE:
                made = edits[row.workspace_id]
                if made >= _allowed(UPDATE, row.lane) or row.workspace_id in spaced:
                    continue
                if _apart(made):  # one at a time: what is drawn when its turn comes shows the most
                    spaced.add(row.workspace_id)
                edits[row.workspace_id] += 1
            fit.append(row)
        return fit


class Pacing:
    """Says how long to wait; times are wire seconds."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self._posted: dict[tuple[int, str], float] = {}
        self._calls: dict[tuple[int, str], list[float]] = {}
        self._stopped: dict[tuple[int, str], float] = {}
        self._heard_at: datetime | None = None
        self._others: dict[int, float] = {}  # what others sent, by the row, as far as it is among the calls
        self._under_way: Counter[tuple[int, str]] = Counter()  # what they had in hand when last heard of
        self._edits: Counter[int] = Counter()  # what is in hand here, by workspace

    def wait(self, workspace: int, method: str, channel: str) -> float:
        """Seconds until this call may be made; 0 when it may be made now, and then it counts as made."""
        now = self.wire.monotonic()
        until = self._stopped.get((workspace, method), 0.0)
        if method not in FREE:
            until = max(until, self._window(workspace, method, now, channel))
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

    def answered(self, workspace: int, method: str, channel: str) -> None:
        """Slack has answered the call. The next message there waits from now on: this one may have come late."""
        if method == POST:
            self._posted[(workspace, channel)] = self.wire.monotonic()

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
        """Count what others sent, each row once, and what they have in hand. `now`: by the clock that settles."""
        self._heard_at, at_once = now, self.wire.monotonic()
        self._under_way.clear()  # of that, some was sent since, and some was put back
        for row in tried:
            place = row.workspace_id, _method(row)
            if row.settled_at is None:
                self._under_way[place] += place[1] != UPDATE  # for those there was room, also beside our own
                continue
            at = at_once - max(0.0, (now - row.settled_at).total_seconds())
            if place[1] == POST:
                lane = row.workspace_id, row.lane
                self._posted[lane] = max(at, self._posted.get(lane, at))
            if row.id not in self._others:
                self._others[row.id] = at
                insort(self._calls.setdefault(place, []), at)
        if len(self._others) > MOST_HEARD:
            self._others = {id: at for id, at in self._others.items() if at > at_once - 2 * MINUTE}

    def full(self, method: str, *, for_one: bool = False) -> dict[int, float]:
        """The workspaces where no such call can be made now, and for how many seconds."""
        now, channel = self.wire.monotonic(), "D" if for_one else ""
        known = {workspace for workspace, called in (*self._calls, *self._stopped) if called == method}
        until = {
            one: max(self._stopped.get((one, method), 0.0), self._window(one, method, now, channel)) for one in known
        }
        return {one: at - now for one, at in until.items() if at > now}

    def stop(self, workspace: int, method: str, seconds: float) -> None:
        """Slack said 429: leave this method alone for that long."""
        place, until = (workspace, method), self.wire.monotonic() + seconds
        self._stopped[place] = max(until, self._stopped.get(place, until))  # another call may have been told more

    # ---- edits: who claims one has room for it ---------------------------------------------
    def room(self) -> Room:
        now = self.wire.monotonic()
        made = Counter({one: len(self._recent(one, of, now)) for one, of in self._calls if of == UPDATE})
        return Room(made + self._edits, self._others)

    def takes(self, row: OutboxRow) -> None:
        """It was claimed."""
        self._edits[row.workspace_id] += _method(row) == UPDATE

    def done(self, row: OutboxRow) -> None:
        """It is in hand no more."""
        self._edits[row.workspace_id] -= _method(row) == UPDATE

    def _window(self, workspace: int, method: str, now: float, channel: str) -> float:
        calls = self._recent(workspace, method, now)
        allowed = _allowed(method, channel) - self._under_way[workspace, method]
        if len(calls) < allowed:
            return calls[-1] + _apart(len(calls)) if method == UPDATE and calls else 0.0
        return calls[-allowed] + MINUTE if allowed > 0 else now + AGAIN

    def _recent(self, workspace: int, method: str, now: float) -> list[float]:
        calls = self._calls.setdefault((workspace, method), [])
        calls[:] = [at for at in calls if at > now - MINUTE]
        return calls

    def _forget(self, now: float) -> None:
        if len(self._posted) > 10_000:
            self._posted = {key: at for key, at in self._posted.items() if at > now - POST_EVERY}


def _allowed(method: str, channel: str) -> int:
    """How many such calls a minute are made."""
    if method == POST:
        return int(POSTS_A_MINUTE * SHARE_OF_POSTS)
    return int(TIERS[METHOD_TIERS.get(method, 3)] * SHARE * (FOR_ONE if channel.startswith("D") else 1.0))


def _apart(edits: int) -> float:
    """Seconds between two edits in one workspace, after so many of the last minute.

    They grow evenly, so that a minute's last edit is made as the minute ends: nobody waits longer than for that one.
    Where more is wanted all the time, some 33 a minute are made.
    """
    steps = _allowed(UPDATE, "") - AT_ONCE
    return max(0, edits + 1 - AT_ONCE) * 2 * MINUTE / (steps * (steps + 1))


def _method(row: Tried | OutboxRow) -> str:
    """What a row is sent by."""
    if is_edit(row.kind, row.lane):
        return UPDATE
    return {"home": HOME, "file": UPLOAD, "ephemeral": EPHEMERAL}.get(row.kind, POST)
