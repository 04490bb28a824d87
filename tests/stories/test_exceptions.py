"""An exception from a freeze: asked for with a reason, granted by somebody else, used once, and on record."""

import pytest

from storage.work import Work
from tests.stories.test_freezes import frozen
from tests.story import Story

#: What says that the freeze is in the way, and offers what changes that.
SHOWS = ("why", "status")


async def test_an_exception_is_asked_for_granted_by_somebody_else_and_used_once(story: Story) -> None:
    ana = await frozen(story)
    bo, tom = story.people("bo", "tom")
    payments = story.room("#payments")
    await tom.types("/release new payments 2.14.0 today 15:00")
    await bo.types("/release go")
    await tom.types("/release exception")
    await tom.submits(why="refunds are broken")
    assert "Tom asked for an exception from freeze 1 of payments: “refunds are broken”. An admin decides." in (
        payments.reads()
    )
    assert "Tom asked for an exception; an admin decides" in payments.reads()
    assert "You have asked for it already" in (await tom.types("/release exception again")).text
    assert "Only release admins can do this: Ana." in (await tom.types("/release exception grant")).text

    asked = ana.dm.reads("ana")
    assert "payments 2.14.0 (REL-1): an exception from freeze 1 of payments? Tom: “refunds are broken”" in asked
    assert "The freeze of payments (freeze 1) lasts until 08:00 Dec 3: “the books close”." in asked
    asks = "🎫 Tom asks for an exception from its freeze: “refunds are broken”"
    waits = (await ana.types("/release")).text
    assert "Waiting on you (1)" in waits and asks in waits
    await ana.opens_home()
    assert asks in ana.reads("home")
    assert "[Grant] [Refuse] [Status]" in ana.reads("home")
    dialog = await ana.clicks("Grant", in_="dm")
    assert dialog.modal is not None
    await ana.submits(when="today 18:00", why="only this one")
    said = payments.reads()
    assert "🎫 The freeze of payments (freeze 1): Ana granted an exception until 18:00 today: “only this one”" in said
    assert "lasts until" not in payments.reads("eve")
    assert "Ana granted your exception until 18:00 today: “only this one”." in tom.dm.reads("tom")
    assert "payments 2.14.0 (REL-1): Ana granted the exception 09:00 today: “only this one”." in ana.dm.reads("ana")
    assert "Waiting on you" not in (await ana.types("/release")).text
    assert "[Grant]" not in ana.reads("home")

    await story.until("14:00")
    await tom.types("/release deploy start")
    stand = await story.release("payments 2.14.0")
    assert stand.state == "deploying"
    assert stand.history[-3:] == ["exception_asked", "exception_granted", "deploy_started"]
    assert "Tom started the deploy, through freeze 1 by an exception of Ana." in payments.reads()
    await tom.types("/release deploy fail smoke test is red")
    await tom.types("/release deploy start")
    assert (await story.release("payments 2.14.0")).parts == {"payments 2.14.0": "deploying"}, "the same deploy goes on"
    await tom.types("/release deploy done")

    await tom.types("/release new payments 2.14.1 in 90m")
    await bo.types("/release go 2.14.1")
    no = await tom.types("/release deploy start payments 2.14.1")
    assert "You can't start payments 2.14.1 now:" in no.text, "the exception was for another release, and is used"
    refused = await tom.types("/release exception payments 2.14.1 also broken")
    assert "Asked: Ana can grant it." in refused.text
    await ana.types("/release exception refuse payments 2.14.1 it can wait")
    assert "🚫 Ana refused an exception: “it can wait”" in payments.reads()
    assert "Ana refused your exception: “it can wait”." in tom.dm.reads("tom")


