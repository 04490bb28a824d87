"""Bots that are processes have the patience that they have in life, so Slack has its own."""

from collections.abc import Iterator

import pytest

from tests.patience import as_in_life


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """In place of the one that all other tests have."""
    with as_in_life():
        yield
