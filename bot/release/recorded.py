"""Record the go of somebody who is not in Slack, as far as the policy permits: the captain does, with a link to it."""

import hashlib
import re
from datetime import datetime

from bot.release.as_shown import Prints, require_same_content, require_shown
from bot.release.electorate import Electorate, is_recorded
from bot.release.errors import FieldRefusal, Refusal
from bot.release.policy import SignOff, service_key
from bot.release.poll import look_again
from bot.release.release import Choice, Release, Vote
from bot.release.states import Move, State
from bot.release.words import Code, Said, Who, listing, words

#: Characters that a name, and a link, may have.
LONGEST_NAME, LONGEST_LINK = 80, 500
_LINK = re.compile(r"https?://[^\s<>|]+\.[^\s<>|]+", re.IGNORECASE)


def id_of(name: str) -> str:
    """What somebody outside Slack is known by here; capitals and spaces do not matter."""
    return "X" + hashlib.sha256(service_key(name).encode()).hexdigest()[:8].upper()


def possible_roles(release: Release) -> list[SignOff]:
    """The sign-offs for which a go may be recorded."""
    return [one for one in release.sign_offs if one.recorded]


def require_recordable(release: Release) -> None:
    """Raise the Refusal that says why no go of anybody outside can be recorded, unless one can be."""
    release.require(Move.RECORD_GO)
    if not possible_roles(release):
        raise Refusal("The ", Said(release.policy.name), " policy of ", Said(release.title), " takes answers from "
                      "people in Slack only. Whoever may answer does it on its card.",
                      code="nobody_recorded", offers=("why",))  # fmt: skip
    if release.round is None or release.stage is not State.OPEN:
        raise Refusal(Said(release.title), " is on hold, and its go/no-go has not opened yet.", code="not_open_yet")


def require_link(link: str) -> str:
    """The address where their go can be read."""
    link = link.strip()
    if not _LINK.fullmatch(link) or len(link) > LONGEST_LINK:
        raise FieldRefusal("link", "Please give the address where their go can be read, for example ",
                           Code("https://mail.example/archive/4711"), ".", code="bad_link")  # fmt: skip
    return link


def record_go(
    release: Release,
    electorate: Electorate,
    *,
    name: str,
    role: str | None,
    link: str,
    now: datetime,
    by: str,
    path: str,
    round_shown: int | None = None,
    prints_shown: Prints | None = None,
) -> Vote:
    """Count the go of somebody outside Slack. Both names stay on record. Raises Refusal.

    `round_shown` and `prints_shown` (by sign-off role) say what whoever records it was looking at.
    """
    require_recordable(release)
    require_shown(release, round_shown)
    sign_off = _sign_off(release, role)
    require_same_content(release, sign_off, prints_shown)
    link, whose = require_link(link), id_of(name)
    if not service_key(name) or len(name) > LONGEST_NAME:
        raise FieldRefusal("name", "Please give the name of whoever said go, for example Jo Miller.", code="bad_name")
    held = [vote for vote in release.round_votes() if is_recorded(vote.user)]
    mine = next((vote for vote in held if vote.user == whose), None)
    given = [vote for vote in held if vote.sign_off == sign_off.role and vote is not mine]
    if len(given) >= sign_off.recorded:
        raise Refusal(f"{sign_off.role} takes {sign_off.recorded} recorded go, and ",
                      listing([Who(vote.user) for vote in given]), " has given that. The others answer in Slack.",
                      code="enough_recorded", offers=("why",))  # fmt: skip
    number = release.round.number if release.round is not None else 0
    vote = Vote(whose, Choice.GO, now, number, sign_off.role, release.fingerprint(sign_off.covers), link, path,
                cast_by=by)  # fmt: skip
    if mine is not None and (mine.why, mine.sign_off, mine.fingerprint, mine.cast_by, mine.kept) == (
        vote.why, vote.sign_off, vote.fingerprint, by, False,
    ):  # fmt: skip
        return mine
    release.votes = [old for old in release.votes if old is not mine] + [vote]
    several = f" for {sign_off.role}" if len(release.sign_offs) > 1 else ""
    release.happened("voted", now, by, "recorded the go of ", Who(whose), several, why=link, whose=whose, user=whose,
                     choice=Choice.GO.value, role=sign_off.role, round=number)  # fmt: skip
    look_again(release, electorate, now=now)
    return vote


def recorded_goes(release: Release) -> list[Vote]:
    """The gos of the present round that stand for somebody outside Slack."""
    return [vote for vote in release.round_votes() if is_recorded(vote.user)]


def withdraw_go(
    release: Release, whose: str, called: str = "", *, now: datetime, by: str, round_shown: int | None = None
) -> Vote:
    """Take back what was recorded for this id. `called`: as they were typed. Raises Refusal.

    That it was said, and that it was taken back, stays in the audit log.
    """
    require_recordable(release)
    require_shown(release, round_shown)
    held = recorded_goes(release)
    taken = next((vote for vote in held if vote.user == whose), None)
    if taken is None:
        rest = words(" Recorded: ", listing([Who(vote.user) for vote in held]), ".") if held else ()
        that = words("“", Said(called), "”") if called else words("anybody outside Slack")
        raise Refusal("No go of ", that, " is recorded for ", Said(release.title), ".", rest,
                      code="nothing_recorded", offers=("why",))  # fmt: skip
    _take_back(release, taken, now, by)
    return taken


def keep_to_policy(release: Release, *, now: datetime, by: str) -> None:
    """Take the latest back where more were recorded for a sign-off than its policy permits by now."""
    for sign_off in release.sign_offs:
        held = [vote for vote in recorded_goes(release) if vote.sign_off == sign_off.role]
        for vote in held[sign_off.recorded :]:
            _take_back(release, vote, now, by)


def _take_back(release: Release, taken: Vote, now: datetime, by: str) -> None:
    release.votes = [vote for vote in release.votes if vote is not taken]
    several = f" for {taken.sign_off}" if len(release.sign_offs) > 1 else ""
    number = release.round.number if release.round is not None else 0
    release.happened("recorded_go_withdrawn", now, by, "took back the go of ", Who(taken.user), several,
                     whose=taken.user, user=taken.user, role=taken.sign_off, round=number)  # fmt: skip


def _sign_off(release: Release, role: str | None) -> SignOff:
    able = possible_roles(release)
    found = [one for one in able if role is None or service_key(one.role) == service_key(role)]
    if len(found) == 1:
        return found[0]
    raise FieldRefusal("role", "For which sign-off: ", listing([one.role for one in able], last=" or "), "?",
                       code="which_role")  # fmt: skip
