"""Whose a train or a rotation is to make, to see and to change."""

from dataclasses import replace

import pytest

from bot.release.policy import LIGHT, Role
from tests.story import Story


@pytest.mark.once
async def test_a_private_channels_train_is_known_to_its_members_alone(story: Story) -> None:
    ana, bo, clara = story.people("ana", "bo", "clara")
    seen = await bo.types("/release train payments every tue 14:00 Berlin starting 8 dec lead 6d", "#secret-launch")
    await bo.clicks("Save", on=seen.message)
    assert "payments" in (await ana.types("/release trains", "#secret-launch")).text
    assert "There is no train." in (await clara.types("/release trains")).text
    refused = await clara.types("/release train skip payments")
    assert "There is no train “payments”." in refused.text
    mine = await clara.types("/release train payments every tue 14:00 Berlin starting 8 dec")
    assert "The payments train is saved" in (await clara.clicks("Save", on=mine.message)).text
    await story.until("2026-12-04 13:00")
    assert "payments 2026-12-08" in story.room("#secret-launch").reads("bo")
    heard = story.room("#payments").reads()
    assert "payments 2026-12-08" in heard, "each makes its own"
    assert "secret" not in heard and "REL-1 " not in heard


@pytest.mark.once
async def test_a_train_that_leaves_its_private_channel_tells_its_new_captain_nothing_of_before(story: Story) -> None:
    bo, clara = story.people("bo", "clara")
    line = "/release train payments every tue 14:00 Berlin starting 8 dec lead 6d version 2026.{n}"
    seen = await bo.types(line, "#secret-launch")
    await bo.clicks("Save", on=seen.message)
    await story.until("2026-12-03 08:00")
    listed = await bo.types("/release trains")
    await bo.clicks("Edit …", on=listed.message)
    await bo.submits(channel="#payments", captains=["clara"])
    await bo.submits()
    await story.until("2026-12-10 08:00")
    told = clara.dm.reads("clara")
    assert "You lead payments 2026.2" in told and "2026.1" not in told


