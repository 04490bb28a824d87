"""Insert, or meet the row that is there: one spelling for SQLite and Postgres."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, cast

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from storage.prepared import Prepared


def insert_on(conn: Connection, table: Table) -> "postgresql.Insert":
    """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`, for this connection."""
    return insert_in(conn.dialect.name, table)


def insert_in(dialect: str, table: Table) -> "postgresql.Insert":
    """`insert_on`, for statements that are built once: "sqlite" or "postgresql"."""
    if dialect == "sqlite":
        # The two classes offer the same methods; they share no base that says so.
        return cast("postgresql.Insert", sqlite.insert(table))
    return postgresql.insert(table)


def put_rows(conn: Connection, table: Table, rows: Iterable[Mapping[str, Any]], *, keys: tuple[str, ...]) -> None:
    """Store the rows, all with the same columns, over what has the same `keys`."""
    for row in rows:
        _put(table, keys, tuple(row)).run(conn, row)


@cache  # a statement costs more to build than to run
def _put(table: Table, keys: tuple[str, ...], columns: tuple[str, ...]) -> Prepared:
    def build(dialect: str) -> "postgresql.Insert":
        statement = insert_in(dialect, table)
        rest = {name: statement.excluded[name] for name in columns if name not in keys}
        return statement.on_conflict_do_update(index_elements=list(keys), set_=rest)

    return Prepared(build)
