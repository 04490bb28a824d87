"""Bring a database to the schema of this version, also when several processes start at once.

While replicas are upgraded one after the other, older ones meet a newer schema. A migration that only adds leaves them
working. One that takes away says in its own name since which revision code does without: "0007-since-0005"; so does
every migration after it. It comes a version later than the code that stopped needing what it takes.
"""

import re
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


_NAME = re.compile(r"(\d{4})(?:-since-(\d{4}))?")


class TooNew(Exception):
    """The schema is a later version's, which took away what this one needs."""


def migrate(url: str, to: str = "head") -> list[str]:
    """Upgrade the schema; return the revisions that were applied, oldest first. All of them, or none.

    A newer schema that serves this version too is left as it is. Raises TooNew for one that does not.
    """
    engine = make_engine(url)
    try:
        with engine.connect() as conn:
            if engine.dialect.name == "sqlite":
                conn.connection.cursor().execute(f"PRAGMA busy_timeout = {_WAIT}")
            with conn.begin():
                if engine.dialect.name == "postgresql":
                    conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
                before = set(_current(conn))
                if not before <= _known():
                    if is_migrated(conn):
                        return []
                    raise TooNew(
                        f"the database is at schema {', '.join(before)}, which needs a later version of T-Minus"
                    )
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
    """Whether this version works on the schema: its own, or a newer one that serves it too."""
    there, (ours,) = _current(conn), _scripts().get_heads()
    return there == (ours,) or (len(there) == 1 and serves(there[0], ours))


def serves(newer: str, older: str) -> bool:
    """Whether code that was made for the schema `older` works on the schema `newer`, by their names."""
    there, ours = _NAME.fullmatch(newer), _NAME.fullmatch(older)
    if there is None or ours is None:
        return False
    return (there[2] or "0000") <= ours[1] < there[1]


def _current(conn: Connection) -> tuple[str, ...]:
    return MigrationContext.configure(conn).get_current_heads()


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
