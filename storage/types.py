"""Give columns meaning: UTC instants, plain data as JSON, and text as people typed it.

The same on SQLite and Postgres. SQLite's own datetime drops offsets without a word; here a naive instant raises.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

from bot.release.chain import canonical

#: Row ids: 64 bits on both (SQLite's own row id has to be called INTEGER).
Id = BigInteger().with_variant(Integer(), "sqlite")


class Utc(TypeDecorator[datetime]):
    """An instant: aware in, stored as UTC, aware UTC out. Raises ValueError for a naive datetime."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """On its way in."""
        return None if value is None else _in_utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """On its way out."""
        return None if value is None else value.astimezone(UTC)

    # Each gesture stores and reads dozens of them: for SQLite, which keeps text, in one step instead of three.
    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """On its way in, as the driver takes it."""
        return _to_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """On its way out, as the driver gives it."""
        return _from_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(f"{value.isoformat()} is naive: which instant it is depends on its zone")
    return value.astimezone(UTC)


def _to_text(value: datetime | None) -> str | None:
    """As SQLAlchemy writes them: 2026-12-01 13:00:00.123456."""
    return None if value is None else _in_utc(value).replace(tzinfo=None).isoformat(" ", "microseconds")


def _from_text(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


class Typed(TypeDecorator[str]):
    """Text from people. What no database can hold (NUL, half a surrogate pair) becomes U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """On its way in."""
        return None if value is None else storable(value)


class Json(TypeDecorator[Any]):
    """Plain data (dict, list, str, number, bool, None) as JSON text in one canonical form."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        """On its way in."""
        return _to_json

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        """On its way out."""
        return _from_json


def _to_json(value: Any) -> str | None:
    return None if value is None else canonical(value)


def _from_json(text: str | None) -> Any:
    if text is None or text == "[]":  # what most columns hold most of the time
        return None if text is None else []
    return json.loads(text)


def storable(text: str) -> str:
    """The text with NUL and lone surrogates replaced by U+FFFD."""
    clean = text.replace("\x00", "\ufffd")
    return clean if clean.isascii() else clean.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
