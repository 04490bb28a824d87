"""Whoever becomes a guest can do no more than who has left: it is noticed at once, and nothing waits for them."""

import copy

import pytest

from tests.stories.test_coming_and_going import asked, leaves
from tests.stories.test_conditions import goes_if
from tests.story import Actor, Story

#: The rules alone: they are the same in every mode and on every database.
pytestmark = pytest.mark.once


async def becomes_a_guest(story: Story, who: Actor) -> None:
    await who.changes(is_restricted=True)
    await story.quiet()


async def test_their_no_go_does_not_vanish_without_a_word(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await asked(story, bo, tom)
    await ana.types("/release new payments 2.14.0 today 18:00")
    await bo.types("/release no-go payments the scan is red")
    await tom.types("/release go payments")
    await becomes_a_guest(story, bo)
    said = story.room("#payments").reads()
    assert "@Ana Bo is a guest now: their no-go does not count any more." in said
    assert (await story.release("payments")).state == "approved"
    assert "Bo is a guest now: their no-go" in (await ana.types("/release history payments")).text


async def test_they_read_nothing_new_of_a_channel_that_they_are_not_in(story: Story) -> None:
    ana, eve, finn = story.people("ana", "eve", "finn")
    await asked(story, finn, eve)
    await ana.types("/release new payments 3.0 today 18:00")
    await finn.opens_home()
    assert "payments 3.0" in str(finn.home)
    await story.until("14:30")
    await becomes_a_guest(story, finn)
    await ana.types("/release hold payments between us")
    assert "between us" not in finn.dm.reads("finn")
    assert "This was about a release in a channel that you are not in, and you are a guest" in finn.dm.reads("finn")
    assert "payments 3.0" not in finn.reads("home"), finn.reads("home")


async def test_what_their_go_depended_on_is_asked_of_nobody_and_counts_for_nothing(story: Story) -> None:
    ana, bo, tom, eve = story.people("ana", "bo", "tom", "eve")
    await asked(story, bo, eve)
    await ana.types("/release new payments 2.14.0 today 18:00")
    await goes_if(bo, "smoke test green", owner="tom", due="8:00")
    old = copy.deepcopy(tom.dm.last)
    await becomes_a_guest(story, bo)
    assert "“smoke test green” — nothing depends on it any more." in tom.dm.reads("tom")
    refused = await tom.clicks("Done", on=old, stale=True)
    assert "Bo's answer does not count any more" in refused.text
    assert "Bo's go counts" not in story.room("#payments").reads()
    await story.until("13:05")
    assert "is asked again" not in story.room("#payments").reads() + tom.dm.reads("tom")
    assert (await story.release("payments")).state == "open"


async def test_what_they_were_to_see_to_is_its_voters(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await asked(story, bo)
    await ana.types("/release new payments 2.14.0 today 18:00")
    await goes_if(bo, "smoke test green", owner="tom")
    await becomes_a_guest(story, tom)
    room = story.room("#payments")
    assert "go if “smoke test green” (Bo," in room.reads()
    assert "“smoke test green”: Bo sees to it now, by 18:00 today: Tom is a guest now." in room.threads()[-1]


async def test_somebody_else_takes_over_what_they_lead(story: Story) -> None:
    bo, tom = story.people("bo", "tom")
    await asked(story, bo)
    await tom.types("/release new payments 2.14.0 today 16:00")
    await becomes_a_guest(story, tom)
    card = story.room("#payments").reads("bo")
    assert "payments 2.14.0 has lost its captain: Tom is a guest now." in card
    assert "⚠️ Tom, its captain, is a guest now." in card and "[Take over]" in card
    await tom.changes(is_restricted=False)
    await story.quiet()
    assert "⚠️ Tom" not in story.room("#payments").reads("bo")


async def test_who_leads_it_as_a_guest_reads_nothing_more_of_a_channel_that_they_are_not_in(story: Story) -> None:
    ana, bo, finn = story.people("ana", "bo", "finn")
    await asked(story, bo)
    await ana.types("/release new payments 3.0 today 18:00")
    await ana.types(f"/release captain payments <@{finn.id}>")
    await finn.opens_home()
    await becomes_a_guest(story, finn)
    await ana.types("/release hold payments between us")
    assert "between us" not in finn.dm.reads("finn") + finn.reads("home")


async def test_who_left_and_came_back_is_told_how_it_stands_and_of_no_guest(story: Story) -> None:
    ana, bo, finn = story.people("ana", "bo", "finn")
    await asked(story, finn, bo)
    await finn.opens_home()
    await ana.types("/release new payments 3.0 today 18:00")
    await story.until("14:30")
    await leaves(story, finn)
    await bo.types("/release go payments")
    await leaves(story, finn, gone=False)
    assert "guest" not in finn.dm.reads("finn")
    await ana.types("/release setup")
    assert "✅ Nothing was given up." in (await ana.types("/release health")).text


async def test_who_is_a_full_member_again_reads_what_they_read_before(story: Story) -> None:
    ana, eve, finn = story.people("ana", "eve", "finn")
    await asked(story, finn, eve)
    await ana.types("/release new payments 3.0 today 18:00")
    await story.until("14:30")
    await eve.types("/release go payments")
    await story.quiet()
    before = finn.dm.reads("finn")
    await becomes_a_guest(story, finn)
    assert "you are a guest now" in finn.dm.reads("finn")
    await finn.changes(is_restricted=False)
    await story.quiet()
    assert finn.dm.reads("finn") == before


async def test_an_admin_who_is_a_guest_now_hears_of_no_release_of_channels_they_are_not_in(story: Story) -> None:
    ana, bo, finn = story.people("ana", "bo", "finn")
    await ana.types("/release roles")
    await ana.clicks("Add an admin")
    await ana.submits(people=["finn"])
    await ana.closes_modal()
    await becomes_a_guest(story, finn)
    await bo.types("/release new moonshot 1.0 today 18:00", in_="#secret-launch")
    await leaves(story, bo)
    assert "moonshot" not in finn.dm.reads("finn")
    assert "moonshot 1.0 has lost its captain" in ana.dm.reads("ana")
