"""Nobody of QA answers: their question goes further, to people who are asked in their hours and whose go counts."""

from dataclasses import replace
from datetime import timedelta

from bot.release.policy import LIGHT, Escalation, Milestone, SignOff
from tests.story import Actor, Story


async def goes_further(story: Story, giver: Actor, to: Actor, after: timedelta) -> None:
    further = Escalation(after_opening=after, people=frozenset({to.id}))
    qa = SignOff("QA", people=frozenset({giver.id}), captain_may=False, deployer_may=False, escalation=further)
    await story.follows(replace(LIGHT, name="qa", is_default=True, sign_offs=(qa,), closes=Milestone()))


async def test_further_people_are_asked_and_their_go_decides(story: Story) -> None:
    ana, clara, tom = story.people("ana", "clara", "tom")
    await goes_further(story, clara, tom, timedelta(hours=2))
    await ana.types("/release new payments 2.14.0 today 16:00")
    assert "may give none" in (await ana.types(f"/release stand-in <@{tom.id}>")).text
    await story.until("09:59")
    assert tom.dm.messages == []
    await story.until("10:01")
    assert "payments 2.14.0: your go/no-go by 16:00 today." in tom.dm.reads("tom")
    assert "Asked too, as QA is still missing" in tom.dm.reads("tom")
    assert "The go/no-go is still missing: Tom may give it now, too." in " ".join(story.room("#payments").threads())
    assert "Clara" in (await ana.types("/release why")).text and "Tom" in (await ana.types("/release why")).text
    await tom.clicks("Go", in_="dm")
    stand = await story.release("payments 2.14.0")
    assert (stand.state, stand.votes) == ("approved", {"tom": "go"})
    assert "Your answer is not needed any more" in clara.dm.reads("clara")


async def test_nobody_is_asked_besides_where_it_is_given_in_time_or_where_they_lead_it(story: Story) -> None:
    ana, clara, tom = story.people("ana", "clara", "tom")
    await goes_further(story, clara, ana, timedelta(hours=1))
    await ana.types("/release new payments 2.14.0 today 16:00")
    await tom.types("/release new web 5.1 today 16:00")
    await clara.types("/release go web")
    await story.until("09:10")
    assert "your go/no-go" not in ana.dm.reads("ana"), "she leads one, and the other is given"
    assert "escalated" not in (await story.release("web 5.1")).history
    stand = await story.release("payments 2.14.0")
    assert "escalated" in stand.history
    await ana.types("/release go payments")
    assert (await story.release("payments 2.14.0")).votes == {}
