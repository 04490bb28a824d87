"""A release that recurs: seen before it is kept, made once each time, skipped, paused and passed on in words."""

import pytest

from tests.story import Story

EVERY_2ND = "/release train payments every 2nd tue 14:00 Europe/Berlin"


async def test_a_train_is_shown_over_the_clock_change_before_it_is_kept_and_makes_its_releases(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    payments = story.room("#payments")
    seen = await ana.types(f"{EVERY_2ND} starting 15 dec version 2026.{{n}}")
    assert "payments: every 2 weeks on Tuesday 14:00 Berlin, in #payments." in seen.text
    assert seen.text.count("• Tue ") == 5
    assert "• Tue 15 Dec 14:00 — payments 2026.1; made Fri 11 Dec 14:00" in seen.text
    assert "Clocks in Berlin change on Sun 28 Mar 2027: 14:00 stays 14:00, and is 12:00 UTC instead of 13:00 UTC" in (
        seen.text
    )
    assert "the first departure after it: Tue 6 Apr 2027 14:00 (12:00 UTC)" in seen.text
    assert "[Save] [No: every month on the second Tuesday] [Start a week later]" in seen.text
    assert "train" not in payments.reads(), "nothing is saved"
    saved = await ana.clicks("Save", on=seen.message)
    assert "The payments train is saved" in saved.text and "Next departure: Tue 15 Dec 14:00." in saved.text
    again = await ana.clicks("Save", on=seen.message)
    assert "That train of payments runs already." in again.text
    assert "Ana runs a train of payments: every 2 weeks on Tuesday 14:00 Berlin." in payments.reads()

    await story.until("2026-12-11 12:59")
    assert not await story.has_release("payments 2026.1"), "none before its time"
    await story.until("2026-12-11 13:00")
    stand = await story.release("payments 2026.1")
    assert (stand.state, stand.captain, stand.planned) == ("open", "ana", "2026-12-15 14:00 Europe/Berlin")
    assert "🚆 Train: every 2 weeks on Tuesday 14:00 Berlin" in payments.reads()
    assert "You lead payments 2026.1 (REL-1), the payments train of Tue 15 Dec 14:00" in ana.dm.reads("ana")
    await bo.clicks("Go", in_="#payments")
    assert (await story.release("payments 2026.1")).state == "approved"
    await story.until("2026-12-25 13:00")
    assert (await story.release("payments 2026.2")).planned == "2026-12-29 14:00 Europe/Berlin"


@pytest.mark.once
async def test_what_every_2nd_tuesday_means_can_be_said_with_a_click(story: Story) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types(EVERY_2ND)
    other = await ana.clicks("No: every month on the second Tuesday", on=seen.message)
    assert "payments: every month on the second Tuesday 14:00 Berlin" in other.text
    assert "• Tue 8 Dec 14:00" in other.text and "• Tue 12 Jan 2027 14:00" in other.text
    later = await ana.clicks("Start a week later", on=seen.message)
    assert "• Tue 8 Dec 14:00" in later.text and "• Tue 22 Dec 14:00" in later.text
    asked = await ana.types("/release train payments 2nd tue 14:00 Berlin")
    assert "did you mean every month on the second Tuesday or every 2 weeks on Tuesday?" in asked.text
    meant = await ana.clicks("every 2 weeks on Tuesday", on=asked.message)
    assert "payments: every 2 weeks on Tuesday 14:00 Berlin" in meant.text
    assert "please name weekdays by their names" in (await ana.types("/release train payments every 2 14:00")).text
