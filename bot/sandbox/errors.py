"""Say no the way Slack says it: an error word, and what goes with it."""

from typing import Any


class ApiError(Exception):
    """A Web API method answers {"ok": false, "error": word, …more}."""

    def __init__(self, word: str, **more: Any) -> None:
        super().__init__(word)
        self.word = word
        self.more = more

    @classmethod
    def with_messages(cls, word: str, messages: list[str]) -> "ApiError":
        """Block Kit faults, in both places where Slack puts them."""
        return cls(
            word, errors=messages, response_metadata={"messages": [f"[ERROR] {message}" for message in messages]}
        )


class Refused(Exception):
    """A person cannot do this; the text is what Slack's client would tell them."""

    def __init__(self, words: str, errors: dict[str, str] | None = None) -> None:
        super().__init__(words)
        self.words = words
        #: block_id -> what is wrong with that field
        self.errors = errors or {}
