"""Let people plan releases and vote, and write down what each did and what Slack told them came of it."""

import asyncio
import json
import re
from hashlib import sha256
from random import Random
from typing import Any

from bot.sandbox.deliver import LATE, Delivery, Kind
from bot.sandbox.errors import Refused
from bot.sandbox.person import Person, Seen
from bot.sandbox.server import Sandbox
from bot.sandbox.traffic import Entry
from tests.chaos.ledger import Deed, Ledger, Planned
from tests.chaos.moves import MOVES

#: What the traffic calls what is no button, dialog or shortcut.
_KINDS: dict[str, Kind] = {"slash_commands": "slash_commands", "events_api": "events_api"}

Json = dict[str, Any]

_NUMBER = re.compile(r"REL-(\d+)")
_NOT_STORED = ("I couldn't store that", "I can't tell yet")
ROOMS = {"#payments": ("tom", "bo", "clara", "eve"), "#releases": ("tom", "bo", "clara", "eve", "finn"),
         "#general": ("tom", "bo", "clara", "eve", "finn")}  # fmt: skip
#: Seconds that somebody waits for a dialog before they give up.
DIALOG = 1.0


def key_of(delivery: Delivery) -> str:
    """How the bot has to name this gesture."""
    payload = delivery.payload
    if delivery.kind == "slash_commands":
        return f"command:{payload['team_id']}:{payload['trigger_id']}"
    if delivery.kind == "events_api":
        return f"event:{payload['event_id']}"
    team = (payload.get("team") or {}).get("id")
    if payload["type"] == "view_submission":
        view = payload["view"]
        said = sha256(json.dumps(view["state"]["values"], sort_keys=True).encode()).hexdigest()[:16]
        return f"view:{team}:{view['id']}:{view['callback_id']}:{view.get('hash', '')}:{said}"
    return f"action:{team}:{payload['trigger_id']}"


