"""The audit log tells what happened, shows every change to itself, and outlives the erasing of a person."""

from dataclasses import replace

import pytest
from sqlalchemy import delete, update

from bot.release.attached import Condition, LateChange, Override
from bot.release.chain import broken
from bot.release.events import Event
from bot.release.release import Choice, Part
from bot.release.words import Said, Who, to_data, words
from storage import Store
from storage.decision_tables import conditions, edits, late_changes, reviews
from storage.tables import audit, audit_texts, people, release_parts, releases, retro_answers, rounds, votes
from storage.work import Work
from tests.storage.given import HOUR, NOW, Do, a_release, a_vote, an_open_one


def event(name: str, by: str | None = "UANA", why: str = "", **details: object) -> Event:
    return Event(name=name, at=NOW, by=by, said=words(f"{name} ", Said("payments")), why=why, details=details)


@pytest.fixture
async def release(workspace: int, write: Do) -> int:
    def make(work: Work) -> int:
        made = work.releases.add(a_release(workspace))
        work.audit.append(made, [event("planned"), event("poll_opened", None)], by_path="command", key="k1")
        return made.id

    made: int = await write(make)
    return made


async def more(write: Do, release: int, *events: Event) -> None:
    def append(work: Work) -> None:
        found = work.releases.lock(release)
        assert found is not None
        work.audit.append(found, list(events), by_path="button", key="k2")

    await write(append)


async def test_the_tail_says_who_did_what_by_which_path_under_which_rules(write: Do, read: Do, release: int) -> None:
    await more(write, release, event("voted", "UBO", "scan is red", choice="no-go", closes_at=NOW))
    rows = await read(lambda work: work.audit.tail(release, 2))
    assert [(row.seq, row.name, row.by, row.why, row.path) for row in rows] == [
        (2, "poll_opened", None, "", "command"),
        (3, "voted", "UBO", "scan is red", "button"),
    ]
    assert rows[1].said == words("voted ", Said("payments"))
    assert (rows[1].at, rows[1].rules) == (NOW, "light v1")
    assert rows[1].details == {"choice": "no-go", "closes_at": "2026-12-01T09:00:00+00:00"}
    assert await read(lambda work: work.audit.verify(release)) == []


TAMPERING = {
    "a changed name": (update(audit).where(audit.c.seq == 2).values(name="cancelled"), "2: its columns"),
    "changed bytes": (update(audit).where(audit.c.seq == 2).values(body="not JSON"), "2: its hash"),
    "a removed row": (None, "3: rows from 2 on are missing"),
    "a changed reason": (update(audit_texts).where(audit_texts.c.user_id == "UBO").values(why="fine"), "3: its text"),
    "a removed text": (delete(audit_texts).where(audit_texts.c.user_id == "UBO"), "3: its text is missing"),
}


@pytest.mark.parametrize("how", TAMPERING)
async def test_tampering_shows(write: Do, read: Do, release: int, how: str) -> None:
    await more(write, release, event("voted", "UBO", "scan is red"), event("held"))
    statement, expected = TAMPERING[how]

    def tamper(work: Work) -> None:
        if statement is not None:
            work.conn.execute(statement)
            return
        row = work.audit.tail(release, 10)[1]
        two = audit.c.seq == row.seq
        ids = work.conn.execute(audit.select().where(two)).scalars().all()
        work.conn.execute(delete(audit_texts).where(audit_texts.c.audit_id.in_(ids)))
        work.conn.execute(delete(audit).where(two))

    await write(tamper)
    problems = await read(lambda work: work.audit.verify(release))
    assert any(problem.startswith(expected) for problem in problems), problems


async def test_a_chain_is_known_by_its_head_and_can_be_taken_elsewhere_whole(
    write: Do, read: Do, release: int, workspace: int
) -> None:
    before = await read(lambda work: work.audit.head(release))
    await more(write, release, event("voted", "UBO", "scan is red"), event("decided", result="go"))
    entries = await read(lambda work: work.audit.entries(release))
    assert [entry.seq for entry in entries] == [1, 2, 3, 4]
    assert before == (2, entries[1].hash)
    assert await read(lambda work: work.audit.head(release)) == (4, entries[3].hash)
    assert broken(entries) == []
    assert [row.details for row in await read(lambda work: work.audit.named(release, {"decided"}))] == [
        {"result": "go"}
    ]
    other = await write(lambda work: work.releases.add(a_release(workspace, "other")).id)
    assert await read(lambda work: (work.audit.head(other), work.audit.entries(other))) == ((0, ""), [])


async def test_what_happens_to_the_workspace_has_a_chain_of_its_own(write: Do, read: Do, release: int) -> None:
    await write(lambda work: work.audit.note("admin_added", "UANA", "setup", {"user": "UBO"}))
    await write(lambda work: work.audit.note("policy_applied", None, "command line", {"policy": "team v2"}))
    rows = await read(lambda work: work.audit.tail(None, 5))
    assert [(row.seq, row.name, row.by, row.details) for row in rows] == [
        (1, "admin_added", "UANA", {"user": "UBO"}),
        (2, "policy_applied", None, {"policy": "team v2"}),
    ]
    assert await read(lambda work: work.audit.verify(None)) == []
    assert await read(lambda work: [row.seq for row in work.audit.tail(release, 5)]) == [1, 2]


