"""Show the plan of a release: rows with a mark for how each stands, all of them or those around now."""

from bot.kit.blocks import Block, Lines, Small
from bot.kit.desk import Desk
from bot.kit.milestones import marks
from bot.kit.reminding import looked_back_at
from bot.kit.zone_rules import in_doubt
from bot.release.outline import LookBack, Row, Standing, outline, to_come
from bot.release.release import Release
from bot.release.words import At, Bold, Words, words

_MARKS: dict[Standing, str] = {"done": "✓", "asked": "☐", "next": "▶", "later": "·", "skipped": "⏭"}
#: So many rows stand in `status`, so many in one block, and so many in one line.
MOST_ROWS, IN_A_BLOCK, MOST_IN_SHORT = 10, 12, 4


def plan_blocks(release: Release, desk: Desk, most: int | None = None) -> list[Block]:
    """`Plan`, and its rows; with `most`, those that are over longest are left out."""
    rows = outline(release, marks(release, desk), desk.now, _back(release, desk))
    zone = release.planned.zone
    over = len(rows) - most if most is not None and len(rows) > most else 0
    first = [row for row in rows if row.standing in ("done", "skipped")][:over]
    shown = [row for row in rows if not any(row is left for left in first)]
    shown = shown[:most]
    doubt = in_doubt(release)
    lines = [words(Bold("Plan")), *((doubt,) if doubt else ()), *(plan_row(row, zone) for row in shown)]
    blocks: list[Block] = [Lines(tuple(lines[at : at + IN_A_BLOCK])) for at in range(0, len(lines), IN_A_BLOCK)]
    if (hidden := len(rows) - len(shown)) > 0:
        blocks.append(Small(words(f"and {hidden} more: {desk.catalogue.command} timeline {desk.ref(release)}")))
    return blocks


def plan_row(row: Row, zone: str) -> Words:
    """`▶ Tue 1 Dec 10:00  “Update the changelog” · to do for the captain`."""
    why = words(" — left out: " if row.standing == "skipped" else " — ", row.why) if row.why else ()
    what = words(" · ", row.what) if row.what else ()
    return words(_MARKS[row.standing], " ", At(row.at, "day", zone), "  ", row.said, what, why)


def _back(release: Release, desk: Desk) -> LookBack:
    return lambda ends: looked_back_at(release, ends, desk)


def plan_in_short(release: Release, desk: Desk) -> Words:
    """What comes next, in one line; empty where the policy plans nothing of its own before T."""
    policy = release.policy
    if not policy.timeline and policy.code_cut_off is None and policy.opens == "at once":
        return ()
    zone = release.planned.zone
    ahead = to_come(release, marks(release, desk), desk.now, _back(release, desk))
    row: Words = ()
    for one in ahead[:MOST_IN_SHORT]:
        row = words(row, " · " if row else "", one.said, " ", At(one.at, "day", zone))
    more = f" · and {len(ahead) - MOST_IN_SHORT} more" if len(ahead) > MOST_IN_SHORT else ""
    return words(Bold("Plan"), "  ", row, more)
