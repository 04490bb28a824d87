"""Ask go or no-go: open and close the poll, take votes, ask those who owe one, say what was decided."""

import copy
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Button, Confirm, Input, Lines, Menu, Message, Para, Reply, say
from bot.kit.declare import card, notice, prompt, verb
from bot.kit.desk import Desk
from bot.kit.forms import Form
from bot.kit.interaction import Kind
from bot.kit.telling import details, headline
from bot.release import poll as rule
from bot.release.decision import owing, tally
from bot.release.durations import read_duration
from bot.release.errors import FieldRefusal, Refusal
from bot.release.events import Event
from bot.release.planned import TimeQuestion, at_wall
from bot.release.release import Choice, Release, Vote
from bot.release.release import Kind as ReleaseKind
from bot.release.states import Move, State
from bot.release.words import At, Bold, Mention, Said, Who, Words, words
from bot.release.workdays import next_working_day
from bot.release.zones import local

#: Where more people than this are eligible, the card asks instead of direct messages.
MOST_ASKED = 8
#: So many of the last events are looked through for what changed.
MOST_LOOKED_BACK = 20
#: Nobody's answer is waited for any more.
_DECIDED = set(State) - {State.SCHEDULED, State.OPEN, State.STOPPED, State.ON_HOLD}
WORK_FROM, WORK_UNTIL = time(9), time(18)
_REASON = Form(
    "No-go",
    (Input("why", "Why is it a no-go?", kind="lines", hint="So that somebody can fix it.", max_length=1_000),),
    submit="Say no-go",
)
_DURATION = Form(
    "Extend the go/no-go",
    (Input("duration", "By how long?", placeholder="30m", hint="30m, 1h, 90 min"),),
    submit="Extend",
)


@verb(
    "poll",
    usage="poll [release]",
    summary="Open the go/no-go now",
    who="the captain or an admin",
    examples=("poll", "poll REL-12"),
    move=Move.POLL,
    label="Open go/no-go",
)
def poll(ask: Ask, desk: Desk) -> Reply:
    release = ask.release
    if release.state is State.OPEN and release.round is not None:
        until = At(release.round.closes_at, "day", release.planned.zone)
        said = words("The go/no-go of ", Said(release.title), " is already open, until ", until, ".")
        raise Refusal(said, code="already_open_poll", offers=("go", "no-go", "why"))
    rule.open_poll(release, desk.electorate(release), now=desk.now, by=ask.user)
    return _stands(release, desk)


def _confirm_close(release: Release) -> Confirm:
    text = words(Said(release.title), " is decided now, with the answers given so far.")
    return Confirm("Close the go/no-go?", text, "Close it")


@verb(
    "poll close",
    usage="poll close [release]",
    summary="Close the go/no-go now and decide",
    who="the captain or an admin",
    examples=("poll close",),
    move=Move.POLL_CLOSE,
    confirm=_confirm_close,
    label="Close go/no-go",
)
def poll_close(ask: Ask, desk: Desk) -> Reply:
    rule.close_poll(ask.release, desk.electorate(ask.release), now=desk.now, by=ask.user)
    return _stands(ask.release, desk)


def _check_extend(ask: Ask, desk: Desk) -> None:
    ask.release.require(Move.EXTEND)


@verb(
    "extend",
    usage="extend [release] <duration>",
    summary="Give the go/no-go more time, or another round",
    who="the captain or an admin",
    examples=("extend 30m", "extend REL-12 1h"),
    move=Move.EXTEND,
    form=_DURATION,
    check=_check_extend,
)
def extend(ask: Ask, desk: Desk) -> Reply:
    longer = read_duration(ask.arg("duration"))
    if isinstance(longer, TimeQuestion):
        raise FieldRefusal("duration", longer.text, code="duration_question")
    rule.extend(ask.release, desk.electorate(ask.release), longer, now=desk.now, by=ask.user)
    return _stands(ask.release, desk)


def _stands(release: Release, desk: Desk) -> Reply:
    return say(Bold(release.title), ": ", headline(release, desk.electorate(release)))


