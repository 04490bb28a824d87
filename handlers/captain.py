"""Hand a release over: somebody else becomes its captain, and everybody concerned hears of it."""

from collections.abc import Mapping
from typing import Any

from bot.kit.access import may_see
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Input, Message, Para, Reply, say
from bot.kit.declare import notice, verb
from bot.kit.desk import Desk
from bot.kit.forms import Form
from bot.kit.mentions import is_person, one_named
from bot.kit.telling import headline
from bot.release import planning
from bot.release.errors import FieldRefusal
from bot.release.events import Event
from bot.release.release import Release
from bot.release.states import Move
from bot.release.words import Bold, Channel, Said, Who, Words, words

_WHO = Form(
    "Another captain",
    (Input("person", "Who shall lead it?", kind="user", hint="They are told, and can hand it back."),),
    submit="Make captain",
)


def _parse(ask: Ask, desk: Desk) -> Mapping[str, Any]:
    found, rest = one_named(ask.text, desk, "A release has one captain", "captain @bo")
    called = [] if found else [*filter(is_person, desk.work.people.called(rest.removeprefix("to ").strip()))]
    found = called[0] if len(called) == 1 else found  # “hand over to tom”
    return {"person": found} if found else {}


def _check(ask: Ask, desk: Desk) -> None:
    ask.release.require(Move.TAKE_OVER)


@verb(
    "captain",
    usage="captain [release] <@person>",
    summary="Make somebody else its captain",
    who="captain, deployer, approvers, members of the channel, admins",
    examples=("captain @bo", "handover @bo REL-12"),
    aliases=("hand over", "hand-over", "handover"),
    move=Move.TAKE_OVER,
    form=_WHO,
    parse=_parse,
    check=_check,
    label="Hand over",
)
def captain(ask: Ask, desk: Desk) -> Reply:
    release, person = ask.release, ask.arg("person")
    known = desk.work.people.get(person)
    if known is not None and known.deleted:
        raise FieldRefusal("person", Who(person), " left this workspace, and can't lead a release. "
                           "Please choose somebody else.", code="not_full_member")  # fmt: skip
    if not desk.is_full_member(person):
        raise FieldRefusal("person", Who(person), " can't lead a release: only full members of this workspace can. "
                           "Please choose somebody else.", code="not_full_member")  # fmt: skip
    if not may_see(desk, person, release):
        raise FieldRefusal("person", Who(person), " can't see this release: it is private to ",
                           Channel(release.channel), ". Invite them there first, or choose somebody else.",
                           code="may_not_see")  # fmt: skip
    planning.take_over(release, now=desk.now, by=ask.user, to=person)
    if person == ask.user:
        return say("You are the captain of ", Bold(release.title), " now.")
    return say(Who(person), " is the captain of ", Bold(release.title), " now, and has been told.")


@notice("captain_changed")
def captain_changed(event: Event, release: Release, desk: Desk) -> None:
    """Those who read the thread hear it, the captain of before, and the new one where somebody else chose them."""
    if event.by is None:
        return
    made = event.details.get("to")
    row = words(Who(event.by), " took over ", Said(release.title), " as captain.")
    if made:
        row = words(Who(event.by), " made ", Who(str(made)), " the captain of ", Said(release.title), ".")
        desk.direct(str(made), _to_the_new_one(event.by, release, desk), release)
    desk.in_thread(release, Message(row))
    was = event.details.get("was")
    if was and was != event.by and desk.work.people.full_members(frozenset({was})):
        desk.direct(was, Message(row), release)


def _to_the_new_one(by: str, release: Release, desk: Desk) -> Message:
    row: Words = words(Who(by), " made you the captain of ", Bold(release.title), ": ",
                       headline(release, desk.electorate(release)), ".")  # fmt: skip
    buttons = (desk.offer("status", release), desk.offer("why", release), desk.offer("captain", release))
    blocks: tuple[Block, ...] = (Para(row), Actions(buttons))
    return Message(row, blocks)
