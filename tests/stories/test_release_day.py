"""The release day, from the plan to the retrospective, as people live it."""

import re

import pytest

from tests.story import Story

pytestmark = pytest.mark.both


@pytest.mark.everywhere
async def test_the_release_day(story: Story) -> None:
    """With nothing configured: Ana plans it, one go from somebody else, and it goes live on time."""
    ana, bo, tom, eve = story.people("ana", "bo", "tom", "eve")
    payments = story.room("#payments")

    seen = await ana.types("/release new payments 2.14.0 tomorrow 14:00", in_="#payments")
    assert seen.text.splitlines() == [
        "payments 2.14.0 is planned for Wed 2 Dec 14:00 Berlin · 08:00 New York · 18:30 Kolkata (REL-1).",
        "🟡 Go/no-go open until 14:00 tomorrow — waiting for one go from Bo, Clara, Eve or Tom",
    ]
    assert "Sign-off" not in payments.reads(), "the line above says whom it waits for"
    assert bo.dm.messages == [], "in New York it is three in the morning"

    await story.until("14:05")
    assert "payments 2.14.0: your go/no-go by 08:00 tomorrow. Medium risk." in bo.dm.reads("bo")
    seen = await bo.clicks("Go", in_="dm")
    assert seen.text.startswith("You said go 09:05 on payments 2.14.0. It's go.")
    assert "Your answer is not needed any more" in eve.dm.reads("eve")

    await story.until("2026-12-02 12:51")
    assert "payments 2.14.0: deploy at 14:00. It's go." in ana.dm.reads("ana")
    await ana.clicks("Start deploy", in_="dm")
    await story.advance(minutes=16)
    card = payments.card("Deploying since 13:51")
    seen = await ana.types("@T-Minus why", thread=card)
    assert "Deploying since 13:51" in seen.text, "in a thread, where slash commands do not work"
    await ana.clicks("Done", on=card)

    await story.until("2026-12-03 09:01")
    assert re.sub("[0-9a-f]{32}", "c0ffee", payments.reads()) == (
        """\
T-Minus: payments 2.14.0 → production   REL-1 · normal · medium risk
    🟢 Live since 14:07 yesterday, on time
    Planned for 14:00 yesterday · captain Ana
    ✅ Sign-off  Bo 15:05 Dec 1
    [Roll back] [⋯ Status · Retrospective]
  ↳ T-Minus (to channel): payments 2.14.0: go/no-go is open until 14:00 yesterday.
  ↳ T-Minus (to channel): payments 2.14.0: go. Deploy starts 14:00 yesterday.
        Record: 4 entries, head c0ffee
  ↳ T-Minus: Ana started the deploy.
  ↳ Ana: @T-Minus why
  ↳ T-Minus (to channel): payments 2.14.0 is live since 14:07, on time. 1 sign-off.
  ↳ T-Minus: @Ana payments 2.14.0 went out on time.
        [Smooth] [Something to improve]
T-Minus (to channel): payments 2.14.0: go/no-go is open until 14:00 yesterday.
T-Minus (to channel): payments 2.14.0: go. Deploy starts 14:00 yesterday.
    Record: 4 entries, head c0ffee
T-Minus (to channel): payments 2.14.0 is live since 14:07, on time. 1 sign-off."""
    )

    await ana.clicks("Something to improve", in_="#payments")
    await ana.submits(
        not_well="<!here> we waited for QA", action="A second pair of eyes for QA", owner="bo", due="2026-12-10"
    )
    await tom.clicks("Add to it", in_="#payments")
    await tom.submits(ideas="Start at noon")
    summary = payments.reads()
    assert "Ana: <!here> we waited for QA" in summary and "Tom: Start at noon" in summary
    assert "◻️ A second pair of eyes for QA — Bo, by Thu 10 Dec" in summary

    stand = await story.release("payments 2.14.0")
    assert (stand.state, stand.outcome, stand.votes) == ("closed", "live", {"bo": "go"})
    assert stand.history == [
        "planned",
        "poll_opened",
        "voted",
        "decided",
        "deploy_started",
        "deploy_finished",
        "went_live",
        "retro_answered",
        "closed",
        "retro_answered",
    ]


async def test_a_release_day_with_three_sign_offs_and_a_no_go_that_is_fixed(story: Story) -> None:
    """Set up in a dialog: QA, Operations and Product sign off; outcomes are heard in #releases; it is watched."""
    ana, bo, tom, clara = story.people("ana", "bo", "tom", "clara")
    payments = story.room("#payments")
    await ana.types("/release setup")
    await ana.submits({"Status channel": "#releases", "How are releases decided?": "Team"})
    seen = await ana.submits(
        {
            "Who signs off for QA?": ["bo", "eve"],
            "Who signs off for Operations?": ["tom"],
            "Who signs off for Product?": ["clara"],
        }
    )
    assert "Releases follow the team policy" in seen.text and "Outcomes are told in #releases." in seen.text
    await ana.closes_modal()

    await ana.shortcut("New release")
    changes = "Faster refunds\nNew fraud rules"
    seen = await ana.submits(
        service="payments", version="2.14.0", when="thu 14:00", channel="#payments", changes=changes, risk="High"
    )
    assert "🔵 Scheduled — go/no-go opens 10:00 tomorrow" in seen.text
    await ana.closes_modal()
    assert "opens at 10:00 tomorrow" in (await tom.types("/release go")).text, "too early, and it says when"

    await story.until("2026-12-02 09:01")
    assert "waiting for QA, Operations and Product" in payments.reads()
    assert "payments 2.14.0: your Operations go/no-go by 13:30 tomorrow. High risk." in tom.dm.reads("tom")
    await tom.clicks("Go", in_="dm")
    await clara.clicks("No-go", in_="dm")
    await clara.submits(why="secret scan still red")
    seen = await ana.types("/release why")
    assert "🛑 Product — Clara said no-go at 10:01: “secret scan still red”" in seen.text
    assert "⏳ QA has not answered (Bo or Eve can answer)" in seen.text

    await story.until("2026-12-02 14:05")
    await bo.clicks("Go", in_="dm")
    seen = await clara.clicks("Change to go", in_="dm")
    assert "You were the last. It's go." in seen.text
    assert "✅ Go — decided 15:05 today, all 3 sign-offs" in payments.reads()

    await story.until("2026-12-03 12:55")
    await ana.clicks("Start deploy", in_="dm")
    await story.advance(minutes=61)
    assert "Still deploying payments 2.14.0?" in ana.dm.reads("ana")
    await ana.clicks("Done", in_="dm")
    assert (await story.release("payments")).state == "monitoring"
    dialog = await tom.clicks("Roll back", in_="#payments", confirm=False)
    assert "That rolls back payments 2.14.0 on production" in dialog.text, "a dangerous button asks, and says on what"
    await story.advance(minutes=31)
    assert (await story.release("payments")).state == "released"

    heard = [message["text"] for message in story.room("#releases").messages]
    assert len(heard) == 1, "stakeholders hear the outcome once"
    assert "is live since" in heard[0] and "3 sign-offs. New: Faster refunds." in heard[0]
    assert "secret scan" not in heard[0], "and never votes or reasons"

    await story.until("2026-12-04 09:01")
    assert "how did payments 2.14.0 go?" in payments.reads(), "there was a no-go: the full retrospective comes"
    await ana.clicks("Answer", in_="#payments")
    await ana.submits(well="We caught it before the customer did")
    assert (await story.release("payments")).state == "closed"
