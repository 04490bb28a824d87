"""Find the releases that stand in somebody's calendar, and tell each as whoever may see it may read it."""

from datetime import timedelta
from functools import partial

from bot.kit import access
from bot.kit.access import may_see, owes
from bot.kit.desk import Desk
from bot.kit.render import plain
from bot.kit.telling import is_overdue, without
from bot.release.calendar import LENGTH, Entry, Scope, Span
from bot.release.release import Outcome, Release
from bot.release.states import STATE_WORDS, State
from bot.release.words import At, Bold, Channel, Said, Who, Words, listing, words

#: So many releases are shown that are to come, and so many that are past.
MOST_TO_COME, MOST_PAST = 400, 200
#: As many open go/no-gos are looked through for what waits on somebody.
MOST_LOOKED = 50
#: So long what was called off is still shown as such: a calendar that looks seldom must not miss it.
KEEP_CANCELLED = timedelta(days=30)
#: What is said beside the name, so that nobody counts on it.
_MARKS = {State.ON_HOLD: "on hold", State.STOPPED: "stopped", State.ROLLED_BACK: "rolled back",
          State.ROLLING_BACK: "rolling back"}  # fmt: skip


def releases_in(desk: Desk, scope: Scope, span: Span) -> list[Release]:
    """Those planned in that span that may be shown, in the order of their times. Many past ones give way first."""
    ahead = Span(max(span.start, min(desk.now, span.end)), span.end)
    behind = Span(span.start, ahead.start)
    found = _asked(desk, scope, behind, MOST_PAST, backwards=True)[::-1]
    found += _asked(desk, scope, ahead, MOST_TO_COME)
    return found


def _asked(desk: Desk, scope: Scope, span: Span, limit: int, *, backwards: bool = False) -> list[Release]:
    """Private ones: a channel's own in its own calendar, and what the viewer may see as of now in their own."""
    agenda, viewer = desk.work.agenda, scope.viewer
    if span.start >= span.end:
        return []
    start, end = span.start, span.end
    match scope.kind:
        case "service":
            return agenda.planned(start, end, limit, service=scope.subject, public=True, backwards=backwards)
        case "channel":
            found = agenda.planned(start, end, limit, channel=scope.subject, backwards=backwards)
            return [one for one in found if viewer is None or may_see(desk, viewer, one)]
        case "person" if viewer is not None:
            there = [channel for channel in agenda.channels(start, end) if is_in(desk, viewer, channel)]
            found = agenda.planned(start, end, limit, concerns=(viewer, there), backwards=backwards)
            if not backwards:
                known = {one.id for one in found}
                asked = desk.work.releases.awaiting(MOST_LOOKED, seen=lambda one: may_see(desk, viewer, one))
                found += [one for one in asked if one.id not in known and start <= one.target_at < end
                          and owes(desk, viewer, one)]  # fmt: skip
                found.sort(key=lambda one: (one.target_at, one.id))
            return [one for one in found if may_see(desk, viewer, one)]
    if viewer is None:
        return agenda.planned(start, end, limit, public=True, backwards=backwards)
    return agenda.planned(start, end, limit, seen=lambda one: may_see(desk, viewer, one), backwards=backwards)


def is_in(desk: Desk, user: str, channel: str) -> bool:
    return user in (desk.members(channel) or ())


def of_releases(desk: Desk, scope: Scope, span: Span) -> list[Entry]:
    """Releases, as whoever may see them may read them: how they stand, in calendar files without votes and reasons."""
    found = releases_in(desk, scope, span)
    changed = desk.work.agenda.changed_at([one.id for one in found])
    entries = []
    for one in found:
        changed_at = changed.get(one.id, one.created_at)
        cancelled = one.state is State.CANCELLED
        if cancelled and changed_at < desk.now - KEEP_CANCELLED:
            continue
        mark = "rolled back" if one.outcome is Outcome.ROLLED_BACK else _MARKS.get(one.state, "")
        entries.append(Entry(
            id=f"release-{one.number}",
            title=f"Cancelled: {one.title}" if cancelled else one.title + (f" ({mark})" if mark else ""),
            starts_at=one.target_at,
            ends_at=one.target_at + LENGTH,
            zone=one.planned.zone,
            revision=one.plan_revision + cancelled,  # that it is called off is news to a calendar, too
            changed_at=changed_at,
            text="\n".join(plain(named(row, desk, scope.viewer), desk.voice()) for row in _rows(one, desk)),
            cancelled=cancelled,
            happened_at=one.went_live_at,
            line=partial(_line, one, desk, scope.viewer),
        ))  # fmt: skip
    return entries


def _line(release: Release, desk: Desk, viewer: str | None) -> Words:
    """`payments 2.14.0  REL-12 · ✅ Go — decided 10:02 · #payments`."""
    late = " · not started" if is_overdue(release, desk.now) else ""
    return words(Bold(release.title), f"  {desk.ref(release)} · ",
                 access.stands(desk, viewer, release), late, " · ", Channel(release.channel))  # fmt: skip


def _rows(release: Release, desk: Desk) -> list[Words]:
    zone, since = release.planned.zone, release.live_since
    stands = STATE_WORDS[release.state].capitalize()
    if release.outcome is Outcome.ROLLED_BACK:
        stands = "Rolled back"
    elif release.outcome is Outcome.LIVE:
        stands = "Live"
    is_live = stands.startswith("Live")
    at = words(" since ", At(since, "day", zone), without(release)) if since is not None and is_live else ()
    rows = [words(stands, at, "."), words(Said(f"{release.names} → {release.environments}"))]
    if release.opens_at is not None and release.state is State.SCHEDULED:
        rows.append(words("Go/no-go opens ", At(release.opens_at, "day", zone), "."))
    if release.round is not None and release.state is State.OPEN:
        rows.append(words("Go/no-go until ", At(release.round.closes_at, "day", zone), "."))
    crew = [words("captain ", Who(release.captain))]
    crew += [words("deployer ", Who(release.deployer))] if release.deployer else []
    rows.append(words(desk.ref(release), " · ", listing(crew, last=" · "), " · ", Channel(release.channel)))
    return rows


def named(row: Words, desk: Desk, viewer: str | None) -> Words:
    """With channels by their names: outside Slack nobody knows their ids. A private one's is for its members alone."""

    def name(channel: str) -> str:
        known = desk.work.people.channel(channel)
        if known is not None and known.is_private and (viewer is None or not is_in(desk, viewer, channel)):
            return "a private channel"
        return f"#{known.name}" if known is not None and known.name else "a direct message"

    return tuple(Said(name(piece.id)) if isinstance(piece, Channel) else piece for piece in row)
