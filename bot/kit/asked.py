"""Find whom an open go/no-go asks by direct message, and when: in their own hours, unless its deadline would pass."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from bot.kit.desk import Desk
from bot.kit.voters import only_further
from bot.release.escalation import escalates_at
from bot.release.hours import in_hours
from bot.release.release import Release
from bot.release.words import Said, Words, words

#: Where more people than this are eligible, the card asks instead of direct messages.
MOST_ASKED = 8
#: So much of a release's name and of a sign-off's leaves room for the question where 120 characters are shown.
MOST_OF_TITLE, MOST_OF_ROLE = 40, 24


def in_short(text: str, most: int) -> str:
    """The text, or its beginning and its end, which tells versions apart."""
    ends = (most - 1) // 2
    return text if len(text) <= most else f"{text[: most - 1 - ends]}…{text[-ends:]}"


def in_full(release: Release) -> Words:
    """Its whole name, where a question names it in short."""
    return words(Said(release.title)) if len(release.title) > MOST_OF_TITLE else ()


def asked_by_message(release: Release, desk: Desk) -> frozenset[str]:
    """Those who may give a sign-off of few, and who objected before; whether or not they have answered."""
    electorate = desk.electorate(release)
    few: set[str] = set()
    for sign_off in release.sign_offs:
        givers = electorate.givers(sign_off, release)
        few |= givers if len(givers) <= MOST_ASKED else set()
    objected = release.round.objected if release.round is not None else ()
    return frozenset(few | {user for user, _ in objected})


def zones(users: Iterable[str], release: Release, desk: Desk) -> Iterator[tuple[str, str]]:
    """Each of them with their IANA zone, in one order; the release's where theirs is not known.

    People of other workspaces are left out: the card in the channel that they share asks them.
    """
    asked = sorted(users)
    people = desk.work.people.many(frozenset(asked))
    for user in asked:
        person = people.get(user)
        if person is None or person.is_full_member:
            yield user, person.zone if person is not None and person.zone else release.planned.zone


def asked_at(release: Release, user: str, zone: str, desk: Desk) -> datetime:
    """When somebody there is asked in the present round: at its opening, or when their day begins.

    Those to whom a missing sign-off went further are asked after that.
    """
    if release.round is None:
        return release.target_at
    since = release.round.opened_at
    if release.escalated and (role := only_further(desk, release, user)) is not None:
        since = escalates_at(release, role) or since
    return in_hours(since, zone, release.round.closes_at, desk.days_off(user))
