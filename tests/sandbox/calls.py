"""Call the sandbox's Web API as a bare client, to see its answers as they are."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from bot.sandbox.server import Sandbox

Json = dict[str, Any]


class Caller:
    def __init__(self, session: aiohttp.ClientSession, slack: Sandbox) -> None:
        self._session = session
        self._slack = slack
        self.status = 0
        self.headers: dict[str, str] = {}

    async def __call__(self, method: str, *, token: str | None = None, **args: Any) -> Json:
        """The parsed answer; `status` and `headers` are those of the last one."""
        headers = {"Authorization": f"Bearer {token or self._slack.bot_token}"}
        url = self._slack.api_url + method
        async with self._session.post(url, json=args, headers=headers) as response:
            self.status = response.status
            self.headers = {name.lower(): value for name, value in response.headers.items()}
            answer: Json = await response.json()
            return answer

    async def error(self, method: str, **args: Any) -> str:
        """Only the error word."""
        answer = await self(method, **args)
        assert not answer["ok"], answer
        return str(answer["error"])

    async def post(self, url: str, body: Any) -> tuple[int, str]:
        async with self._session.post(url, json=body) as response:
            answer = await response.json()
            return response.status, "ok" if answer["ok"] else str(answer["error"])

    async def form(self, method: str, fields: dict[str, str]) -> Json:
        async with self._session.post(self._slack.api_url + method, data=fields) as response:
            answer: Json = await response.json()
            return answer


@asynccontextmanager
async def caller(slack: Sandbox) -> AsyncIterator[Caller]:
    async with aiohttp.ClientSession() as session:
        yield Caller(session, slack)
