"""Name freezes in what is said of them, announce them, and find the one that somebody means by its number."""

from datetime import datetime

from bot.kit.ask import Ask
from bot.kit.blocks import Button, Confirm, Message
from bot.kit.desk import Desk
from bot.kit.freeze_packed import stamp
from bot.kit.naming import split_word
from bot.release.errors import Refusal
from bot.release.freeze import Freeze, Window
from bot.release.frozen import because, lasts, scope
from bot.release.recurrence import say_rule
from bot.release.words import Code, Words, words

#: So many may stand at a time.
MOST = 500
BEGINS, ENDS = "freeze.begins", "freeze.ends"


def described(found: Freeze, now: datetime) -> Words:
    """`freeze of payments in staging, Fri 16:00 – Mon 08:00: “inventory”`."""
    window = next(found.windows(now), Window(found.starts.at, found.ends.at))
    every = f" {say_rule(found.rule) if found.rule else 'every week'}, next" if found.recurs else ""
    return words("freeze", scope(found), f",{every} ", lasts(found, window), because(found))


def lift_button(found: Freeze) -> Button:
    asked = words("What the freeze", scope(found), " keeps back may be deployed from then on.")
    sure = Confirm("Lift the freeze?", asked, "Lift")
    return Button("Lift", "do.freeze lift", {"t": str(found.number), "o": stamp(found)}, None, sure)


def require_as_shown(found: Freeze, ask: Ask, desk: Desk) -> None:
    """Raise the Refusal that shows what it is, where that is newer than what the button or dialog was made from."""
    if ask.data.get("o", stamp(found)) != stamp(found):
        raise Refusal("It was changed since that was shown. Now it is a ", *described(found, desk.now),
                      f" (freeze {found.number}).", code="superseded_freeze", offers=("freezes",))  # fmt: skip


def numbered(text: str, desk: Desk) -> tuple[Freeze, str]:
    """The freeze that the text begins with, and the rest. Raises Refusal where none is called so."""
    typed, rest = split_word(text.removeprefix("freeze ").removeprefix("#"))
    found = desk.work.freezes.numbered(int(typed)) if typed.isdecimal() and len(typed) < 10 else None
    if found is None or found.ended_at is not None:
        listed = Code(f"{desk.catalogue.command} freezes")
        raise Refusal("No freeze of that number stands. ", listed, " shows their numbers.", code="no_such_freeze")
    return found, rest


def standing(id: int, desk: Desk) -> Freeze:
    """That freeze, locked. Raises Refusal where it stands no more."""
    found = desk.work.freezes.lock(id)
    if found is None or found.ended_at is not None:
        raise Refusal("That freeze was lifted or is over by now.", code="no_such_freeze")
    return found


def require_room(desk: Desk) -> None:
    """Raise the Refusal of one more than can be looked after, with every card and every deploy."""
    if len(desk.work.freezes.standing()) >= MOST:
        raise Refusal(f"{MOST} freezes stand, and that is the most. Lift one that is not needed any more.",
                      code="too_many", offers=("freezes",))  # fmt: skip


def note(did: str, found: Freeze, ask: Ask, desk: Desk) -> None:
    facts = {"freeze": found.number, "service": found.service, "environment": found.environment,
             "starts": found.starts.typed, "ends": found.ends.typed, "weekly": found.weekly,
             "days": say_rule(found.rule) if found.rule else ""}  # fmt: skip
    desk.work.audit.note(f"freeze_{did}", ask.user, ask.did.path, facts)


def plan_times(found: Freeze, desk: Desk) -> None:
    """Its next begin and end are announced; an end that was is not again, though the clock was put back since."""
    there = desk.work.appointments.of(ENDS, str(found.id))
    over = {one.due_at for one in there if one.state in ("done", "skipped", "dead")}
    window = next((one for one in found.windows(desk.now) if one.ends_at not in over), None)
    begins = [window.starts_at] if window is not None and window.starts_at > desk.now else []
    desk.work.appointments.replan(BEGINS, str(found.id), begins)
    desk.work.appointments.replan(ENDS, str(found.id), [window.ends_at] if window is not None else [])


def announce(found: Freeze, row: Words, desk: Desk) -> None:
    if found.channel:
        desk.in_channel(found.channel, Message(words("❄️ ", row, f" (freeze {found.number}).")))
