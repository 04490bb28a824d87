"""Tell the captain of a train's release what they lead now, how the last one went, and what is asked of them."""

from datetime import date

from bot.kit import access, follow
from bot.kit.blocks import Actions, Lines, Message, Para
from bot.kit.clashes import warnings
from bot.kit.declare import card
from bot.kit.desk import Desk
from bot.kit.telling import headline
from bot.kit.trains import LEAD_CARD, is_unnamed
from bot.release.release import Release
from bot.release.states import BEFORE_DEPLOY
from bot.release.trains import Train
from bot.release.words import Bold, Channel, Code, Said, Who, Words, words
from bot.release.zones import say_clock, say_day


@card(LEAD_CARD)
def lead_card(release: Release, desk: Desk, recipient: str) -> Message:
    """As it stands now: its version, its go/no-go, and who leads it."""
    found = desk.work.trains.of_release(release.id)
    stands = headline(release, desk.electorate(release))
    ref = f" ({desk.ref(release)})"
    if found is None or recipient != release.captain:
        row = words("🚆 ", Bold(release.title), ref, ": ", Who(release.captain), " leads it now. ", stands)
        return Message(row, (Para(row),))
    train, day = found
    at = release.first_planned_at or release.target_at
    departs = f"{say_day(at, train.zone, now=desk.now)} {say_clock(at, train.zone)}"
    row = words("🚆 You lead ", Bold(release.title), ref, ", the ", Bold(train.service), f" train of {departs}, in ",
                Channel(release.channel), ".")  # fmt: skip
    rows: list[Words] = [stands, *_before(train, day, release, desk)]
    buttons = [desk.offer("status", release)]
    against = warnings(release, recipient, desk) if release.state in BEFORE_DEPLOY else ()
    if release.state in BEFORE_DEPLOY:
        buttons.append(desk.offer("captain", release))
        if is_unnamed(train, release, day):
            typed = Code(f"{desk.catalogue.command} version {desk.ref(release)} 2.14.0")
            rows.append(words("It has no version yet, so it goes by its day. ", typed, " names one."))
            buttons.insert(0, desk.offer("version", release))
    return Message(row, (Para(row), Lines(tuple(rows)), *against, Actions(tuple(buttons))))


def _before(train: Train, day: date, release: Release, desk: Desk) -> list[Words]:
    """How the departure before it went."""
    before = desk.work.trains.last(train.id, day)
    was = desk.work.releases.get(before.release_id) if before is not None and before.release_id else None
    if was is None or not access.may_see(desk, release.captain, was):
        return []
    stood = headline(follow.read(was, desk), desk.electorate(was))
    return [words("Before you: ", Who(was.captain), " with ", Said(was.title), f" ({desk.ref(was)}): ", stood)]
