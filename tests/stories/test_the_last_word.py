"""What a channel was told of a release stays true: what changes it is told there too, and not in the thread alone."""

from dataclasses import replace

import pytest

from bot.release.policy import BUILT_IN
from tests.story import Story

pytestmark = pytest.mark.once


def told(story: Story) -> list[str]:
    """What stands in the channel itself, the latest last."""
    return [line for line in story.room("#payments").reads().split("\n") if line.startswith("T-Minus (to channel)")]


async def test_a_hold_a_move_and_a_failed_deploy_are_told_where_the_go_was(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 12:00")
    await bo.types("/release go payments")
    assert told(story)[-1].startswith("T-Minus (to channel): payments 3.1: go. Deploy starts 12:00 today.")
    for typed, said in (
        ("hold payments incident", "Ana put payments 3.1 on hold: “incident”"),
        ("resume payments", "Ana resumed payments 3.1."),
        ("reschedule payments +1h", "Ana moved payments 3.1 to 13:00 today."),
    ):
        await ana.types(f"/release {typed}")
        assert told(story)[-1] == f"T-Minus (to channel): {said}"
    await story.until("12:00")
    await ana.types("/release deploy start payments")
    await ana.types("/release deploy fail payments pods crash")
    failed = "payments 3.1: Ana reported that the deploy failed: “pods crash”. Retry, or roll back."
    assert told(story)[-1] == f"T-Minus (to channel): {failed}"
    await ana.types("/release rollback payments")
    assert told(story)[-1].startswith("T-Minus (to channel): payments 3.1: Ana started rolling back.")


async def test_what_no_channel_has_heard_of_is_moved_in_the_thread_alone(story: Story) -> None:
    (ana,) = story.people("ana")
    await story.follows(replace(BUILT_IN["team"], name="qa", is_default=True))
    await ana.types("/release new payments 3.1 fri 12:00")
    await ana.types("/release reschedule payments mon 12:00")
    await ana.types("/release hold payments incident")
    assert told(story) == [] and "Ana moved payments 3.1 to 12:00 Dec 7." in story.room("#payments").reads()


async def test_whoever_has_less_time_to_answer_is_asked_anew(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 22:00")
    await story.until("14:30")
    before = len(bo.dm.messages)
    await ana.types("/release reschedule payments today 18:00")
    assert len(bo.dm.messages) == before + 1 and "by 12:00 today" in bo.dm.reads("bo")
    await ana.types("/release reschedule payments today 19:00")
    assert len(bo.dm.messages) == before + 1, "more time is no news"


async def test_what_failed_and_was_rolled_back_was_never_live(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 10:00")
    await bo.types("/release go payments")
    for typed in (
        "deploy start payments",
        "deploy fail payments pods crash",
        "rollback payments",
        "rolled-back payments",
    ):
        await ana.types(f"/release {typed}")
    again = "It can be planned again: /release new payments 3.1 tomorrow 14:00."
    for typed in ("reschedule REL-1 tomorrow 10:00", "deploy start REL-1"):
        assert again in (await ana.types(f"/release {typed}")).text, typed
    await ana.types("/release retro REL-1")
    await ana.submits(not_well="pods crash")
    assert again in (await ana.types("/release deploy start REL-1")).text
    shown = (await ana.types("/release timeline REL-1")).text
    assert "Rolled back" in shown and "closed" in shown and "Live" not in shown


async def test_a_go_that_an_edit_took_back_is_not_the_last_word(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 15:00")
    await bo.types("/release go payments")
    await ana.types("/release version payments 3.2")
    assert "payments 3.2 is not go any more." in told(story)[-1]


@pytest.mark.parametrize(("said", "then"), [("no-go payments tests are red", "no-go"), ("why payments", "no decision")])
async def test_what_a_later_round_decides_after_a_go_is_told(story: Story, said: str, then: str) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 15:00")
    await bo.types("/release go payments")
    await ana.types("/release version payments 3.2")
    await bo.types(f"/release {said}")
    await story.until("15:01")
    assert (await story.release("payments")).state == "stopped"
    assert then in told(story)[-1].casefold(), told(story)[-1]


async def test_that_a_part_is_rolled_back_is_told_where_it_began(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 + wallet 2.0 today 10:00")
    await bo.types("/release go REL-1")
    await ana.types("/release shipped REL-1")
    await ana.types("/release rollback REL-1 wallet 2.0")
    await ana.types("/release rolled-back REL-1")
    assert told(story)[-1].endswith("payments 3.1 + wallet 2.0: Ana finished rolling back wallet 2.0.")


async def test_a_standard_release_that_is_moved_is_approved_at_once_again(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 3.1 standard today 18:00")
    seen = await ana.types("/release reschedule payments tomorrow 10:00")
    assert "another go/no-go" not in seen.text and "✅ Go" in seen.text
    assert told(story)[-1] == "T-Minus (to channel): Ana moved payments 3.1 to 10:00 tomorrow."
