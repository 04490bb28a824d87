"""What nobody needs any more is forgotten; what is still needed stays."""

from datetime import timedelta

from storage.work import Work
from tests.story import Story


async def test_answers_are_kept_for_two_days_and_no_longer(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 in 30 days")
    await bo.clicks("Go")

    await story.advance(hours=47)
    await story.app.forget()
    await story.advance(hours=2)

    def old_answers(work: Work) -> int:
        return work.keys.forget_before(story.clock.now() - timedelta(hours=48))

    assert await story.app.store.write(old_answers, workspace=story.app.workspace) == 2
    assert (await story.release("payments 2.14.0")).votes == {"bo": "go"}
