"""Who leads and who deploys, in turn: by time and by hand, told before, handed over with what is open."""

from datetime import timedelta

import pytest

from tests.story import Story


async def test_a_rotation_names_the_deployer_and_hands_on_by_time(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    payments = story.room("#payments")
    typed = f"/release rotation payments deployer <@{bo.id}> <@{tom.id}> every mon 10:00 Berlin"
    seen = await ana.types(typed)
    assert "Who deploys payments releases: every Monday 10:00 Berlin" in seen.text
    assert "• now: Bo\n• Mon 7 Dec 10:00: Tom\n• Mon 14 Dec 10:00: Bo" in seen.text
    assert "🔁" not in payments.reads(), "nothing is saved"
    saved = await ana.clicks("Save", on=seen.message)
    assert "payments deployer: Bo until Mon 7 Dec 10:00 · Bo → Tom" in saved.text
    assert "Ana set who deploys payments releases: Bo, Tom, every Monday 10:00 Berlin. Now: Bo." in payments.reads()

    planned = await ana.types("/release new payments 2.14.0 tomorrow 14:00")
    assert "Bo deploys it, by rotation." in planned.text
    assert "captain Ana · deployer Bo" in payments.reads()
    assert "By rotation you deploy payments 2.14.0 (REL-1), which Ana planned for" in bo.dm.reads("bo")

    await story.until("2026-12-04 09:00")
    assert "From Mon 7 Dec 10:00 you deploy payments releases, after Bo." in tom.dm.reads("tom")
    await story.until("2026-12-07 09:00")
    assert "Tom deploys payments releases until Mon 14 Dec 10:00; before: Bo." in payments.reads()
    handed = tom.dm.reads("tom")
    assert "You deploy payments releases until Mon 14 Dec 10:00: new ones are yours. Before you: Bo." in handed
    assert "payments 2.14.0" in handed, "what is open"
    assert "those you have stay yours" in bo.dm.reads("bo")
    await ana.types("/release new payments 2.15.0 tomorrow 14:00")
    assert "deployer Tom" in payments.reads()


@pytest.mark.once
async def test_by_hand_and_by_rotation_a_captain_is_named_who_can_be_overruled(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    seen = await ana.types(f"/release rotation payments captain <@{bo.id}> <@{tom.id}>")
    assert "Who leads payments releases: by hand" in seen.text
    await ana.clicks("Save", on=seen.message)
    planned = await ana.types("/release new payments 2.14.0 tomorrow 14:00")
    assert "Bo leads it, by rotation." in planned.text
    assert (await story.release("payments 2.14.0")).captain == "bo"
    await ana.clicks("Lead it yourself", on=planned.message)
    assert (await story.release("payments 2.14.0")).captain == "ana"

    seen = await bo.types("/release rotations payments")
    assert "payments captain: Bo · Bo → Tom · by hand" in seen.text
    await bo.clicks("Hand on now", on=seen.message)
    assert "Tom leads payments releases; before: Bo. (Bo handed it on)" in story.room("#payments").reads()
    assert "You lead payments releases: new ones are yours. Before you: Bo." in tom.dm.reads("tom")
    seen = await bo.clicks("Undo")
    assert "payments captain: Bo · Bo → Tom" in seen.text
    await bo.clicks("Hand on now", on=seen.message)
    await tom.types("/release away until mon 9:00")
    await ana.types("/release new payments 2.15.0 tomorrow 14:00")
    assert (await story.release("payments 2.15.0")).captain == "bo", "who is away is passed over"

    seen = await bo.types("/release rotations")
    gone = await bo.clicks("End", on=seen.message)
    assert "Nobody leads payments releases in turn any more." in gone.text
    back = await bo.clicks("Undo", on=gone.message)
    assert "Saved." in back.text


@pytest.mark.once
async def test_a_click_that_was_repeated_hands_on_once_and_what_is_ended_goes_on_where_it_was(story: Story) -> None:
    [ana] = story.people("ana")
    seen = await ana.types("/release rotation payments deployer @ana @bo @clara every 2 weeks on mon 10:00 Berlin")
    saved = await ana.clicks("Save", on=seen.message)
    await ana.clicks("Hand on now", on=saved.message)
    again = await ana.clicks("Hand on now", on=saved.message)
    assert "It was handed on or changed since that message: it is the turn of Bo now." in again.text
    await story.advance(days=45)
    turns = await ana.types("/release rotations payments")
    whose = turns.text.partition(" · ")[0].partition(" until ")[0]
    ended = await ana.clicks("End", on=turns.message)
    assert whose in (await ana.clicks("Undo", on=ended.message)).text, "whose turn it was goes on"


@pytest.mark.once
async def test_only_those_in_it_change_a_rotation_and_its_turn_is_passed_on(story: Story) -> None:
    ana, bo, clara, tom = story.people("ana", "bo", "clara", "tom")
    line = f"/release rotation payments captain <@{bo.id}> <@{clara.id}> <@{tom.id}> weekly mon 10:00 Berlin"
    seen = await bo.types(line)
    await bo.clicks("Save", on=seen.message)
    eve = story.people("eve")[0]
    refused = await eve.types(f"/release rotation payments captain <@{eve.id}>")
    assert "You can't change who leads payments releases: that is for Bo, those in it and release admins." in (
        refused.text
    )
    await story.until("2026-12-04 09:00")
    told = await clara.clicks("Pass it on", in_="dm")
    assert "Tom takes your turn for payments releases, and you take theirs." in told.text
    assert "From Mon 7 Dec 10:00 you lead payments releases, after Bo." in tom.dm.reads("tom")
    await story.until("2026-12-07 09:00")
    assert "Tom leads payments releases until Mon 14 Dec 10:00; before: Bo." in story.room("#payments").reads()
    await ana.types("/release new payments 2.14.0 tomorrow 14:00")
    assert (await story.release("payments 2.14.0")).captain == "tom"


@pytest.mark.once
async def test_handover_is_another_word_for_captain(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 tomorrow 14:00")
    await ana.types("/release new payments 2.15.0 tomorrow 16:00")
    seen = await ana.types(f"/release handover <@{bo.id}> payments 2.14.0")
    assert "Bo is the captain of payments 2.14.0 now, and has been told." in seen.text
    seen = await ana.types(f"/release handover <@{bo.id}> REL-2")
    assert "Bo is the captain of payments 2.15.0 now, and has been told." in seen.text
    assert "Ana made you the captain of payments 2.15.0" in bo.dm.reads("bo")


@pytest.mark.once
async def test_a_rotation_is_set_and_changed_in_a_dialog_and_turns_by_the_clock(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    payments = story.room("#payments")
    await ana.types("/release rotation")
    seen = await ana.submits(service="payments", role="captain", people=["bo", "tom"], when="every mon")
    assert "At what time?" in str(seen.errors)
    seen = await ana.submits(service="payments", role="captain", people=["bo", "tom"], when="every mon 10:00")
    assert "• now: Bo\n• Mon 7 Dec 10:00: Tom" in seen.text
    seen = await ana.submits()
    assert "payments captain: Bo until Mon 7 Dec 10:00 · Bo → Tom · every Monday 10:00 Berlin" in seen.text

    await story.restarts(after=timedelta(days=15))  # Wednesday the 16th: two Mondays went by
    await story.quiet()
    assert "Bo leads payments releases until" not in payments.reads(), "nobody else than before"
    listed = await ana.types("/release rotations")
    assert "payments captain: Bo until Mon 21 Dec 10:00" in listed.text
    await story.restarts(after=timedelta(days=7))
    await story.quiet()
    assert payments.reads().count("Tom leads payments releases until Mon 28 Dec 10:00; before: Bo.") == 1
    assert tom.dm.reads("tom").count("You lead payments releases") == 1

    listed = await ana.types("/release rotations")
    dialog = await ana.clicks("Change …", on=listed.message)
    assert "every Monday 10:00 Europe/Berlin starting 2026-12-28" in dialog.text
    seen = await ana.submits(people=["bo", "tom", "clara"])
    assert "• now: Tom" in seen.text and "• Mon 28 Dec 10:00: Clara" in seen.text
    await ana.submits()
    assert (
        "Ana set who leads payments releases: Bo, Tom, Clara, every Monday 10:00 Berlin. Now: Tom." in payments.reads()
    )


@pytest.mark.once
async def test_a_private_channels_rotation_names_nobody_elsewhere(story: Story) -> None:
    ana, bo, clara = story.people("ana", "bo", "clara")
    seen = await ana.types(f"/release rotation payments captain <@{bo.id}>", "#secret-launch")
    await ana.clicks("Save", on=seen.message)
    assert "Nobody takes turns" in (await clara.types("/release rotations")).text
    planned = await clara.types("/release new payments 2.14.0 tomorrow 14:00")
    assert "by rotation" not in planned.text
    assert (await story.release("payments 2.14.0")).captain == "clara"
    seen = await clara.types(f"/release rotation payments captain <@{clara.id}>")
    await clara.clicks("Save", on=seen.message)
    planned = await ana.types("/release new payments 2.15.0 tomorrow 14:00", "#secret-launch")
    assert "Bo leads it, by rotation." in planned.text
