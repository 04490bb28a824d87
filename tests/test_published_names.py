"""What has a name out there goes on answering to it: in posted messages, stored rows, the environment, the terminal.

published_names.txt is the ledger, a line each. A new name is added there. One that is gone, though the ledger has it,
is a button that nobody answers any more: declare the thing with `formerly=` instead.
"""

from pathlib import Path
from typing import Any

import typer.main

from bot.app import load_catalogue
from bot.cli import cli
from bot.kit import render
from bot.kit.declare import Catalogue
from bot.meters import Meters
from bot.settings import documented_variables
from bot.slack import manifest

LEDGER = Path(__file__).parent / "published_names.txt"


def commands(command: Any, path: str = "") -> set[str]:
    """Every command of the terminal with its options: "run", "policy apply", "policy apply --team"."""
    inner = getattr(command, "commands", None)
    if inner is None:
        return {path} | {f"{path} {option}" for given in command.params for option in given.opts if option[:2] == "--"}
    return {name for sub, one in inner.items() for name in commands(one, f"{path} {sub}".strip())}


def names(catalogue: Catalogue) -> tuple[set[str], set[str]]:
    """What is published now, and all that still answers: former names too."""
    now = {f"card {kind}" for kind, card in catalogue.cards.items() if kind == card.kind}
    now |= {f"prompt {name}" for name, prompt in catalogue.prompts.items() if name == prompt.name}
    now |= {f"appointment {kind}" for kind in catalogue.appointments}
    now |= {f"press {name}" for name, press in catalogue.presses.items() if name == press.name}
    now |= {f"verb {name}".strip() for name in catalogue.verbs}
    now |= {f"alias {alias}" for verb in catalogue.verbs.values() for alias in verb.aliases}
    now |= {f"form {name}" for name, verb in catalogue.verbs.items() if verb.form is not None}
    shortcuts = manifest.build()["features"]["shortcuts"]
    fixed = {f"shortcut {shortcut['callback_id']}" for shortcut in shortcuts} | {"form done", f"press {render.NO_OP}"}
    fixed |= {f"setting {one.name}" for one in documented_variables()}
    fixed |= {f"metric {metric.name}" for metric in Meters().registry.collect() if metric.name.startswith("tminus_")}
    fixed |= {f"command {name}" for name in commands(typer.main.get_command(cli))}
    answering = {f"card {kind}" for kind in catalogue.cards} | {f"prompt {name}" for name in catalogue.prompts}
    answering |= {f"press {name}" for name in catalogue.presses}
    answering |= {f"appointment {kind}" for kind in catalogue.appointments}
    answering |= {f"{kind} {word}".strip() for word in catalogue.words for kind in ("verb", "alias")}
    answering |= {f"form {word}" for word, verb in catalogue.words.items() if verb.form is not None}
    return now | fixed, answering | fixed


def ledger() -> list[str]:
    return [line for line in LEDGER.read_text().splitlines() if line and not line.startswith("#")]


def test_every_name_is_in_the_ledger() -> None:
    published, _ = names(load_catalogue())
    assert sorted(published - {*ledger()}) == [], "add these lines to tests/published_names.txt"
    assert ledger() == sorted({*ledger()}), "one line each, sorted"


def test_every_name_in_the_ledger_still_answers() -> None:
    _, answering = names(load_catalogue())
    assert sorted({*ledger()} - answering) == [], "these were published: keep them, or say formerly="
