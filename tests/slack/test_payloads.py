"""Slack's payloads become what the person typed or clicked, and nothing more."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.slack import payloads
from bot.slack.payloads import NOWHERE, readable

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("hold until <@U012AB|ana> is back", "hold until <@U012AB> is back"),
        ("stand-in <!subteam^S012AB|@qa> <@U012AB>", "stand-in <!subteam^S012AB> <@U012AB>"),
        ("see <#C012AB|payments> and <https://ci.example/1|the build>", "see #payments and https://ci.example/1"),
        ("new <http://checkout.io|checkout.io> 2.0", "new checkout.io 2.0"),
        ("new <http://Checkout.IO|Checkout.IO> 2.0", "new Checkout.IO 2.0"),
        ("see <https://ci.example/1|ci.example/1>", "see ci.example/1"),
        (
            "<mailto:ops@x.io|ops@x.io> says <tel:+4930|+4930> &amp; <https://x.io/a?b=1&amp;c=2>",
            "ops@x.io says +4930 & https://x.io/a?b=1&c=2",
        ),
        ("<http://evil.example|checkout.io>", "http://evil.example"),
        ("&lt;!channel&gt; a &amp;amp; b", "<!channel> a &amp; b"),
        ("<!here> now", "@here now"),
        ("\u202eevil\u0000 1.0", "evil 1.0"),
        ("rockets\ud83d 🚀", "rockets 🚀"),
    ],
)
def test_typed_text_is_read_back(sent: str, typed: str) -> None:
    assert readable(sent) == typed


def click(value: Any) -> dict[str, Any]:
    """What a button named do.go carries, once read."""
    body = {
        "type": "block_actions", "team": {"id": "T1"}, "user": {"id": "U1"}, "trigger_id": "1.1",
        "actions": [{"action_id": "do.go#0", "value": value}],
    }  # fmt: skip
    return dict(payloads.action(body, NOW).data)


def test_a_button_carries_its_release() -> None:
    assert click('{"r":12,"n":2}') == {"r": 12, "n": 2}
    assert click("{}") == {}, "one that is about no release"


ODD = ["", "nojson", "[]", "5", '{"r":"12"}', '{"r":true}', '{"r":null}', '{"r":' + "9" * 20 + "}"]


@pytest.mark.parametrize("value", ODD)
def test_a_button_that_cannot_be_read_never_means_whichever_release_is_around(value: str) -> None:
    assert click(value)["r"] == NOWHERE


def test_a_dialog_that_cannot_be_read_means_no_release_either() -> None:
    body = {
        "type": "view_submission", "team": {"id": "T1"}, "user": {"id": "U1"},
        "view": {"id": "V1", "callback_id": "form.hold", "private_metadata": "{", "state": {"values": {}}},
    }  # fmt: skip
    assert payloads.submission(body, NOW).data["r"] == NOWHERE
    body["view"] = {**body["view"], "private_metadata": json.dumps({"r": 1})}  # type: ignore[dict-item]
    assert payloads.submission(body, NOW).data["r"] == 1
