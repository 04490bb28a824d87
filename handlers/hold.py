"""Put a release on hold before its deploy, and resume it."""

import copy

from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Input, Message, Reply, say
from bot.kit.declare import notice, verb
from bot.kit.desk import Desk
from bot.kit.forms import Form
from bot.kit.leading import calling, was_announced
from bot.kit.missing import deadline_before, tell_less_time
from bot.kit.telling import headline
from bot.release import planning
from bot.release.events import Event
from bot.release.release import Release
from bot.release.rights import who_may
from bot.release.states import Move
from bot.release.words import Bold, Said, Who, words

_WHY = Form("Put on hold", (Input("why", "Why is it on hold?", kind="lines", max_length=1_000),), submit="Hold")


def _check(ask: Ask, desk: Desk) -> None:
    planning.hold(copy.deepcopy(ask.release), "?", now=desk.now, by=ask.user)


@verb(
    "hold",
    usage="hold [release] <why>",
    summary="Stop its clock before the deploy",
    who="full members of the channel",
    examples=("hold waiting for the database fix", "hold REL-12 incident in payments"),
    aliases=("pause",),
    move=Move.HOLD,
    first=True,
    form=_WHY,
    check=_check,
    label="Hold",
)
def hold(ask: Ask, desk: Desk) -> Reply:
    planning.hold(ask.release, ask.arg("why"), now=desk.now, by=ask.user)
    resumes = who_may(ask.release, Move.RESUME, but=ask.user)
    also = words(" You can resume it, and so can ", resumes, ".") if resumes else (" Only you can resume it.",)
    button = Actions((desk.offer("resume", ask.release),))
    return say(Bold(ask.release.title), " is on hold.", also, blocks=(button,))


@verb(
    "resume",
    usage="resume [release]",
    summary="Go on after a hold",
    who="the captain, an admin, or whoever put it on hold",
    examples=("resume",),
    aliases=("unhold", "continue", "unpause"),
    move=Move.RESUME,
    label="Resume",
    style="primary",
)
def resume(ask: Ask, desk: Desk) -> Reply:
    planning.resume(ask.release, desk.electorate(ask.release), now=desk.now, by=ask.user)
    return say(Bold(ask.release.title), ": ", headline(ask.release, desk.electorate(ask.release)))


@notice("held")
def held(event: Event, release: Release, desk: Desk) -> None:
    if event.by is not None:
        row = calling(release, desk, Who(event.by), " put ", Said(release.title), " on hold: “", Said(event.why), "”",
                      but=event.by)  # fmt: skip
        desk.in_thread(release, Message(row), broadcast=was_announced(release, desk))


@notice("resumed")
def resumed(event: Event, release: Release, desk: Desk) -> None:
    if event.by is not None:
        row = calling(release, desk, Who(event.by), " resumed ", Said(release.title), ".", but=event.by)
        desk.in_thread(release, Message(row), broadcast=was_announced(release, desk))
        tell_less_time(release, desk, deadline_before(event, release, desk))
