"""Become the captain of a release whose captain is gone."""

from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Confirm, Message, Para, Reply, say
from bot.kit.declare import notice, verb
from bot.kit.desk import Desk
from bot.kit.leading import how_lost
from bot.release import planning
from bot.release.errors import Refusal
from bot.release.events import Event
from bot.release.release import Release
from bot.release.states import Move
from bot.release.words import Bold, Said, Who, words


def _confirm(release: Release) -> Confirm:
    return Confirm("Take over?", words(Said(f"You become the captain of {release.title}.")), "Take over", danger=False)


@verb(
    "take-over",
    usage="take-over [release]",
    summary="Become its captain",
    who="captain, deployer, approvers, members of the channel, admins",
    examples=("take-over REL-12",),
    aliases=("takeover", "take over"),
    move=Move.TAKE_OVER,
    confirm=_confirm,
    label="Take over",
)
def take_over(ask: Ask, desk: Desk) -> Reply:
    release, lost = ask.release, ask.data.get("l")
    if lost is not None and release.captain not in (lost, ask.user):
        raise Refusal(Who(release.captain), " leads ", Said(release.title), " by now, so nobody has to take it over.",
                      code="led_by_now", offers=("status",))  # fmt: skip
    planning.take_over(ask.release, now=desk.now, by=ask.user)
    return say("You are the captain of ", Bold(ask.release.title), " now.")


@notice("captain_left")
def captain_left(event: Event, release: Release, desk: Desk) -> None:
    """Ask where the release lives, and the admins, for somebody else."""
    how = how_lost(release.captain, desk)
    row = words(Bold(release.title), " has lost its captain: ", Who(release.captain), f" {how}.")
    asked = Message(row, (Para(row), Actions((desk.offer("take-over", release, l=release.captain),))))
    desk.in_thread(release, asked, broadcast=True)
    for admin in sorted(desk.work.roles.admins() - {release.captain}):
        desk.direct(admin, asked, release)
