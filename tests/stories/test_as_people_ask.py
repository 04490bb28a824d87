"""Lines as people type them to somebody: with please and thanks, a release named anywhere, several things in one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.release.policy import LIGHT, Milestone, SignOff
from tests.story import Story


@pytest.mark.parametrize(
    "typed",
    [
        "new checkout 4.2.0 tomorrow 2pm pls",
        "please plan checkout 4.2.0 tomorrow 14:00",
        "can you plan checkout 4.2.0 for tomorrow 14:00, thanks!",
        "Hey, could you please plan a release for checkout 4.2.0 tomorrow 14:00",
        "plan a release of checkout 4.2.0 tomorrow 14:00",
    ],
)
async def test_courtesy_names_nothing(story: Story, typed: str) -> None:
    (ana,) = story.people("ana")
    await ana.types(f"/release {typed}")
    assert (await story.release("checkout 4.2.0")).planned == "2026-12-02 14:00 Europe/Berlin"


@pytest.mark.parametrize("typed", ["plan a hotfix for pay 2.14.1 today 21:00", "new hotfix pay 2.14.1 today 21:00"])
async def test_a_hotfix_for_a_service_is_one(story: Story, typed: str) -> None:
    (ana,) = story.people("ana")
    await ana.types(f"/release {typed}")
    assert "pay 2.14.1 → production   REL-1 · hotfix" in story.room("#payments").reads()


async def test_what_follows_a_because_is_what_is_in_it(story: Story) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types("/release new api 3.4 tomorrow 15:00 because the index is stale")
    assert "In it: “because the index is stale”." in seen.text


async def test_a_release_may_be_named_anywhere_where_something_is_only_looked_up(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new checkout 3.1 tomorrow 15:00")
    await ana.types("/release new billing 3.1 tomorrow 17:00")
    for typed in ("who is missing for checkout", "why is checkout not live?", "why checkout"):
        assert (await bo.types(f"/release {typed}")).text.startswith("checkout 3.1 is not go yet."), typed
    assert (await bo.types("/release status of billing")).text.startswith("billing 3.1 → production")
    seen = await bo.types("/release go but only checkout looks fine")
    assert "With a go it would be lost. Say go on checkout 3.1" in seen.text
    assert (await story.release("checkout")).votes == {}, "that decides nothing"


async def test_go_for_a_release_is_ones_own_go(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new checkout 3.1 tomorrow 15:00")
    await bo.types("/release go for checkout")
    assert (await story.release("checkout")).votes == {"bo": "go"}


async def test_a_reason_keeps_its_last_word(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new checkout 3.1 tomorrow 15:00")
    await bo.types("/release no-go checkout customers say no thanks")
    assert "“customers say no thanks”" in story.room("#payments").reads()


async def test_who_is_asked_to_decide_for_somebody_does_not(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new checkout 3.1 tomorrow 15:00")
    assert "Did you mean that for yourself?" in (await bo.types("/release can you approve checkout")).text
    assert (await story.release("checkout")).votes == {}


async def test_what_was_no_time_stands_in_the_dialog_that_asks_for_one(story: Story) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types("/release new billing 5.0.0, ledger 2.1.0 and invoices 7.3 wed 10-11")
    dialog = await ana.clicks("Choose the time …", on=seen.message)
    assert "When: [ledger 2.1.0 and invoices 7.3 wed 10-11]" in dialog.text


async def test_more_time_may_be_said_as_the_time_that_it_ends(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new checkout 3.1 today 15:00")
    assert "Go/no-go open until 16:30 today" in (await ana.types("/release extend checkout until 16:30")).text
    no_later = "It is open until 16:30 today anyway. Please name a later time."
    assert (await ana.types("/release extend checkout until noon")).text == no_later


async def test_where_a_go_no_go_would_be_over_but_its_deploy_is_not_due_it_can_be_extended(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    sign_off = SignOff("QA", people=frozenset({bo.id}))
    closes = Milestone(before=timedelta(minutes=30))
    early = replace(LIGHT, name="early", is_default=True, sign_offs=(sign_off,), closes=closes)
    await story.follows(replace(early, open_at_least=timedelta(0)))
    await ana.types("/release new checkout 3.1 today 15:00")
    await story.until("13:38")
    assert (await story.release("checkout")).state == "stopped"
    seen = await ana.types("/release poll")
    assert "Extend it until then at most, or give it a new time." in seen.text and "[Reschedule]" in seen.text
    await ana.clicks("Extend", on=seen.message)
    await ana.submits(duration="15m")
    await bo.types("/release go")
    assert (await story.release("checkout")).state == "approved"
