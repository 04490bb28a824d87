"""Word the answers that belong to no single ability: refusals with their way out, choices, usage, failures."""

import difflib
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace

from bot.kit import access
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Button, Input, Lines, Message, Para, Reply, Small, say
from bot.kit.declare import Verb, shown
from bot.kit.desk import Desk
from bot.kit.fixes import fixes, offers
from bot.kit.follow import read
from bot.kit.mentions import spelled_out
from bot.kit.naming import is_version, split_word
from bot.kit.other_words import MAY_MEAN, MOST_WORDS, SAID_OF
from bot.kit.subject import MOST_CHOICES, Several, describe_choice
from bot.kit.telling import in_public, when_line
from bot.kit.typed_verb import is_denied
from bot.release.deploying import PartsElsewhere
from bot.release.errors import Refusal
from bot.release.frozen import Frozen
from bot.release.policy import service_key
from bot.release.release import DEFAULT_ENVIRONMENT, Outcome, Part, Release
from bot.release.states import STATE_WORDS, Move, State, may
from bot.release.words import At, Bold, Channel, Code, Said, Who, Words, listing, words

#: What happened to a deploy, each by somebody.
_OF_DEPLOYS = ("deploy_started", "deploy_finished", "deploy_failed", "rollback_started", "rolled_back",
               "rollback_called_off")  # fmt: skip
#: `REL-12`, `#12`.
_NUMBER = re.compile(r"#\d+|[A-Za-z]+-\d+")
#: What is meant where a verb is denied.
_OTHERWISE = {"condition done": ("condition not-done",)}
#: How the codes end of what is refused because it is cancelled.
_IN_CANCELLED = f"_in_{State.CANCELLED.value}"
_IN_ROLLED_BACK = ("_in_rolled_back", "_in_closed")
_BACK_FROM_CLOSED = f"not_{Move.ROLLBACK.name.lower()}_in_{State.CLOSED.value}"
#: Around a word these are no part of it.
_MARKS = "!?.,:;*_~`"
#: The code of what is refused only since words were typed behind it.
WORDS_OF_NO_USE = "no_words"
#: What was typed goes along with the button that says it again, up to so many characters.
MOST_CARRIED = 1_000
#: So much alike are a verb and its misspelling, from 0 to 1; a short one has two of three letters right ("neu").
ALIKE, SHORT_ALIKE, SHORT = 0.7, 0.66, 4


def refused(refusal: Refusal, ask: Ask, desk: Desk) -> Reply:
    """The no, with buttons for what is possible instead."""
    buttons = tuple(_offers(refusal, ask, desk))
    said = words(refusal.words, _by_whom(refusal.parts, ask, desk) if isinstance(refusal, PartsElsewhere) else ())
    said = words(said, _again(ask.found, ask.user, desk) if _is_over(refusal, ask.found) and ask.found else ())
    said = words(said, _way_back(ask.found, desk) if refusal.code == _BACK_FROM_CLOSED and ask.found else ())
    shown = Lines(tuple(_lines(said)))
    return Reply(Message(said, (shown, Actions(buttons)) if buttons else (shown,)))


def _by_whom(parts: list[str], ask: Ask, desk: Desk) -> Words:
    """Who brought the deploy of these parts to where it is, and when."""
    if ask.found is None:
        return ()
    done = [row for row in desk.work.audit.named(ask.found.id, _OF_DEPLOYS) if row.by is not None]
    moved = [row for row in done if set(row.details.get("parts", parts)) & {*parts}]
    if not moved:
        return ()
    last = moved[-1]
    return words(" ", Who(last.by or ""), " ", last.said, ", ", At(last.at, "day", ask.found.planned.zone), ".")


def _way_back(closed: Release, desk: Desk) -> Words:
    """How to get back from what is long over: by a release of its own."""
    if closed.outcome is not Outcome.LIVE:
        return ()
    part, *others = closed.active_parts
    service = f'"{part.service}"' if " " in part.service else part.service
    typed = "new" if others else f"new {service} <version>{_to(part)} hotfix in 1h"
    return words(" To go back to an earlier version, plan that: ", Code(f"{desk.catalogue.command} {typed}"), ".")


def _to(part: Part) -> str:
    return "" if service_key(part.environment) == DEFAULT_ENVIRONMENT else f" to {part.environment}"


def _is_over(refusal: Refusal, release: Release | None) -> bool:
    """Refused because it was cancelled or rolled back: its next try is a release of its own."""
    back = release is not None and release.outcome is Outcome.ROLLED_BACK
    return refusal.code.endswith(_IN_CANCELLED) or (back and refusal.code.endswith(_IN_ROLLED_BACK))


