"""The calendar shows a week or a month as the one who asks may see it, in their zone, with what became of it."""

import pytest

from tests.stories.test_feeds import fetch, subscribe
from tests.story import Story


async def test_a_week_day_by_day_with_what_became_of_it(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await ana.types("/release new payments 2.14.0 today 11:00")
    await ana.types("/release new ledger 1.0 thu 14:00", in_="#releases")
    await ana.types("/release new checkout 3.1 next tue 10:00", in_="#releases")
    await tom.types("/release go payments", in_="#payments")
    await story.until("10:00")
    await ana.types("/release deploy start", in_="#payments")
    await ana.types("/release deploy done", in_="#payments")
    seen = await tom.types("/release calendar", in_="#releases")
    assert "Mon 30 Nov – Sun 6 Dec · 2 entries" in seen.text
    lines = seen.text.splitlines()
    today = lines.index("Today, Tue 1 Dec")
    assert "11:00  payments 2.14.0  REL-1 · 🟢 Live since" in lines[today + 1] and "#payments" in lines[today + 1]
    assert "14:00  ledger 1.0  REL-2 · " in lines[lines.index("Thu 3 Dec") + 1]
    assert "checkout" not in seen.text

    after = await tom.clicks("Next week →", on=seen.message)
    assert "Mon 7 Dec – Sun 13 Dec · one entry" in after.text and "checkout 3.1" in after.text
    shown = [message for message in tom.ephemerals if "Mon 30 Nov" in tom.reads(message)]
    assert not shown, "it stands in place of the week before"
    month = await tom.clicks("Month", on=after.message)
    assert "December 2026 · 3 entries" in month.text
    assert "nothing is planned" in (await tom.clicks("← Previous month", on=month.message)).text


async def test_each_sees_their_own_days_and_none_what_is_private(story: Story) -> None:
    ana, bo, tom, clara = story.people("ana", "bo", "tom", "clara")
    await ana.types("/release new payments 3.0.0 thu 23:30", in_="#secret-launch")
    await ana.types("/release new payments 2.14.0 thu 23:30", in_="#payments")
    bos = (await bo.types("/release calendar week")).text
    assert "Thu 3 Dec\n17:30  payments 3.0.0" in bos and "17:30  payments 2.14.0" in bos
    toms = (await tom.types("/release calendar week")).text
    assert "Thu 3 Dec\n23:30  payments 2.14.0" in toms and "3.0.0" not in toms and "one entry" in toms
    assert "Fri 4 Dec\n04:00  payments 2.14.0" in (await clara.types("/release calendar")).text
    assert "secret-launch" not in toms


async def test_from_the_message_to_ones_own_calendar(story: Story) -> None:
    (tom,) = story.people("tom")
    seen = await tom.types("/release calendar")
    listed = await tom.clicks("In my own calendar …", on=seen.message)
    assert "You have no calendar feed" in listed.text
    await tom.clicks("New calendar feed", on=listed.message)
    await tom.submits({"What shall it show?": "person"})
    assert "https://tminus.example.com/calendar/" in tom.reads(tom.modal)


async def test_days_weeks_and_months(story: Story) -> None:
    (tom,) = story.people("tom")
    assert "December 2026 · nothing" in (await tom.types("/release calendar december")).text
    assert "November 2027 · nothing" in (await tom.types("/release calendar nov")).text, "the next of that name"
    assert "March 2026 · nothing" in (await tom.types("/release calendar mar 2026")).text
    assert "Mon 7 Dec – Sun 13 Dec · nothing is planned" in (await tom.types("/release calendar next week")).text
    assert "I show a day, a week or a month" in (await tom.types("/release calendar fortnight")).text


async def test_freezes_and_departures_stand_beside_the_releases(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await ana.types("/release train payments every tue 14:00 Europe/Berlin starting 15 dec version 2026.{n}")
    await ana.clicks("Save")
    await ana.types("/release freeze 17 dec 8:00 to 4 jan 8:00 payments because of the holidays")
    await ana.clicks("Freeze it")
    await ana.types("/release freeze 14 dec 8:00 to 14 dec 20:00 ledger because of the audit")
    await ana.clicks("Freeze it")
    seen = (await tom.types("/release calendar month", in_="#duo")).text
    assert "Tue 15 Dec\n14:00  🚆 payments train · not planned yet" in seen
    assert "Thu 17 Dec\n08:00  ❄️ Freeze of payments until" in seen and "Freeze of ledger" in seen

    feed = await fetch(story, await subscribe(tom, "payments"))
    assert feed.titles[:2] == ["payments train", "Freeze of payments"] and "Freeze of ledger" not in feed.titles
    assert len([title for title in feed.titles if title == "payments train"]) == 50
    assert b"holidays" not in feed.body, "reasons stay in Slack"
    again = await fetch(story, await subscribe(tom, "payments"), **{"If-None-Match": feed.headers["ETag"]})
    assert again.status == 304

    await story.until("2026-12-11 13:01")
    made = await fetch(story, await subscribe(tom, "payments"))
    assert made.titles[:2] == ["payments 2026.1", "Freeze of payments"], "its release stands for the departure"


async def test_a_private_channels_train_is_seen_by_its_members(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await ana.types("/release train payments every tue 14:00 Europe/Berlin starting 15 dec", in_="#secret-launch")
    await ana.clicks("Save")
    assert "payments train" in (await bo.types("/release calendar month", in_="#payments")).text
    assert "train" not in (await tom.types("/release calendar month", in_="#payments")).text
    assert (await fetch(story, await subscribe(tom, "me"))).titles == []
    assert (await fetch(story, await subscribe(bo, "payments"))).titles == []
    assert "payments train" in (await fetch(story, await subscribe(bo, "me"))).titles
    assert "payments train" in (await fetch(story, await subscribe(bo, "channel", in_="#secret-launch"))).titles


async def test_a_month_in_which_something_is_planned_every_day_is_shown_to_its_end(story: Story) -> None:
    [bo] = story.people("bo")
    seen = await bo.types("/release train payments every day 14:00 Berlin")
    await bo.clicks("Save", on=seen.message)
    month = await bo.types("/release calendar next month")
    assert "31 entries" in month.text and "do not fit" not in month.text
    assert "Sun 31 Jan 2027\n" in month.text


async def test_what_went_live_early_stands_on_its_day(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 tomorrow 11:00")
    await bo.types("/release go payments")
    await ana.types("/release shipped payments")
    shown = (await ana.types("/release calendar")).text
    assert "Today, Tue 1 Dec\n09:00  payments 3.1" in shown and "Wed 2 Dec" not in shown


@pytest.mark.once
async def test_a_day_and_what_is_meant_as_a_plan(story: Story) -> None:
    """Tom is in London; it is Tuesday there as well."""
    ana, tom = story.people("ana", "tom")
    await ana.types("/release new payments 2.14.0 tomorrow 14:00")
    seen = await tom.types("/release calendar tomorrow", in_="#payments")
    assert seen.text.startswith("Wed 2 Dec · one entry\n") and seen.text.count("Wed 2 Dec") == 1
    assert "[← Previous day] [Next day →] [Week]" in seen.text
    seen = await tom.clicks("← Previous day", on=seen.message)
    assert "Today, Tue 1 Dec · nothing is planned" in seen.text
    assert "/release calendar fri." in (await tom.types("/release list fri")).text
    assert "Fri 4 Dec · nothing is planned" in (await tom.types("/release calendar fri")).text
    seen = await tom.types("/release schedule ledger 1.0 tomorrow 11:00")
    assert "To plan a release: /release new ledger 1.0 tomorrow 11:00." in seen.text


@pytest.mark.once
async def test_what_was_live_for_days_was_live_although_it_was_rolled_back(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 10:00")
    await bo.types("/release go REL-1")
    await ana.types("/release shipped REL-1")
    await story.until("2026-12-03 09:00")
    await ana.types("/release rollback REL-1")
    for typed, last in (("why REL-1", "Rollback started"), ("rolled-back REL-1", "Rolled back")):
        await ana.types(f"/release {typed}")
        plan = (await ana.types("/release timeline REL-1")).text
        plan = plan.split("Plan\n")[1]
        assert plan.index("Deploy started") < plan.index("Live") < plan.index(last), plan
    week = (await ana.types("/release calendar")).text
    assert "Tue 1 Dec\n" in week and "Thu 3 Dec" not in week, "it stands where it went live"


@pytest.mark.once
async def test_a_plan_names_nothing_that_has_no_time(story: Story) -> None:
    """It was stopped, and its time has passed: nobody knows when it is deployed, watched or looked back at."""
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 10:00")
    await bo.types("/release no-go payments tests are red")
    await story.until("10:30")
    plan = (await ana.types("/release timeline payments")).text
    assert "No-go" in plan and "Deploy — not started" in plan and "Retrospective" not in plan and "▶" not in plan


async def test_what_began_before_the_day_that_is_shown_says_when(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release freeze today 12:00 to fri 8:00 because the books close")
    await ana.clicks("Freeze it")
    await bo.types("/release new web 2.0 thu 15:00")
    shown = (await bo.types("/release calendar thu")).text
    assert "06:00 today  ❄️ Freeze of everything until 02:00 Dec 4" in shown, "in New York, and not at six on Thursday"
    assert shown.index("❄️") < shown.index("15:00  web 2.0")
