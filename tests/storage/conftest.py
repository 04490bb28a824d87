"""A store on a database of its own, a clock that stands still, and a workspace to work in."""

from collections.abc import AsyncIterator

import pytest

from bot.clock import StoryClock
from bot.keys import new_key
from storage import Store, Vault, open_store
from tests.storage.given import NOW, Do


@pytest.fixture
def clock() -> StoryClock:
    return StoryClock(NOW, running=False)


@pytest.fixture
def vault() -> Vault:
    return Vault(lambda: [new_key()])


@pytest.fixture
async def store(database: str, clock: StoryClock, vault: Vault) -> AsyncIterator[Store]:
    """A migrated store, SQLite's and Postgres's in turn."""
    opened = open_store(database, clock=clock, vault=vault)
    yield opened
    await opened.close()


@pytest.fixture
async def workspace(store: Store) -> int:
    found: int = await store.write(lambda work: work.workspaces.ensure("A1", "T1", None, "UBOT", zone="Europe/Berlin"))
    return found


@pytest.fixture
def write(store: Store, workspace: int) -> Do:
    return lambda do: store.write(do, workspace=workspace)


@pytest.fixture
def read(store: Store, workspace: int) -> Do:
    return lambda do: store.read(do, workspace=workspace)
