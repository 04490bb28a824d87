"""One row per installation, its token unreadable in the file; its admins, policies, people and retrospectives."""

import asyncio
from dataclasses import replace
from datetime import date, datetime

import pytest

from bot.clock import StoryClock
from bot.keys import new_key
from bot.release.policy import LIGHT, REGULATED, TEAM
from storage import Store, Vault, open_store
from storage.people import ChannelRow, Person
from storage.tables import workspaces
from storage.vault import Sealed
from storage.work import Work
from tests.storage.given import DAY, HOUR, NOW, Do, a_release


# ---- installations --------------------------------------------------------------------------
async def test_an_installation_is_one_row_however_often_it_starts(store: Store) -> None:
    ids = await asyncio.gather(
        *(store.write(lambda work: work.workspaces.ensure("A1", "T1", None, "UBOT")) for _ in range(8))
    )
    assert len(set(ids)) == 1
    (row,) = await store.read(lambda work: work.workspaces.all())
    assert (row.team_id, row.enterprise_id, row.policy, row.setup_done) == ("T1", "", "light", False)


@pytest.mark.parametrize(("first", "then"), [("unknown", "A1"), ("A1", "unknown")])
async def test_an_installation_is_the_same_whether_slack_tells_its_app_or_not(
    store: Store, first: str, then: str
) -> None:
    ids = [
        await store.write(lambda work, app=app, bot=bot: work.workspaces.ensure(app, "T1", None, bot))
        for app, bot in ((first, "UBOT"), (then, "UBOT"), (first, "UBOT2"), ("A1", "UBOT"))
    ]
    assert len(set(ids)) == 1
    others = {await store.write(lambda work: work.workspaces.ensure("A2", "T1", None, "UOTHER")),
              await store.write(lambda work: work.workspaces.ensure("unknown", "T2", None, "UBOT"))}  # fmt: skip
    assert len({*ids, *others}) == 3, "another app, and another team"
    assert await store.write(lambda work: work.workspaces.ensure("unknown", "T1", None, "UBOT")) == ids[0]


async def test_a_team_is_served_by_its_own_installation_else_by_its_organisations(store: Store) -> None:
    own = await store.write(lambda work: work.workspaces.ensure("A1", "T1", "E1", "UBOT"))
    org = await store.write(lambda work: work.workspaces.ensure("A1", None, "E1", "UBOT", is_org_install=True))

    def served(work: Work) -> list[int | None]:
        asked = [("T1", "E1"), ("T1", None), ("T2", "E1"), (None, "E1"), ("T2", None), ("T2", "E2"), (None, None)]
        found = [work.workspaces.find(team, enterprise) for team, enterprise in asked]
        return [row.id if row else None for row in found]

    assert await store.read(served) == [own, own, org, org, None, None, None]


async def test_settings_are_changed_by_name(write: Do, read: Do, workspace: int) -> None:
    def change(work: Work) -> str | None:
        assert work.workspace.status_channel is None
        work.workspaces.update(workspace, status_channel="C9", zone="Asia/Kolkata", setup_done=True)
        return work.workspace.status_channel

    assert await write(change) == "C9"
    assert await read(lambda work: (work.workspace.zone, work.workspace.setup_done)) == ("Asia/Kolkata", True)
    with pytest.raises(ValueError, match="token"):
        await write(lambda work: work.workspaces.update(workspace, token="x"))
    with pytest.raises(LookupError):
        await read(lambda work: work.workspaces.get(4711))


async def test_a_token_is_kept_but_not_in_the_clear(database: str, store: Store, vault: Vault) -> None:
    id = await store.write(lambda work: work.workspaces.ensure("A1", "T1", None, "UBOT", token="xoxb-secret"))
    stored = await store.read(lambda work: work.conn.execute(workspaces.select()).all())
    assert "xoxb" not in str(stored)
    assert await store.read(lambda work: work.workspaces.token(id)) == "xoxb-secret"
    await store.write(lambda work: work.workspaces.ensure("A1", "T1", None, "UBOT2"))
    assert await store.read(lambda work: work.workspaces.token(id)) == "xoxb-secret"
    for wrong in (None, Vault(lambda: [new_key()])):
        other = open_store(database, clock=StoryClock(NOW, running=False), vault=wrong)
        with pytest.raises(Sealed):
            await other.read(lambda work: work.workspaces.token(id))
        await other.close()
    for news in (True, False):
        assert await store.write(lambda work: work.workspaces.uninstalled(id)) is news
    assert await store.read(lambda work: work.workspaces.token(id)) is None


async def test_without_a_key_no_token_is_stored(database: str) -> None:
    keyless = open_store(database, clock=StoryClock(NOW, running=False))
    with pytest.raises(Sealed, match="TMINUS_SECRET_KEY"):
        await keyless.write(lambda work: work.workspaces.ensure("A1", "T1", None, "UBOT", token="xoxb-secret"))
    assert await keyless.read(lambda work: work.workspaces.all()) == []
    await keyless.close()