# ---- votes -------------------------------------------------------------------------------------


def _shown(ask: Ask) -> dict[str, Any]:
    seen = ask.data.get("f")
    return {"round_shown": ask.round_shown, "fingerprints_shown": seen if isinstance(seen, dict) else None}


def _check_vote(ask: Ask, desk: Desk) -> None:
    """Refuse before asking for a reason what could not be counted anyway."""
    trial = copy.deepcopy(ask.release)
    rule.cast_vote(
        trial, desk.electorate(trial), user=ask.user, choice=Choice.NO_GO, why="?", now=desk.now, path="", **_shown(ask)
    )


@verb(
    "go",
    usage="go [release]",
    summary="Say go",
    who="those whose sign-off it asks for",
    examples=("go", "go payments"),
    aliases=("yes", "lgtm"),
    move=Move.VOTE,
    label="Go",
    style="primary",
)
def go(ask: Ask, desk: Desk) -> Reply:
    return _vote(ask, desk, Choice.GO, "")


@verb(
    "no-go",
    usage="no-go [release] <why>",
    summary="Say no-go, and why",
    who="those whose sign-off it asks for",
    examples=("no-go secret scan still red",),
    aliases=("nogo", "no go", "no"),
    move=Move.VOTE,
    form=_REASON,
    check=_check_vote,
    label="No-go",
    style="danger",
)
def no_go(ask: Ask, desk: Desk) -> Reply:
    return _vote(ask, desk, Choice.NO_GO, ask.arg("why"))


def _vote(ask: Ask, desk: Desk, choice: Choice, why: str) -> Reply:
    release = ask.release
    vote = rule.cast_vote(
        release,
        desk.electorate(release),
        user=ask.user,
        choice=choice,
        why=why,
        now=desk.now,
        path=ask.did.path,
        role=ask.data.get("s"),
        **_shown(ask),
    )
    if ask.did.kind is Kind.MODAL or _asked_there(ask, desk):
        return Reply()  # the message that asked, or the card, changes: that is the answer
    others = _other_roles(vote, release, desk)
    return say(_you_said(vote, release, desk), blocks=(Actions(others),) if others else ())


def _asked_there(ask: Ask, desk: Desk) -> bool:
    """Whether the button stood on the message that asked for this vote, and that is redrawn."""
    if ask.did.kind is not Kind.BUTTON or not ask.did.channel or not ask.did.message_ts:
        return False
    card = desk.work.cards.by_ts(ask.did.channel, ask.did.message_ts)
    return card is not None and desk.catalogue.cards[card.kind].kind == "ask"


def _other_roles(vote: Vote, release: Release, desk: Desk) -> tuple[Button, ...]:
    """Buttons that count the vote elsewhere: for a sign-off that misses one, and that this person may give too."""
    if release.state is not State.OPEN or vote.choice is not Choice.GO:
        return ()
    rows = [row for row in tally(release, desk.electorate(release)) if vote.user in row.givers and row.missing]
    others = [row.sign_off.role for row in rows if row.sign_off.role != vote.sign_off]
    return tuple(desk.offer("go", release, label=f"Count it for {role}", s=role) for role in others[:3])


def _you_said(vote: Vote, release: Release, desk: Desk) -> Words:
    zone = release.planned.zone
    role = f" for {vote.sign_off}" if len(release.sign_offs) > 1 else ""
    row = words(
        "You said ", Bold(vote.choice.value), role, " ", At(vote.at, "time", zone), " on ", Said(release.title), "."
    )
    if release.state is State.APPROVED and release.decided_at == vote.at:
        return words(row, " You were the last. It's go.")
    return words(row, " ", headline(release, desk.electorate(release)), ".")


# ---- asking those who owe ----------------------------------------------------------------------


