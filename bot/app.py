"""Put the house together: the only file that knows everyone. Open, start, stop."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

import structlog

import handlers
from bot.clock import Clock, StoryClock, Wire
from bot.dispatch import Dispatcher
from bot.due import Due
from bot.health import Health
from bot.keys import token_keys
from bot.kit.codes import hash_code
from bot.kit.declare import Catalogue, collect
from bot.kit.zone_rules import look_for_changes
from bot.meters import Meters
from bot.release.zones import TZDATA
from bot.settings import Settings
from bot.slack.answering import Answers
from bot.slack.delivery import Delivery
from bot.slack.gateway import Gateway
from bot.slack.installed import note_let_in
from bot.slack.link import SlackLink
from bot.slack.people import LOOKED_AT, People
from bot.ticker import Ticker
from bot.web.feeds import ROUTE, Feeds
from bot.web.server import Server
from storage.engine import Store, open_store
from storage.forgetting import forget_some
from storage.vault import Vault
from storage.work import Work

log = structlog.get_logger(__name__)

#: Seconds a call to Slack may take before it is given up.
SLACK_TIMEOUT = 10.0
CODE_LIVES = timedelta(hours=24)


def load_catalogue(command: str = "/release", prefix: str = "REL") -> Catalogue:
    """All that handlers/ declares. Raises CatalogueError, or whatever a module raises on import."""
    return collect(handlers, command=command, prefix=prefix)


@dataclass(frozen=True)
class AdminCode:
    """What makes the first admin: to be printed, never logged. `code` is None where another process printed it."""

    code: str | None
    until: datetime


class App:
    """One process of the bot. Use `open`."""

    def __init__(
        self, settings: Settings, clock: Clock, wire: Wire, store: Store, slack: SlackLink, meters: Meters
    ) -> None:
        self.settings = settings
        self.meters = meters
        self.clock = clock
        self.store = store
        self.slack = slack
        self.catalogue = load_catalogue(settings.command, settings.id_prefix)
        self.catalogue.public_url = settings.public_url
        self.people = People(
            slack.reading, store, clock, wire, team=slack.team, enterprise=slack.identity.enterprise_id
        )
        self.dispatcher = Dispatcher(self.catalogue, store, clock, fetch=self.people.fetch)
        self.delivery = Delivery(store, self.catalogue, slack.posting, clock, wire, meters)
        self.due = Due(self.catalogue, store, clock, meters)
        self.ticker = Ticker(clock, self.due.drain, self._next_due)
        self.server = Server()
        self._ticking = False
        self.dispatcher.refresh = self.people.refresh
        self.delivery.ahead = lambda: slack.time.ahead
        self.people.on_member_changed = self.dispatcher.member_changed
        self.due.refresh = self.people.refresh
        self.people.on_crew_read = self.dispatcher.crew_read
        self.answers = Answers(self.delivery)
        self.dispatcher.wake = self._wake
        self.dispatcher.hold = self.answers.hold
        self.dispatcher.send = self.answers.send
        self.due.wake = self._wake
        self._leave_clock: Callable[[], None] = lambda: None

    @classmethod
    async def open(cls, settings: Settings, *, clock: Clock, wire: Wire) -> Self:
        """Connect database and Slack's Web API, and learn who we are. Raises what Slack or the database raise."""
        meters = Meters()
        keys = token_keys(settings)
        vault = Vault(keys) if keys is not None else None
        store = open_store(settings.database_url, clock=clock, vault=vault, meters=meters)
        slack = SlackLink(settings.bot_token, settings.slack_api_url, wire)
        try:
            await slack.introduce()
            app = cls(settings, clock, wire, store, slack, meters)
            workspace = await store.write(app._settle_in)
        except BaseException:
            await slack.close()
            await store.close()
            raise
        app.workspace = workspace
        app.gateway = Gateway(
            app.dispatcher,
            slack.posting,
            app.people,
            clock,
            identity=slack.identity,
            workspace=workspace,
            meters=meters,
        )
        app.answers.acks_first = app.gateway.acks_first
        return app

    workspace: int
    gateway: Gateway

    def _settle_in(self, work: Work) -> int:
        """Know the workspace and its admins."""
        identity, settings = self.slack.identity, self.settings
        workspace = work.workspaces.ensure(
            self.slack.app_id,
            self.slack.team,
            identity.enterprise_id,
            identity.bot_user_id or "",
            zone=settings.default_tz,
        )
        work.enter(workspace)
        note_let_in(work, workspace)
        for admin in settings.admins:
            work.roles.add_admin(admin, "configuration", self.clock.now())
        # What recurs is derived from wall clocks: with new rules of time zones, anew.
        for kind, subject in (*work.trains.under_other_rules(TZDATA), *work.rotations.under_other_rules(TZDATA)):
            work.appointments.replan(kind, subject, {self.clock.now()})
        look_for_changes(work)
        return workspace

    async def admin_code(self) -> AdminCode | None:
        """The one-time code for `setup`, made now, when nothing can fail any more; None where an admin is there."""
        code, until = secrets.token_hex(10), self.clock.now() + CODE_LIVES  # 80 bits
        # A SQLite file has one process: what an earlier one printed may be lost, and nobody else waits for it.
        alone = self.store.dialect == "sqlite"

        def make(work: Work) -> AdminCode | None:
            admins = work.roles.admins()
            if admins - work.people.lost(admins):
                return None
            if work.roles.put_code(hash_code(code), until, instead=alone):
                return AdminCode(code, until)
            return AdminCode(None, work.roles.code_until() or until)

        return await self.store.write(make, workspace=self.workspace)

    @property
    def port(self) -> int:
        """The port that is listened on, once started."""
        return self.server.port

    # ---- life -----------------------------------------------------------------------------
    async def start(self, *, ticking: bool = True) -> None:
        """Listen to Slack, deliver and tick. `ticking=False`: whoever moves the clock drains what is due."""
        watched = self.ticker if ticking else None
        Health(
            self.store, self.slack, self.delivery, watched, self.meters, self.clock, self.workspace
        ).show_on(self.server)  # fmt: skip
        if not self.settings.socket_mode and self.settings.signing_secret is not None:
            receive = self.slack.receiver(self.gateway.bolt, self.settings.signing_secret)
            self.server.add_post("/slack/events", receive)
        self.server.add_get(ROUTE, Feeds(self.store, self.catalogue, self.clock, self.people.fetch).serve)
        await self.server.start(self.settings.port)
        if isinstance(self.clock, StoryClock):
            self._leave_clock = self.clock.stop_at(self._next_due_by, self._live_through)
        self.gateway.pulse.start()
        self.people.start_sync(self.workspace)
        self._ticking = ticking
        self.delivery.start()
        if ticking:
            self.ticker.every(timedelta(hours=1), self.forget)
            self.ticker.every(LOOKED_AT, self._keep_fresh)
            self.ticker.start()
        if self.settings.app_token is not None:
            await self.slack.connect(self.gateway.bolt, self.settings.app_token)
        log.info("started", mode="socket" if self.settings.socket_mode else "http", port=self.port)

    async def stop(self) -> None:
        """Drain: no new gesture, those in flight finish, undelivered posts stay in the outbox.

        Where that is cut short, the connections to Slack are closed all the same.
        """
        try:
            self.gateway.closing = True
            await self.gateway.drain()
            self.gateway.pulse.stop()
            self._leave_clock()
            await self.slack.disconnect()
            await self.server.stop()
            await self.gateway.quiet()  # nobody clicks here any more: whoever did meanwhile is told why it failed
            await self.ticker.stop()
            await self.people.stop()
            await self.answers.stop()
            await self.delivery.stop()
            await self.store.close()
        finally:
            await self.slack.close()

    async def quiet(self) -> None:
        """Wait until everything that has begun is done: gestures, facts, timers due, deliveries."""
        await self.gateway.quiet()
        await self.people.quiet()
        await self.due.drain()
        await self.answers.quiet()
        await self.delivery.quiet()

    async def forget(self) -> None:
        """Delete answers, deliveries and timers that are older than they are kept for, a few at a time."""
        now, gone = self.clock.now(), 0
        while some := await self.store.write(lambda work: forget_some(work, now), workspace=self.workspace):
            gone += some
        log.info("forgotten", rows=gone)

    async def _keep_fresh(self) -> None:
        await self.people.keep_fresh(self.workspace)

    def _wake(self, work: Work | None = None) -> None:
        """Something was committed: there may be something to send, and something due sooner than was known."""
        if work is None or work.has_queued:
            self.delivery.nudge(edits_of=work.workspace_id if work is not None and work.outbox.only_edits else None)
        if self._ticking and (work is None or work.has_planned):
            self.ticker.nudge()

    # ---- time -----------------------------------------------------------------------------
    async def _next_due(self) -> datetime | None:
        def look(work: Work) -> datetime | None:
            known = self.catalogue
            dues = (work.timers.next_due(known.prompts), work.appointments.next_due(known.appointments))
            return min((due_at for due_at in dues if due_at is not None), default=None)

        return await self.store.read(look)

    async def _next_due_by(self, until: datetime) -> datetime | None:
        due_at = await self._next_due()
        return due_at if due_at is not None and due_at <= until else None

    async def _live_through(self) -> None:
        await self.due.drain()
        await self.quiet()
