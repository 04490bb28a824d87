"""Whatever way an answer is given, it is for what its message showed: what was changed or added since is not in it."""

import copy
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.release.policy import Cover, Milestone, Policy, SignOff
from bot.sandbox.finding import find
from tests.story import Actor, Story

CHANGED = "payments 2.14.0 has changed since that message was drawn"
LINK = "https://mail.example/archive/4711"


async def asked(story: Story, *more: SignOff, **otherwise: Any) -> list[Actor]:
    """QA is Bo and vouches for what's in it, Operations Tom for how to roll it back; Clara for what is added."""
    ana, bo, clara, tom = story.people("ana", "bo", "clara", "tom")
    sign_offs = (
        SignOff("QA", people=frozenset({bo.id}), covers=frozenset({Cover.CHANGES})),
        SignOff("Operations", people=frozenset({tom.id}), covers=frozenset({Cover.ROLLBACK_PLAN})),
        *more,
    )
    policy = Policy("asked", is_default=True, close="deadline", sign_offs=sign_offs)
    await story.follows(replace(policy, **otherwise))
    return [ana, bo, clara, tom]


async def votes(story: Story) -> dict[str, str]:
    return (await story.release("payments")).votes


async def test_who_abstains_in_an_old_menu_abstains_from_what_it_asked(story: Story) -> None:
    ana, bo, clara, tom = await asked(story)
    await ana.types("/release new payments 2.14.0 in 3h")
    old = copy.deepcopy(story.room("#payments").card("[Go] [No-go]"))
    await ana.types(f"/release add-sign-off Legal <@{clara.id}>")
    seen = await clara.clicks("Abstain", on=old, stale=True)
    assert "Since that message was drawn, payments 2.14.0 is asked for Legal, too" in seen.text
    await ana.types("/release edit payments risk high")
    await ana.submits()
    seen = await bo.clicks("Abstain", on=old, stale=True)
    assert f"{CHANGED}: Ana changed the risk." in seen.text
    await tom.clicks("Abstain", on=old, stale=True)
    assert await votes(story) == {"tom": "abstain"}, "how it is rolled back is as it was"


async def test_a_go_if_in_the_menu_of_an_old_reminder(story: Story) -> None:
    ana, bo, _, _ = await asked(story, closes=Milestone(), nudges=(timedelta(hours=1),))
    await ana.types("/release new payments 2.14.0 in 3h")
    await story.advance(hours=2, minutes=5)
    reminder = copy.deepcopy(bo.dm.messages[-1])
    assert "still waits for your QA go/no-go" in str(reminder)
    await ana.types("/release edit payments risk high")
    await ana.submits()
    for label in ("Go if …", "Abstain"):
        seen = await bo.clicks(label, on=reminder, stale=True)
        assert seen.modal is None and CHANGED in seen.text
    assert await votes(story) == {}


async def test_menus_of_before_have_no_marks_and_still_answer(story: Story) -> None:
    ana, bo, _, _ = await asked(story)
    await ana.types("/release new payments 2.14.0 in 3h")
    old = copy.deepcopy(story.room("#payments").card("[Go] [No-go]"))
    found = find(old, "Abstain")
    assert found is not None and found.option is not None
    name, data = json.loads(found.option["value"])
    assert data.pop("f")
    found.option["value"] = json.dumps([name, data])
    await bo.clicks("Abstain", on=old, stale=True)
    assert await votes(story) == {"bo": "abstain"}


async def test_for_whom_one_answers_is_asked_about_what_was_shown(story: Story) -> None:
    """Whoever answers for somebody else, too, is asked for whom; that is still an answer to the message they saw."""
    ana, bo, tom = story.people("ana", "bo", "tom")
    both = SignOff("QA", needs=2, people=frozenset({bo.id, tom.id}), covers=frozenset({Cover.CHANGES}), delegates=True)
    await story.follows(Policy("both", is_default=True, close="deadline", sign_offs=(both,)))
    await bo.types(f"/release away until fri 9:00 <@{tom.id}>")
    await ana.types("/release new payments 2.14.0 in 3h")
    old = copy.deepcopy(story.room("#payments").card("[Go] [No-go]"))
    await ana.types("/release edit payments risk high")
    await ana.submits()
    whose = await tom.clicks("Go", on=old, stale=True)
    assert "For whom do you say go?" in whose.text
    seen = await tom.clicks("Go for me", on=whose.message)
    assert CHANGED in seen.text
    assert await votes(story) == {}


async def test_where_else_it_counts_is_offered_for_what_was_shown(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    two = (
        SignOff("Operations", people=frozenset({bo.id}), covers=frozenset({Cover.ROLLBACK_PLAN})),
        SignOff("QA", people=frozenset({bo.id, tom.id}), covers=frozenset({Cover.CHANGES})),
    )
    await story.follows(Policy("two", is_default=True, close="deadline", sign_offs=two))
    await ana.types("/release new payments 2.14.0 in 3h")
    old = copy.deepcopy(story.room("#payments").card("[Go] [No-go]"))
    await ana.types("/release edit payments risk high")
    await ana.submits()
    seen = await bo.clicks("Go", on=old, stale=True)
    assert "[Count it for QA]" in seen.text
    seen = await bo.clicks("Count it for QA", on=seen.message)
    assert CHANGED in seen.text
    assert "✅ Operations  Bo" in story.room("#payments").reads()


async def test_a_go_recorded_in_a_dialog_of_before(story: Story) -> None:
    customer = SignOff("Customer", recorded=1, covers=frozenset({Cover.CHANGES}))
    ana, *_ = await asked(story, customer)
    await ana.types("/release new payments 2.14.0 in 3h")
    why = await ana.types("/release why")
    await ana.clicks("Record a go", on=why.message)
    await ana.types("/release edit payments risk high")
    await ana.submits()
    await ana.clicks("Record a go", on=why.message, stale=True)
    seen = await ana.submits(name="Jo Miller", link=LINK)
    assert CHANGED in str(seen.errors) + seen.text
    assert await votes(story) == {}


async def test_so_many_sign_offs_that_their_names_do_not_fit(story: Story) -> None:
    """A button holds 2,000 characters, an entry of a menu 150: names of sign-offs are left out first."""
    bo = story.people("bo")[0].id
    many = tuple(
        SignOff(f"{number} {'Information Security ' * 4}", people=frozenset({bo}), covers=frozenset({Cover.CHANGES}))
        for number in range(20)
    )
    ana, bo_, _, tom = await asked(story, *many)
    await ana.types("/release new payments 2.14.0 in 3h")
    old = copy.deepcopy(story.room("#payments").card("[Go] [No-go]"))
    await tom.clicks("Abstain", on=old, stale=True)
    await ana.types("/release edit payments risk high")
    await ana.submits()
    for label in ("Go", "No-go", "Go if …", "Abstain"):
        seen = await bo_.clicks(label, on=old, stale=True)
        assert seen.modal is None and CHANGED in seen.text, label
    assert await votes(story) == {"tom": "abstain"}
