"""What is asked of others, asked about or put off is not done; and what is a reason is one."""

import pytest

from tests.story import Actor, Story

#: The words alone: they are the same in every mode and on every database.
pytestmark = pytest.mark.once


async def live(story: Story) -> tuple[Actor, Actor]:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 10:00")
    await bo.types("/release go")
    await ana.types("/release shipped")
    return ana, bo


@pytest.mark.parametrize("typed", [
    "@Tom please go payments @T-Minus", "@Tom please approve payments @T-Minus", "@Tom, please go: @T-Minus",
    "@Tom please abstain @T-Minus", "@T-Minus @Tom go payments",
])  # fmt: skip
async def test_what_is_asked_of_somebody_else_is_not_ones_own_answer(story: Story, typed: str) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 15:00")
    seen = await bo.types(typed)
    assert (await story.release("payments")).votes == {} and "<@" not in seen.text, seen.text


@pytest.mark.parametrize("typed", [
    "@Tom can you roll payments back? @T-Minus", "@Tom please roll payments back @T-Minus",
])  # fmt: skip
async def test_who_asks_somebody_else_to_roll_back_does_not_do_it(story: Story, typed: str) -> None:
    _, bo = await live(story)
    seen = await bo.types(typed)
    assert (await story.release("payments")).state == "released", seen.text


@pytest.mark.parametrize("typed", [
    "payments no problems", "REL-1 no issues", "payments 3.1 no blockers", "please no blockers", "ok no issues",
])  # fmt: skip
async def test_no_problems_behind_a_name_or_please_is_no_no_go(story: Story, typed: str) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 15:00")
    seen = await bo.types(f"/release {typed}")
    assert (await story.release("payments")).votes == {}, seen.text


@pytest.mark.parametrize("typed", [
    "roll payments back?", "payments rollback?", "can you roll payments back?", "will you roll payments back?",
])  # fmt: skip
async def test_asking_about_a_rollback_begins_none(story: Story, typed: str) -> None:
    _, bo = await live(story)
    seen = await bo.types(f"/release {typed}")
    assert (await story.release("payments")).state == "released", seen.text


@pytest.mark.parametrize("typed", [
    "cancel REL-1?", "hold REL-1?", "cancel payments not yet", "cancel not yet", "hold payments not yet",
])  # fmt: skip
async def test_asking_about_it_and_denying_it_is_not_doing_it(story: Story, typed: str) -> None:
    ana, _ = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 15:00")
    seen = await ana.types(f"/release {typed}")
    assert (await story.release("payments")).state == "open", seen.text


@pytest.mark.parametrize("typed", [
    "rollback cancel button is broken", "rollback stop the bleeding", "rollback abort rate doubled",
    "rollback undo fails in the app", "payments rollback cancel flow is broken",
])  # fmt: skip
async def test_why_it_is_rolled_back_may_begin_with_cancel(story: Story, typed: str) -> None:
    _, bo = await live(story)
    seen = await bo.types(f"/release {typed}")
    assert "[Roll back" in seen.text, seen.text


@pytest.mark.parametrize("typed", ["cancel rollback right now", "cancel rollback please now", "undo rollback!"])
async def test_a_rollback_is_called_off_however_hurried_the_line_is(story: Story, typed: str) -> None:
    _, bo = await live(story)
    seen = await bo.types(f"/release {typed}")
    assert "[Roll back" not in seen.text and "call off" in seen.text, seen.text
    asked = await bo.types("/release rollback it crashes")
    await bo.clicks("Roll back", on=asked.message)
    assert (await story.release("payments")).state == "rolling_back"
    seen = await bo.types(f"/release {typed}")
    assert (await story.release("payments")).state == "released", seen.text


@pytest.mark.parametrize("typed", [
    "payments rollback now?", "REL-1 rollback now?", "payments rollback right now?", "payments revert asap?",
    "rollback payments now?", "rollback it?", "roll it back?", "rollback REL-1, ok?", "payments rollback all?",
    "rollback payments not yet", "rollback REL-1 - not yet", "can you rollback REL-1 immediately?",
])  # fmt: skip
async def test_a_hurried_question_rolls_nothing_back(story: Story, typed: str) -> None:
    _, bo = await live(story)
    seen = await bo.types(f"/release {typed}")
    assert (await story.release("payments")).state == "released", seen.text


@pytest.mark.parametrize("typed", [
    "cancel it?", "cancel this?", "cancel the release?", "cancel payments now?", "cancel payments, ok?",
    "payments cancel it?", "cancel payments then?", "cancel not yet payments", "cancel payments - not yet",
    "cancel payments, right?", "hold it?", "hold payments for now?", "hold the release?",
    "no-go yet?", "no go yet?", "payments no-go yet?", "no-go payments, right?", "no-go it?",
])  # fmt: skip
async def test_a_question_that_says_no_more_than_its_verb_does_nothing(story: Story, typed: str) -> None:
    ana, _ = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 15:00")
    seen = await ana.types(f"/release {typed}")
    found = await story.release("payments")
    assert (found.state, found.votes) == ("open", {}), seen.text


@pytest.mark.parametrize("typed", ["no-go not yet", "no, not yet", "payments no-go not yet"])
async def test_to_a_go_no_go_not_yet_is_a_no(story: Story, typed: str) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 15:00")
    seen = await bo.types(f"/release {typed}")
    assert (await story.release("payments")).votes == {"bo": "no-go"}, seen.text


@pytest.mark.parametrize("typed", ["abstain not yet", "go-if not yet", "no-go never mind"])
async def test_other_answers_that_are_put_off_are_none(story: Story, typed: str) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 15:00")
    seen = await bo.types(f"/release {typed}")
    assert (await story.release("payments")).votes == {}, seen.text


@pytest.mark.parametrize("typed", [
    "rollback cancel false alarm", "payments rollback cancel false alarm", "rollback undo that was me",
])  # fmt: skip
async def test_why_it_is_called_off_is_asked_about_and_no_other_rollback_is_offered(story: Story, typed: str) -> None:
    _, bo = await live(story)
    asked = await bo.types("/release rollback it crashes")
    await bo.clicks("Roll back", on=asked.message)
    seen = await bo.types(f"/release {typed}")
    assert "would be lost. Call it off?" in seen.text and "[Call off]" in seen.text, seen.text
    await bo.clicks("Call off", on=seen.message)
    assert (await story.release("payments")).state == "released"
