"""What nobody needs any more is forgotten; what is still needed stays."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, event, insert, select

from storage.tables import keys
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
        return work.keys.forget_before(story.clock.now() - timedelta(hours=48), 100)

    assert await story.app.store.write(old_answers, workspace=story.app.workspace) == 2
    assert (await story.release("payments 2.14.0")).votes == {"bo": "go"}


async def test_a_great_deal_that_is_old_is_forgotten_a_little_at_a_time(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 2.14.0 in 30 days")
    app, old = story.app, story.clock.now() - timedelta(days=3)
    at_once: list[int] = []

    def answered(work: Work) -> None:
        rows = [{"workspace_id": app.workspace, "key": f"old {one}", "reply": None, "at": old} for one in range(1200)]
        work.conn.execute(insert(keys), rows)

    @event.listens_for(Engine, "after_cursor_execute")
    def note(conn: object, cursor: Any, statement: str, *_: object) -> None:
        if statement.startswith("DELETE FROM keys"):
            at_once.append(cursor.rowcount)

    await app.store.write(answered)
    try:
        await app.forget()
    finally:
        event.remove(Engine, "after_cursor_execute", note)
    assert at_once[:3] == [500, 500, 200]
    left = await app.store.read(lambda work: work.conn.execute(select(keys.c.key)).scalars().all())
    assert not [key for key in left if key.startswith("old")]
    assert left, "what was answered just now is kept"