async def test_an_exception_from_one_freeze_is_none_from_another_and_does_not_keep_it_from_being_asked(
    story: Story,
) -> None:
    ana = await frozen(story)
    bo, tom = story.people("bo", "tom")
    await tom.types("/release new payments 2.14.0 today 15:00")
    await bo.types("/release go")
    await tom.types("/release exception refunds are broken")
    second = await ana.types("/release freeze now to fri 08:00 because of the audit")
    await ana.clicks("Freeze it", on=second.message)
    why = (await tom.types("/release why")).text
    assert "“the books close”. Tom asked for an exception; an admin decides" in why
    assert "“the audit”. An admin can grant an exception" in why
    asked = await tom.types("/release exception refunds are broken still")
    assert "Asked: Ana can grant it." in asked.text
    assert "Tom asked for an exception from freeze 2 of everything" in story.room("#payments").reads()
    assert "You have asked for it already" in (await tom.types("/release exception again")).text
    await ana.clicks("Grant", in_="dm")
    granted = await ana.submits(when="today 18:00", why=None)
    assert "Something stays in its way: freeze 1 of payments." in granted.text


async def test_an_exception_ends_when_its_freeze_becomes_another(story: Story) -> None:
    ana = await frozen(story)
    bo, tom = story.people("bo", "tom")
    await tom.types("/release new payments 2.14.0 today 15:00")
    await bo.types("/release go")
    await tom.types("/release exception refunds are broken")
    await ana.clicks("Grant", in_="dm")
    await ana.submits(when="today 18:00")
    seen = await ana.types("/release freeze change 1 now to fri 08:00")
    await ana.clicks("Change it", on=seen.message)
    assert "Ana took back your exception: “freeze 1 was changed”." in tom.dm.reads("tom")
    assert "You can't start payments 2.14.0 now:" in (await tom.types("/release deploy start")).text
    await tom.types("/release exception refunds are still broken")
    assert "an exception from freeze 1 of payments? Tom: “refunds are still broken”" in ana.dm.reads("ana")


async def test_an_exception_that_is_not_used_in_time_is_over(story: Story) -> None:
    ana = await frozen(story)
    bo, tom = story.people("bo", "tom")
    await tom.types("/release new payments 2.14.0 today 15:00")
    await bo.types("/release go")
    await tom.types("/release exception refunds are broken")
    await ana.clicks("Grant", in_="dm")
    await ana.submits(when="today 16:00", why=None)
    assert "[Take it back]" in ana.dm.reads("ana")
    await story.until("15:01")
    assert "lasts until 08:00 Dec 3" in story.room("#payments").reads("tom")
    assert "You can't start payments 2.14.0 now:" in (await tom.types("/release deploy start")).text


async def test_who_asks_does_not_grant_and_an_admin_alone_lifts_the_freeze(story: Story) -> None:
    ana = await frozen(story)
    await ana.types("/release new payments 2.14.0 today 15:00")
    again = await ana.types("/release freeze today 14:00 to today 16:00")
    assert "1 release is planned inside it" in again.text and "captain" not in again.text, "she knows by this"
    for shown in (story.room("#payments").reads("eve"), *[(await ana.types(f"/release {it}")).text for it in SHOWS]):
        assert "There is no other admin to grant an exception; an admin can lift the freeze." in shown
        assert "[Ask for an exception]" not in shown, "it would be refused"
    no = await ana.types("/release exception it is urgent")
    assert "Somebody else has to grant it, and there is no other admin." in no.text
    assert "/release freeze lift 1" in no.text
    lifted = await ana.types("/release freeze lift 1")
    assert "Lifted: the freeze of payments (freeze 1)." in lifted.text
    assert "lasts until" not in story.room("#payments").reads("eve")
    await ana.clicks("Put it back")
    assert "lasts until" in story.room("#payments").reads("eve")


async def test_cards_say_so_as_soon_as_there_is_another_admin(story: Story) -> None:
    ana = await frozen(story)
    await ana.types("/release new payments 2.14.0 today 15:00")
    assert "There is no other admin" in story.room("#payments").reads()
    await ana.types("/release roles")
    await ana.clicks("Add an admin")
    await ana.submits(people=["eve"])
    await ana.closes_modal()
    assert "An admin can grant an exception" in story.room("#payments").reads()
    await ana.types("/release roles")
    await ana.clicks("Remove an admin")
    await ana.submits(person="Eve")
    assert "There is no other admin" in story.room("#payments").reads()


