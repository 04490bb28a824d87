"""Become the captain of a release whose captain is gone; tell that they are, or the deployer is, or are back."""

from bot.kit.access import how_lost, is_lost, present_admins
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Confirm, Message, Para, Reply, say
from bot.kit.declare import notice, verb
from bot.kit.desk import Desk
from bot.kit.leading import calling
from bot.release import planning
from bot.release.errors import Refusal
from bot.release.events import Event
from bot.release.release import Release
from bot.release.states import BEFORE_DEPLOY, Move, State
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
    release = ask.release
    if "l" in ask.data and release.captain != ask.user and not is_lost(release.captain, desk):
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
    for admin in sorted(present_admins(desk) - {release.captain}):
        desk.direct(admin, asked, release)


@notice("captain_back")
def captain_back(event: Event, release: Release, desk: Desk) -> None:
    """Whoever was asked to take it over need not."""
    row = words(Who(release.captain), " is back, and leads ", Bold(release.title), " again.")
    desk.in_thread(release, Message(row), broadcast=True)


@notice("deployer_left")
def deployer_left(event: Event, release: Release, desk: Desk) -> None:
    """Call the captain, whose the deploy is now."""
    was = str(event.details.get("was"))
    if release.state in (*BEFORE_DEPLOY, State.DEPLOYING, State.ROLLING_BACK):
        may_name = Move.EDIT in release.possible
        whose = "Until somebody else is named, that is the captain's." if may_name else "That is the captain's now."
        if is_lost(release.captain, desk):
            whose = "Whoever takes it over can deploy it, too."
        row = calling(release, desk, Who(was), ", who was to deploy ", Bold(release.title),
                      f", {how_lost(was, desk)}. {whose}")  # fmt: skip
        more = (Actions((desk.offer("edit", release),)),) if may_name else ()
        desk.in_thread(release, Message(row, (Para(row), *more)))
