"""Roll a release back, all of it or a part; say when that is done, and why it was done when there is time for it."""

from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from bot.kit import access, parts
from bot.kit.ask import Ask
from bot.kit.blocks import ASKED, Actions, Confirm, Input, Lines, Message, Para, Reply, say
from bot.kit.declare import notice, press, verb
from bot.kit.desk import Desk
from bot.kit.forms import LIKELY, Form
from bot.kit.interaction import Kind
from bot.kit.leading import calling
from bot.kit.naming import HURRY, calm, tidy
from bot.kit.pages import WORDS_OF_NO_USE
from bot.kit.rollback_text import read_parts, without_version
from bot.kit.telling import headline, part_rows, taken_back, titled
from bot.release import deploying
from bot.release.errors import Refusal
from bot.release.events import Event
from bot.release.release import PartState, Release, part_key
from bot.release.rolled_back_why import MAX_WHY, rolled_back_at, rolled_back_parts, why_rolled_back
from bot.release.states import Move, State
from bot.release.words import At, Bold, Mention, Said, Who, at_beside, listing, words

_REASON = Input("why", "Why was it rolled back?", kind="lines", max_length=1_000)


def _asks_which(release: Release) -> tuple[Input, ...]:
    waiting = ", ".join(one.name for one in parts.those(release, {PartState.PENDING}))
    left_out = f"Not started, and then left out: {waiting}" if waiting else ""
    return parts.which(release, parts.TOUCHED, "Which part?", left_out)


_FORM = Form(
    "Roll back",
    (replace(_REASON, label="Why?", hint="There is time for it afterwards.", optional=True),),
    submit="Roll back",
    more=_asks_which,
)


def _confirm(release: Release) -> Confirm | None:
    """Where several parts can be meant, the dialog that asks which is question enough."""
    if rest := deploying.left_to_leave_out(release):
        never = words(listing([Said(one.name) for one in rest]), " has" if len(rest) == 1 else " have")
        return Confirm("Leave out the rest?", words(never, " not started, and will not: all else was rolled back."),
                       "Leave out")  # fmt: skip
    touched = parts.those(release, parts.TOUCHED)
    if len(touched) > 1:
        return None
    [part, *_] = touched or release.active_parts
    plan = words(" Its plan: ", Said(release.rollback_plan)) if release.rollback_plan else ()
    waiting = [Said(one.name) for one in parts.those(release, {PartState.PENDING}) if one is not part]
    dropped = words(" ", listing(waiting), " has" if len(waiting) == 1 else " have", " not started, and will not.")
    asked = words("That rolls back ", Said(part.name), " on ", Said(part.environment), ", and its crew is told.",
                  dropped if waiting else "", plan)  # fmt: skip
    return Confirm("Roll back?", asked, "Roll back")


#: What says that all of it is meant, and what is no reason.
_ALL_OF_IT = {"everything", "the whole thing", "the whole release", "all of it", "it all", "it", "the release"}
_NO_REASON = {*HURRY, "straight", "right", "back", "immediately", "quickly", "again"}
#: What ends a rollback that should not be.
_OFF = ("cancel", "undo", "stop", "abort")


def _parse(ask: Ask, desk: Desk) -> dict[str, Any]:
    """`web 5.1`, or `web 5.1 error rate doubled`: whatever is typed beside names is asked about, and may be why."""
    release, text = ask.release, parts.ALL if ask.text.casefold().strip("!. ") in _ALL_OF_IT else ask.text
    typed = ask.did.kind in (Kind.COMMAND, Kind.MENTION)
    several = len(parts.those(release, parts.TOUCHED)) > 1
    if not typed and ASKED in ask.data and not several:
        return {"part": "", "why": text}  # its question has said what it does
    part, why = _split(release, text if typed else without_version(text))
    likely = {LIKELY: {"part": parts.number(release, part)}} if part else {}
    why = "" if all(word in _NO_REASON for word in why.casefold().replace(",", " ").strip("!. ").split()) else why
    both = typed and not _names_release(ask) and parts.names_both(release, calm(text), parts.TOUCHED)
    if part and not why and not both and not (typed and text.casefold() == parts.ALL and not _says_which(ask, desk)):
        return {"part": part, "why": ""}
    if not typed:
        return {"why": why, **(likely or {"part": ""})}  # by its button: of several parts, the dialog asks which
    if not why and not part and _says_which(ask, desk):
        return {"part": parts.ALL, "why": ""}
    if several and ask.did.trigger is not None:
        return {"why": why, **likely}  # the dialog asks
    return {"part": parts.ALL, "why": why, "unsaid": "which"}


