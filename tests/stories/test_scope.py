"""An edit asks again exactly those whose answer it touches, and shows them what changed."""

from dataclasses import replace

from bot.release.policy import LIGHT, Cover, SignOff
from tests.story import Actor, Story

CI = "https://ci.example.com/412 tests"


async def scoped(story: Story, **otherwise: object) -> list[Actor]:
    """QA is Bo and vouches for what's in it, Operations Tom for how to roll it back, Security Clara for all of it."""
    ana, bo, clara, tom = story.people("ana", "bo", "clara", "tom")
    sign_offs = (
        SignOff("QA", people=frozenset({bo.id}), covers=frozenset({Cover.CHANGES})),
        SignOff("Operations", people=frozenset({tom.id}), covers=frozenset({Cover.ROLLBACK_PLAN})),
        SignOff("Security", people=frozenset({clara.id}), covers=frozenset(Cover)),
    )
    policy = replace(LIGHT, name="scoped", is_default=True, sign_offs=sign_offs, close="deadline")
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
    assert "Changing this asks QA again." in hints
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
