"""Tell how the checklist of a release stands, a row for each item: who ticked it and when, or whose it is."""

from bot.kit.access import is_lost, may_see
from bot.kit.blocks import Block, Lines, Para
from bot.kit.desk import Desk
from bot.kit.leading import leads
from bot.release.checklist import can_change, is_ticked, may_tick, owners, to_do
from bot.release.policy import Item
from bot.release.release import Release
from bot.release.words import Bold, Said, Who, Words, at_beside, listing, words

#: So many rows stand on a card, what is still to do first.
MOST_ROWS = 8


def checklist_rows(release: Release) -> list[Words]:
    """`Checklist  1 of 3 done`, and the items; of a long list those that are still to do come first."""
    items = release.policy.checklist
    if not items:
        return []
    left = to_do(release)
    head = words(Bold("Checklist"), f"  {len(items) - len(left)} of {len(items)} done")
    in_order = list(items) if len(items) <= MOST_ROWS else [*left, *(one for one in items if one not in left)]
    more = [(f"and {len(items) - MOST_ROWS} more (status shows all)",)] if len(items) > MOST_ROWS else []
    return [head, *(item_row(item, release) for item in in_order[:MOST_ROWS]), *more]


def checklist_for(user: str, release: Release, desk: Desk) -> list[Block]:
    """All of it, with a button on each item that this person may tick, or take back."""
    if not release.policy.checklist:
        return []
    blocks: list[Block] = [Lines((checklist_rows(release)[0],))]
    for item in release.policy.checklist:
        row = item_row(item, release)
        if not (can_change(release) and may_tick(item, user, release)):
            blocks.append(Para(row))
        elif is_ticked(item, release):
            blocks.append(Para(row, desk.offer("untick", release, k=item.key)))
        else:
            blocks.append(Para(row, desk.offer("tick", release, label="Done", k=item.key)))
    return blocks


def asked(item: Item, release: Release, desk: Desk) -> frozenset[str]:
    """Its owners who are here and may know of the release; where there is none, the captain ticks it."""
    able = {user for user in owners(item, release) if may_see(desk, user, release) and not is_lost(user, desk)}
    return frozenset(able or leads(release, desk))


def item_row(item: Item, release: Release) -> Words:
    """`☑ Runbook updated  Tom 10:02`, or `☐ Load test repeated — Qi or Bo`."""
    tick = release.ticks.get(item.key)
    optional = "" if item.mandatory else " (optional)"
    if tick is not None and is_ticked(item, release):
        at = at_beside(tick.at, release.target_at, release.planned.zone)
        return words("☑ ", Said(item.text), optional, "  ", Who(tick.by), " ", at)
    whose = listing([Who(user) for user in sorted(owners(item, release))], last=" or ")
    by = release.overridden
    if by is not None and ("item", item.key) in by.skipped:
        return words("⏭️ ", Said(item.text), "  skipped by override (", Who(by.by), ")")
    again = words(", taken back by ", Who(tick.by)) if tick is not None else ()
    return words("☐ ", Said(item.text), optional, " — ", whose, again)
