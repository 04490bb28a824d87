"""Insert, or meet the row that is there: one spelling for SQLite and Postgres."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_on(conn: Connection, table: Table) -> "postgresql.Insert":
    """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`, for this connection."""
    if conn.dialect.name == "sqlite":
        # The two classes offer the same methods; they share no base that says so.
        return sqlite.insert(table)  # type: ignore[return-value]
    return postgresql.insert(table)


def put_rows(conn: Connection, table: Table, rows: Iterable[Mapping[str, Any]], *, keys: tuple[str, ...]) -> None:
    """Store the rows, all with the same columns, over what has the same `keys`."""
    many = [dict(row) for row in rows]
    if not many:
        return
    statement = insert_on(conn, table)
    rest = {name: statement.excluded[name] for name in many[0] if name not in keys}
    conn.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=rest), many)
