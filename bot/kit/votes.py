"""Tell somebody how their own vote stands, in the same words wherever it was given."""

from collections.abc import Iterable

from bot.kit.desk import Desk
from bot.kit.telling import headline
from bot.release.conditions import of_vote, until
from bot.release.policy import Cover, SignOff
from bot.release.release import Choice, Release, Vote
from bot.release.states import State
from bot.release.words import At, Bold, Said, Who, Words, listing, words

#: What a go vouches for, as it reads.
_COVERS = {
    Cover.CHANGES: "what's in it",
    Cover.SCHEDULE: "its time",
    Cover.ROLLBACK_PLAN: "the rollback plan",
    Cover.CHECKLIST: "the checklist",
}


def go_means(release: Release, sign_offs: Iterable[SignOff]) -> Words:
    """What a go for one of these commits to; nothing where they differ, or vouch for nothing that is there."""
    there = [tuple(cover for cover in _COVERS if cover in release.content(one.covers)) for one in sign_offs]
    if not there or not there[0] or len(set(there)) > 1:
        return ()
    are = "are" if len(there[0]) > 1 else "is"
    return words("Go means: ", listing([_COVERS[cover] for cover in there[0]]), f" {are} fine by you.")


def _said(vote: Vote) -> Words:
    if vote.choice is Choice.ABSTAIN:
        return (Bold("abstained"),)
    why = words(" “", Said(vote.why), "”") if vote.choice is Choice.GO_IF else ()
    return words("said ", Bold(called(vote.choice)), why)


def called(choice: Choice) -> str:
    """How an answer reads: “go if”."""
    return choice.value.replace("-", " ") if choice is Choice.GO_IF else choice.value


def you_said(vote: Vote, release: Release, desk: Desk) -> Words:
    """What they said, when, and where the release stands with it."""
    zone = release.planned.zone
    role = f" for {vote.sign_off}" if len(release.sign_offs) > 1 else ""
    row = words("You ", _said(vote), role, " ", At(vote.at, "time", zone), " on ", Said(release.title), ".")
    if (one := of_vote(release, vote)) is not None and one.outcome is None:
        row = words(row, " ", Who(one.owner), " has until ", until(one, release), ".")
    if release.state is State.APPROVED and release.decided_at == vote.at:
        return words(row, " You were the last. It's go.")
    return words(row, " ", headline(release, desk.electorate(release)), ".")
