"""Draw the Home tab, a person's inbox: what waits on them, their releases, today and this week."""

from datetime import date, datetime, timedelta

from bot.kit import access, inbox
from bot.kit.access import may_see
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Button, Divider, Header, Para, Reply, Small
from bot.kit.declare import home_tab, notice, press
from bot.kit.desk import Desk
from bot.kit.inbox import MOST_LOOKED, as_of_now
from bot.kit.telling import one_line
from bot.release.checklist import owners
from bot.release.events import Event
from bot.release.release import Release
from bot.release.states import STILL_OPEN, State
from bot.release.words import At, Channel, Code, Said, Who, words
from bot.release.zones import local

#: So many releases are shown under each heading.
MOST = 8
WEEK = timedelta(days=7)
#: What was planned so long ago and is still open stands under today.
OVERDUE = timedelta(days=2)


@press("home.open")
def opened(ask: Ask, desk: Desk) -> Reply:
    """Somebody opened the tab; the dispatcher publishes it."""
    desk.work.people.saw_home(ask.user)
    return Reply()


@notice(
    "planned", "poll_opened", "voted", "voter_left", "decided", "held", "resumed", "rescheduled", "poll_extended",
    "approval_expired",
    "captain_changed", "cancelled", "deploy_started", "deploy_failed", "went_live", "rollback_started", "rolled_back",
    "rollback_called_off", "retro_answered", "closed", "condition_set", "condition_met", "condition_not_met",
    "condition_missed", "condition_withdrawn", "condition_moved", "edited", "late_change_asked", "late_change_accepted",
    "late_change_refused", "ticked", "unticked", "policy_reapplied", "escalated", "recorded_go_withdrawn",
    "milestone_asked", "milestone_done", "milestone_back",
    "exception_asked", "exception_granted", "exception_refused",
)  # fmt: skip
def changed(event: Event, release: Release, desk: Desk) -> None:
    """What waits on people is another now: publish it for those who may have the tab before them."""
    concerned = {event.by} if event.by else set()
    if event.name == "voted":
        concerned.add(release.captain)  # an objection waits for them, or does not any more
        concerned |= {event.voter} if event.voter else set()
    elif event.name.startswith("exception_"):
        concerned |= desk.work.roles.admins() | {release.captain}
    elif event.name.startswith("condition_"):
        concerned |= {user for one in release.conditions for user in (one.owner, one.user)}
    elif event.name in ("ticked", "unticked"):
        concerned |= {user for item in release.policy.checklist for user in owners(item, release)} | {release.captain}
    else:
        givers = {user for one in release.sign_offs for user in desk.electorate(release).givers(one, release)}
        concerned |= {release.captain, release.deployer or release.captain, *givers}
    desk.home_changed(concerned)


@home_tab
def draw(desk: Desk, user: str) -> tuple[Block, ...]:
    mine = inbox.led_by(desk, user)
    waiting = inbox.waiting(desk, user, mine)
    above = {one.release.id for one in waiting}
    leads_above = any(user in (one.release.captain, one.release.deployer) for one in waiting)
    mine = [one for one in mine if one.id not in above]
    person = desk.work.people.get(user)
    plans = person is None or person.is_full_member  # who is of another workspace, or a guest, would be refused
    buttons = [Button("New release", "do.new", style="primary")] if plans else []
    if user in desk.work.roles.admins():
        buttons.append(Button("Settings", "do.setup"))
    blocks: list[Block] = [Actions(tuple(buttons))] if buttons else []
    blocks += [*_away(desk, user), Header(f"Waiting on me ({len(waiting)})")]
    for one in waiting[:MOST]:
        asked = [Small(one.asked)] if one.asked else []
        blocks += [_line(one.release, desk, user), *asked, Actions(tuple(one.can))]
    if not waiting:
        blocks.append(Small(("Nothing waits on you. When somebody asks for your go, it stands here.",)))
    blocks += _more([one.release for one in waiting], desk)
    if mine or not leads_above:  # else all of them stand above
        blocks.append(Header("My releases"))
    blocks += [_line(release, desk, user) for release in mine[:MOST]]
    if not mine and not leads_above:
        example = Code(f"{desk.catalogue.command} new payments 2.14.0 tomorrow 14:00")
        how = words(" Plan one with the button above, or type ", example, " in a channel.") if plans else ()
        blocks.append(Small(words("You lead none.", how)))
    blocks += _more(mine, desk)
    blocks += _actions(desk, user)
    return (*blocks, Divider(), *_calendar(desk, user, above | {one.id for one in mine}, plans))


