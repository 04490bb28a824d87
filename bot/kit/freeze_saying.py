"""Name freezes in what is said of them, announce them, and find the one that somebody means by its number."""

from datetime import datetime

from bot.kit.ask import Ask
from bot.kit.blocks import Button, Confirm, Message
from bot.kit.desk import Desk
from bot.kit.naming import split_word
from bot.release.errors import Refusal
from bot.release.freeze import Freeze, Window
from bot.release.frozen import because, lasts, scope
from bot.release.words import Code, Words, words

BEGINS, ENDS = "freeze.begins", "freeze.ends"


def described(found: Freeze, now: datetime) -> Words:
    """`freeze of payments in staging, Fri 16:00 – Mon 08:00: “inventory”`."""
    window = next(found.windows(now), Window(found.starts.at, found.ends.at))
    every = " every week, next" if found.weekly else ""
    return words("freeze", scope(found), f",{every} ", lasts(found, window), because(found))


def lift_button(found: Freeze) -> Button:
    asked = words("From then on everything may be deployed that it keeps back: a freeze", scope(found), ".")
    return Button("Lift", "do.freeze lift", {"t": str(found.number)}, None, Confirm("Lift the freeze?", asked, "Lift"))


def numbered(text: str, desk: Desk) -> tuple[Freeze, str]:
    """The freeze that the text begins with, and the rest. Raises Refusal where none is called so."""
    typed, rest = split_word(text.removeprefix("freeze ").removeprefix("#"))
    found = desk.work.freezes.numbered(int(typed)) if typed.isdecimal() and len(typed) < 10 else None
    if found is None or found.ended_at is not None:
        listed = Code(f"{desk.catalogue.command} freezes")
        raise Refusal("No freeze of that number stands. ", listed, " shows their numbers.", code="no_such_freeze")
    return found, rest


def standing(id: int, desk: Desk) -> Freeze:
    found = desk.work.freezes.get(id)
    if found is None or found.ended_at is not None:
        raise Refusal("That freeze was lifted or is over by now.", code="no_such_freeze")
    return found


def note(did: str, found: Freeze, ask: Ask, desk: Desk) -> None:
    facts = {"freeze": found.number, "service": found.service, "environment": found.environment,
             "starts": found.starts.typed, "ends": found.ends.typed, "weekly": found.weekly}  # fmt: skip
    desk.work.audit.note(f"freeze_{did}", ask.user, ask.did.path, facts)


def plan_times(found: Freeze, desk: Desk) -> None:
    """Its next begin and end are announced."""
    window = next(found.windows(desk.now), None)
    begins = [window.starts_at] if window is not None and window.starts_at > desk.now else []
    desk.work.appointments.replan(BEGINS, str(found.id), begins)
    desk.work.appointments.replan(ENDS, str(found.id), [window.ends_at] if window is not None else [])


def announce(found: Freeze, row: Words, desk: Desk) -> None:
    if found.channel:
        desk.in_channel(found.channel, Message(words("❄️ ", row, f" (freeze {found.number}).")))
