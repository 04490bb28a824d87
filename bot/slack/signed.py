"""Let in over HTTP only what Slack has signed: the bytes as they came are checked before anything reads them.

Whoever does not know the secret gets a 401 and leaves one line in the log that repeats nothing of what they sent.
Only Slack's look at the certificate comes unsigned, and is answered with nothing.
Source: docs.slack.dev, "Verifying requests from Slack".
"""

import hmac
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult

import structlog
from aiohttp import web
from slack_bolt.request.async_request import AsyncBoltRequest
from yarl import URL

from bot.clock import Wire
from bot.slack import events

log = structlog.get_logger(__name__)

#: Seconds that a signature is good for, before and after.
FRESH = 300
#: What Slack asks now and then, unsigned, to see whether the certificate is good (docs.slack.dev, "Slash commands").
_SSL_CHECK = re.compile(rb"(?:.*&)?ssl_check=1(?:&.*)?")
#: Whole seconds since 1970, and nothing else that Python takes for a number.
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
#: What reading a payload raises that is not as Slack's are; Bolt looks into it, too.
UNREADABLE = (ValueError, RecursionError, AttributeError, TypeError, LookupError)


class Unsigned(Exception):
    """Not from Slack, or too old, or with another secret. Says which."""


def check(headers: Mapping[str, str], body: bytes, secret: str, wire: Wire) -> None:
    """Raise Unsigned unless Slack has signed this body with the secret just now."""
    stamp = headers.get("X-Slack-Request-Timestamp", "")
    if not _TIMESTAMP.fullmatch(stamp):
        raise Unsigned("no timestamp")
    if abs(wire.unix() - int(stamp)) > FRESH:
        raise Unsigned("its timestamp is more than five minutes off")
    good = "v0=" + hmac.digest(secret.encode(), b"v0:" + stamp.encode() + b":" + body, "sha256").hex()
    given = headers.get("X-Slack-Signature", "").encode("utf-8", "surrogateescape")
    if not hmac.compare_digest(good.encode(), given):
        raise Unsigned("not signed with SLACK_SIGNING_SECRET")


async def read(request: web.Request, secret: str, wire: Wire) -> AsyncBoltRequest | web.Response:
    """What Slack has signed, for Bolt; for anything else the answer to give."""
    body = await request.read()
    if _SSL_CHECK.fullmatch(body):
        return web.Response()
    try:
        check(request.headers, body, secret, wire)
    except Unsigned as why:
        log.warning("request_refused", why=str(why), size=len(body), remote=request.remote)
        return web.json_response({"error": "invalid request"}, status=401)
    try:
        sent = parse(body.decode(), request.content_type)
        if events.is_odd(sent):
            return web.Response()
        # Read here, so not in the mode in which Bolt reads it, which takes ten times as long; it is checked already.
        return AsyncBoltRequest(body=sent, headers=dict(request.headers), mode="socket_mode")
    except UNREADABLE as problem:
        log.warning("request_unreadable", why=type(problem).__name__, size=len(body))
        return web.json_response({"error": "unreadable request"}, status=400)


def parse(text: str, content_type: str) -> dict[str, Any]:
    """What Slack sends: JSON, a form, or a form with JSON as its `payload`. Raises ValueError for anything else."""
    if content_type == "application/json" or text.startswith("{"):
        return _an_object(json.loads(text))
    fields = _fields(text)
    return _an_object(json.loads(fields["payload"])) if "payload" in fields else fields


def _fields(form: str) -> dict[str, str]:
    """Read by yarl, an eighth of what `urllib` takes, as an unpickled URL: others keep the last 128 they were given."""
    url = URL()
    url.__setstate__((SplitResult("", "", "/", form, ""),))
    return dict(url.query)


def _an_object(data: object) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ValueError("not a JSON object")
    return data
