"""Every decision stays on record where people look: who signed off and when, and all that happened."""

from tests.story import Story


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
    for text in (every.text, (await tom.types("/release status payments 2.14.0 all")).text):
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
    assert "✅ Sign-off  Bo 09:00 · not taken back: no-go of Tom" in payments.reads()
