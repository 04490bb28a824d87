"""A rollback that should not have begun is called off: what was live is live, and everybody hears of it."""

import pytest

from tests.story import Actor, Story

#: The rules alone: they are the same in every mode and on every database.
pytestmark = pytest.mark.once


async def live(story: Story, what: str = "payments 3.1") -> tuple[Actor, Actor]:
    ana, bo = story.people("ana", "bo")
    await ana.types(f"/release new {what} today 10:00")
    await bo.types("/release go")
    await story.until("10:00")
    await ana.types("/release shipped")
    return ana, bo


async def test_by_its_button_which_asks_first(story: Story) -> None:
    ana, bo = await live(story)
    await story.until("10:20")
    seen = await bo.types("/release rollback payments")
    assert "[Rolled back] [Call off]" in seen.text
    dialog = await bo.clicks("Call off", on=seen.message, confirm=False)
    assert "That says that nothing of payments 3.1 was rolled back: it stands as before." in dialog.text
    await bo.clicks("Call off", on=seen.message)
    room = story.room("#payments").reads()
    assert "@Ana payments 3.1: Bo called off the rollback. 🟢 Live since 11:00 today, 1 h late." in room
    release = await story.release("payments")
    assert release.state == "released"
    assert release.history[-2:] == ["rollback_started", "rollback_called_off"]
    seen = await ana.types("/release rollback cancel payments")
    assert "You can't" in seen.text and (await story.release("payments")).state == "released"


@pytest.mark.parametrize("typed", ["rollback cancel", "undo rollback", "rollback cancel payments", "abort rollback"])
async def test_typed_as_people_would(story: Story, typed: str) -> None:
    ana, bo = await live(story)
    await bo.types("/release rollback payments")
    await ana.types(f"/release {typed}")
    assert (await story.release("payments")).state == "released"


@pytest.mark.parametrize("typed", ["deploy done", "resume payments", "cancel payments by mistake"])
async def test_who_types_something_else_is_offered_it(story: Story, typed: str) -> None:
    ana, bo = await live(story)
    await bo.types("/release rollback payments")
    seen = await ana.types(f"/release {typed}")
    assert "If nothing is rolled back, call the rollback off." in seen.text and "[Call off]" in seen.text


async def test_of_several_parts_one(story: Story) -> None:
    ana, bo = await live(story, "payments 3.1 + web 5.1")
    await bo.types("/release rollback REL-1")
    await ana.types("/release rollback cancel REL-1 web")
    status = (await ana.types("/release status REL-1")).text
    assert "Rolling back payments 3.1" in status and "🟢 web 5.1 → production  live" in status
    await ana.types("/release rolled-back REL-1")
    assert "web 5.1 → production  live" in (await ana.types("/release status REL-1")).text
    assert (await story.release("payments")).state == "released"


async def test_the_dialog_asks_which_of_several(story: Story) -> None:
    _, bo = await live(story, "payments 3.1 + web 5.1")
    seen = await bo.types("/release rollback REL-1")
    dialog = await bo.clicks("Call off", on=seen.message)
    assert "Which part?" in dialog.text and "All of these" in dialog.text
    await bo.submits(part="web 5.1")
    assert "↩️ Rolling back payments 3.1\n" in story.room("#payments").reads()


async def test_what_was_being_deployed_or_had_failed_is_so_again(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 09:10")
    await bo.types("/release go")
    await ana.types("/release deploy start")
    await ana.types("/release rollback payments")
    await ana.types("/release rollback cancel")
    assert "🚀 Deploying since 09:00 today" in story.room("#payments").reads()
    await ana.types("/release deploy fail disk is full")
    await ana.types("/release rollback payments")
    await ana.types("/release rollback cancel")
    assert "❌ Deploy failed — “disk is full”" in story.room("#payments").reads()


async def test_what_was_rolled_back_stays_so(story: Story) -> None:
    ana, bo = await live(story)
    await bo.types("/release rollback payments")
    await bo.types("/release rolled-back")
    seen = await ana.types("/release rollback cancel payments")
    assert "You can't call off the rollback of payments 3.1: it is rolled back already" in seen.text
    assert (await story.release("payments")).state == "rolled_back"


async def test_what_is_still_live_can_be_rolled_back_while_the_rest_is(story: Story) -> None:
    ana, bo = await live(story, "payments 3.1 + web 5.1")
    await bo.types("/release rollback REL-1 web")
    assert "[Rolled back] [Call off] [Roll back]" in story.room("#payments").reads()
    await ana.types("/release rollback REL-1 payments")
    assert "↩️ Rolling back payments 3.1 and web 5.1" in story.room("#payments").reads()
    seen = await ana.types("/release rollback REL-1")
    assert "it is rolling back already" in seen.text
    await bo.types("/release rolled-back REL-1")
    assert (await story.release("payments")).state == "rolled_back"
