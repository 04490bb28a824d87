"""Read Slack's payloads into Interactions: pure functions from a dict, tested on recorded samples.

Keys tell a repeat from a second gesture: commands, actions and shortcuts by `trigger_id` (two real clicks have two),
events by `event_id`, a submission by view, callback (each step of a flow has its own) and what was filled in: a dialog
stays open when Slack got no answer, and other words in it are another submission.
Shapes: docs.slack.dev, "Interaction payloads", "Slash commands", "Events API".
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from bot.kit.interaction import Interaction, Kind

Payload = Mapping[str, Any]

_PERSON = re.compile(r"<@([UW][A-Z0-9]+)(?:\|([^>]*))?>")
#: Who is spoken to.
_CALLED = re.compile(r"^\s*<@[UW][A-Z0-9]+(\|[^>]*)?>[,:]?\s*")
_CHANNEL = re.compile(r"<#([CG][A-Z0-9]+)(?:\|([^>]*))?>")
_GROUP = re.compile(r"<!subteam\^(S[A-Z0-9]+)(?:\|([^>]*))?>")
_SPECIAL = re.compile(r"<!(here|channel|everyone)(?:\|[^>]*)?>")
#: Characters nobody sees that change how others read: controls, overrides of the writing direction, half an emoji; and
#: those by which two names that look the same would be two: soft hyphens, spaces and joiners of no width.
_UNSEEN = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f\u00ad\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_LINK = re.compile(r"<((?:https?|mailto|tel):[^|>]+)(?:\|([^>]*))?>")
#: What Slack puts before names and addresses that look like links to it: checkout.io, ops@x.io.
_ADDED = ("http://", "https://", "mailto:", "tel:")

#: The id of no release.
NOWHERE = -1
#: The biggest number that a database keeps.
_BIGGEST = 2**63 - 1


def is_whole(body: Payload) -> bool:
    """Whether it has the parts on which everything relies that reads payloads."""
    actions, event, view = body.get("actions", [{}]), body.get("event", {}), body.get("view") or {}
    if not (isinstance(event, dict) and isinstance(actions, list) and actions and isinstance(actions[0], dict)):
        return False
    names = (body.get("type"), event.get("type"), body.get("callback_id"))
    return isinstance(view, dict) and all(isinstance(name, str | None) for name in (*names, view.get("callback_id")))


def require_text(did: Interaction) -> None:
    """Raise a TypeError where something is not text that Slack documents as such, or as a list of texts."""
    ids = (did.key, did.enterprise, did.user_team, did.channel, did.thread_ts, did.message_ts, did.trigger,
           did.response_url, did.view_id, did.view_hash)  # fmt: skip
    if not did.user or not all(
        isinstance(one, str) and one.isprintable()
        for one in (did.user, did.team, did.name, *(one for one in ids if one is not None))
    ):
        raise TypeError("an id that is none")
    for value in did.values.values():
        several = value if isinstance(value, tuple) else (value,)
        if value is not None and not all(isinstance(one, str) for one in several):
            raise TypeError("an answer that is none")


def readable(text: str) -> str:
    """What the person typed, from what Slack made of it: entities back to characters, and most tokens to names.

    People and user groups stay ids, `<@U1>` and `<!subteam^S1>`: what Slack adds to them, if anything, is a handle, by
    which nobody need be known, and which others may be called. kit/mentions.py tells who they are.
    """
    text = _PERSON.sub(lambda found: f"<@{found[1]}>", text)
    text = _CHANNEL.sub(lambda found: "#" + (found[2] or found[1]), text)
    text = _GROUP.sub(lambda found: f"<!subteam^{found[1]}>", text)
    text = _SPECIAL.sub(lambda found: "@" + found[1], text)
    text = _LINK.sub(_address, text)
    return _UNSEEN.sub("", text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


def _address(found: re.Match[str]) -> str:
    """The label where Slack made a link of a name, otherwise the address."""
    url, label = found[1], found[2] or ""
    return label if url.casefold() in {added + label.casefold() for added in _ADDED} else url


def command(body: Payload, at: datetime) -> Interaction:
    return Interaction(
        kind=Kind.COMMAND,
        key=f"command:{body['team_id']}:{body['trigger_id']}",
        team=body["team_id"],
        enterprise=body.get("enterprise_id"),
        user=body["user_id"],
        user_team=body["team_id"],
        at=at,
        text=readable(body.get("text") or ""),
        channel=body.get("channel_id"),
        trigger=body.get("trigger_id"),
        response_url=body.get("response_url"),
    )


def action(body: Payload, at: datetime) -> Interaction:
    """A click on a button or a menu entry, in a message, a modal or on Home."""
    done = body["actions"][0]
    name, data = _target(done)
    container = body.get("container") or {}
    view = body.get("view") or {}
    in_home = view.get("type") == "home"
    message = body.get("message") or {}
    channel = container.get("channel_id") or (body.get("channel") or {}).get("id")
    team, enterprise = _team(body)
    return Interaction(
        kind=Kind.HOME if in_home else Kind.BUTTON,
        key=f"action:{team}:{body['trigger_id']}",
        team=team,
        enterprise=enterprise,
        user=body["user"]["id"],
        user_team=body["user"].get("team_id"),
        at=at,
        name=name,
        channel=channel or _metadata(view).get("c"),
        thread_ts=message.get("thread_ts") or container.get("thread_ts"),
        message_ts=container.get("message_ts") or message.get("ts"),
        data=data,
        values=_values((body.get("state") or view.get("state") or {}).get("values") or {}),
        trigger=body.get("trigger_id"),
        response_url=body.get("response_url"),
        view_id=view.get("id"),
        view_hash=view.get("hash"),
        in_home=in_home,
        in_modal=view.get("type") == "modal",
    )


def submission(body: Payload, at: datetime) -> Interaction:
    view = body["view"]
    data = _metadata(view)
    team, enterprise = _team(body)
    filled_in = view.get("state", {}).get("values") or {}
    digest = sha256(json.dumps(filled_in, sort_keys=True).encode()).hexdigest()[:16]
    return Interaction(
        kind=Kind.MODAL,
        # With its hash: a page may come again in the same view.
        key=f"view:{team}:{view['id']}:{view['callback_id']}:{view.get('hash', '')}:{digest}",
        team=team,
        enterprise=enterprise,
        user=body["user"]["id"],
        user_team=body["user"].get("team_id"),
        at=at,
        name=view["callback_id"],
        channel=data.get("c"),
        data=data,
        values=_values(filled_in),
        trigger=body.get("trigger_id"),
        view_id=view["id"],
        view_hash=view.get("hash"),
    )


def shortcut(body: Payload, at: datetime) -> Interaction:
    """A global shortcut, or one on a message. The callback_id is the press's name, "shortcut.<callback_id>"."""
    on_message = body["type"] == "message_action"
    message = body.get("message") or {}
    team, enterprise = _team(body)
    return Interaction(
        kind=Kind.MESSAGE_ACTION if on_message else Kind.SHORTCUT,
        key=f"shortcut:{team}:{body['trigger_id']}",
        team=team,
        enterprise=enterprise,
        user=body["user"]["id"],
        user_team=body["user"].get("team_id"),
        at=at,
        name=f"shortcut.{body['callback_id']}",
        channel=(body.get("channel") or {}).get("id"),
        thread_ts=message.get("thread_ts"),
        message_ts=body.get("message_ts") or message.get("ts"),
        trigger=body.get("trigger_id"),
        response_url=body.get("response_url"),
    )


