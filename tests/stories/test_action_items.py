"""What a retrospective left to do comes back with the next release of the service, until it is done."""

import pytest

from tests.stories.test_rolling_back_why import live
from tests.story import Story


async def test_open_action_items_stand_on_the_next_release_of_the_service_until_they_are_done(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    payments = story.room("#payments")
    await ana.types("/release new payments 3.0 today 16:00")
    await bo.types("/release go payments")
    await ana.types("/release shipped payments")
    await ana.types("/release new payments 3.1 fri 16:00")
    await ana.types("/release new web 1.0 fri 16:00")
    assert "earlier retrospectives" not in payments.reads()
    await ana.types("/release retro payments 3.0")
    await ana.submits(action="raise *memory*\nwrite the test", owner="bo", due="2026-12-02")
    line = "◻️ From earlier retrospectives: “raise *memory*” (Bo, by Wed 2 Dec), “write the test” (Bo, by Wed 2 Dec)"
    assert payments.reads().count(line) == 1, "not on the card of web"
    status = (await bo.types("/release status payments 3.1")).text
    assert "From earlier retrospectives\n◻️ “raise *memory*” (Bo, by Wed 2 Dec)\n" in status
    assert "earlier retrospectives" not in (await bo.types("/release status payments 3.0")).text
    await story.until("2026-12-03 09:00")
    assert "(Bo, was due Wed 2 Dec)" in (await bo.types("/release status payments 3.1")).text
    await bo.clicks("Done", in_="dm")
    assert payments.reads().count("“raise *memory*” (") == 0 and "“write the test” (Bo, " in payments.reads()


async def test_an_answer_before_it_is_asked_for_leaves_the_release_open_to_be_rolled_back(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    for version in ("3.0", "4.0"):
        await ana.types(f"/release new payments {version} today 16:00")
        await bo.types(f"/release go payments {version}")
        await ana.types(f"/release shipped payments {version}")
        await ana.types(f"/release retro payments {version}")
        seen = await ana.submits(well="all of it")
        assert f"Noted. payments {version} stays open until 10:00 tomorrow, so that it can be rolled back." in seen.text
        await ana.closes_modal()
    await bo.types("/release rollback payments 4.0")
    assert (await story.release("payments 4.0")).state == "rolling_back"
    await story.until("2026-12-02 09:01")
    assert (await story.release("payments 3.0")).state == "closed", "nobody is asked what they have said"
    assert "@Ana payments 3.0" not in story.room("#payments").reads()
    seen = await bo.types("/release rollback payments 3.0")
    assert "it is closed." in seen.text
    assert "To go back to an earlier version, plan that: /release new payments <version> hotfix in 1h." in seen.text


async def test_what_was_planned_before_the_retrospective_shows_it_too(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.0 fri 16:00")
    await ana.types("/release new payments 2.9.1 today 11:00")
    await bo.types("/release go payments 2.9.1")
    await ana.types("/release shipped payments 2.9.1")
    await ana.types("/release retro payments 2.9.1")
    await ana.submits(action="raise the memory", owner="bo", due="2026-12-02")
    await ana.closes_modal()
    assert "◻️ From earlier retrospectives: “raise the memory” (Bo" in story.room("#payments").reads()


async def test_what_was_said_in_a_private_channel_stays_there(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.0 today 16:00", in_="#secret-launch")
    await bo.types("/release go payments", in_="#secret-launch")
    await ana.types("/release shipped payments", in_="#secret-launch")
    await ana.types("/release retro payments 3.0", in_="#secret-launch")
    await ana.submits(action="rotate the leaked key", due="2026-12-09")
    await ana.types("/release new payments 3.1 fri 16:00")
    await ana.types("/release new payments 3.2 fri 18:00", in_="#secret-launch")
    assert "From earlier retrospectives" not in story.room("#payments").reads()
    assert "rotate the leaked key" not in (await ana.types("/release status payments 3.1")).text
    assert "From earlier retrospectives: “rotate the leaked key” (Ana" in story.room("#secret-launch").reads("ana")


async def test_after_a_rollback_people_are_asked_although_somebody_was_content_before(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await live(story, ana, bo)
    await ana.types("/release retro payments")
    await ana.submits(well="all of it")
    await ana.closes_modal()
    await bo.types("/release rollback payments")
    await bo.types("/release rolled-back payments")
    await story.until("2026-12-02 09:30")
    assert "how did payments 2.14.0 go?" in story.room("#payments").reads()
    assert (await story.release("payments")).state == "rolled_back"


async def test_the_way_back_goes_to_where_it_ran(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 to staging today 11:00")
    await bo.types("/release go REL-1")
    await ana.types("/release shipped REL-1")
    await story.until("2026-12-10 10:00")
    seen = await ana.types("/release rollback REL-1")
    assert "plan that: /release new payments <version> to staging hotfix in 1h." in seen.text


async def test_a_line_says_for_whom_it_is_and_by_when(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await live(story, ana, bo, "payments 3.0")
    await ana.types("/release retro payments 3.0")
    written = f"@bo: raise the limit by friday\n<@{tom.id}> talk to @bo about it by 14 Dec.\n- stand by the pager"
    written += "\nTom: add an alert\n1. note: check the logs"
    seen = await ana.submits(action=written)
    assert "Noted, in the thread of payments 3.0. It stays open until 10:00 tomorrow" in seen.text
    assert "\n◻️ raise the limit — Bo, by Fri 4 Dec\n◻️ talk to @bo" in seen.text
    assert "◻️ stand by the pager — Ana, by Tue 8 Dec" in seen.text
    await ana.closes_modal()
    read = story.room("#payments").reads()
    assert "◻️ raise the limit — Bo, by Fri 4 Dec" in read
    assert "◻️ talk to @bo about it — Tom, by Mon 14 Dec" in read
    assert "◻️ stand by the pager — Ana, by Tue 8 Dec" in read
    assert "◻️ add an alert — Tom, by Tue 8 Dec" in read
    assert "◻️ note: check the logs — Ana, by Tue 8 Dec" in read
    assert "Ana gave you an action item in the retrospective of payments 3.0." in bo.dm.reads("bo")
    assert "◻️ talk to @bo about it, by Mon 14 Dec" in tom.dm.reads("tom")


async def test_what_ends_in_a_number_or_an_hour_names_no_day(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await live(story, ana, bo, "payments 3.0")
    await ana.types("/release retro payments 3.0")
    lines = ("cut the latency by 1/2", "stop the pager by noon", "cut the bill by 10", "finish it by 2026-12-03 09:00")
    await ana.submits(action="\n".join(lines))
    read = story.room("#payments").reads()
    for line in lines[:3]:
        assert f"◻️ {line} — Ana, by Tue 8 Dec" in read, line
    assert "◻️ finish it — Ana, by Thu 3 Dec" in read


async def test_a_line_that_may_mean_two_people_or_days_is_asked_about_and_nothing_is_noted(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await live(story, ana, bo, "payments 3.0")
    await ana.types("/release retro payments 3.0")
    for typed, why in (
        ("@nobody raise it", "Who shall do “@nobody raise it”? Write @ and their name as Slack shows it"),
        ("raise it by next friday", "“next friday” can be this week or the next."),
        ("raise it by 2020-01-01", "is past"),
        ("@bo", "What shall be done?"),
        ("@gus write it", "can't own an action item"),
    ):
        seen = await ana.submits(well="ok", action=f"write the test\n{typed}")
        assert why in str(seen.errors), typed
    assert "write the test" not in story.room("#payments").reads()


async def test_where_its_owner_is_gone_an_action_item_is_somebody_elses(story: Story) -> None:
    ana, bo, finn = story.people("ana", "bo", "finn")
    await live(story, ana, bo)
    await ana.types("/release retro")
    await ana.submits(action="fix the secret alert", owner="finn", due="2026-12-03")
    await ana.closes_modal()
    await finn.changes(is_restricted=True)
    await story.until("2026-12-04 16:00")
    assert "of yours to finish" not in finn.dm.reads("finn")
    thread = " ".join(story.room("#payments").threads())
    assert "payments 2.14.0: Finn, who was to finish 1 action item, is a guest now. Somebody else has to." in thread
    await bo.clicks("Done", on=story.room("#payments").messages[-1])
    assert "✅ fix the secret alert — done by Bo" in story.room("#payments").reads()


@pytest.mark.parametrize(
    ("line", "item"),
    [
        ("@bo raise the limit by monday morning", "“raise the limit” (Bo, by Mon 7 Dec)"),
        ("@bo raise the limit by tonight", "“raise the limit” (Bo, by Tue 1 Dec)"),
        ("@bo raise the limit by friday!", "“raise the limit” (Bo, by Fri 4 Dec)"),
        ("@bo raise the limit by friday 3pm pst", "“raise the limit” (Bo, by Fri 4 Dec)"),
        ("@bo raise the limit by 24/12", "“raise the limit” (Bo, by Thu 24 Dec)"),
        ("@bo raise the limit by 24.12.", "“raise the limit” (Bo, by Thu 24 Dec)"),
        ("@bo raise the limit by 1.5.", "“raise the limit by 1.5.” (Bo, by Tue 8 Dec)"),
        ("@bo ask <@{tom}> for the key", "“ask @Tom for the key” (Bo, by Tue 8 Dec)"),
    ],
)
async def test_a_line_is_read_as_it_is_meant(story: Story, line: str, item: str) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await live(story, ana, bo)
    await ana.types("/release retro payments")
    await ana.submits(action=line.format(tom=tom.id))
    await ana.closes_modal()
    await ana.types("/release new payments 9.0 fri 16:00")
    assert item in story.room("#payments").reads()


@pytest.mark.parametrize("line", ["@bo and @tom raise the limit", "@bo, @tom raise the limit", "@bo @tom raise it"])
async def test_an_item_of_two_is_asked_back(story: Story, line: str) -> None:
    ana, bo = story.people("ana", "bo")
    await live(story, ana, bo)
    await ana.types("/release retro payments")
    seen = await ana.submits(action=line)
    assert seen.errors == {"action": f"“{line}”: an action item is one person's. Write one for each."}


@pytest.mark.once
async def test_an_action_item_is_given_to_somebody_else_and_another_day(story: Story) -> None:
    ana, bo, clara = story.people("ana", "bo", "clara")
    await live(story, ana, bo)
    await ana.types("/release retro payments")
    await ana.submits(action="- clara to check the alerts by wed noon\ntom: write the plan tmrw\nlook at the graphs")
    await ana.closes_modal()
    room = story.room("#payments")
    assert "◻️ check the alerts — Clara, by Wed 2 Dec" in room.reads()
    assert "◻️ write the plan — Tom, by Wed 2 Dec" in room.reads()
    assert "◻️ look at the graphs — Ana, by Tue 8 Dec" in room.reads()
    assert "Ana gave you an action item" in clara.dm.reads("clara")

    await clara.clicks("Change an action item", in_="#payments")
    seen = await clara.submits({"Which one?": "look at the graphs — Ana, by 8 Dec"})
    assert "Choose another owner or another day." in str(seen.errors)
    seen = await clara.submits(owner="bo", due="2026-12-04")
    assert "Changed: “look at the graphs” — Bo, by Fri 4 Dec." in seen.text
    assert "◻️ look at the graphs — Bo, by Fri 4 Dec" in room.reads()
    assert "Clara gave you an action item of the retrospective of payments" in bo.dm.reads("bo")
    await story.until("2026-12-04 16:00")
    assert "1 action item of yours to finish" in bo.dm.reads("bo")
    assert "action item of yours" not in ana.dm.reads("ana")
    await bo.clicks("Done", in_="dm")
    assert "✅ look at the graphs — done by Bo" in room.reads()
    await story.until("2026-12-05 10:00")
    await ana.clicks("Done", in_="#payments")


@pytest.mark.once
@pytest.mark.parametrize(("line", "shown"), [
    ("tell support what goes out tomorrow", "tell support what goes out tomorrow — Ana, by Wed 2 Dec"),
    ("ask tom what is due on friday", "ask tom what is due on friday — Ana, by Fri 4 Dec"),
    ("prepare the demo for tomorrow", "prepare the demo for tomorrow — Ana, by Wed 2 Dec"),
    ("bo will be back by friday", "bo will be back — Ana, by Fri 4 Dec"),
    ("write the plan for web by friday", "write the plan for web — Ana, by Fri 4 Dec"),
])  # fmt: skip
async def test_a_day_takes_no_words_along_that_belong_to_what_is_to_be_done(
    story: Story, line: str, shown: str
) -> None:
    ana, bo = story.people("ana", "bo")
    await live(story, ana, bo)
    await ana.types("/release retro payments")
    await ana.submits(action=line)
    assert f"◻️ {shown}" in story.room("#payments").reads()
