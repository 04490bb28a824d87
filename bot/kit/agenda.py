"""Gather what stands in somebody's calendar, from all that plans: one list for messages and files.

Whoever has something to show adds a function to SOURCES. It answers for itself what the one who looks may see, now.
"""

from collections.abc import Callable, Iterable

from bot.kit.agenda_plans import of_departures, of_freezes
from bot.kit.agenda_releases import of_releases
from bot.kit.desk import Desk
from bot.release.calendar import Entry, Scope, Span

Source = Callable[[Desk, Scope, Span], Iterable[Entry]]
#: All that stands in calendars.
SOURCES: tuple[Source, ...] = (of_releases, of_freezes, of_departures)


def entries(desk: Desk, scope: Scope, span: Span) -> list[Entry]:
    """All of them, in the order of their times."""
    found = [entry for source in SOURCES for entry in source(desk, scope, span)]
    return sorted(found, key=lambda entry: (entry.starts_at, entry.id))
