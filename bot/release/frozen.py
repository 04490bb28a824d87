"""Say that a freeze is in the way of a deploy, how that changes, and on what grounds it was let through.

The one check for every path, run when somebody acts: a freeze keeps a release from its deploy, not from its go.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from bot.release.causes import Cause, Fix, explain
from bot.release.errors import Refusal
from bot.release.freeze import Freeze, Freezing, Met, Window, met
from bot.release.release import Part, Release
from bot.release.slots import next_slot, next_words
from bot.release.states import BEFORE_DEPLOY
from bot.release.words import At, Said, Who, Words, listing, words


class Frozen(Refusal):
    """The no to a deploy inside a freeze, with the causes: their fixes are what to do instead."""

    def __init__(self, release: Release, causes: tuple[Cause, ...]) -> None:
        rows = [words("\n", explain(cause)) for cause in causes]
        super().__init__("You can't start ", Said(release.title), " now:", *rows, code="frozen", offers=("why",))
        self.causes = causes


def causes(
    release: Release, freezing: Freezing, now: datetime, *, at: datetime | None = None,
    parts: Collection[Part] | None = None,
) -> tuple[Cause, ...]:  # fmt: skip
    """The freezes that keep it from its deploy, at its planned time (or `at`); empty where nothing does."""
    when = max(now, release.target_at) if at is None else at
    blocked = [one for one in met(release, freezing, when, parts) if one.way is None]
    return tuple(_cause(one, release, freezing, now) for one in blocked)


def require_unfrozen(release: Release, freezing: Freezing, parts: Collection[Part], now: datetime) -> list[Met]:
    """Raise Frozen where a freeze keeps these parts from being deployed now; else what they pass, and how."""
    if found := causes(release, freezing, now, at=now, parts=parts):
        raise Frozen(release, found)
    return met(release, freezing, now, parts)


def _cause(one: Met, release: Release, freezing: Freezing, now: datetime) -> Cause:
    said = lasts_until(one, release.planned.zone, now)
    if waiting := freezing.waiting(one.freeze):
        said = words(said, ". ", Who(waiting.asked_by), " asked for an exception; an admin decides")
    elif freezing.grantable:
        said = words(said, ". An admin can grant an exception")
    else:
        said = words(said, ". There is no other admin to grant an exception; an admin can lift the freeze")
    slot = next_slot(release, freezing, one.window.ends_at, now)
    fixes: list[Fix] = []
    if slot is not None:
        said = words(said, ". ", next_words(slot)[:-1])
        if release.state in BEFORE_DEPLOY:
            fixes.append(Fix("reschedule", "Take the next free time", (("t", slot.typed),)))
    if waiting is None and freezing.grantable:
        fixes.append(Fix("exception"))
    return Cause("freeze", "", said, frozenset({release.captain}), one.window.starts_at, fixes=tuple(fixes),
                 short=words("freeze ", str(one.freeze.number), scope(one.freeze)),
                 about=str(one.freeze.number))  # fmt: skip


def lasts_until(one: Met, zone: str, now: datetime) -> Words:
    """`The freeze of payments (freeze 3) lasts until Mon 08:00: “inventory”`; before it begins also from when on."""
    begins, ends = (At(at, "day", zone) for at in (one.window.starts_at, one.window.ends_at))
    since = words(" from ", begins) if one.window.starts_at > now else ()
    return words(name_of(one.freeze), " lasts", since, " until ", ends, because(one.freeze))


def name_of(freeze: Freeze) -> Words:
    """`The freeze of payments in staging (freeze 3)`."""
    return words("The freeze", scope(freeze), f" (freeze {freeze.number})" if freeze.number else "")


def scope(freeze: Freeze, all_: Words = (" of everything",)) -> Words:
    """` of payments in staging`, ` in production`, ` of everything`."""
    where = words(" in ", Said(freeze.environment)) if freeze.environment else ()
    what = words(" of ", Said(freeze.service)) if freeze.service else () if where else all_
    return words(what, where)


def because(freeze: Freeze) -> Words:
    return words(": “", Said(freeze.why), "”") if freeze.why else ()


def lasts(freeze: Freeze, window: Window) -> Words:
    """`Fri 27 Nov 16:00 – Mon 30 Nov 08:00`."""
    zone = freeze.starts.zone
    return words(At(window.starts_at, "day", zone), " – ", At(window.ends_at, "day", zone))


# ---- on what grounds it passed -----------------------------------------------------------------


def on_record(passed: Collection[Met]) -> dict[str, Any]:
    """What of it stands on record beside the deploy, as plain data; nothing where no freeze was met."""
    if not passed:
        return {}
    return {
        "freezes": [
            {"freeze": one.freeze.number, "until": one.window.ends_at.isoformat(), "by": one.way}
            | ({"exception": one.exemption.id, "granted_by": one.exemption.decided_by} if one.exemption else {})
            for one in passed
        ]
    }


def passing(passed: Collection[Met]) -> Words:
    """`, through freeze 3 by an exception of Ana`: what stands behind “started the deploy”."""
    return words(", through ", listing([_passing(one) for one in passed])) if passed else ()


def _passing(one: Met) -> Words:
    how: Words = (" as its policy allows",) if one.way == "policy" else (" by override",)
    if one.exemption is not None and one.exemption.decided_by is not None:
        how = words(" by an exception of ", Who(one.exemption.decided_by))
    return words(f"freeze {one.freeze.number}", how)
