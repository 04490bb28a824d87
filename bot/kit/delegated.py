"""Ask the delegate of somebody who is away: for whom they are to answer, and the buttons that say so."""

from bot.kit.blocks import Button
from bot.kit.desk import Desk
from bot.release.decision import owing
from bot.release.delegating import stood_in
from bot.release.release import Release


def for_whom(release: Release, desk: Desk, delegate: str) -> list[str]:
    """For whom they are to answer still."""
    electorate = desk.electorate(release)
    if not electorate.delegates:
        return []
    waited_for = owing(release, electorate)
    return sorted(user for user, one in stood_in(release, electorate).items() if one == delegate and user in waited_for)


def buttons(release: Release, user: str, desk: Desk) -> tuple[Button, ...]:
    """What a delegate may say for this person; the first two name them."""
    name = desk.name(user)
    labels = {"go": f"Go for {name}", "no-go": f"No-go for {name}", "go-if": "Go if …"}
    return tuple(desk.offer(verb, release, label=label, w=user) for verb, label in labels.items())
