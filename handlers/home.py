"""Draw the Home tab, a person's inbox: what waits on them, their releases, today and this week."""

from collections.abc import Sequence
from datetime import timedelta

from bot.kit.access import may_see, owes
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Button, Divider, Header, Para, Reply, Small
from bot.kit.declare import home_tab, press
from bot.kit.desk import Desk
from bot.kit.telling import one_line
from bot.release.release import Release
from bot.release.states import STILL_OPEN
from bot.release.words import At, Code, words
from bot.release.zones import local

MOST = 8
#: So many open polls are looked through for what waits on one person.
MOST_POLLS = 50
WEEK = timedelta(days=7)


@press("home.open")
def opened(ask: Ask, desk: Desk) -> Reply:
    """Somebody opened the tab; the dispatcher publishes it."""
    return Reply()


@home_tab
def draw(desk: Desk, user: str) -> tuple[Block, ...]:
    releases = desk.work.releases
    waiting = [one for one in releases.awaiting(MOST_POLLS) if owes(desk, user, one)]
    mine = [one for one in releases.open_of(user, MOST + 1) if may_see(desk, user, one)]
    blocks: list[Block] = [
        Actions((Button("New release", "do.new", style="primary"),)),
        Header(f"Waiting on me ({len(waiting)})"),
    ]
    for release in waiting[:MOST]:
        blocks += [
            _line(release, desk),
            Actions((desk.offer("go", release), desk.offer("no-go", release), desk.offer("why", release))),
        ]
    if not waiting:
        blocks.append(Small(("Nothing waits on you. When somebody asks for your go, it stands here.",)))
    blocks += _more(waiting)
    blocks.append(Header("My releases"))
    blocks += [_line(release, desk) for release in mine[:MOST]]
    if not mine:
        example = Code(f"{desk.catalogue.command} new payments 2.14.0 tomorrow 14:00")
        blocks.append(
            Small(words("You lead none. Plan one with the button above, or type ", example, " in a channel."))
        )
    blocks += _more(mine)
    return (*blocks, Divider(), *_calendar(desk, user))


def _calendar(desk: Desk, user: str) -> list[Block]:
    """Today, and the rest of the week by day, in the person's own zone."""
    person = desk.work.people.get(user)
    zone = person.zone if person is not None and person.zone else desk.workspace.zone
    found = desk.work.releases.between(desk.now - timedelta(days=1), desk.now + WEEK, 2 * MOST)
    coming = [one for one in found if one.state in STILL_OPEN and may_see(desk, user, one)]
    today = local(desk.now, zone).date()
    days: dict[object, list[Release]] = {}
    for release in coming:
        days.setdefault(local(release.target_at, zone).date(), []).append(release)
    blocks: list[Block] = [Header("Today")]
    blocks += [_line(release, desk) for release in days.get(today, [])] or [
        Small(("No release is planned for today.",))
    ]
    blocks.append(Header("This week"))
    later = {day: some for day, some in days.items() if day != today}
    for some in later.values():
        blocks.append(Para(words(At(some[0].target_at, "date", zone))))
        blocks += [_line(release, desk) for release in some]
    return blocks if later else [*blocks, Small(("Nothing else is planned for the next seven days.",))]


def _line(release: Release, desk: Desk) -> Block:
    return Para(one_line(release, desk.electorate(release), desk.ref(release)))


def _more(releases: Sequence[Release]) -> list[Block]:
    return [Small((f"and {len(releases) - MOST} more",))] if len(releases) > MOST else []
