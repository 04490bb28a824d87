"""Countries change their clocks: people are asked, once and in words, what a planned time shall mean then."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.story import Actor, Story


async def planned_under_older_rules(story: Story, ana: Actor, *, off: timedelta) -> None:
    """As if Berlin's clocks had been set otherwise when it was planned: its instant was so much later."""
    await ana.types("/release new payments 2.14.0 fri 14:00")

    def older(work: Any) -> None:
        found = work.releases.find("payments")[0]
        release = work.releases.lock(found.id)
        release.planned = replace(release.planned, at=release.planned.at + off, tzdata="2020a")
        work.releases.save(release)

    await story.app.store.write(older, workspace=story.app.workspace)
    await story.restarts()
    await story.quiet()


@pytest.mark.everywhere
async def test_the_captain_is_asked_once_and_keeps_the_wall_clock(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await planned_under_older_rules(story, ana, off=timedelta(hours=1))
    asked = ana.dm.reads("ana")
    assert "🕰️ payments 2.14.0: the rules of time zones changed. 14:00 in Berlin is 1 h earlier than it was." in asked
    assert "It was agreed for Fri 4 Dec 14:00." in asked
    assert "[Keep 14:00 on the clock] [Keep the moment, now 15:00]" in asked
    await story.restarts()
    assert ana.dm.reads("ana").count("🕰️") == 1, "once"
    seen = await ana.clicks("Keep 14:00 on the clock", in_="dm")
    assert "payments 2.14.0 stays at 14:00 on the clock: Fri 4 Dec 14:00 Berlin." in seen.text
    assert (await story.release("payments 2.14.0")).planned == "2026-12-04 14:00 Europe/Berlin"
    assert "it is planned for 14:00 Dec 4" in ana.dm.reads("ana")
    await bo.types("/release go")
    await story.until("2026-12-04 12:55")
    assert "deploy at 14:00" in ana.dm.reads("ana")


async def test_the_moment_can_be_kept_instead(story: Story) -> None:
    (ana,) = story.people("ana")
    await planned_under_older_rules(story, ana, off=timedelta(hours=1))
    seen = await ana.clicks("Keep the moment, now 15:00", in_="dm")
    assert "payments 2.14.0 stays when it was: Fri 4 Dec 15:00 Berlin." in seen.text
    stand = await story.release("payments 2.14.0")
    assert stand.planned == "2026-12-04 15:00 Europe/Berlin"
    assert stand.history[-2:] == ["rules_changed", "time_kept"]
    seen = await ana.types("/release timeline")
    assert "15:00 Dec 4  Deploy" in seen.text


async def test_nobody_is_asked_where_the_new_rules_change_nothing(story: Story) -> None:
    (ana,) = story.people("ana")
    await planned_under_older_rules(story, ana, off=timedelta())
    assert "🕰️" not in ana.dm.reads("ana")
    assert "rules_changed" not in (await story.release("payments 2.14.0")).history


async def test_until_the_captain_says_the_card_and_the_plan_say_what_is_open_and_then_the_moment_stays(
    story: Story,
) -> None:
    (ana,) = story.people("ana")
    await planned_under_older_rules(story, ana, off=timedelta(hours=1))
    open_question = (
        "Agreed for 14:00 Berlin, which is 1 h earlier under new rules of time zones. It goes live 15:00 Dec 4 unless "
        "Ana says otherwise until 14:00 Dec 4."
    )
    assert open_question in story.room("#payments").reads()
    assert open_question in (await ana.types("/release timeline")).text
    assert open_question in (await ana.types("/release status")).text
    assert "If you don't say until Fri 4 Dec 14:00, the moment stays." in ana.dm.reads("ana")
    await story.until("2026-12-04 12:59")
    assert "Agreed for 14:00 Berlin" in story.room("#payments").reads()
    await story.until("2026-12-04 13:01")
    stand = await story.release("payments 2.14.0")
    assert stand.planned == "2026-12-04 15:00 Europe/Berlin" and "time_kept" in stand.history
    assert "Agreed for" not in story.room("#payments").reads()
    assert "[Keep 14:00 on the clock]" not in ana.dm.reads("ana")
    assert "payments 2.14.0: nobody chose, so it stays when it was, 15:00" in story.room("#payments").reads()


async def test_a_release_that_was_moved_meanwhile_has_nothing_left_to_settle(story: Story) -> None:
    (ana,) = story.people("ana")
    await planned_under_older_rules(story, ana, off=timedelta(hours=-1))
    assert "Agreed for 14:00 Berlin, which is 1 h later under new rules" in story.room("#payments").reads()
    await ana.types("/release reschedule sat 14:00")
    assert "Agreed for" not in story.room("#payments").reads()
    await story.until("2026-12-04 14:00")
    assert (await story.release("payments 2.14.0")).planned == "2026-12-05 14:00 Europe/Berlin"
    assert "nobody chose" not in story.room("#payments").reads()
