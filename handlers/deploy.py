"""Take a release live, part by part: start, done, failed."""

from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Confirm, Input, Message, Para, Reply, say
from bot.kit.declare import notice, verb
from bot.kit.desk import Desk
from bot.kit.forms import Form
from bot.kit.telling import headline, part_rows, timing
from bot.release import deploying
from bot.release.events import Event
from bot.release.release import PartState, Release
from bot.release.states import Move, State
from bot.release.words import At, Bold, Mention, Said, Who, listing, words

_WHO = "the captain, the deployer or an admin"
_WHY = Form(
    "Deploy failed",
    (
        Input("why", "What failed?", kind="lines", max_length=1_000),
        Input("part", "Which part?", optional=True, hint="Leave empty for all that are deploying."),
    ),
    submit="Report",
)


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
    if release.state is State.APPROVED:
        buttons = [desk.offer("deploy start", release)]
    elif release.state is State.DEPLOYING:
        buttons = [desk.offer(one, release) for one in ("deploy done", "deploy fail", "rollback")]
    else:
        electorate = desk.electorate(release)
        before = release.state in (State.SCHEDULED, State.OPEN, State.STOPPED, State.ON_HOLD)
        row = (
            deploying.why_not_approved(release, electorate, desk.now)
            if before
            else words(Bold(release.title), ": ", headline(release, electorate))
        )
        return say(row, blocks=(Actions((desk.offer("why", release),)),) if before else ())
    row = words(Bold(release.title), ": ", headline(release, desk.electorate(release)))
    return Reply(Message(row, (Para(row), Actions(tuple(buttons)))))


def _confirm_start(release: Release) -> Confirm:
    return Confirm(
        "Start the deploy?",
        words(Said(f"{release.names} goes to {release.environments}.")),
        "Start deploy",
        danger=False,
    )


@verb(
    "deploy start",
    usage="deploy start [release] [part]",
    summary="Start deploying",
    who=_WHO,
    examples=("deploy start", "deploy start REL-12 web"),
    move=Move.DEPLOY_START,
    confirm=_confirm_start,
    label="Start deploy",
    style="primary",
)
def deploy_start(ask: Ask, desk: Desk) -> Reply:
    deploying.start(ask.release, desk.electorate(ask.release), ask.text or None, now=desk.now, by=ask.user)
    return _stands(ask.release, desk)


@verb(
    "deploy done",
    usage="deploy done [release] [part]",
    summary="Say that the deploy is done",
    who=_WHO,
    examples=("deploy done", "deploy done web"),
    aliases=("done",),
    move=Move.DEPLOY_DONE,
    label="Done",
    style="primary",
)
def deploy_done(ask: Ask, desk: Desk) -> Reply:
    deploying.finish(ask.release, ask.text or None, now=desk.now, by=ask.user)
    return _stands(ask.release, desk)


@verb(
    "shipped",
    usage="shipped [release]",
    summary="Start and done in one: it is live",
    who=_WHO,
    examples=("shipped",),
    aliases=("deploy shipped",),
    move=Move.DEPLOY_START,
)
def shipped(ask: Ask, desk: Desk) -> Reply:
    release, part = ask.release, ask.text or None
    if not any(one.state is PartState.DEPLOYING for one in release.find_parts(part)):
        deploying.start(release, desk.electorate(release), part, now=desk.now, by=ask.user)
    deploying.finish(release, part, now=desk.now, by=ask.user)
    return _stands(release, desk)


def _parse_fail(ask: Ask, desk: Desk) -> dict[str, str]:
    """`web smoke test is red`: the part only where it is one."""
    several = len(ask.release.active_parts) > 1
    part, why = ask.release.split_part(ask.text) if several else ("", ask.text)
    return {"part": part, "why": why}


def _check_fail(ask: Ask, desk: Desk) -> None:
    ask.release.require(Move.DEPLOY_FAIL)


@verb(
    "deploy fail",
    usage="deploy fail [release] [part] <why>",
    summary="Say that the deploy failed",
    who=_WHO,
    examples=("deploy fail smoke test is red",),
    aliases=("deploy failed", "failed"),
    move=Move.DEPLOY_FAIL,
    form=_WHY,
    parse=_parse_fail,
    check=_check_fail,
    label="Failed",
)
def deploy_fail(ask: Ask, desk: Desk) -> Reply:
    deploying.fail(ask.release, ask.arg("part") or None, ask.arg("why"), now=desk.now, by=ask.user)
    return _stands(ask.release, desk)


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
    return _stands(ask.release, desk)


def _stands(release: Release, desk: Desk) -> Reply:
    rows = part_rows(release)
    row = words(Bold(release.title), ": ", headline(release, desk.electorate(release)))
    return Reply(Message(row, (Para(row), *(Para(part) for part in rows))))


@notice("deploy_started")
def deploy_started(event: Event, release: Release, desk: Desk) -> None:
    if event.by is not None:
        desk.in_thread(release, Message(words(Who(event.by), " ", event.said, ".")))


@notice("deploy_failed")
def deploy_failed(event: Event, release: Release, desk: Desk) -> None:
    if event.by is not None:
        row = words(
            Mention(release.captain),
            " ",
            Who(event.by),
            " ",
            event.said,
            ": “",
            Said(event.why),
            "”. Retry, or roll back.",
        )
        desk.in_thread(release, Message(row))


@notice("part_dropped")
def part_dropped(event: Event, release: Release, desk: Desk) -> None:
    if event.by is not None:
        desk.in_thread(release, Message(words(Who(event.by), " ", event.said, ".")))


@notice("went_live")
def went_live(event: Event, release: Release, desk: Desk) -> None:
    """Outcomes go to the channel and, once, to those who only read broadcasts: a text one can forward."""
    at = At(event.at, "time", release.planned.zone)
    count = len(release.sign_offs)
    new = words(" New: ", Said(_first_line(release.changes)), ".") if release.changes else ()
    signed = "1 sign-off" if count == 1 else f"{count} sign-offs"
    live = [Said(release.part_title(part)) for part in release.active_parts if part.state is PartState.LIVE]
    back = [Said(release.part_title(part)) for part in release.active_parts if part.state is PartState.ROLLED_BACK]
    undone = words(" ", listing(back), " was rolled back." if len(back) == 1 else " were rolled back.") if back else ()
    are = " is" if len(live) == 1 else " are"
    row = words(listing(live), are, " live since ", at, ", ", timing(release), ".", undone, f" {signed}.", new)
    desk.in_thread(release, Message(row), broadcast=True)
    desk.to_stakeholders(release, row)


def _first_line(text: str) -> str:
    line = text.strip().splitlines()[0].rstrip(".")
    return line if len(line) <= 200 else line[:199] + "…"
