"""A checklist: its owners are asked, tick with a tap, and a go waits for them."""

from dataclasses import replace

import pytest

from bot.release.policy import LIGHT, Cover, Item, SignOff
from tests.story import Actor, Story, together


async def listed(story: Story, **otherwise: object) -> list[Actor]:
    """QA is Bo and covers the checklist; the runbook is Tom's, the load test the captain's, the blog post optional."""
    ana, bo, clara, tom = story.people("ana", "bo", "clara", "tom")
    qa = SignOff("QA", people=frozenset({bo.id}), covers=frozenset(Cover))
    security = SignOff("Security", people=frozenset({clara.id}))
    items = (
        Item("runbook", "Runbook updated", frozenset({tom.id})),
        Item("load", "Load test repeated"),
        Item("blog", "Blog post written", mandatory=False),
    )
    policy = replace(LIGHT, name="listed", is_default=True, sign_offs=(qa, security), checklist=items)
    await story.follows(replace(policy, **otherwise))  # type: ignore[arg-type]
    return [ana, bo, clara, tom]


async def test_the_last_tick_makes_it_go(story: Story) -> None:
    ana, bo, clara, tom = await listed(story)
    payments = story.room("#payments")
    await ana.types("/release new payments 2.14.0 in 3h")
    assert "payments 2.14.0: “Runbook updated” to tick by 12:00" in tom.dm.reads("tom")
    assert "Checklist  0 of 3 done" in payments.reads()
    mine = await tom.types("/release")
    assert "Waiting on you (1)" in mine.text and "[Done: Runbook updated]" in mine.text
    assert "☐ Runbook updated — Tom" in payments.reads()
    assert "☐ Blog post written (optional) — Ana" in payments.reads()
    await bo.types("/release go")
    await clara.types("/release go")
    assert (
        "Go/no-go open until 12:00 today — waiting for “Runbook updated” and “Load test repeated”" in payments.reads()
    )
    why = await bo.types("/release why")
    assert "☐ “Runbook updated” is not done (Tom can tick it)" in why.text
    early = await ana.types("/release deploy start")
    assert "“Runbook updated” is not done" in early.text

    await tom.clicks("Done", in_="dm")
    assert "Ticked:" not in tom.dm.reads("tom"), "the message that asked says it"
    assert "you ticked all that was yours" in tom.dm.reads("tom")
    assert "☑ Runbook updated  Tom 09:00" in payments.reads()
    assert (await story.release("payments 2.14.0")).state == "open"
    done = await ana.types("/release tick load test")
    assert "Ticked: “Load test repeated”. payments 2.14.0: ✅ Go" in done.text
    stand = await story.release("payments 2.14.0")
    assert stand.state == "approved"
    assert stand.history[-3:] == ["ticked", "ticked", "decided"]


async def test_a_tick_taken_back_asks_again_whose_vote_covers_it(story: Story) -> None:
    ana, bo, clara, tom = await listed(story)
    await ana.types("/release new payments 2.14.0 in 3h")
    await tom.clicks("Done", in_="dm")
    await bo.clicks("Go", in_="dm")
    await clara.clicks("Go", in_="dm")
    mine = await tom.types("/release status")
    assert "[Take back]" in mine.text
    await tom.clicks("Take back", on=mine.message)
    thread = story.room("#payments").threads()
    assert any("Tom took back “Runbook updated”. QA is asked again." in line for line in thread)
    asked = bo.dm.reads("bo")
    assert "Since then Tom took back “Runbook updated”." in asked
    assert asked.count("[Go] [No-go]") == 1
    assert "asked again" not in clara.dm.reads("clara"), "hers does not cover it"
    for item in ("runbook", "load"):
        await ana.types(f"/release tick {item}")
    assert (await story.release("payments 2.14.0")).state == "open"
    await bo.clicks("Go", in_="dm")
    assert (await story.release("payments 2.14.0")).state == "approved"


async def test_only_its_owner_and_the_captain_have_the_button(story: Story) -> None:
    ana, bo, _, tom = await listed(story)
    await ana.types("/release new payments 2.14.0 in 3h")
    assert (await bo.types("/release status")).text.count("[Done]") == 0
    assert (await tom.types("/release status")).text.count("[Done]") == 1
    assert (await ana.types("/release status")).text.count("[Done]") == 3
    assert "[Tick off]" in (await tom.types("/release more")).text
    assert "[Tick off]" not in (await bo.types("/release more")).text
    seen = await bo.types("/release tick runbook")
    assert "“Runbook updated” is not yours to tick. " in seen.text and "Ana" in seen.text and "Tom" in seen.text
    early = await bo.clicks("Tick off", in_="#payments")
    assert "Nothing that is left on the checklist of payments 2.14.0 is yours to tick." in early.text
    asked = await tom.clicks("Tick off", in_="#payments")
    assert "What is done?" in asked.text
    refused = await tom.submits(item="load")
    assert "“Load test repeated” is not yours to tick. Ana can." in str(refused.errors)
    assert (await story.release("payments 2.14.0")).history.count("ticked") == 0


