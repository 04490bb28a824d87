"""Who mutes a service hears nothing of it that is only for their information, and all that is theirs to do."""

from tests.story import Actor, Story


def direct(who: Actor) -> str:
    return who.dm.reads(who.name)


async def test_the_reminder_for_information_is_muted_and_what_is_owed_never(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    seen = await ana.types("/release mute payments", in_="#payments")
    assert "Muted: payments." in seen.text and "What is yours to do still comes" in seen.text
    await tom.types("/release mute all", in_="#payments")
    await ana.types("/release new payments 2.14.0 thu 14:00", in_="#payments")
    await ana.types("/release new ledger 1.0 thu 15:00", in_="#payments")
    await story.until("2026-12-02 15:00")
    assert "ledger 1.0 goes live" in direct(ana) and "payments 2.14.0 goes live" not in direct(ana)
    assert "payments 2.14.0" in direct(tom), "whose go is asked is asked"
    await tom.types("/release go payments", in_="#payments")
    await story.until("2026-12-03 12:55")
    assert "Start deploy" in direct(ana), "the deploy is hers to start"


async def test_until_a_time_or_until_unmuted(story: Story) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types("/release mute payments until wed 9:00")
    assert "Muted: payments until 09:00" in seen.text
    assert "What you mute (1)" in (await ana.types("/release mute list")).text
    await story.until("2026-12-02 08:01")
    assert "You mute nothing." in (await ana.types("/release mute list")).text
    await ana.types("/release mute")
    await ana.submits({"Which service?": "all"})
    assert "Muted: all services." in ana.reads(ana.modal)
    await ana.closes_modal()
    assert "You don't mute ledger. You mute all services." in (await ana.types("/release unmute ledger")).text
    seen = await ana.clicks("Unmute all", on=(await ana.types("/release mute list")).message)
    assert "You hear of all services as before." in seen.text
