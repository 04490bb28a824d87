"""Run trains: make the releases whose departure is near, say what comes next, and whose turn it is."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from bot.kit import follow
from bot.kit.access import how_lost
from bot.kit.blocks import Message
from bot.kit.desk import MAIN_CARD, Desk
from bot.kit.in_force import policy_for
from bot.kit.place import is_private
from bot.kit.rotations import staff
from bot.release.errors import Refusal
from bot.release.planned import at_wall
from bot.release.planning import lose_captain, plan
from bot.release.policy import Policy, for_kind
from bot.release.recurrence import Occurrence
from bot.release.release import Kind, Part, Release
from bot.release.trains import Departure, Train, in_turn, is_reachable, made_at, version_of
from bot.release.words import At, Bold, Said, Who, Words, listing, words
from bot.release.workdays import previous_working_day
from bot.release.zones import TZDATA, local, say_clock, say_day
from storage.releases import AlreadyOpen
from storage.trains import DEPARTS

#: Tells the captain of a train's release that they lead it.
LEAD_CARD = "train.lead"
#: The appointment at which the next captain is told; as the one at which a release is made, it is about the train's id.
TELLS = "train.tells"
#: The next captain is told on the working day before, at this hour there.
TOLD_AT = 10
_MOST_DAYS = 5
#: Stands in a version's pattern for the number; so many that are taken are passed over.
_NUMBERED, _MOST_NUMBERS = "{n}", 200
_A_MOMENT = timedelta(seconds=1)
#: Why a day has no release whose appointment failed for good; admins may still have it made.
FAILED = "making it failed, see “health”"
#: And why one has none whose release would have been made amid a pause.
PAUSED = "the train is paused"
_NOT_RUNNING = "T-Minus was not running when its release was due, and no time was left for a go/no-go"


@dataclass(frozen=True)
class Coming:
    """One of a train's next departures, as it is planned now; `off` says why it will not take place, if so."""

    one: Occurrence
    made_at: datetime
    version: str
    captain: str | None
    off: Words = ()
    skipped: bool = False


def coming(train: Train, desk: Desk, count: int) -> list[Coming]:
    """Its next departures that have no outcome yet. Raises Refusal where no policy is for its service any more."""
    policy, _ = follows(train.service, desk)
    after = max(train.settled_until, desk.now) if train.id else train.settled_until
    days = train.to_come(after, count)
    known = desk.work.trains.departures(train.id, days[0].day) if train.id and days else {}
    number, turn, found = desk.work.trains.how_many(train.id) if train.id else 0, train.turn, []
    for one in days:
        due = made_at(one.planned, train.lead, policy, desk.work.days_off)
        if (off := _off(train, one, known.get(one.day), desk)) or (one.day in known and known[one.day].state == "made"):
            if off:
                found.append(Coming(one, due, "", None, off, one.day in known))
            continue
        number = _number(train, one, number + 1, desk)
        found.append(Coming(one, due, version_of(train.version, one.day, number), None))
        for taken, captain in in_turn(train.captains, turn, able(train, one.at, desk)):
            found[-1], turn = replace(found[-1], captain=captain), taken + 1
            break
    return found


def follows(service: str, desk: Desk) -> tuple[Policy, Kind]:
    """The policy of a train's releases, and their kind: normal, where it has such. Raises Refusal where none is."""
    policy = policy_for(service, desk)
    kind = next((kind for kind in (Kind.NORMAL, Kind.STANDARD) if kind in policy.kinds), Kind.HOTFIX)
    return for_kind(policy, kind), kind


def _off(train: Train, one: Occurrence, known: Departure | None, desk: Desk) -> Words:
    if known is not None and known.state == "skipped":
        why = words(": “", Said(known.why), "”") if known.why else ()
        return words("skipped", words(" by ", Who(known.by)) if known.by else (), why)
    if train.is_paused(one.day) and train.paused_until is not None:
        return words(say_pause(train, desk))
    return ()


def able(train: Train, at: datetime, desk: Desk) -> Callable[[str], bool]:
    """Tells who may lead a departure at that time: neither gone nor away then, and where the channel is, if private."""
    away = {
        user
        for user, known in desk.work.decisions.attention(train.captains).items()
        if known.away_until is not None and known.away_until > at
    }
    inside = desk.members(train.channel) if is_private(train.channel, desk) else None
    there = desk.full_members(train.captains)
    return lambda user: user in there and user not in away and (inside is None or user in inside)


# ---- making releases --------------------------------------------------------------------------


