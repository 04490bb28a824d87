"""A channel has one subscription for a service and one for all; who mutes something mutes it for themselves."""

from datetime import time

from bot.release.subscribing import Digest, Level
from storage.engine import Store
from storage.subscriptions import Subscription
from tests.storage.given import DAY, HOUR, NOW, Do

MONDAYS = Digest("weekly", time(9), "Europe/Berlin", 0)


async def put(write: Do, channel: str, service: str, level: Level, digest: Digest | None = None) -> Subscription:
    row: Subscription = await write(lambda work: work.subscriptions.put(channel, service, level, digest, "UANA"))
    return row


async def test_one_for_each_service_and_one_for_all(write: Do, read: Do) -> None:
    first = await put(write, "C1", "Payments", "milestones", MONDAYS)
    await put(write, "C1", "", "outcomes")
    again = await put(write, "C1", "PAYMENTS", "all")
    assert (again.id, again.level, again.digest) == (first.id, "all", None)
    rows = await read(lambda work: work.subscriptions.of("C1"))
    assert [(row.service, row.level) for row in rows] == [("", "outcomes"), ("PAYMENTS", "all")]
    await write(lambda work: work.subscriptions.remove(first.id))
    assert await read(lambda work: work.subscriptions.get(first.id)) is None
    weekly = await put(write, "C2", "ledger", "none", MONDAYS)
    assert (await read(lambda work: work.subscriptions.get(weekly.id))).digest == MONDAYS


async def test_who_hears_of_what(store: Store, write: Do, read: Do) -> None:
    await put(write, "C1", "", "outcomes")
    await put(write, "C2", "payments", "milestones")
    await put(write, "C3", "", "all")
    await put(write, "C3", "payments", "none")
    await put(write, "C4", "ledger", "all")
    other = await store.write(lambda work: work.workspaces.ensure("A1", "T2", None, "UBOT"))
    await store.write(lambda work: work.subscriptions.put("C9", "", "all", None, "UEVE"), workspace=other)

    async def hearing(level: Level, *services: str) -> set[str]:
        return set(await read(lambda work: work.subscriptions.hearing(level, services)))

    assert await hearing("outcomes", "Payments") == {"C1", "C2"}, "C3 has chosen nothing for payments"
    assert await hearing("milestones", "Payments") == {"C2"}
    assert await hearing("all", "payments", "ledger") == {"C4"}
    assert await hearing("outcomes", "payments", "ledger") == {"C1", "C2", "C4"}
    assert await hearing("milestones", "checkout") == {"C3"}


async def test_a_mute_is_ones_own_for_its_time(write: Do, read: Do) -> None:
    await write(lambda work: work.mutes.put("UBO", "Payments", NOW + DAY))
    await write(lambda work: work.mutes.put("UANA", "", None))
    await write(lambda work: work.mutes.put("UTOM", "payments", NOW - HOUR))

    async def muted(user: str, *services: str) -> bool:
        found: bool = await read(lambda work: work.mutes.is_muted(user, services))
        return found

    assert await muted("UBO", "payments") and not await muted("UBO", "ledger")
    assert not await muted("UBO", "payments", "ledger"), "of the ledger they want to hear"
    assert await muted("UANA", "ledger") and not await muted("UTOM", "payments")
    assert [one.service for one in await read(lambda work: work.mutes.of("UBO"))] == ["payments"]
    await write(lambda work: work.mutes.remove("UBO", "PAYMENTS"))
    await write(lambda work: work.mutes.remove("UANA"))
    assert not await muted("UBO", "payments") and not await muted("UANA", "ledger")
