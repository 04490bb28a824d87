"""Say why it is not go, who can change that, and offer the button that does."""

from collections.abc import Collection

from bot.kit import access, pages, parts
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Button, Lines, Message, Para, Reply, Small
from bot.kit.declare import verb
from bot.kit.desk import Desk
from bot.kit.fixes import ask_again, fixes, offers
from bot.kit.follow import read
from bot.kit.freezes import freezing
from bot.kit.leading import lost_rows
from bot.kit.subject import nothing_here
from bot.kit.telling import MOST_NAMES, WHOLE_ROUND, absence, headline, is_overdue, left_to_ask, when_line
from bot.release.causes import Cause, explain
from bot.release.delegating import stood_in
from bot.release.electorate import Electorate
from bot.release.frozen import causes as frozen_now
from bot.release.release import Release
from bot.release.states import BEFORE_DEPLOY, State
from bot.release.why import in_the_way, lines, more, stands
from bot.release.words import Bold, Code, Who, Words, listing, words

#: So many of the lines have their button beside them.
MOST_BUTTONS = 5
#: What may be done next, most wanted first. While it deploys, its parts say.
NEXT = {
    State.OPEN: ("go", "no-go", "reschedule"),
    State.STOPPED: ("poll", "reschedule", "stand-in"),
    State.APPROVED: ("deploy start", "hold"),
    State.MONITORING: ("rollback",),
    State.RELEASED: ("rollback",),
    State.ROLLING_BACK: ("rolled-back", "rollback cancel"),
}
_NOT_NOW = ("It can't be deployed now:",)
#: What takes time for another round.
_ASKS = {"poll", "stand-in"}


@verb(
    "why",
    usage="why [release]",
    summary="Why it is not go, and who can change that",
    who="everyone in the channel",
    examples=("why", "why payments"),
    aliases=("who is missing", "who's missing", "who owes"),
    subject="optional",
    reads=True,
    first=True,
    label="Why?",
    outside=True,
)
def why(ask: Ask, desk: Desk) -> Reply:
    if ask.found is not None:
        return pages.for_others(ask, desk) or _of_one(ask.found, ask, desk)
    if not ask.several:
        raise nothing_here(desk)
    found = [_in_short(read(one, desk), desk) for one in ask.several]
    blocks: list[Block] = [block for block, _ in found]
    cut = next((desk.ref(one) for one, (_, has_more) in zip(ask.several, found, strict=True) if has_more), None)
    if cut is not None:
        blocks.append(Small(words(Code(f"{desk.catalogue.command} why {cut}"), " says more.")))
    count = (
        f"{len(found)} of the releases that are open here." if ask.has_more else f"{len(found)} releases are open here."
    )
    return Reply(Message((count,), (*blocks, *pages.others_too(ask, desk))))


def _in_short(release: Release, desk: Desk) -> tuple[Block, bool]:
    """Its name, and the first thing in its way; and whether there are more."""
    electorate = desk.electorate(release)
    causes = in_the_way(release, electorate, freezing(release, desk), desk.now) if _is_before(release) else ()
    rows = lines(release, causes)
    first = rows[0][1] if rows else headline(release, electorate)
    count = f" … and {len(rows) - 1} more" if len(rows) > 1 else ""
    return Lines((words(Bold(release.title), f"  {desk.ref(release)}"), words(first, count))), len(rows) > 1


def _of_one(release: Release, ask: Ask, desk: Desk) -> Reply:
    electorate = desk.electorate(release)
    causes = in_the_way(release, electorate, freezing(release, desk), desk.now) if _is_before(release) else ()
    if not _is_before(release) or (release.state is State.APPROVED and not causes):
        row = words(Bold(release.title), ": ", headline(release, electorate), ".")
        frozen = frozen_now(release, freezing(release, desk), desk.now, at=desk.now) if _is_before(release) else ()
        early: list[Block] = [Lines((_NOT_NOW, *(explain(cause) for cause in frozen)))] if frozen else []
        early += [Para(when_line(release, desk.now))] if is_overdue(release, desk.now) and not frozen else []
        steps = _next_steps(release, ask, desk, but=("deploy start",) if frozen else ())
        return Reply(Message(row, (Para(row), *early, *lost_rows(release, desk, ask.user), *steps)))
    row = words(Bold(release.title), " ", stands(release, causes))
    rows = lines(release, causes)
    beside = [
        (cause, words(line, _who_is_away(cause, release, electorate)), fixes(cause, release, ask.user, desk))
        for cause, line in rows
    ]
    blocks: list[Block] = [Para(row)]
    placed: list[Button] = []
    others: list[Button] = []
    for cause, line, buttons in beside:
        if buttons and len(placed) < MOST_BUTTONS and release.state is not State.STOPPED:
            blocks.append(Para(line, buttons[0]))
            placed += buttons[:1]
            others += buttons[1:] if cause.kind == "freeze" else []
        else:
            _add_line(line, blocks)
    for line in more(release, electorate, causes):
        _add_line(line, blocks)
    left = left_to_ask(release, desk.now)
    wanted = [verb for verb in NEXT.get(release.state, ()) if verb not in _ASKS or left]
    if release.state is State.STOPPED and 0 < left < WHOLE_ROUND and offers(("extend",), release, ask.user, desk):
        wanted.remove("poll")
        others += ask_again(release, desk)
    if any(cause.kind == "freeze" for cause in causes):
        wanted = [verb for verb in wanted if verb != "deploy start"]
    blocks += lost_rows(release, desk, ask.user)
    if below := [*others, *offers(wanted, release, ask.user, desk, but=[*placed, *others])]:
        blocks.append(Actions(tuple(below)))
    return Reply(Message(words(row, " ", rows[0][1]) if rows else row, tuple(blocks)))


def _who_is_away(cause: Cause, release: Release, electorate: Electorate) -> Words:
    """` Finn is away until Fri 28 Nov.`, of those who could answer."""
    away = electorate.away(cause.who_can) if cause.kind == "missing" and len(cause.who_can) <= MOST_NAMES else {}
    answers = stood_in(release, electorate)
    said = [words(Who(user), absence(answers.get(user), until)) for user, until in sorted(away.items())]
    return words(" — ", listing(said)) if said else ()


def _add_line(line: Words, blocks: list[Block]) -> None:
    """Behind the last line, as one block."""
    if isinstance(blocks[-1], Lines):
        blocks[-1] = Lines((*blocks[-1].rows, line))
    else:
        blocks.append(Lines((line,)))


def _is_before(release: Release) -> bool:
    """Whether something may stand in its way still."""
    return release.state in BEFORE_DEPLOY


def _next_steps(release: Release, ask: Ask, desk: Desk, but: Collection[str] = ()) -> tuple[Actions, ...]:
    if release.state is State.DEPLOYING:
        row, behind = parts.deploy_buttons(release, desk)
    else:
        row, behind = [desk.offer(verb, release) for verb in NEXT.get(release.state, ()) if verb not in but], []
    return access.of_use(desk, ask.user, release, row, behind)
