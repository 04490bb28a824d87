"""Say who may give which sign-off, and whom the policy keeps from it for leading or deploying the release."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.release.causes import Check
from bot.release.policy import SignOff
from bot.release.release import Choice, Release, Vote

#: A list of members older than this is not relied on (source: the domain's *light* policy).
FRESH = timedelta(minutes=15)
#: A go that depends on something is one as well.
_GIVES = (Choice.GO, Choice.GO_IF)


#: Until when each of these people is away, of those who are.
Away = Callable[[Iterable[str]], Mapping[str, datetime]]


def nobody_away(_: Iterable[str]) -> Mapping[str, datetime]:
    return {}


@dataclass(frozen=True)
class Electorate:
    """Who may give which sign-off, by role: ids of full members, as known at the moment of asking.

    `alone` is true only when a complete, fresh list shows that the captain is the channel's only full member.
    `as_of`, by role: the age of its oldest list of members; a role of people by name has none, and is always fresh.
    `fresh_since`: lists of then and later are relied on. `delegates`: who gives it for somebody who is away. `checks`:
    what else stands in the way, whoever votes. `away`: until when each of some people is away, of those who are.
    """

    eligible: Mapping[str, frozenset[str]]
    alone: bool = False
    as_of: Mapping[str, datetime] = field(default_factory=dict)
    fresh_since: datetime | None = None
    delegates: Mapping[str, str] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    away: Away = field(default=nobody_away, compare=False)

    def is_fresh(self, sign_off: SignOff) -> bool:
        """Whether the lists behind this sign-off are recent enough to rely on."""
        as_of = self.as_of.get(sign_off.role)
        return as_of is None or self.fresh_since is None or as_of >= self.fresh_since

    def listed_as_of(self, sign_off: SignOff, user: str) -> datetime | None:
        """The age of the list that says that this person may give it; None: the policy names them."""
        named = user in sign_off.people or user in sign_off.outside or is_recorded(user)
        return None if named else self.as_of.get(sign_off.role)

    def confirms(self, sign_off: SignOff, vote: Vote) -> bool:
        """Whether what is known now was recent enough when this was said."""
        as_of = self.listed_as_of(sign_off, vote.user)
        return as_of is None or as_of >= vote.at - FRESH

    def may_give(self, sign_off: SignOff, user: str, release: Release) -> bool:
        if is_recorded(user):  # the captain said so, and the policy permits that
            return sign_off.recorded > 0
        if user not in self.eligible.get(sign_off.role, ()):
            return False
        only_one = self.alone and sign_off.alone_may and user == release.captain
        return only_one or not barred(sign_off, user, release)

    def givers(self, sign_off: SignOff, release: Release) -> frozenset[str]:
        """Everyone who may give this sign-off now."""
        names = self.eligible.get(sign_off.role, frozenset())
        # Only who leads it can be kept from it: the others need no look one by one.
        leads = {release.captain, release.deployer, release.created_by}
        return names - {user for user in leads if user in names and not self.may_give(sign_off, user, release)}


def counts_for_another(vote: Vote, sign_off: SignOff, release: Release) -> bool:
    """Whether whoever gave this for somebody else may do so: a delegate is kept from it as anybody is."""
    if vote.cast_by is None or is_recorded(vote.user):
        return True
    return sign_off.delegates and not barred(sign_off, vote.cast_by, release)


def is_recorded(user: str) -> bool:
    """Whether this stands for somebody who is not in Slack (see recorded.py): no id of Slack's begins so."""
    return user.startswith("X")


def sources(sign_off: SignOff, release: Release) -> frozenset[str]:
    """The channels and user groups (ids) whose members may give it."""
    here = frozenset({release.channel}) if sign_off.whole_channel else frozenset[str]()
    further = sign_off.escalation.groups if sign_off.escalation and sign_off.role in release.escalated else here
    return sign_off.channels | sign_off.groups | further | here


def barred(sign_off: SignOff, user: str, release: Release) -> bool:
    """Whether the policy keeps this person from this sign-off for being the captain or the deployer.

    Where it keeps both from it, it separates duties: then the author stays barred, whoever took over since.
    """
    deployer = release.deployer or release.captain
    author = user == release.created_by and sign_off.separates
    return (
        author or (user == release.captain and not sign_off.captain_may)
        or (user == deployer and not sign_off.deployer_may)
    )  # fmt: skip


def is_authors(vote: Vote, release: Release) -> bool:
    """Whether it is of who planned the release and does not lead it any more, or said for somebody by them."""
    return release.created_by in (vote.user, vote.cast_by) and release.captain != release.created_by


def signed_apart(release: Release, user: str) -> str | None:
    """The sign-off that this person gave in this round and that separates duties: they may not lead or deploy it."""
    return next((one.role for one in _given(release, user) if one.separates), None)


def signed_as_no_deployer(release: Release, user: str) -> str | None:
    """The sign-off that this person gave in this round and that a deployer may not give: they may not deploy it."""
    return next((one.role for one in _given(release, user) if not one.deployer_may), None)


def _given(release: Release, user: str) -> list[SignOff]:
    """What this person said go to in this round, also for somebody else."""
    answers = [vote for vote in release.round_votes() if not is_recorded(vote.user) and vote.choice in _GIVES]
    roles = [vote.sign_off for vote in answers if user in (vote.user, vote.cast_by)]
    return [one for role in roles if (one := release.sign_off(role)) is not None]
