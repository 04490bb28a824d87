"""Hold the connection to Slack: one shared HTTP session, a client to read and one to post, and the way events come in.

The posting client repeats nothing by itself: a repeated post is a doubled post. Who we are is asked once, at start.
"""

import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import aiohttp
import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.clock import Wire
from bot.settings import SettingsError
from bot.slack import events, signed
from bot.slack.patience import patiently
from bot.slack.slack_time import SlackTime
from bot.slack.socket import Socket
from bot.slack.trouble import Kind, judge
from storage.workspaces import UNKNOWN

log = structlog.get_logger(__name__)

#: Seconds a call to Slack may take before it is given up.
TIMEOUT = 10.0
#: As many calls to one host are under way at most. Slack takes answers to clicks on another one than all else.
MOST_AT_ONCE = 100


class SlackLink:
    """Make it inside a running loop. `identity`, `team` and `app_id` are known after `introduce`."""

    def __init__(self, token: str, api_url: str, wire: Wire) -> None:
        self._token = token
        self._api_url = api_url
        self._wire = wire
        self.time = SlackTime(wire)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, limit_per_host=MOST_AT_ONCE),
            timeout=aiohttp.ClientTimeout(total=TIMEOUT),
            trace_configs=[self.time.listening()],
            cookie_jar=aiohttp.DummyCookieJar(),  # Slack's API needs none, and looking for them is a tenth of a call
        )
        self._socket: Socket | None = None
        self.reading = self._client(repeats=True)
        self.posting = self._client(repeats=False)
        self.identity = AuthorizeResult(enterprise_id=None, team_id=None)
        self.team = ""
        self.app_id = ""

    def _client(self, *, repeats: bool) -> AsyncWebClient:
        again: list[AsyncRetryHandler] = [AsyncConnectionErrorRetryHandler(max_retry_count=1)] if repeats else []
        return AsyncWebClient(token=self._token, base_url=self._api_url, session=self._session, retry_handlers=again)

    async def introduce(self) -> None:
        """Ask Slack who we are, until it answers. Raises SettingsError for a token that is no good."""
        me = await self._accepted("SLACK_BOT_TOKEN", self.reading.auth_test)
        self.team = me["team_id"]
        self.identity = AuthorizeResult(
            enterprise_id=me.get("enterprise_id"),
            team_id=me["team_id"],
            team=me.get("team"),
            url=me.get("url"),
            bot_user_id=me["user_id"],
            bot_id=me.get("bot_id"),
            bot_token=self._token,
        )
        self.app_id = await self._app_of(me["bot_id"]) if me.get("bot_id") else UNKNOWN

    async def _app_of(self, bot: str) -> str:
        """Which app a bot is of. Nothing we do for people depends on it, so not to be told ends nothing."""
        try:
            told = await self._accepted("SLACK_BOT_TOKEN", partial(self.reading.bots_info, bot=bot))
        except SettingsError as problem:
            if isinstance(problem.__cause__, SlackApiError) and judge(problem.__cause__).kind is not Kind.REFUSED:
                log.warning("app_not_told", error=judge(problem.__cause__).error)
                return UNKNOWN
            raise
        found = told.get("bot")
        return str(found.get("app_id") or UNKNOWN) if isinstance(found, dict) else UNKNOWN

    async def _accepted(self, setting: str, ask: Callable[[], Awaitable[AsyncSlackResponse]]) -> AsyncSlackResponse:
        """The answer to a call that shows whether a token is good. Raises SettingsError when it is not."""
        try:
            return await patiently(ask, self._wire, setting)
        except SlackApiError as problem:
            trouble = judge(problem)
            todo = f": {trouble.todo}" if trouble.todo else ""
            raise SettingsError([f"{setting}: Slack says {trouble.error}{todo}"]) from problem

    def receiver(self, bolt: AsyncApp, signing_secret: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """The handler of Slack's HTTP requests; Bolt sees only what is signed with the secret."""

        async def receive(request: web.Request) -> web.StreamResponse:
            asked = await signed.read(request, signing_secret, self._wire)
            if isinstance(asked, web.Response):
                return asked
            return await to_aiohttp_response(await bolt.async_dispatch(asked))

        return receive

    async def connect(self, bolt: AsyncApp, app_token: str) -> None:
        """Open the socket of Socket Mode, once Slack lets us. Raises SettingsError for a token that is no good."""
        opening = partial(self.reading.apps_connections_open, app_token=app_token)
        where = await self._accepted("SLACK_APP_TOKEN", opening)

        async def find() -> str:
            return str((await opening())["url"])

        async def hear(envelope: dict[str, Any]) -> dict[str, Any] | None:
            payload = envelope.get("payload") or {}
            try:
                if events.is_odd(payload):
                    return {}
                asked = AsyncBoltRequest(mode="socket_mode", body=payload)
            except signed.UNREADABLE as problem:
                log.warning("request_unreadable", why=type(problem).__name__, kind=str(envelope.get("type")))
                return None
            answer = await bolt.async_dispatch(asked)
            if answer.status != 200:
                return None
            return dict(json.loads(answer.body)) if answer.body else {}

        self._socket = Socket(self._session, find, hear, proxy=self.reading.proxy)
        await self._socket.connect(where["url"])

    async def connected(self) -> bool:
        """Whether events can come in; over HTTP that is Slack's business."""
        return self._socket is None or self._socket.connected

    async def disconnect(self) -> None:
        if self._socket is not None:
            await self._socket.close()
            self._socket = None

    async def close(self) -> None:
        await self.disconnect()
        await self._session.close()
