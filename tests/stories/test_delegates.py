"""Somebody is away: a colleague answers for them where the policy allows it, and one human counts once."""

import copy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.release.policy import LIGHT, Cover, Policy, SignOff
from tests.story import Story


def policy(story: Story, **fields: Any) -> Policy:
    """QA by Bo alone, who may name a delegate."""
    qa = SignOff("QA", people=frozenset({story.box.person("bo").id}), delegates=True)
    return Policy("delegating", is_default=True, **({"sign_offs": (qa,)} | fields))


@pytest.mark.everywhere
async def test_a_delegate_answers(story: Story) -> None:
    ana, bo, eve = story.people("ana", "bo", "eve")
    payments = story.room("#payments")
    await story.follows(policy(story))
    seen = await bo.types(f"/release away until fri 9:00 <@{eve.id}>")
    assert "Eve answers go/no-gos for you where the policy allows it" in seen.text
    assert "Bo is away until" in eve.dm.reads("eve")
    await ana.types("/release new payments 2.14.0 in 9h")
    assert "one go from Bo (Eve answers)" in payments.reads()
    await story.advance(hours=6)
    assert "payments 2.14.0: Bo is away; your go/no-go for them by" in eve.dm.reads("eve")
    assert "Nobody has said go yet (Bo or Eve can answer)" in (await ana.types("/release why")).text
    await eve.clicks("Go for Bo", in_="dm")
    assert "You said go for Bo" in eve.dm.reads("eve")
    assert "Eve for Bo" in payments.reads()
    stand = await story.release("payments")
    assert (stand.state, stand.votes) == ("approved", {"bo": "go"})
    assert "Bo (Eve said it) go" in (await ana.types("/release record")).text


async def test_whoever_is_away_until_a_day_is_back_as_it_begins(story: Story) -> None:
    bo, eve = story.people("bo", "eve")
    seen = await bo.types(f"/release away until friday <@{eve.id}>")
    assert "You are away until 00:00 Dec 4. Eve answers go/no-gos for you" in seen.text
    await story.until("2026-12-04 04:59")
    assert (await bo.types("/release away back")).text.startswith("Welcome back."), "it is 23:59 in New York"
    await bo.types("/release away until tomorrow")
    await story.until("2026-12-04 05:01")
    assert (await bo.types("/release away back")).text == "You are not away."


async def test_a_day_without_until_may_be_the_day_of_being_away(story: Story) -> None:
    bo, eve = story.people("bo", "eve")
    asked = await bo.types("/release away friday")
    assert asked.text == "Are you back on Fri 4 Dec, or away on that day?\n[Back Fri 4 Dec] [Back Sat 5 Dec]"
    assert (await bo.types("/release away back")).text == "You are not away."
    assert "until 00:00 Dec 5. Nobody answers" in (await bo.clicks("Back Sat 5 Dec", on=asked.message)).text
    asked = await bo.types(f"/release away friday <@{eve.id}> covers for me")
    assert "until 00:00 Dec 4. Eve answers" in (await bo.clicks("Back Fri 4 Dec", on=asked.message)).text
    assert "until 15:00" in (await bo.types("/release away 3pm")).text


async def test_until_alone_asks_until_when(story: Story) -> None:
    bo, eve = story.people("bo", "eve")
    await bo.types(f"/release away until <@{eve.id}>")
    await bo.submits({"Until when?": "friday"})
    assert "You are away until 00:00 Dec 4. Eve answers" in bo.reads(bo.modal)


async def test_what_is_edited_after_their_answer_is_asked_of_them_again(story: Story) -> None:
    ana, bo, eve = story.people("ana", "bo", "eve")
    await story.follows(policy(story, close="deadline"))
    await bo.types(f"/release away until fri 9:00 <@{eve.id}>")
    await ana.types("/release new payments 2.14.0 in 9h")
    await story.advance(hours=6)
    await eve.clicks("Go for Bo", in_="dm")
    await ana.types("/release edit payments hotfix 4411")
    await ana.submits()
    asked = eve.dm.reads("eve")
    assert "Since then Ana changed what's in it:" in asked and "+ hotfix 4411" in asked
    assert "you are asked again below" in asked
    await eve.clicks("Go for Bo", in_="dm")
    await story.advance(hours=3)
    stand = await story.release("payments")
    assert (stand.state, stand.votes) == ("approved", {"bo": "go"})


