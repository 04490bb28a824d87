"""Ask somebody else for the go/no-go when those who were asked do not answer: one direct message, at once."""

from collections.abc import Mapping
from typing import Any

from bot.kit.ask import Ask
from bot.kit.blocks import Input, Message, Reply, say
from bot.kit.declare import verb
from bot.kit.desk import Desk
from bot.kit.forms import Form
from bot.kit.mentions import people_named
from bot.kit.telling import HALF_HOUR
from bot.release import poll as rule
from bot.release.errors import FieldRefusal, Refusal
from bot.release.release import Kind, Release
from bot.release.states import Move, State
from bot.release.words import At, Said, Who, listing, words

#: So many of those who could be asked are named.
MOST_NAMES = 8
_WHOM = Form(
    "Ask a stand-in",
    (Input("person", "Who shall answer?", kind="user", hint="Somebody who may give one of its sign-offs."),),
    submit="Ask",
)


def _parse(ask: Ask, desk: Desk) -> Mapping[str, Any]:
    found, _ = people_named(ask.text, desk)
    return {"person": found[0]} if found else {}


def _check(ask: Ask, desk: Desk) -> None:
    release = ask.release
    release.require(Move.EXTEND)
    if release.kind is Kind.STANDARD:
        raise Refusal(Said(release.title), " is a standard release: its policy approves it, and nobody is asked.",
                      code="nobody_asked", offers=("poll", "why"))  # fmt: skip


@verb(
    "stand-in",
    usage="stand-in [release] <@person>",
    summary="Ask somebody else for the go/no-go, for half an hour where it has closed",
    who="the captain or an admin",
    examples=("stand-in @finn", "stand-in REL-12 @finn"),
    aliases=("standin", "stand in"),
    move=Move.EXTEND,
    form=_WHOM,
    parse=_parse,
    check=_check,
    label="Ask a stand-in",
)
def stand_in(ask: Ask, desk: Desk) -> Reply:
    release, person = ask.release, ask.arg("person")
    _check(ask, desk)
    _require_able(person, release, desk)
    if release.state is State.STOPPED:
        rule.extend(release, desk.electorate(release), HALF_HOUR, now=desk.now, by=ask.user)
    if release.state is not State.OPEN or release.round is None:
        return say(Said(release.title), " needs no other answer any more.")
    desk.draw("ask", release, person, tag=f"r{release.round.number}")
    desk.in_thread(release, Message(words(Who(ask.user), " asked ", Who(person), " for the go/no-go, as a stand-in.")))
    until = At(release.round.closes_at, "day", release.planned.zone)
    return say(Who(person), " is asked now. The go/no-go of ", Said(release.title), " is open until ", until, ".")


def _require_able(person: str, release: Release, desk: Desk) -> None:
    """Raise the FieldRefusal that names who could be asked instead, unless this person may answer and has not."""
    electorate = desk.electorate(release)
    able = {user for sign_off in release.sign_offs for user in electorate.givers(sign_off, release)}
    answered = {vote.user for vote in release.round_votes() if release.stands(vote)} if _is_open(release) else set()
    if person in able - answered:
        if desk.is_full_member(person):
            return
        raise FieldRefusal("person", Who(person), " belongs to another workspace, and I can't write to them. They can "
                           "answer with the buttons of its card.", code="foreign")  # fmt: skip
    others = sorted(able - answered)
    named = words(" You can ask ", listing([Who(user) for user in others], last=" or ", most=MOST_NAMES), ".")
    why = " has answered already." if person in able else words(" may give none of the sign-offs of ",
                                                                Said(release.title), ".")  # fmt: skip
    raise FieldRefusal("person", Who(person), why, named if others else (), code="may_not_vote")


def _is_open(release: Release) -> bool:
    return release.state is State.OPEN