def _asks(release: Release, desk: Desk) -> Iterator[tuple[str, datetime]]:
    """Everyone who owes an answer, and when to ask: now, or when their day begins unless the deadline would pass."""
    if release.state is not State.OPEN or release.round is None:
        return
    electorate = desk.electorate(release)
    few: set[str] = set()
    for sign_off in release.sign_offs:
        givers = electorate.givers(sign_off, release)
        few |= givers if len(givers) <= MOST_ASKED else set()
    asked = owing(release, electorate) & (few | {user for user, _ in release.round.objected})
    people = desk.work.people.many(frozenset(asked))
    for user in sorted(asked):
        person = people.get(user)
        zone = person.zone if person is not None and person.zone else release.planned.zone
        yield user, _in_hours(release.round.opened_at, zone, release.round.closes_at)


def _in_hours(at: datetime, zone: str, deadline: datetime) -> datetime:
    there = local(at, zone).to_stdlib()
    if there.weekday() < 5 and WORK_FROM <= there.time() < WORK_UNTIL:
        return at
    early = there.weekday() < 5 and there.time() < WORK_FROM
    begins = at_wall(there.date(), WORK_FROM, zone) if early else next_working_day(at, zone, hour=WORK_FROM.hour)
    return begins if begins < deadline - timedelta(minutes=30) else at


@prompt("poll.ask", at=_asks, while_in=[State.OPEN])
def ask_for_vote(release: Release, desk: Desk, recipient: str) -> None:
    """One direct message with working buttons to one who owes an answer."""
    if recipient in owing(release, desk.electorate(release)):
        _ask(release, recipient, desk)


def _ask(release: Release, recipient: str, desk: Desk) -> None:
    """Once a round; once more where the plan changed after an answer."""
    number = release.round.number if release.round else 0
    changed = any(vote.user == recipient and not release.stands(vote) for vote in release.round_votes())
    desk.draw("ask", release, recipient, tag=f"r{number}" + (f".{release.plan_revision}" if changed else ""))
    for asked in desk.work.cards.of(release.id):  # one question at a time: the others say so
        if (asked.kind, asked.recipient, asked.state) == ("ask", recipient, "live"):
            desk.draw("ask", release, recipient, tag=asked.tag)


@notice("rescheduled")
def ask_again(event: Event, release: Release, desk: Desk) -> None:
    """Whose vote the new plan re-opened is asked again, at once."""
    if release.state is State.OPEN:
        still_asked = owing(release, desk.electorate(release))
        for vote in release.round_votes():
            if vote.user in still_asked and not release.stands(vote):
                _ask(release, vote.user, desk)


@card("ask")
def ask_card(release: Release, desk: Desk, recipient: str) -> Message:
    """The question; afterwards what was answered, or how it went without an answer."""
    vote = next((one for one in release.round_votes() if one.user == recipient), None)
    zone = release.planned.zone
    electorate = desk.electorate(release)
    asked_again = vote is not None and recipient in owing(release, electorate)
    may_answer = any(electorate.may_give(one, recipient, release) for one in release.sign_offs)
    if vote is not None and not asked_again:
        change = [
            desk.offer(
                "no-go" if vote.choice is Choice.GO else "go",
                release,
                label="Change to no-go" if vote.choice is Choice.GO else "Change to go",
            )
        ]
        row = _you_said(vote, release, desk)
        if release.state is State.OPEN and not release.stands(vote):
            row = words("You said ", Bold(vote.choice.value), " on ", Said(release.title),
                        " before its plan changed; that does not count any more.")  # fmt: skip
        able = release.state is State.OPEN and (may_answer or vote.choice is Choice.NO_GO)
        return Message(row, (Para(row), Actions(tuple(change))) if able else (Para(row),))
    if release.state is not State.OPEN or release.round is None or not may_answer:
        over = release.state in _DECIDED or (release.state is State.OPEN and not may_answer)
        settled = ". Your answer is not needed any more." if over else "."
        row = words(Said(release.title), ": ", headline(release, desk.electorate(release)), settled)
        return Message(row, (Para(row),))
    roles = [row.sign_off.role for row in tally(release, desk.electorate(release)) if recipient in row.givers]
    role = f"{roles[0]} " if roles and len(release.sign_offs) > 1 else ""
    asked = words(
        Bold(release.title),
        f": your {role}go/no-go by ",
        At(release.round.closes_at, "day", zone),
        f". {release.risk.value.capitalize()} risk.",
    )
    when = words(
        "Live at ", At(release.target_at, "day", zone), " · asked by ", Who(release.captain), f" · {desk.ref(release)}"
    )
    body = details(release)
    changed = _what_changed(vote, release, desk) if vote is not None else ()
    actions = Actions(
        (desk.offer("go", release), desk.offer("no-go", release)),
        Menu((desk.offer("why", release), desk.offer("status", release))),
    )
    lines = (when, changed) if changed else (when,)
    return Message(asked, (Para(asked), Lines(lines), *((body,) if body else ()), actions))


