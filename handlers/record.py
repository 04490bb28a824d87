"""Give the evidence of a release's decisions: to read at once, and as a file that proves itself."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from bot.kit import pages
from bot.kit.ask import Ask
from bot.kit.blocks import Block, Lines, Message, Para, Reply, Small
from bot.kit.declare import verb
from bot.kit.desk import Desk
from bot.kit.telling import headline
from bot.release.chain import ANNOUNCED
from bot.release.conditions import is_withdrawn
from bot.release.electorate import is_recorded
from bot.release.evidence import able
from bot.release.record import DECISIONS
from bot.release.release import Choice, Release, Vote
from bot.release.words import At, Bold, Code, Link, Piece, Said, Who, Words, words
from storage.audit import AuditRow

#: As many votes, and as many earlier decisions, are shown, so many in a block; the file has them all.
MOST, MOST_EARLIER, IN_A_BLOCK = 20, 5, 10
#: Characters of a text that somebody typed.
MOST_SAID = 120
#: What happened about freezes, and what became of it once it was decided.
_OF_FREEZES = ("exception_asked", "exception_granted", "exception_refused", "deploy_started")
_AFTERWARDS = ("deploy_started", "deploy_failed", "went_live", "rollback_started", "rollback_called_off",
               "rollback_explained", "rolled_back", "review_closed")  # fmt: skip
_MARKS = {"go": "✅ ", "no-go": "🛑 ", "override": "⚠️ "}
_SAID = {Choice.GO: "✅ ", Choice.NO_GO: "🛑 ", Choice.GO_IF: "❔ ", Choice.ABSTAIN: "▫️ "}


@verb(
    "record",
    usage="record [release]",
    summary="The evidence of its decisions, to read and as a file",
    who="everyone in the channel",
    examples=("record", "record REL-12"),
    aliases=("evidence",),
    label="Record",
)
def record(ask: Ask, desk: Desk) -> Reply:
    if (others := pages.for_others(ask, desk)) is not None:
        return others
    release = ask.release
    every = desk.work.audit.named(release.id, DECISIONS)
    decisions = [row for row in every if row.details.get("result") != "override"]  # “overridden” says who, and why
    blocks: list[Block] = [Para(words(Bold(release.title), f"   {desk.ref(release)} · the record"))]
    if decisions:
        blocks.append(Para(words("Now: ", headline(release, desk.electorate(release)), ". Its last decision:")))
    if decisions:
        blocks += _decision(decisions[-1], release)
        blocks += _earlier(decisions[:-1], release)
    else:
        blocks.append(Para(("Nothing has been decided yet.",)))
    about_freezes = desk.work.audit.named(release.id, _OF_FREEZES)
    blocks += _told([one for one in about_freezes if one.name != "deploy_started" or one.details.get("freezes")],
                    "🎫 ", MOST_EARLIER, release)  # fmt: skip
    afterwards = desk.work.audit.named(release.id, _AFTERWARDS)
    if afterwards:
        blocks += [Para((Bold("What became of it"),)), *_told(afterwards, "", IN_A_BLOCK, release)]
    count, head = desk.work.audit.head(release.id)
    desk.work.outbox.put("file", ask.user, payload={"record": release.id}, release_id=release.id)
    many = f"{count} entries" if count > 1 else "1 entry"
    blocks.append(Small(words(f"{many}, head ", Code(head[:ANNOUNCED]), ". The file comes as a direct message; ",
                              Code("tminus verify FILE"), " checks it.")))  # fmt: skip
    return Reply(Message(words(Said(release.title), ": its record comes as a direct message."), tuple(blocks)))


def _decision(row: AuditRow, release: Release) -> list[Block]:
    """What was decided, on what, and by whom: as it was put on record then."""
    inputs = row.details.get("inputs")
    if inputs is None:
        old = "What it was based on was not kept by the version of T-Minus that recorded it."
        return [Lines((_result(row, release),)), Para((old,))]
    held = inputs["round"]
    about = [f"{inputs['policy']['name']} v{inputs['policy']['version']} policy", f"content {inputs['content']}"]
    rows = [_result(row, release), words(" · ".join(([f"Round {held['number']}"] if held else []) + about))]
    blocks: list[Block] = [Lines((row,)) for row in rows]
    if inputs["way"] != "standard":
        many = able(inputs)
        answered = {one["role"] for one in inputs["votes"]}
        blocks += _some(
            [
                words(
                    _sign_off(one, many[one["role"]], release), "" if one["role"] in answered else " · nobody answered"
                )
                for one in inputs["sign_offs"]
            ],
            "sign-offs",
        )
    blocks += _some([_vote(one, inputs, release) for one in inputs["votes"]], "votes")
    blocks += _some([*_conditions(inputs, release), *_items(inputs, release)], "conditions and items")
    return blocks


def _some(rows: list[Words], what: str) -> list[Block]:
    """As many as can be read in a message, and how many more there are."""
    shown = rows[:MOST]
    blocks: list[Block] = [Lines(tuple(shown[at : at + IN_A_BLOCK])) for at in range(0, len(shown), IN_A_BLOCK)]
    more = [(f"and {len(rows) - MOST} more {what}; the file has them all",)] if len(rows) > MOST else []
    return [*blocks, *(Small(one) for one in more)]


def _conditions(inputs: Mapping[str, Any], release: Release) -> list[Words]:
    """`❔ Qi, go if “smoke test is green”: Tom, by 13:00 — met`."""
    texts = {one.number: one.text for one in release.conditions}
    zone = release.planned.zone
    return [
        words("❔ ", Who(one["user"]), ", go if “", _short(texts.get(one["number"], "")), "”: ", Who(one["owner"]),
              ", by ", At(datetime.fromisoformat(one["due_at"]), "day", zone), " — ", one["outcome"] or "open")
        for one in inputs.get("conditions", ())
    ]  # fmt: skip


def _items(inputs: Mapping[str, Any], release: Release) -> list[Words]:
    """The checklist as it was then."""
    texts = {item.key: item.text for item in release.policy.checklist}
    ticked = {one["key"]: one for one in inputs.get("ticks", ()) if one["ticked"]}
    return [
        words("☑ " if (tick := ticked.get(one["key"])) else "☐ ", _short(texts.get(one["key"], one["key"])),
              words(" — ", Who(tick["by"])) if tick else "")
        for one in inputs.get("items", ())
    ]  # fmt: skip


def _result(row: AuditRow, release: Release) -> Words:
    mark = "⚠️ " if row.name == "overridden" else _MARKS.get(str(row.details.get("result")), "⚪ ")
    why = words(": “", Said(row.why), "”") if row.why else ()
    over = row.by is not None and row.name == "overridden"
    said = words("Go by override: ", Who(row.by), " ", row.said, why) if row.by is not None and over else row.said
    return words(mark, said, " — ", At(row.at, "day", release.planned.zone))


def _sign_off(one: Mapping[str, Any], many: int, release: Release) -> Words:
    """`QA  needs 1 go, 5 people may give it (as of Tue 10:00) · content 42af38377e78`."""
    of = "1 person" if many == 1 else f"{many} people"
    as_of = one["eligible"].get("as_of")
    known = words(" (as of ", At(datetime.fromisoformat(as_of), "day", release.planned.zone), ")") if as_of else ()
    return words(Bold(one["role"]), f"  needs {one['needs']} go, {of} may give it", known, f" · content {one['print']}")


def _vote(one: Mapping[str, Any], inputs: Mapping[str, Any], release: Release) -> Words:
    """`✅ Bo go for QA, Tue 10:02 by button · kept from an earlier round`, with the reason where it is still there."""
    at = datetime.fromisoformat(one["at"])
    choice = Choice(one["choice"])
    prints = {row["role"]: row["print"] for row in inputs["sign_offs"]}
    asked = {user for row in inputs["sign_offs"] if row["role"] == one["role"] for user in row["eligible"]["named"]}
    role = f" for {one['role']}" if len(prints) > 1 else ""
    path = f" by {one['path']}" if one["path"] else ""
    people = inputs.get("people", {})
    author = people.get("author")
    uncounted = one["user"] in asked and [one["user"], one["role"]] in inputs.get("uncounted", ())
    withdrawn = (vote := _same(release.votes, one["user"], at)) is not None and is_withdrawn(release, vote)
    notes = [
        note
        for note, holds in (
            ("kept from an earlier round", one.get("kept")),
            ("self-approval: nobody else was in the channel", one.get("alone")),
            ("planned this release", author in (one["user"], one.get("cast_by")) and author != people.get("captain")),
            ("not confirmed then", one.get("provisional")),
            ("on another content, so it did not count", one["print"] != prints.get(one["role"])),
            (
                f"not among those who may answer{role} by then, so it did not count",
                one["user"] not in asked and not is_recorded(one["user"]),
            ),
            ("withdrawn when they could answer no more, so it did not count", uncounted and withdrawn),
            (f"theirs to give no more{role}, so it did not count", uncounted and not withdrawn),
        )
        if holds
    ]
    who: list[Piece] = [Who(one["user"])]
    how = " recorded it)" if is_recorded(one["user"]) else " said it)"
    who += [" (", Who(one["cast_by"]), how] if one.get("cast_by") else []
    more = [words(" · ", note) for note in notes]
    return words(_SAID[choice], who, f" {choice.value}{role}, ", At(at, "day", release.planned.zone), path,
                 *more, _why(vote))  # fmt: skip


def _same(votes: Iterable[Vote], user: str, at: datetime) -> Vote | None:
    return next((vote for vote in votes if (vote.user, vote.at) == (user, at)), None)


def _why(vote: Vote | None) -> Words:
    """What was typed with it: not in what is chained, so that it can be erased."""
    if vote is None or not vote.why:
        return ()
    if vote.why.startswith(("https://", "http://")) and " " not in vote.why:
        return words(": ", Link(vote.why, vote.why))
    return words(": “", _short(vote.why), "”")


def _told(rows: list[AuditRow], mark: str, most: int, release: Release) -> list[Block]:
    """`Ana started the deploy — Tue 14:02`, the last `most` of them."""
    said = [
        words(mark, words(Who(row.by), " ") if row.by else "", row.said, words(": “", _short(row.why), "”")
              if row.why else "", " — ", At(row.at, "day", release.planned.zone))
        for row in rows[-most:]
    ]  # fmt: skip
    more = [Small((f"and {len(rows) - most} before that; the file has them all",))] if len(rows) > most else []
    return [Lines(tuple(said)), *more] if said else []


def _short(text: str) -> Said:
    return Said(text if len(text) <= MOST_SAID else text[: MOST_SAID - 1] + "…")


def _earlier(rows: list[AuditRow], release: Release) -> list[Block]:
    if not rows:
        return []
    shown = [_result(row, release) for row in rows[-MOST_EARLIER:]]
    more = [(f"and {len(rows) - len(shown)} before that; the file has them all",)] if len(rows) > len(shown) else []
    return [Para((Bold("Before that"),)), *(Lines((one,)) for one in shown), *(Small(one) for one in more)]
