"""Erase a person from an installation: what `tminus erase` does.

Gone are their name and what they typed, also where others' rows quote it; ids, times and choices stay, and every record
still verifies. The cards in Slack are drawn again; other messages there are Slack's.
"""

from dataclasses import dataclass

from bot.command_line import COMMAND_LINE, Unusable, in_database
from bot.settings import LocalSettings
from storage.erasing import NOBODY
from storage.work import Work


@dataclass(frozen=True)
class Erased:
    """Whom it is, or was, about: the name, and in how many releases words of theirs were there to be erased."""

    name: str
    releases: int

    @property
    def is_something(self) -> bool:
        """False where all of it is gone already."""
        return self.releases > 0 or self.name != NOBODY


class _OnlyLooking(Exception):
    """Carries what would be erased out of a transaction that is undone."""


async def preview(settings: LocalSettings, user: str) -> Erased:
    """What `erase` would do; nothing is changed. Raises Unusable."""

    def look(work: Work) -> None:
        raise _OnlyLooking(_erase(work, user))

    try:
        await in_database(settings, look)
    except _OnlyLooking as found:
        erased: Erased = found.args[0]
        return erased
    raise AssertionError("looking always ends so")


async def erase(settings: LocalSettings, user: str) -> Erased:
    """Erase the person with that Slack id in every workspace. Raises Unusable, and then nothing was changed."""
    return await in_database(settings, lambda work: _erase(work, user))


def _erase(work: Work, user: str) -> Erased:
    names, spoken = [], 0
    for workspace in work.workspaces.all():
        work.enter(workspace.id)
        person = work.people.get(user)
        if person is None:
            continue
        names.append(person.name)
        spoken += work.erase(user, path=COMMAND_LINE)
    if not names:
        raise Unusable(f"Nobody with the id {user} is known here; Slack shows it in a profile, ⋮, Copy member ID")
    return Erased(names[0], spoken)