def _split(release: Release, text: str) -> tuple[str, str]:
    """The part that is named or "all", and what was typed beside its name; "" and all of it where that is unclear."""
    if text.casefold() == parts.ALL:
        return parts.ALL, ""
    found, rest = read_parts(release, text)
    if len(release.active_parts) == 1:  # “production” may be about it, and names nothing; “payments 2.14.0” does
        named = found and not rest and part_key(text) != part_key(found[0].environment)
        return (parts.ALL, "") if named else ("", text)
    if len(found) == len(release.active_parts):
        return parts.ALL, rest
    return (release.part_title(found[0]), rest) if len(found) == 1 else ("", text)


def _says_which(ask: Ask, desk: Desk) -> bool:
    """Whether more was typed than the verb, in a channel, and why. In the release's own thread, that one is meant."""
    did = ask.did
    if did.channel and did.thread_ts is not None:
        card = desk.work.cards.by_ts(did.channel, did.thread_ts)
        if card is not None and card.release_id == ask.release.id:
            return True
    return _names_release(ask)


def _names_release(ask: Ask) -> bool:
    """Whether more was typed than the verb and that: the release, before its part, as in `rollback REL-1 payments`."""
    typed, rest = tidy(ask.did.text).casefold().split(), ask.text.casefold().split()
    ways = [typed[:at] + typed[at + len(rest) :] for at in range(len(typed)) if typed[at : at + len(rest)] == rest]
    verbs = (ask.verb.verb, *ask.verb.aliases) if ask.verb is not None else ()
    return ask.verb is not None and not any(" ".join(way).rstrip("?!.,:;") in verbs for way in ways or [typed])


def _check(ask: Ask, desk: Desk) -> None:
    ask.release.require(Move.ROLLBACK)


@verb(
    "rollback",
    usage="rollback [release] [part] [<why>]",
    summary="Start rolling back",
    who="full members of the channel",
    examples=("rollback", "rollback REL-12 web error rate doubled"),
    aliases=("roll back", "revert"),
    move=Move.ROLLBACK,
    form=_FORM,
    parse=_parse,
    check=_check,
    confirm=_confirm,
    label="Roll back",
    style="danger",
)
def rollback(ask: Ask, desk: Desk) -> Reply:
    release, why = ask.release, ask.arg("why")
    if ask.arg("unsaid") and release.allows(Move.ROLLBACK):
        sure = _confirm(release)
        asked = words(Bold(sure.title), " ", sure.text) if sure else words("Which part of ", Bold(release.title), "?")
        asked = words(asked, " Why: “", Said(why), "”.") if why else asked
        typed = why if sure else ask.text  # the dialog that asks which part finds the one that was named
        label = sure.yes if sure else ""
        return say(asked, blocks=(Actions((desk.offer("rollback", release, label=label, t=typed).asked(),)),))
    deploying.rollback(release, parts.chosen(ask), why, now=desk.now, by=ask.user)
    if release.state is State.ROLLED_BACK:  # nothing was left but what never started
        return say(Bold(release.title), ": ", headline(release, desk.electorate(release)))
    several = len(release.active_parts) > 1
    stands = taken_back(release) if several else headline(release, desk.electorate(release))
    plan = words(" Its plan: ", Said(release.rollback_plan)) if release.rollback_plan else ()
    ends = Actions((desk.offer("rolled-back", release), desk.offer("rollback cancel", release)))
    return say(Bold(release.title), ": ", stands, ". When it is done, press Rolled back on the card.", plan,
               blocks=(ends,))  # fmt: skip


