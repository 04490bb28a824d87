"""Take a release live, part by part: start, done, failed."""

from dataclasses import replace
from datetime import timedelta

from bot.kit import access, parts
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Button, Confirm, Input, Message, Para, Reply, say
from bot.kit.declare import notice, verb
from bot.kit.desk import Desk
from bot.kit.forms import Form
from bot.kit.freezes import freezing
from bot.kit.interaction import Kind
from bot.kit.leading import calling
from bot.kit.naming import may_be_version
from bot.kit.pages import WORDS_OF_NO_USE
from bot.kit.telling import headline, in_state, part_rows, taken_back, timing, titled
from bot.release import deploying
from bot.release.durations import say_length
from bot.release.errors import Refusal
from bot.release.events import Event
from bot.release.override import skipped_roles
from bot.release.part_names import find_parts, split_part
from bot.release.policy import Cover
from bot.release.release import Kind as ReleaseKind
from bot.release.release import PartState, Release
from bot.release.states import BEFORE_DEPLOY, Move, State
from bot.release.words import At, Bold, Said, Who, Words, at_beside, listing, words

_WHO = "the captain, the deployer or an admin"
#: A deploy typed in so long before its time is asked about first: it may be the wrong release.
EARLY = timedelta(hours=1)
#: Where a sign-off vouches for the time, that is sooner.
EARLY_FOR_THEM = timedelta(minutes=10)
_WHY = Form(
    "Deploy failed",
    (Input("why", "What failed?", kind="lines", max_length=1_000),),
    submit="Report",
    more=lambda release: parts.which(release, parts.RUNNING, "Which part failed?"),
)
_DONE = Form("Deploy done", (), "Done", lambda release: parts.which(release, parts.RUNNING, "Which part is done?"))


@verb(
    "deploy",
    usage="deploy start | done | fail <why>",
    summary="Start the deploy, say it is done, or that it failed",
    who=_WHO,
    examples=("deploy start", "deploy done web", "deploy fail smoke test is red"),
    reads=True,
    first=True,
    label="Deploy",
)
def deploy(ask: Ask, desk: Desk) -> Reply:
    """What can be done now, as buttons."""
    release = ask.release
    more: list[Button] = []
    if release.state is State.APPROVED:
        deploying.require_startable(release, None, freezing(release, desk), desk.now)
        buttons = [desk.offer("deploy start", release)]
    elif release.state is State.DEPLOYING:
        buttons, more = parts.deploy_buttons(release, desk)
    else:
        electorate = desk.electorate(release)
        if release.state in BEFORE_DEPLOY:
            raise deploying.not_approved(release, electorate, freezing(release, desk), desk.now)
        return say(words(Bold(release.title), ": ", headline(release, electorate)))
    row = words(Bold(release.title), ": ", headline(release, desk.electorate(release)))
    if release.state is State.APPROVED:
        row = words(row, ". Nobody has started it yet; it is planned for ", At(release.target_at, "day"), ".")
    return Reply(Message(row, (Para(row), *access.of_use(desk, ask.user, release, buttons, more))))


def _confirm_start(release: Release) -> Confirm:
    return parts.confirm_start(release, parts.those(release, parts.STARTABLE) or release.active_parts)


@verb(
    "deploy start",
    usage="deploy start [release] [part]",
    summary="Start deploying",
    who=_WHO,
    examples=("deploy start", "deploy start REL-12 web"),
    aliases=("start deploy",),
    move=Move.DEPLOY_START,
    confirm=_confirm_start,
    label="Start deploy",
    style="primary",
)
def deploy_start(ask: Ask, desk: Desk) -> Reply:
    release, part = ask.release, parts.called(ask.release, ask.text)
    typed = ask.did.kind in (Kind.COMMAND, Kind.MENTION)
    signed = any(Cover.SCHEDULE in one.covers for one in release.sign_offs)
    early = desk.now < release.target_at - (EARLY_FOR_THEM if signed else EARLY)
    if typed and release.state is State.APPROVED and (early or release.late is not None):
        deploying.require_startable(release, part, freezing(release, desk), desk.now)
        return _really(release, part, desk, early=early)
    _start(release, part, ask, desk)
    return _stands(ask, desk)


def _start(release: Release, part: str | None, ask: Ask, desk: Desk) -> None:
    """By whatever way it is started: what freezes have to do with it is looked up here."""
    frozen = freezing(release, desk)
    deploying.start(release, desk.electorate(release), part, freezing=frozen, now=desk.now, by=ask.user)


