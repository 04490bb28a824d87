"""The captain asks one release for more than its policy does: what was answered stands, and nothing is taken away."""

import copy
from dataclasses import replace

from bot.release.policy import LIGHT, Policy, SignOff
from tests.story import Story


async def test_a_sign_off_more_for_this_release(story: Story) -> None:
    ana, bo, clara, eve = story.people("ana", "bo", "clara", "eve")
    payments = story.room("#payments")
    await story.follows(Policy("qa", is_default=True, close="deadline", sign_offs=(SignOff("QA", people={bo.id}),)))
    await ana.types("/release new payments 2.14.0 in 3h")
    await bo.clicks("Go", in_="#payments")
    refused = await eve.types(f"/release add-sign-off Legal <@{clara.id}>")
    assert "leaves “add-sign-off” to the captain (Ana)" in refused.text
    seen = await ana.types(f"/release add-sign-off Legal <@{clara.id}>")
    assert "payments 2.14.0 needs Legal now, too: a go of Clara. They are asked now." in seen.text
    assert "Ana added the sign-off Legal: a go of Clara." in payments.reads()
    assert "✅ QA  Bo 09:00" in payments.reads() and "⏳ Legal  one go from Clara" in payments.reads()
    assert "your Legal go/no-go by" in clara.dm.reads("clara")
    assert "asked for legal already" in (await ana.types(f"/release add-sign-off legal <@{eve.id}>")).text
    await clara.clicks("Go", in_="dm")
    await story.advance(hours=3)
    assert (await story.release("payments")).state == "approved"
    refused = await ana.types(f"/release add-sign-off Finance <@{eve.id}>")
    assert "You can't add a sign-off to payments 2.14.0" in refused.text

    await ana.types("/release new payments 2.15.0 in 3h")
    await ana.types("/release status payments 2.15.0")
    assert "Legal" not in payments.reads().split("payments 2.15.0 → production")[-1], "the policy is as it was"


async def test_who_can_be_asked_in_the_dialog(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    apart = SignOff("QA", people=frozenset({bo.id}), captain_may=False, deployer_may=False)
    await story.follows(replace(LIGHT, name="apart", is_default=True, sign_offs=(apart,)))
    await ana.types("/release new payments 2.14.0 in 3h")
    seen = await ana.types("/release add-sign-off")
    assert seen.modal is not None
    assert "only full members" in str((await ana.submits(role="Legal", people=["gus"])).errors)
    assert "leads or deploys" in str((await ana.submits(role="Legal", people=["ana"])).errors)
    assert "That is too few people" in str((await ana.submits(role="Legal", people=["bo"])).errors)
    await ana.submits(role="Legal", people=["tom"])
    assert "⏳ Legal  one go from Tom" in story.room("#payments").reads()


async def test_a_group_may_be_asked_and_a_private_release_stays_private(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    secret = story.room("#secret-launch")
    qa = next(group.id for group in story.box.workspace.groups.values())
    await ana.types("/release new payments 2.14.0 in 3h")
    assert "a go of @" in (await ana.types(f"/release add-sign-off QA <!subteam^{qa}|@qa>")).text
    await bo.types("/release go payments")
    await ana.types("/release new launch 1.0 in 3h", in_="#secret-launch")
    seen = await ana.types(f"/release add-sign-off Ops <@{tom.id}>", in_="#secret-launch")
    assert "Tom can't see this release" in seen.text
    assert "Ops" not in secret.reads("ana")


async def test_a_button_of_before_is_no_go_for_what_was_added_since(story: Story) -> None:
    ana, bo, clara = story.people("ana", "bo", "clara")
    payments = story.room("#payments")
    qa = SignOff("QA", people=frozenset({bo.id}), covers=frozenset())
    await story.follows(replace(LIGHT, name="qa", is_default=True, close="deadline", sign_offs=(qa,)))
    await ana.types("/release new payments 2.14.0 in 3h")
    old = copy.deepcopy(payments.card("[Go] [No-go]"))
    await ana.types(f"/release add-sign-off Legal <@{clara.id}> <@{bo.id}>")
    await bo.clicks("Go", in_="#payments")
    assert "✅ QA  Bo" in payments.reads(), "what they had been asked for"

    seen = await clara.clicks("Go", on=old, stale=True)
    assert "Since that message was drawn, payments 2.14.0 is asked for Legal, too" in seen.text
    assert "[Go] [No-go]" in seen.text, "and asks again"
    assert "clara" not in (await story.release("payments")).votes
    seen = await clara.clicks("No-go", on=old, stale=True)
    assert seen.modal is None and "is asked for Legal, too" in seen.text
    await clara.clicks("Go", on=seen.message)
    assert (await story.release("payments")).votes["clara"] == "go"
    assert "✅ Legal  Clara" in payments.reads()
