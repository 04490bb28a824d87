"""The captain records the go of somebody who is not in Slack: with a link, both names, and no more than permitted."""

from dataclasses import replace

import pytest

from bot.release.policy import Policy, Role, SignOff
from bot.release.states import Move
from tests.story import Story

LINK = "https://mail.example/archive/4711"


def with_customer(story: Story) -> Policy:
    qa = SignOff("QA", people=frozenset({story.box.person("bo").id}))
    return Policy("customer", is_default=True, sign_offs=(qa, SignOff("Customer", recorded=1)))


@pytest.mark.everywhere
async def test_a_go_from_outside_slack(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    payments = story.room("#payments")
    await story.follows(with_customer(story))
    await ana.types("/release new payments 2.14.0 in 3h")
    await bo.clicks("Go", in_="#payments")
    assert "⏳ Customer  one go — the captain records it" in payments.reads()
    why = await ana.types("/release why")
    assert "Customer has not answered; Ana can record it once they have said it" in why.text
    assert "[Record a go]" in why.text
    assert "leaves “record-go” to the captain (Ana)" in (await tom.types(f"/release go-for Jo Miller {LINK}")).text
    seen = await ana.types(f"/release go-for Jo Miller {LINK}")
    assert "You recorded the go of Jo Miller for Customer on payments 2.14.0. ✅ Go" in seen.text
    assert f"Ana recorded the go of Jo Miller for Customer: {LINK}" in payments.reads()
    assert "✅ Customer  Jo Miller, recorded by Ana 09:00 link" in payments.reads()
    stand = await story.release("payments")
    assert stand.state == "approved" and len(stand.votes) == 2
    await ana.types("/release record")
    assert "Jo Miller (Ana recorded it) go for Customer" in (await ana.types("/release record")).text


async def test_what_a_recorded_go_needs(story: Story) -> None:
    ana = story.people("ana")[0]
    await story.follows(with_customer(story))
    await ana.types("/release new payments 2.14.0 in 3h")
    seen = await ana.types(f"/release go-for @bo {LINK}")
    assert "Bo is in Slack, and says go there themselves." in seen.text
    seen = await ana.types("/release go-for Jo Miller")
    assert seen.modal is not None, "the link is asked for"
    assert "address where their go can be read" in str((await ana.submits(link="see my mail")).errors)
    await ana.submits(link=LINK)
    assert len((await story.release("payments")).votes) == 1
    await ana.types(f"/release go-for jo  miller {LINK}")
    assert (await story.release("payments")).history.count("voted") == 1, "the same person said the same"
    seen = await ana.types(f"/release go-for Kim Lee {LINK}")
    assert "Customer takes 1 recorded go, and Jo Miller has given that." in seen.text


async def test_where_the_policy_does_not_permit_it(story: Story) -> None:
    ana = story.people("ana")[0]
    await ana.types("/release new payments 2.14.0 in 3h")
    seen = await ana.types(f"/release go-for Jo Miller {LINK}")
    assert "policy of payments 2.14.0 takes answers from people in Slack only" in seen.text
    assert (await story.release("payments")).votes == {}
    more = await ana.types("/release more")
    assert "Record a go" not in more.text


async def test_a_recorded_go_is_kept_for_the_next_round(story: Story) -> None:
    """Jo is asked by nobody here: what Jo said holds as long as what it was said of does."""
    ana, bo = story.people("ana", "bo")
    payments = story.room("#payments")
    await story.follows(with_customer(story))
    await ana.types("/release new payments 2.14.0 in 3h")
    await ana.types(f"/release go-for Jo Miller {LINK}")
    await ana.types("/release poll close")
    await ana.types("/release extend 30m")
    assert "✅ Customer  Jo Miller" in payments.reads()
    await bo.types("/release go payments")
    assert (await story.release("payments")).state == "approved"


async def test_a_go_is_not_recorded_for_what_changed_meanwhile(story: Story) -> None:
    """What Jo said go to is what the captain had seen when the dialog opened."""
    ana, eve = story.people("ana", "eve")
    await story.follows(replace(with_customer(story), rights={Move.EDIT: frozenset({Role.ANYONE})}))
    await ana.types("/release new payments 2.14.0 in 3h")
    await ana.types("/release go-for Jo Miller")
    await eve.types("/release edit payments")
    await eve.submits(changes="the whole ledger anew")
    seen = await ana.submits(link=LINK)
    assert "has changed since" in str(seen.errors)
    assert (await story.release("payments")).votes == {}
    await ana.closes_modal()
    await ana.types(f"/release go-for Jo Miller {LINK}")
    assert len((await story.release("payments")).votes) == 1


async def test_the_captain_takes_a_recorded_go_back(story: Story) -> None:
    """They misread the mail; what was recorded and that it was taken back both stay on record."""
    ana, bo, tom = story.people("ana", "bo", "tom")
    payments = story.room("#payments")
    await story.follows(with_customer(story))
    await ana.types("/release new payments 2.14.0 in 3h")
    refused = await ana.types("/release go-for withdraw")
    assert "No go of anybody outside Slack is recorded for payments 2.14.0" in refused.text
    assert "[Take it back]" not in (await ana.types("/release more")).text
    seen = await ana.types(f"/release go-for Jo Miller {LINK}")
    assert "[Take it back]" in seen.text and "[Take it back]" in (await ana.types("/release more")).text
    assert "leaves “record-go” to the captain (Ana)" in (await tom.types("/release go-for withdraw Jo Miller")).text
    assert "No go of “Kim Lee” is recorded" in (await ana.types("/release go-for withdraw Kim Lee")).text
    back = await ana.clicks("Take it back", on=seen.message)
    assert "The go of Jo Miller for Customer on payments 2.14.0 is taken back." in back.text
    assert "Ana took back the go of Jo Miller for Customer." in payments.reads()
    assert "⏳ Customer  one go — the captain records it" in payments.reads()
    await ana.clicks("Take it back", on=seen.message)
    stand = await story.release("payments")
    assert (stand.votes, stand.history.count("recorded_go_withdrawn")) == ({}, 1), "a second click takes nothing back"
    await bo.clicks("Go", in_="#payments")
    assert (await story.release("payments")).state == "open", "it does not count any more"
    await ana.types(f"/release go-for Jo Miller {LINK}")
    assert (await story.release("payments")).state == "approved"
    seen = await ana.types("/release go-for withdraw Jo Miller")
    assert "You can't record a go for payments 2.14.0: it is approved. Possible now: deploy start, hold" in seen.text


async def test_of_several_recorded_goes_one_is_chosen_and_an_old_button_takes_none(story: Story) -> None:
    ana = story.people("ana")[0]
    two = replace(with_customer(story), sign_offs=(SignOff("Customer", needs=2, recorded=2),), close="deadline")
    await story.follows(two)
    await ana.types("/release new payments 2.14.0 in 3h")
    first = await ana.types(f"/release go-for Jo Miller {LINK}")
    await ana.types(f"/release go-for Kim Lee {LINK}")
    asked = await ana.types("/release withdraw go")
    assert "Whose go do you take back?" in asked.text and "[Jo Miller] [Kim Lee]" in asked.text
    await ana.clicks("Kim Lee", on=asked.message)
    assert "Jo Miller" in story.room("#payments").reads() and len((await story.release("payments")).votes) == 1
    await ana.types("/release poll close")
    await ana.types("/release extend 30m")
    old = await ana.clicks("Take it back", on=first.message)
    assert "This button is from round 1; round 2 is open until" in old.text
    assert len((await story.release("payments")).votes) == 1


@pytest.mark.once
async def test_an_address_names_nobody(story: Story) -> None:
    ana = story.people("ana")[0]
    await story.follows(with_customer(story))
    await ana.types("/release new payments 2.14.0 in 3h")
    for place in ("https://chat.example/@bo/4711", "https://chat.example/@jo.miller/4711"):
        seen = await ana.types(f"/release go-for Jo Miller <{place}>")
        assert "You recorded the go of Jo Miller for Customer" in seen.text, place


@pytest.mark.once
async def test_an_old_button_takes_back_no_go_that_was_recorded_since(story: Story) -> None:
    ana = story.people("ana")[0]
    two = replace(with_customer(story), sign_offs=(SignOff("Customer", needs=2, recorded=2),), close="deadline")
    await story.follows(two)
    await ana.types("/release new payments 2.14.0 in 3h")
    wrong = await ana.types(f"/release go-for Jo Miller {LINK}")
    more = await ana.types("/release more")
    await ana.clicks("Take it back", on=wrong.message)
    await story.advance(minutes=1)
    await ana.types(f"/release go-for Jo Miller {LINK}2")
    seen = await ana.clicks("Take it back", on=wrong.message)
    assert "The go of Jo Miller was recorded again since" in seen.text
    asked = await ana.clicks("Take it back", on=more.message)
    assert "Whose go do you take back?" in asked.text, "it named nobody"
    assert len((await story.release("payments")).votes) == 1
    await ana.clicks("Jo Miller", on=asked.message)
    assert (await story.release("payments")).votes == {}