def settle(train: Train, desk: Desk, *, failed: bool = False) -> Train:
    """Make the releases that are due, in order, and skip what is past; then plan the next. Its lock is held.

    `failed`: that failed for good. The first that could still be made is skipped then, with that as the reason; what
    is due after it has an appointment of its own.
    """
    if train.ended_at is None:
        known = desk.work.trains.departures(train.id, (train.settled_until - timedelta(days=3)).date())
        missed: list[tuple[Occurrence, str]] = []
        for one in train.to_come(train.settled_until):
            if one.day not in known:
                policy, lost = _policy(train, desk)
                if made_at(one.planned, train.lead, policy, desk.work.days_off) > desk.now:
                    break
                if gave_up := failed and is_reachable(one.planned, policy, desk.now, desk.work.days_off):
                    _skip(train, one, why := FAILED, None, desk)
                else:
                    train, why = _depart(train, one, policy, lost, desk)
                missed += [(one, why)] if why else []
                if gave_up:
                    train = replace(train, settled_until=one.at)
                    break
            elif known[one.day].state == "skipped" and _due(train, one, desk) > desk.now:
                break  # until then that may be taken back
            train = replace(train, settled_until=one.at)
        if missed:
            _tell_missed(train, missed, desk)
    train = replace(train, tzdata=TZDATA)
    desk.work.trains.save(train)
    _plan_next(train, desk)
    return train


def once_more(train: Train, since: datetime, desk: Desk) -> Train:
    """Make what failed for good at the appointment of that time, and was run again by hand, as long as that helps."""
    known = desk.work.trains.departures(train.id, (since - timedelta(days=1)).date())
    days = {day for day, one in known.items() if one.why == FAILED and not one.by and one.at and one.at >= since}
    one = next((one for one in train.to_come(since) if one.day in days), None)
    if one is None or train.ended_at is not None:
        return train
    policy, lost = _policy(train, desk)
    if is_reachable(one.planned, policy, desk.now, desk.work.days_off):
        desk.work.trains.take_back(train.id, one.day)
        train, why = _depart(train, one, policy, lost, desk)
    else:
        why = "no time was left for a go/no-go"
    if why:
        _tell_missed(train, [(one, why)], desk)
    return train


def _policy(train: Train, desk: Desk) -> tuple[Policy, str]:
    """The policy its releases follow, and why there is none; then the workspace's last word is a plain one."""
    try:
        return follows(train.service, desk)[0], ""
    except Refusal:
        return Policy("light"), f"no policy names the service {train.service}"


def _due(train: Train, one: Occurrence, desk: Desk) -> datetime:
    return made_at(one.planned, train.lead, _policy(train, desk)[0], desk.work.days_off)


def _depart(train: Train, one: Occurrence, policy: Policy, lost: str, desk: Desk) -> tuple[Train, str]:
    """Make the release of one departure. Returns the train, and why none was made that people should hear of."""
    if train.is_paused(one.day):
        _skip(train, one, PAUSED, train.paused_by, desk)
        return train, ""
    why = lost or ("" if is_reachable(one.planned, policy, desk.now, desk.work.days_off) else _NOT_RUNNING)
    number = _number(train, one, desk.work.trains.how_many(train.id) + 1, desk)
    turn, captain = next(in_turn(train.captains, train.turn, able(train, one.at, desk)), (train.turn, ""))
    release = draft(train, one, policy, number, train.created_by, desk)
    staff(release, desk)
    if captain:
        release.captain, release.deployer = captain, release.deployer if release.deployer != captain else None
    if not why:
        try:
            plan(release, desk.electorate(release), now=desk.now)
            release.events[0] = replace(
                release.events[0], by=None,
                said=words("The train planned it for ", At(one.at, "day", train.zone)),
            )  # fmt: skip
            desk.work.releases.add(release)
        except AlreadyOpen as clash:
            other = desk.work.releases.get(clash.id)
            known = other is not None and (not other.is_private or other.channel == train.channel)
            why = f"{release.title} is planned already" + (
                f" ({desk.catalogue.prefix}-{clash.number})" if known else ""
            )
        except Refusal as no:
            why = "".join(str(piece) for piece in no.words if isinstance(piece, str)).rstrip(" .")
    if why:
        _skip(train, one, why, None, desk)
        return train, why
    desk.work.trains.put(train.id, Departure(one.day, "made", release.id, release.captain))
    facts = {"train": train.number, "day": one.day.isoformat(), "release": release.number, "captain": release.captain}
    desk.work.audit.note("train_departed", None, "clock", facts)
    if not desk.full_members({release.captain}):
        lose_captain(release, how_lost(release.captain, desk), now=desk.now)
    desk.draw(MAIN_CARD, release, release.channel)
    follow.flush(release, desk)
    desk.draw(LEAD_CARD, release, release.captain)
    return replace(train, turn=turn + 1 if captain else train.turn), ""


def _number(train: Train, one: Occurrence, first: int, desk: Desk) -> int:
    """The first number from there on whose version no release of another day has, or had."""
    number = first
    while _NUMBERED in train.version and number < first + _MOST_NUMBERS:
        version = version_of(train.version, one.day, number)
        planned = desk.work.trains.planned_as(train.service, train.environment, version)
        if not planned or one.day in {local(at, train.zone).date().to_stdlib() for at in planned}:
            break
        number += 1
    return number


