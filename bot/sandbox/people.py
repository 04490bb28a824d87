"""Say who and where: people, conversations and user groups of the local workspace."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

Json = dict[str, Any]
Kind = Literal["public", "private", "im"]
SLACKBOT = "USLACKBOT"


@dataclass
class User:
    id: str
    name: str  # the handle, "ana"
    real_name: str
    team_id: str
    tz: str | None = None  # IANA; None where Slack tells none (bots, strangers, people who left)
    tz_label: str | None = None
    title: str = ""
    is_bot: bool = False
    is_admin: bool = False
    is_restricted: bool = False  # a guest
    is_stranger: bool = False  # of another workspace, known through a shared channel
    deleted: bool = False
    bot_id: str | None = None
    app_id: str | None = None
    color: str = "4a6fa5"
    display_name: str = ""
    enterprise_id: str | None = None  # of the organisation (Grid); team_id is the workspace they first were in

    @property
    def shown_name(self) -> str:
        return self.display_name or self.real_name

    @property
    def initials(self) -> str:
        words = [word for word in self.real_name.replace("-", " ").split() if word[0].isalnum()]
        return "".join(word[0] for word in words[:2]).upper()

    def tz_offset(self, now: datetime) -> int | None:
        """Seconds east of UTC at this instant."""
        if self.tz is None:
            return None
        offset = now.astimezone(ZoneInfo(self.tz)).utcoffset()
        return int(offset.total_seconds()) if offset is not None else None

    def as_slack(self, now: datetime, *, email: bool = False) -> Json:
        """The user object of users.info."""
        profile: Json = {
            "title": self.title,
            "real_name": self.real_name,
            "real_name_normalized": self.real_name,
            "display_name": self.display_name,
            "display_name_normalized": self.display_name,
            "first_name": self.real_name.split()[0],
            "last_name": " ".join(self.real_name.split()[1:]),
            "team": self.team_id,
        }
        if email and not self.is_bot:
            profile["email"] = f"{self.name}@lighthouse.example"
        if self.bot_id:
            profile |= {"bot_id": self.bot_id, "api_app_id": self.app_id or ""}
        user: Json = {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "deleted": self.deleted,
            "profile": profile,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "updated": 0,
        }
        if self.deleted:
            return user
        user |= {
            "color": self.color,
            "real_name": self.real_name,
            "is_admin": self.is_admin,
            "is_owner": False,
            "is_primary_owner": False,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": False,
        }
        if self.is_stranger:
            user["is_stranger"] = True
        if self.enterprise_id:
            user["enterprise_user"] = {"id": self.id, "enterprise_id": self.enterprise_id, "teams": [self.team_id]}
        if self.tz is not None:
            user |= {"tz": self.tz, "tz_label": self.tz_label, "tz_offset": self.tz_offset(now)}
        return user


@dataclass
class Channel:
    id: str
    name: str
    kind: Kind
    members: list[str]
    created: int
    creator: str
    topic: str = ""
    purpose: str = ""
    is_archived: bool = False
    is_general: bool = False
    #: user id -> ts up to which that person has read
    last_read: dict[str, str] = field(default_factory=dict)
    #: "user id/thread ts" -> ts up to which that person has read the thread
    threads_read: dict[str, str] = field(default_factory=dict)

    def other(self, user: str) -> str:
        """Who is at the other end of this direct message."""
        return next((member for member in self.members if member != user), user)

    @property
    def scope_stem(self) -> str:
        """As in channels:read, groups:history, im:write."""
        return {"public": "channels", "private": "groups", "im": "im"}[self.kind]

    def as_slack(self, me: str, *, shared_with: list[str], team: str) -> Json:
        """The conversation object as seen by this member (the bot)."""
        if self.kind == "im":
            return {
                "id": self.id,
                "created": self.created,
                "is_archived": self.is_archived,
                "is_im": True,
                "is_org_shared": False,
                "context_team_id": team,
                "user": self.other(me),
                "is_user_deleted": False,
            }
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": self.kind == "public",
            "is_group": self.kind == "private",
            "is_im": False,
            "is_mpim": False,
            "is_private": self.kind == "private",
            "is_archived": self.is_archived,
            "is_general": self.is_general,
            "is_member": me in self.members,
            "is_shared": bool(shared_with),
            "is_ext_shared": bool(shared_with),
            "is_org_shared": False,
            "context_team_id": team,
            "shared_team_ids": [team, *shared_with],
            "created": self.created,
            "creator": self.creator,
            "topic": {"value": self.topic, "creator": self.creator, "last_set": self.created},
            "purpose": {"value": self.purpose, "creator": self.creator, "last_set": self.created},
            "num_members": len(self.members),
        }


@dataclass
class Group:
    """A user group, mentioned as @handle."""

    id: str
    handle: str
    name: str
    users: list[str]
    deleted: bool = False

    def as_slack(self, team: str, *, with_users: bool) -> Json:
        group: Json = {
            "id": self.id,
            "team_id": team,
            "is_usergroup": True,
            "name": self.name,
            "handle": self.handle,
            "description": "",
            "is_external": False,
            "date_delete": 1 if self.deleted else 0,
            "user_count": len(self.users),
            "prefs": {"channels": [], "groups": []},
        }
        if with_users:
            group["users"] = list(self.users)
        return group
