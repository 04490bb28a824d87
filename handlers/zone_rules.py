"""Ask the captain, once, when new rules of time zones would change what a planned time means: which shall stay?"""

from dataclasses import replace
from datetime import datetime

from bot.kit import access, follow
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Message, Para, Reply, say
from bot.kit.declare import appointment, card, press
from bot.kit.desk import Desk
from bot.kit.telling import in_zones
from bot.kit.zone_rules import CHANGED, change_of, meant, settles_at, wall_of
from bot.release import planning
from bot.release.errors import Refusal
from bot.release.planned import PlannedTime, plan_at
from bot.release.release import Release
from bot.release.states import Move, State
from bot.release.timeline import opening
from bot.release.words import At, Bold, Said, Words, words
from bot.release.zones import TZDATA, place_name, say_clock, say_day

#: So many releases are looked at in one transaction.
BATCH = 50
CARD = "zones"
#: When an open question is settled; it is about the release's id.
SETTLES = "zones.settle"


def _ids(subject: str, desk: Desk) -> list[int]:
    """The releases that it is about: those `after` one, or one `of` them alone."""
    which, _, id = subject.rpartition(" ")
    return [int(id)] if which.endswith(" of") else desk.work.replanning.of_other_rules(
        TZDATA, BATCH, after=int(id) if which.endswith(" after") else 0
    )  # fmt: skip


def one_by_one(desk: Desk, subject: str, due_at: datetime) -> None:
    """One of a batch cannot be looked at: each gets an appointment of its own, and those after them are not kept."""
    if " of " in subject:
        return
    ids = _ids(subject, desk)
    for id in ids:
        desk.work.appointments.replan(CHANGED, f"{TZDATA} of {id}", [desk.now])
    _go_on(ids, desk)


def _go_on(ids: list[int], desk: Desk) -> None:
    if len(ids) == BATCH:
        desk.work.appointments.replan(CHANGED, f"{TZDATA} after {ids[-1]}", [desk.now])


@appointment(CHANGED, missed=one_by_one, called="looking at planned times under new rules of time zones")
def look(desk: Desk, subject: str, due_at: datetime) -> None:
    """Each open release that was planned under other rules, some at a time; asked about is what they would move."""
    ids = _ids(subject, desk)
    for release in filter(None, map(desk.work.releases.lock, ids)):
        if release.planned.tzdata == TZDATA:
            continue  # it was moved since
        was, instead = release.planned.tzdata, meant(release)
        release.planned = replace(release.planned, tzdata=TZDATA)  # from here on it is known, and not asked again
        if release.state is State.SCHEDULED and release.opens_at is not None:
            release.opens_at = opening(release.policy, release.planned, desk.now, release.days_off)
        if instead is not None:
            said = words("The rules of time zones changed: ", _now_is(release, instead))
            release.happened("rules_changed", desk.now, None, *said, was=was, to=TZDATA, meant=instead.at)
            desk.work.appointments.replan(SETTLES, str(release.id), [settles_at(release, instead)])
            desk.draw(CARD, release, release.captain, tag=TZDATA)
            follow.flush(release, desk)
        else:
            desk.work.releases.save(release)
            follow.plan(release, desk)
    _go_on(ids, desk)


@appointment(SETTLES, each=True, called="an unanswered question about new rules of time zones")
def settle(desk: Desk, subject: str, due_at: datetime) -> None:
    """Nobody said which time stays: the moment does, since it is what everybody was shown."""
    release = desk.work.releases.lock(int(subject))
    if release is None or (instead := meant(release)) is None or settles_at(release, instead) > desk.now:
        return
    _keep_moment(release, None, desk)
    follow.flush(release, desk)
    at = At(release.target_at, "day", release.planned.zone)
    row = words(Said(release.title), ": nobody chose, so it stays when it was, ", at, ".")
    desk.in_thread(release, Message(row, (Para(row),)))


def _now_is(release: Release, instead: PlannedTime) -> Words:
    """`14:00 in Berlin is 1 h later than it was`."""
    planned = release.planned
    return words(f"{wall_of(planned)} in {place_name(planned.zone)} is {change_of(release, instead)} than it was")


@card(CARD)
def question(release: Release, desk: Desk, recipient: str) -> Message:
    """Both times, each with its button; afterwards which it is."""
    instead, planned = meant(release), release.planned
    at = At(release.target_at, "day", planned.zone)
    if instead is None:
        row = words(Said(release.title), ": the rules of time zones changed, and it is planned for ", at, ".")
        return Message(row, (Para(row),))
    if recipient != release.captain:
        row = words(Said(release.title), ": the rules of time zones changed; its captain decides which time stays.")
        return Message(row, (Para(row),))
    day = say_day(instead.at, planned.zone, now=desk.now)
    head = words("🕰️ ", Bold(release.title), ": the rules of time zones changed. ", _now_is(release, instead), ".")
    agreed = in_zones(planned.at, [planned.zone, "UTC"], desk.now)
    last = settles_at(release, instead)
    until = f"{say_day(last, planned.zone, now=desk.now)} {say_clock(last, planned.zone)}"
    body = words(
        f"It was agreed for {day} {wall_of(planned)}. Which shall stay? Until you say so, it goes live {agreed}. "
        f"If you don't say until {until}, the moment stays."
    )
    keep_clock = keep_wall.button(f"Keep {wall_of(planned)} on the clock", r=release.id, v=release.plan_revision)
    there = say_clock(planned.at, planned.zone)
    keep_at = keep_instant.button(f"Keep the moment, now {there}", r=release.id, v=release.plan_revision)
    return Message(head, (Para(head), Para(body), Actions((keep_clock, keep_at))))


@press("zones.wall")
def keep_wall(ask: Ask, desk: Desk) -> Reply:
    release, instead = _asked(ask, desk)
    planning.reschedule(release, instead, desk.electorate(release), now=desk.now, by=ask.user)
    return say(Bold(release.title), " stays at ", wall_of(release.planned), " on the clock: ",
               in_zones(release.target_at, [release.planned.zone], desk.now), ".")  # fmt: skip


@press("zones.instant")
def keep_instant(ask: Ask, desk: Desk) -> Reply:
    release, _ = _asked(ask, desk)
    _keep_moment(release, ask.user, desk)
    return say(Bold(release.title), " stays when it was: ",
               in_zones(release.target_at, [release.planned.zone], desk.now), ".")  # fmt: skip


def _keep_moment(release: Release, by: str | None, desk: Desk) -> None:
    release.planned = plan_at(release.planned.at, release.planned.zone)
    release.happened("time_kept", desk.now, by, "kept its moment, which is ",
                     At(release.target_at, "day", release.planned.zone), " now", to=release.target_at)  # fmt: skip


def _asked(ask: Ask, desk: Desk) -> tuple[Release, PlannedTime]:
    """The release and its wall time by the present rules, while that is a question. Raises Refusal otherwise."""
    release = ask.release
    instead = meant(release)
    if instead is None:
        raise Refusal(Said(release.title), " is planned for ", At(release.target_at, "day", release.planned.zone),
                      "; nothing is to be decided about that.", code="already_done", offers=("status",))  # fmt: skip
    release.require(Move.RESCHEDULE)
    access.require(desk, ask.user, Move.RESCHEDULE, release)
    return release, instead