async def test_ticked_by_two_at_once_it_is_ticked_once(story: Story) -> None:
    ana, _, _, tom = await listed(story)
    await ana.types("/release new payments 2.14.0 in 3h")
    shown = tom.dm.messages[-1]
    await together(tom.at_once.clicks("Done", on=shown), ana.at_once.types("/release tick runbook"))
    await story.quiet()
    assert (await story.release("payments 2.14.0")).history.count("ticked") == 1
    again = await tom.clicks("Done", on=shown, stale=True)
    assert "“Runbook updated” is ticked already: " in again.text


@pytest.mark.once
async def test_a_standard_release_waits_for_its_checklist(story: Story) -> None:
    ana, _, _, tom = await listed(story)
    await ana.types("/release new payments 2.14.0 in 3h")
    await ana.types("/release cancel replaced")
    await ana.types("/release new")
    await ana.submits(service="payments", version="2.14.1", when="in 3h", kind="standard")
    stopped = story.room("#payments").reads()
    assert "⚪ No decision — “Runbook updated” is not done" in stopped
    assert "Next: finish the checklist, reschedule, or cancel." in stopped
    assert "[Approve again]" not in stopped
    refused = await ana.types("/release poll")
    assert "You can't approve payments 2.14.1 yet. 2 things stand in the way:" in refused.text
    assert "☐ “Runbook updated” is not done (Tom can tick it)" in refused.text and "[Tick off]" in refused.text
    await tom.types("/release tick runbook")
    await ana.types("/release tick load")
    assert (await story.release("payments 2.14.1")).state == "approved"


@pytest.mark.once
async def test_a_late_tick_says_why_it_changes_nothing(story: Story) -> None:
    ana, bo, clara, tom = await listed(story)
    await ana.types("/release new payments 2.14.0 in 3h")
    for item in ("runbook", "load"):
        await ana.types(f"/release tick {item}")
    await bo.types("/release go")
    await clara.types("/release go")
    seen = await ana.types("/release untick runbook")
    assert "payments 2.14.0 is go, with its checklist as it was. If something is wrong, put it on hold." in seen.text
    assert "[Hold]" in seen.text
    done = await tom.types("/release status")
    assert "[Take back]" not in done.text
    await story.follows(replace(LIGHT, name="listed", is_default=True))
    await ana.types("/release new web 5.1 in 3h")
    none = await ana.types("/release tick web")
    assert "web 5.1 has no checklist" in none.text


@pytest.mark.once
async def test_what_an_override_skipped_of_it_stays_visible(story: Story) -> None:
    ana, bo, clara, _ = await listed(story)
    await ana.types("/release new payments 2.14.0 in 3h")
    await ana.types("/release tick load")
    await bo.types("/release go")
    await clara.types("/release go")
    asked = await ana.types("/release override production is down")
    assert "“Runbook updated” (not done)" in asked.text
    await ana.submits(skip0=["0"])
    said = story.room("#payments").reads()
    assert "⏭️ Runbook updated  skipped by override (Ana)" in said
    assert "⚠️ Go by override — Ana, 09:00 today" in said
    assert "✅ QA  Bo" in said
    assert "Ana overrode “Runbook updated” on payments 2.14.0" in story.people("tom")[0].dm.reads("tom")


@pytest.mark.once
async def test_who_may_not_know_of_a_private_release_is_asked_for_none_of_its_items(story: Story) -> None:
    """Tom is not in the private channel: the captain ticks what would be his, and no message names it to him."""
    ana, _, _, tom = await listed(story)
    await ana.types("/release new payments 3.0.0 in 3h", in_="#secret-launch")
    assert "payments" not in tom.dm.reads("tom")
    assert "“Runbook updated”, “Load test repeated” and “Blog post written” to tick by 12:00" in ana.dm.reads("ana")
    await ana.types("/release override payments 3.0.0 production is down", in_="#secret-launch")
    await ana.submits(skip0=["0", "1", "2", "3"])
    assert (await story.release("payments 3.0.0")).state == "approved"
    assert "payments" not in tom.dm.reads("tom")


async def test_what_somebody_else_ticked_is_not_said_to_be_ticked_by_its_owner(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    items = (Item("runbook", "Runbook updated", frozenset({tom.id})), Item("smoke", "Smoke test", frozenset({tom.id})))
    await story.follows(replace(LIGHT, name="p", is_default=True, checklist=items))
    await ana.types("/release new payments 3.0 today 18:00")
    await tom.types("/release tick payments Smoke test")
    await ana.types("/release tick payments Runbook updated")
    assert "payments 3.0: you and Ana ticked all that was yours." in tom.dm.reads("tom")
    await tom.types("/release untick payments Smoke test")
    await ana.types("/release tick payments Smoke test")
    assert "payments 3.0: Ana ticked all that was yours." in tom.dm.reads("tom")
