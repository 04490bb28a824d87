"""The release day, from the plan to the retrospective, as people live it."""

import pytest

from tests.story import Story


@pytest.mark.everywhere
async def test_the_release_day(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    seen = await ana.types("/release new payments 2.14.0 tomorrow 14:00", in_="#payments")
    print(seen.text)
    print(story.room("#payments").reads())
    seen = await bo.clicks("Go")
    print(seen.text)
    await story.advance(hours=30)
    print(story.room("#payments").reads())
    assert 0
