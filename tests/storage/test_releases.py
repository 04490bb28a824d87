"""What was stored of a release is what is read, and the right ones are found."""

from bot.release.release import Choice, Part, PartState, Stopped
from bot.release.states import State
from bot.release.words import Said, Who, words
from storage import Store
from tests.storage.given import Do, a_release, a_vote, an_open_one


async def test_numbers_count_up_per_workspace(store: Store, workspace: int, write: Do) -> None:
    other = await store.write(lambda work: work.workspaces.ensure("A1", "T2", None, "UBOT"))
    first = await write(lambda work: work.releases.add(a_release(workspace)))
    second = await write(lambda work: work.releases.add(a_release(workspace, "checkout")))
    elsewhere = await store.write(lambda work: work.releases.add(a_release(other)), workspace=other)
    assert (first.number, second.number, elsewhere.number) == (1, 2, 1)
    assert len({first.id, second.id, elsewhere.id}) == 3
    assert await store.read(lambda work: work.releases.get(first.id), workspace=other) is None


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


async def test_a_changed_vote_moves_behind_the_others(workspace: int, write: Do, read: Do) -> None:
    release = an_open_one(workspace, votes=[a_vote("UBO"), a_vote("UCLARA"), a_vote("UDAN")])
    await write(lambda work: work.releases.add(release))

    def bo_again(work) -> None:  # type: ignore[no-untyped-def]
        found = work.releases.lock(release.id)
        found.votes = found.votes[1:] + [a_vote("UBO", Choice.NO_GO, why="no")]
        work.releases.save(found)

    await write(bo_again)
    found = await read(lambda work: work.releases.get(release.id))
    assert [(vote.user, vote.choice) for vote in found.votes] == [
        ("UCLARA", Choice.GO),
        ("UDAN", Choice.GO),
        ("UBO", Choice.NO_GO),
    ]
