"""What decisions leave behind is found again: edits, late changes, reviews, and who is away."""

from collections.abc import Callable
from datetime import date
from typing import Any

from bot.clock import StoryClock
from storage import Store
from storage.work import Work
from tests.storage.given import DAY, HOUR, MINUTE, NOW, Do, a_release

THURSDAY = date(2026, 12, 3)


async def plan(write: Do, service: str = "payments") -> int:
    made: int = await write(lambda work: work.releases.add(a_release(work.workspace_id, service)).id)
    return made


async def test_edits_tell_what_each_field_was_before(write: Do, read: Do, clock: StoryClock) -> None:
    release, other = await plan(write), await plan(write, "ledger")
    changed = {"risk": ("low", "high"), "changes": ("refunds", "refunds\x00 and fees")}
    await write(lambda work: work.decisions.add_edit(release, 1, changed, "UANA"))
    await clock.advance(5 * MINUTE)
    await write(lambda work: work.decisions.add_edit(release, 2, {"changes": ("refunds and fees", "")}, "UBO"))
    await write(lambda work: work.decisions.add_edit(other, 1, {}, "UBO"))
    found = await read(lambda work: work.decisions.edits(release))
    assert [(edit.revision, edit.field, edit.before, edit.after, edit.by, edit.at) for edit in found] == [
        (1, "changes", "refunds", "refunds\ufffd and fees", "UANA", NOW),
        (1, "risk", "low", "high", "UANA", NOW),
        (2, "changes", "refunds and fees", "", "UBO", NOW + 5 * MINUTE),
    ]
    assert await read(lambda work: work.decisions.edits(other)) == []


async def test_a_review_is_owed_until_it_is_closed_once(write: Do, read: Do) -> None:
    release, other = await plan(write), await plan(write, "ledger")
    review = await write(lambda work: work.decisions.add_review(release, THURSDAY, "UANA"))
    await write(lambda work: work.decisions.add_review(other, THURSDAY, "UANA"))

    def open_of(*services: str) -> Callable[[Work], list[int]]:
        return lambda work: [one.release_id for one in work.decisions.open_reviews(services, 5)]

    assert await read(open_of("payments")) == [release]
    assert await read(open_of("payments", "ledger", "web")) == [release, other]
    assert await read(open_of()) == []
    assert await write(lambda work: work.decisions.close_review(review, "UBO", "we looked at it"))
    assert not await write(lambda work: work.decisions.close_review(review, "UCLARA", "again"))
    assert await read(open_of("payments")) == []
    (closed,) = await read(lambda work: work.decisions.reviews(release))
    assert (closed.due_on, closed.closed_by, closed.closed_at, closed.note) == (
        THURSDAY, "UBO", NOW, "we looked at it",
    )  # fmt: skip


async def test_away_snoozed_and_nudged_are_kept_apart(write: Do, read: Do) -> None:
    def live(work: Work) -> None:
        work.decisions.set_away("UBO", NOW + DAY, "UCLARA")
        work.decisions.snooze("UBO", NOW + HOUR)
        work.decisions.nudged(["UBO", "UCLARA", "UBO"])
        work.decisions.nudged([])

    await write(live)
    known = await read(lambda work: work.decisions.attention(["UBO", "UCLARA", "UDAN"]))
    assert sorted(known) == ["UBO", "UCLARA"]
    bo = known["UBO"]
    assert (bo.away_until, bo.delegate, bo.away_since) == (NOW + DAY, "UCLARA", NOW)
    assert (bo.snoozed_until, bo.nudged_at) == (NOW + HOUR, NOW)
    assert (known["UCLARA"].away_until, known["UCLARA"].nudged_at) == (None, NOW)

    await write(lambda work: work.decisions.set_back("UBO"))
    bo = (await read(lambda work: work.decisions.attention(["UBO"])))["UBO"]
    assert (bo.away_until, bo.delegate, bo.snoozed_until) == (None, None, NOW + HOUR)


async def test_another_workspace_is_another_world(store: Store, write: Do) -> None:
    release = await plan(write)

    def owe(work: Work) -> int:
        work.decisions.set_away("UBO", NOW + DAY, None)
        work.decisions.add_edit(release, 1, {"risk": ("low", "high")}, "UANA")
        return work.decisions.add_review(release, THURSDAY, "UANA")

    review = await write(owe)
    elsewhere = await store.write(lambda work: work.workspaces.ensure("A1", "T2", None, "UBOT"))

    def look(work: Work) -> list[Any]:
        its = work.decisions
        return [its.attention(["UBO"]), its.edits(release), its.reviews(release), its.open_reviews({"payments"}, 5)]

    assert await store.read(look, workspace=elsewhere) == [{}, [], [], []]
    assert not await store.write(lambda work: work.decisions.close_review(review, "UBO", ""), workspace=elsewhere)


async def test_of_several_reminders_at_once_one_is_the_first(write: Do, read: Do) -> None:
    since = NOW - HOUR / 2
    assert await write(lambda work: work.decisions.claim_nudge("UBO", since))
    assert not await write(lambda work: work.decisions.claim_nudge("UBO", since))
    assert await write(lambda work: work.decisions.claim_nudge("UBO", NOW)), "that was long ago by then"
    assert await write(lambda work: work.decisions.claim_nudge("UCLARA", since))
    found = await read(lambda work: work.decisions.attention(["UBO"]))
    assert found["UBO"].nudged_at == NOW
