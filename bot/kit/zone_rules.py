"""Notice that the rules of time zones are others than those a release was planned under, and have them looked at."""

from bot.release.zones import TZDATA
from storage.work import Work

#: The appointment that looks; its subject is the version of the rules.
CHANGED = "zones.changed"


def look_for_changes(work: Work) -> None:
    """To be called when the bot starts: with other rules than before, instants may not be what people meant."""
    if work.replanning.of_other_rules(TZDATA, 1):
        work.appointments.replan(CHANGED, TZDATA, [work.now])
