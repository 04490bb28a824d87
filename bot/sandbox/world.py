"""Hold together the parts that the protocol faces and the gestures share."""

from dataclasses import dataclass

from bot.clock import Clock, Wire
from bot.sandbox.deliver import Deliverer
from bot.sandbox.events import Events
from bot.sandbox.faults import Faults
from bot.sandbox.limits import RateLimiter
from bot.sandbox.manifest import AppManifest
from bot.sandbox.socket_mode import Sockets
from bot.sandbox.traffic import Traffic
from bot.sandbox.triggers import ResponseUrls, Triggers
from bot.sandbox.views import Views
from bot.sandbox.workspace import Workspace


@dataclass
class World:
    clock: Clock
    wire: Wire
    manifest: AppManifest
    workspace: Workspace
    views: Views
    faults: Faults
    traffic: Traffic
    limiter: RateLimiter
    triggers: Triggers
    response_urls: ResponseUrls
    deliverer: Deliverer
    events: Events
    sockets: Sockets
    bot_token: str
    app_token: str
    verification_token: str
    url: str = ""  # http://127.0.0.1:PORT, known once the server listens
    tokens_revoked: bool = False
