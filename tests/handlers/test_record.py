"""The record reads as what was decided, on what and by whom; what is too much for a message is in its file."""

from dataclasses import replace
from datetime import timedelta

from bot.release.attached import Condition, Tick
from bot.release.decision import Result, Verdict
from bot.release.electorate import Electorate
from bot.release.events import Event
from bot.release.evidence import inputs
from bot.release.policy import LIGHT, Item, SignOff
from bot.release.release import Choice, Release, Vote
from bot.release.words import Said, words
from bot.sandbox.blockkit import check_blocks, text_of
from tests.handlers.office import ANA, BO, DORA, Office, said
from tests.storage.given import HOUR, MINUTE, NOW, an_open_one

QA = SignOff("QA", people=frozenset({BO, DORA}))


async def decided(office: Office, release: Release, *, kept: bool = True, **details: object) -> Release:
    """Store it with the record of its go, as of now; `kept`: with what it was based on."""
    eligible = {one.role: one.people for one in release.sign_offs}
    based = inputs(release, Electorate(eligible), Verdict(Result.GO), office.clock.now())
    stored = await office.has(release)
    plain = {"result": "go", "round": 1} | ({"inputs": based} if kept else {}) | details
    await office.has_record(stored, Event(name="decided", at=NOW, by=None, said=("Go",), details=plain))
    return stored


def a_go(user: str, release: Release, role: str = "QA", choice: Choice = Choice.GO, **fields: object) -> Vote:
    sign_off = release.sign_off(role)
    assert sign_off is not None
    vote = Vote(user, choice, NOW, 1, role, release.fingerprint(sign_off.covers), path="button")
    return replace(vote, **fields)  # type: ignore[arg-type]  # fields of a vote


async def test_it_says_how_each_vote_counted_what_it_depended_on_and_the_checklist(office: Office) -> None:
    items = (Item("book", "Runbook is updated", frozenset()), Item("flag", "Flag is off", frozenset()))
    release = an_open_one(office.workspace, policy=replace(LIGHT, sign_offs=(QA,), checklist=items))
    release.votes = [
        a_go(BO, release, choice=Choice.GO_IF, why="the smoke test is green"),
        a_go(DORA, release, kept=True, fingerprint="old", cast_by=ANA, why="https://example.com/mail/1"),
    ]
    release.conditions = [
        Condition(1, 1, BO, NOW, "QA", "the smoke test is green", ANA, NOW + HOUR, "met", NOW + MINUTE, ANA)
    ]
    release.ticks = {"book": Tick(ANA, NOW, True)}
    await decided(office, release)
    answer = await office.types(BO, "record")
    assert answer.message is not None
    text = said(answer.message["blocks"])
    assert "QA  needs 1 go, 2 people may give it · content " in text
    assert "❔ Bo go-if, Tue 1 Dec 10:00 (Berlin) by button: “the smoke test is green”" in text
    assert "✅ Dora (Ana said it) go" in text and "kept from an earlier round" in text
    assert "on another content, so it did not count" in text
    assert "❔ Bo, go if “the smoke test is green”: Ana, by Tue 1 Dec 11:00 (Berlin) — met" in text
    assert "☑ Runbook is updated — Ana" in text and "☐ Flag is off" in text
    assert "1 entry, head " in text


async def test_however_many_voted_the_message_stays_one_and_says_what_is_in_the_file(office: Office) -> None:
    people = [f"U{number:03}" for number in range(240)]
    roles = [f"Sign-off number {number}" for number in range(12)]
    sign_offs = tuple(SignOff(role, 20, people=frozenset(people)) for role in roles)
    release = an_open_one(office.workspace, policy=replace(LIGHT, sign_offs=sign_offs))
    release.votes = [
        a_go(user, release, roles[number % 12], why="x" * 3_000, kept=True, at=NOW + timedelta(seconds=number))
        for number, user in enumerate(people)
    ]
    await decided(office, release)
    answer = await office.types(BO, "record")
    assert answer.message is not None
    blocks = answer.message["blocks"]
    assert check_blocks(blocks, "message") == []
    assert len(blocks) <= 50 and text_of(blocks) <= 10_000
    text = said(blocks)
    assert "and 220 more votes; the file has them all" in text and "Sign-off number 11" in text
    assert all(f"U{number:03}".removeprefix("U") in text for number in range(20)), "none is left out unsaid"


async def test_many_rounds_are_told_shortly_and_an_override_with_its_reason(office: Office) -> None:
    release = await decided(office, an_open_one(office.workspace))
    again = [
        Event(name="decided", at=NOW + number * MINUTE, by=None, said=words("No-go: ", Said(f"reason {number}")),
              details={"result": "no-go"})
        for number in range(8)
    ]  # fmt: skip
    over = Event(name="overridden", at=NOW + HOUR, by=ANA, said=("overrode QA (no answer)",), why="prod is down")
    await office.has_record(release, *again, over)
    answer = await office.types(BO, "record REL-1")
    assert answer.message is not None
    text = said(answer.message["blocks"])
    assert "⚠️ Go by override: Ana overrode QA (no answer): “prod is down” — Tue 1 Dec 11:00 (Berlin)" in text
    assert "What it was based on was not kept by the version of T-Minus that recorded it." in text
    assert "🛑 No-go: reason 7" in text and "reason 2" not in text
    assert "and 4 before that; the file has them all" in text
