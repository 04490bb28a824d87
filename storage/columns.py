"""Spell the columns and indexes that recur in tables, and the names that constraints get."""

from typing import Any

from sqlalchemy import Column, ForeignKey, Index, MetaData, text

from storage.types import Id

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def row_id() -> Column[int]:
    """The row's own number."""
    return Column("id", Id, primary_key=True, autoincrement=True)


def of_workspace(**more: Any) -> Column[int]:
    """Whose it is."""
    return Column("workspace_id", Id, ForeignKey("workspaces.id"), nullable=False, **more)


def of_release(**more: Any) -> Column[int]:
    """Which release it belongs to."""
    return Column("release_id", Id, ForeignKey("releases.id"), **{"nullable": False, **more})


def must(name: str, kind: Any, **more: Any) -> Column[Any]:
    """A column that is never NULL."""
    return Column(name, kind, nullable=False, **more)


def living(name: str, *columns: str, unique: bool = False, ends: str = "settled_at") -> Index:
    """An index over the rows that have not ended."""
    alive = text(f"{ends} IS NULL")
    return Index(name, *columns, unique=unique, sqlite_where=alive, postgresql_where=alive)


def where_set(name: str, *columns: str, unique: bool = False) -> Index:
    """An index over the rows in which the last of the columns is set."""
    over = text(f"{columns[-1]} IS NOT NULL")
    return Index(name, *columns, unique=unique, sqlite_where=over, postgresql_where=over)
