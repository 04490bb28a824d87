"""Who may see a release and act on it: rights are checked at the click, by ids, on every path."""

import re

import pytest

from bot.release.policy import Policy, SignOff
from tests.story import Story

SECRETS = re.compile(r"apollo|REL-1\b|secret-launch|\bBo\b|\bAna\b|private")


@pytest.mark.everywhere
async def test_a_private_channels_release_does_not_exist_for_others(story: Story) -> None:
    ana, bo, tom, clara = story.people("ana", "bo", "tom", "clara")
    await ana.types("/release new apollo 9.0 tomorrow 14:00", in_="#secret-launch")
    assert "Go/no-go open" in story.room("#secret-launch").reads("bo")

    told = []
    for line in ("", "list", "status", "why", "status apollo", "why apollo 9.0", "go apollo", "no-go apollo because",
                 "hold apollo because", "cancel apollo because", "take-over apollo", "deploy start apollo",
                 "rollback apollo", "reschedule apollo fri 3pm", "poll close apollo", "extend apollo 1h"):  # fmt: skip
        told.append((line, (await tom.types(f"/release {line}")).text))
        told.append((line, (await clara.types(f"@T-Minus {line or 'list'}")).text))
        told.append((line, (await tom.types(line or "list", in_="dm")).text))
    for line, text in told:
        assert not SECRETS.search(text.replace(line, "")), f"{line!r} tells: {text}"
    await tom.opens_home()
    assert not SECRETS.search(tom.reads("home"))
    await bo.opens_home()
    assert "apollo 9.0" in bo.reads("home"), "where it waits for Bo"
    seen = await tom.types("/release status REL-1")
    assert "There is no REL-1 here" in seen.text, "as for any number that was never given"
    assert seen.text.replace("REL-1", "REL-99") == (await tom.types("/release status REL-99")).text

    await bo.clicks("Go", on="home")
    await story.advance(days=3)
    for room in ("#payments", "#releases", "#general"):
        said = [one["text"] for one in story.room(room).messages if story.is_bots(one)]
        assert not [text for text in said if SECRETS.search(text)]
    stand = await story.release("apollo")
    assert stand.votes == {"bo": "go"}, "the only one who may has voted; nobody else's line did anything"
    assert "apollo 9.0" in (await bo.types("status apollo", in_="dm")).text, "its members reach it from anywhere"


@pytest.mark.everywhere
async def test_two_people_and_nothing_configured(story: Story) -> None:
    tom, ana = story.people("tom", "ana")
    duo = story.room("#duo")
    await tom.types("/release new landing 1.0 in 2h", in_="#duo")
    seen = await tom.clicks("Go", in_="#duo")
    assert "You are the captain" in seen.text and "somebody else" in seen.text
    seen = await ana.clicks("Go", in_="dm")
    assert "You said go" in seen.text and "It's go." in seen.text
    await tom.clicks("Start deploy", in_="#duo")
    await story.advance(minutes=5)
    await tom.clicks("Done", in_="#duo")
    assert "landing 1.0 is live since 09:05, 1 h 55 min early" in duo.reads("ana")
    assert (await story.release("landing")).state == "released", "no monitoring time: straight to released"
    visible = [one for one in duo.messages if "thread_ts" not in one or one.get("subtype") == "thread_broadcast"]
    assert len([one for one in visible if story.is_bots(one)]) <= 4 + 1, "the card, and at most four posts"


async def test_a_team_of_one_approves_itself_on_the_record(story: Story) -> None:
    tom, ana = story.people("tom", "ana")
    await ana.leaves("#duo")
    await story.quiet()
    await tom.types("/release new landing 1.0 in 2h", in_="#duo")
    seen = await tom.clicks("Go", in_="#duo")
    assert "It's go." in seen.text
    assert "self-approval" in story.room("#duo").reads("tom")
    assert (await story.release("landing")).votes == {"tom": "go"}


@pytest.mark.everywhere
async def test_a_person_of_another_workspace_clicks(story: Story) -> None:
    """Fay shares #payments through Slack Connect: she sees the card, and moves nothing."""
    ana, fay = story.people("ana", "fay")
    await ana.types("/release new payments 2.14.0 tomorrow 14:00")
    for label in ("Go", "No-go", "Why?", "Hold", "Edit"):
        seen = await fay.clicks(label, in_="#payments")
        assert "You belong to another workspace" in seen.text, label
    assert "You belong to another workspace" in (await fay.types("@T-Minus go payments")).text
    stand = await story.release("payments")
    assert (stand.state, stand.votes, stand.history) == ("open", {}, ["planned", "poll_opened"])


