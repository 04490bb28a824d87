"""A freeze recurs as a train does: the same words, shown before it is saved, the same clock time whatever clocks do."""

import re
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from icalendar import Calendar

from tests.stories.test_feeds import fetch, subscribe
from tests.story import Story

pytestmark = pytest.mark.once
BERLIN = ZoneInfo("Europe/Berlin")


async def test_every_other_tuesday_over_a_change_of_the_clocks(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    shown = await ana.types("/release freeze every 2nd tue 14:00 to 18:00 Berlin payments because of the batch")
    assert "Not saved yet: a freeze of payments, every 2 weeks on Tuesday, next 14:00 today" in shown.text
    assert "Begins Tue 1 Dec 14:00, Tue 15 Dec 14:00, Tue 29 Dec 14:00, Tue 12 Jan 2027 14:00 … (Berlin)." in shown.text
    assert "Clocks in Berlin change on Sun 28 Mar 2027: 14:00 stays 14:00" in shown.text
    assert "Once a month would be: every month on the second Tuesday" in shown.text, "what else it could mean"
    await ana.clicks("Freeze it")
    feed = await fetch(story, await subscribe(tom, "payments"))
    windows = recurring_ical_events.of(Calendar.from_ical(feed.body)).between((2027, 3, 1), (2027, 4, 30))
    there = sorted((one["DTSTART"].dt.astimezone(BERLIN), one["DTEND"].dt.astimezone(BERLIN)) for one in windows)
    assert [f"{starts:%a %d %b %H:%M}-{ends:%H:%M}" for starts, ends in there] == [
        "Tue 09 Mar 14:00-18:00", "Tue 23 Mar 14:00-18:00", "Tue 06 Apr 14:00-18:00", "Tue 20 Apr 14:00-18:00",
    ]  # fmt: skip

    await tom.types("/release new payments 2.14.0 tue 15 dec 15:00")
    await tom.types("/release new payments 2.15.0 tue 8 dec 15:00")
    why = (await tom.types("/release why 2.14.0")).text
    assert "The freeze of payments (freeze 1) lasts from 14:00 Dec 15 until 18:00 Dec 15" in why
    assert "freeze" not in (await tom.types("/release why 2.15.0")).text.casefold()
    await story.until("2026-12-15 16:59")
    said = story.room("#payments").reads()
    assert said.count("❄️ Frozen until") == 2 and said.count("is over: deploying goes on") == 1


async def test_such_a_freeze_is_changed_in_its_dialog_and_in_a_line_and_keeps_what_is_not_typed(story: Story) -> None:
    [ana] = story.people("ana")
    await ana.types("/release freeze last fri of the month 16:00 to mon 08:00 Berlin")
    await ana.clicks("Freeze it")
    listed = await ana.types("/release freezes")
    assert "a freeze of everything, every month on the last Friday, next" in listed.text
    await ana.types("/release freeze change 1")
    shown = await ana.submits(why="the books close")
    assert "a freeze of everything, every month on the last Friday, next" in shown.text
    assert "Begins Fri 25 Dec 16:00, Fri 29 Jan 2027 16:00" in shown.text and "the books close" in shown.text
    await ana.submits()
    await ana.closes_modal()
    changed = await ana.types("/release freeze change 1 every weekday 16:00 to 17:00 Berlin")
    assert "every weekday, next 16:00" in changed.text and "the books close" in changed.text
    await ana.clicks("Change it")
    assert "Begins Tue 1 Dec 16:00, Wed 2 Dec 16:00" in changed.text
    weekly = await ana.types("/release freeze change 1 every fri 16:00 to mon 08:00 Berlin")
    assert "every week, next" in weekly.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("every day 9:00 to 3 dec 10:00", "each time before the next begins"),
        ("every day 0:00 to 3 dec 0:00", "has to leave some time free"),
        ("every mon and thu 18:00 to fri 08:00", "begins on different weekdays"),
        ("last working day of the month 18:00 to mon", "begins on different weekdays"),
        ("every 31st of the month 9:00 to 10:00", "Not every month has a 31st"),
        ("every 2 10:00 to 11:00", "name weekdays by their names"),
        ("every 24 dec 18:00 to 27 dec 8:00", "“every 24 dec 18:00” does not say which days recur"),
        ("each 2027-12-24 18:00 to 2027-12-27 8:00", "does not say which days recur"),
        ("every year 24 dec 18:00 to 27 dec 8:00", "does not say which days recur"),
    ],
)
async def test_what_cannot_recur_is_refused_in_words(story: Story, typed: str, said: str) -> None:
    [ana] = story.people("ana")
    assert said in (await ana.types(f"/release freeze {typed}")).text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("every weekday 22:00 to 06:00", "every weekday"),
        ("every 5 days 9:00 to 2026-12-04 17:00", "every 5 days"),
        ("every other sat 8:00 to sun 20:00", "every 2 weeks on Saturday"),
    ],
)
async def test_its_dialog_means_what_stands_in_it(story: Story, typed: str, said: str) -> None:
    [ana] = story.people("ana")
    await ana.types(f"/release freeze {typed}")
    await ana.clicks("Freeze it")
    await story.advance(days=2)
    for end in ("", " "):  # as it stands there, and its begin read anew
        await ana.types("/release freeze change 1")
        found = re.search(r"From: \[(.*)\]", ana.reads(ana.modal))
        assert found
        until = {"ends": "2026-12-09 17:00"} if end and "5 days" in typed else {}
        again = await ana.submits(starts=found[1] + end, **until)
        assert f"Not changed yet: a freeze of everything, {said}, next" in again.text, again.text
        await ana.closes_modal()


@pytest.mark.once
async def test_a_begin_that_the_clocks_skip_and_an_end_that_they_show_twice_are_said_before(story: Story) -> None:
    [ana] = story.people("ana")
    shown = await ana.types("/release freeze every sun 02:30 to sun 04:00 payments")
    assert (
        "02:30 does not exist on Sun 28 Mar 2027 in Berlin: clocks go from 02:00 to 03:00. It is 03:30 then."
        in shown.text
    )
    await story.until("2027-08-01 09:00")
    shown = await ana.types("/release freeze every sat 22:00 to sun 02:30 payments")
    assert shown.text.count("02:30 happens twice on Sun 31 Oct 2027 in Berlin. It is 02:30 CEST then.") == 1
    assert "happens" not in (await ana.types("/release freeze every fri 16:00 to mon 08:00 payments")).text
