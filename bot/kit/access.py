"""Decide who may do what to a release, at click time, by ids and by the release's own policy. Empty means nobody."""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.kit.blocks import Actions, Button, Menu
from bot.kit.declare import Verb, hold_mark
from bot.kit.delegated import for_whom
from bot.kit.desk import Desk
from bot.kit.telling import headline, in_public
from bot.release.checklist import can_change, may_tick, to_do
from bot.release.conditions import may_settle, open_now
from bot.release.decision import owing
from bot.release.delegating import principals
from bot.release.electorate import signed_apart, signed_as_no_deployer
from bot.release.errors import Refusal
from bot.release.policy import Role
from bot.release.release import Release
from bot.release.rights import ROLE_WORDS, who_may
from bot.release.states import RULED, Move, State
from bot.release.words import At, Code, Said, Who, Words, listing, words

#: What is meant for the round and the time that the button showed, and for no other.
_AS_SHOWN = {Move.POLL, Move.POLL_CLOSE, Move.EXTEND, Move.DEPLOY_START, Move.VOTE, Move.RESUME}
#: What whoever gave a sign-off leaves to others, where the policy keeps duties separated.
_APART = {Move.TAKE_OVER, Move.DEPLOY_START}
#: What a deployer does.
_DEPLOYERS = {Move.DEPLOY_START, Move.DEPLOY_DONE, Move.DEPLOY_FAIL}
#: What is left of a message to somebody who may not know of its release any more.
NOT_YOURS: Words = ("This was about a release that is private to its channel, and you are not there any more.",)
NOT_A_GUESTS: Words = ("This was about a release in a channel that you are not in, and you are a guest now.",)


def require_full_member(
    desk: Desk, user: str, team: str | None, verb: Verb | None = None, shown: Mapping[str, Any] | None = None
) -> None:
    """Only active humans of this workspace (on Grid: of its organisation) act: no guests, no strangers, no bots.

    Whom a release's policy names from outside may answer its go/no-go and ask why, with the buttons that were `shown`;
    and nothing else. `team` is what Slack says of the gesture. On Grid that may be any workspace of the organisation,
    so there what is known of the person decides alone.
    """
    workspace = desk.workspace
    strange = team is not None and team != workspace.team_id and not workspace.enterprise_id
    if not strange and desk.is_full_member(user):
        return
    if _is_named_from_outside(desk, user, (shown or {}).get("r")):
        if verb is not None and (verb.move is Move.VOTE or verb.outside):
            return
        raise Refusal("You may answer the go/no-go of this release and ask why; everything else is done by members of "
                      "this workspace.", code="foreign", offers=("go", "no-go", "why"))  # fmt: skip
    person = desk.work.people.get(user)
    if person is None and not strange:
        raise Refusal("I can't reach Slack to see who you are right now. Nothing changed; please try again.",
                      code="unknown_person")  # fmt: skip
    if strange or not (person is None or person.is_restricted or person.is_bot or person.deleted):
        raise Refusal("You belong to another workspace, and only members of this one can act on its releases.",
                      code="foreign")  # fmt: skip
    raise Refusal("Only full members of this workspace can act on releases; guests can't.", code="not_full_member")


def _is_named_from_outside(desk: Desk, user: str, release: Any) -> bool:
    person = desk.work.people.get(user)
    if person is not None and person.is_restricted:  # a guest, whatever a policy says
        return False
    found = desk.work.releases.get(release) if isinstance(release, int) else None
    return found is not None and any(user in sign_off.outside for sign_off in found.sign_offs)


def require_admin(desk: Desk, user: str) -> None:
    """Only release admins; where there is none yet, the Refusal says how to become one."""
    if user in desk.work.roles.admins():
        return
    if admins := present_admins(desk):
        named = listing([Who(admin) for admin in sorted(admins)])
        raise Refusal("Only release admins can do this: ", named, ".", code="not_admin")
    raise Refusal(*no_admin(desk), code="no_admin")


def present_admins(desk: Desk) -> frozenset[str]:
    """The release admins, without those who have left the workspace or are guests there now."""
    admins = desk.work.roles.admins()
    return admins - desk.work.people.lost(admins)


def no_admin(desk: Desk) -> Words:
    """That there is none, and how to become one."""
    typed = Code(f"{desk.catalogue.command} setup CODE")
    how = words(" Type ", typed, " with the code that the bot prints when it starts.")
    gone = desk.work.roles.admins()
    if not gone:
        return words("There is no admin yet.", how)
    return words("No admin is left: ", listing([Who(one) for one in sorted(gone)]), " can't act here any more.", how)


