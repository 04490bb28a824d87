"""Whoever leads a release hears in time that its go/no-go will close without a go: somebody can still be found."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.release.policy import LIGHT, Milestone, SignOff
from tests.story import Story

#: The rules alone: they are the same in every mode and on every database.
pytestmark = pytest.mark.once
SOON = "its go/no-go closes at 13:00"


async def two_sign_offs(story: Story) -> None:
    """QA and Operations say go, until two hours before T."""
    bo, tom = story.people("bo", "tom")
    signed = (SignOff("QA", people=frozenset({bo.id})), SignOff("Operations", people=frozenset({tom.id})))
    closes = Milestone(before=timedelta(hours=2))
    await story.follows(replace(LIGHT, name="two", is_default=True, sign_offs=signed, closes=closes))


async def test_half_an_hour_before_its_captain_reads_what_is_missing(story: Story) -> None:
    await two_sign_offs(story)
    ana, bo, tom = story.people("ana", "bo", "tom")
    await ana.types("/release new payments 3.1 today 15:00")
    await bo.types("/release go payments")
    await story.until("11:29")
    assert SOON not in ana.dm.reads("ana")
    await story.until("11:30")
    said = "payments 3.1: its go/no-go closes at 13:00 — waiting for Operations.\n    [Why?] [Remind them] [Extend]"
    assert said in ana.dm.reads("ana")
    await tom.types("/release go payments")
    assert SOON not in ana.dm.reads("ana"), "it is answered by then"


async def test_more_time_is_reminded_of_again(story: Story) -> None:
    await two_sign_offs(story)
    (ana,) = story.people("ana")
    await ana.types("/release new payments 3.1 today 15:00")
    await story.until("11:30")
    await ana.types("/release extend payments 1h")
    assert "payments 3.1: 🟡 Go/no-go open until 14:00 today" in ana.dm.reads("ana"), "the message is kept true"
    before = len(ana.dm.messages)
    await story.until("12:30")
    assert len(ana.dm.messages) == before + 1


async def test_who_has_every_go_hears_nothing(story: Story) -> None:
    await two_sign_offs(story)
    ana, bo, tom = story.people("ana", "bo", "tom")
    await ana.types("/release new payments 3.1 today 15:00")
    await bo.types("/release go payments")
    await tom.types("/release go payments")
    before = len(ana.dm.messages)
    await story.until("12:30")
    assert len(ana.dm.messages) == before


async def test_where_it_closes_as_the_deploy_begins_one_reminder_is_enough(story: Story) -> None:
    ana, _ = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 15:00")
    await story.until("13:55")
    assert "its go/no-go closes" not in ana.dm.reads("ana")
    assert "deploy is planned for 15:00, and it is not go." in ana.dm.reads("ana")
