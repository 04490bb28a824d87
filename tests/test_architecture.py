"""The house rules that a machine can check: who may import whom, who may ask for the time, who may wait.

The import contracts are sentences in pyproject.toml. Each is run on the real tree, and each is shown to
catch a violation planted in a copy of it.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("bot", "handlers", "storage")
CONTRACTS = {
    contract["id"]: contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
}

#: For each contract a file that breaks it.
PLANTED = {
    "layers": ("bot/release/planted_layers.py", "import bot.settings"),
    "only-app-imports-handlers": ("bot/slack/planted_handlers.py", "import handlers"),
    "handlers-are-independent": ("handlers/planted_first.py", "import handlers.planted_second"),
    "only-storage-speaks-sql": ("handlers/planted_sql.py", "import sqlalchemy"),
    "only-the-edges-speak-http": ("bot/kit/planted_http.py", "import aiohttp"),
    "only-ticker-knows-apscheduler": ("storage/planted_alarm.py", "import apscheduler"),
    "handlers-cannot-await": ("handlers/planted_second.py", "import asyncio"),
    "release-is-pure": ("bot/release/planted_clock.py", "import time"),
    "sandbox-knows-only-slack": ("bot/sandbox/planted_ours.py", "import bot.settings"),
    "only-the-trial-starts-the-sandbox": ("bot/slack/planted_sandbox.py", "import bot.sandbox"),
}


def check_contracts(tree: Path) -> tuple[bool, str]:
    """Run every contract on the packages in `tree`; return whether all are kept, and the report."""
    command = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run(
        [sys.executable, "-c", command],
        cwd=tree,
        env={**os.environ, "COLUMNS": "300"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def planted_report(tmp_path_factory: pytest.TempPathFactory) -> str:
    tree = tmp_path_factory.mktemp("house")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tree / package, ignore=shutil.ignore_patterns("__pycache__", "page"))
    shutil.copy(ROOT / "pyproject.toml", tree)
    for file, violation in PLANTED.values():
        (tree / file).write_text(violation + "\n")
    kept, report = check_contracts(tree)
    assert not kept
    return report


def test_every_contract_is_kept() -> None:
    kept, report = check_contracts(ROOT)
    assert kept, report


def test_every_contract_has_a_planted_violation() -> None:
    assert set(PLANTED) == set(CONTRACTS)


@pytest.mark.parametrize("contract", PLANTED)
def test_a_planted_violation_is_caught(contract: str, planted_report: str) -> None:
    name = CONTRACTS[contract]["name"]
    assert f"{name} BROKEN" in planted_report
    section = planted_report.split(f"\n{name}\n-", 1)[1]
    reasons = re.split(r"\n[^\n]+\n-{9,}\n", section)[0]
    module = PLANTED[contract][0].removesuffix(".py").replace("/", ".")
    assert f"{module} -> " in reasons


def test_every_module_of_the_bot_stands_on_a_floor() -> None:
    floors = " ".join(CONTRACTS["layers"]["layers"])
    found = {path.stem for path in (ROOT / "bot").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    for module in found - {"__init__", "sandbox"}:  # the sandbox stands outside: it is Slack
        assert re.search(rf"\bbot\.{module}\b", floors), f"say in pyproject.toml where bot.{module} stands"


def sources(*where: str) -> Iterator[tuple[str, ast.Module]]:
    for place in where:
        top = ROOT / place
        for file in [top] if top.is_file() else sorted(top.rglob("*.py")):
            yield str(file.relative_to(ROOT)), ast.parse(file.read_text())


def spoken(tree: ast.AST) -> Iterator[str]:
    """Every dotted name in the source (`os.environ`), and every name imported from a module (`os.getenv`)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{node.value.id}.{node.attr}"
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


READS_THE_ENVIRONMENT = {"os.environ", "os.getenv", "os.environb"}
ASKS_FOR_THE_TIME = {
    f"{owner}.{question}"
    for owners, questions in [
        (("datetime", "Instant", "ZonedDateTime", "OffsetDateTime"), ("now", "utcnow", "today")),
        (("date", "Date"), ("today", "today_in_system_tz", "today_utc")),
        (("time",), ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "sleep")),
    ]
    for owner in owners
    for question in questions
}


def offenders(forbidden: set[str], allowed: set[str]) -> list[str]:
    return [
        f"{file}: {name}"
        for file, tree in sources(*PACKAGES)
        if file not in allowed
        for name in spoken(tree)
        if name in forbidden
    ]


def test_only_the_settings_read_the_environment() -> None:
    assert offenders(READS_THE_ENVIRONMENT, {"bot/settings.py"}) == []


def test_only_the_clock_asks_what_time_it_is() -> None:
    assert offenders(ASKS_FOR_THE_TIME, {"bot/clock.py"}) == []


@pytest.mark.parametrize(
    "source",
    ["import os\nos.environ['X']", "from os import getenv", "datetime.now(UTC)", "from time import monotonic"],
)
def test_a_planted_question_is_heard(source: str) -> None:
    assert set(spoken(ast.parse(source))) & (READS_THE_ENVIRONMENT | ASKS_FOR_THE_TIME)


def waits(tree: ast.AST) -> bool:
    return any(
        isinstance(node, (ast.AsyncFunctionDef, ast.Await, ast.AsyncWith, ast.AsyncFor)) for node in ast.walk(tree)
    )


def test_no_handler_can_wait() -> None:
    assert [file for file, tree in sources("handlers", "bot/kit", "bot/release", "storage") if waits(tree)] == []
    assert waits(ast.parse("async def vote(): ..."))


def test_every_module_says_what_it_is_for() -> None:
    silent = [file for file, tree in sources(*PACKAGES) if tree.body and not ast.get_docstring(tree)]
    assert silent == []


def test_the_package_at_both_ends_is_empty() -> None:
    assert (ROOT / "bot" / "__init__.py").read_text() == ""


def test_every_file_can_be_read_in_one_sitting() -> None:
    lengths = {file: len((ROOT / file).read_text().splitlines()) for file, _ in sources(*PACKAGES, "tests", "docs")}
    assert {file: length for file, length in lengths.items() if length > 400} == {}
