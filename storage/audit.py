"""Keep who did what, when, by which path and under which rules, so that nobody can change it unseen.

Rows are chained per release: each hashes its own bytes and the hash before it. What people typed lies beside the
chain, which holds its salted hash: erased, the chain still verifies.
"""

import json
import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Insert, Row, bindparam, insert, select

from bot.release.chain import BEGINNING, Entry, broken, canonical, digest, text_hash
from bot.release.events import Event
from bot.release.release import Release
from bot.release.words import Words, from_data, to_data
from storage.prepared import Prepared
from storage.tables import audit, audit_texts, releases, workspaces
from storage.types import storable

if TYPE_CHECKING:
    from storage.work import Work

_HEAD = select(audit.c.seq, audit.c.hash).where(audit.c.workspace_id == bindparam("workspace"))
_HEAD = _HEAD.order_by(audit.c.seq.desc()).limit(1)
_HEAD_OF_NONE = Prepared(_HEAD.where(audit.c.release_id.is_(None)))
_HEAD_OF_RELEASE = Prepared(_HEAD.where(audit.c.release_id == bindparam("release")))
_APPEND = Prepared(insert(audit).returning(audit.c.id))
_APPEND_TEXT = Prepared(insert(audit_texts))
_TEXT = ("user_id", "salt", "said", "why")


def _append_both(_: str) -> Insert:
    """The entry with what people typed, in one call: where each is a journey."""
    row = {column.name: bindparam(column.name, type_=column.type) for column in audit.c if column.name != "id"}
    entry = insert(audit).values(row).returning(audit.c.id).cte("entry")
    texts = [bindparam(name, type_=audit_texts.c[name].type) for name in ("workspace_id", "release_id", *_TEXT)]
    return insert(audit_texts).from_select(
        ["audit_id", "workspace_id", "release_id", *_TEXT], select(entry.c.id, *texts), include_defaults=False
    )


_APPEND_BOTH = Prepared(_append_both)


def _tail(whose: ColumnElement[bool]) -> Prepared:
    query = select(audit, audit_texts.c.said, audit_texts.c.why).join_from(audit, audit_texts)
    query = query.where(audit.c.workspace_id == bindparam("workspace"), whose)
    return Prepared(query.order_by(audit.c.seq.desc()).limit(bindparam("many")))


_TAIL_OF_NONE = _tail(audit.c.release_id.is_(None))
_TAIL_OF_RELEASE = _tail(audit.c.release_id == bindparam("release"))


def head_of(release_id: ColumnElement[int]) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """The columns `head_seq` and `head_hash` of a release's record, beside its row; NULL where it has none."""
    last = audit.c.release_id == release_id
    seq, hashed = (
        select(column).where(audit.c.workspace_id == releases.c.workspace_id, last).order_by(audit.c.seq.desc())
        .limit(1).scalar_subquery().correlate(releases)
        for column in (audit.c.seq, audit.c.hash)
    )  # fmt: skip
    return seq.label("head_seq"), hashed.label("head_hash")


@dataclass(frozen=True)
class AuditRow:
    """One thing that happened. `by` is None for the clock; `rules` is "light v1", the policy it happened under."""

    seq: int
    name: str
    at: datetime
    by: str | None
    said: Words
    why: str
    path: str
    rules: str
    details: dict[str, Any]