async def test_an_organisation_of_several_workspaces(story: Story) -> None:
    """On Grid a full member is one of the organisation, whichever workspace was theirs first; strangers are not."""
    story.box.workspace.team.enterprise_id = "E0HARBOUR"
    for handle, first in (("greta", "T0SECOND"), ("otto", "E0HARBOUR")):
        hired = story.box.hire(handle, handle.capitalize(), rooms=["#payments"])
        hired.user.team_id, hired.user.enterprise_id = first, "E0HARBOUR"
        story.box.workspace.save_user(hired.user)
    await story.restarts()
    ana, greta, otto, fay = story.people("ana", "greta", "otto", "fay")
    await ana.types("/release new payments 2.14.0 tomorrow 14:00")
    assert "payments 2.14.0 is not go yet" in (await greta.types("/release why")).text
    assert "payments 2.14.0 is not go yet" in (await greta.types("@T-Minus why")).text
    assert "You said go" in (await greta.clicks("Go", in_="#payments")).text
    assert "is on hold" in (await otto.types("/release hold lunch")).text
    for seen in (await fay.clicks("Resume", in_="#payments"), await fay.types("@T-Minus resume payments")):
        assert "You belong to another workspace" in seen.text
    assert (await story.release("payments")).votes == {"greta": "go"}


async def test_a_guest_reads_and_does_not_act(story: Story) -> None:
    tom, gus, eve = story.people("tom", "gus", "eve")
    await tom.types("/release new api 1.0 tomorrow 12:00", in_="#general")
    for label in ("Go", "Hold", "Edit"):
        assert "guests can't" in (await gus.clicks(label, in_="#general")).text
    assert "guests can't" in (await gus.types("/release go api", in_="#general")).text
    assert "guests can't" in (await gus.types("/release new web 1.0 tomorrow", in_="#general")).text
    await eve.changes(is_restricted=True)
    assert "guests can't" in (await eve.types("/release go api", in_="#general")).text, "since a moment ago"
    assert (await story.release("api")).votes == {}
    assert not await story.has_release("web 1.0")


async def test_a_captain_who_leaves_the_workspace_is_replaced(story: Story) -> None:
    """The channel and the admins are asked once, however often Slack says it."""
    ana, tom = story.people("ana", "tom")
    payments = story.room("#payments")
    await tom.types("/release new payments 2.14.0 in 3h")
    await tom.changes(deleted=True)
    await story.quiet()
    await tom.changes(deleted=True)
    await story.quiet()
    asked = "(to channel): payments 2.14.0 has lost its captain: Tom left this workspace."
    assert payments.reads("bo").count(asked) == 2, "in the thread and in the channel"
    assert ana.dm.reads("ana").count("has lost its captain") == 1
    await ana.clicks("Take over", in_="dm")
    assert (await story.release("payments 2.14.0")).captain == "ana"


async def test_a_go_given_alone_still_counts_at_the_deadline(story: Story) -> None:
    """Nobody clicks then, so the list of members is older than when it was given; who joined meanwhile undoes it."""
    ana, tom = story.people("ana", "tom")
    alone = SignOff("Sign-off", whole_channel=True, captain_may=False, alone_may=True)
    slow = Policy(name="slow", is_default=True, close="deadline", sign_offs=(alone,))
    await story.follows(slow)
    await tom.leaves("#duo")
    await story.quiet()
    for version in ("1.0", "2.0"):
        await ana.types(f"/release new web {version} in {version[0]}h", in_="#duo")
        await ana.types(f"/release go web {version}", in_="#duo")
    await story.advance(hours=1, minutes=1)
    assert (await story.release("web 1.0")).state == "approved"
    await tom.joins("#duo")
    await story.advance(hours=1)
    assert (await story.release("web 2.0")).stopped == "no decision"


async def test_who_leaves_a_private_channel_reads_no_more_of_its_release(story: Story) -> None:
    """Bo was asked while he was there; what becomes of it is not written into his message any more."""
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new apollo 9.0 in 3h", in_="#secret-launch")
    assert "apollo 9.0: your go/no-go" in bo.dm.reads("bo")
    await bo.leaves("#secret-launch")
    await ana.types("/release hold apollo the board says no", in_="#secret-launch")
    assert not SECRETS.search(bo.dm.reads("bo").replace("private to its channel", ""))
    assert "you are not there any more" in bo.dm.reads("bo")


async def test_votes_and_reasons_are_for_the_crew(story: Story) -> None:
    """Finn reads broadcasts: he is in #releases, and in no way of the crew of what is released in #payments."""
    ana, bo, finn = story.people("ana", "bo", "finn")
    await ana.types("/release new payments 2.14.0 in 2h")
    await bo.types("/release no-go the ledger is red")
    await ana.types("/release poll close")
    for verb in ("status", "why", "history", "record", "timeline", "more"):
        for who, reads in ((bo, True), (finn, False)):
            seen = (await who.types(f"/release {verb} REL-1", in_="#releases")).text
            assert "payments 2.14.0" in seen and ("the ledger is red" in seen) is reads, verb
    seen = (await finn.types("/release why REL-1", in_="#releases")).text
    assert "🛑 No-go" in seen and "is for its crew: that is who is in #payments" in seen
    await finn.opens_home()
    assert "payments 2.14.0" in finn.reads("home") and "the ledger is red" not in finn.reads("home")
    assert "the ledger is red" not in (await finn.types("/release calendar", in_="#releases")).text
    assert finn.dm.reads() == ""
