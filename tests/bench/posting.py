"""Measure how near the bot comes to what Slack lets it post, and that it never has to be told 429."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.clock import Clock
from bot.sandbox.limits import CALLS_PER_MINUTE, POSTS_PER_SECOND
from storage.engine import open_store
from storage.work import Work
from tests.bench import servers, stage
from tests.bench.rounds import Row, Spread

#: Messages that wait for one channel; and channels, with messages for each, for which more wait than a minute takes.
ONE, CHANNELS, EACH = 25, 200, 3
A_MINUTE = 60.0
#: Seconds after which what was not posted is not waited for.
PATIENCE = 90.0
#: When each channel was posted to, in seconds since 1970.
_Posted = dict[str, list[float]]


def measure(directory: Path) -> list[Row]:
    """One channel at its message a second; two hundred at what a workspace is allowed in a minute."""
    one = _post(directory, "one", {"C1ONLY": ONE}, lambda posted: len(posted["C1ONLY"]) >= ONE)
    times = sorted(one["posted"]["C1ONLY"])
    paced = (len(times) - 1) / (times[-1] - times[0]) / POSTS_PER_SECOND
    allowed = CALLS_PER_MINUTE["chat.postMessage"]
    wanted = {f"C1N{number:03d}": EACH for number in range(CHANNELS)}
    many = _post(directory, "many", wanted, _for_a_minute)
    began = _began(many["posted"])
    in_time = sum(at < began + A_MINUTE for times in many["posted"].values() for at in times)
    return [
        _row(f"posting {ONE} messages to one channel, of one a second", paced, one,
             f"{len(times)} in {times[-1] - times[0]:.1f} s"),
        _row(f"posting to {CHANNELS} channels, of {allowed} messages a minute", in_time / allowed, many,
             f"{in_time} in the first minute"),
    ]  # fmt: skip


def _row(figure: str, share: float, told: dict[str, Any], detail: str) -> Row:
    refused = sum(told["refused"].values())
    return Row(figure, Spread.of([share]), 0.9, 0.97, unit="× allowed", detail=f"{detail}; answered 429: {refused}",
               failed="429" if refused else "")  # fmt: skip


def _began(posted: _Posted) -> float:
    return min((times[0] for times in posted.values() if times), default=time.time())


def _for_a_minute(posted: _Posted) -> bool:
    return time.time() > _began(posted) + A_MINUTE + 2


def _post(directory: Path, name: str, wanted: dict[str, int], enough: Callable[[_Posted], bool]) -> dict[str, Any]:
    """Let so many messages wait for each channel, start a bot, and say what Slack was told."""
    url = f"sqlite:///{directory}/{name}.sqlite3"
    stage.build(url, 1)
    asyncio.run(_queue(url, wanted))
    slack = servers.slack(directory, strict=True)
    bot = servers.bot(name, url, slack.port, directory)
    until = time.monotonic() + PATIENCE
    try:
        while not enough(defaultdict(list, (told := servers.told(slack.port))["posted"])):
            if time.monotonic() > until:
                break
            time.sleep(0.2)
        return told
    finally:
        bot.stop()
        slack.stop()


async def _queue(url: str, wanted: dict[str, int]) -> None:
    store = open_store(url, clock=Clock())

    def put(work: Work) -> None:
        for number in range(max(wanted.values())):
            for channel, count in wanted.items():
                if number < count:
                    message = {"message": {"text": f"Message {number} of {count}"}}
                    work.outbox.put("notice", channel, payload=message)

    await store.write(put, workspace=1, deadline=60)
    await store.close()
