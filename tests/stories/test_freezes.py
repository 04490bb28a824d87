"""A change freeze keeps releases from their deploy: it is shown before it is saved, on cards, and in every refusal."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from bot.release.policy import TEAM, staffed
from bot.release.record import check
from storage.schedule_tables import freezes
from storage.work import Work
from tests.story import Actor, Story


async def frozen(story: Story, text: str = "now to thu 08:00 payments because the books close") -> Actor:
    """Ana, the admin, has declared it from #payments."""
    [ana] = story.people("ana")
    await ana.types(f"/release freeze {text}")
    await ana.clicks("Freeze it")
    return ana


async def test_a_freeze_is_shown_before_it_is_saved_and_refuses_a_deploy(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    payments = story.room("#payments")
    await tom.types("/release new payments 2.14.0 today 15:00")
    await bo.types("/release go")

    shown = await ana.types("/release freeze today 14:00 to thu 08:00 payments because the books close")
    assert "Not saved yet: a freeze of payments, 14:00 today – 08:00 Dec 3: “the books close”" in shown.text
    assert "1 release is planned inside it: payments 2.14.0 (REL-1) 15:00 today. Its captain is told." in shown.text
    assert "Frozen" not in payments.reads() and "freeze" not in payments.reads()
    saved = await ana.clicks("Freeze it")
    assert "Saved: a freeze of payments" in saved.text
    assert not any("Not saved yet" in ana.reads(one) for one in ana.ephemerals), "it stands where it was asked"
    assert "(freeze 1). Deploys go on until it begins." in saved.text
    said = payments.reads()
    assert "❄️ Ana declared a freeze of payments, 14:00 today – 08:00 Dec 3: “the books close” (freeze 1)." in said
    assert "❄️ The freeze of payments (freeze 1) lasts from 14:00 today until 08:00 Dec 3: “the books close”." in said
    assert "Next free: 09:00 Dec 3" in said and "[Take the next free time]" in said
    told = tom.dm.reads("tom")
    assert "payments 2.14.0 (REL-1) is planned for 15:00 today, inside a freeze that Ana declared." in told

    why = await tom.types("/release why")
    assert "payments 2.14.0 is go. A freeze keeps it from its deploy:" in why.text
    assert "❄️ The freeze of payments (freeze 1) lasts from 14:00 today until 08:00 Dec 3" in why.text
    assert "[Take" not in (await bo.types("/release status")).text, "that is for who leads it"
    assert "[Ask for an exception]" in (await tom.types("/release status")).text
    await story.until("13:52")
    reminded = tom.dm.reads("tom")
    assert "payments 2.14.0: deploy is planned for 15:00. It's go. The freeze of payments (freeze 1) lasts" in reminded
    for tried in ("/release deploy start", "/release shipped", "/release deploy"):
        no = await tom.types(tried)
        assert "You can't start payments 2.14.0 now:" in no.text
        assert "❄️ The freeze of payments (freeze 1) lasts until 08:00 Dec 3: “the books close”." in no.text
    pressed = await tom.clicks("Start deploy")
    assert "You can't start payments 2.14.0 now:" in pressed.text
    assert (await story.release("payments 2.14.0")).state == "approved"

    taken = await tom.clicks("Take the next free time")
    assert "is now planned for Thu 3 Dec 09:00 Berlin" in taken.text
    assert "The freeze of payments (freeze 1) lasts" not in payments.reads("eve")
    await bo.types("/release go")
    await story.until("2026-12-03 08:00")
    await tom.types("/release deploy start")
    assert (await story.release("payments 2.14.0")).state == "deploying"


async def test_whoever_hears_that_it_is_go_hears_what_keeps_it_from_its_deploy(story: Story) -> None:
    ana = await frozen(story)
    bo, tom = story.people("bo", "tom")
    await tom.types("/release new payments 2.14.0 today 15:00")
    await bo.types("/release go")
    said = story.room("#payments").reads("tom")
    assert "payments 2.14.0: go, but freeze 1 of payments keeps it from its deploy, planned for 15:00 today." in said
    assert "Deploy starts" not in said
    seen = await ana.types("/release freeze change 1 now to today 12:00")
    await ana.clicks("Change it", on=seen.message)
    await ana.types("/release new ledger 1.0 today 15:00")
    await bo.types("/release go ledger")
    assert "ledger 1.0: go. Deploy starts 15:00 today." in story.room("#payments").reads("tom")


async def test_an_override_names_the_freeze_that_it_skips(story: Story) -> None:
    ana = await frozen(story)
    [tom] = story.people("tom")
    await tom.types("/release new payments 2.14.0 in 2h")
    asked = await ana.types("/release override payments 2.14.0 production is down")
    assert "freeze 1 of payments" in asked.text
    await ana.submits(skip0=["0", "1"])
    said = story.room("#payments").reads()
    assert "Ana overrode the go/no-go (no answer) and freeze 1 of payments: “production is down”." in said
    assert "🎫 The freeze of payments (freeze 1): the override goes through it" in said
    await tom.types("/release shipped")
    assert (await story.release("payments 2.14.0")).state == "released"
    assert "through freeze 1 by override" in story.room("#payments").reads()


async def test_begin_and_end_are_announced_once_and_a_weekly_one_goes_on(story: Story) -> None:
    [ana] = story.people("ana")
    payments = story.room("#payments")
    shown = await ana.types("/release freeze every wed 16:00 to thu 08:00 because of the batch")
    assert "Begins Wed 2 Dec 16:00, Wed 9 Dec 16:00, Wed 16 Dec 16:00, Wed 23 Dec 16:00 … (Berlin)." in shown.text
    await ana.clicks("Freeze it")
    listed = await ana.types("/release freezes")
    assert "❄️ Freeze 1  a freeze of everything, every week, next 16:00 tomorrow" in listed.text
    assert "· now" not in listed.text
    await story.until("2026-12-02 15:00")
    assert payments.reads().count("❄️ Frozen until") == 1
    assert "· now" in (await ana.types("/release freezes")).text
    await story.until("2026-12-03 07:00")
    assert payments.reads().count("❄️ The freeze of everything is over: deploying goes on (freeze 1).") == 1
    await story.until("2026-12-10 08:00")
    said = payments.reads()
    assert said.count("❄️ Frozen until") == said.count("is over: deploying goes on") == 2


async def test_an_end_before_the_begin_is_called_that_and_not_past(story: Story) -> None:
    [ana] = story.people("ana")
    seen = await ana.types("/release freeze 18 dec to 17 dec")
    assert "That freeze would end before it starts. For example: freeze fri 16:00 to mon 08:00." in seen.text


async def test_a_freeze_is_changed_in_its_dialog_and_in_a_line(story: Story) -> None:
    ana = await frozen(story, "tomorrow 14:00 to thu 08:00 payments")
    [tom] = story.people("tom")
    await tom.types("/release new payments 2.14.0 tomorrow 10:00")
    await ana.types("/release freeze change 1")
    shown = await ana.submits(starts="tomorrow 09:00", why="the books close")
    assert "Not changed yet: a freeze of payments, 09:00 tomorrow" in shown.text
    assert "1 release is planned inside it: payments 2.14.0 (REL-1)" in shown.text
    await ana.submits()
    in_new_york = story.room("#payments").reads("eve")
    assert "lasts from 03:00 tomorrow until 02:00 Dec 3: “the books close”" in in_new_york
    await ana.closes_modal()
    again = await ana.types("/release freeze change 1 tomorrow 12:00 to thu 08:00")
    assert "No open release is planned inside it." in again.text
    await ana.clicks("Change it")
    assert "lasts until" not in story.room("#payments").reads("eve")
    assert "Only release admins can do this: Ana." in (await tom.types("/release freeze lift 1")).text
    assert "Only release admins can do this: Ana." in (await tom.types("/release freeze")).text


async def test_a_freeze_that_has_begun_is_changed_and_keeps_its_begin(story: Story) -> None:
    ana = await frozen(story)
    await story.advance(hours=3)
    await ana.types("/release freeze change 1")
    shown = await ana.submits(ends="fri 08:00")
    assert not shown.errors, "that its begin is past is no mistake"
    assert "– 08:00 Dec 4: “the books close”" in shown.text
    assert "It holds: a freeze of payments" in (await ana.submits()).text
    await ana.closes_modal()

    weekly = await ana.types("/release freeze every fri 16:00 to mon 08:00 web")
    await ana.clicks("Freeze it", on=weekly.message)
    await story.advance(days=19)  # into a later weekend
    await ana.types("/release freeze change 2")
    shown = await ana.submits(why="nobody is there")
    assert not shown.errors
    assert "every week, next" in shown.text and "“nobody is there”" in shown.text
    assert "It holds: a freeze of web" in (await ana.submits()).text
    await ana.closes_modal()
    later = await ana.types("/release freeze change 2 fri 18:00 to mon 08:00")
    assert "Not changed yet: a freeze of web, every week, next" in later.text, "what is not typed stays as it was"


async def test_what_cannot_be_meant_is_said_under_its_field(story: Story) -> None:
    [ana] = story.people("ana")
    await ana.types("/release freeze")
    wrong = await ana.submits(starts="soon", ends="mon 08:00")
    assert "Please name a time" in wrong.errors["starts"]
    wrong = await ana.submits(starts="fri 16:00", ends="in 2h")
    assert wrong.errors == {} and "Not saved yet: a freeze of everything" in wrong.text


async def test_two_clicks_declare_one_freeze_and_cards_forget_it_when_it_is_over(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await tom.types("/release new payments 2.14.0 today 10:30")
    await bo.types("/release go")
    seen = await ana.types("/release freeze today 10:00 to today 12:00 payments")
    await ana.clicks("Freeze it")
    again = await ana.clicks("Freeze it", on=seen.message, stale=True)
    assert "It stands already: a freeze of payments" in again.text
    assert story.room("#payments").reads("tom").count("declared a freeze") == 1
    assert "lasts from 10:00 today until 12:00 today" in story.room("#payments").reads("tom")
    await story.until("11:01")
    assert "The freeze of payments (freeze 1) lasts" not in story.room("#payments").reads("tom")
    await tom.types("/release deploy start")
    assert (await story.release("payments 2.14.0")).state == "deploying"


async def test_a_hotfix_passes_where_its_policy_says_so_and_that_is_on_record(story: Story) -> None:
    ana = await frozen(story)
    bo, tom = story.people("bo", "tom")
    ops = frozenset({bo.id})
    await story.follows(staffed(replace(TEAM, name="ours", is_default=True), dict.fromkeys(("Operations", "QA"), ops)))
    seen = await tom.types("/release new payments 2.14.1 hotfix in 2h")
    assert "⚠️ The freeze" not in seen.text
    assert "🎫 The freeze of payments (freeze 1): its policy lets it through" in story.room("#payments").reads()
    await bo.types("/release go")
    await tom.types("/release shipped")
    assert (await story.release("payments 2.14.1")).state == "monitoring"
    assert "Tom started the deploy, through freeze 1 as its policy allows." in story.room("#payments").reads()
    assert "freeze" in (await ana.types("/release history payments 2.14.1")).text


async def test_the_record_of_a_deploy_through_a_freeze_proves_itself(story: Story) -> None:
    ana = await frozen(story)
    bo, tom = story.people("bo", "tom")
    await tom.types("/release new payments 2.14.0 in 2h")
    await bo.types("/release go")
    await tom.types("/release exception refunds are broken")
    await ana.clicks("Grant", in_="dm")
    await ana.submits(when="today 18:00", why=None)
    await tom.types("/release shipped")
    seen = await tom.types("/release record")
    assert "🎫 Ana granted the exception that Tom asked for, until 18:00 today — 09:00 today" in seen.text
    assert "🎫 Tom started the deploy, through freeze 1 by an exception of Ana — 09:00 today" in seen.text
    [shared] = [file for file in story.box.workspace.files.values() if file["shared"]]
    report = check(base64.b64decode(shared["content"]).decode())
    assert report.problems == []
    assert any("through freeze 1 (exception, granted by " in line for line in report.lines)


async def test_who_leads_it_hears_when_somebody_else_moves_it_into_one(story: Story) -> None:
    ana = await frozen(story, "tomorrow 09:00 to thu 08:00 payments")
    [tom] = story.people("tom")
    await tom.types("/release new payments 2.14.0 today 15:00")
    seen = await ana.types("/release reschedule payments tomorrow 15:00")
    assert "⚠️ The freeze of payments (freeze 1) lasts from 09:00 tomorrow until 08:00 Dec 3." in seen.text
    told = tom.dm.reads("tom")
    assert "payments 2.14.0 (REL-1) is planned for 15:00 tomorrow, inside a freeze. The freeze of payments" in told
    await tom.clicks("Take the next free time", in_="dm")
    assert (await story.release("payments 2.14.0")).planned == "2026-12-03 09:00 Europe/Berlin"


async def test_a_train_that_departs_into_a_freeze_tells_its_captain(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    seen = await tom.types("/release train payments every tue 14:00 Berlin starting 15 dec version 2026.{n}")
    await tom.clicks("Save", on=seen.message)
    await ana.types("/release freeze 14 dec to 16 dec payments because the books close")
    await ana.clicks("Freeze it")
    await story.until("2026-12-12 14:00")
    assert (await story.release("payments 2026.1")).captain == "tom"
    told = tom.dm.reads("tom")
    assert told.count("payments 2026.1") == 1, "one message, not two at once"
    assert "You lead payments 2026.1 (REL-1)" in told and "The freeze of payments (freeze 1) lasts from" in told
    assert "lasts from 00:00 Dec 14 until 00:00 Dec 17: “the books close”" in told
    await tom.clicks("Take Thu 17 Dec 09:00", in_="dm")
    assert (await story.release("payments 2026.1")).planned == "2026-12-17 09:00 Europe/Berlin"


async def test_a_weekly_freeze_goes_on_after_the_bot_was_away_for_days(story: Story) -> None:
    [ana] = story.people("ana")
    await ana.types("/release freeze every wed 16:00 to thu 08:00 payments")
    await ana.clicks("Freeze it")
    await story.restarts(after=timedelta(days=4))
    payments = story.room("#payments")
    assert "Frozen until" not in payments.reads() and "is over" not in payments.reads(), "too late to help anybody"
    await story.until("2026-12-09 15:00")
    assert payments.reads().count("❄️ Frozen until") == 1
    await story.restarts(after=timedelta(hours=17))
    assert payments.reads().count("❄️ The freeze of payments is over") == 1


async def test_under_newer_rules_of_its_zone_a_freeze_is_announced_by_the_clock_there(story: Story) -> None:
    await frozen(story, "tomorrow 14:00 to thu 08:00 payments")
    earlier = {"starts_at": datetime(2026, 12, 2, 12, tzinfo=UTC), "ends_at": datetime(2026, 12, 3, 6, tzinfo=UTC)}

    def under_other_rules(work: Work) -> None:
        """As a version with other rules of Berlin had derived it."""
        work.conn.execute(update(freezes).values(tzdata="2019a", **earlier))
        for kind, at in (("freeze.begins", earlier["starts_at"]), ("freeze.ends", earlier["ends_at"])):
            work.appointments.replan(kind, "1", [at])

    await story.app.store.write(under_other_rules, workspace=story.app.workspace)
    payments = story.room("#payments")
    await story.until("2026-12-02 12:30")
    assert "Frozen until" not in payments.reads()
    await story.until("2026-12-02 13:00")
    assert payments.reads().count("❄️ Frozen until 08:00 tomorrow") == 1
    await story.until("2026-12-03 06:30")
    assert "is over" not in payments.reads()
    await story.until("2026-12-03 07:00")
    assert payments.reads().count("❄️ The freeze of payments is over") == 1


@pytest.mark.once
async def test_more_than_can_be_looked_after_are_refused_with_words(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change of one that stands needs no room."""
    [ana] = story.people("ana")
    monkeypatch.setattr("bot.kit.freeze_saying.MOST", 2)
    for service in ("payments", "ledger"):
        await ana.types(f"/release freeze fri 16:00 to mon 08:00 {service}")
        await ana.clicks("Freeze it")
    full = "2 freezes stand, and that is the most. Lift one that is not needed any more."
    seen = await ana.types("/release freeze fri 16:00 to mon 08:00 web")
    assert full in (await ana.clicks("Freeze it", on=seen.message)).text
    assert "web" not in (await ana.types("/release freezes")).text
    changed = await ana.types("/release freeze change 2 fri 18:00 to mon 08:00")
    assert "Saved: a freeze of ledger" in (await ana.clicks("Change it", on=changed.message)).text
    lifted = await ana.types("/release freeze lift 2")
    assert "Saved: a freeze of web" in (await ana.clicks("Freeze it", on=seen.message)).text
    assert full in (await ana.clicks("Put it back", on=lifted.message)).text


@pytest.mark.once
@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("every day 22:00 to 06:00 payments", "every day, next 22:00 today – 06:00 tomorrow"),
        ("today 22:00 to 06:00 payments", "22:00 today – 06:00 tomorrow"),
        ("fri 22:00 to 06:00 payments", "22:00 Dec 4 – 06:00 Dec 5"),
        ("now to 06:00 payments", "09:00 today – 06:00 tomorrow"),
        ("payments from tomorrow 09:00 to friday 18:00 because the books close",
         "09:00 tomorrow – 18:00 Dec 4: “the books close”"),
        ("payments tomorrow 09:00 to friday 18:00 because the books close",
         "09:00 tomorrow – 18:00 Dec 4: “the books close”"),
        ("for payments until friday 18:00 because the books close", "09:00 today – 18:00 Dec 4: “the books close”"),
    ],
)  # fmt: skip
async def test_a_freeze_over_night_ends_in_the_morning_after_and_names_its_service_first_or_last(
    story: Story, typed: str, shown: str
) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types(f"/release freeze {typed}")
    assert f"Not saved yet: a freeze of payments, {shown}" in seen.text


@pytest.mark.once
async def test_who_names_several_services_to_freeze_is_told_what_to_type_for_each(story: Story) -> None:
    (ana,) = story.people("ana")
    said = await ana.types("/release freeze payments, web in staging until friday because the books close")
    assert "A freeze is of one service, or of all of them. Type one line for each:" in said.text
    assert "/release freeze now to friday payments in staging because the books close" in said.text
    again = await ana.types("/release freeze now to friday web in staging because the books close")
    assert "Not saved yet: a freeze of web in staging" in again.text


async def test_a_freeze_is_changed_in_its_end_alone(story: Story) -> None:
    ana = await frozen(story, "tomorrow 10:00 to thu payments")
    seen = await ana.types("/release freeze change 1 until fri 18:00")
    assert "Not changed yet: a freeze of payments, 10:00 tomorrow – 18:00 Dec 4" in seen.text


async def test_of_several_releases_why_says_how_to_read_all_that_is_in_the_way_of_one(story: Story) -> None:
    ana = await frozen(story)
    await ana.types("/release new payments 2.14.0 tomorrow 14:00")
    await ana.types("/release new web 5.1 tomorrow 15:00")
    seen = (await ana.types("/release why")).text
    assert "payments 2.14.0  REL-1" in seen and "… and 1 more" in seen
    assert "/release why REL-1 says more." in seen
    assert "freeze" in (await ana.types("/release why REL-1")).text


async def test_a_freeze_that_has_begun_may_be_typed_again_with_its_own_begin(story: Story) -> None:
    ana = await frozen(story, "thu 12:00 to mon 08:00 payments because the audit")
    await story.until("2026-12-04 09:00")
    for begin in ("2026-12-03 12:00", "3 dec 12:00", "2026-12-03 06:00 New York"):
        seen = await ana.types(f"/release freeze change 1 {begin} to 2026-12-08 08:00")
        assert "Not changed yet: a freeze of payments, 12:00 yesterday – " in seen.text, begin
    for begin in ("2026-12-03 11:00", "yesterday 12:00", "2026-12-02"):
        seen = await ana.types(f"/release freeze change 1 {begin} to 2026-12-08 08:00")
        assert "Freeze 1 began 12:00 yesterday, and keeps that begin." in seen.text, begin
        assert "Change its end: /release freeze change 1 until 2026-12-08 08:00." in seen.text
    seen = await ana.types("/release freeze change 1 until 2026-12-08 08:00")
    await ana.clicks("Change it", on=seen.message)
    assert "12:00 yesterday – 08:00 Dec 8" in (await ana.types("/release freezes")).text


async def test_why_says_what_keeps_a_release_from_going_earlier_than_planned(story: Story) -> None:
    ana = await frozen(story, "today 09:00 to tomorrow 08:00 payments")
    [bo] = story.people("bo")
    await ana.types("/release new payments 2.14.0 tomorrow 15:00")
    await bo.types("/release go payments")
    await story.until("10:00")
    seen = await ana.types("/release deploy start payments")
    assert "You can't start payments 2.14.0 now:" in seen.text
    seen = await ana.clicks("Why?", on=seen.message)
    assert "It can't be deployed now:\nThe freeze of payments (freeze 1) lasts until 08:00 tomorrow" in (
        seen.text.replace("❄️ ", "")
    )
    assert "[Start deploy]" not in seen.text
