"""The bot as a process, killed in the middle: what was acknowledged counts, what was not did not happen."""

from pathlib import Path
from typing import Any

import pytest

from tests.replicas.fleet import insists
from tests.story_process import PATIENCE, bot_process

pytestmark = [pytest.mark.both, pytest.mark.usefixtures("in_life")]


def nothing_under_way(work: Any) -> bool:
    rows = work.outbox.unsettled(10)
    return all(row.state == "queued" for row in rows) and any(row.error == "ratelimited" for row in rows)


async def test_restart_in_the_middle_of_a_killed_process(stage: tuple[Any, str], tmp_path: Path) -> None:
    mode, database_url = stage
    async with bot_process(mode, database_url, tmp_path) as bot:
        await bot.starts()
        box = bot.box
        ana, bo, clara = box.person("ana"), box.person("bo"), box.person("clara")
        payments = box.room("#payments")
        await insists(lambda: ana.types("/release new payments 2.14.0 in 2h"), hears="is planned", within=PATIENCE)
        await payments.sees("go/no-go is open until", within=PATIENCE)
        card = payments.card("[Go] [No-go]")

        # Killed after the vote was acknowledged, while Slack makes its card wait.
        box.faults.add("chat.update", "rate_limited", times=None, retry_after=6)
        clicked = await insists(lambda: bo.clicks("Go", on=card), within=PATIENCE)
        assert clicked.delivery is not None
        await bot.until(nothing_under_way, what="the card waits as long as Slack said")
        await bot.dies()
        assert not (await clara.clicks("No-go", on=card)).ok, "nobody is there: Slack says so"
        box.faults.clear()

        await bot.starts()
        acks = await box.replay(clicked.delivery, 3)
        assert all(ack.ok for ack in acks)
        await payments.sees("✅ Go — decided", within=60)  # a sender that died held its lease of 30 s
        await payments.sees("payments 2.14.0: go. Deploy starts", within=PATIENCE)
        await insists(lambda: clara.clicks("Go", on=card, stale=True), within=PATIENCE)  # as before both deaths
        seen = await insists(lambda: ana.types("/release status"), hears="said go", within=PATIENCE)
        assert seen.text.count("said go") == 1

        # And once more, politely: nothing is announced again.
        said = [message["text"] for message in payments.messages]
        await bot.stops()
        await bot.starts()
        await insists(lambda: ana.types("/release hold the second restart"), hears="on hold", within=PATIENCE)
        await payments.sees("⏸️ On hold", within=PATIENCE)
        now = [message["text"] for message in payments.messages]
        assert len([text for text in now if "go. Deploy starts" in text]) == 1
        assert len(now) == len(said) + 1, "only the hold was said"


async def test_what_slack_showed_as_failed_is_not_stored_by_a_bot_that_wakes(
    stage: tuple[Any, str], tmp_path: Path
) -> None:
    """It stood still for longer than Slack waits: what it finds when it goes on is of before, and may be overtaken."""
    mode, database_url = stage
    async with bot_process(mode, database_url, tmp_path) as bot:
        await bot.starts()
        ana, bo = bot.box.person("ana"), bot.box.person("bo")
        await insists(lambda: ana.types("/release new payments 2.14.0 in 2h"), hears="is planned", within=PATIENCE)
        await bot.box.room("#payments").sees("[Go] [No-go]", within=PATIENCE)
        card = bot.box.room("#payments").card("[Go] [No-go]")
        bot.freezes()
        assert not (await bo.clicks("Go", on=card)).ok, "nobody moves: Slack says so"
        bot.wakes()
        await bot.until_said("stood_still")
        seen = await insists(lambda: ana.types("/release status"), hears="Go/no-go open", within=PATIENCE)
        assert "said go" not in seen.text
        await insists(lambda: bo.clicks("Go", on=card), within=PATIENCE)
        await bot.box.room("#payments").sees("✅ Go — decided", within=PATIENCE)
