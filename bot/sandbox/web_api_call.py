"""One call of a Web API method: its arguments, read strictly, and what it may touch."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from bot.sandbox import limits
from bot.sandbox.errors import ApiError
from bot.sandbox.people import Channel, User
from bot.sandbox.workspace import Workspace
from bot.sandbox.world import World

Json = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Call:
    world: World
    method: str
    args: Json

    @property
    def workspace(self) -> Workspace:
        return self.world.workspace

    def needs(self, scope: str) -> None:
        """ApiError missing_scope, with what is needed and what there is."""
        if scope not in self.world.manifest.scopes:
            provided = ",".join(sorted(self.world.manifest.scopes))
            raise ApiError("missing_scope", needed=scope, provided=provided)

    # --- arguments

    def text(self, name: str, *, missing: str | None = None) -> str:
        """A text argument; ApiError `missing` (or invalid_arguments) when it is not there."""
        value = self.args.get(name)
        if value is None or value == "":
            raise ApiError(
                missing or "invalid_arguments",
                response_metadata={"messages": [f"[ERROR] missing required field: {name}"]},
            )
        return str(value)

    def maybe(self, name: str) -> str | None:
        value = self.args.get(name)
        return None if value in (None, "") else str(value)

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.args.get(name)
        return default if value is None else str(value).lower() in ("true", "1")

    def names(self, name: str, default: str) -> list[str]:
        """A comma-separated list."""
        value = self.args.get(name) or default
        parts = value if isinstance(value, list) else str(value).split(",")
        return [str(part).strip() for part in parts if str(part).strip()]

    def page(self, items: list[T]) -> tuple[list[T], Json]:
        """The part of a list that `cursor` and `limit` ask for, and its response_metadata."""
        try:
            size = int(self.args.get("limit") or limits.PAGE_DEFAULT)
        except ValueError:
            raise ApiError("invalid_limit") from None
        if not 1 <= size <= limits.PAGE_MOST + 1:
            raise ApiError("invalid_limit")
        start = 0
        cursor = self.maybe("cursor")
        if cursor:
            try:
                start = int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:"))
            except (ValueError, binascii.Error):
                raise ApiError("invalid_cursor") from None
        end = start + size
        following = base64.b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
        return items[start:end], {"next_cursor": following}

    # --- who and where

    def user(self, name: str = "user") -> User:
        user = self.workspace.users.get(self.text(name, missing="user_not_found"))
        if user is None:
            raise ApiError("user_not_found")
        return user

    def channel(self, name: str = "channel") -> Channel:
        """A conversation the bot can know of: channel_not_found also hides private ones it is not in."""
        found = self.workspace.channels.get(self.text(name, missing="channel_not_found"))
        if found is None or (found.kind != "public" and not self.is_member(found)):
            raise ApiError("channel_not_found")
        return found

    def is_member(self, channel: Channel) -> bool:
        return self.workspace.bot_user_id in channel.members

    def member_channel(self, name: str = "channel") -> Channel:
        """A conversation the bot is in."""
        channel = self.channel(name)
        if not self.is_member(channel):
            raise ApiError("not_in_channel")
        return channel


@dataclass(frozen=True)
class Method:
    run: Callable[[Call], Json]
    scope: str | None = None
    caller: Literal["bot", "app"] = "bot"  # whose token
