"""All of a policy is edited in Slack: its rights and channels, and who gives each sign-off, in dialogs of their own."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.release.policy import LIGHT, Cover, Escalation, Lane, Milestone, Policy, Role, SignOff
from bot.release.states import Move
from tests.story import Actor, Story


async def core_is_in_force(story: Story, *sign_offs: SignOff, **otherwise: object) -> Policy:
    core = replace(LIGHT, name="core", services=("payments",), sign_offs=sign_offs, closes=Milestone(), **otherwise)  # type: ignore[arg-type]
    await story.follows(core)
    return core


async def in_force(story: Story) -> Policy:
    found: Policy = await story.app.store.read(lambda work: work.policies.latest("core"), workspace=story.app.workspace)
    return found


async def opens(who: Actor, button: str) -> str:
    page = await who.types("/release policy payments")
    return (await who.clicks(button, on=page.message)).text


async def test_who_may_do_what_and_where_outcomes_are_told(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    before = await core_is_in_force(story, SignOff("QA", people=frozenset({bo.id})))
    shown = await opens(ana, "Rights and channels")
    assert "hold: anyone, deployer, captain, admin" in shown and "create: anyone" in shown
    seen = await ana.submits()
    assert "Nothing is changed yet." in seen.text and not seen.errors, "no field is to blame"
    await ana.submits()
    for text, said in (
        ("hold captain", "“hold captain” can't be read. Write for example hold: captain, admin."),
        ("hould: captain", "“hould” is nothing that a policy gives to somebody. Did you mean hold?"),
        ("hold: boss", "“boss” is none of anyone, crew, approver, deployer, captain, holder or admin."),
        ("hold:", "Somebody has to be able to: hold."),
        ("hold: crew\nhold: admin", "hold is there twice."),
        ("create: holder", "nobody is captain, deployer or holder of what is not planned yet"),
    ):
        assert said in str((await ana.submits(rights=text)).errors), text
    assert "“near” is not a length of time" in str(
        (await ana.submits(rights="hold: crew", clash_distance="near")).errors
    )
    assert "give a number" in str((await ana.submits(clash_distance="2h", releases_a_day="many")).errors)
    assert "Choose at least one" in str((await ana.submits(rights="hold: crew", kinds=[])).errors)
    seen = await ana.submits(
        rights="Hold: captain or admin\ncreate: crew, admin", kinds=["normal", "hotfix"], freezes=["hotfix"],
        review=["No override while the review of an earlier one is open"], status=["#releases"],
        releases_a_day="3",
    )  # fmt: skip
    assert "core, version 1 → 2:" in seen.text
    assert (
        "now: hold: the captain or an admin (was: hold: anyone in the channel, the deployer, the captain or an admin)"
        in (seen.text)
    )
    for line in ("now: Create: the crew or an admin", "now: Kinds: hotfix and normal", "now: Outcomes are told in #rel",
                 "now: hotfix — Deployed also inside a change freeze",
                 "now: No override while the review of an earlier one is open"):  # fmt: skip
        assert line in seen.text, line
    assert (await in_force(story)).version == 1, "nothing is in force yet"
    await ana.submits()
    await ana.closes_modal()
    after = await in_force(story)
    assert after.rights == {**before.rights, Move.HOLD: frozenset({Role.CAPTAIN, Role.ADMIN})}
    assert replace(after, version=1, rights=before.rights, create=before.create, kinds=before.kinds, lanes=before.lanes,
                   open_review_blocks=False, status_channels=(), clash_distance=before.clash_distance,
                   releases_a_day=before.releases_a_day) == before, "all else is as it was"  # fmt: skip
    await ana.types("/release new payments 2.14.0 in 3h")
    assert "leaves “hold” to the captain (Ana) or release admins" in (await tom.types("/release hold incident")).text


async def test_who_gives_a_sign_off_and_whom_it_goes_to(story: Story) -> None:
    ana, bo, clara, tom = story.people("ana", "bo", "clara", "tom")
    qa = SignOff("QA", people=frozenset({bo.id}), covers=frozenset({Cover.CHANGES}), outside=frozenset({"U0FOREIGN"}))
    before = await core_is_in_force(story, qa, SignOff("Operations", people=frozenset({tom.id})), close="deadline")
    page = await opens(ana, "Sign-offs")
    assert "QA: a go of Bo" in page and "[Change QA]" in page and "[Change Operations]" in page
    dialog = await ana.clicks("Change QA")
    assert "QA" in dialog.text and "Members of which channels may give it?" in dialog.text
    seen = await ana.submits(further=["clara"])
    assert "Say when, for example" in str(seen.errors)
    seen = await ana.submits(further_when="soon")
    assert "“soon” can't be read" in str(seen.errors)
    seen = await ana.submits(further_when="1h before it closes", further=[])
    assert "Choose whom to ask then" in str(seen.errors)
    assert "no guests and no bots: not Gus" in str((await ana.submits(further=["gus"])).errors)
    seen = await ana.submits(
        channels=["#releases"], further=["clara"], further_when="1h before it closes", recorded="1",
        who=["The deployer may give it", "Who is away may name a delegate"],
    )  # fmt: skip
    assert "now: QA: a go of Bo, the members of #releases or U0FOREIGN of another workspace, but not the captain" in (
        seen.text
    )
    assert "; asked too, where it is missing 1 h before it closes: Clara" in seen.text
    assert "who is away may name a delegate" in seen.text and "the captain may record 1" in seen.text
    await ana.submits()
    await ana.closes_modal()
    after = await in_force(story)
    assert after.sign_offs[0] == replace(
        qa, channels=frozenset({story.room("#releases").id}), captain_may=False, delegates=True, recorded=1,
        escalation=Escalation(before_close=timedelta(hours=1), people=frozenset({clara.id})),
    )  # fmt: skip
    assert after.sign_offs[1:] == before.sign_offs[1:]


@pytest.mark.once
async def test_the_sign_offs_of_hotfixes_are_their_own(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    duty = SignOff("Duty", people=frozenset({tom.id}))
    lanes = {"hotfix": Lane(sign_offs=(duty,))}
    await core_is_in_force(story, SignOff("QA", people=frozenset({bo.id})), lanes=lanes)
    page = await opens(ana, "Sign-offs")
    assert "hotfix — ✍️ Duty: a go of Tom" in page
    await ana.clicks("Change Duty")
    seen = await ana.submits(who=["The captain may give it", "The deployer may give it",
                                  "Who is away may name a delegate"])  # fmt: skip
    assert "now: hotfix — Duty: a go of Tom; who is away may name a delegate" in seen.text
    await ana.submits()
    await ana.closes_modal()
    after = await in_force(story)
    assert after.lanes["hotfix"].sign_offs == (replace(duty, delegates=True),)
    assert not after.sign_offs[0].delegates


@pytest.mark.once
async def test_two_at_once_and_a_sign_off_that_is_gone(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await core_is_in_force(story, SignOff("QA", people=frozenset({bo.id})))
    page = await ana.types("/release policy payments")
    listed = await ana.clicks("Sign-offs", on=page.message)
    await ana.clicks("Change QA", on=listed.message)
    await core_is_in_force(story, SignOff("Operations", people=frozenset({bo.id})))
    seen = await ana.submits(channels=["#releases"])
    assert "Somebody changed core meanwhile: version 2 is in force." in str(seen.errors) + seen.text
    await ana.closes_modal()
    seen = await ana.clicks("Change QA", on=listed.message, stale=True)
    assert "core does not ask for QA any more" in seen.text


@pytest.mark.once
async def test_partners_are_people_of_other_workspaces(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await core_is_in_force(story, SignOff("QA", people=frozenset({bo.id})))
    await opens(ana, "Sign-offs")
    await ana.clicks("Change QA")
    for handle, name in (("gus", "Gus"), ("tom", "Tom")):
        seen = await ana.submits(outside=[handle])
        assert f"Choose people of other workspaces, no guests and no bots: not {name}." in str(seen.errors)
    await ana.submits(outside=["fay"])
    await ana.submits()
    assert (await in_force(story)).sign_offs[0].outside == {story.box.person("fay").id}