def _really(release: Release, part: str | None, desk: Desk, *, early: bool) -> Reply:
    planned = At(release.target_at, "day", release.planned.zone)
    soon = f", {say_length(release.target_at - desk.now)} from now" if early else ""
    named = release.part_title(find_parts(release, part)[0]) if part else release.title
    asked = words(Bold(named), " is planned for ", planned, soon, ".", parts.left_out(release),
                  " Start it already?" if early else " Start it?")  # fmt: skip
    start = desk.offer("deploy start", release, label="Start now", t=part or "").asked()
    return say(asked, blocks=(Actions((start, desk.offer("reschedule", release))),))


def _require_this_attempt(ask: Ask) -> None:
    """A button drawn during an earlier attempt says nothing of the present one; what is typed is meant for now."""
    if "r" in ask.data:
        shown = ask.data.get("a")
        deploying.require_attempt(ask.release, parts.chosen(ask), shown if isinstance(shown, int) else None)


def _parse_done(ask: Ask, desk: Desk) -> dict[str, str]:
    """Of several parts the one that is named; of one alone what is typed may be a remark, which is asked about."""
    release = ask.release
    if len(release.active_parts) > 1 or not ask.text or _calls(release, ask.text):
        return parts.read_part(ask)
    ask.release.require(Move.DEPLOY_DONE)
    raise Refusal("A deploy that is done takes no words, so “", Said(ask.text), "” would be lost. Is ",
                  Said(release.title), " live?", code=WORDS_OF_NO_USE,
                  offers=("deploy done", "deploy fail"))  # fmt: skip


def _calls(release: Release, name: str) -> bool:
    """Whether that names a part of it, by its number or in words."""
    return name.startswith("#") or name == parts.ALL or bool(split_part(release, name)[0]) or may_be_version(name)


def _check_done(ask: Ask, desk: Desk) -> None:
    ask.release.require(Move.DEPLOY_DONE)


@verb(
    "deploy done",
    usage="deploy done [release] [part]",
    summary="Say that the deploy is done",
    who=_WHO,
    examples=("deploy done", "deploy done web"),
    aliases=("done",),
    move=Move.DEPLOY_DONE,
    form=_DONE,
    parse=_parse_done,
    check=_check_done,
    label="Done",
    style="primary",
)
def deploy_done(ask: Ask, desk: Desk) -> Reply:
    _require_this_attempt(ask)
    deploying.finish(ask.release, parts.chosen(ask), now=desk.now, by=ask.user)
    return _stands(ask, desk)


def _confirm_shipped(release: Release) -> Confirm:
    names = listing([Said(part.name) for part in release.active_parts])
    where = listing([Said(one) for one in dict.fromkeys(part.environment for part in release.active_parts)])
    is_live = " is" if len(release.active_parts) == 1 else " are"
    asked = words(names, is_live, " said to be live on ", where, ". Its channels are told.")
    return Confirm("Is it live?", asked, "It is live", danger=False)


@verb(
    "shipped",
    usage="shipped [release]",
    summary="Start and done in one: it is live",
    who=_WHO,
    examples=("shipped",),
    aliases=("deploy shipped",),
    move=Move.DEPLOY_START,
    confirm=_confirm_shipped,
)
def shipped(ask: Ask, desk: Desk) -> Reply:
    release, part = ask.release, parts.called(ask.release, ask.text)
    typed = ask.did.kind in (Kind.COMMAND, Kind.MENTION)
    if typed and parts.names_both(release, ask.text, parts.STARTABLE | parts.RUNNING):
        release.require(Move.DEPLOY_START if release.state is State.APPROVED else Move.DEPLOY_DONE)
        one = release.part_title(release.active_parts[0])
        every = desk.offer("shipped", release, label="All of it", t=parts.ALL).asked()
        return say("Which is live, all of ", Bold(release.title), " or ", Said(one), " alone?",
                   blocks=(Actions((every, desk.offer("shipped", release, label=one, t=one).asked())),))  # fmt: skip
    if not any(one.state is PartState.DEPLOYING for one in find_parts(release, part)):
        _start(release, part, ask, desk)
    deploying.finish(release, part, now=desk.now, by=ask.user)
    return _stands(ask, desk)


def _parse_fail(ask: Ask, desk: Desk) -> dict[str, str]:
    """`web smoke test is red`: the part only where it is one."""
    several = len(ask.release.active_parts) > 1
    part, why = split_part(ask.release, ask.text) if several else ("", ask.text)
    return {**parts.read_part(replace(ask, text=part)), "why": why}


def _check_fail(ask: Ask, desk: Desk) -> None:
    ask.release.require(Move.DEPLOY_FAIL)
    if len(parts.those(ask.release, parts.RUNNING)) == 1:  # of several, the dialog asks which
        _require_this_attempt(ask)