def mention(body: Payload, at: datetime) -> Interaction:
    """`@T-Minus why` in a channel or thread, or a line typed to the bot directly."""
    event = body["event"]
    typed = event.get("text") or ""
    bots = _bots(body)
    text = _without(bots, typed)
    if text == typed and not (bots and event.get("channel_type") == "im"):  # who we are, is not said or odd
        text = _CALLED.sub("", typed, count=1)
    return Interaction(
        kind=Kind.MENTION,
        key=f"event:{body.get('event_id')}",
        team=body.get("team_id") or "",
        enterprise=body.get("enterprise_id"),
        user=event["user"],
        user_team=event.get("user_team") or event.get("team") or body.get("team_id"),
        at=at,
        name="mention.edited" if event.get("edited") else "",
        text=readable(text),
        channel=event.get("channel"),
        thread_ts=event.get("thread_ts"),
        message_ts=event.get("ts"),
    )


def _bots(body: Payload) -> list[str]:
    """Who we are there, as far as Slack says so."""
    ours = body.get("authorizations")
    named = [one.get("user_id") for one in ours if isinstance(one, dict)] if isinstance(ours, list) else []
    return [bot for bot in named if isinstance(bot, str) and bot]


def _without(bots: list[str], text: str) -> str:
    """What was said, without the app's own name: `hey @T-Minus why`, `*@T-Minus* why`, `why @T-Minus`."""
    for bot in bots:
        text = re.sub(rf"[*_~]*<@{re.escape(bot)}(?:\|[^>]*)?>[*_~]*[,:]?", "", text)
    return text