def _again(cancelled: Release, user: str, desk: Desk) -> Words:
    """That it can be planned again, and how; or that it is."""
    [part, *others] = cancelled.parts
    found = desk.work.releases.find(part.service, part.version, open_only=True, limit=MOST_CHOICES,
                                    seen=lambda one: access.may_see(desk, user, one))  # fmt: skip
    for one in found:
        if one.id != cancelled.id and any(other.key == part.key for other in one.active_parts):
            return words(" It is planned again: ", desk.ref(one), ".")
    service = f'"{part.service}"' if " " in part.service else part.service
    typed = "new" if others else f"new {service} {part.version}{_to(part)} tomorrow 14:00"
    return words(" It can be planned again: ", Code(f"{desk.catalogue.command} {typed}"), ".")


#: What says of a release how it stands, rather than what to do to it.
_AUXILIARY = re.compile(r"^(?:(?:is|are|was|has|have|been|now|just|already|went|got|gone)\s+)+")


def _lines(row: Words) -> Iterator[Words]:
    """The row where our own words break it: whole lines are counted where not all of them fit."""
    line: Words = ()
    for piece in row:
        first, *more = piece.split("\n") if isinstance(piece, str) else (piece,)
        line = words(line, first)
        for one in more:
            yield line
            line = words(one)
    yield line


def _offers(refusal: Refusal, ask: Ask, desk: Desk) -> list[Button]:
    if ask.found is not None:
        causes = refusal.causes[:1] if isinstance(refusal, Frozen) else ()  # the last to end
        fixed = [one for cause in causes for one in fixes(cause, ask.found, ask.user, desk)]
        found = [*fixed, *offers(refusal.offers, ask.found, ask.user, desk)]
        carried = 0 < len(ask.text) <= MOST_CARRIED and refusal.code != WORDS_OF_NO_USE
        again = f"do.{ask.verb.verb}" if ask.verb is not None and carried else ""
        return [replace(one, data={**one.data, "t": ask.text}) if one.name == again else one for one in found]
    known = [desk.catalogue.verbs[name] for name in refusal.offers if name in desk.catalogue.verbs]
    typed = {"t": ask.text} if 0 < len(ask.text) <= MOST_CARRIED else {}
    return [
        Button(verb.button_label, f"do.{verb.verb}", typed if verb is ask.verb else {})
        for verb in known
        if verb.subject != "required"
    ]


def for_others(ask: Ask, desk: Desk) -> Reply | None:
    """What somebody who is not of the release's crew may read of it; None for its crew and admins."""
    release = ask.release
    if access.is_crew(desk, ask.user, release):
        return None
    line = in_public(release)
    head = words(Bold(f"{release.names} → {release.environments}"), f"   {desk.ref(release)}")
    rows = (head, line, when_line(release, desk.now))
    more = words("Who said what, and why, is for its crew: that is who is in ", Channel(release.channel), ".")
    return Reply(Message(words(Said(release.title), ": ", line), (Lines(rows), Small(more))))


def choose(several: Several, name: str, desk: Desk) -> Reply:
    """It is not certain which release is meant: one button each, naming version and time. `name`: what they press.

    Where words would be lost, nothing is done by saying which release is meant: each button says what it does.
    """
    release = several.candidates[0].release
    verb = desk.catalogue.words.get(name.removeprefix("do.")) if several.why else None
    if name == "do.go" and several.unread and len(several.candidates) > 1:
        return _go_without(several, desk)
    if name == "do.go" and several.unread and release.state is State.OPEN:  # praise, or what the go depends on
        lost = words("A go takes no words, so “", Said(several.unread), "” would be lost.")
        why = lost if _is_remark(several, desk) else words(*several.why, " With a go it would be lost.")
        row = words(why, " Say go on ", Bold(release.title), ", or go if it depends on that?")
        on_it = desk.offer("go-if", release, t=several.unread)
        return say(row, blocks=(Actions((desk.offer("go", release), on_it)),))
    if verb is not None and several.unread and not verb.reads:
        return _without(several, verb, desk)
    buttons = tuple(
        Button(describe_choice(one.release, desk), name, {**shown(one.release), "t": one.rest},
               confirm=verb.confirm(one.release) if verb is not None and verb.confirm else None)
        for one in several.candidates
    )  # fmt: skip
    asked: Words = ("Which one do you mean?" if len(buttons) > 1 else "Do you mean this one?",)
    if several.has_more:
        named = Code(f"{desk.catalogue.command} {name.removeprefix('do.')} {desk.ref(release)}")
        asked = words(asked, " There are more; name another like this: ", named, ".")
    return say(words(*several.why, " ", asked) if several.why else asked, blocks=(Actions(buttons),))


