"""Find out which release is meant. Verbs that change something never guess between two."""

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.kit.access import may_see, owes
from bot.kit.desk import Desk
from bot.kit.fitting import cut
from bot.kit.interaction import Interaction
from bot.kit.mentions import spelled_out
from bot.kit.naming import (
    beginnings,
    is_like,
    is_time_or_version,
    is_version,
    may_be_version,
    spelled_otherwise,
    split_name,
    split_place,
    split_word,
)
from bot.release.durations import read_span
from bot.release.errors import Refusal
from bot.release.policy import service_key
from bot.release.release import Release
from bot.release.states import STILL_OPEN, Move, State
from bot.release.tidy import tidy
from bot.release.when_words import read_words
from bot.release.words import Code, Said, Words, words
from bot.release.zones import say_clock, say_day

if TYPE_CHECKING:
    from bot.kit.declare import Verb

#: A button's label has so many characters.
MOST_LABEL = 75
#: As many releases as are offered to choose from.
MOST_CHOICES = 5
#: As many open go/no-gos are looked through for what waits on somebody.
MOST_LOOKED = 50
#: Of those made last in a channel so many are known by their version alone.
MOST_RECENT = 20
#: What is done to parts, one by one or all at once.
_OF_PARTS = {Move.DEPLOY_START, Move.DEPLOY_DONE, Move.DEPLOY_FAIL, Move.DROP, Move.ROLLBACK, Move.ROLLED_BACK}
#: What is typed after these is never a day or a clock time.
_OF_NO_TIME = {Move.EDIT, Move.TAKE_OVER}
#: Whoever answered another release does not mean that one.
_THE_CAPTAINS = {Move.RESCHEDULE, Move.EDIT}
#: Deployed, and not closed yet.
_AFTER = (State.RELEASED, State.ROLLED_BACK)
#: What is done after that.
_LATE = {Move.ROLLBACK, Move.ROLLED_BACK, Move.RETRO, Move.REVIEW}
#: What was planned longer ago is not what one has just deployed.
_LATELY = timedelta(days=14)
_SOMEBODY = re.compile(r"<@[^>]*>|@\S+")
#: So much alike are a name and its misspelling, from 0 to 1.
_ALIKE = 0.8


@dataclass(frozen=True)
class Candidate:
    """A release that may be meant, and the text left if it is."""

    release: Release
    rest: str


class Several(Exception):
    """It is not certain which release is meant, even if only one is there: the person has to say. `why`, in words;
    `unread`: what was typed behind the one that was named, or instead of a name, and would be lost. `has_more`: others
    may be meant that are not among the candidates."""

    def __init__(self, candidates: list[Candidate], why: Words = (), unread: str = "") -> None:
        self.candidates, self.has_more = candidates[:MOST_CHOICES], len(candidates) > MOST_CHOICES
        self.why, self.unread = why, unread
        super().__init__(f"{len(candidates)} releases may be meant")


def find(did: Interaction, text: str, desk: Desk, verb: "Verb | None" = None) -> tuple[Release | None, str]:
    """The release meant, and the text left after its name. None when there is none to mean.

    Raises Several when it would be a guess, Refusal when a named one does not exist (for this person).
    """
    move, takes = (verb.move, verb.takes) if verb is not None else (None, "nothing")
    number_of_row = did.data.get("r")
    if isinstance(number_of_row, int):
        # What changes it holds it from here on, so that it is loaded once only.
        look = desk.work.releases.get if verb is None or verb.reads else desk.work.releases.lock
        return _visible(desk, did, look(number_of_row)) or _gone(), text
    text = _person_last(did, text, desk) if takes != "why" else text  # a reason stays as it was typed
    if (numbered := _by_number(did, text, desk)) is not None:
        if takes == "nothing" and numbered.rest.rstrip("?! "):
            ref = Code(f"{desk.catalogue.prefix}-{numbered.release.number}")
            lost = spelled_out(numbered.rest, desk)
            unread = words("I don't know what “", Said(lost), "” means after ", ref, ".")
            raise Several([Candidate(numbered.release, "")], unread, lost)
        return numbered.release, numbered.rest
    around = _around(did, desk, move)
    text = text.rstrip("?! ") if takes == "nothing" else text
    near = "nothing" if move in _OF_NO_TIME and len(text.split()) == 1 else takes  # “edit 3.12” names no day
    named = _by_service(did, text, desk, move, takes, around) or _by_version(text, around, near)
    if named is None and move is not None:  # what this cannot be done to says so, rather than another one is offered
        named = _by_version(text, _around(did, desk, None), near)
    if named is None and is_version(split_word(text)[0]) and did.channel:  # also what is over
        recent = _seen(desk, did, desk.work.releases.recent_in_channel(did.channel, MOST_RECENT))
        named = _by_version(text, recent, near)
        if named is not None and takes == "why" and named.rest and around:  # “1.0 seconds of latency”
            raise Several([*(Candidate(one, text) for one in around), Candidate(named.release, named.rest)])
    if named is not None:
        if takes == "nothing" and named.rest:
            if len(every := _all_named(text, around)) > 1:
                raise Several([Candidate(one, "") for one in every], ("One at a time.",))
            lost = spelled_out(named.rest, desk)
            unread = words("I don't know what “", Said(lost), "” means after ", Said(named.release.title), ".")
            raise Several([Candidate(named.release, "")], unread, lost)
        if takes == "why" and around and not named.certain and _is_elsewhere(named.release, around, did, desk):
            raise Several([*(Candidate(one, text) for one in around), Candidate(named.release, named.rest)])
        # Of several parts, the name says which part is meant too: "rollback web" is not about the others.
        several = len(named.release.active_parts) > 1
        return named.release, text if several and move in _OF_PARTS else named.rest
    if takes == "nothing" and " " in text and (said := _said_in(text, around)):
        if verb is not None and verb.reads and len(said) == 1:  # “why is payments not live”
            return said[0], ""
        around = said
    if around and text and (doubt := _doubt(text, takes, around, desk)):
        rest = text if takes == "why" else split_word(text)[1] if takes == "value" else ""  # “captain 1.0 @bo”
        first = [one] if (one := _of_number(text, did, desk)) is not None else []
        others = [release for release in around if release.id not in {one.id for one in first}]
        is_name = len(around) == 1 and " " not in text  # “paymets”; “but only if …” is none, and would be lost
        lost = spelled_out(text, desk) if takes == "nothing" and not is_name else ""
        raise Several([Candidate(release, rest) for release in (*first, *others)], doubt, lost)
    return _only([Candidate(release, text) for release in around]), text


