"""A rollback that was called off leaves no button, no dialog and no attempt that would count for what came after it."""

import pytest
from sqlalchemy import text

from tests.story import Actor, Story

#: The rules alone: they are the same in every mode and on every database.
pytestmark = pytest.mark.once


async def live(story: Story, what: str = "payments 3.1") -> tuple[Actor, Actor]:
    ana, bo = story.people("ana", "bo")
    await ana.types(f"/release new {what} today 10:00")
    await bo.types("/release go")
    await ana.types("/release shipped")
    return ana, bo


async def test_a_late_call_off_is_not_of_the_next_rollback(story: Story) -> None:
    ana, bo = await live(story)
    first = await bo.types("/release rollback payments")
    await ana.types("/release rollback cancel payments")
    await story.advance(minutes=5)
    await ana.types("/release rollback payments")  # for good
    seen = await bo.clicks("Call off", on=first.message)
    assert (await story.release("payments")).state == "rolling_back", seen.text


async def test_a_late_rolled_back_is_not_of_the_next_rollback(story: Story) -> None:
    ana, bo = await live(story)
    first = await bo.types("/release rollback payments")
    await ana.types("/release rollback cancel payments")
    await story.advance(minutes=5)
    await ana.types("/release rollback payments")
    seen = await bo.clicks("Rolled back", on=first.message)
    assert (await story.release("payments")).state == "rolling_back", seen.text


@pytest.mark.parametrize("calls_off", [False, True])
async def test_done_of_an_earlier_attempt_ends_no_later_one(story: Story, calls_off: bool) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 10:00")
    await bo.types("/release go")
    await story.until("10:00")
    first = await ana.types("/release deploy start payments")
    await story.advance(minutes=10)
    await ana.types("/release deploy fail payments disk full")
    await story.advance(minutes=10)
    await ana.types("/release deploy start payments")
    if calls_off:
        await ana.types("/release rollback payments")
        seen = await ana.types("/release rollback cancel payments")
        assert "11:20" in seen.text, f"since when? {seen.text}"
    seen = await ana.clicks("Done", on=first.message)
    assert (await story.release("payments")).state == "deploying", seen.text


async def test_a_late_done_after_a_call_off_is_refused(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 10:00")
    await bo.types("/release go")
    await story.until("10:00")
    first = await ana.types("/release deploy start payments")
    await story.advance(minutes=10)
    await ana.types("/release deploy fail payments disk full")
    await story.advance(minutes=10)
    for typed in ("deploy start payments", "rollback payments", "rollback cancel payments"):
        await ana.types(f"/release {typed}")
    seen = await ana.clicks("Done", on=first.message)
    assert (await story.release("payments")).state == "deploying", seen.text


async def test_why_a_part_was_rolled_back_is_not_lost_unsaid_where_that_was_called_off(story: Story) -> None:
    ana, bo = await live(story, "payments 3.1 + web 5.1")
    await bo.types("/release rollback REL-1 payments")
    await bo.types("/release rollback REL-1 web")
    await bo.clicks("Say why")  # of web
    await ana.types("/release rollback cancel REL-1 web")
    seen = await bo.submits(why="latency doubled")
    assert "latency doubled" in story.room("#payments").reads() or seen.text, "nobody says that it is lost"


async def test_why_is_not_asked_of_a_part_that_is_live(story: Story) -> None:
    ana, bo = await live(story, "payments 3.1 + web 5.1")
    await bo.types("/release rollback REL-1 payments")
    await bo.types("/release rollback REL-1 web")
    await ana.types("/release rollback cancel REL-1 web")
    seen = await bo.clicks("Say why")  # of web, the newest
    assert not seen.modal, seen.text


async def test_why_of_a_rollback_that_was_called_off_is_not_why_of_the_next(story: Story) -> None:
    ana, bo = await live(story)
    await bo.types("/release rollback payments")
    await bo.clicks("Say why")
    await ana.types("/release rollback cancel payments")
    await ana.types("/release rollback payments")
    await bo.submits(why="pressed by mistake")
    status = (await ana.types("/release status payments")).text
    assert "pressed by mistake" not in status.splitlines()[1], status.splitlines()[1]


async def test_what_an_earlier_version_stored_of_one_part_is_not_said_of_another(story: Story) -> None:
    ana, bo = await live(story, "payments 3.1 + web 5.1")
    await bo.types("/release rollback REL-1 web")
    await as_before_0008(story, "web 5.1: error rate doubled")
    await bo.types("/release rolled-back REL-1 web")
    await bo.types("/release rollback REL-1 payments")
    head = (await ana.types("/release status REL-1")).text.splitlines()[1]
    assert "payments 3.1 — “web 5.1: error rate doubled”" not in head, head


async def test_what_an_earlier_version_stored_ends_with_its_rollback(story: Story) -> None:
    ana, bo = await live(story)
    await bo.types("/release rollback payments")
    await as_before_0008(story, "pressed by mistake")
    await bo.types("/release rollback cancel payments")
    await bo.types("/release rollback payments")
    head = (await ana.types("/release status REL-1")).text.splitlines()[1]
    assert "pressed by mistake" not in head, head


@pytest.mark.parametrize("button", ["Rolled back", "Call off"])
async def test_the_question_which_part_is_not_of_the_next_rollback_of_one(story: Story, button: str) -> None:
    """Payments is called off while Bo looks at the question, and rolled back anew; web goes back all the time."""
    ana, bo = await live(story, "payments 3.1 + web 5.1")
    await bo.types("/release rollback REL-1 payments")
    await story.advance(minutes=5)
    second = await bo.types("/release rollback REL-1 web")
    await bo.clicks(button, on=second.message)
    await ana.types("/release rollback cancel REL-1 payments")
    await story.advance(minutes=5)
    await ana.types("/release rollback REL-1 payments")
    seen = await bo.submits({"Which part?": "payments 3.1"})
    assert "Another rollback of payments 3.1 began" in str(seen.errors)
    assert (await story.release("payments")).parts["payments 3.1"] == "rolling_back"


async def test_an_answer_for_all_parts_is_not_of_the_next_rollback_of_one(story: Story) -> None:
    ana, bo = await live(story, "payments 3.1 + web 5.1")
    first = await bo.types("/release rollback REL-1 all")
    await ana.types("/release rollback cancel REL-1 web")
    await story.advance(minutes=5)
    await ana.types("/release rollback REL-1 web")
    await bo.clicks("Rolled back", on=first.message)
    await bo.submits({"Which part?": "All of these"})
    assert (await story.release("payments")).parts == {"payments 3.1": "rolling_back", "web 5.1": "rolling_back"}


async def as_before_0008(story: Story, why: str) -> None:
    said = text("UPDATE releases SET rollback_why = :why").bindparams(why=why)
    await story.app.store.write(lambda work: work.conn.execute(said), workspace=story.app.workspace)
