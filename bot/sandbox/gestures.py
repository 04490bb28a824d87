"""Do what a person can do in Slack's client, and show them what Slack would show."""

from dataclasses import dataclass, field

from bot.sandbox import payloads
from bot.sandbox.builtin_commands import BUILTIN, add_member
from bot.sandbox.composer import command_text, message_text
from bot.sandbox.deliver import Delivery
from bot.sandbox.errors import ApiError, Refused
from bot.sandbox.forms import State
from bot.sandbox.people import SLACKBOT, Channel, Json, User
from bot.sandbox.replies import show_answer
from bot.sandbox.world import World


@dataclass
class Outcome:
    """What a gesture came to. `error` is what the person is shown; `errors` are block_id -> words."""

    ok: bool = True
    error: str | None = None
    errors: dict[str, str] = field(default_factory=dict)
    message: Json | None = None
    channel: str | None = None
    delivery: Delivery | None = None


class Gestures:
    """All gestures take the id of who does it. Refused: the client would not even let them try."""

    def __init__(self, world: World) -> None:
        self.world = world
        #: (person, channel, ts) -> what they chose in a message's fields
        self.chosen: dict[tuple[str, str, str], State] = {}

    async def type(self, user_id: str, channel_id: str, text: str, thread_ts: str | None = None) -> Outcome:
        """Write a message, or run a slash command when the text starts with "/"."""
        user = self.person(user_id)
        channel = self.channel_of(user, channel_id)
        if text.startswith("/"):
            command, _, rest = text.partition(" ")
            return await self._command(user, channel, command, rest.strip(), thread_ts)
        if user.id not in channel.members:
            raise Refused(f"Join #{channel.name} to write here.")
        if channel.is_archived:
            raise Refused("This channel is archived.")
        if not text.strip():
            raise Refused("Write something first.")
        workspace = self.world.workspace
        message: Json = {
            "user": user.id,
            "text": message_text(workspace, text),
            "client_msg_id": workspace.ids.next("", 16),
        }
        if user.is_stranger:
            message |= {"team": user.team_id, "user_team": user.team_id, "source_team": user.team_id}
        if thread_ts:
            head = workspace.message(channel, thread_ts)
            if head is None:
                raise Refused("This thread does not exist any more.")
            message |= {"thread_ts": head.get("thread_ts", thread_ts), "parent_user_id": head.get("user", "")}
        posted = workspace.post(channel, message)
        # As with everything else, wait for the app's acknowledgement; the message is there at once.
        for first in self.world.events.message(channel, posted):
            await first
        return Outcome(message=posted, channel=channel.id)

    async def edit(self, user_id: str, channel_id: str, ts: str, text: str) -> Outcome:
        """Change what one has written."""
        user = self.person(user_id)
        channel, workspace = self.channel_of(user, channel_id), self.world.workspace
        before = workspace.message(channel, ts)
        if before is None or before.get("user") != user.id:
            raise Refused("This message can't be edited.")
        edited = {"user": user.id, "ts": workspace.ids.ts(workspace.clock.now())}
        message: Json = {**before, "text": message_text(workspace, text), "edited": edited}
        workspace.edit(channel, message)
        for first in self.world.events.edited(channel, message, before):
            await first
        return Outcome(message=message, channel=channel.id)

    async def _command(self, user: User, channel: Channel, command: str, rest: str, thread: str | None) -> Outcome:
        if thread:
            raise Refused(f"{command} is not supported in threads. Sorry!")
        builtin = BUILTIN.get(command)
        if builtin is not None:
            try:
                await builtin(self.world, user, channel, rest)
            except Refused as refused:
                return self._failed(user, channel, refused.words)
            return Outcome(channel=channel.id)
        entry = self.world.manifest.commands.get(command)
        # Commands of this workspace's apps do not exist for people of another one.
        if entry is None or user.is_stranger:
            return self._failed(user, channel, f"{command} is not a valid command.")
        text = command_text(self.world.workspace, rest, should_escape=bool(entry.get("should_escape")))
        payload = payloads.slash_command(self.world, user, channel, command, text)
        delivery = Delivery("slash_commands", payload, accepts_response=True)
        ack = await self.world.deliverer.send(delivery)
        problem = ack.problem
        answer = None
        if ack.ok:
            try:
                answer = show_answer(self.world, channel, user.id, ack.body)
            except ApiError as error:
                self.world.traffic.note(
                    "from app", "ack", summary=error.word, ok=False, request=ack.body, response=error.more
                )
                problem = "invalid_command_response"
        if problem:
            failed = self._failed(user, channel, f'{command} failed with the error "{problem}"')
            failed.delivery = delivery
            return failed
        return Outcome(message=answer, channel=channel.id, delivery=delivery)

    def _failed(self, user: User, channel: Channel, words: str) -> Outcome:
        """Slackbot's local error line under the composer."""
        said = self.world.workspace.whisper(channel, user.id, {"user": SLACKBOT, "text": words, "failed": words})
        return Outcome(False, words, message=said, channel=channel.id)

    # --- shortcuts, Home, reading

    async def shortcut(self, user_id: str, callback_id: str) -> Outcome:
        """A global shortcut."""
        user = self.person(user_id)
        self._declared(callback_id, "global")
        return await self.interact(payloads.shortcut(self.world, user, callback_id))

    async def message_shortcut(self, user_id: str, callback_id: str, channel_id: str, ts: str) -> Outcome:
        user = self.person(user_id)
        self._declared(callback_id, "message")
        channel = self.channel_of(user, channel_id)
        message = self.world.workspace.message(channel, ts)
        if message is None:
            raise Refused("This message does not exist any more.")
        return await self.interact(payloads.message_action(self.world, user, channel, message, callback_id))

    async def open_home(self, user_id: str) -> Outcome:
        user = self.person(user_id)
        workspace = self.world.workspace
        if not self.world.manifest.has_home:
            raise Refused(f"{self.world.manifest.bot_name} has no Home tab.")
        direct = workspace.direct(user.id, workspace.bot_user_id)
        event: Json = {
            "type": "app_home_opened",
            "user": user.id,
            "channel": direct.id if direct else "",
            "tab": "home",
        }
        if view := workspace.homes.get(user.id):
            event["view"] = view
        for first in self.world.events.emit(event):
            await first
        return Outcome()

    async def open_dm(self, user_id: str, other_id: str) -> Outcome:
        """A direct message channel; with the app also its Messages tab, which the app hears of."""
        user, other = self.person(user_id), self.world.workspace.users.get(other_id)
        if other is None:
            raise Refused("There is no such person.")
        channel = self.world.workspace.direct(user.id, other.id)
        if channel is not None and other.id == self.world.workspace.bot_user_id:
            event = {"type": "app_home_opened", "user": user.id, "channel": channel.id, "tab": "messages"}
            for first in self.world.events.emit(event):
                await first
        return Outcome(channel=channel.id if channel else None)

    async def join(self, user_id: str, channel_id: str) -> Outcome:
        """Enter a public channel."""
        user = self.person(user_id)
        channel = self.channel_of(user, channel_id)
        if channel.is_archived:
            raise Refused("This channel is archived.")
        if user.id not in channel.members:
            await add_member(self.world, channel, user)
        return Outcome(channel=channel.id)

    async def read(self, user_id: str, channel_id: str, ts: str, thread_ts: str | None = None) -> Outcome:
        """Everything up to this ts is read."""
        user = self.person(user_id)
        channel = self.channel_of(user, channel_id)
        marks, key = (channel.threads_read, f"{user.id}/{thread_ts}") if thread_ts else (channel.last_read, user.id)
        if marks.get(key, "0") < ts:
            marks[key] = ts
            self.world.workspace.save_channel(channel)
        return Outcome(channel=channel.id)

    async def react(self, user_id: str, channel_id: str, ts: str, name: str) -> Outcome:
        """Add a reaction, or take one's own back."""
        user = self.person(user_id)
        channel = self.channel_of(user, channel_id)
        message = self.world.workspace.message(channel, ts)
        if message is None:
            raise Refused("This message does not exist any more.")
        reactions: list[Json] = message.setdefault("reactions", [])
        one = next((reaction for reaction in reactions if reaction["name"] == name), None)
        if one is None:
            one = {"name": name, "users": [], "count": 0}
            reactions.append(one)
        added = user.id not in one["users"]
        one["users"] = [*one["users"], user.id] if added else [u for u in one["users"] if u != user.id]
        one["count"] = len(one["users"])
        message["reactions"] = [reaction for reaction in reactions if reaction["users"]]
        self.world.workspace.edit(channel, message)
        self.world.events.emit(
            {
                "type": "reaction_added" if added else "reaction_removed",
                "user": user.id,
                "reaction": name,
                "item_user": message.get("user"),
                "item": {"type": "message", "channel": channel.id, "ts": ts},
            },
            channel,
        )
        return Outcome(channel=channel.id)

    # --- shared

    def person(self, user_id: str) -> User:
        user = self.world.workspace.users.get(user_id)
        if user is None or user.is_bot or user.id == SLACKBOT:
            raise Refused("There is no such person.")
        if user.deleted:
            raise Refused(f"{user.shown_name}'s account is deactivated.")
        return user

    def channel_of(self, user: User, channel_id: str) -> Channel:
        channel = self.world.workspace.channels.get(channel_id)
        if channel is None or not self.world.workspace.sees(user.id, channel):
            raise Refused("There is no such conversation.")
        return channel

    async def interact(self, payload: Json, *, trouble: str = "") -> Outcome:
        """Deliver an interaction whose acknowledgement has no body."""
        delivery = Delivery("interactive", payload)
        ack = await self.world.deliverer.send(delivery)
        if ack.ok:
            return Outcome(delivery=delivery)
        words = trouble or f"{self.world.manifest.bot_name} didn't respond. Try again? ({ack.problem})"
        return Outcome(False, words, delivery=delivery)

    def _declared(self, callback_id: str, kind: str) -> None:
        known = {entry["callback_id"] for entry in self.world.manifest.shortcuts if entry["type"] == kind}
        if callback_id not in known:
            raise Refused(f"There is no {kind} shortcut {callback_id!r}.")
