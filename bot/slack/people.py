"""Keep what Slack says about people, channels and groups: fetched outside transactions, stored with an as-of time."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock, Wire
from bot.kit.voters import ageing
from bot.release.electorate import FRESH
from bot.release.zones import is_zone
from bot.slack import installed
from bot.slack.pacing import Pacing
from bot.slack.patience import as_told, passes, patiently, waits
from bot.slack.trouble import judge
from storage.engine import Store
from storage.people import ChannelRow, Person, is_group
from storage.work import Work

log = structlog.get_logger(__name__)

#: Seconds that a person's gesture may wait for facts from Slack.
FETCH = 0.8
PAGE = 200
#: Lists of those who may answer are read again from this age on, looked at every LOOKED_AT.
SOON_TOO_OLD, LOOKED_AT = timedelta(minutes=7), timedelta(minutes=5)
#: What Slack says of a channel that the bot cannot read; anything else is trouble that passes.
UNREADABLE = (
    "channel_not_found",
    "is_archived",
    "not_in_channel",
    "missing_scope",
    "method_not_supported_for_channel_type",
)
#: What Slack says of a user group that is not there any more.
NO_GROUP = ("no_such_subteam", "subteam_not_found")


#: As of when, and who is in it.
Listed = tuple[datetime | None, frozenset[str]]


class People:
    """`client` is for reading only; its calls may be repeated. `enterprise`: the organisation, where there is one."""

    def __init__(
        self, client: AsyncWebClient, store: Store, clock: Clock, wire: Wire, *, team: str, enterprise: str | None
    ) -> None:
        self.client = client
        self.store = store
        self.clock = clock
        self.wire = wire
        self.team = team
        self.enterprise = enterprise
        #: somebody may do nothing any more (True), or may do other things than before; in the unit that learns of it
        self.on_member_changed: Callable[[Work, str, bool], None] = lambda work, user, lost: None
        #: lists of channels and groups that were too old were read anew; in which of them others are now
        self.on_crew_read: Callable[[int, frozenset[str], frozenset[str]], Awaitable[None]] = _nothing_more
        self._pacing = Pacing(wire)
        self._tasks: set[asyncio.Task[None]] = set()
        self._reading: dict[tuple[int, str], asyncio.Task[None]] = {}  # by workspace and channel or group
        self._news: dict[str, bool] = {}  # lists that are known anew, and whether others are in them

    # ---- on demand ------------------------------------------------------------------------
    async def fetch(self, workspace: int, people: frozenset[str], sources: frozenset[str]) -> None:
        """Fetch and store what a gesture needs, within FETCH seconds; what fails stays unknown. Never raises.

        `sources` are channels and user groups. What comes later is stored then.
        """
        wanted: list[Awaitable[None]] = [self.person(workspace, user) for user in people]
        wanted += [asyncio.shield(self._once(workspace, source)) for source in sources]
        try:
            async with asyncio.timeout(FETCH):
                results = await asyncio.gather(*wanted, return_exceptions=True)
        except TimeoutError:
            log.warning("facts_too_slow", people=len(people), sources=len(sources))
            return
        for result in results:
            if isinstance(result, BaseException):
                log.warning("facts_missing", error=_name(result))

    def refresh(self, workspace: int, sources: frozenset[str]) -> None:
        """Read who is in these channels and groups again in the background."""
        for source in sorted(sources):
            self._once(workspace, source)

    def changed(self, workspace: int, source: str) -> None:
        """Slack says that it has changed: what is being read may be of before."""
        before = self._reading.get((workspace, source))
        if before is None:
            self._once(workspace, source)
        else:
            before.add_done_callback(lambda _: self._once(workspace, source))

    async def keep_fresh(self, workspace: int) -> None:
        """Read again who may answer the open go/no-gos, before the lists are too old and somebody waits for them.

        And whether Slack lets us in at all.
        """
        since = self.clock.now() - SOON_TOO_OLD
        self.refresh(workspace, await self.store.read(lambda work: ageing(work, since), workspace=workspace))
        await installed.look(self.client.auth_test, self.store, workspace)

    def _once(self, workspace: int, source: str) -> asyncio.Task[None]:
        """Read it; whoever asks meanwhile waits for the same answer."""
        key = workspace, source
        if (reading := self._reading.get(key)) is not None:
            return reading
        reading = self._reading[key] = asyncio.ensure_future(self._read_source(workspace, source))
        self._tasks.add(reading)

        def done(task: asyncio.Task[None]) -> None:
            del self._reading[key]
            self._tasks.discard(task)
            if not task.cancelled() and (problem := task.exception()) is not None:
                log.warning("refresh_failed", source=source, error=_name(problem))

        reading.add_done_callback(done)
        return reading

    async def _read_source(self, workspace: int, source: str) -> None:
        if is_group(source):
            await self._read_group(workspace, source)
        else:
            await self.channel(workspace, source)

    async def _read_group(self, workspace: int, group: str) -> None:
        as_of = self.clock.now()
        try:
            users = (await self._ask(self.client.usergroups_users_list, usergroup=group))["users"]
        except SlackApiError as problem:
            if _name(problem) not in NO_GROUP:
                raise
            users = []  # it is gone, and approves nobody
        known = await self.store.read(lambda work: work.people.group(group), workspace=workspace)
        handle, name = (known.handle, known.name) if known is not None else ("", "")
        await self._store_group(workspace, {"id": group, "handle": handle, "name": name}, users, as_of)

    # ---- who counts -----------------------------------------------------------------------
    def _tell(self, workspace: int, source: str, before: Listed, now: Listed) -> None:
        """Others are in it, or somebody may have answered while it was too old: open go/no-gos are looked at again."""
        changed = before[1] != now[1]
        if changed or before[0] is None or before[0] < (now[0] or before[0]) - FRESH:
            if not self._news:
                self._later(self._tell_all(workspace))
            self._news[source] = changed or self._news.get(source, False)

    async def _tell_all(self, workspace: int) -> None:
        await asyncio.sleep(0)  # several lists that come at once are one piece of news
        news, self._news = self._news, {}
        changed = frozenset(source for source, is_new in news.items() if is_new)
        await self.on_crew_read(workspace, frozenset(news), changed)

    async def person(self, workspace: int, user: str) -> None:
        answer = await self._ask(self.client.users_info, user=user)
        await self._put_people(workspace, [answer["user"]])

    async def channel(self, workspace: int, channel: str) -> None:
        """A channel's facts and its complete list of members; people not met before are fetched with it."""
        as_of = self.clock.now()  # no later: who comes while it is read may be missing
        try:
            info = (await self._ask(self.client.conversations_info, channel=channel))["channel"]
        except SlackApiError as problem:
            if _name(problem) not in UNREADABLE:
                raise
            await self._forget_members(workspace, channel, _name(problem))
            return
        members: list[str] = []
        complete = not info.get("is_im")
        if complete:
            async for page in self._pages(self.client.conversations_members, "members", channel=channel):
                members += page
        row = ChannelRow(
            id=channel,
            name=info.get("name") or "",
            is_private=bool(info.get("is_private") or info.get("is_im") or info.get("is_mpim")),
            is_archived=bool(info.get("is_archived")),
            is_im=bool(info.get("is_im")),
            bot_is_member=bool(info.get("is_member") or info.get("is_im")),
            members_as_of=None,
            members_complete=False,
        )

        def store(work: Work) -> tuple[Listed, list[str]]:
            before = work.people.as_of(channel), work.people.members(channel)
            work.people.put_channel(row)
            if complete:
                work.people.put_members(channel, frozenset(members), as_of, True)
            return before, sorted(frozenset(members) - work.people.many(members).keys())

        before, unknown = await self.store.write(store, workspace=workspace)
        await self._each(partial(self.person, workspace), unknown)
        self._tell(workspace, channel, before, (as_of, frozenset(members)))

    async def _each(self, read: Callable[[str], Coroutine[Any, Any, None]], ids: Iterable[str]) -> None:
        """Read all of them: one that Slack does not tell of stays unknown, and keeps nobody else from being known.

        Raises, after the others, the trouble of one that may well be told later.
        """
        later: Exception | None = None
        for one in ids:
            try:
                await read(one)
            except Exception as problem:
                log.info("fact_missing", id=one, error=_name(problem))
                later = problem if passes(problem) else later
        if later is not None:
            raise later

    async def _forget_members(self, workspace: int, channel: str, error: str) -> None:
        """The channel cannot be read (not invited, gone): it is known by id only, and so are nobody's rights in it."""
        log.info("channel_unreadable", channel=channel, error=error)
        row = ChannelRow(channel, "", True, error == "is_archived", False, False, None, False)
        await self.store.write(lambda work: work.people.put_channel(row), workspace=workspace)

    # ---- all of it ------------------------------------------------------------------------
    async def sync(self, workspace: int) -> None:
        """Read all people, groups and the bot's own channels; as slowly as Slack asks for, and again what failed."""
        known: set[str] = set()
        steps = {
            "people": partial(self._sync_people, workspace),
            "groups": partial(self._sync_groups, workspace),
            "channels": partial(self._sync_channels, workspace, known),
        }
        for wait in waits():
            steps = {name: step for name, step in steps.items() if not await self._done(name, step)}
            if not steps:
                return
            await self.wire.sleep(wait)

    async def _done(self, name: str, step: Callable[[], Coroutine[Any, Any, None]]) -> bool:
        """Whether there is nothing to repeat: all was read, or what is missing will not be told."""
        try:
            await step()
        except Exception as problem:
            log.warning("sync_incomplete", step=name, error=_name(problem), again=passes(problem))
            return not passes(problem)
        return True

    async def _sync_people(self, workspace: int) -> None:
        async for page in self._pages(self.client.users_list, "members"):
            await self._put_people(workspace, page)

    async def _sync_groups(self, workspace: int) -> None:
        answer = await self._ask(self.client.usergroups_list, include_users=True)
        groups = {group["id"]: group for group in answer["usergroups"]}
        await self._each(lambda id: self._put_group(workspace, groups[id]), sorted(groups))

    async def _sync_channels(self, workspace: int, known: set[str]) -> None:
        """Those that are not known already; `known` grows, so that only what failed is read again."""
        kinds, ours, began = "public_channel,private_channel", set(), self.clock.now()
        async for page in self._pages(self.client.conversations_list, "channels", types=kinds, exclude_archived=True):
            ours |= {found["id"] for found in page if found.get("is_member")}

        async def read(channel: str) -> None:
            as_of = await self.store.read(lambda work: work.people.as_of(channel), workspace=workspace)
            if as_of is None or as_of <= began:  # else another bot that starts has just read it
                await self.channel(workspace, channel)
            known.add(channel)

        left = list(ours - known)
        random.shuffle(left)  # bots that start together share the work: each is behind with others
        await self._each(read, left)

    async def _pages(self, method: Any, key: str, **arguments: Any) -> AsyncIterator[list[Any]]:
        cursor = ""
        while True:
            answer = await self._ask(method, limit=PAGE, cursor=cursor or None, **arguments)
            yield answer[key]
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    async def _ask(self, method: Any, **arguments: Any) -> Any:
        name = method.__name__.replace("_", ".")
        return await as_told(partial(method, **arguments), self._pacing, name)

    # ---- what Slack reports ---------------------------------------------------------------
    async def heard(self, workspace: int, event: dict[str, Any]) -> None:
        """Take in an event about people, groups, channels or the installation itself."""
        kind = event["type"]
        if kind in ("user_change", "team_join"):
            await self._put_people(workspace, [event["user"]])
        elif kind in ("subteam_created", "subteam_updated"):
            group = event["subteam"]
            await self._each(lambda _: self._put_group(workspace, group), [group["id"]])
        elif kind == "subteam_members_changed":
            self.changed(workspace, event["subteam_id"])
        elif kind in ("member_joined_channel", "member_left_channel"):
            self.changed(workspace, event["channel"])
        elif kind.startswith(("channel_", "group_")):
            channel = event.get("channel")
            found = channel.get("id") if isinstance(channel, dict) else channel
            if found:
                self.changed(workspace, found)
        elif kind == "app_uninstalled" or (kind == "tokens_revoked" and (event.get("tokens") or {}).get("bot")):
            # Slack may say so hours later, of an earlier installation: then our own token is good.
            ask = partial(patiently, self.client.auth_test, self.wire, "auth.test")
            self._later(installed.look(ask, self.store, workspace))

    # ---- storing --------------------------------------------------------------------------
    async def _put_people(self, workspace: int, members: Iterable[dict[str, Any]]) -> None:
        people = [self._read(member) for member in members]

        def store(work: Work) -> None:
            for user, lost in sorted(work.people.put(*people).items()):
                self.on_member_changed(work, user, lost)

        await self.store.write(store, workspace=workspace)

    def _read(self, member: dict[str, Any]) -> Person:
        profile = member.get("profile") or {}
        zone = member.get("tz")
        restricted = bool(member.get("is_restricted") or member.get("is_ultra_restricted"))
        deleted, bot = bool(member.get("deleted")), bool(member.get("is_bot") or member["id"] == "USLACKBOT")
        team = member.get("team_id") or profile.get("team") or self.team
        foreign = bool(member.get("is_stranger")) or not self._is_home(member, team)
        name = profile.get("display_name") or profile.get("real_name") or member.get("real_name") or member.get("name")
        return Person(
            id=member["id"],
            name=name or member["id"],
            zone=zone if zone and is_zone(zone) else None,
            is_full_member=not (restricted or deleted or bot or foreign),
            is_restricted=restricted,
            is_bot=bot,
            deleted=deleted,
            team_id=team,
            as_of=self.clock.now(),
        )

    def _is_home(self, member: dict[str, Any], team: str) -> bool:
        """Of this workspace, or of any other of its organisation: there, `team` is where they were first."""
        organisation = (member.get("enterprise_user") or {}).get("enterprise_id")
        return team == self.team or (self.enterprise is not None and self.enterprise in (team, organisation))

    async def _put_group(self, workspace: int, group: dict[str, Any]) -> None:
        as_of, members = self.clock.now(), group.get("users")
        if members is None:
            members = (await self._ask(self.client.usergroups_users_list, usergroup=group["id"]))["users"]
        await self._store_group(workspace, group, [] if group.get("date_delete") else members, as_of)

    async def _store_group(self, workspace: int, group: dict[str, Any], users: list[str], as_of: datetime) -> None:
        """Store who is in it; people not met before are fetched with it."""
        id, handle, name = group["id"], group.get("handle") or "", group.get("name") or ""

        def store(work: Work) -> tuple[Listed, list[str]]:
            before = work.people.as_of(id), work.people.group_members(id)
            work.people.put_group(id, handle, name, frozenset(users), as_of)
            return before, sorted(frozenset(users) - work.people.many(users).keys())

        before, unknown = await self.store.write(store, workspace=workspace)
        await self._each(partial(self.person, workspace), unknown)
        self._tell(workspace, id, before, (as_of, frozenset(users)))

    def _later(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._settled)

    def _settled(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            log.warning("background_failed", error=_name(problem))

    def start_sync(self, workspace: int) -> None:
        self._later(self.sync(workspace))

    async def quiet(self) -> None:
        """Wait for what runs in the background."""
        while self._tasks:
            await asyncio.gather(*list(self._tasks), return_exceptions=True)

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await self.quiet()


def _name(problem: BaseException) -> str:
    return judge(problem).error if isinstance(problem, Exception) else type(problem).__name__


async def _nothing_more(workspace: int, read: frozenset[str], changed: frozenset[str]) -> None:
    """Nobody else wants to know."""
