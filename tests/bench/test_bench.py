"""The bench itself works: it counts what it sends, compares within a round, and writes what it found."""

import itertools
import random
import sqlite3
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.bench import alone, answers, clicks, crowd, report, stage
from tests.bench.rounds import Measured, Row, Spread


def test_clicks_are_measured_against_bare_bolt_and_all_of_them_are_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clicks, "SECONDS", 0.2)
    monkeypatch.setattr(clicks, "WARM", 0.1)
    monkeypatch.setattr(clicks, "FIRST", 150)
    monkeypatch.setattr(clicks, "RELEASES", 80)
    monkeypatch.setattr(clicks, "AIMS", {("ack", 2): (0.9, 1.0), ("click sqlite", 2): (0.25, 0.4)})
    ack, click, calls = clicks.measure(tmp_path, ["ack", "click-sqlite"], 1, random.Random(1))
    assert ack.value.median > click.value.median > 0
    assert calls.value.median == 0, "what an acknowledgement needs to know is known"
    keys, votes = clicks.count(f"sqlite:///{tmp_path / 'bench.sqlite3'}")
    assert keys == votes > 0


def test_the_anchor_does_what_a_vote_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alone, "SECONDS", 0.1)
    monkeypatch.setattr(alone, "RELEASES", 3)
    file = tmp_path / "anchor.sqlite3"
    stage.build(f"sqlite:///{file}", 3)
    assert alone.by_hand(str(file), random.Random(1), itertools.count(1)) > 0
    connection = sqlite3.connect(file)
    done, answered, said, votes, waiting = (
        connection.execute(f"SELECT count(*) FROM {what}").fetchone()[0]
        for what in ("keys", "keys WHERE reply IS NOT NULL", "audit WHERE name = 'voted'", "votes", "outbox")
    )
    connection.close()
    assert done == answered == said > 0
    assert 0 < votes <= 36
    assert waiting == 3, "one card each, however many votes"


def test_a_crowd_answers_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PEOPLE": 12, "FEW": 2, "MANY": 9, "EACH": 3, "CROWD": answers.CROWD[:12]}.items():
        monkeypatch.setattr(answers, name, value)
    (row,) = answers.measure(tmp_path, 2)
    assert row.value.low > 0
    given = sqlite3.connect(tmp_path / "crowd.sqlite3")
    counted = given.execute("SELECT count(*) FROM votes GROUP BY release_id").fetchall()
    given.close()
    assert counted == [(12,)] * 3


def test_copies_of_a_release_have_all_that_it_has(tmp_path: Path) -> None:
    file = tmp_path / "crowd.sqlite3"
    stage.build(f"sqlite:///{file}", 1)
    crowd.add_workspaces(str(file), 3)
    crowd.multiply(str(file), crowd.Copies(1, 10), crowd.Copies(1, 6, {"workspace": "2 + n % 3"}))
    connection = sqlite3.connect(file)
    for table in ("release_parts", "rounds", "cards", "timers", "audit"):
        most, least = connection.execute(
            f"SELECT max(n), min(n) FROM (SELECT count({table}.release_id) AS n FROM releases "
            f"LEFT JOIN {table} ON {table}.release_id = releases.id GROUP BY releases.id)"
        ).fetchone()
        assert most == least > 0, table
    here = dict(connection.execute("SELECT workspace_id, count(*) FROM releases GROUP BY workspace_id"))
    broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    connection.close()
    assert here == {1: 12, 2: 2, 3: 2, 4: 2}
    assert broken == []


def test_ratios_are_taken_round_by_round() -> None:
    measured = Measured()
    for ours, bare in ((50, 100), (20, 100), (90, 100)):
        measured.add("ours", ours)
        measured.add("bare", bare)
    assert measured.ratio("ours", "bare") == Spread(0.5, 0.2, 0.9)


@pytest.mark.parametrize(
    ("value", "more_is_better", "verdict"),
    [(0.5, True, "target"), (0.35, True, "floor"), (0.2, True, "below the floor"), (0.2, False, "target")],
)
def test_a_figure_is_held_against_its_floor_and_its_target(value: float, more_is_better: bool, verdict: str) -> None:
    aims = (0.3, 0.45) if more_is_better else (0.4, 0.25)
    assert Row("clicks", Spread.of([value]), *aims, more_is_better=more_is_better).verdict == verdict


def test_what_must_not_happen_fails_a_figure_however_good_it_is() -> None:
    assert Row("posting", Spread.of([1.0]), 0.9, 0.97, failed="429").verdict == "failed: 429"


def test_the_page_keeps_what_people_wrote_and_the_plot_has_a_bar_for_each_gesture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, picture = tmp_path / "benchmarks.md", tmp_path / "images" / "plot.svg"
    monkeypatch.setattr(report, "PAGE", page)
    monkeypatch.setattr(report, "PLOT", picture)
    page.write_text(f"# How\n\n{report.BELOW}\n\nold\n")
    rows = [
        Row("clicks", Spread(0.4, 0.3, 0.5), 0.3, 0.45, detail="400/s"),
        Row("<reads>", Spread(0.2, 0.1, 0.3), 0.3, 0.5),
    ]
    report.write(rows, {"Machine": "2 cores"})
    written = page.read_text()
    assert written.startswith("# How\n")
    assert "| clicks | 0.4 (0.3–0.5) × bare | 0.3 / 0.45 | floor met | 400/s |" in written
    assert "old" not in written
    drawn = ElementTree.fromstring(picture.read_text())
    assert [one.get("fill") for one in drawn.iter("{http://www.w3.org/2000/svg}rect")].count("#3b6fb6") == 2
