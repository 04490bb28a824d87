"""Erase a person: their name and what they typed, but not that something was decided.

Ids stay (Slack alone knows who they are), and so do votes and the chain of the audit log, which verifies as before.
"""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Text, or_, select, type_coerce, update

from bot.release.chain import canonical
from bot.release.words import Said, Words, from_data, to_data
from storage.erasing_decisions import ERASED, erase_decisions
from storage.tables import (
    audit,
    audit_texts,
    outbox,
    people,
    release_parts,
    releases,
    retro_actions,
    retro_answers,
    rounds,
    votes,
)

if TYPE_CHECKING:
    from storage.work import Work

#: How an erased person is called.
NOBODY = "Erased person"


def erase(work: "Work", user: str, *, by: str | None, path: str) -> int:
    """Blank a person's name and free text in the unit's workspace, also where others' rows quote it.

    Returns in how many releases words of theirs were left to erase. The cards that may show them are drawn again.
    Answers to their gestures and messages on their way are forgotten with their retention. Raises nothing when the
    person is not known; may be repeated.
    """
    conn, here = work.conn, work.workspace_id
    mine = [(table.c.workspace_id == here) & (table.c.user_id == user) for table in (votes, audit_texts, retro_answers)]
    mine[0] = (votes.c.workspace_id == here) & ((votes.c.user_id == user) | _names(votes.c.basis, "cast_by", user))
    spoken = erase_decisions(conn, here, user)
    for table, is_mine in zip((votes, audit_texts), mine, strict=False):
        rows = conn.execute(select(table.c.release_id, table.c.why).where(is_mine))
        spoken += [(row.release_id, row.why) for row in rows]
    answered = select(retro_answers.c.release_id).where(mine[2])
    spoken += [(id, "") for id in conn.execute(answered).scalars()]
    skipped = (releases.c.workspace_id == here) & _names(releases.c.override, "by", user)
    held = (releases.c.workspace_id == here) & (releases.c.held_by == user)
    for column, is_theirs in ((releases.c.override_why, skipped), (releases.c.held_why, held)):
        spoken += [(id, why) for id, why in conn.execute(select(releases.c.id, column).where(is_theirs))]
    quotes = {text for _, text in spoken} - {"", ERASED}
    where = sorted({id for id, _ in spoken if id is not None})
    kept = select(audit_texts.c.release_id).where(mine[1], audit_texts.c.erased_at.is_(None))
    left = {id for id, text in spoken if text in quotes} | {*conn.execute(kept).scalars()}

    conn.execute(update(votes).where(mine[0]).values(why=""))
    conn.execute(update(releases).where(held).values(held_why=""))
    conn.execute(update(releases).where(skipped).values(override_why=""))
    conn.execute(update(retro_answers).where(mine[2]).values(went_well="", did_not="", ideas=""))
    added = (retro_actions.c.workspace_id == here) & (retro_actions.c.created_by == user)
    conn.execute(update(retro_actions).where(added).values(text=ERASED))
    _scrub_texts(work, user, where, quotes)
    _scrub_stopped(work, where, quotes)
    _scrub_causes(work, where, quotes)
    back = releases.c.id.in_(where) & releases.c.rollback_why.in_(quotes)
    conn.execute(update(releases).where(back).values(rollback_why=""))
    for column in (release_parts.c.failed_why, release_parts.c.back_why):
        quoted = release_parts.c.release_id.in_(where) & column.in_(quotes)
        conn.execute(update(release_parts).where(quoted).values({column: ""}))
    sent = (outbox.c.workspace_id == here) & outbox.c.settled_at.is_not(None)
    conn.execute(
        update(outbox).where(sent, or_(outbox.c.lane == user, outbox.c.release_id.in_(where))).values(payload={})
    )
    known = (people.c.workspace_id == here) & (people.c.id == user)
    conn.execute(
        update(people).where(known).values(name=NOBODY, zone=None, country=None)  # whether they may vote, Slack knows
    )
    work.people.changed()
    work.roles.remove_admin(user)
    work.mutes.remove(user)
    for feed in work.feeds.of(user):
        work.feeds.revoke(feed.id)
    work.releases.forget_copies()
    leads = or_(releases.c.captain == user, releases.c.deployer == user)
    may_name = leads | releases.c.ended_at.is_(None)  # of an open one a card says who may still answer
    shown = select(releases.c.id).where(releases.c.workspace_id == here, may_name)
    for id in sorted({*where, *conn.execute(shown).scalars()}):
        work.cards.redraw(id)
    work.audit.note("person_erased", by, path, {"user": user})
    return len(left - {None})


def _scrub_texts(work: "Work", user: str, where: list[int], quotes: set[str]) -> None:
    text = audit_texts.c
    rows = work.conn.execute(
        select(text.audit_id, text.user_id, text.said, text.why, audit.c.body)
        .join_from(audit_texts, audit)
        .where(text.workspace_id == work.workspace_id, text.erased_at.is_(None))
        .where(or_(text.user_id == user, text.release_id.in_(where)))
    ).all()
    for row in rows:
        own = user in (row.user_id, json.loads(row.body)["by"])  # one of them acted for the other
        said = to_data(_scrubbed(from_data(row.said), quotes, everything=own))
        if own or said != row.said:
            gone: dict[str, Any] = {"said": said, "salt": "", "erased_at": work.now} | ({"why": ""} if own else {})
            work.conn.execute(update(audit_texts).where(text.audit_id == row.audit_id).values(**gone))


def _scrub_stopped(work: "Work", where: list[int], quotes: set[str]) -> None:
    rows = work.conn.execute(select(releases.c.id, releases.c.stopped_said).where(releases.c.id.in_(where))).all()
    for row in rows:
        said = to_data(_scrubbed(from_data(row.stopped_said), quotes))
        if said != row.stopped_said:
            work.conn.execute(update(releases).where(releases.c.id == row.id).values(stopped_said=said))


def _scrub_causes(work: "Work", where: list[int], quotes: set[str]) -> None:
    query = select(rounds.c.release_id, rounds.c.number, rounds.c.causes)
    for row in work.conn.execute(query.where(rounds.c.release_id.in_(where), rounds.c.causes.is_not(None))).all():
        causes = [
            cause | {form: to_data(_scrubbed(from_data(cause[form]), quotes)) for form in ("said", "short")}
            for cause in row.causes or ()
        ]
        if causes != row.causes:
            its = (rounds.c.release_id == row.release_id) & (rounds.c.number == row.number)
            work.conn.execute(update(rounds).where(its).values(causes=causes))


def _names(column: Any, key: str, user: str) -> ColumnElement[bool]:
    """Whether the JSON in a column says that `key` is this person: it is stored in one form only."""
    return type_coerce(column, Text).contains(f"{canonical(key)}:{canonical(user)}", autoescape=True)


def _scrubbed(said: Words, quotes: Iterable[str], *, everything: bool = False) -> Words:
    return tuple(
        Said(ERASED)
        if isinstance(piece, Said) and (everything or any(quote in piece.text for quote in quotes))
        else piece
        for piece in said
    )
