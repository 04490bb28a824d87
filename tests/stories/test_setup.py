"""A workspace is set up: the first admin by a one-time code, then the dialog; policies that ask for their people."""

from datetime import timedelta

from bot.kit.codes import hash_code
from storage.work import Work
from tests.story import Story

CODE = "f00dfeedbeefcafe0123"


async def without_an_admin(story: Story) -> None:
    """As after a first start: nobody is an admin, and a code stands."""

    def clear(work: Work) -> None:
        for admin in work.roles.admins():
            work.roles.remove_admin(admin)
        assert work.roles.put_code(hash_code(CODE), story.clock.now() + timedelta(hours=24))

    await story.app.store.write(clear, workspace=story.app.workspace)


async def admins(story: Story) -> frozenset[str]:
    return await story.app.store.read(lambda work: work.roles.admins(), workspace=story.app.workspace)


async def test_the_code_makes_the_first_admin_once(story: Story) -> None:
    await without_an_admin(story)
    tom, bo = story.people("tom", "bo")

    assert "There is no admin yet" in (await tom.types("/release setup")).text
    assert "That is not the code" in (await tom.types("/release setup 00000000000000000000")).text
    assert "You are a release admin now." in (await tom.types(f"/release setup {CODE.upper()}")).text
    assert await admins(story) == {tom.id}
    assert "has been used" in (await bo.types(f"/release setup {CODE}")).text
    assert await admins(story) == {tom.id}


async def test_five_wrong_codes_are_all_that_is_allowed(story: Story) -> None:
    await without_an_admin(story)
    tom = story.people("tom")[0]
    for wrong in range(5):
        await tom.types(f"/release setup {wrong:020d}")
    assert "too many wrong tries" in (await tom.types(f"/release setup {CODE}")).text
    assert await admins(story) == frozenset()


async def test_an_admin_chooses_channel_zone_and_policy(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    assert "Only release admins can do this: Ana." in (await bo.types("/release setup")).text

    await ana.types("/release setup")
    seen = await ana.submits(zone="Berlni")
    assert "Did you mean Europe/Berlin" in seen.errors["zone"]
    seen = await ana.submits(**{"Time zone": "Berlin", "Status channel": "#releases"})
    assert "T-Minus is set up." in seen.text
    await ana.closes_modal()

    await ana.types("/release new payments 2.14.0 in 3h")
    await bo.clicks("Go")
    await ana.types("/release shipped")
    assert "payments 2.14.0 is live since 09:00" in story.room("#releases").reads()
    assert "Trouble? #payments" in story.room("#releases").reads()


async def test_the_team_policy_asks_who_signs_off(story: Story) -> None:
    ana, bo, clara, tom = story.people("ana", "bo", "clara", "tom")
    await ana.types("/release setup")
    await ana.submits(policy="Team")
    await ana.submits(**{"role.QA": ["bo"], "role.Operations": ["tom"], "role.Product": ["clara"]})
    await ana.closes_modal()

    await ana.types("/release new payments 2.14.0 tomorrow 14:00")
    assert "go/no-go opens 10:00 today" in story.room("#payments").reads()
    assert "opens" in (await bo.types("/release go")).text
    await story.advance(hours=2)
    assert "waiting for QA, Operations and Product" in story.room("#payments").reads()
    for who in (bo, tom, clara):
        await who.clicks("Go")
    assert (await story.release("payments 2.14.0")).state == "approved"


async def test_a_staffing_under_which_nothing_could_be_go_is_refused(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release setup")
    await ana.submits(policy="Team")
    refused = await ana.submits(**{"role.QA": ["bo"], "role.Operations": ["bo"], "role.Product": ["ana"]})
    assert "need 2 people and name 1" in str(refused.errors)


async def test_where_the_last_admin_left_the_next_start_prints_a_code_and_whoever_types_it_is_one(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    assert await story.app.admin_code() is None, "Ana is here"
    await ana.changes(deleted=True)
    await story.quiet()
    seen = await bo.types("/release setup")
    assert "No admin is left: Ana can't act here any more. Type /release setup CODE with the code that" in seen.text
    assert "No admin is left" in (await bo.types("/release roles")).text
    made = await story.app.admin_code()
    assert made is not None and made.code is not None
    assert "You are a release admin now." in (await tom.types(f"/release setup {made.code}")).text
    assert "Release admins: Ana (left this workspace) and Tom." in (await bo.types("/release roles")).text
    await tom.types("/release roles")
    await tom.clicks("Remove an admin")
    seen = await tom.submits(person=tom.id)
    assert "There has to be an admin who is here." in str(seen.errors)
    assert await story.app.admin_code() is None


async def test_what_is_planned_already_keeps_its_policy_and_setup_says_so(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 2.14.0 tomorrow 15:00")
    await ana.types("/release setup")
    assert "keeps what it was planned with" not in (await ana.submits(policy="light")).text
    await ana.types("/release setup")
    await ana.submits(policy="team")
    roles = {"QA": ["bo"], "Operations": ["clara"], "Product": ["tom"]}
    said = (await ana.submits(**{f"role.{role}": people for role, people in roles.items()})).text
    kept = "One open release keeps what it was planned with; /release re-apply REL-1 takes it over."
    assert kept in said
    await ana.closes_modal()
    assert "QA, Operations and Product are asked too" in (await ana.types("/release re-apply REL-1")).text
