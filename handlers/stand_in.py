"""Ask somebody else for the go/no-go when those who were asked do not answer: one direct message, at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.kit.ask import Ask
from bot.kit.blocks import Input, Message, Reply, say
from bot.kit.declare import verb
from bot.kit.desk import Desk
from bot.kit.forms import Form
from bot.kit.mentions import one_named
from bot.kit.reminding import LAST_CALL, away_until, later
from bot.kit.telling import WHOLE_ROUND, left_to_ask
from bot.release import poll as rule
from bot.release.delegating import stood_in
from bot.release.errors import FieldRefusal, Refusal
from bot.release.release import Kind, Release
from bot.release.states import Move, State
from bot.release.words import At, Code, Said, Who, Words, listing, words

#: So many of those who could be asked are named.
MOST_NAMES = 8
_WHOM = Form(
    "Ask a stand-in",
    (Input("person", "Who shall answer?", kind="user", hint="Somebody who may give one of its sign-offs."),),
    submit="Ask",
)


def _parse(ask: Ask, desk: Desk) -> Mapping[str, Any]:
    found, _ = one_named(ask.text, desk, "One stand-in is asked at a time", "stand-in @finn")
    return {"person": found} if found else {}


def _check(ask: Ask, desk: Desk) -> None:
    release = ask.release
    release.require(Move.EXTEND, "ask a stand-in about")
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
    chosen = _require_able(person, release, desk)
    if release.state is State.STOPPED:
        rule.extend(release, desk.electorate(release), _longer(release, desk), now=desk.now, by=ask.user)
    if release.state is not State.OPEN or release.round is None:
        return say(Said(release.title), " needs no other answer any more.")
    closes = At(release.round.closes_at, "day", release.planned.zone)
    is_open = words(" The go/no-go of ", Said(release.title), " is open until ", closes, ".")
    told = words(Who(ask.user), " asked ", Who(person), " for the go/no-go, as a stand-in")
    if chosen.back is not None:
        later(release, person, chosen.back, desk)
        away = words(Who(person), " is away until ", At(chosen.back, "day", release.planned.zone))
        desk.in_thread(release, Message(words(told, "; ", away, ".")))
        others = words(" You can ask ", chosen.others, " now.") if chosen.others else ()
        return say(away, ", and is asked then.", is_open, others)
    number = f"r{release.round.number}"
    if chosen.instead_of is None:
        desk.draw("ask", release, person, tag=number)
        desk.in_thread(release, Message(words(told, ".")))
        return say(Who(person), " is asked now.", is_open)
    desk.draw("ask.delegate", release, person, tag=number)
    desk.in_thread(release, Message(words(told, " for ", Who(chosen.instead_of), ".")))
    back = At(desk.stood_in_for()[chosen.instead_of].away_until or desk.now, "day", release.planned.zone)
    return say(Who(person), " is asked now, for ", Who(chosen.instead_of), ", who is away until ", back, ".", is_open)


@dataclass(frozen=True)
class _Chosen:
    """Somebody who can be asked: `instead_of` whom, if it is somebody else's answer; when they are `back`, if they are
    away until shortly before it closes; and which `others` could be asked now.
    """

    instead_of: str | None = None
    back: datetime | None = None
    others: Words = ()


def _require_able(person: str, release: Release, desk: Desk) -> _Chosen:
    """Raise the FieldRefusal that names who could be asked instead, unless this person may answer, has not, and is
    there in time.
    """
    electorate = desk.electorate(release)
    able = {user for sign_off in release.sign_offs for user in electorate.givers(sign_off, release)}
    answered = {vote.user for vote in release.round_votes() if release.stands(vote)} if _is_open(release) else set()
    asked = able - answered
    instead = {user: delegate for user, delegate in stood_in(release, electorate).items() if user in asked}
    known = desk.work.decisions.attention(asked | set(instead.values()))
    away = {user: until for user, one in known.items() if (until := away_until(one, desk)) is not None}
    here = sorted((asked | set(instead.values())) - away.keys() - {person})
    others = listing([Who(user) for user in here], last=" or ", most=MOST_NAMES)
    named = words(" You can ask ", others, ".") if here else ()
    if person in away:
        closes = (
            release.round.closes_at
            if release.round is not None and _is_open(release)
            else desk.now + _longer(release, desk)
        )
        if person in asked and away[person] <= closes - LAST_CALL:
            return _Chosen(back=away[person], others=others)
        answers = words("; ", Who(instead[person]), " answers for them") if person in instead else ()
        raise FieldRefusal("person", Who(person), " is away until ", At(away[person], "day", release.planned.zone),
                           answers, ".", named or " Nobody else who may answer is here.", code="away")  # fmt: skip
    if person in asked:
        if desk.is_full_member(person):
            return _Chosen(others=others)
        raise FieldRefusal("person", Who(person), " belongs to another workspace, and I can't write to them. They can "
                           "answer with the buttons of its card.", code="foreign")  # fmt: skip
    principal = next((user for user, delegate in sorted(instead.items()) if delegate == person), None)
    if principal is not None and desk.is_full_member(person):
        return _Chosen(instead_of=principal, others=others)
    why = " has answered already." if person in able else words(" may give none of the sign-offs of ",
                                                                Said(release.title), ".")  # fmt: skip
    gone = [Who(user) for user in sorted(asked & away.keys())]
    if gone and not here:
        policy = Code(f"{desk.catalogue.command} policy")
        named = words(" ", listing(gone, most=MOST_NAMES), " may, and ", "is" if len(gone) == 1 else "are",
                      " away. An admin can give it to somebody else: ", policy, ".")  # fmt: skip
    raise FieldRefusal("person", Who(person), why, named, code="may_not_vote", offers=("policy",) if gone else ())


def _longer(release: Release, desk: Desk) -> timedelta:
    """Of another round, as far as there is time for one."""
    return timedelta(minutes=left_to_ask(release, desk.now) or WHOLE_ROUND)


def _is_open(release: Release) -> bool:
    return release.state is State.OPEN
