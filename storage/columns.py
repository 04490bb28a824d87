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
    return Column("id", Id, primary_key=True, autoincrement=True)


def of_workspace(**more: Any) -> Column[int]:
    return Column("workspace_id", Id, ForeignKey("workspaces.id"), nullable=False, **more)


def of_release(**more: Any) -> Column[int]:
    return Column("release_id", Id, ForeignKey("releases.id"), **{"nullable": False, **more})


def must(name: str, kind: Any, **more: Any) -> Column[Any]:
    return Column(name, kind, nullable=False, **more)


def living(name: str, *columns: str, unique: bool = False, ends: str = "settled_at") -> Index:
    """An index over the rows that have not ended."""
    alive = text(f"{ends} IS NULL")
    return Index(name, *columns, unique=unique, sqlite_where=alive, postgresql_where=alive)