def home_opened(body: Payload, at: datetime) -> Interaction | None:
    """Somebody opened the Home tab; None for the other tabs."""
    event = body["event"]
    if event.get("tab") != "home":
        return None
    return Interaction(
        kind=Kind.HOME,
        key=f"event:{body.get('event_id')}",
        team=body.get("team_id") or "",
        enterprise=body.get("enterprise_id"),
        user=event["user"],
        user_team=body.get("team_id"),
        at=at,
        name="home.open",
        in_home=True,
    )


def _team(body: Payload) -> tuple[str, str | None]:
    """Team and enterprise; `team` is null for org-wide installs."""
    team = body.get("team") or {}
    enterprise = body.get("enterprise") or {}
    return team.get("id") or body["user"].get("team_id") or "", enterprise.get("id")


def _target(done: Payload) -> tuple[str, dict[str, Any]]:
    """The handler's name and what the button carried."""
    name = str(done["action_id"]).partition("#")[0]
    carried = _carried((done.get("selected_option") or {}).get("value") or done.get("value") or "")
    if isinstance(carried, list) and len(carried) == 2:
        name, carried = str(carried[0]), carried[1]
    return name, _ours(carried)


def _metadata(view: Payload) -> dict[str, Any]:
    return _ours(_carried(view.get("private_metadata") or "{}"))


def _carried(value: str) -> Any:
    try:
        return json.loads(value, parse_int=_number)
    except (ValueError, RecursionError):
        return None


def _number(digits: str) -> int:
    number = int(digits)
    return number if abs(number) <= _BIGGEST else NOWHERE


def _ours(carried: Any) -> dict[str, Any]:
    """What one of our buttons or dialogs carried. What cannot be read never means "the release that is around here"."""
    if not isinstance(carried, dict):
        return {"r": NOWHERE}
    readable_release = type(carried.get("r", 0)) is int  # and not True, which Python takes for release 1
    return carried if readable_release else {**carried, "r": NOWHERE}


def _values(blocks: Mapping[str, Mapping[str, Payload]]) -> dict[str, Any]:
    """Answers by field name: text, an option's value, or a tuple of them; unanswered fields are None."""
    return {block: _value(next(iter(elements.values()), {})) for block, elements in blocks.items()}


def _value(element: Payload) -> Any:
    for key in ("selected_options", "selected_users", "selected_channels", "selected_conversations"):
        if key in element:
            picked = element[key] or []
            return tuple(_seen(one["value"] if isinstance(one, dict) else one) for one in picked)
    if "selected_option" in element:
        return _seen((element["selected_option"] or {}).get("value"))
    for key in ("selected_user", "selected_conversation", "selected_channel", "selected_date", "selected_time"):
        if key in element:
            return _seen(element[key])
    return _seen(element.get("value"))


def _seen(typed: Any) -> Any:
    return _UNSEEN.sub("", typed) if isinstance(typed, str) else typed
