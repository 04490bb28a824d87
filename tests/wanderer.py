"""Let people do anything at all: type, click on what is old, fill dialogs with nonsense, and wait.

What they do comes from a seed, so that what went wrong can be told again. They know nothing of the rules; what holds
whatever they do, the story asks (tests/stories/test_at_random.py).
"""

import copy
import json
from dataclasses import dataclass
from random import Random
from typing import Any

from bot.sandbox import finding
from bot.sandbox.forms import fields, options
from bot.sandbox.messages import elements_of
from bot.sandbox.people import Channel
from tests.story import Actor, Story

Json = dict[str, Any]

NAMES = ("ana", "ana", "bo", "clara", "eve", "tom", "finn", "gus", "fay")
ROOMS = ("#payments", "#payments", "#payments", "#general", "dm")
STRANGERS = ("fay",)
SERVICES = ("payments", "checkout", "web + ledger")
WORDS = (
    "", "tests are red", "<!channel> *all* of it", "in 30m", "tomorrow 14:00", "30m", "payments", "REL-1", "<@{}>",
    "QA <@{}>", "Jo Miller https://example.org/mail/1", "until mon 9:00 <@{}>", "x" * 300, "2.14.0", "\u202egnp.exe",
    "if the smoke test is green", "hotfix 4411", "fri 17:00", "@bo", "Legal @nobody", "payments Jo Miller",
)  # fmt: skip
VERBS = (
    "go", "go", "no-go", "go-if", "abstain", "why", "status", "list", "hold", "resume", "extend", "poll", "poll close",
    "reschedule", "edit", "take-over", "drop", "cancel", "deploy", "deploy start", "deploy done", "deploy fail",
    "rollback", "rolled-back", "retro", "record", "stand-in", "add-sign-off", "go-for", "go-for withdraw", "override",
    "review done", "late accept", "late refuse", "tick", "untick", "away", "away back", "more", "help", "health",
    "condition done", "gibberish", "remind", "captain", "policy", "roles", "re-apply", "snooze",
)  # fmt: skip
#: Of these a tenth are typed; most is clicked.
_WAYS = ("types",) * 3 + ("plans",) + ("clicks",) * 9 + ("clicks what is old",) * 2 + ("home",) + ("time",)


@dataclass
class Did:
    """What somebody did, in words that tell it again; `release`: the row it said it was about, if it did."""

    who: str
    what: str
    release: int | None = None
    passed: bool = False  # nothing but time