def roles_of(desk: Desk, user: str, release: Release) -> frozenset[Role]:
    """The roles this person has for this release now."""
    roles = set()
    if user == release.captain:
        roles.add(Role.CAPTAIN)
    deployer = release.deployer or release.captain
    if user == deployer or (_deploys_instead(desk, user, release) and not signed_as_no_deployer(release, user)):
        roles.add(Role.DEPLOYER)
    if user == release.held_by:
        roles.add(Role.HOLDER)
    if user in desk.work.roles.admins():
        roles.add(Role.ADMIN)
    electorate = desk.electorate(release)
    if any(electorate.may_give(sign_off, user, release) for sign_off in release.sign_offs):
        roles.add(Role.APPROVER)
    if desk.is_in_channel(user, release):
        roles.add(Role.ANYONE)
    if roles & {Role.CAPTAIN, Role.DEPLOYER, Role.APPROVER, Role.ANYONE}:
        roles.add(Role.CREW)
    return frozenset(roles)


def _deploys_instead(desk: Desk, user: str, release: Release) -> bool:
    """Whether this is the captain of what a deployer who was lost should deploy."""
    return user == release.captain and release.deployer is not None and is_lost(release.deployer, desk)


def granters(user: str, desk: Desk) -> list[str]:
    """Who can grant the exception that this person asks for: the other admins that are still here."""
    return sorted(desk.full_members(desk.work.roles.admins() - {user}))


def may_see(desk: Desk, user: str, release: Release) -> bool:
    """A private channel's release exists only for its members, its crew and admins; to a guest, every channel's does.

    Slack shows guests only the channels that they are in.
    """
    if is_guest(desk, user):
        return desk.is_in_channel(user, release)
    person = desk.work.people.get(user)
    hidden = release.is_private or (person is not None and not person.is_full_member)
    return not hidden or is_crew(desk, user, release)


def is_guest(desk: Desk, user: str) -> bool:
    person = desk.work.people.get(user)
    return person is not None and person.is_restricted and not person.deleted


def is_lost(user: str, desk: Desk) -> bool:
    """Whether this person is known to have left the workspace, or to be a guest there."""
    return user in desk.work.people.lost({user})


def how_lost(user: str, desk: Desk) -> str:
    person = desk.work.people.get(user)
    return "is a guest now" if person is not None and not person.deleted else "left this workspace"


def lost(release: Release, desk: Desk) -> Words:
    return words(Who(release.captain), f", its captain, {how_lost(release.captain, desk)}.")


def is_crew(desk: Desk, user: str, release: Release) -> bool:
    """Votes and reasons are for its captain, deployer, approvers and channel, and for admins."""
    return bool(roles_of(desk, user, release) & {Role.CREW, Role.ADMIN})


def stands(desk: Desk, user: str | None, release: Release) -> Words:
    """The state in words, as that person may read it."""
    if user is not None and is_crew(desk, user, release):
        return headline(release, desk.electorate(release))
    return in_public(release)


def may(desk: Desk, user: str, move: Move, release: Release) -> bool:
    if move in RULED:  # the rules of the release answer that, and explain
        return True
    return bool(roles_of(desk, user, release) & release.policy.who_may(move))


def can(desk: Desk, user: str, move: Move, release: Release) -> bool:
    """Whether a button for it is of use to this person: for a vote, whether any sign-off is theirs to give; for a
    condition, whether any is theirs to see to; for a tick, whether an item of theirs is left.
    """
    if move in _APART and signed_apart(release, user) is not None:
        return False
    if move is Move.CONDITION:
        return any(may_settle(release, one, user, met=True) for one in open_now(release))
    if move is Move.TICK:
        return can_change(release) and any(may_tick(item, user, release) for item in to_do(release))
    if move is not Move.VOTE:
        return desk.is_full_member(user) and may(desk, user, move, release)
    electorate = desk.electorate(release)
    mine = any(electorate.may_give(sign_off, user, release) for sign_off in release.sign_offs)
    return mine or bool(principals(release, electorate, user))


