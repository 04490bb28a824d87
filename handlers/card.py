"""Draw the release card: one living message per release, in the channel where it was planned."""

from collections.abc import Iterator
from datetime import datetime

from bot.kit import parts, trains
from bot.kit.action_rows import action_line
from bot.kit.blocks import Actions, Block, Button, Lines, Menu, Message, Small
from bot.kit.checklist_rows import checklist_rows
from bot.kit.declare import card, prompt
from bot.kit.desk import MAIN_CARD, Desk
from bot.kit.edits import late_block
from bot.kit.fixes import more_time
from bot.kit.freezes import freeze_blocks
from bot.kit.leading import lost_rows
from bot.kit.reviews import open_reviews, review_line
from bot.kit.sign_off_rows import shows_sign_offs, sign_off_blocks
from bot.kit.telling import LATE, details, headline, left_to_ask, part_rows, when_line
from bot.kit.votes import go_means
from bot.kit.zone_rules import in_doubt
from bot.release.checklist import can_change, causes, to_do
from bot.release.planning import all_due
from bot.release.release import Kind, PartState, Release, Stopped
from bot.release.states import Alarm, Move, State
from bot.release.words import At, Bold, Code, Said, Who, Words, listing, words

#: A menu holds so many.
MOST_IN_MENU = 5
#: Says when it is to go live.
_TELLS_TIME = (State.OPEN, State.APPROVED, State.STOPPED, State.ON_HOLD)
#: The menu's verbs by state, most wanted first.
MENU = {
    State.SCHEDULED: ("why", "status", "poll", "edit", "cancel", "more"),
    State.OPEN: ("why", "abstain", "edit", "hold", "reschedule", "more"),
    State.APPROVED: ("why", "status", "reschedule", "edit", "more"),
    State.STOPPED: ("why", "status", "poll", "edit", "more"),
    State.ON_HOLD: ("why", "status", "reschedule", "edit", "more"),
    State.DEPLOYING: ("status", "take-over"),
    State.MONITORING: ("status", "take-over"),
    State.RELEASED: ("status", "retro"),
    State.ROLLING_BACK: ("status", "take-over"),
    State.ROLLED_BACK: ("status", "retro"),
    State.CANCELLED: ("status",),
    State.CLOSED: ("status", "retro"),
}


@card(MAIN_CARD)
def release_card(release: Release, desk: Desk, recipient: str) -> Message:
    electorate = desk.electorate(release)
    head = words(
        Bold(f"{release.names} → {release.environments}"),
        f"   {desk.ref(release)} · {release.kind.value} · {release.risk.value} risk",
    )
    line = headline(release, electorate)
    blocks: list[Block] = [Lines((head, line, when_line(release, desk.now))), *lost_rows(release, desk)]
    where = words(Code(f"{desk.catalogue.command} status {desk.ref(release)}"))
    if doubt := in_doubt(release):
        blocks.append(Lines((doubt,)))
    blocks += details(release, where)
    if of_train := trains.line_of(release, desk):
        blocks.append(Small(of_train))
    if rows := part_rows(release):
        blocks.append(Lines(tuple(rows)))
    if shows_sign_offs(release) and release.state is not State.CLOSED:
        blocks += sign_off_blocks(release, electorate, where)
    blocks += late_block(release)
    blocks += freeze_blocks(release, desk)
    if items := checklist_rows(release):
        blocks.append(Lines(tuple(items)))
        if can_change(release) and to_do(release):
            blocks.append(Actions((desk.offer("tick", release),)))
    blocks += action_line(release, desk)
    if next_line := whats_next(release, desk.now):
        blocks.append(Small(next_line))
    behind = parts.deploy_buttons(release, desk)[1] if release.state is State.DEPLOYING else []
    if owed := review_line(release, desk):
        blocks.append(Small(owed))
        behind = [*([desk.offer("review done", release)] if open_reviews(release, desk) else []), *behind]
    menu = Menu(tuple([*behind, *_in_menu(release, desk)][:MOST_IN_MENU]))
    blocks.append(Actions(tuple(buttons(release, desk)), menu))
    if release.state is State.OPEN and (means := go_means(release, release.sign_offs)):
        blocks.append(Small(means))
    return Message(words(Said(release.title), ": ", line), tuple(blocks))


