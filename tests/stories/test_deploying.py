"""The deploy: started early or late, failed, retried, rolled back; and what people are asked while it lasts."""

from dataclasses import replace

import pytest

from bot.release.policy import LIGHT, Cover, SignOff
from tests.story import Actor, Story

#: The rules alone: they are the same in every mode and on every database.
pytestmark = pytest.mark.once


async def go(story: Story, ana: Actor, bo: Actor, when: str) -> None:
    """Payments 2.14.0 is planned and approved."""
    await ana.types(f"/release new payments 2.14.0 {when}")
    await bo.types("/release go")


async def test_a_deploy_long_before_its_time_is_asked_about(story: Story) -> None:
    """The button's question names the planned time; what is typed is asked back."""
    ana, bo = story.people("ana", "bo")
    await go(story, ana, bo, "tomorrow 14:00")
    dialog = await ana.clicks("Start deploy", in_="#payments", confirm=False)
    assert "payments 2.14.0 goes to production now. Planned for Wed 2 Dec 14:00 (Berlin)." in dialog.text
    seen = await ana.types("/release deploy start")
    assert "payments 2.14.0 is planned for 14:00 tomorrow, 29 h from now. Start it already?" in seen.text
    assert (await story.release("payments")).state == "approved"
    await ana.clicks("Start now")
    assert (await story.release("payments")).state == "deploying"
    await ana.types("/release done")
    assert "payments 2.14.0 is live since 09:00, 29 h early. 1 sign-off." in story.room("#payments").reads()


