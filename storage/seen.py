"""Find the first releases that somebody may see: what others do in private hides none of them, and costs little."""

from collections.abc import Callable
from typing import Any

from bot.release.release import Release

#: Says whether somebody may see a release.
Seen = Callable[[Release], bool]
Order = Callable[[Release], Any]
#: So many private releases are looked through at once for those that somebody may see, and so many times at most.
PAGE, MOST_PAGES = 20, 10


def gather(
    look: Callable[[bool | None, int, int], list[Release]], limit: int, seen: Seen | None, order: Order
) -> list[Release]:
    """The first ones, `look`ed for by (private or not, limit, offset): all, or those that somebody may see.

    What others do in private hides nothing then: public ones are counted apart, private ones looked through in pages.
    """
    if seen is None:
        return look(None, limit, 0)
    found = look(False, limit, 0)
    secret: list[Release] = []
    for page in range(MOST_PAGES):
        rows = look(True, PAGE, page * PAGE)
        secret += [release for release in rows if seen(release)]
        if len(rows) < PAGE or len(secret) >= limit:
            break
    return sorted([*(release for release in found if seen(release)), *secret], key=order)[:limit]
