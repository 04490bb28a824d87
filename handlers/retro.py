"""Look back: ask on the next working day, gather answers in the thread as one summary card, note action items."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from bot.kit import access
from bot.kit.action_items import SHORT, hold_up, require_owner, short, todo
from bot.kit.action_text import read_action
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Input, Lines, Message, Modal, Para, Reply, Small, say
from bot.kit.declare import card, press, prompt, verb
from bot.kit.desk import Desk
from bot.kit.forms import Form
from bot.kit.leading import calling, leads
from bot.kit.reminding import looked_back_at
from bot.kit.telling import timing
from bot.release import lookback, planning
from bot.release.errors import FieldRefusal
from bot.release.events import Event
from bot.release.planned import at_wall
from bot.release.release import Choice, Outcome, Release
from bot.release.states import Move, State
from bot.release.words import At, Bold, Mention, Said, Who, Words, words
from bot.release.zones import local
from storage.retros import RetroAnswer

CARD = "retro"
MAX_TEXT = 2_000
#: The card shows so many rows under a heading; [Show all] shows the rest.
MOST_ROWS = 8
HEADINGS = (("Went well", "well"), ("Did not go well", "not_well"), ("Ideas", "ideas"))
#: When an action item is due, if nobody says.
DUE_IN = timedelta(days=7)
#: Its owner is asked about it on its day, and once more so long after.
ASKED_AGAIN = timedelta(days=7)
SMOOTH = "Smooth"
#: An action item may be so long, and so many may be added at once.
MAX_ACTION, MOST_ACTIONS = 300, 10
#: So much of a release's record is looked through for the timeline.
MOST_EVENTS = 500
#: After trouble, the captain and so many others who had a part in it are asked.
MOST_ASKED = 4
#: After that, an earlier answer has not said how it went.
_TROUBLE = ("deploy_failed", "rollback_started")
_HAD_A_PART = {"held", "overridden", "deploy_started", "deploy_failed", "rollback_started", "rollback_explained"}
_FORM = Form(
    "Retrospective",
    (
        Input("well", "What went well?", kind="lines", optional=True, max_length=MAX_TEXT),
        Input("not_well", "What did not?", kind="lines", optional=True, max_length=MAX_TEXT),
        Input("ideas", "Ideas", kind="lines", optional=True, max_length=MAX_TEXT),
        Input(
            "action",
            "Action items",
            kind="lines",
            optional=True,
            max_length=MAX_TEXT,
            hint="One a line. “@bo raise the limit by friday” is for Bo.",
        ),
        Input("owner", "Who does them?", kind="user", optional=True, hint="You, if left empty; a line may name who."),
        Input("due", "By when?", kind="date", optional=True, hint="In a week, if left empty; a line may say when."),
    ),
    submit="Answer",
)


def _next_working_day(release: Release, desk: Desk) -> Iterator[tuple[str, datetime]]:
    if release.outcome in (Outcome.LIVE, Outcome.ROLLED_BACK) and release.outcome_at is not None:
        yield "", looked_back_at(release, release.outcome_at, desk)


@prompt("retro.ask", at=_next_working_day, while_in=[State.RELEASED, State.ROLLED_BACK])
def ask_for_retro(release: Release, desk: Desk, recipient: str) -> None:
    answers = desk.work.retros.answers(release.id)
    desk.draw(CARD, release, release.channel, in_thread=True)
    trouble = max((row.at for row in desk.work.audit.named(release.id, _TROUBLE)), default=None)
    said_all = [one for one in answers if _ends(one.user, release, desk) and (trouble is None or one.at > trouble)]
    if said_all:
        planning.close(release, now=desk.now, by=None)
    elif answers:  # its card is there already, and an edit notifies nobody
        asked = words(_asked(release, _record(release, desk), desk), "how did ", Said(release.title), " go? ")
        row = words(asked, f"There {'is' if len(answers) == 1 else 'are'} {_counted(len(answers), 'answer')} already.")
        desk.in_thread(release, Message(row, (Para(row), Actions((desk.offer("retro", release, label="Answer"),)))))


@card(CARD)
def retro_card(release: Release, desk: Desk, recipient: str) -> Message:
    """The question; with answers, their summary."""
    answers = desk.work.retros.answers(release.id)
    actions = desk.work.retros.actions(release.id)
    if not answers and not actions:
        return _question(release, desk)
    title = words(Bold(f"Retrospective of {release.title}"), f" — {_counted(len(answers), 'answer')}")
    blocks: list[Block] = [Para(title)]
    if _is_full(release):
        blocks.append(Lines(tuple(lookback.drafted(release, _record(release, desk)))))
    cut = False
    for heading, key in HEADINGS:
        rows = _said(answers, key)
        cut = cut or len(rows) > MOST_ROWS or any(len(text) > SHORT for _, text in rows)
        if rows:
            shown = [words(Who(user), ": ", Said(short(text))) for user, text in rows[:MOST_ROWS]]
            blocks.append(Lines((words(Bold(heading)), *shown)))
            blocks += _more(len(rows))
    if actions:
        cut = cut or len(actions) > MOST_ROWS
        blocks.append(Para((Bold("Action items"),)))
        blocks += [todo(one, desk) for one in actions[:MOST_ROWS]]
        blocks += _more(len(actions))
    buttons = [desk.offer("retro", release, label="Add to it")]
    if any(one.closed_by is None for one in actions):
        buttons.append(desk.catalogue.presses["retro.change"].button("Change an action item", r=release.id))
    if cut:
        buttons.append(show_all.button("Show all", r=release.id))
    blocks.append(Actions(tuple(buttons)))
    return Message(title, tuple(blocks))


def _said(answers: list[RetroAnswer], key: str) -> list[tuple[str, str]]:
    """(person, what they said) under one heading."""
    return [(one.user, text) for one in answers if (text := getattr(one, key))]


def _more(count: int) -> list[Block]:
    return [Small((f"and {count - MOST_ROWS} more",))] if count > MOST_ROWS else []


@press("retro.all", reads=True)
def show_all(ask: Ask, desk: Desk) -> Reply:
    """All that was said, uncut, for the person who asks."""
    answers = desk.work.retros.answers(ask.release.id)
    blocks: list[Block] = [Para((Bold(f"Retrospective of {ask.release.title}"),))]
    for heading, key in HEADINGS:
        rows = _said(answers, key)
        blocks += [Para((Bold(heading),))] if rows else []
        blocks += [Para(words(Who(user), ": ", Said(text))) for user, text in rows]
    actions = desk.work.retros.actions(ask.release.id)
    if actions:
        blocks += [Para((Bold("Action items"),)), *(Para(todo(one, desk).words) for one in actions)]
    return Reply(modal=Modal("retro.all", "Retrospective", tuple(blocks), submit=None, close="Close"))


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _is_full(release: Release) -> bool:
    """Whether there is more to look back at than one line."""
    return release.is_eventful or release.outcome is not Outcome.LIVE


def _record(release: Release, desk: Desk) -> list[Event]:
    """What happened to it, the oldest first."""
    rows = desk.work.audit.tail(release.id, MOST_EVENTS)
    return [Event(name=row.name, at=row.at, by=row.by, said=row.said, why=row.why, details=row.details) for row in rows]


def _asked(release: Release, record: list[Event], desk: Desk) -> Words:
    """The captain, and after trouble also who objected, held, deployed or rolled back."""
    people = sorted(leads(release, desk))
    if _is_full(release):
        for event in record:
            objected = event.name == "voted" and event.details.get("choice") == Choice.NO_GO.value
            who = event.voter if objected else event.by
            if who and who not in people and (objected or event.name in _HAD_A_PART):
                people.append(who)
    return words(*(words(Mention(user), " ") for user in people[: MOST_ASKED + 1]))


def _question(release: Release, desk: Desk) -> Message:
    if not _is_full(release):
        row = calling(release, desk, Said(release.title), " went out ", timing(release), ".")
        improve = desk.offer("retro", release, label="Something to improve")
        return Message(row, (Para(row), Actions((smooth.button(SMOOTH, r=release.id), improve))))
    record = _record(release, desk)
    head = words(_asked(release, record, desk), "how did ", Said(release.title), " go?")
    buttons = Actions((desk.offer("retro", release, label="Answer"),))
    return Message(head, (Para(head), Lines(tuple(lookback.drafted(release, record))), buttons))


def _check(ask: Ask, desk: Desk) -> None:
    ask.release.require(Move.RETRO)


@verb(
    "retro",
    usage="retro [release]",
    summary="Answer the retrospective",
    who="captain, deployer, approvers, members of the channel, admins",
    examples=("retro", "retro REL-12"),
    aliases=("retrospective",),
    move=Move.RETRO,
    form=_FORM,
    check=_check,
    asks_always=True,
    label="Retrospective",
)
def retro(ask: Ask, desk: Desk) -> Reply:
    release = ask.release
    well, not_well, ideas = (ask.arg(name) for name in ("well", "not_well", "ideas"))
    actions = [line.strip() for line in ask.arg("action").splitlines() if line.strip()]
    if not actions and (ask.arg("owner") or ask.arg("due")):
        raise FieldRefusal("action", "What shall be done? Or leave owner and day empty too.", code="action_missing")
    if not (well or not_well or ideas or actions):
        raise FieldRefusal("well", "Please answer at least one of the questions.", code="nothing_said")
    _store(release, desk, ask.user, well, not_well, ideas)
    added = _add_actions(actions, ask, desk) if actions else ()
    _answered(ask, desk)
    open_: Words = ()
    if _ends(ask.user, release, desk) and (until := _stays_open_until(release, desk)) is not None:
        open_ = words(" stays open until ", At(until, "day"), ", so that it can be rolled back.")
    if not added:
        return say("Noted. ", Bold(release.title), open_) if open_ else Reply()
    stays = words(" It", open_) if open_ else ()
    return say("Noted, in the thread of ", Said(release.title), ".", stays, blocks=(Lines(added),))  # who, and by when


def _add_actions(actions: list[str], ask: Ask, desk: Desk) -> tuple[Words, ...]:
    """Note them, and tell their owner, who may not be among those who look back. How their lines were read."""
    release = ask.release
    zone = desk.zone_of(ask.user) or release.planned.zone
    written = [read_action(action, zone, desk) for action in actions]
    if len(actions) > MOST_ACTIONS or any(len(action.text) > MAX_ACTION for action in written):
        limits = f"At most {MOST_ACTIONS} action items at once, each of at most {MAX_ACTION} characters."
        raise FieldRefusal("action", limits, code="too_long")
    today = local(desk.now, zone).date().to_stdlib()
    due = date.fromisoformat(ask.arg("due")) if ask.arg("due") else today + DUE_IN
    if due < today:
        raise FieldRefusal("due", "That day is past. Choose today or a later one.", code="past")
    others = ask.arg("owner") or ask.user
    for owner, field in ({others: "owner"} | {one.owner: "action" for one in written if one.owner}).items():
        require_owner(owner, field, release, desk)
    added: dict[str, set[int]] = {}
    for one in written:
        owner = one.owner or others
        number = desk.work.retros.add_action(release.id, one.text, owner, one.due or due, ask.user, desk.now)
        added.setdefault(owner, set()).add(number)
    hold_up(release, desk)
    for owner in sorted(added.keys() - {ask.user}):
        count = "an action item" if len(added[owner]) == 1 else f"{len(added[owner])} action items"
        head = words(Who(ask.user), f" gave you {count} in the retrospective of ", Said(release.title), ".")
        rows = [
            todo(one, desk, to_owner=True) for one in desk.work.retros.actions(release.id) if one.id in added[owner]
        ]
        desk.direct(owner, Message(head, (Para(head), *rows)), release)
    if not any(one.owner or one.due for one in written):
        return ()  # there was nothing to misread
    every = set().union(*added.values())
    return tuple(todo(one, desk).words for one in desk.work.retros.actions(release.id) if one.id in every)


def _store(release: Release, desk: Desk, user: str, well: str, not_well: str, ideas: str) -> None:
    """Add to what this person said before: nothing said is lost by saying more, and nothing stands there twice."""
    before = next((one for one in desk.work.retros.answers(release.id) if one.user == user), None)
    old = before or RetroAnswer(user, "", "", "", desk.now)
    pairs = ((old.well, well), (old.not_well, not_well), (old.ideas, ideas))
    well, not_well, ideas = (_joined(said, more) for said, more in pairs)
    desk.work.retros.put_answer(release.id, user, well, not_well, ideas, desk.now)


def _joined(said: str, more: str) -> str:
    if not said or not more:
        return said or more
    return said if f"\n{more}\n" in f"\n{said}\n" else f"{said}\n{more}"


def _on_its_day(release: Release, desk: Desk) -> Iterator[tuple[str, datetime]]:
    if release.outcome is None:
        return  # nobody has looked back at it yet
    for item in desk.work.retros.actions(release.id):
        if item.closed_at is None:
            zone = desk.voice(item.owner).zone
            for day in (item.due_on, item.due_on + ASKED_AGAIN):
                yield item.owner, at_wall(day, time(10), zone)


@prompt(
    "retro.action",
    at=_on_its_day,
    while_in=[State.RELEASED, State.ROLLED_BACK, State.CLOSED],
)
def follow_up(release: Release, desk: Desk, recipient: str) -> None:
    """Ask the owner about what is due by now; the captain, where they are gone."""
    today = local(desk.now, desk.voice(recipient).zone).date().to_stdlib()
    actions = desk.work.retros.actions(release.id)
    due = [one for one in actions if one.owner == recipient and one.closed_at is None and one.due_on <= today]
    if due and access.is_lost(recipient, desk):
        theirs = f", who was to finish {_counted(len(due), 'action item')}, {access.how_lost(recipient, desk)}."
        head = calling(release, desk, Said(release.title), ": ", Who(recipient), theirs, " Somebody else has to.")
        desk.in_thread(release, Message(head, (Para(head), *(todo(one, desk) for one in due[:MOST_ROWS]))))
    elif due:
        head = words(Said(release.title), f": {_counted(len(due), 'action item')} of yours to finish.")
        rows = [todo(one, desk, to_owner=True) for one in due[:MOST_ROWS]]
        desk.direct(recipient, Message(head, (Para(head), *rows)), release)


@press("retro.smooth")
def smooth(ask: Ask, desk: Desk) -> Reply:
    """One tap: nothing to say but that it went well."""
    access.require(desk, ask.user, Move.RETRO, ask.release)
    _store(ask.release, desk, ask.user, SMOOTH, "", "")
    _answered(ask, desk)
    return Reply()


def _answered(ask: Ask, desk: Desk) -> None:
    """The captain's or an admin's answer ends the release; everybody's is gathered.

    Of what is live not before it was asked for: nobody who answers at once means that it is not to be rolled back.
    """
    release = ask.release
    ends, early = _ends(ask.user, release, desk), _stays_open_until(release, desk) is not None
    planning.answer_retro(release, now=desk.now, by=ask.user, complete=ends and not early)
    desk.draw(CARD, release, release.channel, in_thread=True)


def _ends(user: str, release: Release, desk: Desk) -> bool:
    return user == release.captain or user in desk.work.roles.admins()


def _stays_open_until(release: Release, desk: Desk) -> datetime | None:
    """Until when an answer does not close it, so that it can be rolled back; None where it does."""
    if release.state is not State.RELEASED or release.outcome_at is None:
        return None
    asked_at = looked_back_at(release, release.outcome_at, desk)
    return asked_at if desk.now < asked_at else None
