"""Collect what is wrong with a piece of Block Kit, with the place of each fault."""

from collections.abc import Iterable
from typing import Any, Literal

from bot.sandbox import limits

Json = dict[str, Any]
Surface = Literal["message", "modal", "home"]


class Report:
    """Messages such as "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def add(self, at: str, what: str) -> None:
        self.messages.append(f"{what} [json-pointer:{at}]")

    def keys(self, thing: Json, at: str, allowed: Iterable[str]) -> None:
        """Only these properties, as Slack is strict about others."""
        for key in thing.keys() - set(allowed):
            self.add(at, f"invalid additional property: {key}")

    def string(self, thing: Json, name: str, at: str, most: int, *, least: int = 1) -> None:
        """A string property of least..most characters."""
        value = thing.get(name)
        if value is None:
            self.add(at, f"missing required field: {name}")
        elif not isinstance(value, str):
            self.add(f"{at}/{name}", "must be a string")
        elif len(value) < least:
            self.add(f"{at}/{name}", f"must be more than {least - 1} characters")
        elif len(value) > most:
            self.add(f"{at}/{name}", f"must be less than {most + 1} characters")

    def boolean(self, thing: Json, name: str, at: str) -> None:
        if name in thing and not isinstance(thing[name], bool):
            self.add(f"{at}/{name}", "must be a boolean")

    def integer(self, thing: Json, name: str, at: str, least: int, most: int) -> None:
        value = thing.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most):
            self.add(f"{at}/{name}", f"must be an integer from {least} to {most}")

    def items(self, thing: Json, name: str, at: str, least: int, most: int) -> list[Any]:
        """An array property with least..most items; the empty list if it is none."""
        value = thing.get(name)
        if not isinstance(value, list):
            self.add(at, f"missing required field: {name}")
            return []
        if len(value) < least:
            self.add(f"{at}/{name}", f"no fewer than {least} items allowed")
        if len(value) > most:
            self.add(f"{at}/{name}", f"no more than {most} items allowed")
        return value

    def image(self, thing: Json, at: str) -> None:
        """An image has one source and words for those who cannot see it."""
        if (thing.get("image_url") is None) == (thing.get("slack_file") is None):
            self.add(at, "must define either `image_url` or `slack_file`")
        if thing.get("image_url") is not None:
            self.string(thing, "image_url", at, limits.IMAGE_URL)
        self.string(thing, "alt_text", at, limits.ALT_TEXT)
