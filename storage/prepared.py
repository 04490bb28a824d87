"""Run the statements of every gesture without compiling, wrapping and reflecting each of them again.

SQLAlchemy spends several times as long around a statement as SQLite spends in it. Here it writes the statement once for
each kind of database, and says how values go in and come out; after that the driver is called directly, in the same
transaction. Problems are raised as SQLAlchemy raises them.
"""

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, Executable
from sqlalchemy.types import TypeEngine

Values = Mapping[str, Any]
Process = Callable[[Any], Any]


class Prepared:
    """A statement with bindparams, or one that stores a row: `values` by name.

    `build` gives it for "sqlite" or "postgresql", or is the statement itself. A value for an expanding bindparam is a
    list or tuple. What is written is kept for each set of names and lengths of lists. Each method raises what
    Connection.execute does.

    With `into`, a row is what that makes of it, made once as long as it is among the `kept` that were read last: so it
    must not be changed.
    """

    def __init__(
        self,
        build: Executable | Callable[[str], Executable],
        into: Callable[[Any], Any] | None = None,
        kept: int = 0,
    ) -> None:
        self._build = build
        self._into, self._kept = into, kept
        self._known: dict[str, Process] = {}  # by the kind of database, which has its own ways to say a value
        self._lists: tuple[str, ...] = ()  # what expands, known once it was written
        self._texts: dict[tuple[Any, ...], _Text] = {}

    def all(self, conn: Connection, values: Values) -> list[Any]:
        """The rows: named tuples, by the names of the columns."""
        text = self._text(conn, values)
        given = text.bind(values)
        rows = _raised_as_execute_does(conn, text.sql, given, execute(conn, text.sql, given).fetchall)
        return [text.read(row) for row in rows]

    def first(self, conn: Connection, values: Values) -> Any:
        """The first row, None when there is none."""
        text = self._text(conn, values)
        given = text.bind(values)
        cursor = execute(conn, text.sql, given)
        row = _raised_as_execute_does(conn, text.sql, given, cursor.fetchone)
        cursor.close()
        return None if row is None else text.read(row)

    def scalar(self, conn: Connection, values: Values) -> Any:
        """The first value of the first row. Raises LookupError when there is no row."""
        row = self.first(conn, values)
        if row is None:
            raise LookupError("the statement returned no row")
        return row[0]

    def run(self, conn: Connection, values: Values) -> int:
        """How many rows it changed."""
        text = self._text(conn, values)
        count: int = execute(conn, text.sql, text.bind(values)).rowcount
        return count

    def _text(self, conn: Connection, values: Values) -> "_Text":
        key = (conn.dialect.name, *values, *(len(values[name]) for name in self._lists))
        text = self._texts.get(key)
        if text is None:
            text = _Text(conn.dialect, self._statement(conn.dialect.name), values)
            text.read = self._keeping(conn.dialect.name, text.read)
            self._lists = text.lists
            self._texts[(conn.dialect.name, *values, *(len(values[name]) for name in self._lists))] = text
        return text

    def _keeping(self, dialect: str, read: Process) -> Process:
        """However long a list is that was asked by, the rows are the same and kept once."""
        if (into := self._into) is None:
            return read
        return self._known.setdefault(dialect, lru_cache(self._kept)(lambda row: into(read(row))))

    def _statement(self, dialect: str) -> Executable:
        return self._build(dialect) if callable(self._build) else self._build


