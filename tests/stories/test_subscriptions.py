"""A channel hears what it subscribed to, once, at its level, and nothing of what is private elsewhere."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.release.policy import LIGHT
from tests.story import Story


def said(story: Story, room: str) -> list[str]:
    """What the bot said there, without the cards of what is planned in it."""
    return [line for message in story.room(room).messages if (line := str(message.get("text", "")))
            and story.is_bots(message)]  # fmt: skip


async def subscribe(story: Story, who: str, what: str, in_: str) -> None:
    (actor,) = story.people(who)
    seen = await actor.types(f"/release subscribe {what}", in_=in_)
    assert "Not subscribed yet: #" in seen.text, seen.text
    done = await actor.clicks("Subscribe", on=seen.message)
    assert "Subscribed." in done.text


async def a_release_day(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await ana.types("/release new payments 2.14.0 today 11:00", in_="#payments")
    await tom.types("/release go", in_="#payments")
    await ana.types("/release hold the database is slow", in_="#payments")
    await ana.types("/release resume", in_="#payments")
    await story.until("2026-12-01 10:00")
    await ana.types("/release deploy start", in_="#payments")
    await ana.types("/release deploy done", in_="#payments")


async def test_milestones_are_told_without_votes_and_reasons(story: Story) -> None:
    await subscribe(story, "tom", "payments milestones", "#duo")
    await a_release_day(story)
    heard = said(story, "#duo")
    assert heard[0].startswith("Tom subscribed this channel to payments: milestones: planned, moved, decided, on hold")
    about = [line for line in heard if "2.14.0" in line]
    ends = ["is planned for", "is go for", "is on hold.", "is not on hold any more.", "the deploy has started.",
            "is live since"]  # fmt: skip
    assert len(about) == len(ends) and all(end in line for end, line in zip(ends, about, strict=True)), about
    assert "Trouble?" in about[-1] and "database" not in "".join(about) and "Tom" not in "".join(about)


async def test_nobody_hears_twice_and_outcomes_are_outcomes(story: Story) -> None:
    """#releases is the status channel, has subscribed, and is named by the policy; #payments is where it lives."""
    (ana,) = story.people("ana")
    releases = story.room("#releases").id
    await ana.types("/release setup")
    await ana.submits({"Status channel": "#releases"})
    await story.follows(replace(LIGHT, name="payments", services=("payments",), status_channels=(releases,), version=0))
    await subscribe(story, "ana", "all outcomes", "#releases")
    await subscribe(story, "ana", "payments outcomes", "#releases")
    await subscribe(story, "ana", "payments all", "#payments")
    await a_release_day(story)
    told = [line for line in said(story, "#releases") if "2.14.0" in line]
    assert len(told) == 1 and "is live since" in told[0]
    assert "Trouble?" not in "".join(said(story, "#payments")), "where it lives it was told already"


async def test_a_service_of_its_own_counts_before_all(story: Story) -> None:
    (ana,) = story.people("ana")
    await subscribe(story, "tom", "all milestones", "#duo")
    await subscribe(story, "tom", "payments nothing", "#duo")
    await a_release_day(story)
    assert not [line for line in said(story, "#duo") if "2.14.0" in line]
    await ana.types("/release new ledger 1.0 tomorrow 14:00", in_="#payments")
    assert [line for line in said(story, "#duo") if "ledger 1.0" in line]


