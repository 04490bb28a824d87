"""Show the workspace as one person's page needs it."""

from dataclasses import asdict, dataclass
from zoneinfo import ZoneInfo

from bot.sandbox.faults import EFFECTS
from bot.sandbox.people import SLACKBOT, Channel, Json, User
from bot.sandbox.reading import unread
from bot.sandbox.world import World


@dataclass(frozen=True)
class Tip:
    """A line of the page's first screen.

    It was followed once somebody, `but_not` the one of this name, pressed a button with one of these labels or typed
    one of these commands. When all lines were, the hint goes by itself; otherwise it stays until it is closed.
    """

    text: str
    followed_by: tuple[str, ...] = ()
    but_not: str = ""

    def is_followed_by(self, did: str, name: str) -> bool:
        """Whether somebody of that name follows it with the button of this label, or with this line."""
        fits = (did == does or (does.startswith("/") and did.startswith(f"{does} ")) for does in self.followed_by)
        return name != self.but_not and any(fits)


class PageState:
    def __init__(self, world: World, *, commands: list[Json], hint: list[Tip]) -> None:
        self._world = world
        self._commands = commands
        self._hint = hint
        self._followed: set[int] = set()

    def followed(self, me: str, did: str) -> list[int]:
        """The places of the hint's lines that this person follows with it; they stay followed."""
        name = self._world.workspace.users[me].shown_name
        now = [place for place, tip in enumerate(self._hint) if tip.is_followed_by(did, name)]
        self._followed.update(now)
        return now

    def viewer(self, wanted: str) -> str:
        """The id of who looks: the wanted person, or else the first one of the workspace."""
        users = self._world.workspace.users
        if wanted in users and not users[wanted].is_bot:
            return wanted
        return self._world.workspace.user_called("ana").id

    def whole(self, me: str) -> Json:
        """GET /sandbox/state."""
        world, workspace = self._world, self._world.workspace
        shown = [self.channel(me, channel) for channel in workspace.channels.values() if workspace.sees(me, channel)]
        people = [self.person(user) for user in workspace.users.values() if user.id != SLACKBOT]
        return {
            "team": {"id": workspace.team.id, "name": workspace.team.name, "domain": workspace.team.domain},
            "app": {
                "name": world.manifest.bot_name,
                "bot_user_id": workspace.bot_user_id,
                "app_id": workspace.app_id,
            },
            "me": self.person(workspace.users[me]),
            # By name, so that a restart shuffles nobody.
            "people": sorted(people, key=lambda person: str(person["display_name"]).casefold()),
            "channels": sorted((channel for channel in shown if not channel["is_im"]), key=lambda c: str(c["name"])),
            "dms": [channel for channel in shown if channel["is_im"]],
            "groups": [
                {"id": group.id, "handle": group.handle, "name": group.name, "users": group.users}
                for group in workspace.groups.values()
                if not group.deleted
            ],
            "commands": self._commands,
            "shortcuts": [
                {"callback_id": entry["callback_id"], "name": entry["name"], "type": entry["type"]}
                for entry in world.manifest.shortcuts
            ],
            "clock": {"now": world.clock.now().timestamp(), "label": self._clock_label(me)},
            "hint": [asdict(tip) for tip in self._hint],
            "followed": sorted(self._followed),
            "home": workspace.homes.get(me),
            "modals": workspace.stacks.get(me) or [],
            "modals_tab": workspace.stack_tabs.get(me),
            "faults": world.faults.listed(),
            "fault_effects": list(EFFECTS),
        }

    def messages(self, me: str, channel: Channel, thread_ts: str | None) -> list[Json]:
        """GET /sandbox/messages: the timeline or one thread, whispers to this person among it."""
        workspace = self._world.workspace
        if thread_ts:
            said = workspace.thread(channel, thread_ts)
            whispers = [w for w in workspace.whispers(channel, me) if w.get("thread_ts") == thread_ts]
        else:
            said = workspace.timeline(channel)
            whispers = [w for w in workspace.whispers(channel, me) if "thread_ts" not in w]
        return sorted([*said, *whispers], key=lambda message: str(message["ts"]))

    def person(self, user: User) -> Json:
        return {
            "id": user.id,
            "name": user.name,
            "real_name": user.real_name,
            "display_name": user.shown_name,
            "title": user.title,
            "tz": user.tz or "UTC",
            "tz_label": user.tz_label or "UTC",
            "tz_offset": user.tz_offset(self._world.clock.now()) or 0,
            "is_bot": user.is_bot,
            "is_admin": user.is_admin,
            "is_restricted": user.is_restricted,
            "is_foreign": user.is_stranger,
            "deleted": user.deleted,
            "avatar": {"color": f"#{user.color}", "initials": user.initials},
        }

    def channel(self, me: str, channel: Channel) -> Json:
        counted = unread(self._world.workspace, channel, me)
        said = self._world.workspace.timeline(channel)
        return {
            "id": channel.id,
            "name": channel.name,
            "is_private": channel.kind == "private",
            "is_im": channel.kind == "im",
            "is_member": me in channel.members,
            "topic": channel.topic,
            "members": list(channel.members),
            "user": channel.other(me) if channel.kind == "im" else None,
            "unread": counted.unread,
            "mentions": counted.mentions,
            "last_read": channel.last_read.get(me, "0"),
            "latest": said[-1]["ts"] if said else "0",
            "is_archived": channel.is_archived,
        }

    def _clock_label(self, me: str) -> str:
        zone = self._world.workspace.users[me].tz or "UTC"
        here = self._world.clock.now().astimezone(ZoneInfo(zone))
        return f"{here:%a} {here.day} {here:%b %Y %H:%M} ({zone.rpartition('/')[2].replace('_', ' ')})"
