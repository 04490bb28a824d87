"""Wait for the workspace to become as a story expects it, without sleeping in hope."""

import asyncio
from collections.abc import Callable

from bot.sandbox.workspace import Change, Workspace


class Watch:
    def __init__(self, workspace: Workspace) -> None:
        self._changed = asyncio.Event()
        workspace.listeners.append(self._heard)

    def _heard(self, change: Change) -> None:
        self._changed.set()

    async def until(self, holds: Callable[[], object], *, within: float = 5.0, what: str = "") -> None:
        """Return once `holds()` is true, asked after every change. AssertionError after `within` real seconds."""
        try:
            async with asyncio.timeout(within):
                while not holds():
                    self._changed.clear()
                    if holds():
                        return
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"this did not happen within {within} s: {what or holds}") from None
