"""Edit what a release is about: in one dialog, which says beforehand whose go each field would ask for again."""

from collections.abc import Mapping
from typing import Any

from bot.kit.ask import Ask
from bot.kit.blocks import Input, Lines, Message, Option, Para, Reply, say
from bot.kit.declare import notice, verb
from bot.kit.desk import Desk
from bot.kit.edits import asked_again, diff_rows
from bot.kit.forms import Form
from bot.kit.mentions import one_named
from bot.kit.naming import split_word
from bot.kit.telling import headline
from bot.release import editing as rule
from bot.release.errors import FieldRefusal, Refusal
from bot.release.events import Event
from bot.release.late import cut_off, is_late
from bot.release.release import Release, Risk
from bot.release.states import Move, State
from bot.release.words import At, Bold, Said, Who, listing, words
from bot.release.zones import say_time

MAX_TEXT = 3_000
MAX_WHY = 500
_RISKS = tuple(Option(risk.value, risk.value.capitalize()) for risk in Risk)
#: What is typed for a field.
_TYPED = {
    "changes": "changes", "links": "links", "link": "links", "risk": "risk", "rollback": "rollback_plan",
    "deployer": "deployer", "version": "version",
}  # fmt: skip
#: The fields that a sign-off may vouch for, as the dialog has them.
_ASKING = ("version", "changes", "rollback_plan", "links", "risk")


def _fields(release: Release) -> tuple[Input, ...]:
    """What it says now, to be changed in place."""
    ends = cut_off(release)
    late: tuple[Input, ...] = ()
    if ends is not None:
        at = say_time(ends, release.planned.zone, now=release.target_at)
        late = (Input("why", "Why can't it wait?", optional=True, max_length=MAX_WHY,
                      hint=f"For what's in it and the links after the code cut-off: {at}."),)  # fmt: skip
    asks = _asks(release)
    version: tuple[Input, ...] = ()
    if len(release.parts) == 1:
        version = (Input("version", "Version", max_length=rule.MAX_VERSION, initial=release.parts[0].version,
                         hint=asks["version"]),)  # fmt: skip
    return (
        *version,
        Input("changes", "What's in it?", kind="lines", optional=True, max_length=MAX_TEXT, initial=release.changes,
              hint=asks["changes"]),
        Input("rollback_plan", "How would you roll it back?", kind="lines", optional=True, max_length=MAX_TEXT,
              initial=release.rollback_plan, hint=asks["rollback_plan"]),
        Input("links", "Links", kind="lines", optional=True, max_length=MAX_TEXT, initial=release.links,
              placeholder="https://ci.example.com/412 tests",
              hint=f"One on each line, its name behind it. {asks['links']}".strip()),
        Input("risk", "Risk", kind="choice", options=_RISKS, initial=release.risk.value, hint=asks["risk"]),
        Input("deployer", "Who deploys it?", kind="user", optional=True, initial=release.deployer,
              hint="Nobody named: the captain."),
        *late,
    )  # fmt: skip


def _asks(release: Release) -> dict[str, str]:
    """What changing each field would lead to, said before: of those that ask the same people under the first alone."""
    asked = [field for field in _ASKING if field != "version" or len(release.parts) == 1]
    leads = {field: _leads_to(release, field) for field in asked}
    hints = dict.fromkeys(_ASKING, "")
    for to in filter(None, dict.fromkeys(leads.values())):
        first, *others = [field for field in asked if leads[field] == to]
        named = _plain(["this", *(rule.FIELDS[field] for field in others)], " or ")
        back = (
            f"It is go. Changing {named} takes that back and"
            if release.stage is State.APPROVED
            else f"Changing {named}"
        )
        hints[first] = f"{back} {to}."
    return hints


def _leads_to(release: Release, field: str) -> str:
    roles = rule.would_ask(release, [field])
    if not roles:
        return ""
    return f"asks {_plain(roles)} again" if len(release.sign_offs) > 1 else "asks for its go again"


def _plain(names: list[str], last: str = " and ") -> str:
    return "".join(str(piece) for piece in listing(names, last=last))


def _parse(ask: Ask, desk: Desk) -> Mapping[str, Any]:
    """`risk high`, `deployer @tom`; anything else is one more line of what's in it. The dialog shows it to be saved."""
    word, rest = split_word(ask.text)
    field = _TYPED.get(word.casefold().rstrip(":"))
    if field is None:
        return {"changes": f"{ask.release.changes}\n{ask.text}".strip()} if ask.text else {}
    if field == "deployer":
        found, _ = one_named(rest, desk, "A release has one deployer", "edit deployer @tom")
        return {field: found} if found else {}
    if field == "risk":
        return {field: rest.casefold()} if rest.casefold() in set(Risk) else {}
    return {field: rest}


