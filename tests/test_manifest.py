"""The app manifest: what the file says is what the bot is, and it fits Slack's limits."""

import json
from pathlib import Path

import pytest
import yaml

from bot.slack import manifest

ROOT = Path(__file__).parent.parent


def test_the_file_is_what_the_command_prints() -> None:
    written = (ROOT / "manifest.yml").read_text()
    assert written == manifest.dump(manifest.build()), "run: make docs"


def test_the_command_and_the_prefix_follow_the_configuration() -> None:
    command = manifest.build("/ship", "SHIP")["features"]["slash_commands"][0]
    assert command["command"] == "/ship"
    assert "SHIP-12" in command["usage_hint"]
    assert command["should_escape"] is True


def test_without_an_address_it_is_socket_mode_and_names_no_url() -> None:
    built = manifest.build()
    assert built["settings"]["socket_mode_enabled"] is True
    assert "url" not in json.dumps(built).replace("usage", "")


def test_with_an_address_everything_is_posted_to_one_path() -> None:
    built = manifest.build(base_url="https://tminus.example.com/")
    address = "https://tminus.example.com/slack/events"
    assert built["settings"]["socket_mode_enabled"] is False
    assert built["settings"]["event_subscriptions"]["request_url"] == address
    assert built["settings"]["interactivity"]["request_url"] == address
    assert built["features"]["slash_commands"][0]["url"] == address


def test_optional_scopes_are_the_histories_and_are_asked_for_too() -> None:
    scopes = manifest.build()["oauth_config"]["scopes"]
    assert scopes["bot_optional"] == ["channels:history", "groups:history", "im:history"]
    assert set(scopes["bot_optional"]) < set(scopes["bot"])
    assert "chat:write.public" not in scopes["bot"]


#: Slack's reference: an event is delivered only to an app with this scope.
SCOPE_OF_EVENT = {
    "app_mention": "app_mentions:read",
    "channel_archive": "channels:read",
    "channel_deleted": "channels:read",
    "channel_rename": "channels:read",
    "channel_unarchive": "channels:read",
    "group_archive": "groups:read",
    "group_deleted": "groups:read",
    "group_rename": "groups:read",
    "group_unarchive": "groups:read",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
    "message.im": "im:history",
    "subteam_created": "usergroups:read",
    "subteam_members_changed": "usergroups:read",
    "subteam_updated": "usergroups:read",
    "team_join": "users:read",
    "user_change": "users:read",
}
NEEDS_NO_SCOPE = {"app_home_opened", "app_uninstalled", "tokens_revoked"}


def test_every_event_has_the_scope_it_needs() -> None:
    built = manifest.build()
    events = built["settings"]["event_subscriptions"]["bot_events"]
    assert set(events) == set(SCOPE_OF_EVENT) | NEEDS_NO_SCOPE
    assert set(SCOPE_OF_EVENT.values()) <= set(built["oauth_config"]["scopes"]["bot"])


def test_slacks_limits_are_kept() -> None:
    built = manifest.build("/" + "x" * 31, "P" * 10)
    info = built["display_information"]
    assert len(info["name"]) <= 35
    assert len(info["description"]) <= 140
    assert 175 <= len(info["long_description"]) <= 4000
    assert len(built["features"]["slash_commands"][0]["usage_hint"]) <= 1000
    for shortcut in built["features"]["shortcuts"]:
        assert len(shortcut["name"]) <= 24
        assert len(shortcut["description"]) <= 150


@pytest.mark.parametrize("base_url", [None, "https://tminus.example.com"])
def test_the_yaml_reads_back_as_the_same_manifest(base_url: str | None) -> None:
    built = manifest.build(base_url=base_url)
    assert yaml.safe_load(manifest.dump(built)) == built