def _is_elsewhere(named: Release, around: list[Release], did: Interaction, desk: Desk) -> bool:
    """Whether it stands in another channel or thread: “hold web is down”, in payments' thread, may be a reason."""
    return named.id not in {one.id for one in around} and named.id not in {one.id for one in _around(did, desk, None)}


def after_name(did: Interaction, text: str, desk: Desk) -> str | None:
    """What follows where a typed line begins with a release that this person may see; None where it does not."""
    try:
        found = _by_number(did, text, desk) or _by_service(did, text, desk, None, "why", _around(did, desk, None))
    except Several:
        return split_word(text)[1]
    return None if found is None else found.rest


def named(did: Interaction, text: str, desk: Desk) -> Release | None:
    """The one release that is meant where nothing is typed but its name, or nothing at all."""
    try:
        release, rest = find(did, text, desk)
    except (Several, Refusal):
        return None
    return None if rest.strip("?!. ") else release


def _around(did: Interaction, desk: Desk, move: Move | None) -> list[Release]:
    """The releases meant where none is named: the thread's, or else the channel's."""
    if not did.channel:
        return []
    if thread := did.thread_ts or (did.message_ts if did.kind == "message action" else None):
        card = desk.work.cards.by_ts(did.channel, thread)
        if card is not None and (release := _visible(desk, did, desk.work.releases.get(card.release_id))):
            return [release]
    here = _seen(desk, did, desk.work.releases.open_in_channel(did.channel, MOST_CHOICES + 1))
    if not here and did.channel.startswith("D"):
        here = _mine(did, desk, move)
    return _meant(
        here,
        lambda: _seen(desk, did, desk.work.releases.recent_in_channel(did.channel or "", MOST_CHOICES + 1)),
        move,
    )


def _mine(did: Interaction, desk: Desk, move: Move | None) -> list[Release]:
    """In a direct message: what one leads or deploys, and what waits for one's answer.

    Also what one has just deployed, where nothing else is there or only that can be meant.
    """
    led = desk.work.releases.open_of(did.user, MOST_CHOICES + 1)
    asked = desk.work.releases.awaiting(MOST_LOOKED, seen=lambda one: may_see(desk, did.user, one))
    leads = bool(led) and move in _THE_CAPTAINS
    waiting = [one for one in asked if owes(desk, did.user, one) or (_answered(did.user, one) and not leads)]
    mine = [*led, *(one for one in waiting if one.id not in {mine.id for mine in led})]
    if mine and move not in _LATE:
        return mine
    deployed = desk.work.releases.lately_of(did.user, desk.now - _LATELY, MOST_CHOICES + 1)
    return [*mine, *(one for one in deployed if one.channel != did.channel)]  # those made here are found as recent


def _answered(user: str, release: Release) -> bool:
    return any(user in (vote.user, vote.cast_by) for vote in release.round_votes())


