"""Serve calendar feeds to whoever has their address. It is a secret: it is neither logged nor told to anybody else.

Calendar programs ask often and mostly for what they know: they are told so without the file being written again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module
from types import ModuleType

from aiohttp import web

from bot.clock import Clock
from bot.kit import feeds
from bot.kit.declare import Catalogue
from bot.kit.desk import Desk
from bot.release.calendar import Entry
from storage.engine import Busy, Store
from storage.feeds import FeedRow
from storage.work import Work

#: The address as the router knows it: as many characters as `secrets.token_urlsafe(32)` makes.
ROUTE = feeds.PATH + r"{token:[A-Za-z0-9_-]{43}}.ics"
#: So many are worked on at a time, and so many may wait for that; people's clicks go before calendars.
TOGETHER, WAITING = 2, 64
#: Seconds of real time that one may take.
DEADLINE = 5.0
#: So many files are kept as they were written.
KEPT = 32
#: That it was read is noted no more often than that.
NOTED = timedelta(hours=1)
_HEADERS = {
    "Cache-Control": "private, no-cache",  # ask each time whether it is still so: a release may have moved
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "no-referrer",
}

#: Fetch who is in these channels anew: (workspace id, people, channels). Never raises.
Fetch = Callable[[int, frozenset[str], frozenset[str]], Awaitable[None]]


@dataclass
class _Found:
    """A feed as it is now. `old`: private channels of which it was not read lately who is in them."""

    feed: FeedRow | None = None
    owned: bool = False
    name: str = ""
    space: str = ""
    entries: list[Entry] = field(default_factory=list)
    old: frozenset[str] = frozenset()


def _ics() -> ModuleType:
    """It brings a large library, which a bot without calendars does not load."""
    return import_module("bot.release.ics")


class Feeds:
    """`fetch` brings up to date who is in a private channel, before its releases are shown for a member's sake."""

    def __init__(self, store: Store, catalogue: Catalogue, clock: Clock, fetch: Fetch) -> None:
        self.store = store
        self.catalogue = catalogue
        self.clock = clock
        self.fetch = fetch
        self._free = asyncio.Semaphore(TOGETHER)
        self._waiting = 0
        self._written: dict[str, bytes] = {}  # by what tells contents apart

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """The file; 304 where nothing has changed, 404 for no such address, 410 once it is revoked."""
        if self._waiting >= WAITING:
            return _later()
        self._waiting += 1
        try:
            async with self._free:
                return await self._answer(request)
        except Busy:
            return _later()
        finally:
            self._waiting -= 1

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        token_hash = feeds.hash_of(request.match_info["token"])
        found = await self._look(token_hash)
        if found.old and found.feed is not None:
            await self.fetch(found.feed.workspace_id, frozenset(), found.old)
            found = await self._look(token_hash)
        feed = found.feed
        if feed is not None and feed.revoked_at is not None:
            return web.Response(status=410, text="This calendar is not shared any more.\n", headers=_HEADERS)
        if feed is None or not found.owned:
            return web.Response(status=404, text="There is no such calendar.\n", headers=_HEADERS)
        await self._note(feed)
        mark = _ics().etag(found.name, found.entries, space=found.space)
        headers = {**_HEADERS, "ETag": f'"{mark}"'}
        if any(known.value in (mark, "*") for known in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        file = await self._file(mark, found)
        headers["Content-Disposition"] = 'inline; filename="releases.ics"'
        return web.Response(body=file, content_type="text/calendar", charset="utf-8", headers=headers)

    async def _file(self, mark: str, found: _Found) -> bytes:
        """Written once for each content: several may ask for the same, and not all say what they know."""
        file: bytes | None = self._written.pop(mark, None)
        if file is None:
            written: bytes = await asyncio.to_thread(_ics().write, found.name, found.entries, space=found.space)
            file = written
        self._written[mark] = file  # the last one asked for goes last
        if len(self._written) > KEPT:
            del self._written[next(iter(self._written))]
        return file

    async def _look(self, token_hash: str) -> _Found:
        def look(work: Work) -> _Found:
            feed = work.feeds.by_hash(token_hash)
            if feed is None or feed.revoked_at is not None:
                return _Found(feed)
            work.enter(feed.workspace_id)
            desk = Desk(work, self.catalogue, unasked=True)
            if not feeds.is_owned(feed, desk):
                return _Found(feed)
            entries, name = feeds.entries_of(feed, desk), feeds.name_of(feed, desk)
            known = {source: work.people.channel(source) for source in desk.stale}
            old = frozenset(source for source, row in known.items() if row is not None and row.is_private)
            here = desk.workspace
            return _Found(feed, True, name, (here.team_id or here.enterprise_id).lower(), entries, old)

        return await self.store.read(look, deadline=DEADLINE)

    async def _note(self, feed: FeedRow) -> None:
        """That it is read, for its owner's list; where the database is busy, another time."""
        if feed.seen_at is not None and self.clock.now() < feed.seen_at + NOTED:
            return
        try:
            await self.store.write(lambda work: work.feeds.seen(feed.id), workspace=feed.workspace_id, deadline=1.0)
        except Busy:
            return


def _later() -> web.Response:
    return web.Response(status=503, headers={**_HEADERS, "Retry-After": "60"})