async def test_who_goes_while_it_is_open_has_their_delegate_asked(story: Story) -> None:
    ana, bo, eve = story.people("ana", "bo", "eve")
    await story.follows(policy(story))
    await ana.types("/release new payments 2.14.0 in 9h")
    await story.advance(hours=6)
    await bo.types(f"/release away until fri 9:00 <@{eve.id}>")
    await story.quiet()
    assert "your go/no-go for them by" in eve.dm.reads("eve")
    await bo.clicks("Go", in_="dm")
    assert "Your answer is not needed any more" in eve.dm.reads("eve"), "who is away may answer all the same"
    assert (await story.release("payments")).votes == {"bo": "go"}


async def test_one_human_counts_once(story: Story) -> None:
    ana, bo, eve = story.people("ana", "bo", "eve")
    two = SignOff("QA", needs=2, people=frozenset({bo.id, eve.id, ana.id}), delegates=True)
    await story.follows(policy(story, sign_offs=(two,)))
    await bo.types(f"/release away until fri 9:00 <@{eve.id}>")
    await ana.types("/release new payments 2.14.0 in 9h")
    seen = await eve.clicks("Go", in_="#payments")
    assert "For whom do you say go?" in seen.text
    await eve.clicks("Go for Bo", in_="#payments")
    seen = await eve.types("/release no-go payments the tests are red")
    assert "You answered for Bo already" in seen.text and "One person counts once" in seen.text
    assert (await story.release("payments")).votes == {"bo": "go"}


async def test_a_delegate_is_kept_from_it_as_anybody_is(story: Story) -> None:
    """The captain may not give QA, and no more so for somebody else; nor where the policy allows no delegates."""
    ana, bo, eve, tom = story.people("ana", "bo", "eve", "tom")
    apart = SignOff("QA", people=frozenset({bo.id}), captain_may=False, deployer_may=False, delegates=True)
    none = SignOff("Ops", people=frozenset({tom.id}))
    await story.follows(policy(story, sign_offs=(apart, none)))
    await bo.types(f"/release away until fri 9:00 <@{ana.id}>")
    await tom.types(f"/release away until fri 9:00 <@{eve.id}>")
    await ana.types("/release new payments 2.14.0 in 9h")
    assert "asks somebody else for the go/no-go" in (await ana.types("/release go payments")).text
    assert "You are not among those who may sign off" in (await eve.types("/release go payments")).text
    assert (await story.release("payments")).votes == {}


async def test_back_again(story: Story) -> None:
    bo, eve, gus = story.people("bo", "eve", "gus")
    assert "can't stand in for yourself" in (await bo.types(f"/release away until fri 9:00 <@{bo.id}>")).text
    assert "only full members" in (await bo.types(f"/release away until fri 9:00 <@{gus.id}>")).text
    assert "Nobody answers go/no-gos for you" in (await bo.types("/release away until fri 9:00")).text
    assert "Bo is away as well" in (await eve.types(f"/release away in 3h <@{bo.id}>")).text
    seen = await bo.types("/release away")
    assert seen.modal is not None
    await bo.submits(when="fri 9:00", delegate="eve")
    await bo.opens_home()
    assert "Eve answers go/no-gos for you" in bo.reads("home")
    seen = await bo.clicks("I'm back", on="home")
    assert "Welcome back" in bo.reads("home") and "You are away" not in bo.reads("home"), seen.text
    assert "Bo is back" in eve.dm.reads("eve")
    assert "You are not away" in (await bo.types("/release away back")).text


