"""A round nobody answered in: why says so, a stand-in is asked, and what was asked before keeps one line of it."""

from dataclasses import replace

import pytest

from bot.release.policy import LIGHT, SignOff
from tests.story import Actor, Story


async def two_of_qa(story: Story, *people: Actor) -> None:
    qa = SignOff("QA", people=frozenset(person.id for person in people))
    await story.follows(replace(LIGHT, name="qa", is_default=True, sign_offs=(qa,)))


async def test_a_stand_in_is_asked_where_nobody_answered(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    payments = story.room("#payments")
    await two_of_qa(story, bo, tom)
    await ana.types("/release new payments 2.14.0 today 16:00")
    assert "your go/no-go by 16:00" in tom.dm.reads("tom")
    await story.until("13:00")
    await ana.types("/release poll close")
    assert "[Extend 30 min] [Reschedule] [Ask a stand-in]" in payments.reads("ana")
    why = await ana.types("/release why")
    assert "was stopped at 14:00 today: no decision.\n⏳ Nobody has said go yet\nNext: " in why.text
    assert "[Ask again] [Reschedule] [Ask a stand-in]" in why.text
    refused = await ana.types("/release deploy start")
    assert refused.text.split("it was")[1].split("\n[")[0] == why.text.split("2.14.0 was")[1].split("\n[")[0], (
        "one text"
    )
    assert "Ask a stand-in" not in (await tom.types("/release why")).text, "he may not"

    dialog = await ana.clicks("Ask a stand-in", in_="#payments")
    assert dialog.modal is not None and "Who shall answer?" in dialog.text
    seen = await ana.submits(person="clara")
    assert "Clara may give none of the sign-offs of payments 2.14.0. You can ask Bo or Tom." in str(seen.errors)
    await ana.submits(person="tom")
    stand = await story.release("payments 2.14.0")
    assert (stand.state, stand.round) == ("open", 2)
    assert "Ana asked Tom for the go/no-go, as a stand-in." in payments.reads()
    assert "payments 2.14.0, round 1: no decision 14:00 today. You are asked again below." in tom.dm.reads("tom")
    await tom.clicks("Go", in_="dm")
    stand = await story.release("payments 2.14.0")
    assert (stand.state, stand.votes) == ("approved", {"tom": "go"})


@pytest.mark.once
async def test_who_has_answered_is_no_stand_in(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await two_of_qa(story, bo, tom)
    await ana.types("/release new payments 2.14.0 today 16:00")
    await bo.types("/release no-go scan is red")
    seen = await ana.types(f"/release stand-in <@{bo.id}>")
    assert "Bo has answered already. You can ask Tom." in seen.text
    seen = await ana.types(f"/release stand-in payments <@{tom.id}>")
    assert "Tom is asked now. The go/no-go of payments 2.14.0 is open until 16:00 today." in seen.text
    assert tom.dm.reads("tom").count("[Go] [No-go]") == 1, "asked once, however often"


@pytest.mark.once
async def test_why_has_a_button_beside_what_it_changes_and_more_has_them_all(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    payments = story.room("#payments")
    await ana.types("/release new payments 2.14.0 today 16:00")
    await bo.types("/release go")
    await ana.types("/release hold incident")
    seen = await ana.types("/release why")
    assert seen.text.splitlines()[1].endswith("can resume it.  [Resume]")
    await ana.clicks("Resume", on=seen.message)
    assert (await story.release("payments 2.14.0")).state == "approved"
    seen = await ana.clicks("More …", in_="#payments")
    assert "What you can do now:" in seen.text and "[Start deploy]" in seen.text and "[Cancel the release]" in seen.text
    await ana.clicks("Start deploy", on=seen.message)
    assert (await story.release("payments 2.14.0")).state == "deploying"
    seen = await ana.clicks("Hold", on=seen.message, stale=True)
    assert "payments 2.14.0 can't be put on hold any more" in seen.text
    assert "Deploying since" in payments.reads()


async def test_who_is_away_is_not_asked_into_the_void(story: Story) -> None:
    ana, bo, clara, tom = story.people("ana", "bo", "clara", "tom")
    await two_of_qa(story, bo, tom)
    await bo.types("/release away until fri 9:00")
    await ana.types("/release new payments 2.14.0 today 16:00")
    before = bo.dm.reads("bo").count("[Go] [No-go]")
    await ana.types("/release stand-in")
    seen = await ana.submits(person="bo")
    assert "Bo is away until Fri 4 Dec 15:00 (Berlin). You can ask Tom." in str(seen.errors)
    assert (
        "Bo is away until 15:00 Dec 4. You can ask Tom."
        in (await ana.types(f"/release stand-in payments <@{bo.id}>")).text
    )
    await ana.submits(person="tom")
    await tom.types("/release away until fri 9:00")
    seen = await ana.types(f"/release stand-in payments <@{tom.id}>")
    assert "Tom is away until 09:00 Dec 4. Nobody else who may answer is here." in seen.text
    seen = await ana.types(f"/release stand-in payments <@{clara.id}>")
    assert "Clara may give none of the sign-offs of payments 2.14.0. Bo and Tom may, and are away." in seen.text
    assert "An admin can give it to somebody else: /release policy.\n[Policy]" in seen.text
    assert bo.dm.reads("bo").count("[Go] [No-go]") == before
    assert "asked Bo for the go/no-go" not in story.room("#payments").reads()


async def test_who_answers_for_somebody_away_is_asked_instead(story: Story) -> None:
    ana, bo, clara, eve = story.people("ana", "bo", "clara", "eve")
    qa = SignOff("QA", people=frozenset({bo.id, clara.id}), delegates=True)
    await story.follows(replace(LIGHT, name="qa", is_default=True, sign_offs=(qa,)))
    await ana.types("/release new payments 2.14.0 today 16:00")
    await story.until("13:00")
    await ana.types("/release poll close")
    await bo.types(f"/release away until fri 9:00 <@{eve.id}>")
    seen = await ana.types(f"/release stand-in payments <@{bo.id}>")
    assert "Bo is away until 15:00 Dec 4; Eve answers for them. You can ask Clara or Eve." in seen.text
    assert (await story.release("payments")).state == "stopped", "and nothing was opened for it"
    seen = await ana.types(f"/release stand-in payments <@{eve.id}>")
    assert "Eve is asked now, for Bo, who is away until 15:00 Dec 4." in seen.text
    assert "Ana asked Eve for the go/no-go, as a stand-in for Bo." in story.room("#payments").reads()
    assert "Bo is away; your go/no-go for them by" in eve.dm.reads("eve")
    await eve.clicks("Go for Bo", in_="dm")
    stand = await story.release("payments")
    assert (stand.state, stand.votes) == ("approved", {"bo": "go"})


async def test_who_is_back_before_it_closes_is_asked_then(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await two_of_qa(story, bo, tom)
    await bo.types("/release away until today 8:00")
    await ana.types("/release new payments 2.14.0 today 16:00")
    asked = bo.dm.reads("bo").count("[Go] [No-go]")
    seen = await ana.types(f"/release stand-in payments <@{bo.id}>")
    assert "Bo is away until 14:00 today, and is asked then. The go/no-go of payments 2.14.0 is open until 16:00" in (
        seen.text
    )
    assert "You can ask Tom now." in seen.text
    assert "Ana asked Bo for the go/no-go, as a stand-in; Bo is away until 14:00 today." in (
        story.room("#payments").reads("ana")
    )
    assert bo.dm.reads("bo").count("[Go] [No-go]") == asked, "not before"
    await story.until("13:01")
    assert "🔔 payments 2.14.0 still waits for your go/no-go" in bo.dm.reads("bo")
