"""An edit asks again exactly those whose answer it touches, and shows them what changed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.release.policy import LIGHT, Close, Cover, Milestone, Role, SignOff
from bot.release.states import Move
from tests.story import Actor, Story, together

CI = "https://ci.example.com/412 tests"


async def scoped(story: Story, *, close: Close = "deadline", **otherwise: object) -> list[Actor]:
    """QA is Bo and vouches for what's in it, Operations Tom for how to roll it back, Security Clara for all of it."""
    ana, bo, clara, tom = story.people("ana", "bo", "clara", "tom")
    sign_offs = (
        SignOff("QA", people=frozenset({bo.id}), covers=frozenset({Cover.CHANGES})),
        SignOff("Operations", people=frozenset({tom.id}), covers=frozenset({Cover.ROLLBACK_PLAN})),
        SignOff("Security", people=frozenset({clara.id}), covers=frozenset(Cover)),
    )
    policy = replace(LIGHT, name="scoped", is_default=True, sign_offs=sign_offs, close=close)
    await story.follows(replace(policy, **otherwise))  # type: ignore[arg-type]
    return [ana, bo, clara, tom]


async def planned(ana: Actor, when: str = "in 3h") -> None:
    await ana.types("/release new")
    await ana.submits(service="payments", version="2.14.0", when=when, changes="faster refunds\nold flag",
                      rollback_plan="redeploy 2.13.4")  # fmt: skip


async def test_an_edit_asks_exactly_those_whose_go_it_touches(story: Story) -> None:
    ana, bo, clara, tom = await scoped(story)
    payments = story.room("#payments")
    await planned(ana)
    for one in (bo, tom):
        await one.clicks("Go", in_="dm")
    asked = await ana.types("/release edit payments")
    assert asked.modal is not None
    hints = str(asked.modal)
    assert "Changing this, what's in it, the links or the risk asks QA again." in hints
    assert hints.count("asks QA again") == 1, "it is not repeated under each of them"
    assert "Changing this asks Operations again." in hints
    done = await ana.submits(changes="faster refunds\nhotfix 4411", links=CI)
    assert "payments 2.14.0 is changed. QA is asked again; Operations stands." in done.text

    thread = payments.reads()
    assert "Ana changed what's in it and the links. QA is asked again; Operations stands." in thread
    assert "− old flag" in thread and "+ hotfix 4411" in thread
    again = bo.dm.reads("bo")
    assert ". Since then Ana changed what's in it and the links:" in again
    assert "+ hotfix 4411" in again and again.count("[Go] [No-go]") == 1
    assert "Since then" not in tom.dm.reads("tom"), "his does not cover it"
    assert "Since then" not in clara.dm.reads("clara"), "she has not answered yet"
    why = await ana.types("/release why")
    assert "QA — the plan changed after Bo voted; please look again" in why.text
    assert "Operations —" not in why.text

    for one in (bo, clara):
        await one.clicks("Go", in_="dm")
    await story.advance(hours=3)
    stand = await story.release("payments 2.14.0")
    assert stand.state == "approved"
    assert stand.history.count("edited") == 1


async def test_a_go_that_was_on_its_way_meets_the_edit(story: Story) -> None:
    ana, bo, _, tom = await scoped(story)
    await planned(ana)
    for_bo, for_tom = bo.dm.messages[-1], tom.dm.messages[-1]
    await ana.types("/release edit payments risk high")
    await ana.submits()
    late = await bo.clicks("Go", on=for_bo, stale=True)
    assert "payments 2.14.0 has changed since that message was drawn: Ana changed the risk." in late.text
    assert "Risk  medium → high" in late.text and "[Go] [No-go]" in late.text
    await tom.clicks("Go", on=for_tom, stale=True)
    stand = await story.release("payments 2.14.0")
    assert stand.history.count("voted") == 1, "Tom's covers how it is rolled back, and that is as it was"
    await bo.clicks("Go", in_="dm")
    assert (await story.release("payments 2.14.0")).history.count("voted") == 2


async def test_an_edit_takes_an_approval_back_and_says_so_before(story: Story) -> None:
    ana, bo, clara, tom = await scoped(story, close="first-go")
    payments = story.room("#payments")
    await planned(ana)
    for one in (bo, clara, tom):
        await one.clicks("Go", in_="dm")
    assert (await story.release("payments 2.14.0")).state == "approved"
    asked = await ana.types("/release edit payments")
    assert "takes that back and asks QA and Security again." in str(asked.modal)
    done = await ana.submits(changes="faster refunds")
    assert "payments 2.14.0 is changed. It is not go any more. QA and Security are asked again; Operations stands." in (
        done.text
    )
    assert "Ana changed what's in it. payments 2.14.0 is not go any more." in payments.reads()
    assert "− old flag" in bo.dm.reads("bo")
    early = await ana.types("/release deploy start payments")
    assert "You can't start payments 2.14.0" in early.text
    for one in (bo, clara):
        await one.clicks("Go", in_="dm")
    assert (await story.release("payments 2.14.0")).state == "approved"


