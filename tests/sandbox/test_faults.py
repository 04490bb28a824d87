"""Faults strike where and as often as scripted, before or after the effect."""

import asyncio
from typing import Any

import aiohttp
import pytest

from bot.sandbox.faults import ON_METHODS, Faults
from tests.sandbox.calls import caller
from tests.sandbox.sample import bolt, sandbox


@pytest.mark.parametrize(("effect", "said"), [("drop_before", 0), ("drop_after", 1)])
async def test_a_dropped_connection_hides_whether_it_was_done(effect: Any, said: int) -> None:
    async with sandbox() as slack, caller(slack) as call:
        slack.faults.add("chat.postMessage", effect)
        with pytest.raises(aiohttp.ClientConnectionError):
            await call("chat.postMessage", channel=slack.room("#payments").id, text="hello")
        assert len(slack.room("#payments").messages) == said
        assert (await call("chat.postMessage", channel=slack.room("#payments").id, text="again"))["ok"]


async def test_a_method_fails_as_often_as_scripted() -> None:
    async with sandbox() as slack, caller(slack) as call:
        slack.faults.add("auth.test", "server_error", times=2, status=502)
        slack.faults.add("auth.test", "error", code="fatal_error")
        statuses = []
        for _ in range(2):
            await call("auth.test")
            statuses.append(call.status)
        assert statuses == [502, 502]
        assert await call.error("auth.test") == "fatal_error"
        assert (await call("auth.test"))["ok"]


async def test_a_slow_method_keeps_the_caller_waiting() -> None:
    async with sandbox() as slack, caller(slack) as call:
        slack.faults.add("auth.test", "slow", seconds=0.2)
        loop = asyncio.get_running_loop()
        began = loop.time()
        assert (await call("auth.test"))["ok"]
        assert loop.time() - began >= 0.2


async def test_a_cut_socket_fails_what_was_to_go_through_it() -> None:
    async with sandbox() as slack, bolt(slack):
        slack.faults.add("slash_commands", "cut_socket")
        seen = await slack.person("ana").types("/release")
        assert seen.error == '/release failed with the error "dispatch_failed"'


def test_chance_is_seeded() -> None:
    def strikes(seed: int) -> list[bool]:
        faults = Faults(seed)
        faults.add("*", "server_error", times=None, probability=0.5)
        return [faults.take("auth.test", among=ON_METHODS) is not None for _ in range(50)]

    assert strikes(1) == strikes(1) != strikes(2)
    assert 10 < sum(strikes(1)) < 40


def test_a_misspelt_fault_is_refused() -> None:
    with pytest.raises(ValueError, match="no fault is called 'slowly'; there are rate_limited"):
        Faults(1).replace([{"match": "auth.test", "effect": "slowly"}])


async def test_what_arrives_late_and_is_never_answered_is_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An app may be gone by then, or keep silent: over a socket nothing else says so."""
    monkeypatch.setattr("bot.sandbox.deliver.ACK_SECONDS", 0.1)
    async with sandbox(mode="socket") as slack, bolt(slack, "socket") as app:

        @app.command("/release")
        async def silent() -> None:
            pass

        slack.faults.add("slash_commands", "late", seconds=0.2)
        seen = await slack.person("ana").types("/release new")
        assert seen.error == '/release failed with the error "operation_timeout"'
        async with asyncio.timeout(10):
            await slack.quiet()
