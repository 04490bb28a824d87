"""A preview's button is pressed once: again it says that it is so already, and what is newer than it stays."""

import pytest

from tests.story import Story

pytestmark = pytest.mark.once


async def test_a_rotation_is_saved_and_told_once(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    payments = story.room("#payments")
    typed = f"/release rotation payments deployer <@{ana.id}> <@{bo.id}> every mon 10:00 Berlin"
    seen = await ana.types(typed)
    await ana.clicks("Save", on=seen.message)
    again = await ana.clicks("Save", on=seen.message, stale=True)
    assert "That is so already." in again.text and "payments deployer: Ana until Mon 7 Dec 10:00" in again.text
    assert payments.reads().count("set who deploys payments releases") == 1
    await story.until("2026-12-09 09:00")
    assert "Bo until Mon 14 Dec 10:00" in (await ana.types("/release rotations")).text
    typed = typed.replace("mon 10:00", "wed 10:00")
    newer = await ana.types(f"/release rotation payments deployer <@{bo.id}> <@{ana.id}> every tue 10:00 Berlin")
    older = await ana.types(typed)
    await ana.clicks("Save", on=newer.message)
    refused = await ana.clicks("Save", on=older.message, stale=True)
    assert "It was changed since that was shown: " in refused.text and "every Tuesday 10:00 Berlin" in refused.text
    assert payments.reads().count("set who deploys payments releases") == 2
    assert "every Tuesday 10:00 Berlin" in (await ana.types("/release rotations")).text


async def test_an_ended_rotation_is_put_back_once(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    seen = await ana.types(f"/release rotation payments deployer <@{ana.id}> <@{bo.id}> every mon 10:00 Berlin")
    await ana.clicks("Save", on=seen.message)
    ended = await ana.clicks("End", on=(await ana.types("/release rotations")).message)
    assert "Saved." in (await ana.clicks("Undo", on=ended.message)).text
    assert "That is so already." in (await ana.clicks("Undo", on=ended.message, stale=True)).text


async def test_a_channel_is_subscribed_and_told_once(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    duo = story.room("#duo")
    seen = await tom.types("/release subscribe payments milestones weekly mon 9:00", in_="#duo")
    await tom.clicks("Subscribe", on=seen.message)
    again = await tom.clicks("Subscribe", on=seen.message, stale=True)
    assert "This channel hears that already: payments: milestones: " in again.text
    assert duo.reads().count("subscribed this channel to") == 1

    older = await tom.types("/release subscribe payments all", in_="#duo")
    newer = await ana.types("/release subscribe payments outcomes", in_="#duo")
    await ana.clicks("Subscribe", on=newer.message)
    refused = await tom.clicks("Subscribe", on=older.message, stale=True)
    assert "It was changed since that was shown. Now #duo hears of payments: outcomes: " in refused.text
    assert duo.reads().count("subscribed this channel to") == 2


async def test_a_freeze_is_changed_once_and_not_back_to_what_was_older(story: Story) -> None:
    (ana,) = story.people("ana")
    payments = story.room("#payments")
    await ana.types("/release setup")
    seen = await ana.types("/release freeze fri 16:00 to mon 08:00 because inventory")
    declared = await ana.clicks("Freeze it", on=seen.message)
    older = await ana.types("/release freeze change 1 fri 14:00 to mon 08:00")
    newer = await ana.types("/release freeze change 1 fri 18:00 to mon 08:00")
    opened = await ana.types("/release freeze change 1")
    await ana.clicks("Change it", on=newer.message)
    again = await ana.clicks("Change it", on=newer.message, stale=True)
    assert "It is so already: a freeze of everything, 18:00 Dec 4" in again.text
    refused = await ana.clicks("Change it", on=older.message, stale=True)
    assert "It was changed since that was shown. Now it is a freeze of everything, 18:00 Dec 4" in refused.text
    assert opened.modal is not None
    late = await ana.submits({"Why?": "the books"})
    assert "since that was shown. Now it is a freeze of everything, Fri 4 Dec 18:00" in late.errors["channel"]
    assert payments.reads().count("changed a freeze") == 1
    refused = await ana.clicks("Lift", on=declared.message, stale=True)
    assert "It was changed since that was shown. Now it is a freeze of everything, 18:00 Dec 4" in refused.text
    assert "18:00 Dec 4" in (await ana.types("/release freezes")).text
