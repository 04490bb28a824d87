"""The lines of a change, as few as can be read at a glance."""

import pytest

from bot.release.diff import MOST_LINES, MOST_OF_LINE, line_diff
from tests.release.life import read


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("", "faster refunds", ["+ faster refunds"]),
        ("faster refunds", "", ["− faster refunds"]),
        ("faster refunds, old flag", "faster refunds, hotfix 4411", ["− old flag", "+ hotfix 4411"]),
        ("a\nb\nc", "a\nx\nc\nd", ["− b", "+ x", "+ d"]),
        ("a, b", "a, c\nand more", ["− a, b", "+ a, c", "+ and more"]),
        ("a\nb", "a \n\n b", []),
    ],
)
def test_what_came_and_what_went(before: str, after: str, shown: list[str]) -> None:
    found = [read(row) for row in line_diff(before, after)]
    assert found == shown


def test_a_long_change_says_how_much_more_there_is() -> None:
    rows = [read(row) for row in line_diff("", "\n".join(f"change {n}" for n in range(200)))]
    assert len(rows) == MOST_LINES
    assert rows[-1] == f"and {200 - MOST_LINES + 1} more"


def test_a_long_line_is_cut() -> None:
    (row,) = line_diff("", "x" * 3_000)
    assert len(read(row)) == MOST_OF_LINE + len("+ ")
    assert read(row).endswith("…")
