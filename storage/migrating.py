"""Bring a database to the schema of this version, also when several processes start at once."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from storage.connecting import make_engine, what_it_says
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
    done: list[str] = []
    try:
        _migrate(engine, to, done)
    except DBAPIError as problem:  # after all was done, COMMIT alone is left to fail
        why = f"{what_it_says(problem)}. Check DATABASE_URL and the server."
        raise CannotMigrate(why, is_sure=not (done and problem.connection_invalidated)) from problem
    finally:
        engine.dispose()
    return done


def _migrate(engine: Engine, to: str, done: list[str]) -> None:
    with engine.connect() as conn:
        if engine.dialect.name == "sqlite":
            conn.connection.cursor().execute(f"PRAGMA busy_timeout = {_WAIT}")
        with conn.begin():
            if engine.dialect.name == "postgresql":
                conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            before = set(current(conn))
            if not before <= _known():
                if is_migrated(conn):
                    return
                raise TooNew(f"the database is at schema {', '.join(before)}, which needs a later version of T-Minus")
            config = _config()
            config.attributes["connection"] = conn
            command.upgrade(config, to)
            done += _since(before, current(conn))


def _since(before: set[str], after: tuple[str, ...]) -> list[str]:
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
