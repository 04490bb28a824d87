"""What people type before they have read any help is understood, or answered with what they may have meant."""

import re

import pytest

from bot.app import load_catalogue
from bot.kit.other_words import MAY_MEAN
from tests.story import Story

#: The words alone: they are the same in every mode and on every database.
pytestmark = pytest.mark.once


@pytest.mark.parametrize("typed", ["approve", "Approve!", "+1", ":+1:", "👍", "approve payments 3.1", "LGTM!"])
async def test_a_go_in_other_words(story: Story, typed: str) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 15:00")
    assert "You said go" in (await bo.types(f"/release {typed}")).text


@pytest.mark.parametrize("typed", ["reject the tests are red", "-1 payments the tests are red", "👎 the tests are red"])
async def test_a_no_go_in_other_words(story: Story, typed: str) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 15:00")
    said = await bo.types(f"/release {typed}")
    assert re.match(r"You said no-go \d\d:\d\d on payments 3.1: “the tests are red”\.", said.text)
    assert "the tests are red" in story.room("#payments").reads()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ship it", "go, deploy start or shipped"),
        ("release payments", "new, deploy start or shipped"),
        ("start payments", "deploy start or poll"),
        ("stop payments", "hold, cancel or deploy fail"),
        ("undo", "rollback or cancel"),
        ("delete payments", "cancel or drop"),
        ("rename payments 3.1 to 3.2", "version or edit"),
        ("mine", "list mine"),
        ("what's next", "list mine, list or calendar"),
        ("what do I have to do", "list mine, list or calendar"),
        ("digest", "subscribe"),
        ("settings", "setup or policy"),
        ("vacation", "away"),
        ("push payments to 3pm", "reschedule or deploy start"),
        ("halt payments", "hold, cancel or deploy fail"),
        ("deployed", "shipped, deploy done or status"),
        ("is payments ok?", "status or why"),
        ("escalate payments", "remind or stand-in"),
        ("hi", "help"),
        ("thanks!", "help"),
    ],
)
async def test_what_may_mean_several_things_does_none_and_names_them(story: Story, typed: str, meant: str) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 3.1 today 15:00")
    word = typed.split()[0]
    assert f"I don't know “{word}”. Did you mean {meant}?" in (await ana.types(f"/release {typed}")).text
    assert (await story.release("payments")).state == "open"