async def test_only_who_finds_somebody_to_grant_it_is_offered_to_ask(story: Story) -> None:
    ana = await frozen(story)
    [tom] = story.people("tom")
    await tom.types("/release new payments 2.14.0 today 15:00")
    for it in SHOWS:
        assert "[Ask for an exception]" in (await tom.types(f"/release {it}")).text
        assert "[Ask for an exception]" not in (await ana.types(f"/release {it}")).text, "she is the only admin"
    assert "[Ask for an exception]" in story.room("#payments").reads("eve")


async def test_an_admin_who_has_left_grants_nothing_and_is_not_counted_on(story: Story) -> None:
    ana = await frozen(story)
    [bo] = story.people("bo")

    def add(work: Work) -> None:
        work.roles.add_admin(bo.id, "configuration", work.now)

    await story.app.store.write(add, workspace=1)
    await bo.changes(deleted=True)
    await ana.types("/release new payments 2.14.0 today 15:00")
    no = await ana.types("/release exception it is urgent")
    assert "Somebody else has to grant it, and there is no other admin." in no.text


async def test_what_was_granted_is_taken_back_until_it_is_used(story: Story) -> None:
    ana = await frozen(story)
    bo, tom = story.people("bo", "tom")
    await tom.types("/release new payments 2.14.0 in 2h")
    await bo.types("/release go")
    await tom.types("/release exception refunds are broken")
    await ana.clicks("Grant", in_="dm")
    await ana.submits(when="today 18:00", why=None)
    asked = await ana.clicks("Take it back", in_="dm")
    assert "Refuse" not in asked.text
    await ana.submits(why="the fix is not needed")
    kept = "Ana took the exception back 09:00 today: “the fix is not needed”."
    assert f"payments 2.14.0 (REL-1): {kept}" in ana.dm.reads("ana")
    assert "🚫 Ana took an exception back: “the fix is not needed”" in (await tom.types("/release status")).text
    assert "Ana refused your exception until" not in tom.dm.reads("tom")
    assert "Ana took back your exception: “the fix is not needed”." in tom.dm.reads("tom")
    assert "You can't start payments 2.14.0 now:" in (await tom.types("/release deploy start")).text
    assert "Nobody has asked for an exception" in (await ana.types("/release exception refuse no")).text


async def test_who_deploys_is_reminded_though_all_that_is_left_is_to_wait_for_the_admins(story: Story) -> None:
    """They may move nothing, and the captain has asked already: there is nothing to press but what it stands at."""
    ana = await frozen(story)
    bo, tom, eve = story.people("bo", "tom", "eve")
    seen = await ana.types(f"/release rotation payments deployer <@{bo.id}>")
    await ana.clicks("Save", on=seen.message)
    await tom.types("/release new payments 2.14.0 today 15:00")
    await eve.types("/release go")
    await tom.types("/release exception refunds are broken")
    await story.until("13:51")
    told = bo.dm.reads("bo").split("payments 2.14.0: deploy is planned for")[1]
    assert "Tom asked for an exception; an admin decides." in told and "[Status]" in told


@pytest.mark.once
async def test_only_what_a_freeze_keeps_is_offered_an_exception(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await story.app.store.write(
        lambda work: work.roles.add_admin(bo.id, "test", story.clock.now()), workspace=story.app.workspace
    )
    for when in ("2026-12-03 10:00", "2026-12-11 10:00", "2026-12-11 12:00"):
        await ana.types(f"/release new web {when[8:10]}.{when[11:13]} {when}")
    await ana.types("/release freeze from 2026-12-10 18:00 to 2026-12-14 08:00 because black friday")
    await ana.clicks("Freeze it")
    asked = await ana.types("/release exception web it is a fix")
    assert "[web 11.10 · " in asked.text and "[web 11.12 · " in asked.text and "web 3" not in asked.text
