"""Run rotations: whose turn it is, when that changes, and what the next one is told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.kit import access
from bot.kit.blocks import Actions, Block, Lines, Message, Para
from bot.kit.declare import Press
from bot.kit.desk import Desk
from bot.kit.follow import read
from bot.kit.place import is_private
from bot.kit.telling import one_line
from bot.release.recurrence import Occurrence
from bot.release.release import Release
from bot.release.rotations import DUTIES, Duty, Rotation
from bot.release.trains import in_turn
from bot.release.words import At, Bold, Code, Said, Who, Words, listing, words
from bot.release.workdays import previous_working_day
from bot.release.zones import TZDATA, say_clock, say_day
from storage.rotations import TURNS, subject_of

#: The appointment at which the next one is told; its subject is the one of TURNS.
TELLS_TURN = "rotation.tells"
#: The next one is told on the working day before, at this hour there.
TOLD_AT = 10
#: So many hand-overs are looked at in one go.
AT_ONCE = 50
#: So many open releases are named to whoever comes next.
MOST = 5
DOES = {"captain": "leads", "deployer": "deploys"}


def on_duty(service: str, role: Duty, channel: str, at: datetime, desk: Desk) -> str | None:
    """Whose turn it is to lead or deploy what is planned in that channel for that time; None: nobody's.

    A rotation of a private channel is for that channel alone.
    """
    own = desk.work.rotations.get(service, role, channel) if is_private(channel, desk) else None
    rotation = own or desk.work.rotations.get(service, role)
    if rotation is None or (rotation.channel != channel and is_private(rotation.channel, desk)):
        return None
    return current(rotation, at, desk, channel)


def staff(release: Release, desk: Desk) -> Words:
    """Give a release that is planned whose turn it is: captain, deployer, or neither. Returns that in words."""
    said: list[Words] = []
    for role in DUTIES:
        user = on_duty(release.service, role, release.channel, release.target_at, desk)
        if user is None:
            continue
        if role == "captain":
            release.captain = user
        elif user != release.captain:
            release.deployer = user
        said.append(words(Who(user), f" {DOES[role]} it"))
    return words(listing(said), ", by rotation.") if said else ()


def tell_staff(release: Release, by: str, desk: Desk) -> None:
    """Whoever it is by rotation hears that it is theirs."""
    duties = {release.deployer: "deploy", release.captain: "lead"}
    for user, does in duties.items():
        if user is not None and user != by:
            when = At(release.target_at, "day", release.planned.zone)
            theirs = words("🔁 By rotation you ", does, " ", Bold(release.title), f" ({desk.ref(release)}), which ",
                           Who(by), " planned for ", when, ".")  # fmt: skip
            buttons = (desk.offer("status", release), desk.offer("captain", release))
            desk.direct(user, Message(theirs, (Para(theirs), Actions(buttons))), release)


def current(rotation: Rotation, at: datetime, desk: Desk, channel: str | None = None) -> str | None:
    """Whose turn it is, but for those who are away then or gone."""
    can = able(rotation, at, desk, channel or rotation.channel)
    return next((user for _, user in in_turn(rotation.people, rotation.turn, can)), None)


def able(rotation: Rotation, at: datetime, desk: Desk, channel: str) -> Callable[[str], bool]:
    """Tells who can do it at that time: neither gone nor away then, and where the channel is, if private."""
    known = desk.work.decisions.attention(rotation.people)
    away = {user for user, one in known.items() if one.away_until is not None and one.away_until > at}
    inside = desk.members(channel) if is_private(channel, desk) else None
    there = desk.full_members(rotation.people)
    return lambda user: user in there and user not in away and (inside is None or user in inside)


def following(rotation: Rotation, at: datetime, desk: Desk) -> tuple[int, str] | None:
    """The turn and the person after the present one; None where nobody else is there."""
    now = _holder(rotation)
    can = able(rotation, at, desk, rotation.channel)
    return next(((turn, user) for turn, user in in_turn(rotation.people, rotation.turn + 1, can) if user != now), None)


def settle(rotation: Rotation, desk: Desk) -> Rotation:
    """Do the hand-overs that are due, telling the last of them; then plan the next. Its lock is held."""
    was = _holder(rotation)
    for one in rotation.to_come(rotation.turned_until, AT_ONCE):
        if one.at > desk.now:
            break
        after = following(rotation, one.at, desk)
        if after is not None:
            facts = {"service": rotation.service, "role": rotation.role, "was": _holder(rotation), "to": after[1]}
            desk.work.audit.note("rotation_handed_on", None, "clock", facts)
        rotation = replace(rotation, turn=after[0] if after else rotation.turn, turned_until=one.at)
    rotation = replace(rotation, tzdata=TZDATA)
    desk.work.rotations.put(rotation)
    if (now := _holder(rotation)) != was:
        tell_turned(rotation, was, now, None, desk)
    plan_next(rotation, desk)
    return rotation


def _holder(rotation: Rotation) -> str:
    """Whose turn it is, here or not."""
    return rotation.people[rotation.turn % len(rotation.people)]


def plan_next(rotation: Rotation, desk: Desk) -> None:
    """Make an appointment for the next hand-over, and for telling whose it will be."""
    subject = subject_of(rotation)
    days = rotation.to_come(max(rotation.turned_until, desk.now), 1)
    turns = [one.at for one in days]
    tells = [previous_working_day(at, rotation.zone, TOLD_AT, days_off=desk.work.days_off) for at in turns]
    desk.work.appointments.replan(TURNS, subject, turns)
    desk.work.appointments.replan(TELLS_TURN, subject, [at for at in tells if at > desk.now])


def forget(rotation: Rotation, desk: Desk) -> None:
    """It is there no more: nothing shall happen later."""
    for kind in (TURNS, TELLS_TURN):
        desk.work.appointments.replan(kind, subject_of(rotation), [])


# ---- telling ----------------------------------------------------------------------------------


def say_turn(one: Occurrence, desk: Desk) -> str:
    """ "Mon 7 Dec 10:00", on the rotation's clock."""
    return f"{say_day(one.at, one.planned.zone, now=desk.now)} {say_clock(one.at, one.planned.zone)}"


