"""Find the train that somebody names or presses a button of, held for them to change."""

from bot.kit.ask import Ask
from bot.kit.desk import Desk
from bot.kit.naming import split_name
from bot.kit.pages import usage
from bot.kit.trains import coming, require_change, say_departure, seen
from bot.release.errors import Refusal
from bot.release.policy import service_key
from bot.release.tidy import bare_name
from bot.release.trains import Train
from bot.release.words import Code, Said, Words, listing, words
from bot.release.zones import local

#: Departures further ahead than so many are not looked for.
LOOKED = 20
#: So many trains are named where none was.
MOST_NAMED = 5


def named(text: str, ask: Ask, desk: Desk) -> tuple[Train, str]:
    """The train that a text begins with, by service or number, and the rest. Raises Refusal where none or several."""
    known = seen(ask.user, desk)
    first, rest = split_name(text, {one.service for one in known})
    first = bare_name(first)
    number = first.removeprefix("#")
    found = [one for one in known if service_key(one.service) == service_key(first)]
    found = found or [one for one in known if number.isdecimal() and one.number == int(number)]
    if not found and not first:
        found, rest = [one for one in known if one.channel == ask.did.channel], text
    if len(found) == 1:
        return found[0], rest
    listed = Code(f"{desk.catalogue.command} trains")
    if not found and not first:
        raise Refusal(*_which(known, ask, desk), code="which_train", offers=("trains",))
    if not found:
        raise Refusal("There is no train “", Said(first), "”. ", listed, " shows them.", code="no_such_train",
                      offers=("trains",))  # fmt: skip
    listed_all = listing([words(f"train {one.number} ({one.when})") for one in found])
    raise Refusal("There are several: ", listed_all, ". Say which by its number.", code="several_trains",
                  offers=("trains",))  # fmt: skip


def _which(known: list[Train], ask: Ask, desk: Desk) -> Words:
    """What to type where none was named, and none runs in this channel."""
    if not known:
        typed = Code(f"{desk.catalogue.command} train payments every 2nd tue 14:00 Europe/Berlin")
        return words("There is no train. ", typed, " makes one.")
    running = listing([words(Said(one.service), f" runs {one.when}") for one in known], most=MOST_NAMED)
    return words("Which train? ", running, ". ", usage(ask.verb, desk) if ask.verb is not None else ())


def mine(ask: Ask, desk: Desk) -> Train:
    """The train of a button, or the one that was named, held. Raises Refusal unless this person may change it."""
    if "i" in ask.data:
        id = int(ask.data["i"])
    else:
        one, ask.text = named(ask.text, ask, desk)
        id = one.id
    held = desk.work.trains.lock(id)
    if held is None or held.ended_at is not None or held not in seen(ask.user, desk, held.service):
        raise Refusal("That train does not run any more.", code="no_such_train", offers=("trains",))
    require_change(held, ask.user, desk)
    return held


def is_paused(one: Train, desk: Desk) -> bool:
    return one.is_paused(local(desk.now, one.zone).date().to_stdlib())


def say_next(one: Train, desk: Desk) -> Words:
    """ " Next departure: Tue 8 Dec 14:00." """
    following = next((day for day in coming(one, desk, LOOKED) if not day.off), None)
    return words(" Next departure: ", say_departure(following.one, desk), ".") if following is not None else ()
