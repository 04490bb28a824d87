"""Declare abilities: decorators annotate functions in handlers/, the catalogue collects them.

Nothing is registered by hand. Duplicate names, clashing aliases and unknown events refuse to start.
Help, usage, permissions, the mention form, menus, the README's table and the page's hints derive from here.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from itertools import chain
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

from bot.kit.blocks import Block, Button, Confirm, Message, Reply
from bot.kit.forms import Form
from bot.release.as_shown import fingerprints, marks
from bot.release.deploying import rollbacks_at
from bot.release.events import EVENTS, Event
from bot.release.release import Release
from bot.release.states import Move, State

if TYPE_CHECKING:
    from bot.kit.ask import Ask
    from bot.kit.desk import Desk

#: The verbs shown first, in this order (source: the domain's "Words on the screen").
FIRST = ("new", "status", "why", "hold", "reschedule", "deploy")
#: The others follow, by what they are for, in the order of a release day; what is not here comes last.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "Look": ("list", "timeline", "record", "history"),
    "Decide": ("poll", "go", "no-go", "go-if", "condition done", "condition not-done", "abstain", "go-for",
               "go-for withdraw", "remind", "extend", "stand-in", "add-sign-off", "poll close", "override",
               "review done"),
    "Change": ("resume", "edit", "version", "take-over", "captain", "drop", "cancel", "re-apply"),
    "Go live": ("deploy start", "deploy done", "deploy fail", "shipped", "rollback", "rolled-back", "rollback cancel",
                "retro"),
    "Plan ahead": ("when", "calendar", "train", "trains", "train skip", "train pause", "train resume", "train end",
                   "freeze", "freezes", "freeze change", "freeze lift", "exception", "exception grant",
                   "exception refuse", "rotation", "rotations", "holidays", "away"),
    "Hear of it": ("subscribe", "subscriptions", "unsubscribe", "mute", "unmute", "feed"),
    "Set up": ("policy", "roles", "setup", "health", "help"),
}  # fmt: skip

#: A button, or a dialog, holds so many fingerprints; of more, their marks.
MOST_FINGERPRINTS = 12

Subject = Literal["none", "optional", "required"]
#: What may stand after the release's name.
Takes = Literal["nothing", "part", "why", "value"]
Handle = Callable[["Ask", "Desk"], Reply]


@dataclass(frozen=True)
class Verb:
    """One thing a person can say: as a command, a mention, a menu entry, a shortcut, a button.

    `subject`: whether it is about a release. `move`: the right it needs, by the release's policy. `reads`: it changes
    nothing, so it may list and needs no key. `formerly`: what it was called once; old buttons and habits go on working.
    `who`: who may use it, in words. `first`: one of
    those that help shows first.
    `form`: opened when a required field is missing; `parse` reads the typed text into its fields (without it, all
    the text is the form's first field). `fitted`: the form as it is for this person and text. `asks_always`: it is
    opened even if nothing is missing. `check` refuses before the form is opened what could not be done anyway.
    `outside`: also for whom a policy names from another workspace, by the buttons shown to them, as voting is.
    """

    verb: str
    usage: str
    summary: str
    who: str
    examples: tuple[str, ...]
    handle: Handle
    aliases: tuple[str, ...] = ()
    formerly: tuple[str, ...] = ()
    subject: Subject = "required"
    move: Move | None = None
    reads: bool = False
    first: bool = False
    hidden: bool = False
    form: Form | None = None
    fitted: Callable[["Ask", "Desk"], Form] | None = None
    parse: Callable[["Ask", "Desk"], Mapping[str, Any]] | None = None
    asks_always: bool = False
    check: Callable[["Ask", "Desk"], None] | None = None
    confirm: Callable[[Release], Confirm | None] | None = None
    label: str = ""
    style: Literal["primary", "danger"] | None = None
    outside: bool = False

    @property
    def button_label(self) -> str:
        return self.label or self.verb.capitalize()

    @property
    def takes(self) -> Takes:
        """What the text after the release's name is, as the usage says it."""
        if "<why>" in self.usage:
            return "why"
        if "part" in self.usage:
            return "part"
        return "value" if "<" in self.usage or self.form is not None else "nothing"


@dataclass(frozen=True)
class Press:
    """A button, menu entry or modal that is not a verb. Build its button with `button`, so it always has a handler."""

    name: str
    handle: Handle
    formerly: tuple[str, ...] = ()
    reads: bool = False

    def button(
        self,
        label: str,
        *,
        style: Literal["primary", "danger"] | None = None,
        confirm: Confirm | None = None,
        **data: Any,
    ) -> Button:
        return Button(label, self.name, data, style, confirm)


@dataclass(frozen=True)
class Card:
    """A living message about one release. `draw(release, desk, recipient)` reads rows and says what to show now."""

    kind: str
    draw: Callable[[Release, "Desk", str], Message]
    formerly: tuple[str, ...] = ()


@dataclass(frozen=True)
class Prompt:
    """Something that happens at a time. `at(release, desk)` gives (recipient, due instant) pairs for the plan.

    It runs only in the states of `while_in`, and no later than `grace` after it was due; else it is skipped, and
    says why. Where several for one recipient are due at once, only the last of them runs. `called`: what it is, in
    people's words. `by_hand`: it has no plan; who asks for one plans it with `work.timers.put`, and there it stays.
    """

    name: str
    at: Callable[[Release, "Desk"], Iterable[tuple[str, datetime]]]
    run: Callable[[Release, "Desk", str], None]
    while_in: frozenset[State]
    grace: timedelta | None = None
    called: str = ""
    formerly: tuple[str, ...] = ()
    by_hand: bool = False


@dataclass(frozen=True)
class Appointment:
    """Something that happens at a time and is about no release yet: `run(desk, subject, due_at)`.

    It runs no later than `grace` after it was due; else it is skipped, and `missed` plans the next, if one follows.
    So it does where it failed for good. Where several about one subject are due at once, only the last of them runs,
    unless `each`. Rows keep its kind.
    """

    kind: str
    run: Callable[["Desk", str, datetime], None]
    grace: timedelta | None = None
    missed: Callable[["Desk", str, datetime], None] = lambda desk, subject, due_at: None
    each: bool = False
    called: str = ""


@dataclass(frozen=True)
class Notice:
    """What to do, in the same transaction, when one of these events has happened: say it somewhere, draw a card."""

    on: tuple[str, ...]
    tell: Callable[[Event, Release, "Desk"], None]


@dataclass(frozen=True)
class HomeTab:
    draw: Callable[["Desk", str], tuple[Block, ...]]


def verb(
    name: str,
    *,
    usage: str,
    summary: str,
    who: str,
    examples: Iterable[str],
    aliases: Iterable[str] = (),
    formerly: Iterable[str] = (),
    subject: Subject = "required",
    move: Move | None = None,
    reads: bool = False,
    first: bool = False,
    hidden: bool = False,
    form: Form | None = None,
    fitted: Callable[["Ask", "Desk"], Form] | None = None,
    parse: Callable[["Ask", "Desk"], Mapping[str, Any]] | None = None,
    asks_always: bool = False,
    check: Callable[["Ask", "Desk"], None] | None = None,
    confirm: Callable[[Release], Confirm | None] | None = None,
    label: str = "",
    style: Literal["primary", "danger"] | None = None,
    outside: bool = False,
) -> Callable[[Handle], Verb]:
    """Declare a verb. Examples are written without the command's name and with REL-12: both can be renamed."""

    def declare(handle: Handle) -> Verb:
        return Verb(name, usage, summary, who, tuple(examples), handle, tuple(aliases), tuple(formerly), subject, move,
                    reads, first, hidden, form, fitted, parse, asks_always, check, confirm, label, style,
                    outside)  # fmt: skip

    return declare


def press(name: str, *, formerly: Iterable[str] = (), reads: bool = False) -> Callable[[Handle], Press]:
    """Declare what happens when a button is pressed or a modal of that name is submitted."""
    return lambda handle: Press(name, handle, tuple(formerly), reads)


def card(kind: str, *, formerly: Iterable[str] = ()) -> Callable[[Callable[[Release, "Desk", str], Message]], Card]:
    """Declare a kind of card. Rows keep its kind: after a new name, cards of the former one are found and drawn."""
    return lambda draw: Card(kind, draw, tuple(formerly))


def prompt(
    name: str,
    *,
    at: Callable[[Release, "Desk"], Iterable[tuple[str, datetime]]],
    while_in: Iterable[State],
    grace: timedelta | None = None,
    called: str = "",
    formerly: Iterable[str] = (),
    by_hand: bool = False,
) -> Callable[[Callable[[Release, "Desk", str], None]], Prompt]:
    """Declare a prompt. Rows keep its name: after a new one, what ran under the former name does not run again."""
    return lambda run: Prompt(name, at, run, frozenset(while_in), grace, called or name, tuple(formerly), by_hand)


def appointment(
    kind: str,
    *,
    grace: timedelta | None = None,
    missed: Callable[["Desk", str, datetime], None] = lambda desk, subject, due_at: None,
    each: bool = False,
    called: str = "",
) -> Callable[[Callable[["Desk", str, datetime], None]], Appointment]:
    """Declare what happens at an appointment; `work.appointments.replan(kind, subject, instants)` makes them."""
    return lambda run: Appointment(kind, run, grace, missed, each, called or kind)


def notice(*on: str) -> Callable[[Callable[[Event, Release, "Desk"], None]], Notice]:
    return lambda tell: Notice(on, tell)


def home_tab(draw: Callable[["Desk", str], tuple[Block, ...]]) -> HomeTab:
    return HomeTab(draw)


class CatalogueError(Exception):
    """The abilities contradict each other; the bot must not start."""


@dataclass
class Catalogue:
    """All that the bot can do."""

    command: str = "/release"
    prefix: str = "REL"
    verbs: dict[str, Verb] = field(default_factory=dict)
    words: dict[str, Verb] = field(default_factory=dict)  # verbs, aliases and former names
    presses: dict[str, Press] = field(default_factory=dict)
    cards: dict[str, Card] = field(default_factory=dict)
    prompts: dict[str, Prompt] = field(default_factory=dict)
    appointments: dict[str, Appointment] = field(default_factory=dict)
    notices: dict[str, list[Notice]] = field(default_factory=dict)
    home: HomeTab | None = None
    public_url: str = ""  # where the bot's web server is reached from outside, without a slash at the end; '' nowhere

    @property
    def commands(self) -> list[Verb]:
        """What can be typed: those shown first in help, then the others in the order of a release day."""
        order = {name: place for place, name in enumerate((*FIRST, *chain(*GROUPS.values())))}
        shown = [known for known in self.verbs.values() if not known.hidden]
        return sorted(shown, key=lambda known: order.get(known.verb, len(order)))

    @cached_property
    def prompt_names(self) -> Mapping[str, str]:
        """What a prompt is called now, by its name and its former ones; once all are known."""
        return {name: prompt.name for name, prompt in self.prompts.items()}

    @cached_property
    def prompts_by_hand(self) -> frozenset[str]:
        """Those that planning leaves alone, by their former names, too."""
        return frozenset(name for name, prompt in self.prompts.items() if prompt.by_hand)

    @cached_property
    def prompts_help(self) -> Mapping[str, timedelta]:
        """How long after its time a prompt still helps, where that is limited."""
        return {name: prompt.grace for name, prompt in self.prompts.items() if prompt.grace is not None}

    def add(self, thing: object) -> None:
        match thing:
            case Verb():
                thing = self._spoken_here(thing)
                _put(self.verbs, thing.verb, thing)
                for word in (thing.verb, *thing.aliases, *thing.formerly):
                    _put(self.words, word, thing)
            case Press():
                for name in (thing.name, *thing.formerly):
                    _put(self.presses, name, thing)
            case Card():
                for name in (thing.kind, *thing.formerly):
                    _put(self.cards, name, thing)
            case Prompt():
                for name in (thing.name, *thing.formerly):
                    _put(self.prompts, name, thing)
            case Appointment():
                _put(self.appointments, thing.kind, thing)
            case Notice():
                if unknown := set(thing.on) - EVENTS:
                    raise CatalogueError(f"a notice is for what never happens: {', '.join(sorted(unknown))}")
                for event in thing.on:
                    self.notices.setdefault(event, []).append(thing)
            case HomeTab():
                if self.home is not None:
                    raise CatalogueError("two Home tabs are declared")
                self.home = thing

    def _spoken_here(self, verb: Verb) -> Verb:
        """Its examples with the numbers of this workspace's releases: they are typed as shown."""
        return replace(verb, examples=tuple(one.replace("REL-", f"{self.prefix}-") for one in verb.examples))

    def offer(self, verb_name: str, release: Release, *, label: str = "", **data: Any) -> Button:
        """A button that does a verb to this release, as it was shown: release, round and contents travel along."""
        known = self.verbs[verb_name]
        return Button(
            label or known.button_label,
            f"do.{verb_name}",
            {**shown(release), **data},
            known.style,
            known.confirm(release) if known.confirm else None,
        )


def hold_mark(release: Release) -> str:
    """Tells one hold from another."""
    return sha256(f"{release.held_by}:{release.held_why}".encode()).hexdigest()[:6]


def shown(release: Release) -> Mapping[str, Any]:
    """What a button remembers of the release it stands on.

    Its round, plan and content, the hold, the last start of its deploy and of its rollback, what each sign-off would
    cover. Buttons drawn before edits were counted have no "e"; it was 0 then.
    """
    drawn: dict[str, Any] = {"r": release.id, "n": release.round.number if release.round else 0}
    drawn |= {"v": release.plan_revision, "e": release.content_revision}
    if release.state is State.ON_HOLD:
        drawn["h"] = hold_mark(release)
    if (attempt := release.attempt_at) is not None:
        drawn["a"] = int(attempt.timestamp())
    if back := rollbacks_at(release):
        drawn["b"] = int(back[-1].timestamp())
    if release.stage is State.OPEN:
        prints = fingerprints(release)
        drawn["f"] = prints if len(prints) <= MOST_FINGERPRINTS else marks(prints)
    return drawn


def _put(into: dict[str, Any], name: str, thing: object) -> None:
    if name in into:
        raise CatalogueError(f"“{name}” is declared twice")
    into[name] = thing


def collect(package: ModuleType, *, command: str = "/release", prefix: str = "REL") -> Catalogue:
    """Import every module of the package and gather what they declare. Raises CatalogueError or the import's error."""
    catalogue = Catalogue(command=command, prefix=prefix)
    for found in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
        module = importlib.import_module(f"{package.__name__}.{found.name}")
        for thing in vars(module).values():
            declared = isinstance(thing, Verb | Press | Card | Prompt | Appointment | Notice | HomeTab)
            if declared:
                catalogue.add(thing)
    return catalogue
