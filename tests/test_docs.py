"""The generated parts of the documents are what the code says, and what the documents name is there."""

import importlib.util
import re
from pathlib import Path

import pytest

from bot import diagram
from bot.release.states import ALARMS, MOVES, STATE_WORDS
from bot.settings import load_settings

ROOT = Path(__file__).parent.parent

_spec = importlib.util.spec_from_file_location("generate_docs", ROOT / "docs" / "generate.py")
assert _spec and _spec.loader
generate = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(generate)


def test_every_generated_file_is_current() -> None:
    stale = [path.name for path, content in generate.files().items() if path.read_text() != content]
    assert stale == [], "run: make docs"


def test_the_diagram_shows_every_change_of_state_or_says_it_in_words() -> None:
    drawn, words = diagram.mermaid(), diagram.in_words()
    for table in (MOVES, ALARMS):
        for start, row in table.items():
            for name, ends in row.items():
                for end in ends:
                    shown = re.search(rf"^    {start} --> {end}: .*\b{name}\b", drawn, re.MULTILINE)
                    assert shown or start == end or f"**{name.capitalize()}**" in words, (start, name, end)


def test_every_state_has_a_row_that_names_its_moves() -> None:
    rows = {line.split(" | ")[0].removeprefix("| "): line for line in diagram.table().splitlines()}
    for state, words in STATE_WORDS.items():
        for name in (*MOVES[state], *ALARMS[state]):
            assert name in rows[words]


def test_the_example_file_starts_the_bot_once_its_tokens_are_real() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    env = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert load_settings(env).socket_mode


@pytest.mark.parametrize(
    "page", ["README.md", ".github/CONTRIBUTING.md", "docs/security.md", "docs/operations.md", "docs/states.md"]
)
def test_links_between_the_documents_lead_somewhere(page: str) -> None:
    here = (ROOT / page).parent
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", (ROOT / page).read_text())
    missing = [link for link in links if not (here / link).exists() and "images/" not in link]
    assert missing == []


def test_commands_named_in_the_readme_exist_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)", (ROOT / "README.md").read_text())) <= targets


def test_what_make_offers_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    helped = re.findall(r'@echo "make ([a-z |]+?)(?:  |")', makefile)
    assert {name.strip() for line in helped for name in line.split("|")} <= targets
    named = re.findall(r"-m pytest .*?\b(tests/[\w/.]+)", makefile)
    assert [path for path in named if not (ROOT / path).exists()] == []