@pytest.mark.once
async def test_two_who_edit_at_once_do_not_overwrite_each_other(story: Story) -> None:
    ana, bo, _, _ = await scoped(story, rights={Move.EDIT: frozenset({Role.CREW})})
    await planned(ana)
    await ana.types("/release edit payments")
    await bo.types("/release edit payments")
    await ana.submits(changes="faster refunds\nhotfix 4411", rollback_plan="redeploy 2.13.4")
    lost = await bo.submits(changes="faster refunds\nnew fraud rules", rollback_plan="switch it off")
    assert "Ana changed this at " in str(lost.errors) and "while you were writing." in str(lost.errors)
    kept = await bo.submits(changes="faster refunds\nold flag", rollback_plan="switch it off")
    assert "is changed" in kept.text
    status = await ana.types("/release status payments")
    assert "hotfix 4411" in status.text and "switch it off" in status.text


@pytest.mark.once
async def test_only_who_may_edits_and_only_before_the_deploy(story: Story) -> None:
    ana, bo, _, _ = await scoped(story)
    await planned(ana)
    no = await bo.types("/release edit payments")
    assert "its scoped policy leaves “edit” to the captain (Ana) or release admins" in no.text
    await ana.types("/release edit payments")
    same = await ana.submits()
    assert "Nothing is changed: payments 2.14.0 is like that already." in str(same.errors)
    wrong = await ana.submits(links="ci.example.com")
    assert "“ci.example.com” is no link." in str(wrong.errors)
    await ana.closes_modal()
    spoken = await ana.types("@T-Minus edit payments")
    assert "What payments 2.14.0 is about is edited in a dialog." in spoken.text and "[Edit]" in spoken.text
    spoken = await ana.types("@T-Minus edit payments a hotfix for the “login” page 🚀")
    await ana.clicks("Edit", on=spoken.message)
    assert 'a hotfix for the "login" page 🚀' in ana.reads(), "what was typed is in the dialog"
    await ana.closes_modal()


@pytest.mark.once
async def test_edited_on_hold_it_is_asked_again_once_it_goes_on(story: Story) -> None:
    ana, bo, _, tom = await scoped(story)
    await planned(ana)
    for one in (bo, tom):
        await one.clicks("Go", in_="dm")
    await ana.types("/release hold payments waiting for the database")
    await ana.types("/release edit payments")
    await ana.submits(changes="faster refunds")
    assert "− old flag" not in bo.dm.reads("bo")
    await ana.closes_modal()
    await ana.types("/release resume payments")
    assert "− old flag" in bo.dm.reads("bo")
    asked = len(bo.dm.messages)
    await ana.types("/release edit payments")
    await ana.submits(rollback_plan="switch it off")
    assert len(bo.dm.messages) == asked, "that was not about Bo's"
    assert "Since then Ana changed the rollback plan:" in tom.dm.reads("tom")


# ---- after the code cut-off --------------------------------------------------------------------

CUT: dict[str, Any] = {
    "code_cut_off": Milestone(before=timedelta(hours=2)),
    "rights": {Move.EDIT: frozenset({Role.CREW})},
}


async def asked_late(story: Story) -> list[Actor]:
    """QA and Operations said go; an hour after the cut-off Tom asks for a hotfix to go along."""
    ana, bo, clara, tom = await scoped(story, **CUT)
    await planned(ana, "in 150m")
    for one in (bo, tom):
        await one.clicks("Go", in_="dm")
    await story.advance(hours=1)
    asked = await tom.types("/release edit payments")
    assert "after the code cut-off: 09:30" in str(asked.modal)
    unsaid = await tom.submits(changes="faster refunds\nold flag\nhotfix 4411")
    assert "so this is a late change. Please say why it cannot wait." in str(unsaid.errors)
    done = await tom.submits(changes="faster refunds\nold flag\nhotfix 4411", why="customers wait")
    assert "Nothing is changed yet. Ana is asked to accept it." in done.text
    return [ana, bo, clara, tom]


