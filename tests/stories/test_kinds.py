"""The kinds of releases: a standard one is announced and not voted, a hotfix has its own lane."""

from dataclasses import replace
from typing import Any

from bot.release.policy import LIGHT, Lane, Policy, SignOff
from bot.sandbox.person import Seen
from tests.story import Actor, Story


async def ruled(story: Story, **otherwise: Any) -> list[Actor]:
    """QA is Bo and Security Clara; a hotfix needs Tom's go for Operations alone."""
    ana, bo, clara, tom = story.people("ana", "bo", "clara", "tom")
    sign_offs = (SignOff("QA", people=frozenset({bo.id})), SignOff("Security", people=frozenset({clara.id})))
    lane = Lane(sign_offs=(SignOff("Operations", people=frozenset({tom.id})),))
    policy: Policy = replace(LIGHT, name="ruled", is_default=True, sign_offs=sign_offs, lanes={"hotfix": lane})
    await story.follows(replace(policy, **otherwise))
    return [ana, bo, clara, tom]


def kinds(seen: Seen) -> list[str]:
    """The kinds that the dialog offers."""
    assert seen.modal is not None
    field = next(block for block in seen.modal["blocks"] if block["block_id"] == "kind")
    return [option["value"] for option in field["element"]["options"]]


async def test_a_standard_release_is_announced_and_not_voted(story: Story) -> None:
    ana, bo, clara, _ = await ruled(story)
    await ana.types("/release new payments 2.14.0 standard in 3h")
    assert (await story.release("payments 2.14.0")).state == "approved"
    said = story.room("#payments").reads()
    assert "REL-1 · standard · medium risk" in said
    assert "a standard release, approved by its policy" in said
    assert not bo.dm.messages and not clara.dm.messages, "nobody is asked"
    late = await bo.types("/release go payments")
    assert "payments 2.14.0 was decided at " in late.text
    await ana.types("/release edit payments risk high")
    done = await ana.submits()
    assert "payments 2.14.0 is changed." in done.text and "asked again" not in done.text
    assert (await story.release("payments 2.14.0")).state == "approved"


async def test_a_hotfix_has_its_own_sign_offs_and_a_look_back(story: Story) -> None:
    ana, bo, clara, tom = await ruled(story)
    await ana.types("/release new payments 2.14.1 as a hotfix in 30m")
    said = story.room("#payments").reads()
    assert "REL-1 · hotfix · medium risk" in said
    assert "Operations  one go from Tom" in said and "QA" not in said
    assert not bo.dm.messages and not clara.dm.messages
    await tom.clicks("Go", in_="dm")
    assert (await story.release("payments 2.14.1")).state == "approved"
    await ana.types("/release deploy start payments")
    await ana.types("/release deploy done payments")
    await story.advance(days=1)
    asked = story.room("#payments").reads()
    assert "[Smooth]" not in asked, "the full one is asked for, though all went well"
    assert "[Look back" in asked or "retrospective" in asked.casefold()


async def test_only_the_kinds_of_the_policy_can_be_chosen(story: Story) -> None:
    ana, *_ = await ruled(story, services=("payments",), is_default=False, kinds=frozenset({"normal", "hotfix"}))
    await story.follows(replace(LIGHT, name="rest", is_default=True, kinds=frozenset({"standard", "normal"})))
    assert kinds(await ana.types("/release new payments")) == ["normal", "hotfix"]
    await ana.closes_modal()
    assert kinds(await ana.types("/release new web 5.1")) == ["normal", "standard"]
    await ana.closes_modal()
    assert kinds(await ana.types("/release new")) == ["normal", "standard", "hotfix"]
    wrong = await ana.submits(service="payments", version="2.14.0", when="in 3h", kind="standard")
    assert "The ruled policy has no standard releases, but hotfix and normal ones." in str(wrong.errors)
    await ana.closes_modal()
    typed = await ana.types("/release new payments 2.14.0 standard in 3h")
    assert "For example: /release new payments 2.14.0 hotfix in 3h" in typed.text
    assert not await story.has_release("payments 2.14.0")


async def test_a_policy_of_one_kind_needs_no_word_for_it(story: Story) -> None:
    ana, *_ = await ruled(story, kinds=frozenset({"hotfix"}))
    seen = await ana.types("/release new hotfix payments 2.14.1 in 40m")
    assert (
        "Its go/no-go is open for 1 h at least, so until 10:00 today, after that time. "
        "It can be deployed as soon as it is go." in seen.text
    )
    assert "at least" not in (await ana.types("/release new web 5.1 in 2h")).text
    said = story.room("#payments").reads()
    assert "REL-1 · hotfix" in said and "REL-2 · hotfix" in said
