"""Ask for what a verb still needs: one declaration serves the command's arguments, a modal and its errors."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.kit.blocks import Block, Input, Modal, Para
from bot.release.words import Words


@dataclass(frozen=True)
class Form:
    """The modal that a verb opens when something is missing. `title` is at most 24 characters."""

    title: str
    fields: tuple[Input, ...]
    submit: str = "Save"

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields if not field.optional)

    def modal(self, name: str, *, data: Mapping[str, Any], initial: Mapping[str, Any], intro: Words = ()) -> Modal:
        """The dialog, with what is known already filled in."""
        filled = tuple(_with_initial(field, initial.get(field.name)) for field in self.fields)
        blocks: tuple[Block, ...] = (Para(intro), *filled) if intro else filled
        return Modal(name=name, title=self.title, blocks=blocks, submit=self.submit, data=data)


def _with_initial(field: Input, value: Any) -> Input:
    if value in (None, "", ()):
        return field
    known = {name: getattr(field, name) for name in field.__dataclass_fields__}
    return Input(**{**known, "initial": value})
