"""Somebody of another workspace answers a go/no-go, because the policy names them; and does nothing else."""

import pytest

from bot.release.policy import Policy, SignOff
from tests.story import Story


def partner(story: Story) -> Policy:
    bo, fay = (story.box.person(name).id for name in ("bo", "fay"))
    both = (SignOff("QA", people=frozenset({bo})), SignOff("Partner", outside=frozenset({fay})))
    return Policy("partner", is_default=True, sign_offs=both)


@pytest.mark.everywhere
async def test_a_partner_whom_the_policy_names(story: Story) -> None:
    ana, bo, fay = story.people("ana", "bo", "fay")
    payments = story.room("#payments")
    await story.follows(partner(story))
    await ana.types("/release new payments 2.14.0 in 3h")
    assert "⏳ Partner  one go from Fay" in payments.reads()
    await fay.clicks("No-go", in_="#payments")
    await fay.submits(why="our certificate is missing")
    assert "Fay said no-go for Partner: “our certificate is missing”" in payments.reads()
    seen = await fay.clicks("Go", in_="#payments")
    assert "You said go for Partner" in seen.text
    await bo.clicks("Go", in_="#payments")
    stand = await story.release("payments")
    assert (stand.state, stand.votes) == ("approved", {"bo": "go", "fay": "go"})
    assert "✅ Partner  Fay 09:00" in payments.reads()


async def test_a_partner_may_do_nothing_else(story: Story) -> None:
    ana, fay = story.people("ana", "fay")
    await story.follows(partner(story))
    await ana.types("/release new payments 2.14.0 in 3h")
    seen = await fay.clicks("Hold", in_="#payments")
    assert "You may answer the go/no-go of this release and ask why; everything else" in seen.text
    assert "You belong to another workspace" in (await fay.types("@T-Minus go payments")).text, "by buttons only"
    assert "You belong to another workspace" in (await fay.types("@T-Minus new web 1.0 tomorrow")).text
    stand = await story.release("payments")
    assert (stand.state, stand.votes, stand.history) == ("open", {}, ["planned", "poll_opened"])


async def test_a_partner_may_ask_why_and_is_offered_what_they_may_do(story: Story) -> None:
    ana, fay = story.people("ana", "fay")
    await story.follows(partner(story))
    await ana.types("/release new payments 2.14.0 in 3h")
    seen = await fay.clicks("Why?", in_="#payments")
    assert "QA has not answered (Bo can answer)" in seen.text
    assert "[Go] [No-go]" in seen.text
    assert not any(label in seen.text for label in ("Remind", "Reschedule", "Hold"))
    await fay.clicks("Go", on=seen.message)
    assert (await story.release("payments")).votes == {"fay": "go"}
    assert "You belong to another workspace" in (await fay.types("@T-Minus why payments")).text, "by buttons only"

    await story.follows(Policy("partner", is_default=True, sign_offs=partner(story).sign_offs[:1]))
    await ana.types("/release new web 1.0 in 3h")
    assert "You belong to another workspace" in (await fay.clicks("Why?", in_="#payments")).text, "not of every release"


async def test_a_partner_is_asked_by_the_card_alone(story: Story) -> None:
    """Slack lets no bot write to somebody of another workspace: nothing fails, and nobody is told otherwise."""
    ana, fay = story.people("ana", "fay")
    await story.follows(partner(story))
    await ana.types("/release new payments 2.14.0 in 3h")
    await ana.types("/release poll close")
    seen = await ana.types(f"/release stand-in <@{fay.id}>")
    assert "Fay belongs to another workspace, and I can't write to them." in seen.text
    await ana.types("/release new web 1.0 in 3h", in_="#releases")
    assert (await story.release("web")).state == "open"


async def test_a_partner_whose_go_was_re_opened_is_asked_by_the_card(story: Story) -> None:
    ana, bo, fay = story.people("ana", "bo", "fay")
    payments = story.room("#payments")
    await story.follows(partner(story))
    await ana.types("/release new payments 2.14.0 in 3h")
    await fay.clicks("Go", in_="#payments")
    await ana.types("/release edit")
    await ana.submits(changes="faster refunds, and a hotfix")
    assert "⏳ Partner  one go from Fay · changed since Fay voted" in payments.reads()
    await fay.clicks("Go", in_="#payments")
    await bo.clicks("Go", in_="#payments")
    assert (await story.release("payments")).state == "approved"


async def test_a_guest_of_this_workspace_does_not_answer_as_a_partner(story: Story) -> None:
    """Whoever is named there by mistake acts no more than any other guest, and the dialog says so."""
    tom, gus = story.people("tom", "gus")
    named = SignOff("QA", outside=frozenset({gus.id}), people=frozenset({tom.id}))
    await story.follows(Policy("partners", is_default=True, sign_offs=(named,)))
    await story.people("ana")[0].types("/release new api 1.0 in 3h", in_="#general")
    seen = await gus.clicks("Go", in_="#general")
    assert "guests can't" in seen.text
    assert (await story.release("api")).votes == {}