async def test_where_the_time_is_signed_for_a_deploy_before_it_is_asked_about_sooner(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    signed = SignOff("QA", people=frozenset({bo.id}), covers=frozenset({Cover.SCHEDULE}))
    await story.follows(replace(LIGHT, name="signed", is_default=True, sign_offs=(signed,)))
    await go(story, ana, bo, "today 09:40")
    seen = await ana.types("/release deploy start")
    assert "payments 2.14.0 is planned for 09:40 today, 40 min from now. Start it already?" in seen.text
    await story.until("09:30")
    await ana.types("/release deploy start")
    assert (await story.release("payments")).state == "deploying"


async def test_an_approved_release_that_nobody_starts(story: Story) -> None:
    """The card says so, and captain and deployer are asked once what shall become of it."""
    ana, bo = story.people("ana", "bo")
    payments = story.room("#payments")
    await go(story, ana, bo, "today 16:00")
    await story.until("15:14")
    assert "Goes live at 16:00 today" in payments.reads()
    await story.until("15:16")
    assert "⏰ Was due 16:00 today, not started" in payments.reads()
    assert "Next: approval expires 20:00 today" in payments.reads(), "and no deploy at a time that is past"
    assert ana.dm.reads("ana").count("was due 16:00 today and has not started. It's go. Start it, give it a new") == 1
    await story.until("18:00")
    assert ana.dm.reads("ana").count("[Start deploy]") == 1, "asked once, and the first reminder gave up its button"
    seen = await ana.clicks("Start deploy", in_="dm")
    assert "[Done] [Failed] [Roll back]" in seen.text, "who started it here goes on here"
    assert "[Start deploy]" not in ana.dm.reads("ana"), "what does not hold any more is not offered any more"
    assert ana.dm.reads("ana").count("payments 2.14.0: the deploy was started 19:00 today.") == 1
    await ana.types("/release done")
    assert "is live since 19:00, 3 h late. 1 sign-off." in payments.reads()


async def test_a_failed_deploy_is_retried(story: Story) -> None:
    """The question in the direct message follows; the captain is not told what she said herself."""
    ana, bo = story.people("ana", "bo")
    payments = story.room("#payments")
    await go(story, ana, bo, "today 10:00")
    await story.until("09:00")
    await ana.types("/release deploy start")
    await story.until("10:01")
    dialog = await ana.clicks("Failed", in_="dm")
    assert "Which part" not in dialog.text, "it has one part"
    seen = await ana.submits(why="pods crash")
    assert seen.text.startswith("== Deploy failed =="), "the dialog keeps its heading"
    await ana.closes_modal()
    assert "❌ Deploy failed — “pods crash”" in ana.dm.reads("ana")
    assert "Still deploying" not in ana.dm.reads("ana")
    assert "Ana reported that the deploy failed: “pods crash”. Retry, or roll back." in payments.reads()
    assert "@Ana Ana" not in payments.reads()
    assert "✅ Sign-off  Bo 09:00" in payments.reads(), "who signed off stays to be seen"
    assert "Next: Ana retries or rolls back." in payments.reads()
    dialog = await ana.clicks("Retry", in_="dm", confirm=False)
    assert "Retry the deploy?: payments 2.14.0 goes to production again. It failed: “pods crash”." in dialog.text
    await ana.clicks("Retry", in_="dm")
    assert "🚀 Deploying again since 11:01 today" in payments.reads(), "and not since its first, failed start"
    assert "Still deploying payments 2.14.0?" in ana.dm.reads("ana")
    await ana.types("/release done")
    await story.until("2026-12-02 09:01")
    shown = "Planned 10:00 yesterday, started 10:00, failed 11:01 (“pods crash”), restarted 11:01, live 11:01."
    assert shown in payments.reads()


async def test_why_offers_what_may_be_done_next_to_those_who_may(story: Story) -> None:
    """From the go on: whoever leads it gets its next steps, and the rest of the crew what the policy leaves to them."""
    ana, bo, tom = story.people("ana", "bo", "tom")
    await go(story, ana, bo, "today 10:00")
    await story.until("09:00")
    assert "[Start deploy] [Hold]" in (await ana.types("/release why")).text
    seen = (await tom.types("/release why")).text
    assert "[Hold]" in seen and "Start deploy" not in seen
    seen = (await ana.types("/release deploy")).text
    assert "Nobody has started it yet; it is planned for" in seen and "[Start deploy]" in seen
    assert "[" not in (await tom.types("/release deploy")).text, "no button that would be refused"

    await ana.types("/release deploy start")
    assert "[Done] [Failed] [Roll back]" in (await ana.types("/release why")).text
    seen = (await tom.types("/release why")).text
    assert "[Roll back]" in seen and "Done" not in seen and "Failed" not in seen
    await ana.types("/release why")
    await ana.clicks("Done")
    assert "[Roll back]" in (await tom.types("/release why payments 2.14.0")).text
    await tom.types("/release rollback payments 2.14.0")
    assert "[Rolled back]" in (await tom.types("/release why payments 2.14.0")).text


async def test_the_word_rollback_alone_asks_once_as_its_button_does(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await go(story, ana, bo, "today 10:00")
    assert "there is nothing to roll back" in (await tom.types("/release rollback")).text
    await ana.types("/release shipped")
    for typed in ("/release rollback", "/release Roll  back"):
        seen = await tom.types(typed)
        assert (
            "Roll back? That rolls back payments 2.14.0 on production, and its crew is told.\n[Roll back]" in seen.text
        )
        assert (await story.release("payments")).state == "released", "nothing is done yet"
    done = await tom.clicks("Roll back", on=seen.message)
    assert (await story.release("payments")).state == "rolling_back"
    assert "When it is done, press Rolled back on the card." in tom.reads(done.message)
    left = [tom.reads(one) for one in tom.ephemerals]
    assert len([one for one in left if "Roll back?" in one]) == 1, "the answer stands in place of its question"
    late = await tom.clicks("Roll back", on=next(one for one in tom.ephemerals if "Roll back?" in tom.reads(one)))
    assert "Roll back?" not in " ".join(tom.reads(one) for one in tom.ephemerals), "a no takes its place, too"
    assert "rolling back" in late.text.casefold()
    await tom.types("/release rolled-back")


async def test_who_names_the_release_or_writes_in_its_thread_has_said_which_is_rolled_back(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    for number, version in enumerate(("2.14.0", "2.15.0"), 1):
        await ana.types(f"/release new payments {version} in 2h")
        await bo.types(f"/release go {version}")
        await ana.types(f"/release shipped {version}")
        if number == 1:
            await tom.types("/release rollback payments 2.14.0")
        else:
            card = next(one for one in story.room("#payments").messages if f"payments {version} →" in str(one))
            await tom.types("@T-Minus rollback", thread=card)
        assert (await story.release(f"payments {version}")).state == "rolling_back"


async def test_the_reason_of_a_rollback_is_asked_afterwards_of_who_did_it(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    payments = story.room("#payments")
    await go(story, ana, bo, "today 10:00")
    await story.until("09:00")
    await ana.types("/release shipped")
    await tom.clicks("Roll back", in_="#payments")
    assert "Tom started rolling back. @Tom why? There is time for it once things are calm." in payments.reads()
    await tom.clicks("Rolled back", in_="#payments")
    await tom.clicks("Say why", in_="#payments")
    await tom.submits(why="error rate at 4 %")
    assert "↩️ Rolled back at 10:00 today — “error rate at 4 %”" in payments.reads()
    assert "Tom said why it was rolled back: “error rate at 4 %”" in payments.reads()
    assert "— “error rate at 4 %”" in (await bo.types("/release status payments 2.14.0")).text
    await story.until("2026-12-02 09:01")
    assert "@Ana @Tom how did payments 2.14.0 go?" in payments.reads()
    assert "Rolled back because: “error rate at 4 %”." in payments.reads()


async def test_several_parts_have_few_buttons_and_each_names_its_part(story: Story) -> None:
    """Three in a row at most; nothing is done to all of them by one tap."""
    ana, bo = story.people("ana", "bo")
    payments = story.room("#payments")
    await ana.types("/release new")
    await ana.submits(service="payments", version="2.14.0", when="today 16:00", parts="web 5.1")
    await ana.closes_modal()
    await bo.clicks("Go")
    await story.until("15:00")
    dialog = await ana.clicks("Start deploy", in_="#payments", confirm=False)
    assert "payments 2.14.0 and web 5.1 go to production now." in dialog.text
    await ana.clicks("Start deploy", in_="#payments")
    row = "[Done: payments 2.14.0] [Done: web 5.1] [Roll back] [⋯ All done · Failed · Status · Take over]"
    assert row in payments.reads()
    await ana.clicks("All done", in_="#payments")
    await ana.submits({"Which part is done?": "payments 2.14.0"})
    await ana.closes_modal()
    assert (await story.release("web")).parts == {"payments 2.14.0": "live", "web 5.1": "deploying"}
    await ana.clicks("Failed", in_="#payments")
    await ana.submits(why="smoke test red")
    await ana.closes_modal()
    assert "Ana reported that the deploy of web 5.1 failed: “smoke test red”." in payments.reads()
    assert "[Retry: web 5.1] [Roll back]" in payments.reads()
    dialog = await ana.clicks("Retry: web 5.1", in_="#payments", confirm=False)
    assert (
        "web 5.1 goes to production again. It failed: “smoke test red”." in dialog.text
        and "payments" not in dialog.text
    )
    await bo.clicks("Roll back", in_="#payments")
    await bo.submits({"Which part?": "web 5.1"})
    await bo.closes_modal()
    assert "Bo started rolling back web 5.1. @Bo why?" in payments.reads()
    assert (await story.release("web")).parts == {"payments 2.14.0": "live", "web 5.1": "rolling_back"}
    await bo.clicks("Rolled back", in_="#payments")
    assert "Bo finished rolling back web 5.1." in payments.reads()
    assert (await story.release("web")).state == "released"
    assert "[Roll back] [⋯ Status · Retrospective]" in payments.reads()


async def test_parts_that_are_called_alike_have_buttons_that_work(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new")
    await ana.submits(service="web", version="5", when="today 16:00", parts="web 5 eu")
    await ana.closes_modal()
    await bo.clicks("Go")
    await story.until("15:00")
    await ana.clicks("Start deploy", in_="#payments")
    await ana.clicks("Done: web 5 production", in_="#payments")
    await ana.clicks("Done: web 5 eu", in_="#payments")
    assert (await story.release("web")).state == "released"


async def test_a_standard_release_claims_no_sign_offs(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new")
    await ana.submits(service="payments", version="2.14.0", when="today 10:00", kind="Standard")
    await ana.closes_modal()
    await story.until("09:05")
    await ana.types("/release shipped")
    assert "payments 2.14.0 is live since 10:05, on time.\n" in story.room("#payments").reads() + "\n"
    assert "sign-off" not in story.room("#payments").reads()


async def test_a_part_that_is_not_there_is_refused_before_it_is_asked_about(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await go(story, ana, bo, "tomorrow 14:00")
    seen = await ana.types("/release deploy start staging")
    assert "payments 2.14.0 has no part “staging”. Its parts: payments 2.14.0." in seen.text
    seen = await ana.types("/release deploy start payments 2.15.0")
    assert "Start it already" not in seen.text
    assert (await story.release("payments")).state == "approved"


async def test_an_answer_about_an_earlier_attempt_does_not_end_the_retry(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await go(story, ana, bo, "today 10:00")
    await story.until("09:00")
    await ana.types("/release deploy start")
    first = (await ana.types("/release deploy")).message
    await ana.clicks("Failed", on=first)
    await ana.submits(why="pods crash")
    await ana.closes_modal()
    await story.advance(minutes=5)
    await ana.types("/release deploy start")
    for label in ("Done", "Failed"):
        seen = await ana.clicks(label, on=first, stale=True)
        assert "The deploy of payments 2.14.0 was started again at 10:05 today, after that message." in seen.text
        assert (await story.release("payments")).parts == {"payments 2.14.0": "deploying"}
    again = (await ana.types("/release deploy")).message
    await ana.clicks("Done", on=again)
    assert (await story.release("payments")).state == "released"


async def test_only_what_its_parts_allow_is_named_as_possible(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await go(story, ana, bo, "today 10:00")
    await ana.types("/release hold incident")
    seen = await ana.types("/release deploy done")
    assert "Possible now: resume, reschedule, edit, take-over, cancel." in seen.text, "it is decided already"
    await ana.types("/release resume")
    await story.until("09:00")
    await ana.types("/release deploy start")
    seen = await ana.types("/release poll")
    assert "Possible now: deploy done, deploy fail, rollback, take-over." in seen.text


async def test_an_expired_approval_is_one_thing_and_its_reminder_is_over(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await go(story, ana, bo, "today 12:00")
    await story.until("15:30")
    seen = await ana.types("/release why")
    assert "payments 2.14.0 was stopped at " in seen.text
    assert "deploy is planned for" not in ana.dm.reads("ana")


async def test_a_tap_on_shipped_asks_before_it_is_live(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 in 3h")
    await bo.types("/release go")
    shown = await ana.types("/release more")
    asked = await ana.clicks("Shipped", on=shown.message, confirm=False)
    assert asked.text.startswith("Is it live?: payments") and "Its channels are told." in asked.text
    assert (await story.release("payments 2.14.0")).state == "approved"
    await ana.clicks("Shipped", on=shown.message)
    assert (await story.release("payments 2.14.0")).state == "released"


async def test_who_comes_second_hears_who_did_it_and_when(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await go(story, ana, bo, "in 30m")
    card = story.room("#payments").card("[Start deploy]")
    await ana.clicks("Start deploy", on=card)
    seen = await ana.clicks("Start deploy", on=card, stale=True)
    assert seen.text.startswith("payments 2.14.0 is being deployed already. Ana started the deploy, 09:00 today.")


async def test_who_says_done_of_what_nobody_started_can_say_that_it_is_live(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 today 16:00")
    await bo.types("/release go")
    seen = await ana.types("/release done")
    assert "it is approved. If it is live, say so: that begins it too." in seen.text
    assert "Live since" in (await ana.clicks("Shipped")).text
