"""Feeds are found by their hash alone, belong to one person of one workspace, and stay revoked; on both databases."""

from storage.engine import Store
from tests.storage.given import NOW, Do


async def test_a_feed_is_found_by_its_address_and_by_its_owner(write: Do, read: Do, workspace: int) -> None:
    first = await write(lambda work: work.feeds.add("service", "Payments", "UTOM", "a" * 64))
    await write(lambda work: work.feeds.add("person", "UBO", "UBO", "b" * 64))
    found = await read(lambda work: work.feeds.by_hash("a" * 64))
    assert (found.id, found.workspace_id, found.kind, found.subject) == (first, workspace, "service", "Payments")
    assert (found.owner, found.created_at, found.seen_at, found.revoked_at) == ("UTOM", NOW, None, None)
    assert await read(lambda work: work.feeds.by_hash("c" * 64)) is None
    assert [one.id for one in await read(lambda work: work.feeds.of("UTOM"))] == [first]
    await write(lambda work: work.feeds.seen(first))
    assert (await read(lambda work: work.feeds.by_hash("a" * 64))).seen_at == NOW


async def test_revoked_it_is_known_as_such_and_listed_no_more(write: Do, read: Do) -> None:
    id = await write(lambda work: work.feeds.add("channel", "C1", "UTOM", "a" * 64))
    await write(lambda work: work.feeds.revoke(id))
    assert await read(lambda work: work.feeds.of("UTOM")) == []
    assert (await read(lambda work: work.feeds.by_hash("a" * 64))).revoked_at == NOW


async def test_nobody_revokes_what_is_another_workspaces(store: Store, write: Do, read: Do) -> None:
    id = await write(lambda work: work.feeds.add("channel", "C1", "UTOM", "a" * 64))
    other = await store.write(lambda work: work.workspaces.ensure("A1", "T2", None, "UBOT"))
    await store.write(lambda work: work.feeds.revoke(id), workspace=other)
    assert await store.read(lambda work: work.feeds.of("UTOM"), workspace=other) == []
    assert (await read(lambda work: work.feeds.by_hash("a" * 64))).revoked_at is None


async def test_who_is_erased_leaves_no_open_calendar_and_mutes_nothing(write: Do, read: Do) -> None:
    await write(lambda work: work.feeds.add("person", "UTOM", "UTOM", "a" * 64))
    await write(lambda work: work.mutes.put("UTOM", "payments", None))
    await write(lambda work: work.erase("UTOM"))
    assert (await read(lambda work: work.feeds.by_hash("a" * 64))).revoked_at == NOW
    assert await read(lambda work: work.mutes.of("UTOM")) == []
