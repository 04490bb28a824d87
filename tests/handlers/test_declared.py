"""What contradicts itself among the abilities keeps the bot from starting."""

import pytest

from bot.kit.declare import Catalogue, CatalogueError, notice
from bot.kit.desk import Desk
from bot.release.events import Event
from bot.release.release import Release


def test_a_notice_for_an_event_that_never_happens_is_refused() -> None:
    @notice("decided", "votd")
    def told(event: Event, release: Release, desk: Desk) -> None:
        """Never called."""

    with pytest.raises(CatalogueError, match="a notice is for what never happens: votd"):
        Catalogue().add(told)
