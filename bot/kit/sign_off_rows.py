"""Tell how each sign-off stands, a row for each: who said what and when, and who can still answer."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from bot.kit.blocks import Block, Lines, Small
from bot.kit.fitting import cut
from bot.kit.telling import MOST_NAMES, MOST_SAID, depends, of_people
from bot.release.causes import Tally, only_kept, said_by
from bot.release.conditions import counts_as_go, is_missed, objected_with
from bot.release.decision import tally, unanswered
from bot.release.electorate import Electorate, is_authors, is_recorded
from bot.release.override import skipped_roles
from bot.release.policy import UNNAMED, SignOff
from bot.release.release import Choice, Release, Vote
from bot.release.states import State
from bot.release.words import At, Bold, Link, Piece, Said, Who, Words, at_beside, listing, words

#: What is asked now, or was not answered with a go.
_UNDECIDED = {State.SCHEDULED, State.OPEN, State.STOPPED}
_ALONE = " (self-approval: nobody else is in the channel)"
#: Whoever reads a go as somebody else's shall know that it is not: they may have handed the release over since.
_PLANNED_IT = " (planned it)"


@dataclass(frozen=True)
class Room:
    """How much of a sign-off is shown: so many people of those who said the same, so many characters of a reason."""

    names: int
    said: int


SHORT, FULL = Room(MOST_NAMES, MOST_SAID), Room(40, 1_000)
#: So many characters are put into one block of text, which holds 3,000; a gap between blocks looks like a meaning.
IN_A_BLOCK = 1_800
#: As long as a name, an instant or a link may become.
_A_NAME = 60


def sign_off_blocks(release: Release, electorate: Electorate, where: Words = ()) -> list[Block]:
    """The rows in blocks that hold them: in full, or in short with `where` the rest is."""
    if _is_said_above(release):
        return []
    room = SHORT if where else FULL
    rows = sign_off_rows(release, electorate, room)
    packs: list[list[Words]] = [[]]
    for row in rows:
        if packs[-1] and sum(map(_length, packs[-1])) + _length(row) > IN_A_BLOCK:
            packs.append([])
        packs[-1].append(row)
    blocks: list[Block] = [Lines(tuple(pack)) for pack in packs]
    if where and _is_cut(release, room):
        blocks.append(Small(words("Every answer: ", where)))
    return blocks


def _is_said_above(release: Release) -> bool:
    """Whether the headline says all of it: one sign-off with no name of its own, that nobody has said anything of."""
    asked = release.round.objected if release.round is not None else ()
    alone = [one.role for one in release.sign_offs] == [UNNAMED]
    return alone and release.state is State.OPEN and not release.round_votes() and not asked


def _length(row: Words) -> int:
    """About how many characters it will have."""
    return sum(len(one if isinstance(one, str) else getattr(one, "text", "x" * _A_NAME)) for one in row)


def _is_cut(release: Release, room: Room) -> bool:
    votes = release.round_votes()
    alike = Counter((vote.sign_off, vote.choice) for vote in votes)
    return max(alike.values(), default=0) > room.names or any(len(vote.why) > room.said for vote in votes)


def sign_off_rows(release: Release, electorate: Electorate, room: Room = SHORT) -> list[Words]:
    """One row a sign-off: its mark, its role, who said what and when, who can still answer.

    Once it is decided they are the record of who signed off, whoever has left or joined since.
    """
    if release.stage not in _UNDECIDED:
        return [_signed(sign_off, release, room) for sign_off in release.sign_offs]
    asked_again = unanswered(release, electorate) if release.stage is State.OPEN else []
    rows = tally(release, electorate)
    complete = release.stage is State.OPEN and not any(row.missing for row in rows)
    kept = complete and bool(only_kept(release, rows))
    return [_sign_off_row(row, release, asked_again, room, electorate, kept=kept) for row in rows]


def shows_sign_offs(release: Release) -> bool:
    """Whether anybody was asked, and it still matters what they said."""
    asked = release.round is not None or release.overridden is not None
    return asked and release.stage not in (State.CANCELLED, State.SCHEDULED)


def _signed(sign_off: SignOff, release: Release, room: Room) -> Words:
    """Who signed off, and whose objection was never taken back."""
    asked = [vote for vote in release.round_votes() if vote.sign_off == sign_off.role]
    left_out = release.round.uncounted if release.round is not None else ()
    unheard = [vote for vote in asked if (vote.user, vote.sign_off) in left_out]
    votes = [vote for vote in asked if vote not in unheard]
    every = [vote for vote in votes if vote.choice is Choice.GO or counts_as_go(release, vote)]
    # What was said of another content did not count, nor what Slack never confirmed.
    given = [vote for vote in release.standing(every) if not vote.provisional] or every
    alone = _ALONE if any(vote.alone for vote in given) else ""
    missed = [vote.user for vote in votes if is_missed(release, vote)]
    answered = {vote.user for vote in votes if not vote.kept}
    objected = release.round.objected if release.round is not None else ()
    standing = [user for user, role in objected if role == sign_off.role and user not in answered]
    against = words(" · not taken back: ", _by_what([*standing, *missed], release, "")) if standing or missed else ()
    if release.overridden is not None and sign_off.role in skipped_roles(release):
        return words("⏭️ ", Bold(sign_off.role), "  skipped by override (", Who(release.overridden.by), ")",
                     _so_far(votes, release, room))  # fmt: skip
    return words("✅ ", Bold(sign_off.role), "  ", _given(given, release, room), alone, against, _unheard(unheard))


def _unheard(votes: Iterable[Vote]) -> Words:
    """What did not count, since whoever said it could not answer any more when it was decided."""
    said = [words(vote.choice.value, " of ", Who(vote.user)) for vote in votes]
    return words(" · did not count: ", listing(said)) if said else ()


def _so_far(votes: Iterable[Vote], release: Release, room: Room) -> Words:
    """What had been said of a sign-off that was skipped."""
    against = [
        words(Who(one.user), ": “", Said(cut(one.why, room.said)), "”") for one in votes if one.choice is Choice.NO_GO
    ]
    given = [one for one in votes if one.choice is Choice.GO or counts_as_go(release, one)]
    open_yet = [one for one in votes if one.choice is Choice.GO_IF and one not in given]
    depending = [depends(one, release, room.said) for one in open_yet]
    return words(
        words(" · no-go: ", listing(against, last=", ", most=room.names)) if against else (),
        words(" · ", listing(depending, last=", ", most=room.names)) if depending else (),
        words(" · go: ", _given(given, release, room)) if given else (),
    )


def _given(votes: Iterable[Vote], release: Release, room: Room) -> Words:
    said = [
        words(_on_behalf(vote), _PLANNED_IT if is_authors(vote, release) else "", " ", _said_at(vote, release),
              _proof(vote)) for vote in votes
    ]  # fmt: skip
    return listing(said, last=", ", most=room.names)


def _on_behalf(vote: Vote) -> Words:
    """`Bo`, `Bo for Qi`, or `Jo Miller, recorded by Ana`."""
    if vote.cast_by is not None and is_recorded(vote.user):
        return words(Who(vote.user), ", recorded by ", Who(vote.cast_by))
    return said_by(vote)


def _proof(vote: Vote) -> Words:
    """Where the go of somebody outside can be read; nothing once that was erased."""
    return words(" ", Link(vote.why, "link")) if is_recorded(vote.user) and vote.why else ()


def _said_at(vote: Vote, release: Release) -> At:
    """With its day where the deploy is on another."""
    return at_beside(vote.at, release.target_at, release.planned.zone)


def _sign_off_row(
    row: Tally, release: Release, open_objections: list[tuple[str, str]], room: Room, electorate: Electorate,
    *, kept: bool = False,
) -> Words:  # fmt: skip
    """`kept`: all that was said is of an earlier round, and counts once one of it is confirmed."""
    given = _given(row.gos, release, room)
    if row.no_gos:
        against = listing(
            [words(_on_behalf(vote), ": “", Said(cut(vote.why, room.said)), "” ", _said_at(vote, release))
             for vote in row.no_gos],
            last=", ", most=room.names,
        )  # fmt: skip
        rest = words(" · ", _depends(row, release, room)) if row.conditions else ()
        return words("🛑 ", Bold(row.sign_off.role), "  ", against, words(" · go: ", given) if row.gos else (), rest)
    objectors = [user for user, role in open_objections if role == row.sign_off.role]
    if objectors:
        return words("⏳ ", Bold(row.sign_off.role), "  ", given, ", " if row.gos else "",
                     _by_what(objectors, release, " said {} before"), " and is asked again")  # fmt: skip
    alone = _ALONE if any(vote.alone for vote in row.gos) else ""
    if not row.missing and not row.conditions:
        return words("⏳ " if kept else "✅ ", Bold(row.sign_off.role), "  ", given, alone,
                     " · of the last round, to be confirmed" if kept else "")  # fmt: skip
    progress = f"{len(row.gos)} of {row.sign_off.needs}: " if row.sign_off.needs > 1 else ""
    again: Iterable[Piece] = (
        words(" · changed since ", listing([Who(vote.user) for vote in row.reopened]), " voted") if row.reopened else ()
    )
    more = ("more" if row.gos or row.unconfirmed else "one go") if row.sign_off.needs == 1 else f"{row.lacks} more go"
    left = words(more, of_people(row, release, electorate)) if row.lacks else ()
    unsure = _given(row.unconfirmed, release, room)
    confirmed = words(unsure, " (being confirmed with Slack)") if unsure else ()
    said = [piece for piece in (given, confirmed, _depends(row, release, room), left) if piece]
    return words("⏳ ", Bold(row.sign_off.role), "  ", progress, listing(said, last=", "), again)


def _by_what(users: Iterable[str], release: Release, then: str) -> Words:
    """`Ana and Bo said no-go before`, or `no-go of Ana and Bo` with nothing to say `then`."""
    said: dict[str, list[Words]] = {}
    for user in users:
        before = "go if" if objected_with(release, user) is Choice.GO_IF else "no-go"
        said.setdefault(before, []).append((Who(user),))
    rows = [
        words(listing(people), then.format(before)) if then else words(before, " of ", listing(people))
        for before, people in said.items()
    ]
    return listing(rows)


def _depends(row: Tally, release: Release, room: Room) -> Words:
    """What a go still waits for, who sees to it, and until when."""
    return listing([depends(vote, release, room.said) for vote in row.conditions], last=", ", most=room.names)
