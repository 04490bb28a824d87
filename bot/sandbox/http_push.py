"""Deliver over HTTP as Slack does: signed, form-encoded or JSON, with retry headers."""

import asyncio
import hashlib
import hmac
import json
from urllib.parse import urlencode

import aiohttp

from bot.clock import Wire
from bot.sandbox.deliver import UNREACHABLE, Ack, Delivery


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The value of X-Slack-Signature."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


class HttpPush:
    """Posts to the app's request URL. Signatures carry real time, which is what the app compares with."""

    def __init__(self, *, signing_secret: str, wire: Wire, request_url: str | None) -> None:
        self._secret = signing_secret
        self._wire = wire
        self._session: aiohttp.ClientSession | None = None
        self.request_url = request_url

    async def start(self) -> None:
        self._session = aiohttp.ClientSession()

    async def stop(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def push(self, delivery: Delivery, retry: int, reason: str, *, on_its_way: float = 0.0) -> Ack:
        if self._session is None or self.request_url is None:
            return UNREACHABLE
        if delivery.kind == "events_api":
            kind, body = "application/json", json.dumps(delivery.payload).encode()
        else:
            form = delivery.payload
            if delivery.kind == "interactive":
                form = {"payload": json.dumps(delivery.payload)}
            kind, body = "application/x-www-form-urlencoded", urlencode(form).encode()
        timestamp = str(int(self._wire.unix()))
        headers = {
            "Content-Type": kind,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign(self._secret, timestamp, body),
        }
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": reason}
        await asyncio.sleep(on_its_way)
        try:
            async with self._session.post(
                self.request_url, data=body, headers=headers, allow_redirects=False
            ) as response:
                text = await response.text()
                if response.status != 200:
                    problem = "http_service_error" if response.status >= 500 else "http_client_error"
                    no_retry = response.headers.get("X-Slack-No-Retry") == "1"
                    return Ack(problem, text, "http_error", no_retry)
                return Ack(body=_parsed(text, response.content_type) if delivery.accepts_response else None)
        except aiohttp.ClientError:
            return UNREACHABLE


def _parsed(text: str, content_type: str) -> dict[str, object] | str | None:
    if not text:
        return None
    if content_type == "application/json":
        try:
            body = json.loads(text)
        except ValueError:
            return text
        return body if isinstance(body, dict) else text
    return text
