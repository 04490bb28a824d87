"""A record proves itself: no byte of it can be another, and nobody can make it tell of another decision."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.release.chain import BEGINNING, Entry, canonical, digest, text_hash
from bot.release.policy import LIGHT
from bot.release.record import check, write
from bot.release.release import Choice, Release
from bot.release.words import to_data
from tests.release.life import EVE, QI, Life, light

Json = dict[str, Any]


def chained(release: Release) -> list[Entry]:
    """All that happened to it, as storage would keep it."""
    entries: list[Entry] = []
    for seq, event in enumerate(release.events, 1):
        salt, said = f"salt {seq}", to_data(event.said)
        facts = {"name": event.name, "at": event.at, "by": event.by, "path": "button", "key": "k", "rules": "light v1"}
        chain = {"workspace": 1, "release": 7, "seq": seq, "previous": entries[-1].hash if entries else BEGINNING}
        body = canonical({**facts, **chain, "details": event.details, "text": text_hash(salt, said, event.why)})
        entries.append(Entry(seq, body, digest(body), salt, said, event.why))
    return entries


def decided_twice() -> Life:
    """A no-go on Tuesday, and a go in the second round."""
    life = light().at("Tue 10:05")
    life.no_go(EVE, "scan is red, says Jürgen")
    life.close_poll()
    life.at("Tue 11:00").open()
    life.vote(EVE)
    return life


LIFE = decided_twice()
ENTRIES = chained(LIFE.release)
FILE = write(ENTRIES, LIFE.release.policy, {"UEVE": "Eve Adams"})


def forged(change: Callable[[Json], None]) -> str:
    """The file with something changed in it, written as T-Minus would."""
    data = json.loads(FILE)
    change(data)
    return json.dumps(data, indent=1, sort_keys=True) + "\n"


def test_a_record_tells_what_it_shows() -> None:
    report = check(FILE)
    assert report.problems == []
    assert report.lines == [
        f"{len(ENTRIES)} entries from 2026-12-01 09:00 UTC until 2026-12-01 10:00 UTC; each follows the one before it.",
        "Entry 4, 2026-12-01 09:05 UTC: payments 2.14.0 (production), round 1, policy light v1: no-go "
        "(Sign-off: missing, Sign-off: no go). The rule, run again, says the same (votes: 1).",
        "  Sign-off: no-go by Eve Adams (UEVE), 2026-12-01 09:05 UTC",
        "Entry 7, 2026-12-01 10:00 UTC: payments 2.14.0 (production), round 2, policy light v1: go. "
        "The rule, run again, says the same (votes: 1).",
        "  Sign-off: go by Eve Adams (UEVE), 2026-12-01 10:00 UTC",
        "People are called as when the file was written; what is chained are their ids.",
        f"Head: {ENTRIES[-1].hash[:32]}. The release's thread says its head with each decision: --head compares.",
    ]
    assert json.loads(FILE)["policies"], "the rules that it was decided by"


def test_a_record_of_before_names_were_written_is_still_checked() -> None:
    old = json.loads(FILE)
    del old["people"]
    old["tminus"] = 1
    report = check(json.dumps(old, indent=1, sort_keys=True) + "\n")
    assert report.problems == []
    assert "  Sign-off: go by UEVE, 2026-12-01 10:00 UTC" in report.lines


def test_a_name_of_two_lines_makes_no_line_of_its_own() -> None:
    report = check(write(ENTRIES, LIFE.release.policy, {"UEVE": "Eve\n  QA: go by Bo"}))
    assert report.problems == []
    assert "  Sign-off: go by Eve QA: go by Bo (UEVE), 2026-12-01 10:00 UTC" in report.lines


@given(st.integers(0, len(FILE) - 1), st.integers(1, 255))
@example(0, 1)
@example(len(FILE) - 1, 42)  # its last line's end, as a space
@settings(deadline=None, max_examples=400)
def test_no_byte_of_it_can_be_another(position: int, by: int) -> None:
    raw = bytearray(FILE.encode())
    raw[position] ^= by
    assert check(raw.decode("latin-1")).problems


@given(st.integers(0, len(FILE) - 1), st.integers(1, 40))
@settings(deadline=None, max_examples=100)
def test_nothing_can_be_left_out_or_put_in(position: int, many: int) -> None:
    assert check(FILE[:position] + FILE[position + many :]).problems
    assert check(FILE[:position] + "1" * many + FILE[position:]).problems


def blank_text(data: Json) -> None:
    data["entries"][2]["text"] = None


def text_for(data: Json) -> None:
    data["entries"][2]["text"]["why"] = "scan is green"


def cut_off(data: Json) -> None:
    del data["entries"][-1]


def skip_one(data: Json) -> None:
    del data["entries"][2]


def another_policy(data: Json) -> None:
    [policy] = data["policies"].values()
    policy["approval_lasts"] = 10**6


def a_policy_more(data: Json) -> None:
    data["policies"][digest("{}")] = {}


def something_beside(data: Json) -> None:
    data["note"] = "all fine"


def another_form(data: Json) -> None:
    data["tminus"] = 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (text_for, "Entry 3: its text is not what was said."),
        (blank_text, "Entry 3: its text is missing."),
        (cut_off, "Its head is not that of its last entry."),
        (skip_one, "Entry 4: rows from 3 on are missing."),
        (another_policy, "A policy in it is not the one that its hash names."),
        (a_policy_more, "It holds a policy that no decision names."),
        (something_beside, "It holds what no record of T-Minus holds, or lacks something: it was changed."),
        (another_form, "It is written in form 3, and this version of T-Minus reads forms 1 and 2."),
    ],
)
def test_what_is_wrong_is_said(change: Callable[[Json], None], said: str) -> None:
    assert check(forged(change)).problems == [said]


def test_a_chain_made_anew_does_not_have_the_head_that_was_announced() -> None:
    announced = ENTRIES[3].hash[:32]
    report = check(FILE, announced)
    assert report.problems == []
    assert report.lines[-1] == (
        "That head is the one of entry 4: up to there it is what was announced, and 3 came later."
    )
    assert check(FILE, f" {ENTRIES[-1].hash.upper()} ").lines[-1].endswith("it is what was announced.")

    other = decided_twice()
    other.release.events[2] = replace(other.release.events[2], why="scan is green")
    made_anew = write(chained(other.release), LIGHT)
    assert check(made_anew).problems == [], "whole in itself"
    assert check(made_anew, announced).problems == [
        "No entry has that head: it is another release's, or the record was made anew."
    ]
    assert check(FILE, announced[:8]).problems == ["A head has at least 16 characters, as the thread says it."]


def test_a_chain_made_anew_with_a_vote_that_was_never_given_is_caught_by_the_rule() -> None:
    life = decided_twice()
    decided = life.release.events[-1]
    decided.details["inputs"]["votes"] = []
    [problem] = check(write(chained(life.release), LIGHT)).problems
    assert "on record is go, and the rule says no decision" not in problem  # it had not closed yet
    assert "on record is go, and the rule says open (Sign-off: missing)" in problem


def test_a_record_of_an_earlier_rule_is_decided_by_that_one_again() -> None:
    """By rule 1 somebody else's go was enough after an edit, although who had said no-go was not asked again."""
    report = check((Path(__file__).parent / "data" / "record_of_rule_1.json").read_text(encoding="utf-8"))
    assert report.problems == []
    assert report.lines[1].endswith("policy light v1: go. The rule, run again, says the same (votes: 2).")

    life = light().at("Tue 10:05")
    life.no_go(EVE, "scan is red")
    life.edit(changes="without the scan")
    life.vote(QI)
    assert life.causes() == [("objected", "Sign-off")], "by the rule of today"