async def test_a_late_change_is_accepted_and_asks_whom_it_touches(story: Story) -> None:
    ana, bo, clara, _ = await asked_late(story)
    payments = story.room("#payments")
    assert "Tom asked for a late change of what's in it (code cut-off was " in payments.reads()
    assert "✋ Late change  Tom 10:00: “customers wait” — Ana decides" in payments.reads()
    question = ana.dm.reads("ana")
    assert "payments 2.14.0: accept a late change? Tom: “customers wait”" in question
    assert "+ hotfix 4411" in question and "If you accept it: QA is asked again." in question
    await clara.clicks("Go", in_="dm")
    why = await bo.types("/release why")
    assert "✋ A late change that Tom asked for" in why.text and "[Accept]" not in why.text
    mine = await ana.types("/release why")
    assert "[Accept]" in mine.text
    shown = ana.dm.messages[-1]
    await ana.clicks("Accept", on=shown)
    assert "Ana accepted the late change of Tom 10:00." in ana.dm.reads("ana")
    assert "+ hotfix 4411" in bo.dm.reads("bo")
    again = await ana.clicks("Accept", on=shown, stale=True)
    assert "Ana accepted the late change of Tom 10:00." in again.text
    for one in (bo, clara):
        await one.clicks("Go", in_="dm")
    await story.advance(hours=2)
    stand = await story.release("payments 2.14.0")
    assert stand.state == "approved"
    assert stand.history.count("late_change_accepted") == 1


async def test_a_late_change_is_refused_with_a_reason(story: Story) -> None:
    ana, _, clara, tom = await asked_late(story)
    await clara.clicks("Go", in_="dm")
    await ana.clicks("Refuse", in_="dm")
    await ana.submits(why="too risky now")
    assert "Ana refused your late change: “too risky now”." in tom.dm.reads("tom")
    assert "Ana refused the late change of Tom: “too risky now”." in story.room("#payments").reads()
    await story.advance(hours=2)
    stand = await story.release("payments 2.14.0")
    assert stand.state == "approved", "every go stands as it was"


@pytest.mark.once
async def test_a_late_change_is_overtaken_by_another(story: Story) -> None:
    ana, bo, _, tom = await asked_late(story)
    first = ana.dm.messages[-1]
    assert "That changes payments 2.14.0 at once." in str(first), "before it is accepted"
    await bo.types("/release edit payments")
    await bo.submits(changes="faster refunds", why="the flag is not ready")
    assert "Bo asked for a late change of what's in it, so your late change does not wait any more." in tom.dm.reads(
        "tom"
    )
    assert "It takes the place of the one that waited." in story.room("#payments").reads()
    old = await ana.clicks("Accept", on=first, stale=True)
    assert "The late change of Tom was overtaken" in old.text
    await ana.clicks("Accept", in_="dm")
    status = await ana.types("/release status payments")
    assert "hotfix 4411" not in status.text.split("What's in it")[1].split("Rollback")[0]


async def test_accepted_by_two_replicas_it_is_accepted_once(story: Story) -> None:
    ana, _, _, _ = await asked_late(story)
    shown = ana.dm.messages[-1]
    await together(ana.at_once.clicks("Accept", on=shown), ana.at_once.types("/release late accept payments"))
    await story.quiet()
    assert (await story.release("payments 2.14.0")).history.count("late_change_accepted") == 1


@pytest.mark.once
async def test_what_waits_on_the_captain_and_is_not_decided_does_not_go_live(story: Story) -> None:
    ana, bo, clara, tom = await scoped(story, **CUT, close="first-go")
    await planned(ana, "in 150m")
    for one in (bo, clara, tom):
        await one.clicks("Go", in_="dm")
    await story.advance(hours=1)
    await bo.types("/release edit payments")
    hints = await bo.submits(changes="faster refunds", why="the flag is not ready")
    assert "Nothing is changed yet." in hints.text
    assert (await story.release("payments 2.14.0")).state == "approved", "it is go with what was asked about"
    mine = await ana.types("/release")
    assert "Waiting on you (1)" in mine.text and "[Accept late change]" in mine.text
    early = await ana.types("/release deploy start payments")
    assert "The late change of Bo is not accepted, so it would not be in it." in early.text
    await ana.clicks("Start now", on=early.message)
    assert "The late change of Bo was not accepted before the deploy started" in ana.dm.reads("ana")
    assert "The late change of Bo was not accepted before the deploy, so it is not in it." in (
        story.room("#payments").reads()
    )
    assert "your late change was not accepted before the deploy started" in bo.dm.reads("bo")
    assert "Late change" not in story.room("#payments").reads().split("↳")[0]


@pytest.mark.once
async def test_who_signed_off_what_it_was_before_is_not_named_for_what_it_is(story: Story) -> None:
    """Bo said go, the content changed, and Clara alone said go to that."""
    ana, bo, clara = story.people("ana", "bo", "clara")
    payments = story.room("#payments")
    await ana.types("/release new payments 2.14.0 in 3h")
    await ana.types("/release hold a moment")
    await bo.types("/release go")
    await ana.types("/release edit")
    await ana.submits(changes="the whole ledger anew")
    await ana.types("/release resume")
    await clara.types("/release go")
    assert (await story.release("payments 2.14.0")).state == "approved"
    assert "✅ Sign-off  Clara 09:00" in payments.reads()
    assert "Bo 09:00" not in payments.reads()
