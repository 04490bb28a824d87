"""A go that depends on something: asked of whoever sees to it, counted once done, asked again if it is not."""

from dataclasses import replace

import pytest

from bot.release.policy import LIGHT, Cover, SignOff
from tests.story import Actor, Story, together


async def goes_if(who: Actor, what: str, *, owner: str | None = None, due: str | None = None) -> None:
    """Says go if, in the dialog."""
    await who.clicks("Go if …", in_="#payments")
    seen = await who.submits(condition=what, **({"owner": owner} if owner else {}), **({"due": due} if due else {}))
    assert not seen.errors


@pytest.mark.everywhere
async def test_a_go_counts_once_what_it_depends_on_is_done(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    payments = story.room("#payments")
    await ana.types("/release new payments 2.14.0 today 16:00")

    await goes_if(bo, "smoke test <!here> green", owner="tom", due="8:00")
    stand = await story.release("payments")
    assert (stand.state, stand.votes) == ("open", {"bo": "go-if"})
    depends = "Bo: go if “smoke test <!here> green” (Tom, by 14:00 today)"
    assert f"🟡 Go/no-go open until 16:00 today — {depends}" in payments.reads(), "eight in New York is 14:00 in Berlin"
    assert "Bo said go if “smoke test <!here> green” — Tom, by 14:00 today." in payments.threads()[-1]
    assert "can you confirm “smoke test <!here> green” by 14:00 today? Bo's go depends on it." in tom.dm.reads("tom")
    assert (
        "Bo said go if “smoke test <!here> green”; Tom has until 14:00 today" in (await ana.types("/release why")).text
    )

    await tom.clicks("Done", in_="dm")
    stand = await story.release("payments")
    assert stand.state == "approved"
    assert stand.history == ["planned", "poll_opened", "voted", "condition_set", "condition_met", "decided"]
    assert "Done: “smoke test <!here> green” (Tom 09:00). Bo's go counts." in payments.reads()
    said = "✅ payments 2.14.0: “smoke test <!here> green” is done (Tom 09:00). Bo's go counts. It's go."
    assert said in tom.dm.reads("tom")
    assert "✅ Sign-off  Bo 09:00" in payments.reads()


@pytest.mark.everywhere
async def test_what_is_not_done_in_time_opens_the_sign_off_again_and_its_voter_is_asked(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    payments = story.room("#payments")
    await ana.types("/release new payments 2.14.0 today 16:00")
    await goes_if(bo, "smoke test green", owner="tom", due="8:00")

    await story.until("12:30")
    assert "payments 2.14.0: asked about again below." in tom.dm.reads("tom"), "half an hour before it is due"
    assert tom.dm.reads("tom").count("[Done] [Not done]") == 1
    await story.until("13:00")
    assert "14:00 passed, and “smoke test green” is not done. Bo is asked again." in payments.reads()
    assert "[Done]" not in tom.dm.reads("tom")
    assert "You said go if 03:00 today, and “smoke test green” is not done." in bo.dm.reads("bo")
    told = (await ana.types("/release history")).text
    assert "Bo asked Tom to see to it by 14:00 today: “smoke test green”" in told
    assert "“smoke test green” was not done by 14:00 today; Bo is asked again" in (await ana.types("/release why")).text
    assert "waiting for Bo" in payments.reads()

    await bo.clicks("Go", in_="dm")
    assert (await story.release("payments")).state == "approved"
    assert "Bo said go (go if before)." in payments.reads()


async def test_its_owner_says_at_once_that_it_will_not_be_done(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    payments = story.room("#payments")
    await ana.types("/release new payments 2.14.0 today 16:00")
    await goes_if(bo, "smoke test green", owner="tom")
    await tom.clicks("Not done", in_="dm")
    assert "Tom: “smoke test green” is not done. Bo is asked again." in payments.reads()
    assert "⏳ payments 2.14.0: “smoke test green” is not done (Tom 09:00). Bo is asked again." in tom.dm.reads("tom")
    assert "You said go if 03:00 today, and “smoke test green” is not done." in bo.dm.reads("bo")
    await story.until("15:00")
    assert "⚪ No decision — “smoke test green” was not done" in payments.reads()


async def test_who_votes_anew_withdraws_the_condition(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await ana.types("/release new payments 2.14.0 today 16:00")
    await goes_if(bo, "smoke test green", owner="tom")
    old = tom.dm.card("[Done] [Not done]")
    await bo.types("/release no-go the smoke test is red for good")
    assert "Bo said no-go (go if before): “the smoke test is red for good”." in story.room("#payments").reads()
    assert "Nobody's go depends on you any more." in tom.dm.reads("tom")
    seen = await tom.clicks("Done", on=old, stale=True)
    assert "Bo has answered anew since then: nothing depends on “smoke test green” any more." in seen.text
    stand = await story.release("payments")
    assert (stand.state, stand.votes) == ("open", {"bo": "no-go"})


@pytest.mark.everywhere
async def test_two_people_say_at_the_same_moment_how_it_went(story: Story) -> None:
    """The first is heard; both get an answer that fits, and it is decided and told once."""
    ana, bo, tom = story.people("ana", "bo", "tom")
    await ana.types("/release new payments 2.14.0 today 16:00")
    await goes_if(bo, "smoke test green", owner="tom")
    await together(tom.at_once.clicks("Done", in_="dm"), bo.at_once.types("/release condition done"))
    await story.quiet()
    stand = await story.release("payments")
    assert stand.state == "approved"
    assert (stand.history.count("condition_met"), stand.history.count("decided")) == (1, 1)
    assert story.room("#payments").reads().count("Done: “smoke test green”") == 1


async def test_while_it_is_on_hold_nothing_is_missed(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await ana.types("/release new payments 2.14.0 today 16:00")
    await goes_if(bo, "smoke test green", owner="tom", due="in 1h")
    await goes_if(tom, "the flag is off", owner="bo", due="11:00")
    await ana.types("/release hold incident")
    await story.until("12:00")
    assert "condition_missed" not in (await story.release("payments")).history
    await bo.clicks("Done", in_="dm")
    assert (await story.release("payments")).state == "on_hold", "it is not decided on hold"
    await ana.types("/release resume")
    stand = await story.release("payments")
    assert stand.history[-2:] == ["resumed", "condition_missed"], "now it is: its time has passed"
    assert "⏳ Sign-off  Tom 09:00, Bo" in story.room("#payments").reads()


async def test_what_a_condition_needs_is_said_in_its_dialog(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 today 16:00")
    await bo.clicks("Go if …", in_="#payments")
    for due, said in (
        ("11:00", "The go/no-go closes at Tue 1 Dec 16:00 (Berlin). Please name a time before that."),
        ("soonish", "soonish"),
    ):
        seen = await bo.submits(condition="smoke test green", due=due)
        assert said in str(seen.errors["due"])
    seen = await bo.submits(condition="smoke test green", owner="gus", due="8:00")
    assert "Please choose somebody else." in str(seen.errors["owner"]), "a guest can't say that it is done"
    await bo.closes_modal()
    seen = await ana.clicks("Go if …", in_="#payments")
    assert "You are the captain" in seen.text, "who may not vote is not asked what it depends on"
    assert (await story.release("payments")).votes == {}


async def test_what_waits_for_its_owner_stands_on_their_home(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await ana.types("/release new payments 2.14.0 today 16:00")
    await tom.opens_home()
    await goes_if(bo, "smoke test green", owner="tom")
    assert "[Done: smoke test green] [Not done: smoke test green]" in tom.reads("home")
    seen = await tom.clicks("Done: smoke test green", on="home")
    assert "It's go" in seen.text or "✅ Go" in tom.reads("home")
    assert "Done: smoke test green" not in tom.reads("home")
    assert (await story.release("payments")).state == "approved"


async def test_a_no_go_says_what_it_is_about(story: Story) -> None:
    ana, bo, clara = story.people("ana", "bo", "clara")
    payments = story.room("#payments")
    await ana.types("/release new payments 2.14.0 today 16:00")
    await bo.clicks("No-go", in_="#payments")
    await bo.submits(reason="Tests red", why="the smoke test")
    assert "Bo: “Tests red: the smoke test”" in payments.reads()
    await clara.clicks("No-go", in_="#payments")
    await clara.submits(reason="Something else", why="a funny feeling")
    assert "Clara: “a funny feeling”" in payments.reads()


async def test_typed_in_one_line_the_captain_sees_to_it_until_the_close(story: Story) -> None:
    ana, bo, clara = story.people("ana", "bo", "clara")
    await ana.types("/release new payments 2.14.0 today 16:00")
    seen = await bo.types("/release go if payments the migration ran")
    assert "You said go if “the migration ran” 03:00 on payments 2.14.0. Ana has until 10:00 today." in seen.text
    assert "can you confirm “the migration ran” by 16:00 today? Bo's go depends on it." in ana.dm.reads("ana")
    seen = await clara.types("/release condition done")
    assert "Only Ana, who sees to it, or Bo, whose go depends on it, can say" in seen.text
    await ana.types("/release condition done payments")
    assert (await story.release("payments")).state == "approved"


async def test_whoever_abstains_leaves_it_to_the_others_and_may_come_back(story: Story) -> None:
    only_bo = replace(LIGHT, name="only Bo", is_default=True)
    ana, bo = story.people("ana", "bo")
    await story.follows(replace(only_bo, sign_offs=(SignOff("QA", people=frozenset({bo.id})),)))
    payments = story.room("#payments")
    await ana.types("/release new payments 2.14.0 today 16:00")
    seen = await bo.types("/release abstain")
    assert "You abstained 03:00 on payments 2.14.0." in seen.text
    assert "abstain" not in "".join(payments.threads()), "it stands on the card alone"
    assert "Nobody has said go yet, and Bo abstained" in (await ana.types("/release why")).text
    seen = await bo.types("/release go")
    assert "on payments 2.14.0. It's go." in seen.text, "nobody else was asked for more, so Bo was not the last"
    assert "Bo said go (abstaining before)." in payments.reads()


async def test_what_was_done_for_a_vote_that_was_overtaken_is_not_said_to_count(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    qa = SignOff("QA", people=frozenset({bo.id}), covers=frozenset(Cover))
    await story.follows(replace(LIGHT, name="qa", is_default=True, sign_offs=(qa,), close="deadline"))
    await ana.types("/release new payments 2.14.0 today 16:00")
    await goes_if(bo, "smoke test green", owner="tom", due="8:00")
    await tom.clicks("Done", in_="dm")
    assert "Bo's go counts." in tom.dm.reads("tom")
    await ana.types("/release reschedule payments tomorrow 16:00")
    assert "is done (Tom 09:00). What Bo voted on has changed since, and they are asked again." in tom.dm.reads("tom")


async def test_what_a_vote_that_was_overtaken_depended_on_is_not_asked_any_more(story: Story) -> None:
    """What's in it changes after Bo's go if: he is asked again, and whoever saw to it need not any more."""
    ana, bo, tom = story.people("ana", "bo", "tom")
    payments = story.room("#payments")
    await ana.types("/release new payments 2.14.0 today 16:00")
    await goes_if(bo, "smoke test green", owner="tom", due="8:00")
    await ana.types("/release edit payments")
    await ana.submits({"What's in it?": "the new ledger"})
    await ana.closes_modal()
    assert (
        "payments 2.14.0: “smoke test green” — nothing depends on it any more. "
        "What Bo voted on has changed, and they are asked again." in tom.dm.reads("tom")
    )
    seen = await tom.types("/release condition done payments")
    assert "No go of payments 2.14.0 depends on anything." in seen.text
    await story.until("13:05")
    assert "was not done in time" not in payments.reads() + tom.dm.reads("tom"), "it was due, and nobody waited for it"
    assert "condition_missed" not in (await story.release("payments")).history
    await story.until("15:01")
    assert "⚪ No decision — the plan changed after Bo voted; please look again" in payments.reads()


@pytest.mark.once
@pytest.mark.parametrize("typed", ["condition payments not done", "condition payments isn't done"])
async def test_what_is_not_done_is_never_taken_for_done(story: Story, typed: str) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 15:00")
    await bo.types("/release go-if payments staging is green")
    seen = await ana.types(f"/release {typed}")
    assert (await story.release("payments")).state == "open"
    assert "is done" not in seen.text and "Do you mean this one?" not in seen.text, seen.text


@pytest.mark.once
async def test_a_condition_with_a_time_of_its_own_keeps_it(story: Story) -> None:
    """Tom's go depends on it by 16:00, whatever the go/no-go does: at 18:00 it would count."""
    ana, bo, tom = story.people("ana", "bo", "tom")
    await ana.types("/release new payments 3.1 today 22:00")
    await tom.types("/release go-if docs are there, @bo by 16:00")
    await ana.types("/release reschedule payments today 12:00")
    await ana.types("/release reschedule payments today 20:00")
    await story.until("17:00")  # 18:00 in Berlin
    seen = await bo.types("/release condition done payments")
    assert (await story.release("payments")).state != "approved", seen.text
