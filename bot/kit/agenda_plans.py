"""Show in calendars what is planned beside releases: freezes, and departures of trains that have no release yet."""

from datetime import date, datetime, timedelta
from functools import partial
from itertools import islice, takewhile

from bot.kit.agenda_releases import KEEP_CANCELLED, is_in, releases_in
from bot.kit.desk import Desk, services_of
from bot.kit.place import is_private
from bot.kit.render import plain
from bot.kit.trains import PAUSED, may_see
from bot.release.calendar import LENGTH, Entry, Scope, Span
from bot.release.freeze import Freeze
from bot.release.frozen import scope as frozen
from bot.release.planned import PlannedTime
from bot.release.policy import service_key
from bot.release.recurrence import Occurrence, occurrence
from bot.release.trains import Departure, Train
from bot.release.words import At, Bold, Channel, Said, Words, words

#: So many windows of a freeze that recurs are shown, and departures of so many trains.
MOST_WINDOWS, MOST_TRAINS = 440, 100
#: A wall time may be on another day than its instant, by UTC.
_A_DAY = timedelta(days=1)


def of_freezes(desk: Desk, scope: Scope, span: Span) -> list[Entry]:
    """Those of everything, and of the services that are looked at; also what is over, and in files what was lifted."""
    known = (*desk.work.freezes.standing(), *desk.work.freezes.ended(_since(desk, scope, span)))
    about = {service_key(one.service) for one in known} - {""}
    wanted = about & _services(desk, scope, span) if about and scope.kind != "all" else about
    return [_freeze(one, starts, ends, desk) for one in known if service_key(one.service) in {"", *wanted}
            for starts, ends in _windows(one, span) if scope.file or not _is_lifted(one, ends)]  # fmt: skip


def _since(desk: Desk, scope: Scope, span: Span) -> datetime:
    """Since when something is looked for that is not any more."""
    return max(span.start, desk.now - KEEP_CANCELLED) if scope.file else span.start


def _services(desk: Desk, scope: Scope, span: Span) -> set[str]:
    if scope.kind == "service":
        return {service_key(scope.subject)}
    released = {service_key(name) for one in releases_in(desk, scope, span) for name in services_of(one)}
    return released | {service_key(train.service) for train in _running(desk, scope)}


def _windows(freeze: Freeze, span: Span) -> list[tuple[PlannedTime, PlannedTime]]:
    to_come = takewhile(lambda edges: edges[0].at < span.end, freeze.edges(span.start))
    return list(islice(to_come, MOST_WINDOWS))


def _is_lifted(freeze: Freeze, ends: PlannedTime) -> bool:
    """Whether the window that ends then did not come to its end."""
    return freeze.ended_at is not None and freeze.ended_at < ends.at


def _freeze(one: Freeze, starts: PlannedTime, ends: PlannedTime, desk: Desk) -> Entry:
    what, lifted = plain(words("Freeze", frozen(one)), desk.voice()), _is_lifted(one, ends)
    day, which = date.fromisoformat(starts.wall[:10]), ""
    if one.recurs:
        which = f"-{day:%GW%V}" if one.weekly else f"-{day:%Y%m%d}"  # each week has one, whatever day it begins
    return Entry(
        id=f"freeze-{one.number}{which}",
        title=f"Lifted: {what}" if lifted else what,
        starts_at=starts.at,
        ends_at=ends.at,
        zone=starts.zone,
        revision=one.revision,
        changed_at=one.changed_at or desk.now,
        line=lambda: words("❄️ ", Bold(what), " until ", At(ends.at, "day", ends.zone), f" · freeze {one.number}"),
        text=f"{'It was lifted.' if lifted else 'Nothing of it is deployed meanwhile.'} Freeze {one.number}.",
        cancelled=lifted,
    )  # fmt: skip


def of_departures(desk: Desk, scope: Scope, span: Span) -> list[Entry]:
    """What trains will make releases of: a private channel's train is seen as its releases are.

    Skipped ones as well; in files also those that are off because their train is paused or has ended.
    """
    found = _running(desk, scope)
    if scope.file:
        ended = desk.work.trains.ended(_since(desk, scope, span), _service(scope), channel=_channel(scope))
        found += [train for train in ended if _shows(train, desk, scope)]
    return [entry for train in found for entry in _departures(train, desk, scope, span)]


def _running(desk: Desk, scope: Scope) -> list[Train]:
    found = desk.work.trains.running(_service(scope), channel=_channel(scope))[:MOST_TRAINS]
    return [train for train in found if _shows(train, desk, scope)]


def _service(scope: Scope) -> str | None:
    return scope.subject if scope.kind == "service" else None


def _channel(scope: Scope) -> str | None:
    return scope.subject if scope.kind == "channel" else None


def _shows(train: Train, desk: Desk, scope: Scope) -> bool:
    viewer = scope.viewer
    if scope.kind == "channel" and viewer is None:
        return True  # it is read where it runs
    if scope.kind == "service" or viewer is None:
        return not is_private(train.channel, desk)
    if scope.kind == "person" and viewer not in train.captains and not is_in(desk, viewer, train.channel):
        return False
    return may_see(train, viewer, desk)


def _departures(train: Train, desk: Desk, scope: Scope, span: Span) -> list[Entry]:
    days = {one.day: one for one in train.to_come(max(train.settled_until, train.ended_at or desk.now, span.start))}
    known = desk.work.trains.departures(train.id, (span.start - _A_DAY).date())
    since = _since(desk, scope, span)
    for day, became in known.items():  # skipped, and its release would have been made by now, or it is past
        if became.state == "skipped" and day not in days and became.at is not None and became.at >= since:
            days[day] = occurrence(day, train.clock, train.zone)
    found = []
    for one in sorted(days.values(), key=lambda one: one.at):
        outcome = known.get(one.day)
        if not span.start <= one.at < span.end or (outcome is not None and outcome.state == "made"):
            continue  # its release stands for it
        if scope.file or outcome is not None or not (train.ended_at or train.is_paused(one.day)):
            found.append(_departure(train, one, outcome, desk))
    return found


def _departure(train: Train, one: Occurrence, skipped: Departure | None, desk: Desk) -> Entry:
    name, how = f"{train.service} train", "not planned yet"
    if skipped is not None:
        how = PAUSED if skipped.why == PAUSED else "skipped"
    elif train.ended_at is not None:
        how = "the train has ended"
    elif train.is_paused(one.day):
        how = PAUSED
    off = how != "not planned yet"
    changes = [at for at in (train.changed_at, skipped.at if skipped is not None else None) if at is not None]
    return Entry(
        id=f"train-{train.number}-{one.day:%Y%m%d}",
        title=f"Cancelled: {name}" if off else name,
        starts_at=one.at,
        ends_at=one.at + LENGTH,
        zone=train.zone,
        revision=train.revision + (skipped is not None),  # taking that back counts two
        changed_at=max(changes, default=desk.now),
        line=partial(_told, train, how),
        text=f"{train.service} to {train.environment}, {train.when}, {how}.",
        cancelled=off,
        service_key=service_key(train.service),
    )  # fmt: skip


def _told(train: Train, how: str) -> Words:
    return words("🚆 ", Bold(f"{train.service} train"), f" · {how} · ", Said(train.when), " · ", Channel(train.channel))
