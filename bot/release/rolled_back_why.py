"""Say why parts of a release were rolled back: each keeps its own reason, and another's is not theirs."""

from collections.abc import Collection
from datetime import datetime

from bot.release.release import Part, PartState, Release

#: As many characters as a dialog takes (slack: max_length of plain_text_input).
MAX_WHY = 3_000


def rolled_back_parts(release: Release) -> list[Part]:
    """What was rolled back, or is being."""
    return [part for part in release.active_parts if part.state in (PartState.ROLLING_BACK, PartState.ROLLED_BACK)]


def rolled_back_at(release: Release) -> datetime | None:
    """When the last of it was rolled back; what never started may have been left out later, which ended it."""
    back = [part.back_at for part in release.active_parts if part.state is PartState.ROLLED_BACK]
    return max((at for at in back if at is not None), default=release.outcome_at)


def why_rolled_back(release: Release, parts: Collection[Part]) -> str:
    """What was said of why these were rolled back; each reason beside its parts, where it is not that of all."""
    reasons: dict[str, list[Part]] = {}
    for part in parts:
        reasons.setdefault(part.back_why, []).append(part)
    if "" in reasons and release.rollback_why:  # said to an earlier version, of what it knew of then
        reasons.setdefault(release.rollback_why, []).extend(reasons.pop(""))
    if len(reasons) == 1:
        return next(iter(reasons))
    said = [f"{', '.join(map(release.part_title, some))}: {why}" for why, some in reasons.items() if why]
    text = "; ".join(said)
    return text if len(text) <= MAX_WHY else text[: MAX_WHY - 1] + "…"


def settle_older(release: Release) -> None:
    """What an earlier version stored of the release becomes the reason of what is rolled back by now, no other's."""
    for part in rolled_back_parts(release):
        part.back_why = part.back_why or release.rollback_why
    release.rollback_why = ""