class Crowd:
    """People of one workspace; their chance is seeded. `yes` remembers what Slack heard acknowledged."""

    def __init__(self, box: Sandbox, chance: Random, *, pause: float) -> None:
        """`pause`: real seconds that a person rests between two gestures, on the average."""
        self.box = box
        self.ledger = Ledger()
        self.yes: set[str] = set()
        self._said: dict[str, str] = {}  # by key: the words of the acknowledgement
        self._chance = chance
        self._pause = pause
        self._count = 0
        box.traffic.listeners.append(self._heard)

    def _heard(self, entry: Entry) -> None:
        """An acknowledgement is a promise also when it came too late, or got lost on its way to the person."""
        if entry.dir != "to app":
            return
        delivery = Delivery(_KINDS.get(entry.kind, "interactive"), entry.request)
        if not has_key(delivery):
            return
        key = key_of(delivery)
        if key not in self.yes:
            self.ledger.copies[key] += 2 if entry.summary.endswith(f"({LATE})") else 1
        said = str((entry.response or {}).get("text", "")) if isinstance(entry.response, dict) else ""
        if entry.status == "ok" and not any(words in said for words in _NOT_STORED):
            self.yes.add(key)
            self._said[key] = said

    # ---- what they do ---------------------------------------------------------------------
    async def plans(self, room: str, when: str = "in 3h", *, to_move: bool = False) -> Deed:
        """Ana plans a release that nobody has planned before; people vote on it, or else it is there to be moved."""
        self._count += 1
        service, version = f"svc{self._count}", f"1.{self._count}"
        deed = Deed("ana", "plan", f"{service} {version}")
        self.ledger.deeds.append(deed)
        seen = await self.box.person("ana").types(f"/release new {service} {version} {when}", in_=room)
        self._note(deed, seen, "is planned for")
        if deed.promise == "kept" and (found := _NUMBER.search(seen.text)):
            deed.number = int(found[1])
            among = self.ledger.moved if to_move else self.ledger.planned
            among.append(Planned(deed.number, deed.title, room))
        return deed

    async def votes(self, who: str, on: Planned) -> Deed:
        """Go or no-go, by one way or another. A no-go has words of its own, so each one is a change."""
        self._count += 1
        choice = self._chance.choice(["go", "no-go", "no-go"])
        deed = Deed(who, "vote", on.title, choice, f"cause-{self._count}." if choice == "no-go" else "")
        deed.number = on.number
        self.ledger.deeds.append(deed)
        person = self.box.person(who)
        way = self._chance.choice(["command", "command", "button", "mention"])
        if way == "command":
            seen = await person.types(f"/release {choice} REL-{on.number} {deed.why}".strip(), in_=on.room)
            self._note(deed, seen, "You said")
        elif way == "mention" and choice == "no-go":
            await person.types(f"@T-Minus no-go REL-{on.number} {deed.why}", in_=on.room)
            self._note_mention(deed)
        else:
            await self._presses(person, deed, on)
        return deed

    async def moves(self, who: str, on: Planned) -> Deed:
        """Hold, resume, extend, reschedule, or rarely cancel."""
        verb = self._chance.choice(["hold", "hold", "resume", "resume", "resume", "extend", "reschedule", "cancel"])
        move = MOVES[verb]
        deed = Deed(who, "move", on.title, verb, number=on.number)
        self.ledger.deeds.append(deed)
        seen = await self.box.person(who).types(f"/release {verb} REL-{on.number} {move.rest}".strip(), in_=on.room)
        self._note(deed, seen, move.says(on.title))
        return deed

    async def _presses(self, person: Person, deed: Deed, on: Planned) -> None:
        """A button of the release's card; a no-go asks why in a dialog, if that opens."""
        card = next((one for one in self.box.room(on.room).messages if _is_card(one, on)), None)
        if card is None:
            return
        try:
            while person.modal is not None:
                await person.closes_modal()
            seen = await person.clicks("Go" if deed.choice == "go" else "No-go", on=card, in_=on.room)
            if deed.choice == "go":
                self._note(deed, seen)
                return
            async with asyncio.timeout(DIALOG):
                while person.modal is None:  # noqa: ASYNC110 - it may never come
                    await asyncio.sleep(0.01)
            self._note(deed, await person.submits(why=deed.why))
        except (AssertionError, Refused, TimeoutError):
            return  # the button, or the dialog, is not there (any more): nothing was asked of the bot

    def _note(self, deed: Deed, seen: Seen, yes: str = "") -> None:
        if seen.delivery is None:
            return
        deed.key = key_of(seen.delivery)
        unsaid = any(words in seen.text for words in _NOT_STORED)
        if seen.errors or (seen.ok and not unsaid and seen.text and yes not in seen.text):
            deed.promise = "declined"
        elif seen.ok and not unsaid:
            deed.promise = "kept"

    def _note_mention(self, deed: Deed) -> None:
        for delivery in reversed(self.box.deliveries):
            if delivery.label == "app_mention" and deed.why in delivery.payload["event"]["text"]:
                deed.key = key_of(delivery)
                return

    def settle(self) -> Ledger:
        """The ledger, with all that was acknowledged by now."""
        for deed in self.ledger.deeds:
            if deed.promise == "open" and deed.key in self.yes:
                said = self._said[deed.key]  # what they saw may have been about an earlier click that failed
                refused = deed.what == "move" and MOVES[deed.choice].says(deed.title) not in said
                refused = refused or (deed.what == "vote" and bool(said) and "You said" not in said)
                deed.promise = "open" if refused else "kept"
        return self.ledger

    # ---- for a while ----------------------------------------------------------------------
    async def argue(self, until: asyncio.Event) -> None:
        """Everybody votes on what was planned, and Ana plans more now and then, until told to stop."""
        await asyncio.gather(*(self._live(who, until) for who in ("ana", "tom", "bo", "clara", "eve", "finn")))

    async def _live(self, who: str, until: asyncio.Event) -> None:
        while not until.is_set():
            mine = [one for one in self.ledger.planned if who in ROOMS[one.room]]
            if who == "ana" and len(self.ledger.planned) + len(self.ledger.moved) < 24:
                to_move = len(self.ledger.moved) < len(self.ledger.planned)
                await self.plans("#payments" if to_move else self._chance.choice(list(ROOMS)), to_move=to_move)
            if self.ledger.moved and who in ("ana", "tom"):
                await self.moves(who, self._chance.choice(self.ledger.moved[-3:]))
            if who == "finn":
                await self.box.person(who).opens_home()
            if who != "ana" and mine:
                await self.votes(who, self._chance.choice(mine[-4:]))
            try:
                async with asyncio.timeout(self._chance.uniform(0, 2 * self._pause)):
                    await until.wait()
            except TimeoutError:
                continue


def has_key(delivery: Delivery) -> bool:
    """Whether it is something that must not happen twice."""
    payload = delivery.payload
    return "trigger_id" in payload or "event_id" in payload


def _is_card(message: Json, on: Planned) -> bool:
    return "thread_ts" not in message or message.get("thread_ts") == message["ts"] if _names(message, on) else False


def _names(message: Json, on: Planned) -> bool:
    return f"REL-{on.number} " in str(message.get("blocks")) and bool(message.get("bot_id"))