def _without(several: Several, verb: Verb, desk: Desk) -> Reply:
    """What can be done without the words that would be lost, `not yet` among them perhaps."""
    does = [verb.verb, *(one for one in _OTHERWISE.get(verb.verb, ()) if is_denied(several.unread))]
    buttons = tuple(
        desk.offer(one, found.release, label=f"{desk.catalogue.verbs[one].button_label}: {named}", t=found.rest)
        for found in several.candidates
        for named in [describe_choice(found.release, desk)]
        for one in does
    )
    asked = "Do you mean this one?" if len(several.candidates) == 1 else "Which one do you mean?"
    done = "Nothing was done." if is_denied(several.unread) else asked
    return say(words(*several.why, " ", done), blocks=(Actions(buttons),))


def _go_without(several: Several, desk: Desk) -> Reply:
    """Of several, the one that is chosen goes without what was typed: its button says so."""
    buttons = tuple(
        Button(f"Go: {describe_choice(one.release, desk)}", "do.go", shown(one.release)) for one in several.candidates
    )
    typed = Code(f"{desk.catalogue.command} go-if {desk.ref(several.candidates[0].release)} …")
    lost = words("A go takes no words, so “", Said(several.unread), "” would be lost; if it depends on that: ", typed)
    row = words(*several.why, " ", lost, ". On which one do you say go?")
    return say(row, blocks=(Actions(buttons),))


def _is_remark(several: Several, desk: Desk) -> bool:
    """Whether the words behind a go name no other release."""
    bare = [word.strip(".,:;!?&+") for word in several.unread.split() if not word.startswith("@")]
    named = any(is_version(word) or _NUMBER.fullmatch(word) for word in bare)
    return not named and not desk.work.releases.open_services(service_key(word) for word in bare)


def narrowed(several: Several, verb: Verb, ask: Ask, desk: Desk) -> Several:
    """Those of them with which it would not be refused at once, unless that is none of them.

    For verbs that no state of a release keeps from it: of the others, those that can be meant were looked for.
    """
    if verb.check is None or verb.move is not None or len({one.rest for one in several.candidates}) != 1:
        return several
    fitting = []
    for one in several.candidates:
        with suppress(Refusal):
            verb.check(replace(ask, found=read(one.release, desk), text=one.rest), desk)
            fitting.append(one)
    if fitting:
        several.candidates = fitting
    return several


def others_too(ask: Ask, desk: Desk) -> tuple[Small, ...]:
    """Below a list that is cut, where to find the rest of it."""
    if not ask.has_more or ask.verb is None:
        return ()
    typed, one = desk.catalogue.command, desk.ref(ask.several[0])
    rest, each = Code(f"{typed} list"), Code(f"{typed} {ask.verb.verb} {one}")
    return (Small(words("There are more: ", rest, " shows all, ", each, " one of them.")),)


def require_possible(several: Several, verb: Verb, desk: Desk) -> None:
    """Raise a Refusal where what was typed is possible for none of them: then nobody has to choose one first."""
    found = [read(one.release, desk) for one in several.candidates]
    if len(found) < 2 or verb.move is None or any(may(one.state, verb.move) for one in found):
        return
    stand = [words(Said(one.title), " is ", STATE_WORDS[one.state]) for one in found]
    typed = Code(f"{desk.catalogue.command} {verb.verb}")
    raise Refusal(typed, " is possible for none of these now: ", listing(stand), ".", code="possible_for_none",
                  offers=("status",))  # fmt: skip


def incomplete(verb: Verb, asks: Iterable[Input], ask: Ask, desk: Desk) -> Refusal:
    """What a line lacks that was typed where no dialog can be opened: its button opens one, with what was typed."""
    missing = [field.label.rstrip("?") for field in asks if not field.optional and not ask.args.get(field.name)]
    lacks = words("Missing: ", Bold(", ".join(missing)), ". ") if ask.text and missing else ()
    return Refusal(*lacks, *usage(verb, desk), code="usage", offers=(verb.verb,))


def usage(verb: Verb, desk: Desk) -> Words:
    """How a verb is typed."""
    examples = [Code(f"{desk.catalogue.command} {example}") for example in verb.examples[:2]]
    return words(
        "Type ", Code(f"{desk.catalogue.command} {verb.usage}"), " — for example ", listing(examples, last=" or "), "."
    )


def split_unknown(text: str) -> tuple[str, str]:
    """What is no verb, as many of its words as mean something together, and the rest: `looks good to me payments`."""
    typed = text.split()
    for count in range(min(len(typed), MOST_WORDS), 1, -1):
        if " ".join(typed[:count]).casefold().strip(_MARKS) in MAY_MEAN:
            return " ".join(typed[:count]), " ".join(typed[count:])
    return split_word(text)


