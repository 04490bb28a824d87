"""The Home tab: what waits on me with its buttons, my releases, today, this week; and what others may not see."""

from datetime import timedelta
from typing import Any

from bot.release.release import Part, PartState, Release
from bot.release.states import State
from bot.release.when import PlannedTime
from tests.handlers.office import ANA, BO, DORA, SECRET, Office
from tests.storage.given import DAY, HOUR, NOW, a_release, an_open_one


def at(when: Any) -> PlannedTime:
    return PlannedTime(f"{when:%Y-%m-%dT%H:%M}", "Europe/Berlin", when, "2026a")


def calm(office: Office, service: str, when: Any, **fields: Any) -> Release:
    """A scheduled release, whose poll opens later."""
    return a_release(office.workspace, service, planned=at(when), opens_at=when - timedelta(minutes=5), **fields)


def under(home: str, heading: str) -> str:
    """What stands under a heading."""
    lines = home.split("\n")
    headings = ["Waiting on me", "My releases", "Today", "This week"]
    start = next(index for index, line in enumerate(lines) if line.startswith(heading))
    end = next(
        (index for index in range(start + 1, len(lines)) if lines[index].startswith(tuple(headings))), len(lines)
    )
    return "\n".join(lines[start + 1 : end]).strip()


async def test_an_empty_tab_says_what_to_do(office: Office) -> None:
    home = await office.home(BO)
    assert home.startswith("[New release]\nWaiting on me (0)\nNothing waits on you.")
    assert "type /release new payments 2.14.0 tomorrow 14:00" in under(home, "My releases").replace("`", "")
    assert "No release is planned for today." in home and "Nothing else is planned" in home


async def test_what_waits_on_me_has_its_buttons(office: Office) -> None:
    await office.has(an_open_one(office.workspace))
    home = await office.home(BO)
    assert "Waiting on me (1)" in home
    assert "payments 2.14.0  REL-1 · 🟡 Go/no-go open" in under(home, "Waiting on me")
    assert "[Go][No-go][Go if …][Why?]" in home
    assert "Waiting on me (0)" in await office.home(ANA), "the captain has no vote of their own here"
    assert "Waiting on me (0)" in await office.home(DORA), "nor has who is not in the channel"


async def test_what_i_answered_waits_no_longer(office: Office) -> None:
    await office.has(an_open_one(office.workspace))
    await office.types(BO, "go")
    assert "Waiting on me (0)" in await office.home(BO)


async def test_a_poll_is_closed_by_the_clock_here_too(office: Office) -> None:
    await office.has(an_open_one(office.workspace))
    await office.clock.advance(timedelta(hours=5))
    home = await office.home(BO)
    assert "Waiting on me (0)" in home and "⚪ No decision" in home


async def test_what_i_lead_waits_on_me_when_it_is_my_turn(office: Office) -> None:
    """An approved release at its time, a deploy under way, a stopped one: with the buttons that go on, said once."""
    approved = {"state": State.APPROVED, "decided_at": NOW - 2 * HOUR, "expires_at": NOW + 4 * HOUR}
    await office.has(a_release(office.workspace, "due", planned=at(NOW - HOUR), **approved))
    await office.has(a_release(office.workspace, "later", planned=at(NOW + HOUR), **approved))
    running = [Part("runs", "1", state=PartState.DEPLOYING, started_at=NOW, since=NOW)]
    await office.has(a_release(office.workspace, parts=running, planned=at(NOW), state=State.DEPLOYING))
    await office.has(a_release(office.workspace, "stuck", planned=at(NOW + 2 * HOUR), state=State.STOPPED))
    home = await office.home(ANA)
    waiting = under(home, "Waiting on me").split("\n")
    assert "Waiting on me (3)" in home
    assert waiting[0].startswith("due 2.14.0  REL-1 · ✅ Go") and waiting[0].endswith(" · not started · #C1")
    assert waiting[1] == "[Start deploy][Reschedule][Hold]"
    assert waiting[2].startswith("runs 1  REL-3") and waiting[3] == "[Done][Failed][Roll back]"
    assert waiting[4].startswith("stuck") and waiting[5] == "[Ask again][Reschedule][Why?]"
    assert under(home, "My releases").startswith("later 2.14.0  REL-2")
    assert under(home, "Today") == "All of today's stand above."
    assert "Waiting on me (0)" in await office.home(BO), "they are not Bo's to lead"