def until(rotation: Rotation, desk: Desk) -> str:
    """ " until Mon 7 Dec 10:00", where that is known."""
    days = rotation.to_come(max(rotation.turned_until, desk.now), 1)
    return f" until {say_turn(days[0], desk)}" if days else ""


def tell_turned(rotation: Rotation, was: str, now: str, by: str | None, desk: Desk) -> None:
    """The channel hears it, whoever it is now with what is open, and whoever it was."""
    does, service = DOES[rotation.role], Bold(rotation.service)
    handed = words(" (", Who(by), " handed it on)") if by is not None else ()
    after = words("; before: ", Who(was)) if was != now else ()
    row = words("🔁 ", Who(now), f" {does} ", service, " releases", until(rotation, desk), after, ".", handed)
    desk.in_channel(rotation.channel, Message(row))
    if now != by:
        desk.direct(now, _hand_over(rotation, now, was, desk))
    if was not in (now, by) and not desk.work.mutes.is_muted(was, [rotation.service]):  # they owe nothing by it
        typed = Code(f"{desk.catalogue.command} handover @somebody")
        yours = words("🔁 ", Who(now), f" {does} ", service, " releases now; those you have stay yours. ", typed)
        desk.direct(was, Message(words(yours, " hands one over.")))


def _hand_over(rotation: Rotation, now: str, was: str, desk: Desk) -> Message:
    you = words("🔁 You ", "lead" if rotation.role == "captain" else "deploy", " ", Bold(rotation.service),
                " releases", until(rotation, desk), ": new ones are yours. Before you: ", Who(was), ".")  # fmt: skip
    found = desk.work.releases.find(rotation.service, limit=MOST)
    found = [one for one in found if _is_theirs(one.channel, rotation, desk)]
    rows: list[Words] = [
        words(
            "• ", one_line(one, access.stands(desk, now, one), desk.ref(one), desk.now), " · captain ", Who(one.captain)
        )
        for one in (read(one, desk) for one in found)
    ]
    blocks: tuple[Block, ...] = (Para(you), Lines((("Open now:",), *rows))) if rows else (Para(you),)
    return Message(you, blocks)


def _is_theirs(channel: str, rotation: Rotation, desk: Desk) -> bool:
    """What lives in another private channel is not told."""
    return channel == rotation.channel or not is_private(channel, desk)


def tell_next(rotation: Rotation, passing: Press, desk: Desk) -> None:
    """The working day before: whoever comes next is told, and can pass it on."""
    days = rotation.to_come(max(rotation.turned_until, desk.now), 1)
    after = following(rotation, days[0].at, desk) if days else None
    if after is None:
        return
    turn, user = after
    verb = "lead" if rotation.role == "captain" else "deploy"
    now = _holder(rotation)
    row = words(f"🔁 From {say_turn(days[0], desk)} you {verb} ", Bold(rotation.service), " releases, after ", Who(now),
                ".")  # fmt: skip
    passed = passing.button("Pass it on", s=rotation.service, k=rotation.role, p=rotation.within, w=user, n=turn)
    buttons = (passed,) if len(rotation.people) > 2 else ()
    desk.direct(user, Message(row, (Para(row), *((Actions(buttons),) if buttons else ()))))


def row(rotation: Rotation, desk: Desk) -> Words:
    """Whose turn it is, who follows, and when."""
    now = current(rotation, desk.now, desk)
    rest = [Who(user) for user in rotation.people]
    names: Words = ()
    for position, one in enumerate(rest):
        names = words(names, " → " if position else "", one)
    return words("🔁 ", Bold(rotation.service), f" {rotation.role}: ", Who(now) if now else "nobody is there",
                 until(rotation, desk), " · ", names, " · ", Said(rotation.when))  # fmt: skip
