"""A go-if as people type it: who sees to it and by when are read from the line, and no word of it is lost."""

import pytest

from tests.story import Story


@pytest.mark.parametrize(
    ("typed", "text", "owner", "until"),
    [
        ("the load test is green, @Tom by 8am tomorrow", "the load test is green", "Tom", "08:00"),
        ("the load test is green by 8am tomorrow, @Tom", "the load test is green", "Tom", "08:00"),
        ("if the load test is green (@Tom)", "the load test is green", "Tom", "09:00"),
        ("the load test is green - @Tom", "the load test is green", "Tom", "09:00"),
        ("@Tom says that it is green", "@Tom says that it is green", "Tom", "09:00"),
        ("approved by @Tom", "approved by @Tom", "Tom", "09:00"),
        ("the index is built before 07:30 tomorrow", "the index is built", "Ana", "07:30"),
        ("nobody complains until 07:30 tomorrow", "nobody complains until 07:30 tomorrow", "Ana", "09:00"),
        ("approved by 2 people", "approved by 2 people", "Ana", "09:00"),
        ("two of them say so by friday", "two of them say so by friday", "Ana", "09:00"),
        ("the bug that @Tom found is fixed", "the bug that @Tom found is fixed", "Ana", "09:00"),
        ("the load test is green, @nobody", "the load test is green, @nobody", "Ana", "09:00"),
    ],
)
async def test_who_and_by_when_are_read_where_the_line_says_so(
    story: Story, typed: str, text: str, owner: str, until: str
) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 tomorrow 15:00")
    said = (await bo.types(f"/release go-if payments {typed}")).text
    assert f"You said go if “{text}”" in said
    assert f"{owner} has until {until} tomorrow." in said, "in New York, where Bo is"


async def test_who_is_named_in_the_line_is_asked_and_may_say_that_it_is_done(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await ana.types("/release new payments 3.1 tomorrow 15:00")
    await bo.types(f"/release go-if payments the load test is green, <@{tom.id}> by 8am tomorrow")
    assert "can you confirm “the load test is green”" in tom.dm.reads("tom")
    await tom.types("/release condition done payments")
    assert (await story.release("payments")).state == "approved"


async def test_what_a_go_is_said_to_depend_on_stands_in_the_dialog(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 tomorrow 15:00")
    seen = await bo.types("/release go payments if the load test is green, @Tom by 8am tomorrow")
    assert (await story.release("payments")).votes == {}
    dialog = await bo.clicks("Go if …", on=seen.message)
    assert "[the load test is green]" in dialog.text and "[8am tomorrow]" in dialog.text
    await bo.submits()
    assert "Bo: go if “the load test is green” (Tom, by 14:00 tomorrow)" in story.room("#payments").reads()


async def test_the_last_of_two_conditions_of_one_moment_counts(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 tomorrow 15:00")
    await bo.types("/release go-if payments the load test is green")
    await bo.types("/release go-if payments the index is built")
    assert "Bo: go if “the index is built” (Ana, by 15:00 tomorrow)" in story.room("#payments").reads()
    await ana.types("/release condition done payments")
    assert (await story.release("payments")).state == "approved"


async def test_what_has_until_the_close_has_until_another_close_too(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    payments = story.room("#payments")
    await ana.types("/release new payments 3.1 tomorrow 15:00")
    await bo.types("/release go-if payments the load test is green, @Tom")
    await tom.types("/release go-if payments the index is built by 12:00 tomorrow, @Ana")
    await ana.types("/release reschedule payments tomorrow 17:00")
    green, built = "“the load test is green” (Tom, by {})", "“the index is built” (Ana, by {})"
    assert green.format("17:00 tomorrow") in payments.reads()
    assert built.format("12:00 tomorrow") in payments.reads()
    told = (await ana.types("/release history payments")).text
    assert "Ana gave Tom until 17:00 tomorrow to see to it: “the load test is green”" in told
    assert "by 17:00 tomorrow?" in tom.dm.reads("tom"), "who sees to it reads when"
    await ana.types("/release reschedule payments tomorrow 06:30")
    assert green.format("06:30 tomorrow") in payments.reads() and built.format("06:30 tomorrow") in payments.reads()
