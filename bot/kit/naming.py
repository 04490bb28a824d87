"""Read names in what people type: of several words, in quotes, with a place in brackets, and what must be a version."""

import re
from collections.abc import Iterable

from bot.release.policy import service_key

#: What nobody writes but as a version: 2.14.0, v3, 2.14.0-rc1. (A plain 500 may be anything.)
_VERSION = re.compile(r"v?\d+(\.\d+)+([-+.]?[a-z]\w*)*|v\d+", re.IGNORECASE)


#: A name has so many words at most.
MOST_WORDS = 8


def tidy(text: str) -> str:
    """What people's keyboards make of text, undone: smart quotes, odd spaces."""
    quotes = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "\u00a0": " ", "–": "-"}
                           | dict.fromkeys("\u2010\u2011\u2212", "-"))  # fmt: skip
    return " ".join(re.sub(r"(?<=\w)—(?=\w)", "-", text.translate(quotes)).split())  # “no—go”, as phones write it


def split_word(text: str) -> tuple[str, str]:
    """The first word (or quoted phrase) and the rest."""
    text = text.strip()
    if text.startswith('"') and (end := text.find('"', 1)) > 0:
        return text[1:end].strip(), text[end + 1 :].strip()
    first, _, rest = text.partition(" ")
    return first, rest.strip()


def split_name(text: str, names: Iterable[str]) -> tuple[str, str]:
    """The longest of the names that the text begins with, or else its first word; and the rest."""
    typed = text.split(" ")
    for name in sorted(names, key=lambda one: len(one.split()), reverse=True):
        count = len(name.split())
        if count > 1 and service_key(" ".join(typed[:count])) == service_key(name):
            return " ".join(typed[:count]), " ".join(typed[count:])
    return split_word(text)


def beginnings(text: str) -> list[str]:
    """What a name of several words may be, where the text begins with it."""
    typed = text.split(" ")
    return [" ".join(typed[:count]) for count in range(2, min(len(typed), MOST_WORDS) + 1)]


def split_place(text: str) -> tuple[str, str]:
    """`(staging) is broken`: the place as it is shown after a name, and the rest; no place is empty."""
    place = re.match(r"\(([^)]+)\)\s*", text)
    return (place[1].strip(), text[place.end() :]) if place else ("", text)


#: What people type in a hurry, and names nothing and is no reason.
HURRY = ("now", "please", "asap")


def calm(text: str) -> str:
    """`payments right now!` without the hurry."""
    typed, whole = text.split(), text.split()
    while typed and typed[-1].casefold().strip("!.,") in (HURRY if typed == whole else (*HURRY, "right")):
        typed.pop()
    return " ".join(typed).rstrip("!., ")


def is_version(word: str) -> bool:
    """Whether it can be nothing else."""
    return bool(_VERSION.fullmatch(word))


def spelled_otherwise(version: str) -> str:
    """With or without the v that some write before it: v3.1 is 3.1, and 3.1 is v3.1."""
    return version[1:] if re.match(r"[vV]\d", version) else f"v{version}"


def may_be_version(word: str) -> bool:
    """Whether it may be one, where a version may stand: 5, 2026-11, 7b3f, v3."""
    return is_version(word) or any(mark.isdigit() for mark in word[:2])


def is_like(word: str, versions: Iterable[str]) -> bool:
    """Whether it is built as one of these versions is, as 2026-11 and 2026-10 are."""
    return any(mark.isdigit() for mark in word) and _shape(word) in {_shape(version) for version in versions}


def is_time_or_version(word: str, versions: Iterable[str]) -> bool:
    """Whether `14.31` may be a slip for a release's 14.30, or one that is not planned yet."""
    major = word.partition(".")[0]
    return bool(re.fullmatch(r"\d{1,2}\.\d{2}", word)) and major in {one.partition(".")[0] for one in versions}


def _shape(word: str) -> str:
    return re.sub(r"\d+", "0", re.sub(r"[^\W\d_]+", "a", word))
