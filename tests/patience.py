"""How long Slack and the bot wait for each other in tests: longer than in life, unless a test is about just that."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any
from unittest.mock import patch

#: Seconds; a machine that stands still for some of them changes nothing in what happens.
PATIENT = {
    "bot.dispatch.DEADLINE": 15.0,
    "bot.slack.pulse.STILL": 15.0,
    "storage.connecting.IDLE_LIMIT": 20.0,
    "storage.lane.PATIENCE": 30.0,
    "bot.sandbox.deliver.ACK_SECONDS": 20.0,
    "bot.sandbox.triggers.TRIGGER_SECONDS": 30.0,
}


def _now(name: str) -> Any:
    module, _, constant = name.rpartition(".")
    return getattr(import_module(module), constant)


_IN_LIFE = {name: _now(name) for name in PATIENT}


@contextmanager
def limits(seconds: dict[str, float]) -> Iterator[None]:
    """These limits, by the names of the constants, until the end."""
    with ExitStack() as patched:
        for name, value in seconds.items():
            patched.enter_context(patch(name, value))
        yield


@contextmanager
def as_in_life() -> Iterator[None]:
    """Slack gives up after three seconds, and the bot does so in time. For the gestures that a test is about."""
    with limits(_IN_LIFE):
        yield
