"""Tell what a typed line means where its verb does not: `cancel REL-1?` asks, `rollback stop the bleeding` says why."""

from bot.kit import parts, subject, typed_verb
from bot.kit.ask import Ask
from bot.kit.declare import Catalogue, Verb
from bot.kit.desk import Desk
from bot.kit.pages import WORDS_OF_NO_USE
from bot.release.errors import Refusal
from bot.release.words import Said

#: What these take is no sentence: a line that ends with a question mark asks whether to do it.
_ASKED = {"captain", "extend", "go-for", "reschedule", "stand-in", "tick", "untick", "version"}
#: It reads its words itself, and asks once.
_OWN_WORDS = {"rollback"}


def meant(verb: Verb, text: str, ask: Ask, desk: Desk, catalogue: Catalogue, name: str = "") -> tuple[Verb, str]:
    """The verb and its words; `name`: what was typed before it, and names the release."""
    bare = typed_verb.bare(text)
    says = verb.subject != "none" and verb.takes != "value" and verb.verb not in _OWN_WORDS
    if says and bare != text and (not bare or _names(bare, ask, desk)):
        text = bare + "?" * text.endswith("?")
    if verb.takes in ("why", "value") and verb.subject == "required":
        bare = text.rstrip("? ")
        left = subject.after_name(ask.did, bare, desk)
        if _asks(ask, catalogue) and typed_verb.only_fills(bare if left is None else left):
            return catalogue.words["status"], "" if left is None else bare.removesuffix(left).strip(" ,")
        last = typed_verb.put_off_last(text)
        text = last if last != text and subject.after_name(ask.did, last, desk) is not None else text
    why = typed_verb.why_back(verb, ask.did.text, text)
    if why and subject.after_name(ask.did, text, desk) is None and not _is_going_back(verb, name, ask, desk):
        return catalogue.words["rollback"], why
    return verb, text


def require_meant(verb: Verb, ask: Ask, catalogue: Catalogue) -> None:
    """Raise the Refusal where it is asked about, or the words say that it is not to be done.

    To a go/no-go, “not yet” is a no.
    """
    if verb.verb in _ASKED and _asks(ask, catalogue):
        ask.text = ask.text.rstrip("? ")
        raise Refusal("That is a question, so ", Said(ask.release.title), " stays as it is. Shall it be done?",
                      code="asked", offers=(verb.verb, "status"))  # fmt: skip
    said = typed_verb.put_off(ask.text) if verb.takes == "why" else ""
    if said and not (verb.verb == "no-go" and said.casefold() == "not yet"):
        raise Refusal("“", Said(said), "” says that it is not to be done, so nothing was.", code=WORDS_OF_NO_USE,
                      offers=(verb.verb, "status"))  # fmt: skip


def _names(text: str, ask: Ask, desk: Desk) -> bool:
    """Whether that is a release's name and no more."""
    return subject.after_name(ask.did, text, desk) == ""


def _asks(ask: Ask, catalogue: Catalogue) -> bool:
    return typed_verb.question_last(ask.did.text, catalogue).rstrip().endswith("?")


def _is_going_back(verb: Verb, name: str, ask: Ask, desk: Desk) -> bool:
    """Whether something is being rolled back that this may be about."""
    try:
        found, _ = subject.find(ask.did, name, desk, verb)
    except subject.Several as several:
        return any(parts.those(one.release, parts.GOING_BACK) for one in several.candidates)
    except Refusal:
        return False
    return found is not None and bool(parts.those(found, parts.GOING_BACK))
