"""Record the go of somebody who is not in Slack: who, for which sign-off, and where it can be read."""

import re
from collections.abc import Mapping
from typing import Any

from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Button, Input, Message, Option, Reply, say
from bot.kit.declare import notice, verb
from bot.kit.desk import Desk
from bot.kit.forms import Form
from bot.kit.mentions import named
from bot.kit.telling import headline
from bot.release import recorded as rule
from bot.release.electorate import is_recorded
from bot.release.errors import Refusal
from bot.release.events import Event
from bot.release.release import Release, Vote
from bot.release.states import Move, State
from bot.release.words import Bold, Link, Said, Who, words
from storage.people import Person

#: So many are offered to choose from, with so many characters of a name.
MOST_CHOICES, MOST_LABEL = 5, 40
#: As typed, or as Slack marks it up: <https://…|…>.
_LINK = re.compile(r"<?(https?://[^\s<>|]+)(?:\|[^>]*)?>?")


def _roles(release: Release) -> tuple[Input, ...]:
    roles = rule.possible_roles(release)
    if len(roles) < 2:
        return ()
    return (Input("role", "For which sign-off?", kind="choice",
                  options=tuple(Option(one.role, one.role) for one in roles)),)  # fmt: skip


_FIELDS = Form(
    "Record a go",
    (
        Input("name", "Who said go?", placeholder="Jo Miller", max_length=rule.LONGEST_NAME),
        Input("link", "Where can it be read?", placeholder="https://…", max_length=rule.LONGEST_LINK,
              hint="A mail, a ticket, a signed page. Their name and yours stay on record."),
    ),
    submit="Record",
    more=_roles,
)  # fmt: skip


def _parse(ask: Ask, desk: Desk) -> Mapping[str, Any]:
    """`Jo Miller https://…`, in either order."""
    found = _LINK.search(ask.text)
    typed = _LINK.sub(" ", ask.text, count=1)  # an address may have an @ in it
    if there := named(typed, desk)[0]:
        raise Refusal(Who(there[0]), " is in Slack, and says go there themselves. A go is recorded for somebody who is "
                      "not: type their name without @.", code="is_in_slack", offers=("why",))  # fmt: skip
    name = " ".join(typed.split())
    return {"name": name[: rule.LONGEST_NAME + 1], "link": found[1] if found else ""}


def _check(ask: Ask, desk: Desk) -> None:
    rule.require_recordable(ask.release)


@verb(
    "go-for",
    usage="go-for [release] <name> <link>",
    summary="Record the go of somebody who is not in Slack",
    who="the captain or an admin, where the policy permits it",
    examples=("go-for Jo Miller https://mail.example/4711",),
    aliases=("go for", "record-go"),
    move=Move.RECORD_GO,
    form=_FIELDS,
    parse=_parse,
    check=_check,
    label="Record a go",
)
def go_for(ask: Ask, desk: Desk) -> Reply:
    release = ask.release
    name = " ".join(ask.arg("name").split())
    _know(name, desk)
    vote = rule.record_go(
        release, desk.electorate(release), name=name, role=ask.arg("role") or None, link=ask.arg("link"),
        now=desk.now, by=ask.user, path=ask.did.path, round_shown=ask.round_shown,
        prints_shown=ask.prints_shown,
    )  # fmt: skip
    role = f" for {vote.sign_off}" if len(release.sign_offs) > 1 else ""
    stands = headline(release, desk.electorate(release))
    back = _take_back(vote, release, desk) if release.state is State.OPEN else None
    return say("You recorded the go of ", Bold(name), role, " on ", Said(release.title), ". ", stands, ".",
               blocks=(Actions((back,)),) if back is not None else ())  # fmt: skip


@verb(
    "go-for withdraw",
    usage="go-for withdraw [release] [<name>]",
    summary="Take back a go that was recorded for somebody who is not in Slack",
    who="the captain or an admin, where the policy permits it",
    examples=("go-for withdraw Jo Miller",),
    aliases=("withdraw go",),
    move=Move.RECORD_GO,
    label="Take it back",
)
def withdraw(ask: Ask, desk: Desk) -> Reply:
    release, shown = ask.release, ask.data.get("w")
    called = "" if isinstance(shown, str) else ask.text
    held = rule.recorded_goes(release)
    if not (isinstance(shown, str) or called) and (len(held) > 1 or (held and "r" in ask.data)):
        back = [_take_back(vote, release, desk, desk.name(vote.user)[:MOST_LABEL]) for vote in held[:MOST_CHOICES]]
        return say("Whose go do you take back?", blocks=(Actions(tuple(back)),))
    one = shown if isinstance(shown, str) else rule.id_of(called) if called else held[0].user if held else ""
    if any(vote.user == one and ask.data.get("k", _mark(vote)) != _mark(vote) for vote in held):
        raise Refusal("The go of ", Who(one), " was recorded again since that message. Look again before you take it "
                      "back.", code="superseded_go", offers=("go-for withdraw", "status"))  # fmt: skip
    taken = rule.withdraw_go(release, one, called, now=desk.now, by=ask.user, round_shown=ask.round_shown)
    role = f" for {taken.sign_off}" if len(release.sign_offs) > 1 else ""
    stands = headline(release, desk.electorate(release))
    return say("The go of ", Who(taken.user), role, " on ", Said(release.title), " is taken back. ", stands, ".")


def _take_back(vote: Vote, release: Release, desk: Desk, label: str = "") -> Button:
    return desk.offer("go-for withdraw", release, label=label, w=vote.user, k=_mark(vote))


def _mark(vote: Vote) -> int:
    """Tells one go of somebody from another."""
    return int(vote.at.timestamp() * 1000)


@notice("recorded_go_withdrawn")
def withdrawn(event: Event, release: Release, desk: Desk) -> None:
    if event.by is not None:
        desk.in_thread(release, Message(words(Who(event.by), " ", event.said, ".")))


def _know(name: str, desk: Desk) -> None:
    """Keep the name as one keeps those of people in Slack: shown by its id, and erased with the person."""
    id = rule.id_of(name)
    if name and desk.work.people.get(id) is None:
        desk.work.people.put(Person(id, name, None, False, False, False, False, "", desk.now))


@notice("voted")
def recorded(event: Event, release: Release, desk: Desk) -> None:
    """Nobody saw them say it: the crew hears who recorded it, and where it can be read."""
    if event.by is not None and is_recorded(event.voter or ""):
        desk.in_thread(release, Message(words(Who(event.by), " ", event.said, ": ", Link(event.why, event.why), ".")))