# ---- admins and the setup code --------------------------------------------------------------
async def test_admins_come_and_go(write: Do, read: Do) -> None:
    for _ in range(2):
        await write(lambda work: work.roles.add_admin("UANA", "UBO", NOW))
    assert await read(lambda work: work.roles.admins()) == {"UANA"}
    for _ in range(2):
        await write(lambda work: work.roles.remove_admin("UANA"))
    assert await read(lambda work: work.roles.admins()) == frozenset()


async def test_of_many_replicas_one_makes_the_code(write: Do) -> None:
    made = await asyncio.gather(
        *(write(lambda work, n=n: work.roles.put_code(f"hash{n}", NOW + DAY)) for n in range(8))
    )
    assert sorted(made) == [False] * 7 + [True]


async def test_the_code_works_once(write: Do) -> None:
    await write(lambda work: work.roles.put_code("right", NOW + DAY))
    assert await write(lambda work: work.roles.try_code("wrong", NOW)) == "wrong"
    tried = await asyncio.gather(*(write(lambda work: work.roles.try_code("right", NOW)) for _ in range(4)))
    assert sorted(tried) == ["ok", "used", "used", "used"]
    assert await write(lambda work: work.roles.put_code("next", NOW + DAY)), "a used one is replaced"


async def test_five_wrong_tries_lock_it_and_a_day_ends_it(write: Do) -> None:
    assert await write(lambda work: work.roles.try_code("right", NOW)) == "none"
    await write(lambda work: work.roles.put_code("right", NOW + DAY))
    assert [await write(lambda work: work.roles.try_code("wrong", NOW)) for _ in range(5)] == ["wrong"] * 5
    assert await write(lambda work: work.roles.try_code("right", NOW)) == "locked"
    assert await write(lambda work: work.roles.put_code("second", NOW + DAY))
    assert await write(lambda work: work.roles.try_code("second", NOW + DAY)) == "expired"


# ---- policies -------------------------------------------------------------------------------
async def test_the_policy_in_force_is_the_last_applied(write: Do, read: Do) -> None:
    assert not await read(lambda work: work.policies.any_applied())
    assert await read(lambda work: work.policies.for_service("payments")) is None
    payments = replace(TEAM, services=("Payments", "Ledger"))
    first = await write(lambda work: work.policies.put(payments, "UANA", NOW))
    second = await write(lambda work: work.policies.put(replace(payments, services=("Payments",)), "UANA", NOW))
    await write(lambda work: work.policies.put(replace(REGULATED, is_default=True), "UANA", NOW))
    assert (first.version, second.version) == (1, 2)
    assert await read(lambda work: work.policies.latest("team")) == second
    assert await read(lambda work: work.policies.latest("light")) is None
    assert [policy.name for policy in await read(lambda work: work.policies.all_latest())] == ["regulated", "team"]
    names = ("payments ", "ledger")
    found = await read(lambda work: [work.policies.for_service(name) for name in names])
    assert [(policy.name, policy.version) for policy in found] == [("team", 2), ("regulated", 1)]
    assert await read(lambda work: work.policies.known_services()) == {"Payments"}


async def test_policies_applied_at_once_get_their_own_versions(write: Do) -> None:
    applied = await asyncio.gather(*(write(lambda work: work.policies.put(LIGHT, "UANA", NOW)) for _ in range(6)))
    assert sorted(policy.version for policy in applied) == [1, 2, 3, 4, 5, 6]


# ---- people ---------------------------------------------------------------------------------
def a_person(id: str, **fields: object) -> Person:
    plain = Person(id, id.title(), "Europe/Berlin", True, False, False, False, "T1", NOW)
    return replace(plain, **fields)  # type: ignore[arg-type]


async def test_people_are_known_as_slack_last_told(write: Do, read: Do) -> None:
    await write(lambda work: work.people.put(a_person("UANA"), a_person("UGUEST", is_full_member=False, zone=None)))
    await write(lambda work: work.people.put(a_person("UANA", name="Ana P.", as_of=NOW + HOUR)))
    await write(lambda work: work.people.put(a_person("UANA", name="late news", as_of=NOW - HOUR)))
    assert (await read(lambda work: work.people.get("UANA"))).name == "Ana P."
    assert await read(lambda work: work.people.get("UBO")) is None
    assert await read(lambda work: [work.people.name(user) for user in ("UANA", "UBO")]) == ["Ana P.", "UBO"]
    assert await read(lambda work: work.people.full_members(["UANA", "UGUEST", "UBO"])) == {"UANA"}


async def test_thousands_of_members_are_asked_for_in_slices(write: Do, read: Do) -> None:
    crowd = [a_person(f"U{number}", is_full_member=number % 2 == 0) for number in range(1201)]
    await write(lambda work: work.people.put(*crowd))
    ids = [person.id for person in crowd]
    assert len(await read(lambda work: work.people.full_members(ids))) == 601
    assert len(await read(lambda work: work.people.many(ids))) == 1201


