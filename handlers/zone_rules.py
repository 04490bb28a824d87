"""Ask the captain, once, when new rules of time zones would change what a planned time means: which shall stay?"""

from dataclasses import replace
from datetime import datetime

from bot.kit import access, follow
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Message, Para, Reply, say
from bot.kit.declare import appointment, card, press
from bot.kit.desk import Desk
from bot.kit.telling import in_zones
from bot.kit.zone_rules import CHANGED
from bot.release import planning
from bot.release.durations import say_length
from bot.release.errors import Refusal
from bot.release.planned import PlannedTime, plan_at, replan
from bot.release.release import Release
from bot.release.states import BEFORE_DEPLOY, Move, State
from bot.release.timeline import opening
from bot.release.words import At, Bold, Said, Words, words
from bot.release.zones import TZDATA, place_name, say_clock, say_day

#: So many releases are looked at in one transaction.
BATCH = 50
CARD = "zones"


def _meant(release: Release) -> PlannedTime | None:
    """What the wall time that was agreed is by the present rules; None where that is when it is planned anyway."""
    meant = replan(release.planned)
    return meant if meant.at != release.planned.at else None


@appointment(CHANGED, called="looking at planned times under new rules of time zones")
def look(desk: Desk, subject: str, due_at: datetime) -> None:
    """Each open release that was planned under other rules, some at a time; asked about is what they would move."""
    ids = desk.work.replanning.of_other_rules(TZDATA, BATCH)
    for release in filter(None, map(desk.work.releases.lock, ids)):
        was, meant = release.planned.tzdata, _meant(release)
        release.planned = replace(release.planned, tzdata=TZDATA)  # from here on it is known, and not asked again
        if release.state is State.SCHEDULED and release.opens_at is not None:
            release.opens_at = opening(release.policy, release.planned, desk.now, release.days_off)
        if meant is not None and release.state in BEFORE_DEPLOY:
            said = words("The rules of time zones changed: ", _now_is(release, meant))
            release.happened("rules_changed", desk.now, None, *said, was=was, to=TZDATA, meant=meant.at)
            desk.draw(CARD, release, release.captain, tag=TZDATA)
            follow.flush(release, desk)
        else:
            desk.work.releases.save(release)
            follow.plan(release, desk)
    if len(ids) == BATCH:
        desk.work.appointments.replan(CHANGED, f"{TZDATA} after {ids[-1]}", [desk.now])


def _now_is(release: Release, meant: PlannedTime) -> Words:
    """`14:00 in Berlin is an hour later than it was`."""
    way = "later" if meant.at > release.planned.at else "earlier"
    length = say_length(abs(meant.at - release.planned.at))
    return words(f"{_wall(release.planned)} in {place_name(release.planned.zone)} is {length} {way} than it was")


def _wall(planned: PlannedTime) -> str:
    return planned.wall[11:16]


@card(CARD)
def question(release: Release, desk: Desk, recipient: str) -> Message:
    """Both times, each with its button; afterwards which it is."""
    meant, planned = _meant(release), release.planned
    at = At(release.target_at, "day", planned.zone)
    if meant is None or release.state not in BEFORE_DEPLOY:
        row = words(Said(release.title), ": the rules of time zones changed, and it is planned for ", at, ".")
        return Message(row, (Para(row),))
    if recipient != release.captain:
        row = words(Said(release.title), ": the rules of time zones changed; its captain decides which time stays.")
        return Message(row, (Para(row),))
    day = say_day(meant.at, planned.zone, now=desk.now)
    head = words("🕰️ ", Bold(release.title), ": the rules of time zones changed. ", _now_is(release, meant), ".")
    agreed = in_zones(planned.at, [planned.zone, "UTC"], desk.now)
    body = words(
        f"It was agreed for {day} {_wall(planned)}. Which shall stay? Until you say so, it goes live {agreed}."
    )
    keep_clock = keep_wall.button(f"Keep {_wall(planned)} on the clock", r=release.id, v=release.plan_revision)
    there = say_clock(planned.at, planned.zone)
    keep_at = keep_instant.button(f"Keep the moment, now {there}", r=release.id, v=release.plan_revision)
    return Message(head, (Para(head), Para(body), Actions((keep_clock, keep_at))))


@press("zones.wall")
def keep_wall(ask: Ask, desk: Desk) -> Reply:
    release, meant = _asked(ask, desk)
    planning.reschedule(release, meant, desk.electorate(release), now=desk.now, by=ask.user)
    return say(Bold(release.title), " stays at ", _wall(release.planned), " on the clock: ",
               in_zones(release.target_at, [release.planned.zone], desk.now), ".")  # fmt: skip


@press("zones.instant")
def keep_instant(ask: Ask, desk: Desk) -> Reply:
    release, _ = _asked(ask, desk)
    release.planned = plan_at(release.planned.at, release.planned.zone)
    release.happened("time_kept", desk.now, ask.user, "kept its moment, which is ",
                     At(release.target_at, "day", release.planned.zone), " now", to=release.target_at)  # fmt: skip
    return say(Bold(release.title), " stays when it was: ",
               in_zones(release.target_at, [release.planned.zone], desk.now), ".")  # fmt: skip


def _asked(ask: Ask, desk: Desk) -> tuple[Release, PlannedTime]:
    """The release and its wall time by the present rules, while that is a question. Raises Refusal otherwise."""
    release = ask.release
    meant = _meant(release)
    if meant is None:
        raise Refusal(Said(release.title), " is planned for ", At(release.target_at, "day", release.planned.zone),
                      "; nothing is to be decided about that.", code="already_done", offers=("status",))  # fmt: skip
    release.require(Move.RESCHEDULE)
    access.require(desk, ask.user, Move.RESCHEDULE, release)
    return release, meant
