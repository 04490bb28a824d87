"""Take votes: go, no-go, go if, abstain; what the voter hears, and what the others hear of it."""

import copy
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.kit.access import may_see
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Input, Option, Reply, say
from bot.kit.condition_text import read_condition
from bot.kit.declare import notice, verb
from bot.kit.desk import Desk
from bot.kit.edits import overtaken
from bot.kit.forms import LIKELY, Form
from bot.kit.interaction import Kind
from bot.kit.leading import calling
from bot.kit.times import read_time
from bot.kit.votes import elsewhere, you_said
from bot.release import poll as rule
from bot.release.decision import owing
from bot.release.delegating import principals
from bot.release.electorate import Electorate, is_recorded
from bot.release.errors import FieldRefusal, Refusal
from bot.release.events import Event
from bot.release.planned import TimeQuestion
from bot.release.release import Choice, Release
from bot.release.states import Move
from bot.release.words import Said, Who, listing, words

_REASONS = Input(
    "reason", "What is it about?", kind="radio", optional=True,
    options=tuple(Option(value, label) for value, label in (
        ("tests", "Tests red"), ("not_ready", "Not ready"), ("risk", "Risk too high"), ("security", "Security"),
        ("schedule", "Schedule"), ("other", "Something else"),
    )),
)  # fmt: skip
_REASON = Form(
    "No-go",
    (Input("why", "Why is it a no-go?", kind="lines", hint="So that somebody can fix it.", max_length=1_000),),
    submit="Say no-go",
    more=lambda release: (_REASONS,),
)
_CONDITION = Form(
    "Go if …",
    (
        Input("condition", "What does your go depend on?", kind="lines", placeholder="the smoke test is green",
              hint="It counts as a go once that is done.", max_length=1_000),
        Input("owner", "Who sees to it?", kind="user", optional=True,
              hint="If left empty: the captain, or you where the policy keeps the captain out of it."),
        Input("due", "By when?", optional=True, placeholder="13:00",
              hint="In your time zone. If left empty: until the go/no-go closes."),
    ),
    submit="Say go if",
)  # fmt: skip
_ABSTAIN = Form(
    "Abstain",
    (Input("why", "Why?", kind="lines", optional=True, max_length=1_000),),
    submit="Abstain",
)
#: The messages that ask for a vote, and that become the answer.
_ASKS = ("ask", "nudge", "ask.delegate")
#: What a button remembers of the plan and the contents that it was drawn for.
_SHOWN = ("n", "v", "e", "f")
#: Among so many people one chooses whose answer it is.
MOST_CHOICES = 4
#: Behind a no one of these, within so many words, may mean a go.
_NO_TROUBLE = {"problem", "problems", "prob", "trouble", "worry", "worries", "objection", "objections", "concern",
               "concerns", "issue", "issues", "blocker", "blockers", "showstopper", "showstoppers", "complaint",
               "complaints", "doubt", "doubts", "go"}  # fmt: skip
_SOON = 3
#: How a no-go begins, punctuation left out; of these `no` alone may mean something else.
_NO = {"no", "nogo", "no-go", "reject", "-1", "👎"}
#: How an answer is called where somebody changes it.
_CALLED = {Choice.GO: "go", Choice.NO_GO: "no-go", Choice.GO_IF: "go if", Choice.ABSTAIN: "abstaining"}


def _shown(ask: Ask) -> dict[str, Any]:
    return {"round_shown": ask.round_shown, "prints_shown": ask.prints_shown}


def _drawn_for(ask: Ask) -> dict[str, Any]:
    """For a button that goes on with this answer: what the message showed that it was given to."""
    return {key: ask.data[key] for key in _SHOWN if key in ask.data}


def _check_vote(ask: Ask, desk: Desk) -> None:
    """Refuse before asking for a reason what could not be counted anyway."""
    trial = copy.deepcopy(ask.release)
    electorate = desk.electorate(trial, freshly_for=ask.user)
    whose = _whose(ask, electorate)
    try:
        rule.cast_vote(
            trial, electorate, user=whose or ask.user, cast_by=ask.user if whose else None, choice=Choice.NO_GO,
            why="?", now=desk.now, path="", role=ask.data.get("s"), **_shown(ask),
        )  # fmt: skip
    except Refusal as no:
        raise overtaken(_not_for_others(no, ask, desk), ask, desk) from no


def _not_for_others(no: Refusal, ask: Ask, desk: Desk) -> Refusal:
    """Why somebody who was named by who is away can't answer for them."""
    if no.code != "may_not_vote":
        return no
    asked = owing(ask.release, desk.electorate(ask.release))
    named = sorted(user for user, one in desk.stood_in_for().items() if one.delegate == ask.user and user in asked)
    if not named:
        return no
    said = words(" ", listing([Who(user) for user in named]), " named you, and its ", Said(ask.release.policy.name),
                 " policy lets nobody answer for somebody else.")  # fmt: skip
    return Refusal(*no.words, *said, code=no.code, offers=no.offers)


