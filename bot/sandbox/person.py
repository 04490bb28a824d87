"""Let stories act as people and look as people: `await ana.clicks("Go")`, `payments.reads(as_="bo")`."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.sandbox import finding
from bot.sandbox.builtin_commands import remove_member, rename, set_archived
from bot.sandbox.deliver import Delivery
from bot.sandbox.errors import Refused
from bot.sandbox.forms import State
from bot.sandbox.gestures import Outcome
from bot.sandbox.people import Channel, Json, User
from bot.sandbox.reading import Unread, unread
from bot.sandbox.render import Reader

if TYPE_CHECKING:
    from bot.sandbox.server import Sandbox


@dataclass
class Seen:
    """What a person saw come of a gesture."""

    ok: bool
    error: str | None  # the words Slack shows when something failed
    errors: dict[str, str]  # block_id -> words beside a field
    message: Json | None  # the private answer, if one came
    modal: Json | None  # what is open on top now
    text: str  # the answer, else the modal, else the error, as read
    delivery: Delivery | None = field(default=None, repr=False)


class Person:
    """Someone in the workspace. Every gesture waits for the app's acknowledgement, as Slack's client does."""

    def __init__(self, sandbox: "Sandbox", user: User) -> None:
        self._sandbox = sandbox
        self._workspace = sandbox.workspace
        self._gestures = sandbox.gestures
        self.user = user

    @property
    def id(self) -> str:
        return self.user.id

    # --- looking

    @property
    def modal(self) -> Json | None:
        """The modal on top, if one is open."""
        stack = self._workspace.stacks.get(self.id)
        return stack[-1] if stack else None

    @property
    def home(self) -> Json | None:
        return self._workspace.homes.get(self.id)

    @property
    def ephemerals(self) -> list[Json]:
        """What only this person sees, anywhere, oldest first."""
        every = [m for c in self._workspace.channels.values() for m in self._workspace.whispers(c, self.id)]
        return sorted(every, key=lambda message: str(message["ts"]))

    def reads(self, what: "Json | Room | str | None" = None) -> str:
        """As text: a message, a modal or Home view, a room (or its name); without argument the open modal."""
        reader = Reader(self._workspace, self.id)
        if what is None:
            return reader.view(self.modal) if self.modal else ""
        if what == "home":
            return reader.view(self.home) if self.home else ""
        if isinstance(what, str):
            return reader.channel(self._channel(what))
        if isinstance(what, Room):
            return reader.channel(what.channel)
        return reader.view(what) if what.get("type") in ("modal", "home") else reader.body(what)

    def unread(self, in_: str) -> Unread:
        return unread(self._workspace, self._channel(in_), self.id)

    # --- writing and pressing

    async def types(self, text: str, in_: str = "#payments", thread: "Json | str | None" = None) -> Seen:
        """A message, a mention or a slash command; `in_` is "#channel", or "dm" for the bot's direct messages."""
        ts = thread["ts"] if isinstance(thread, dict) else thread
        return await self._do(self._gestures.type(self.id, self._channel(in_).id, text, ts))

    async def edits(self, message: Json, text: str, in_: str = "#payments") -> Seen:
        """Change what they have written."""
        return await self._do(self._gestures.edit(self.id, self._channel(in_).id, message["ts"], text))

    async def clicks(
        self,
        words: str,
        on: Json | str | None = None,
        in_: str | None = None,
        *,
        confirm: bool = True,
        stale: bool = False,
        **selection: Any,
    ) -> Seen:
        """Press the newest visible button, or overflow option, with this label (or action_id).

        `on` is a message (or its ts), "modal" or "home"; `in_` a channel. A confirm dialog is confirmed, or with
        `confirm=False` cancelled, and its words are seen. With `stale=True` the message is pressed as
        `on` holds it, though it has changed meanwhile. AssertionError names what there is instead.
        """
        if stale and isinstance(on, dict):
            seen = finding.find(on, words)
            if seen is None:
                raise AssertionError(f"there was no {words!r}; there was: {', '.join(finding.labels(on))}")
            place: tuple[finding.Found, Channel | None] = seen, self._where(on)
        else:
            place = self._find(words, on, in_)
        found, channel = place
        dialog = found.element.get("confirm")
        if dialog and not confirm:
            words = f"{dialog['title']['text']}: {dialog['text']['text']}"
            return Seen(True, None, {}, None, self.modal, words)
        if found.option is not None:
            selection["selected_option"] = found.option
        return await self._use(found, channel, selection, stale=stale)

    async def chooses(self, words: str, value: Any, on: Json | str | None = None, in_: str | None = None) -> Seen:
        """Choose in a select, picker, checkbox or radio group, which tells the app at once."""
        found, channel = self._find(words, on, in_)
        held = finding.held(self._workspace, found.element, value)
        held.pop("type")
        return await self._use(found, channel, held)

    async def _use(
        self, found: finding.Found, channel: Channel | None, selection: Json, *, stale: bool = False
    ) -> Seen:
        block_id, action_id = found.block["block_id"], found.element["action_id"]
        if channel is None:
            view_id = found.place["id"]
            return await self._do(self._gestures.view_action(self.id, view_id, block_id, action_id, **selection))
        ts, shown = found.place["ts"], found.place if stale else None
        return await self._do(
            self._gestures.click(self.id, channel.id, ts, block_id, action_id, shown=shown, **selection)
        )

    # --- forms

    def fills(self, by_label: dict[str, Any] | None = None, **fields: Any) -> "Person":
        """Enter values into the open modal: text, names of people, "2026-12-01", "14:00", labels of options."""
        modal = self._open_modal()
        state: State = modal["state"]["values"]
        for words, value in {**(by_label or {}), **fields}.items():
            block, element = finding.field(modal, words)
            held = finding.held(self._workspace, element, value)
            state.setdefault(block["block_id"], {})[element["action_id"]] = held
        return self

    async def submits(self, by_label: dict[str, Any] | None = None, **fields: Any) -> Seen:
        """Fill the open modal and send it off."""
        self.fills(by_label, **fields)
        modal = self._open_modal()
        return await self._do(self._gestures.submit(self.id, modal["id"], modal["state"]["values"]))

    async def closes_modal(self, *, all_: bool = False) -> Seen:
        """With Cancel; `all_` is the x, which closes the whole stack."""
        return await self._do(self._gestures.close(self.id, self._open_modal()["id"], all_=all_))

    # --- the rest of the client

    async def opens_home(self) -> Seen:
        return await self._do(self._gestures.open_home(self.id))

    async def shortcut(self, name: str) -> Seen:
        """A global shortcut, by its name or callback_id."""
        return await self._do(self._gestures.shortcut(self.id, self._callback(name, "global")))

    async def message_shortcut(self, name: str, on: Json, in_: str | None = None) -> Seen:
        channel = self._channel(in_) if in_ else self._where(on)
        callback = self._callback(name, "message")
        return await self._do(self._gestures.message_shortcut(self.id, callback, channel.id, on["ts"]))

    async def marks_read(self, in_: str) -> None:
        channel = self._channel(in_)
        said = self._workspace.timeline(channel)
        if said:
            await self._gestures.read(self.id, channel.id, said[-1]["ts"])

    async def joins(self, in_: str) -> Seen:
        """Enter a public channel."""
        return await self._do(self._gestures.join(self.id, self._channel(in_, must_see=False).id))

    async def archives(self, in_: str, *, undo: bool = False) -> None:
        """Archive a channel, or bring it back; the app hears of it."""
        await set_archived(self._sandbox.world, self._channel(in_), self.user, archived=not undo)

    async def renames(self, in_: str, to: str) -> None:
        await rename(self._sandbox.world, self._channel(in_), to)

    async def leaves(self, in_: str) -> None:
        await remove_member(self._sandbox.world, self._channel(in_), self.user)

    async def changes(self, **details: Any) -> None:
        """Their profile: tz="Asia/Tokyo", real_name, deleted=True …; the app hears user_change."""
        for name, value in details.items():
            if not hasattr(self.user, name):
                raise AttributeError(f"a person has no {name}")
            setattr(self.user, name, value)
        self._workspace.save_user(self.user)
        for first in self._sandbox.world.events.user_changed(self.user):
            await first

    # --- how it is done

    async def _do(self, gesture: Any) -> Seen:
        before = self.ephemerals
        try:
            outcome: Outcome = await gesture
        except Refused as refused:
            outcome = Outcome(False, refused.words, refused.errors)
        whispered = [m for m in self.ephemerals if not any(m is old for old in before)]
        answer = whispered[-1] if whispered else None
        modal = self.modal
        text = self.reads(answer) if answer else (self.reads(modal) if modal else outcome.error or "")
        return Seen(outcome.ok, outcome.error, outcome.errors, answer, modal, text, outcome.delivery)

    def _find(self, words: str, on: Json | str | None, in_: str | None) -> tuple[finding.Found, Channel | None]:
        """The newest place with such an element, and its channel (None for views)."""
        tried: list[str] = []
        for place, channel in self._places(on, in_):
            found = finding.find(place, words)
            if found is not None:
                return found, channel
            tried += finding.labels(place)
        seen = ", ".join(dict.fromkeys(tried)) or "nothing to press"
        raise AssertionError(f"{self.user.shown_name} sees no {words!r}; there is: {seen}")

    def _places(self, on: Json | str | None, in_: str | None) -> list[tuple[Json, Channel | None]]:
        """Where this person may press something, what is in front first."""
        ts = on["ts"] if isinstance(on, dict) and "ts" in on else on
        if isinstance(ts, dict):
            return [(ts, None)]
        if isinstance(ts, str) and ts[:1].isdigit():
            channel = self._channel(in_) if in_ else self._where({"ts": ts})
            said = [*self._workspace.messages(channel), *self._workspace.whispers(channel, self.id)]
            return [(message, channel) for message in said if message["ts"] == ts]
        modal, home = self.modal, self.home
        if on == "modal" or (on is None and in_ is None and modal):
            return [(modal, None)] if modal else []
        if on == "home":
            return [(home, None)] if home else []
        channels = [self._channel(in_)] if in_ else self._my_channels()
        everywhere = [
            (message, channel)
            for channel in channels
            for message in [*self._workspace.messages(channel), *self._workspace.whispers(channel, self.id)]
        ]
        places: list[tuple[Json, Channel | None]] = []
        places += sorted(everywhere, key=lambda pair: str(pair[0]["ts"]), reverse=True)
        return places + ([(home, None)] if home and in_ is None else [])

    def _my_channels(self) -> list[Channel]:
        return [channel for channel in self._workspace.channels.values() if self.id in channel.members]

    def _where(self, message: Json) -> Channel:
        for channel in self._workspace.channels.values():
            held = self._workspace.message(channel, message["ts"])
            whispers = {whisper["ts"] for whisper in self._workspace.whispers(channel, self.id)}
            if held is not None or message["ts"] in whispers:
                return channel
        raise AssertionError("this message is not there any more")

    def _channel(self, name: str, *, must_see: bool = True) -> Channel:
        if name == "dm":
            return self._sandbox.dm(self.user.name).channel
        channel = self._workspace.channels.get(name) or self._workspace.channel_called(name)
        if must_see and not self._workspace.sees(self.id, channel):
            raise AssertionError(f"{self.user.shown_name} cannot see {name}")
        return channel

    def _callback(self, name: str, kind: str) -> str:
        for entry in self._sandbox.world.manifest.shortcuts:
            if entry["type"] == kind and name in (entry["name"], entry["callback_id"]):
                return str(entry["callback_id"])
        raise AssertionError(f"there is no {kind} shortcut called {name!r}")

    def _open_modal(self) -> Json:
        if self.modal is None:
            raise AssertionError(f"{self.user.shown_name} has no modal open")
        return self.modal


