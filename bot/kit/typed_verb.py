"""Find the verb in a typed line: in front, behind the release's name, or around it."""

import re

from bot.kit.declare import Catalogue, Verb
from bot.kit.naming import HURRY, split_word, tidy
from bot.release.states import Move

#: With one of these, a verb is not meant as it stands.
_NOT = {"not", "no", "never", "isnt", "wasnt", "wont", "cant", "hasnt", "nearly", "almost"}
#: What names nothing between two words: `withdraw my go` is not about a go that was recorded.
_NOBODYS = {"my", "the", "a", "our", "your", "this", "that", "it"}
#: Typed in two words, and nothing but a release behind them, it is another verb.
_ALONE = {"go for": "go"}
#: What people say to whoever they ask for something; `you`: it may also be asked of somebody else, or be a question.
_PLEASE = re.compile(
    r"(?:(?:hey|hi|hello|ok|okay)[,!]?\s+)?(?:(?P<you>can|could|would|will)\s+you\s+)?(?:(?:please|pls|plz|kindly),?\s+)?",
    re.IGNORECASE,
)
_COURTESY = re.compile(r"(?:[\s,]+(?:please|pls|plz))+(?=[\s!.?]*$)", re.IGNORECASE)
_ROLLBACK = re.compile(r"\broll ?back\s+((?:cancel|undo|stop|abort)\s+\S.*)", re.IGNORECASE | re.DOTALL)
#: Not “not now”: that is a reason to cancel. Behind a name or a dash they are no part of one.
_PUT_OFF = re.compile(r"(?:.*[-–—,;:.]\s*)?(?P<off>not yet|never ?mind)[\s.!,]*", re.IGNORECASE | re.DOTALL)
_PUT_OFF_FIRST = re.compile(r"(not yet|never ?mind)[\s,]+(\S.*)", re.IGNORECASE | re.DOTALL)
#: What says nothing where it is all that follows a verb in a question: `cancel it now?`, `no-go yet?`, `hold, right?`.
_FILLS = {
    *_NOBODYS, *HURRY, "release", "one", "all", "everything", "ok", "okay", "right", "then", "yet", "already", "for",
    "too", "also", "really", "maybe", "again", "immediately", "or", "not",
}  # fmt: skip
#: Around a release's name they say nothing: `go on the payments release now 👍`.
_BEFORE = re.compile(r"^(?:(?:the|it|this|that|release|on|for|to|of|with|about)(?:\s+|$))+", re.IGNORECASE)
_BEHIND = {
    *_NOBODYS, *HURRY, "pls", "plz", "release", "one", "thanks", "thx", "ok", "okay", "too",
    "👍", "✅", "🚀", "🙏", "🎉", "👌", ":+1:", ":thumbsup:", ":ok_hand:",
    ":white_check_mark:", ":rocket:", ":pray:", ":tada:",
}  # fmt: skip
#: Of oneself: “I approve payments”, “we're go”. Only what one votes is said so; “we deploy on Friday” is a plan.
#: “we no longer need it” is no no-go.
_SELF = re.compile(r"(?:i|we)(?:[’']m|[’']re| am| are| say| vote)?\s+(?!no\s+(?!go\b))", re.IGNORECASE)
#: `rollback? payments`
_ASKED_FIRST = re.compile(r"(\S+(?:\s+\S+){0,2}?)\s*\?+\s+([^?]*[^?\s])")
_THANKS = re.compile(r"(?:[\s,]+(?:please|pls|plz|thanks|thx|thank you))+(?=[\s!.?]*$)", re.IGNORECASE)


def alone(typed: str, catalogue: Catalogue) -> Verb | None:
    """The verb that is meant where nothing but a release follows: `go for payments` is one's own go."""
    meant = _ALONE.get(" ".join(tidy(typed).casefold().split(" ")[:2]))
    return catalogue.words[meant] if meant is not None else None


def read(typed: str, catalogue: Catalogue) -> tuple[Verb | None, str]:
    """The verb and what else was typed. An empty line is the verb ""; a release alone is status.

    Asking is not doing: `done?` and `shipped payments?` ask how it stands.
    """
    typed = _COURTESY.sub("", question_last(typed, catalogue)).strip()
    verb, text = _asked(typed, catalogue)
    if (verb is None or verb.move is None or verb.takes != "why") and _THANKS.search(typed):  # a reason may end so
        typed = _THANKS.sub("", typed).strip()
        verb, text = _asked(typed, catalogue)
    if verb is None or not typed.rstrip().endswith("?"):
        return verb, text
    return (catalogue.words.get("status"), text.rstrip("? ")) if is_asked(verb, text) else (verb, text)


def bare(text: str) -> str:
    """A name without what says nothing around it: `the payments release!` is payments, and `it` is nothing."""
    words = _BEFORE.sub("", text.strip(" .!,;")).split()
    while words and (words[-1].casefold().strip(".!,;") or words[-1]) in _BEHIND:
        words.pop()
    return " ".join(words).rstrip(".!,;")


