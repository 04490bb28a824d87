"""Find what two release processes would both decide: in one file, or in a file and in what stays in force."""

from collections.abc import Iterable, Sequence

import yaml

from bot.release.policy import BUILT_IN, Policy, service_key
from bot.strict_yaml import YamlError, line_of, parse

#: A policy and where it stands in its file's list.
Placed = tuple[int, Policy]


def within(root: yaml.Node, placed: Sequence[Placed]) -> list[tuple[int, str]]:
    """What the file itself says twice, each with the line of the second."""
    problems: list[tuple[int, str]] = []
    for count, (place, policy) in enumerate(placed):
        before = [earlier for _, earlier in placed[:count]]
        problems += _said_twice(root, place, policy, before, " in this file; one policy decides")
        if any(earlier.name.casefold() == policy.name.casefold() for earlier in before):
            problems.append((_line(root, place, "name"), f"two policies are named {policy.name}"))
    return problems


def require_room(text: str, policies: Sequence[Policy], staying: Iterable[Policy]) -> None:
    """Raise YamlError where a file's policies claim what policies in force, which the file does not change, decide."""
    root, _ = parse(text)
    staying = list(staying)
    problems: list[tuple[int, str]] = []
    for place, policy in enumerate(policies):
        for other in staying:
            change = "" if other.name in BUILT_IN else f"change {other.name} in this file too, "
            how = f", which stays in force. Leave it out here, {change}or retire it: --retire {other.name}"
            problems += _said_twice(root, place, policy, [other], how)
            if other.name.casefold() == policy.name.casefold():
                said = f"{policy.name} is in force as {other.name}; write its name like that"
                problems.append((_line(root, place, "name"), said))
    if problems:
        raise YamlError(problems)


def _said_twice(
    root: yaml.Node, place: int, policy: Policy, others: Iterable[Policy], how: str
) -> list[tuple[int, str]]:
    problems = []
    for other in others:
        for index, service in enumerate(policy.services):
            if service_key(service) in map(service_key, other.services):
                line = _line(root, place, "services", index)
                problems.append((line, f"the service {service} is already named by the policy {other.name}{how}"))
        if policy.is_default and other.is_default:
            problems.append((_line(root, place, "default"), f"the policy {other.name} is the default already{how}"))
    return problems


def _line(root: yaml.Node, place: int, *path: int | str) -> int:
    return line_of(root, ("policies", place, *path))
