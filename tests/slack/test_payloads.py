"""What Slack made of typed text becomes what the person typed, and nothing more."""

import pytest

from bot.slack.payloads import readable


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("hold until <@U012AB|ana> is back", "hold until @ana is back"),
        ("see <#C012AB|payments> and <https://ci.example/1|ci.example/1>", "see #payments and https://ci.example/1"),
        ("&lt;!channel&gt; a &amp;amp; b", "<!channel> a &amp; b"),
        ("<!here> now", "@here now"),
        ("\u202eevil\u0000 1.0", "evil 1.0"),
    ],
)
def test_typed_text_is_read_back(sent: str, typed: str) -> None:
    assert readable(sent) == typed
