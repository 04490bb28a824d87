"""Look back: ask on the next working day, gather answers in the thread as one summary card, note action items."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from bot.kit import access
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Input, Lines, Message, Modal, Para, Reply, Small, say
from bot.kit.declare import card, press, prompt, verb
from bot.kit.desk import Desk
from bot.kit.forms import Form
from bot.kit.telling import on_time
from bot.release import planning
from bot.release.errors import FieldRefusal, Refusal
from bot.release.planned import at_wall
from bot.release.release import Outcome, Release
from bot.release.states import Move, State
from bot.release.timeline import retro_at
from bot.release.words import At, Bold, Mention, Said, Who, Words, words
from bot.release.zones import local
from storage.retros import ActionItem, RetroAnswer

CARD = "retro"
MAX_TEXT = 2_000
#: The card shows so many rows under a heading, each cut after so many characters; [Show all] shows the rest.
MOST_ROWS = 8
SHORT = 280
HEADINGS = (("Went well", "well"), ("Did not", "not_well"), ("Ideas", "ideas"))
#: When an action item is due, if nobody says.
DUE_IN = timedelta(days=7)
#: Its owner is asked about it on its day, and once more so long after.
ASKED_AGAIN = timedelta(days=7)
SMOOTH = "Smooth"
_FORM = Form(
    "Retrospective",
    (
        Input("well", "What went well?", kind="lines", optional=True, max_length=MAX_TEXT),
        Input("not_well", "What did not?", kind="lines", optional=True, max_length=MAX_TEXT),
        Input("ideas", "Ideas", kind="lines", optional=True, max_length=MAX_TEXT),
        Input("action", "One action item", optional=True, max_length=300, hint="More: answer again."),
        Input("owner", "Who does it?", kind="user", optional=True, hint="You, if left empty."),
        Input("due", "By when?", kind="date", optional=True, hint="In a week, if left empty."),
    ),
    submit="Answer",
)


def _next_working_day(release: Release, desk: Desk) -> Iterator[tuple[str, datetime]]:
    if release.outcome in (Outcome.LIVE, Outcome.ROLLED_BACK) and release.outcome_at is not None:
        person = desk.work.people.get(release.captain)
        zone = person.zone if person is not None and person.zone else release.planned.zone
        yield "", retro_at(release.outcome_at, zone)


@prompt("retro.ask", at=_next_working_day, while_in=[State.RELEASED, State.ROLLED_BACK], grace=timedelta(days=3))
def ask_for_retro(release: Release, desk: Desk, recipient: str) -> None:
    answers = desk.work.retros.answers(release.id)
    desk.draw(CARD, release, release.channel, in_thread=True)
    if answers:  # its card is there already, and an edit notifies nobody
        asked = words(Mention(release.captain), " how did ", Said(release.title), " go? ")
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
    cut = False
    for heading, key in HEADINGS:
        rows = _said(answers, key)
        cut = cut or len(rows) > MOST_ROWS or any(len(text) > SHORT for _, text in rows)
        if rows:
            shown = [words(Who(user), ": ", Said(_short(text))) for user, text in rows[:MOST_ROWS]]
            blocks.append(Lines((words(Bold(heading)), *shown)))
            blocks += _more(len(rows))
    if actions:
        cut = cut or len(actions) > MOST_ROWS
        blocks.append(Para((Bold("Action items"),)))
        blocks += [_todo(one) for one in actions[:MOST_ROWS]]
        blocks += _more(len(actions))
    add = desk.offer("retro", release, label="Add to it")
    blocks.append(Actions((add, show_all.button("Show all", r=release.id)) if cut else (add,)))
    return Message(title, tuple(blocks))


def _said(answers: list[RetroAnswer], key: str) -> list[tuple[str, str]]:
    """(person, what they said) under one heading."""
    return [(one.user, text) for one in answers if (text := getattr(one, key))]


def _todo(one: ActionItem) -> Para:
    """An action item, with its button while it is open."""
    if one.closed_by is not None:
        return Para(words("✅ ", Said(_short(one.text)), " — done by ", Who(one.closed_by)))
    by = f", by {one.due_on:%a} {one.due_on.day} {one.due_on:%b}"
    row = words("◻️ ", Said(_short(one.text)), " — ", Who(one.owner), by)
    return Para(row, done.button("Done", r=one.release_id, a=one.id))


def _short(text: str) -> str:
    return text if len(text) <= SHORT else text[: SHORT - 1] + "…"


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
        blocks += [Para((Bold("Action items"),)), *(Para(_todo(one).words) for one in actions)]
    return Reply(modal=Modal("retro.all", "Retrospective", tuple(blocks), submit=None, close="Close"))


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _question(release: Release, desk: Desk) -> Message:
    zone = release.planned.zone
    if not release.is_eventful and release.outcome is Outcome.LIVE:
        timing = on_time(release).lstrip(", ") or "late"
        row = words(Mention(release.captain), " ", Said(release.title), f" went out {timing}.")
        improve = desk.offer("retro", release, label="Something to improve")
        return Message(row, (Para(row), Actions((smooth.button(SMOOTH, r=release.id), improve))))
    started = [part.started_at for part in release.parts if part.started_at is not None]
    ended = "rolled back" if release.outcome is Outcome.ROLLED_BACK else "live"
    drafted: list[Words] = [("Planned ", At(release.first_planned_at or release.target_at, "day", zone))]
    if started:
        drafted.append((", started ", At(min(started), "time", zone)))
    if release.outcome_at is not None:
        drafted.append((f", {ended} ", At(release.outcome_at, "time", zone)))
    no_gos = sum(1 for vote in release.votes if vote.choice == "no-go")
    if no_gos:
        drafted.append((f". {_counted(no_gos, 'no-go')}",))
    head = words(Mention(release.captain), " how did ", Said(release.title), " go?")
    buttons = Actions((desk.offer("retro", release, label="Answer"),))
    return Message(head, (Para(head), Para(words(*drafted, ".")), buttons))


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
    well, not_well, ideas, action = (ask.arg(name) for name in ("well", "not_well", "ideas", "action"))
    if not action and (ask.arg("owner") or ask.arg("due")):
        raise FieldRefusal("action", "What shall be done? Or leave owner and day empty too.", code="action_missing")
    if not (well or not_well or ideas or action):
        raise FieldRefusal("well", "Please answer at least one of them.", code="nothing_said")
    _store(release, desk, ask.user, well, not_well, ideas)
    if action:
        _add_action(action, ask, desk)
    _answered(ask, desk)
    return Reply()


def _add_action(action: str, ask: Ask, desk: Desk) -> None:
    zone = desk.zone_of(ask.user) or ask.release.planned.zone
    today = local(desk.now, zone).date().to_stdlib()
    due = date.fromisoformat(ask.arg("due")) if ask.arg("due") else today + DUE_IN
    if due < today:
        raise FieldRefusal("due", "That day is past. Choose today or a later one.", code="past")
    owner = ask.arg("owner") or ask.user
    if not desk.is_full_member(owner):
        raise FieldRefusal("owner", "Only full members can own it, no guests and no bots.", code="not_full_member")
    desk.work.retros.add_action(ask.release.id, action, owner, due, ask.user, desk.now)


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


@press("retro.done")
def done(ask: Ask, desk: Desk) -> Reply:
    """An action item is done: its owner says so, or who may answer the retrospective."""
    release = ask.release
    item = next((one for one in desk.work.retros.actions(release.id) if one.id == ask.data.get("a")), None)
    if item is None:
        raise Refusal("That action item is not there any more.", code="no_such_action")
    if ask.user != item.owner:
        access.require(desk, ask.user, Move.RETRO, release)
    if item.closed_by is not None:
        said = words("“", Said(_short(item.text)), "” was closed already by ", Who(item.closed_by), ".")
        raise Refusal(*said, code="action_closed")
    desk.work.retros.close_action(item.id, ask.user, desk.now)
    planning.close_action(release, item.id, now=desk.now, by=ask.user)
    return say("✅ Done: ", Said(_short(item.text)))


def _on_its_day(release: Release, desk: Desk) -> Iterator[tuple[str, datetime]]:
    for item in desk.work.retros.actions(release.id):
        if item.closed_at is None:
            zone = desk.voice(item.owner).zone
            for day in (item.due_on, item.due_on + ASKED_AGAIN):
                yield item.owner, at_wall(day, time(10), zone)


@prompt(
    "retro.action",
    at=_on_its_day,
    while_in=[State.RELEASED, State.ROLLED_BACK, State.CLOSED],
    grace=timedelta(days=3),
)
def follow_up(release: Release, desk: Desk, recipient: str) -> None:
    """Ask the owner about what is due by now."""
    today = local(desk.now, desk.voice(recipient).zone).date().to_stdlib()
    actions = desk.work.retros.actions(release.id)
    due = [one for one in actions if one.owner == recipient and one.closed_at is None and one.due_on <= today]
    if due:
        head = words(Said(release.title), f": {_counted(len(due), 'action item')} of yours to finish.")
        desk.direct(recipient, Message(head, (Para(head), *(_todo(one) for one in due[:MOST_ROWS]))), release)


@press("retro.smooth")
def smooth(ask: Ask, desk: Desk) -> Reply:
    """One tap: nothing to say but that it went well."""
    access.require(desk, ask.user, Move.RETRO, ask.release)
    _store(ask.release, desk, ask.user, SMOOTH, "", "")
    _answered(ask, desk)
    return Reply()


def _answered(ask: Ask, desk: Desk) -> None:
    """The captain's or an admin's answer ends the release; everybody's is gathered."""
    ends = ask.user == ask.release.captain or ask.user in desk.work.roles.admins()
    planning.answer_retro(ask.release, now=desk.now, by=ask.user, complete=ends)
    desk.draw(CARD, ask.release, ask.release.channel, in_thread=True)
