"""Change what a release is about while it is planned: edits, and late changes that wait for the captain."""

from bot.release.causes import Cause
from bot.release.release import Release


def causes(release: Release) -> tuple[Cause, ...]:
    """A late change that waits for the captain."""
    return ()
