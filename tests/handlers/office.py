"""Stand where handlers stand: a real store with people and a channel in it, gestures in our words, no Slack."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from bot.app import load_catalogue
from bot.clock import StoryClock
from bot.dispatch import Answer, Dispatcher
from bot.kit import render
from bot.kit.declare import Catalogue
from bot.kit.desk import Desk
from bot.kit.interaction import Interaction, Kind
from bot.release.events import Event
from bot.release.release import Outcome, Part, PartState, Release
from bot.release.states import State
from storage import Store
from storage.people import ChannelRow, Person
from storage.work import Work
from tests.storage.given import HOUR, a_release

#: Members of C1; Dora is a full member of the workspace who is not in it, Gus a guest in it.
ANA, BO, DORA, GUS = "UANA", "UBO", "UDORA", "UGUS"
CHANNEL, SECRET = "C1", "CSECRET"


def a_person(id: str, clock: StoryClock, **fields: Any) -> Person:
    """A full member in Berlin; UANA is called Ana."""
    plain: dict[str, Any] = {
        "name": id[1:].capitalize(), "zone": "Europe/Berlin", "is_full_member": True, "is_restricted": False,
        "is_bot": False, "deleted": False, "team_id": "T1", "as_of": clock.now(),
    }  # fmt: skip
    return Person(id=id, **plain | fields)


@dataclass
class Office:
    """`unknown` are people (and channels) of Slack that the bot has not met: they are there once asked for."""

    store: Store
    clock: StoryClock
    workspace: int
    catalogue: Catalogue = field(default_factory=load_catalogue)
    unknown: dict[str, Person | ChannelRow] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.dispatcher = Dispatcher(self.catalogue, self.store, self.clock, fetch=self._fetch)
        self._keys = itertools.count(1)

    async def _fetch(self, workspace: int, people: frozenset[str], channels: frozenset[str]) -> None:
        def put(work: Work) -> None:
            for id in people | channels:
                match self.unknown.get(id):
                    case Person() as person:
                        work.people.put(person)
                    case ChannelRow() as channel:
                        work.people.put_channel(channel)

        await self.store.write(put, workspace=workspace)

    async def opens(self) -> None:
        """People and channels are known, nobody is an admin."""

        def put(work: Work) -> None:
            work.people.put(*(a_person(id, self.clock) for id in (ANA, BO, DORA)))
            work.people.put(a_person(GUS, self.clock, is_full_member=False, is_restricted=True))
            for id, members in ((CHANNEL, [ANA, BO, GUS]), (SECRET, [ANA])):
                now, is_private = self.clock.now(), id == SECRET
                work.people.put_channel(ChannelRow(id, id.lower(), is_private, False, False, True, None, False))
                work.people.put_members(id, members, now, True)

        await self.store.write(put, workspace=self.workspace)

    # ---- what is there --------------------------------------------------------------------
    async def has(self, release: Release) -> Release:
        """Store a release."""
        return await self.store.write(lambda work: work.releases.add(release), workspace=self.workspace)

    async def has_a_live_one(self, **fields: Any) -> Release:
        """Ana's payments 2.14.0 went live as planned."""
        at = self.clock.now() - HOUR
        part = Part("payments", "2.14.0", state=PartState.LIVE, started_at=at - HOUR, finished_at=at)
        plain = {"state": State.RELEASED, "outcome": Outcome.LIVE, "outcome_at": at, "parts": [part]}
        return await self.has(a_release(self.workspace, **plain | {"first_planned_at": at} | fields))

    async def has_record(self, release: Release, *events: Event) -> None:
        """What happened to it, as it would have been recorded."""
        await self.store.write(
            lambda work: work.audit.append(release, events, by_path="test", key=""), workspace=self.workspace
        )

    async def has_admin(self, user: str) -> None:
        await self.store.write(
            lambda work: work.roles.add_admin(user, "test", self.clock.now()), workspace=self.workspace
        )

    async def asks(self, look: Any) -> Any:
        """What a function of one `Work` finds."""
        return await self.store.read(look, workspace=self.workspace)

    async def state(self, release: Release) -> State:
        found: Release = await self.asks(lambda work: work.releases.get(release.id))
        return found.state

    # ---- gestures -------------------------------------------------------------------------
    async def _does(self, kind: Kind, user: str, **fields: Any) -> Answer:
        plain: dict[str, Any] = {
            "key": f"k{next(self._keys)}", "team": "T1", "enterprise": None, "user_team": "T1", "at": self.clock.now(),
            "channel": CHANNEL, "trigger": "t1",
        }  # fmt: skip
        return await self.dispatcher.run(Interaction(kind=kind, user=user, **plain | fields), self.workspace)

    async def types(self, user: str, text: str, **fields: Any) -> Answer:
        return await self._does(Kind.COMMAND, user, text=text, **fields)

    async def mentions(self, user: str, text: str) -> Answer:
        return await self._does(Kind.MENTION, user, text=text, trigger=None)

    async def presses(self, user: str, name: str, release: Release | None = None, **data: Any) -> Answer:
        return await self._does(Kind.BUTTON, user, name=name, data=data | ({"r": release.id} if release else {}))

    async def submits(self, user: str, name: str, data: dict[str, Any] | None = None, **values: Any) -> Answer:
        return await self._does(Kind.MODAL, user, name=name, data=data or {}, values=values)

    async def opens_home(self, user: str) -> None:
        await self._does(Kind.HOME, user, name="home.open", in_home=True, channel=None, trigger=None)

    async def forgets_posts(self) -> None:
        """All that was to be said has been said."""

        def settle(work: Work) -> None:
            for row in work.outbox.unsettled(100):
                work.outbox.dead(row.id, "said")

        await self.store.write(settle, workspace=self.workspace)

    # ---- what people see ------------------------------------------------------------------
    async def card(self, kind: str, release: Release) -> str:
        def draw(work: Work) -> str:
            desk = Desk(work, self.catalogue, unasked=True)
            found = work.releases.get(release.id)
            assert found is not None
            return said(desk.message(self.catalogue.cards[kind].draw(found, desk, found.channel))["blocks"])

        return str(await self.asks(draw))

    async def home(self, user: str) -> str:
        home = self.catalogue.home
        assert home is not None

        def draw(work: Work) -> str:
            desk = Desk(work, self.catalogue, unasked=True)
            view = render.home(home.draw(desk, user), desk.voice(user))
            assert len(view["blocks"]) <= render.MAX_BLOCKS_VIEW
            return said(view["blocks"])

        return str(await self.asks(draw))

    async def told(self) -> list[str]:
        """What is to be said to somebody alone, or in a channel, the oldest first."""
        rows = await self.asks(lambda work: work.outbox.unsettled(100))
        return [said(row.payload["message"]["blocks"]) for row in rows if "message" in row.payload]


def said(shown: Any) -> str:
    """All text of blocks, a view or an answer's message as one reads it, a line a block."""
    if isinstance(shown, list):
        return "\n".join(said(one) for one in shown)
    return "".join(_texts(shown))


def _texts(shown: Any) -> list[str]:
    if isinstance(shown, list):
        return [text for one in shown for text in _texts(one)]
    if not isinstance(shown, dict):
        return []
    if shown.get("type") == "button":
        return [f"[{shown['text']['text']}]"]
    if shown.get("type") == "user":
        return [f"@{shown['user_id']}"]
    if shown.get("type") == "channel":
        return [f"#{shown['channel_id']}"]
    if shown.get("type") == "date":
        return [str(shown["fallback"])]
    if isinstance(shown.get("text"), str):
        return [shown["text"]]
    return [
        text for key in ("title", "text", "label", "elements", "blocks", "accessory") for text in _texts(shown.get(key))
    ]
