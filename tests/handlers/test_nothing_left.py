"""A gesture leaves nothing behind that only a garbage collector finds: looking for it keeps the next ones waiting."""

import gc

from bot.kit.desk import Desk
from bot.release.release import Release
from storage.work import Work
from tests.handlers.office import ANA, BO, Office


async def test_what_a_gesture_was_made_of_is_gone_when_it_is_answered(office: Office) -> None:
    await office.types(ANA, "new payments 2.14.0 tomorrow 15:00")
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        assert "You said no-go" in str((await office.types(BO, "no-go the tests are red")).message)
        assert "is not go yet" in str((await office.types(ANA, "why")).message)
        gc.collect()
        left = [type(one).__name__ for one in gc.garbage if isinstance(one, Work | Desk | Release)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert left == []
