"""Run a local Slack: one HTTP server with the Web API, Socket Mode, and the page for people."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from aiohttp import web

from bot.clock import Clock, Wire
from bot.sandbox import replies, seed, web_api_files
from bot.sandbox.deliver import Ack, Deliverer, Delivery
from bot.sandbox.events import Events
from bot.sandbox.faults import Faults
from bot.sandbox.gestures_blocks import BlockGestures
from bot.sandbox.http_push import HttpPush
from bot.sandbox.limits import RateLimiter
from bot.sandbox.manifest import AppManifest
from bot.sandbox.page_routes import Page
from bot.sandbox.page_state import Tip
from bot.sandbox.people import Channel, Kind, User
from bot.sandbox.person import Person, Room
from bot.sandbox.socket_mode import Sockets
from bot.sandbox.traffic import Traffic
from bot.sandbox.triggers import ResponseUrls, Triggers
from bot.sandbox.views import Views
from bot.sandbox.watch import Watch
from bot.sandbox.web_api import WebApi
from bot.sandbox.workspace import Workspace
from bot.sandbox.world import World

_UPLOAD_BYTES = 50 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class SandboxConfig:
    manifest: dict[str, Any]  # parsed manifest.yml: what it declares is what is enforced
    commands: list[dict[str, Any]] = field(default_factory=list)  # autocomplete hints for the page
    clock: Clock
    wire: Wire
    host: str = "127.0.0.1"
    port: int = 0  # 0: any free one
    data: Path | None = None  # a SQLite file; None: memory
    mode: Literal["socket", "http"] = "socket"
    request_url: str | None = None  # http mode: where to deliver
    seed: int = 1
    hint: list[Tip] = field(default_factory=list)  # lines for the page's first screen
    refused_scopes: frozenset[str] = frozenset()  # optional scopes that the installing person declined


class Sandbox:
    """A local Slack workspace with one installed app."""

    def __init__(self, config: SandboxConfig) -> None:
        self._config = config
        self.workspace = Workspace(clock=config.clock, seed=config.seed, data=config.data)
        ids = self.workspace.ids
        self.bot_token = f"xoxb-{ids.secret('bot')}"
        self.app_token = f"xapp-1-{ids.secret('app')}"
        self.signing_secret = ids.secret("signing")
        manifest = AppManifest.parse(config.manifest, refused_scopes=config.refused_scopes)
        seed.plant(self.workspace, bot_name=manifest.bot_name)
        self.faults = Faults(config.seed)
        self.traffic = Traffic(config.clock)
        self.sockets = Sockets(ids=ids, app_id=self.app_id, traffic=self.traffic)
        self._http = HttpPush(signing_secret=self.signing_secret, wire=config.wire, request_url=config.request_url)
        self.deliverer = Deliverer(wire=config.wire, faults=self.faults, traffic=self.traffic)
        self.deliverer.transport = self.sockets if config.mode == "socket" else self._http
        self.deliverer.cut_sockets = self.sockets.cut
        self.world = World(
            clock=config.clock,
            wire=config.wire,
            manifest=manifest,
            workspace=self.workspace,
            views=Views(self.workspace),
            faults=self.faults,
            traffic=self.traffic,
            limiter=RateLimiter(config.wire),
            triggers=Triggers(ids),
            response_urls=ResponseUrls(ids, config.clock),
            deliverer=self.deliverer,
            events=Events(self.workspace, manifest, self.deliverer, ids.secret("verification")[:24]),
            sockets=self.sockets,
            bot_token=self.bot_token,
            app_token=self.app_token,
            verification_token=ids.secret("verification")[:24],
        )
        self.gestures = BlockGestures(self.world)
        self.watch = Watch(self.workspace)
        self._page = Page(self.world, self.gestures, commands=config.commands, hint=config.hint)
        self._runner: web.AppRunner | None = None
        self.url = ""

    # --- who the app is

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    @property
    def team_id(self) -> str:
        return self.workspace.team.id

    @property
    def bot_user_id(self) -> str:
        return self.workspace.bot_user_id

    @property
    def app_id(self) -> str:
        return self.workspace.app_id

    @property
    def request_url(self) -> str | None:
        """Where HTTP deliveries go; may be set while running."""
        return self._http.request_url

    @request_url.setter
    def request_url(self, url: str | None) -> None:
        self._http.request_url = url

    # --- running

    async def start(self) -> None:
        """Listen. OSError if the port is taken."""
        app = web.Application(client_max_size=_UPLOAD_BYTES)
        api = WebApi(self.world)
        app.router.add_route("*", "/api/{method}", api.handle)
        app.router.add_get("/link", self.sockets.accept)
        app.router.add_post("/response/{key}", self._respond)
        app.router.add_post("/upload/{file}", self._upload)
        self._page.add_to(app)
        # Sockets stay open for as long as the app lives: stopping does not wait for them.
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await self._http.start()
        site = web.TCPSite(self._runner, self._config.host, self._config.port)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://{self._config.host}:{port}"
        self.world.url = self.url

    async def stop(self) -> None:
        await self.deliverer.stop()
        await self._page.stop()
        await self.sockets.cut()
        await self._http.stop()
        if self._runner is not None:
            await self._runner.cleanup()
        self.workspace.close()

    async def _respond(self, request: web.Request) -> web.Response:
        return await replies.respond(request, self.world)

    async def _upload(self, request: web.Request) -> web.Response:
        return await web_api_files.upload(request, self.world)

    # --- for stories

    def person(self, name: str) -> Person:
        """By handle ("ana") or name. KeyError if nobody is called so."""
        return Person(self, self.workspace.user_called(name))

    def room(self, name: str) -> Room:
        """By name ("#payments"). KeyError if there is none."""
        return Room(self, self.workspace.channel_called(name))

    def dm(self, name: str) -> Room:
        """The direct messages between this person and the bot."""
        person = self.workspace.user_called(name)
        channel = self.workspace.direct(person.id, self.bot_user_id)
        if channel is None:
            raise KeyError(name)
        return Room(self, channel)

    def hire(self, handle: str, real_name: str, *, tz: str = "Europe/Berlin", rooms: Sequence[str] = ()) -> Person:
        """A new full member, in these rooms; the app hears team_join."""
        user = User(self.workspace.ids.next("U"), handle, real_name, self.team_id, tz=tz, tz_label=tz)
        user.display_name = real_name.split()[0]
        self.workspace.save_user(user)
        for room in rooms:
            channel = self.workspace.channel_called(room)
            channel.members.append(user.id)
            self.workspace.save_channel(channel)
        self.world.events.emit({"type": "team_join", "user": user.as_slack(self._config.clock.now())})
        return Person(self, user)

    def found(self, name: str, people: Sequence[str], *, private: bool = False, with_bot: bool = True) -> Room:
        """A new channel "#name" with these people."""
        members = [self.workspace.user_called(person).id for person in people]
        kind: Kind = "private" if private else "public"
        channel = Channel(
            self.workspace.ids.next("C"),
            name.lstrip("#"),
            kind,
            [*members, *([self.bot_user_id] if with_bot else [])],
            self.workspace.unix(),
            members[0],
        )
        self.workspace.save_channel(channel)
        return Room(self, channel)

    async def regroup(self, handle: str, people: list[str]) -> None:
        """The user group @handle now has exactly these people; the app hears subteam_updated and the difference."""
        group = next(group for group in self.workspace.groups.values() if group.handle == handle)
        before = group.users
        group.users = [self.workspace.user_called(name).id for name in people]
        self.workspace.save_group(group)
        added = [user for user in group.users if user not in before]
        removed = [user for user in before if user not in group.users]
        changed = {
            "type": "subteam_members_changed",
            "subteam_id": group.id,
            "team_id": self.team_id,
            "added_users": added,
            "added_users_count": len(added),
            "removed_users": removed,
            "removed_users_count": len(removed),
        }
        updated = {"type": "subteam_updated", "subteam": group.as_slack(self.team_id, with_users=True)}
        for event in (updated, changed):
            for first in self.world.events.emit(event):
                await first

    async def uninstall(self) -> None:
        """Remove the app: its token dies, and it is told."""
        self.world.tokens_revoked = True
        revoked = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [self.bot_user_id]}}
        for event in (revoked, {"type": "app_uninstalled"}):
            for first in self.world.events.emit(event):
                await first

    def install_again(self) -> None:
        """The app is back, with another token; what revoked the first one may still be on its way."""
        self.bot_token = self.world.bot_token = f"xoxb-{self.workspace.ids.secret('bot')}"
        self.world.tokens_revoked = False

    @property
    def deliveries(self) -> list[Delivery]:
        """What was brought to the app, oldest first (the last thousand)."""
        return list(self.deliverer.recorded)

    async def replay(self, delivery: Delivery, times: int = 1, *, parallel: bool = True) -> list[Ack]:
        """Deliver the same payload again, as often as said; what the app answered each time."""
        return await self.deliverer.replay(delivery, times, parallel=parallel)

    async def quiet(self) -> None:
        """Wait until no event or repetition of one is on its way."""
        await self.deliverer.quiet()
