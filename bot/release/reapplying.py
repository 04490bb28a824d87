"""Take the version of its policy that is in force now over into a release that was planned under an older one."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime

from bot.release import conditions, planning, poll, recorded
from bot.release.electorate import Electorate
from bot.release.errors import Refusal
from bot.release.policy import Policy, for_kind
from bot.release.release import Kind, Release
from bot.release.states import BEFORE_DEPLOY, Move, State
from bot.release.timeline import deadline, opening, require_reachable
from bot.release.words import Said, Words, listing, words

#: Who may give each sign-off of a release, by the policy that it has at that moment.
Electing = Callable[[Release], Electorate]


def newer(release: Release, policy: Policy, added: Collection[str] = ()) -> Policy | None:
    """What this release would follow: the policy for its kind, with the sign-offs that were `added` to it alone.

    None where that is what it follows already, or where nothing can be taken over any more. Raises Refusal for a kind
    that the policy does not allow.
    """
    if release.state not in BEFORE_DEPLOY:
        return None
    taken = for_kind(policy, release.kind)
    there = {one.role for one in taken.sign_offs}
    own = tuple(one for one in release.sign_offs if one.role in added and one.role not in there)
    taken = replace(taken, sign_offs=(*taken.sign_offs, *own))
    same = (taken.name, taken.version) == (release.policy.name, release.policy.version)
    return None if same or replace(taken, version=release.policy.version) == release.policy else taken


def touched(before: Policy, after: Policy) -> tuple[str, ...]:
    """The sign-offs that are new, or ask otherwise than they did; whoever gives them has to look again."""
    were = {one.role: one for one in before.sign_offs}
    return tuple(one.role for one in after.sign_offs if were.get(one.role) != one)


def more_items(before: Policy, after: Policy) -> int:
    """How many items of the checklist go would wait for that it did not wait for."""
    were = {item.key for item in before.checklist if item.mandatory}
    return len({item.key for item in after.checklist if item.mandatory} - were)


def gone(before: Policy, after: Policy) -> tuple[str, ...]:
    """The sign-offs that are not asked any more."""
    stay = {one.role for one in after.sign_offs}
    return tuple(one.role for one in before.sign_offs if one.role not in stay)


def reapply(
    release: Release, policy: Policy, electing: Electing, *, added: Collection[str] = (), now: datetime, by: str
) -> tuple[str, ...]:
    """Follow this policy from now on. Returns the sign-offs that are touched.

    Votes for sign-offs that are gone do not count; what a sign-off covers anew, its voters look at again. An approval
    stays where no sign-off is touched; else it is asked for anew.
    """
    release.require(Move.REAPPLY)
    after = newer(release, policy, added)
    if after is None:
        raise Refusal(Said(release.title), " follows version ", str(release.policy.version), " of ",
                      Said(release.policy.name), " already, which is in force.", code="newest_policy")  # fmt: skip
    before, release.policy = release.policy, after
    roles = touched(before, after)
    stage, closes_was = release.stage, planning.open_until(release)
    electorate = electing(release)
    if stage in (State.SCHEDULED, State.OPEN):
        _new_times(release, before, now, by)
    elif stage is State.APPROVED and _ends_approval(release, before, after):
        _require_time(release, now)
        planning.reopen(release, now)
    release.happened("policy_reapplied", now, by, "took over version ", str(after.version), " of the policy ",
                     Said(after.name), was=before.version, to=after.version, policy=after.name,
                     touched=[*roles, *gone(before, after)],
                     approval_ended=stage is State.APPROVED and release.stage is not stage,
                     closes_was=closes_was)  # fmt: skip
    recorded.keep_to_policy(release, now=now, by=by)
    if release.state is State.SCHEDULED and release.opens_at is not None and release.opens_at <= now:
        poll.open_poll(release, electorate, now=now, by=None)
    poll.look_again(release, electorate, now=now)
    return roles


def _ends_approval(release: Release, before: Policy, after: Policy) -> bool:
    """Whether it was given under a rule that asked for less, or for other things."""
    asked = bool(touched(before, after)) and release.kind is not Kind.STANDARD
    return asked or more_items(before, after) > 0


def _new_times(release: Release, before: Policy, now: datetime, by: str) -> None:
    """The opening or the deadline by the new policy; more time that was given stays, and none ends in the past."""
    after, planned = release.policy, release.planned
    if release.stage is State.SCHEDULED:
        _require_time(release, now)
        if (after.opens, after.closes) != (before.opens, before.closes):
            release.opens_at = opening(after, planned, now, release.days_off)
        return
    held = release.round
    if held is None or (after.opens, after.closes, after.open_at_least) == (
        before.opens, before.closes, before.open_at_least,
    ):  # fmt: skip
        return
    closes = deadline(after, planned, held.opened_at, release.days_off)
    if closes > now:
        conditions.move_close(release, closes, now, by)


def _require_time(release: Release, now: datetime) -> None:
    if release.kind is not Kind.STANDARD:
        require_reachable(release.policy, release.planned, now, release.days_off)


def effect(release: Release, after: Policy) -> Words:
    """What taking this policy over does to what is asked: “QA is asked again, Security is asked too”."""
    before = release.policy
    were = {one.role: one for one in before.sign_offs}
    now = {one.role: one for one in after.sign_offs}
    roles = touched(before, after)
    covers = [role for role in roles if role in were and were[role].covers != now[role].covers]
    said = [(covers, "asked again"), ([role for role in roles if role not in were], "asked too"),
            ([role for role in roles if role in were and role not in covers], "asked otherwise"),
            (gone(before, after), "not asked any more")]  # fmt: skip
    rows = [
        words(listing([Said(role) for role in some]), " is " if len(some) == 1 else " are ", what)
        for some, what in said
        if some
    ]
    if items := more_items(before, after):
        first = "one item to be done" if items == 1 else f"{items} items to be done"
        rows.append(words(f"{items} more of its checklist to be done" if before.checklist else first))
    if release.stage is State.APPROVED and _ends_approval(release, before, after):
        rows.append(words("its go is asked for anew"))
    return listing(rows, last=", ") or words("no sign-off changes")