def _what_changed(vote: Vote, release: Release, desk: Desk) -> Words:
    """One line on why somebody is asked again who had answered."""
    said = words("You said ", Bold(vote.choice.value), " ", At(vote.at, "day", release.planned.zone))
    if release.stands(vote):
        return words(said, " in an earlier round. It counts once one of you confirms it.")
    moved = [row for row in desk.work.audit.tail(release.id, MOST_LOOKED_BACK) if row.name == "rescheduled"]
    if not moved:
        return words(said, ", and it has changed since then.")
    last = moved[-1]
    return words(said, ". Since then ", Who(last.by) if last.by else "T-Minus", " ", last.said, ".")


# ---- saying what happened ----------------------------------------------------------------------


@notice("poll_opened")
def poll_opened(event: Event, release: Release, desk: Desk) -> None:
    if release.round is not None:
        row = words(
            Said(release.title),
            ": go/no-go is open until ",
            At(release.round.closes_at, "day", release.planned.zone),
            ".",
        )
        # The card of a later round says so too, and those who owe are asked: the channel has heard of it once.
        desk.in_thread(release, Message(row), broadcast=release.round.number == 1)


@notice("poll_extended")
def poll_extended(event: Event, release: Release, desk: Desk) -> None:
    if event.by is not None:
        desk.in_thread(release, Message(words(Who(event.by), " ", event.said, ".")))


@notice("voted")
def voted(event: Event, release: Release, desk: Desk) -> None:
    """A plain go stands on the card only; a no-go goes to the thread, with its reason, and calls the captain."""
    if event.by is not None and event.details.get("choice") != Choice.GO.value:
        captain = words(Mention(release.captain), " ") if event.by != release.captain else ()
        desk.in_thread(release, Message(words(captain, Who(event.by), " ", event.said, ": “", Said(event.why), "”.")))


@notice("decided")
def decided(event: Event, release: Release, desk: Desk) -> None:
    """What was decided then: after an absence, time may have taken the release further since."""
    zone = release.planned.zone
    if event.details.get("result") != "go":
        row = words(Said(release.title), ": ", event.said, ". Next: extend, reschedule or cancel.")
        news = release.round is None or release.round.number == 1
    elif release.state is not State.APPROVED:
        row = words(Said(release.title), ": it was go at ", At(event.at, "day", zone), ".")
        news = False
    else:
        starts = words("Deploy starts ", At(release.target_at, "day", zone), ".")
        late = words("It was planned for ", At(release.target_at, "day", zone), " and can be deployed now.")
        row = words(Said(release.title), ": go. ", starts if release.target_at > desk.now else late)
        # A standard release is approved anew whenever its plan asks for it: the channel hears of the first time.
        before = [one.name for one in desk.work.audit.tail(release.id, MOST_LOOKED_BACK)].count("decided")
        news = release.round is not None or before <= 1
    desk.in_thread(release, Message(row), broadcast=news)


@notice("approval_expired")
def approval_expired(event: Event, release: Release, desk: Desk) -> None:
    again = "Approve it again" if release.kind is ReleaseKind.STANDARD else "Open another go/no-go"
    row = words(Said(release.title), f": the approval has expired. {again} to deploy it.")
    desk.in_thread(release, Message(row), broadcast=True)
