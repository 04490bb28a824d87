"""Read what the dialogs about a policy have in common: typed words, people who may sign off."""

from collections.abc import Mapping
from typing import Any

from bot.kit.desk import Desk
from bot.release.errors import FieldRefusal
from bot.release.policy import SignOff
from bot.release.words import Who, listing

#: The answers of a dialog by field; those that were changed.
Values = Mapping[str, Any]
#: Slack shows at most so many checkboxes.
MOST_GROUPS = 10


def typed(values: Values, field: str) -> str:
    value = values.get(field)
    return value.strip() if isinstance(value, str) else ""


def full_members(field: str, values: Values, desk: Desk, known: frozenset[str] = frozenset()) -> frozenset[str]:
    """Who was chosen; those not `known` have to be full members. Raises FieldRefusal."""
    chosen = frozenset(values.get(field) or ())
    others = sorted((chosen - known) - desk.full_members(chosen - known))
    if others:
        raise FieldRefusal(field, "Only full members sign off, no guests and no bots: not ",
                           listing([Who(user) for user in others]), ".")  # fmt: skip
    return chosen


def groups_chosen(field: str, values: Values, before: frozenset[str], desk: Desk) -> frozenset[str]:
    """The user groups that were ticked, and those there were that had no box."""
    shown = {group.id for group in desk.work.people.groups()[:MOST_GROUPS]}
    return frozenset(values.get(field) or ()) | (before - shown) if field in values else before


def has_givers(one: SignOff) -> bool:
    """Whether anybody could give it."""
    return bool(one.people or one.groups or one.channels or one.whole_channel or one.outside or one.recorded)
