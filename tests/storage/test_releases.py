"""What was stored of a release is what is read, and the right ones are found."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from bot.release.attached import LateChange
from bot.release.policy import LIGHT, TEAM, Item
from bot.release.policy_older import NEWER
from bot.release.release import Choice, Part, PartState, Release, Stopped
from bot.release.states import State
from bot.release.when import PlannedTime
from bot.release.words import Said, Who, words
from storage import Store
from storage.releases import AlreadyOpen
from storage.tables import policies, releases, rounds, votes
from storage.work import Work
from tests.storage.given import DAY, HOUR, NOW, Do, a_release, a_vote, an_open_one


async def test_numbers_count_up_per_workspace(store: Store, workspace: int, write: Do) -> None:
    other = await store.write(lambda work: work.workspaces.ensure("A1", "T2", None, "UBOT"))
    first = await write(lambda work: work.releases.add(a_release(workspace)))
    second = await write(lambda work: work.releases.add(a_release(workspace, "checkout")))
    elsewhere = await store.write(lambda work: work.releases.add(a_release(other)), workspace=other)
    assert (first.number, second.number, elsewhere.number) == (1, 2, 1)
    assert len({first.id, second.id, elsewhere.id}) == 3
    assert await store.read(lambda work: work.releases.get(first.id), workspace=other) is None
    assert await store.write(lambda work: work.releases.lock(first.id), workspace=other) is None


async def test_what_is_stored_is_what_is_read(workspace: int, write: Do, read: Do) -> None:
    release = an_open_one(
        workspace,
        stopped=Stopped.NO_GO,
        stopped_said=words("Security (", Who("UCLARA"), "): ", Said("<!channel> scan is red")),
        parts=[Part("payments", "2.14.0", "eu"), Part("payments", "2.14.0", "us", PartState.FAILED, failed_why="disk")],
        votes=[a_vote("UBO"), a_vote("UCLARA", Choice.NO_GO, why="scan is red")],
        held_from=State.OPEN,
    )
    await write(lambda work: work.releases.add(release))
    assert await read(lambda work: work.releases.get(release.id)) == release
    assert await read(lambda work: work.releases.get_number(1)) == release
    assert await write(lambda work: work.releases.lock_number(1)) == release


async def test_a_changed_vote_moves_behind_the_others(workspace: int, write: Do, read: Do) -> None:
    release = an_open_one(workspace, votes=[a_vote("UBO"), a_vote("UCLARA"), a_vote("UDAN")])
    await write(lambda work: work.releases.add(release))

    def bo_again(work: Work) -> None:
        found = work.releases.lock(release.id)
        assert found is not None
        found.votes = [*found.votes[1:], a_vote("UBO", Choice.NO_GO, why="no")]
        work.releases.save(found)

    await write(bo_again)
    found = await read(lambda work: work.releases.get(release.id))
    assert [(vote.user, vote.choice.value) for vote in found.votes] == [
        ("UCLARA", "go"),
        ("UDAN", "go"),
        ("UBO", "no-go"),
    ]


async def test_a_move_that_was_undone_is_not_taken_for_stored(workspace: int, write: Do, read: Do) -> None:
    release = await write(lambda work: work.releases.add(an_open_one(workspace)))

    def hesitate(work: Work) -> None:
        found = work.releases.lock(release.id)
        assert found is not None
        found.votes.append(a_vote("UBO"))
        with pytest.raises(ValueError), work.savepoint():
            work.releases.save(found)
            raise ValueError
        work.releases.save(found)

    await write(hesitate)
    assert len((await read(lambda work: work.releases.get(release.id))).votes) == 1


async def test_votes_and_parts_that_are_gone_are_gone(workspace: int, write: Do, read: Do) -> None:
    two = [Part("payments", "2.14.0", "eu"), Part("payments", "2.14.0", "us")]
    release = an_open_one(workspace, parts=two, votes=[a_vote("UBO"), a_vote("UCLARA")])
    await write(lambda work: work.releases.add(release))
    release.votes.pop(0)
    release.parts.pop()
    await write(lambda work: work.releases.save(release))
    assert await read(lambda work: work.releases.get(release.id)) == release


async def test_one_open_release_per_service_version_and_environment(workspace: int, write: Do) -> None:
    first = await write(lambda work: work.releases.add(a_release(workspace)))
    with pytest.raises(AlreadyOpen) as clash:
        await write(lambda work: work.releases.add(a_release(workspace, "Payments ", "2.14.0")))
    assert (clash.value.number, clash.value.id) == (1, first.id)
    staging = [Part("payments", "2.14.0", "staging")]
    assert (await write(lambda work: work.releases.add(a_release(workspace, parts=staging)))).number == 2


async def test_after_a_clash_the_unit_goes_on(workspace: int, write: Do, read: Do) -> None:
    await write(lambda work: work.releases.add(a_release(workspace)))

    def twice(work: Work) -> int:
        with pytest.raises(AlreadyOpen):
            work.releases.add(a_release(workspace))
        return work.releases.add(a_release(workspace, version="2.15.0")).number

    assert await write(twice) == 2
    assert await read(lambda work: len(work.releases.all_open(10))) == 2


async def test_a_version_is_free_again_once_its_release_is_over(workspace: int, write: Do, read: Do) -> None:
    first = await write(lambda work: work.releases.add(a_release(workspace)))
    first.state = State.RELEASED
    await write(lambda work: work.releases.save(first))
    second = await write(lambda work: work.releases.add(a_release(workspace)))
    first.state = State.ROLLING_BACK  # never refused, although the same is planned again
    await write(lambda work: work.releases.save(first))
    found = await read(lambda work: work.releases.find("payments"))
    assert {release.id for release in found} == {first.id, second.id}


async def test_a_dropped_part_may_be_planned_elsewhere(workspace: int, write: Do, read: Do) -> None:
    parts = [Part("payments", "2.14.0"), Part("checkout", "1.4.0")]
    first = await write(lambda work: work.releases.add(a_release(workspace, parts=parts)))
    first.parts[1].dropped = True
    await write(lambda work: work.releases.save(first))
    second = await write(lambda work: work.releases.add(a_release(workspace, "checkout", "1.4.0")))
    assert [one.id for one in await read(lambda work: work.releases.find("checkout"))] == [second.id]


async def test_finding(workspace: int, write: Do, read: Do) -> None:
    def plan(work: Work) -> None:
        for number, (service, channel, state, captain) in enumerate(
            [
                ("payments", "C1", State.CLOSED, "UANA"),
                ("payments", "C1", State.OPEN, "UANA"),
                ("payments", "C2", State.SCHEDULED, "UBO"),
                ("checkout", "C1", State.SCHEDULED, "UBO"),
                ("payments", "C1", State.CANCELLED, "UANA"),
            ]
        ):
            at = NOW + 10 * HOUR - number * HOUR
            release = a_release(
                workspace, service, f"2.{number}", channel=channel, state=state, captain=captain, deployer="UTOM",
                planned=PlannedTime("later", "Europe/Berlin", at, "2026a"),
            )  # fmt: skip
            work.releases.add(release)

    await write(plan)

    def numbers(work: Work) -> dict[str, list[int]]:
        found = work.releases
        lists = {
            "open payments": found.find("PAYMENTS"),
            "a version": found.find("payments", "2.1"),
            "all payments": found.find("payments", open_only=False),
            "the last": found.find("payments", open_only=False, limit=1),
            "in a channel": found.find("payments", channel="C2"),
            "open here": found.open_in_channel("C1", 10),
            "of Bo": found.open_of("UBO", 10),
            "of Tom": found.open_of("UTOM", 2),
            "awaiting": found.awaiting(10),
            "between": found.between(NOW + 7 * HOUR, NOW + 9 * HOUR, 10),
            "recent": found.recent_in_channel("C1", 2),
            "nothing": found.find("nothing") + found.between(NOW + DAY, NOW + 2 * DAY, 1),
        }
        return {name: [release.number for release in releases] for name, releases in lists.items()}

    assert await read(numbers) == {
        "open payments": [3, 2],
        "a version": [2],
        "all payments": [5, 3, 2, 1],
        "the last": [5],
        "in a channel": [3],
        "open here": [4, 2],
        "of Bo": [4, 3],
        "of Tom": [4, 3],
        "awaiting": [2],
        "between": [4, 3],
        "recent": [5, 4],
        "nothing": [],
    }


async def test_text_that_no_database_holds_is_kept_as_far_as_it_can(workspace: int, write: Do, read: Do) -> None:
    release = a_release(workspace, changes="a\x00b \ud800 \U0001f680 é")
    await write(lambda work: work.releases.add(release))
    assert (await read(lambda work: work.releases.get(release.id))).changes == "a\ufffdb \ufffd \U0001f680 é"


async def test_private_releases_neither_hide_public_ones_nor_each_other(workspace: int, write: Do, read: Do) -> None:
    for n in range(25):
        await write(lambda work, n=n: work.releases.add(a_release(workspace, version=f"9.{n}", is_private=True)))
    mine = await write(lambda work: work.releases.add(a_release(workspace, version="1.0", is_private=True)))
    public = await write(lambda work: work.releases.add(a_release(workspace, version="2.0")))

    def seen(release: Release) -> bool:
        return release.id == mine.id or not release.is_private

    for open_only in (True, False):
        found = await read(
            lambda work, open_only=open_only: work.releases.find("payments", open_only=open_only, limit=2, seen=seen)
        )
        assert {one.id for one in found} == {mine.id, public.id}


async def test_the_version_before_this_one_counts_no_go_that_waits_to_be_confirmed(
    workspace: int, write: Do, read: Do
) -> None:
    unsure = replace(a_vote("UBO"), choice=Choice.GO, provisional=True, as_of=NOW - HOUR)
    id = (await write(lambda work: work.releases.add(an_open_one(workspace, votes=[unsure])))).id
    stored = select(votes.c.choice).where(votes.c.release_id == id)
    assert await read(lambda work: work.conn.execute(stored).scalar_one()) == "go-if", "which it never counts"
    found = await read(lambda work: work.releases.get(id))
    assert found.votes == [unsure]


async def test_what_the_version_before_this_one_stored_again_counts_for_nothing_new(
    workspace: int, write: Do, read: Do
) -> None:
    """It knows of no deputies and no escalation: it votes and opens rounds without a word about them."""
    sure = replace(a_vote("UCLARA"), cast_by="UANA", as_of=NOW - HOUR)
    release = an_open_one(
        workspace, votes=[replace(a_vote("UBO"), provisional=True), sure], escalated=frozenset({"Go"})
    )
    id = (await write(lambda work: work.releases.add(release))).id

    def as_it_does(work: Work) -> None:
        again = update(votes).where(votes.c.release_id == id, votes.c.user_id == "UBO")
        work.conn.execute(again.values(choice="no-go", at=NOW + HOUR))
        work.conn.execute(insert(rounds).values(release_id=id, workspace_id=workspace, number=2, opened_at=NOW,
                                                closes_at=NOW + HOUR))  # fmt: skip
        work.conn.execute(update(releases).where(releases.c.id == id).values(round_number=2))

    await write(as_it_does)
    found = await read(lambda work: work.releases.get(id))
    bo, clara = found.votes
    assert (bo.choice, bo.provisional) == (Choice.NO_GO, False)
    assert clara == sure
    assert (found.round.number, found.escalated) == (2, frozenset())


async def test_what_the_version_before_this_one_reads_of_a_policy_is_not_all_of_it(
    workspace: int, write: Do, read: Do
) -> None:
    strict = replace(TEAM, name="strict", is_default=True, checklist=(Item("runbook", "Runbook updated"),))
    applied = await write(lambda work: work.policies.put(strict, "UANA", NOW))
    made = await write(lambda work: work.releases.add(a_release(workspace, policy=applied)))
    plain = await write(lambda work: work.releases.add(a_release(workspace, "web", policy=LIGHT)))

    def columns(work: Work) -> list[Any]:
        its = select(releases.c.policy, releases.c.rules).order_by(releases.c.id)
        return [*work.conn.execute(its), *work.conn.execute(select(policies.c.data, policies.c.rules))]

    of_made, of_plain, of_applied = await read(columns)
    assert [sign_off["role"] for sign_off in of_made.policy["sign_offs"]] == ["QA", "Operations", "Product", NEWER]
    assert of_made == of_applied
    assert of_plain.rules is None
    assert (await read(lambda work: work.policies.for_service("ledger"))) == applied
    assert (await read(lambda work: work.releases.get(made.id))).policy == applied
    assert (await read(lambda work: work.releases.get(plain.id))).policy == LIGHT


async def test_a_late_change_waits_until_it_is_ended_or_superseded(workspace: int, write: Do, read: Do) -> None:
    id = (await write(lambda work: work.releases.add(a_release(workspace)))).id

    def ask(work: Work, number: int) -> None:
        found = work.releases.lock(id)
        assert found is not None
        found.late = LateChange(number, "UBO", NOW, "forgot one", {"changes": "more"}, 0)
        work.releases.save(found)

    def settle(work: Work, *, refused: bool) -> None:
        found = work.releases.lock(id)
        assert found is not None
        assert found.late is not None
        if refused:
            assert work.decisions.end_late_change(id, found.late.number, "refused", "UANA", "next time")
            assert not work.decisions.end_late_change(id, found.late.number, "accepted", "UBO")
        found.late = None
        work.releases.save(found)

    await write(lambda work: ask(work, 1))
    assert (await read(lambda work: work.releases.get(id))).late.wanted == {"changes": "more"}
    await write(lambda work: settle(work, refused=True))
    assert (await read(lambda work: work.releases.get(id))).late is None
    await write(lambda work: ask(work, 2))
    await write(lambda work: settle(work, refused=False))
    asked = await read(lambda work: work.decisions.late_changes(id))
    assert [(one.number, one.outcome, one.ended_by, one.ended_at, one.ended_why) for one in asked] == [
        (1, "refused", "UANA", NOW, "next time"),
        (2, "superseded", None, NOW, ""),
    ]


async def test_parts_may_change_places(workspace: int, write: Do, read: Do) -> None:
    parts = [Part("payments", "2"), Part("checkout", "1")]
    made = await write(lambda work: work.releases.add(a_release(workspace, parts=parts)))

    def swap(work: Work) -> None:
        found = work.releases.lock(made.id)
        assert found is not None
        found.parts.reverse()
        work.releases.save(found)

    await write(swap)
    assert (await read(lambda work: work.releases.get(made.id))).parts == parts[::-1]
