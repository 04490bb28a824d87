"""Setting up: the one-time code, who may, the dialog's answers in words, and the people of a policy's sign-offs."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.kit.codes import hash_code
from bot.release.policy import LIGHT, Policy
from storage.people import ChannelRow
from storage.work import Work
from tests.handlers.office import ANA, BO, CHANNEL, DORA, GUS, Office, a_person, said
from tests.storage.given import NOW

CODE = "f00dfeedbeefcafe0123"
STAFF: dict[str, Any] = {"role.QA": [BO], "role.Operations": [ANA, BO], "role.Product": [DORA]}


async def has_code(office: Office) -> None:
    lives = NOW + timedelta(hours=24)
    await office.store.write(lambda work: work.roles.put_code(hash_code(CODE), lives), workspace=office.workspace)


async def admins(office: Office) -> frozenset[str]:
    found: frozenset[str] = await office.asks(lambda work: work.roles.admins())
    return found


async def fills(office: Office, **values: Any) -> Any:
    return await office.submits(ANA, "setup", **{"zone": "Europe/Berlin", "policy": "light"} | values)


async def test_the_code_makes_an_admin_who_opens_the_dialog_next(office: Office) -> None:
    await has_code(office)
    answer = await office.types(BO, f"setup {CODE}")
    assert answer.modal is None and said(answer.message["blocks"]) == "You are a release admin now.\n[Open setup]"
    assert await admins(office) == {BO}
    assert (await office.presses(BO, "do.setup")).modal["callback_id"] == "setup"
    noted = await office.asks(lambda work: [(row.name, row.by) for row in work.audit.tail(None, 5)])
    assert noted == [("admin_added", BO)]


async def test_a_repeat_of_the_same_gesture_hears_the_same(office: Office) -> None:
    await has_code(office)
    first = await office.types(BO, f"setup {CODE}", key="same")
    assert await office.types(BO, f"setup {CODE}", key="same") == first


async def test_a_wrong_try_counts_although_it_is_answered_politely(office: Office) -> None:
    await has_code(office)
    for _ in range(5):
        assert "That is not the code" in said((await office.types(BO, "setup 1234")).message["blocks"])
    assert "too many wrong tries" in said((await office.types(BO, f"setup {CODE}")).message["blocks"])
    assert await admins(office) == frozenset()


async def test_an_old_code_is_expired(office: Office) -> None:
    await has_code(office)
    await office.clock.advance(timedelta(hours=25))
    assert "has expired" in said((await office.types(BO, f"setup {CODE}")).message["blocks"])


async def test_never_by_mention_and_never_a_guest(office: Office) -> None:
    await has_code(office)
    await office.mentions(BO, f"setup {CODE}")
    assert "others can read what you say here" in (await office.told())[-1]
    assert "guests can't" in said((await office.types(GUS, f"setup {CODE}")).message["blocks"])
    assert await admins(office) == frozenset()


async def test_who_is_no_admin_hears_who_is_or_how_to_become_one(office: Office) -> None:
    assert "There is no admin yet. Type /release setup CODE" in said(
        (await office.types(BO, "setup")).message["blocks"]
    )
    await office.has_admin(ANA)
    assert said((await office.types(BO, "setup")).message["blocks"]) == "Only release admins can do this: Ana."
    assert "Only release admins" in str((await office.submits(BO, "setup", zone="UTC", policy="light")).errors)


async def test_the_dialog_shows_what_is_set(office: Office) -> None:
    await office.has_admin(ANA)
    await fills(office, zone="new york", status_channel=CHANNEL)
    fields = {block["block_id"]: block["element"] for block in (await office.types(ANA, "setup")).modal["blocks"]}
    assert fields["zone"]["initial_value"] == "America/New_York"
    assert fields["status_channel"]["initial_conversation"] == CHANNEL
    assert fields["policy"]["initial_option"]["value"] == "light"
    assert [option["value"] for option in fields["policy"]["options"]] == ["light", "team", "regulated"]


async def test_the_answer_repeats_what_is_set_in_words(office: Office) -> None:
    await office.has_admin(ANA)
    shown = said((await fills(office, status_channel=CHANNEL)).modal["blocks"])
    assert "T-Minus is set up. Releases follow the light policy" in shown and "read in Europe/Berlin" in shown
    assert f"Outcomes are told in #{CHANNEL}." in shown and "/invite" not in shown


async def test_an_unknown_zone_is_a_question_and_changes_nothing(office: Office) -> None:
    await office.has_admin(ANA)
    answer = await fills(office, zone="Berlni", status_channel=CHANNEL)
    assert "Did you mean Europe/Berlin" in answer.errors["zone"]
    assert (await office.asks(lambda work: work.workspace)).setup_done is False


async def test_a_status_channel_without_the_bot_is_warned_about(office: Office) -> None:
    await office.has_admin(ANA)
    office.unknown["CNEW"] = ChannelRow("CNEW", "news", False, False, False, True, None, False)
    assert "/invite" not in said((await fills(office, status_channel="CNEW")).modal["blocks"]), "it was asked about"
    shown = said((await fills(office, status_channel="CHIDDEN")).modal["blocks"])
    assert "I'm not in that channel yet: type /invite @T-Minus there." in shown.replace("`", "")


async def test_a_policy_with_roles_asks_for_their_people(office: Office) -> None:
    await office.has_admin(ANA)
    asked = (await fills(office, policy="team")).modal
    assert asked["callback_id"] == "setup.people"
    assert [block["block_id"] for block in asked["blocks"]] == list(STAFF)
    assert await office.asks(lambda work: work.workspace.policy) == "light", "not yet: nobody could say go"

    shown = said((await office.submits(ANA, "setup.people", {"policy": "team"}, **STAFF)).modal["blocks"])
    assert "Releases follow the team policy" in shown
    assert "QA: Bo\nOperations: Ana or Bo\nProduct: Dora" in shown
    policy: Policy = await office.asks(lambda work: work.policies.for_service("payments"))
    assert (policy.name, policy.version, policy.is_default) == ("team", 1, True)
    assert {one.role: one.people for one in policy.sign_offs}["QA"] == {BO}
    assert policy.lanes["hotfix"].sign_offs is not None and policy.lanes["hotfix"].sign_offs[0].people == {ANA, BO}


async def test_the_same_people_again_are_no_new_version(office: Office) -> None:
    await office.has_admin(ANA)
    for _ in range(2):
        await office.submits(ANA, "setup.people", {"policy": "team"}, **STAFF)
    assert (await office.asks(lambda work: work.policies.latest("team"))).version == 1
    await office.submits(ANA, "setup.people", {"policy": "team"}, **STAFF | {"role.QA": [ANA]})
    assert (await office.asks(lambda work: work.policies.latest("team"))).version == 2


async def test_only_full_members_sign_off(office: Office) -> None:
    await office.has_admin(ANA)
    answer = await office.submits(ANA, "setup.people", {"policy": "team"}, **STAFF | {"role.Product": [DORA, GUS]})
    assert answer.errors == {"role.Product": "Only full members sign off, no guests and no bots: not Gus."}
    answer = await office.submits(ANA, "setup.people", {"policy": "team"}, **STAFF | {"role.Product": []})
    assert "needs 1 or more people" in answer.errors["role.Product"]
    assert not await office.asks(lambda work: work.policies.any_applied())


async def test_somebody_the_bot_never_met_may_sign_off(office: Office) -> None:
    await office.has_admin(ANA)
    office.unknown["UEVE"] = a_person("UEVE", office.clock)
    answer = await office.submits(ANA, "setup.people", {"policy": "team"}, **STAFF | {"role.QA": ["UEVE"]})
    assert answer.errors == {} and "QA: Eve" in said(answer.modal["blocks"])


async def test_back_to_light_is_the_default_again(office: Office) -> None:
    await office.has_admin(ANA)
    await office.submits(ANA, "setup.people", {"policy": "team"}, **STAFF)
    await fills(office, policy="light")
    policy: Policy = await office.asks(lambda work: work.policies.for_service("payments"))
    assert (policy.name, policy.sign_offs) == ("light", LIGHT.sign_offs)
    defaults = await office.asks(lambda work: [one.name for one in work.policies.all_latest() if one.is_default])
    assert defaults == ["light"]


async def test_setting_up_again_keeps_what_was_edited_meanwhile(office: Office) -> None:
    await office.has_admin(ANA)
    await office.submits(ANA, "setup.people", {"policy": "team"}, **STAFF)

    def edit(work: Work) -> None:
        team = work.policies.latest("team")
        assert team is not None
        work.policies.put(replace(team, monitoring=timedelta(hours=2)), ANA, work.now)

    await office.store.write(edit, workspace=office.workspace)
    await fills(office, policy="team")
    await office.submits(ANA, "setup.people", {"policy": "team"}, **STAFF | {"role.QA": [ANA]})
    policy: Policy = await office.asks(lambda work: work.policies.latest("team"))
    assert (policy.version, policy.monitoring) == (3, timedelta(hours=2))
    assert {one.role: one.people for one in policy.sign_offs}["QA"] == {ANA}
