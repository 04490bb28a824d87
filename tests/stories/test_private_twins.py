"""The same service and version may be planned in private and in public: neither finds out about the other."""

from tests.story import Story


async def test_a_private_release_is_not_given_away_by_a_refused_twin(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await ana.types("/release new payments 3.0.0 tomorrow 14:00", in_="#secret-launch")

    seen = await tom.types("/release new payments 3.0.0 tomorrow 14:00", in_="#payments")
    assert "payments 3.0.0 is planned" in seen.text

    again = await tom.types("/release new payments 3.0.0 tomorrow 15:00", in_="#payments")
    assert "already planned as REL-2" in again.text
    twin = await ana.types("/release new payments 3.0.0 tomorrow 15:00", in_="#secret-launch")
    assert "already planned as REL-1" in twin.text