class _Text:
    """A statement as one kind of database reads it, and how values get into it and out of it."""

    def __init__(self, dialect: Dialect, statement: Any, values: Values) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=list(values))
        state = compiled.construct_expanded_state(values)
        self.sql: str = state.statement
        ways = {name: _bound(bind.type, dialect) for name, bind in compiled.binds.items()}
        ways |= {one: ways[name] for name, expanded in state.parameter_expansion.items() for one in expanded}
        self._lists = {name: expanded for name, expanded in state.parameter_expansion.items() if name in values}
        self.lists = tuple(self._lists)
        fixed = state.parameters.keys() - values.keys() - {one for many in self._lists.values() for one in many}
        self._fixed = {name: _through(ways[name], state.parameters[name]) for name in fixed}
        names = list(state.parameters if state.positiontup is None else state.positiontup)
        self._names = None if state.positiontup is not None else names
        self._pick: Callable[[Values], Sequence[Any]] = itemgetter(*names) if len(names) > 1 else _each(names)
        changed = ((place, ways[name]) for place, name in enumerate(names) if name not in fixed)
        self._in = [(place, process) for place, process in changed if process is not None]
        columns = list(getattr(statement, "exported_columns", ()))
        row = namedtuple("Row", [column.key for column in columns], rename=True)  # type: ignore[misc]
        self._row: Callable[[Sequence[Any]], Any] = row._make
        found = ((place, _read(column.type, dialect)) for place, column in enumerate(columns))
        self._out = [(place, process) for place, process in found if process is not None]
        self.read: Callable[[Sequence[Any]], Any] = self._as_meant  # one row

    def bind(self, values: Values) -> Any:
        """What the driver is given for these values."""
        if self._fixed or self._lists:
            every = {**self._fixed, **values}
            for name, expanded in self._lists.items():
                every.update(zip(expanded, values[name], strict=True))
            values = every
        given = list(self._pick(values))
        for place, process in self._in:
            given[place] = process(given[place])
        return given if self._names is None else dict(zip(self._names, given, strict=True))

    def _as_meant(self, row: Sequence[Any]) -> Any:
        if not self._out:
            return self._row(row)
        values = list(row)
        for place, process in self._out:
            values[place] = process(values[place])
        return self._row(values)


@contextmanager
def savepoint(conn: Connection) -> Iterator[None]:
    """Undo what is stored inside when an exception leaves it; the exception goes on.

    Raises DBAPIError where the database does not know the savepoint any more: it has given the transaction up.
    """
    info = conn.info  # held: a connection that is lost does not give it any more
    depth = info.get("inside", 0)
    execute(conn, f"SAVEPOINT inside_{depth}", ())
    info["inside"] = depth + 1
    try:
        yield
    except BaseException:
        if not conn.invalidated:  # else there is nothing to undo, and the loss itself has to be heard
            undo(conn, f"ROLLBACK TO SAVEPOINT inside_{depth}")
        raise
    finally:
        info["inside"] = depth
    # COMMIT releases it too, and on Postgres that saves a journey. SQLite is asked whether it is still there.
    if conn.dialect.name == "sqlite":
        execute(conn, f"RELEASE SAVEPOINT inside_{depth}", ())


def undo(conn: Connection, rollback: str) -> None:
    """Roll back, in the database's words. What Postgres has prepared stays so, unless it was Postgres that failed.

    Its driver forgets all of it where it sees a ROLLBACK: a table may have gone. It looks only while it may prepare.
    """
    driver: Any = conn.connection.driver_connection
    if conn.dialect.name == "sqlite" or not is_intact(driver):
        execute(conn, rollback, ())
        return
    prepares_from, driver.prepare_threshold = driver.prepare_threshold, None
    try:
        execute(conn, rollback, ())
    finally:
        driver.prepare_threshold = prepares_from


def is_intact(driver: Any) -> bool:
    """Whether a connection to Postgres is in a transaction in which nothing has failed."""
    return bool(driver.info.transaction_status == driver.info.transaction_status.INTRANS)


def execute(conn: Connection, sql: str, given: Any, **how: Any) -> Any:
    """The driver's cursor after it ran this text with these values, in the driver's own form."""
    driver: Any = conn.connection.driver_connection
    return _raised_as_execute_does(conn, sql, given, lambda: driver.execute(sql, given, **how))


def _raised_as_execute_does(conn: Connection, sql: str, given: Any, ask: Callable[[], Any]) -> Any:
    """What the driver answers. SQLite finds only the first row when it executes: what fails later fails in a fetch."""
    try:
        return ask()
    except conn.dialect.loaded_dbapi.Error as problem:
        # As it does for its own statements: what was raised, and what becomes of a connection that is lost.
        conn._handle_dbapi_exception(problem, sql, given, None, None)


def _bound(kind: TypeEngine[Any], dialect: Dialect) -> Process | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _read(kind: TypeEngine[Any], dialect: Dialect) -> Process | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def _each(names: Sequence[str]) -> Callable[[Values], Sequence[Any]]:
    return lambda values: [values[name] for name in names]


def _through(process: Process | None, value: Any) -> Any:
    return value if process is None else process(value)
