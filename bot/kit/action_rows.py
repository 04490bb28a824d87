"""Hold up what retrospectives of a service left to do to its next release, until that is deployed."""

from bot.kit.blocks import Block, Lines, Small
from bot.kit.desk import Desk
from bot.kit.fitting import cut
from bot.release.release import Release
from bot.release.states import BEFORE_DEPLOY
from bot.release.words import Bold, Said, Who, Words, listing, words
from bot.release.zones import local
from storage.retros import ActionItem

#: So many stand on the card, and so many in `status`; so many characters of what each is about.
MOST_ON_CARD, MOST, MOST_OF_TEXT = 3, 10, 80


def left_to_do(release: Release, desk: Desk) -> list[ActionItem]:
    """Action items of earlier releases of its services that are open; what was private elsewhere stays there."""
    if release.state not in BEFORE_DEPLOY:
        return []
    services = dict.fromkeys(part.service for part in release.active_parts)
    found = {one.id: one for name in services for one in desk.work.retros.open_actions(name, release.id)}
    earlier = desk.work.releases.many({one.release_id for one in found.values()}) if found else {}
    known = {id for id, one in earlier.items() if not one.is_private or one.channel == release.channel}
    return [one for _, one in sorted(found.items()) if one.release_id in known]


def action_line(release: Release, desk: Desk) -> list[Block]:
    """All of them in one small line, for the card."""
    items = left_to_do(release, desk)
    rows = [_row(one, release, desk) for one in items]
    return (
        [Small(words("◻️ From earlier retrospectives: ", listing(rows, last=", ", most=MOST_ON_CARD)))] if rows else []
    )


def action_rows(release: Release, desk: Desk) -> list[Block]:
    """A row for each."""
    items = left_to_do(release, desk)
    if not items:
        return []
    more = words(f"and {len(items) - MOST} more") if len(items) > MOST else ()
    rows = [words("◻️ ", _row(one, release, desk)) for one in items[:MOST]]
    return [Lines((words(Bold("From earlier retrospectives")), *rows, *((more,) if more else ())))]


def _row(one: ActionItem, release: Release, desk: Desk) -> Words:
    late = "was due" if one.due_on < local(desk.now, release.planned.zone).date().to_stdlib() else "by"
    day = f"{one.due_on:%a} {one.due_on.day} {one.due_on:%b}"
    return words("“", Said(cut(one.text, MOST_OF_TEXT)), "” (", Who(one.owner), f", {late} {day})")
