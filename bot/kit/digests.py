"""Write a channel's digest: what became of releases since the last one, and what is planned until the next.

It can be forwarded as it is: whoever reads it learns no votes and no reasons, and nothing of other channels' private
releases. A channel's own private ones are in it, since the channel asked for it.
"""

from datetime import datetime, timedelta

from bot.kit.blocks import Block, Lines, Message, Para, Small
from bot.kit.desk import Desk
from bot.kit.telling import timing
from bot.release.calendar import Span
from bot.release.release import Outcome, Release
from bot.release.states import BEFORE_DEPLOY, STATE_WORDS
from bot.release.subscribing import Digest
from bot.release.words import At, Bold, Channel, Said, Words, words
from bot.release.zones import say_day
from storage.subscriptions import Subscription

#: So many are told of each sort, and so many are looked through.
MOST, MOST_LOOKED = 15, 200
#: So far from its time the outcome of a release is looked for.
AROUND = timedelta(days=60)
_OUTCOMES = ((Outcome.LIVE, "Went live"), (Outcome.ROLLED_BACK, "Rolled back"), (Outcome.CANCELLED, "Cancelled"))


def digest_of(row: Subscription, digest: Digest, desk: Desk, due_at: datetime) -> Message | None:
    """What is told at that time; None where a daily one has nothing to tell."""
    since, until = digest.span(due_at)
    done = _found(row, desk, Span(since - AROUND, due_at + AROUND), outcome=Span(since, due_at))
    left = [one for one in _found(row, desk, Span(due_at - AROUND, due_at), still_open=True) if one.outcome is None]
    ahead = [one for one in _found(row, desk, Span(due_at, until), still_open=True) if one.outcome is None]
    about = row.service or "All releases"
    if not done and not left and not ahead:
        if digest.every == "daily":
            return None
        nothing = words(Bold(about), ": nothing went live in the last seven days, and nothing is planned for the next.")
        return Message(nothing, (Para(nothing),))
    week = digest.every == "weekly"
    last = say_day(until - timedelta(minutes=1), digest.zone, now=due_at)
    span = f"{say_day(since, digest.zone, now=due_at)} – {last}" if week else say_day(due_at, digest.zone, now=due_at)
    head = words(Bold(f"{about}: {span}"))
    blocks: list[Block] = [Para(head)]
    for outcome, label in _OUTCOMES:
        some = [one for one in done if one.outcome is outcome]
        blocks += _section(f"{label} ({len(some)})", [_became(one) for one in some])
    blocks += _section(f"Open from before ({len(left)})", [_waits(one) for one in left])
    blocks += _section(f"Planned for the {'coming week' if week else 'next 24 hours'} ({len(ahead)})",
                       [_planned(one) for one in ahead])  # fmt: skip
    if not ahead:
        blocks.append(Small(("Nothing is planned for the coming week." if week else "Nothing is planned for today.",)))
    counts = [f"{len(done)} done" if done else "nothing done", f"{len(ahead)} planned" if ahead else "nothing planned"]
    return Message(words(about, f": {', '.join(counts)}."), tuple(blocks))


def _section(label: str, rows: list[Words]) -> list[Block]:
    if not rows:
        return []
    more = [words(f"and {len(rows) - MOST} more")] if len(rows) > MOST else []
    return [Lines((words(Bold(label)), *rows[:MOST], *more))]


def _became(one: Release) -> Words:
    at = one.live_since if one.outcome is Outcome.LIVE else one.outcome_at
    when = words(", ", At(at, "day", one.planned.zone)) if at is not None else ()
    how = words(", ", timing(one)) if one.outcome is Outcome.LIVE and one.live_since is not None else ()
    return words("• ", Said(one.title), when, how, " · ", Channel(one.channel))


def _planned(one: Release) -> Words:
    at = At(one.target_at, "day", one.planned.zone)
    return words("• ", at, "  ", Said(one.title), f", {STATE_WORDS[one.state]}", " · ", Channel(one.channel))


def _waits(one: Release) -> Words:
    was = words(", was planned for ", At(one.target_at, "day", one.planned.zone)) if one.state in BEFORE_DEPLOY else ()
    return words("• ", Said(one.title), f", {STATE_WORDS[one.state]}", was, " · ", Channel(one.channel))


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
