"""Who mutes a service hears nothing of it that is only for their information, and all that is theirs to do."""

from dataclasses import replace

from bot.release.policy import LIGHT, Milestone, steps
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
    assert "Muted: payments until 00:00 Dec 4" in (await ana.types("/release mute payments until Friday!")).text
    assert (
        "“next friday” can be this week or the next."
        in (await ana.types("/release mute payments until next friday")).text
    )
    assert "Until when? /release mute payments until mon" in (await ana.types("/release mute payments until")).text
    assert "for example /release mute all until mon 9:00" in (await ana.types("/release mute payments until now")).text
    seen = await ana.types("/release mute until friday")
    assert seen.text == "Which service? /release mute all until friday mutes them all until then."
    await ana.types("/release mute")
    await ana.submits({"Which service?": "all"})
    assert "Muted: all services." in ana.reads(ana.modal)
    await ana.closes_modal()
    assert "You don't mute ledger. You mute all services." in (await ana.types("/release unmute ledger")).text
    seen = await ana.clicks("Unmute all", on=(await ana.types("/release mute list")).message)
    assert "You hear of all services as before." in seen.text


async def test_what_nobody_owes_is_muted_everywhere_and_what_they_do_owe_is_told(story: Story) -> None:
    """That a turn is somebody else's is heard of ledger, not of payments; what begins or ends to be theirs, of both."""
    ana, bo, tom = story.people("ana", "bo", "tom")
    planned = steps((Milestone(working_days=1, at="10:00"), "remind", "Warm the caches", frozenset({"captain"})))
    await story.follows(
        replace(LIGHT, name="ours", services=("payments", "ledger"), timeline=planned, version=0),
    )
    await ana.types("/release mute payments")
    for service in ("payments", "ledger"):
        seen = await bo.types(f"/release rotation {service} deployer @ana @tom")
        await bo.clicks("Save", on=seen.message)
        await bo.types(f"/release new {service} 1.0 thu 14:00")
        await bo.types(f"/release captain {service} <@{ana.id}>")
    heard = direct(ana)
    assert heard.count("made you the captain of payments 1.0") == 1, "a duty"
    assert heard.count("made you the captain of ledger 1.0") == 1
    await story.until("2026-12-02 15:01")
    assert direct(ana).count("Warm the caches") == 2
    for service in ("payments", "ledger"):
        await bo.types(f"/release captain {service} <@{tom.id}>")
        turns = await bo.types(f"/release rotations {service}")
        await bo.clicks("Hand on now", on=turns.message)
    heard = direct(ana)
    assert "Bo made Tom the captain of ledger 1.0." in heard and "Bo made Tom the captain of payments 1.0." in heard
    assert "Tom deploys ledger releases now; those you have stay yours." in heard
    assert "Tom deploys payments releases now" not in heard


async def test_mute_off_mutes_nothing_called_off_and_help_names_the_way_back(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release mute payments")
    seen = await ana.types("/release mute off")
    assert "What you mute (1)\npayments" in seen.text and "[Unmute payments]" in seen.text
    assert "/release unmute [<service or all>]" in (await ana.types("/release help mute")).text
