"""Planning a release: who may, under which policy, and slips of the pen that are asked about."""

import pytest

from bot.policies import apply_file
from tests.story import Story

#: The rules alone: they are the same in every mode and on every database.
pytestmark = pytest.mark.once


async def applies(story: Story, text: str) -> list[str]:
    """What `tminus policy apply` says."""
    file = story.data / "policies.yml"
    file.write_text(f"policies:\n{text}")
    return await apply_file(story.settings(), file, team=None, dry_run=False)


async def two_policies(story: Story) -> None:
    bo, clara = story.people("bo", "clara")
    await applies(
        story,
        f"""
  - {{name: web, services: [web, api], sign_offs: [{{role: QA, people: [{bo.id}]}}]}}
  - name: vaults
    services: [vault]
    create: [approver, admin]
    sign_offs: [{{role: Security, people: [{clara.id}], captain_may: false}}]
""",
    )


async def test_a_policy_says_who_may_plan(story: Story) -> None:
    await two_policies(story)
    ana, tom, clara = story.people("ana", "tom", "clara")
    seen = await tom.types("/release new vault 1.0 tomorrow 14:00")
    assert seen.text == "You can't plan vault 1.0: the vaults policy leaves that to its approvers or release admins."
    await tom.types("/release new")
    seen = await tom.submits(service="vault", version="1.0", when="tomorrow 14:00", channel="#payments")
    assert not seen.ok and not await story.has_release("vault 1.0")
    await tom.closes_modal()

    await clara.types("/release new vault 1.0 tomorrow 14:00")
    assert (await story.release("vault 1.0")).captain == "clara", "she may sign off, so she may plan"
    await ana.types("/release new vault 1.1 tomorrow 14:00")
    assert (await story.release("vault 1.1")).captain == "ana", "an admin"


async def test_all_parts_follow_one_policy(story: Story) -> None:
    await two_policies(story)
    (ana,) = story.people("ana")
    await ana.types("/release new")
    plan = {"service": "web", "version": "5.0", "when": "in 3h", "channel": "#payments"}
    seen = await ana.submits(**plan, parts="api 3\nvault 2.0")
    assert seen.errors["parts"] == (
        "vault follows the policy vaults, and web follows web; one release has one policy. "
        "Plan it as a release of its own: /release new vault 2.0 tomorrow 14:00"
    )
    seen = await ana.submits(**plan, parts="apii 3")
    assert seen.errors["parts"].startswith("No policy names the service apii. Did you mean api?")
    seen = await ana.submits(**plan | {"service": "wbe"}, parts="")
    assert seen.errors["service"].startswith("No policy names the service wbe.")
    assert not await story.has_release("web 5.0")
    await ana.submits(**plan, parts="api 3")
    assert (await story.release("web 5.0")).parts == {"web 5.0": "pending", "api 3": "pending"}


