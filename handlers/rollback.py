"""Roll a release back, all of it or a part, and say when that is done."""

from bot.kit.ask import Ask
from bot.kit.blocks import Confirm, Message, Reply, say
from bot.kit.declare import notice, verb
from bot.kit.desk import Desk
from bot.kit.telling import headline
from bot.release import deploying
from bot.release.events import Event
from bot.release.release import Release
from bot.release.states import Move, State
from bot.release.words import At, Bold, Mention, Said, Who, words


def _confirm(release: Release) -> Confirm:
    return Confirm(
        "Roll back?",
        words(Said(f"{release.names} on {release.environments} is rolled back. Its crew is told.")),
        "Roll back",
    )


@verb(
    "rollback",
    usage="rollback [release] [part]",
    summary="Start rolling back",
    who="full members of the channel",
    examples=("rollback", "rollback REL-12 web"),
    aliases=("roll back", "revert"),
    move=Move.ROLLBACK,
    confirm=_confirm,
    label="Roll back",
    style="danger",
)
def rollback(ask: Ask, desk: Desk) -> Reply:
    deploying.rollback(ask.release, ask.text or None, now=desk.now, by=ask.user)
    return say(
        Bold(ask.release.title),
        ": ",
        headline(ask.release, desk.electorate(ask.release)),
        ". Say rolled-back when it is done.",
    )


@verb(
    "rolled-back",
    usage="rolled-back [release] [part]",
    summary="Say that the rollback is done",
    who="full members of the channel",
    examples=("rolled-back",),
    aliases=("rolledback", "rolled back"),
    move=Move.ROLLED_BACK,
    label="Rolled back",
    style="primary",
)
def rolled_back(ask: Ask, desk: Desk) -> Reply:
    deploying.rolled_back(ask.release, ask.text or None, now=desk.now, by=ask.user)
    return say(Bold(ask.release.title), ": ", headline(ask.release, desk.electorate(ask.release)))


@notice("rollback_started")
def rollback_started(event: Event, release: Release, desk: Desk) -> None:
    if event.by is not None:
        row = words(
            Mention(release.captain), " ", Who(event.by), " ", event.said, ". Why? Please say so in this thread."
        )
        desk.in_thread(release, Message(row))


@notice("rolled_back")
def told(event: Event, release: Release, desk: Desk) -> None:
    if release.state is not State.ROLLED_BACK:
        if event.by is not None:
            desk.in_thread(release, Message(words(Who(event.by), " ", event.said, ".")))
        return
    row = words(Said(release.title), " was rolled back at ", At(event.at, "time", release.planned.zone), ".")
    desk.in_thread(release, Message(row), broadcast=True)
    desk.to_stakeholders(release, row)
