"""Statements that are run on the driver say what SQLAlchemy would, and fail as it would."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import BigInteger, bindparam, func, insert, literal, select, union_all, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from storage.prepared import Prepared
from storage.tables import keys, timers
from storage.types import Utc
from storage.work import Work
from tests.storage.given import HOUR, NOW, Do, a_release

_BY_NAMES = select(timers).where(
    timers.c.workspace_id == bindparam("here"),
    timers.c.name.in_(bindparam("names", expanding=True)),
    timers.c.due_at < bindparam("before", type_=Utc),
    timers.c.state == "planned",
)
_BY_NAMES = _BY_NAMES.order_by(timers.c.due_at).limit(10)


def planned(work: Work) -> None:
    release = work.releases.add(a_release(work.workspace_id))
    work.timers.replan(release.id, 1, [(name, "", NOW + hours * HOUR) for hours, name in enumerate("abcde")])


@pytest.mark.parametrize("names", [[], ["a"], ["a", "c"], ["c", "a", "e", "nothing"]])
async def test_rows_are_those_of_sqlalchemy(write: Do, read: Do, names: list[str]) -> None:
    """Instants aware, truth as such, whatever the length of a list; asked twice, and with another list between."""
    await write(planned)
    mine = Prepared(_BY_NAMES)

    def compare(work: Work) -> None:
        values = {"here": work.workspace_id, "names": names, "before": NOW + timedelta(hours=4, minutes=30)}
        theirs = [row._asdict() for row in work.conn.execute(_BY_NAMES, values)]
        assert [row._asdict() for row in mine.all(work.conn, values)] == theirs
        assert len(mine.all(work.conn, values | {"names": ["b", "d", "a"]})) == 3
        assert [row._asdict() for row in mine.all(work.conn, values)] == theirs
        first = mine.first(work.conn, values)
        assert (first is None) == (not theirs)
        assert first is None or (first.due_at, first.due_at.tzinfo) == (theirs[0]["due_at"], NOW.tzinfo)

    await read(compare)


async def test_a_row_that_is_kept_is_made_once(write: Do, read: Do) -> None:
    """As long as it is among those read last, and is as it was: of a crowd's votes a click reads the new one alone."""
    made: list[str] = []

    def into(row: Any) -> tuple[str, object]:
        made.append(row.name)
        return row.name, row.due_at

    names = bindparam("names", expanding=True)
    mine = Prepared(select(timers).where(timers.c.name.in_(names)).order_by(timers.c.id), into, 6)
    later = update(timers).where(timers.c.name == "c").values(due_at=NOW)
    await write(planned)

    def look(work: Work) -> list[tuple[str, object]]:
        assert len(mine.all(work.conn, {"names": ["a", "b"]})) == 2, "however many are asked for"
        return mine.all(work.conn, {"names": [*"abcde"]})

    first = await read(look)
    assert await read(look) == first
    assert "".join(made) == "abcde"
    await write(lambda work: work.conn.execute(later))
    assert await read(look) == [*first[:2], ("c", NOW), *first[3:]]
    assert "".join(made) == "abcdec"


async def test_a_change_says_how_many_rows_it_met(write: Do) -> None:
    settle = Prepared(update(timers).where(timers.c.name == bindparam("called")).values(state=bindparam("state")))

    def change(work: Work) -> list[int]:
        planned(work)
        return [settle.run(work.conn, {"called": name, "state": "done"}) for name in ("a", "nothing")]

    assert await write(change) == [1, 0]


async def test_the_first_value_is_a_row_s_or_there_is_none(read: Do) -> None:
    there = Prepared(select(keys.c.key).where(keys.c.key == bindparam("its")))
    count = Prepared(select(func.count()).select_from(keys).where(keys.c.key == bindparam("its")))
    assert await read(lambda work: count.scalar(work.conn, {"its": "k"})) == 0
    with pytest.raises(LookupError):
        await read(lambda work: there.scalar(work.conn, {"its": "k"}))


async def test_what_the_database_refuses_is_raised_as_sqlalchemy_raises_it(write: Do) -> None:
    add = Prepared(insert(keys))

    def twice(work: Work) -> None:
        row: dict[str, Any] = {"workspace_id": work.workspace_id, "key": "k", "reply": None, "at": NOW}
        add.run(work.conn, row)
        with pytest.raises(IntegrityError), work.savepoint():
            add.run(work.conn, row)
        assert work.keys.find("k") is not None

    await write(twice)


async def test_what_a_later_row_cannot_give_is_raised_as_sqlalchemy_raises_it(read: Do) -> None:
    numbers = union_all(*(select(literal(n, BigInteger).label("n")) for n in (1, -(2**63)))).subquery()
    without_sign = Prepared(select(func.abs(numbers.c.n)))
    with pytest.raises(DBAPIError, match=r"integer overflow|out of range"):
        await read(lambda work: without_sign.all(work.conn, {}))


async def test_a_row_with_more_columns_is_another_statement(write: Do) -> None:
    add = Prepared(insert(keys).returning(keys.c.reply))

    def both(work: Work) -> list[Any]:
        row: dict[str, Any] = {"workspace_id": work.workspace_id, "key": "k", "at": NOW}
        return [add.scalar(work.conn, row), add.scalar(work.conn, row | {"key": "l", "reply": {"said": True}})]

    assert await write(both) == [None, {"said": True}]


async def test_a_naive_instant_is_refused(write: Do) -> None:
    add = Prepared(insert(keys))
    row = {"key": "k", "reply": None, "at": NOW.replace(tzinfo=None)}
    with pytest.raises(ValueError, match="naive"):
        await write(lambda work: add.run(work.conn, row | {"workspace_id": work.workspace_id}))


async def test_savepoints_within_savepoints_undo_their_own(write: Do, read: Do) -> None:
    def nested(work: Work) -> None:
        with work.savepoint():
            work.keys.claim("outer")
            with pytest.raises(ZeroDivisionError), work.savepoint():
                work.keys.claim("inner")
                raise ZeroDivisionError
            work.keys.claim("after")

    await write(nested)
    found = await read(lambda work: [work.keys.find(key) is not None for key in ("outer", "inner", "after")])
    assert found == [True, False, True]


async def test_a_lost_savepoint_is_a_fault_of_the_database(write: Do) -> None:
    """As when SQLite has given up the whole transaction inside: nothing is taken for stored."""

    def lose(work: Work) -> None:
        with work.savepoint():
            work.conn.connection.driver_connection.rollback()  # type: ignore[union-attr]

    with pytest.raises((DBAPIError, RuntimeError), match=r"no such savepoint|gave the transaction up"):
        await write(lose)
