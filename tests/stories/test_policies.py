"""A policy is shown, edited and taken over in Slack: words first, a preview before, a clear answer after."""

from base64 import b64decode
from dataclasses import replace

import pytest

from bot.policy_file import read_policies
from bot.release.policy import LIGHT, Cover, Item, Milestone, Role, SignOff, item_key
from bot.release.states import Move
from tests.story import Actor, Story


async def core_is_in_force(story: Story, **people: Actor) -> None:
    """QA and Operations say go for payments; the go/no-go opens at once."""
    sign_offs = tuple(SignOff(role, people=frozenset({person.id})) for role, person in people.items())
    await story.follows(replace(LIGHT, name="core", services=("payments",), sign_offs=sign_offs, closes=Milestone()))


async def test_an_admin_edits_the_policy_and_takes_it_over_for_an_open_release(story: Story) -> None:
    ana, bo, clara, tom = story.people("ana", "bo", "clara", "tom")
    await core_is_in_force(story, QA=bo, Operations=tom)
    await ana.types("/release new payments 2.14.0 today 16:00")
    await bo.types("/release go")

    seen = await bo.types("/release policy payments")
    assert "payments follows the policy core, version 1." in seen.text
    assert "✍️ QA: a go of Bo" in seen.text and "[Edit]" not in seen.text
    seen = await ana.types("/release policy")
    assert "🟡 It closes at T" in seen.text and "[Edit]" in seen.text

    dialog = await ana.clicks("Edit")
    assert dialog.modal is not None and "QA: how many gos?" in dialog.text
    seen = await ana.submits()
    assert "Nothing is changed yet." in seen.text and not seen.errors, "no field is to blame"
    await ana.submits()
    seen = await ana.submits(opens="sometime")
    assert "“sometime” can't be read. Write for example at once" in str(seen.errors)
    seen = await ana.submits(**{"opens": "at once", "needs.0": "2 go"})
    assert "QA needs 2 people and names 1" in str(seen.errors)
    seen = await ana.submits(
        **{"people.0": ["bo"], "needs.0": "1 go", "role.new": "Security", "people.new": ["clara"], "monitoring": "1h"}
    )
    assert "core, version 1 → 2:" in seen.text
    assert "now: Security: a go of Clara" in seen.text and "now: Watched for 1 h after the deploy" in seen.text
    assert "REL-1 payments 2.14.0" in seen.text and "Security is asked too" in seen.text
    assert "version 1." in (await bo.types("/release policy payments")).text, "nothing is in force yet"

    seen = await ana.submits(take=["REL-1 payments 2.14.0"])
    assert "core, version 2, is in force for new releases." in seen.text
    assert "✅ payments 2.14.0 (REL-1) follows it: Security is asked too." in seen.text
    await ana.closes_modal()
    assert "your Security go/no-go by 20:30" in clara.dm.reads("clara")
    assert "took over version 2 of the policy core for payments 2.14.0. Touched: Security." in " ".join(
        story.room("#payments").threads()
    )
    await clara.clicks("Go", in_="dm")
    await tom.clicks("Go", in_="dm")
    stand = await story.release("payments 2.14.0")
    assert (stand.state, stand.votes) == ("approved", {"bo": "go", "clara": "go", "tom": "go"})


async def test_a_release_keeps_its_policy_until_its_captain_takes_the_newer_one(story: Story) -> None:
    bo, tom = story.people("bo", "tom")
    await core_is_in_force(story, QA=bo)
    await bo.types("/release new payments 2.14.0 today 16:00")
    assert "follows version 1 of core already" in (await bo.types("/release re-apply")).text
    assert "[Take the newest policy]" not in (await bo.types("/release more")).text, "it has the newest"
    await core_is_in_force(story, QA=bo, Operations=tom)
    assert "leaves “re-apply” to the captain (Bo) or release admins" in (await tom.types("/release re-apply")).text

    more = await bo.types("/release more")
    seen = await bo.clicks("Take the newest policy", on=more.message)
    assert "payments 2.14.0 would follow version 2 of the policy core: Operations is asked too." in seen.text
    assert "• now: Operations: a go of Tom" in seen.text and "Nothing has changed yet." in seen.text
    await core_is_in_force(story, QA=tom)
    seen = await bo.clicks("Take it over")
    assert "would follow version 3 of the policy core: QA is asked otherwise." in seen.text, "it is another one by now"
    seen = await bo.clicks("Take it over")
    assert "payments 2.14.0 follows version 3 of the policy core now: QA is asked otherwise." in seen.text
    assert "your go/no-go by 22:00" in tom.dm.reads("tom")
    await tom.clicks("Go", in_="dm")
    assert (await story.release("payments 2.14.0")).state == "approved"


