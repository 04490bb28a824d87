"""A planned time is moved by a length, to another year, or asked about: never earlier by mistake."""

import pytest

from tests.story import Story

#: The rules alone: they are the same in every mode and on every database.
pytestmark = pytest.mark.once


@pytest.mark.once
@pytest.mark.parametrize(
    ("typed", "planned"),
    [
        ("postpone +2h", "2026-12-01 17:00"),
        ("reschedule +2h", "2026-12-01 17:00"),
        ("postpone by 15h", "2026-12-02 06:00"),
        ("postpone payments by 1h", "2026-12-01 16:00"),
        ("reschedule by 1 day", "2026-12-02 15:00"),
        ("postpone 30m", "2026-12-01 15:30"),
        ("move payments to fri 3pm", "2026-12-04 15:00"),
        ("move it to fri 3pm", "2026-12-04 15:00"),
        ("reschedule in 2h", "2026-12-01 11:00"),
        ("reschedule today 12:00", "2026-12-01 12:00"),
    ],
)
async def test_a_length_is_meant_from_the_planned_time(story: Story, typed: str, planned: str) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 2.14.0 today 15:00")
    await ana.types(f"/release {typed}")
    assert (await story.release("payments")).planned == f"{planned} Europe/Berlin"


@pytest.mark.once
async def test_postponing_never_makes_it_earlier_unasked(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 2.14.0 today 15:00")
    for typed in ("postpone in 2h", "postpone today 11:00", "postpone 11:00"):
        seen = await ana.types(f"/release {typed}")
        assert seen.text.startswith("Tue 1 Dec 11:00 Berlin is earlier than planned (Tue 1 Dec 15:00 Berlin).")
        assert (await story.release("payments")).planned == "2026-12-01 15:00 Europe/Berlin"
    await ana.clicks("Tue 1 Dec 11:00", on=seen.message)
    assert (await story.release("payments")).planned == "2026-12-01 11:00 Europe/Berlin"

    seen = await ana.types("/release reschedule 30m")
    assert seen.text.startswith(
        "“30m” may be meant from now, or from the planned time. "
        "Did you mean Tue 1 Dec 09:30 Berlin or Tue 1 Dec 11:30 Berlin?"
    )
    await story.until("10:30")  # 11:30 in Berlin
    seen = await ana.types("/release postpone 10m")
    assert seen.text.startswith("Tue 1 Dec 11:10 Berlin is past. Did you mean Tue 1 Dec 11:40 Berlin?")
    seen = await ana.types("/release postpone 99999 weeks")
    assert "out of reach" in seen.text


@pytest.mark.once
async def test_a_release_of_next_year_and_one_on_a_leap_day_can_be_moved(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new web 1.0 2027-01-05 14:00")
    await ana.types("/release reschedule")
    await ana.submits(when="+1 day")
    assert (await story.release("web")).planned == "2027-01-06 14:00 Europe/Berlin"
    await ana.closes_modal()

    await ana.types("/release new api 2.0 2028-02-29 14:00")
    await ana.types("/release reschedule api")
    await ana.submits(when="2028-03-01 14:00")
    assert (await story.release("api")).planned == "2028-03-01 14:00 Europe/Berlin"


@pytest.mark.once
async def test_a_clock_time_alone_may_be_of_the_day_that_it_is_planned_for(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 3.1 thu 15:00")
    seen = await ana.types("/release move payments to 16")
    assert "“16” names no day. Did you mean Thu 3 Dec 16:00 Berlin or Tue 1 Dec 16:00 Berlin?" in seen.text, seen.text
    await ana.clicks("Thu 3 Dec 16:00", on=seen.message)
    assert (await story.release("payments")).planned == "2026-12-03 16:00 Europe/Berlin"
    await ana.types("/release delay payments to 17:00")
    assert (await story.release("payments")).planned == "2026-12-03 17:00 Europe/Berlin", "later is that day alone"
    seen = await ana.types("/release move payments forward 1h")
    assert (await story.release("payments")).planned == "2026-12-03 17:00 Europe/Berlin", "it may mean either"


@pytest.mark.once
async def test_it_is_moved_to_a_time_in_a_place(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 3.1 thu 15:00")
    await ana.types("/release reschedule payments to friday at 3pm in new york")
    assert (await story.release("payments")).planned == "2026-12-04 15:00 America/New_York"
