"""Ask more of one release than its policy does: the captain may add a sign-off to it, never take one away."""

from collections.abc import Iterable
from datetime import datetime

from bot.release.electorate import barred
from bot.release.errors import FieldRefusal, Refusal
from bot.release.policy import SignOff, service_key
from bot.release.policy_checks import MOST_SIGN_OFFS, too_few
from bot.release.release import Kind, Release
from bot.release.states import Move, State
from bot.release.words import Channel, Code, Group, Piece, Said, Who, Words, listing, words

#: Characters that the name of a role may have.
LONGEST_ROLE = 40


def asked_of(sign_off: SignOff) -> Words:
    """Whom it asks: `Clara or the members of #security`."""
    who: list[Piece | Words] = [Who(user) for user in sorted(sign_off.people)]
    who += [words("the members of ", Channel(channel)) for channel in sorted(sign_off.channels)]
    who += [Group(group) for group in sorted(sign_off.groups)]
    return listing(who, last=" or ")


def new_sign_off(
    release: Release, role: str, needs: int, people: Iterable[str], channels: Iterable[str], groups: Iterable[str]
) -> SignOff:
    """A further sign-off, as strict about who leads and deploys as the strictest there is. Raises Refusal."""
    role = " ".join(role.split())
    there = release.sign_offs
    if not role or len(role) > LONGEST_ROLE:
        raise FieldRefusal("role", f"Please name it in at most {LONGEST_ROLE} characters, for example ",
                           Code("add-sign-off Legal @clara"), ".", code="bad_role")  # fmt: skip
    if service_key(role) in {service_key(one.role) for one in there}:
        raise FieldRefusal("role", Said(release.title), " is asked for ", Said(role), " already. Please choose another "
                           "name.", code="same_role")  # fmt: skip
    added = SignOff(
        role, max(1, needs), frozenset(people), frozenset(channels), frozenset(groups),
        captain_may=all(one.captain_may for one in there), deployer_may=all(one.deployer_may for one in there),
    )  # fmt: skip
    if not (added.people or added.channels or added.groups):
        raise FieldRefusal("people", "Please say whose go it takes, for example ", Code("add-sign-off Legal @clara"),
                           ".", code="nobody_named")  # fmt: skip
    return added


def require_addable(release: Release) -> None:
    """Raise the Refusal that says why this release is asked for no more than it is, unless it can be."""
    release.require(Move.ADD_SIGN_OFF)
    if release.stage is State.APPROVED:  # on hold: its go would stand without what is added
        raise Refusal(Said(release.title), " is go already, and on hold since. Whoever doubts it keeps it there, "
                      "cancels it, or edits it: then its go is asked for again.",
                      code="already_decided", offers=("edit", "cancel"))  # fmt: skip
    if release.kind is Kind.STANDARD:
        raise Refusal(Said(release.title), " is a standard release: its policy approves it, and nobody is asked. "
                      "Plan it as a normal one to have it voted on.",
                      code="nobody_asked", offers=("status",))  # fmt: skip
    if len(release.sign_offs) >= MOST_SIGN_OFFS:
        raise Refusal(Said(release.title), f" has {MOST_SIGN_OFFS} sign-offs, and more are not possible.",
                      code="too_many_sign_offs", offers=("why",))  # fmt: skip


def add_sign_off(release: Release, added: SignOff, *, now: datetime, by: str) -> None:
    """From now on it is asked, too; what was answered to the others stands. Raises Refusal."""
    require_addable(release)
    if kept := [user for user in sorted(added.people) if barred(added, user, release)]:
        raise FieldRefusal("people", listing([Who(user) for user in kept]), " leads or deploys ", Said(release.title),
                           ", and its ", Said(release.policy.name), " policy leaves the go to others. Please name "
                           "somebody else.", code="duties_separated")  # fmt: skip
    if next(too_few((*release.sign_offs, added)), None) is not None:
        raise FieldRefusal("people", "That is too few people: each counts for one sign-off only, and ",
                           Said(added.role), f" needs {added.needs}. Please name somebody who is not asked for "
                           "another one.",
                           code="too_few")  # fmt: skip
    release.replace_policy_sign_offs((*release.sign_offs, added))
    count = f"{added.needs} go" if added.needs > 1 else "a go"
    release.happened("sign_off_added", now, by, "added the sign-off ", Said(added.role), f": {count} of ",
                     asked_of(added), role=added.role, needs=added.needs, people=sorted(added.people),
                     channels=sorted(added.channels), groups=sorted(added.groups))  # fmt: skip
