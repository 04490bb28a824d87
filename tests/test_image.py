"""The image and the composition: linted, made of what is there, and what they start does start."""

import json
import os
import re
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from configparser import ConfigParser
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
PACKAGES = ("bot", "handlers", "storage")
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
#: The instructions, each on one line.
LINES = [line for line in DOCKERFILE.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]


def run(*command: str, cwd: Path = ROOT, **env: str) -> str:
    """What a command prints. AssertionError with all it said when it fails."""
    bare = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    done = subprocess.run(
        command, cwd=cwd, env=bare | env, capture_output=True, text=True, timeout=60, check=False
    )  # fmt: skip
    assert done.returncode == 0, f"{command}:\n{done.stdout}{done.stderr}"
    return done.stdout


# ---- the image ------------------------------------------------------------------------------
def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    assert run(str(Path(sys.executable).with_name("hadolint")), "--no-color", "Dockerfile") == ""


def test_what_the_image_copies_is_there_and_let_in() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {
        source.removeprefix("./")
        for line in LINES
        if line.startswith("COPY ") and "--from" not in line
        for source in line.split()[1:-1]
    }
    assert copied == let_in
    assert [name for name in copied if not (ROOT / name).exists()] == []


def test_the_image_runs_as_nobody_special_and_hears_sigterm() -> None:
    assert re.fullmatch(r"USER [1-9]\d+:[1-9]\d+", next(line for line in LINES if line.startswith("USER")))
    assert 'ENTRYPOINT ["tminus"]' in LINES, "in exec form: a shell would swallow SIGTERM"
    assert 'CMD ["run"]' in LINES
    assert "TMINUS_DATA=/data" in DOCKERFILE and 'VOLUME ["/data"]' in LINES


class _Health(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def healthz() -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), _Health) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_health_check_tells_alive_from_dead(healthz: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    check = next(line for line in LINES if line.startswith("HEALTHCHECK")).partition(" CMD ")[2]
    python, *rest = json.loads(check)
    assert python == "python"
    port = str(healthz.server_port)

    def alive() -> bool:
        done = subprocess.run([sys.executable, *rest], env={"PORT": port}, capture_output=True, check=False, timeout=30)
        return done.returncode == 0

    assert alive()
    monkeypatch.setattr(_Health, "status", 503)
    assert not alive()
    port = "1"
    assert not alive()


# ---- what is installed in it -----------------------------------------------------------------
@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that pyproject.toml makes, unpacked."""
    made, there = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(made))
    (wheel,) = made.iterdir()
    zipfile.ZipFile(wheel).extractall(there)
    return there


def files(there: Path) -> set[str]:
    return {
        str(file.relative_to(there))
        for package in PACKAGES
        for file in (there / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }


def test_the_wheel_holds_every_file_of_the_packages(installed: Path) -> None:
    assert files(installed) == files(ROOT)
    assert {"bot/sandbox/page/index.html", "storage/migrations/data/0001.sql"} <= files(installed)


def test_what_is_installed_runs_and_writes_to_its_data_alone(installed: Path, tmp_path: Path) -> None:
    points = ConfigParser()
    points.read(next(installed.glob("*.dist-info")) / "entry_points.txt")
    module, _, function = points["console_scripts"]["tminus"].partition(":")
    before, data = set(installed.rglob("*")), tmp_path / "data"
    data.mkdir()

    def tminus(*arguments: str) -> str:
        env = {"PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1", "TMINUS_DATA": str(data)}
        script = f"import sys, {module} as m; sys.argv[0] = 'tminus'; assert m.__file__.startswith({str(installed)!r})"
        script += f"; m.{function}()"
        return run(sys.executable, "-c", script, *arguments, cwd=data, HOME="/nowhere", COLUMNS="100", **env)

    assert "The release coordinator that lives in Slack." in tminus("--help")
    assert tminus("migrate") == "The database is up to date.\n"
    assert set(installed.rglob("*")) == before
    assert {file.name.partition("-")[0] for file in data.iterdir()} == {"tminus.sqlite3"}
    assert list(tmp_path.iterdir()) == [data]


# ---- the composition -------------------------------------------------------------------------
def test_the_composition_is_what_the_specification_allows() -> None:
    check = str(Path(sys.executable).with_name("check-jsonschema"))
    run(check, "--builtin-schema", "vendor.compose-spec", str(ROOT / "compose.yaml"))


def test_two_replicas_share_postgres_behind_a_balancer_once_it_is_migrated() -> None:
    services = COMPOSE["services"]
    assert set(services) == {"postgres", "migrate", "bot", "balancer"}
    assert services["bot"]["deploy"]["replicas"] == 2
    assert services["bot"]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert services["migrate"]["command"] == ["migrate"]
    assert services["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    published = [name for name, service in services.items() if "ports" in service]
    assert published == ["balancer"]
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert name in ("bot", "migrate") or "healthcheck" in service, f"{name}: the image of the bot brings its own"


def test_no_secret_stands_in_the_composition() -> None:
    bot, postgres = COMPOSE["services"]["bot"]["environment"], COMPOSE["services"]["postgres"]["environment"]
    assert COMPOSE["services"]["bot"]["env_file"] == ".env"
    for value in (bot["PGPASSWORD"], bot["TMINUS_SECRET_KEY"], postgres["POSTGRES_PASSWORD"]):
        assert re.fullmatch(r"\$\{[A-Z_]+:\?.*\}", value), "without it nothing starts"
    assert bot["SLACK_APP_TOKEN"] == "", "HTTP mode"


def test_the_balancer_asks_who_is_ready_and_lets_in_slack_and_calendars_alone() -> None:
    config = ROOT / COMPOSE["configs"]["haproxy"]["file"]
    lines = [line.strip() for line in config.read_text().splitlines()]
    assert "balance roundrobin" in lines
    assert "option httpchk GET /readyz" in lines
    assert "http-request deny deny_status 404 unless { path /slack/events } or { path_beg /calendar/ }" in lines
    assert "timeout server 3s" in lines, "as long as Slack waits"
    port = COMPOSE["services"]["bot"]["environment"]["PORT"]
    assert any(line.startswith("server-template") and f"bot:{port} " in line for line in lines)
    (health,) = (line.split()[1] for line in lines if line.startswith("monitor-uri"))
    assert COMPOSE["services"]["balancer"]["healthcheck"]["test"][-1].endswith(health)