async def test_an_open_retrospective_waits_on_its_captain(office: Office) -> None:
    release = await office.has_a_live_one(planned=at(NOW - HOUR))
    assert "Waiting on me (0)" in await office.home(ANA), "not before it is asked for"
    await office.clock.advance(DAY)
    home = await office.home(ANA)
    assert "My releases" not in home, "the only one stands above"
    assert under(home, "Waiting on me").endswith("#C1\n[Retrospective][Status]")
    assert "Waiting on me (0)" in await office.home(BO)
    await office.presses(ANA, "retro.smooth", release)
    assert "Waiting on me (0)" in await office.home(ANA)


async def test_my_releases_are_those_i_lead_or_deploy(office: Office) -> None:
    await office.has(calm(office, "led", NOW + HOUR))
    await office.has(calm(office, "deployed", NOW + HOUR, captain=BO, deployer=ANA))
    await office.has(calm(office, "foreign", NOW + HOUR, captain=BO))
    mine = under(await office.home(ANA), "My releases")
    assert "led 2.14.0" in mine and "deployed 2.14.0" in mine and "foreign" not in mine


async def test_today_and_the_week_by_day(office: Office) -> None:
    for service, when in (("soon", NOW + HOUR), ("morrow", NOW + DAY), ("late", NOW + 3 * DAY), ("far", NOW + 9 * DAY)):
        await office.has(calm(office, service, when))
    await office.has(calm(office, "gone", NOW + HOUR, state=State.CANCELLED))
    await office.has(a_release(office.workspace, "overdue", planned=at(NOW - DAY), state=State.STOPPED))
    await office.has(a_release(office.workspace, "over", planned=at(NOW - DAY), state=State.CLOSED))
    home = await office.home(BO)
    today, week = under(home, "Today"), under(home, "This week")
    assert "soon 2.14.0" in today and "overdue 2.14.0" in today
    assert "over 2.14.0" not in today and "gone" not in home and "far" not in home
    lines = week.split("\n")
    assert [lines[0], lines[2]] == ["Wed 2 Dec", "Fri 4 Dec"]
    assert lines[1].startswith("morrow") and lines[3].startswith("late")


async def test_what_went_live_today_still_stands_there(office: Office) -> None:
    await office.has_a_live_one(planned=at(NOW - HOUR))
    assert "payments 2.14.0  REL-1 · 🟢 Live since" in under(await office.home(BO), "Today")


async def test_long_lists_say_how_many_more(office: Office) -> None:
    for number in range(22):
        await office.has(an_open_one(office.workspace, service=f"s{number}", captain=BO, planned=at(NOW + 4 * HOUR)))
    home = await office.home(ANA)
    assert "Waiting on me (22)" in home
    assert "and 14 more" in under(home, "Waiting on me") and under(home, "Today") == "All of today's stand above."
    assert "and 14 more" in under(await office.home(BO), "My releases")
    assert "and 14 more" in under(await office.home(DORA), "Today")


async def test_a_private_release_is_there_only_for_those_who_may_see_it(office: Office) -> None:
    parts = [Part("apollo", "9.0")]
    await office.has(an_open_one(office.workspace, channel=SECRET, is_private=True, captain=DORA, parts=parts))
    assert "apollo" in under(await office.home(ANA), "Waiting on me")
    assert "apollo" in under(await office.home(DORA), "My releases")
    assert "apollo" not in await office.home(BO)


async def test_admins_find_the_settings(office: Office) -> None:
    assert "[Settings]" not in await office.home(ANA)
    await office.has_admin(ANA)
    assert (await office.home(ANA)).startswith("[New release][Settings]")
    assert (await office.presses(ANA, "do.setup")).modal is not None


async def test_it_follows_for_those_who_have_it_before_them(office: Office) -> None:
    await office.has(an_open_one(office.workspace))

    async def published() -> list[str]:
        rows = await office.asks(lambda work: work.outbox.unsettled(100))
        return [row.lane for row in rows if row.kind == "home"]

    await office.types(BO, "go")
    assert await published() == [], "nobody has opened it"
    for user in (ANA, DORA):
        await office.opens_home(user)
    assert await published() == [f"home:{ANA}", f"home:{DORA}"]
    await office.forgets_posts()
    await office.types(ANA, "hold waiting for the vendor")
    assert await published() == [f"home:{ANA}"], "Dora has nothing to do with it"
    await office.forgets_posts()
    await office.clock.advance(timedelta(hours=13))
    await office.types(ANA, "resume")
    assert await published() == [], "a tab of yesterday is published when it is opened again"