@verb(
    "go",
    usage="go [release]",
    summary="Say go",
    who="those whose sign-off it asks for",
    examples=("go", "go payments"),
    aliases=("yes", "lgtm", "approve", "+1", ":+1:", ":thumbsup:", "👍"),
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
    aliases=("nogo", "no go", "no", "reject", "-1", ":-1:", ":thumbsdown:", "👎"),
    move=Move.VOTE,
    form=_REASON,
    check=_check_vote,
    label="No-go",
    style="danger",
)
def no_go(ask: Ask, desk: Desk) -> Reply:
    about = {option.value: f"{option.label}: " for option in _REASONS.options if option.value != "other"}
    why = ask.arg("why")
    if _may_mean_go(ask, why):
        _check_vote(ask, desk)
        ask.text = why if " " in why else ""  # “issues in staging” may be why; “issues” alone is not
        raise Refusal("“no ", Said(why), "” may mean go. Which one is it?", code="may_mean_go",
                      offers=("go", "no-go"))  # fmt: skip
    return _vote(ask, desk, Choice.NO_GO, about.get(ask.arg("reason"), "") + why if why else "")


def _may_mean_go(ask: Ask, why: str) -> bool:
    """Whether it was typed as `no` and goes on as “no problem” does; `no-go` means nothing else."""
    if ask.did.kind not in (Kind.COMMAND, Kind.MENTION):
        return False
    typed = [word.casefold().strip("!?.,:;") for word in ask.did.text.split()]
    behind = [word.casefold().strip("!?.,:;") for word in why.split()]
    said = next((at for at, word in enumerate(typed) if word in _NO), None)  # “payments no problems” has it behind
    if said is None or typed[said] != "no":
        return False
    if typed[said + 1 : said + 2] == ["go"] and behind[:1] != ["go"]:  # “no go” is no-go; “no, go” is not
        return False
    return not _NO_TROUBLE.isdisjoint(behind[:_SOON])


def _parse_condition(ask: Ask, desk: Desk) -> dict[str, Any]:
    """Typed, it counts; behind a button, which says less, it stands in the dialog."""
    read = read_condition(ask.text, ask, desk)
    found = {"condition": read.text, "owner": read.owner, "due": read.due}
    return found if ask.did.kind in (Kind.COMMAND, Kind.MENTION) else {LIKELY: found}


@verb(
    "go-if",
    usage="go-if [release] <why>",
    summary="Say go, as soon as something is done",
    who="those whose sign-off it asks for",
    examples=("go-if the smoke test is green", "go-if the load test is green, @tom by 13:00"),
    aliases=("go if", "goif", "conditional"),
    move=Move.VOTE,
    form=_CONDITION,
    parse=_parse_condition,
    check=_check_vote,
    label="Go if …",
)
def go_if(ask: Ask, desk: Desk) -> Reply:
    return _vote(ask, desk, Choice.GO_IF, ask.arg("condition"), condition=(_owner(ask, desk), _due(ask, desk)))


@verb(
    "abstain",
    usage="abstain [release] [<why>]",
    summary="Leave it to the others",
    who="those whose sign-off it asks for",
    examples=("abstain", "abstain I wrote half of it"),
    move=Move.VOTE,
    form=_ABSTAIN,
    label="Abstain",
)
def abstain(ask: Ask, desk: Desk) -> Reply:
    return _vote(ask, desk, Choice.ABSTAIN, ask.arg("why"))


def _owner(ask: Ask, desk: Desk) -> str | None:
    """Who was chosen to see to it: somebody who can be asked, and who may know of the release."""
    owner = ask.arg("owner") or None
    if owner is None or owner == ask.user:
        return owner
    if not desk.is_full_member(owner):
        raise FieldRefusal("owner", Who(owner), " can't be asked: only full members of this workspace can act on "
                           "releases. Please choose somebody else.", code="not_full_member")  # fmt: skip
    if not may_see(desk, owner, ask.release):
        raise FieldRefusal("owner", Who(owner), " can't see this release, which is private to its channel. Please "
                           "choose somebody who is there.", code="may_not_see")  # fmt: skip
    return owner


def _due(ask: Ask, desk: Desk) -> datetime | None:
    """By when, as typed; None: until the close."""
    text = ask.arg("due")
    if not text:
        return None
    read = read_time(replace(ask, args={"when": text}), desk, likely=ask.release.planned.zone)
    if isinstance(read, TimeQuestion):
        raise FieldRefusal("due", read.text, code="time_question")
    return read.at


