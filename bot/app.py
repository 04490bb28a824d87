"""Put the house together: the only file that knows everyone. Open, start, stop."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Self

import aiohttp
import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

import handlers
from bot.clock import Clock, StoryClock, Wire
from bot.dispatch import Dispatcher
from bot.keys import token_cipher
from bot.kit.declare import Catalogue, collect
from bot.settings import Settings
from bot.slack.delivery import Delivery
from bot.slack.gateway import Gateway
from bot.slack.people import People
from bot.ticker import Ticker
from bot.web.health import add_health
from storage.engine import Store, open_store
from storage.work import Work

log = structlog.get_logger()

#: Seconds a call to Slack may take before it is given up.
SLACK_TIMEOUT = 10.0
#: Real seconds the database's clock may differ before this replica is not ready.
MAX_SKEW = 0.5
#: Real seconds without a tick, or without a delivery round, after which something is stuck.
STUCK = 30.0
CODE_LIVES = timedelta(hours=24)


def load_catalogue(command: str = "/release", prefix: str = "REL") -> Catalogue:
    """All that handlers/ declares. Raises CatalogueError, or whatever a module raises on import."""
    return collect(handlers, command=command, prefix=prefix)


class App:
    """One process of the bot. Use `open`."""

    def __init__(
        self, settings: Settings, clock: Clock, wire: Wire, store: Store, session: aiohttp.ClientSession
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.wire = wire
        self.store = store
        self.catalogue = load_catalogue(settings.command, settings.id_prefix)
        self.port = settings.port
        self._session = session
        self._code: str | None = None
        self._socket: AsyncSocketModeHandler | None = None
        self._runner: web.AppRunner | None = None

    @classmethod
    async def open(cls, settings: Settings, *, clock: Clock, wire: Wire) -> Self:
        """Connect database and Slack's Web API, and learn who we are. Raises what Slack or the database raise."""
        store = open_store(settings.database_url, clock=clock, vault=token_cipher(settings))
        session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SLACK_TIMEOUT))
        app = cls(settings, clock, wire, store, session)
        try:
            await app._introduce()
        except BaseException:
            await session.close()
            await store.close()
            raise
        return app

    def _client(self, *, repeats: bool) -> AsyncWebClient:
        """A client on the shared session; only reading clients repeat a call whose connection broke."""
        again: list[AsyncRetryHandler] = [AsyncConnectionErrorRetryHandler(max_retry_count=1)] if repeats else []
        return AsyncWebClient(
            token=self.settings.bot_token,
            base_url=self.settings.slack_api_url,
            session=self._session,
            retry_handlers=again,
        )

    async def _introduce(self) -> None:
        reading, posting = self._client(repeats=True), self._client(repeats=False)
        me = await reading.auth_test()
        bot = await reading.bots_info(bot=me["bot_id"]) if me.get("bot_id") else None
        app_id = (bot["bot"].get("app_id") if bot is not None else None) or "unknown"
        settings = self.settings

        def settle_in(work: Work) -> int:
            workspace = work.workspaces.ensure(
                app_id,
                me["team_id"],
                me.get("enterprise_id"),
                me["user_id"],
                bool(me.get("is_enterprise_install")),
                settings.bot_token,
                zone=settings.default_tz,
            )
            work.enter(workspace)
            for admin in settings.admins:
                work.roles.add_admin(admin, "configuration", self.clock.now())
            if not work.roles.admins():
                code = secrets.token_hex(10)  # 80 bits
                if work.roles.put_code(hash_code(code), self.clock.now() + CODE_LIVES):
                    self._code = code
            return workspace

        self.workspace = await self.store.write(settle_in)
        self.people = People(reading, self.store, self.clock, self.wire, me["team_id"])
        self.dispatcher = Dispatcher(self.catalogue, self.store, self.clock, fetch=self.people.fetch)
        self.delivery = Delivery(self.store, self.catalogue, posting, self.clock, self.wire)
        self.ticker = Ticker(self.clock, self.dispatcher.drain_due, self._next_due)
        self.dispatcher.refresh = self.people.refresh
        self.dispatcher.wake = self.delivery.nudge
        identity = AuthorizeResult(
            enterprise_id=me.get("enterprise_id"),
            team_id=me["team_id"],
            team=me.get("team"),
            url=me.get("url"),
            bot_user_id=me["user_id"],
            bot_id=me.get("bot_id"),
            bot_token=settings.bot_token,
        )
        self.gateway = Gateway(
            self.dispatcher,
            posting,
            self.people,
            self.clock,
            signing_secret=None if settings.socket_mode else settings.signing_secret,
            identity=identity,
            workspace=self.workspace,
        )

    def admin_code(self) -> str | None:
        """The one-time code for `setup`, if this process made one: to be printed, never logged."""
        return self._code

    # ---- life -----------------------------------------------------------------------------
    async def start(self, *, ticking: bool = True) -> None:
        """Listen to Slack, deliver and tick. `ticking=False`: whoever moves the clock drains what is due."""
        server = web.Application()
        add_health(
            server,
            {"database": self._check_database, "slack": self._check_slack, "timers": self._check_ticker,
             "outbox": self._check_outbox},
        )  # fmt: skip
        if not self.settings.socket_mode:
            server.router.add_post("/slack/events", self._receive)
        self._runner = web.AppRunner(server, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "0.0.0.0", self.settings.port)  # noqa: S104 - a service in a container
        await site.start()
        self.port = self._runner.addresses[0][1]
        if isinstance(self.clock, StoryClock):
            self.clock.stop_at(self._next_due_by, self._live_through)
        self.people.start_sync(self.workspace)
        self._ticking = ticking
        self.delivery.start()
        if ticking:
            self.ticker.start()
        if self.settings.socket_mode:
            self._socket = AsyncSocketModeHandler(self.gateway.bolt, self.settings.app_token)
            await self._socket.connect_async()
        log.info("started", mode="socket" if self.settings.socket_mode else "http", port=self.port)

    async def stop(self) -> None:
        """Drain: no new gesture, those in flight finish, undelivered posts stay in the outbox."""
        await self.gateway.drain()
        if self._socket is not None:
            await self._socket.close_async()
        if self._runner is not None:
            await self._runner.cleanup()
        self.ticker.stop()
        await self.people.stop()
        await self.delivery.stop()
        await self.store.close()
        await self._session.close()

    async def quiet(self) -> None:
        """Wait until everything that has begun is done: gestures, facts, timers due, deliveries."""
        await self.gateway.quiet()
        await self.people.quiet()
        await self.dispatcher.drain_due()
        await self.delivery.quiet()

    async def _receive(self, request: web.Request) -> web.Response:
        answer = await self.gateway.bolt.async_dispatch(await to_bolt_request(request))
        return await to_aiohttp_response(answer)

    # ---- time -----------------------------------------------------------------------------
    async def _next_due(self) -> datetime | None:
        return await self.store.read(lambda work: work.timers.next_due())

    async def _next_due_by(self, until: datetime) -> datetime | None:
        due_at = await self._next_due()
        return due_at if due_at is not None and due_at <= until else None

    async def _live_through(self) -> None:
        await self.dispatcher.drain_due()
        await self.quiet()

    # ---- health ---------------------------------------------------------------------------
    async def _check_database(self) -> str | None:
        skew = await self.store.ping()
        if abs(skew) > MAX_SKEW:
            return f"its clock is {skew:+.1f} s away from this machine's: run NTP"
        return None if await self.store.is_migrated() else "not migrated: run tminus migrate"

    async def _check_slack(self) -> str | None:
        if self._socket is None:
            return None
        return None if await self._socket.client.is_connected() else "the socket is not connected"

    async def _check_ticker(self) -> str | None:
        silent = Wire().monotonic() - self.ticker.last_tick_at
        return f"no tick for {silent:.0f} s" if silent > STUCK else None

    async def _check_outbox(self) -> str | None:
        silent = Wire().monotonic() - self.delivery.last_round_at
        return f"nothing was delivered for {silent:.0f} s" if silent > STUCK else None


def hash_code(code: str) -> str:
    """What is stored of a one-time code."""
    return hashlib.sha256(code.strip().encode()).hexdigest()
