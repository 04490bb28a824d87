"""Which release is meant: by its name, its thread or its channel, and never by a guess."""

from dataclasses import replace

import pytest

from bot.release.policy import LIGHT
from tests.stories.test_rolling_back_why import live
from tests.story import Story

#: The rules alone: they are the same in every mode and on every database.
pytestmark = pytest.mark.once


async def test_a_version_that_is_not_planned_is_never_taken_for_another(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 in 3h")

    asked = await bo.types("/release go payments 2.15.0")
    assert asked.text == ("There is no payments 2.15.0. Do you mean this one?\n[payments 2.14.0 · Tue 1 Dec 06:00]")
    assert (await ana.types("/release cancel payments 2.99.0 was superseded")).text.startswith("There is no")
    assert (await story.release("payments 2.14.0")).history == ["planned", "poll_opened"]

    await bo.clicks("payments 2.14.0 · Tue 1 Dec 06:00", on=asked.message)
    assert (await story.release("payments 2.14.0")).votes == {"bo": "go"}


async def test_a_misspelled_name_is_never_taken_for_the_release_of_the_channel(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 in 3h")
    for line in ("go paymets", "go checkout", "take-over checkout 9.9", "no-go paymnets 2.15.0 tests are red",
                 "no-go paymnets tests are red", "hold 2.15.0 is broken", "why paymets"):  # fmt: skip
        seen = await bo.types(f"/release {line}")
        assert seen.text.startswith("I know no release “") and "Do you mean this one?" in seen.text, line
    for line in ("hold REL12 incident", "resume REL-99999999999", "why REL 7"):
        assert "/release list shows what is open" in (await bo.types(f"/release {line}")).text, line
    assert (await story.release("payments 2.14.0")).history == ["planned", "poll_opened"]

    asked = await bo.types("/release no-go paymnets tests are red")
    await bo.clicks("payments 2.14.0 · Tue 1 Dec 06:00", on=asked.message)
    stand = await story.release("payments 2.14.0")
    assert stand.votes == {"bo": "no-go"}
    assert "“paymnets tests are red”" in story.room("#payments").reads(), "nothing of the reason is lost"


async def test_a_release_of_this_channel_is_meant_by_its_name_whatever_can_be_done_to_the_others(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 2.14.0 in 3h")
    await ana.types("/release new web 5.1 in 3h")
    await ana.types("/release hold payments database")
    seen = await ana.types("/release hold payments again")
    assert "Which one do you mean?" not in seen.text
    assert "payments 2.14.0" in seen.text and "is on hold already" in seen.text


async def test_a_reason_that_begins_with_another_service_is_asked_about(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await ana.types("/release new payments 2.14.0 in 3h")
    await tom.types("/release new web 5.1 in 3h", in_="#releases")
    card = story.room("#payments").card("payments 2.14.0")

    asked = await bo.types("@T-Minus hold web is down", thread=card)
    assert "[payments 2.14.0 · Tue 1 Dec 06:00] [web 5.1 · Tue 1 Dec 06:00]" in asked.text
    await bo.clicks("payments 2.14.0 · Tue 1 Dec 06:00", on=asked.message)
    assert "⏸️ On hold — Bo: “web is down”" in story.room("#payments").reads()
    assert (await story.release("web 5.1")).state == "open"

    await bo.types("/release no-go web 5.1 tests are red")
    assert (await story.release("web 5.1")).votes == {"bo": "no-go"}, "its version leaves no doubt"


async def test_nobody_chooses_between_two_where_it_is_possible_for_none(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 in 3h")
    await ana.types("/release new ledger 3.0 in 4h")
    seen = await ana.types("/release resume")
    assert seen.text == (
        "/release resume is possible for none of these now: payments 2.14.0 is open for go/no-go and "
        "ledger 3.0 is open for go/no-go.\n[Status]"
    )
    asked = (await ana.types("/release hold")).text
    assert "Which one do you mean?" in asked and "[payments 2.14.0 · Tue 1 Dec 12:00]" in asked
    asked = (await bo.types("/release go")).text
    assert "[payments 2.14.0 · Tue 1 Dec 06:00]" in asked, "by the clock of who has to choose"


async def test_what_is_live_is_rolled_back_while_the_next_one_is_planned(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 in 1h")
    await bo.types("/release go 2.14.0")
    await ana.types("/release shipped")
    await ana.types("/release new payments 2.15.0 fri 14:00")

    assert "🟢 Live since" in (await bo.types("/release status payments 2.14.0")).text
    assert "payments 2.15.0" in (await bo.types("/release status payments")).text
    await ana.types("/release rollback payments")
    assert (await story.release("payments 2.14.0")).state == "rolling_back"
    assert (await story.release("payments 2.15.0")).state == "open"


async def test_the_actions_of_an_unrelated_message_ask_which(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await ana.types("/release new payments 2.14.0 in 3h")
    await tom.types("/release new web 5.1 in 3h")
    await tom.types("hello all")

    asked = await ana.message_shortcut("Release actions…", story.room("#payments").last)
    assert asked.text.startswith("Which one do you mean?")
    chosen = await ana.clicks("web 5.1 · Tue 1 Dec 12:00", on=asked.message)
    assert chosen.text.startswith("web 5.1: 🟡 Go/no-go open")


async def test_why_names_the_hold_first(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await ana.types("/release new payments 2.14.0 in 3h")
    await bo.types("/release go")
    await tom.types("/release hold incident 42")
    why = (
        "payments 2.14.0 is not go yet. One thing stands in the way:\n"
        "⏸️ On hold — Tom: “incident 42”. Ana, Tom or an admin can resume it."
    )
    assert (await tom.types("/release why")).text == f"{why}  [Resume]"
    assert (await bo.types("/release why")).text == why, "no button for who may not"


async def test_reading_verbs_list_where_several_fit(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await ana.types("/release new payments 2.14.0 in 3h")
    await ana.types("/release new payments 2.15.0 in 4h")
    seen = await tom.types("/release status payments")
    assert "payments 2.14.0" in seen.text and "payments 2.15.0" in seen.text
    why = await tom.types("/release why")
    assert why.text.count("Nobody has said go yet") == 2
    assert "payments 2.15.0" in (await tom.types("why", in_="dm")).text, "in a direct message: what waits on me"


async def test_a_verb_after_the_name_is_done_and_not_ignored(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await ana.types("/release new payments 2.14.0 in 3h")
    await bo.types("/release REL-1 hold x")
    assert (await story.release("payments 2.14.0")).state == "on_hold"
    await bo.types("/release payments resume")
    assert (await story.release("payments 2.14.0")).state == "open"
    assert "is not go yet" in (await tom.types("/release Why?!")).text


async def test_only_what_can_be_done_is_asked_about(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 in 3h")
    await ana.types("/release new web 5.1 in 4h")
    await bo.types("/release hold web database")
    await bo.types("/release resume")
    assert (await story.release("web 5.1")).state == "open", "only one is on hold"


async def test_the_bot_spoken_to_in_a_release_s_thread_shows_that_release(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 2.14.0 in 3h")
    seen = await ana.types("@T-Minus", thread=story.room("#payments").card("payments 2.14.0"))
    assert "Ana planned it for" in seen.text


async def test_the_captain_learns_that_somebody_took_over(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 in 3h")
    await bo.types("/release take-over")
    assert "Bo took over payments 2.14.0 as captain." in ana.dm.reads("ana")


async def test_more_than_a_button_can_carry_is_refused_in_words(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 in 3h")
    await ana.types("/release new web 5.1 in 4h")
    seen = await bo.types("/release hold " + "é" * 2_400)
    assert seen.text.startswith("That is 2,400 characters, and 1,000 are the most.")
    assert "Which one do you mean?" in (await bo.types("/release hold " + "é" * 900)).text


async def test_what_is_left_after_a_name_is_never_thrown_away(story: Story) -> None:
    """Another version, another place, a condition: nothing of it becomes an unconditional go."""
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 5 in 3h")
    await ana.types("/release new web 2026-10 in 3h")
    for line in ("go payments 6", "go web 2026-11", "go payments 5 (staging)", "go payments if the tests are green",
                 "go REL-1 REL-2", "no-go payments 6 is red", "cancel web 2026-11 was superseded"):  # fmt: skip
        seen = await (ana if line.startswith("cancel") else bo).types(f"/release {line}")
        asked = "A go takes no words" if " if " in line else "Do you mean this one?"
        asked = "With a go it would be lost" if line == "go REL-1 REL-2" else asked
        assert asked in seen.text, line
    for title in ("payments 5", "web 2026-10"):
        assert (await story.release(title)).history == ["planned", "poll_opened"]
    assert "You said go" in (await bo.types("/release go payments 5 (production)")).text


async def test_a_place_is_understood_with_brackets_or_without(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new pay 2.14.0 in 3h")
    await ana.types("/release new pay 2.14.0 in 3h to staging")
    await bo.types("/release go pay 2.14.0 (staging)")
    again = await bo.types("/release go pay 2.14.0 staging")
    assert "was decided" in again.text
    assert (await story.release("pay 2.14.0", environment="production")).votes == {}


async def test_names_of_several_words_are_read_as_they_are_shown(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await ana.types("/release new payments 2.14.0 in 3h")
    await tom.types('/release new "data platform" 3.0 in 3h', in_="#releases")
    await bo.types("/release hold data platform 3.0 is broken")
    assert (await story.release("payments 2.14.0")).state == "open"
    await ana.types("/release resume data platform 3.0")
    await ana.types('/release new web "1.0" in 3h')
    await ana.types('/release new web "1.0 beta" in 3h')
    await bo.types("/release go web 1.0 beta")
    assert (await story.release("web 1.0")).votes == {}
    await bo.types("/release payments 2.14.0 no-go tests are red")
    assert (await story.release("payments 2.14.0")).votes == {"bo": "no-go"}


async def test_a_version_that_reads_like_a_time_is_not_one(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new web 2026-12-04 in 3h")
    await ana.types("/release reschedule 2026-12-04 14:00")
    assert (await story.release("web 2026-12-04")).planned == "2026-12-04 14:00 Europe/Berlin"
    await ana.types("/release hold 5 nodes are down")
    assert "“5 nodes are down”" in story.room("#payments").reads()


async def test_in_a_direct_message_what_one_has_just_deployed_is_meant(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 today 10:00")
    await bo.types("/release go")
    await story.until("09:00")
    await ana.types("/release deploy start", in_="dm")
    await ana.types("/release done", in_="dm")
    assert (await story.release("payments")).state == "released"
    assert "payments 2.14.0" in (await ana.types("/release status", in_="dm")).text
    await ana.types("/release rollback payments", in_="dm")
    assert (await story.release("payments")).state == "rolling_back"
    await ana.types("/release rolled-back", in_="dm")
    assert (await story.release("payments")).state == "rolled_back"
    seen = await ana.types("/release done", in_="dm")
    assert "You can't finish the deploy of payments 2.14.0: it is rolled back" in seen.text


@pytest.mark.once
async def test_a_reason_that_begins_with_a_person_stays_as_it_was_typed(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 in 3h")
    for typed, read in ((f"<@{ana.id}>", "@Ana"), ("@Ana Kowalska", "@Ana"), ("@nobody", "@nobody")):
        await bo.types(f"/release no-go {typed} payments tests are red")
        assert f"“{read} payments tests are red”" in (await bo.types("/release why")).text


async def test_in_a_direct_message_what_one_has_answered_is_still_meant(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await story.follows(replace(LIGHT, name="slow", is_default=True, close="deadline"))
    await ana.types("/release new payments 2.14.0 today 18:00")
    await bo.types("go", in_="dm")
    assert (await story.release("payments")).votes == {"bo": "go"}
    await bo.types("no-go tests are red", in_="dm")
    assert (await story.release("payments")).votes == {"bo": "no-go"}
    assert "payments 2.14.0" in (await bo.types("why", in_="dm")).text


async def test_a_version_that_is_decided_is_answered_and_no_other_release_is_offered(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    for version in ("1.1", "1.2", "1.3"):
        await ana.types(f"/release new payments {version} today 18:00")
    await bo.types("/release go payments 1.3")
    seen = await bo.types("/release no-go 1.3 broken")
    assert "payments 1.3 was decided at 03:00: go. If something is wrong, put it on hold." in seen.text


async def test_a_version_before_a_time_or_a_person_names_the_release(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    for version in ("1.0", "2.0"):
        await ana.types(f"/release new payments {version} today 18:00")
    await ana.types("/release reschedule 1.0 tomorrow 16:00")
    assert (await story.release("payments 1.0")).planned == "2026-12-02 16:00 Europe/Berlin"
    await ana.types(f"/release captain 2.0 <@{bo.id}>")
    assert (await story.release("payments 2.0")).captain == "bo"
    seen = await ana.types("/release reschedule 14.12. 16:00")
    assert "Which one do you mean?" in seen.text or "14 Dec" in seen.text, "that is a day"


@pytest.mark.parametrize("verb", ["captain", "stand-in"])
@pytest.mark.parametrize("version", ["1.0", "3.0"])
async def test_a_person_and_a_version_that_is_not_open_never_mean_another(
    story: Story, verb: str, version: str
) -> None:
    ana, bo = story.people("ana", "bo")
    await live(story, ana, bo, "payments 1.0")
    await ana.types("/release new payments 2.0 today 18:00")
    seen = await ana.types(f"/release {verb} {version} <@{bo.id}>")
    assert (await story.release("payments 2.0")).captain == "ana", seen.text
    assert "payments 2.0" not in seen.text or "Do you mean this one?" in seen.text, seen.text


@pytest.mark.parametrize("line", ["no-go 1.0", "go 1.0", "hold 1.0", "reschedule 1.0 tomorrow 16:00"])
async def test_a_version_that_is_live_is_answered_as_that(story: Story, line: str) -> None:
    ana, bo = story.people("ana", "bo")
    await live(story, ana, bo, "payments 1.0")
    await ana.types("/release new payments 2.0 today 18:00")
    seen = await ana.types(f"/release {line}")
    assert "I know no release" not in seen.text and "2.0" not in seen.text, seen.text
    said = ("You can't vote on payments 1.0: it is live.", "any more: the deploy has started.")
    assert seen.text.startswith(said[0]) or (seen.text.startswith("payments 1.0 can't be") and said[1] in seen.text)


async def test_in_a_direct_message_what_one_leads_is_meant_although_one_answered_another(story: Story) -> None:
    bo, tom = story.people("bo", "tom")
    await story.follows(replace(LIGHT, name="slow", is_default=True, close="deadline"))
    await tom.types("/release new payments 2.14.0 today 18:00")
    await bo.types("/release new api 2.0 today 18:00")
    await tom.types("/release go api")
    seen = await tom.types("/release reschedule tomorrow 16:00", in_="dm")
    assert "now planned" in seen.text, seen.text


async def test_a_version_alone_after_edit_names_its_release_though_it_looks_like_a_day(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 3.12 today 18:00")
    await ana.types("/release new payments 4.12 today 18:00")
    dialog = (await ana.types("/release edit 3.12")).text
    assert dialog.startswith("== Edit the release ==\npayments 3.12") and dialog.count("3.12") == 2, dialog


@pytest.mark.parametrize("line", ["no-go 1.0 broken", "hold 1.0 seconds of latency"])
async def test_a_number_before_a_reason_that_is_the_version_of_what_is_live_is_asked_about(
    story: Story, line: str
) -> None:
    ana, bo = story.people("ana", "bo")
    await live(story, ana, bo, "payments 1.0")
    await ana.types("/release new payments 2.0 today 18:00")
    seen = await ana.types(f"/release {line}")
    assert "[payments 2.0 · " in seen.text and "[payments 1.0 · " in seen.text, seen.text
    assert (await story.release("payments 2.0")).state == "open"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("version 2.1 beta", "payments 2.1 beta"),
        ("reschedule 1.5 hours later", "now planned for Tue 1 Dec 19:30"),
        ("extend 1.0 hour", "open until 19:00 today"),
        ("reschedule 14.12 noon", "“14.12 noon” is not a time I can read"),
    ],
)
async def test_what_begins_with_a_number_is_taken_whole(story: Story, line: str, said: str) -> None:
    ana, bo = story.people("ana", "bo")
    await live(story, ana, bo, "payments 1.0")
    await ana.types("/release new payments 2.0 today 18:00")
    seen = await ana.types(f"/release {line}")
    assert said in seen.text and "Do you mean" not in seen.text, seen.text


async def test_in_a_direct_message_two_that_may_be_meant_are_asked_about(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await story.follows(replace(LIGHT, name="slow", is_default=True, close="deadline"))
    await ana.types("/release new payments 1.0 today 18:00")
    await ana.types("/release new api 7.0 today 20:00")
    await bo.types("/release go payments 1.0")
    seen = await bo.types("hold tests are red", in_="dm")
    assert "Which one do you mean?" in seen.text
    assert (await story.release("api 7.0")).state == (await story.release("payments 1.0")).state == "open"


@pytest.mark.once
async def test_a_choice_between_long_names_says_when_each_goes(story: Story) -> None:
    (ana,) = story.people("ana")
    long = "the-" + "very-" * 9 + "long-name"
    await ana.types(f"/release new {long} 1.0 today 16:00")
    await ana.types(f"/release new {long} 2.0 fri 14:00")
    seen = await ana.types("/release hold")
    assert "· Tue 1 Dec 16:00]" in seen.text and "· Fri 4 Dec 14:00]" in seen.text
