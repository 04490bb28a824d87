"""The policy in words: whose, which one is meant, and what those hear who ask for one that is not there."""

from dataclasses import replace

import pytest

from bot.kit import policy_rights
from bot.release.policy import BUILT_IN, TEAM, Policy, SignOff, staffed
from tests.handlers.office import ANA, BO, DORA, Office, said
from tests.storage.given import a_release

CORE = replace(
    staffed(TEAM, {"QA": frozenset({BO}), "Operations": frozenset({ANA, BO}), "Product": frozenset({DORA})}),
    name="core", services=("payments", "ledger"),
)  # fmt: skip
REST = Policy("everything else", sign_offs=(SignOff("Sign-off", whole_channel=True),), is_default=True)


async def in_force(office: Office, *policies: Policy) -> None:
    for one in policies:
        await office.store.write(
            lambda work, one=one: work.policies.put(one, "test", work.now), workspace=office.workspace
        )


async def hears(office: Office, user: str, text: str) -> str:
    return said((await office.types(user, text)).message["blocks"]).replace("`", "")


async def test_a_service_s_policy_reads_as_a_page(office: Office) -> None:
    await in_force(office, CORE, REST)
    read = await hears(office, BO, "policy payments")
    assert read.startswith("payments follows the policy core, version 1.\nWho says go\n✍️ QA: a go of Bo; asked")
    assert (
        "🔵 The go/no-go opens the working day before at 10:00\n"
        "🟡 It closes 30 min before T\n"
        "⚖️ It is decided the moment go is reached\n"
        "🚀 T, the planned time: the deploy\n"
        "👀 Watched for 30 min after the deploy\n"
        "⌛ An approval expires 4 h after T"
    ) in read
    assert "For payments and ledger" in read and "hotfix — Operations: a go of Ana or Bo" in read
    assert "The captain or an admin may: poll, poll close" in read


async def test_a_service_that_nobody_names_follows_the_default(office: Office) -> None:
    await in_force(office, CORE, REST)
    read = await hears(office, BO, "policy web")
    assert read.startswith("web follows the policy everything else, version 1, as every service that no policy names.")


async def test_an_unknown_service_hears_which_there_are(office: Office) -> None:
    await in_force(office, CORE)
    assert "No policy names the service paymnets. Did you mean payments?" in await hears(office, BO, "policy paymnets")


async def test_without_a_name_the_channel_s_own_is_shown_or_all_to_choose_from(office: Office) -> None:
    assert "light, version 1." in await hears(office, BO, "policy"), "nothing is configured"
    await in_force(office, CORE, REST)
    read = await hears(office, BO, "policy")
    assert "2 policies are in force" in read and read.count("[Show]") == 2
    assert "core · for payments and ledger · go of QA, Operations and Product" in read
    await office.presses(BO, "do.policy", t="core")
    assert (await office.told())[-1].startswith("core, version 1.")
    await office.has(a_release(office.workspace, policy=CORE))
    assert "payments follows the policy core" in await hears(office, BO, "policy")


async def test_a_release_is_found_whatever_else_was_typed(office: Office) -> None:
    await office.types(ANA, "new payments 2.14.0 in 3h")
    assert "payments 2.14.0 keeps the policy" in await hears(office, BO, "policy REL-1 in <!channel> please")
    assert "There is no REL-99 here" in await hears(office, BO, "policy rel 99 please")


async def test_a_release_keeps_the_policy_it_was_planned_with(office: Office) -> None:
    await in_force(office, CORE)
    release = await office.has(a_release(office.workspace, policy=CORE))
    read = await hears(office, BO, f"policy REL-{release.number}")
    assert "payments 2.14.0 keeps the policy core, version 1, that it was planned with." in read
    stricter = replace(CORE, sign_offs=(*CORE.sign_offs, SignOff("Security", people=frozenset({DORA}))))
    await in_force(office, stricter)
    read = await hears(office, ANA, f"policy REL-{release.number}")
    assert "Version 2 of core is in force by now: Security is asked too.\n[Take the newest policy]" in read
    assert "[Take the newest policy]" not in await hears(office, BO, f"policy REL-{release.number}")


async def test_only_administrators_edit_it(office: Office) -> None:
    await in_force(office, CORE)
    await office.has_admin(ANA)
    for press in ("policy.edit", "policy.rights", "policy.sign_offs", "policy.sign_off", "policy.file"):
        await office.presses(BO, press, p="core", s="QA")
        assert (await office.told())[-1] == "Only release admins can do this: Ana."
    answer = await office.submits(BO, "policy.apply", {"p": "core", "v": 1, "d": "rights"}, rights="hold: anyone")
    assert "Only release admins can do this" in str(answer.errors)


@pytest.mark.parametrize("name", BUILT_IN)
def test_rights_are_read_as_they_are_shown(name: str) -> None:
    policy = BUILT_IN[name]
    assert policy_rights.edited(policy, policy_rights.filled(policy)) == policy
