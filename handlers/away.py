"""Say that one is away, until when, and who answers go/no-gos meanwhile; ask the delegate instead."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from bot.kit import follow
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Button, Input, Lines, Message, Para, Reply, say
from bot.kit.declare import card, notice, press, prompt, verb
from bot.kit.delegated import buttons, for_whom
from bot.kit.desk import Desk
from bot.kit.edits import changed_since
from bot.kit.forms import Form
from bot.kit.freezes import freeze_rows
from bot.kit.mentions import one_named
from bot.kit.missing import deadline_before
from bot.kit.telling import MOST_NAMES, details, headline, live_at
from bot.kit.times import read_time, read_until
from bot.kit.too_few import call_where_too_few
from bot.kit.votes import called, you_said
from bot.release.conditions import is_missed
from bot.release.decision import owing, tally
from bot.release.delegating import stood_in
from bot.release.electorate import is_recorded
from bot.release.errors import FieldRefusal
from bot.release.events import Event
from bot.release.hours import in_hours
from bot.release.planned import PlannedTime
from bot.release.planning import open_until
from bot.release.release import Choice, Release, Vote
from bot.release.states import State
from bot.release.words import At, Bold, Code, Said, Who, Words, listing, words
from bot.release.zones import local

#: Nobody is away for longer than that in one go.
LONGEST = timedelta(days=180)
#: So many open go/no-gos are looked at again when somebody goes or comes.
MOST_LOOKED = 100
#: What is said of a delegate behind their name: `until friday @bo covers for me`.
_COVERS = re.compile(
    r"\s+(?:(?:is|will be|will) )?(?:cover(?:s|ing)?|stand(?:s|ing)? in|fills? in|instead)(?: for me)?$", re.IGNORECASE
)
_FIELDS = Form(
    "Away",
    (
        Input("when", "Until when?", placeholder="mon 9:00",
              hint="In your time zone; fri 14:00, in 3h; a day alone: until it begins"),
        Input("delegate", "Who answers for you?", kind="user", optional=True,
              hint="Where a policy allows that. Both your names stay on record."),
    ),
    submit="Set away",
)  # fmt: skip


def _parse(ask: Ask, desk: Desk) -> Mapping[str, Any]:
    """`until mon 9:00 @bo`."""
    delegate, text = one_named(ask.text, desk, "One person answers for you", "away until mon 9:00 @bo")
    first, _, rest = (_COVERS.sub("", text) if delegate else text).partition(" ")
    says_until = first.casefold() in ("until", "till", "til")
    given = {"when": rest if says_until else f"{first} {rest}".strip()} | ({"delegate": delegate} if delegate else {})
    return given if says_until else given | {"unsaid": "until"}


@verb(
    "away",
    usage="away <until> [<@delegate>]",
    summary="Be away, and name who answers go/no-gos for you",
    who="everyone, for themselves",
    examples=("away until mon 9:00 @bo", "away back"),
    subject="none",
    form=_FIELDS,
    parse=_parse,
    label="Away …",
)
def away(ask: Ask, desk: Desk) -> Reply:
    ahead = words(
        "Please name a time within half a year from now, for example ",
        Code(f"{desk.catalogue.command} away until mon 9:00"),
        ".",
    )
    until = read_until(ask, desk, within=LONGEST, else_=ahead)
    delegate = ask.arg("delegate") or None
    if delegate is not None:
        _require_able(delegate, ask.user, desk)
    if ask.arg("unsaid") and (which := _a_day_alone(ask, desk, until)) is not None:
        return which
    before = desk.work.decisions.attention([ask.user]).get(ask.user)
    desk.work.decisions.set_away(ask.user, until, delegate)
    desk.work.audit.note("away_set", ask.user, ask.did.path, {"until": until.isoformat(), "delegate": delegate})
    known = before is not None and before.delegate in (None, delegate)  # nobody less answers for them than before
    alone = _look_again(ask.user, desk, until, before.away_until if known and before is not None else None)
    zone = desk.voice(ask.user).zone
    when = At(until, "day", zone)
    if delegate is None:
        said = words("You are away until ", when, ". Nobody answers go/no-gos for you; name somebody with ",
                     Code(f"{desk.catalogue.command} away until mon 9:00 @somebody"), ".")  # fmt: skip
    else:
        but = listing([words(Said(one.title), f" ({one.policy.name})") for one in alone], most=MOST_NAMES)
        not_for = words(" The policy does not allow it for ", but, ".") if alone else ()
        said = words("You are away until ", when, ". ", Who(delegate), " answers go/no-gos for you where the policy "
                     "allows it, and knows it now.", not_for)  # fmt: skip
        told = words(Who(ask.user), " is away until ", when, " and named you: where a policy allows it, you answer "
                     "go/no-gos for them. I ask you when there is one.")  # fmt: skip
        desk.direct(delegate, Message(told))
    return Reply(Message(said, (Para(said), Actions((back_again.button("I'm back"),)))))


def _a_day_alone(ask: Ask, desk: Desk, until: datetime) -> Reply | None:
    """`away friday` may be the day somebody is away, or the day they are back: that is the other way round."""
    if isinstance(read_time(ask, desk, likely=desk.workspace.zone), PlannedTime):
        return None
    day = local(until, desk.voice(ask.user).zone).date().to_stdlib()
    whom = f" <@{ask.arg('delegate')}>" if ask.arg("delegate") else ""
    backs = [day, day + timedelta(days=1)]
    ways = [Button(f"Back {_say_day(one)}", "do.away", {"t": f"until {one.isoformat()}{whom}"}) for one in backs]
    return say(f"Are you back on {_say_day(day)}, or away on that day?", blocks=(Actions(tuple(ways)),))


def _say_day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"


def _require_able(delegate: str, user: str, desk: Desk) -> None:
    if delegate == user:
        raise FieldRefusal("delegate", "You can't stand in for yourself. Please choose somebody else.", code="yourself")
    if not desk.is_full_member(delegate):
        raise FieldRefusal("delegate", Who(delegate), " can't answer for you: only full members of this workspace can "
                           "act on releases. Please choose somebody else.", code="not_full_member")  # fmt: skip
    known = desk.work.decisions.attention([delegate]).get(delegate)
    if known is not None and known.away_until is not None and known.away_until > desk.now:
        raise FieldRefusal("delegate", Who(delegate), " is away as well, until ",
                           At(known.away_until, "day", desk.voice(user).zone), ". Please choose somebody else.",
                           code="away_too")  # fmt: skip


@verb(
    "away back",
    usage="away back",
    summary="Be here again, and answer for yourself",
    who="everyone, for themselves",
    examples=("away back",),
    aliases=("away off", "away over", "away end"),
    subject="none",
    hidden=True,
    label="I'm back",
)
def back(ask: Ask, desk: Desk) -> Reply:
    return _back(ask, desk)


@press("away.back")
def back_again(ask: Ask, desk: Desk) -> Reply:
    return _back(ask, desk)


def _back(ask: Ask, desk: Desk) -> Reply:
    known = desk.work.decisions.attention([ask.user]).get(ask.user)
    if known is None or known.away_until is None or known.away_until <= desk.now:
        return say("You are not away.")
    desk.work.decisions.set_back(ask.user)
    desk.work.audit.note("away_ended", ask.user, ask.did.path, {})
    _look_again(ask.user, desk)
    if known.delegate is not None:
        desk.direct(known.delegate, Message(words(Who(ask.user), " is back, and answers go/no-gos again.")))
    return say("Welcome back. You answer for yourself again.")


def _look_again(
    user: str, desk: Desk, until: datetime | None = None, was_until: datetime | None = None
) -> list[Release]:
    """Open go/no-gos that this person is asked in: cards say who answers, and the delegate is asked.

    `until`: they are away now; where nobody is left who can answer in time, whoever leads it is called, unless they
    `was_until` then already. Returns those that close before they are back and in which nobody may answer for them.
    """
    alone: list[Release] = []
    desk.who_is_away_changed()
    theirs = {user, *(other for other, one in desk.stood_in_for().items() if one.delegate == user)}
    polls = desk.work.releases.awaiting(MOST_LOOKED)
    for one in sorted((one for one in polls if theirs & owing(one, desk.electorate(one))), key=lambda one: one.id):
        release = follow.lock(one, desk)
        if theirs & owing(release, desk.electorate(release)):
            desk.redraw(release)
            follow.plan(release, desk)
            rows = [row for row in tally(release, desk.electorate(release)) if user in row.givers]
            if rows and _missed(until, release) and not any(row.sign_off.delegates for row in rows):
                alone.append(release)
            if until is not None and not _missed(was_until, release):
                call_where_too_few(release, desk, {user: until})
    return alone


def _missed(until: datetime | None, release: Release) -> bool:
    """Whether who is away until then is away as its go/no-go closes."""
    closes = open_until(release)
    return until is not None and closes is not None and until >= closes


@notice("rescheduled", "resumed", "policy_reapplied")
def who_is_away_now(event: Event, release: Release, desk: Desk) -> None:
    """It closes sooner, or somebody went away during a hold: too few may be left."""
    if release.state is not State.OPEN:
        return
    was, since = deadline_before(event, release, desk), event.details.get("held_since")
    gone = {}
    electorate = desk.electorate(release)
    asked = owing(release, electorate)
    asked |= {delegate for user, delegate in electorate.delegates.items() if user in asked}
    for user, one in desk.work.decisions.attention(asked).items():
        if one.away_until is None or one.away_since is None or one.away_until <= desk.now:
            continue
        meanwhile = since is not None and one.away_since >= datetime.fromisoformat(since)
        if meanwhile or (was is not None and one.away_until < datetime.fromisoformat(was)):
            gone[user] = one.away_until
    call_where_too_few(release, desk, gone)


def _delegated(release: Release) -> bool:
    return any(one.delegates for one in release.sign_offs)


# ---- asking the delegate -----------------------------------------------------------------------


def _asks(release: Release, desk: Desk) -> Iterator[tuple[str, datetime]]:
    """Who answers for somebody who owes an answer; in their hours unless the deadline would pass."""
    if release.state is not State.OPEN or release.round is None or not _delegated(release):
        return
    electorate = desk.electorate(release)
    waited_for = owing(release, electorate)
    for user, delegate in sorted(stood_in(release, electorate).items()):
        since = desk.stood_in_for()[user].away_since
        if user in waited_for and since is not None:
            asks_at, zone = max(release.round.opened_at, since), desk.hours_in(delegate, release)
            yield delegate, in_hours(asks_at, zone, release.round.closes_at, desk.days_off(delegate))


@prompt("poll.ask.delegate", at=_asks, while_in=[State.OPEN], called="asking a delegate")
def ask_delegate(release: Release, desk: Desk, recipient: str) -> None:
    if release.round is not None and for_whom(release, desk, recipient):
        desk.draw("ask.delegate", release, recipient, tag=f"r{release.round.number}")


@notice("rescheduled", "unticked", "edited", "late_change_accepted", "resumed", "condition_missed", "condition_not_met")
def ask_again(event: Event, release: Release, desk: Desk) -> None:
    """What a delegate said was re-opened, and is asked of them anew."""
    if release.state is not State.OPEN or release.round is None:
        return
    given = [vote for vote in release.round_votes() if vote.cast_by is not None and not is_recorded(vote.user)]
    for vote in given:
        if vote.cast_by is not None and vote.user in for_whom(release, desk, vote.cast_by):
            changed = f"{release.plan_revision}e{release.content_revision}"
            desk.draw("ask.delegate", release, vote.cast_by, tag=f"r{release.round.number}.{changed}")


@card("ask.delegate")
def ask_card(release: Release, desk: Desk, recipient: str) -> Message:
    """The question to a delegate; afterwards what they answered, or that it is not needed any more."""
    people = for_whom(release, desk, recipient)
    mine = [vote for vote in release.round_votes() if vote.cast_by == recipient and vote.user not in people]
    given = [vote for vote in mine if not is_recorded(vote.user)]
    if given:
        return _answered(given[0], release, desk)
    if release.round is None or not people:
        row = words(Said(release.title), ": ", headline(release, desk.electorate(release)),
                    ". Your answer is not needed any more.")  # fmt: skip
        return Message(row, (Para(row),))
    zone = release.planned.zone
    rows = tally(release, desk.electorate(release))
    blocks: list[Block] = []
    changed: list[Words] = []
    for user in people:
        role = next((row.sign_off.role for row in rows if user in row.givers and row.sign_off.delegates), "")
        which = f"{role} " if role and len(release.sign_offs) > 1 else ""
        asked = words(Bold(release.title), ": ", Who(user), f" is away; your {which}go/no-go for them by ",
                      At(release.round.closes_at, "day", zone), ".")  # fmt: skip
        before = [vote for vote in release.round_votes() if (vote.user, vote.cast_by) == (user, recipient)]
        changed += [row for vote in before for row in changed_since(vote, release, desk)]
        missed = [vote for vote in before if is_missed(release, vote)]
        again = words(" You said ", called(missed[0].choice), ", and it is not done.") if missed else ()
        blocks += [Para(words(asked, again)), Actions(buttons(release, user, desk))]
    frozen = freeze_rows(release, desk)
    at = live_at(release, desk.now, frozen=bool(frozen))
    when = words(at, f" · {release.risk} risk · asked by ", Who(release.captain), f" · {desk.ref(release)}")
    body = details(release, words(Code(f"{desk.catalogue.command} status {desk.ref(release)}")))
    return Message(_text(blocks[0]), (blocks[0], Lines((when, *frozen, *changed)), *body, *blocks[1:]))


def _text(block: Block) -> Words:
    return block.words if isinstance(block, Para) else ()


def _answered(vote: Vote, release: Release, desk: Desk) -> Message:
    row = you_said(vote, release, desk)
    if release.state is not State.OPEN:
        return Message(row, (Para(row),))
    other = "no-go" if vote.choice is Choice.GO else "go"
    change = desk.offer(other, release, label=f"Change to {other}", w=vote.user)
    return Message(row, (Para(row), Actions((change,))))
