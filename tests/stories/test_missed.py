"""What was due while the bot was away: it is done when it still means something, and else it says why not."""

from datetime import timedelta

import pytest

from storage.work import Work
from tests.story import Actor, Story

#: The rules alone: they are the same in every mode and on every database.
pytestmark = pytest.mark.once


async def go(story: Story, ana: Actor, bo: Actor, when: str = "today 16:00") -> None:
    """Payments 2.14.0 is planned and approved."""
    await ana.types(f"/release new payments 2.14.0 {when}")
    await bo.types("/release go")


async def test_nobody_is_blamed_for_a_poll_that_nobody_was_asked_in(story: Story) -> None:
    """Away from before the opening until after the deadline."""
    ana, bo = story.people("ana", "bo")
    await ana.types("/release setup")
    await ana.submits({"How are releases decided?": "Team"})
    people = {"Who signs off for QA?": ["bo"], "Who signs off for Operations?": ["tom"]}
    await ana.submits(people | {"Who signs off for Product?": ["clara"]})
    await ana.closes_modal()
    await ana.types("/release new payments 2.14.0 fri 14:00")
    await story.restarts(after=timedelta(days=3, hours=6))
    await story.quiet()
    assert (await story.release("payments")).stopped == "no decision"
    unasked = "could be asked: its go/no-go was due from 10:00 yesterday until 13:30 today, and passed unseen"
    assert f"⚪ No decision — nobody {unasked}" in story.room("#payments").reads()
    assert "has not answered" not in story.room("#payments").reads()
    seen = await ana.types("/release status")
    assert unasked in seen.text
    assert "Left out: the reminder a day before, 14:00 yesterday (T-Minus was not running then" in seen.text
    seen = await bo.types("/release why")
    assert "could be asked: its go/no-go was due from 04:00 yesterday" in seen.text, "in Bo's own time"
    assert "has not answered" not in seen.text


async def test_a_deploy_that_nobody_finishes_is_asked_about_again_and_again(story: Story) -> None:
    """After one, two and four hours; then every working day in the morning; and what was missed, once."""
    ana, bo = story.people("ana", "bo")
    await go(story, ana, bo)
    await story.until("15:00")
    await ana.types("/release deploy start")

    def asked() -> int:
        assert ana.dm.reads("ana").count("[Done]") == 1, "the last question alone has buttons"
        return ana.dm.reads("ana").count("payments 2.14.0: asked about again below.") + 1

    await story.restarts(after=timedelta(hours=3, minutes=20))
    await story.quiet()
    assert asked() == 1, "the last of the two"
    await story.advance(hours=1)
    assert asked() == 2
    await story.until("2026-12-02 09:01")
    assert asked() == 3, "ten in the morning where she is"
    await story.until("2026-12-04 09:01")
    assert asked() == 5
    await story.until("2026-12-06 12:00")
    assert asked() == 5, "not at the weekend"
    await story.restarts(after=timedelta(days=2))
    await story.quiet()
    assert asked() == 6, "away over Monday's: asked once when back"
    await ana.clicks("Done", in_="dm")
    assert "[Done]" not in ana.dm.reads("ana")
    assert "payments 2.14.0: 🟢 Live since 13:00 today, 7 days late." in ana.dm.reads("ana"), "and how it ended"


async def test_the_last_reminder_and_the_retrospective_are_not_lost(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await go(story, ana, bo)
    await story.until("14:45")
    await story.restarts(after=timedelta(minutes=55))  # over T-10m, until 40 minutes after its time
    await story.quiet()
    assert "payments 2.14.0 was due 16:00 today and has not started. It's go." in ana.dm.reads("ana")
    await ana.clicks("Start deploy", in_="dm")
    await ana.types("/release done")
    await story.restarts(after=timedelta(days=5))
    await story.quiet()
    assert "payments 2.14.0 went out 40 min late" in story.room("#payments").reads(), "asked for, late as it is"
    seen = await ana.types("/release status payments 2.14.0")
    assert "the reminder ten minutes before, 15:50 " in seen.text
    assert "(T-Minus was not running then, and afterwards it was too late to help)" in seen.text


async def test_what_was_go_and_has_expired_meanwhile_is_not_announced_as_open(story: Story) -> None:
    """Away from before the close of a go/no-go that everybody answered until after the approval's end."""
    ana, bo, clara, eve, finn = story.people("ana", "bo", "clara", "eve", "finn")
    await ana.types("/release setup")
    await ana.submits(policy="regulated")
    roles = {"QA": ["bo"], "Security": ["clara"], "Operations": ["eve"], "Product": ["finn"]}
    await ana.submits(**{f"role.{role}": people for role, people in roles.items()})
    await ana.closes_modal()
    await ana.types("/release new payments 2.14.0 fri 14:00")
    await story.until("2026-12-02 15:00")
    for person in (bo, clara, eve):
        await person.types("/release go")
    await finn.types("/release go REL-1", in_="#general")
    await story.restarts(after=timedelta(days=3))
    await story.quiet()
    payments = story.room("#payments").reads()
    assert (await story.release("payments")).stopped == "approval expired"
    assert "payments 2.14.0: it was go at " in payments
    assert "Next: extend, reschedule or cancel" not in payments
    assert payments.count("the approval has expired") == 2, "in the thread, and broadcast from there"


async def test_a_standard_release_is_told_to_be_go_once(story: Story) -> None:
    """However often it is moved beyond its approval."""
    (ana,) = story.people("ana")
    await ana.types("/release new")
    await ana.submits(service="payments", version="2.14.0", when="today 16:00", kind="Standard")
    await ana.closes_modal()
    await ana.types("/release reschedule fri 14:00")
    await ana.types("/release reschedule mon 14:00")
    stand = await story.release("payments")
    assert (stand.state, stand.history.count("decided")) == ("approved", 3)
    told = [message for message in story.room("#payments").messages
            if message.get("subtype") == "thread_broadcast" and ": go." in message["text"]]  # fmt: skip
    assert len(told) == 1


async def test_what_was_due_before_somebody_led_it_was_not_missed(story: Story) -> None:
    """T-Minus was running all the time, and reminded who led it then."""
    ana, bo = story.people("ana", "bo")
    await go(story, ana, bo, "fri 14:00")
    await story.until("2026-12-04 13:20")
    assert "payments 2.14.0: deploy at 14:00" not in bo.dm.reads("bo")
    await bo.types(f"/release captain payments <@{bo.id}>")
    await story.until("2026-12-04 14:30")
    await ana.types(f"/release captain payments <@{ana.id}>")
    await bo.types(f"/release captain payments <@{bo.id}>")
    seen = await bo.types("/release status")
    assert "Left out" not in seen.text


async def test_a_new_captain_is_asked_once_what_was_asked_several_times(story: Story) -> None:
    """It deploys since ten, and its captain was asked at eleven, twelve and two whether it still does."""
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.0 today 10:00")
    await bo.types("/release go payments")
    await story.until("09:00")
    await ana.types("/release deploy start payments")
    await story.until("14:30")
    await ana.types("/release captain @bo")

    def asked(work: Work) -> list[str]:
        release = work.releases.find("payments", open_only=False)[0]
        mine = [row for row in work.timers.of(release.id) if (row.name, row.recipient) == ("still.deploying", bo.id)]
        return [row.state for row in mine if row.state == "done"]

    assert await story.app.store.read(asked, workspace=story.app.workspace) == ["done"]
