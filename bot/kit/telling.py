"""Tell how a release stands, in one line and in a few: the same words on its card, in status, on Home and in lists."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.kit.blocks import Block, Lines, Para
from bot.kit.fitting import cut, first_lines, say_lines
from bot.release.causes import Tally
from bot.release.checklist import called, to_do
from bot.release.conditions import of_vote, until
from bot.release.decision import causes_now, tally, unanswered
from bot.release.delegating import stood_in
from bot.release.durations import say_length
from bot.release.electorate import Electorate
from bot.release.override import headline_of
from bot.release.release import Kind, Outcome, Part, PartState, Release, Stopped, Vote
from bot.release.rolled_back_why import rolled_back_at, rolled_back_parts, why_rolled_back
from bot.release.states import State
from bot.release.timeline import ON_TIME, SLIP
from bot.release.words import At, Bold, Link, Said, Who, Words, listing, words
from bot.release.zones import say_in_zones

#: Will go live at its time, as far as anybody knows.
_TO_COME = {State.SCHEDULED, State.OPEN, State.APPROVED}
#: A person list on a card is cut after so many.
MOST_NAMES = 4
#: So many characters of a reason are shown in short.
MOST_SAID = 100
#: So many characters of a text are shown in short, and so many in one block.
MOST_CHANGES, MOST_IN_A_BLOCK = 600, 2_800
#: “Live at 14:00” would be read at 14:05 as what it is.
GOES_LIVE = "Goes live at "
#: So long after its time an approved release that nobody started is overdue.
LATE = timedelta(minutes=15)
#: Minutes that another round of a go/no-go has at least, unless less is asked for.
WHOLE_ROUND = 30

_STOPPED = {
    Stopped.NO_GO: ("🛑", "No-go"),
    Stopped.NO_DECISION: ("⚪", "No decision"),
    Stopped.EXPIRED: ("⌛", "Approval expired"),
}
_PART = {
    PartState.PENDING: ("▫️", "not started"),
    PartState.DEPLOYING: ("🚀", "deploying"),
    PartState.FAILED: ("❌", "failed"),
    PartState.LIVE: ("🟢", "live"),
    PartState.ROLLING_BACK: ("↩️", "rolling back"),
    PartState.ROLLED_BACK: ("↩️", "rolled back"),
}


def headline(release: Release, electorate: Electorate) -> Words:
    """The state in words, with its reason: the line that answers “do I have to do something?”."""
    zone = release.planned.zone
    match release.state:
        case State.SCHEDULED:
            opens = (" — go/no-go opens ", At(release.opens_at, "day", zone)) if release.opens_at else ()
            return words("🔵 Scheduled", opens)
        case State.OPEN:
            closes = release.round.closes_at if release.round else release.target_at
            return words("🟡 Go/no-go open until ", At(closes, "day", zone), waiting_for(release, electorate))
        case State.APPROVED if (by := release.overridden) is not None:
            return words("⚠️ Go by override — ", headline_of(by, release))
        case State.APPROVED:
            count = len(release.sign_offs)
            every = f", all {count} sign-offs" if count > 1 else ""
            every = " — a standard release, approved by its policy" if release.kind is Kind.STANDARD else every
            decided = (" — decided ", At(release.decided_at, "day", zone)) if release.decided_at else ()
            return words("✅ Go", decided, every)
        case State.STOPPED:
            mark, label = _STOPPED[release.stopped or Stopped.NO_DECISION]
            return words(mark, " ", label, (" — ", *release.stopped_said) if release.stopped_said else ())
        case State.ON_HOLD:
            return words("⏸️ On hold — ", Who(release.held_by or release.captain), ": “", Said(release.held_why), "”")
        case State.DEPLOYING:
            return _deploying(release)
        case State.MONITORING:
            until = (
                (" — watched until ", At(release.monitoring_ends_at, "time", zone))
                if release.monitoring_ends_at
                else ()
            )
            return words(_live(release), until)
        case State.RELEASED:
            return _live(release)
        case State.ROLLING_BACK:
            parts = in_state(release, PartState.ROLLING_BACK)
            return words("↩️ Rolling back", _of(parts, release), _because(why_rolled_back(release, parts)))
        case State.ROLLED_BACK:
            return _rolled_back(release)
        case State.CANCELLED if release.held_by is not None:
            return words("🚫 Cancelled — ", Who(release.held_by), ": “", Said(release.held_why), "”")
        case State.CANCELLED:  # by an older version
            return ("🚫 Cancelled",)
        case State.CLOSED:
            ended = _rolled_back(release) if release.outcome is Outcome.ROLLED_BACK else _live(release)
            return words(ended, " · closed")


def in_public(release: Release) -> Words:
    """The state in words for whoever is not of its crew: no votes, and none of the reasons that people gave."""
    zone = release.planned.zone
    match release.state:
        case State.OPEN:
            closes = release.round.closes_at if release.round else release.target_at
            return words("🟡 Go/no-go open until ", At(closes, "day", zone))
        case State.STOPPED:
            return words(" ".join(_STOPPED[release.stopped or Stopped.NO_DECISION]))
        case State.ON_HOLD:
            return ("⏸️ On hold",)
        case State.CANCELLED:
            return ("🚫 Cancelled",)
        case State.APPROVED if release.overridden is not None:
            return ("⚠️ Go by override",)
        case State.DEPLOYING if failed := in_state(release, PartState.FAILED):
            return words("❌ Deploy", words(" of", _of(failed, release)) if len(release.parts) > 1 else (), " failed")
        case State.ROLLING_BACK:
            return words("↩️ Rolling back", _of(in_state(release, PartState.ROLLING_BACK), release))
        case State.ROLLED_BACK:
            return ("↩️ Rolled back",)
        case State.CLOSED if release.outcome is Outcome.ROLLED_BACK:
            return ("↩️ Rolled back · closed",)
    return headline(release, Electorate({}))


def waiting_for(release: Release, electorate: Electorate) -> Words:
    """` — waiting for QA and Security`, or the no-go that stands."""
    rows = tally(release, electorate)
    against = [row for row in rows if row.no_gos]
    if against:
        return words(
            " — no-go from ",
            listing([row.sign_off.role if len(rows) > 1 else Who(row.no_gos[0].user) for row in against]),
        )
    missing = [row for row in rows if row.missing or row.conditions]
    if not missing:
        asked = sorted({user for user, _ in unanswered(release, electorate)})
        if asked:
            return words(" — waiting for ", listing([Who(user) for user in asked]))
        confirms = any(cause.kind == "confirm" for cause in causes_now(release, electorate))
        voters = listing([Who(user) for user in sorted({vote.user for row in rows for vote in row.gos})],
                         last=" or ", most=MOST_NAMES)  # fmt: skip
        if confirms:
            return words(" — waiting for ", voters, " to confirm the go of the last round")
        rest = [called(item) for item in to_do(release) if item.mandatory]
        rest += [words(Who(release.captain), " to decide about a late change")] if release.late is not None else []
        return words(" — waiting for ", listing(rest, most=MOST_NAMES)) if rest else ()
    if not any(row.lacks for row in missing):
        waits = [depends(vote, release) for row in missing for vote in row.conditions]
        unsure = [Who(vote.user) for row in missing for vote in row.unconfirmed]
        if unsure:
            waits.append(words("waiting for Slack to confirm ", listing(unsure, most=MOST_NAMES)))
        return words(" — ", listing(waits, most=MOST_NAMES))
    if len(rows) == 1 and missing:
        row = missing[0]
        objectors = sorted({user for user, _ in unanswered(release, electorate)})
        left = row.lacks - len(objectors)  # theirs is needed in any case
        count = "one go" if row.lacks == 1 else f"{left} more go"
        others = words(count, of_people(row, release, electorate)) if left > 0 else ()
        named = [words(Who(user)) for user in objectors]
        return words(" — waiting for ", listing([*named, others] if others else named))
    return words(" — waiting for ", listing([row.sign_off.role for row in missing])) if missing else ()


def depends(vote: Vote, release: Release, most: int = MOST_SAID) -> Words:
    """`Qi: go if “smoke test green” (Tom, by 13:00)`."""
    one = of_vote(release, vote)
    due = words(" (", Who(one.owner), ", by ", until(one, release), ")") if one else ()
    return words(Who(vote.user), ": go if “", Said(cut(vote.why, most)), "”", due)


def of_people(row: Tally, release: Release, electorate: Electorate) -> Words:
    """Who can still give it, who is away, and who answers for them; a number where they are many."""
    if not row.waiting_for:
        if row.sign_off.recorded:
            return (" — the captain records it",)
        abstained = [words(Who(vote.user), " abstained", _because(vote.why)) for vote in row.abstained]
        return words(" — ", listing(abstained, last=", ", most=MOST_NAMES), ", " if abstained else "",
                     "nobody is left who may give it")  # fmt: skip
    if len(row.waiting_for) > MOST_NAMES:
        return (f" of {len(row.waiting_for)} people",)
    people = sorted(row.waiting_for)
    for_them = stood_in(release, electorate) if row.sign_off.delegates else {}
    away = electorate.away(people)
    named = [words(Who(user), absence(for_them.get(user), away.get(user))) for user in people]
    return words(" from ", listing(named, last=" or "))


def absence(delegate: str | None, until: datetime | None) -> Words:
    """` (Tom answers)`, or ` (away until Fri 28 Nov)`."""
    if delegate:
        return words(" (", Who(delegate), " answers)")
    return words(" (away until ", At(until, "day"), ")") if until is not None else ()


def _deploying(release: Release) -> Words:
    failed = in_state(release, PartState.FAILED)
    if failed:
        why = failed[0].failed_why
        what = words(" of", _of(failed, release)) if len(release.parts) > 1 else ()
        return words("❌ Deploy", what, " failed — “", Said(why), "”")
    running = [part for part in release.active_parts if part.state is PartState.DEPLOYING]
    if not running and len(release.active_parts) > 1:  # some are done, and nobody has started the rest
        live = sum(part.state is PartState.LIVE for part in release.active_parts)
        waits = [part for part in release.active_parts if part.state is PartState.PENDING]
        return words(f"🚀 {live} of {len(release.active_parts)} live", ", not started:" if waits else "",
                     _of(waits, release))  # fmt: skip
    retried = [part.since for part in running if part.since and part.started_at and part.since > part.started_at]
    if retried:
        return words("🚀 Deploying again since ", At(max(retried), "day", release.planned.zone))
    started = [part.started_at for part in release.active_parts if part.started_at is not None]
    since = (" since ", At(min(started), "day", release.planned.zone)) if started else ()
    return words("🚀 Deploying", since)


def in_state(release: Release, state: PartState) -> list[Part]:
    return [part for part in release.active_parts if part.state is state]


def titled(parts: list[Part], release: Release) -> Words:
    return listing([Said(release.part_title(part)) for part in parts])


def _of(parts: list[Part], release: Release) -> Words:
    return words(" ", titled(parts, release)) if len(release.parts) > 1 else ()


def _live(release: Release) -> Words:
    if release.live_since is None:
        return ("🟢 Live",)
    since = At(release.live_since, "day", release.planned.zone)
    return words("🟢 Live since ", since, ", ", timing(release), without(release))


def without(release: Release) -> Words:
    """`, without web 5.1`: what of it was rolled back, where the rest is live."""
    back = in_state(release, PartState.ROLLED_BACK)
    return words(", without ", titled(back, release)) if back else ()


def taken_back(release: Release) -> Words:
    """`web 5.1 was rolled back`, of what is live for the rest; or that it is going on."""
    said = []
    for state, one, more in (
        (PartState.ROLLED_BACK, " was rolled back", " were rolled back"),
        (PartState.ROLLING_BACK, " is being rolled back", " are being rolled back"),
    ):
        if parts := in_state(release, state):
            said.append(words(titled(parts, release), one if len(parts) == 1 else more))
    return listing(said)


def timing(release: Release) -> Words:
    """`on time`, `28 h early` or `51 min late`, by its time as last planned; a moved one says from when."""
    if release.live_since is None:
        return ()
    zone, late = release.planned.zone, release.live_since - release.target_at
    said = f"{say_length(abs(late))} {'late' if late > ON_TIME else 'early'}" if abs(late) > ON_TIME else "on time"
    first = release.first_planned_at or release.target_at
    moved = (" for ", At(release.target_at, "day", zone), ", moved from ", At(first, "day", zone))
    return words(said, moved if abs(release.target_at - first) > SLIP else ())


def _rolled_back(release: Release) -> Words:
    at = (" at ", At(when, "day", release.planned.zone)) if (when := rolled_back_at(release)) else ()
    return words("↩️ Rolled back", at, _because(why_rolled_back(release, rolled_back_parts(release))))


def _because(why: str) -> Words:
    return words(" — “", Said(why), "”") if why else ()


def part_rows(release: Release) -> list[Words]:
    """One row a part, only where there are several."""
    if len(release.parts) == 1:
        return []
    rows = []
    for part in release.parts:
        mark, label = ("✂️", "dropped") if part.dropped else _PART[part.state]
        failed: Words = (" — “", Said(part.failed_why), "”") if part.state is PartState.FAILED else ()
        rows.append(words(mark, " ", Bold(part.name), " → ", Said(part.environment), "  ", label, failed))
    return rows


def details(release: Release, where: Words = ()) -> list[Block]:
    """What's in it and how it would be undone, as typed: in full, or the beginning of each and `where` the rest is."""
    blocks: list[Block] = []
    for label, text in (("What's in it", release.changes), ("Rollback", release.rollback_plan)):
        if not text:
            continue
        shown, rest = first_lines(text, MOST_CHANGES if where else MOST_IN_A_BLOCK)
        rows = [words(Bold(label), "  ", Said(shown))]
        if rest and where:
            lines = rest.count("\n") + 1
            rows.append(words(f"… and {say_lines(lines)}: ", where))
        blocks.append(Lines(tuple(rows)))
        if rest and not where:
            blocks.append(Para((Said(rest),)))
    if release.links:
        blocks.append(Lines((words(Bold("Links"), "  ", _links(release.links)),)))
    return blocks


