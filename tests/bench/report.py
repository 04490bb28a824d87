"""Write what was measured as a table and a plot: docs/benchmarks.md and docs/images/benchmarks.svg."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.sax.saxutils import escape

from tests.bench.rounds import Row, Spread

ROOT = Path(__file__).parent.parent.parent
PAGE, PLOT = ROOT / "docs" / "benchmarks.md", ROOT / "docs" / "images" / "benchmarks.svg"
_MARKS = {"target": "target met", "floor": "floor met", "below the floor": "**below the floor**", "": "–"}
#: The part of the page that is written by people ends here.
BELOW = "<!-- what follows is written by `make bench` -->"

#: The plot: its width, where the bars begin, and the height of a row, in pixels.
_WIDTH, _LEFT, _ROW = 900, 400, 26


def line(row: Row) -> str:
    """One figure for the terminal."""
    aim = f"floor {_aim(row.floor)}, target {_aim(row.target)}" if row.target is not None else ""
    return f"{row.figure}\n    {row.value} {row.unit}   {aim}   {row.verdict}\n    {row.detail}"


def write(rows: list[Row], facts: Mapping[str, str]) -> None:
    """Both files; what people wrote at the top of the page stays."""
    head = PAGE.read_text().partition(BELOW)[0] if PAGE.exists() else "# Benchmarks\n\n"
    PAGE.write_text(f"{head}{BELOW}\n\n{table(rows, facts)}")
    PLOT.parent.mkdir(exist_ok=True)
    PLOT.write_text(
        plot([row for row in rows if row.unit == "× bare" and row.target is not None and row.more_is_better])
    )


def table(rows: Iterable[Row], facts: Mapping[str, str]) -> str:
    """The page's own part, in Markdown."""
    said = "".join(f"- {name}: {value}\n" for name, value in facts.items())
    lines = [
        f"| {row.figure} | {row.value} {row.unit} | {_aim(row.floor)} / {_aim(row.target)} | "
        f"{_MARKS.get(row.verdict, f'**{row.verdict}**')} | {row.detail} |"
        for row in rows
    ]
    return (
        f"## The last run\n\n{said}\n![Each gesture against bare Bolt](images/benchmarks.svg)\n\n"
        "Values are the median of the rounds, with the lowest and the highest in brackets.\n\n"
        "| figure | measured | floor / target | | how it came about |\n|---|---|---|---|---|\n"
        + "\n".join(lines)
        + "\n"
    )


def plot(rows: list[Row]) -> str:
    """Bars of the ratios to bare with their ranges, and marks for floor and target, as SVG."""
    most = max([1.0, *(max(row.value.high, row.target or 0) for row in rows)])
    scale = (_WIDTH - _LEFT - 60) / most
    height = _ROW * len(rows) + 60
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        '<text x="10" y="20" font-size="14" font-weight="bold">Gestures a second, against bare Bolt = 1</text>',
        f'<line x1="{_LEFT + scale:.0f}" y1="30" x2="{_LEFT + scale:.0f}" y2="{height - 22}" stroke="#999"/>',
    ]
    for place, row in enumerate(rows):
        parts += _bar(row, 34 + place * _ROW, scale)
    parts.append(
        f'<text x="10" y="{height - 6}" fill="#555">bar: median; thin line: lowest to highest round; '
        "orange mark: floor; green mark: target</text></svg>"
    )
    return "\n".join(parts) + "\n"


def _bar(row: Row, y: int, scale: float) -> list[str]:
    value: Spread = row.value
    middle = y + _ROW // 2 - 3
    marks = [
        f'<line x1="{_LEFT + at * scale:.1f}" y1="{y}" x2="{_LEFT + at * scale:.1f}" y2="{y + _ROW - 6}" '
        f'stroke="{colour}" stroke-width="2"/>'
        for at, colour in ((row.floor, "#d97706"), (row.target, "#15803d"))
        if at is not None
    ]
    return [
        f'<text x="{_LEFT - 8}" y="{middle + 4}" text-anchor="end">{escape(row.figure)}</text>',
        f'<rect x="{_LEFT}" y="{y + 3}" width="{max(1.0, value.median * scale):.1f}" height="{_ROW - 12}" '
        'fill="#3b6fb6"/>',
        f'<line x1="{_LEFT + value.low * scale:.1f}" y1="{middle}" x2="{_LEFT + value.high * scale:.1f}" '
        f'y2="{middle}" stroke="#111"/>',
        *marks,
        f'<text x="{_LEFT + max(value.high, row.target or 0) * scale + 6:.1f}" y="{middle + 4}">'
        f"{value.median:.2f}</text>",
    ]


def _aim(value: float | None) -> str:
    return "–" if value is None else f"{value:,g}"
