"""Say in one sentence why it is not go, who can change that, and offer the button that does."""

from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Lines, Message, Para, Reply
from bot.kit.declare import verb
from bot.kit.desk import Desk
from bot.kit.telling import headline
from bot.release.decision import decide
from bot.release.states import State
from bot.release.words import Bold, words

_DECIDING = (State.OPEN, State.STOPPED, State.ON_HOLD, State.SCHEDULED)


@verb(
    "why",
    usage="why [release]",
    summary="Why is it not go, and who can change that?",
    who="everyone in the channel",
    examples=("why", "why payments"),
    reads=True,
    first=True,
    label="Why?",
)
def why(ask: Ask, desk: Desk) -> Reply:
    release = ask.release
    electorate = desk.electorate(release)
    if release.state not in _DECIDING:
        row = words(Bold(release.title), ": ", headline(release, electorate), ".")
        return Reply(Message(row, (Para(row),)))
    causes = decide(release, electorate, desk.now).causes
    count = (
        "Nothing stands in the way."
        if not causes
        else "One thing stands in the way:"
        if len(causes) == 1
        else f"{len(causes)} things stand in the way:"
    )
    row = words(Bold(release.title), " is not go yet. ", count)
    blocks: list[Block] = [Para(row)]
    if causes:
        marks = {"no_go": "🛑 ", "missing": "⏳ ", "nobody": "⚠️ "}
        blocks.append(Lines(tuple(words(marks.get(cause.kind, "• "), cause.said) for cause in causes[:10])))
    if len(causes) > 10:
        blocks.append(Para((f"… and {len(causes) - 10} more",)))
    fixes = {
        State.OPEN: ("go", "no-go"),
        State.STOPPED: ("extend", "reschedule"),
        State.ON_HOLD: ("resume",),
        State.SCHEDULED: ("poll",),
    }
    blocks.append(Actions(tuple(desk.offer(one, release) for one in fixes[release.state])))
    text = words(row, " ", causes[0].said) if causes else row
    return Reply(Message(text, tuple(blocks)))