def _check(ask: Ask, desk: Desk) -> None:
    rule.require_editable(ask.release)
    if ask.did.trigger is None:  # only a click can open a dialog
        raise Refusal("What ", Said(ask.release.title), " is about is edited in a dialog.", code="needs_dialog",
                      offers=("edit", "status"))  # fmt: skip


@verb(
    "edit",
    usage="edit [release]",
    summary="Change its version, what's in it, how to roll it back, links, risk, deployer",
    who="the captain or an admin",
    examples=("edit", "edit payments risk high", "edit REL-12 hotfix for the login page"),
    aliases=("change",),
    move=Move.EDIT,
    form=Form("Edit the release", (), "Save", _fields),
    parse=_parse,
    asks_always=True,
    check=_check,
    label="Edit",
)
def edit(ask: Ask, desk: Desk) -> Reply:
    release = ask.release
    rule.require_editable(release)
    wanted = _not_overtaken(ask, desk)
    changed = rule.changes_in(release, wanted)
    if (deployer := wanted.get("deployer")) and "deployer" in changed and not desk.is_full_member(deployer):
        raise FieldRefusal("deployer", Who(deployer), " is not a full member of this workspace. Name somebody who is, "
                           "or nobody: then the captain deploys it.", code="not_full_member")  # fmt: skip
    if changed and is_late(release, changed, desk.now):
        number = len(desk.work.decisions.late_changes(release.id)) + 1
        rule.ask_late(release, wanted, ask.arg("why"), number, now=desk.now, by=ask.user)
        yours = ask.user == release.captain
        who = words("Accept or refuse it in the message I sent you.") if yours else words(
            Who(release.captain), " is asked to accept it.")  # fmt: skip
        ended = At(cut_off(release) or desk.now, "day", release.planned.zone)
        return say("The code cut-off of ", Bold(release.title), " was ", ended, ", so this is a late change. Nothing "
                   "is changed yet. ", who)  # fmt: skip
    done = rule.edit(release, wanted, desk.electorate(release), now=desk.now, by=ask.user)
    desk.work.decisions.add_edit(release.id, release.content_revision, done.changed, ask.user)
    again = asked_again(release, done.touched, done.stand)
    back = " It is not go any more." if done.approval_ended else ""
    row = words(Bold(release.title), " is changed.", back, " ", again)
    return say(row, " " if again else "", headline(release, desk.electorate(release)), ".")


def _not_overtaken(ask: Ask, desk: Desk) -> dict[str, str]:
    """What this person wants, without what they left as they saw it. Refuses what was changed meanwhile."""
    release = ask.release
    wanted = {field: ask.arg(field) for field in rule.FIELDS if field in ask.args}
    seen = ask.data.get("e")
    if not isinstance(seen, int) or seen == release.content_revision:
        return wanted
    since = [one for one in desk.work.decisions.edits(release.id) if one.revision > seen]
    for field in {one.field for one in since} & wanted.keys():
        first, last = (next(one for one in order if one.field == field) for order in (since, reversed(since)))
        if wanted[field] in (first.before, rule.value_of(release, field)):
            del wanted[field]
            continue
        at = At(last.at, "time", release.planned.zone)
        raise FieldRefusal(field, Who(last.by), " changed this at ", at, ", while you were writing. Copy what you "
                           "typed, close this, and edit again.", code="superseded")  # fmt: skip
    return wanted


@notice("edited", "late_change_accepted")
def edited(event: Event, release: Release, desk: Desk) -> None:
    """In the thread: what changed, line by line, and who is asked again for it."""
    if event.by is None:
        return
    again = asked_again(release, event.details.get("touched", []), event.details.get("stand", []))
    ended = words(" ", Said(release.title), " is not go any more.") if event.details.get("approval_ended") else ()
    head = words(Who(event.by), " ", event.said, ".", ended, " " if again else "", again)
    rows = diff_rows(desk.work.decisions.edits(release.id), event.details["revision"])
    shown = Message(head, (Para(head), Lines(tuple(rows))) if rows else (Para(head),))
    desk.in_thread(release, shown, broadcast=bool(ended))  # its channel was told that it is go
