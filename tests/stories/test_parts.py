"""A release of several parts: each goes live, fails and is rolled back for itself."""

import pytest

from tests.story import Actor, Story


async def two_parts_approved(story: Story, ana: Actor, bo: Actor) -> None:
    """Payments and web, planned in the dialog for this afternoon, with a go."""
    await ana.types("/release new")
    seen = await ana.submits(service="payments", version="2.14.0", when="today 16:00", parts="web 5.1")
    assert "payments 2.14.0 + web 5.1 is planned for Tue 1 Dec 16:00 Berlin" in seen.text
    await ana.closes_modal()
    await bo.clicks("Go")
    await story.until("15:00")


@pytest.mark.everywhere
async def test_one_part_is_rolled_back_and_the_other_stays(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    payments = story.room("#payments")
    await two_parts_approved(story, ana, bo)

    await ana.clicks("Start deploy", in_="#payments")
    assert (await story.release("payments")).parts == {"payments 2.14.0": "deploying", "web 5.1": "deploying"}
    await ana.clicks("Done: payments 2.14.0")
    assert (await story.release("payments")).state == "deploying"
    await ana.types("/release deploy fail web smoke test red")
    assert "❌ web 5.1 → production  failed — “smoke test red”" in payments.reads()
    assert "🟢 payments 2.14.0 → production  live" in payments.reads()

    seen = await ana.types("/release rollback web")
    assert "web 5.1 is being rolled back" in seen.text
    assert (await story.release("web")).parts == {"payments 2.14.0": "live", "web 5.1": "rolling_back"}
    seen = await ana.types("/release rolled-back web")
    assert "↩️ web 5.1 → production  rolled back" in seen.text
    stand = await story.release("web 5.1")
    assert stand.parts == {"payments 2.14.0": "live", "web 5.1": "rolled_back"}
    assert (stand.state, stand.outcome) == ("released", "live"), "one part is live: that is the outcome"
    assert "↩️ web 5.1 → production  rolled back" in payments.reads()
    assert "🟢 Live since 16:00 today, on time, without web 5.1" in payments.reads()
    assert "payments 2.14.0 is live since 16:00, on time. web 5.1 was rolled back. 1 sign-off." in payments.reads()


async def test_all_of_it_is_rolled_back_from_one_button(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await two_parts_approved(story, ana, bo)
    await ana.types("/release shipped")
    assert "payments 2.14.0 and web 5.1 are live since 16:00, on time." in story.room("#payments").reads()
    dialog = await tom.clicks("Roll back", in_="#payments")
    assert "payments 2.14.0" in dialog.text and "web 5.1" in dialog.text and "All of these" in dialog.text
    await tom.submits({"Which part?": "All of these"})
    assert (await story.release("web")).state == "rolling_back"
    await tom.closes_modal()
    await tom.clicks("Rolled back", in_="#payments")
    await tom.submits({"Which part?": "All of these"})
    stand = await story.release("web")
    assert (stand.state, stand.outcome) == ("rolled_back", "rolled_back")
    assert "payments 2.14.0 + web 5.1 was rolled back at 16:00." in story.room("#payments").reads()
    await story.until("2026-12-02 09:01")
    assert "how did payments 2.14.0 + web 5.1 go?" in story.room("#payments").reads()


async def test_a_part_is_dropped_before_it_is_deployed(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await two_parts_approved(story, ana, bo)
    await ana.types("/release drop web")
    stand = await story.release("payments")
    assert (stand.state, stand.parts["web 5.1"], stand.votes) == ("approved", "dropped", {"bo": "go"})
    await ana.types("/release shipped")
    assert "payments 2.14.0 is live since 16:00, on time. 1 sign-off." in story.room("#payments").reads()


async def test_a_part_left_out_days_later_leaves_one_live_time_everywhere(story: Story) -> None:
    """What is live went live on Tuesday; that this is the outcome was settled on Friday."""
    ana, bo = story.people("ana", "bo")
    await two_parts_approved(story, ana, bo)
    await ana.types("/release deploy start payments")
    await ana.types("/release deploy done payments")
    await story.until("2026-12-04 09:30")
    await ana.types("/release drop web")
    room = story.room("#payments").reads()
    assert "🟢 Live since 16:00 Dec 1, on time" in room
    assert "payments 2.14.0 is live since 16:00 Dec 1, on time. 1 sign-off." in room
    assert "how did payments" not in room and "went out" not in room, "that is asked on the next working day"
    await story.until("2026-12-07 10:01")
    assert "went out on time" in story.room("#payments").reads()
    await story.until("2026-12-10 12:00")
    assert (await story.release("payments")).state == "released", "closed five working days after it was settled"


async def test_a_part_can_be_named_after_the_release(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await two_parts_approved(story, ana, bo)
    await ana.types("/release deploy start payments payments")
    assert (await story.release("payments")).parts == {"payments 2.14.0": "deploying", "web 5.1": "pending"}
    await ana.types("/release deploy fail payments payments pods crash")
    assert (await story.release("payments")).parts["payments 2.14.0"] == "failed"
    await ana.types("/release drop payments web")
    assert (await story.release("payments")).parts["web 5.1"] == "dropped"


async def test_several_parts_that_are_not_deployed_are_told_as_several(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await two_parts_approved(story, ana, bo)
    await ana.types("/release deploy start web")
    await ana.types("/release done web")
    assert "payments 2.14.0 and web 5.1 are not being deployed." in (await ana.types("/release done")).text
    assert "payments 2.14.0 is not being deployed." in (await ana.types("/release done payments 2.14.0")).text


async def test_a_part_that_cannot_be_dropped_or_started_says_how_it_stands_itself(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await two_parts_approved(story, ana, bo)
    await ana.types("/release deploy start")
    await ana.types("/release deploy done payments 2.14.0")
    seen = await ana.types("/release drop payments web")
    no = "web 5.1 is being deployed, so it can't be dropped. Ana started the deploy of payments"
    assert no in seen.text and "finished" not in seen.text and "[Deploy]" in seen.text
    seen = await ana.types("/release deploy start")
    assert "payments 2.14.0 is live and web 5.1 is being deployed already. Ana finished the deploy of" in seen.text
    await ana.types("/release rollback payments 2.14.0")
    seen = await ana.types("/release deploy start payments 2.14.0")
    assert "payments 2.14.0 is being rolled back already. Ana started rolling back payments 2.14.0" in seen.text


@pytest.mark.once
@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("payments 3.0 + web 5.1 in 3h", ["payments 3.0", "web 5.1"]),
        ("payments 3.0, web 5.1 and api v2 fri 3pm", ["payments 3.0", "web 5.1", "api v2"]),
        ("payments 3.0 + web 5.1 to staging tomorrow 14:00", ["payments 3.0", "web 5.1"]),
        ("hotfix payments 3.0 & web 5.1 in 3h", ["payments 3.0", "web 5.1"]),
    ],
)
async def test_what_goes_live_together_can_be_typed(story: Story, typed: str, parts: list[str]) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types(f"/release new {typed}")
    assert f"{' + '.join(parts)} is planned for " in seen.text.replace(" (staging)", ""), seen.text
    assert [one.removesuffix(" (staging)") for one in (await story.release("payments")).parts] == parts
    assert seen.text.count("(staging)") == (2 if "staging" in typed else 0)


@pytest.mark.once
async def test_a_question_about_the_time_keeps_what_goes_live_together(story: Story) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types("/release new payments 3.0 + web 5.1 tomorrow 4:00")
    seen = await ana.clicks("Wed 2 Dec 16:00", on=seen.message)
    assert "payments 3.0 + web 5.1 is planned for Wed 2 Dec 16:00" in seen.text
    seen = await ana.types("/release new payments 3.0 and friday")
    assert "“and friday”" in seen.text and "not a time" in seen.text


@pytest.mark.once
@pytest.mark.parametrize(
    "typed", ["3.0, the 5th at 14:00", "3.0, week 50 monday 14:00", "3.0, monday 14.00", "3.0 + web"]
)
async def test_a_word_of_time_is_no_part(story: Story, typed: str) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types(f"/release new payments {typed}")
    assert " + " not in seen.text.replace(typed, "") and "payments 3.0 + " not in seen.text, seen.text


@pytest.mark.once
async def test_a_quoted_version_stays_whole(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types('/release new payments "3.0 + web 5" in 3h')
    assert len((await story.release("payments")).parts) == 1


@pytest.mark.once
@pytest.mark.parametrize(
    ("typed", "planned"),
    [
        ("3.0 + web 5.1 to staging", "payments 3.0 (staging) + web 5.1 (staging) is planned for"),
        ("3.0 to staging + web 5.1 to production", "payments 3.0 (staging) + web 5.1 is planned for"),
        ("3.0 in qa, web 5.1 in qa and api 2.0 in qa", "payments 3.0 (qa) + web 5.1 (qa) + api 2.0 (qa) is planned"),
        ("3.0 to staging + web 5.1", "Where does each part go? Say it for each, "),
        ("3.0 + web 5.1 to staging + api 2.0", "Where does each part go? Say it for each, "),
        ("3.0 + web 5.1 to staging + api 2.0 to qa", "Where does each part go? Say it for each, "),
        ("3.0 to staging in production", "is not a time I can read"),
    ],
)
async def test_a_line_says_where_each_part_goes_or_once_for_all(story: Story, typed: str, planned: str) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types(f"/release new payments {typed} in 3h")
    assert planned in seen.text