@pytest.mark.once
async def test_a_train_whose_captain_has_left_goes_on_and_asks_for_another(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    seen = await bo.types("/release train payments every tue 14:00 Berlin starting 8 dec version 2026.{n}")
    await bo.clicks("Save", on=seen.message)
    await bo.changes(deleted=True)
    await story.until("2026-12-04 13:00")
    assert await story.has_release("payments 2026.1")
    assert "payments 2026.1 has lost its captain: Bo left this workspace." in story.room("#payments").reads()
    seen = await ana.types("/release train skip payments 15 dec")
    assert "Skipped: the departure of payments on Tue 15 Dec 14:00." in seen.text, "an admin may"


@pytest.mark.once
async def test_a_train_is_made_by_those_who_may_plan_there_and_paused_in_a_dialog(story: Story) -> None:
    clara, gus = story.people("clara", "gus")
    line = "/release train payments every tue 14:00 Berlin starting 8 dec version {n}"
    assert "Only full members of this workspace can act on releases" in (await gus.types(line, "dm")).text
    seen = await clara.types(line)
    await clara.clicks("Save", on=seen.message)
    listed = await clara.types("/release trains")
    await clara.clicks("Pause …", on=listed.message)
    seen = await clara.submits(until="2026-11-30")
    assert "Please name a day after today" in str(seen.errors)
    seen = await clara.submits(until="2026-12-20")
    assert "The payments train is paused until Sun 20 Dec. Next departure: Tue 22 Dec 14:00." in seen.text
    listed = await clara.types("/release trains")
    assert "paused until Sun 20 Dec" in listed.text
    resumed = await clara.clicks("Resume", on=listed.message)
    assert "The payments train runs again. Next departure: Tue 8 Dec 14:00." in resumed.text
    skipped = await clara.types("/release train skip payments tue the offsite")
    assert "Skipped: the departure of payments on Tue 8 Dec 14:00. Next departure: Tue 15 Dec 14:00." in skipped.text


@pytest.mark.once
async def test_where_the_policy_lets_admins_alone_plan_they_alone_make_trains_and_rotations(story: Story) -> None:
    ana, clara = story.people("ana", "clara")
    await story.follows(replace(LIGHT, name="strict", is_default=True, create=frozenset({Role.ADMIN})))
    line = "/release train payments every tue 14:00 Berlin starting 8 dec version {n}"
    assert "the strict policy leaves that to release admins" in (await clara.types(line)).text
    rotation = f"/release rotation payments captain <@{clara.id}>"
    assert "the strict policy leaves that to release admins" in (await clara.types(rotation)).text
    seen = await ana.types(f"{line} captains <@{clara.id}>")
    await ana.clicks("Save", on=seen.message)
    listed = await clara.types("/release trains")
    await clara.clicks("Edit …", on=listed.message)
    refused = await clara.submits(service="checkout")
    assert "the strict policy leaves that to release admins" in str(refused.errors) + refused.text


@pytest.mark.once
@pytest.mark.parametrize("typed", ["22", "22 dce everybody is away"])
async def test_what_looks_like_a_day_and_is_none_is_asked_about_and_is_no_reason(story: Story, typed: str) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types("/release train payments every tue 14:00 Berlin starting 15 dec version 2026.{n}")
    await ana.clicks("Save", on=seen.message)
    asked = await ana.types(f"/release train skip payments {typed}")
    assert "is no day that I know. Which departure shall be skipped?" in asked.text, asked.text
    assert "skips the departure" not in story.room("#payments").reads()
    assert "put “because” before it" in asked.text
    await ana.clicks("Tue 22 Dec 14:00", on=asked.message)
    said = story.room("#payments").reads()
    assert "Ana skips the departure of payments on Tue 22 Dec 14:00" in said
    assert ("everybody is away" in typed) == ("“everybody is away”" in said)


@pytest.mark.once
@pytest.mark.parametrize("why", ["3 of us are ill", "because 22 decc"])
async def test_a_reason_may_begin_with_a_number(story: Story, why: str) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types("/release train payments every tue 14:00 Berlin starting 15 dec version 2026.{n}")
    await ana.clicks("Save", on=seen.message)
    skipped = await ana.types(f"/release train skip payments {why}")
    assert "Skipped: the departure of payments on Tue 15 Dec 14:00." in skipped.text


async def test_a_pause_that_is_said_without_a_day_asks_for_one_where_no_dialog_can_open(story: Story) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types("/release train payments every tue 14:00 Berlin version 2026.{n}")
    await ana.clicks("Save", on=seen.message)
    said = await ana.types("train pause payments", in_="dm")
    assert "Until which day? For example /release train pause 1 until 10 jan." in said.text
    assert "is paused until Sun 10 Jan 2027" in (await ana.types("train pause 1 until 10 jan", in_="dm")).text


@pytest.mark.once
async def test_a_departure_whose_release_is_made_is_listed_with_it_until_it_has_left(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    seen = await ana.types("/release train payments every 2nd tue 14:00 Europe/Berlin starting 15 dec version 2026.{n}")
    await ana.clicks("Save", on=seen.message)
    await story.until("2026-12-11 13:00")
    made = "• Tue 15 Dec 14:00 — payments 2026.1 (REL-1), captain Ana: 🟡 Go/no-go open until"
    listed = (await bo.types("/release trains")).text
    assert listed.index(made) < listed.index("• Tue 29 Dec 14:00 — payments 2026.2")

    await ana.types("/release reschedule REL-1 wed 10:00")
    moved = (await bo.types("/release trains")).text
    assert (
        "• Tue 15 Dec 14:00 — payments 2026.1 (REL-1), captain Ana, moved to Wed 16 Dec 10:00: 🟡 Go/no-go open"
        in moved
    )
    await story.until("2026-12-15 18:00")
    assert "payments 2026.1 (REL-1)" in (await bo.types("/release trains")).text, "it has not left yet"
    await bo.types("/release go REL-1")
    await ana.types("/release shipped REL-1")
    assert "payments 2026.1" not in (await bo.types("/release trains")).text

    await story.until("2026-12-26 13:00")
    await ana.types("/release cancel REL-2 holidays")
    assert "• Tue 29 Dec 14:00 — payments 2026.2 (REL-2), captain Ana: " in (await bo.types("/release trains")).text


async def test_what_its_captain_was_told_stays_true(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release train search every weekday 14:00 Berlin")
    await ana.clicks("Save")
    await story.until("2026-12-02 10:00")
    assert "You lead search 2026-12-03 (REL-3)" in ana.dm.reads("ana"), "its captain is told when it is made"
    await ana.types("/release version REL-3 4.2")
    told = ana.dm.reads("ana").split("You lead search 4.2 (REL-3), the search train of Thu 3 Dec 14:00")[1]
    assert "It has no version yet" not in told
    await bo.types("/release go REL-3")
    assert "✅ Go" in ana.dm.reads("ana").split("You lead search 4.2")[1]
    await ana.types("/release captain REL-3 @bo")
    assert "search 4.2 (REL-3): Bo leads it now. ✅ Go" in ana.dm.reads("ana")
    await ana.types("/release cancel REL-2 audit")
    assert "🚫 Cancelled" in ana.dm.reads("ana").split("You lead search 2026-12-02 (REL-2)")[1]
