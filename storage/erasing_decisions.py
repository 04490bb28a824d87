"""Erase what a person typed about decisions: conditions, late changes, edits, notes of reviews, freezes, exceptions."""

from sqlalchemy import Connection, delete, or_, select, update

from storage.decision_tables import attention, conditions, edits, late_changes, reviews
from storage.schedule_tables import departures, freeze_exceptions, freezes

ERASED = "[erased]"


def erase_decisions(conn: Connection, here: int, user: str) -> list[tuple[int, str]]:
    """Blank it in a workspace. Returns in which release which words were theirs; they may be quoted elsewhere."""
    spoken: list[tuple[int, str]] = []

    # A condition speaks of its owner, too.
    theirs = (conditions.c.workspace_id == here) & or_(conditions.c.user_id == user, conditions.c.owner == user)
    for row in conn.execute(select(conditions.c.release_id, conditions.c.text).where(theirs)):
        spoken.append((row.release_id, row.text))
    conn.execute(update(conditions).where(theirs).values(text=ERASED))

    late = late_changes.c
    asked, ended = ((late.workspace_id == here) & (column == user) for column in (late.asked_by, late.ended_by))
    for column, is_theirs in ((late.why, asked), (late.ended_why, ended)):
        for release_id, why in conn.execute(select(late.release_id, column).where(is_theirs)):
            spoken.append((release_id, why))
    conn.execute(update(late_changes).where(asked).values(why="", wanted={}))
    conn.execute(update(late_changes).where(ended).values(ended_why=""))

    closed = (reviews.c.workspace_id == here) & (reviews.c.closed_by == user)
    for row in conn.execute(select(reviews.c.release_id, reviews.c.note).where(closed)):
        spoken.append((row.release_id, row.note))
    conn.execute(update(reviews).where(closed).values(note=""))

    conn.execute(update(freezes).where(freezes.c.workspace_id == here, freezes.c.created_by == user).values(why=""))
    for whose, typed in (("asked_by", "why"), ("decided_by", "decided_why")):
        its = (freeze_exceptions.c.workspace_id == here) & (freeze_exceptions.c[whose] == user)
        column = freeze_exceptions.c[typed]
        for release_id, why in conn.execute(select(freeze_exceptions.c.release_id, column).where(its)):
            spoken.append((release_id, why))
        conn.execute(update(freeze_exceptions).where(its).values({typed: ""}))

    skipped = (departures.c.workspace_id == here) & (departures.c.by == user)
    conn.execute(update(departures).where(skipped).values(why=""))

    spoken += [(release_id, "") for release_id in _erase_edits(conn, here, user)]
    conn.execute(delete(attention).where(attention.c.workspace_id == here, attention.c.user_id == user))
    for_others = (attention.c.workspace_id == here) & (attention.c.delegate == user)
    conn.execute(update(attention).where(for_others).values(delegate=None))
    return spoken


def _erase_edits(conn: Connection, here: int, user: str) -> set[int]:
    """What they typed is also what the next edit found."""
    own = (edits.c.workspace_id == here) & (edits.c.by == user)
    typed = {(row.release_id, row.after) for row in conn.execute(select(edits).where(own))}
    where = {release_id for release_id, _ in typed}
    conn.execute(update(edits).where(own).values(before=ERASED, after=ERASED))
    for row in conn.execute(select(edits).where(edits.c.release_id.in_(where))).all():
        if row.before and (row.release_id, row.before) in typed:
            its = (edits.c.release_id == row.release_id) & (edits.c.revision == row.revision)
            conn.execute(update(edits).where(its, edits.c.field == row.field).values(before=ERASED))
    return {*where}