def of_use(
    desk: Desk, user: str, release: Release, row: Iterable[Button], behind: Iterable[Button] = ()
) -> tuple[Actions, ...]:
    """Those of the verbs' buttons that this person may press, `behind` them in a menu; empty where there is none."""

    def mine(buttons: Iterable[Button]) -> tuple[Button, ...]:
        verbs = [(one, desk.catalogue.verbs[one.name.removeprefix("do.")]) for one in buttons]
        return tuple(one for one, verb in verbs if verb.move is None or can(desk, user, verb.move, release))

    shown, menu = mine(row), mine(behind)
    return (Actions(shown, Menu(menu) if menu else None),) if shown or menu else ()


def require(desk: Desk, user: str, move: Move, release: Release) -> None:
    """Raise the Refusal that names who may, unless this person may."""
    if move in _APART and (role := signed_apart(release, user)) is not None:
        raise Refusal("You signed off ", Said(role), " of ", Said(release.title), ", and its ",
                      Said(release.policy.name), " policy keeps that apart from leading and deploying it. "
                      "Somebody else has to do this.", code="duties_separated", offers=("status",))  # fmt: skip
    if may(desk, user, move, release):
        return
    if move in _DEPLOYERS and _deploys_instead(desk, user, release) and (role := signed_as_no_deployer(release, user)):
        raise Refusal("You signed off ", Said(role), " of ", Said(release.title), ", which whoever deploys it may not. "
                      "Name somebody else who deploys it, or hand it over.", code="duties_separated",
                      offers=("edit", "captain"))  # fmt: skip
    said = words("You can't do that to ", Said(release.title), ": its ", release.policy.name, " policy leaves “",
                 move.value, "” to ", who_may(release, move), ".")  # fmt: skip
    if move is Move.RESUME and release.held_by:
        said = words(said, " ", Who(release.held_by), " put it on hold: “", Said(release.held_why), "”.")
    if is_lost(release.captain, desk) and Move.TAKE_OVER in release.possible:
        able = can(desk, user, Move.TAKE_OVER, release)
        raise Refusal(*said, " ", *lost(release, desk), " Whoever takes it over leads it.", code="may_not",
                      offers=("take-over", "status") if able else ("status",))  # fmt: skip
    raise Refusal(*said, code="may_not", offers=("status",))


def require_as_shown(release: Release, move: Move | None, data: Mapping[str, Any]) -> None:
    """Refuse what a button drawn for another round or another time would do now, if it matters for this move."""
    if move not in _AS_SHOWN or "n" not in data or (move is Move.VOTE and "f" in data):
        return  # typed; or a vote, whose fingerprints say it better
    round_now = release.round.number if release.round else 0
    same_round = data["n"] == round_now or move in (Move.VOTE, Move.RESUME)  # a vote's refusal names the rounds
    same_plan = data.get("v", 1) == release.plan_revision  # buttons without it were drawn before plans were counted
    if move is Move.RESUME and data.get("h", hold_mark(release)) != hold_mark(release):
        raise Refusal(Said(release.title), " is on hold for another reason now: “", Said(release.held_why), "”.",
                      code="superseded", offers=(move.value, "status"))  # fmt: skip
    if (same_round and same_plan) or move is Move.RESUME:
        return
    zone = release.planned.zone
    raise Refusal(
        Said(release.title), " has changed since that message: it is planned for ",
        At(release.target_at, "day", zone), " now.",
        code="superseded", offers=("status",) if move is Move.VOTE else (move.value, "status"),
    )  # fmt: skip


def require_create(desk: Desk, release: Release) -> None:
    """Raise the Refusal that names who may, unless its policy lets its creator plan it."""
    user, create = release.created_by, release.policy.create
    electorate = desk.electorate(release)
    # Nobody is captain, deployer or holder of what is not planned yet.
    roles = {Role.ADMIN} if user in desk.work.roles.admins() else set()
    if desk.is_in_channel(user, release):
        roles |= {Role.ANYONE, Role.CREW}
    if any(user in electorate.eligible.get(sign_off.role, ()) for sign_off in release.sign_offs):
        roles |= {Role.APPROVER, Role.CREW}
    if not roles & create:
        allowed = listing([ROLE_WORDS[role] for role in Role if role in create], last=" or ")
        raise Refusal("You can't plan ", Said(release.title), ": the ", Said(release.policy.name),
                      " policy leaves that to ", allowed, ".", code="may_not_create")  # fmt: skip


def owes(desk: Desk, user: str, release: Release) -> bool:
    """Whether the open go/no-go waits for this person."""
    if release.state is not State.OPEN or not may_see(desk, user, release):
        return False
    return user in owing(release, desk.electorate(release)) or bool(for_whom(release, desk, user))
