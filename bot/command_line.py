"""Work on an installation's database from the command line, beside a bot that may run meanwhile."""

from collections.abc import Callable
from typing import TypeVar

from bot.clock import Clock
from bot.settings import LocalSettings
from storage.connecting import what_it_says
from storage.engine import Store, open_store
from storage.work import Work

#: By which path it was done, in the audit log.
COMMAND_LINE = "command line"

T = TypeVar("T")


class Unusable(Exception):
    """The database cannot be used, or what was named is not there. Says which, in words."""


async def in_database(settings: LocalSettings, do: Callable[[Work], T]) -> T:
    """Do it in one transaction. Raises Unusable, and what `do` raises; then nothing was changed."""
    store = open_store(settings.database_url, clock=Clock())
    try:
        await require_migrated(store)
        return await store.write(do)
    finally:
        await store.close()


async def require_migrated(store: Store) -> None:
    """Raises Unusable where the database cannot be read, or has no schema that serves this version."""
    try:
        migrated = await store.is_migrated()
    except Exception as problem:
        said = what_it_says(problem) or str(problem).strip()
        said = said.splitlines()[0] if said else type(problem).__name__
        raise Unusable(f"the database cannot be read ({said}): run tminus migrate, or check DATABASE_URL") from None
    if not migrated:
        raise Unusable("the database is not migrated: run tminus migrate")
