"""Whoever types why it is rolled back is not asked for it again, and no reason is taken for a part."""

import pytest

from tests.stories.test_parts import two_parts_approved
from tests.story import Actor, Story

#: The rules alone: they are the same in every mode and on every database.
pytestmark = pytest.mark.once
ASKED = "Roll back? That rolls back payments 2.14.0 on production"


async def live(story: Story, ana: Actor, bo: Actor, what: str = "payments 2.14.0") -> None:
    await ana.types(f"/release new {what} in 2h")
    await bo.types(f"/release go {what}")
    await ana.types(f"/release shipped {what}")


@pytest.mark.parametrize("named", ["payments", "payments 2.14.0", "REL-1", "2.14.0"])
async def test_a_reason_after_the_release_is_kept_and_not_asked_for_again(story: Story, named: str) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    payments = story.room("#payments")
    await live(story, ana, bo)
    seen = await tom.types(f"/release rollback {named} error rate doubled")
    assert f"{ASKED}, and its crew is told. Why: “error rate doubled”." in seen.text
    await tom.clicks("Roll back", on=seen.message)
    assert "Tom started rolling back. Why: “error rate doubled”" in payments.reads()
    await tom.types("/release rolled-back")
    assert "payments 2.14.0 was rolled back at 09:00. Why: “error rate doubled”" in payments.reads()
    assert "@Tom why?" not in payments.reads() and "Say why" not in payments.reads()
    assert "error rate doubled" in (await ana.types("/release history REL-1")).text


@pytest.mark.parametrize(
    ("typed", "why"), [("rollback error rate doubled", "error rate doubled"), ("Roll back @tom asks", "@Tom asks")]
)
async def test_a_reason_without_a_release_is_asked_about_once_and_kept(story: Story, typed: str, why: str) -> None:
    ana, bo = story.people("ana", "bo")
    await live(story, ana, bo)
    seen = await bo.types(f"/release {typed}")
    assert "Roll back? That rolls back payments 2.14.0 on production, and its crew is told." in seen.text
    assert (await story.release("payments")).state == "released", "nothing is done yet"
    await bo.clicks("Roll back", on=seen.message)
    assert (await story.release("payments")).state == "rolling_back"
    assert f"Bo started rolling back. Why: “{why}”" in story.room("#payments").reads()


