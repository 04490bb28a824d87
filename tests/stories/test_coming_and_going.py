"""Whoever leaves the workspace, or comes back, changes what an open go/no-go waits for, at once and on hold too."""

import copy
from dataclasses import replace

import pytest

from bot.release.policy import LIGHT, Close, Item, Policy, Role, SignOff
from bot.release.states import Move
from tests.stories.test_conditions import goes_if
from tests.story import Actor, Story

#: The rules alone: they are the same in every mode and on every database.
pytestmark = pytest.mark.once


async def asked(story: Story, *givers: Actor, needs: int = 1, close: Close = "first-go") -> None:
    """Security is these people's to give."""
    for method in ("chat.postMessage", "chat.update", "conversations.open"):
        story.endings.may_be_refused(method, "user_disabled")
    security = SignOff("Security", needs=needs, people=frozenset(one.id for one in givers))
    await story.follows(Policy("security", is_default=True, sign_offs=(security,), close=close))


async def leaves(story: Story, who: Actor, *, gone: bool = True) -> None:
    await who.changes(deleted=gone)
    await story.quiet()


async def test_who_leaves_while_it_is_on_hold_is_told_then_and_not_found_out_on_resume(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await asked(story, bo, tom)
    await ana.types("/release new payments 2.14.0 today 18:00")
    await bo.types("/release no-go payments the scan is red")
    await tom.types("/release go payments")
    await ana.types("/release hold payments wait")
    await leaves(story, bo)
    assert "@Ana Bo left this workspace: their no-go does not count any more." in " ".join(
        story.room("#payments").threads()
    )
    assert "🛑" not in story.room("#payments").reads()
    await ana.types("/release resume payments")
    assert (await story.release("payments")).state == "approved"


async def test_what_depends_on_who_left_is_not_asked_any_more_on_hold_either(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await asked(story, bo, ana, needs=2)
    await ana.types("/release new payments 2.14.0 today 18:00")
    await goes_if(bo, "smoke test green", owner="tom", due="11:00")
    await ana.types("/release hold payments wait")
    await leaves(story, bo)
    await ana.types("/release resume payments")
    assert "“smoke test green” — nothing depends on it any more." in tom.dm.reads("tom")
    await story.until("16:05")
    assert "is asked again" not in story.room("#payments").reads()


async def test_a_go_no_go_that_lapsed_on_hold_tells_what_did_not_count(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await asked(story, bo, tom, close="deadline")
    await ana.types("/release new payments 2.14.0 today 18:00")
    await bo.types("/release go payments")
    await ana.types("/release hold payments wait")
    await leaves(story, bo)
    await story.until("19:00")
    await ana.types("/release resume payments")
    status = (await ana.types("/release status payments")).text
    assert "⚪ No decision" in status and "✅ Security  Bo" not in status and "⏳ Security" in status


async def test_who_comes_back_counts_again_and_the_card_says_so(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    room = story.room("#payments")
    await asked(story, bo, tom, close="deadline")
    await ana.types("/release new payments 2.14.0 today 18:00")
    await tom.types("/release go payments")
    await bo.types("/release no-go payments the scan is red")
    await leaves(story, bo)
    assert "✅ Security  Tom" in room.reads()
    await leaves(story, bo, gone=False)
    assert "🛑 Security  Bo: “the scan is red”" in room.reads()


async def test_who_comes_back_may_complete_it_at_once(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await asked(story, bo, tom, needs=2)
    await ana.types("/release new payments 2.14.0 today 18:00")
    await bo.types("/release go payments")
    await leaves(story, bo)
    await tom.types("/release go payments")
    assert (await story.release("payments")).state == "open"
    await leaves(story, bo, gone=False)
    assert (await story.release("payments")).state == "approved"


async def test_who_comes_back_is_asked_anew_for_a_go_that_depended_on_something(story: Story) -> None:
    ana, bo, _tom = story.people("ana", "bo", "tom")
    await asked(story, bo)
    await ana.types("/release new payments 2.14.0 today 18:00")
    await goes_if(bo, "smoke test green", owner="tom")
    await leaves(story, bo)
    await leaves(story, bo, gone=False)
    why = (await ana.types("/release why payments")).text
    assert "said go if" not in why and "they left meanwhile, and are asked anew" in why
    await bo.types("/release go payments")
    assert (await story.release("payments")).state == "approved"


async def test_where_whoever_sees_to_it_leaves_its_voter_does(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await asked(story, bo)
    await ana.types("/release new payments 2.14.0 today 18:00")
    await goes_if(bo, "smoke test green", owner="tom", due="11:00")
    await leaves(story, tom)
    assert "Bo: go if “smoke test green” (Bo, by 17:00 today)" in story.room("#payments").reads()
    await bo.types("/release condition done payments")
    assert (await story.release("payments")).state == "approved"


async def test_who_becomes_a_guest_may_not_answer_any_more(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await asked(story, bo, tom, needs=1, close="deadline")
    await ana.types("/release new payments 2.14.0 today 18:00")
    await bo.types("/release go payments")
    await bo.changes(is_restricted=True)
    await story.quiet()
    assert "⏳ Security  one go from Tom" in story.room("#payments").reads()


async def test_a_checklist_item_whose_owner_left_is_the_captains(story: Story) -> None:
    ana, eve, tom = story.people("ana", "eve", "tom")
    await asked(story, tom)
    item = Item("runbook", "Runbook updated", frozenset({eve.id}))
    await story.follows(replace(LIGHT, name="listed", is_default=True, checklist=(item,)))
    await leaves(story, eve)
    await ana.types("/release new payments 3.0 today 18:00")
    await story.quiet()
    assert "Runbook updated" in ana.dm.reads("ana")


async def test_a_guest_sees_no_release_of_a_channel_they_are_not_in(story: Story) -> None:
    ana, gus = story.people("ana", "gus")
    await ana.types("/release new payments 2.0 today 18:00")
    await ana.types("/release new api 2.0 today 18:00", in_="#general")
    await gus.opens_home()
    home = str(gus.home)
    assert "payments 2.0" not in home and "api 2.0" in home
    await ana.opens_home()
    assert "New release" in str(ana.home) and "New release" not in home, "they would be refused"


async def test_who_is_left_is_asked_how_the_release_of_a_captain_who_left_went(story: Story) -> None:
    bo, tom = story.people("bo", "tom")
    await asked(story, bo)
    await tom.types("/release new payments 2.14.0 today 18:00")
    await bo.types("/release go payments")
    await tom.types("/release shipped payments")
    await leaves(story, tom)
    await story.until("2026-12-02 09:05")
    said = " ".join(story.room("#payments").threads())
    assert "@Ana payments 2.14.0 went out" in said and "@Tom" not in said.rpartition("went out")[2]


async def test_a_captain_who_comes_back_leads_again_and_the_card_says_so(story: Story) -> None:
    bo, tom = story.people("bo", "tom")
    await asked(story, bo)
    await tom.types("/release new payments 2.14.0 today 16:00")
    await leaves(story, tom)
    assert "⚠️ Tom, its captain, left this workspace." in story.room("#payments").reads("bo")
    await leaves(story, tom, gone=False)
    assert "⚠️ Tom" not in story.room("#payments").reads("bo")


async def test_a_partner_who_comes_back_completes_it(story: Story) -> None:
    ana, bo, fay = story.people("ana", "bo", "fay")
    await asked(story, bo)
    both = (SignOff("Partner", outside=frozenset({fay.id})), SignOff("QA", people=frozenset({bo.id})))
    await story.follows(Policy("partners", is_default=True, sign_offs=both))
    await ana.types("/release new payments 2.14.0 today 18:00")
    await fay.clicks("Go", in_="#payments")
    await leaves(story, fay)
    await bo.types("/release go payments")
    assert (await story.release("payments")).state == "open"
    await leaves(story, fay, gone=False)
    assert (await story.release("payments")).state == "approved"


async def test_who_answers_for_somebody_and_leaves_is_not_waited_for(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await asked(story, bo)
    security = SignOff("Security", people=frozenset({bo.id}), delegates=True)
    await story.follows(Policy("delegates", is_default=True, sign_offs=(security,)))
    await bo.types(f"/release away until fri 14:00 <@{tom.id}>")
    await ana.types("/release new payments 2.14.0 today 22:00")
    assert "one go from Bo (Tom answers)" in (await ana.types("/release status payments")).text
    await leaves(story, tom)
    status = (await ana.types("/release status payments")).text
    assert "one go from Bo" in status and "Tom answers" not in status


async def test_the_record_does_not_say_that_who_came_back_may_not_answer(story: Story) -> None:
    ana, bo, eve = story.people("ana", "bo", "eve")
    await asked(story, bo, eve, close="deadline")
    await ana.types("/release new payments 2.14.0 today 18:00")
    await goes_if(bo, "smoke test green", owner="tom")
    await eve.types("/release go payments")
    await leaves(story, bo)
    await leaves(story, bo, gone=False)
    await story.until("17:05")
    record = (await ana.types("/release record payments")).text
    assert "withdrawn when they could answer no more, so it did not count" in record
    assert "theirs to give no more" not in record


async def test_done_on_an_old_message_says_that_the_answer_does_not_count_any_more(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await asked(story, bo, ana)
    await ana.types("/release new payments 2.14.0 today 18:00")
    await goes_if(bo, "smoke test green", owner="tom", due="9:00")
    old = copy.deepcopy(tom.dm.last)
    await leaves(story, bo)
    seen = await tom.clicks("Done", on=old, stale=True)
    assert "Bo's answer does not count any more: nothing depends on “smoke test green”" in seen.text


async def test_who_has_taken_over_is_not_taken_over_from_by_an_old_button(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await asked(story, bo)
    await tom.types("/release new payments 2.14.0 today 16:00")
    await leaves(story, tom)
    called = copy.deepcopy(story.room("#payments").messages[-1])
    await ana.clicks("Take over", in_="#payments")
    assert (await story.release("payments")).captain == "ana"
    seen = await bo.clicks("Take over", on=called, stale=True)
    assert "Ana leads payments 2.14.0 by now, so nobody has to take it over." in seen.text
    assert (await story.release("payments")).captain == "ana"


async def test_why_and_a_refused_deploy_offer_to_take_over_from_a_captain_who_left(story: Story) -> None:
    clara, bo, tom = story.people("clara", "bo", "tom")
    await asked(story, bo)
    await tom.types("/release new payments 2.14.0 today 16:00")
    await leaves(story, tom)
    seen = await clara.types("/release why")
    assert "⚠️ Tom, its captain, left this workspace." in seen.text
    assert "[Take over]" in seen.text
    await bo.types("/release go")
    seen = await clara.types("/release why")
    assert "⚠️ Tom, its captain, left this workspace." in seen.text and "[Take over]" in seen.text
    seen = await clara.types("/release deploy start")
    assert (
        "(Tom) or release admins. Tom, its captain, left this workspace. Whoever takes it over leads it." in seen.text
    )
    await clara.clicks("Take over", on=seen.message)
    assert (await story.release("payments")).captain == "clara"
    seen = await clara.types(f"/release captain <@{tom.id}>")
    assert "Tom left this workspace, and can't lead a release. Please choose somebody else." in seen.text


async def test_an_old_reminder_takes_nothing_from_who_has_taken_over(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await asked(story, bo)
    await tom.types("/release new payments 2.14.0 today 16:00")
    await leaves(story, tom)
    await story.until("14:51")  # ten minutes before, in Berlin
    reminder = copy.deepcopy(story.room("#payments").messages[-1])
    await ana.types("/release take over payments")
    seen = await bo.clicks("Take over", on=reminder, stale=True)
    assert "Ana leads payments 2.14.0 by now, so nobody has to take it over." in seen.text
    assert (await story.release("payments")).captain == "ana"


async def test_a_captain_who_is_back_keeps_what_they_lead_and_its_thread_hears_of_it(story: Story) -> None:
    tom, eve = story.people("tom", "eve")
    await asked(story, eve)
    await tom.types("/release new payments 2.14.0 today 18:00")
    await leaves(story, tom)
    old = copy.deepcopy(story.room("#payments").card("has lost its captain"))
    await leaves(story, tom, gone=False)
    assert "Tom is back, and leads payments 2.14.0 again." in story.room("#payments").reads()
    seen = await eve.clicks("Take over", on=old, stale=True)
    assert "Tom leads payments 2.14.0 by now, so nobody has to take it over." in seen.text
    assert (await story.release("payments")).captain == "tom"


async def test_an_old_button_takes_over_from_the_next_captain_who_left_too(story: Story) -> None:
    bo, tom, eve = story.people("bo", "tom", "eve")
    await asked(story, eve, bo, tom, needs=3)
    await tom.types("/release new payments 2.14.0 today 18:00")
    await leaves(story, tom)
    old = copy.deepcopy(story.room("#payments").card("has lost its captain"))
    await bo.types("/release take-over payments")
    await leaves(story, bo)
    await eve.clicks("Take over", on=old, stale=True)
    assert (await story.release("payments")).captain == "eve"


async def test_where_the_deployer_leaves_the_captain_is_called_and_nothing_goes_to_them(story: Story) -> None:
    ana, bo, finn = story.people("ana", "bo", "finn")
    await asked(story, bo)
    await ana.types("/release new payments 2.14.0 today 15:00")
    await ana.types("/release edit")
    await ana.submits(deployer="finn")
    await ana.closes_modal()
    await bo.types("/release go payments")
    await leaves(story, finn)
    thread = " ".join(story.room("#payments").threads())
    assert "@Ana Finn, who was to deploy payments 2.14.0, left this workspace. Until somebody else is named" in thread
    assert "⚠️ Finn, its deployer, left this workspace: the captain deploys it." in story.room("#payments").reads()
    await story.until("16:30")
    assert "Not delivered" not in (await bo.types("/release status")).text
    assert "payments 2.14.0: deploy at 15:00. It's go." in ana.dm.reads("ana") or "was due" in ana.dm.reads("ana")


async def test_a_deployer_who_leaves_while_it_deploys_leaves_that_to_the_captain(story: Story) -> None:
    """By a policy that leaves it to the deployer alone, and nobody can be named any more."""
    ana, bo, tom = story.people("ana", "bo", "tom")
    moves = (Move.DEPLOY_START, Move.DEPLOY_DONE, Move.DEPLOY_FAIL)
    rights = {**LIGHT.rights, **{move: frozenset({Role.DEPLOYER}) for move in moves}}
    await story.follows(replace(LIGHT, name="strict", is_default=True, rights=rights))
    await bo.types("/release new payments 2.0 today 16:00 Berlin")
    await bo.types("/release edit payments")
    await bo.submits(deployer="tom")
    await bo.closes_modal()
    await ana.types("/release go payments")
    await story.until("14:55")
    assert "leaves “deploy start” to the deployer (Tom)" in (await bo.types("/release deploy start payments")).text
    await tom.types("/release deploy start payments")
    await tom.changes(deleted=True)
    await story.quiet()
    threads = story.room("#payments").threads()
    assert any("left this workspace. That is the captain's now." in one for one in threads)
    await bo.types("/release done payments")
    assert (await story.release("payments 2.0")).state == "released"


async def test_a_captain_who_signed_as_no_deployer_does_not_deploy_when_the_deployer_leaves(story: Story) -> None:
    bo, tom = story.people("bo", "tom")
    moves = (Move.DEPLOY_START, Move.DEPLOY_DONE, Move.DEPLOY_FAIL)
    rights = {**LIGHT.rights, **{move: frozenset({Role.DEPLOYER}) for move in moves}}
    signed = replace(LIGHT.sign_offs[0], captain_may=True, deployer_may=False, alone_may=False)
    await story.follows(replace(LIGHT, name="strict", is_default=True, rights=rights, sign_offs=(signed,)))
    await bo.types("/release new payments 2.0 today 16:00 Berlin")
    await bo.types("/release edit payments")
    await bo.submits(deployer="tom")
    await bo.closes_modal()
    await bo.types("/release go payments")
    await tom.changes(deleted=True)
    await story.quiet()
    await story.until("15:30")
    seen = await bo.types("/release deploy start payments")
    assert "which whoever deploys it may not. Name somebody else who deploys it, or hand it over." in seen.text
    assert (await story.release("payments")).state == "approved"
