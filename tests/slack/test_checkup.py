"""Doctor's half that needs Slack: each thing that may be wrong is named, with what to do."""

import re
from collections.abc import AsyncIterator

import pytest

from bot.clock import Clock, SteppedWire, Wire
from bot.sandbox.server import Sandbox, SandboxConfig
from bot.settings import Settings, load_settings
from bot.slack import manifest
from bot.slack.checkup import Finding, look


@pytest.fixture
async def slack() -> AsyncIterator[Sandbox]:
    box = Sandbox(SandboxConfig(manifest=manifest.build(), clock=Clock(), wire=Wire()))
    await box.start()
    yield box
    await box.stop()


def configured(slack: Sandbox, **changes: str) -> Settings:
    env = {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token, "SLACK_API_URL": slack.api_url}
    return load_settings(env | changes)


async def findings(settings: Settings, *channels: str, wire: Wire | None = None) -> list[Finding]:
    return [finding async for finding in look(settings, wire or Wire(), channels)]


def wrong(found: list[Finding]) -> str:
    [finding] = [finding for finding in found if not finding.ok]
    return str(finding)


async def test_a_good_installation_is_ok_in_every_line(slack: Sandbox) -> None:
    found = await findings(configured(slack), slack.room("#releases").id)
    assert all(finding.ok for finding in found), "\n".join(map(str, found))
    said = "\n".join(map(str, found))
    for topic in ("token:", "scopes:", "clock:", "Socket Mode:", "status channel #releases"):
        assert topic in said


async def test_a_wrong_token_ends_the_questions(slack: Sandbox) -> None:
    found = await findings(configured(slack, SLACK_BOT_TOKEN="xoxb-nobody"))
    assert "invalid_auth" in wrong(found)
    assert "OAuth & Permissions" in wrong(found)
    assert len(found) == 1


async def test_slack_out_of_reach_is_told_from_a_wrong_token(slack: Sandbox) -> None:
    await slack.stop()
    assert "cannot be reached" in wrong(await findings(configured(slack)))


async def test_missing_scopes_are_named() -> None:
    older = manifest.build()
    older["oauth_config"]["scopes"]["bot"].remove("files:write")
    box = Sandbox(SandboxConfig(manifest=older, clock=Clock(), wire=Wire()))
    await box.start()
    try:
        found = await findings(configured(box))
    finally:
        await box.stop()
    assert "scopes: missing files:write" in wrong(found)
    assert "tminus manifest" in wrong(found)


async def test_declined_optional_scopes_are_fine() -> None:
    declined = frozenset({"channels:history"})
    box = Sandbox(SandboxConfig(manifest=manifest.build(), clock=Clock(), wire=Wire(), refused_scopes=declined))
    await box.start()
    try:
        found = await findings(configured(box))
    finally:
        await box.stop()
    assert all(finding.ok for finding in found)
    assert any("not granted: channels:history" in finding.what for finding in found)


async def test_a_wrong_app_token_is_named(slack: Sandbox) -> None:
    assert "connections:write" in wrong(await findings(configured(slack, SLACK_APP_TOKEN="xapp-1-nobody")))


async def test_a_clock_that_is_off_is_named(slack: Sandbox) -> None:
    class Late(SteppedWire):
        def unix(self) -> float:
            return super().unix() - 3600

    assert re.search(r"(3599|360[0-9]) s away", wrong(await findings(configured(slack), wire=Late())))


@pytest.mark.parametrize(("channel", "why"), [("#checkout", "not in it"), ("C0NOWHERE", "channel_not_found")])
async def test_a_status_channel_out_of_reach_is_named(slack: Sandbox, channel: str, why: str) -> None:
    place = slack.room(channel).id if channel.startswith("#") else channel
    assert why in wrong(await findings(configured(slack), place))
    assert "/invite @T-Minus" in wrong(await findings(configured(slack), place))
