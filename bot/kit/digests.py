"""Write a channel's digest: what became of releases since the last one, and what is planned until the next.

It can be forwarded as it is: whoever reads it learns no votes and no reasons, and nothing of other channels' private
releases. A channel's own private ones are in it, since the channel asked for it. Times stand in it as text, with their
days and in one zone that is named: “today” would mean another day to whom it is forwarded.
"""

from datetime import datetime, timedelta

from bot.kit.agenda_plans import of_departures, of_freezes
from bot.kit.blocks import Block, Lines, Message, Para, Small
from bot.kit.desk import Desk
from bot.kit.telling import in_state, taken_back, timing, titled
from bot.release.calendar import Entry, Scope, Span
from bot.release.policy import service_key
from bot.release.release import Outcome, PartState, Release
from bot.release.rolled_back_why import rolled_back_at
from bot.release.states import BEFORE_DEPLOY, STATE_WORDS
from bot.release.subscribing import Digest
from bot.release.words import At, Bold, Channel, Said, Words, words
from bot.release.zones import place_name, say_clock, say_day
from storage.subscriptions import Subscription

#: So many are told of each sort, and so many are looked through.
MOST, MOST_LOOKED = 15, 200
#: So far from its time the outcome of a release is looked for.
AROUND = timedelta(days=60)
_OUTCOMES = ((Outcome.LIVE, "Went live"), (Outcome.ROLLED_BACK, "Rolled back"), (Outcome.CANCELLED, "Cancelled"))


def digest_of(
    row: Subscription, digest: Digest, desk: Desk, due_at: datetime, untold: datetime | None = None
) -> Message | None:
    """What is told at that time; None where a daily one has nothing to tell.

    `untold`: since when nothing was told, where those before it did not come.
    """
    since, until = digest.span(due_at)
    if untold is not None:
        since = min(since, untold)
    done = _found(row, desk, Span(since - AROUND, due_at + AROUND), outcome=Span(since, due_at))
    left = [one for one in _found(row, desk, Span(due_at - AROUND, due_at), still_open=True) if one.outcome is None]
    ahead = [one for one in _found(row, desk, Span(due_at, until), still_open=True) if one.outcome is None]
    plans = _plans(row, desk, Span(due_at, until))
    about = row.service or "All releases"
    if not done and not left and not ahead and not plans:
        if digest.every == "daily":
            return None
        lately = "in the last seven days" if untold is None else f"since {say_day(since, digest.zone, now=due_at)}"
        nothing = words(Bold(about), f": nothing went live {lately}, and nothing is planned for the next seven days.")
        return Message(nothing, (Para(nothing),))
    week = digest.every == "weekly"
    began = say_day(since, digest.zone, now=due_at)
    last = say_day(until - timedelta(minutes=1) if week else due_at, digest.zone, now=due_at)
    span = f"{began} – {last}" if week or untold is not None else last
    head = words(Bold(f"{about}: {span}"), f" · times of {place_name(digest.zone)}")
    sections = [(label, [_became(one) for one in done if one.outcome is outcome]) for outcome, label in _OUTCOMES]
    sections += [
        ("Open from before", [_waits(one) for one in left]),
        (f"Planned for the {'coming week' if week else 'next 24 hours'}", [_planned(one) for one in ahead]),
        ("Trains and freezes", [words(At(one.starts_at, "day"), "  ", one.line()) for one in plans]),
    ]
    blocks: list[Block] = [Para(head)]
    if untold is not None:
        from_then = f"{began} {say_clock(since, digest.zone)}"
        blocks.append(Small((f"No digest came last time, so this one tells of all since {from_then}.",)))
    blocks += [_section(label, rows, digest.zone, due_at) for label, rows in sections if rows]
    if not ahead and not plans:
        blocks.append(Small(("Nothing is planned for the coming week." if week else "Nothing is planned for today.",)))
    counts = [f"{len(done)} done" if done else "nothing done", f"{len(ahead)} planned" if ahead else "nothing planned"]
    return Message(words(about, f": {', '.join(counts)}."), tuple(blocks))