def _vote(
    ask: Ask,
    desk: Desk,
    choice: Choice,
    why: str,
    condition: tuple[str | None, datetime | None] = (None, None),
) -> Reply:
    release = ask.release
    electorate = desk.electorate(release, freshly_for=ask.user)
    whose = _whose(ask, electorate)
    if whose is None and choice is Choice.GO and (both := _both(ask, electorate)):
        return _for_whom(both, ask, desk)
    try:
        vote = rule.cast_vote(
            release,
            electorate,
            user=whose or ask.user,
            cast_by=ask.user if whose else None,
            choice=choice,
            why=why,
            now=desk.now,
            path=ask.did.path,
            role=ask.data.get("s"),
            condition=condition,
            **_shown(ask),
        )
    except Refusal as no:
        raise overtaken(_not_for_others(no, ask, desk), ask, desk) from no
    if ask.did.kind is Kind.MODAL or _asked_there(ask, desk):
        return Reply()  # the message that asked, or the card, changes: that is the answer
    drawn = _drawn_for(ask) | ({"w": vote.user} if vote.cast_by is not None else {})
    others = elsewhere(vote, release, desk, **drawn)
    return say(you_said(vote, release, desk), blocks=(Actions(others),) if others else ())


def _whose(ask: Ask, electorate: Electorate) -> str | None:
    """For whom else they answer: as the button says, or since only somebody else's answer is theirs to give."""
    shown = ask.data.get("w")
    if isinstance(shown, str):
        return shown if shown != ask.user else None
    others = principals(ask.release, electorate, ask.user) if electorate.delegates else []
    return others[0] if len(others) == 1 and not _is_asked(ask, electorate) else None


def _is_asked(ask: Ask, electorate: Electorate) -> bool:
    return any(electorate.may_give(one, ask.user, ask.release) for one in ask.release.sign_offs)


def _both(ask: Ask, electorate: Electorate) -> list[str]:
    """Whose answer it may be, themselves among them, where the button does not say it and none was given yet."""
    if not electorate.delegates or "w" in ask.data:
        return []
    others = principals(ask.release, electorate, ask.user)
    given = {user for vote in ask.release.round_votes() for user in (vote.user, vote.cast_by)}
    open_ones = [user for user in others if user not in given]
    if not open_ones or ask.user in given:
        return []
    return [*([ask.user] if _is_asked(ask, electorate) else []), *open_ones]


def _for_whom(people: list[str], ask: Ask, desk: Desk) -> Reply:
    called = [(user, "me" if user == ask.user else desk.name(user)) for user in people[:MOST_CHOICES]]
    drawn = _drawn_for(ask)
    buttons = [desk.offer("go", ask.release, label=f"Go for {name}", w=user, **drawn) for user, name in called]
    return say("For whom do you say go? One person counts once.", blocks=(Actions(tuple(buttons)),))


def _asked_there(ask: Ask, desk: Desk) -> bool:
    """Whether the button stood on the message that asked for this vote, and that is redrawn."""
    if ask.did.kind is not Kind.BUTTON or not ask.did.channel or not ask.did.message_ts:
        return False
    desk.work.cards.of(ask.release.id)  # nearly always one of these, which are all drawn again anyway
    card = desk.work.cards.by_ts(ask.did.channel, ask.did.message_ts)
    if card is None or desk.catalogue.cards[card.kind].kind not in _ASKS:
        return False
    if card.release_id != ask.release.id:  # a reminder of several: it hangs on another of them
        desk.draw_again(card)
    return card.release_id == ask.release.id


@notice("voter_left")
def voter_left(event: Event, release: Release, desk: Desk) -> None:
    """It may be go now, or lack what it had: the captain is called."""
    number = release.round.number if release.round is not None else 0
    desk.in_thread_together(release, calling(release, desk, event.said, "."), f"votes.{number}")


@notice("voted")
def voted(event: Event, release: Release, desk: Desk) -> None:
    """A plain go, and who abstains, stand on the card only. A no-go goes to the thread, with its reason, and calls the
    captain; so does whoever changes their mind. (What a go depends on, conditions.py tells.)
    """
    choice, was = (event.details.get(name) for name in ("choice", "was"))
    if event.by is None or choice == Choice.GO_IF.value or is_recorded(event.voter or ""):
        return
    before = f" ({_CALLED[Choice(was)]} before)" if was is not None and was != choice else ""
    reason = words(": “", Said(event.why), "”") if event.why else ()
    if choice == Choice.NO_GO.value:
        row = calling(release, desk, Who(event.by), " ", event.said, before, reason, ".", but=event.by)
    elif before:
        row = words(Who(event.by), " ", event.said, before, reason, ".")
    else:
        return
    desk.in_thread_together(release, row, f"votes.{event.details.get('round')}")
