"""Who counts: lists of members are as Slack has them now; what Slack cannot confirm does not decide."""

from dataclasses import replace
from typing import Any

import pytest

from bot.release.policy import LIGHT, Policy, SignOff
from tests.story import Story, together

READS = ("usergroups.users.list", "conversations.info", "conversations.members", "users.info")


def of_group(story: Story, **fields: Any) -> Policy:
    """One go of the user group @qa; decided at once, or at the deadline."""
    qa = next(group.id for group in story.box.workspace.groups.values() if group.handle == "qa")
    return replace(Policy("qa", is_default=True, sign_offs=(SignOff("QA", groups=frozenset({qa})),)), **fields)


def silently(story: Story, *people: str) -> None:
    """The user group @qa has these people now, and the bot is not told."""
    group = next(group for group in story.box.workspace.groups.values() if group.handle == "qa")
    group.users = [story.box.person(name).id for name in people]


def slack_tells_nothing(story: Story) -> None:
    for method in READS:
        story.box.faults.add(method, "error", code="internal_error", times=None)
        story.endings.may_be_refused(method, "internal_error")


def reads(story: Story) -> int:
    """How often Slack was asked who is in anything so far."""
    return sum(entry.kind in READS for entry in story.box.traffic.since())


@pytest.mark.everywhere
async def test_a_go_that_slack_cannot_confirm_waits_for_it(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    payments = story.room("#payments")
    await story.follows(of_group(story))
    await ana.types("/release new payments 2.14.0 in 3h")
    await story.advance(minutes=16)
    slack_tells_nothing(story)
    seen = await bo.clicks("Go", in_="#payments")
    assert "Stored: I could not ask Slack since 03:00 who may answer. It counts as soon as I know." in seen.text
    assert "⏳ QA  Bo 09:16 (being confirmed with Slack)" in payments.reads()
    assert "waiting for Slack to confirm Bo" in payments.reads()
    why = (await ana.types("/release why")).text
    assert "Bo said go, which counts as soon as Slack confirms that they may answer" in why
    assert (await story.release("payments")).state == "open"

    story.box.faults.clear()
    await ana.types("/release status")
    assert "✅ Go — decided 09:16" in payments.reads(), "whoever looks has it read again"
    assert (await story.release("payments")).history[-2:] == ["votes_confirmed", "decided"]


async def test_a_go_of_somebody_who_left_meanwhile_is_dropped_and_they_hear_of_it(story: Story) -> None:
    ana, bo, eve = story.people("ana", "bo", "eve")
    payments = story.room("#payments")
    await story.follows(of_group(story))
    await ana.types("/release new payments 2.14.0 in 3h")
    await story.advance(minutes=16)
    slack_tells_nothing(story)
    await bo.clicks("Go", in_="#payments")
    story.box.faults.clear()
    silently(story, "eve")
    await ana.types("/release status")
    assert "Your go on payments 2.14.0 does not count" in bo.dm.reads("bo")
    assert "The go of Bo does not count" in (await ana.types("/release why")).text
    assert "⏳ QA  one go from Eve" in payments.reads()
    assert "You said go" in (await eve.clicks("Go", in_="dm")).text
    assert "✅ Go" in payments.reads()


async def test_whoever_came_to_a_group_or_left_it_settles_the_poll_and_is_asked(story: Story) -> None:
    ana, bo, eve, tom = story.people("ana", "bo", "eve", "tom")
    payments = story.room("#payments")
    qa = of_group(story).sign_offs[0]
    await story.follows(of_group(story, sign_offs=(replace(qa, needs=2),)))
    await ana.types("/release new payments 2.14.0 in 3h")
    await bo.clicks("Go", in_="#payments")
    await eve.clicks("No-go", in_="#payments")
    await eve.submits(why="two tests are red")
    await story.box.regroup("qa", ["bo", "tom"])
    await story.quiet()
    assert "payments 2.14.0: your go/no-go" in tom.dm.reads("tom"), "who came is asked"
    assert "1 of 2: Bo 09:00, 1 more go from Tom" in payments.reads()
    assert "🛑" not in payments.reads(), "the no-go of who left stands in nobody's way"
    await tom.clicks("Go", in_="dm")
    assert "✅ Go" in payments.reads()


async def test_who_leaves_a_channel_that_only_a_sign_off_names(story: Story) -> None:
    """The release lives elsewhere: its card and its decision follow all the same."""
    ana, bo, finn = story.people("ana", "bo", "finn")
    payments = story.room("#payments")
    there = SignOff("QA", needs=2, channels=frozenset({story.room("#releases").id}))
    await story.follows(Policy("other channel", is_default=True, sign_offs=(there,)))
    await ana.types("/release new payments 2.14.0 in 3h")
    await bo.clicks("Go", in_="#payments")
    await finn.types("/release go payments", in_="#releases")
    assert (await story.release("payments")).state == "approved"

    await ana.types("/release new payments 2.15.0 in 3h")
    await bo.types("/release go payments 2.15.0")
    await bo.leaves("#releases")
    await story.quiet()
    assert "2 more go of" in payments.reads("ana"), "the card says so, though nobody clicked"


async def test_lists_are_read_again_before_the_close(story: Story) -> None:
    """Slack told nobody that Bo left the group: the deadline does not count his go."""
    ana, bo = story.people("ana", "bo")
    await story.follows(of_group(story, close="deadline"))
    await ana.types("/release new payments 2.14.0 in 3h")
    await bo.clicks("Go", in_="#payments")
    silently(story, "eve")
    await story.advance(hours=3)
    assert (await story.release("payments")).stopped == "no decision"


async def test_a_captain_who_closes_early_has_every_list_read_again(story: Story) -> None:
    """Also where the policy names the captain beside the group: it is not about their own answer."""
    ana, bo, tom = story.people("ana", "bo", "tom")
    [qa] = of_group(story).sign_offs
    both = replace(qa, people=frozenset({ana.id, tom.id}))
    await story.follows(of_group(story, close="deadline", sign_offs=(both,)))
    await ana.types("/release new payments 2.14.0 in 3h")
    await story.advance(minutes=20)
    slack_tells_nothing(story)
    await bo.clicks("Go", in_="#payments")
    story.box.faults.clear()
    await ana.types("/release poll close")
    stand = await story.release("payments")
    assert (stand.state, stand.history[-2:]) == ("approved", ["votes_confirmed", "decided"])

    await ana.types("/release new payments 2.15.0 in 3h")
    await bo.types("/release go payments 2.15.0")
    silently(story, "eve")
    await story.advance(minutes=20)
    await ana.types("/release poll close payments 2.15.0")
    assert (await story.release("payments 2.15.0")).stopped == "no decision", "Bo has left the group"


async def test_what_slack_confirms_before_the_close_counts_at_the_close(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await story.follows(of_group(story, close="deadline"))
    await ana.types("/release new payments 2.14.0 in 3h")
    await story.advance(minutes=20)
    slack_tells_nothing(story)
    await bo.clicks("Go", in_="#payments")
    story.box.faults.clear()
    await story.advance(hours=3)
    assert (await story.release("payments")).state == "approved"


async def test_what_slack_never_confirmed_is_no_decision(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    payments = story.room("#payments")
    await story.follows(of_group(story))
    await ana.types("/release new payments 2.14.0 in 3h")
    await story.advance(minutes=20)
    slack_tells_nothing(story)
    await bo.clicks("Go", in_="#payments")
    await story.advance(hours=3)
    story.box.faults.clear()
    assert "⚪ No decision — Slack could not confirm the go of Bo" in payments.reads()
    await ana.types("/release status")
    assert (await story.release("payments")).stopped == "no decision", "what Slack says later comes too late"
    await ana.types("/release extend 30m")
    assert "is asked" in (await bo.types("/release why payments")).text or bo.dm.messages, "the next round asks again"
    await bo.types("/release go payments")
    assert (await story.release("payments")).state == "approved"


async def test_lists_that_are_kept_fresh_cost_a_click_nothing(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await story.follows(of_group(story))
    await ana.types("/release new payments 2.14.0 in 3h")
    for _ in range(6):
        await story.advance(minutes=5)
        await story.app.people.keep_fresh(story.app.workspace)
        await story.quiet()
    before = reads(story)
    await bo.clicks("Go", in_="#payments")
    assert reads(story) == before
    assert (await story.release("payments")).state == "approved"


async def test_a_crowd_that_meets_an_old_list_has_it_read_once(story: Story) -> None:
    """Nobody kept the list fresh: the first click reads it, and all the others wait for the same answer."""
    ana = story.people("ana")[0]
    crowd = [story.box.hire(f"qa{number}", f"Tester {number}") for number in range(12)]
    await story.follows(of_group(story, close="deadline"))
    await story.box.regroup("qa", [one.user.name for one in crowd])
    for one in crowd:
        await story.people(one.user.name)[0].joins("#payments")
    await ana.types("/release new payments 2.14.0 in 3h")
    await story.advance(minutes=16)
    before = reads(story)
    await together(*(story.people(one.user.name)[0].at_once.types("/release go payments") for one in crowd))
    await story.quiet()
    assert reads(story) - before <= 4
    stand = await story.release("payments")
    assert len(stand.votes) == 12 and "votes_confirmed" not in stand.history


async def test_who_leaves_the_workspace_takes_their_answer_along_and_the_go_no_go_goes_on(story: Story) -> None:
    ana, eve, tom = story.people("ana", "eve", "tom")
    payments = story.room("#payments")
    for method in ("chat.postMessage", "chat.update", "conversations.open"):
        story.endings.may_be_refused(method, "user_disabled")
    security = SignOff("Security", people=frozenset({eve.id, tom.id}))
    await story.follows(Policy("security", is_default=True, sign_offs=(security,)))
    await ana.types("/release new payments 2.14.0 today 18:00")
    await eve.types("/release no-go payments the scan is red")
    await tom.types("/release go payments")
    assert (await story.release("payments 2.14.0")).state == "open"
    await eve.changes(deleted=True)
    await story.quiet()
    assert (await story.release("payments 2.14.0")).state == "approved", "nothing is in its way any more"
    said = " ".join(payments.threads())
    assert "Ana Eve left this workspace: their no-go does not count any more." in said
    assert "🛑" not in payments.reads("bo")


async def test_a_go_of_somebody_who_left_the_workspace_is_missing_at_once(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    for method in ("chat.postMessage", "chat.update", "conversations.open"):
        story.endings.may_be_refused(method, "user_disabled")
    both = SignOff("Security", needs=2, people=frozenset({bo.id, tom.id, ana.id}))
    await story.follows(Policy("security", is_default=True, sign_offs=(both,)))
    await ana.types("/release new payments 2.14.0 today 18:00")
    await tom.types("/release go payments")
    await tom.changes(deleted=True)
    await story.quiet()
    assert "their go does not count any more" in " ".join(story.room("#payments").threads())
    assert "waiting for 2 more go from Bo or Ana" in story.room("#payments").reads("bo")


async def test_what_did_not_count_is_told_as_such_ever_after(story: Story) -> None:
    """Bo said go for @qa, and then others were in it: not his go carried it, and nothing says so."""
    ana, bo = story.people("ana", "bo")
    payments = story.room("#payments")
    await story.follows(of_group(story, close="deadline"))
    await ana.types("/release new payments 2.14.0 today 18:00")
    await story.until("15:05")  # it is morning in New York
    await bo.clicks("Go", in_="dm")
    await story.box.regroup("qa", ["eve", "tom"])
    await story.quiet()
    assert "It does not count any more: that answer is for others to give." in bo.dm.reads("bo")
    await story.people("tom")[0].types("/release go payments")
    await story.until("17:01")
    assert (await story.release("payments 2.14.0")).state == "approved"
    status = (await ana.types("/release status payments")).text
    assert "✅ QA  Tom" in status and "· did not count: go of Bo" in status
    assert "did not count: go of Bo" in payments.reads("ana")
    assert "It did not count: by then that answer was for others to give." in bo.dm.reads("bo")
    record = (await ana.types("/release record payments")).text
    assert "Bo go, 16:05" in record
    assert "not among those who may answer by then, so it did not count" in record


@pytest.mark.once
async def test_who_plans_what_can_never_be_go_reads_so_at_once(story: Story) -> None:
    bo, tom = story.people("bo", "tom")
    signed = (SignOff("QA", people=frozenset({bo.id}), captain_may=False), SignOff("Ops", people=frozenset({tom.id})))
    await story.follows(replace(LIGHT, name="two", is_default=True, sign_offs=signed))
    seen = await bo.types("/release new payments 3.1 thu 15:00")
    kept = "⚠️ Nobody can say go for QA: its policy asks for Bo, and keeps whoever leads or deploys it from that."
    assert f"{kept}\n[Hand over]" in seen.text
    assert "[Hand over]" in (await bo.types("/release why payments")).text
    assert "Nobody can say go" not in (await story.people("ana")[0].types("/release new web 1.0 thu 16:00")).text


@pytest.mark.once
async def test_that_the_only_one_abstained_and_why_stands_on_the_card(story: Story) -> None:
    ana, bo, clara = story.people("ana", "bo", "clara")
    signed = (SignOff("QA", people=frozenset({bo.id})), SignOff("Ops", people=frozenset({clara.id})))
    await story.follows(replace(LIGHT, name="two", is_default=True, sign_offs=signed))
    await ana.types("/release new payments 3.1 thu 15:00")
    await bo.types("/release abstain payments no capacity")
    assert (
        "QA  one go — Bo abstained — “no capacity”, nobody is left who may give it" in story.room("#payments").reads()
    )
