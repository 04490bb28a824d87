"""Tell the dialogs about a policy apart: its process, one of its sign-offs, its rights; and name what none asks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.kit import policy_form, policy_rights, policy_sign_off
from bot.kit.blocks import Block
from bot.kit.desk import Desk
from bot.kit.policy_answers import Values
from bot.release.policy import Lane, Policy
from bot.release.words import Bold, Code, Piece, Words, words


@dataclass(frozen=True)
class Dialog:
    """One of them. `otherwise` is the field under which a problem is told that belongs to none of its own.

    `data` travels with it, and tells it apart. `kind`: of releases that it is about alone; empty for all.
    """

    title: str
    otherwise: str
    data: Mapping[str, str]
    kind: str
    fields: Callable[[Policy, Desk], tuple[Block, ...]]
    filled: Callable[[Policy, Desk], dict[str, Any]]
    edited: Callable[[Policy, Values, Desk], Policy]

    def changed(self, policy: Policy, values: Values, desk: Desk) -> dict[str, Any]:
        """The answers that differ from what the policy says: short enough to travel with the next dialog."""
        said = self.filled(policy, desk)
        return {name: value for name, value in values.items() if _plain(value) != _plain(said.get(name))}


def which(data: Mapping[str, Any]) -> Dialog:
    """The dialog that a button opens, or that was sent off; those of before say none, and are about the process."""
    kind, role = str(data.get("k", "")), str(data.get("s", ""))
    told = {"k": kind} if kind else {}
    if data.get("d") == "rights":
        return Dialog("Rights and channels", policy_rights.OTHERWISE, {"d": "rights"}, "",
                      lambda policy, desk: policy_rights.fields(policy),
                      lambda policy, desk: policy_rights.filled(policy),
                      lambda policy, values, desk: policy_rights.edited(policy, values))  # fmt: skip
    if data.get("d") == "sign-off":
        return Dialog("Edit a sign-off", policy_sign_off.OTHERWISE, {"d": "sign-off", "s": role, **told}, kind,
                      lambda policy, desk: policy_sign_off.fields(policy, role, desk),
                      lambda policy, desk: policy_sign_off.filled(policy, role, desk),
                      lambda policy, values, desk: policy_sign_off.edited(policy, role, values, desk))  # fmt: skip
    return Dialog("Edit the policy", policy_form.OTHERWISE, told, kind,
                  lambda policy, desk: policy_form.fields(policy, desk.work.people.groups(), kind),
                  lambda policy, desk: policy_form.filled(policy, desk.work.people.groups()),
                  policy_form.edited)  # fmt: skip


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple | set | frozenset):
        return sorted(value) or None
    return (value.strip() if isinstance(value, str) else value) or None


def for_whom(dialog: Dialog) -> Words:
    """Which sign-off, or which releases, this dialog is about."""
    role = dialog.data.get("s", "")
    named = words("Its sign-off ", Bold(role), ". ") if role else ()
    return words(named, f"This is for its {dialog.kind} releases only." if dialog.kind else "")


def what_stays(policy: Policy, dialog: Dialog) -> Words:
    """What the dialog of the process does not ask, so that it stays; and where it is changed."""
    if "d" in dialog.data:
        return ()
    there: list[Piece | Words] = [Bold("Sign-offs"), ": who else gives each of them, who may not, and delegates; "]
    there += [
        Bold("Rights and channels"),
        ": who may do and plan what, kinds, freezes, clashes, and where outcomes are told. ",
    ]
    own = [name for name, lane in sorted(policy.lanes.items()) if lane != Lane() and name in policy.kinds]
    if own and not dialog.kind:
        there.append(f"What is otherwise for {' and '.join(own)} releases stays as it is. ")
    if len("\n".join(policy.services)) > policy_form.MAX_BEGUN and not dialog.kind:
        there.append("Its services are too many for a field, and are changed in the file. ")
    return words("Not asked here, but beside ", Bold("Edit"), ": ", *there, Bold("As a file"), " gives you all of it ",
                 "for ", Code("tminus policy apply"), ".")  # fmt: skip
