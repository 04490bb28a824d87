"""Ask Slack whether tokens, scopes, time and channels are as they should be: doctor's half that needs Slack."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Wire
from bot.settings import Settings
from bot.slack.manifest import BOT_SCOPES, OPTIONAL_BOT_SCOPES
from bot.slack.patience import passes

log = structlog.get_logger(__name__)

_TIMEOUT_SECONDS = 10
#: Slack's Date header has whole seconds; a request signature is refused at 300 s.
_SKEW_SECONDS = 5
_REINSTALL = "In your Slack app: App Manifest, paste the output of `tminus manifest`, then Install App again."


@dataclass(frozen=True)
class Finding:
    """One line of doctor: what was looked at, and what to do when it is not as it should be."""

    ok: bool
    what: str
    to_do: str = ""

    def __str__(self) -> str:
        return f"ok  {self.what}" if self.ok else f"✗   {self.what}\n      → {self.to_do}"


async def look(settings: Settings, wire: Wire, status_channels: Iterable[str]) -> AsyncIterator[Finding]:
    """Yield a finding for the token, the scopes, this machine's time, the way in, and each status channel."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS)) as session:
        client = AsyncWebClient(token=settings.bot_token, base_url=settings.slack_api_url, session=session)
        try:
            answer = await client.auth_test()
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            yield _no_token(error, settings.slack_api_url)
            return
        yield Finding(True, f"token: {answer['user']} in {answer['team']}")
        for finding in (*_scopes(answer.headers.get("x-oauth-scopes")), _skew(answer.headers.get("Date"), wire)):
            yield finding
        yield await _way_in(client, settings)
        yield Finding(True, f"command: {settings.command} here; compare it with the app's page (Slash Commands), which "
                            "Slack does not show to the bot")  # fmt: skip
        for channel in status_channels:
            yield await _membership(client, channel)


def _no_token(error: Exception, api_url: str) -> Finding:
    if isinstance(error, SlackApiError):
        return Finding(
            False,
            f"token: Slack says {error.response['error']}",
            "Copy the Bot User OAuth Token (xoxb-…) from your Slack app, OAuth & Permissions, to SLACK_BOT_TOKEN.",
        )
    return Finding(
        False,
        f"Slack: {api_url} cannot be reached ({type(error).__name__})",
        "Check the network, a proxy or firewall, and SLACK_API_URL.",
    )


def _scopes(header: str | None) -> list[Finding]:
    granted = {scope.strip() for scope in (header or "").split(",")}
    missing = sorted(BOT_SCOPES.keys() - granted)
    declined = sorted(OPTIONAL_BOT_SCOPES.keys() - granted)
    if missing:
        return [Finding(False, f"scopes: missing {', '.join(missing)}", _REINSTALL)]
    note = f" (optional ones not granted: {', '.join(declined)})" if declined else ""
    return [Finding(True, f"scopes: all that are needed{note}")]


def _skew(date: str | None, wire: Wire) -> Finding:
    if date is None:
        return Finding(True, "clock: Slack did not say its time")
    seconds = abs(wire.unix() - parsedate_to_datetime(date).timestamp())
    if seconds <= _SKEW_SECONDS:
        return Finding(True, "clock: agrees with Slack's")
    return Finding(
        False,
        f"clock: this machine is {seconds:.0f} s away from Slack's",
        "Synchronise it (NTP). Beyond 300 s every signed request is refused.",
    )


async def refusals(settings: Settings) -> list[Finding]:
    """What of Slack's side keeps the bot from starting, all at once.

    A Slack that is slow, limits or stumbles is no obstacle: the bot asks it again until it answers.
    """
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS)) as session:
        client = AsyncWebClient(token=settings.bot_token, base_url=settings.slack_api_url, session=session)
        found: list[Finding] = []
        try:
            await client.auth_test()
        except aiohttp.ClientConnectorError as error:
            return [_no_token(error, settings.slack_api_url)]
        except Exception as problem:
            if not passes(problem):
                found.append(_no_token(problem, settings.slack_api_url))
        try:
            found.append(await _way_in(client, settings))
        except Exception as problem:
            log.info("way_in_not_known", error=type(problem).__name__)
        return [finding for finding in found if not finding.ok]


async def _way_in(client: AsyncWebClient, settings: Settings) -> Finding:
    if settings.app_token is None:
        return Finding(
            True,
            "HTTP mode: the signing secret is set; Slack's own check of the Request URL shows whether it fits",
        )
    try:
        await client.apps_connections_open(app_token=settings.app_token)
    except SlackApiError as error:
        if passes(error):
            return Finding(True, "Socket Mode: Slack is too busy to say whether the app-level token is good")
        return Finding(
            False,
            f"Socket Mode: Slack says {error.response['error']}",
            "Make an app-level token with connections:write (Basic Information, App-Level Tokens), put it in "
            "SLACK_APP_TOKEN, and see that Socket Mode is on.",
        )
    return Finding(True, "Socket Mode: the app-level token opens a connection")


async def _membership(client: AsyncWebClient, channel: str) -> Finding:
    try:
        answer = await client.conversations_info(channel=channel)
    except SlackApiError as error:
        return Finding(
            False,
            f"status channel {channel}: Slack says {error.response['error']}",
            "Invite the bot there (/invite @T-Minus), or name another channel in the policy.",
        )
    info = answer["channel"]
    if info.get("is_archived"):
        return Finding(False, f"status channel #{info['name']}: archived", "Name another channel in the policy.")
    if not info.get("is_member"):
        return Finding(False, f"status channel #{info['name']}: the bot is not in it", "Type there: /invite @T-Minus")
    return Finding(True, f"status channel #{info['name']}: the bot is in it")
