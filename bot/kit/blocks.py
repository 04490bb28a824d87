"""Describe messages, modals and the Home tab: what they say, not Slack's JSON for it (that is render.py).

All text is Words, so nothing that people typed can become markup. Block Kit's limits are kept by render.py.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

from bot.release.as_shown import mark_of_all, marks
from bot.release.words import Words, words

#: The name of menu entries whose button asks before it acts; see `Button.in_menu`.
ASK_FIRST = "ask.first"
#: In the data of a button below a question that one person is asked: what comes of it takes the question's place.
ASKED = "q"

#: Characters of the value of a button, and of an entry of a menu (source: Block Kit, button element, option object).
MAX_VALUE, MAX_IN_MENU = 2_000, 150


@dataclass(frozen=True)
class Confirm:
    """Asked before a dangerous button acts; says on what."""

    title: str
    text: Words
    yes: str
    no: str = "Not now"
    danger: bool = True


@dataclass(frozen=True)
class Button:
    """`name` is the handler's name in the catalogue, or "do.<verb>". `data` travels with the click."""

    label: str
    name: str
    data: Mapping[str, Any] = field(default_factory=dict)
    style: Literal["primary", "danger"] | None = None
    confirm: Confirm | None = None
    url: str | None = None

    @property
    def value(self) -> str:
        """The data as the click brings it back; where fingerprints are too much, their marks."""
        packed = _packed(self.data)
        return packed if len(packed) <= MAX_VALUE else self._marked(MAX_VALUE, _packed)

    def asked(self) -> "Button":
        """The same below its own question, which is asked privately."""
        return replace(self, confirm=None, data={**self.data, ASKED: 1})

    @property
    def in_menu(self) -> str:
        """Name and data as an entry of a menu, which holds far less than a button.

        None can carry a confirm of its own, so the question comes first.
        """

        def pack(data: Mapping[str, Any]) -> str:
            return _packed([ASK_FIRST, {**data, "do": self.name}] if self.confirm else [self.name, data])

        return self._marked(MAX_IN_MENU, pack)

    def _marked(self, most: int, pack: Callable[[Mapping[str, Any]], str]) -> str:
        """With the marks of the fingerprints, or where even they are too much one of them all."""
        prints = self.data.get("f")
        if prints is None:
            return pack(self.data)
        few = marks(prints) if isinstance(prints, Mapping) else str(prints)
        packed = pack({**self.data, "f": few})
        return packed if len(packed) <= most else pack({**self.data, "f": mark_of_all(few)})


@dataclass(frozen=True)
class Menu:
    """An overflow menu of up to five buttons' worth of verbs."""

    options: tuple[Button, ...]


@dataclass(frozen=True)
class Header:
    text: str


@dataclass(frozen=True)
class Para:
    """A paragraph; `accessory` stands at its right."""

    words: Words
    accessory: Button | Menu | None = None


@dataclass(frozen=True)
class Lines:
    """Several lines read as one block, in order."""

    rows: tuple[Words, ...]


@dataclass(frozen=True)
class Small:
    """Small grey text."""

    words: Words


@dataclass(frozen=True)
class Actions:
    """Buttons in a row, the rest in a menu behind them."""

    buttons: tuple[Button, ...]
    menu: Menu | None = None


@dataclass(frozen=True)
class Divider:
    pass


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    description: str = ""


#: What a field takes.
Asks = Literal["text", "lines", "choice", "radio", "checks", "user", "users", "channel", "channels", "date", "time"]


@dataclass(frozen=True)
class Input:
    """A field of a modal. `name` is the block's id and the key of its answer."""

    name: str
    label: str
    kind: Literal[
        "text", "lines", "choice", "radio", "checks", "user", "users", "channel", "channels", "date", "time"
    ] = "text"
    hint: str = ""
    placeholder: str = ""
    initial: str | tuple[str, ...] | date | None = None
    options: tuple[Option, ...] = ()
    optional: bool = False
    max_length: int | None = None


Block = Header | Para | Lines | Small | Actions | Divider | Input


@dataclass(frozen=True)
class Message:
    """`text` is read aloud, and on lock screens, instead of the blocks."""

    text: Words
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Modal:
    """A dialog. `name` is its handler's name; `data` (under 3,000 characters as JSON) travels with it.

    `confirms`: it may be submitted though it asks nothing, for what it shows.
    """

    name: str
    title: str
    blocks: tuple[Block, ...]
    submit: str | None = "Save"
    close: str = "Cancel"
    data: Mapping[str, Any] = field(default_factory=dict)
    confirms: bool = False


@dataclass(frozen=True)
class Reply:
    """The private answer to a gesture.

    `message`: shown to the person alone. `modal`: opened, or put in place of the modal just submitted (`push`:
    on top of it). `errors`: by field name; the modal stays. An empty reply means: what changed is answer enough.
    `kept`: what is stored in place of a message with a secret in it, and shown to whoever repeats the gesture. Only
    commands and modals carry such a message: other answers are stored until they are delivered. `replaces`: a button's
    answer stands in place of the private message that it was pressed on; where that was a question, it always does.
    """

    message: Message | None = None
    modal: Modal | None = None
    push: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)
    kept: Message | None = None
    replaces: bool = False


def say(*pieces: Any, blocks: tuple[Block, ...] = ()) -> Reply:
    """A reply of one paragraph, with more blocks behind it."""
    row = words(*pieces)
    return Reply(Message(row, (Para(row), *blocks)))


def _packed(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