@verb(
    "rolled-back",
    usage="rolled-back [release] [part]",
    summary="Say that the rollback is done",
    who="full members of the channel",
    examples=("rolled-back",),
    aliases=("rolledback", "rolled back"),
    move=Move.ROLLED_BACK,
    form=Form("Rolled back", (), "Done", lambda release: parts.which(release, parts.GOING_BACK, "Which part?")),
    parse=lambda ask, desk: parts.read_part(ask),
    label="Rolled back",
    style="primary",
)
def rolled_back(ask: Ask, desk: Desk) -> Reply:
    deploying.require_rollback(ask.release, parts.chosen(ask), _shown(ask))
    deploying.rolled_back(ask.release, parts.chosen(ask), now=desk.now, by=ask.user)
    stands = headline(ask.release, desk.electorate(ask.release))
    rows = part_rows(ask.release)
    return say(Bold(ask.release.title), ": ", stands, blocks=(Lines(tuple(rows)),) if rows else ())


def _confirm_off(release: Release) -> Confirm:
    names = listing([Said(one.name) for one in parts.those(release, parts.GOING_BACK)])
    said = words("That says that nothing of ", names, " was rolled back: it stands as before.")
    return Confirm("Call the rollback off?", said, "Call it off")


def _parse_off(ask: Ask, desk: Desk) -> dict[str, str]:
    """The part; what names none may be why, which is asked about."""
    text = calm(ask.text)
    if text and not text.startswith("#") and text != parts.ALL and not read_parts(ask.release, text)[0]:
        ask.release.require(Move.ROLLED_BACK, "call off the rollback of")
        raise Refusal("Calling a rollback off takes no words, so “", Said(ask.text), "” would be lost. Call it off?",
                      code=WORDS_OF_NO_USE, offers=("rollback cancel",))  # fmt: skip
    return parts.read_part(ask)


@verb(
    "rollback cancel",
    usage="rollback cancel [release] [part]",
    summary="Say that it is not rolled back after all",
    who="full members of the channel",
    examples=("rollback cancel",),
    aliases=tuple(f"{one} rollback" for one in _OFF) + tuple(f"rollback {one}" for one in _OFF if one != "cancel"),
    move=Move.ROLLED_BACK,
    form=Form("Call it off", (), "Call it off", lambda release: parts.which(release, parts.GOING_BACK, "Which part?")),
    parse=_parse_off,
    confirm=_confirm_off,
    label="Call off",
)
def rollback_cancel(ask: Ask, desk: Desk) -> Reply:
    deploying.require_rollback(ask.release, parts.chosen(ask), _shown(ask))
    deploying.call_off(ask.release, parts.chosen(ask), _attempts(ask.release, desk), now=desk.now, by=ask.user)
    rows = part_rows(ask.release)
    return say(Bold(ask.release.title), ": ", headline(ask.release, desk.electorate(ask.release)), ".",
               blocks=(Lines(tuple(rows)),) if rows else ())  # fmt: skip


def _shown(ask: Ask) -> int | None:
    """The rollback that the button was drawn for."""
    shown = ask.data.get("b")
    return shown if isinstance(shown, int) else None


def _attempts(release: Release, desk: Desk) -> dict[str, datetime]:
    """When the last deploy of each part began, by its title."""
    every = [release.part_title(part) for part in release.parts]
    started = desk.work.audit.named(release.id, ("deploy_started",))
    return {name: one.at for one in started for name in one.details.get("parts") or every}


@notice("rollback_called_off")
def called_off(event: Event, release: Release, desk: Desk) -> None:
    if event.by is not None:
        row = calling(release, desk, Said(release.title), ": ", Who(event.by), " ", event.said, ". ",
                      headline(release, desk.electorate(release)), ".", but=event.by)  # fmt: skip
        desk.in_thread(release, Message(row), broadcast=True)  # its channel was told that it began


@notice("rollback_started")
def rollback_started(event: Event, release: Release, desk: Desk) -> None:
    """Whoever did it is asked why, after the fact: rolling back must not wait for words."""
    if event.by is None:
        return
    row = calling(release, desk, Said(release.title), ": ", Who(event.by), " ", event.said, ".", but=event.by)
    if event.why:
        desk.in_thread(release, Message(words(row, " Why: “", Said(event.why), "”")), broadcast=True)
        return
    asked = words(row, " ", Mention(event.by), " why? There is time for it once things are calm.")
    which = " ".join(parts.number(release, str(title)) for title in event.details.get("parts", ()))
    button = ask_why.button("Say why", r=release.id, p=which, o=len(_called_off(release, desk)))
    shown = Message(asked, (Para(asked), Actions((button,))))
    desk.in_thread(release, shown, broadcast=True)


