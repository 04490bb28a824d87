"""Show in calendars what is planned beside releases: freezes, and departures of trains that have no release yet."""

from datetime import datetime
from functools import partial
from itertools import islice, takewhile

from bot.kit.agenda_releases import is_in, releases_in
from bot.kit.desk import Desk, services_of
from bot.kit.place import is_private
from bot.kit.render import plain
from bot.kit.trains import may_see
from bot.release.calendar import LENGTH, Entry, Scope, Span
from bot.release.freeze import Freeze, Window
from bot.release.frozen import scope as frozen
from bot.release.policy import service_key
from bot.release.recurrence import Occurrence
from bot.release.trains import Train
from bot.release.words import At, Bold, Channel, Said, Words, words

#: So many windows of a weekly freeze are shown, and departures of so many trains.
MOST_WINDOWS, MOST_TRAINS = 60, 100


def of_freezes(desk: Desk, scope: Scope, span: Span) -> list[Entry]:
    """Those that stand: of everything, and of the services that are looked at."""
    standing = desk.work.freezes.standing()
    about = {service_key(one.service) for one in standing} - {""}
    wanted = about & _services(desk, scope, span) if about and scope.kind != "all" else about
    return [_freeze(one, window, desk) for one in standing if service_key(one.service) in {"", *wanted}
            for window in _windows(one, span)]  # fmt: skip


def _services(desk: Desk, scope: Scope, span: Span) -> set[str]:
    if scope.kind == "service":
        return {service_key(scope.subject)}
    return {service_key(name) for one in releases_in(desk, scope, span) for name in services_of(one)}


def _windows(freeze: Freeze, span: Span) -> list[Window]:
    to_come = takewhile(lambda window: window.starts_at < span.end, freeze.windows(span.start))
    return list(islice(to_come, MOST_WINDOWS))


def _freeze(one: Freeze, window: Window, desk: Desk) -> Entry:
    zone = one.starts.zone
    what = words("Freeze", frozen(one))
    return Entry(
        id=f"freeze-{one.number}-{window.starts_at:%Y%m%d}" if one.weekly else f"freeze-{one.number}",
        title=plain(what, desk.voice()),
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        zone=zone,
        revision=0,
        changed_at=_today(desk),
        line=lambda: words("❄️ ", Bold(plain(what, desk.voice())), " until ", At(window.ends_at, "day", zone),
                           f" · freeze {one.number}"),
        text=f"Nothing of it is deployed meanwhile. Freeze {one.number}.",
    )  # fmt: skip


def of_departures(desk: Desk, scope: Scope, span: Span) -> list[Entry]:
    """What trains will make releases of: a private channel's train is seen as its releases are."""
    service = scope.subject if scope.kind == "service" else None
    channel = scope.subject if scope.kind == "channel" else None
    running = desk.work.trains.running(service, channel=channel)[:MOST_TRAINS]
    return [entry for train in running if _shows(train, desk, scope) for entry in _departures(train, desk, span)]


def _shows(train: Train, desk: Desk, scope: Scope) -> bool:
    viewer = scope.viewer
    if scope.kind == "channel" and viewer is None:
        return True  # it is read where it runs
    if scope.kind == "service" or viewer is None:
        return not is_private(train.channel, desk)
    if scope.kind == "person" and viewer not in train.captains and not is_in(desk, viewer, train.channel):
        return False
    return may_see(train, viewer, desk)


def _departures(train: Train, desk: Desk, span: Span) -> list[Entry]:
    days = [one for one in train.to_come(max(train.settled_until, desk.now, span.start)) if one.at < span.end]
    known = desk.work.trains.departures(train.id, days[0].day) if days else {}
    found = []
    for one in days:
        became = known.get(one.day)
        if (became is not None and became.state == "made") or train.is_paused(one.day):
            continue  # its release stands for it, or nobody knows yet
        found.append(_departure(train, one, desk, skipped=became is not None))
    return found


def _departure(train: Train, one: Occurrence, desk: Desk, *, skipped: bool) -> Entry:
    name = f"{train.service} train"
    return Entry(
        id=f"train-{train.number}-{one.day:%Y%m%d}",
        title=f"Cancelled: {name}" if skipped else name,
        starts_at=one.at,
        ends_at=one.at + LENGTH,
        zone=train.zone,
        revision=train.revision + skipped,
        changed_at=_today(desk),
        line=partial(_told, train, skipped),
        text=f"{train.service} to {train.environment}, {train.when}, {'skipped' if skipped else 'not planned yet'}.",
        cancelled=skipped,
        service_key=service_key(train.service),
    )  # fmt: skip


def _told(train: Train, skipped: bool) -> Words:
    how = "skipped" if skipped else "not planned yet"
    return words("🚆 ", Bold(f"{train.service} train"), f" · {how} · ", Said(train.when), " · ", Channel(train.channel))


def _today(desk: Desk) -> datetime:
    """Nobody notes when these changed last; a calendar that goes by it sees them anew each day."""
    return desk.now.replace(hour=0, minute=0, second=0, microsecond=0)
