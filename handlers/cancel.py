"""Give a release up before anything was deployed."""

import copy

from bot.kit.ask import Ask
from bot.kit.blocks import Input, Message, Reply, say
from bot.kit.declare import notice, verb
from bot.kit.desk import Desk
from bot.kit.forms import Form
from bot.kit.leading import calling
from bot.release import planning
from bot.release.events import Event
from bot.release.release import Release
from bot.release.states import Move
from bot.release.words import Bold, Said, Who, words

_WHY = Form(
    "Cancel the release",
    (Input("why", "Why is it cancelled?", kind="lines", max_length=1_000),),
    submit="Cancel the release",
    close="Keep it",
)


def _check(ask: Ask, desk: Desk) -> None:
    planning.cancel(copy.deepcopy(ask.release), "?", now=desk.now, by=ask.user)


@verb(
    "cancel",
    usage="cancel [release] <why>",
    summary="Give it up before the deploy",
    who="the captain or an admin",
    examples=("cancel superseded by 2.15.0",),
    aliases=("abort",),
    move=Move.CANCEL,
    form=_WHY,
    check=_check,
    label="Cancel the release",
    style="danger",
)
def cancel(ask: Ask, desk: Desk) -> Reply:
    planning.cancel(ask.release, ask.arg("why"), now=desk.now, by=ask.user)
    return say(Bold(ask.release.title), " is cancelled.")


@notice("cancelled")
def cancelled(event: Event, release: Release, desk: Desk) -> None:
    if event.by is not None:
        row = calling(release, desk, Who(event.by), " cancelled ", Said(release.title), ": “", Said(event.why), "”",
                      but=event.by)  # fmt: skip
        desk.in_thread(release, Message(row), broadcast=True)
    desk.to_stakeholders(release, words(Said(release.title), " was cancelled."))
