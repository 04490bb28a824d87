"""Know which schema the code needs and which one is there, without the tools that change it.

While replicas are upgraded one after the other, older ones meet a newer schema. A migration that only adds leaves them
working. One that takes away says in its own name since which revision code does without: "0007-since-0005"; so does
every migration after it. It comes a version later than the code that stopped needing what it takes.
"""

import re

from sqlalchemy import Connection, inspect, text

#: The last revision in migrations/versions.
HEAD = "0009"
_NAME = re.compile(r"(\d{4})(?:-since-(\d{4}))?")
_TABLE = "alembic_version"


class TooNew(Exception):
    """The schema is a later version's, which took away what this one needs."""


class CannotMigrate(Exception):
    """The database cannot be reached, or does not let its schema be changed; why, in one line.

    `is_sure`: nothing was changed. Where the connection is lost at the end, nobody knows.
    """

    def __init__(self, why: str, *, is_sure: bool = True) -> None:
        super().__init__(why)
        self.is_sure = is_sure


def current(conn: Connection) -> tuple[str, ...]:
    """The revisions that the database is at: one, or none while it is empty."""
    if not inspect(conn).has_table(_TABLE):
        return ()
    return tuple(conn.execute(text(f"SELECT version_num FROM {_TABLE}")).scalars())  # noqa: S608 - our own name


def is_migrated(conn: Connection) -> bool:
    """Whether this version works on the schema: its own, or a newer one that serves it too."""
    there = current(conn)
    return there == (HEAD,) or (len(there) == 1 and serves(there[0], HEAD))


def serves(newer: str, older: str) -> bool:
    """Whether code that was made for the schema `older` works on the schema `newer`, by their names."""
    there, ours = _NAME.fullmatch(newer), _NAME.fullmatch(older)
    if there is None or ours is None:
        return False
    return (there[2] or "0000") <= ours[1] < there[1]