def _late(release: Release, desk: Desk) -> Iterator[tuple[str, datetime]]:
    if release.state in _TELLS_TIME:
        yield "", release.target_at + LATE


@prompt("card.late", at=_late, while_in=_TELLS_TIME, called="a look at the card after its time")
def look_again(release: Release, desk: Desk, recipient: str) -> None:
    """The time it was planned for is past: the card says so, and not that it goes live then."""
    desk.redraw(release)


def _in_menu(release: Release, desk: Desk) -> list[Button]:
    """The state's verbs; what does not fit stands behind the last of them."""
    verbs = [verb for verb in MENU[release.state] if verb in desk.catalogue.verbs]
    if len(verbs) > MOST_IN_MENU:
        verbs = [*verbs[: MOST_IN_MENU - 1], verbs[-1]]
    return [_entry(verb, release, desk) for verb in verbs]


def _entry(verb: str, release: Release, desk: Desk) -> Button:
    again = verb == "poll" and release.state is State.STOPPED
    return desk.offer(verb, release, label="Ask again" if again else "")


def whats_next(release: Release, now: datetime) -> Words:
    """What the clock will do next, as clock times."""
    zone = release.planned.zone
    steps: list[tuple[datetime, str]] = []
    called = {Alarm.POLL_OPENS: "poll opens", Alarm.POLL_CLOSES: "poll closes"}
    steps += [(at, called[alarm]) for alarm, at in all_due(release) if alarm in called]
    if release.state in (State.SCHEDULED, State.OPEN, State.APPROVED) and release.target_at > now:
        steps.append((release.target_at, "deploy"))
    if release.state is State.APPROVED and release.expires_at is not None:
        steps.append((release.expires_at, "approval expires"))
    if failed := parts.those(release, {PartState.FAILED}):
        what = (
            words(" ", listing([Said(release.part_title(part)) for part in failed])) if len(release.parts) > 1 else ()
        )
        return words("Next: ", Who(release.deployer or release.captain), " retries or rolls back", what, ".")
    if release.state is State.STOPPED:
        if release.kind is Kind.STANDARD:
            asked = "finish the checklist, " if causes(release) else "approve it again, "
        else:
            asked = "extend the go/no-go, " if left_to_ask(release, now) else ""
        return (f"Next: {asked}reschedule, or cancel.",)
    in_order = [words(label, " ", At(at, "day", zone)) for at, label in sorted(steps, key=lambda step: step[0])]
    return words("Next: ", listing(in_order, last=" · ")) if steps else ()


def buttons(release: Release, desk: Desk) -> list[Button]:
    """At most three: what is most wanted in this state. Of several parts, those that can move get their own."""
    match release.state:
        case State.SCHEDULED:
            return [desk.offer("reschedule", release), desk.offer("hold", release)]
        case State.OPEN:
            return [desk.offer("go", release), desk.offer("no-go", release), desk.offer("go-if", release)]
        case State.APPROVED:
            return [desk.offer("deploy start", release), desk.offer("hold", release)]
        case State.STOPPED:
            again = more_time(release, desk)
            asks = release.stopped is Stopped.NO_DECISION and again and release.kind is not Kind.STANDARD
            stand_in = [desk.offer("stand-in", release)] if asks else []
            return [*again, desk.offer("reschedule", release), *stand_in]
        case State.ON_HOLD:
            return [desk.offer("resume", release)]
        case State.DEPLOYING:
            return parts.deploy_buttons(release, desk)[0]
        case State.MONITORING | State.RELEASED:
            return [desk.offer("rollback", release)]
        case State.ROLLING_BACK:
            more = [desk.offer("rollback", release)] if release.allows(Move.ROLLBACK) else []
            return [desk.offer("rolled-back", release), desk.offer("rollback cancel", release), *more]
    return []
