"""Ask one release for a sign-off more than its policy does."""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.kit.ask import Ask
from bot.kit.blocks import Input, Message, Reply, say
from bot.kit.declare import notice, verb
from bot.kit.desk import Desk
from bot.kit.forms import Form
from bot.kit.mentions import is_person, named
from bot.release import added as rule
from bot.release.errors import FieldRefusal
from bot.release.events import Event
from bot.release.release import Release
from bot.release.states import Move, State
from bot.release.words import Bold, Channel, Said, Who, Words, listing, words
from storage.people import is_group

_FIELDS = Form(
    "Add a sign-off",
    (
        Input("role", "What is it called?", placeholder="Legal", max_length=rule.LONGEST_ROLE),
        Input("people", "Whose go does it take?", kind="users", hint="It can't be taken away from this release again."),
        Input("needs", "How many of them?", optional=True, placeholder="1"),
    ),
    submit="Add",
)


def _parse(ask: Ask, desk: Desk) -> Mapping[str, Any]:
    people, role = named(ask.text, desk)
    return {"role": role[: rule.LONGEST_ROLE + 1], "people": tuple(people)}


def _check(ask: Ask, desk: Desk) -> None:
    rule.require_addable(ask.release)


@verb(
    "add-sign-off",
    usage="add-sign-off [release] <role> <@people>",
    summary="Ask for one more sign-off, for this release only",
    who="the captain or an admin",
    examples=("add-sign-off Legal @clara", "add-sign-off REL-12 Data @bo @eve"),
    aliases=("add sign-off", "addsignoff"),
    move=Move.ADD_SIGN_OFF,
    form=_FIELDS,
    parse=_parse,
    check=_check,
    label="Add a sign-off",
)
def add_sign_off(ask: Ask, desk: Desk) -> Reply:
    release = ask.release
    chosen = [str(one) for one in ask.args.get("people") or ()]
    people = [one for one in chosen if is_person(one)]
    groups = [one for one in chosen if is_group(one)]
    channels = [one for one in chosen if one not in (*people, *groups)]
    added = rule.new_sign_off(release, ask.arg("role"), _count(ask), people, channels, groups)
    _require_able(people, release, desk)
    rule.add_sign_off(release, added, now=desk.now, by=ask.user)
    givers = desk.electorate(release).givers(added, release)
    if len(givers) < added.needs:
        found = words("only ", listing([Who(user) for user in sorted(givers)])) if givers else ("nobody",)
        raise FieldRefusal("people", "Of those ", *found, " may answer that I know of. Please name more people, or "
                           "invite me to their channel first.", code="too_few")  # fmt: skip
    asked = " They are asked now." if release.state is State.OPEN else ""
    return say(Said(release.title), " needs ", Bold(added.role), " now, too: ", _go_of(release, added.role), ".", asked)


def _count(ask: Ask) -> int:
    typed = ask.arg("needs") or "1"
    if not typed.isdecimal() or not int(typed):
        raise FieldRefusal("needs", "Please give a number, for example 1.", code="bad_input")
    return int(typed)


def _require_able(people: Iterable[str], release: Release, desk: Desk) -> None:
    """Raise unless all of them may act on releases, and may know of this one."""
    known = desk.full_members(people)
    if strange := sorted(set(people) - known):
        raise FieldRefusal("people", listing([Who(user) for user in strange]), " can't be asked: only full members of "
                           "this workspace can act on releases. Please choose somebody else.",
                           code="not_full_member")  # fmt: skip
    outside = [user for user in sorted(known) if release.is_private and not desk.is_in_channel(user, release)]
    if outside:
        raise FieldRefusal("people", listing([Who(user) for user in outside]), " can't see this release, which is "
                           "private to ", Channel(release.channel), ". Invite them there first, or choose somebody "
                           "who is there.", code="may_not_see")  # fmt: skip


def _go_of(release: Release, role: str) -> Words:
    added = release.sign_off(role)
    if added is None:
        return ()
    return words(f"{added.needs} go of " if added.needs > 1 else "a go of ", rule.asked_of(added))


@notice("sign_off_added")
def sign_off_added(event: Event, release: Release, desk: Desk) -> None:
    if event.by is not None:
        desk.in_thread(release, Message(words(Who(event.by), " ", event.said, ".")))
