"""A change freeze keeps releases from their deploy: it is shown before it is saved, on cards, and in every refusal."""

from tests.story import Actor, Story


async def frozen(story: Story, text: str = "now to thu 08:00 payments because the books close") -> Actor:
    """Ana, the admin, has declared it from #payments."""
    [ana] = story.people("ana")
    await ana.types(f"/release freeze {text}")
    await ana.clicks("Freeze it")
    return ana


async def test_a_freeze_is_shown_before_it_is_saved_and_refuses_a_deploy(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    payments = story.room("#payments")
    await tom.types("/release new payments 2.14.0 today 15:00")
    await bo.types("/release go")

    shown = await ana.types("/release freeze today 14:00 to thu 08:00 payments because the books close")
    assert "Not saved yet: a freeze of payments, 14:00 today – 08:00 Dec 3: “the books close”" in shown.text
    assert "1 release is planned inside it: payments 2.14.0 (REL-1) 15:00 today. Its captain is told." in shown.text
    assert "Frozen" not in payments.reads() and "freeze" not in payments.reads()
    saved = await ana.clicks("Freeze it")
    assert "It holds: a freeze of payments" in saved.text and "(freeze 1)" in saved.text
    said = payments.reads()
    assert "❄️ Ana declared a freeze of payments, 14:00 today – 08:00 Dec 3: “the books close” (freeze 1)." in said
    assert "❄️ The freeze of payments (freeze 1) lasts until 08:00 Dec 3: “the books close”." in said
    assert "Next free: 09:00 Dec 3" in said and "[Take Thu 3 Dec 09:00 Berlin]" in said
    told = tom.dm.reads("tom")
    assert "payments 2.14.0 (REL-1) is planned for 15:00 today, inside a freeze that Ana declared." in told

    why = await tom.types("/release why")
    assert "payments 2.14.0 is go. A freeze keeps it from its deploy:" in why.text
    assert "❄️ The freeze of payments (freeze 1) lasts until 08:00 Dec 3" in why.text
    await story.until("13:30")
    for tried in ("/release deploy start", "/release shipped", "/release deploy"):
        no = await tom.types(tried)
        assert "You can't start payments 2.14.0 now:" in no.text
        assert "❄️ The freeze of payments (freeze 1) lasts until 08:00 Dec 3: “the books close”." in no.text
    pressed = await tom.clicks("Start deploy")
    assert "You can't start payments 2.14.0 now:" in pressed.text
    assert (await story.release("payments 2.14.0")).state == "approved"

    taken = await tom.clicks("Take Thu 3 Dec 09:00 Berlin")
    assert "is now planned for Thu 3 Dec 09:00 Berlin" in taken.text
    assert "lasts until" not in payments.reads("eve")
    await bo.types("/release go")
    await story.until("2026-12-03 08:00")
    await tom.types("/release deploy start")
    assert (await story.release("payments 2.14.0")).state == "deploying"
