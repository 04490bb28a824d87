"""Why a part was rolled back is said of that part, whoever says it and whenever."""

import pytest

from tests.story import Actor, Story

#: The rules alone: they are the same in every mode and on every database.
pytestmark = pytest.mark.once


async def planned(story: Story) -> tuple[Actor, Actor]:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 + web 5.1 today 09:30")
    await bo.types("/release go payments")
    return ana, bo


async def test_why_the_first_part_went_back_is_not_why_one_does_that_was_deployed_later(story: Story) -> None:
    ana, _ = await planned(story)
    await ana.types("/release deploy start REL-1 web")
    await ana.types("/release deploy fail REL-1 web migration failed")
    await ana.types("/release rollback REL-1 web")
    await ana.clicks("Say why")
    await ana.submits(why="migration failed")
    for line in ("rolled-back REL-1 web", "deploy start REL-1 payments", "deploy done REL-1 payments",
                 "rollback REL-1 payments"):  # fmt: skip
        await ana.types(f"/release {line}")
    status = (await ana.types("/release status REL-1")).text
    assert "Rolling back payments 3.1 — “migration failed”" not in status, status


async def test_a_reason_that_was_given_while_another_was_written_is_kept(story: Story) -> None:
    ana, bo = await planned(story)
    for line in ("deploy start REL-1", "deploy done REL-1", "rollback REL-1 web"):
        await ana.types(f"/release {line}")
    await ana.clicks("Say why")  # of web; she writes
    await bo.types("/release rolled-back REL-1 web")
    seen = await bo.types("/release rollback REL-1 payments latency doubled")
    await bo.clicks("Roll back", on=seen.message)
    await ana.submits(why="error rate")
    status = (await ana.types("/release status REL-1")).text
    head = status.splitlines()[1]
    assert "latency doubled" in head, head


async def test_why_the_second_part_went_back_does_not_replace_why_the_first_did(story: Story) -> None:
    """Its own [Say why] is answered with its own reason alone."""
    ana, _ = await planned(story)
    for line in ("deploy start REL-1", "deploy done REL-1"):
        await ana.types(f"/release {line}")
    seen = await ana.types("/release rollback REL-1 web 5.1 error rate doubled")
    assert seen.modal
    await ana.submits()
    await ana.closes_modal()
    await ana.types("/release rolled-back REL-1 web")
    await ana.types("/release rollback REL-1 payments")
    await ana.clicks("Say why")
    await ana.submits(why="latency")
    await ana.types("/release rolled-back REL-1 payments")
    status = (await ana.types("/release status REL-1")).text
    assert "error rate doubled" in status.splitlines()[1], status.splitlines()[1]


async def test_a_reason_that_somebody_else_gave_meanwhile_is_shown_first(story: Story) -> None:
    ana, bo = await planned(story)
    (tom,) = story.people("tom")
    await ana.types("/release shipped")
    await bo.types("/release rollback REL-1 web")
    await bo.clicks("Say why")
    await tom.clicks("Say why")
    await tom.submits(why="latency doubled")
    again = await bo.submits(why="error rate")
    assert "Somebody said meanwhile: “latency doubled”. What you say takes its place." in again.text
    await bo.submits()
    assert "Bo said why web 5.1 was rolled back: “error rate”" in story.room("#payments").reads()