async def test_a_channel_and_who_is_in_it(write: Do, read: Do) -> None:
    row = ChannelRow("C1", "payments", False, False, False, True, None, False)
    with pytest.raises(LookupError):
        await write(lambda work: work.people.put_members("C1", ["UANA"], NOW, True))
    await write(lambda work: work.people.put_channel(row))
    assert await read(lambda work: work.people.channel("C1")) == row
    assert await read(lambda work: work.people.members("C1")) == frozenset()
    await write(lambda work: work.people.put_members("C1", ["UBO", "UANA"], NOW, True))
    assert await read(lambda work: work.people.channel("C1")) == replace(row, members_as_of=NOW, members_complete=True)
    assert await read(lambda work: work.people.members("C1")) == {"UANA", "UBO"}
    assert await read(lambda work: [work.people.as_of(one) for one in ("C1", "C9")]) == [NOW, None]
    await write(lambda work: work.people.put_channel(row))
    assert await read(lambda work: work.people.members("C1")) == frozenset()
    assert await read(lambda work: work.people.channel("C9")) is None


async def test_a_group_and_who_is_in_it(write: Do, read: Do) -> None:
    await write(lambda work: work.people.put_group("S1", "qa", "QA", ["UBO"], NOW))
    await write(lambda work: work.people.put_group("S1", "qa", "Quality", ["UBO", "UANA"], NOW))
    group = await read(lambda work: work.people.group("S1"))
    assert (group.handle, group.name) == ("qa", "Quality")
    assert await read(lambda work: work.people.group_members("S1")) == {"UANA", "UBO"}
    assert await read(lambda work: work.people.group_members("S9")) == frozenset()
    assert len(await read(lambda work: work.people.groups())) == 1


# ---- cards and retrospectives ---------------------------------------------------------------
async def test_a_card_is_found_by_its_message(workspace: int, write: Do, read: Do) -> None:
    release = await write(lambda work: work.releases.add(a_release(workspace)))
    card = await write(lambda work: work.cards.ensure(release.id, "release", "C1"))
    assert await write(lambda work: work.cards.ensure(release.id, "release", "C1")) == card
    other = await write(lambda work: work.cards.ensure(release.id, "owes", "UBO", "round 2"))
    await write(lambda work: work.cards.posted(card.id, "C1", "1.2"))
    assert (await read(lambda work: work.cards.by_ts("C1", "1.2"))).id == card.id
    assert await read(lambda work: work.cards.by_ts("C1", "1.3")) is None
    await write(lambda work: work.cards.lost(card.id))
    assert (await read(lambda work: work.cards.get(card.id))).ts is None
    await write(lambda work: work.cards.gone(other.id))
    assert [(one.kind, one.state) for one in await read(lambda work: work.cards.of(release.id))] == [
        ("release", "live"),
        ("owes", "gone"),
    ]


async def test_a_retrospective_and_what_is_to_be_done(workspace: int, write: Do, read: Do) -> None:
    release = await write(lambda work: work.releases.add(a_release(workspace)))
    await write(lambda work: work.retros.put_answer(release.id, "UBO", "fast", "", "", NOW))
    await write(lambda work: work.retros.put_answer(release.id, "UANA", "", "late", "", NOW + HOUR))
    await write(lambda work: work.retros.put_answer(release.id, "UBO", "fast", "noisy", "", NOW + DAY))
    answers = await read(lambda work: work.retros.answers(release.id))
    assert [(one.user, one.well, one.not_well) for one in answers] == [("UANA", "", "late"), ("UBO", "fast", "noisy")]
    item = await write(
        lambda work: work.retros.add_action(release.id, "fix alarms", "UBO", date(2026, 12, 9), "UANA", NOW)
    )
    (found,) = await read(lambda work: work.retros.open_actions("Payments", release.id + 1))
    assert (found.id, found.text, found.owner, found.due_on) == (item, "fix alarms", "UBO", date(2026, 12, 9))
    assert await read(lambda work: work.retros.open_actions("checkout", release.id + 1)) == []
    assert await read(lambda work: work.retros.open_actions("payments", release.id)) == [], "its own are its own"
    assert await write(lambda work: work.retros.close_action(item, "UBO", NOW + DAY))
    assert not await write(lambda work: work.retros.close_action(item, "UBO", NOW + DAY))
    assert await read(lambda work: work.retros.open_actions("payments", release.id + 1)) == []
    assert [one.closed_by for one in await read(lambda work: work.retros.actions(release.id))] == ["UBO"]


async def test_since_when_the_app_is_removed_until_it_is_let_in_again(workspace: int, write: Do, read: Do) -> None:
    async def since() -> datetime | None:
        found: datetime | None = (await read(lambda work: work.workspaces.get(workspace))).uninstalled_at
        return found

    assert await since() is None and not await write(lambda work: work.workspaces.installed(workspace))
    assert await write(lambda work: work.workspaces.uninstalled(workspace))
    assert await since() == NOW
    assert await write(lambda work: work.workspaces.installed(workspace))
    assert await since() is None
