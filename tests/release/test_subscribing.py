"""What a channel asks to hear is read as it is typed; a digest comes on its day and at its time, wherever that is."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.release.subscribing import Digest, Wish, read_clock, read_wish
from bot.release.zones import all_zones, local

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
BERLIN = "Europe/Berlin"
NINE = time(9)


@pytest.mark.parametrize(
    ("typed", "level", "digest"),
    [
        ("", "milestones", None),
        ("all", "all", None),
        ("outcomes", "outcomes", None),
        ("nothing", "none", None),
        ("weekly", "none", Digest("weekly", NINE, BERLIN)),
        ("a daily digest at 17:30", "none", Digest("daily", time(17, 30), BERLIN)),
        ("milestones weekly fri 4pm", "milestones", Digest("weekly", time(16), BERLIN, 4)),
        ("every Monday at 9 am and outcomes", "outcomes", Digest("weekly", NINE, BERLIN, 0)),
        ("weekly thurs 9:00 New_York", "none", Digest("weekly", NINE, "America/New_York", 3)),
        ("at 8", "none", Digest("daily", time(8), BERLIN)),
    ],
)
def test_as_people_type_it(typed: str, level: str, digest: Digest | None) -> None:
    wish = read_wish(typed)
    assert wish.unread == ""
    assert wish.settled(BERLIN) == (level, digest)


@pytest.mark.parametrize(
    ("typed", "unread"),
    [("sometimes", "sometimes"), ("outcomes milestones", "milestones"), ("weekly 25:00", "25:00"),
     ("daily monday", "monday"), ("weekly mon tue", "tue"), ("13pm", "13pm")],
)  # fmt: skip
def test_what_is_not_clear_is_asked_back(typed: str, unread: str) -> None:
    assert read_wish(typed).unread == unread


def test_a_bare_number_is_never_a_weekday() -> None:
    assert read_wish("weekly 2") == Wish(every="weekly", clock=time(2))
    assert [read_clock(one) for one in ("9", "9am", "12am", "12pm", "24:00", "x")] == [
        time(9), time(9), time(0), time(12), None, None,
    ]  # fmt: skip


INSTANTS = st.integers(0, 600 * 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes))
CLOCKS = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))


@given(INSTANTS, CLOCKS, st.sampled_from(sorted(all_zones())), st.integers(0, 6), st.sampled_from(["daily", "weekly"]))
def test_the_next_one_is_later_on_its_day_and_none_is_skipped_or_doubled(
    at: datetime, clock: time, zone: str, weekday: int, every: str
) -> None:
    digest = Digest(every, clock, zone, weekday)  # type: ignore[arg-type]
    first = digest.next_after(at)
    second = digest.next_after(first)
    step = 7 if every == "weekly" else 1
    assert at < first < second
    assert first - at <= timedelta(days=step + 1, hours=1), "clocks that leap over a day wait for the next"
    days = [local(one, zone).date().to_stdlib() for one in (first, second)]
    assert days[1] - days[0] in (timedelta(days=step), timedelta(days=step + 1), timedelta(days=step - 1))
    there = local(first, zone)
    plain = there.to_plain().to_stdlib()
    if plain.time() != clock:  # a time that the clock skips comes right after the gap
        assert local(first - timedelta(hours=3), zone).offset != there.offset
    elif every == "weekly":
        assert plain.weekday() == weekday


@given(INSTANTS, CLOCKS, st.sampled_from(sorted(all_zones())))
def test_each_digest_begins_where_the_last_one_ended(at: datetime, clock: time, zone: str) -> None:
    digest = Digest("weekly", clock, zone, 0)
    first = digest.next_after(at)
    second = digest.next_after(first)
    assert digest.span(first)[1] == second
    assert digest.span(second)[0] == first


def test_who_looks_at_one_before_its_time_sees_whole_days() -> None:
    assert Digest("daily", NINE, BERLIN).span(NOW + timedelta(hours=1)) == (
        NOW - timedelta(hours=23), NOW + timedelta(hours=25)
    )  # fmt: skip
