"""Read a release as people type one: `payments 3.0 + web 5.1 hotfix to staging tomorrow 14:00`."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from bot.kit.ask import Ask
from bot.kit.desk import Desk
from bot.kit.forms import LIKELY
from bot.kit.naming import is_version, may_be_version, split_word
from bot.release.errors import FieldRefusal
from bot.release.policy import service_key
from bot.release.release import DEFAULT_ENVIRONMENT, Kind
from bot.release.tidy import bare_name
from bot.release.when import split_when
from bot.release.when_words import read_words
from bot.release.words import Code, Said
from bot.release.zones import read_zone

_QUOTED = re.compile('["“”„]')
#: What is no service, before a number.
_BEFORE_TIMES = {"the", "at", "on", "in", "by", "from", "until", "till", "to", "for", "around", "week", "day"}
#: Called as a place is, and an environment all the same.
_ENVIRONMENTS = {"canary"}
_PLACED = re.compile(r"(.*\S)\s*\(([^()\s]+)\)")
#: `2.14.1 (hotfix)`.
_KIND_IN_BRACKETS = re.compile(r"\((standard|normal|hotfix)\)", re.IGNORECASE)
#: So many of a service's last releases say where it goes.
_OF_LATE = 5
#: What stands between parts that go live together.
_AND = re.compile(r"(?:\s*,|\s(?:\+|&|and|plus|with))\s+", re.IGNORECASE)
_PLUS = re.compile(r"\s\+\s")
#: What stands between the time and what is in it.
_SAYS_MORE = re.compile(r"(?:[,;:]|\s[-–—]+)\s+|\s+(?=because\s)", re.IGNORECASE)
#: `a hotfix for payments 2.14.1`, `the release of web 5.1`.
_A_RELEASE = re.compile(
    r"(?:(?:an?|the|another|new)\s+)*(?:(standard|normal|hotfix)\s+)?(?:release\s+)?(?:(?:for|of)\s+)?", re.IGNORECASE
)
#: `2.14.1 as a hotfix`, `2.14.1 hotfix`.
_KIND = re.compile(r"\s(?:as\s+(?:an?\s+)?)?(standard|normal|hotfix)(?=\s|$)", re.IGNORECASE)


def read_plan(ask: Ask, desk: Desk) -> Mapping[str, Any]:
    """`payments 2.14.0 hotfix to staging tomorrow 14:00` into the form's fields."""
    service, rest = split_word(ask.text)
    around = _A_RELEASE.match(ask.text)
    named, after = split_word(ask.text[around.end() :] if around is not None else "")
    version, behind = split_word(after)
    if around is not None and around.end() and is_version(version):  # `hotfix payments 2.14.1 now`
        service, rest = named, " ".join(filter(None, (version, around[1], behind)))
    rest, changes = _split_changes(rest.lstrip(":, "))
    head, when = _split_when(rest)
    kind = Kind.NORMAL.value
    head = _KIND_IN_BRACKETS.sub(r"\1", head)
    if said := _KIND.search(head):
        kind, head = said[1].casefold(), f"{head[: said.start()]}{head[said.end() :]}"
    if not when:
        head, when = _split_zone(head, bare_name(service), desk)
    if (placed := _in_brackets(head)) is not None:
        head, environment, parts = placed
    else:
        head, environment = _split_environment(head)
        head, parts = _split_parts(head)
    if parts and placed is None:
        (head, its_own), *lines = (_split_environment(line) for line in (head, *parts.split("\n")))
        if its_own or any(where for _, where in lines):  # `3.0 to staging + web 5.1 to production`: each says where
            lines[-1] = (lines[-1][0], environment)
            environment, parts = its_own, _each_to(its_own, lines, desk)
    version, left = split_word(head)
    if not may_be_version(version) and is_version(split_word(left)[0]):
        typed = Code(f'{desk.catalogue.command} new "{service} {version}" {left} {when}'.rstrip())
        raise FieldRefusal("service", "If “", Said(f"{service} {version}"), "” is the service, put it in quotes: ",
                           typed, code="two_words")  # fmt: skip
    channel = ask.did.channel if ask.did.channel and not ask.did.channel.startswith("D") else None
    fields: dict[str, Any] = {
        "service": bare_name(service.strip("()")),
        "version": bare_name(version),
        "when": f"{left} {when}".strip().removeprefix("for "),
        "environment": bare_name(environment),
    }
    if not fields["when"] and ask.data.get("when"):  # what was no time stands in the dialog that asks for one
        fields[LIKELY] = {"when": str(fields.pop("when") or ask.data["when"])}
    return {**fields, "parts": parts, "channel": channel, "risk": "medium", "kind": kind, "changes": changes}


