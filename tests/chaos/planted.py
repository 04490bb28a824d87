"""Break the bot on purpose: each bug is one that the checker has to find, or it proves nothing.

A bug is a patch of the real classes, made in the bot's process before it starts.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from bot.dispatch import Answer, Dispatcher
from bot.kit.interaction import Interaction, Kind


def _ack_before_commit() -> None:
    """A button, a dialog or a mention is answered at once and stored afterwards."""
    run = Dispatcher.run
    going: set[asyncio.Task[Any]] = set()

    async def answered_first(self: Dispatcher, did: Interaction, *given: Any, **named: Any) -> Answer:
        if did.kind is Kind.COMMAND or did.name.startswith("form."):
            return await run(self, did, *given, **named)
        task = asyncio.ensure_future(run(self, did, *given, **named))
        going.add(task)
        task.add_done_callback(going.discard)
        return Answer()

    Dispatcher.run = answered_first  # type: ignore[method-assign,assignment]


#: By name.
BUGS: dict[str, Callable[[], None]] = {
    "ack before commit": _ack_before_commit,
}