async def test_what_waits_on_me_is_one_click_from_the_question(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 tomorrow 15:00")
    seen = await bo.types("/release what do I have to do?")
    assert "Waiting on you (1)" in (await bo.clicks("List mine", on=seen.message)).text


def test_what_may_be_meant_is_there_and_what_is_there_is_no_other_word() -> None:
    known = load_catalogue().words
    for typed, meant in MAY_MEAN.items():
        assert typed not in known, typed
        for one in meant:
            assert one in known or one.split()[0] in known, one


async def test_help_me_is_help(story: Story) -> None:
    (ana,) = story.people("ana")
    for typed in ("help me", "help please", "help!"):
        assert (await ana.types(f"/release {typed}")).text.startswith("I take releases from plan to retrospective.")


@pytest.mark.parametrize(
    ("typed", "then"),
    [
        ("delay payments by 2 hours", "Tue 1 Dec 17:00"),
        ("delay 30m", "Tue 1 Dec 15:30"),
        ("move payments to tomorrow same time", "Wed 2 Dec 15:00"),
        ("move it to the same time on friday", "Fri 4 Dec 15:00"),
        ("move payments 1h earlier", "Tue 1 Dec 14:00"),
        ("reschedule payments -30m", "Tue 1 Dec 14:30"),
        ("reschedule earlier by 2 hours", "Tue 1 Dec 13:00"),
        ("reschedule payments for friday 16:00", "Fri 4 Dec 16:00"),
    ],
)
async def test_another_time_in_other_words(story: Story, typed: str, then: str) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 3.1 today 15:00")
    assert f"payments 3.1 is now planned for {then}" in (await ana.types(f"/release {typed}")).text


async def test_another_day_offers_the_time_that_it_is_planned_for_first(story: Story) -> None:
    """Bo is in New York: Berlin's 15:00 is his 09:00."""
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 15:20")
    seen = await ana.types("/release move payments to tomorrow")
    offered = "Wed 2 Dec 15:20 Berlin, Wed 2 Dec 10:00 Berlin or Wed 2 Dec 14:00 Berlin"
    assert f"“tomorrow” names no clock time. Did you mean {offered}?" in seen.text
    await ana.clicks("Wed 2 Dec 15:20", on=seen.message)
    assert (await story.release("payments")).planned == "2026-12-02 15:20 Europe/Berlin"
    await bo.types("/release new web 1.0 today 12:00")
    seen = await bo.types("/release move web fri morning")
    assert "12:00" not in seen.text, "noon is no morning"


@pytest.mark.parametrize("typed", ["plan web 3.1 for friday at 15:00", "new web 3.1 for fri 15:00"])
async def test_a_plan_is_for_a_time(story: Story, typed: str) -> None:
    (ana,) = story.people("ana")
    assert "web 3.1 is planned for Fri 4 Dec 15:00" in (await ana.types(f"/release {typed}")).text


async def test_when_is_asked_in_a_sentence(story: Story) -> None:
    (ana,) = story.people("ana")
    for typed in ("when can I release payments", "when should we deploy payments?", "when payments"):
        assert (await ana.types(f"/release {typed}")).text.startswith("These times suit payments:"), typed
    seen = await ana.types("/release when payments goes out next")
    assert "I don't know what “goes out next” means after “payments”" in seen.text


async def test_a_list_is_of_what_is_asked_for(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 3.1 today 15:00", in_="#payments")
    await ana.types("/release new web 4.0 today 16:00", in_="#releases")
    assert "web 4.0" not in (await ana.types("/release list", in_="#payments")).text
    every = (await ana.types("/release list all", in_="#payments")).text
    assert "Open in all channels" in every and "payments 3.1" in every and "web 4.0" in every and "#releases" in every
    mine = (await ana.types("/release list mine", in_="#releases")).text
    assert "Yours" in mine and "payments 3.1" in mine
    (bo,) = story.people("bo")
    seen = await bo.types("/release list mine")
    assert seen.text.startswith("Waiting on you (2)") and "[Go] [No-go] [Go if …] [Why?]" in seen.text
    web = (await ana.types("/release list web", in_="#payments")).text
    assert "Open, of web" in web and "web 4.0" in web and "payments 3.1" not in web
    assert "api is not planned. Plan it: /release new api" in (await ana.types("/release list api")).text
    seen = (await ana.types("/release list this week")).text
    assert "I can't list “this week”" in seen and "/release calendar this week" in seen


async def test_a_list_of_everything_shows_nobody_what_they_may_not_see(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await ana.types("/release new launch 1.0 today 15:00", in_="#secret-launch")
    assert "launch 1.0" in (await ana.types("/release list all", in_="#secret-launch")).text
    for typed in ("list all", "list launch", "list mine"):
        assert "launch 1.0" not in (await tom.types(f"/release {typed}", in_="#payments")).text


async def test_a_number_alone_may_be_that_of_a_release(story: Story) -> None:
    (ana,) = story.people("ana")
    for service in ("payments", "web"):
        await ana.types(f"/release new {service} 3.1 today 15:00")
    seen = await ana.types("/release status 2")
    assert "I know no release “2”." in seen.text and seen.text.index("[web 3.1") < seen.text.index("[payments 3.1")


@pytest.mark.parametrize("day", ["mon", "monday", "tue", "wed", "sun"])
async def test_a_freeze_until_a_weekday_lasts_until_the_next_one(story: Story, day: str) -> None:
    """It is Tuesday."""
    (ana,) = story.people("ana")
    seen = await ana.types(f"/release freeze everything until {day}")
    ends = {"mon": "00:00 Dec 8", "tue": "00:00 Dec 9", "wed": "00:00 Dec 3", "sun": "00:00 Dec 7"}
    assert f"09:00 today – {ends[day[:3]]}" in seen.text


async def test_a_freeze_is_ended_in_other_words(story: Story) -> None:
    (ana,) = story.people("ana")
    for typed in ("freeze end {}", "end freeze {}", "lift freeze {}", "unfreeze {}", "freeze off {}"):
        await ana.types("/release freeze tomorrow to fri because audit")
        number = (await ana.clicks("Freeze it")).text.partition("(freeze ")[2].partition(")")[0]
        assert f"(freeze {number})" in (await ana.types(f"/release {typed.format(number)}")).text, typed
        assert "Nothing is frozen" in (await ana.types("/release freezes")).text


async def test_who_is_called_without_an_at_leads_it_all_the_same(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 3.1 today 15:00")
    assert "Tom is the captain of payments 3.1 now" in (await ana.types("/release hand over payments to tom")).text
    assert "Who shall lead it?" in (await ana.types("/release captain payments to somebody else")).text


async def test_an_hour_alone_and_a_time_that_is_past_are_asked_about(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 3.1 today 15:00")
    assert "“at 11” can be before or after noon." in (await ana.types("/release move it to 11")).text
    assert "is past. Did you mean" in (await ana.types("/release reschedule payments -8h")).text


async def test_words_behind_a_go_are_asked_about_with_both_answers(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 15:00")
    seen = await bo.types("/release go payments looks good to me")
    assert "A go takes no words, so “looks good to me” would be lost. Say go on payments 3.1, or go if it" in seen.text
    assert "[Go] [Go if …]" in seen.text and (await story.release("payments")).votes == {}
    await bo.clicks("Go", on=seen.message)
    assert (await story.release("payments")).votes == {"bo": "go"}


async def test_a_release_may_be_named_between_two_words_of_a_verb(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 15:00")
    await bo.types("/release go-if payments if staging is green")
    assert "“staging is green” is done" in (await ana.types("/release condition payments done")).text


async def test_till_is_until(story: Story) -> None:
    (bo,) = story.people("bo")
    assert "You are away until 09:00 Dec 4" in (await bo.types("/release away till fri 9:00")).text
    assert "Muted: payments until 09:00 Dec 4" in (await bo.types("/release mute payments till fri 9:00")).text


async def test_a_train_that_is_saved_names_every_departure_whose_release_is_made(story: Story) -> None:
    """It is Tuesday: those of today and Wednesday are due to be made."""
    (ana,) = story.people("ana")
    await ana.types("/release train search every weekday 11:00")
    seen = await ana.clicks("Save")
    made = "Next departures: Tue 1 Dec 11:00 and Wed 2 Dec 11:00, whose releases are made, then Thu 3 Dec 11:00."
    assert made in seen.text


async def test_who_is_missing_is_why_it_is_not_go(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 3.1 today 15:00")
    assert "Nobody has said go yet" in (await ana.types("/release who is missing payments?")).text


@pytest.mark.parametrize("typed", ["done payments all good", "deploy done payments 3.1, works!"])
async def test_a_remark_on_a_deploy_that_is_done_is_no_part(story: Story, typed: str) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 in 30m")
    await bo.types("/release go payments")
    await ana.types("/release deploy start payments")
    seen = await ana.types(f"/release {typed}")
    assert "A deploy that is done takes no words" in seen.text and "Is payments 3.1 live?" in seen.text
    await ana.clicks("Done", on=seen.message)
    assert (await story.release("payments")).state == "released"


async def test_a_no_go_once_it_deploys_is_offered_the_rollback(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 in 30m")
    await bo.types("/release go payments")
    await ana.types("/release deploy start payments")
    seen = await bo.types("/release no-go payments error rate")
    assert seen.text.startswith("You can't vote on payments 3.1: it is deploying. If something is wrong, roll it back.")
    assert "[Roll back]" in seen.text


async def test_what_stands_behind_a_plus_is_a_part_whatever_its_version(story: Story) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types("/release new web 1.0 + api 2 tomorrow 16:00")
    assert "web 1.0 + api 2 is planned for" in seen.text


async def test_lists_say_nothing_untrue_of_what_is_no_service(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await ana.types("/release new payments 3.1 today 15:00")
    channel = story.room("#payments").channel.id
    seen = await tom.types(f"/release list <#{channel}|payments>", in_="#releases")
    assert "Open there" in seen.text and "payments 3.1" in seen.text
    assert "/release status REL-1" in (await tom.types("/release list REL-1")).text
    for typed in ("@bo", "approved", "production", f"<@{tom.id}>"):
        assert "I can't list “" in (await tom.types(f"/release list {typed}")).text
    assert "payments 3.1" in (await tom.types("/release list open releases")).text


async def test_words_behind_a_go_are_asked_about_while_one_can_be_said(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await ana.types("/release new payments 3.1 today 15:00")
    await ana.types("/release new web 3.1 today 16:00")
    seen = await bo.types("/release go payments and web")
    assert seen.text.startswith("One at a time. Which one do you mean?"), "it names another release"
    await bo.types("/release go payments")
    seen = await tom.types("/release go payments looks good to me")
    assert "[Go]" not in seen.text


async def test_a_line_that_lacks_something_where_no_dialog_opens_says_what_and_offers_one(story: Story) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types("new checkout 1.4.0 tomorrow 14:00", in_="dm")
    assert "Missing: Channel. Type /release new" in seen.text, seen.text
    dialog = await ana.clicks("New release", on=seen.message)
    assert "1.4.0" in dialog.text and "tomorrow 14:00" in dialog.text
    await ana.submits(channel="#payments")
    assert "checkout 1.4.0" in story.room("#payments").reads()


async def test_why_says_that_nobody_has_started_what_is_go_and_due(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 in 30m")
    await bo.types("/release go payments")
    assert "Was due" not in (await ana.types("/release why payments")).text
    await story.until("10:30")
    assert "⏰ Was due 09:30 today, not started" in (await ana.types("/release why payments")).text


@pytest.mark.parametrize("typed", ["when can we ship it", "when can we", "when should i plan", "when is payments?"])
async def test_when_is_about_the_release_that_is_open_here(story: Story, typed: str) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 3.1 thu 15:00")
    assert "payments 3.1 is planned for" in (await ana.types(f"/release {typed}")).text


async def test_when_takes_no_word_of_time_for_an_environment(story: Story) -> None:
    (ana,) = story.people("ana")
    assert "These times suit payments:" in (await ana.types("/release when can I deploy payments 3.1")).text
    for typed in ("payments tomorrow", "payments on friday"):
        assert "I don't know what “" in (await ana.types(f"/release when {typed}")).text


async def test_a_go_of_ones_own_is_none_that_was_recorded(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 3.1 thu 15:00")
    assert "Did you mean abstain or no-go?" in (await ana.types("/release withdraw my go")).text


async def test_a_condition_is_never_lost_unseen_where_several_are_open(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 thu 15:00")
    assert "[Go] [Go if …]" in (await bo.types("/release go, but only if DB is done")).text
    await ana.types("/release new web 3.1 thu 16:00")
    seen = await bo.types("/release go, but only if DB is done")
    assert "A go takes no words, so “but only if DB is done” would be lost" in seen.text
    assert "[Go: payments 3.1 · Thu 3 Dec 09:00] [Go: web 3.1 · Thu 3 Dec 10:00]" in seen.text
    await bo.clicks("Go: web 3.1 · Thu 3 Dec 10:00", on=seen.message)
    assert (await story.release("web")).votes == {"bo": "go"}


@pytest.mark.parametrize("typed", ["no problem", "no objections!", "no worries"])
async def test_no_problem_is_no_no_go(story: Story, typed: str) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 thu 15:00")
    seen = await bo.types(f"/release {typed}")
    assert "may mean go. Which one is it?" in seen.text and (await story.release("payments")).votes == {}
    dialog = await bo.clicks("No-go", on=seen.message)
    assert "Why is it a no-go?" in dialog.text
    await bo.closes_modal()
    await bo.clicks("Go", on=seen.message)
    assert (await story.release("payments")).votes == {"bo": "go"}


async def test_what_may_be_meant_and_only_shows_something_is_one_click_away(story: Story) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types("/release upcoming")
    assert "[List] [Calendar]" in seen.text
    assert "nothing is planned" in (await ana.clicks("Calendar")).text
    for word in ("ship it", "undo"):
        seen = await ana.types(f"/release {word}")
        assert "I don't know" in seen.text and "[" not in seen.text, "nothing is done at a click"


@pytest.mark.parametrize("typed", ["REL-1 who is missing", "payments who is missing?"])
async def test_three_words_behind_a_name_are_a_verb_too(story: Story, typed: str) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 3.1 today 15:00")
    seen = await ana.types(f"/release {typed}")
    assert "payments 3.1 is not go yet" in seen.text, seen.text
