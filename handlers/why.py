"""Say in one sentence why it is not go, who can change that, and offer the button that does."""

from bot.kit import access, parts
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Lines, Message, Para, Reply
from bot.kit.declare import verb
from bot.kit.desk import Desk
from bot.kit.follow import read
from bot.kit.subject import nothing_here
from bot.kit.telling import can_ask_again, headline
from bot.release.causes import explain, passed_meanwhile
from bot.release.decision import decide
from bot.release.electorate import Electorate
from bot.release.release import Release, Stopped
from bot.release.states import Move, State
from bot.release.words import At, Bold, Piece, Who, Words, listing, words

_DECIDING = (State.OPEN, State.STOPPED, State.ON_HOLD, State.SCHEDULED)
#: As many lines are shown.
MOST = 10
#: Once it is decided: what may be done next, most wanted first. While it deploys, its parts say.
NEXT = {
    State.APPROVED: ("deploy start", "hold"),
    State.MONITORING: ("rollback",),
    State.RELEASED: ("rollback",),
    State.ROLLING_BACK: ("rolled-back",),
}


@verb(
    "why",
    usage="why [release]",
    summary="Why it is not go, and who can change that",
    who="everyone in the channel",
    examples=("why", "why payments"),
    subject="optional",
    reads=True,
    first=True,
    label="Why?",
)
def why(ask: Ask, desk: Desk) -> Reply:
    if ask.found is not None:
        return _of_one(ask.found, ask, desk)
    if not ask.several:
        raise nothing_here(desk)
    blocks: list[Block] = []
    for release in (read(one, desk) for one in ask.several):
        rows = _in_the_way(release, desk.electorate(release), desk)
        more = f" … and {len(rows) - 1} more" if len(rows) > 1 else ""
        blocks.append(Lines((words(Bold(release.title), f"  {desk.ref(release)}"), words(rows[0], more))))
    return Reply(Message((f"{len(blocks)} releases are open here.",), tuple(blocks)))


def _of_one(release: Release, ask: Ask, desk: Desk) -> Reply:
    electorate = desk.electorate(release)
    if release.state not in _DECIDING:
        row = words(Bold(release.title), ": ", headline(release, electorate), ".")
        return Reply(Message(row, (Para(row), *_next_steps(release, ask, desk))))
    if release.state is State.STOPPED:
        return _stopped(release, electorate, ask, desk)
    rows = _in_the_way(release, electorate, desk)
    count = (
        "Nothing stands in the way."
        if not rows
        else "One thing stands in the way:"
        if len(rows) == 1
        else f"{len(rows)} things stand in the way:"
    )
    row = words(Bold(release.title), " is not go yet. ", count)
    if release.state is State.OPEN and not rows and release.round is not None:
        closes = At(release.round.closes_at, "day", release.planned.zone)
        row = words(
            Bold(release.title), " has every go it needs. It is decided when its go/no-go closes, ", closes, "."
        )
    blocks: list[Block] = [Para(row)]
    if rows:
        blocks.append(Lines(tuple(rows[:MOST])))
    if len(rows) > MOST:
        blocks.append(Para((f"… and {len(rows) - MOST} more",)))
    fixes: dict[State, dict[str, Move]] = {
        State.OPEN: {"go": Move.VOTE, "no-go": Move.VOTE, "reschedule": Move.RESCHEDULE},
        State.ON_HOLD: {"resume": Move.RESUME},
        State.SCHEDULED: {"poll": Move.POLL},
    }
    able = [verb for verb, move in fixes[release.state].items() if access.can(desk, ask.user, move, release)]
    if able:
        blocks.append(Actions(tuple(desk.offer(verb, release) for verb in able)))
    text = words(row, " ", rows[0]) if rows else row
    return Reply(Message(text, tuple(blocks)))


def _next_steps(release: Release, ask: Ask, desk: Desk) -> tuple[Actions, ...]:
    if release.state is State.DEPLOYING:
        row, behind = parts.deploy_buttons(release, desk)
    else:
        row, behind = [desk.offer(verb, release) for verb in NEXT.get(release.state, ())], []
    return access.of_use(desk, ask.user, release, row, behind)


def _stopped(release: Release, electorate: Electorate, ask: Ask, desk: Desk) -> Reply:
    """Nobody can answer any more: what stopped it, and who can have it asked again."""
    closed = release.round.closed_at if release.round is not None else None
    since = release.expires_at if release.stopped is Stopped.EXPIRED else closed
    when = words(" at ", At(since, "day", release.planned.zone)) if since else ()
    row = words(Bold(release.title), " was stopped", when, ".")
    stands = headline(release, electorate)
    able = words(access.who_may(release, Move.POLL), " can ask again, or give it another time.")
    buttons = []
    if can_ask_again(release, desk.now) and access.can(desk, ask.user, Move.POLL, release):
        buttons.append(desk.offer("poll", release, label="Ask again"))
    if access.can(desk, ask.user, Move.RESCHEDULE, release):
        buttons.append(desk.offer("reschedule", release))
    lines = (Para(row), Lines((stands, words("Next: ", able))))
    return Reply(Message(words(row, " ", stands), (*lines, *((Actions(tuple(buttons)),) if buttons else ()))))


def _in_the_way(release: Release, electorate: Electorate, desk: Desk) -> list[Words]:
    """A line for each: first what stopped its clock, then what is missing of the decision."""
    causes = decide(release, electorate, desk.now).causes
    stands = [headline(release, electorate)]
    if release.state not in _DECIDING:
        return stands
    match release.state:
        case State.ON_HOLD:
            able: list[Piece | Words] = [Who(user) for user in sorted({release.captain, release.held_by or ""} - {""})]
            stands = [words(*stands[0], ". ", listing([*able, "an admin"], last=" or "), " can resume it.")]
            stands += [("⌛ ", *cause.said) for cause in passed_meanwhile(release, desk.now)]
        case State.SCHEDULED:  # nobody could answer yet
            causes = tuple(cause for cause in causes if cause.kind == "nobody")
        case State.STOPPED if release.stopped is Stopped.EXPIRED or not causes:
            pass
        case _:
            stands = []
    if release.state is State.STOPPED and release.stopped is Stopped.EXPIRED:  # said as what stopped it
        causes = tuple(cause for cause in causes if cause.kind != "expired")
    return stands + [explain(cause) for cause in causes]