class Audit:
    """Within the unit's workspace. Nothing here changes or removes a row."""

    def __init__(self, work: "Work") -> None:
        self._work = work
        self._conn = work.conn
        #: (rows, hash of the last) of the releases that this unit holds: found with them, and kept by `append`.
        self.heads: dict[int, tuple[int | None, str | None]] = {}

    def append(self, release: Release, events: Iterable[Event], *, by_path: str, key: str) -> None:
        """Record events of a release whose lock is held. `key` is the gesture's."""
        rules = f"{release.policy.name} v{release.policy.version}"
        self._chain(release.id, list(events), by_path, key, rules)

    def note(self, name: str, by: str | None, path: str, details: dict[str, Any], *, key: str = "") -> None:
        """Record what happened to the workspace itself: setup, roles, a policy. `details` are ids and plain facts."""
        # One after the other: the workspace's row stands in for a release's.
        held = select(workspaces.c.id).where(workspaces.c.id == self._work.workspace_id)
        self._conn.execute(held.with_for_update(key_share=True))
        event = Event(name=name, at=self._work.now, by=by, said=(), details=details)
        self._chain(None, [event], path, key, "")

    def _chain(self, release_id: int | None, events: list[Event], path: str, key: str, rules: str) -> None:
        seq, previous = self._head(release_id)
        for event in events:
            seq += 1
            salt = secrets.token_hex(16)
            said, why = to_data(event.said), storable(event.why)
            body = canonical(
                {
                    "workspace": self._work.workspace_id,
                    "release": release_id,
                    "seq": seq,
                    "previous": previous,
                    "name": event.name,
                    "at": event.at,
                    "by": event.by,
                    "path": path,
                    "key": key,
                    "rules": rules,
                    "details": event.details,
                    "text": text_hash(salt, said, why),
                }
            )
            previous = digest(body)
            where = {"workspace_id": self._work.workspace_id, "release_id": release_id}
            row = where | {"seq": seq, "name": event.name, "at": event.at, "body": body, "hash": previous}
            texts = {"user_id": event.whose or event.by, "salt": salt, "said": said, "why": why}
            if self._work.dialect == "postgresql":
                _APPEND_BOTH.run(self._conn, row | texts)
            else:
                id = _APPEND.scalar(self._conn, row)
                _APPEND_TEXT.run(self._conn, where | texts | {"audit_id": id})
            if release_id in self.heads:
                self.heads[release_id] = (seq, previous)

    def _head(self, release_id: int | None) -> tuple[int, str]:
        """How many rows there are, and the hash of the last one."""
        of = {"workspace": self._work.workspace_id}
        if release_id is None:
            head = _HEAD_OF_NONE.first(self._conn, of)
        else:
            head = self.heads.get(release_id) or _HEAD_OF_RELEASE.first(self._conn, of | {"release": release_id})
        seq, last = head or (None, None)
        return seq or 0, last or BEGINNING

    # ---- reading --------------------------------------------------------------------------
    def tail(self, release_id: int | None, n: int) -> list[AuditRow]:
        """The last `n` rows of a release (None: of the workspace itself), the oldest of them first."""
        of = {"workspace": self._work.workspace_id, "many": n}
        if release_id is None:
            rows = _TAIL_OF_NONE.all(self._conn, of)
        else:
            rows = _TAIL_OF_RELEASE.all(self._conn, of | {"release": release_id})
        return [_read(row) for row in reversed(rows)]

    def named(self, release_id: int, names: Collection[str]) -> list[AuditRow]:
        """The rows of a release that are called so, the oldest first."""
        query = select(audit, audit_texts.c.said, audit_texts.c.why).join_from(audit, audit_texts)
        query = query.where(*self._of(release_id), audit.c.name.in_(sorted(names))).order_by(audit.c.seq)
        return [_read(row) for row in self._conn.execute(query)]

    def head(self, release_id: int) -> tuple[int, str]:
        """How many rows a release has, and the hash of the last one: whoever knows it knows all of them."""
        return self._head(release_id)

    def entries(self, release_id: int | None) -> list[Entry]:
        """The whole chain of a release (None: the workspace's own), the oldest first, as it is hashed."""
        return [_entry(row) for row in self._rows(release_id)]

    def verify(self, release_id: int | None) -> list[str]:
        """What is wrong with a release's chain (None: the workspace's own), in words; empty when nothing is."""
        rows = self._rows(release_id)
        problems = broken(_entry(row) for row in rows)
        for row in rows:
            body = _entry(row).opened
            same = tuple(body.get(name) for name in ("workspace", "release", "seq", "name", "at"))
            if same != (row.workspace_id, row.release_id, row.seq, row.name, json.loads(canonical(row.at))):
                problems.append(f"{row.seq}: its columns say something else than its bytes")
        return problems

    def _rows(self, release_id: int | None) -> Sequence[Row[Any]]:
        texts = audit_texts.c
        query = select(audit, texts.salt, texts.said, texts.why, texts.erased_at).outerjoin_from(audit, audit_texts)
        return self._conn.execute(query.where(*self._of(release_id)).order_by(audit.c.seq)).all()

    def _of(self, release_id: int | None) -> list[Any]:
        return [audit.c.workspace_id == self._work.workspace_id, audit.c.release_id == release_id]


def _entry(row: Row[Any]) -> Entry:
    return Entry(row.seq, row.body, row.hash, row.salt, row.said or [], row.why or "", row.erased_at is not None)


def _read(row: Row[Any]) -> AuditRow:
    body = json.loads(row.body)
    return AuditRow(
        row.seq, row.name, row.at, body["by"], from_data(row.said), row.why, body["path"], body["rules"],
        body["details"],
    )  # fmt: skip
