"""What was called off stays in calendars as cancelled, and each change of it is a revision, said since when."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import recurring_ical_events
import vobject
from icalendar import Calendar

from tests.stories.test_feeds import Fetched, fetch, subscribe
from tests.story import Story


def events(fetched: Fetched) -> dict[str, Any]:
    """By UID, as vobject reads them; icalendar reads the same."""
    assert fetched.status == 200
    read = Calendar.from_ical(fetched.body)
    uids = [str(event["UID"]) for event in read.walk("VEVENT")]
    if not uids:
        return {}
    found = {one.uid.value: one for one in vobject.readOne(fetched.body.decode()).vevent_list}
    assert sorted(uids) == sorted(found), "each UID stands once"
    return found


def told(event: Any) -> tuple[str, int, datetime]:
    """Its status, revision and since when; DTSTAMP says the same as LAST-MODIFIED."""
    changed: datetime = event.last_modified.value
    assert event.dtstamp.value == changed
    return event.status.value, int(event.sequence.value), changed


def days(fetched: Fetched) -> list[str]:
    """What calendars show in the next two months, by a third reader: days on which something is not called off."""
    shown = recurring_ical_events.of(Calendar.from_ical(fetched.body)).between((2026, 12, 1), (2027, 2, 1))
    starts = sorted(one["DTSTART"].dt for one in shown if one["STATUS"] == "CONFIRMED")
    return [f"{at:%m-%d}" for at in starts]


async def test_each_change_of_a_freeze_is_a_revision_of_the_same_event(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await ana.types("/release freeze 17 dec 8:00 to 4 jan 8:00 because of the holidays")
    await ana.clicks("Freeze it")
    declared_at = story.clock.now()
    path = await subscribe(tom, "payments")
    first = await fetch(story, path)
    ((uid, event),) = events(first).items()
    assert told(event) == ("CONFIRMED", 0, declared_at)

    await story.advance(hours=30)
    same = await fetch(story, path, **{"If-None-Match": first.headers["ETag"]})
    assert same.status == 304, "a new day changes nothing of it"

    revisions = [told(event)]
    for step, button in (
        ("freeze change 1 18 dec 8:00 to 4 jan 8:00", "Change it"),
        ("freeze lift 1", None),
        (None, "Put it back"),
        ("freeze lift 1", None),
    ):
        await story.advance(minutes=7)
        if step is not None:
            await ana.types(f"/release {step}")
        if button is not None:
            await ana.clicks(button)
        changed = await fetch(story, path)
        assert changed.headers["ETag"] != first.headers["ETag"]
        assert list(events(changed)) == [uid]
        revisions.append(told(events(changed)[uid]))
        assert revisions[-1][2] == story.clock.now(), step
    assert [status for status, _, _ in revisions] == ["CONFIRMED", "CONFIRMED", "CANCELLED", "CONFIRMED", "CANCELLED"]
    assert [number for _, number, _ in revisions] == [0, 1, 2, 3, 4]
    lifted = events(changed)[uid]
    assert lifted.dtstart.value.astimezone(UTC) == datetime(2026, 12, 18, 7, tzinfo=UTC)
    assert lifted.summary.value == "Lifted: Freeze of everything" and days(changed) == []
    await story.advance(days=29)
    assert list(events(await fetch(story, path))) == [uid], "a calendar that looks seldom hears of it"
    await story.advance(days=2)
    assert events(await fetch(story, path)) == {}


async def test_what_a_weekly_freeze_was_stays_and_what_it_would_have_been_is_cancelled(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await ana.types("/release freeze every fri 16:00 to mon 08:00")
    await ana.clicks("Freeze it")
    path = await subscribe(tom, "payments")
    assert days(await fetch(story, path))[:3] == ["12-04", "12-11", "12-18"]
    whole = events(await fetch(story, path))
    await story.until("2026-12-09 09:00")
    await ana.types("/release freeze lift 1")
    after = await fetch(story, path)
    assert days(after) == ["12-04"]
    assert whole.keys() <= events(after).keys()
    month = (await tom.types("/release calendar month")).text
    assert "Fri 4 Dec\n16:00  ❄️ Freeze of everything" in month and "11 Dec" not in month


async def test_a_weekly_freeze_that_begins_on_another_day_is_the_same_weeks_event(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await ana.types("/release freeze every fri 16:00 to mon 08:00")
    await ana.clicks("Freeze it")
    path = await subscribe(tom, "payments")
    before = events(await fetch(story, path))
    await ana.types("/release freeze change 1 every thu 16:00 to mon 08:00")
    await ana.clicks("Change it")
    changed = await fetch(story, path)
    assert days(changed)[:2] == ["12-03", "12-10"]
    assert [uid for uid in events(changed) if uid in before and told(events(changed)[uid])[1] == 1][:2] == list(before)[
        :2
    ]


async def test_a_freeze_that_is_over_stays_in_calendars_for_a_while(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await ana.types("/release freeze 2 dec 8:00 to 3 dec 8:00")
    await ana.clicks("Freeze it")
    path = await subscribe(tom, "payments")
    before = await fetch(story, path)
    await story.advance(days=5)
    after = await fetch(story, path)
    assert after.body == before.body, "that it is over is no news"
    assert "❄️ Freeze of everything until" in (await tom.types("/release calendar month")).text
    await story.advance(days=29)
    assert events(await fetch(story, path)) == {}


async def test_departures_that_are_off_are_cancelled_and_each_change_is_a_revision(story: Story) -> None:
    [bo] = story.people("bo")
    seen = await bo.types("/release train payments every tue 14:00 Berlin starting 15 dec")
    await bo.clicks("Save", on=seen.message)
    saved_at = story.clock.now()
    path = await subscribe(bo, "payments")
    first = events(await fetch(story, path))
    uids = list(first)[:3]
    assert [told(first[uid]) for uid in uids] == [("CONFIRMED", 0, saved_at)] * 3
    assert days(await fetch(story, path))[:3] == ["12-15", "12-22", "12-29"]

    async def now(step: str = "", button: str = "") -> list[tuple[str, int, datetime]]:
        await story.advance(minutes=5)
        if step:
            await bo.types(f"/release {step}")
        if button:
            await bo.clicks(button)
        found = events(await fetch(story, path))
        return [told(found[uid]) for uid in uids]

    steps = [
        await now("train skip payments 22 dec"),
        await now("train pause payments until 20 dec"),
        await now(button="Resume"),
        await now("train skip payments 15 dec"),
        await now(button="Undo"),
        await now("train end payments", "End it"),
    ]
    assert [[status[:3] for status, _, _ in step] for step in steps] == [
        ["CON", "CAN", "CON"],
        ["CAN", "CAN", "CON"],
        ["CON", "CAN", "CON"],
        ["CAN", "CAN", "CON"],
        ["CON", "CAN", "CON"],
        ["CAN", "CAN", "CAN"],
    ]
    for nth in range(3):
        history = [("CONFIRMED", 0, saved_at), *(step[nth] for step in steps)]
        for earlier, later in pairwise(history):
            assert earlier[1:] <= later[1:] and (earlier[0] == later[0] or earlier[1:] < later[1:])
    assert {changed for _, _, changed in steps[-1]} == {story.clock.now()}
    ended = await fetch(story, path)
    assert days(ended) == []
    assert "payments train" not in (await bo.types("/release calendar month")).text, "nobody needs to read of it"
    await story.advance(days=29)
    assert uids[2] in events(await fetch(story, path))
    await story.advance(days=2)
    assert events(await fetch(story, path)) == {}


async def test_a_skipped_departure_stays_cancelled_when_its_release_would_be_made_and_when_it_is_past(
    story: Story,
) -> None:
    [bo] = story.people("bo")
    seen = await bo.types("/release train payments every tue 14:00 Berlin starting 15 dec version 2026.{n}")
    await bo.clicks("Save", on=seen.message)
    path = await subscribe(bo, "payments")
    uid = next(iter(events(await fetch(story, path))))
    await bo.types("/release train skip payments")
    skipped = told(events(await fetch(story, path))[uid])
    for at in ("2026-12-12 09:00", "2026-12-15 13:30", "2026-12-28 09:00"):
        await story.until(at)
        assert told(events(await fetch(story, path))[uid]) == skipped, at
    await story.until("2027-01-02 09:00")
    assert uid not in events(await fetch(story, path))


async def test_a_freeze_of_what_a_train_will_release_stands_beside_it(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    seen = await bo.types("/release train payments every tue 14:00 Berlin starting 15 dec")
    await bo.clicks("Save", on=seen.message)
    for what in ("payments", "ledger"):
        await ana.types(f"/release freeze 17 dec 8:00 to 4 jan 8:00 {what}")
        await ana.clicks("Freeze it")
    for feed in ("me", "channel"):
        found = await fetch(story, await subscribe(bo, feed))
        assert [title for title in found.titles if "Freeze" in title] == ["Freeze of payments"], feed