def _away(desk: Desk, user: str) -> list[Block]:
    """That they are away, as far as they said so, and who answers for them."""
    known = desk.work.decisions.attention([user]).get(user)
    if known is None or known.away_until is None or known.away_until <= desk.now:
        return []
    answers = words("; ", Who(known.delegate), " answers go/no-gos for you") if known.delegate else ()
    row = words("You are away until ", At(known.away_until, "day", desk.voice(user).zone), answers, ".")
    return [Para(row, desk.catalogue.presses["away.back"].button("I'm back"))]


def _actions(desk: Desk, user: str) -> list[Block]:
    """What they took on in retrospectives and have not finished."""
    items = desk.work.retros.open_actions_of(user, MOST)
    if not items:
        return []
    done = desk.catalogue.presses["retro.done"]
    rows: list[Block] = [Header("My action items")]
    for item in items:
        row = words(Said(item.text), f", by {item.due_on:%a} {item.due_on.day} {item.due_on:%b}")
        rows.append(Para(row, done.button("Done", r=item.release_id, a=item.id)))
    return rows


def _calendar(desk: Desk, user: str, above: set[int], plans: bool) -> list[Block]:
    """Today, and the rest of the week by day, in the person's own zone; what stands `above` already, not again."""
    person = desk.work.people.get(user)
    zone = person.zone if person is not None and person.zone else desk.workspace.zone
    today = _day(desk.now, zone)
    week = (desk.now - OVERDUE, desk.now + WEEK, MOST_LOOKED)
    found = desk.work.releases.between(*week, seen=lambda one: may_see(desk, user, one))
    todays: list[Release] = []
    told = False  # one of today's stands above
    later: list[tuple[date, Release]] = []
    for release in as_of_now(found, desk):
        day = _day(release.live_since or release.target_at, zone)
        if release.state is State.CANCELLED or not may_see(desk, user, release):
            continue
        if day > today:
            later.append((day, release))
        elif release.id in above:
            told = True
        elif day == today or release.state in STILL_OPEN:
            todays.append(release)
    blocks: list[Block] = [Header("Today"), *(_line(release, desk, user) for release in todays[:MOST])]
    if not todays:
        none = "All of today's stand above." if told else "No release is planned for today."
        blocks.append(Small((none,)))
    blocks += [*_more(todays, desk), Header("This week")]
    shown: date | None = None
    for day, release in later[:MOST]:
        if day != shown:
            blocks.append(Para(words(At(release.target_at, "date", zone))))
            shown = day
        blocks.append(_line(release, desk, user))
    if not later:
        how = " New release plans one." if plans else ""
        blocks.append(Small((f"Nothing else is planned for the next seven days.{how}",)))
    return [*blocks, *_more([release for _, release in later], desk)]


def _day(at: datetime, zone: str) -> date:
    return local(at, zone).date().to_stdlib()


def _line(release: Release, desk: Desk, user: str) -> Block:
    where = (" · ", Channel(release.channel)) if not release.channel.startswith("D") else ()
    return Para(words(one_line(release, access.stands(desk, user, release), desk.ref(release), desk.now), where))


def _more(releases: list[Release], desk: Desk) -> list[Block]:
    if len(releases) <= MOST:
        return []
    listed = Code(f"{desk.catalogue.command} list")
    return [Small(words(f"and {len(releases) - MOST} more; ", listed, " in a channel shows all of its own"))]
