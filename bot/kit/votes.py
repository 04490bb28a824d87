"""Tell somebody how their own vote stands, in the same words wherever it was given."""

from bot.kit.desk import Desk
from bot.kit.telling import headline
from bot.release.conditions import of_vote
from bot.release.release import Choice, Release, Vote
from bot.release.states import State
from bot.release.words import At, Bold, Said, Who, Words, words


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
        row = words(row, " ", Who(one.owner), " has until ", At(one.due_at, "time", zone), ".")
    if release.state is State.APPROVED and release.decided_at == vote.at:
        return words(row, " You were the last. It's go.")
    return words(row, " ", headline(release, desk.electorate(release)), ".")
