"""Who leads a release is called where too few are left who can give a sign-off in time: once, whatever led to it."""

from dataclasses import replace

import pytest

from bot.release.policy import LIGHT, SignOff
from tests.story import Story

#: The rules alone: they are the same in every mode and on every database.
pytestmark = pytest.mark.once
TOO_FEW = "too few are left who can answer"


async def test_two_gos_are_needed_and_one_person_counts_once_also_as_a_delegate(story: Story) -> None:
    """Bo and Tom both have to say go; Bo is away and names Tom, whose one answer counts once."""
    ana, bo, tom = story.people("ana", "bo", "tom")
    both = SignOff("QA", needs=2, people=frozenset({bo.id, tom.id}), delegates=True)
    await story.follows(replace(LIGHT, name="two", is_default=True, sign_offs=(both,)))
    await ana.types("/release new payments 3.1 today 15:00")
    await bo.types("/release away until fri 9:00 @tom")
    assert "too few are left who can answer" in " ".join(story.room("#payments").threads())


async def test_whoever_has_answered_is_not_said_to_answer_for_another(story: Story) -> None:
    """Tom's own go is in: pressing Go for Bo he reads “One person counts once”, and everybody else “(Tom answers)”."""
    ana, bo, tom = story.people("ana", "bo", "tom")
    both = SignOff("QA", needs=2, people=frozenset({bo.id, tom.id}), delegates=True)
    await story.follows(replace(LIGHT, name="two", is_default=True, sign_offs=(both,)))
    await ana.types("/release new payments 3.1 today 15:00")
    await bo.types("/release away until fri 9:00 @tom")
    seen = await tom.types("/release go payments")
    await tom.clicks("Go for me", on=seen.message)
    assert "Bo (Tom answers)" not in story.room("#payments").reads()


async def test_a_captain_is_called_once_for_one_absence(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    qa = SignOff("QA", people=frozenset({bo.id}))
    await story.follows(replace(LIGHT, name="qa", is_default=True, sign_offs=(qa,)))
    await ana.types("/release new payments 3.1 today 15:00")
    await bo.types("/release away until fri 9:00")
    await bo.types("/release away until fri 10:00")  # a slip is put right
    assert " ".join(story.room("#payments").threads()).count("too few are left") == 1


async def test_whoever_goes_away_while_it_is_on_hold_is_missed_when_it_goes_on(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    qa = SignOff("QA", people=frozenset({bo.id}))
    await story.follows(replace(LIGHT, name="qa", is_default=True, sign_offs=(qa,)))
    await ana.types("/release new payments 3.1 today 15:00")
    await ana.types("/release hold payments incident")
    await bo.types("/release away until fri 9:00")
    await ana.types("/release resume payments")
    assert "too few are left" in " ".join(story.room("#payments").threads())


async def test_whoever_will_be_back_too_late_for_a_nearer_time_is_missed(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await story.follows(
        replace(LIGHT, name="qa", is_default=True, sign_offs=(SignOff("QA", people=frozenset({bo.id})),))
    )
    await ana.types("/release new payments 3.1 today 22:00")
    await bo.types("/release away until today 8:00")
    threads = story.room("#payments").threads
    assert TOO_FEW not in " ".join(threads())
    await ana.types("/release reschedule payments today 12:00")
    assert " ".join(threads()).count(TOO_FEW) == 1
    await ana.types("/release reschedule payments today 11:00")
    assert " ".join(threads()).count(TOO_FEW) == 1, "nothing is new"
