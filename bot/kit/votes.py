"""Tell somebody how their own vote stands, in the same words wherever it was given."""

import re
from collections.abc import Iterable
from typing import Any

from bot.kit.blocks import Button
from bot.kit.desk import Desk
from bot.kit.telling import headline
from bot.release.conditions import of_vote, until
from bot.release.decision import tally, uncounted
from bot.release.policy import Cover, SignOff
from bot.release.release import Choice, Release, Vote
from bot.release.states import State
from bot.release.words import At, Bold, Said, Who, Words, listing, words
from storage.work import Work

#: How a round ended, by its verdict as stored.
_ENDED = {"go": "go", "no_go": "no-go", "no_decision": "no decision"}
#: What a go vouches for, as it reads.
_COVERS = {
    Cover.CHANGES: "what's in it",
    Cover.SCHEDULE: "its time",
    Cover.ROLLBACK_PLAN: "the rollback plan",
    Cover.CHECKLIST: "the checklist",
}


def go_means(release: Release, sign_offs: Iterable[SignOff]) -> Words:
    """What a go for one of these commits to, and what of that nobody wrote.

    Nothing where they differ, or vouch for nothing that is there.
    """
    filled = {cover for cover in _COVERS if _filled_in(release, cover)}
    covers = [{Cover(one) for one in release.content(sign_off.covers)} for sign_off in sign_offs]
    if not covers or not covers[0] & filled or any(one & filled != covers[0] & filled for one in covers):
        return ()
    there, missing = (
        [said for cover, said in _COVERS.items() if cover in some]
        for some in (covers[0] & filled, set().union(*covers) - filled)
    )
    means = words("Go means: ", listing(there), f" {'are' if len(there) > 1 else 'is'} fine by you.")
    return words(means, " Not written: ", listing(missing), ".") if missing else means


def _filled_in(release: Release, cover: Cover) -> bool:
    """Whether there is something of it to read: nobody is told that they vouch for what nobody wrote."""
    if cover is Cover.CHANGES:
        return bool(release.changes or release.links or len(release.parts) > 1)
    return cover is not Cover.ROLLBACK_PLAN or bool(release.rollback_plan)


def _said(vote: Vote) -> Words:
    if vote.choice is Choice.ABSTAIN:
        return (Bold("abstained"),)
    why = words(" “", Said(vote.why), "”") if vote.choice is Choice.GO_IF else ()
    return words("said ", Bold(called(vote.choice)), why)


def called(choice: Choice) -> str:
    """How an answer reads: “go if”."""
    return choice.value.replace("-", " ") if choice is Choice.GO_IF else choice.value


def elsewhere(vote: Vote, release: Release, desk: Desk, **carried: Any) -> tuple[Button, ...]:
    """Buttons that count a go elsewhere: for a sign-off that misses one, and that its voter may give too."""
    if release.state is not State.OPEN or vote.choice is not Choice.GO:
        return ()
    if all(one.role == vote.sign_off for one in release.sign_offs):
        return ()
    rows = [row for row in tally(release, desk.electorate(release)) if vote.user in row.givers and row.missing]
    others = [row.sign_off.role for row in rows if row.sign_off.role != vote.sign_off]
    return tuple(desk.offer("go", release, label=f"Count it for {role}", s=role, **carried) for role in others[:3])


def you_said(vote: Vote, release: Release, desk: Desk, reader: str | None = None) -> Words:
    """What they said, when, and where the release stands with it. `reader`: unless whoever gave it reads that."""
    zone = release.planned.zone
    role = f" for {vote.sign_off}" if len(release.sign_offs) > 1 else ""
    delegate = vote.cast_by if vote.cast_by is not None and vote.cast_by != vote.user else None
    who: Words = words(Who(delegate), " answered for you and ") if delegate and reader == vote.user else ("You ",)
    whose = words(" for ", Who(vote.user)) if delegate and reader != vote.user else ()
    role = f" ({vote.sign_off})" if whose and role else role
    why = words(": “", Said(vote.why), "”") if vote.choice is Choice.NO_GO else ()  # all that was typed behind it
    row = words(who, _said(vote), whose, role, " ", At(vote.at, "time", zone), " on ", Said(release.title), why, ".")
    if (one := of_vote(release, vote)) is not None and one.outcome is None:
        row = words(row, " ", Who(one.owner), " has until ", until(one, release), ".")
    if vote.provisional:
        since = words(" since ", At(vote.as_of, "time", zone)) if vote.as_of is not None else ()
        row = words(
            row, " Stored: I could not ask Slack", since, f" who may answer{role}. It counts as soon as I know."
        )
    if (vote.user, vote.sign_off) in uncounted(release, desk.electorate(release)):
        is_open = release.stage is State.OPEN
        row = words(row, " It does not count any more: that answer is for others to give." if is_open else
                    " It did not count: by then that answer was for others to give.")  # fmt: skip
    if release.state is State.APPROVED and release.decided_at == vote.at and release.overridden is None:
        others = any(one.round == vote.round and one.user != vote.user for one in release.votes)
        return words(row, " You were the last." if others else "", " It's go.")
    return words(row, " ", headline(release, desk.electorate(release)), ".")


def asked_again(release: Release, tag: str, work: Work) -> Words:
    """What is left of a question that was asked anew: how its round ended, where it was an earlier one.

    `tag`: the card's, "r1" in the first round, "r1.2" once the plan has changed.
    """
    number = int(re.sub(r"^r(\d+).*$", r"\1", tag)) if re.match(r"r\d", tag) else 0
    now = release.round.number if release.round is not None else 0
    held = work.releases.round(release, number) if 0 < number < now else None
    if held is None or held.closed_at is None:
        return words(Said(release.title), ": you are asked again below.")
    ended = At(held.closed_at, "day", release.planned.zone)
    result = _ENDED.get(held.verdict or "", "closed")
    return words(Said(release.title), f", round {number}: {result} ", ended, ". You are asked again below.")
