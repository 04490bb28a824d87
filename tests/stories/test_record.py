"""The evidence of a decision is at hand: to read, and as a file that anybody can check without T-Minus's database."""

import asyncio
import base64
import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from bot.cli import cli
from bot.command_line import Unusable
from bot.erasing import Erased, erase, preview
from bot.release.policy import LIGHT, SignOff
from bot.release.record import check
from bot.settings import load_local_settings
from tests.story import Story


def files(story: Story) -> list[str]:
    """What was uploaded and shared, as text, the oldest first."""
    shared = [file for file in story.box.workspace.files.values() if file["shared"]]
    return [base64.b64decode(file["content"]).decode() for file in shared]


def cards(story: Story) -> str:
    """What #payments shows, without what was said once."""
    said = f"\n{story.room('#payments').reads('ana')}".split("\nT-Minus")
    return "\n".join(one.split("\n  ↳")[0] for one in said if not one.startswith(" ("))


@pytest.mark.everywhere
async def test_a_decision_is_read_at_once_and_comes_as_a_file_that_proves_itself(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    payments = story.room("#payments")
    await ana.types("/release new payments 2.14.0 in 3h")
    await tom.types("/release no-go scan is red")
    await bo.types("/release go")
    await tom.types("/release go")

    seen = await ana.types("/release record")
    assert "payments 2.14.0   REL-1 · the record" in seen.text
    assert "✅ Go — 09:00 today" in seen.text and "Round 1 · light v1 policy · content " in seen.text
    assert "✅ Bo go, 09:00 today by command" in seen.text and "✅ Tom go, 09:00 today by command" in seen.text
    assert "REL-1 payments 2.14.0: the record" in ana.dm.reads()
    [said] = [line for line in payments.threads() if "payments 2.14.0: go." in line]

    [file] = files(story)
    report = check(file)
    assert report.problems == []
    assert any("payments 2.14.0 (production), round 1, policy light v1: go" in line for line in report.lines)
    assert "scan is red" in file
    assert "Record: 6 entries, head " in payments.reads(), said
    announced = payments.reads().split("head ")[1].split()[0].strip("`")
    assert check(file, announced).problems == []
    changed = json.loads(file)
    changed["entries"][2]["text"]["why"] = "scan is green"
    assert check(json.dumps(changed, indent=1, sort_keys=True) + "\n").problems == [
        "Entry 3: its text is not what was said."
    ]


async def test_a_person_is_erased_and_the_record_still_proves_itself(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await ana.types("/release new payments 2.14.0 in 3h")
    await tom.types("/release no-go my daughter is ill")
    await ana.types("/release poll close")
    announced = story.room("#payments").reads().split("head ")[1].split()[0]
    settings = load_local_settings({"DATABASE_URL": story.database_url})
    assert await preview(settings, tom.id) == Erased("Tom", 1)
    assert "my daughter is ill" in (await bo.types("/release status")).text, "so far nothing has happened"
    assert await erase(settings, tom.id) == Erased("Tom", 1)
    with pytest.raises(Unusable, match="Nobody with the id U404 is known here"):
        await erase(settings, "U404")
    seen = await bo.types("/release record payments 2.14.0")
    assert "🛑 No-go: " in seen.text and "my daughter" not in seen.text
    [file] = files(story)
    assert "my daughter" not in file
    assert check(file, announced).problems == []
    assert any("no-go" in line and "says the same" in line for line in check(file).lines)


async def test_cards_say_nothing_more_of_who_was_erased_and_only_once_is_there_something_to_erase(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await ana.types("/release new payments 2.14.0 in 3h")
    await tom.types("/release no-go my daughter is ill")
    await bo.types("/release new payments 2.15.0 in 5h")
    await bo.types("/release new web 7.1 in 5h")
    await bo.types(f"/release captain payments 2.15.0 <@{tom.id}>")
    assert "Tom: “my daughter is ill”" in cards(story) and "captain Tom" in cards(story)
    assert "waiting for one go from Ana, Clara, Eve or Tom" in cards(story)

    settings = load_local_settings({"DATABASE_URL": story.database_url})
    assert (await preview(settings, tom.id)).is_something
    first = await erase(settings, tom.id)
    await story.quiet()
    assert "my daughter" not in cards(story)
    assert "Tom" not in cards(story) and "captain Erased person" in cards(story)
    assert first.is_something
    assert await preview(settings, tom.id) == Erased("Erased person", 0)
    again = await erase(settings, tom.id)
    assert again == Erased("Erased person", 0) and not again.is_something
    for more in ((), ("--yes",)):
        typed = ["erase", tom.id, *more]
        said = await asyncio.to_thread(CliRunner().invoke, cli, typed, env={"DATABASE_URL": story.database_url})
        assert said.output == f"Nothing is left to erase of {tom.id}: the name and all words of theirs are gone.\n"


async def test_before_anything_is_decided_there_is_a_record_too_and_a_later_round_is_told_first(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await ana.types("/release new payments 2.14.0 in 3h")
    assert "Nothing has been decided yet." in (await bo.types("/release evidence")).text
    await tom.types("/release no-go scan is red")
    await ana.types("/release poll close")
    await ana.types("/release poll")
    seen = (await bo.types("/release record")).text
    assert seen.index("Now: 🟡 Go/no-go open until") < seen.index("🛑 No-go: Tom: “scan is red” — ")
    await tom.types("/release go")
    seen = (await bo.types("@T-Minus record")).text
    assert seen.index("✅ Go — ") < seen.index("Before that") < seen.index("🛑 No-go: Tom: “scan is red” — ")
    assert "Round 2 · light v1 policy" in seen
    assert len(files(story)) == 3
    assert all(check(file).problems == [] for file in files(story))


async def test_a_release_of_a_private_channel_has_no_record_for_others(story: Story) -> None:
    ana, eve = story.people("ana", "eve")
    await ana.types("/release new payments 2.14.0 in 3h", in_="#secret-launch")
    seen = await eve.types("/release record REL-1", in_="#payments")
    assert "2.14.0" not in seen.text
    assert files(story) == []


async def test_an_upload_that_fails_before_anybody_sees_it_is_made_again(story: Story) -> None:
    (ana,) = story.people("ana")
    story.box.faults.add("files.getUploadURLExternal", "drop_after")
    story.box.faults.add("files.getUploadURLExternal", "rate_limited")
    await ana.types("/release new payments 2.14.0 in 3h")
    await ana.types("/release record")
    [file] = files(story)
    assert check(file).problems == []


async def test_an_upload_that_may_have_arrived_is_not_made_again_unasked(story: Story) -> None:
    (ana,) = story.people("ana")
    story.box.faults.add("files.completeUploadExternal", "drop_after")
    story.endings.may_stay_undelivered("ambiguous")
    await ana.types("/release new payments 2.14.0 in 3h")
    await ana.types("/release record")
    await story.advance(hours=1)
    assert len(files(story)) == 1
    health = await ana.types("/release health")
    assert "A file" in health.text and "may have arrived" in health.text
    await ana.clicks("Send again", on=health.message)
    assert len(files(story)) == 2


async def test_the_record_counts_those_who_might_have_given_it(story: Story) -> None:
    """Five are in the channel, and its captain is one of them."""
    ana, bo = story.people("ana", "bo")
    shown = (await ana.types("/release new payments 3.1 today 10:00")).text
    assert "waiting for one go from Bo, Clara, Eve or Tom" in shown
    await bo.types("/release go payments")
    assert "needs 1 go, 4 people may give it" in (await ana.types("/release record payments")).text


@pytest.mark.once
async def test_who_planned_a_release_and_says_go_once_somebody_else_leads_it_is_named_so(story: Story) -> None:
    """Light policies let them: nobody shall read that go as a second pair of eyes."""
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 in 3h")
    await ana.types("/release captain payments @bo")
    await ana.types("/release go payments")
    assert "✅ Sign-off  Ana (planned it) 09:00" in story.room("#payments").reads()
    record = (await bo.types("/release record")).text
    assert "✅ Ana go, 03:00 today by command · planned this release" in record


@pytest.mark.once
async def test_a_record_says_who_did_not_answer_and_what_came_in_a_direct_message(story: Story) -> None:
    ana, bo, clara = story.people("ana", "bo", "clara")
    signed = (SignOff("QA", people=frozenset({bo.id})), SignOff("Ops", people=frozenset({clara.id})))
    await story.follows(replace(LIGHT, name="two", is_default=True, sign_offs=signed))
    await ana.types("/release new payments 3.1 today 15:00")
    await bo.types("go payments", in_="dm")
    await story.until("15:01")
    record = (await ana.types("/release record payments")).text
    assert "✅ Bo go for QA, 09:00 today by direct message" in record
    ops, qa = (next(row for row in record.split("\n") if row.startswith(role)) for role in ("Ops", "QA"))
    assert ops.endswith(" · nobody answered") and "nobody answered" not in qa


async def test_a_record_says_what_became_of_it_and_who_reviewed_an_override(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    qa = SignOff("QA", people=frozenset({story.people("bo")[0].id}))
    await story.follows(replace(LIGHT, name="qa", is_default=True, sign_offs=(qa,)))
    await ana.types("/release new payments 3.1 in 30m")
    await ana.types("/release override payments production is down")
    await ana.submits(skip0=["0"])
    await ana.types("/release shipped payments")
    await tom.types("/release review done payments agreed")
    record = (await ana.types("/release record payments")).text
    assert "What became of it\nAna started the deploy — 09:00 today\n" in record
    assert "Tom reviewed the override: “agreed” — 09:00 today" in record