def _meant(open_ones: list[Release], recent: Callable[[], list[Release]], move: Move | None) -> list[Release]:
    """The open releases; what is live or rolled back counts where nothing is open, or only it can be meant."""
    if open_ones and move not in _LATE:
        return [one for one in open_ones if move is None or one.allows(move)] or open_ones
    newest = recent()
    ended = [one for one in newest if one.state in _AFTER]
    if move is Move.RETRO and not ended:  # more can be said when it is closed already: about the last one
        ended = [one for one in newest if one.state is State.CLOSED][:1]
    both = [*open_ones, *ended]
    fitting = [release for release in both if move is None or release.allows(move)]
    return (fitting if move is not None else both[:1]) or both


@dataclass(frozen=True)
class _Named(Candidate):
    """`certain`: said so that it can mean nothing else, by its number or its version."""

    certain: bool = True


def _by_number(did: Interaction, text: str, desk: Desk) -> _Named | None:
    found = re.match(rf"#?{re.escape(desk.catalogue.prefix)}[- ]?(\d+)\b[,:]?\s*", text, re.IGNORECASE)
    if not found:
        return None
    known = desk.work.releases.get_number(int(found[1])) if len(found[1]) < 10 else None
    release = _visible(desk, did, known)
    if release is None:
        ref, listed = Code(f"{desk.catalogue.prefix}-{found[1][:20]}"), Code(f"{desk.catalogue.command} list")
        raise Refusal("There is no ", ref, " here. ", listed, " shows what is open.", code="no_such_release")
    return _Named(release, text[found.end() :])


def _of_number(text: str, did: Interaction, desk: Desk) -> Release | None:
    """The release of a number that is typed alone: it may be a version, too, so it is only offered."""
    number = text.removeprefix("#")
    return _visible(desk, did, desk.work.releases.get_number(int(number))) if re.fullmatch(r"\d{1,9}", number) else None


def _person_last(did: Interaction, text: str, desk: Desk) -> str:
    """`@bo REL-12`: the release's name first, where one follows the person."""
    found = re.match(r"(<@[UW][A-Z0-9]+(?:\|[^>]*)?>|@\w[\w.-]*)\s+(\S.*)", text)
    if found is None:
        return text
    rest = found[2]
    numbered = re.match(rf"#?{re.escape(desk.catalogue.prefix)}[- ]?\d+\b", rest, re.IGNORECASE)
    service = split_name(rest, desk.work.releases.open_services(beginnings(rest)))[0]
    named = numbered or desk.work.releases.find(
        service, open_only=False, limit=1, seen=lambda one: may_see(desk, did.user, one)
    )
    return f"{rest} {found[1]}" if named else text


def _by_service(
    did: Interaction, text: str, desk: Desk, move: Move | None, takes: str, around: list[Release]
) -> _Named | None:
    if not text:
        return None
    near = {part.service for release in around for part in release.active_parts}
    first, rest = split_name(text, near | desk.work.releases.open_services(beginnings(text)))
    first = first.rstrip(",:;.!")
    if not first:
        return None
    look = partial(desk.work.releases.find, seen=lambda one: may_see(desk, did.user, one))
    most = MOST_CHOICES + 1
    open_ones = _seen(desk, did, look(first, None, open_only=True, limit=most))
    every = _seen(desk, did, look(first, None, open_only=False, limit=most))
    second, after = split_name(rest, {part.version for one in (*open_ones, *every) for part in one.parts})
    second = second.rstrip(",:;.!")
    exact = _seen(desk, did, look(first, second, open_only=False, limit=most)) if second else []
    if second and not exact and is_version(second):
        exact = _seen(desk, did, look(first, spelled_otherwise(second), open_only=False, limit=most))
    if exact:
        there, left = _in_place(exact, after, takes)
        if not there:
            candidates = [Candidate(one, left) for one in exact if one.state in STILL_OPEN] or [
                Candidate(exact[0], left)
            ]
            place = split_place(after)[0]
            raise Several(candidates, words("There is no ", Said(f"{first} {second} ({place})"), "."))
        fitting = _meant([one for one in there if one.state in STILL_OPEN], lambda: there, move) or there[:1]
        return _Named(_only([Candidate(one, left) for one in fitting]) or there[0], left)
    fitting = _meant(open_ones, lambda: every, move) or every[:1]
    versions = {part.version for one in fitting for part in one.active_parts}
    alike = is_version(second) or is_like(second, versions)
    either = takes == "value" and not after and is_time_or_version(second, versions)
    if fitting and may_be_version(second) and (takes == "nothing" or either or (takes == "why" and alike)):  # “500s”
        raise Several([Candidate(one, after if takes == "nothing" or either else rest) for one in fitting],
                      words("There is no ", Said(f"{first} {second}"), "."))  # fmt: skip
    release = _only([Candidate(one, rest) for one in fitting])
    return _Named(release, rest, certain=False) if release else None