@press("rollback.why")
def ask_why(ask: Ask, desk: Desk) -> Reply:
    """Open the question, or store its answer; where somebody else was quicker, show what they said first."""
    release, which = ask.release, str(ask.data.get("p") or "")
    access.require(desk, ask.user, Move.ROLLBACK, release)
    deploying.require_rolled_back(release)
    called = {name for one in which.split() if (name := parts.called(release, one)) is not None}
    called = called or {release.part_title(part) for part in release.parts}
    gone = _called_off(release, desk)
    drawn = ask.data.get("o")
    seen_off = drawn if isinstance(drawn, int) else len(gone)  # buttons of earlier versions do not carry it
    off = {name for names in gone[seen_off:] for name in names}
    back = [one for one in rolled_back_parts(release) if release.part_title(one) in called - off]
    if not back:
        which_off = listing([Said(one) for one in sorted(called & off or called)])
        raise Refusal("The rollback of ", which_off, " was called off.", code="not_rolled_back", offers=("status",))
    before = why_rolled_back(release, back)
    seen, why, intro = sha256(before.encode()).hexdigest()[:8], before, words()
    if ask.did.kind is Kind.MODAL:
        why = str(ask.did.values.get("why") or "")
        if not before or ask.data.get("h") in (seen, None):
            deploying.explain_rollback(release, why, back, now=desk.now, by=ask.user)
            return Reply()
        intro = words("Somebody said meanwhile: “", Said(before), "”. What you say takes its place.")
    of = "".join(map(str, listing(map(release.part_title, back)))) if len(release.parts) > 1 else ""
    label = f"Why {'was' if len(back) == 1 else 'were'} {of} rolled back?" if of else _REASON.label
    fields = Form("Why rolled back?", (replace(_REASON, label=label, max_length=MAX_WHY),), "Say why")
    data = {"r": release.id, "p": which, "h": seen, "o": seen_off}
    return Reply(modal=fields.modal("rollback.why", data=data, initial={"why": why}, intro=intro))


def _called_off(release: Release, desk: Desk) -> list[list[str]]:
    """The parts of each rollback that was called off, in order."""
    every = [release.part_title(part) for part in release.parts]
    return [one.details.get("parts") or every for one in desk.work.audit.named(release.id, ("rollback_called_off",))]


@notice("rollback_explained")
def explained(event: Event, release: Release, desk: Desk) -> None:
    if event.by is not None:
        desk.in_thread(release, Message(words(Who(event.by), " ", event.said, ": “", Said(event.why), "”")))


@notice("rolled_back")
def told(event: Event, release: Release, desk: Desk) -> None:
    """The outcome is for everybody; its reason stays where the release lives."""
    at = At(event.at, "time", release.planned.zone)
    if release.state is not State.ROLLED_BACK:
        if event.by is not None:
            done = words(Said(release.title), ": ", Who(event.by), " ", event.said, ".")
            desk.in_thread(release, Message(done), broadcast=True)  # its channel was told that it began
        if release.outcome_at is not None and release.outcome_at < event.at:  # who heard that all of it is live
            parts = event.details["parts"]
            back = words(listing([Said(name) for name in parts]), " was" if len(parts) == 1 else " were")
            desk.to_stakeholders(release, words(Said(release.title), ": ", back, " rolled back at ", at, "."))
        return
    _tell_outcome(release, desk)


@notice("part_dropped")
def ended(event: Event, release: Release, desk: Desk) -> None:
    """What never started was all that was left of it."""
    if release.state is State.ROLLED_BACK:
        _tell_outcome(release, desk)


def _tell_outcome(release: Release, desk: Desk) -> None:
    zone, when = release.planned.zone, rolled_back_at(release) or desk.now
    at = at_beside(when, desk.now, zone)
    back = rolled_back_parts(release)
    what = (Said(release.title),) if len(back) == len(release.parts) else titled(back, release)
    row = words(what, " were" if 1 < len(back) < len(release.parts) else " was", " rolled back at ", at, ".")
    reason = why_rolled_back(release, back)
    why = words(" Why: “", Said(reason), "”") if reason else ()
    desk.in_thread(release, Message(words(row, why)), broadcast=True)
    desk.to_stakeholders(release, row)
