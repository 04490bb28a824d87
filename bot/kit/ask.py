"""Hold one request while it is worked on: what the person did, about which release, with what arguments."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.kit.interaction import Interaction
from bot.release.as_shown import Prints
from bot.release.errors import Refusal
from bot.release.release import Release

if TYPE_CHECKING:
    from bot.kit.declare import Verb


@dataclass
class Ask:
    """`text` is what was typed after verb and release; `args` are the form's fields, from text or modal."""

    did: Interaction
    verb: "Verb | None" = None
    text: str = ""
    args: dict[str, Any] = field(default_factory=dict)
    found: Release | None = None
    several: tuple[Release, ...] = ()  # what may be meant, for a verb that may list
    has_more: bool = False  # others may be meant, too

    @property
    def user(self) -> str:
        return self.did.user

    @property
    def release(self) -> Release:
        """The release this is about. Raises Refusal when there is none."""
        if self.found is None:
            raise Refusal("Which release? Name it by its number, or by its service and version.", code="which_release")
        return self.found

    @property
    def data(self) -> Mapping[str, Any]:
        return self.did.data

    @property
    def round_shown(self) -> int | None:
        """The poll round of the message the person clicked on; None where nothing was shown."""
        number = self.did.data.get("n")
        return number if isinstance(number, int) else None

    @property
    def prints_shown(self) -> Prints | None:
        """The fingerprints, or their marks, of what that message asked about; None where nothing was shown."""
        prints = self.did.data.get("f")
        return prints if isinstance(prints, dict | str) else None

    def arg(self, name: str) -> str:
        value = self.args.get(name)
        return value.strip() if isinstance(value, str) else ""
