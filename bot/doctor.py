"""Examine an installation, line by line: the database here, Slack's side in bot/slack/checkup.py."""

import asyncio
from collections.abc import AsyncIterator

from bot.clock import Clock, Wire
from bot.settings import Settings
from bot.slack.checkup import Finding, look, refusals
from bot.web.server import why_not
from storage.connecting import what_it_says
from storage.engine import Store, open_store
from storage.work import Work

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


async def obstacles(settings: Settings, *, clock: Clock, wire: Wire) -> list[Finding]:
    """All that keeps the bot from starting. What only keeps it from being ready, or passes by itself, is none."""
    store = open_store(settings.database_url, clock=clock)
    try:
        kind = "SQLite" if settings.uses_sqlite else "Postgres"
        database, slack = await asyncio.gather(_database(store, kind), refusals(settings))
        storing = await _storing(store, kind) if database[0].ok else []
    finally:
        await store.close()
    taken = why_not(settings.port)
    port = [Finding(False, f"port {settings.port}: {taken}", "Stop what listens there, or set PORT.")] if taken else []
    return [finding for finding in (database[0], *storing, *port, *slack) if not finding.ok]


async def _storing(store: Store, kind: str) -> list[Finding]:
    try:
        await store.write(lambda work: work.keys.drop_ballast(), deadline=_PATIENCE_SECONDS)
    except Exception as error:
        why = store.unwritable or type(error).__name__
        return [Finding(False, f"database: nothing can be stored in {kind} ({why})", "Check its disk and its rights.")]
    return []


async def _database(store: Store, kind: str) -> list[Finding]:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            skew = await store.ping()
            migrated = await store.is_migrated()
    except Exception as error:  # whatever the driver raises, doctor says it instead of ending
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        said = what_it_says(error).replace("the database", kind) or f"{kind} cannot be reached ({reason})"
        return [Finding(False, f"database: {said}", "Check DATABASE_URL and the server.")]
    if not migrated:
        return [Finding(False, f"database: {kind} is not at this version's schema", "Run: tminus migrate")]
    if abs(skew) > MAX_SKEW_SECONDS:
        return [
            Finding(True, f"database: {kind}, migrated"),
            Finding(False, f"clock: {skew:+.1f} s away from the database's", "Synchronise both machines (NTP)."),
        ]
    return [Finding(True, f"database: {kind}, migrated, clocks agree")]


async def status_channels(store: Store) -> list[str]:
    """The channels that hear outcomes, by id: each workspace's own and those of the policies in force."""

    def look(work: Work) -> set[str]:
        found: set[str] = set()
        for workspace in work.workspaces.all():
            work.enter(workspace.id)
            found |= {workspace.status_channel} if workspace.status_channel else set()
            found |= {channel for policy in work.policies.all_latest() for channel in policy.status_channels}
        return found

    return sorted(await store.read(look))
