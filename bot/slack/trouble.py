"""Judge why a delivery failed: whether Slack has it, whether trying again can help, and what a person could do.

Source: the error tables of chat.postMessage, chat.update, chat.postEphemeral and views.publish on docs.slack.dev.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from math import isfinite
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

#: Errors that no repetition mends, with what an admin can do.
FINAL = {
    "channel_not_found": "the channel is gone, or the bot was never invited",
    "not_in_channel": "invite the bot to the channel",
    "is_archived": "unarchive the channel",
    "is_inactive": "unarchive the channel",
    "user_not_in_channel": "the person left the channel",
    "user_not_found": "the person is gone",
    "user_disabled": "the person was deactivated",
    "cannot_dm_bot": "bots get no direct messages",
    "messages_tab_disabled": "allow direct messages to the app: manifest, app_home",
    "cannot_reply_to_message": "the message it belongs to takes no replies",
    "invalid_blocks": "a defect: please report it",
    "msg_too_long": "a defect: please report it",
    "msg_blocks_too_long": "a defect: please report it",
    "used_url": "the answer came too late to be shown",
    "expired_url": "the answer came too late to be shown",
    "cant_update_message": "the message belongs to somebody else",
    "edit_window_closed": "the workspace does not let messages be edited any more",
}
#: The whole installation is refused: no row is to blame, and all of them wait until an admin has mended it.
REFUSED = {
    "account_inactive": "the bot's token belongs to a deactivated account: install the app again",
    "token_revoked": "install the app again",
    "token_expired": "install the app again",
    "invalid_auth": "check SLACK_BOT_TOKEN",
    "not_authed": "check SLACK_BOT_TOKEN",
    "missing_scope": "run tminus doctor, and install the app again",
    "no_permission": "run tminus doctor, and install the app again",
    "org_login_required": "the workspace is being moved into an organisation",
    "ekm_access_denied": "an admin has suspended the app's access",
    "access_denied": "an admin has suspended the app's access",
    "team_access_not_granted": "let the organisation grant the app this workspace",
}
#: Slack was asked and could not say how it ended.
_IN_TROUBLE = "Slack is in trouble: status.slack.com"
_UNKNOWN = {"fatal_error", "internal_error", "request_timeout"}
#: Of those, what a token may lack for one method and not for all of them.
_LACKS = {"missing_scope", "no_permission", "access_denied"}
#: Seconds: what is said to last longer is asked again after as many.
MOST_AFTER = 86_400.0
#: Slack is not there; it did nothing.
_AWAY = {"service_unavailable", "team_added_to_org"}


class Kind(Enum):
    LIMITED = "limited"  # too many calls: later, as Slack says
    REFUSED = "refused"  # the whole installation
    UNKNOWN = "unknown"  # it may have been done although no answer says so
    AWAY = "away"  # it was not done, and may be next time
    FINAL = "final"  # never, whatever is done
    ODD = "odd"  # an error nobody expects: a few tries


@dataclass(frozen=True)
class Trouble:
    """`seconds` to wait, when Slack says so.

    Of an unknown outcome, `done_unlikely`: it is hardly ever a success; `is_over`: Slack has answered, so nothing of it
    is under way any more.
    """

    kind: Kind
    error: str
    todo: str = ""
    seconds: float = 0.0
    done_unlikely: bool = False
    is_over: bool = False

    @property
    def may_pass(self) -> bool:
        """Whether the same may be answered later: by itself, or when an admin has mended the whole installation."""
        is_out = self.kind is Kind.REFUSED and self.error not in _LACKS
        return is_out or self.kind in (Kind.LIMITED, Kind.UNKNOWN, Kind.AWAY)


class TooSoon(Exception):
    """Slack was not asked: it would have said 429. `seconds` from now it may be."""

    def __init__(self, seconds: float) -> None:
        super().__init__("paced")
        self.seconds = seconds


class Refused(Exception):
    """A response_url said something else than 200."""

    def __init__(self, status: int, body: str, retry_after: float) -> None:
        super().__init__(body or f"http_{status}")
        self.status = status
        self.retry_after = retry_after


class NotShared(Exception):
    """A file could not be uploaded; nobody sees anything of it yet. What it was is the cause of this."""


def judge(problem: Exception) -> Trouble:
    """What this failure means for the row behind it."""
    match problem:
        case NotShared(__cause__=Exception() as cause):
            trouble = judge(cause)
            return replace(trouble, kind=Kind.AWAY) if trouble.kind is Kind.UNKNOWN else trouble
        case TooSoon():
            return Trouble(Kind.LIMITED, str(problem), seconds=problem.seconds)
        case Refused():
            return _by_status(problem.status, str(problem), problem.retry_after) or _by_error(str(problem))
        case SlackApiError(response=AsyncSlackResponse() as answer):
            said = answer.data.get("error") if isinstance(answer.data, dict) else None
            error = str(said or f"http_{answer.status_code}")
            if said is None and answer.status_code < 300:  # a page, or nothing: whatever it was, the call was made
                return Trouble(Kind.UNKNOWN, error)
            return _by_status(answer.status_code, error, retry_after(answer.headers)) or _by_error(error)
        case aiohttp.ClientConnectorError():
            return Trouble(Kind.AWAY, type(problem).__name__, "Slack cannot be reached from here")
        case LookupError():  # in what Slack gave to read: no second look would find more
            return Trouble(Kind.ODD, "not_readable")
    # Also what the SDK raises for an answer it cannot read: whatever it was, the call was made.
    return Trouble(Kind.UNKNOWN, type(problem).__name__)


def refusal(said: str) -> str:
    """The error in what a response_url says; nothing where it is content: with `ok`, as text or as JSON."""
    if not said.startswith("{"):
        return ""
    try:
        answer = json.loads(said)
    except ValueError:
        return ""
    return str(answer.get("error") or "not_ok") if isinstance(answer, dict) and answer.get("ok") is False else ""


def _by_status(status: int, error: str, retry_after: float) -> Trouble | None:
    if status == 429:
        return Trouble(Kind.LIMITED, "ratelimited", seconds=retry_after)
    if status >= 500:
        late = status == 504  # whoever stands before Slack waited no longer: it may still be at work
        return Trouble(Kind.UNKNOWN, error, _IN_TROUBLE, done_unlikely=not late, is_over=not late)
    return None


def _by_error(error: str) -> Trouble:
    if error in ("ratelimited", "rate_limited", "message_limit_exceeded"):
        return Trouble(Kind.LIMITED, "ratelimited", seconds=1.0)
    if error in REFUSED:
        return Trouble(Kind.REFUSED, error, REFUSED[error])
    if error in _UNKNOWN:
        return Trouble(Kind.UNKNOWN, error, _IN_TROUBLE, is_over=True)
    if error in _AWAY:
        return Trouble(Kind.AWAY, error, "Slack is in trouble: status.slack.com")
    if error in FINAL:
        return Trouble(Kind.FINAL, error, FINAL[error])
    if error.startswith("restricted_action"):  # …_thread_locked, …_read_only_channel and others
        return Trouble(Kind.FINAL, error, "the workspace does not let the bot post there")
    return Trouble(Kind.ODD, error)


def retry_after(headers: Mapping[str, Any]) -> float:
    """Seconds to wait where Slack answered 429. Whoever stands before it may say a date, or what is no time at all."""
    try:
        seconds = float(headers.get("Retry-After", 1))
    except ValueError:
        return 1.0
    return min(max(seconds, 1.0), MOST_AFTER) if isfinite(seconds) else 1.0
