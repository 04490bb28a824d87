"""Show what changed in a text: the lines that came and went, as few as can be read at a glance."""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

from bot.release.words import Said, Words, words

#: So many lines are shown of a change, and so many characters of each.
MOST_LINES, MOST_OF_LINE = 6, 120


def line_diff(before: str, after: str, most: int = MOST_LINES) -> list[Words]:
    """`− old flag` and `+ hotfix 4411`, a row each, at most so many and then how many more.

    Texts of one line are compared by what stands between commas.
    """
    old, new = _pieces(before, after)
    rows: list[Words] = []
    for kind, from_, until, begin, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            rows += [*_rows("− ", old[from_:until]), *_rows("+ ", new[begin:end])]
    if len(rows) > most:
        rows = [*rows[: most - 1], (f"and {len(rows) - most + 1} more",)]
    return rows


def _rows(mark: str, lines: Iterable[str]) -> list[Words]:
    return [words(mark, Said(line if len(line) <= MOST_OF_LINE else line[: MOST_OF_LINE - 1] + "…")) for line in lines]


def _pieces(before: str, after: str) -> tuple[list[str], list[str]]:
    several = "\n" in before.strip() or "\n" in after.strip()
    split = re.compile(r"\n" if several else r"[,;]\s")
    old, new = ([line.strip() for line in split.split(text) if line.strip()] for text in (before, after))
    return old, new
