"""What a retrospective left to do comes back with the next release of the service, until it is done."""

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
