"""An office of its own for every test, on SQLite and on Postgres in turn."""

from collections.abc import AsyncIterator

import pytest

from bot.clock import StoryClock
from storage import open_store
from tests.handlers.office import Office
from tests.storage.given import NOW


@pytest.fixture
async def office(database: str) -> AsyncIterator[Office]:
    clock = StoryClock(NOW, running=False)
    store = open_store(database, clock=clock)
    workspace = await store.write(lambda work: work.workspaces.ensure("A1", "T1", None, "UBOT", zone="Europe/Berlin"))
    opened = Office(store, clock, workspace)
    await opened.opens()
    yield opened
    await store.close()
