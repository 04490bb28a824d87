"""Whoever plans a release hears when a sign-off sleeps through its go/no-go, and takes a better time with one click."""

from dataclasses import replace

from bot.release.policy import LIGHT, Milestone, SignOff
from tests.story import Story


async def test_a_time_at_which_nobody_of_qa_is_up_is_named_with_a_better_one(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    roles = (SignOff("QA", people=frozenset({bo.id})), SignOff("Ops", people=frozenset({tom.id})))
    await story.follows(replace(LIGHT, name="two", is_default=True, sign_offs=roles, closes=Milestone()))
    seen = await ana.types("/release new payments 2.14.0 today 13:00")
    assert "⚠️ QA: nobody can be reached in waking hours before it closes, 13:00 today (New York 07:00)." in seen.text
    seen = await ana.clicks("Take Tue 1 Dec 14:30")
    assert "is now planned for" in seen.text and "⚠️" not in seen.text
    assert (await story.release("payments 2.14.0")).planned == "2026-12-01 14:30 Europe/Berlin"
    seen = await ana.types("/release reschedule payments today 12:00")
    assert "(New York 06:00)" in seen.text
    assert "⚠️" not in (await ana.types("/release new web 5.1 today 17:00")).text


async def test_who_is_away_is_named_and_a_better_time_waits_for_them(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    roles = (SignOff("Ops", people=frozenset({tom.id})),)
    await story.follows(replace(LIGHT, name="one", is_default=True, sign_offs=roles, closes=Milestone()))
    await tom.types("/release away until tomorrow 9:00")
    seen = await ana.types("/release new payments 2.14.0 today 16:00")
    assert "nobody can be reached in waking hours before it closes, 16:00 today. Away: Tom until 09:00" in seen.text
    assert "[Take Wed 2 Dec 09:30]" in seen.text