async def test_an_erased_person_is_nowhere_and_the_chain_still_verifies(
    store: Store, workspace: int, write: Do, read: Do
) -> None:
    secret = "my daughter is ill"

    def live(work: Work) -> int:
        release = an_open_one(
            workspace,
            votes=[a_vote("UBO", Choice.NO_GO, why=secret), a_vote("UCLARA", why="fine")],
            held_by="UBO",
            held_why=secret,
            rollback_why=secret,
            parts=[Part("payments", "2.14.0", failed_why=secret, back_why=secret)],
            stopped_said=words("QA (", Who("UBO"), "): ", Said(secret)),
        )
        assert release.round is not None
        quoted = to_data(words(Who("UBO"), ": ", Said(secret)))
        release.round.causes = [{"kind": "no_go", "said": quoted, "short": quoted}]
        work.releases.add(release)
        quoted = Event(name="decided", at=NOW, by=None, said=words("No-go: ", Said(secret)))
        work.audit.append(
            release, [event("voted", "UBO", secret), event("voted", "UCLARA", "fine"), quoted], by_path="b", key="k"
        )
        work.retros.put_answer(release.id, "UBO", secret, secret, secret, NOW)
        work.retros.add_action(release.id, secret, "UCLARA", NOW.date(), "UBO", NOW)
        work.roles.add_admin("UBO", "UANA", NOW)
        return release.id

    release = await write(live)
    assert await write(lambda work: work.erase("UBO", by="UANA", path="command")) == 1
    assert await write(lambda work: work.erase("UBO")) == 0, "may be repeated, and nothing is left"

    def remains(work: Work) -> str:
        tables = (votes, releases, release_parts, rounds, audit, audit_texts, retro_answers, people)
        rows = [row for table in tables for row in work.conn.execute(table.select())]
        return f"{rows}{work.retros.actions(release)}"

    assert secret not in await read(remains)
    found = await read(lambda work: work.releases.get(release))
    assert [(vote.user, vote.choice.value, vote.why) for vote in found.votes] == [
        ("UBO", "no-go", ""),
        ("UCLARA", "go", "fine"),
    ]
    assert found.stopped_said == words("QA (", Who("UBO"), "): ", Said("[erased]"))
    assert await read(lambda work: work.audit.verify(release)) == []
    assert await read(lambda work: work.roles.admins()) == frozenset()
    assert [row.name for row in await read(lambda work: work.audit.tail(None, 9))] == ["person_erased"] * 2


async def test_an_erased_person_s_part_in_decisions_is_gone(workspace: int, write: Do, read: Do) -> None:
    secret, fine = "my daughter is ill", "smoke test green"

    def live(work: Work) -> int:
        go_if = replace(a_vote("UCLARA", Choice.GO_IF, why=secret), cast_by="UBO")
        release = an_open_one(
            workspace,
            votes=[go_if],
            conditions=[
                Condition(1, 1, "UBO", NOW, "Go", secret, "UCLARA", NOW),
                Condition(2, 1, "UCLARA", NOW, "Go", secret, "UBO", NOW),
                Condition(3, 1, "UCLARA", NOW, "Go", fine, "UCLARA", NOW),
            ],
            late=LateChange(1, "UBO", NOW, secret, {"changes": secret}, 0),
            override=Override("UBO", NOW, secret, (("missing", "Go"),)),
        )
        work.releases.add(release)
        its = work.decisions
        its.add_edit(release.id, 1, {"changes": ("refunds", secret)}, "UBO")
        its.add_edit(release.id, 2, {"changes": (secret, "fees")}, "UCLARA")
        assert its.close_review(its.add_review(release.id, NOW.date(), "UANA"), "UBO", secret)
        its.set_away("UBO", NOW + HOUR, "UCLARA")
        its.set_away("UCLARA", NOW + HOUR, "UBO")
        for_her = replace(event("voted", "UBO", secret), whose="UCLARA")
        hers = replace(event("condition_set", "UCLARA", fine), said=words("go if ", Said(secret)))
        work.audit.append(release, [for_her, hers], by_path="button", key="k")
        return release.id

    release = await write(live)
    assert await write(lambda work: work.erase("UBO")) == 1
    assert await write(lambda work: work.erase("UBO")) == 0, "may be repeated, and nothing is left"

    def remains(work: Work) -> str:
        tables = (votes, releases, audit, audit_texts, conditions, late_changes, reviews, edits)
        return f"{[row for table in tables for row in work.conn.execute(table.select())]}"

    assert secret not in await read(remains)
    found = await read(lambda work: work.releases.get(release))
    assert [condition.text for condition in found.conditions] == ["[erased]", "[erased]", fine]
    assert (found.override.why, found.override.skipped) == ("", (("missing", "Go"),))
    assert [(edit.before, edit.after) for edit in await read(lambda work: work.decisions.edits(release))] == [
        ("[erased]", "[erased]"),
        ("[erased]", "fees"),
    ]
    attention = await read(lambda work: work.decisions.attention(["UBO", "UCLARA"]))
    assert {user: known.delegate for user, known in attention.items()} == {"UCLARA": None}
    assert [row.why for row in await read(lambda work: work.audit.tail(release, 5))] == ["", fine]
    assert await read(lambda work: work.audit.verify(release)) == []


async def test_who_is_spoken_for_may_have_it_erased_too(workspace: int, write: Do, read: Do) -> None:
    def live(work: Work) -> int:
        release = work.releases.add(an_open_one(workspace))
        told = replace(event("voted", "UBO", "her daughter is ill"), whose="UCLARA")
        work.audit.append(release, [told], by_path="button", key="k")
        return release.id

    release = await write(live)
    await write(lambda work: work.erase("UCLARA"))
    assert [(row.by, row.why) for row in await read(lambda work: work.audit.tail(release, 5))] == [("UBO", "")]
