"""Hold the state of the local workspace: who is there, what was said, which views are open."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bot.clock import Clock
from bot.sandbox.ids import Ids
from bot.sandbox.people import SLACKBOT, Channel, Group, Json, User
from bot.sandbox.store import Store


@dataclass(frozen=True)
class Change:
    """Something a client has to hear of. `user`: only this person; `channel`: only who can see it."""

    type: str
    data: Json = field(default_factory=dict)
    channel: str | None = None
    user: str | None = None


@dataclass
class Team:
    id: str
    name: str
    domain: str
    enterprise_id: str | None = None  # the organisation (Grid) that it belongs to


class Workspace:
    """The state, written through to a file where there is one. Messages are Slack's own JSON."""

    def __init__(self, *, clock: Clock, seed: int, data: Path | None = None) -> None:
        self.clock = clock
        self._store = Store(data)
        meta = self._store.load("meta")
        run = int(meta.get("run", {"n": -1})["n"]) + 1
        self._store.put("meta", "run", {"n": run})
        self.ids = Ids(seed, run=run)
        self.team = Team(self.ids.named("T", "lighthouse"), "Lighthouse", "lighthouse")
        self.app_id = self.ids.named("A", "app")
        self.bot_id = self.ids.named("B", "app")
        self.bot_user_id = self.ids.named("U", "app")
        self.listeners: list[Callable[[Change], None]] = []
        self.users = {key: User(**body) for key, body in self._store.load("user").items()}
        self.channels = {key: Channel(**body) for key, body in self._store.load("channel").items()}
        self.groups = {key: Group(**body) for key, body in self._store.load("group").items()}
        self.files = self._store.load("file")
        self.homes = self._store.load("home")
        #: user id -> open modals, the last one on top (a client's reload closes them, so they are not kept)
        self.stacks: dict[str, list[Json]] = {}
        #: user id -> the tab of the page that shows them; None is every one
        self.stack_tabs: dict[str, str | None] = {}
        self._messages: dict[str, dict[str, Json]] = {}
        for key, body in self._store.load("message").items():
            channel, _, ts = key.partition("/")
            self._messages.setdefault(channel, {})[ts] = body
            self.ids.seen_ts(ts)
        self._ephemerals: dict[tuple[str, str], dict[str, Json]] = {}

    def close(self) -> None:
        self._store.close()

    def tell(self, change: Change) -> None:
        for listener in list(self.listeners):
            listener(change)

    # --- people

    def save_user(self, user: User) -> None:
        self.users[user.id] = user
        self._store.put("user", user.id, asdict(user))
        self.tell(Change("people"))

    def save_group(self, group: Group) -> None:
        self.groups[group.id] = group
        self._store.put("group", group.id, asdict(group))
        self.tell(Change("people"))

    def user_called(self, name: str) -> User:
        """The person with this handle ("ana"), display name or real name. KeyError if nobody is."""
        wanted = name.lstrip("@").casefold()
        for user in self.users.values():
            if wanted in {user.name.casefold(), user.shown_name.casefold(), user.real_name.casefold()}:
                return user
        raise KeyError(f"nobody is called {name!r}; there are {', '.join(u.name for u in self.users.values())}")

    def name_of(self, user_id: str) -> str:
        user = self.users.get(user_id)
        return user.shown_name if user else user_id

    # --- conversations

    def save_channel(self, channel: Channel) -> None:
        self.channels[channel.id] = channel
        self._store.put("channel", channel.id, asdict(channel))
        self.tell(Change("channel", {"channel": channel.id}, channel=channel.id))

    def channel_called(self, name: str) -> Channel:
        wanted = name.lstrip("#").casefold()
        for channel in self.channels.values():
            if channel.kind != "im" and channel.name == wanted:
                return channel
        raise KeyError(f"there is no channel {name!r}")

    def direct(self, one: str, other: str, *, create: bool = True) -> Channel | None:
        """The direct message channel of two people, opened if it was not yet and `create` is true."""
        for channel in self.channels.values():
            if channel.kind == "im" and set(channel.members) == {one, other}:
                return channel
        if not create:
            return None
        key = "/".join(sorted((one, other)))
        members = [one] if one == other else [one, other]
        channel = Channel(self.ids.named("D", key), "", "im", members, self.unix(), one)
        self.save_channel(channel)
        return channel

    def sees(self, user: str, channel: Channel) -> bool:
        """May this person read here? Public channels are open to full members of the workspace."""
        if user in channel.members:
            return True
        person = self.users[user]
        return channel.kind == "public" and not person.is_restricted and not person.is_stranger

    def foreign_teams(self, channel: Channel) -> list[str]:
        """The other workspaces that share this channel."""
        known = [self.users[member] for member in channel.members if member in self.users]
        ours = (self.team.id, self.team.enterprise_id)
        return sorted({user.team_id for user in known if user.team_id not in ours and not user.enterprise_id})

    def unix(self) -> int:
        """Whole seconds of story time since 1970."""
        return int(self.clock.now().timestamp())

    # --- messages

    def post(self, channel: Channel, message: Json) -> Json:
        """Say it now: completes `message` with type, ts and team, keeps it, and counts it in its thread."""
        ts = self.ids.ts(self.clock.now())
        posted: Json = {"type": "message", "ts": ts, "team": self.team.id, **message}
        self._messages.setdefault(channel.id, {})[ts] = posted
        self._save(channel, posted)
        author = posted.get("user")
        if author and "thread_ts" not in posted:
            channel.last_read[author] = ts
            self._store.put("channel", channel.id, asdict(channel))
        if "thread_ts" in posted:
            self._count_replies(channel, posted["thread_ts"])
        return posted

    def edit(self, channel: Channel, message: Json) -> None:
        """Put this message in the place of the one with the same ts."""
        self._messages[channel.id][message["ts"]] = message
        self._save(channel, message)

    def delete(self, channel: Channel, ts: str) -> Json:
        """Remove a message; the head of a thread leaves a tombstone."""
        messages = self._messages[channel.id]
        gone = messages[ts]
        if gone.get("reply_count"):
            kept = {key: gone[key] for key in _THREAD_KEYS if key in gone}
            messages[ts] = {
                "type": "message",
                "subtype": "tombstone",
                "text": "This message was deleted.",
                "user": SLACKBOT,
                "hidden": True,
                "ts": ts,
                **kept,
            }
            self._save(channel, messages[ts])
            return gone
        del messages[ts]
        self._store.drop("message", f"{channel.id}/{ts}")
        self.tell(Change("message_deleted", {"channel": channel.id, "ts": ts}, channel=channel.id))
        if gone.get("thread_ts", ts) != ts:
            self._count_replies(channel, gone["thread_ts"])
        return gone

    def message(self, channel: Channel, ts: str) -> Json | None:
        return self._messages.get(channel.id, {}).get(ts)

    def messages(self, channel: Channel, *, after: str | None = None) -> list[Json]:
        """Everything said here, replies too, oldest first; only what came after a ts, if given."""
        everything = self._messages.get(channel.id, {})
        if after is None:
            return list(everything.values())
        stamps = list(everything)
        return [everything[ts] for ts in stamps[bisect_right(stamps, after) :]]

    def timeline(self, channel: Channel) -> list[Json]:
        """What the channel itself shows: no plain replies, but the ones also sent to the channel."""
        return [m for m in self.messages(channel) if in_timeline(m)]

    def thread(self, channel: Channel, ts: str) -> list[Json]:
        """The head and its replies, oldest first."""
        return [m for m in self.messages(channel) if m.get("thread_ts", m["ts"]) == ts]

    def _count_replies(self, channel: Channel, head_ts: str) -> None:
        head = self.message(channel, head_ts)
        if head is None:
            return
        replies = [m for m in self.thread(channel, head_ts) if m["ts"] != head_ts]
        for key in _THREAD_KEYS:
            head.pop(key, None)
        if replies:
            authors = list(dict.fromkeys(str(m["user"]) for m in replies))
            head |= {
                "thread_ts": head_ts,
                "reply_count": len(replies),
                "reply_users": authors,
                "reply_users_count": len(authors),
                "latest_reply": replies[-1]["ts"],
            }
        self._save(channel, head)

    def _save(self, channel: Channel, message: Json) -> None:
        self._store.put("message", f"{channel.id}/{message['ts']}", message)
        self.tell(Change("message", {"channel": channel.id, "message": message}, channel=channel.id))

    # --- what only one person sees (never kept: Slack forgets it on reload)

    def whisper(self, channel: Channel, user: str, message: Json) -> Json:
        """Show a message to one person only."""
        ts = self.ids.ts(self.clock.now())
        said: Json = {"type": "message", "ts": ts, "team": self.team.id, **message, "ephemeral": True}
        self._ephemerals.setdefault((user, channel.id), {})[ts] = said
        self._tell_whisper(channel, user, said)
        return said

    def edit_whisper(self, channel: Channel, user: str, message: Json) -> None:
        self._ephemerals.setdefault((user, channel.id), {})[message["ts"]] = message
        self._tell_whisper(channel, user, message)

    def drop_whisper(self, channel: Channel, user: str, ts: str) -> None:
        if self._ephemerals.get((user, channel.id), {}).pop(ts, None) is not None:
            self.tell(Change("ephemeral_deleted", {"channel": channel.id, "ts": ts}, user=user))

    def whispers(self, channel: Channel, user: str) -> list[Json]:
        """What only this person sees here, oldest first."""
        return list(self._ephemerals.get((user, channel.id), {}).values())

    def _tell_whisper(self, channel: Channel, user: str, message: Json) -> None:
        self.tell(Change("ephemeral", {"channel": channel.id, "message": message}, user=user))

    # --- views

    def save_home(self, user: str, view: Json) -> None:
        self.homes[user] = view
        self._store.put("home", user, view)
        self.tell(Change("home", {"view": view}, user=user))

    def save_stack(self, user: str, stack: list[Json]) -> None:
        self.stacks[user] = stack
        self.tell(Change("modals", {"modals": stack, "tab": self.stack_tabs.get(user)}, user=user))

    def view(self, view_id: str) -> tuple[str, Json] | None:
        """(whose, view) of an open modal or a Home tab."""
        for user, stack in self.stacks.items():
            for view in stack:
                if view["id"] == view_id:
                    return user, view
        for user, view in self.homes.items():
            if view["id"] == view_id:
                return user, view
        return None

    # --- files

    def save_file(self, file: Json) -> None:
        """`file` holds its bytes as base64 under "content"."""
        self.files[file["id"]] = file
        self._store.put("file", file["id"], file)


_THREAD_KEYS = ("thread_ts", "reply_count", "reply_users", "reply_users_count", "latest_reply")


def in_timeline(message: Json) -> bool:
    """Is it shown in the channel itself?"""
    thread: Any = message.get("thread_ts")
    return thread is None or thread == message["ts"] or message.get("subtype") == "thread_broadcast"