def unpleased(typed: str) -> str:
    """The line without `please`, `hey` or `we are` in front, unless it is all there is."""
    for polite in (_PLEASE, _SELF):
        if (said := polite.match(typed)) is not None:
            typed = typed[said.end() :] or typed
    return typed


def question_last(typed: str, catalogue: Catalogue) -> str:
    """The line with its question mark at the end, where it stands behind the verb."""
    found = _ASKED_FIRST.fullmatch(typed.strip())
    return f"{found[1]} {found[2]}?" if found and tidy(found[1]).casefold() in catalogue.words else typed


def is_asked(verb: Verb, text: str) -> bool:
    """Whether a question mark behind it asks how it stands, rather than for it to be done."""
    return not verb.reads and verb.subject != "none" and (verb.takes in ("nothing", "part") or not text)


def _asked(typed: str, catalogue: Catalogue) -> tuple[Verb | None, str]:
    """Without what is said to whoever is asked for something."""
    verb, text = _read(typed, catalogue)
    if verb is None and (asked := _PLEASE.match(typed)) and asked.end():
        found, rest = _read(typed[asked.end() :], catalogue)
        if found is not None and not (asked["you"] and found.move is Move.VOTE):  # “can you approve payments”: who?
            return found, rest
    if verb is None and (said := _SELF.match(typed)):
        found, rest = _read(typed[said.end() :], catalogue)
        if found is not None and found.move is Move.VOTE:
            return found, rest
    return verb, text


def _read(typed: str, catalogue: Catalogue) -> tuple[Verb | None, str]:
    text = tidy(typed)
    first, rest = split_word(text)
    second, after = split_word(rest)
    third, left = split_word(after)
    in_front = ((f"{first} {second} {third}", left), (f"{first} {second}", after), (first, rest))
    for words_typed, follows in in_front:
        if (known := _word(words_typed.strip(), catalogue)) is not None:
            return known, follows
    around = _around(first, rest, catalogue)
    if around is not None:
        return around
    if not first.casefold().lstrip("#").startswith(catalogue.prefix.casefold() + "-"):
        return None, text
    verb, left = after_name(rest, catalogue)
    if verb is None and left != rest:
        return None, text  # `REL-12 deployed` says something of it
    return verb or catalogue.words.get("status"), f"{first} {left}".strip()


def after_name(rest: str, catalogue: Catalogue) -> tuple[Verb | None, str]:
    """The verb of `REL-12 hold why`, where the release was named first."""
    second, after = split_word(rest)
    third, left = split_word(after)
    fourth, behind = split_word(left)
    for typed, follows in (((second, third, fourth), behind), ((second, third), left), ((second,), after)):
        if all(typed) and (known := _word(" ".join(typed), catalogue)) is not None:
            return known, follows
    return None, after


def why_back(verb: Verb, typed: str, text: str) -> str:
    """What may be why something is rolled back, where `rollback cancel` was read and more than a name follows."""
    found = _ROLLBACK.search(typed) if verb.verb == "rollback cancel" and " " in text.strip() else None
    return found[1].strip() if found is not None else ""


def put_off(text: str) -> str:
    """What of these words says that it is not to be done, rather than why it is: `not yet`; or nothing."""
    found = _PUT_OFF.fullmatch(text)
    return found["off"] if found is not None else ""


def put_off_last(text: str) -> str:
    """`not yet payments` with the name first."""
    found = _PUT_OFF_FIRST.fullmatch(text)
    return f"{found[2]} {found[1]}" if found is not None else text


def only_fills(text: str) -> bool:
    """Whether these words, behind a verb in a question, say nothing."""
    return all(word.casefold().strip(".,:;!?") in _FILLS for word in text.split())


def is_denied(text: str) -> bool:
    """Whether these words say that something is not so: `not yet`, `won't be`."""
    return any(_is_not(word) for word in text.split())


def _is_not(word: str) -> bool:
    bare = word.casefold().strip(".,:;!?").replace("’", "'")
    return bare in _NOT or bare.endswith("n't")


def _around(first: str, rest: str, catalogue: Catalogue) -> tuple[Verb, str] | None:
    """`condition payments not done`, `condition payments done`, `roll payments back`."""
    typed = rest.split(" ")
    for count in (2, 1):
        named, last = typed[:-count], " ".join(typed[-count:])
        known = _word(f"{first} {last}", catalogue) if named and not _is_not(named[-1]) else None
        if known is not None and known.verb != "rollback" and " ".join(named).casefold() in _NOBODYS:
            known = None
        if known is not None:
            return known, " ".join(named)
    return None


def _word(typed: str, catalogue: Catalogue) -> Verb | None:
    """A verb as people type it: in capitals, as a question, with an exclamation mark."""
    exact, bare = typed.casefold(), typed.casefold().strip("?!.,:;*_`~")
    return catalogue.words.get(exact) or (catalogue.words.get(bare) if bare else None)
