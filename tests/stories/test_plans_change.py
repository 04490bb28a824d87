"""Plans change: releases are held, moved and resumed, and votes, deadlines and reminders go along."""

from dataclasses import replace

import pytest

from storage.work import Work
from tests.story import Story


@pytest.mark.everywhere
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
    assert "its approval expired" in seen.text
    assert (await story.release("payments")).state == "stopped"


async def test_why_says_what_passed_while_it_was_on_hold(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await ana.types("/release new payments 2.14.0 today 14:00")
    await bo.types("/release go")
    seen = await tom.types("/release hold incident in payments")
    assert seen.text == (
        "payments 2.14.0 is on hold. You can resume it, and so can the captain (Ana) or release admins.\n[Resume]"
    )
    again = await ana.types("/release hold and another one")
    assert again.text.startswith("You can't hold payments 2.14.0: it is on hold already.") and "[Resume]" in again.text
    await story.until("18:30")
    seen = await ana.types("/release why")
    assert "Tom: “incident in payments”. Ana, Tom or an admin can resume it." in seen.text
    assert "⌛ Its approval expired at 18:00 today" in seen.text
    assert "[Resume]" in (await ana.types("/release")).text, "it waits on who leads it"
    seen = await bo.types("/release resume")
    assert seen.text.endswith("Tom put it on hold: “incident in payments”.\n[Status]")


async def test_an_approval_that_a_move_ends_is_told(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    payments = story.room("#payments")
    await ana.types("/release new payments 2.14.0 in 3h")
    await bo.types("/release go")
    await tom.types("/release hold incident")
    seen = await ana.types("/release move fri 14:00")
    assert "Its approval does not reach that far, so there is another go/no-go." in seen.text
    assert "Its approval does not reach that far" in payments.reads(), "in the thread too"
    assert "✅ Sign-off" not in payments.reads(), "the old go is not Friday's"
    seen = await ana.types("/release resume")
    assert "🟡 Go/no-go open until 14:00 Dec 4 — waiting for Bo to confirm the go of the last round" in seen.text
    await bo.types("/release go")
    assert (await story.release("payments")).state == "approved"


async def test_the_card_says_that_its_time_is_past(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 2.14.0 in 1h")
    extended = await ana.types("/release extend 2h")
    assert "That is after its deploy time, 10:00 today.\n[Reschedule]" in extended.text
    assert "Goes live at 10:00 today" in story.room("#payments").reads()
    await story.advance(minutes=80)
    room = story.room("#payments").reads()
    assert "Planned for 10:00 today" in room and "Live at" not in room
    assert "Next: poll closes 12:00 today\n" in room


async def test_a_time_that_needs_a_question_gets_one(story: Story) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types("/release new payments 2.14.0 today 08:00")
    assert "is past" in seen.text
    seen = await ana.types("/release new payments 2.14.0 31.11. 14:00")
    assert seen.text == (
        "“31.11. 14:00” does not exist. Did you mean Tue 30 Nov 2027 14:00 or Wed 1 Dec 2027 14:00?\n"
        "[Tue 30 Nov 2027 14:00] [Wed 1 Dec 2027 14:00]"
    )
    assert not await story.has_release("payments 2.14.0")
    seen = await ana.types("/release new payments 2.14.0 yesterday 14:00")
    assert seen.text.startswith("Mon 30 Nov 14:00 is past.")
    await ana.clicks("Wed 2 Dec 14:00", on=seen.message)
    assert (await story.release("payments")).planned == "2026-12-02 14:00 Europe/Berlin"


async def test_nobodys_zone_is_guessed(story: Story) -> None:
    (ana,) = story.people("ana")

    def forget(work: Work) -> None:
        known = work.people.get(ana.id)
        assert known is not None
        work.people.put(replace(known, zone=None))

    await story.app.store.write(forget, workspace=story.app.workspace)
    asked = await ana.types("/release new payments 2.14.0 tomorrow 14:00")
    assert asked.text.startswith("I don't know your time zone. Did you mean Wed 2 Dec 14:00 Berlin?")
    await ana.types("/release new payments 2.14.0 tomorrow 14:00 Kolkata")
    assert (await story.release("payments")).planned == "2026-12-02 14:00 Asia/Kolkata"

    asked = await ana.types("/release reschedule tomorrow 16:00")
    assert asked.text.startswith("I don't know your time zone. Did you mean Wed 2 Dec 16:00 Kolkata?")
    assert (await story.release("payments")).planned == "2026-12-02 14:00 Asia/Kolkata"
    await ana.types("/release reschedule tomorrow 16:00 Berlin")
    assert (await story.release("payments")).planned == "2026-12-02 16:00 Europe/Berlin"
    await ana.types("/release reschedule in 26h")
    assert (await story.release("payments")).planned == "2026-12-02 11:00 Europe/Berlin"
    asked = await ana.types("/release reschedule tomorrow 18:00")
    await ana.clicks("Wed 2 Dec 18:00 Berlin", on=asked.message)
    assert (await story.release("payments")).planned == "2026-12-02 18:00 Europe/Berlin"
    assert "moved payments 2.14.0 to" in story.room("#payments").reads()

    await ana.types("/release reschedule")
    seen = await ana.submits(when="tomorrow 19:00")
    assert "I don't know your time zone." in seen.errors["when"]
    await ana.closes_modal()


async def test_cancelled_before_the_deploy(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 tomorrow 14:00")
    seen = await ana.types("/release cancel the customer moved the date")
    assert "ancelled" in seen.text
    await story.advance(days=2)
    stand = await story.release("payments")
    assert (stand.state, stand.outcome) == ("cancelled", "cancelled")
    assert "🚫 Cancelled — Ana: “the customer moved the date”" in story.room("#payments").reads()
    assert "deploy at" not in ana.dm.reads("ana"), "nobody is reminded of what is cancelled"
    seen = await bo.types("/release go payments")
    assert (await story.release("payments")).votes == {}
    assert "ancelled" in seen.text
