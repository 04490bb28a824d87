"""Many who change their minds at once do not hold up the thread: they are told of together, in order, all of them."""

from typing import Any

from storage.people import ChannelRow
from storage.work import Work
from tests.handlers.office import ANA, CHANNEL, Office, a_person, said

VOTERS = [f"UV{number:02}" for number in range(50)]


async def crowd(office: Office) -> None:
    def put(work: Work) -> None:
        now = office.clock.now()
        work.people.put(*(a_person(id, office.clock) for id in VOTERS))
        work.people.put_channel(ChannelRow(CHANNEL, "payments", False, False, False, True, None, False))
        work.people.put_members(CHANNEL, [ANA, *VOTERS], now, True)

    await office.store.write(put, workspace=office.workspace)


async def in_the_thread(office: Office) -> list[dict[str, Any]]:
    """What waits to be said there."""
    rows = await office.asks(lambda work: work.outbox.unsettled(200))
    return [row.payload["message"] for row in rows if row.kind == "notice" and row.lane == CHANNEL]


async def test_fifty_changed_minds_at_once(office: Office) -> None:
    await crowd(office)
    await office.types(ANA, "new payments 2.14.0 in 3h")
    for user in VOTERS:
        await office.types(user, "no-go payments red")
    while await office.asks(lambda work: work.outbox.depth()):
        await office.forgets_posts()
    for user in VOTERS[:-1]:
        await office.types(user, "abstain payments")
    told = await in_the_thread(office)
    assert len(told) == 1, "a message a second would take Slack as many seconds"
    lines = [f"{user[1:].capitalize()} abstained (no-go before)." for user in VOTERS[:-1]]
    assert said(told[0]["blocks"]).splitlines() == lines
    assert told[0]["text"].splitlines() == lines, "screen readers, too"


async def test_fifty_conditions_at_once(office: Office) -> None:
    """So are those whose go depends on something, among those who change their minds; and so is how that went."""
    await crowd(office)
    await office.types(ANA, "new payments 2.14.0 in 3h")
    for user in VOTERS[:2]:
        await office.types(user, "no-go payments red")
    while await office.asks(lambda work: work.outbox.depth()):
        await office.forgets_posts()
    for user in VOTERS[1:]:
        await office.types(user, f"go-if payments the test of {user} is green")
    await office.types(VOTERS[0], "abstain payments")
    told = await in_the_thread(office)
    read = "\n".join(said(one["blocks"]) for one in told).splitlines()
    assert len(told) <= 3 and len(read) == 50, "a message a second would take Slack as many seconds"
    for user, line in zip(VOTERS[1:], read, strict=False):
        assert line.startswith(f"{user[1:].capitalize()} said go if “the test of {user} is green” — Ana, by "), line
    assert read[-1] == "V00 abstained (no-go before)."
    while await office.asks(lambda work: work.outbox.depth()):
        await office.forgets_posts()
    (release,) = await office.asks(lambda work: work.releases.find("payments", None, open_only=True, limit=1))
    for one in release.conditions:
        await office.presses(ANA, f"do.condition {'done' if one.number % 2 else 'not-done'}", release, k=one.number)
    told = await in_the_thread(office)
    read = "\n".join(said(one["blocks"]) for one in told).splitlines()
    assert len(told) <= 4 and len(read) == 49
    for user, line in zip(VOTERS[1:], read, strict=True):
        assert f"“the test of {user} is green”" in line and f"{user[1:].capitalize()}" in line


async def test_reasons_are_said_in_full_in_as_many_messages_as_they_take(office: Office) -> None:
    await crowd(office)
    await office.types(ANA, "new payments 2.14.0 in 3h")
    await office.forgets_posts()
    why = "the smoke test of the new ledger is red in two regions, and nobody knows why " * 5
    why = why.strip()
    for number, user in enumerate(VOTERS[:20]):
        await office.types(user, f"no-go payments {why} ({number})")
    told = await in_the_thread(office)
    assert 2 <= len(told) <= 5
    read = " ".join(said(one["blocks"]) for one in told)
    places = [read.index(f"{user[1:].capitalize()} said no-go: “{why} ({number})”") for number, user in
              enumerate(VOTERS[:20])]  # fmt: skip
    assert places == sorted(places)
    assert all(len(one["text"]) < 3_500 and "…" not in one["text"] for one in told)