def unknown(word: str, ask: Ask, desk: Desk) -> Reply:
    """A verb nobody knows: suggest the nearest, with a button for those that only show something, and help.

    Where a release was named with it, each of them that can be done to it now is a button.
    """
    said = words(not_known(word, desk), " ", Code(f"{desk.catalogue.command} help"), " shows what I can do.")
    meant = (word.casefold(),) if word.casefold() in desk.catalogue.words else _meant(word, desk)
    known = [desk.catalogue.words[name].verb if name in desk.catalogue.words else name for name in meant]
    buttons = offers(known, ask.found, ask.user, desk) if ask.found is not None else []
    for name in () if buttons else meant:
        called, rest = (name, "") if name in desk.catalogue.words else name.split(" ", 1)  # “list mine” has words of it
        one = desk.catalogue.words[called]
        if one.reads and one.verb:
            data = {"t": rest} if rest else {}
            buttons.append(Button(f"{one.button_label} {rest}".rstrip(), f"do.{one.verb}", data))
    return say(said, blocks=(Actions(tuple(buttons)),)) if buttons else say(said)


def said_of(said: str, release: Release, ask: Ask, desk: Desk) -> Reply | None:
    """`is live now`, behind a release's name: what may be meant by it, as buttons; None where nobody knows."""
    words_of_it = _AUXILIARY.sub("", said.casefold().strip("!?. ")).removesuffix(" now").strip()
    known = desk.catalogue.words.get(words_of_it)
    meant = SAID_OF.get(words_of_it.removesuffix(" it")) or ((known.verb,) if known is not None else ())
    buttons = tuple(offers(meant, release, ask.user, desk))
    if not buttons:
        return None
    unread = words("I don't know what “", Said(said), "” means after ", Said(release.title), ". Did you mean ",
                   listing([Code(one) for one in meant], last=" or "), "?")  # fmt: skip
    return say(unread, blocks=(Actions(buttons),))


def not_known(word: str, desk: Desk) -> Words:
    """That nobody knows this verb, and the nearest ones."""
    if word.casefold() in desk.catalogue.words:  # “can you approve payments”, to whoever may have been meant
        return words("Did you mean that for yourself?")
    near = _meant(word, desk)
    meant = words(" Did you mean ", listing([Code(one) for one in near], last=" or "), "?") if near else ()
    return words("I don't know “", Said(spelled_out(word, desk)), "”.", meant)


def _meant(word: str, desk: Desk) -> tuple[str, ...]:
    """The verbs that it may mean: those of that meaning, or the two that are spelt like it."""
    typed = word.casefold().replace("’", "'")
    if other := MAY_MEAN.get(typed) or MAY_MEAN.get(typed.strip(_MARKS)):
        return other
    typed = typed.strip(_MARKS)
    alike = SHORT_ALIKE if len(typed) <= SHORT else ALIKE
    present = [name for name, verb in desk.catalogue.words.items() if name not in verb.formerly]
    ending = [name for name in present if name.partition(" ")[2] == typed]  # of “away back” the last word
    swapped = [name for name in present if sorted(name) == sorted(typed)]  # “hlep”
    close = difflib.get_close_matches(typed, present, n=4, cutoff=alike)
    verbs: dict[int, str] = {}
    for name in (*ending, *swapped, *close):
        verbs.setdefault(id(desk.catalogue.words[name]), name)  # of one verb's names the nearest
    return tuple(verbs.values())[:2]


def failed(reference: str) -> Message:
    """An internal failure, without a traceback: nothing changed, and a reference for the log."""
    row = words("I couldn't store that: something went wrong on my side. Nothing changed; please try again. (ref ",
                reference, ")")  # fmt: skip
    return Message(row, (Para(row),))


def dialog_late() -> Message:
    row = words("I couldn't open the dialog in time. Nothing changed; please try again.")
    return Message(row, (Para(row),))


def dialog_delayed() -> Message:
    row = words("Slack can't open the dialog just now. Nothing changed; please try again in a minute.")
    return Message(row, (Para(row),))


def dialog_refused(error: str, reference: str) -> Message:
    """A defect of ours, or a right that the app lost: trying again is of no use."""
    row = words("Slack refuses to open the dialog (", error, "). Nothing changed. Trying again will not help: please "
                "tell whoever runs T-Minus here. (ref ", reference, ")")  # fmt: skip
    return Message(row, (Para(row),))


def uncertain(reference: str, command: str) -> Message:
    """COMMIT was sent and nobody knows how it ended."""
    row = words("I can't tell yet whether that was stored: the database was too slow to say. Please look with ",
                Code(f"{command} status"), " before you repeat it. (ref ", reference, ")")  # fmt: skip
    return Message(row, (Para(row),))


def busy(reference: str) -> Message:
    row = words("I couldn't store that: the database did not answer in time. Nothing changed; please try again. (ref ",
                reference, ")")  # fmt: skip
    return Message(row, (Para(row),))