async def test_a_private_channels_release_is_told_nowhere_else(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    for room in ("#duo", "#releases", "#secret-launch"):
        await subscribe(story, "ana", "all all daily 17:00", room)
    await ana.types("/release new payments 3.0.0 today 11:00", in_="#secret-launch")
    await bo.types("/release go", in_="#secret-launch")
    await story.until("2026-12-01 10:00")
    await ana.types("/release deploy start", in_="#secret-launch")
    await ana.types("/release deploy done", in_="#secret-launch")
    await ana.types("/release new payments 3.0.1 tomorrow 11:00", in_="#secret-launch")
    await ana.types("/release new ledger 1.0 tomorrow 11:00", in_="#payments")
    await story.until("2026-12-01 16:01")
    digests = {room: said(story, room)[-1] for room in ("#duo", "#secret-launch")}
    assert digests["#duo"] == "All releases: nothing done, 1 planned."
    assert digests["#secret-launch"] == "All releases: 1 done, 2 planned."
    assert "3.0" not in story.room("#duo").reads() and "3.0" not in story.room("#releases").reads()
    assert "secret-launch" not in story.room("#duo").reads()
    assert "payments 3.0.1" in story.room("#secret-launch").reads("bo")


async def test_a_weekly_digest_to_forward(story: Story) -> None:
    (ana,) = story.people("ana")
    await subscribe(story, "tom", "all weekly fri 16:00", "#duo")
    await a_release_day(story)
    await ana.types("/release new payments 2.15.0 next tue 14:00", in_="#payments")
    await ana.types("/release new ledger 1.0 thu 10:00", in_="#payments")
    await ana.types("/release new checkout 3.0 wed 10:00", in_="#payments")
    await ana.types("/release cancel checkout 3.0 the customer moved the date", in_="#payments")
    await story.until("2026-12-04 15:01")
    shown = story.room("#duo").reads().split("All releases: Fri 27 Nov – Fri 11 Dec")[1]
    lines = [line.strip() for line in shown.splitlines() if line.strip()]
    assert lines[:2] == ["· times of Berlin", "Went live (1)"]
    assert lines[2] == "• payments 2.14.0, Tue 1 Dec 11:00, on time · #payments"
    assert "Cancelled (1)" in lines and "• checkout 3.0, " in shown and "customer" not in shown
    assert "Open from before (1)" in lines and "• ledger 1.0, stopped, was planned for Thu 3 Dec 10:00" in shown
    assert (
        "Planned for the coming week (1)" in lines and "• Tue 8 Dec 14:00  payments 2.15.0, open for go/no-go" in shown
    )
    assert "database" not in shown and "Tom" not in shown

    before = len(said(story, "#duo"))
    await ana.types("/release cancel payments 2.15.0 not needed", in_="#payments")
    await ana.types("/release cancel ledger 1.0 not needed", in_="#payments")
    await story.until("2026-12-25 15:01")
    later = said(story, "#duo")[before:]
    assert len(later) == 3, "once a week"
    assert "nothing went live in the last seven days, and nothing is planned" in later[-1]


async def test_a_daily_digest_with_nothing_to_tell_is_not_sent(story: Story) -> None:
    (tom,) = story.people("tom")
    seen = await tom.types("/release subscribe payments daily 9:30", in_="#duo")
    assert "a digest every day at 09:30 (Berlin)" in seen.text
    assert "would have nothing to tell" in (await tom.clicks("Show me a digest", on=seen.message)).text
    await tom.clicks("Subscribe", on=seen.message)
    await story.advance(days=4)
    assert len(said(story, "#duo")) == 1
    await tom.types("/release unsubscribe payments", in_="#duo")
    await tom.types("/release new payments 2.14.0 tomorrow 14:00", in_="#payments")
    await story.advance(days=2)
    assert len(said(story, "#duo")) == 2 and "ended what this channel heard of payments" in said(story, "#duo")[-1]


async def test_it_is_listed_changed_and_ended_again_by_who_is_there(story: Story) -> None:
    (tom,) = story.people("tom")
    assert "is subscribed to nothing" in (await tom.types("/release subscribe", in_="#duo")).text
    await subscribe(story, "tom", "payments outcomes", "#duo")
    listed = await tom.types("/release subscribe list", in_="#duo")
    await tom.clicks("Change …", on=listed.message)
    await tom.submits(
        {"What shall be told as it happens?": "all", "And a digest?": "weekly", "On which day?": "friday"}
    )
    assert "everything" in tom.reads(tom.modal) and "every Friday at 09:00 (Berlin)" in tom.reads(tom.modal)
    await tom.closes_modal()
    listed = await tom.types("/release subscribe", in_="#duo")
    assert "What this channel hears (1)" in listed.text and "every Friday" in listed.text
    gone = await tom.clicks("Unsubscribe", on=listed.message)
    assert "hears no more of payments" in gone.text
    assert "Subscribed." in (await tom.clicks("Subscribe again", on=gone.message)).text
    assert "ended already" in (await tom.clicks("Unsubscribe", on=listed.message)).text


@pytest.mark.parametrize(
    ("what", "in_", "no"),
    [
        ("payments sometimes", "#duo", "I don't understand “sometimes”"),
        ("payments", "dm", "Type this in the channel that shall hear of it"),
        ("payments", "#checkout", "I'm not in this channel"),
        ("payments nothing", "#duo", "Then there is nothing to hear"),
    ],
)
async def test_what_cannot_be_is_said(story: Story, what: str, in_: str, no: str) -> None:
    (tom,) = story.people("tom")
    assert no in (await tom.types(f"/release subscribe {what}", in_=in_)).text


async def test_the_digest_tells_of_trains_and_freezes_and_of_private_ones_only_where_they_run(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release train payments every tue 14:00 Europe/Berlin starting 8 dec lead 1h", in_="#payments")
    await ana.clicks("Save")
    await ana.types("/release train ledger every wed 14:00 Europe/Berlin starting 9 dec lead 1h", in_="#secret-launch")
    await ana.clicks("Save")
    await ana.types("/release freeze 10 dec 8:00 to 11 dec 8:00 payments because of the audit", in_="#payments")
    await ana.clicks("Freeze it")
    for room in ("#duo", "#secret-launch"):
        await subscribe(story, "ana", "all weekly fri 16:00", room)
    await story.until("2026-12-04 15:01")
    shown = story.room("#duo").reads()
    assert "payments train" in shown and "Freeze of payments" in shown
    assert "ledger" not in shown and "audit" not in shown
    assert "ledger train" in story.room("#secret-launch").reads("bo")


async def test_what_went_otherwise_is_told_without_why(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await subscribe(story, "tom", "payments milestones", "#duo")
    await ana.types("/release new payments 2.14.0 today 11:00", in_="#payments")
    await bo.types("/release no-go the login is broken", in_="#payments")
    await story.until("2026-12-01 10:01")
    await ana.types("/release reschedule payments tomorrow 11:00", in_="#payments")
    await story.until("2026-12-02 10:01")
    await ana.types("/release new payments 2.15.0 today 15:00", in_="#payments")
    await bo.types("/release go payments 2.15.0", in_="#payments")
    await story.until("2026-12-02 14:00")
    await ana.types("/release deploy start 2.15.0", in_="#payments")
    await ana.types("/release deploy fail payments 2.15.0 disk full", in_="#payments")
    await ana.types("/release rollback payments 2.15.0", in_="#payments")
    heard = "\n".join(said(story, "#duo"))
    for told in ("payments 2.14.0 is no-go; what follows is told here.", "payments 2.14.0 is planned for",
                 "payments 2.14.0 was not decided in time", "payments 2.15.0: the deploy failed.",
                 "payments 2.15.0 is being rolled back."):  # fmt: skip
        assert told in heard, heard
    for kept in ("login", "disk", "Bo", "Ana", "waiting"):
        assert kept not in heard.replace("Tom subscribed", ""), kept


async def test_a_digest_that_was_slept_through_is_left_out_and_the_next_one_comes(story: Story) -> None:
    (ana,) = story.people("ana")
    await subscribe(story, "tom", "all daily 17:00", "#duo")
    await ana.types("/release new payments 2.14.0 tomorrow 14:00", in_="#payments")
    await ana.types("/release new payments 2.15.0 fri 14:00", in_="#payments")
    await story.restarts(after=timedelta(hours=12))
    assert len(said(story, "#duo")) == 2, "four hours late is better than never"
    await story.restarts(after=timedelta(days=1, hours=13))
    assert len(said(story, "#duo")) == 2, "Wednesday's helps nobody on Thursday morning"
    await story.until("2026-12-03 16:01")
    assert len(said(story, "#duo")) == 3 and "1 planned" in said(story, "#duo")[-1]


async def test_once_invited_it_can_be_subscribed(story: Story) -> None:
    (tom,) = story.people("tom")
    seen = await tom.types("/release subscribe payments outcomes", in_="#checkout")
    assert "I'm not in this channel" in seen.text
    await tom.types("/invite @T-Minus", in_="#checkout")
    await subscribe(story, "tom", "payments outcomes", "#checkout")


async def test_what_a_digest_that_was_left_out_would_have_told_is_in_the_next(story: Story) -> None:
    """The first and then the third Friday's are slept through by more than half a day."""
    (ana,) = story.people("ana")
    await subscribe(story, "tom", "all weekly fri 16:00", "#duo")
    await a_release_day(story)
    await story.until("2026-12-03 12:00")
    await story.restarts(after=timedelta(days=2))
    await story.until("2026-12-11 15:01")
    shown = story.room("#duo").reads().split("All releases: Fri 27 Nov – Fri 18 Dec")[1]
    assert "Went live (1)" in shown and "• payments 2.14.0, Tue 1 Dec 11:00" in shown
    assert "No digest came last time, so this one tells of all since Fri 27 Nov 16:00." in shown
    await ana.types("/release new ledger 1.0 today 18:00", in_="#payments")
    await ana.types("/release cancel ledger 1.0 not needed", in_="#payments")
    await story.until("2026-12-18 12:00")
    await story.restarts(after=timedelta(days=1))
    await story.until("2026-12-25 15:01")
    assert "• ledger 1.0, " in story.room("#duo").reads().split("All releases: Fri 11 Dec – Fri 1 Jan")[1]
    await story.until("2027-01-01 15:01")
    assert "nothing went live in the last seven days" in said(story, "#duo")[-1], "and once is enough"
    await story.restarts(after=timedelta(days=8))
    await story.until("2027-01-15 15:01")
    assert "nothing went live since Fri 1 Jan, and nothing is planned" in said(story, "#duo")[-1]


async def test_a_digest_says_what_went_live_by_override(story: Story) -> None:
    (ana,) = story.people("ana")
    await subscribe(story, "tom", "all weekly fri 16:00", "#duo")
    await ana.types("/release new payments 2.14.0 today 16:00", in_="#payments")
    await ana.types("/release override payments production is down", in_="#payments")
    await ana.submits(skip0=["0"])
    await ana.types("/release shipped payments", in_="#payments")
    await story.until("2026-12-04 15:01")
    digest = story.room("#duo").reads().split("Went live (1)")[1]
    assert "• payments 2.14.0, Tue 1 Dec 09:00, 7 h early, by override · #payments" in digest
