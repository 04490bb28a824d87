"""Applying policy files: what comes into force, what stays, and files that claim what another policy has."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.clock import StoryClock
from bot.policies import Unusable, apply_file, show
from bot.release.policy import TEAM
from bot.release.states import State
from bot.settings import load_local_settings
from storage import open_store
from storage.work import Work
from tests.storage.given import NOW, a_release

QA = "sign_offs: [{role: QA, people: [U1]}]"
IN_FORCE = f"""
  - {{name: web, services: [Web, api], default: true, {QA}}}
  - {{name: ledger, services: [ledger], {QA}}}
"""


class Desk:
    """Somebody at a terminal, with policy files."""

    def __init__(self, database: str, folder: Path) -> None:
        self.settings = load_local_settings({"DATABASE_URL": database})
        self.file = folder / "policies.yml"

    async def applies(self, policies: str, *, retire: tuple[str, ...] = (), dry_run: bool = False) -> list[str]:
        self.file.write_text(f"policies:\n{policies}")
        return await apply_file(self.settings, self.file, team=None, dry_run=dry_run, retire=retire)

    async def is_refused(self, policies: str, *, retire: tuple[str, ...] = ()) -> list[str]:
        for dry_run in (True, False):
            with pytest.raises(Unusable) as refused:
                await self.applies(policies, retire=retire, dry_run=dry_run)
        return [problem.removeprefix(f"{self.file}, ") for problem in refused.value.problems]

    async def shows(self) -> list[str]:
        return [line for line in await show(self.settings, team=None) if not line.startswith(" ")]


@pytest.fixture
async def desk(database: str, tmp_path: Path) -> Desk:
    """In a workspace with two policies in force."""
    store = open_store(database, clock=StoryClock(NOW, running=False))
    await store.write(lambda work: work.workspaces.ensure("A1", "T1", None, "UBOT", zone="Europe/Berlin"))
    await store.close()
    there = Desk(database, tmp_path)
    await there.applies(IN_FORCE)
    return there


async def test_a_service_or_the_default_that_another_policy_has_is_refused_with_its_line(desk: Desk) -> None:
    file = f"""
  - name: shop
    services:
      - shop
      - WEB
    default: true
    {QA}
  - {{name: Ledger, services: [books], {QA}}}
"""
    stays = "which stays in force. Leave it out here, change web in this file too, or retire it: --retire web"
    assert await desk.is_refused(file) == [
        f"line 6: the service web is already named by the policy web, {stays}",
        f"line 7: the policy web is the default already, {stays}",
        "line 9: Ledger is in force as ledger; write its name like that",
    ]
    assert await desk.shows() == ["ledger, version 1:", "web, version 1:"]


async def test_a_service_moves_when_both_policies_are_in_the_file(desk: Desk) -> None:
    await desk.applies(
        f"  - {{name: web, services: [web], {QA}}}\n  - {{name: api, services: [api], default: true, {QA}}}\n"
    )
    assert await desk.shows() == ["api, version 1:", "ledger, version 1:", "web, version 2:"]


async def test_a_policy_is_taken_out_of_force_in_the_same_step(desk: Desk) -> None:
    shop = f"  - {{name: shop, services: [web, shop], default: true, {QA}}}\n"
    told = await desk.applies(shop, retire=("web",), dry_run=True)
    assert told[0] == "web is no longer in force for new releases." and "dry run" in told[-1]
    assert await desk.shows() == ["ledger, version 1:", "web, version 1:"]

    told = await desk.applies(shop, retire=("web",))
    assert (told[0], told[-1]) == (
        "web is no longer in force for new releases.", "shop version 1 is in force for new releases.",
    )  # fmt: skip
    assert await desk.shows() == ["ledger, version 1:", "shop, version 1:"]
    await desk.applies(f"  - {{name: web, services: [web], {QA}}}\n", retire=("shop",))
    assert await desk.shows() == ["ledger, version 1:", "web, version 2:"], "its versions go on"


async def test_a_file_is_checked_where_there_is_no_database_yet(tmp_path: Path) -> None:
    desk = Desk(f"sqlite:///{tmp_path}/none.db", tmp_path)
    told = await desk.applies(f"  - {{name: web, services: [web], {QA}}}\n", dry_run=True)
    assert told[0] == "web:" and told[-1].startswith("The file is right. There is nothing to compare it with: the data")
    assert (await desk.is_refused("  - {name: web, services: [web], sign_off: []}\n"))[0].startswith("line 2: sign_off")
    with pytest.raises(Unusable, match="run tminus migrate"):
        await desk.applies(f"  - {{name: web, services: [web], {QA}}}\n")


async def test_only_what_is_in_force_and_not_in_the_file_can_be_retired(desk: Desk) -> None:
    file = f"  - {{name: ledger, services: [ledger], {QA}}}\n"
    assert await desk.is_refused(file, retire=("wbe", "ledger")) == [
        "wbe is not in force, so it can't be retired; in force: ledger, web",
        "ledger is in the file, so it can't be retired",
    ]


async def test_setup_offers_what_is_there_after_its_choice_was_retired(database: str, tmp_path: Path) -> None:
    store = open_store(database, clock=StoryClock(NOW, running=False))
    workspace = await store.write(lambda work: work.workspaces.ensure("A1", "T1", None, "UBOT", zone="Europe/Berlin"))

    def choose_team(work: Work) -> None:
        work.policies.put(replace(TEAM, is_default=True), "U1", NOW)
        work.workspaces.update(workspace, policy="team")

    await store.write(choose_team, workspace=workspace)
    there = Desk(database, tmp_path)
    ours = f"  - {{name: ours, default: true, {QA}}}\n"
    assert await there.is_refused(ours) == [
        "line 2: the policy team is the default already, which stays in force. Leave it out here, or retire it: "
        "--retire team"
    ]
    await there.applies(ours, retire=("team",))
    assert await store.read(lambda work: work.workspace.policy, workspace=workspace) == "ours"
    await store.close()


async def test_a_dry_run_says_which_open_releases_a_change_would_touch(database: str, tmp_path: Path) -> None:
    store = open_store(database, clock=StoryClock(NOW, running=False))
    workspace = await store.write(lambda work: work.workspaces.ensure("A1", "T1", None, "UBOT", zone="Europe/Berlin"))
    there = Desk(database, tmp_path)
    await there.applies(f"  - {{name: web, services: [web], {QA}}}\n")

    def plan_two(work: Work) -> None:
        web = work.policies.latest("web")
        assert web is not None
        for version, state in (("5.1", State.OPEN), ("5.0", State.RELEASED)):
            work.releases.add(a_release(workspace, version=version, service="web", policy=web, state=state))

    await store.write(plan_two, workspace=workspace)
    stricter = "  - {name: web, services: [web], sign_offs: [{role: QA, people: [U1]}, {role: Ops, people: [U2]}]}\n"
    told = await there.applies(stricter, dry_run=True)
    assert told[2:] == [
        "  One open release keeps what it was planned with; re-apply REL-1, typed in Slack, would take this over:",
        "    web 5.1 (REL-1) · version 1: Ops is asked too",
        "Nothing was applied: this was a dry run.",
    ]
    assert await store.read(lambda work: work.releases.get_number(1).policy.version, workspace=workspace) == 1
    await store.close()
