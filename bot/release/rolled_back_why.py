"""Keep why a release was rolled back: one text, in which each reason stands beside the parts that it was said of."""

import re
from collections.abc import Collection

from bot.release.release import Part, PartState, Release

#: As many characters as a dialog takes (slack: max_length of plain_text_input); each reason is whole in its event.
MAX_WHY = 3_000


def with_reason(release: Release, parts: Collection[Part], why: str) -> str:
    """All that was said of why, with this reason for those parts: another's reason is not theirs."""
    alone = _beside(release, parts, why)
    return _fitting(f"{release.rollback_why}; {alone}" if release.rollback_why else alone)


def explained(release: Release, why: str) -> str:
    """What somebody says of it afterwards, of all that went back by then, where it names none of it."""
    back = [part for part in release.active_parts if part.state in (PartState.ROLLING_BACK, PartState.ROLLED_BACK)]
    return _fitting(why if _named(release, why) else _beside(release, back, why))


def why_rolled_back(release: Release, parts: Collection[Part]) -> str:
    """What was said of why these were rolled back: not what was said of others alone."""
    wanted = {release.part_title(part) for part in parts}
    said = []
    for reason in re.split(rf"; (?={_names(release)}: )", release.rollback_why):
        named = _named(release, reason)
        if not named or named & wanted:
            said.append(reason.split(": ", 1)[1] if named and named == wanted else reason)
    return "; ".join(said)


def _beside(release: Release, parts: Collection[Part], why: str) -> str:
    """The reason beside the names of those parts, where it is not that of all that was touched."""
    touched = [part for part in release.active_parts if part.state is not PartState.PENDING]
    return why if len(parts) == len(touched) else f"{', '.join(release.part_title(part) for part in parts)}: {why}"


def _named(release: Release, reason: str) -> set[str]:
    """The titles of the parts that a reason stands beside; none where it is that of all."""
    beside = re.match(rf"({_names(release)}): ", reason)
    return set(re.findall(_one(release), beside[1])) if beside else set()


def _names(release: Release) -> str:
    return rf"(?:{_one(release)})(?:, (?:{_one(release)}))*"


def _one(release: Release) -> str:
    titles = sorted((release.part_title(part) for part in release.parts), key=len, reverse=True)
    return "|".join(map(re.escape, titles))


def _fitting(text: str) -> str:
    return text if len(text) <= MAX_WHY else text[: MAX_WHY - 1] + "…"
