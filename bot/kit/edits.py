"""Show what was edited: the lines of a change, and who is asked again for it."""

from collections.abc import Iterable, Mapping, Sequence

from bot.kit.ask import Ask
from bot.kit.blocks import Block, Lines
from bot.kit.desk import Desk
from bot.kit.votes import called
from bot.release.diff import MOST_LINES, line_diff
from bot.release.editing import COVERS, FIELDS, named, value_of
from bot.release.errors import Refusal
from bot.release.release import Release, Vote
from bot.release.states import Move, may
from bot.release.words import At, Bold, Said, Who, Words, listing, words
from storage.decisions import Edit


def asked_again(release: Release, touched: Sequence[str], stand: Sequence[str]) -> Words:
    """`QA is asked again; Operations and Security stand.`"""
    if not touched:
        return ()
    if len(release.sign_offs) == 1:
        return ("Its go is asked for again.",)
    again = words(listing([Said(role) for role in touched]), " is" if len(touched) == 1 else " are", " asked again")
    stays = " stands" if len(stand) == 1 else " stand"
    rest = words("; ", listing([Said(role) for role in stand]), stays) if stand else ()
    return words(again, rest, ".")


def diff_rows(edits: Iterable[Edit], revision: int) -> list[Words]:
    """The lines of one edit."""
    return between({one.field: (one.before, one.after) for one in edits if one.revision == revision})


def between(changed: Mapping[str, tuple[str, str]], most: int = MOST_LINES) -> list[Words]:
    """The lines that came and went, under the name of their field where there are several."""
    rows: list[Words] = []
    for field in FIELDS:
        if field in changed:
            found = _lines(field, *changed[field], most)
            label = FIELDS[field].removeprefix("the ")
            labelled = len(changed) > 1 or field in ("risk", "deployer", "version")
            rows += [words(Bold(label[:1].upper() + label[1:]), "  ", found[0]), *found[1:]] if labelled else found
    return rows


def _lines(field: str, before: str, after: str, most: int) -> list[Words]:
    if field in ("risk", "version"):
        return [(f"{before} → {after}",)]
    if field == "deployer":
        return [words(_deployer(before), " → ", _deployer(after))]
    return line_diff(before, after, most) or [("only spaces or empty lines",)]


def _deployer(user: str) -> Who | Said:
    """What was erased is no id any more."""
    return Who(user) if user.startswith(("U", "W")) else Said(user or "the captain")


def since(vote: Vote, edits: Iterable[Edit], release: Release) -> tuple[str, dict[str, tuple[str, str]]]:
    """Who last changed what this vote covered after it was given, and (before, now) by field; ("", {}) where nobody."""
    sign_off = release.sign_off(vote.sign_off)
    covers = sign_off.covers if sign_off is not None else frozenset()
    later = [one for one in edits if one.at >= vote.at and COVERS.get(one.field) in covers]
    first = {one.field: one.before for one in reversed(later)}
    changed = {field: (before, now) for field, before in first.items() if before != (now := value_of(release, field))}
    return (later[-1].by, changed) if changed else ("", {})


def changed_since(vote: Vote, release: Release, desk: Desk) -> list[Words]:
    """The lines that somebody changed of what this answer was about; none where nothing was edited."""
    by, changed = since(vote, desk.work.decisions.edits(release.id) if release.content_revision else [], release)
    said = words("You said ", Bold(called(vote.choice)), " ", At(vote.at, "day", release.planned.zone))
    return [words(said, ". Since then ", Who(by), " changed ", named(changed), ":"), *between(changed)] if by else []


def overtaken(no: Refusal, ask: Ask, desk: Desk) -> Refusal:
    """The no to an answer that an edit overtook, with the lines that changed since its button was drawn."""
    release, seen = ask.release, ask.data.get("e")
    if no.code != "superseded_content" or not isinstance(seen, int) or seen >= release.content_revision:
        return no
    later = [one for one in desk.work.decisions.edits(release.id) if one.revision > seen]
    first = {one.field: one.before for one in reversed(later)}
    changed = {field: (before, now) for field, before in first.items() if before != (now := value_of(release, field))}
    if not changed:
        return no
    rows = [words("\n", row) for row in between(changed)]
    return Refusal(Said(release.title), " has changed since that message was drawn: ", Who(later[-1].by), " changed ",
                   named(changed), ".", *rows, code=no.code, offers=("go", "no-go", "go-if"))  # fmt: skip


def late_block(release: Release) -> list[Block]:
    """The late change that waits, if any: whose it is, why, and its lines."""
    late = release.late
    if late is None or not may(release.state, Move.LATE):
        return []
    at = At(late.asked_at, "time", release.planned.zone)
    head = words("✋ ", Bold("Late change"), "  ", Who(late.asked_by), " ", at, ": “", Said(late.why), "” — ",
                 Who(release.captain), " decides")  # fmt: skip
    return [Lines((head, *late_rows(release)))]


def late_rows(release: Release) -> list[Words]:
    """The lines that the late change which waits would change."""
    wanted = release.late.wanted if release.late is not None else {}
    return between({field: (value_of(release, field), after) for field, after in wanted.items()})