def _in_place(found: list[Release], text: str, takes: str) -> tuple[list[Release], str]:
    """Those that go where `pay 2.14.0 (staging)` says, and the text left. None of them, if it says another place.

    Without brackets a word is a place where nothing else may follow, or where two differ by it.
    """
    place, left = split_place(text)
    if place:
        return _that_go_to(place, found), left
    word, left = split_word(text)
    there = _that_go_to(word, found) if word and (takes == "nothing" or len(found) > 1) else []
    return (there, left) if there else (found, text)


def _that_go_to(place: str, found: list[Release]) -> list[Release]:
    wanted = service_key(place)
    return [one for one in found if any(service_key(part.environment) == wanted for part in one.active_parts)]


def _by_version(text: str, around: list[Release], takes: str) -> _Named | None:
    """`go 2.14.0`, where one release of that version is near. Before a reason or a time, only what must be one."""
    first, rest = split_word(text)
    if takes == "value" and (not rest or not is_version(first) or _is_when(text)):
        return None  # “14.12 10:00” is a time, “1.5 hours” a length
    if takes == "why" and rest and not is_version(first):
        return None
    wanted = {service_key(first), service_key(spelled_otherwise(first))}
    fitting = [one for one in around if any(service_key(part.version) in wanted for part in one.active_parts)]
    return _Named(fitting[0], rest) if first and len(fitting) == 1 else None


def _said_in(text: str, around: list[Release]) -> list[Release]:
    """Those of them whose service stands somewhere in what was typed."""
    typed = {service_key(word.strip(".,:;!?'\"()")) for word in text.split()}
    return [one for one in around if any(service_key(part.service) in typed for part in one.active_parts)]


def _all_named(text: str, around: list[Release]) -> list[Release]:
    """Those that `api 3.2, web and mobile` names, where it says nothing else."""
    said = _said_in(text, around)
    known = {service_key(name) for one in said for part in one.active_parts for name in (part.service, part.version)}
    left = {service_key(word.strip(".,;&+")) for word in text.split()} - known - {"", "and"}
    return [] if left else said


def _is_when(text: str) -> bool:
    return read_words(text) is not None or read_span(tidy(text).removesuffix(" later")) is not None


def _doubt(text: str, takes: str, around: list[Release], desk: Desk) -> Words:
    """Why this text may name another release than the one around; empty when it hardly does."""
    first, rest = split_word(text)
    second, _ = split_word(rest)
    if takes == "nothing":
        return words("I know no release “", Said(spelled_out(text, desk)), "”.")
    if takes == "value" and is_version(first) and _SOMEBODY.search(rest):  # no time, and no version to be
        return words("I know no release “", Said(spelled_out(first, desk)), "”.")
    if takes != "why":  # a time, a duration or a part: it is understood or refused
        return ()
    if is_version(second):
        return words("I know no release “", Said(spelled_out(f"{first} {second}", desk)), "”.")
    near = {service_key(part.service) for release in around for part in release.active_parts}
    near |= desk.work.releases.open_services()
    versions = {part.version for release in around for part in release.active_parts}
    is_other = is_version(first) or is_like(first, versions)
    if (
        is_other
        or re.fullmatch(r"#\d+", first)
        or difflib.get_close_matches(service_key(first), near, n=1, cutoff=_ALIKE)
    ):
        return words("I know no release “", Said(spelled_out(first, desk)), "”.")
    return ()


def _only(candidates: list[Candidate]) -> Release | None:
    if len(candidates) > 1:
        raise Several(candidates)
    return candidates[0].release if candidates else None


def _seen(desk: Desk, did: Interaction, releases: list[Release]) -> list[Release]:
    return [release for release in releases if may_see(desk, did.user, release)]


def _visible(desk: Desk, did: Interaction, release: Release | None) -> Release | None:
    return release if release is not None and may_see(desk, did.user, release) else None


def _gone() -> Release:
    raise Refusal("That release is not here any more.", code="no_such_release")


def nothing_here(desk: Desk) -> Refusal:
    """No release to mean: say what to type."""
    return Refusal(
        *words("There is no open release in this channel. Plan one: ",
               Code(f"{desk.catalogue.command} new payments 2.14.0 tomorrow 14:00"), ", or name one: ",
               Code(f"{desk.catalogue.command} status {desk.catalogue.prefix}-12"), "."),
        code="nothing_here", offers=("new",),
    )  # fmt: skip


def describe_choice(release: Release, desk: Desk) -> str:
    """A button's label for choosing this release: version and time, by the clock of who chooses."""
    zone = (desk.zone_of(desk.did.user) if desk.did is not None else None) or release.planned.zone
    when = f"{say_day(release.target_at, zone, now=desk.now)} {say_clock(release.target_at, zone)}"
    return f"{cut(release.title, MOST_LABEL - len(when) - 3)} · {when}"