def draft(train: Train, one: Occurrence, policy: Policy, number: int, captain: str, desk: Desk) -> Release:
    """The release of a departure, not planned yet."""
    return Release(
        workspace_id=desk.workspace.id,
        channel=train.channel,
        is_private=is_private(train.channel, desk),
        captain=captain,
        created_by=train.created_by,
        created_at=desk.now,
        planned=one.planned,
        policy=policy,
        kind=next((kind for kind in (Kind.NORMAL, Kind.STANDARD) if kind in policy.kinds), Kind.HOTFIX),
        parts=[Part(train.service, version_of(train.version, one.day, number), train.environment)],
        days_off=desk.work.days_off,
    )


def _skip(train: Train, one: Occurrence, why: str, by: str | None, desk: Desk) -> None:
    desk.work.trains.put(train.id, Departure(one.day, "skipped", by=by, why=why))
    facts = {"train": train.number, "day": one.day.isoformat(), "why": why}
    desk.work.audit.note("departure_skipped", by, "clock", facts)


def _plan_next(train: Train, desk: Desk) -> None:
    """Make an appointment for the next departure that is due, and for telling its captain."""
    departs: list[datetime] = []
    tells: list[datetime] = []
    if train.ended_at is None:
        days = train.to_come(train.settled_until)
        departs = [max(_due(train, days[0], desk), desk.now + _A_MOMENT)]
        known = desk.work.trains.departures(train.id, days[0].day)
        left = [one for one in days if one.day not in known and not train.is_paused(one.day)]
        if left and len(train.captains) > 1:
            tell_at = previous_working_day(_due(train, left[0], desk), train.zone, TOLD_AT, days_off=desk.work.days_off)
            tells = [tell_at] if tell_at > desk.now else []
    desk.work.appointments.replan(DEPARTS, str(train.id), departs)
    desk.work.appointments.replan(TELLS, str(train.id), tells)


# ---- telling ----------------------------------------------------------------------------------


def say_departure(one: Occurrence, desk: Desk) -> str:
    """ "Tue 8 Dec 14:00", on the train's clock."""
    zone = one.planned.zone
    return f"{say_day(one.at, zone, now=desk.now)} {say_clock(one.at, zone)}"


def say_pause(train: Train, desk: Desk) -> str:
    """ "paused until Thu 7 Jan 2027": its first day again."""
    day = train.paused_until
    return "" if day is None else f"paused until {say_day(at_wall(day, time(0), train.zone), train.zone, now=desk.now)}"


def _tell_missed(train: Train, missed: list[tuple[Occurrence, str]], desk: Desk) -> None:
    told: list[Words] = []
    for why in dict.fromkeys(why for _, why in missed):
        days = listing([(say_departure(one, desk),) for one, its in missed if its == why], most=_MOST_DAYS)
        told.append(words("for ", days, ": ", Said(why)))
    following = next((one for one in train.to_come(max(train.settled_until, desk.now), 1)), None)
    then = words(" Next departure: ", say_departure(following, desk), ".") if following else ()
    row = words("🚆 The ", Bold(train.service), " train made no release ", listing(told, last="; nor "), ".", then)
    desk.in_channel(train.channel, Message(row))


def line_of(release: Release, desk: Desk) -> Words:
    """`Train: every 2 weeks on Tuesday 14:00 Berlin`, for what a train has made; else nothing."""
    found = desk.work.trains.of_release(release.id)
    if found is None:
        return ()
    train, day = found
    unnamed = " · version to be set by its captain" if is_unnamed(train, release, day) else ""
    return words("🚆 Train: ", train.when, unnamed)


def is_unnamed(train: Train, release: Release, day: date) -> bool:
    """Whether it goes by its day still."""
    return not train.version and release.parts[0].version == day.isoformat()


# ---- finding ----------------------------------------------------------------------------------


def may_see(train: Train, user: str, desk: Desk) -> bool:
    """A private channel's train exists only for its members, its captains, who made it, and admins."""
    if not is_private(train.channel, desk) or user in (train.created_by, *train.captains):
        return True
    return user in (desk.members(train.channel) or ()) or user in desk.work.roles.admins()


def may_change(train: Train, user: str, desk: Desk) -> bool:
    """The captain in turn, whoever made it, and admins."""
    if user == train.created_by or user in desk.work.roles.admins():
        return True
    following = train.to_come(max(train.settled_until, desk.now), 1)
    at = following[0].at if following else desk.now
    return next((captain for _, captain in in_turn(train.captains, train.turn, able(train, at, desk))), None) == user


def require_change(train: Train, user: str, desk: Desk) -> None:
    """Raise the Refusal that names who may."""
    if may_change(train, user, desk):
        return
    following = train.to_come(max(train.settled_until, desk.now), 1)
    turn = [captain for _, captain in in_turn(train.captains, train.turn, able(train, following[0].at, desk))][:1]
    allowed = listing([Who(one) for one in dict.fromkeys((train.created_by, *turn))], last=" or ")
    raise Refusal("You can't change the ", Said(train.service), " train: that is for ", allowed, ", or a release "
                  "admin.", code="may_not_change_train")  # fmt: skip


def seen(user: str, desk: Desk, service: str | None = None) -> list[Train]:
    """The trains that run and that this person may see."""
    return [train for train in desk.work.trains.running(service) if may_see(train, user, desk)]