@verb(
    "deploy fail",
    usage="deploy fail [release] [part] <why>",
    summary="Say that the deploy failed",
    who=_WHO,
    examples=("deploy fail smoke test is red",),
    aliases=("deploy failed", "failed", "fail"),
    move=Move.DEPLOY_FAIL,
    form=_WHY,
    parse=_parse_fail,
    check=_check_fail,
    label="Failed",
)
def deploy_fail(ask: Ask, desk: Desk) -> Reply:
    _require_this_attempt(ask)
    deploying.fail(ask.release, parts.chosen(ask), ask.arg("why"), now=desk.now, by=ask.user)
    return _stands(ask, desk)


@verb(
    "drop",
    usage="drop [release] <part>",
    summary="Leave a part out that is not deployed yet",
    who="the captain or an admin",
    examples=("drop REL-12 web",),
    move=Move.DROP,
)
def drop(ask: Ask, desk: Desk) -> Reply:
    deploying.drop(ask.release, ask.text, now=desk.now, by=ask.user)
    return _stands(ask, desk)


def _stands(ask: Ask, desk: Desk) -> Reply:
    """How it stands now; with what comes next where the card with its buttons is not at hand."""
    release = ask.release
    row = words(Bold(release.title), ": ", headline(release, desk.electorate(release)))
    blocks = [Para(row), *(Para(part) for part in part_rows(release))]
    at_card = ask.did.kind is Kind.BUTTON and ask.did.channel == release.channel
    if release.state is State.DEPLOYING and not at_card:
        return Reply(
            Message(row, (*blocks, *access.of_use(desk, ask.user, release, *parts.deploy_buttons(release, desk))))
        )
    return Reply(Message(row, tuple(blocks)))


@notice("deploy_started")
def deploy_started(event: Event, release: Release, desk: Desk) -> None:
    if event.by is not None:
        desk.in_thread(release, Message(words(Who(event.by), " ", event.said, ".")))


@notice("deploy_finished")
def deploy_finished(event: Event, release: Release, desk: Desk) -> None:
    """Of a part: once the last is done, it is told that it is live."""
    if event.by is not None and release.state is State.DEPLOYING:
        desk.in_thread(release, Message(words(Who(event.by), " ", event.said, ".")))


@notice("deploy_failed")
def deploy_failed(event: Event, release: Release, desk: Desk) -> None:
    if event.by is not None:
        row = calling(release, desk, Said(release.title), ": ", Who(event.by), " ", event.said, ": “", Said(event.why),
                      "”. Retry, or roll back.", but=event.by)  # fmt: skip
        desk.in_thread(release, Message(row), broadcast=True)


@notice("part_dropped")
def part_dropped(event: Event, release: Release, desk: Desk) -> None:
    if event.by is not None:
        why = words(" Why: “", Said(event.why), "”") if event.why else ()
        desk.in_thread(release, Message(words(Who(event.by), " ", event.said, ".", why)))


@notice("went_live")
def went_live(event: Event, release: Release, desk: Desk) -> None:
    """Outcomes go to the channel and, once, to those who only read broadcasts: a text one can forward."""
    since, zone = release.live_since or event.at, release.planned.zone
    at = at_beside(since, event.at, zone)
    count = 0 if release.kind is ReleaseKind.STANDARD else len(release.sign_offs)  # nobody is asked for those
    count -= len(skipped_roles(release))
    whole = all(part.state is PartState.LIVE for part in release.active_parts)  # nobody knows which part held what
    new = words(" New: ", Said(_first_line(release.changes)), ".") if release.changes and whole else ()
    counted = "" if count < 1 else " 1 sign-off." if count == 1 else f" {count} sign-offs."
    signed = words(counted, *_besides_the_rule(release, desk))
    live, back = in_state(release, PartState.LIVE), taken_back(release)
    undone = words(" ", back, ".") if back else ()
    are = " is" if len(live) == 1 else " are"
    row = words(titled(live, release), are, " live since ", at, ", ", timing(release), ".", undone, signed, new)
    desk.in_thread(release, Message(row), broadcast=True)
    desk.to_stakeholders(release, row)


def _besides_the_rule(release: Release, desk: Desk) -> list[Words]:
    """What whoever only reads the outcome shall not take for granted: an override, and a freeze that it passed."""
    rows: list[Words] = []
    if release.overridden is not None:
        roles = listing([Said(role) for role in sorted(skipped_roles(release))])
        rows.append(words(" Go by override", words(", without ", roles) if roles else "", "."))
    started = desk.work.audit.named(release.id, ("deploy_started",))
    if any(row.details.get("freezes") for row in started):
        rows.append((" It was deployed during a freeze.",))
    return rows


def _first_line(text: str) -> str:
    line = text.strip().splitlines()[0].rstrip(".")
    return line if len(line) <= 200 else line[:199] + "…"
