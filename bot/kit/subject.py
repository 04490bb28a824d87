"""Find out which release is meant. Verbs that change something never guess between two."""

import re

from bot.kit.access import may_see
from bot.kit.desk import Desk
from bot.kit.interaction import Interaction
from bot.release.errors import Refusal
from bot.release.policy import service_key
from bot.release.release import Release
from bot.release.states import Move, State, may
from bot.release.words import Code, words
from bot.release.zones import say_clock, say_day

#: As many releases as are offered to choose from.
MOST_CHOICES = 5
#: What is done to parts, one by one or all at once.
_OF_PARTS = {Move.DEPLOY_START, Move.DEPLOY_DONE, Move.DEPLOY_FAIL, Move.DROP, Move.ROLLBACK, Move.ROLLED_BACK}
#: Deployed, and not closed yet.
_AFTER = (State.RELEASED, State.ROLLED_BACK)


class Several(Exception):
    """More than one release fits; the person has to choose."""

    def __init__(self, releases: list[Release], rest: str) -> None:
        self.releases = releases
        self.rest = rest
        super().__init__(f"{len(releases)} releases fit")


def tidy(text: str) -> str:
    """What people's keyboards make of text, undone: smart quotes, odd spaces."""
    quotes = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "\u00a0": " ", "–": "-"})
    return " ".join(text.translate(quotes).split())


def find(did: Interaction, text: str, desk: Desk, move: Move | None = None) -> tuple[Release | None, str]:
    """The release meant, and the text left after its name. None when there is none to mean.

    Raises Several when it would be a guess, Refusal when a named one does not exist (for this person).
    """
    number_of_row = did.data.get("r")
    if isinstance(number_of_row, int):
        return _visible(desk, did, desk.work.releases.get(number_of_row)) or _gone(), text
    if (numbered := _by_number(did, text, desk)) is not None:
        return numbered
    if (named := _by_service(did, text, desk)) is not None:
        # Of several parts, the name says which part is meant too: "rollback web" is not about the others.
        several = len(named[0].active_parts) > 1
        return (named[0], text) if several and move in _OF_PARTS else named
    if did.channel and (thread := did.thread_ts or (did.message_ts if did.kind == "message action" else None)):
        card = desk.work.cards.by_ts(did.channel, thread)
        if card is not None and (release := _visible(desk, did, desk.work.releases.get(card.release_id))):
            return release, text
    if did.channel:
        return _only(_in_channel(desk, did, move), text), text
    return None, text


def _in_channel(desk: Desk, did: Interaction, move: Move | None) -> list[Release]:
    """The open releases; what is live or rolled back counts where nothing is open, or only it can be meant."""
    channel = did.channel or ""
    releases = _seen(desk, did, desk.work.releases.open_in_channel(channel, MOST_CHOICES + 1))
    after = {Move.ROLLBACK, Move.ROLLED_BACK, Move.RETRO}
    if releases and move not in after:
        return releases
    recent = desk.work.releases.recent_in_channel(channel, MOST_CHOICES + 1)
    ended = [one for one in recent if one.state in _AFTER]
    if move is Move.RETRO and not ended:  # more can be said when it is closed already: about the last one
        ended = [one for one in recent if one.state is State.CLOSED][:1]
    both = [
        *releases,
        *(one for one in _seen(desk, did, ended) if one.id not in {open_one.id for open_one in releases}),
    ]
    fitting = [release for release in both if move is None or may(release.state, move)]
    return (fitting if move is not None else both[:1]) or both


def named(did: Interaction, text: str, desk: Desk) -> bool:
    """Whether a typed line begins with a release that this person may see."""
    try:
        return (_by_number(did, text, desk) or _by_service(did, text, desk)) is not None
    except Several:
        return True


def _by_number(did: Interaction, text: str, desk: Desk) -> tuple[Release, str] | None:
    found = re.match(rf"#?{re.escape(desk.catalogue.prefix)}-(\d{{1,9}})\b[,:]?\s*", text, re.IGNORECASE)
    if not found:
        return None
    release = _visible(desk, did, desk.work.releases.get_number(int(found[1])))
    if release is None:
        ref, listed = Code(f"{desk.catalogue.prefix}-{found[1]}"), Code(f"{desk.catalogue.command} list")
        raise Refusal("There is no ", ref, " here. ", listed, " shows what is open.", code="no_such_release")
    return release, text[found.end() :]


def _by_service(did: Interaction, text: str, desk: Desk) -> tuple[Release, str] | None:
    first, rest = split_word(text)
    if not first:
        return None
    second, after = split_word(rest)
    fitting = _seen(desk, did, desk.work.releases.find(first, None, open_only=True, limit=MOST_CHOICES + 1))
    if not fitting:
        older = _seen(desk, did, desk.work.releases.find(first, second or None, open_only=False, limit=1))
        if not older:
            return None
        exact = bool(second) and service_key(second) == service_key(older[0].parts[0].version)
        return (older[0], after) if exact else (older[0], rest)
    exact_ones = [one for one in fitting if any(service_key(part.version) == service_key(second) for part in one.parts)]
    if second and exact_ones:
        return _only(exact_ones, after) or exact_ones[0], after
    return _only(fitting, rest) or fitting[0], rest


def _only(releases: list[Release], rest: str) -> Release | None:
    if len(releases) > 1:
        raise Several(releases[:MOST_CHOICES], rest)
    return releases[0] if releases else None


def _seen(desk: Desk, did: Interaction, releases: list[Release]) -> list[Release]:
    return [release for release in releases if may_see(desk, did.user, release)]


def _visible(desk: Desk, did: Interaction, release: Release | None) -> Release | None:
    return release if release is not None and may_see(desk, did.user, release) else None


def _gone() -> Release:
    raise Refusal("That release is not here any more.", code="no_such_release")


def split_word(text: str) -> tuple[str, str]:
    """The first word (or quoted phrase) and the rest."""
    text = text.strip()
    if text.startswith('"') and (end := text.find('"', 1)) > 0:
        return text[1:end].strip(), text[end + 1 :].strip()
    first, _, rest = text.partition(" ")
    return first, rest.strip()


def nothing_here(desk: Desk) -> Refusal:
    """No release to mean: say what to type."""
    return Refusal(
        *words("There is no open release in this channel. Plan one: ",
               Code(f"{desk.catalogue.command} new payments 2.14.0 tomorrow 14:00"), ", or name one: ",
               Code(f"{desk.catalogue.command} status {desk.catalogue.prefix}-12"), "."),
        code="nothing_here", offers=("new",),
    )  # fmt: skip


def describe_choice(release: Release, desk: Desk) -> str:
    """A button's label for choosing this release: version and time."""
    zone = release.planned.zone
    when = f"{say_day(release.target_at, zone, now=desk.now)} {say_clock(release.target_at, zone)}"
    return f"{release.title} · {when}"
