"""Ask for what a verb still needs: one declaration serves the command's arguments, a modal and its errors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from bot.kit.blocks import Block, Input, Modal, Para
from bot.release.errors import FieldRefusal
from bot.release.release import Release
from bot.release.words import Words

#: Beside its fields, what was read from the text and is asked about all the same.
LIKELY = "likely"
#: As many characters fit into a text field without a limit of its own (docs.slack.dev, "Plain-text input element").
MAX_TYPED = 3_000


@dataclass(frozen=True)
class Form:
    """The modal that a verb opens when something is missing. `title` is at most 24 characters.

    `more` are fields that depend on the release, such as which of its parts is meant; they stand first.
    """

    title: str
    fields: tuple[Input, ...]
    submit: str = "Save"
    more: Callable[[Release], tuple[Input, ...]] | None = None
    close: str = "Cancel"

    def asks(self, release: Release | None) -> tuple[Input, ...]:
        """Its fields for this release."""
        more = self.more(release) if self.more is not None and release is not None else ()
        return (*more, *self.fields)

    def required(self, release: Release | None) -> tuple[str, ...]:
        return tuple(field.name for field in self.asks(release) if not field.optional)

    def modal(
        self,
        name: str,
        *,
        data: Mapping[str, Any],
        initial: Mapping[str, Any],
        intro: Words = (),
        release: Release | None = None,
    ) -> Modal:
        """The dialog, with what is known already filled in; and what is `LIKELY`, by the names of fields."""
        known = {**initial.get(LIKELY, {}), **initial}
        filled = tuple(_with_initial(field, known.get(field.name)) for field in self.asks(release))
        blocks: tuple[Block, ...] = (Para(intro), *filled) if intro else filled
        return Modal(name=name, title=self.title, blocks=blocks, submit=self.submit, close=self.close, data=data)

    def read(self, values: Mapping[str, Any], release: Release | None = None) -> dict[str, Any]:
        """The answers. Raises FieldRefusal where one is not among the choices, as in a dialog opened long ago."""
        for field in self.asks(release):
            if not _possible(field, values.get(field.name)):
                raise FieldRefusal(field.name, "That is not a choice any more. Please choose again.")
        return dict(values)


def _possible(field: Input, value: Any) -> bool:
    if value is None:
        return True
    if field.kind == "date":
        try:
            return bool(date.fromisoformat(str(value)))
        except ValueError:
            return False
    return field.kind not in ("choice", "radio") or value in {option.value for option in field.options}


def _with_initial(field: Input, value: Any) -> Input:
    if value in (None, "", ()):
        return field
    most = field.max_length or MAX_TYPED
    if isinstance(value, str) and len(value) > most:  # Slack would not open the dialog
        cut = f"What you typed is cut here: {most:,} characters fit. {field.hint}"
        return replace(field, initial=value[:most], hint=cut.strip())
    return replace(field, initial=value)
