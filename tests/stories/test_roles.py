"""Roles are shown and changed where people talk: admins by dialog, a captain by a name or a button."""

from tests.story import Story


async def test_admins_come_and_go_and_one_always_stays(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    seen = await bo.types("/release roles")
    assert "Release admins: Ana." in seen.text and "[Add an admin]" not in seen.text
    await ana.types("/release roles")
    dialog = await ana.clicks("Add an admin")
    assert "Who shall be a release admin?" in dialog.text
    assert "not Gus" in str((await ana.submits(people=["gus"])).errors)
    assert "Release admins: Ana and Bo." in (await ana.submits(people=["bo"])).text
    await ana.closes_modal()
    assert "Ana made you a release admin." in bo.dm.reads("bo")

    await bo.types("/release roles")
    await bo.clicks("Remove an admin")
    seen = await bo.submits(person="Ana")
    assert "Ana is no release admin any more. Release admins: Bo." in seen.text and "TMINUS_ADMINS" in seen.text
    await bo.closes_modal()
    assert "Only release admins can do this: Bo." in (await ana.types("/release setup")).text
    await bo.clicks("Remove an admin")
    assert "there is one only. Add another one first" in bo.dm.reads("bo") + str(bo.ephemerals)


async def test_a_release_is_handed_over_from_the_list_of_roles(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await ana.types("/release new payments 2.14.0 today 16:00")
    assert "Captain: Ana" in (await tom.types("/release roles")).text
    await ana.types("/release roles payments")
    await ana.clicks("Hand over")
    await ana.submits(person="tom")
    assert (await story.release("payments 2.14.0")).captain == "tom"
    assert "Ana made you the captain of payments 2.14.0: 🟡 Go/no-go open" in tom.dm.reads("tom")
    assert "Ana made Tom the captain of payments 2.14.0." in " ".join(story.room("#payments").threads())
    seen = await tom.types(f"/release captain <@{bo.id}>")
    assert "Bo is the captain of payments 2.14.0 now, and has been told." in seen.text
    assert "Tom made Bo the captain" not in ana.dm.reads("ana"), "she was not the captain any more"
