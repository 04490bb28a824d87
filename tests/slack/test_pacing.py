"""Slack's limits are kept before Slack has to say so, and nobody waits for what has none."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from typing import Any

import pytest

from bot.clock import SteppedWire
from bot.slack.pacing import AT_ONCE, FOR_ONE, POSTS_A_MINUTE, SHARE, SHARE_OF_POSTS, Pacing
from bot.slack.trouble import retry_after
from storage.outbox_rows import OutboxRow, Tried

UPDATE, POST = "chat.update", "chat.postMessage"


def sent(pacing: Pacing, method: str, channels: list[str]) -> int:
    """How many of these calls may be made at once."""
    return sum(pacing.wait(1, method, channel) == 0 for channel in channels)


async def test_a_channel_gets_one_message_a_second_and_a_workspace_a_few_hundred_a_minute() -> None:
    wire = SteppedWire()
    pacing = Pacing(wire)
    assert sent(pacing, POST, ["C1", "C1", "C2"]) == 2
    await wire.sleep(1)
    assert sent(pacing, POST, ["C1", "C1"]) == 1
    await wire.sleep(60)
    assert sent(pacing, POST, [f"C{number}" for number in range(400)]) == POSTS_A_MINUTE * SHARE_OF_POSTS
    assert 59 < pacing.wait(1, POST, "C999") <= 60
    assert pacing.wait(2, POST, "C999") == 0, "another workspace"


async def test_the_second_begins_when_slack_has_the_message_and_not_when_it_was_sent() -> None:
    wire = SteppedWire()
    pacing = Pacing(wire)
    assert pacing.wait(1, POST, "C1") == 0
    await wire.sleep(0.75)
    pacing.answered(1, POST, "C1")
    assert pacing.wait(1, POST, "C1") == 1
    pacing.answered(1, UPDATE, "C2")
    assert pacing.wait(1, POST, "C2") == 0


async def test_a_shorter_stop_does_not_end_a_longer_one() -> None:
    wire = SteppedWire()
    pacing = Pacing(wire)
    pacing.stop(1, UPDATE, 30.0)
    pacing.stop(1, UPDATE, 1.0)
    await wire.sleep(2)
    assert pacing.wait(1, UPDATE, "C1") == 28


@pytest.mark.parametrize(("said", "seconds"), [
    ("30", 30), ("2.5", 2.5), ("0", 1), ("-5", 1), ("inf", 1), ("nan", 1), ("1e9", 86_400), ("soon", 1),
    ("Wed, 21 Oct 2026 07:28:00 GMT", 1),
])  # fmt: skip
def test_how_long_to_wait_is_what_slack_says_where_that_is_a_time(said: str, seconds: float) -> None:
    assert retry_after({"Retry-After": said}) == seconds


async def edited(pacing: Pacing, channel: str, seconds: float) -> list[float]:
    """When each edit is made within that time, by who has always another one to make."""
    wire, made = pacing.wire, []
    ends = wire.monotonic() + seconds
    while (now := wire.monotonic()) < ends:
        if (wait := pacing.wait(1, UPDATE, channel)) == 0:
            made.append(now)
        else:
            await wire.sleep(min(wait, ends - now))
    return made


async def test_what_one_person_sees_leaves_room_for_the_cards_of_channels() -> None:
    wire = SteppedWire()
    pacing = Pacing(wire)
    assert len(await edited(pacing, "D1", 50)) == EDITS_FOR_ONE
    await wire.sleep(3)
    assert pacing.full(UPDATE, for_one=True).keys() == {1} and not pacing.full(UPDATE)
    assert pacing.wait(1, UPDATE, "C1") == 0
    await wire.sleep(61)
    assert not pacing.full(UPDATE, for_one=True)


async def test_a_crowds_first_seconds_do_not_use_up_the_edits_of_a_minute() -> None:
    made = await edited(Pacing(SteppedWire()), "C1", 300)
    assert made[AT_ONCE - 1] == made[0] < made[AT_ONCE], "few are made at once"
    assert max(later - at for at, later in pairwise(made)) < 4, "what is decided is shown soon"
    for at in made:
        assert sum(at <= other < at + 60 for other in made) <= EDITS
    assert len(made) >= 5 * EDITS * 0.7, "that costs a quarter of what Slack allows, where more is wanted all the time"


def test_answers_to_clicks_wait_for_nothing() -> None:
    assert sent(Pacing(SteppedWire()), "response_url", ["url:1"] * 1000) == 1000


async def test_what_slack_stops_is_stopped_alone_and_for_as_long_as_it_says() -> None:
    wire = SteppedWire()
    pacing = Pacing(wire)
    pacing.stop(1, UPDATE, 30)
    assert pacing.wait(1, UPDATE, "C1") == 30
    assert (pacing.wait(1, POST, "C1"), pacing.wait(2, UPDATE, "C1")) == (0, 0)
    await wire.sleep(30)
    assert pacing.wait(1, UPDATE, "C1") == 0


NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
EDITS, EDITS_FOR_ONE = int(50 * SHARE), int(50 * SHARE * FOR_ONE)


def edits(channel: str, ids: range) -> list[OutboxRow]:
    """Rows that edit a card each."""
    nothing: dict[str, Any] = dict.fromkeys(field.name for field in fields(OutboxRow))
    return [OutboxRow(**nothing | {"id": id, "workspace_id": 1, "kind": "card", "lane": f"{channel}:{id}"})
            for id in ids]  # fmt: skip


def by_others(many: int, settled_at: datetime | None = None, ids: Any = None) -> list[Tried]:
    return [Tried(next(ids or _ids), 1, "card", "C9:9", settled_at) for _ in range(many)]


_ids = count(1000)


def test_only_as_many_edits_are_claimed_as_there_is_room_for_beside_those_of_others() -> None:
    pacing = Pacing(SteppedWire())
    for row in edits("C1", range(5)):
        pacing.takes(row)
    others = [*by_others(1), *by_others(2, NOW)]
    room = AT_ONCE - 5 - 1 - 2 + 1
    assert len(pacing.room().fitting(edits("C2", range(100, 150)), others)) == room, "and one more, in its time"
    pacing.hear(others, NOW)
    assert len(pacing.room().fitting(edits("C2", range(100, 150)), others)) == room, "each counts once"
    others = [*by_others(EDITS - 6), *others[1:2]]
    assert pacing.room().fitting(edits("C2", range(100, 150)), others) == []
    assert pacing.room().fitting(edits("D2", range(100, 150)), others[: EDITS_FOR_ONE - 6]) == []


def test_what_others_had_in_hand_counts_when_it_was_sent_and_not_when_it_was_put_back() -> None:
    pacing = Pacing(SteppedWire())
    at_once = AT_ONCE + 1
    pacing.hear(by_others(4, ids=count(1)), NOW)
    assert len(pacing.room().fitting(edits("C2", range(100, 150)), [])) == at_once, "all of it was put back"
    pacing.hear(by_others(4, NOW, ids=count(1)), NOW)
    assert len(pacing.room().fitting(edits("C2", range(100, 150)), [])) == at_once - 4, "and then it was sent"
    pacing.hear(by_others(4, NOW, ids=count(1)), NOW + timedelta(seconds=1))
    assert len(pacing.room().fitting(edits("C2", range(100, 150)), [])) == at_once - 4