async def test_service_and_version_the_wrong_way_round_are_asked_about(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    asked = await ana.types("/release new 2.15.0 payments to staging tomorrow 14:00")
    assert asked.text == "“2.15.0” looks like a version. Did you mean payments 2.15.0?\n[payments 2.15.0]"
    await story.advance(hours=1)
    await ana.clicks("payments 2.15.0", on=asked.message)
    stand = await story.release("payments 2.15.0", environment="staging")
    assert stand.planned == "2026-12-02 14:00 Europe/Berlin"

    await bo.types("/release new")
    plan = {"when": "tomorrow 14:00", "channel": "#payments"}
    seen = await bo.submits(service="2.16.0", version="payments", **plan)
    assert "Did you mean payments 2.16.0?" in seen.errors["service"]
    seen = await bo.submits(service="payments", version="2.16.0", parts="5.1 web", **plan)
    assert seen.errors["parts"] == "“5.1 web”: did you mean web 5.1?"


async def test_what_is_planned_already_can_be_moved(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await ana.types("/release new payments 2.14.0 in 3h")

    asked = await ana.types("/release new payments 2.14.0 tomorrow 14:00")
    assert asked.text == (
        "payments 2.14.0 is already planned for 12:00 today (REL-1).\n[Move it to Wed 2 Dec 14:00] [Status]"
    )
    same = await ana.types("/release new payments 2.14.0 today 12:00")
    assert same.text.endswith("(REL-1).\n[Status]")
    others = await bo.types("/release new payments 2.14.0 tomorrow 14:00")
    assert others.text.endswith("(REL-1).\n[Status]"), "only its captain or an admin moves it"
    await ana.types("/release new")
    seen = await ana.submits(service="payments", version="2.14.0", when="tomorrow 14:00", channel="#payments")
    assert seen.errors["version"].endswith("To move it: /release reschedule REL-1 tomorrow 14:00")
    await ana.closes_modal()

    await ana.clicks("Move it to Wed 2 Dec 14:00", on=asked.message)
    assert (await story.release("payments")).planned == "2026-12-02 14:00 Europe/Berlin"
    assert "· planned for 14:00 tomorrow" in (await tom.types("/release list")).text


async def test_a_time_too_soon_for_its_go_no_go_offers_the_earliest_one(story: Story) -> None:
    """Typed, the answer has a button that takes it; in a dialog, it stands under the time."""
    await applies(
        story,
        """
  - name: web
    services: [web]
    poll: {opens: T-4h, closes: T-1h}
    sign_offs: [{role: QA, whole_channel: true}]
""",
    )
    (ana,) = story.people("ana")
    too_soon = "That is too soon: under the web policy the go/no-go would already be closed. The earliest time is "
    seen = await ana.types("/release new web 5.1 in 30m")
    assert seen.text == f"{too_soon}10:05 today.\n[Take Tue 1 Dec 10:05]"
    await ana.types("/release new")
    plan = {"service": "web", "version": "5.1", "channel": "#payments"}
    seen = await ana.submits(**plan, when="in 30m")
    assert seen.errors == {"when": f"{too_soon}Tue 1 Dec 10:05 (Berlin)."}
    await ana.closes_modal()
    assert not await story.has_release("web 5.1")
    await ana.types("/release new web 5.1 in 30m")
    await ana.clicks("Take Tue 1 Dec 10:05")
    assert (await story.release("web 5.1")).planned == "2026-12-01 10:05 Europe/Berlin"

    await ana.types("/release reschedule tomorrow 14:00")
    seen = await ana.types("/release reschedule in 20m")
    assert seen.text == f"{too_soon}10:05 today.\n[Take Tue 1 Dec 10:05]"
    await ana.clicks("Take Tue 1 Dec 10:05", on=seen.message)
    assert (await story.release("web 5.1")).planned == "2026-12-01 10:05 Europe/Berlin"


@pytest.mark.once
@pytest.mark.parametrize(
    ("typed", "planned"),
    [
        ("4.8 tomorrow 15:00 in Europe/Berlin", "payments 4.8 is planned for Wed 2 Dec 15:00 Berlin"),
        ("4.8 tomorrow 15:00 in berlin", "payments 4.8 is planned for Wed 2 Dec 15:00 Berlin"),
        ("4.8 fri 3pm in new york", "payments 4.8 is planned for Fri 4 Dec 15:00 New York"),
        ("4.8 tomorrow 15:00 in berlin as a hotfix", "payments 4.8 is planned for Wed 2 Dec 15:00 Berlin"),
        ("4.8 tomorrow 15:00 in staging", "payments 4.8 (staging) is planned for Wed 2 Dec 15:00 New York"),
        ("4.8 tomorrow 15:00 in canary", "payments 4.8 (canary) is planned for Wed 2 Dec 15:00 New York"),
        ("3.1 to staging, tomorrow 15:00", "payments 3.1 (staging) is planned for"),
        ("3.1 to production: tomorrow 15:00", "payments 3.1 is planned for"),
        ("3.1 tomorrow 15:00 to staging.", "payments 3.1 (staging) is planned for"),
        ("3.1 (hotfix) tomorrow 15:00", "payments 3.1 is planned for"),
        ("3.1 (high risk) tomorrow 15:00", "is not a time I can read"),
        ("3.2 (staging) tomorrow 15:00", "payments 3.2 (staging) is planned for"),
        ("3.3 + web 5.2 (staging) tomorrow 15:00", "payments 3.3 + web 5.2 (staging) is planned for"),
        ("3.3 (staging) + web 5.2 tomorrow 15:00", "payments 3.3 (staging) + web 5.2 is planned for"),
        ("3.3 (qa) and web 5.2 (qa) tomorrow 15:00", "payments 3.3 (qa) + web 5.2 (qa) is planned for"),
    ],
)
async def test_a_place_is_a_zone_after_a_time_and_an_environment_in_brackets(
    story: Story, typed: str, planned: str
) -> None:
    """Bo is in New York."""
    (bo,) = story.people("bo")
    assert planned in (await bo.types(f"/release new payments {typed}")).text


@pytest.mark.once
async def test_what_goes_to_a_place_in_brackets_is_held_by_its_freeze(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release freeze now to fri staging because audit")
    await ana.clicks("Freeze it")
    await ana.types("/release new payments 3.3 + web 5.2 (staging) today 15:00")
    await bo.types("/release go REL-1")
    seen = await ana.types("/release shipped REL-1")
    assert "The freeze in staging (freeze 1) lasts until" in seen.text
    assert (
        "payments 3.3 + web 5.2 → production and staging" in (await ana.types("/release status web 5.2 (staging)")).text
    )


@pytest.mark.once
@pytest.mark.parametrize("typed", ["web 5.2", "2.15.0 2.16.0", "fri 3.0"])
async def test_what_may_be_about_another_service_renames_no_release(story: Story, typed: str) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 2.14.0 today 18:00")
    seen = await ana.types(f"/release version {typed}")
    assert f"I don't know what “{typed}” means: a version of payments begins with its number" in seen.text
    seen = await ana.types("/release version payments 2.15.0.")
    assert "payments 2.14.0 is payments 2.15.0 now." in seen.text
    assert "payments 2.15 rc1 now." in (await ana.types('/release version "2.15 rc1"')).text


@pytest.mark.once
@pytest.mark.parametrize("service", ["Web App!", "payments service"])
async def test_a_service_of_two_words_is_put_in_quotes(story: Story, service: str) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types(f"/release new {service} 1.0 today 15:00")
    typed = f'/release new "{service}" 1.0 today 15:00'
    assert f"If “{service}” is the service, put it in quotes: {typed}" in seen.text
    assert f"{service} 1.0 is planned for" in (await ana.types(typed)).text


@pytest.mark.once
async def test_letters_that_changed_places_are_the_nearest_verb(story: Story) -> None:
    (ana,) = story.people("ana")
    for typed, meant in (("hlep", "help"), ("statsu", "status"), ("rolback", "rollback")):
        assert f"Did you mean {meant}" in (await ana.types(f"/release {typed}")).text


@pytest.mark.parametrize("typed", ["5.6 tomorrow 15:00", "5.6 to production", "5.2 + web 3", "5.4 now"])
async def test_a_version_is_no_sentence(story: Story, typed: str) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 1.0 tomorrow 15:00")
    seen = await ana.types(f"/release version {typed}")
    assert f"I don't know what “{typed}” means: a version of payments begins with its number, with one" in seen.text
    assert (await story.release("payments")).parts == {"payments 1.0": "pending"}


@pytest.mark.parametrize("typed", ["6 beta", "2026-12 rc1", '"5.6 for the fair"'])
async def test_a_version_may_have_a_word_more_and_any_in_quotes(story: Story, typed: str) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 1.0 tomorrow 15:00")
    await ana.types(f"/release version {typed}")
    assert (await story.release("payments")).parts == {"payments " + typed.strip('"'): "pending"}


async def test_a_place_where_releases_of_it_go_is_an_environment(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 1.0 to uk thu 15:00")
    assert "payments 1.1 (uk) is planned" in (await ana.types("/release new payments 1.1 fri 15:00 in uk")).text
    assert (
        "web 1.1 is planned for Fri 4 Dec 15:00 London"
        in (await ana.types("/release new web 1.1 fri 15:00 in uk")).text
    )


@pytest.mark.parametrize("typed", ["to singapore tomorrow 15:00", "in berlin fri 3pm"])
async def test_before_a_time_a_place_is_an_environment(story: Story, typed: str) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types(f"/release new payments 1.0 {typed}")
    assert f"payments 1.0 ({typed.split()[1]}) is planned for" in seen.text, seen.text


@pytest.mark.parametrize("typed", ['"payment gateway": 4.7', "(payments) 4.7"])
async def test_a_name_is_read_without_what_stands_around_it(story: Story, typed: str) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types(f"/release new {typed} tomorrow 15:00")
    bare = typed.translate(str.maketrans("", "", '"():'))
    assert f"{bare} is planned for" in seen.text, seen.text
