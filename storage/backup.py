"""Copy a SQLite database whole while the bot goes on writing to it; for Postgres, name the tool that does so.

`VACUUM INTO` reads one snapshot: in write-ahead mode it and the writers do not wait for each other, and what was
erased is not in the copy, as it might be in a copy of the pages. Only what has been checked gets the wanted name.
"""

import os
import shlex
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import URL, make_url

#: Seconds to wait where somebody holds the whole file, as nobody of ours does.
_PATIENCE = 10.0


class NoBackup(Exception):
    """No file was made; the words say why, and what to do."""


def back_up(url: str, file: Path) -> str:
    """Copy the SQLite database of a DATABASE_URL to `file`, which is not there yet. Returns its schema's revision.

    Raises NoBackup, and then has left nothing behind.
    """
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        raise NoBackup(f"Postgres is copied by its own tool, also while the bot runs:\n\n  {pg_dump(address, file)}")
    source = Path(address.database or "")
    if not source.is_file():
        raise NoBackup(f"there is no database at {source}")
    if not file.parent.is_dir():
        raise NoBackup(f"there is no directory {file.parent}")
    if os.path.lexists(file):
        raise NoBackup(f"{file} is there already, and a backup overwrites nothing: name another file")
    draft = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        draft.touch(mode=0o600, exist_ok=False)  # whoever reads a backup reads everything
        with closing(_opened(source)) as database:
            database.execute("VACUUM INTO ?", [str(draft)])
        revision = _checked(draft)
        _on_disk(draft)
        draft.rename(file)
        _on_disk(file.parent)
    except (OSError, sqlite3.Error) as problem:
        raise NoBackup(f"the copy could not be made: {problem}") from problem
    finally:
        draft.unlink(missing_ok=True)
    return revision


def pg_dump(address: URL, file: Path) -> str:
    """The command that copies a Postgres database to `file`; it asks for the password, or finds it as psql does."""
    asked = address.difference_update_query(["password"])
    where = URL.create("postgresql", asked.username, None, asked.host, asked.port, asked.database, asked.query)
    return shlex.join(["pg_dump", "--format=custom", f"--file={file}", f"--dbname={where.render_as_string()}"])


def _opened(file: Path) -> sqlite3.Connection:
    """A connection that cannot write to `file`."""
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=_PATIENCE, isolation_level=None)


def _checked(copy: Path) -> str:
    """The revision of the schema in the copy. Raises sqlite3.Error when it is not a whole database of ours."""
    with closing(_opened(copy)) as database:
        found = [row[0] for row in database.execute("PRAGMA integrity_check")]
        if found != ["ok"]:
            raise sqlite3.DatabaseError(f"the database is damaged: {found[0]}")
        revisions = database.execute("SELECT version_num FROM alembic_version").fetchall()
    return str(revisions[0][0]) if revisions else "none"


def _on_disk(path: Path) -> None:
    """Have the system write a file, or a directory's names, to the disk; VACUUM INTO leaves that to it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
