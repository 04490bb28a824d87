"""What the operating notes name is there: commands, log events, files, and how long is kept what."""

import re
from pathlib import Path

import typer

from bot.cli import cli
from bot.meters import Meters
from storage import forgetting

ROOT = Path(__file__).parent.parent
NOTES = (ROOT / "docs" / "operations.md").read_text()


def section(title: str) -> str:
    return NOTES.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_every_command_that_is_named_exists() -> None:
    spans = re.findall(r"`(.*?)`", re.sub(r"```.*?```", "", NOTES, flags=re.DOTALL).replace("\n", " "))
    named = {span.split()[1] for span in spans if re.match(r"tminus [a-z]", span)}
    there = set(typer.main.get_command(cli).commands)  # type: ignore[attr-defined]
    assert {"run", "migrate", "backup", "doctor", "outbox", "manifest"} <= named
    assert named <= there


def test_every_event_of_the_log_is_written_somewhere() -> None:
    rows = [line.split("|")[1] for line in section("Log").splitlines() if line.startswith("| `")]
    named = {event for row in rows for event in re.findall(r"`(\w+)`", row)}
    sources = "".join(file.read_text() for file in (ROOT / "bot").rglob("*.py"))
    written = set(re.findall(r"log\.(?:info|warning|error|exception)\(\s*\"(\w+)\"", sources))
    written |= set(re.findall(r'"(\w+_failed)"', sources))  # what several kinds of work log in one place
    assert {"gesture_done", "undeliverable"} <= named
    assert named <= written


def test_every_warning_and_error_of_the_log_is_explained_as_what_it_is() -> None:
    said = {
        (event, row[1].strip())
        for line in section("Log").splitlines()
        if len(row := line.strip("|").split("|")) == 4
        for event in re.findall(r"`(\w+)`", row[0])
    }
    sources = "".join(file.read_text() for file in (ROOT / "bot").rglob("*.py"))
    written = re.findall(r"\blog\.(warning|error|exception)\(\s*\"(\w+)\"", sources)
    assert {(event, "warning" if level == "warning" else "error") for level, event in written} <= said


def test_what_is_said_to_be_kept_is_kept_for_so_long() -> None:
    said = section("Retention")
    assert f"answers of handled requests | {forgetting.KEEP_KEYS.total_seconds() / 3600:.0f} hours" in said
    assert f"deliveries, once settled | {forgetting.KEEP_DELIVERED.days} days" in said
    assert f"timers, once settled | {forgetting.KEEP_TIMERS.days} days" in said


def test_every_section_that_is_linked_exists() -> None:
    titles = re.findall(r"^#+ (.+)$", NOTES, re.MULTILINE)
    there = {title.lower().replace(" ", "-") for title in titles}
    assert set(re.findall(r"\]\(#([\w-]+)\)", NOTES)) <= there


def test_every_metric_is_explained_and_there() -> None:
    kept = {metric.name for metric in Meters().registry.collect() if metric.name.startswith("tminus_")}
    said = {re.sub(r"_total$", "", name) for name in re.findall(r"`(tminus_\w+)", section("Metrics"))}
    assert kept == said