def _links(text: str) -> Words:
    """By the name of each, or its address where it has none."""
    row: Words = ()
    for line in text.splitlines():
        url, _, name = line.strip().partition(" ")
        if url:
            row = words(row, " · " if row else "", Link(url, name.strip() or url.split("://", 1)[-1]))
    return row


def when_line(release: Release, now: datetime) -> Words:
    """When, and who leads it. What may not happen, or is past, is not told as if it would."""
    zone = release.planned.zone
    overdue = is_overdue(release, now)
    to_come = release.state in _TO_COME and now < release.target_at
    label = "⏰ Was due " if overdue else GOES_LIVE if to_come else "Planned for "
    at = words(At(release.target_at, "day", zone), ", not started" if overdue else "")
    row = words(label, at, " · captain ", Who(release.captain))
    return words(row, " · deployer ", Who(release.deployer)) if release.deployer else row


def live_at(release: Release, now: datetime, *, frozen: bool = False) -> Words:
    """`Goes live at 14:00 today`, for who is asked about it; what is past or frozen is not told as if it would come."""
    label = GOES_LIVE if now < release.target_at and not frozen else "Planned for "
    return words(label, At(release.target_at, "day", release.planned.zone))


def is_overdue(release: Release, now: datetime) -> bool:
    """Approved and past its time, and nobody has started it."""
    since = max(release.target_at, release.decided_at or release.target_at)
    return release.state is State.APPROVED and now >= since + LATE


def left_to_ask(release: Release, now: datetime) -> int:
    """Minutes, in fives and 30 at most, of another round of a stopped release that needs no other deploy time."""
    if release.policy.opens == "at once":
        return WHOLE_ROUND
    return max(0, min(WHOLE_ROUND, (release.target_at - now) // timedelta(minutes=5) * 5))


def one_line(release: Release, stands: Words, ref: str, now: datetime) -> Words:
    """A release in a list. `stands`: its state in words, as the reader may know it."""
    return words(
        Bold(release.title),
        f"  {ref} · ",
        stands,
        " · planned for ",
        At(release.target_at, "day", release.planned.zone),
        " · not started" if is_overdue(release, now) else "",
    )


def in_zones(at: datetime, zones: Iterable[str | None], now: datetime) -> str:
    """“Tue 1 Dec 14:00 Berlin · 08:00 New York”."""
    return say_in_zones(at, [zone for zone in zones if zone], now=now)
