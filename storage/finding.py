"""Find releases by what they bring: the statements of the way in which most typed lines name one.

First who it is, then what they are, wherever: else SQLite walks all releases in the order of their times.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, select

from storage.prepared import Prepared
from storage.tables import release_parts, releases

_IDS: BindParameter[Any] = bindparam("ids", expanding=True)


@cache
def open_with(version: bool, channel: bool) -> Prepared:
    """The ids of the open releases with a part `here` of this `service`, of this `version` and in this `channel`."""
    return Prepared(_with(version, channel).where(release_parts.c.ended_at.is_(None)))


@cache
def newest_with(version: bool, channel: bool, private: bool | None) -> Prepared:
    """The same, open or not, private ones or others: `many`, the newest first, after the first `skip`."""
    found = _with(version, channel)
    if private is not None:
        found = found if channel else found.join_from(release_parts, releases)
        found = found.where(releases.c.is_private.is_(private))
    found = found.group_by(release_parts.c.release_id).order_by(release_parts.c.release_id.desc())
    return Prepared(_page(found))


@cache
def of_ids(every: Select[Any], private: bool | None) -> Prepared:
    """Those of `every` with one of these `ids`, in the order of their planned times: `many`, after the first `skip`."""
    found = every.where(releases.c.id.in_(_IDS)).order_by(releases.c.planned_at, releases.c.id)
    return Prepared(_page(found if private is None else found.where(releases.c.is_private.is_(private))))


def a_list(ids: Sequence[int]) -> list[int]:
    """As many, or some of them twice: a statement is written for each length of a list, and these are few."""
    length: int = 2 ** max(0, len(ids) - 1).bit_length()
    return [*ids, *[ids[0]] * (length - len(ids))] if ids else []


def _with(version: bool, channel: bool) -> Select[Any]:
    part = release_parts.c
    found = select(part.release_id).where(
        part.workspace_id == bindparam("here"), part.service_key == bindparam("service"), ~part.dropped
    )
    found = found.where(part.version_key == bindparam("version")) if version else found
    if channel:
        found = found.join_from(release_parts, releases).where(releases.c.channel == bindparam("channel"))
    return found


def _page(found: Select[Any]) -> Select[Any]:
    return found.limit(bindparam("many")).offset(bindparam("skip"))
