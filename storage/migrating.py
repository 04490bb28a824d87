"""Bring a database to the schema of this version, also when several processes start at once."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from storage.connecting import make_engine

MIGRATIONS = Path(__file__).parent / "migrations"
#: Any number will do, as long as every version uses the same: who holds it migrates, the others wait.
_LOCK = 7_046_029_254_386_353_131
#: Milliseconds that one process waits for another one's migration.
_WAIT = 60_000


def migrate(url: str, to: str = "head") -> list[str]:
    """Upgrade the schema; return the revisions that were applied, oldest first. All of them, or none."""
    engine = make_engine(url)
    try:
        with engine.connect() as conn:
            if engine.dialect.name == "sqlite":
                conn.connection.cursor().execute(f"PRAGMA busy_timeout = {_WAIT}")
            with conn.begin():
                if engine.dialect.name == "postgresql":
                    conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
                before = set(_current(conn))
                config = _config()
                config.attributes["connection"] = conn
                command.upgrade(config, to)
                after = _current(conn)
    finally:
        engine.dispose()
    walked = [script.revision for script in _scripts().iterate_revisions(after, "base")] if after else []
    new = [revision for revision in reversed(walked) if revision not in before]
    return new if not before else [revision for revision in new if revision not in _ancestors(before)]


def is_migrated(conn: Connection) -> bool:
    """Whether the schema is this version's, neither older nor newer."""
    return _current(conn) == tuple(_scripts().get_heads())


def _current(conn: Connection) -> tuple[str, ...]:
    return MigrationContext.configure(conn).get_current_heads()


def _ancestors(revisions: set[str]) -> set[str]:
    return {script.revision for script in _scripts().iterate_revisions(tuple(revisions), "base")}


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