@pytest.mark.once
async def test_two_admins_at_once_one_is_told_of_the_other(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await core_is_in_force(story, QA=bo)
    await ana.types("/release policy payments")
    await ana.clicks("Edit")
    await core_is_in_force(story, QA=ana)
    seen = await ana.submits(monitoring="1h")
    assert "Somebody changed core meanwhile: version 2 is in force." in str(seen.errors) + seen.text


async def test_what_nobody_configured_can_be_edited_too_and_stays_for_every_service(story: Story) -> None:
    ana, clara, tom = story.people("ana", "clara", "tom")
    await ana.types("/release new payments 2.14.0 today 16:00")
    assert "light, version 1" in (await ana.types("/release policy")).text
    await ana.clicks("Edit")
    await ana.submits(**{"role.new": "Security", "people.new": ["clara"], "closes": "T-30m"})
    seen = await ana.submits()
    assert "light, version 2, is in force for new releases." in seen.text
    assert "One open release keeps what it was planned with" in seen.text
    await ana.closes_modal()
    await ana.types("/release new anything 1.0 today 17:00")
    await tom.types("/release go anything")
    await clara.types("/release go anything")
    assert (await story.release("anything 1.0")).state == "approved"
    await tom.types("/release go payments")
    assert (await story.release("payments 2.14.0")).state == "approved", "it keeps version 1"


@pytest.mark.once
async def test_hotfixes_have_their_own_dialog(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await core_is_in_force(story, QA=bo, Operations=tom)
    await ana.types("/release policy payments")
    dialog = await ana.clicks("Edit for hotfixes")
    assert "This is for its hotfix releases only." in dialog.text and "Which services" not in dialog.text
    seen = await ana.submits(**{"needs.0": "Not asked any more", "monitoring": "2h"})
    assert "now: hotfix — Operations: a go of Tom" in seen.text and "Watched for 2 h" in seen.text
    assert "No open release is touched." in seen.text
    await ana.submits()
    await ana.closes_modal()
    read = (await ana.types("/release policy payments")).text
    assert "✍️ QA: a go of Bo" in read and "hotfix — Operations: a go of Tom" in read


@pytest.mark.once
async def test_a_sign_off_that_was_added_to_one_release_stays_with_it(story: Story) -> None:
    ana, bo, clara, tom = story.people("ana", "bo", "clara", "tom")
    await core_is_in_force(story, QA=tom)
    await ana.types("/release new payments 2.14.0 today 16:00")
    await ana.types(f"/release add-sign-off payments Legal <@{clara.id}>")
    await core_is_in_force(story, QA=tom, Operations=bo)
    seen = await ana.types("/release re-apply")
    assert "would follow version 2 of the policy core: Operations is asked too." in seen.text
    await ana.clicks("Take it over")
    for who in (tom, bo):
        await who.types("/release go payments")
    assert "Legal has not answered" in (await ana.types("/release why")).text
    await clara.types("/release go payments")
    assert (await story.release("payments 2.14.0")).state == "approved"


async def test_the_dialog_names_what_it_does_not_ask_and_gives_it_as_a_file(story: Story) -> None:
    ana, bo, clara = story.people("ana", "bo", "clara")
    qa = SignOff("QA", people=frozenset({bo.id}), channels=frozenset({story.room("#releases").id}), delegates=True,
                 outside=frozenset({"U0FOREIGN"}))  # fmt: skip
    runbook = Item(item_key("Runbook updated"), "Runbook updated", frozenset({clara.id}))
    core = replace(
        LIGHT, name="core", services=("payments",), sign_offs=(qa,), checklist=(runbook,),
        rights={Move.HOLD: frozenset({Role.CAPTAIN})}, status_channels=(story.room("#releases").id,),
    )  # fmt: skip
    await story.follows(core)
    page = await ana.types("/release policy payments")
    dialog = await ana.clicks("Edit", on=page.message)
    assert (
        "Not asked here, but beside Edit: Sign-offs: who else gives each of them, who may not, and delegates; "
        "Rights and channels: who may do and plan what, kinds, freezes, clashes, and where outcomes are told. "
        in dialog.text
    )
    seen = await ana.submits(
        **{"checklist": "runbook updated\nSupport knows (optional)", "covers.0": ["What's in it", "Its time"]}
    )
    assert "now: Checklist: Support knows — the captain (go does not wait for it)" in seen.text
    assert "; asked again when " in seen.text and "(was: " in seen.text
    await ana.submits()
    await ana.closes_modal()
    page = await ana.types("/release policy payments")
    assert "Checklist: runbook updated — Clara" in page.text, "it stays whose it is"
    seen = await ana.clicks("As a file", on=page.message)
    assert "tminus policy apply FILE --dry-run" in seen.text
    [file] = story.box.workspace.files.values()
    [read] = read_policies(b64decode(file["content"]).decode())
    assert (read.rights, read.status_channels) == (core.rights, core.status_channels), "nothing was lost"
    assert read.sign_offs == (replace(qa, covers=frozenset({Cover.CHANGES, Cover.SCHEDULE})),)
    assert "[As a file]" not in (await bo.types("/release policy payments")).text


@pytest.mark.once
async def test_a_policy_of_very_many_services_has_a_dialog(story: Story) -> None:
    """Slack lets a field begin with 3,000 characters: what is more is changed in the file, and stays."""
    ana, bo = story.people("ana", "bo")
    services = tuple(f"harbour service number {number}" for number in range(150))
    qa = SignOff("QA", people=frozenset({bo.id}))
    await story.follows(replace(LIGHT, name="fleet", services=services, sign_offs=(qa,)))
    await ana.types("/release policy fleet")
    seen = await ana.clicks("Edit")
    assert seen.modal is not None and "Which services follow it?" not in seen.text
    assert "Its services are too many for a field, and are changed in the file." in seen.text
    await ana.submits(monitoring="1h")
    await ana.submits()
    assert "fleet, version 2" in (await bo.types("/release policy harbour service number 149")).text