def _split_changes(rest: str) -> tuple[str, str]:
    """`1.4 tomorrow 14:00, fix the cart` into all up to the time, and what is in it; "" where nothing is said of it."""
    for end in _SAYS_MORE.finditer(rest) if not split_when(rest)[1] else ():
        before, after = rest[: end.start()], rest[end.end() :]
        if split_when(before)[1] and _is_prose(after):
            return before, after
    return rest, ""


def _is_prose(text: str) -> bool:
    """Whether it says what is in it, and no other time, part, place or kind."""
    typed = [word.strip(".,:;!?()") for word in text.split()]
    if len(typed) < 2 or typed[0].casefold() in {"to", "in", "on", "and", "with", "plus"} or _KIND.search(f" {text}"):
        return False
    return not is_version(typed[1]) and not any(read_words(word) for word in typed)


def _split_when(rest: str) -> tuple[str, str]:
    """What stands before the time, and the time. Before a time a place is an environment: `4.8 in berlin fri 3pm`."""
    head, when = split_when(rest)
    place, _, after = when.partition(" ")
    if re.search(r"\s(?:to|on|in)$", head, re.IGNORECASE) and read_words(after) and read_zone(place) is not None:
        return f"{head} {place}", after
    return head, when


def _split_zone(head: str, service: str, desk: Desk) -> tuple[str, str]:
    """`4.8 tomorrow 15:00 in New York` into what stands before the time, and the time there; "" where no zone is meant.

    Where it is called as an environment is, a place is one: `in canary`, and `in uk` where the service went before.
    """
    for found in re.finditer(r"\s(?:in|at|on)\s+", head):
        place = head[found.end() :]
        first, when = split_when(head[: found.start()])
        if when and read_zone(place) is not None and service_key(place) not in _ENVIRONMENTS | _went(service, desk):
            return first, f"{when} {place}"
    return head, ""


def _went(service: str, desk: Desk) -> set[str]:
    """The environments to which that service went of late, as compared."""
    last = desk.work.releases.find(service, None, open_only=False, limit=_OF_LATE)
    return {service_key(part.environment) for release in last for part in release.parts}


def _in_brackets(head: str) -> tuple[str, str, str] | None:
    """`3.0 + web 5.1 (staging)`, as cards write it: what stands first, its environment, and the other parts."""
    pieces = [] if _QUOTED.search(head) else [one.rstrip(" ,+&") for one in _AND.split(head)]
    placed = [(found[1], found[2].strip()) if (found := _PLACED.fullmatch(one)) else (one, "") for one in pieces]
    first, *others = placed or [("", "")]
    if not any(place for _, place in placed) or not all(_is_part(line.split()) for line, _ in others):
        return None
    there = [(line, place or ("" if len(line.split()) > 2 else DEFAULT_ENVIRONMENT)) for line, place in others]
    return *first, "\n".join(f"{line} {place}".strip() for line, place in there)


def _split_environment(head: str) -> tuple[str, str]:
    """`3.0 to staging` into what stands before it, and the environment; "" where there is none."""
    found = re.search(r"(?:^|\s)(?:to|on|in)\s+(\S+)$", head)
    return (head[: found.start()], found[1]) if found else (head, "")


def _each_to(first: str, others: list[tuple[str, str]], desk: Desk) -> str:
    """The lines of the other parts with their environments, where each has one."""
    if not first or not all(where for _, where in others):
        typed = f"{desk.catalogue.command} new payments 3.0"
        raise FieldRefusal("environment", "Where does each part go? Say it for each, ",
                           Code(f"{typed} to staging + web 5.1 to production fri 15:00"), ", or once for all, ",
                           Code(f"{typed} + web 5.1 to staging fri 15:00"), ".")  # fmt: skip
    return "\n".join(f"{line} {where}" for line, where in others)


def _split_parts(head: str) -> tuple[str, str]:
    """`3.0 + web 5.1 and api 2 staging` into what stands first, and the other parts, a line each."""
    if _QUOTED.search(head):
        return head, ""
    first, *others = (one.rstrip(" ,+&") for one in _AND.split(head))
    is_number = may_be_version if _PLUS.search(head) else is_version  # “+ api 2” is a part, “and 2 more” may be none
    if others and all(_is_part(_split_environment(one)[0].split(), is_number) for one in others):
        return first, "\n".join(others)
    return head, ""


def _is_part(typed: list[str], is_number: Callable[[str], bool] = is_version) -> bool:
    """`web 5.1`, `api v2 staging`; not `the 14.12` nor `monday 14.00`."""
    sure = len(typed) in (2, 3) and is_number(typed[1]) and typed[0].casefold() not in _BEFORE_TIMES
    return sure and read_words(" ".join(typed[:2])) is None
