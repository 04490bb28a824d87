"""Say in words who may do what to a release, by its own policy: the captain and the like by name."""

from bot.release.policy import Role
from bot.release.release import Release
from bot.release.states import Move
from bot.release.words import Who, Words, listing, words

ROLE_WORDS = {
    Role.ANYONE: "full members of its channel",
    Role.CREW: "its crew",
    Role.APPROVER: "its approvers",
    Role.DEPLOYER: "the deployer",
    Role.CAPTAIN: "the captain",
    Role.HOLDER: "whoever put it on hold",
    Role.ADMIN: "release admins",
}


def who_may(release: Release, move: Move, *, but: str | None = None) -> Words:
    """Those who may, in words, the captain and the like by name; without `but`, who is told it."""
    by_name = {Role.CAPTAIN: release.captain, Role.HOLDER: release.held_by, Role.DEPLOYER: release.deployer}
    said: list[Words] = []
    named = {but}
    for role in Role:
        if role not in release.policy.who_may(move):
            continue
        if (who := by_name.get(role)) is None:
            said.append((ROLE_WORDS[role],))
        elif who not in named:
            named.add(who)
            said.append(words(ROLE_WORDS[role], " (", Who(who), ")"))
    return listing(said, last=" or ")
