"""Find the people, user groups and channels that somebody named in what they typed."""

import re

from storage.people import is_group

#: As Slack sends them: <@U1>, <@U1|bo>, <!subteam^S1|@qa>, <#C1|payments>.
_MENTION = re.compile(r"<(?:@([UW][A-Z0-9]+)|!subteam\^(S[A-Z0-9]+)|#([CG][A-Z0-9]+))(?:\|[^>]*)?>")


def mentioned(text: str) -> list[str]:
    """The ids of all that is named, in that order."""
    return list(dict.fromkeys(next(filter(None, found)) for found in _MENTION.findall(text)))


def people_mentioned(text: str) -> list[str]:
    """The ids of the people that are named, in that order."""
    return [id for id in mentioned(text) if is_person(id)]


def is_person(id: str) -> bool:
    """Whether this is the id of a person, and not of a group or a channel."""
    return not is_group(id) and not id.startswith(("C", "G"))


def without_mentions(text: str) -> str:
    """What else was typed."""
    return " ".join(_MENTION.sub(" ", text).split())
