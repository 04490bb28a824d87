"""What is too long for Slack is cut, and what is left of it is still whole."""

import pytest

from bot.kit.blocks import Message, Small
from bot.kit.fitting import cut_marked
from bot.kit.render import Voice, message
from bot.release.words import Link, words

#: Of whatever else follows, much is seen.
LONG = "all is well " * 500
BUILD = Link("https://ci.example/run?id=1&job=2", "the build")


def test_a_link_with_an_ampersand_ends_neither_the_text_nor_itself() -> None:
    drawn = message(Message(words("Passed: ", BUILD, ". ", LONG)), Voice(str))
    assert drawn["text"].startswith("Passed: <https://ci.example/run?id=1&job=2|the build>. all is well ")
    small = message(Message(words("x"), (Small(words("Passed: ", BUILD, ". ", LONG)),)), Voice(str))
    [said] = small["blocks"][0]["elements"]
    assert len(said["text"]) > 1_900 and said["text"].count("<") == said["text"].count(">") == 1


@pytest.mark.parametrize(("text", "most", "kept"), [
    ("ab <https://x.io/?a=1&b=2|c> d", 20, "ab …"),
    ("ab <https://x.io/?a=1&b=2|c> d e", 31, "ab <https://x.io/?a=1&b=2|c> d…"),
    ("a &amp; b", 3, "a …"),
    ("a &amp; b", 4, "a …"),
    ("a &amp; b", 7, "a …"),
    ("a &amp; b", 8, "a &amp;…"),
    ("a &lt; b", 5, "a …"),
    ("R&amp;D is &gt; 3", 15, "R&amp;D is …"),
])  # fmt: skip
def test_no_entity_and_no_token_is_left_cut_in_two(text: str, most: int, kept: str) -> None:
    assert cut_marked(text, most) == kept
