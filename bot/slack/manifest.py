"""Describe the Slack app: the manifest an admin pastes into Slack, and the scopes doctor expects.

Asking for another scope later means that every workspace installs again, so they are decided here, once.
Nothing in it depends on what the bot can do this week: new verbs never change the manifest.
"""

from typing import Any

#: Every scope with the reason an admin reads in docs/security.md.
BOT_SCOPES = {
    "app_mentions:read": "hear `@T-Minus why` inside a release's thread, where slash commands do not work",
    "channels:read": "know who is in a public channel: its members may create, vote, hold and roll back",
    "chat:write": "post and edit release cards, and send direct messages to those who owe an answer",
    "commands": "the slash command and the two shortcuts",
    "files:write": "upload a release's evidence where it was asked for",
    "groups:read": "the same as channels:read, for private channels the bot was invited to",
    "im:write": "open the direct message with a person who owes an answer",
    "usergroups:read": "resolve sign-offs that belong to a Slack user group",
    "users:read": "names and time zones, and who is a guest, a bot or gone",
}
#: Slack lets an admin decline these; everything still works.
OPTIONAL_BOT_SCOPES = {
    "channels:history": "look an uncertain post up before repeating it, in public channels",
    "groups:history": "the same in private channels the bot was invited to",
    "im:history": "answer what is typed to the bot in its own direct message",
}

BOT_EVENTS = [
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "channel_archive",
    "channel_deleted",
    "channel_rename",
    "channel_unarchive",
    "group_archive",
    "group_deleted",
    "group_rename",
    "group_unarchive",
    "member_joined_channel",
    "member_left_channel",
    "message.im",
    "subteam_created",
    "subteam_members_changed",
    "subteam_updated",
    "team_join",
    "tokens_revoked",
    "user_change",
]

NEW_RELEASE_SHORTCUT = "new_release"
RELEASE_ACTIONS_SHORTCUT = "release_actions"

_LONG_DESCRIPTION = (
    "T-Minus coordinates releases where the people already are. Plan a release in its channel, ask the right "
    "people for their go or no-go, see at a glance what is missing and who can fix it, be reminded in time, "
    "deploy or roll back, and look back on it together. One card per release stays current in its channel; "
    "stakeholders hear outcomes once, in plain words; every decision is on record."
)


def build(command: str = "/release", prefix: str = "REL", base_url: str | None = None) -> dict[str, Any]:
    """Return the manifest as Slack reads it.

    Without `base_url` the app uses Socket Mode. With one (`https://tminus.example.com`) Slack posts to its
    `/slack/events`.
    """
    address = {} if base_url is None else {"url": f"{base_url.rstrip('/')}/slack/events"}
    request = {} if base_url is None else {"request_url": address["url"]}
    return {
        "_metadata": {"major_version": 2},
        "display_information": {
            "name": "T-Minus",
            "description": "Releases, coordinated: go/no-go, reminders, and a record that holds.",
            "background_color": "#1f3a5f",
            "long_description": _LONG_DESCRIPTION,
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "T-Minus", "always_online": True},
            "shortcuts": [
                {
                    "name": "New release",
                    "type": "global",
                    "callback_id": NEW_RELEASE_SHORTCUT,
                    "description": "Plan a release",
                },
                {
                    "name": "Release actions…",
                    "type": "message",
                    "callback_id": RELEASE_ACTIONS_SHORTCUT,
                    "description": "What can be done with this release",
                },
            ],
            "slash_commands": [
                {
                    "command": command,
                    **address,
                    "description": "Plan, decide, deploy and follow releases",
                    "usage_hint": f"new payments 2.14.0 tomorrow 14:00 | status {prefix}-12 | why | hold | "
                    "reschedule | deploy | help",
                    "should_escape": True,
                }
            ],
        },
        "oauth_config": {
            "scopes": {
                "bot": sorted(BOT_SCOPES | OPTIONAL_BOT_SCOPES),
                "bot_optional": sorted(OPTIONAL_BOT_SCOPES),
            }
        },
        "settings": {
            "event_subscriptions": {**request, "bot_events": BOT_EVENTS},
            "interactivity": {"is_enabled": True, **request},
            "org_deploy_enabled": False,
            "socket_mode_enabled": base_url is None,
            "token_rotation_enabled": False,
        },
    }


def dump(manifest: dict[str, Any]) -> str:
    """Return the manifest as YAML, always the same for the same manifest."""
    import yaml  # not needed by a bot that runs

    return yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True, width=100)