async def test_what_a_delegate_said_is_asked_again_of_them_after_an_edit(story: Story) -> None:
    ana, bo, eve = story.people("ana", "bo", "eve")
    await story.follows(policy(story, close="deadline"))
    await bo.types(f"/release away until fri 9:00 <@{eve.id}>")
    await ana.types("/release new payments 2.14.0 in 9h")
    await story.advance(hours=6)
    await eve.clicks("Go for Bo", in_="dm")
    await ana.types("/release edit")
    await ana.submits(changes="faster refunds, and a hotfix")
    assert "Since then Ana changed what's in it:" in eve.dm.reads("eve")
    await eve.clicks("Go for Bo", in_="dm")
    await story.advance(hours=3)
    assert (await story.release("payments")).state == "approved"


async def test_who_is_away_is_not_asked_while_their_delegate_is_and_home_says_for_whom(story: Story) -> None:
    ana, bo, eve = story.people("ana", "bo", "eve")
    await story.follows(policy(story))
    await bo.types(f"/release away until today 22:00 <@{eve.id}>")
    await ana.types("/release new payments 2.14.0 in 33h")
    await ana.types("/release new payments 2.15.0 in 9h")
    await story.advance(hours=6)
    assert "your go/no-go" not in bo.dm.reads("bo"), "Eve is asked instead"
    assert "your go/no-go for them by" in eve.dm.reads("eve")
    await eve.opens_home()
    assert "[Go for Bo] [No-go for Bo]" in eve.reads("home")
    await eve.clicks("Go for Bo", on="home")
    assert (await story.release("payments 2.15.0")).votes == {"bo": "go"}
    await story.until("2026-12-02 14:30")
    asked = bo.dm.reads("bo")
    assert "payments 2.14.0: your go/no-go by" in asked, "back by the clock, in their working hours"
    assert "2.15.0: your go/no-go" not in asked
    await bo.clicks("Go", in_="dm")
    assert (await story.release("payments 2.14.0")).votes == {"bo": "go"}


async def test_a_delegate_is_reminded_as_they_were_asked(story: Story) -> None:
    ana, bo, eve = story.people("ana", "bo", "eve")
    await story.follows(policy(story, nudges=(timedelta(hours=1),)))
    await bo.types(f"/release away until fri 9:00 <@{eve.id}>")
    await ana.types("/release new payments 2.14.0 in 9h")
    await story.advance(hours=7)
    seen = await ana.types("/release remind payments")
    assert "Reminded: Eve." in seen.text and "; Eve answers for them." in seen.text
    assert "payments 2.14.0 still waits for your go/no-go for Bo, until" in eve.dm.reads("eve")
    await story.advance(hours=1, minutes=30)
    assert "payments 2.14.0 still waits for your go/no-go for Bo, until" in eve.dm.reads("eve")
    assert bo.dm.reads("bo").count("payments 2.14.0") == 0
    await eve.clicks("Go for Bo", in_="dm")
    assert (await story.release("payments")).votes == {"bo": "go"}
    assert "still waits" not in eve.dm.reads("eve")


async def test_a_delegate_who_answered_for_themselves_leaves_it_to_who_is_away(story: Story) -> None:
    """One human counts once, so nobody else could give the other go."""
    ana, bo, eve = story.people("ana", "bo", "eve")
    two = SignOff("QA", needs=2, people=frozenset({bo.id, eve.id}), delegates=True)
    await story.follows(policy(story, sign_offs=(two,)))
    await bo.types(f"/release away until fri 9:00 <@{eve.id}>")
    await ana.types("/release new payments 2.14.0 in 9h")
    await story.advance(hours=6)
    assert "your go/no-go" not in bo.dm.reads("bo")
    await eve.clicks("Go", in_="#payments")
    await eve.clicks("Go for me", in_="#payments")
    assert "payments 2.14.0: your go/no-go by" in bo.dm.reads("bo")
    await eve.opens_home()
    assert "for Bo" not in eve.reads("home")


