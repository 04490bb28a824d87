"""The same service and version may be planned in private and in public: neither finds out about the other."""

from dataclasses import replace

from storage.work import Work
from tests.story import Story


async def test_a_private_release_is_not_given_away_by_a_refused_twin(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await ana.types("/release new payments 3.0.0 tomorrow 14:00", in_="#secret-launch")

    seen = await tom.types("/release new payments 3.0.0 tomorrow 14:00", in_="#payments")
    assert "payments 3.0.0 is planned" in seen.text

    again = await tom.types("/release new payments 3.0.0 tomorrow 15:00", in_="#payments")
    assert "already planned for 14:00 tomorrow (REL-2)" in again.text
    twin = await ana.types("/release new payments 3.0.0 tomorrow 15:00", in_="#secret-launch")
    assert "already planned for 14:00 tomorrow (REL-1)" in twin.text


async def test_a_channel_made_private_takes_its_releases_with_it(story: Story) -> None:
    ana, finn = story.people("ana", "finn")
    await ana.types("/release new payments 2.14.0 tomorrow 14:00")
    assert "payments 2.14.0" in (await finn.types("/release status REL-1", in_="#general")).text

    def made_private(work: Work) -> None:
        row = work.people.channel(story.room("#payments").id)
        assert row is not None
        work.people.put_channel(replace(row, is_private=True))

    await story.app.store.write(made_private, workspace=story.app.workspace)
    seen = await finn.types("/release status REL-1", in_="#general")
    assert "There is no REL-1 here." in seen.text
    await finn.opens_home()
    assert "REL-1" not in str(finn.home)
    assert "payments 2.14.0" in (await ana.types("/release status REL-1", in_="#general")).text


async def test_many_private_releases_hide_no_public_one(story: Story) -> None:
    """Nor one of a private channel from its members, however many there are in another."""
    ana, tom = story.people("ana", "tom")
    await ana.types("/release new payments 1.0 tomorrow 14:00", in_="#payments")
    for patch in range(7):
        await ana.types(f"/release new payments 9.{patch} tomorrow 09:00", in_="#secret-launch")
    seen = await tom.types("/release status payments", in_="#payments")
    assert "payments 1.0" in seen.text and "I know no release" not in seen.text
    seen = await tom.types("/release status payments", in_="#general")
    assert "payments 1.0" in seen.text and "9." not in seen.text
    await tom.types("/release hold payments broken", in_="#general")
    assert (await story.release("payments 1.0")).state == "on_hold"
