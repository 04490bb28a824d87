"""Decide who may do what to a release, at click time, by ids and by the release's own policy. Empty means nobody."""

from bot.kit.desk import Desk
from bot.release.errors import Refusal
from bot.release.policy import Role
from bot.release.release import Release
from bot.release.states import Move, State
from bot.release.words import Said, Who, Words, listing, words

ROLE_WORDS = {
    Role.ANYONE: "full members of its channel",
    Role.CREW: "its crew",
    Role.APPROVER: "its approvers",
    Role.DEPLOYER: "the deployer",
    Role.CAPTAIN: "the captain",
    Role.HOLDER: "whoever put it on hold",
    Role.ADMIN: "release admins",
}


def require_full_member(desk: Desk, user: str, team: str | None) -> None:
    """Only active humans of this workspace act: no guests, no people of other workspaces, no bots."""
    workspace = desk.workspace
    if team is not None and team not in (workspace.team_id, workspace.enterprise_id):
        raise Refusal("You belong to another workspace, and only members of this one can act on its releases.",
                      code="foreign")  # fmt: skip
    if not desk.is_full_member(user):
        if desk.work.people.get(user) is None:
            raise Refusal("I can't reach Slack to see who you are right now. Nothing changed; please try again.",
                          code="unknown_person")  # fmt: skip
        raise Refusal("Only full members of this workspace can act on releases; guests can't.", code="not_full_member")


def roles_of(desk: Desk, user: str, release: Release) -> frozenset[Role]:
    """The roles this person has for this release now."""
    roles = set()
    if user == release.captain:
        roles.add(Role.CAPTAIN)
    if user == (release.deployer or release.captain):
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


def may_see(desk: Desk, user: str, release: Release) -> bool:
    """A private channel's release exists only for its members, its crew and admins."""
    if not release.is_private:
        return True
    return bool(roles_of(desk, user, release) & {Role.CREW, Role.ADMIN})


def may(desk: Desk, user: str, move: Move, release: Release) -> bool:
    if move is Move.VOTE:  # the decision rule answers that, and explains
        return True
    return bool(roles_of(desk, user, release) & release.policy.who_may(move))


def require(desk: Desk, user: str, move: Move, release: Release) -> None:
    """Raise the Refusal that names who may, unless this person may."""
    if may(desk, user, move, release):
        return
    raise Refusal("You can't do that to ", Said(release.title), ": its ", release.policy.name, " policy leaves “",
                  move.value, "” to ", who_may(release, move), ".", code="may_not", offers=("status",))  # fmt: skip


def who_may(release: Release, move: Move) -> Words:
    """Those who may, in words, the captain by name."""
    roles = [role for role in Role if role in release.policy.who_may(move)]
    return listing(
        [
            words("the captain (", Who(release.captain), ")") if role is Role.CAPTAIN else ROLE_WORDS[role]
            for role in roles
        ],
        last=" or ",
    )


def owes(desk: Desk, user: str, release: Release) -> bool:
    """Whether this person may answer the open poll and has not."""
    if release.state is not State.OPEN or not may_see(desk, user, release):
        return False
    electorate = desk.electorate(release)
    answered = any(vote.user == user for vote in release.round_votes())
    return not answered and any(electorate.may_give(sign_off, user, release) for sign_off in release.sign_offs)