def plan_next(row: Subscription, desk: Desk) -> None:
    """Plan its next digest, one at a time: so each follows the zone's rules of its day.

    What is due and was not sent yet still is; what was sent is not sent again, though the clock was put back since.
    """
    wanted: list[datetime] = []
    if row.digest is not None:
        there = desk.work.appointments.of("digest", str(row.id))
        sent = {one.due_at for one in there if one.state in ("done", "skipped", "dead")}
        wanted = [one.due_at for one in there if one.state == "planned" and one.due_at <= desk.now]
        following = row.digest.next_after(desk.now)
        while following in sent:
            following = row.digest.next_after(following)
        wanted.append(following)
    desk.work.appointments.replan("digest", str(row.id), wanted)


def _section(label: str, rows: list[Words], zone: str, now: datetime) -> Lines:
    more = [words(f"and {len(rows) - MOST} more")] if len(rows) > MOST else []
    shown = [words("• ", _with_times(row, zone, now)) for row in rows[:MOST]]
    return Lines((words(Bold(f"{label} ({len(rows)})")), *shown, *more))


def _with_times(row: Words, zone: str, now: datetime) -> Words:
    """“Thu 3 Dec 14:00”, to whoever reads it."""
    return tuple(
        f"{say_day(piece.at, zone, now=now)} {say_clock(piece.at, zone)}" if isinstance(piece, At) else piece
        for piece in row
    )


def _became(one: Release) -> Words:
    went_live = one.outcome is Outcome.LIVE
    at = one.live_since if went_live else rolled_back_at(one)
    when = words(", ", At(at, "day", one.planned.zone)) if at is not None else ()
    how = words(", ", timing(one)) if went_live and one.live_since is not None else ()
    how = words(how, ", by override") if went_live and one.overridden is not None else how
    live, back = in_state(one, PartState.LIVE), taken_back(one) if went_live else ()
    what = titled(live, one) if went_live and live else (Said(one.title),)
    return words(what, when, how, words("; ", back) if back else (), " · ", Channel(one.channel))


def _planned(one: Release) -> Words:
    at = At(one.target_at, "day", one.planned.zone)
    return words(at, "  ", Said(one.title), f", {STATE_WORDS[one.state]}", " · ", Channel(one.channel))


def _waits(one: Release) -> Words:
    was = words(", was planned for ", At(one.target_at, "day", one.planned.zone)) if one.state in BEFORE_DEPLOY else ()
    return words(Said(one.title), f", {STATE_WORDS[one.state]}", was, " · ", Channel(one.channel))


def _plans(row: Subscription, desk: Desk, span: Span) -> list[Entry]:
    """Departures that have no release yet, and freezes; skipped ones are no plan."""
    what = Scope("service", row.service) if row.service else Scope("all")
    own = [one for one in of_departures(desk, Scope("channel", row.channel), span) if _is_about(row, one)]
    found = {one.id: one for one in (*of_departures(desk, what, span), *own, *of_freezes(desk, what, span))}
    return sorted((one for one in found.values() if not one.cancelled), key=lambda one: (one.starts_at, one.id))


def _is_about(row: Subscription, one: Entry) -> bool:
    return not row.service or one.service_key == service_key(row.service)


def _found(
    row: Subscription, desk: Desk, span: Span, *, outcome: Span | None = None, still_open: bool = False
) -> list[Release]:
    """Public ones; private ones only of the very channel that reads it."""
    agenda, service = desk.work.agenda, row.service or None
    start, end = span.start, span.end
    found = agenda.planned(
        start, end, MOST_LOOKED, service=service, public=True, outcome=outcome, still_open=still_open
    )
    own = agenda.planned(start, end, MOST_LOOKED, service=service, channel=row.channel, outcome=outcome,
                         still_open=still_open)  # fmt: skip
    both = {one.id: one for one in (*found, *own)}
    return sorted(both.values(), key=lambda one: (one.outcome_at or one.target_at, one.id))
