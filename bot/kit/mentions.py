"""Find the people, user groups and channels that somebody named in what they typed."""

import re

from bot.kit.desk import Desk
from bot.release.errors import Refusal
from bot.release.words import Code, Said, Who, listing
from storage.people import is_group

#: As Slack sends them: <@U1>, <@U1|bo>, <!subteam^S1|@qa>, <#C1|payments>.
_MENTION = re.compile(r"<(?:@([UW][A-Z0-9]+)|!subteam\^(S[A-Z0-9]+)|#([CG][A-Z0-9]+))(?:\|[^>]*)?>")
#: What people type when they do not take somebody from Slack's list: @bo, @Bo Miller.
_BARE = re.compile(r"(?<![\w<|@])@(?=\w)([^@<>]+)")
#: A name has so many words at most.
MOST_WORDS = 3


def named(text: str, desk: Desk) -> tuple[list[str], str]:
    """(the ids of all that is named, in that order; what else was typed).

    A plain @name counts where exactly one person or group is known by it. Raises Refusal where nobody is, or several.
    """
    found: list[tuple[int, str]] = []
    rest = text
    for bare in reversed(list(_BARE.finditer(text))):
        id, end = _known(bare[1], desk)
        found.append((bare.start(), id))
        rest = f"{rest[: bare.start()]} {rest[bare.start(1) + end :]}"
    for mention in _MENTION.finditer(text):
        found.append((mention.start(), next(filter(None, mention.groups()))))
    return list(dict.fromkeys(id for _, id in sorted(found))), " ".join(_MENTION.sub(" ", rest).split())


def people_named(text: str, desk: Desk) -> tuple[list[str], str]:
    """The same, of people alone."""
    ids, rest = named(text, desk)
    return [id for id in ids if is_person(id)], rest


def one_named(text: str, desk: Desk, rule: str, example: str) -> tuple[str | None, str]:
    """(the only person named, None for nobody; what else was typed). `rule`: why it is one, said to who names more."""
    people, rest = people_named(text, desk)
    if len(people) > 1:
        raise Refusal(f"{rule}, and you named ", listing([Who(one) for one in people]), ". For example: ",
                      Code(f"{desk.catalogue.command} {example}"), ".", code="one_person")  # fmt: skip
    return (people[0] if people else None), rest


def spelled_out(text: str, desk: Desk) -> str:
    """The same with names for ids, to be kept and read: `until <@U1> is back` becomes `until @Bo is back`."""

    def name(found: re.Match[str]) -> str:
        user, group, channel = found.groups()
        known = desk.work.people.group(group) if group else None
        return f"#{channel}" if channel else "@" + (known.handle if known else group or desk.name(user))

    return _MENTION.sub(name, text)


def is_person(id: str) -> bool:
    """Whether this is the id of a person, and not of a group or a channel."""
    return not is_group(id) and not id.startswith(("C", "G"))


def _known(typed: str, desk: Desk) -> tuple[str, int]:
    """The only one who is called as the text begins, and where that name ends in it."""
    words = list(re.finditer(r"\S+", typed))[:MOST_WORDS]
    for last in reversed(words):
        name = typed[: last.end()].rstrip(".,;:!?")
        ids = desk.work.people.called(" ".join(name.split()))
        if len(ids) > 1:
            raise Refusal("Several people are called “@", Said(name), "”: please pick the one you mean from the list "
                          "Slack opens when you type @.", code="which_person")  # fmt: skip
        if ids:
            return ids[0], last.end()
    raise Refusal("I don't know who “@", Said(words[0][0].rstrip(".,;:!?")), "” is: please pick the person from the "
                  "list Slack opens when you type @.", code="unknown_name")  # fmt: skip
