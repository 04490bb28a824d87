"""Fill a SQLite file with many releases: copies of a real one, row by row, faster than they could be planned."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field

#: What hangs on a release and has ids of its own, and what hangs on it without any.
_WITH_ID = ("cards", "timers", "audit")
_WITHOUT = ("release_parts", "rounds", "votes")


@dataclass(frozen=True)
class Copies:
    """`count` copies of release `of`. `values`: SQL by "table.column" in which n is the copy's number, from 1 on."""

    of: int
    count: int
    values: Mapping[str, str] = field(default_factory=dict)


def multiply(file: str, *copies: Copies) -> None:
    """Make them, numbered on from the last release. Audit chains are copied as they are and verify no more."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        for one in copies:
            _copy(connection, one)
        connection.execute(
            "UPDATE counters SET releases = (SELECT max(number) FROM releases WHERE workspace_id = "
            "counters.workspace_id) WHERE workspace_id IN (SELECT workspace_id FROM releases)"
        )
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _copy(connection: sqlite3.Connection, one: Copies) -> None:
    last = connection.execute("SELECT max(id) FROM releases").fetchone()[0]
    changes = {
        "releases.id": f"{last} + n",
        "releases.number": f"{last} + n",
        "release_parts.version": "version || '.' || n",
        "release_parts.version_key": f"version_key || '.{last}.' || n",
    }
    for table in (*_WITH_ID, *_WITHOUT, "audit_texts"):
        changes[f"{table}.release_id"] = f"{last} + n"
    for table in _WITH_ID:
        most = connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0]
        changes[f"{table}.id"] = f"{most} + n * ({most} + 1) + id"
    changes["audit_texts.audit_id"] = changes["audit.id"].replace("id", "audit_id")
    changes["cards.ts"] = f"'1780000000.' || ({last} + n)"
    for table in ("releases", *_WITHOUT, *_WITH_ID, "audit_texts"):
        given = {
            key.split(".")[1]: sql for key, sql in {**changes, **one.values}.items() if key.startswith(f"{table}.")
        }
        if place := one.values.get("workspace"):
            given["workspace_id"] = place
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        which = "id" if table == "releases" else "release_id"
        connection.execute(
            f"WITH RECURSIVE copies(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copies WHERE n < {one.count}) "
            f"INSERT INTO {table} ({', '.join(columns)}) "
            f"SELECT {', '.join(given.get(name, name) for name in columns)} FROM {table}, copies "
            f"WHERE {table}.{which} = {one.of}"
        )


def add_workspaces(file: str, count: int) -> None:
    """So many more workspaces like the first, with people and channels of their own: ids 2, 3, …"""
    numbers = f"WITH RECURSIVE copies(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copies WHERE n < {count}) "
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        for table, changes in {
            "workspaces": {"id": "n + 1", "team_id": "'T' || n"},
            "counters": {"workspace_id": "n + 1", "releases": "0"},
            "people": {"workspace_id": "n + 1", "team_id": "'T' || n"},
            "channels": {"workspace_id": "n + 1"},
        }.items():
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            values = ", ".join(changes.get(name, name) for name in columns)
            of_first = "id = 1" if table == "workspaces" else "workspace_id = 1"
            connection.execute(
                f"{numbers} INSERT INTO {table} ({', '.join(columns)}) "
                f"SELECT {values} FROM {table}, copies WHERE {of_first}"
            )
        connection.commit()
