"""Run commands in this process, without HTTP: the dispatcher and the clock's work on a database of one's own."""

import itertools
from typing import Any
from urllib.parse import parse_qsl

from bot.clock import Clock
from bot.dispatch import Answer, Dispatcher
from bot.due import Due
from bot.meters import Meters
from bot.slack import payloads
from storage.engine import open_store
from tests.bench import stage, who


class Office:
    """`says` runs a typed command for a person. Everything Slack could tell is stored already."""

    _triggers = itertools.count(1)

    def __init__(self, url: str, clock: Clock) -> None:
        self.clock = clock
        self.store = open_store(url, clock=clock)
        self.dispatcher = Dispatcher(stage.CATALOGUE, self.store, clock, fetch=self._nothing_to_tell)
        self.due = Due(stage.CATALOGUE, self.store, clock, Meters())

    async def _nothing_to_tell(self, *_: Any) -> None:
        return

    async def says(self, user: str, text: str, *, channel: str = who.CHANNELS[0]) -> Answer:
        """As if typed after the slash command."""
        body = dict(
            parse_qsl(stage.command(text, next(self._triggers), "http://127.0.0.1:1", channel=channel).decode())
        )
        return await self.dispatcher.run(payloads.command({**body, "user_id": user}, self.clock.now()), 1)

    async def close(self) -> None:
        await self.store.close()


def words(answer: Answer) -> str:
    """What it says first."""
    return str((answer.message or {}).get("text", ""))
