"""What is typed around a verb: nothing that was not meant is done, and no answer is lost."""

import pytest

from tests.story import Story

pytestmark = pytest.mark.once


@pytest.mark.parametrize("typed", [
    "condition payments is not yet done", "condition payments not fully done", "condition payments won't be done",
    "condition payments hasn't been done", "condition done not yet",
])  # fmt: skip
async def test_not_yet_done_is_never_done(story: Story, typed: str) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 15:00")
    await bo.types("/release go-if payments staging is green")
    seen = await ana.types(f"/release {typed}")
    if "Do you mean this one?" in seen.text:  # which release? the one.
        await ana.clicks("payments 3.1 · Tue 1 Dec 15:00", on=seen.message)
    assert (await story.release("payments")).state == "open", "it is go, since somebody said that it is NOT done"


@pytest.mark.parametrize("typed", ["shipped payments not yet", "shipped almost"])
async def test_not_yet_shipped_is_not_shipped_by_saying_which_release_is_meant(story: Story, typed: str) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 09:30")
    await bo.types("/release go payments")
    seen = await ana.types(f"/release {typed}")
    label = "Shipped: payments 3.1 · Tue 1 Dec 09:30" if "not yet" in typed else "payments 3.1 · Tue 1 Dec 09:30"
    await ana.clicks(label, on=seen.message, confirm=False)
    assert (await story.release("payments")).state == "approved", "no confirm was asked, and everybody hears it is live"


@pytest.mark.parametrize("typed", [
    "no-go problems with the login", "no-go issue 4711 is still open", "-1 issue 4711 is still open",
    "reject concerns about the load", "nogo payments problems in staging",
])  # fmt: skip
async def test_a_no_go_that_is_said_in_full_is_one(story: Story, typed: str) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 15:00")
    seen = await bo.types(f"/release {typed}")
    assert (await story.release("payments")).votes == {"bo": "no-go"}, seen.text


@pytest.mark.parametrize("typed", [
    "no blockers", "no known issues", "no open issues", "no more concerns", "no further objections", "no showstoppers",
    "no complaints", "no, go",
])  # fmt: skip
async def test_no_blockers_is_no_no_go(story: Story, typed: str) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 15:00")
    seen = await bo.types(f"/release {typed}")
    assert (await story.release("payments")).votes == {}, seen.text


@pytest.mark.parametrize("typed", [
    "go payments if @tom says so", "go payments but only if 5 of the tests pass", "go payments unless 5xx rise",
    "go but only if 2 people watch",
])  # fmt: skip
async def test_what_a_go_depends_on_is_not_lost_for_a_digit_or_a_name_in_it(story: Story, typed: str) -> None:
    """Slack writes @tom as <@U0KZF7Q8973>: nearly every mention has a digit."""
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 15:00")
    seen = await bo.types(f"/release {typed}")
    assert "would be lost" in seen.text and "[Go if …]" in seen.text, seen.text


async def test_a_go_after_another_release_is_no_plain_go(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 15:00")
    await ana.types("/release new web 5.1 today 15:00")
    seen = await bo.types("/release go payments after web is live")
    assert "would be lost" in seen.text, seen.text


@pytest.mark.parametrize("typed", ["go payments if @tom says so", "shipped @bo", "resume payments @tom"])
async def test_people_are_called_by_their_names_where_words_are_quoted(story: Story, typed: str) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 15:00")
    seen = await bo.types(f"/release {typed}")
    assert "<@U" not in seen.text, seen.text


async def test_asking_whether_it_is_done_does_not_tell_everybody_that_it_is_live(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 09:30")
    await bo.types("/release go payments")
    await ana.types("/release deploy start payments")
    await ana.types("/release done?")
    assert (await story.release("payments")).state == "deploying"


@pytest.mark.parametrize("typed", ["when payments tomorrow", "when payments 3.2"])
async def test_times_are_not_said_to_suit_a_service_called_tomorrow(story: Story, typed: str) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 3.1 tomorrow 14:00")
    seen = await ana.types(f"/release {typed}")
    assert "suit tomorrow" not in seen.text and "suit 3.2" not in seen.text, seen.text


@pytest.mark.parametrize("typed", ["calendar 31.2.", "calendar 2030-02-29"])
async def test_a_day_that_does_not_exist_is_not_shown_as_another(story: Story, typed: str) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types(f"/release {typed}")
    assert "28 Feb" not in seen.text or "does not exist" in seen.text, seen.text


async def test_a_line_that_is_no_plan_is_not_offered_as_one(story: Story) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types("/release calendar in 3 days")
    assert "/release new in 3 days" not in seen.text, seen.text


async def test_a_version_is_not_renamed_after_a_person(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 15:00")
    await bo.types("/release go payments")
    await ana.types("/release version payments 3.2 @bo")
    assert not await story.has_release("payments 3.2 @Bo"), "and its approval ended by it"


async def test_a_go_no_go_that_shall_not_be_closed_yet_is_not_closed(story: Story) -> None:
    ana, _bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 15:00")
    seen = await ana.types("/release poll close not yet")
    await ana.clicks("Close go/no-go: payments 3.1 · Tue 1 Dec 15:00", on=seen.message, confirm=False)
    assert (await story.release("payments")).state == "open", (
        "closed without its confirm: No decision, told to everybody"
    )


@pytest.mark.parametrize("typed", ["roll everything back", "roll the whole thing back", "roll payments straight back"])
async def test_what_shall_be_rolled_back_is_not_why(story: Story, typed: str) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 09:30")
    await bo.types("/release go payments")
    await ana.types("/release shipped payments")
    seen = await ana.types(f"/release {typed}")
    assert "Why: “" not in seen.text, seen.text


async def test_a_question_has_an_answer_that_is_possible(story: Story) -> None:
    """Live already: neither go nor no-go can be said, and there is no button below the question."""
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 09:30")
    await bo.types("/release go payments")
    await ana.types("/release shipped payments")
    seen = await bo.types("/release no problem")
    assert "Which one is it?" not in seen.text, seen.text


async def test_a_day_that_may_be_two_is_asked_about(story: Story) -> None:
    """As it is where a release is planned for it."""
    (ana,) = story.people("ana")
    planned = await ana.types("/release new web 3.1 1/2 15:00")
    assert "Did you mean" in planned.text, planned.text
    seen = await ana.types("/release calendar 1/2")
    assert "Did you mean" in seen.text or "1 Feb" in seen.text, seen.text


async def test_a_number_with_a_unit_behind_a_parts_name_is_why_and_no_version(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new api 3.2 + web 1.9 today 10:00")
    await bo.types("/release go")
    await ana.types("/release deploy start")
    await ana.types("/release web failed: 500s")
    assert (await story.release("api 3.2")).parts == {"api 3.2": "deploying", "web 1.9": "failed"}
    assert "failed — “500s”" in story.room("#payments").reads()
