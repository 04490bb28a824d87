"""Write down all that happened to a release as one file that proves itself, and check such a file.

Nothing in it stands alone: what happened is chained, what people typed is hashed in the chain, policies are named by
their hash. Whoever knows its head from elsewhere (it is said in the thread with each decision) knows it whole.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from bot.release.chain import ANNOUNCED, BEGINNING, Entry, broken, canonical, digest
from bot.release.evidence import Outcome, Unknown, policy_hash, replay, stored
from bot.release.policy import Policy
from bot.release.policy_data import to_data

#: The form of the file, and those that can be checked: form 1 named nobody.
FORM = 2
_READ = (1, FORM)
#: A head given by hand has at least so many characters: fewer would fit too many chains.
LEAST_OF_A_HEAD = 16
#: What happened, where the rule was asked.
DECISIONS = frozenset({"decided", "overridden"})

_FILE = {"tminus", "policies", "entries", "head"}
_FILES = {1: _FILE, FORM: _FILE | {"people"}}
_SAYS = {"no_go": "no-go", "go_if": "go if", "abstain": "abstained"}
#: What reading data raises that is not what it should be.
_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)
_ROW = {"body", "hash", "text"}
_RESULTS = {"go": "go", "no_go": "no-go", "no_decision": "no decision"}


@dataclass
class Report:
    """What was found: `problems` are what does not hold, empty where all does; `lines` say what the file shows."""

    problems: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


def people_in(entries: Iterable[Entry]) -> frozenset[str]:
    """The ids of those who did something of it, or answered."""
    found: set[str] = set()
    for entry in entries:
        found |= {str(entry.opened["by"])} if entry.opened.get("by") else set()
        for vote in _votes(entry):
            found |= {str(vote[who]) for who in ("user", "cast_by") if vote.get(who)}
    return frozenset(found)


def write(entries: Sequence[Entry], policy: Policy, people: Mapping[str, str] = MappingProxyType({})) -> str:
    """The file of a whole chain, the oldest entry first, and the policy where a decision names it.

    `people`: what those in it are called now, by id. Names are for whoever reads the file; what is chained are ids.
    """
    hash = policy_hash(policy)
    policies = {hash: to_data(policy)} if hash in _policies_named(entries) else {}
    head = entries[-1].hash if entries else BEGINNING
    rows = [_row(one) for one in entries]
    return _text({"tminus": FORM, "policies": policies, "entries": rows, "head": head, "people": _people(people)})


def _people(names: Mapping[str, str]) -> dict[str, Any]:
    """With a hash, so that no byte of it is another by accident; who forges a file can make that, too."""
    return {"names": dict(names), "hash": digest(canonical(dict(names)))}


def _is_people(data: Any) -> bool:
    if not isinstance(data, dict) or set(data) != {"names", "hash"} or not isinstance(data["names"], dict):
        return False
    return all(isinstance(name, str) for name in data["names"].values())


def check(text: str, head: str = "") -> Report:
    """Whether a file is what was written: byte for byte, entry after entry, and decided as the rule decides.

    `head`, from elsewhere, is that of any entry, or its beginning (LEAST_OF_A_HEAD characters).
    """
    report = Report()
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return Report(["It is not a record of T-Minus, or it is damaged: it cannot be read as JSON."])
    if not isinstance(data, dict) or not isinstance(data.get("entries"), list) or "tminus" not in data:
        return Report(["It is not a record of T-Minus: /release record makes one."])
    if data["tminus"] not in _READ:
        return Report(
            [f"It is written in form {data['tminus']}, and this version of T-Minus reads forms 1 and {FORM}."]
        )
    people = data.get("people", _people({}))
    if (
        set(data) != _FILES[data["tminus"]]
        or not _is_people(people)
        or any(not _is_row(row) for row in data["entries"])
        or not isinstance(data["policies"], dict)
    ):
        return Report(["It holds what no record of T-Minus holds, or lacks something: it was changed."])
    if _text(data) != text:
        report.problems.append("It is not as T-Minus writes it: it was changed, or saved by another program.")
    entries = [_entry(row) for row in data["entries"]]
    report.problems += [f"Entry {problem}." for problem in broken(entries)]
    if data["head"] != (entries[-1].hash if entries else BEGINNING):
        report.problems.append("Its head is not that of its last entry.")
    _check_policies(data["policies"], _policies_named(entries), report)
    names: Mapping[str, str] = people["names"]
    if people != _people(names):
        report.problems.append("The names of people in it are not those that it was written with.")
    if not report.problems:
        _tell(entries, report)
        for entry in entries:
            if entry.opened["name"] in DECISIONS:
                _decide_again(entry, report)
                report.lines += _answers(entry, names) if entry.opened["name"] == "decided" else []
        if names:
            report.lines.append("People are called as when the file was written; what is chained are their ids.")
    _check_head(entries, head, report)
    return Report([_shown(one) for one in report.problems], [_shown(one) for one in report.lines])


def _shown(line: str) -> str:
    """Without what commands a terminal, or turns the order of its letters: a file may hold anything."""
    return "".join(sign for sign in line if sign.isprintable())


def _votes(entry: Entry) -> list[Mapping[str, Any]]:
    """The answers that a decision was based on."""
    details = entry.opened.get("details")
    inputs = details.get("inputs") if isinstance(details, dict) else None
    votes = inputs.get("votes") if isinstance(inputs, dict) else None
    return [vote for vote in votes if isinstance(vote, dict)] if isinstance(votes, list) else []


def _answers(entry: Entry, people: Mapping[str, str]) -> list[str]:
    """Who answered what; nothing of what cannot be read, which is said where it is decided again."""
    try:
        return [_said(vote, people) for vote in _votes(entry)]
    except _UNREADABLE:
        return []


def _said(vote: Mapping[str, Any], people: Mapping[str, str]) -> str:
    """`  QA: go by Bo Miller (U02E5B41BW5), 2026-11-27 14:59 UTC`: names are as the file has them."""
    called = {
        # Whatever somebody is called, a line stays a line.
        id: f"{' '.join(people[id].split())} ({id})" if id in people else id
        for id in (vote.get("user"), vote.get("cast_by"))
        if id
    }
    by = called.get(vote.get("cast_by") or vote.get("user"), "?")
    whose = f" for {called[vote['user']]}" if vote.get("cast_by") else ""
    choice = str(vote.get("choice"))
    return f"  {vote.get('role')}: {_SAYS.get(choice, choice)} by {by}{whose}, {_utc(str(vote.get('at')))}"


def _decide_again(entry: Entry, report: Report) -> None:
    body = entry.opened
    inputs = body["details"].get("inputs")
    when = f"Entry {entry.seq}, {_utc(body['at'])}"
    if inputs is None:
        report.lines.append(f"{when}: what it was based on was not kept by the version of T-Minus that recorded it.")
        return
    about = ""
    try:
        about = f"{' + '.join(inputs['parts'])}, {_round(inputs)}"
        again, said = replay(inputs), stored(inputs)
    except Unknown as unknown:
        report.problems.append(f"{when}: {about} cannot be decided again: {unknown}.")
        return
    except _UNREADABLE as odd:
        report.problems.append(f"{when}: what it was based on cannot be read ({type(odd).__name__}: {odd}).")
        return
    result = body["details"].get("result")
    if again != said or (body["name"] == "decided" and result not in (_RESULTS.get(said[0]), "override")):
        report.problems.append(f"{when}: {about}: on record is {_say(said)}, and the rule says {_say(again)}.")
        return
    count = len(inputs["votes"])
    over = (
        f"votes: {count}" if inputs["way"] == "votes" else {"standard": "by its policy"}.get(inputs["way"], "unasked")
    )
    if body["name"] == "overridden":
        return  # its decision follows, on the same grounds
    if result == "override":
        without = f"The rule, run again, says what it said without it: {_say(said)} ({over})."
        report.lines.append(f"{when}: {about}: go by override. {without}")
    else:
        report.lines.append(f"{when}: {about}: {_say(said)}. The rule, run again, says the same ({over}).")


def _say(outcome: Outcome) -> str:
    result, causes = outcome
    why = ", ".join(f"{role}: {kind}" if role else kind for kind, role in causes)
    return _RESULTS.get(result, result) + (f" ({why.replace('_', ' ')})" if why else "")


def _round(inputs: Mapping[str, Any]) -> str:
    number = inputs["round"]["number"] if inputs["round"] else None
    policy = f"{inputs['policy']['name']} v{inputs['policy']['version']}"
    return f"round {number}, policy {policy}" if number is not None else f"policy {policy}"


def _tell(entries: Sequence[Entry], report: Report) -> None:
    if not entries:
        report.lines.append("Nothing has happened yet.")
        return
    first, last = (_utc(one.opened["at"]) for one in (entries[0], entries[-1]))
    many = f"{len(entries)} entries" if len(entries) > 1 else "1 entry"
    report.lines.append(f"{many} from {first} until {last}; each follows the one before it.")
    for entry in entries:
        for passed in entry.opened["details"].get("freezes", ()) if entry.opened["name"] == "deploy_started" else ():
            by = f", granted by {passed['granted_by']}" if "granted_by" in passed else ""
            report.lines.append(
                f"Entry {entry.seq}, {_utc(entry.opened['at'])}: a deploy went through freeze {passed['freeze']} "
                f"({passed['by']}{by})."
            )
    if erased := [str(one.seq) for one in entries if one.erased]:
        report.lines.append(f"What was said is erased in {', '.join(erased)}; that something was said is not.")


def _check_policies(policies: Mapping[str, Any], named: set[str], report: Report) -> None:
    for hash, data in policies.items():
        if digest(canonical(data)) != hash:
            report.problems.append("A policy in it is not the one that its hash names.")
        elif hash not in named:
            report.problems.append("It holds a policy that no decision names.")
    if named - set(policies):
        report.lines.append("Of policies that were in force before, it has the hash only: the release has another now.")


def _check_head(entries: Sequence[Entry], head: str, report: Report) -> None:
    head = head.strip().lower()
    found = [one.seq for one in entries if one.hash.startswith(head)]
    if not entries and not head:
        return
    if head and len(head) < LEAST_OF_A_HEAD:
        report.problems.append(f"A head has at least {LEAST_OF_A_HEAD} characters, as the thread says it.")
    elif not found:
        report.problems.append("No entry has that head: it is another release's, or the record was made anew.")
    elif report.problems:
        return  # whatever its entries claim to be
    elif head:
        later = f", and {more} came later" if (more := len(entries) - found[0]) else ""
        report.lines.append(f"That head is the one of entry {found[0]}: up to there it is what was announced{later}.")
    else:
        shown = entries[-1].hash[:ANNOUNCED]
        report.lines.append(f"Head: {shown}. The release's thread says its head with each decision: --head compares.")


def _policies_named(entries: Iterable[Entry]) -> set[str]:
    found = [entry.opened.get("details") for entry in entries]
    based = [details.get("inputs") for details in found if isinstance(details, dict)]
    policies = [inputs.get("policy") for inputs in based if isinstance(inputs, dict)]
    return {str(policy.get("hash")) for policy in policies if isinstance(policy, dict)}


# ---- the form ----------------------------------------------------------------------------------


def _text(data: Mapping[str, Any]) -> str:
    return json.dumps(data, indent=1, sort_keys=True) + "\n"


def _row(entry: Entry) -> dict[str, Any]:
    """Of an erased text nothing is told, what is left of it neither: nobody could say whether it is right."""
    text: Any = {"salt": entry.salt, "said": entry.said, "why": entry.why} if entry.salt is not None else None
    return {"body": entry.opened, "hash": entry.hash, "text": {"erased": True} if entry.erased else text}


def _is_row(row: Any) -> bool:
    if not isinstance(row, dict) or set(row) != _ROW or not isinstance(row["body"], dict):
        return False
    text = row["text"]
    return text is None or text == {"erased": True} or (isinstance(text, dict) and set(text) == {"salt", "said", "why"})


def _entry(row: Mapping[str, Any]) -> Entry:
    text = row["text"] or {}
    seq = row["body"].get("seq")
    return Entry(
        seq if isinstance(seq, int) else 0, canonical(row["body"]), str(row["hash"]), text.get("salt"),
        text.get("said") or [], str(text.get("why", "")), erased="erased" in text,
    )  # fmt: skip


def _utc(at: str) -> str:
    return f"{datetime.fromisoformat(at).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
