"""Go, no-go, no decision: how a poll ends, how it begins again, and who is heard when many speak at once."""

import json

import pytest

from tests.story import Story, together


@pytest.mark.everywhere
async def test_a_no_go_its_cause_fixed_and_a_new_round(story: Story) -> None:
    ana, bo, clara = story.people("ana", "bo", "clara")
    payments = story.room("#payments")
    await ana.types("/release new payments 2.14.0 tomorrow 14:00")

    asked = await clara.clicks("No-go", in_="#payments")
    assert "Why is it a no-go?" in asked.text
    await clara.submits(why="secret scan <!channel> still red")
    assert (await story.release("payments")).votes == {"clara": "no-go"}
    assert "🟡 Go/no-go open until 14:00 tomorrow — no-go from Clara" in payments.reads()
    assert "Clara: “secret scan <!channel> still red” 09:00" in payments.reads(), (
        "what people type is shown, not obeyed"
    )
    assert "Clara said no-go" in (await ana.types("/release why")).text

    await story.until("2026-12-02 13:00")
    stand = await story.release("payments")
    assert (stand.state, stand.stopped) == ("stopped", "no-go"), "a no-go leaves the state only at the deadline"
    assert "🛑 No-go" in payments.reads()

    seen = await bo.clicks("Extend 30 min", in_="#payments")
    assert "You can't do that" in seen.text and "the captain (Ana)" in seen.text
    await ana.clicks("Extend 30 min", in_="#payments")
    assert (await story.release("payments")).round == 2
    assert "waiting for Clara" in payments.reads() and "waiting for one go" not in payments.reads()
    why = (await ana.types("/release why")).text
    assert "Clara said no-go before (“secret scan <!channel> still red”) and has not answered since" in why

    seen = await bo.clicks("Go", in_="#payments")
    assert "waiting for Clara" in seen.text, "who objected answers for herself"
    seen = await clara.clicks("Go", in_="#payments")
    assert "You were the last. It's go." in seen.text
    stand = await story.release("payments")
    assert (stand.state, stand.round, stand.votes) == ("approved", 2, {"bo": "go", "clara": "go"})
    assert stand.history == ["planned", "poll_opened", "voted", "decided", "poll_opened", "voted", "voted", "decided"]


@pytest.mark.everywhere
async def test_no_decision_names_who_was_silent_and_more_time_heals_it(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    payments = story.room("#payments")
    await ana.types("/release new payments 2.14.0 today 16:00")
    assert bo.dm.messages == [], "in New York it is the middle of the night"
    await story.until("14:05")
    assert "payments 2.14.0: your go/no-go by 10:00 today." in bo.dm.reads("bo"), "it is nine in the morning"

    await story.until("15:00")
    stand = await story.release("payments")
    assert (stand.state, stand.stopped) == ("stopped", "no decision"), "silence is not a no"
    assert "⚪ No decision" in payments.reads()
    assert "⚪ No decision — nobody has said go yet." in bo.dm.reads("bo")
    assert "not needed any more" not in bo.dm.reads("bo"), "it is what the release waits for"

    assert "was stopped at 10:00 today" in (await bo.types("/release why")).text
    await ana.types("/release extend 45m")
    assert "Go/no-go open until 16:45" in payments.reads()
    seen = await bo.types("/release go")
    assert "It's go." in seen.text
    assert (await story.release("payments")).state == "approved"


async def test_an_old_buttons_click_says_what_became_of_it(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await ana.types("/release new payments 2.14.0 today 16:00")
    card = story.room("#payments").card("[Go] [No-go]")
    await bo.clicks("Go", on=card)
    seen = await tom.clicks("Go", on=card, stale=True)
    assert "was decided at 09:00: go" in seen.text
    assert (await story.release("payments")).votes == {"bo": "go"}


@pytest.mark.everywhere
async def test_two_people_click_at_the_same_moment(story: Story) -> None:
    """Both are heard; one decision, one announcement."""
    ana, bo, clara = story.people("ana", "bo", "clara")
    await ana.types("/release new payments 2.14.0 today 16:00")
    await together(bo.at_once.clicks("Go", in_="#payments"), clara.at_once.clicks("Go", in_="#payments"))
    await story.quiet()
    stand = await story.release("payments")
    assert stand.state == "approved"
    assert stand.history.count("decided") == 1
    said = story.room("#payments").reads()
    assert said.count("T-Minus (to channel): payments 2.14.0: go. Deploy starts") == 2, (
        "in the thread and in the channel"
    )
    answers = [person.reads(person.ephemerals[-1]) for person in (bo, clara)]
    assert sum("It's go." in answer for answer in answers) == 1
    assert sum("already" in answer or "decided" in answer for answer in answers) == 1


async def test_a_go_and_a_no_go_at_the_same_moment(story: Story) -> None:
    """Whichever was first: nothing is lost, and both get an answer that fits."""
    ana, bo, clara = story.people("ana", "bo", "clara")
    await ana.types("/release new payments 2.14.0 today 16:00")
    await together(bo.at_once.clicks("Go", in_="#payments"), clara.at_once.types("/release no-go red"))
    await story.quiet()
    stand = await story.release("payments")
    assert stand.votes["bo"] == "go"
    if stand.state == "approved":
        assert "decided" in clara.reads(clara.ephemerals[-1])
    else:
        assert stand.votes == {"bo": "go", "clara": "no-go"}


@pytest.mark.everywhere
async def test_one_payload_five_times_in_parallel_is_one_vote_one_answer_one_announcement(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    seen = await ana.types("/release new payments 2.14.0 today 16:00")
    assert seen.delivery is not None
    acks = await story.box.replay(seen.delivery, 5)
    await story.quiet()
    assert all(ack.ok for ack in acks) and len({json.dumps(ack.body, sort_keys=True) for ack in acks}) == 1, (
        "the same reply each time"
    )
    assert await story.has_release("payments 2.14.0")
    assert "REL-2" not in (await ana.types("/release list")).text

    before = len(bo.ephemerals)
    seen = await bo.clicks("Go", in_="#payments")
    assert seen.delivery is not None
    acks = await story.box.replay(seen.delivery, 5)
    await story.quiet()
    assert all(ack.ok for ack in acks)
    stand = await story.release("payments")
    assert stand.history == ["planned", "poll_opened", "voted", "decided"]
    assert len(bo.ephemerals) == before + 1
    assert len([one for one in story.room("#payments").messages if "go. Deploy starts" in one["text"]]) == 1


async def test_an_event_slack_repeats_is_answered_once(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 today 16:00")
    story.box.faults.add("app_mention", "drop_after")
    before = len(bo.ephemerals)
    await bo.types("@T-Minus go payments")
    await story.quiet()
    assert (await story.release("payments")).votes == {"bo": "go"}
    assert len(bo.ephemerals) == before + 1
