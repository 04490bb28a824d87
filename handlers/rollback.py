"""Roll a release back, all of it or a part; say when that is done, and why it was done when there is time for it."""

from bot.kit import access, parts
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Confirm, Input, Message, Para, Reply, say
from bot.kit.declare import notice, press, verb
from bot.kit.desk import Desk
from bot.kit.forms import Form
from bot.kit.interaction import Kind
from bot.kit.telling import headline
from bot.release import deploying
from bot.release.events import Event
from bot.release.release import Release
from bot.release.states import Move, State, may
from bot.release.words import At, Bold, Mention, Said, Who, listing, words

_REASON = Input("why", "Why was it rolled back?", kind="lines", max_length=1_000)


def _confirm(release: Release) -> Confirm | None:
    """Where several parts can be meant, the dialog that asks which is question enough."""
    touched = parts.those(release, parts.TOUCHED)
    if len(touched) > 1:
        return None
    [part, *_] = touched or release.active_parts
    plan = words(" Its plan: ", Said(release.rollback_plan)) if release.rollback_plan else ()
    asked = words("That rolls back ", Said(part.name), " on ", Said(part.environment), ", and its crew is told.", plan)
    return Confirm("Roll back?", asked, "Roll back")


def _check(ask: Ask, desk: Desk) -> None:
    ask.release.require(Move.ROLLBACK)


@verb(
    "rollback",
    usage="rollback [release] [part]",
    summary="Start rolling back",
    who="full members of the channel",
    examples=("rollback", "rollback REL-12 web"),
    aliases=("roll back", "revert"),
    move=Move.ROLLBACK,
    form=Form("Roll back", (), "Roll back", lambda release: parts.which(release, parts.TOUCHED, "Which part?")),
    parse=lambda ask, desk: parts.read_part(ask),
    check=_check,
    confirm=_confirm,
    label="Roll back",
    style="danger",
)
def rollback(ask: Ask, desk: Desk) -> Reply:
    asks = _names_nothing(ask) and may(ask.release.state, Move.ROLLBACK)
    if asks and (sure := _confirm(ask.release)) is not None:
        return say(Bold(sure.title), " ", sure.text, blocks=(Actions((desk.offer("rollback", ask.release).asked(),)),))
    deploying.rollback(ask.release, parts.chosen(ask), now=desk.now, by=ask.user)
    stands = headline(ask.release, desk.electorate(ask.release))
    plan = words(" Its plan: ", Said(ask.release.rollback_plan)) if ask.release.rollback_plan else ()
    return say(Bold(ask.release.title), ": ", stands, ". When it is done, press Rolled back on the card.", plan)


def _names_nothing(ask: Ask) -> bool:
    """Whether the word alone was typed in a channel. Who names the release, or writes in its thread, means that one."""
    typed, known = " ".join(ask.did.text.casefold().split()), ask.verb
    words_alone = known is not None and typed in (known.verb, *known.aliases)
    return words_alone and ask.did.thread_ts is None


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
    deploying.rolled_back(ask.release, parts.chosen(ask), now=desk.now, by=ask.user)
    return say(Bold(ask.release.title), ": ", headline(ask.release, desk.electorate(ask.release)))


@notice("rollback_started")
def rollback_started(event: Event, release: Release, desk: Desk) -> None:
    """Whoever did it is asked why, after the fact: rolling back must not wait for words."""
    if event.by is None:
        return
    row = words(Who(event.by), " ", event.said, ".")
    if event.why:
        desk.in_thread(release, Message(words(row, " Why: “", Said(event.why), "”")))
        return
    asked = words(row, " ", Mention(event.by), " why? There is time for it once things are calm.")
    desk.in_thread(release, Message(asked, (Para(asked), Actions((ask_why.button("Say why", r=release.id),)))))


@press("rollback.why")
def ask_why(ask: Ask, desk: Desk) -> Reply:
    """Open the question, or store its answer."""
    release = ask.release
    access.require(desk, ask.user, Move.ROLLBACK, release)
    if ask.did.kind is Kind.MODAL:
        deploying.explain_rollback(release, str(ask.did.values.get("why") or ""), now=desk.now, by=ask.user)
        return Reply()
    deploying.require_rolled_back(release)
    fields = Form("Why rolled back?", (_REASON,), "Say why")
    return Reply(modal=fields.modal("rollback.why", data={"r": release.id}, initial={"why": release.rollback_why}))


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
            desk.in_thread(release, Message(words(Who(event.by), " ", event.said, ".")))
        if release.outcome_at is not None and release.outcome_at < event.at:  # who heard that all of it is live
            parts = event.details["parts"]
            back = words(listing([Said(name) for name in parts]), " was" if len(parts) == 1 else " were")
            desk.to_stakeholders(release, words(Said(release.title), ": ", back, " rolled back at ", at, "."))
        return
    row = words(Said(release.title), " was rolled back at ", at, ".")
    why = words(" Why: “", Said(release.rollback_why), "”") if release.rollback_why else ()
    desk.in_thread(release, Message(words(row, why)), broadcast=True)
    desk.to_stakeholders(release, row)