class Room:
    """A conversation, as a story looks at it."""

    def __init__(self, sandbox: "Sandbox", channel: Channel) -> None:
        self._sandbox = sandbox
        self._workspace = sandbox.workspace
        self.channel = channel

    @property
    def id(self) -> str:
        return self.channel.id

    @property
    def messages(self) -> list[Json]:
        """Everything said here, replies too, oldest first."""
        return self._workspace.messages(self.channel)

    @property
    def last(self) -> Json:
        """The newest message. AssertionError in an empty room."""
        if not self.messages:
            raise AssertionError(f"nothing was said in {self.channel.name or 'this conversation'}")
        return self.messages[-1]

    def thread(self, ts: str) -> list[Json]:
        """The head and its replies, oldest first."""
        return self._workspace.thread(self.channel, ts)

    def card(self, text: str) -> Json:
        """The newest message that reads so somewhere. AssertionError with the transcript if there is none."""
        reader = Reader(self._workspace, self._viewer(None))
        for message in reversed(self.messages):
            if text in reader.body(message):
                return message
        raise AssertionError(f"no message here says {text!r}:\n{self.reads()}")

    def reads(self, as_: str | None = None) -> str:
        """The transcript, as this person reads it (else the first member who is a person)."""
        return Reader(self._workspace, self._viewer(as_)).channel(self.channel)

    async def sees(self, text: str, *, as_: str | None = None, within: float = 5.0) -> str:
        """Wait until the transcript contains this text; the transcript then."""
        await self._sandbox.watch.until(
            lambda: text in self.reads(as_), within=within, what=f"{text!r} in\n{self.reads(as_)}"
        )
        return self.reads(as_)

    def _viewer(self, as_: str | None) -> str:
        if as_ is not None:
            return self._workspace.user_called(as_).id
        users = self._workspace.users
        return next((member for member in self.channel.members if not users[member].is_bot), self.channel.members[0])
