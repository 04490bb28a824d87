"""Take votes: go and no-go, what the voter hears, and what the others hear of a no-go."""

import copy
from typing import Any

from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Button, Input, Message, Reply, say
from bot.kit.declare import notice, verb
from bot.kit.desk import Desk
from bot.kit.forms import Form
from bot.kit.interaction import Kind
from bot.kit.votes import you_said
from bot.release import poll as rule
from bot.release.decision import tally
from bot.release.events import Event
from bot.release.release import Choice, Release, Vote
from bot.release.states import Move, State
from bot.release.words import Mention, Said, Who, words

_REASON = Form(
    "No-go",
    (Input("why", "Why is it a no-go?", kind="lines", hint="So that somebody can fix it.", max_length=1_000),),
    submit="Say no-go",
)


def _shown(ask: Ask) -> dict[str, Any]:
    seen = ask.data.get("f")
    return {"round_shown": ask.round_shown, "fingerprints_shown": seen if isinstance(seen, dict) else None}


def _check_vote(ask: Ask, desk: Desk) -> None:
    """Refuse before asking for a reason what could not be counted anyway."""
    trial = copy.deepcopy(ask.release)
    rule.cast_vote(
        trial, desk.electorate(trial), user=ask.user, choice=Choice.NO_GO, why="?", now=desk.now, path="", **_shown(ask)
    )


@verb(
    "go",
    usage="go [release]",
    summary="Say go",
    who="those whose sign-off it asks for",
    examples=("go", "go payments"),
    aliases=("yes", "lgtm"),
    move=Move.VOTE,
    label="Go",
    style="primary",
)
def go(ask: Ask, desk: Desk) -> Reply:
    return _vote(ask, desk, Choice.GO, "")


@verb(
    "no-go",
    usage="no-go [release] <why>",
    summary="Say no-go, and why",
    who="those whose sign-off it asks for",
    examples=("no-go secret scan still red",),
    aliases=("nogo", "no go", "no"),
    move=Move.VOTE,
    form=_REASON,
    check=_check_vote,
    label="No-go",
    style="danger",
)
def no_go(ask: Ask, desk: Desk) -> Reply:
    return _vote(ask, desk, Choice.NO_GO, ask.arg("why"))


def _vote(ask: Ask, desk: Desk, choice: Choice, why: str) -> Reply:
    release = ask.release
    vote = rule.cast_vote(
        release,
        desk.electorate(release),
        user=ask.user,
        choice=choice,
        why=why,
        now=desk.now,
        path=ask.did.path,
        role=ask.data.get("s"),
        **_shown(ask),
    )
    if ask.did.kind is Kind.MODAL or _asked_there(ask, desk):
        return Reply()  # the message that asked, or the card, changes: that is the answer
    others = _other_roles(vote, release, desk)
    return say(you_said(vote, release, desk), blocks=(Actions(others),) if others else ())


def _asked_there(ask: Ask, desk: Desk) -> bool:
    """Whether the button stood on the message that asked for this vote, and that is redrawn."""
    if ask.did.kind is not Kind.BUTTON or not ask.did.channel or not ask.did.message_ts:
        return False
    card = desk.work.cards.by_ts(ask.did.channel, ask.did.message_ts)
    return card is not None and desk.catalogue.cards[card.kind].kind == "ask"


def _other_roles(vote: Vote, release: Release, desk: Desk) -> tuple[Button, ...]:
    """Buttons that count the vote elsewhere: for a sign-off that misses one, and that this person may give too."""
    if release.state is not State.OPEN or vote.choice is not Choice.GO:
        return ()
    rows = [row for row in tally(release, desk.electorate(release)) if vote.user in row.givers and row.missing]
    others = [row.sign_off.role for row in rows if row.sign_off.role != vote.sign_off]
    return tuple(desk.offer("go", release, label=f"Count it for {role}", s=role) for role in others[:3])


@notice("voted")
def voted(event: Event, release: Release, desk: Desk) -> None:
    """A plain go stands on the card only; a no-go goes to the thread, with its reason, and calls the captain."""
    if event.by is not None and event.details.get("choice") != Choice.GO.value:
        captain = words(Mention(release.captain), " ") if event.by != release.captain else ()
        desk.in_thread(release, Message(words(captain, Who(event.by), " ", event.said, ": “", Said(event.why), "”.")))