def test_a_decision_of_a_version_that_kept_no_inputs_is_told_as_such() -> None:
    life = decided_twice()
    for event in life.release.events:
        event.details.pop("inputs", None)
    report = check(write(chained(life.release), LIGHT))
    assert report.problems == []
    assert any("what it was based on was not kept" in line for line in report.lines)


def test_the_policy_of_an_earlier_round_is_known_by_its_hash() -> None:
    file = write(ENTRIES, replace(LIGHT, name="strict", version=2))
    assert json.loads(file)["policies"] == {}
    report = check(file)
    assert report.problems == []
    assert report.lines[0].startswith("Of policies that were in force before, it has the hash only")


def test_what_is_erased_is_not_in_it_and_it_still_proves_itself() -> None:
    erased = [replace(one, said=["half of it"], why="", salt="", erased=True) if one.seq in (3, 4) else one
              for one in ENTRIES]  # fmt: skip
    file = write(erased, LIFE.release.policy)
    assert "scan is red" not in file and "half of it" not in file
    report = check(file, ENTRIES[3].hash)
    assert report.problems == []
    assert "What was said is erased in 3, 4; that something was said is not." in report.lines


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "not JSON", '{"tminus": 1}', "[" * 100_000, "\ufffd"])
def test_what_is_no_record_is_told_so(text: str) -> None:
    assert check(text).problems[0].startswith("It is not a record of T-Minus")


def test_where_nothing_was_decided_there_is_nothing_to_decide_again() -> None:
    life = light().at("Tue 10:05")
    life.vote(QI, Choice.ABSTAIN)
    report = check(write(chained(life.release), LIGHT))
    assert report.problems == []
    assert len(report.lines) == 2
    assert check(write([], LIGHT)).problems == []


def rechained(change: Callable[[dict[str, Any]], None]) -> str:
    """The file with its votes changed, and every hash made anew, as who forges it can."""
    data = json.loads(FILE)
    previous = BEGINNING
    for row in data["entries"]:
        for vote in (row["body"]["details"].get("inputs") or {}).get("votes", []):
            change(vote)
        row["body"]["previous"] = previous
        row["hash"] = previous = digest(canonical(row["body"]))
    data["head"] = previous
    return json.dumps(data, indent=1, sort_keys=True) + "\n"


@pytest.mark.parametrize(("name", "value"), [("user", ["x"]), ("at", "garbage"), ("at", None)])
def test_votes_that_cannot_be_read_are_a_problem_and_no_crash(name: str, value: object) -> None:
    report = check(rechained(lambda vote: vote.update({name: value})))
    assert any("cannot be read" in problem for problem in report.problems)


@pytest.mark.parametrize("name", ["Eve\x1b[2J\x1b[1;1H", "Eve\x9b2J", "\u202eevE"])
def test_what_somebody_is_called_does_not_command_a_terminal(name: str) -> None:
    report = check(write(ENTRIES, LIFE.release.policy, {"UEVE": name}))
    assert report.problems == [] and any("(UEVE)" in line for line in report.lines)
    assert all(line.isprintable() for line in report.lines)