@pytest.mark.once
async def test_whose_go_it_is_is_asked_about_what_was_shown(story: Story) -> None:
    """The card that Eve clicks is from before an edit: the buttons of the question are as old as that."""
    ana, bo, eve = story.people("ana", "bo", "eve")
    two = SignOff("QA", needs=2, people=frozenset({bo.id, eve.id}), delegates=True)
    ops = SignOff("Ops", needs=2, people=frozenset({eve.id, ana.id}), covers=frozenset({Cover.ROLLBACK_PLAN}))
    await story.follows(policy(story, sign_offs=(two, ops)))
    await bo.types(f"/release away until fri 9:00 <@{eve.id}>")
    await ana.types("/release new payments 2.14.0 in 9h")
    old = copy.deepcopy(story.room("#payments").card("[Go] [No-go]"))
    await ana.types("/release edit payments")
    await ana.submits(changes="the whole ledger anew")
    asked = await eve.clicks("Go", on=old, stale=True)
    assert "For whom do you say go?" in asked.text
    seen = await eve.clicks("Go for me", on=asked.message)
    assert "has changed since that message was drawn" in seen.text
    assert (await story.release("payments")).votes == {}


@pytest.mark.once
async def test_who_is_back_may_say_so_in_other_words(story: Story) -> None:
    [bo] = story.people("bo")
    for typed in ("away off", "Away over!", "away end"):
        await bo.types("/release away until fri 9:00")
        assert (await bo.types(f"/release {typed}")).text.startswith("Welcome back."), typed
    seen = await bo.types("/release back")
    assert "I don't know “back”. Did you mean away back or roll back?" in seen.text
    assert "Did you mean train skip?" in (await bo.types("/release skip payments")).text


@pytest.mark.once
async def test_who_is_away_past_the_close_is_told_to_whoever_leads_it_and_wherever_they_are_named(story: Story) -> None:
    ana, bo, clara, tom = story.people("ana", "bo", "clara", "tom")
    signed = (SignOff("QA", people=frozenset({bo.id})), SignOff("Ops", people=frozenset({clara.id, tom.id})))
    await story.follows(replace(LIGHT, name="two", is_default=True, sign_offs=signed))
    await ana.types("/release new payments 3.1 tomorrow 15:00")
    await bo.types("/release away until 2026-12-07 09:00")
    called = "@Ana payments 3.1: Bo is away until 15:00 Dec 7, after its go/no-go closes, and too few are left"
    thread = "\n".join(story.room("#payments").threads())
    assert f"{called} who can answer for QA." in thread, thread
    assert "QA  one go from Bo (away until 15:00 Dec 7)" in story.room("#payments").reads()
    assert "Bo (away until 15:00 Dec 7)" in (await ana.types("/release why payments")).text
    await clara.types("/release away until 2026-12-07 09:00")
    assert "Clara is away" not in "\n".join(story.room("#payments").threads()), "Tom can answer for Ops"
    await bo.types("/release away back")
    assert "(away until" not in story.room("#payments").reads().split("QA")[1].split("\n")[0]


@pytest.mark.once
async def test_where_no_policy_lets_them_answer_for_somebody_both_are_told(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    signed = (SignOff("QA", people=frozenset({bo.id})), SignOff("Ops", people=frozenset({ana.id})))
    await story.follows(replace(LIGHT, name="two", is_default=True, sign_offs=signed))
    await ana.types("/release new payments 3.1 tomorrow 15:00")
    seen = await bo.types(f"/release away until 2026-12-05 <@{tom.id}>")
    assert "knows it now. The policy does not allow it for payments 3.1 (two)." in seen.text
    seen = await tom.types("/release go payments")
    assert "Bo named you, and its two policy lets nobody answer for somebody else." in seen.text


async def test_only_what_closes_while_they_are_away_is_named_as_nobody_answering(story: Story) -> None:
    ana, tom, eve = story.people("ana", "tom", "eve")
    await ana.types("/release new payments 3.1 today 18:00")
    await ana.types("/release new web 5.1 2026-12-11 18:00")
    said = (await tom.types(f"/release away until thu 9:00 <@{eve.id}>")).text
    assert "The policy does not allow it for payments 3.1 (light).\n" in said