async def test_now_is_no_reason(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await live(story, ana, bo)
    seen = await tom.types("/release roll back now!")
    assert "Roll back? That rolls back payments 2.14.0" in seen.text
    await tom.clicks("Roll back", on=seen.message)
    assert "Tom started rolling back. @Tom why?" in story.room("#payments").reads()


async def test_a_plain_number_that_is_its_version_names_it(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await live(story, ana, bo, "payments 5")
    await tom.types("/release rollback 5")
    assert (await story.release("payments")).state == "rolling_back"
    assert "Tom started rolling back. @Tom why?" in story.room("#payments").reads()


async def test_in_its_thread_a_reason_is_asked_about_too(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await live(story, ana, bo)
    seen = await tom.types("@T-Minus rollback error rate doubled", thread=story.room("#payments").card("REL-1"))
    assert f"{ASKED}, and its crew is told. Why: “error rate doubled”." in seen.text
    await tom.clicks("Roll back", on=seen.message)
    assert (await story.release("payments")).state == "rolling_back"
    assert "Tom started rolling back. Why: “error rate doubled”" in story.room("#payments").reads()


async def test_of_several_parts_the_one_that_is_named_goes_back_for_that_reason(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await two_parts_approved(story, ana, bo)
    await ana.types("/release shipped")
    seen = await bo.types("/release rollback web 5.1 the login is broken")
    assert "Which part?" in seen.text and "[the login is broken]" in seen.text
    await bo.submits({"Which part?": "web 5.1"})
    await bo.closes_modal()
    assert (await story.release("web")).parts == {"payments 2.14.0": "live", "web 5.1": "rolling_back"}
    assert "Bo started rolling back web 5.1. Why: “the login is broken”" in story.room("#payments").reads()


async def test_a_reason_alone_does_not_say_which_of_several_parts(story: Story) -> None:
    """Nor does the word alone. One dialog asks, with the reason in it."""
    ana, bo = story.people("ana", "bo")
    await two_parts_approved(story, ana, bo)
    await ana.types("/release shipped")
    seen = await bo.types("/release rollback")
    assert "Which part?" in seen.text and "All of these" in seen.text
    await bo.closes_modal()
    seen = await bo.types("/release rollback the login is broken")
    assert "Which part?" in seen.text and "the login is broken" in seen.text
    assert (await story.release("web")).state == "released", "nothing is done yet"
    await bo.submits({"Which part?": "All of these"})
    await bo.closes_modal()
    assert (await story.release("web")).state == "rolling_back"
    assert "Why: “the login is broken”" in story.room("#payments").reads()


async def test_a_mention_has_no_dialog_so_a_button_opens_it(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await two_parts_approved(story, ana, bo)
    await ana.types("/release shipped")
    seen = await bo.types("@T-Minus rollback the login is broken")
    assert "Which part of payments 2.14.0 + web 5.1?" in seen.text
    seen = await bo.clicks("Roll back", on=seen.message)
    assert "the login is broken" in seen.text
    await bo.submits({"Which part?": "web 5.1"})
    await bo.closes_modal()
    assert (await story.release("web")).parts == {"payments 2.14.0": "live", "web 5.1": "rolling_back"}


async def test_who_names_a_release_of_several_parts_and_more_is_asked_which(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await two_parts_approved(story, ana, bo)
    await ana.types("/release shipped")
    for more in ("wbe", "the login is broken"):
        seen = await bo.types(f"/release rollback REL-1 {more}")
        assert "Which part?" in seen.text and f"[{more}]" in seen.text
        await bo.closes_modal()
    assert set((await story.release("web")).parts.values()) == {"live"}


async def test_another_version_or_another_release_is_no_reason(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await live(story, ana, bo)
    for typed in ("rollback payments 2.15.0", "rollback 2.15.0", "rollback REL-1 2.15.0"):
        await tom.types(f"/release {typed}")
        assert (await story.release("payments")).state == "released"
    await ana.types("/release new web 5.1 in 2h", in_="#releases")
    await bo.types("/release go web 5.1", in_="#releases")
    await ana.types("/release shipped web 5.1", in_="#releases")
    seen = await tom.types("/release rollback web is down")
    assert "Which one do you mean?" in seen.text
    assert (await story.release("web")).state == "released"
    await tom.clicks("payments 2.14.0 · Tue 1 Dec 11:00", on=seen.message)
    assert "Tom started rolling back. Why: “web is down”" in story.room("#payments").reads()


@pytest.mark.parametrize(
    "text",
    [
        "payments staging", "payments 2.14.0 staging", "payments (staging)", "payments (eu) is slow", "REL-1 staging",
        "REL-1 web", "REL-1 latency", "payments to 2.13.0", "2.14.0 to 2.13.0", "payments back to 2.13.0",
        "payments 2.14.0 2.13.0 was fine", "REL-1 2.15.0", "payments and web", "payments + web", "payments & web",
        "payments, web", "payments ledger is down", "payments because ledger's slow", "payments legder is down",
        "payments on eu-west only", "payments the staging login is slow", "payments if it fails", "REL-1 when it fails",
        "payments is it needed?", "payments is done", "production", "production is down", "error rate doubled", "",
        "REL-1 production is down", "all", "payments login is out", "payments payments fails", "payments - it is slow",
    ],
)  # fmt: skip
async def test_what_is_typed_beside_a_name_is_asked_about(story: Story, text: str) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await live(story, ana, bo)
    await ana.types("/release new ledger 3.0 in 4h", in_="#releases")
    seen = await tom.types(f"/release rollback {text}")
    assert ASKED in seen.text or "Do you mean this one?" in seen.text or "Which one do you mean?" in seen.text
    assert (await story.release("payments")).state == "released", "nothing is done yet"


@pytest.mark.parametrize(
    "text",
    [
        "payments", "REL-1", "2.14.0", "payments 2.14.0 now", "REL-1 please, now!", "REL-1 payments 2.14.0",
        "payments 2.14.0 (production)",
    ],
)  # fmt: skip
async def test_who_names_it_and_nothing_else_is_not_asked(story: Story, text: str) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await live(story, ana, bo)
    await tom.types(f"/release rollback {text}")
    assert (await story.release("payments")).state == "rolling_back"
    assert "@Tom why?" in story.room("#payments").reads()


async def test_the_question_carries_what_was_typed(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await live(story, ana, bo)
    seen = await tom.types("/release rollback payments to 2.13.0")
    assert f"{ASKED}, and its crew is told. Why: “to 2.13.0”." in seen.text
    await tom.clicks("Roll back", on=seen.message)
    assert "Tom started rolling back. Why: “to 2.13.0”" in story.room("#payments").reads()


async def test_a_place_beside_is_never_taken_for_a_reason(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await live(story, ana, bo)
    await live(story, ana, bo, "payments 2.14.0 to staging")
    for text in ("payments (staging) is slow", "payments staging", "payments staging is slow", "REL-1 staging is slow"):
        await tom.types(f"/release rollback {text}")
        assert (await story.release("payments 2.14.0", environment="production")).state == "released", text


async def test_two_services_live_in_one_channel_are_not_rolled_back_by_half(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await live(story, ana, bo)
    await live(story, ana, bo, "web 5.1")
    for text in ("payments and web", "payments web", "payments web is down", "web, payments", "web + payments"):
        await tom.types(f"/release rollback {text}")
        assert {(await story.release(one)).state for one in ("payments", "web")} == {"released"}, text


@pytest.mark.parametrize(
    "text",
    ["payments and web", "web and payments", "payments + web", "web 5.1 and payments 2.14.0",
     "payments 2.14.0 + web 5.1", "REL-1 web & payments", "REL-1 all", "REL-1"],
)  # fmt: skip
async def test_who_names_every_part_means_all_of_it(story: Story, text: str) -> None:
    ana, bo = story.people("ana", "bo")
    await two_parts_approved(story, ana, bo)
    await ana.types("/release shipped")
    await bo.types(f"/release rollback {text}")
    assert set((await story.release("web")).parts.values()) == {"rolling_back"}
    assert "@Bo why?" in story.room("#payments").reads(), "names are no reason"


@pytest.mark.parametrize(
    "text",
    ["web and the login", "web slow", "payments is broken because of web", "REL-1 web: broken", "REL-1 wbe is broken",
     "REL-1 both of them", "web 5.1 to 5.0", "REL-1 production is down", "5.1", "REL-1 web 5.2"],
)  # fmt: skip
async def test_what_may_mean_another_part_is_asked_about(story: Story, text: str) -> None:
    ana, bo = story.people("ana", "bo")
    await two_parts_approved(story, ana, bo)
    await ana.types("/release shipped")
    seen = await bo.types(f"/release rollback {text}")
    assert "Which part?" in seen.text
    await bo.closes_modal()
    seen = await bo.types(f"@T-Minus rollback {text}")
    assert "Which part of payments 2.14.0 + web 5.1?" in seen.text
    assert set((await story.release("web")).parts.values()) == {"live"}


@pytest.mark.parametrize("text", ["", " the test data", " error rate doubled"])
async def test_in_another_thread_nothing_is_named(story: Story, text: str) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await live(story, ana, bo)
    await bo.types("is anybody looking at the tests?")
    seen = await tom.types(f"@T-Minus rollback{text}", thread=story.room("#payments").messages[-1])
    assert ASKED in seen.text
    assert (await story.release("payments")).state == "released"


@pytest.mark.parametrize(
    ("text", "why"),
    [("payments 2.15.0", ""), ("2.15.0", ""), ("web 5.2", ""),
     ("payments 2.15.0 broke checkout", "2.15.0 broke checkout")],
)  # fmt: skip
async def test_choosing_the_one_that_is_offered_is_the_answer(story: Story, text: str, why: str) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await live(story, ana, bo)
    seen = await tom.types(f"/release rollback {text}")
    assert "Do you mean this one?" in seen.text
    await tom.clicks("payments 2.14.0 · Tue 1 Dec 11:00", on=seen.message)
    assert (await story.release("payments")).state == "rolling_back"
    assert f"Why: “{why}”" in story.room("#payments").reads() if why else "@Tom why?" in story.room("#payments").reads()


async def test_errors_that_are_counted_are_why_and_no_version(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await live(story, ana, bo)
    seen = await bo.types("/release rollback payments 500 errors since noon")
    assert "Why: “500 errors since noon”." in seen.text and (await story.release("payments")).state == "released"


async def test_of_several_parts_that_choice_asks_which(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await two_parts_approved(story, ana, bo)
    await ana.types("/release shipped")
    seen = await bo.types("/release rollback web 5.2 broke checkout")
    seen = await bo.clicks("payments 2.14.0 + web 5.1 · Tue 1 Dec 10:00", on=seen.message)
    assert "Which part?" in seen.text and "[5.2 broke checkout]" in seen.text
    await bo.submits({"Which part?": "web 5.1"})
    assert (await story.release("web")).parts == {"payments 2.14.0": "live", "web 5.1": "rolling_back"}


@pytest.mark.parametrize("why", ["latency 2.5 s", "3.5 seconds latency", "since 14.30 errors everywhere"])
async def test_a_number_in_the_reason_stays_in_it(story: Story, why: str) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await live(story, ana, bo)
    seen = await tom.types(f"/release rollback {why}")
    await tom.clicks("payments 2.14.0 · Tue 1 Dec 11:00", on=seen.message)
    assert f"Why: “{why}”" in story.room("#payments").reads()


async def test_the_question_says_that_what_waits_will_not_be_deployed(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await two_parts_approved(story, ana, bo)
    await ana.types("/release deploy start web 5.1")
    await ana.types("/release done web 5.1")
    seen = await bo.types("/release rollback the login is broken")
    assert "payments 2.14.0 has not started, and will not." in seen.text
    await bo.clicks("Roll back", on=seen.message)
    assert (await story.release("web")).parts["payments 2.14.0"] == "dropped"


async def test_a_part_that_is_rolled_back_while_others_deploy_has_its_button_and_the_captain_is_called(
    story: Story,
) -> None:
    ana, bo = story.people("ana", "bo")
    await two_parts_approved(story, ana, bo)
    await ana.clicks("Start deploy", in_="#payments")
    await ana.types("/release done web 5.1")
    await bo.types("/release rollback web 5.1")
    assert "@Ana payments 2.14.0 + web 5.1: Bo started rolling back web 5.1." in story.room("#payments").reads()
    await bo.clicks("Rolled back: web 5.1", in_="#payments")
    assert (await story.release("web")).parts == {"payments 2.14.0": "deploying", "web 5.1": "rolled_back"}


async def test_a_service_that_may_be_the_release_or_its_first_part_is_asked_about(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await two_parts_approved(story, ana, bo)
    seen = await ana.types("/release shipped payments")
    assert "Which is live, all of payments 2.14.0 + web 5.1 or payments 2.14.0 alone?" in seen.text
    assert (await story.release("web")).parts == {"payments 2.14.0": "pending", "web 5.1": "pending"}
    await ana.clicks("All of it", on=seen.message)
    assert (await story.release("web")).parts == {"payments 2.14.0": "live", "web 5.1": "live"}
    dialog = await bo.types("/release rollback payments")
    assert "Which part?" in dialog.text and (await story.release("web")).state == "released"
    await bo.closes_modal()
    seen = await bo.types("@T-Minus rollback payments", in_="#payments")
    assert "Which part of payments 2.14.0 + web 5.1?" in seen.text
    await bo.types("/release rollback payments 2.14.0")
    assert (await story.release("web")).parts == {"payments 2.14.0": "rolling_back", "web 5.1": "live"}


@pytest.mark.parametrize("hurry", ["now", "please!", "asap"])
async def test_a_hurry_names_no_part(story: Story, hurry: str) -> None:
    ana, bo = story.people("ana", "bo")
    await two_parts_approved(story, ana, bo)
    await ana.types("/release shipped")
    await bo.types(f"/release rollback payments {hurry}")
    assert (await story.release("web")).parts == {"payments 2.14.0": "live", "web 5.1": "live"}, "which is meant?"


async def test_a_part_that_is_named_behind_its_release_is_that_part(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await two_parts_approved(story, ana, bo)
    await ana.types("/release shipped")
    card = next(one for one in story.room("#payments").messages if "web 5.1" in one["text"])
    await bo.types("@T-Minus rollback payments", thread=card)
    assert (await story.release("web")).parts == {"payments 2.14.0": "live", "web 5.1": "live"}, "which is meant?"
    await bo.types("/release rollback REL-1 payments")
    assert (await story.release("web")).parts == {"payments 2.14.0": "rolling_back", "web 5.1": "live"}


async def test_a_part_that_was_typed_with_a_reason_is_chosen_in_the_dialog(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await two_parts_approved(story, ana, bo)
    await ana.types("/release shipped")
    await bo.types("/release rollback web login is broken")
    await bo.submits({})
    assert (await story.release("web")).parts == {"payments 2.14.0": "live", "web 5.1": "rolling_back"}
    assert "Bo started rolling back web 5.1. Why: “login is broken”" in story.room("#payments").reads()


async def test_the_dialog_says_which_parts_are_left_out_where_all_that_began_is_rolled_back(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 + web 5.1 + api 2.0 in 3h")
    await bo.types("/release go payments")
    await ana.types("/release shipped web 5.1")
    await ana.types("/release shipped api 2.0")
    dialog = await bo.types("/release rollback")
    assert "Not started, and then left out: payments 2.14.0" in str(dialog.modal), dialog.modal


async def test_one_parts_reason_is_not_anothers_and_the_answer_names_what_goes_back(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await two_parts_approved(story, ana, bo)
    await ana.types("/release shipped")
    await bo.types("/release rollback web the login is broken")
    seen = await bo.submits({})
    assert "web 5.1 is being rolled back. When it is done, press Rolled back on the card." in seen.text
    await bo.closes_modal()
    await bo.types("/release rolled-back")
    seen = await tom.types("/release rollback payments 2.14.0")
    assert "payments 2.14.0 is being rolled back" in seen.text and "login is broken" not in seen.text
    assert "↩️ Rolling back payments 2.14.0\n" in story.room("#payments").reads(), "without what was said of web"
    assert "Tom started rolling back payments 2.14.0. @Tom why?" in story.room("#payments").reads()
    dialog = await tom.clicks("Say why", on=story.room("#payments").messages[-1])
    assert "login is broken" not in dialog.text
    await tom.submits(why="latency doubled")
    reads = story.room("#payments").reads()
    assert "Tom said why payments 2.14.0 was rolled back: “latency doubled”" in reads
    await tom.types("/release rolled-back")
    reads = story.room("#payments").reads()
    assert "“payments 2.14.0: latency doubled; web 5.1: the login is broken”" in reads


@pytest.mark.parametrize("text", ["roll payments back", "payments rollback", "payments roll back"])
async def test_in_whatever_order_it_is_typed_a_service_that_may_be_both_is_asked_about(story: Story, text: str) -> None:
    ana, bo = story.people("ana", "bo")
    await two_parts_approved(story, ana, bo)
    await ana.types("/release shipped REL-1")
    await bo.types(f"/release {text}")
    assert (await story.release("payments")).parts == {"payments 2.14.0": "live", "web 5.1": "live"}
