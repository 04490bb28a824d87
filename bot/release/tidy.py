"""Smooth out what keyboards and phones do to typed text, before it is read as a time."""

import re
import unicodedata

#: Nobody needs more to name a time; the rest of a novel is not looked at.
LONGEST_TEXT = 120


def tidy(text: str) -> str:
    """Lower case, plain digits, hyphens and spaces; no quotes, commas or brackets. Too long gives ""."""
    if len(text) > LONGEST_TEXT:
        return ""
    plain = unicodedata.normalize("NFKC", text.replace("½", ".5")).casefold()
    plain = re.sub(r"[\u2010-\u2015\u2212]", "-", plain)
    plain = re.sub(r"[\"'`´\u2018-\u201f]", "", plain)
    plain = re.sub(r"[,;()\[\]<>]", " ", plain)
    plain = re.sub(r"\b([ap])\s?\.\s?m\b\.?", r"\1m", plain)
    plain = re.sub(r"(?:(?<=\d)|(?<=[ap]m))[ -]?ish\b", "", plain)
    plain = " ".join(plain.split()).rstrip("!? ")
    return re.sub(r"(?<=[a-z])\.+$|(?<=:\d\d)\.+$", "", plain)


def quote(text: str) -> str:
    """What was typed, in quotes, on one line and not longer than a line."""
    one_line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return f"“{one_line if len(one_line) <= 60 else one_line[:59] + '…'}”"


def bare_name(text: str) -> str:
    """A service's or a version's name without what ends it in a sentence: `payments:` is payments."""
    name = " ".join(text.split())
    return name.rstrip(".,:; ") or name
