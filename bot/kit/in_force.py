"""Find which policy is in force for a service, and which open releases keep an older version of it."""

from dataclasses import dataclass, replace

from bot.kit.desk import Desk
from bot.release.errors import Refusal
from bot.release.policy import BUILT_IN, Policy, service_key, unknown_service
from bot.release.reapplying import effect, newer
from bot.release.release import Release
from bot.release.words import Bold, Words, words
from storage.work import Work

#: So many open releases are looked through for what they follow.
MOST_LOOKED = 200


def policy_for(service: str, desk: Desk) -> Policy:
    """The applied policy that names the service; else the default; else the workspace's built-in one.

    Raises Refusal where policies are applied and none of them is for it.
    """
    policies = desk.work.policies
    found = policies.for_service(service_key(service))
    if found is not None:
        return found
    if policies.any_applied():
        raise unknown_service(service, policies.known_services())
    return BUILT_IN[desk.workspace.policy]


def all_in_force(desk: Desk) -> list[Policy]:
    """Every policy that new releases may follow. The built-in one, where none was applied, is for all services."""
    return desk.work.policies.all_latest() or [replace(BUILT_IN[desk.workspace.policy], is_default=True)]


@dataclass(frozen=True)
class Kept:
    """An open release that was planned under an older version of a policy, and what it would follow instead."""

    release: Release
    after: Policy

    def told(self, ref: str) -> Words:
        """One line: which it is, and what taking the newer one over would do."""
        version = f" · version {self.release.policy.version}: "
        return words(Bold(self.release.title), f" ({ref})", version, effect(self.release, self.after))


def keeping_older(policy: Policy, work: Work) -> list[Kept]:
    """The open releases, in the order of their times, that `re-apply` would take over to this policy."""
    found = []
    for release in work.releases.all_open(MOST_LOOKED):
        if release.policy.name != policy.name or release.kind.value not in policy.kinds:
            continue
        after = newer(release, policy, added_to(release, work))
        if after is not None:
            found.append(Kept(release, after))
    return found


def how_many_keep(number: int) -> str:
    """Of those: “One open release keeps what it was planned with”."""
    if number == 1:
        return "One open release keeps what it was planned with"
    return f"{number} open releases keep what they were planned with"


def newer_for(release: Release, desk: Desk) -> Policy | None:
    """What `re-apply` would take over into this release; None where that is nothing, or not possible."""
    try:
        return newer(release, policy_for(release.service, desk), added_to(release, desk.work))
    except Refusal:  # its policy is retired, or does not allow its kind any more
        return None


def added_to(release: Release, work: Work) -> frozenset[str]:
    """The sign-offs that its captain added to this release alone."""
    rows = work.audit.named(release.id, ("sign_off_added",))
    return frozenset(str(row.details.get("role", "")) for row in rows)
