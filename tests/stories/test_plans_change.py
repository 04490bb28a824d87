"""Plans change: releases are held, moved and resumed, and votes, deadlines and reminders go along."""

from tests.story import Story


async def test_hold_and_reschedule(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    payments = story.room("#payments")
    await ana.types("/release new payments 2.14.0 tomorrow 14:00")

    await tom.clicks("Hold", in_="#payments")
    await tom.submits(why="incident in payments")
    assert "⏸️ On hold — Tom: “incident in payments”" in payments.reads()
    await tom.closes_modal()
    seen = await bo.types("/release go")
    assert "You said go" in seen.text and "On hold" in seen.text
    assert (await story.release("payments")).state == "on_hold", "a vote is stored, and decides nothing"
    seen = await bo.types("/release resume")
    assert "You can't do that" in seen.text and "whoever put it on hold" in seen.text

    await story.until("2026-12-02 13:30")
    assert (await story.release("payments")).state == "on_hold", "past its deadline, and nothing was decided"

    seen = await ana.types("/release move fri 3pm")
    assert "Fri 4 Dec 15:00 Berlin · 09:00 New York" in seen.text
    assert (await story.release("payments")).state == "on_hold"
    seen = await tom.types("/release resume")
    assert "✅ Go — decided" in seen.text, "Bo's go is enough"
    stand = await story.release("payments")
    assert (stand.state, stand.planned) == ("approved", "2026-12-04 15:00 Europe/Berlin")
    assert "Ana moved payments 2.14.0 to 15:00 Dec 4" in payments.reads()

    await story.until("2026-12-04 13:55")
    assert "deploy at 15:00" in ana.dm.reads("ana"), "reminded ten minutes before the new time"
    assert ana.dm.reads("ana").count("deploy at") == 1, "and not before the old one"


async def test_an_approval_expires_and_a_new_round_is_asked(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 today 14:00")
    await bo.types("/release go")
    await story.until("17:05")
    stand = await story.release("payments")
    assert (stand.state, stand.stopped) == ("stopped", "approval expired")
    assert "the approval has expired" in story.room("#payments").reads()
    seen = await ana.types("/release deploy start")
    assert "not approved" in seen.text
    assert (await story.release("payments")).state == "stopped"


async def test_a_time_that_needs_a_question_gets_one(story: Story) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types("/release new payments 2.14.0 today 08:00")
    assert "is past" in seen.text
    seen = await ana.types("/release new payments 2.14.0 31.11. 14:00")
    assert "does not exist" in seen.text
    assert not await story.has_release("payments 2.14.0")


async def test_cancelled_before_the_deploy(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 tomorrow 14:00")
    seen = await ana.types("/release cancel the customer moved the date")
    assert "ancelled" in seen.text
    await story.advance(days=2)
    stand = await story.release("payments")
    assert (stand.state, stand.outcome) == ("cancelled", "cancelled")
    assert "🚫 Cancelled" in story.room("#payments").reads()
    assert "deploy at" not in ana.dm.reads("ana"), "nobody is reminded of what is cancelled"
    seen = await bo.types("/release go payments")
    assert (await story.release("payments")).votes == {}
    assert "ancelled" in seen.text
