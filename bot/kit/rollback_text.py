"""Read what follows `rollback`: which parts, and what else was typed, which may be why."""

import re

from bot.kit.naming import is_version, may_be_version, split_word
from bot.release.part_names import find_parts, split_part
from bot.release.release import Part, Release, part_key

#: What stands between the names of parts.
_BETWEEN = re.compile(r"^(?:and|plus|\+|&|,)\s+", re.IGNORECASE)


def read_parts(release: Release, text: str) -> tuple[list[Part], str]:
    """The parts that the text begins with, as in `payments 2.14.0 + web 5.1 login is broken`, and what follows."""
    found: list[Part] = []
    places = {part_key(part.environment) for part in release.active_parts}
    text = re.sub(r",(?=\s)", " ,", text)
    while text:
        name, left = split_part(release, _BETWEEN.sub("", text) if found else text)
        if not name or (left and part_key(name) in places):
            break  # “production is down” may be about all of them
        found += [part for part in find_parts(release, name) if part not in found]
        text = left
    return found, text.replace(" ,", ",")


def without_version(text: str) -> str:
    """The reason, where a release was typed that is not there: all of it, but no name alone."""
    first, rest = split_word(text)
    second, after = split_word(rest)
    named = may_be_version(first) if not rest else is_version(second) and not after
    return "" if named else text
