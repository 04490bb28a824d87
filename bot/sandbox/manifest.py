"""Read from the app's manifest what the workspace enforces: scopes, commands, shortcuts, events."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class AppManifest:
    name: str
    bot_name: str
    scopes: frozenset[str]
    commands: dict[str, Json]  # "/release" -> its manifest entry
    shortcuts: tuple[Json, ...]
    events: frozenset[str]
    has_home: bool
    has_messages: bool
    is_interactive: bool

    @classmethod
    def parse(cls, manifest: Json, *, refused_scopes: Iterable[str] = ()) -> "AppManifest":
        """From a parsed manifest.yml. Optional scopes count as granted, save for the refused ones."""
        features = manifest.get("features", {})
        settings = manifest.get("settings", {})
        scopes = manifest.get("oauth_config", {}).get("scopes", {})
        name = manifest.get("display_information", {}).get("name", "App")
        home = features.get("app_home", {})
        granted = {*scopes.get("bot", []), *scopes.get("bot_optional", [])} - set(refused_scopes)
        return cls(
            name=name,
            bot_name=features.get("bot_user", {}).get("display_name", name),
            scopes=frozenset(granted),
            commands={entry["command"]: entry for entry in features.get("slash_commands", [])},
            shortcuts=tuple(features.get("shortcuts", [])),
            events=frozenset(settings.get("event_subscriptions", {}).get("bot_events", [])),
            has_home=bool(home.get("home_tab_enabled")),
            has_messages=bool(home.get("messages_tab_enabled", True)),
            is_interactive=bool(settings.get("interactivity", {}).get("is_enabled")),
        )

    def subscribes(self, event: Json, channel_kind: str | None) -> bool:
        """Is this event among the bot's subscriptions? `channel_kind` is public, private or im."""
        kind = str(event["type"])
        if kind == "message":
            suffix = {"public": "channels", "private": "groups", "im": "im"}[channel_kind or "public"]
            kind = f"message.{suffix}"
        return kind in self.events
