"""What is put into a column comes out as the same thing, on both databases, or is refused."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import DateTime, literal, select

from bot.release.chain import canonical
from storage import Store
from storage.types import Json, Typed, Utc, storable
from tests.storage.given import NOW

INDIA = timezone(timedelta(hours=5, minutes=30))


async def test_an_instant_stays_the_same_instant(store: Store) -> None:
    at = datetime(2026, 12, 1, 18, 30, 0, 123456, tzinfo=INDIA)
    found = await store.read(lambda work: work.conn.execute(select(literal(at, Utc()))).scalar_one())
    assert found == at
    assert found.tzinfo is UTC


@pytest.mark.parametrize("at", [NOW, NOW + timedelta(microseconds=7), NOW.astimezone(INDIA)])
async def test_instants_are_kept_as_sqlalchemy_writes_them(store: Store, at: datetime) -> None:
    """Both compare and read what is there already: the text of a SQLite file is what it always was."""
    theirs = at.astimezone(UTC) if store.dialect == "postgresql" else at.astimezone(UTC).replace(tzinfo=None)
    same = literal(at, Utc()) == literal(theirs, DateTime(timezone=store.dialect == "postgresql"))
    assert await store.read(lambda work: work.conn.execute(select(same)).scalar_one())


async def test_a_naive_instant_is_refused(store: Store) -> None:
    naive = datetime(2026, 12, 1, 18, 30, tzinfo=UTC).replace(tzinfo=None)
    with pytest.raises(Exception, match="naive"):
        await store.read(lambda work: work.conn.execute(select(literal(naive, Utc()))).scalar_one())
    with pytest.raises(ValueError, match="naive"):
        canonical({"at": naive})


async def test_text_comes_out_as_typed(store: Store) -> None:
    typed = "'; DROP TABLE releases; -- <!channel> \\ %s :x 🚀"
    found = await store.read(lambda work: work.conn.execute(select(literal(typed, Typed()))).scalar_one())
    assert found == typed


async def test_data_comes_out_as_it_was(store: Store) -> None:
    data = {"b": [1, None, True, 1.5, "é \u0000"], "a": {}}
    found = await store.read(lambda work: work.conn.execute(select(literal(data, Json()))).scalar_one())
    assert found == data


def test_one_text_stands_for_equal_data() -> None:
    assert canonical({"b": 1, "a": frozenset({"y", "x"})}) == '{"a":["x","y"],"b":1}'
    with pytest.raises(TypeError, match="Store"):
        canonical({"a": Store})


def test_what_no_database_holds_is_replaced_and_the_rest_stays() -> None:
    assert storable("a\x00b\ud800c🚀") == "a\ufffdb\ufffdc🚀"
