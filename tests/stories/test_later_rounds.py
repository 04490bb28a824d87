"""Another round, another time, another captain: what people said before is kept, and never decides alone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.release.policy import LIGHT, Milestone, SignOff
from tests.story import Actor, Story

#: The rules alone: they are the same in every mode and on every database.
pytestmark = pytest.mark.once


async def regulated(story: Story, ana: Actor) -> None:
    """QA is Bo, Security Clara or Tom, Operations Eve, Product Finn; all of them cover the schedule too."""
    await ana.types("/release setup")
    await ana.submits(zone="Europe/Berlin", policy="regulated")
    roles = {"QA": ["bo"], "Security": ["clara", "tom"], "Operations": ["eve"], "Product": ["finn"]}
    await ana.submits(**{f"role.{role}": people for role, people in roles.items()})


async def test_a_captain_cannot_walk_around_a_no_go(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    payments = story.room("#payments")
    await ana.types("/release new payments 2.14.0 in 3h")
    await tom.types("/release no-go secret scan still red")
    await bo.types("/release go")
    assert "🛑 Sign-off  Tom: “secret scan still red” 09:00 · go: Bo 09:00" in payments.reads()
    await ana.types("/release poll close")
    assert "🛑 No-go — Tom: “secret scan still red”" in payments.reads()

    await ana.types("/release extend 30m")
    stand = await story.release("payments 2.14.0")
    assert (stand.state, stand.round, stand.votes) == ("open", 2, {"bo": "go"})
    assert "waiting for Tom" in payments.reads()
    assert "Sign-off  Bo 09:00, Tom said no-go before and is asked again" in payments.reads()
    assert "your go/no-go by" in tom.dm.reads("tom")
    assert "In round 1 you said no-go: “secret scan still red”." in tom.dm.reads("tom")
    why = await ana.types("/release why")
    assert "⏳ Tom said no-go before (“secret scan still red”) and has not answered since" in why.text
    await ana.types("/release poll close")
    assert (await story.release("payments 2.14.0")).stopped == "no decision", "nor by closing the new round"

    await ana.types("/release poll")
    await tom.clicks("Go", in_="dm")
    assert (await story.release("payments 2.14.0")).state == "approved"
    assert payments.reads().count("T-Minus (to channel): payments 2.14.0: go/no-go is open") == 2, (
        "in thread and channel"
    )


async def test_an_expired_approval_does_not_renew_itself(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 in 3h")
    await bo.types("/release go")
    await ana.types("/release reschedule tomorrow 14:00")
    stand = await story.release("payments 2.14.0")
    assert (stand.state, stand.round, stand.votes) == ("open", 2, {"bo": "go"}), "the vote is kept"
    assert "The go of the last round counts again once somebody confirms it" in (await ana.types("/release why")).text
    assert "⏳ Sign-off  Bo 09:00 today · of the last round, to be confirmed" in story.room("#payments").reads()
    assert "You said go 09:00" in bo.dm.reads("bo") or "[Go]" in bo.dm.reads("bo")
    await bo.types("/release go")
    assert (await story.release("payments 2.14.0")).state == "approved"


async def test_who_voted_on_the_old_plan_is_asked_again_and_sees_what_changed(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await regulated(story, ana)
    await ana.types("/release new payments 2.14.0 2026-12-04 14:00")
    await story.until("2026-12-02 15:00")
    await bo.clicks("Go", in_="dm")
    assert "You said go for QA" in bo.dm.reads("bo")

    await ana.types("/release reschedule 2026-12-04 15:00")
    asked = bo.dm.reads("bo")
    assert asked.count("[Go] [No-go]") == 1, "asked once more, in one place"
    assert "payments 2.14.0: you are asked again below." in asked
    assert "Since then Ana moved it from" in asked
    assert "Waiting on you (1)" in (await bo.types("/release")).text
    await bo.clicks("Go", in_="dm")
    assert (await story.release("payments 2.14.0")).votes == {"bo": "go"}
    assert "changed since" not in story.room("#payments").reads()


async def test_a_go_is_given_to_what_was_shown_wherever_its_button_stood(story: Story) -> None:
    ana, bo, clara, eve = story.people("ana", "bo", "clara", "eve")
    await regulated(story, ana)
    await ana.types("/release new payments 2.14.0 2026-12-04 14:00")
    await story.until("2026-12-02 15:00")
    mine = await bo.types("/release")
    why = await clara.types("/release why")
    reason = await eve.clicks("No-go", in_="dm")
    assert reason.modal is not None
    await ana.types("/release reschedule 2026-12-05 03:00")

    for who, shown in ((bo, mine), (clara, why)):
        seen = await who.clicks("Go", on=shown.message, stale=True)
        assert "has changed since that message was drawn" in seen.text
    late = await eve.submits(why="scan is red")
    assert "has changed since that message was drawn" in str(late.errors) + late.text
    assert (await story.release("payments 2.14.0")).votes == {}


async def test_an_old_reminder_does_not_start_a_deploy_of_another_day(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 today 12:00")
    await bo.types("/release go")
    await story.until("10:51")
    reminder = next(message for message in ana.dm.messages if "deploy at" in message["text"])
    await ana.types("/release reschedule fri 14:00")
    await bo.types("/release go")
    assert (await story.release("payments 2.14.0")).state == "approved"

    seen = await ana.clicks("Start deploy", on=reminder, stale=True)
    assert "payments 2.14.0 has changed since that message: it is planned for" in seen.text
    assert (await story.release("payments 2.14.0")).state == "approved"


async def test_who_signed_off_neither_leads_nor_deploys_under_regulated(story: Story) -> None:
    ana, bo, tom, clara, eve, finn = story.people("ana", "bo", "tom", "clara", "eve", "finn")
    await regulated(story, ana)
    await tom.types("/release new payments 2.14.0 2026-12-04 14:00")
    await story.until("2026-12-02 15:00")
    await clara.types("/release take-over")
    seen = await tom.types("/release go")
    assert "You are the author of payments 2.14.0" in seen.text, "handing it over does not free its author"
    await tom.types("/release take-over")
    await clara.types("/release go")
    seen = await clara.types("/release take-over")
    assert "You signed off Security of payments 2.14.0" in seen.text
    for who in (bo, eve):
        await who.types("/release go")
    await finn.types("/release go REL-1", in_="#general")
    await story.until("2026-12-04 13:45")
    assert (await story.release("payments 2.14.0")).captain == "tom"


async def test_a_go_can_be_counted_for_another_sign_off(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await ana.types("/release setup")
    await ana.submits(zone="Europe/Berlin", policy="team")
    await ana.submits(**{"role.QA": ["bo", "tom"], "role.Operations": ["bo", "eve"], "role.Product": ["clara"]})
    await ana.types("/release new payments 2.14.0 2026-12-02 14:00")
    await story.until("10:05")
    await tom.types("/release go")
    seen = await bo.types("/release go")
    assert "You said go for Operations" in seen.text, "where it is needed most"
    assert "Count it for" not in seen.text


async def test_answered_by_direct_message_it_can_be_counted_for_another_sign_off(story: Story) -> None:
    ana, clara, tom = story.people("ana", "clara", "tom")
    both = frozenset({clara.id, tom.id})
    sign_offs = (SignOff("QA", people=both), SignOff("Security", people=both))
    await story.follows(replace(LIGHT, name="both", is_default=True, sign_offs=sign_offs))
    await ana.types("/release new payments 2.14.0 today 16:00")
    await tom.clicks("Go", in_="dm")
    assert "You said go for QA" in tom.dm.reads("tom") and "[Count it for Security]" in tom.dm.reads("tom")
    await tom.clicks("Count it for Security", in_="dm")
    assert "You said go for Security" in tom.dm.reads("tom") and "[Count it for QA]" in tom.dm.reads("tom")
    assert "✅ Security  Tom" in story.room("#payments").reads()
    await clara.clicks("Go", in_="dm")
    assert "Count it" not in tom.dm.reads("tom") + clara.dm.reads("clara"), "nothing is missing any more"
    assert (await story.release("payments")).votes == {"tom": "go", "clara": "go"}


async def test_a_vote_typed_in_a_direct_message_is_answered(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 in 3h")
    seen = await bo.types("/release go payments", in_="dm")
    assert "You said" in seen.text and "It's go." in seen.text


async def test_whose_go_alone_is_kept_is_asked_to_confirm_it(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await ana.types("/release new payments 2.14.0 today 10:00")
    await tom.types("/release go")
    await story.until("14:01")
    await ana.types("/release poll payments")
    assert "in an earlier round. It counts once you confirm it." in tom.dm.reads("tom")


async def test_who_is_asked_after_the_planned_time_does_not_read_that_it_goes_live_then(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await ana.types("/release new payments 2.14.0 today 10:00")
    assert "Goes live at 10:00 today · asked by Ana" in tom.dm.reads("tom")
    await story.until("11:00")
    await ana.types("/release poll payments")
    asked = tom.dm.reads("tom")
    assert "Planned for 10:00 today · asked by Ana" in asked and "Goes live at 10:00" not in asked


async def test_the_channel_hears_of_the_first_no_go_and_of_the_go_that_ends_it(story: Story) -> None:
    """Later no-gos stand on the card and in the thread: a release posts into its channel four times at most."""
    ana, bo = story.people("ana", "bo")
    payments = story.room("#payments")
    await ana.types("/release new payments 2.14.0 in 3h")
    for why in ("scan is red", "scan is still red"):
        await bo.types(f"/release no-go {why}")
        await ana.types("/release poll close")
        await ana.types("/release extend 1h")
    await bo.types("/release go")
    await ana.types("/release shipped")
    said = [message for message in payments.messages if ": no-go" in message["text"].casefold()]
    assert ["subtype" in message for message in said] == [True, False], "to the channel once; then in the thread only"
    shown = [message["text"] for message in payments.messages if message.get("subtype") == "thread_broadcast"]
    assert len(shown) == 4, shown
    assert "is open until" in shown[0] and "scan is red" in shown[1] and ": go." in shown[2] and "is live" in shown[3]


async def test_the_channel_is_told_once_that_nobody_decided(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 15:00")
    await bo.types("/release go payments")
    await ana.types("/release reschedule payments tomorrow 15:00")
    await story.until("2026-12-02 14:05")
    for _ in range(3):  # each time for one hour more
        await ana.types("/release extend payments 1h")
        await story.advance(hours=2)
    told = [line for line in story.room("#payments").reads().splitlines() if "No decision" in line]
    assert sum(line.startswith("T-Minus (to channel)") for line in told) == 1, "\n".join(told)


async def closes_late(story: Story) -> Actor:
    """22 minutes before its deploy at 18:00, without an answer."""
    ana, bo, tom = story.people("ana", "bo", "tom")
    qa = SignOff("QA", people=frozenset({bo.id, tom.id}))
    times = {"opens": Milestone(before=timedelta(hours=3)), "closes": Milestone(before=timedelta(minutes=22))}
    await story.follows(replace(LIGHT, name="late", is_default=True, sign_offs=(qa,), **times))
    await ana.types("/release new payments 3.1 today 18:00")
    await story.until("16:38")
    return ana


async def test_another_round_is_offered_as_long_as_there_is_time_for_one(story: Story) -> None:
    """22 minutes before the deploy there are no thirty, but there are twenty."""
    ana, room = await closes_late(story), story.room("#payments")
    assert "Next: extend the go/no-go, reschedule, or cancel." in room.reads()
    assert "[Extend 20 min] [Reschedule] [Ask a stand-in]" in room.reads()
    await ana.opens_home()
    for asked in (await ana.types("/release why payments")).text, str(ana.home):
        assert "Extend 20 min" in asked and "Ask again" not in asked
    await ana.clicks("Extend 20 min", in_="#payments")
    assert "🟡 Go/no-go open until 17:58 today" in room.reads()
    await story.until("16:58")
    assert "Next: reschedule or cancel" in room.threads()[-1] and "Next: reschedule, or cancel." in room.reads()
    assert "[Extend" not in room.reads() and "[Ask again]" not in (await ana.types("/release why payments")).text


async def test_the_time_that_was_offered_is_the_time_that_is_left(story: Story) -> None:
    ana, room = await closes_late(story), story.room("#payments")
    await story.until("16:42")
    await ana.clicks("Extend 20 min", in_="#payments")
    assert "🟡 Go/no-go open until 17:57 today" in room.reads()