class Wanderer:
    """Takes steps in a story."""

    ways: tuple[str, ...] = _WAYS
    rooms: tuple[str, ...] = ROOMS
    names: tuple[str, ...] = NAMES
    pauses: tuple[int, ...] = (1, 10, 45, 180, 900)  # minutes
    fills, gives_up = 0.8, 0.0  # of the fields of a dialog; of those that are refused
    dates: tuple[str, ...] = ("2026-12-01", "2026-12-04", "2026-12-24")

    def __init__(self, story: Story, seed: int) -> None:
        self.story = story
        self.rng = Random(seed)
        self.people = {name: story.people(name)[0] for name in dict.fromkeys(self.names)}
        self._old: list[tuple[str, Json]] = []  # (who saw it, as they saw it)

    async def step(self) -> Did:
        """Somebody does something. Returns what."""
        actor = self.people[self.rng.choice(self.names)]
        if actor.modal is not None:
            return await self._dialog(actor)
        way = self.rng.choice(self.ways)
        if actor.name in STRANGERS and way in ("types", "plans"):  # Slack gives them no commands of this workspace
            way = "time"
        if way == "plans":
            return await self._types(actor, f"new {self.rng.choice(SERVICES)} {self.rng.randint(1, 4)}.0 in 2h")
        if way == "time":
            return await self._lets_time_pass()
        if way == "home":
            await actor.opens_home()
            return Did(actor.name, "opens Home")
        if way == "clicks" and (found := self._something(actor)) is not None:
            return await self._clicks(actor, *found)
        if way == "clicks what is old" and (found := self._something_old(actor)) is not None:
            return await self._clicks(actor, *found, stale=True)
        if actor.name in STRANGERS:
            return Did(actor.name, "finds nothing to press")
        return await self._types(actor, self.line())

    async def _lets_time_pass(self) -> Did:
        minutes = self.rng.choice(self.pauses)
        await self.story.advance(minutes=minutes)
        return Did("the clock", f"{minutes} minutes pass", passed=True)

    # ---- typing -----------------------------------------------------------------------------
    def line(self) -> str:
        """What somebody types after the command: a verb, perhaps a release, and a word."""
        which = self.rng.choice(("", "", "REL-1 ", "REL-2 ", "REL-3 ", "payments ", "checkout 2.0 ", "REL-99 "))
        return f"{self.rng.choice(VERBS)} {which}{self._word()}".strip()

    async def _types(self, actor: Actor, text: str) -> Did:
        room = self.rng.choice(self.rooms)
        if room != "dm" and actor.id not in self.story.room(room).channel.members:
            room = "dm"
        await actor.types(text if room == "dm" else f"/release {text}", in_=room)
        named = [int(word[4:]) for word in text.split() if word.startswith("REL-") and word[4:].isdigit()]
        about = await self._row_of(named[0]) if named else None
        return Did(actor.name, f"types {text[:80]!r} in {room}", about)

    async def _row_of(self, number: int) -> int:
        """The row of REL-12; 0 where there is none."""
        app = self.story.app
        found = await app.store.read(lambda work: work.releases.get_number(number), workspace=app.workspace)
        return found.id if found is not None else 0

    def _word(self) -> str:
        return self.rng.choice(WORDS).format(self.people[self.rng.choice(self.names)].id)

    # ---- clicking ---------------------------------------------------------------------------
    def _something(self, actor: Actor) -> tuple[finding.Found, Channel | None] | None:
        """Something to press, of the last that this person sees anywhere; it is remembered for later."""
        places = actor._places(None, None)[:12]
        found = [(one, channel) for place, channel in places for one in _pressable(place)]
        for place, channel in places:
            if channel is not None and self.rng.random() < 0.2:
                self._old.append((actor.name, copy.deepcopy(place)))
        return self.rng.choice(found) if found else None

    def _something_old(self, actor: Actor) -> tuple[finding.Found, Channel | None] | None:
        """The same of a message as it was a while ago."""
        mine = [place for who, place in self._old if who == actor.name]
        place = self.rng.choice(mine) if mine else None
        found = _pressable(place) if place is not None else []
        if not found or place is None:
            return None
        try:
            channel = actor._where(place)
        except AssertionError:  # it was deleted
            return None
        return self.rng.choice(found), channel

    async def _clicks(self, actor: Actor, found: finding.Found, channel: Channel | None, *, stale: bool = False) -> Did:
        selection: Json = {"selected_option": found.option} if found.option is not None else {}
        what = str((found.option or found.element).get("text", {}).get("text", ""))
        value = str((found.option or found.element).get("value") or "")
        await actor._use(found, channel, selection, stale=stale)
        return Did(actor.name, f"clicks {what!r}{' on an old message' if stale else ''}", _release_in(value))

    # ---- dialogs ----------------------------------------------------------------------------
    async def _dialog(self, actor: Actor) -> Did:
        """Fill what is open with anything, or close it."""
        modal = actor.modal
        assert modal is not None
        title = modal["title"]["text"]
        about = _release_in(str(modal.get("private_metadata") or ""))
        pages = [] if modal.get("submit") else _pressable(modal)
        if pages and self.rng.random() < 0.5:
            return await self._clicks(actor, self.rng.choice(pages), None)
        if self.rng.random() < 0.2 or not modal.get("submit"):
            await actor.closes_modal()
            return Did(actor.name, f"closes {title!r}")
        for block, element in fields(modal["blocks"]):
            if self.rng.random() < self.fills:
                modal["state"]["values"].setdefault(block["block_id"], {})[element["action_id"]] = self._held(element)
        seen = await actor.submits()
        if seen.errors and self.rng.random() < self.gives_up:
            await actor.closes_modal()
        return Did(actor.name, f"submits {title!r}", about)

    def _held(self, element: Json) -> Json:
        kind, workspace = element["type"], self.story.box.workspace
        if kind == "plain_text_input":
            return {"type": kind, "value": self._word()[: element.get("max_length", 3000)]}
        if kind == "datepicker":
            return {"type": kind, "selected_date": self.rng.choice(self.dates)}
        if kind == "timepicker":
            return {"type": kind, "selected_time": self.rng.choice(("09:00", "14:00", "23:30"))}
        if kind == "number_input":
            return {"type": kind, "value": str(self.rng.randint(0, 9))}
        value: Any = self.rng.choice(self.names)
        if "channels" in kind or "conversations" in kind:
            value = self.rng.choice(("payments", "general"))
        elif "users" not in kind:
            known = options(element)
            some = self.rng.sample(known, self.rng.randint(0, len(known)))
            labels = [one["value"] for one in some]
            value = labels if kind == "checkboxes" or kind.startswith("multi_") else (labels or [known[0]["value"]])[0]
        return finding.held(workspace, element, value)


def _pressable(place: Json) -> list[finding.Found]:
    """Buttons and entries of menus; links lead elsewhere."""
    blocks = [*(place.get("blocks") or [])]
    found = []
    for block in blocks:
        for element in elements_of(block):
            if element.get("type") == "button" and not element.get("url"):
                found.append(finding.Found(place, block, element))
            if element.get("type") == "overflow":
                found += [finding.Found(place, block, element, option) for option in element["options"]]
    return found


def _release_in(text: str) -> int | None:
    """The row id of the release that a button's value, or a dialog, is about."""
    try:
        data = json.loads(text)
    except ValueError:
        return None
    return data["r"] if isinstance(data, dict) and isinstance(data.get("r"), int) else None
