"""What is shown to whom: the question suffices on a lock screen, a go says what it commits to, reasons stay inside."""

from dataclasses import replace
from datetime import timedelta

from bot.release.policy import LIGHT, Cover, SignOff
from tests.story import Story


async def test_a_question_suffices_on_a_lock_screen_and_says_what_a_go_commits_to(story: Story) -> None:
    ana, bo, clara = story.people("ana", "bo", "clara")
    payments = story.room("#payments")
    qa = SignOff("QA", people=frozenset({bo.id}))
    security = SignOff("Security", people=frozenset({clara.id}))
    await story.follows(replace(LIGHT, name="two", is_default=True, sign_offs=(qa, security), close="deadline"))
    await ana.types("/release new")
    await ana.submits(service="payments", version="2.14.0", when="in 9h", changes="faster refunds\na new ledger",
                      rollback_plan="redeploy 2.13.4")  # fmt: skip
    await story.advance(hours=6)
    asked = bo.dm.reads("bo")  # in New York
    first = next(line for line in asked.splitlines() if "payments 2.14.0" in line)
    assert "payments 2.14.0: your QA go/no-go by 12:00 today" in first.removeprefix("T-Minus: ")[:120]
    assert "Medium risk" in first.removeprefix("T-Minus: ")[:120]
    means = "Go means: what's in it and the rollback plan are fine by you."
    assert means in asked and means in payments.reads(), "before one says so"

    before = len(payments.threads())
    await bo.clicks("Go", in_="dm")
    assert "You said go for QA" in bo.dm.reads("bo") and "[Change to no-go]" in bo.dm.reads("bo")
    assert len(payments.threads()) == before, "a plain go stands on the card only"
    await bo.clicks("Change to no-go", in_="dm")
    await bo.submits(why="refunds go out twice")
    assert "Bo said no-go for QA (go before): “refunds go out twice”." in payments.threads()[-1]
    await bo.clicks("Change to go", in_="dm")
    assert "Bo said go for QA (no-go before)." in payments.threads()[-1]
    assert (await story.release("payments")).votes == {"bo": "go"}


async def test_a_go_commits_to_nothing_that_nobody_filled_in(story: Story) -> None:
    (ana,) = story.people("ana")
    payments = story.room("#payments")
    await ana.types("/release new payments 2.14.0 in 2h")
    assert "Go means" not in payments.reads()
    await ana.types("/release edit payments")
    await ana.submits(rollback_plan="redeploy 2.13.4")
    assert "Go means: the rollback plan is fine by you. Not written: what's in it." in payments.reads()


async def test_who_is_asked_reads_what_is_not_written(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    payments = story.room("#payments")
    qa = SignOff("QA", people=frozenset({bo.id}), covers=frozenset(Cover))
    await story.follows(replace(LIGHT, name="strict", is_default=True, sign_offs=(qa,), close="deadline"))
    await ana.types("/release new payments 2.14.0 in 9h")
    await story.advance(hours=6)
    said = "Go means: its time is fine by you. Not written: what's in it and the rollback plan."
    assert said in bo.dm.reads("bo") and said in payments.reads()
    await ana.types("/release edit payments")
    await ana.submits(changes="faster refunds", rollback_plan="redeploy 2.13.4")
    said = "Go means: what's in it, its time and the rollback plan are fine by you."
    assert said in bo.dm.reads("bo") and said in payments.reads()
    assert "Not written" not in payments.reads()


async def test_stakeholders_hear_the_outcome_and_never_a_vote_or_a_reason(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    told = story.room("#releases")
    await story.follows(
        replace(LIGHT, name="told", is_default=True, status_channels=(told.id,), close="deadline")
    )  # fmt: skip
    await ana.types("/release new payments 2.14.0 in 2h")
    await bo.types("/release no-go payments refunds go out twice")
    await bo.types("/release go payments")
    await story.advance(hours=2)
    await ana.types("/release deploy start payments")
    await ana.types("/release done payments")
    said = told.reads("ana")
    assert "payments 2.14.0 is live since" in said
    assert not any(word in said for word in ("twice", "no-go", "Bo", "said"))


async def test_the_longest_names_leave_room_for_the_question_and_stand_below_it(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    roles = (SignOff("Information Security and Compliance", people=frozenset({tom.id})), SignOff("Ops"))
    await story.follows(replace(LIGHT, name="long", is_default=True, sign_offs=roles, nudges=(timedelta(hours=2),)))
    service, version = "identity-" * 6 + "hub", "2026.12.01-rc.1+build." + "4" * 35
    await ana.types("/release new")
    await ana.submits(service=service, version=version, when="today 16:00")
    asked = tom.dm.reads("tom").removeprefix("T-Minus: ")
    assert "go/no-go by 16:00 today" in asked[:120], asked
    assert f"{service} {version}" in asked, "and in full"
    await story.until("13:05")
    reminder = tom.dm.reads("tom").split("T-Minus: ")[-1]
    assert "go/no-go, until 16:00 today" in reminder[:120], reminder


async def test_who_is_no_crew_reads_once_who_leads_it(story: Story) -> None:
    ana, finn = story.people("ana", "finn")
    await ana.types("/release new payments 2.14.0 today 16:00")
    seen = await finn.types("/release why REL-1", in_="#releases")
    assert "Who said what, and why, is for its crew" in seen.text
    assert seen.text.count("captain Ana") == 1
