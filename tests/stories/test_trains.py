"""A release that recurs: seen before it is kept, made once each time, skipped, paused and passed on in words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from storage.work import Work
from tests.story import Story

EVERY_2ND = "/release train payments every 2nd tue 14:00 Europe/Berlin"


async def test_a_train_is_shown_over_the_clock_change_before_it_is_kept_and_makes_its_releases(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    payments = story.room("#payments")
    seen = await ana.types(f"{EVERY_2ND} starting 15 dec version 2026.{{n}}")
    assert "payments: every 2 weeks on Tuesday 14:00 Berlin, in #payments." in seen.text
    assert seen.text.count("• Tue ") == 5
    assert "• Tue 15 Dec 14:00 — payments 2026.1; made Fri 11 Dec 14:00" in seen.text
    assert "Clocks in Berlin change on Sun 28 Mar 2027: 14:00 stays 14:00, and is 12:00 UTC instead of 13:00 UTC" in (
        seen.text
    )
    assert "the first departure after it: Tue 6 Apr 2027 14:00 (12:00 UTC)" in seen.text
    assert seen.text.index("Each release is made") < seen.text.index("Clocks in Berlin"), "it is far, so it comes last"
    assert "[Save] [No: every month on the second Tuesday] [Start a week later]" in seen.text
    assert "train" not in payments.reads(), "nothing is saved"
    saved = await ana.clicks("Save", on=seen.message)
    assert "The payments train is saved" in saved.text and "Next departure: Tue 15 Dec 14:00." in saved.text
    again = await ana.clicks("Save", on=seen.message, stale=True)
    assert "That train of payments runs already." in again.text
    assert "Ana runs a train of payments: every 2 weeks on Tuesday 14:00 Berlin." in payments.reads()

    await story.until("2026-12-11 12:59")
    assert not await story.has_release("payments 2026.1"), "none before its time"
    await story.until("2026-12-11 13:00")
    stand = await story.release("payments 2026.1")
    assert (stand.state, stand.captain, stand.planned) == ("open", "ana", "2026-12-15 14:00 Europe/Berlin")
    assert "🚆 Train: every 2 weeks on Tuesday 14:00 Berlin" in payments.reads()
    assert "You lead payments 2026.1 (REL-1), the payments train of Tue 15 Dec 14:00" in ana.dm.reads("ana")
    await bo.clicks("Go", in_="#payments")
    assert (await story.release("payments 2026.1")).state == "approved"
    await story.until("2026-12-25 13:00")
    assert (await story.release("payments 2026.2")).planned == "2026-12-29 14:00 Europe/Berlin"


@pytest.mark.once
async def test_what_every_2nd_tuesday_means_can_be_said_with_a_click(story: Story) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types(EVERY_2ND)
    other = await ana.clicks("No: every month on the second Tuesday", on=seen.message)
    assert "payments: every month on the second Tuesday 14:00 Berlin" in other.text
    assert "• Tue 8 Dec 14:00" in other.text and "• Tue 12 Jan 2027 14:00" in other.text
    later = await ana.clicks("Start a week later", on=seen.message)
    assert "• Tue 8 Dec 14:00" in later.text and "• Tue 22 Dec 14:00" in later.text
    asked = await ana.types("/release train payments 2nd tue 14:00 Berlin")
    assert "did you mean every month on the second Tuesday or every 2 weeks on Tuesday?" in asked.text
    meant = await ana.clicks("every 2 weeks on Tuesday", on=asked.message)
    assert "payments: every 2 weeks on Tuesday 14:00 Berlin" in meant.text
    assert "please name weekdays by their names" in (await ana.types("/release train payments every 2 14:00")).text


@pytest.mark.once
async def test_a_quarter_with_two_captains_a_skip_a_pause_and_a_clock_change(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    payments = story.room("#payments")
    await story.until("2027-02-01 09:00")
    line = f"/release train payments every 2nd tue 14:00 Berlin captains <@{ana.id}> <@{bo.id}> version 2027.{{n}}"
    seen = await ana.types(f"{line} starting 2027-02-09")
    assert "• Tue 9 Feb 14:00 — payments 2027.1, captain Ana; made Fri 5 Feb 14:00" in seen.text
    assert "• Tue 23 Feb 14:00 — payments 2027.2, captain Bo; made Fri 19 Feb 14:00" in seen.text
    await ana.clicks("Save", on=seen.message)

    await story.until("2027-02-05 13:00")
    assert (await story.release("payments 2027.1")).captain == "ana"
    await story.until("2027-02-18 09:00")
    told = bo.dm.reads("bo")
    assert (
        "You are the next captain of the payments train: it departs Tue 23 Feb 14:00, and its release is made" in told
    )
    assert "[Pass it on] [Skip this departure]" in told
    skipped = await bo.types("/release train skip payments 23 feb everybody is at the offsite")
    assert "Skipped: the departure of payments on Tue 23 Feb 14:00. Next departure: Tue 9 Mar 14:00." in skipped.text
    assert "Bo skips the departure of payments on Tue 23 Feb 14:00: “everybody is at the offsite”" in payments.reads()
    undone = await bo.clicks("Undo", on=skipped.message)
    assert "payments departs on Tue 23 Feb 14:00 after all" in undone.text
    skipped = await bo.clicks("Skip this departure", in_="dm")
    assert "Skipped" in skipped.text
    again = await bo.clicks("Skip this departure", in_="dm")
    assert again.text.startswith("Already skipped: the departure of ")
    listed = await ana.types("/release trains")
    assert "• Tue 23 Feb 14:00 — skipped by Bo" in listed.text
    assert "[Skip Tue 9 Mar 14:00] [Don't skip Tue 23 Feb 14:00] [Edit …] [Pause …] [End the train]" in listed.text

    await story.until("2027-03-05 13:00")
    stand = await story.release("payments 2027.2")
    assert (stand.captain, stand.planned) == ("bo", "2027-03-09 14:00 Europe/Berlin"), "a skip takes nobody's turn"
    assert "Before you: Ana with payments 2027.1 (REL-1):" in bo.dm.reads("bo")
    paused = await ana.types("/release train pause payments until 2027-03-24")
    assert "The payments train is paused until Wed 24 Mar. Next departure: Tue 6 Apr 14:00." in paused.text

    await story.until("2027-04-02 11:59")
    assert not await story.has_release("payments 2027.3")
    await story.until("2027-04-02 12:00")
    stand = await story.release("payments 2027.3")
    assert (stand.captain, stand.planned) == ("ana", "2027-04-06 14:00 Europe/Berlin"), "14:00 stays 14:00"
    assert "Goes live at 14:00 Apr 6" in payments.reads()
    listed = await ana.types("/release trains")
    over = await ana.clicks("End the train", on=listed.message)
    assert "The payments train has ended." in over.text
    await story.until("2027-05-30 12:00")
    assert not await story.has_release("payments 2027.4")


@pytest.mark.once
async def test_a_captain_who_is_away_is_passed_over_and_one_may_pass_it_on(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    captains = f"<@{bo.id}> <@{tom.id}> <@{ana.id}>"
    seen = await ana.types(f"/release train payments every tue 14:00 captains {captains} version 2026.{{n}}")
    await ana.clicks("Save", on=seen.message)
    assert (await story.release("payments 2026.1")).captain == "bo"
    await tom.types("/release away until 2026-12-10 9:00")
    await story.until("2026-12-03 09:00")
    assert "next captain" not in tom.dm.reads("tom"), "away"
    assert "You are the next captain of the payments train: it departs Tue 8 Dec 14:00" in ana.dm.reads("ana")
    passed = await ana.clicks("Pass it on", in_="dm")
    assert "Bo leads the payments train of Tue 8 Dec 14:00 now, and has been told." in passed.text
    again = await ana.clicks("Pass it on", in_="dm")
    assert "Bo leads that departure already." in again.text
    await story.until("2026-12-04 13:00")
    assert (await story.release("payments 2026.2")).captain == "bo"
    await story.until("2026-12-11 13:00")
    assert (await story.release("payments 2026.3")).captain == "tom"


async def test_what_departs_is_made_once_however_often_one_starts_and_sleeps(story: Story) -> None:
    (ana,) = story.people("ana")
    payments = story.room("#payments")
    seen = await ana.types("/release train payments every day 14:00 version 2026.{n} lead 6h")
    await ana.clicks("Save", on=seen.message)
    assert await story.has_release("payments 2026.1"), "today's is made at once"
    await story.restarts()
    await story.until("2026-12-02 07:00")
    await story.restarts()
    await story.quiet()
    assert (await story.release("payments 2026.2")).planned == "2026-12-02 14:00 Europe/Berlin"
    assert not await story.has_release("payments 2026.3")

    await story.restarts(after=timedelta(days=2, hours=10))  # Friday 18:00 in Berlin: two went by
    await story.quiet()
    made = [version for version in range(1, 9) if await story.has_release(f"payments 2026.{version}")]
    assert made == [1, 2]
    assert (
        "The payments train made no release for Thu 3 Dec 14:00 and Fri 4 Dec 14:00: T-Minus was not running when "
        "its release was due, and no time was left for a go/no-go. Next departure: Sat 5 Dec 14:00."
    ) in payments.reads()
    await story.until("2026-12-05 07:00")
    assert (await story.release("payments 2026.3")).planned == "2026-12-05 14:00 Europe/Berlin"
    notes = await story.app.store.read(lambda work: work.audit.tail(None, 50), workspace=story.app.workspace)
    assert [row.name for row in notes if row.name.startswith(("train_", "departure_"))] == [
        "train_added", "train_departed", "train_departed", "departure_skipped", "departure_skipped", "train_departed",
    ]  # fmt: skip


@pytest.mark.once
async def test_what_a_clock_that_was_put_back_makes_due_again_is_made_once(story: Story) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types("/release train payments every tue 14:00 version 2026.{n} starting 8 dec")
    await ana.clicks("Save", on=seen.message)
    await story.until("2026-12-04 13:00")
    assert await story.has_release("payments 2026.1")

    def seen_again(work: Work) -> None:
        train = work.trains.lock(1)
        assert train is not None
        work.trains.save(replace(train, settled_until=train.created_at))
        work.appointments.replan("train.departs", "1", [story.clock.now() + timedelta(minutes=1)])

    await story.app.store.write(seen_again, workspace=story.app.workspace)
    await story.advance(hours=1)
    assert not await story.has_release("payments 2026.2")
    await story.until("2026-12-11 13:00")
    assert (await story.release("payments 2026.2")).planned == "2026-12-15 14:00 Europe/Berlin"
    made = await story.app.store.read(lambda work: work.trains.how_many(1), workspace=story.app.workspace)
    assert made == 2


@pytest.mark.once
async def test_new_rules_of_a_time_zone_move_what_is_to_come_and_keep_the_wall_clock(story: Story) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types("/release train payments every tue 14:00 Berlin version 2026.{n} lead 2d starting 8 dec")
    await ana.clicks("Save", on=seen.message)

    def derived_by_older_rules(work: Work) -> None:
        train = work.trains.lock(1)
        assert train is not None
        work.trains.save(replace(train, tzdata="2020a"))
        work.appointments.replan("train.departs", "1", [story.clock.now() + timedelta(days=5, hours=9)])

    await story.app.store.write(derived_by_older_rules, workspace=story.app.workspace)
    await story.restarts()
    await story.quiet()
    planned = await story.app.store.read(
        lambda work: [row.due_at for row in work.appointments.of("train.departs", "1") if row.state == "planned"],
        workspace=story.app.workspace,
    )
    assert planned == [datetime(2026, 12, 6, 13, 0, tzinfo=UTC)]


@pytest.mark.once
async def test_a_train_without_a_pattern_asks_its_captain_for_the_version(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    payments = story.room("#payments")
    seen = await ana.types("/release train payments every tue 14:00 starting 8 dec")
    assert "Its captain is asked for its version." in seen.text
    await ana.clicks("Save", on=seen.message)
    await story.until("2026-12-04 13:00")
    assert "payments 2026-12-08 → production" in payments.reads()
    assert "version to be set by its captain" in payments.reads()
    await bo.types("/release go payments")
    assert (await story.release("payments 2026-12-08")).state == "approved"
    assert "It has no version yet, so it goes by its day." in ana.dm.reads("ana")
    dialog = await ana.clicks("Set the version", in_="dm")
    assert "Its go is asked for again." in str(dialog.modal)
    await ana.submits(version="2.14.0")
    stand = await story.release("payments 2.14.0")
    assert stand.state == "open", "a go for another version is none for this one"
    assert "payments 2.14.0 → production" in payments.reads() and "to be set" not in payments.reads()
    assert "2026-12-08 → 2.14.0" in payments.reads()
    await ana.types("/release new payments 2.15.0 2026-12-09 14:00")
    taken = await ana.types("/release version REL-2 2.14.0")
    assert "payments 2.14.0 is already planned for" in taken.text


@pytest.mark.once
async def test_a_train_is_made_and_changed_in_a_dialog(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release train")
    seen = await ana.submits(service="payments", when="every 2")
    assert "please name weekdays by their names" in str(seen.errors)
    seen = await ana.submits(service="payments", when="every tue 14:00", version="2026.4")
    assert "Each departure needs a version of its own" in str(seen.errors)
    seen = await ana.submits(service="payments", when="every 2nd tue 14:00 starting 8 dec", version="2026.{n}")
    assert "• Tue 8 Dec 14:00 — payments 2026.1" in seen.text
    assert "If you meant every month on the second Tuesday, cancel this and write it so." in seen.text
    seen = await ana.submits()
    assert "The payments train is saved" in seen.text

    listed = await bo.types("/release trains")
    assert "[Edit …]" not in listed.text, "it is not Bo's"
    refused = await bo.types("/release train skip payments")
    assert "You can't change the payments train: that is for Ana, or a release admin." in refused.text
    listed = await ana.types("/release trains payments")
    dialog = await ana.clicks("Edit …", on=listed.message)
    assert "every 2 weeks on Tuesday 14:00 Europe/Berlin starting 2026-12-08" in dialog.text
    seen = await ana.submits(when="every thu 15:00", captains=["bo"])
    assert "• Thu 3 Dec 15:00 — payments 2026.1, captain Bo" in seen.text
    await ana.submits()
    assert "Ana changed the payments train: every Thursday 15:00 Berlin." in story.room("#payments").reads()
    await story.until("2026-12-01 14:00")
    assert (await story.release("payments 2026.1")).planned == "2026-12-03 15:00 Europe/Berlin"


@pytest.mark.once
async def test_a_day_that_does_not_exist_pauses_and_skips_nothing(story: Story) -> None:
    [bo] = story.people("bo")
    shown = await bo.types("/release train payments every tue 14:00 Berlin starting 8 dec")
    await bo.clicks("Save", on=shown.message)
    asked = await bo.types("/release train pause payments until 31 feb")
    assert "Until which day?" in asked.text
    await bo.closes_modal()
    assert "paused" not in (await bo.types("/release trains")).text
    assert "does not depart then" in (await bo.types("/release train skip payments 31 feb")).text
    assert "There is no train “²”." in (await bo.types("/release train skip ²")).text


@pytest.mark.once
async def test_the_button_of_an_old_preview_makes_no_second_train(story: Story) -> None:
    [bo] = story.people("bo")
    shown = await bo.types("/release train payments every tue 14:00 Berlin starting 8 dec")
    await story.advance(minutes=1)
    await bo.clicks("Save", on=shown.message)
    listed = await bo.types("/release trains")
    await bo.clicks("Edit …", on=listed.message)
    await bo.submits(when="every tue 16:00 Berlin starting 8 dec")
    assert "The payments train is saved: every Tuesday 16:00" in (await bo.submits()).text
    await bo.closes_modal()
    again = await bo.clicks("Save", on=shown.message, stale=True)
    assert "That train of payments runs already." in again.text
    assert "1 train:" in (await bo.types("/release trains")).text


@pytest.mark.once
async def test_a_departure_whose_version_is_planned_by_hand_makes_no_second_one(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    seen = await ana.types("/release train payments every tue 14:00 Berlin starting 8 dec version 2026.{n}")
    await ana.clicks("Save", on=seen.message)
    await bo.types("/release new payments 2026.1 2026-12-08 10:00")
    await story.until("2026-12-04 13:00")
    heard = story.room("#payments").reads()
    assert (
        "made no release for Tue 8 Dec 14:00: payments 2026.1 is planned already (REL-1). Next departure: Tue 15"
        in (heard)
    )
    await story.until("2026-12-11 13:00")
    assert (await story.release("payments 2026.1")).planned == "2026-12-08 10:00 America/New_York"
    assert (await story.release("payments 2026.2")).planned == "2026-12-15 14:00 Europe/Berlin"
    await bo.types("/release new payments 2026.3 2026-12-22 10:00")
    await bo.types("/release cancel payments 2026.3 the train takes it")
    await story.until("2026-12-18 13:00")
    assert (await story.release("payments 2026.3")).planned == "2026-12-22 14:00 Europe/Berlin"


@pytest.mark.once
async def test_a_train_that_has_run_for_long_is_edited_and_keeps_its_weeks(story: Story) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types("/release train payments every 2nd tue 14:00 Berlin version 2026.{n} starting 8 dec")
    await ana.clicks("Save", on=seen.message)
    await story.until("2026-12-15 13:00")
    listed = await ana.types("/release trains")
    dialog = await ana.clicks("Edit …", on=listed.message)
    assert "every 2 weeks on Tuesday 14:00 Europe/Berlin starting 2026-12-22" in dialog.text
    seen = await ana.submits(captains=["ana", "bo"])
    assert "• Tue 22 Dec 14:00 — payments 2026.2, captain Ana" in seen.text
    assert "• Tue 5 Jan 2027 14:00 — payments 2026.3, captain Bo" in seen.text
    await ana.submits()
    await story.until("2026-12-18 13:00")
    assert (await story.release("payments 2026.2")).planned == "2026-12-22 14:00 Europe/Berlin"
    listed = await ana.types("/release trains")
    await ana.clicks("Edit …", on=listed.message)
    seen = await ana.submits(version="x.{n}")
    assert "• Tue 5 Jan 2027 14:00 — payments x.3, captain Bo" in seen.text


@pytest.mark.once
async def test_a_departure_inside_a_freeze_is_shown_before_and_told_to_its_captain(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release freeze 2026-12-21 18:00 to 2027-01-06 08:00 payments because the books close")
    await ana.clicks("Freeze it")
    seen = await ana.types("/release train payments every tue 14:00 Berlin version 2026.{n} starting 15 dec")
    assert "• Tue 22 Dec 14:00 — payments 2026.2; made Fri 18 Dec 14:00\n   ❄️ The freeze of payments (freeze 1)" in (
        seen.text
    )
    assert seen.text.count("❄️") == 3, "22 and 29 December, 5 January"
    await ana.clicks("Save", on=seen.message)
    await story.until("2026-12-18 13:00")
    told = ana.dm.reads("ana").split("You lead payments 2026.2")[1]
    assert "⚠️ The freeze of payments (freeze 1) lasts from 18:00 Dec 21 until 08:00 Jan 6" in told and "[Take " in told


@pytest.mark.once
async def test_a_wall_time_that_the_clocks_skip_is_said_before(story: Story) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types("/release train payments every sun 02:30 Berlin version {n} starting 2027-03-21")
    assert "02:30 does not exist on Sun 28 Mar 2027 in Berlin: clocks go from 02:00 to 03:00. It is 03:30 then." in (
        seen.text
    )
    assert "• Sun 28 Mar 2027 03:30" in seen.text and "• Sun 4 Apr 2027 02:30" in seen.text
    assert seen.text.count("does not exist") == 1
    later = await ana.types("/release train payments every tue 14:00 Berlin version {n} starting 2027-10-19")
    assert (
        "Clocks in Berlin change on Sun 31 Oct 2027: 14:00 stays 14:00, and is 13:00 UTC instead of 12:00" in later.text
    )
    assert "the first departure after it: Tue 2 Nov 2027 14:00 (13:00 UTC)" in later.text
    assert later.text.index("Clocks in Berlin") < later.text.index("Each release is made"), "it is among what is shown"


@pytest.mark.once
async def test_a_number_that_is_taken_is_passed_over_and_never_given_twice(story: Story) -> None:
    """By hand one takes the number of another day, and one the departure itself."""
    ana, bo = story.people("ana", "bo")
    payments = story.room("#payments")
    await bo.types("/release new payments 2026.2 fri 20:00 Berlin")
    seen = await ana.types("/release train payments every day 14:00 Berlin version 2026.{n} lead 6h")
    assert "14:00 — payments 2026.1; made" in seen.text and "payments 2026.2" not in seen.text
    assert "• Wed 2 Dec 14:00 — payments 2026.3; made" in seen.text
    await ana.clicks("Save", on=seen.message)
    await story.until("2026-12-02 07:01")
    assert (await story.release("payments 2026.3")).planned == "2026-12-02 14:00 Europe/Berlin"
    assert "made no release" not in payments.reads()
    await bo.types("/release new payments 2026.4 thu 14:00 Berlin")
    await story.until("2026-12-03 07:01")
    assert "made no release for Thu 3 Dec 14:00: payments 2026.4 is planned already (REL-4)" in payments.reads()
    await story.until("2026-12-04 07:01")
    assert (await story.release("payments 2026.5")).planned == "2026-12-04 14:00 Europe/Berlin"
    await bo.types("/release cancel payments 2026.2 not needed")
    assert "payments 2026.6" in (await ana.types("/release trains")).text


@pytest.mark.once
async def test_a_departure_whose_release_is_made_at_once_is_still_the_next(story: Story) -> None:
    (tom,) = story.people("tom")
    seen = await tom.types("/release train payments every wed 14:00 Berlin version {n}")
    assert "• Wed 2 Dec 14:00 — payments 1; made at once" in seen.text
    saved = await tom.clicks("Save", on=seen.message)
    then = "Next departure: Wed 2 Dec 14:00, whose release is made, then Wed 9 Dec 14:00."
    assert then in saved.text and then in story.room("#payments").reads()
