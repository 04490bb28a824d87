"""Bring a database to the schema of this version, also when several processes start at once."""

import re
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from storage.connecting import make_engine
from storage.schema import CannotMigrate, TooNew, current, is_migrated

MIGRATIONS = Path(__file__).parent / "migrations"
#: Any number will do, as long as every version uses the same: who holds it migrates, the others wait.
_LOCK = 7_046_029_254_386_353_131
#: Milliseconds that one process waits for another one's migration.
_WAIT = 60_000


def migrate(url: str, to: str = "head") -> list[str]:
    """Upgrade the schema; return the revisions that were applied, oldest first. All of them, or none.

    A newer schema that serves this version too is left as it is. Raises TooNew for one that does not, and CannotMigrate
    where the database is in the way.
    """
    engine = make_engine(url)
    try:
        return _migrate(engine, to)
    except DBAPIError as problem:
        raise CannotMigrate(_in_a_line(problem)) from problem
    finally:
        engine.dispose()


def _in_a_line(problem: DBAPIError) -> str:
    """What the server or the file says. Of a connection no more: its words may have a piece of the address in them."""
    said = str(problem.orig).strip()
    fatal = re.search(r"FATAL:\s+(.+)", said)
    if fatal is None and problem.connection_invalidated is False and getattr(problem.orig, "sqlstate", "") is None:
        return "the database cannot be reached. Check DATABASE_URL and the server; tminus doctor says more."
    return f"the database says “{fatal[1] if fatal else said.splitlines()[0]}”. tminus doctor says more."


def _migrate(engine: Engine, to: str) -> list[str]:
    with engine.connect() as conn:
        if engine.dialect.name == "sqlite":
            conn.connection.cursor().execute(f"PRAGMA busy_timeout = {_WAIT}")
        with conn.begin():
            if engine.dialect.name == "postgresql":
                conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            before = set(current(conn))
            if not before <= _known():
                if is_migrated(conn):
                    return []
                raise TooNew(f"the database is at schema {', '.join(before)}, which needs a later version of T-Minus")
            config = _config()
            config.attributes["connection"] = conn
            command.upgrade(config, to)
            after = current(conn)
    walked = [script.revision for script in _scripts().iterate_revisions(after, "base")] if after else []
    new = [revision for revision in reversed(walked) if revision not in before]
    return new if not before else [revision for revision in new if revision not in _ancestors(before)]


def _known() -> set[str]:
    return {script.revision for script in _scripts().walk_revisions()}


def _ancestors(revisions: set[str]) -> set[str]:
    return {script.revision for script in _scripts().iterate_revisions(tuple(revisions), "base")}


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
