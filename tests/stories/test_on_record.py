"""Every decision stays on record where people look: who signed off and when, and all that happened."""

from dataclasses import replace

import pytest

from bot.release.policy import LIGHT, SignOff
from tests.story import Story

#: The rules alone: they are the same in every mode and on every database.
pytestmark = pytest.mark.once


async def test_who_signed_off_is_seen_after_it_went_live_and_all_that_happened_is_one_click_away(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    payments = story.room("#payments")
    await ana.types("/release new payments 2.14.0 tomorrow 14:00")
    await ana.types("/release hold vendor")
    await ana.types("/release resume")
    await bo.types("/release go")
    assert "✅ Sign-off  Bo 09:00 today" in payments.reads(), "the deploy is on another day"
    await story.until("2026-12-02 13:00")
    await ana.types("/release shipped")
    assert "✅ Sign-off  Bo 09:00 yesterday" in payments.reads()
    await story.until("2026-12-03 09:30")
    await ana.types("/release retro")
    await ana.submits(well="all of it")
    assert (await story.release("payments 2.14.0")).state == "closed"

    seen = await tom.types("/release status payments 2.14.0")
    assert "✅ Sign-off  Bo 09:00 Dec 1" in seen.text, "also when it is closed"
    assert "Bo said go" not in seen.text and "[All 11 events]" in seen.text
    every = await tom.clicks("All 11 events", on=seen.message)
    for text in (every.text, (await tom.types("/release status all payments 2.14.0")).text):
        assert "09:00 Dec 1  Bo said go" in text and "Ana put it on hold: “vendor”" in text
    card = payments.card("payments 2.14.0 → production")
    assert "Bo said go" in (await tom.types("@T-Minus status all", thread=card)).text


async def test_an_objection_that_was_never_taken_back_stays_beside_the_go(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    payments = story.room("#payments")
    await ana.types("/release new payments 2.14.0 in 3h")
    await tom.types("/release no-go secret scan still red")
    await ana.types("/release poll close")
    await ana.types("/release poll")
    await bo.types("/release go")
    await story.until("11:01")
    assert "✅ Sign-off  Bo 09:00 · not taken back: no-go of Tom" in payments.reads()


async def test_a_no_go_calls_the_captain_and_once_stopped_it_says_who_can_ask_again(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    payments = story.room("#payments")
    await ana.types("/release new payments 2.14.0 in 3h")
    await ana.opens_home()
    assert "Waiting on me (0)" in ana.reads("home")
    await tom.types("/release no-go secret scan still red")
    assert "@Ana Tom said no-go: “secret scan still red”." in payments.reads()
    home = ana.reads("home")
    assert "Waiting on me (1)" in home and "[Why?] [Hold]" in home, "her open tab follows"

    await ana.types("/release poll close")
    why = (await tom.types("/release why")).text
    assert why.startswith("payments 2.14.0 was stopped at 09:00 today: no-go.\n🛑 Tom said no-go at 09:00: “secret ")
    assert "Next: the captain (Ana) or release admins can ask again, or give it another time." in why
    assert "can answer" not in why, "nobody can"
    assert "[Ask again]" not in why, "he may not"
    assert "[Ask again] [Reschedule]" in (await ana.types("/release why")).text and "Ask again" in payments.reads()
    await ana.clicks("Ask again", in_="#payments")
    assert (await story.release("payments 2.14.0")).round == 2


async def test_the_empty_list_does_not_propose_what_is_live(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 in 1h")
    await bo.types("/release go")
    await ana.types("/release shipped")
    seen = (await bo.types("/release list")).text
    assert "The last one: payments 2.14.0: 🟢 Live since 03:00 today" in seen, "as it is in New York"
    assert "/release new payments <version> tomorrow 14:00" in seen


async def test_the_answer_to_a_move_names_the_zones_of_who_is_asked(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 2.14.0 tomorrow 14:00")
    seen = await ana.types("/release move tomorrow 16:00")
    assert "is now planned for Wed 2 Dec 16:00 Berlin · 10:00 New York · 20:30 Kolkata." in seen.text


async def test_a_go_that_was_not_theirs_to_give_any_more_is_recorded_as_not_counted(story: Story) -> None:
    ana, bo, eve = story.people("ana", "bo", "eve")
    qa = SignOff("QA", captain_may=False, people=frozenset({bo.id, eve.id}))
    await story.follows(replace(LIGHT, name="qa", is_default=True, sign_offs=(qa,), close="deadline"))
    await ana.types("/release new payments 2.14.0 today 18:00")
    await bo.types("/release go payments")
    await ana.types(f"/release captain payments <@{bo.id}>")
    await eve.types("/release go payments")
    await story.until("17:05")
    assert "did not count: go of Bo" in (await ana.types("/release status payments")).text
    assert "theirs to give no more, so it did not count" in (await ana.types("/release record payments")).text
