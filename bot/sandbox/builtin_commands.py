"""Run the few commands that Slack itself has and that matter to an app: /invite, /remove, /archive."""

from collections.abc import Awaitable, Callable

from bot.sandbox.errors import Refused
from bot.sandbox.people import Channel, User
from bot.sandbox.world import World


async def invite(world: World, user: User, channel: Channel, rest: str) -> None:
    """`/invite @name`: that person, or the app, joins."""
    guest = _named(world, rest)
    if user.id not in channel.members or channel.kind == "im":
        raise Refused("You can only invite people to a channel you are in.")
    if guest.id in channel.members:
        raise Refused(f"{guest.shown_name} is already in this channel.")
    await add_member(world, channel, guest, inviter=user.id)


async def remove(world: World, user: User, channel: Channel, rest: str) -> None:
    """`/remove @name`."""
    gone = _named(world, rest)
    if user.id not in channel.members or gone.id not in channel.members:
        raise Refused(f"{gone.shown_name} is not in this channel.")
    await remove_member(world, channel, gone)


async def archive(world: World, user: User, channel: Channel, rest: str) -> None:
    """`/archive`: nobody can write here any more."""
    if channel.is_general or channel.kind == "im":
        raise Refused("This conversation can't be archived.")
    await set_archived(world, channel, user, archived=True)


async def set_archived(world: World, channel: Channel, user: User, *, archived: bool) -> None:
    channel.is_archived = archived
    world.workspace.save_channel(channel)
    stem = "channel" if channel.kind == "public" else "group"
    event = {"type": f"{stem}_{'archive' if archived else 'unarchive'}", "channel": channel.id, "user": user.id}
    for first in world.events.emit(event):
        await first


async def rename(world: World, channel: Channel, name: str) -> None:
    channel.name = name.lstrip("#")
    world.workspace.save_channel(channel)
    stem = "channel" if channel.kind == "public" else "group"
    told = {"id": channel.id, "name": channel.name, "created": channel.created}
    for first in world.events.emit({"type": f"{stem}_rename", "channel": told}):
        await first


async def add_member(world: World, channel: Channel, user: User, *, inviter: str | None = None) -> None:
    """Let someone in; everyone sees it, and the app hears of it."""
    channel.members.append(user.id)
    channel.last_read[user.id] = world.workspace.ids.ts(world.clock.now())
    world.workspace.save_channel(channel)
    words = f"<@{user.id}> has joined the channel"
    world.workspace.post(channel, {"subtype": "channel_join", "user": user.id, "text": words})
    for first in world.events.membership(True, channel, user, inviter):
        await first


async def remove_member(world: World, channel: Channel, user: User) -> None:
    channel.members.remove(user.id)
    world.workspace.save_channel(channel)
    for first in world.events.membership(False, channel, user):
        await first


def _named(world: World, rest: str) -> User:
    try:
        return world.workspace.user_called(rest.strip())
    except KeyError:
        raise Refused(f"There is nobody called {rest.strip() or '…'}.") from None


BUILTIN: dict[str, Callable[[World, User, Channel, str], Awaitable[None]]] = {
    "/invite": invite,
    "/remove": remove,
    "/kick": remove,
    "/archive": archive,
}
