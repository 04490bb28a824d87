"""Tell whether an event has the parts that Slack documents, as far as something relies on them.

One that lacks them is acknowledged all the same: Slack would repeat it, and switches events off where many fail.
"""

import re
from collections.abc import Mapping
from typing import Any

import structlog

log = structlog.get_logger(__name__)

Payload = Mapping[str, Any]

#: No database keeps these as text: the zero, and half an emoji.
_UNKEPT = re.compile("[\u0000\ud800-\udfff]")
#: By path: what stands there, where it may be missing too with a question mark. A list is one of ids.
_SAID = {
    "event_id": str, "team_id?": str, "enterprise_id?": str, "event.user?": str, "event.text?": str,
    "event.channel": str, "event.ts": str, "event.thread_ts?": str, "event.team?": str, "event.user_team?": str,
}  # fmt: skip
_PERSON = {
    "event.user.id": str, "event.user.name?": str, "event.user.real_name?": str, "event.user.tz?": str,
    "event.user.team_id?": str, "event.user.profile.display_name?": str, "event.user.profile.real_name?": str,
    "event.user.profile.team?": str, "event.user.enterprise_user.enterprise_id?": str,
}  # fmt: skip
_GROUP = {
    "event.subteam.id": str, "event.subteam.handle?": str, "event.subteam.name?": str, "event.subteam.users?": list,
}  # fmt: skip
_MEMBER = {"event.channel": str, "event.user": str}
_PARTS: Mapping[str, Mapping[str, type]] = {
    "app_home_opened": {"event_id": str, "team_id?": str, "enterprise_id?": str, "event.user": str, "event.tab?": str},
    "app_mention": _SAID,
    "message": _SAID,
    "user_change": _PERSON,
    "team_join": _PERSON,
    "subteam_created": _GROUP,
    "subteam_updated": _GROUP,
    "subteam_members_changed": {"event.subteam_id": str},
    "member_joined_channel": _MEMBER,
    "member_left_channel": _MEMBER,
    "tokens_revoked": {"event.tokens.bot?": list},
    **{
        f"{kind}_{did}": {"event.channel.id": str} if did == "rename" else {"event.channel": str}
        for kind in ("channel", "group")
        for did in ("archive", "unarchive", "deleted", "rename")
    },
}  # fmt: skip


def is_odd(body: Payload) -> bool:
    """Whether it is an event of which nothing can be made; then it is logged. Looked at before Bolt, which trips."""
    event = body.get("event")
    if body.get("type") != "event_callback" or not isinstance(event, Mapping):
        return False
    parts = _PARTS.get(str(event.get("type")), {})
    odd = next((path for path, kind in parts.items() if not _is_good(body, path, kind)), None)
    if odd is not None:
        log.warning("not_understood", kind="event_callback", why=f"{odd.removesuffix('?')} in {event.get('type')}")
    return odd is not None


def _is_good(body: Payload, path: str, kind: type) -> bool:
    found: Any = body
    for name in path.removesuffix("?").split("."):
        if found is None:
            break
        if not isinstance(found, Mapping):
            return False
        found = found.get(name)
    if found is None or found == "":
        return path.endswith("?")
    if isinstance(found, list) and kind is list:
        return all(_is_text(one) for one in found)
    return kind is str and (_is_text(found) or (path == "event.text?" and isinstance(found, str)))


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not _UNKEPT.search(value)
