"""Facts from Slack: one that is refused hides no other, and what failed at the start is read again."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bot.clock import Clock, SteppedWire
from bot.sandbox.people import User
from bot.sandbox.server import Sandbox, SandboxConfig
from bot.slack import manifest
from bot.slack.link import SlackLink
from bot.slack.people import People
from storage import Store, open_store
from storage.people import ChannelRow, Person

FIRST, LAST = "U0000000A", "U0000000Z"


@dataclass
class Office:
    box: Sandbox
    people: People
    store: Store
    wire: SteppedWire
    workspace: int

    async def knows(self, user: str) -> Person | None:
        return await self.store.read(lambda work: work.people.get(user), workspace=self.workspace)

    async def knows_channel(self, name: str) -> ChannelRow | None:
        channel = self.box.room(name).id
        return await self.store.read(lambda work: work.people.channel(channel), workspace=self.workspace)

    def asked(self) -> Counter[tuple[str, str]]:
        """Fills with what Slack is asked from now on: the method, and "ok" or "error"."""
        calls: Counter[tuple[str, str]] = Counter()
        self.box.traffic.listeners.append(lambda entry: calls.update([(entry.kind, entry.status)]))
        return calls

    def comes(self, id: str, room: str) -> None:
        """Somebody new is in the channel, and the bot has not heard of it."""
        self.box.workspace.save_user(User(id, id.lower(), f"New {id}", self.box.team_id, tz="Europe/Berlin"))
        self.box.workspace.channel_called(room).members.append(id)


@pytest.fixture
async def office(sqlite_database: str) -> AsyncIterator[Office]:
    wire, clock = SteppedWire(), Clock()
    box = Sandbox(SandboxConfig(manifest=manifest.build(), clock=clock, wire=wire))
    await box.start()
    store = open_store(sqlite_database, clock=clock)
    link = SlackLink(box.bot_token, box.api_url, wire)
    people = People(link.reading, store, clock, wire, team=box.team_id, enterprise=None)
    workspace = await store.write(lambda work: work.workspaces.ensure("A1", box.team_id, None, box.bot_user_id))
    yield Office(box, people, store, wire, workspace)
    await people.stop()
    await link.close()
    await store.close()
    await box.stop()


@pytest.mark.parametrize("code", ["user_not_visible", "user_not_found"])
async def test_a_hidden_person_hides_nobody_else(office: Office, code: str) -> None:
    await office.people.sync(office.workspace)
    for one in (FIRST, LAST):
        office.comes(one, "#payments")
    office.box.faults.add("users.info", "error", code=code)
    await office.people.channel(office.workspace, office.box.room("#payments").id)
    assert await office.knows(FIRST) is None
    assert (await office.knows(LAST) or pytest.fail("unknown")).is_full_member


async def test_a_limit_is_waited_for(office: Office) -> None:
    await office.people.sync(office.workspace)
    office.comes(FIRST, "#payments")
    for method in ("conversations.info", "conversations.members", "users.info"):
        office.box.faults.add(method, "rate_limited", retry_after=20)
    before = office.wire.monotonic()
    await office.people.channel(office.workspace, office.box.room("#payments").id)
    assert await office.knows(FIRST) is not None
    assert office.wire.monotonic() - before >= 60


async def test_more_channels_than_slack_tells_of_in_a_minute_are_read_without_being_told_so(office: Office) -> None:
    rooms = [office.box.found(f"#room{number}", ["ana"]) for number in range(60)]
    asked, before = office.asked(), office.wire.monotonic()
    await office.people.sync(office.workspace)
    assert office.wire.monotonic() - before >= 60, "the rest in the next minute"
    assert not [call for call in asked if call[1] == "error"]
    assert [await office.knows_channel(f"#room{number}") for number in range(60)].count(None) == 0, rooms


async def test_whom_slack_has_told_to_wait_asks_no_more_for_somebody_else(office: Office) -> None:
    await office.people.sync(office.workspace)
    asked = office.asked()
    office.box.faults.add("conversations.info", "rate_limited", retry_after=20)
    rooms = [office.box.room(name).id for name in ("#payments", "#releases", "#general")]
    reading = asyncio.ensure_future(office.people.channel(office.workspace, rooms[0]))
    while not asked["conversations.info", "error"]:  # noqa: ASYNC110 - until Slack has said so
        await asyncio.sleep(0)
    await asyncio.gather(reading, *(office.people.channel(office.workspace, room) for room in rooms[1:]))
    assert asked["conversations.info", "error"] == 1


async def test_bots_that_start_together_share_the_reading(office: Office) -> None:
    for number in range(40):
        office.box.found(f"#room{number}", ["ana"])
    asked = office.asked()
    link = SlackLink(office.box.bot_token, office.box.api_url, office.wire)
    other = People(link.reading, office.store, Clock(), office.wire, team=office.box.team_id, enterprise=None)
    await asyncio.gather(office.people.sync(office.workspace), other.sync(office.workspace))
    await other.stop()
    await link.close()
    assert asked["conversations.info", "ok"] < 60, "twice 45 is what they would have asked alone"


async def test_the_first_sync_comes_to_its_end_however_slack_stumbles(office: Office) -> None:
    office.comes(FIRST, "#payments")
    faults = office.box.faults
    for method in ("users.list", "usergroups.list", "conversations.list", "conversations.info"):
        faults.add(method, "rate_limited", retry_after=3)
        faults.add(method, "server_error", status=503)
        faults.add(method, "drop_before", times=4)
    faults.add("conversations.info", "error", code="internal_error")
    await office.people.sync(office.workspace)
    assert await office.knows(office.box.person("clara").id) is not None
    assert await office.knows(FIRST) is not None
    groups = await office.store.read(lambda work: work.people.groups(), workspace=office.workspace)
    assert groups
    for room in ("#payments", "#releases", "#general"):
        assert (await office.knows_channel(room) or pytest.fail(room)).members_complete


async def test_what_slack_will_never_tell_ends_no_sync(office: Office) -> None:
    office.box.faults.add("usergroups.list", "error", code="missing_scope", times=None)
    office.box.faults.add("conversations.info", "error", code="fatal_odd_error")
    before = office.wire.monotonic()
    await office.people.sync(office.workspace)
    assert office.wire.monotonic() - before < 30, "it is not asked for again"
    known = [await office.knows_channel(room) for room in ("#payments", "#releases", "#general")]
    assert sum(row is not None for row in known) >= 2
