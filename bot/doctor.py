"""Examine an installation, line by line: the database here, Slack's side in bot/slack/checkup.py."""

import asyncio
from collections.abc import AsyncIterator

from bot.clock import Clock, Wire
from bot.settings import Settings
from bot.slack.checkup import Finding, look
from storage.engine import Store, open_store

#: More than this many seconds between this machine's clock and the database's, and timers of replicas disagree.
MAX_SKEW_SECONDS = 0.5
_PATIENCE_SECONDS = 10


async def examine(settings: Settings, *, clock: Clock, wire: Wire) -> AsyncIterator[Finding]:
    """Yield one finding after the other: the database first, since Slack's part reads the policies from it."""
    store = open_store(settings.database_url, clock=clock)
    try:
        findings = await _database(store, "SQLite" if settings.uses_sqlite else "Postgres")
        for finding in findings:
            yield finding
        channels = await status_channels(store) if all(finding.ok for finding in findings) else []
    finally:
        await store.close()
    async for finding in look(settings, wire, channels):
        yield finding


async def _database(store: Store, kind: str) -> list[Finding]:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            skew = await store.ping()
            migrated = await store.is_migrated()
    except Exception as error:  # whatever the driver raises, doctor says it instead of ending
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        return [Finding(False, f"database: {kind} cannot be reached ({reason})", "Check DATABASE_URL and the server.")]
    if not migrated:
        return [Finding(False, f"database: {kind} is not at this version's schema", "Run: tminus migrate")]
    if abs(skew) > MAX_SKEW_SECONDS:
        return [
            Finding(True, f"database: {kind}, migrated"),
            Finding(False, f"clock: {skew:+.1f} s away from the database's", "Synchronise both machines (NTP)."),
        ]
    return [Finding(True, f"database: {kind}, migrated, clocks agree")]


async def status_channels(store: Store) -> list[str]:
    """The channels that the policies in force tell of outcomes, by id."""
    return await store.read(lambda work: work.policies.status_channels())
