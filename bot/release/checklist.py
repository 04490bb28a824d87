"""Keep the checklist of a release: who ticked what, and what is still to do."""

from bot.release.causes import Cause
from bot.release.release import Release


def causes(release: Release) -> tuple[Cause, ...]:
    """The mandatory items that are not ticked."""
    return ()
