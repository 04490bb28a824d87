"""Find the parts of a release that people mean when they name a service, a version, an environment."""

from bot.release.errors import Refusal
from bot.release.release import Part, Release, part_key
from bot.release.words import Said, listing


def find_parts(release: Release, name: str | None) -> list[Part]:
    """The active parts meant by `name`: a service, with version or environment as needed; all of them for None.

    Raises Refusal when the name fits none, or several.
    """
    if not name:
        return release.active_parts
    found = _called(release, name)
    if not found:
        titles = listing([Said(release.part_title(part)) for part in release.active_parts])
        raise Refusal(Said(release.title), " has no part “", Said(name), "”. Its parts: ", titles, ".",
                      code="no_such_part")  # fmt: skip
    if len(found) > 1:
        titles = listing([Said(release.part_title(part)) for part in found], last=" or ")
        raise Refusal("Which part is “", Said(name), "”: ", titles, "?", code="no_such_part")
    return found


def split_part(release: Release, text: str) -> tuple[str, str]:
    """Split "web 5.1 smoke test is red" into the name of a part, as long as possible, and the rest; or "" and all.

    Where several parts go to production, "production is down" is a reason and no name.
    """
    words_typed = text.split()
    for end in range(len(words_typed), 0, -1):
        name = " ".join(words_typed[:end])
        found = _called(release, name)
        said_by_place = end == 1 and part_key(name) not in {part_key(part.service) for part in found}
        if len(found) == 1 or (found and not said_by_place):
            return name, " ".join(words_typed[end:])
    return "", text


def _called(release: Release, name: str) -> list[Part]:
    """By its own name, or after the release's: of payments and web, "payments web" is web."""
    found = [part for part in release.active_parts if part_key(name) in part.names]
    first, _, rest = name.partition(" ")
    if not found and rest and any(part_key(first) == part_key(part.service) for part in release.active_parts):
        return [part for part in release.active_parts if part_key(rest) in part.names]
    return found
