"""What a dialog showed before it is kept is what is kept, whatever names people type; what cannot be is said."""

from typing import Any

import pytest
from sqlalchemy import select

from storage.schedule_tables import rotations, trains
from tests.story import Story

#: The rules alone: they are the same in every mode and on every database.
pytestmark = pytest.mark.once

ODD = ('we"b', '"web" x', "@bo web", "web & <co> *x*", "to eu", "pay version 2", "x captains y", "<!channel> api")


async def kept(story: Story, table: Any, *names: str) -> list[tuple[Any, ...]]:
    def look(work: Any) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in work.conn.execute(select(*(table.c[name] for name in names)))]

    return await story.app.store.read(look, workspace=story.app.workspace)


@pytest.mark.parametrize("name", ODD)
async def test_a_train_is_kept_as_its_preview_showed_it(story: Story, name: str) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release train")
    seen = await ana.submits(service=name, when="every mon 14:00", environment="eu west", version="{n}@x")
    assert seen.modal is not None and "Save this train?" in seen.text
    saved = await ana.submits()
    assert "train is saved: every Monday 14:00 Berlin" in saved.text
    found = await kept(story, trains, "service", "environment", "version", "captains")
    assert found == [(name, "eu west", "{n}@x", [])]
    await ana.closes_modal()


@pytest.mark.parametrize("name", ODD)
async def test_a_rotation_is_kept_as_its_preview_showed_it_and_comes_back_so(story: Story, name: str) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release rotation")
    seen = await ana.submits(service=name, role="Captain", people=["ana", "bo"], when="every mon 10:00")
    assert seen.modal is not None and "Save this rotation?" in seen.text
    assert "Saved." in (await ana.submits()).text
    first = await kept(story, rotations, "service", "role", "people", "wall")
    assert [(row[0], row[1]) for row in first] == [(name, "captain")]
    await ana.clicks("End")
    assert await kept(story, rotations, "service") == []
    await ana.clicks("Undo")
    assert await kept(story, rotations, "service", "role", "people", "wall") == first
    await ana.closes_modal()


async def test_what_is_not_possible_any_more_when_it_is_confirmed_is_said(story: Story) -> None:
    """The page that only confirms has no field beside which it could stand."""
    ana, bo = story.people("ana", "bo")
    await ana.types("/release train")
    await ana.submits(service="payments", when="every mon 14:00", channel="duo", version="1.{n}")
    await bo.types("/release rotation")
    await bo.submits(service="payments", role="Deployer", people=["ana", "tom"], when=None, channel="payments")
    await ana.archives("#duo")
    (tom,) = story.people("tom")
    await tom.changes(deleted=True)
    await story.quiet()
    assert "That channel is archived. Choose another one." in (await ana.submits()).text
    assert "can't: only full members of this workspace act on releases" in (await bo.submits()).text


async def test_the_buttons_of_an_answer_in_a_dialog_act_and_are_answered_there(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release train")
    await ana.submits(service="payments", when="every mon 14:00", version="1.{n}")
    await ana.submits()
    assert "1 train:" in (await ana.clicks("All trains", on="modal")).text
    assert "Skipped: the departure of payments on Mon 7 Dec 14:00" in (
        await ana.clicks("Skip Mon 7 Dec 14:00", on="modal")
    ).text  # fmt: skip
    assert "departs on Mon 7 Dec 14:00 after all" in (await ana.clicks("Undo", on="modal")).text
    await ana.closes_modal()

    await ana.types("/release freeze")
    await ana.submits(starts="fri 16:00", ends="mon 08:00", service="payments")
    await ana.submits()
    assert "Lifted: the freeze of payments (freeze 1)." in (await ana.clicks("Lift", on="modal")).text
    assert "It holds again" in (await ana.clicks("Put it back", on="modal")).text
    await ana.closes_modal()
    await ana.types("/release trains")
    await ana.clicks("Pause …")
    assert "== Pause the train ==" in ana.reads()
    await ana.submits(until="2026-12-24")
    assert "runs again" in (await ana.clicks("Resume", on="modal")).text


async def test_a_dialog_opens_from_an_answer_in_a_dialog(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release train")
    await ana.submits(service="payments", when="every mon 14:00", version="1.{n}")
    await ana.submits()
    assert "== Edit the train ==" in (await ana.clicks("Edit …", on="modal")).text
    seen = await ana.submits(when="every tue 14:00")
    assert "every Tuesday 14:00 Berlin" in seen.text and "Save this train?" in seen.text
    assert "train is saved: every Tuesday 14:00 Berlin" in (await ana.submits()).text
