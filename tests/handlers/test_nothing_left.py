"""A gesture leaves nothing behind that only a garbage collector finds: looking for it keeps the next ones waiting."""

import gc

import pytest

from bot.kit.desk import Desk
from bot.release.release import Release
from storage.work import Work
from tests.handlers.office import ANA, BO, Office


@pytest.mark.parametrize("typed", ["no-go the tests are red", "hold", "deploy start", "extend 30m", "list"])
async def test_what_a_gesture_was_made_of_is_gone_when_it_is_answered(office: Office, typed: str) -> None:
    """Stored, a dialog that opens, refused, moved, only read."""
    await office.types(ANA, "new payments 2.14.0 tomorrow 15:00")
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        await office.types(BO, typed)
        assert "is not go yet" in str((await office.types(ANA, "why")).message)  # until then a worker holds the last
        gc.collect()
        left = [type(one).__name__ for one in gc.garbage if isinstance(one, Work | Desk | Release)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert left == []
