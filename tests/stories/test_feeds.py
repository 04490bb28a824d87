"""A calendar feed shows its owner what they may see now, changes as soon as a release moves, and ends when told to."""

import re
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
import vobject
from icalendar import Calendar

from storage.schedule_tables import feeds
from storage.tables import audit, keys, outbox
from storage.work import Work
from tests.story import Actor, Story

_ADDRESS = re.compile(r"https://tminus\.example\.com(/calendar/([\w-]{43})\.ics)")


class Fetched:
    """What a calendar program got."""

    def __init__(self, status: int, headers: Any, body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def titles(self) -> list[str]:
        return [str(event["SUMMARY"]) for event in Calendar.from_ical(self.body).walk("VEVENT")]

    def event(self, about: str) -> Any:
        """The only one of them, as vobject reads it."""
        found = [one for one in vobject.readOne(self.body.decode()).vevent_list if about in one.summary.value]
        assert len(found) == 1, found
        return found[0]


async def fetch(story: Story, path: str, **headers: str) -> Fetched:
    url = f"http://127.0.0.1:{story.app.port}{path}"
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        return Fetched(answer.status, answer.headers, await answer.read())


async def subscribe(who: Actor, what: str, in_: str = "#payments") -> str:
    """The path of a new feed."""
    seen = await who.types(f"/release feed {what}", in_=in_)
    found = _ADDRESS.search(seen.text)
    assert found, seen.text
    return found[1]


async def test_a_service_in_a_calendar(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await ana.types("/release new payments 2.14.0 tomorrow 14:00")
    path = await subscribe(tom, "payments")
    first = await fetch(story, path)
    assert first.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert first.titles == ["payments 2.14.0"]
    event = first.event("payments 2.14.0")
    assert event.dtstart.value.astimezone(UTC) == datetime(2026, 12, 2, 13, tzinfo=UTC)
    assert b"DTSTART;TZID=Europe/Berlin:20261202T140000" in first.body
    assert (event.status.value, event.sequence.value) == ("CONFIRMED", "1")
    assert "Open for go/no-go." in event.description.value
    assert "captain Ana · #payments" in event.description.value

    same = await fetch(story, path, **{"If-None-Match": first.headers["ETag"]})
    assert (same.status, same.body) == (304, b"")

    await ana.types("/release reschedule REL-1 thu 9:30")
    moved = await fetch(story, path, **{"If-None-Match": first.headers["ETag"]})
    assert moved.status == 200
    again = moved.event("payments 2.14.0")
    assert again.uid.value == event.uid.value
    assert again.sequence.value == "2" and again.last_modified.value >= event.last_modified.value
    assert again.dtstart.value.astimezone(UTC) == datetime(2026, 12, 3, 8, 30, tzinfo=UTC)

    await ana.types("/release cancel REL-1 the customer moved the date")
    called_off = await fetch(story, path)
    assert b"customer" not in called_off.body, "reasons stay where the release lives"
    gone = called_off.event("payments 2.14.0")
    assert (gone.summary.value, gone.status.value) == ("Cancelled: payments 2.14.0", "CANCELLED")
    assert int(gone.sequence.value) == 3 and gone.uid.value == event.uid.value
    await story.advance(days=31)
    assert (await fetch(story, path)).titles == []


async def test_a_departure_that_is_not_skipped_any_more_is_news_to_a_calendar(story: Story) -> None:
    [bo] = story.people("bo")
    seen = await bo.types("/release train payments every tue 14:00 Berlin starting 8 dec")
    await bo.clicks("Save", on=seen.message)
    service = await subscribe(bo, "payments")

    async def first() -> tuple[str, int]:
        event = next(iter(Calendar.from_ical((await fetch(story, service)).body).walk("VEVENT")))
        return str(event["STATUS"]), int(event["SEQUENCE"])

    planned = await first()
    await bo.types("/release train skip payments")
    skipped = await first()
    await bo.clicks("Undo")
    again = await first()
    assert [status for status, _ in (planned, skipped, again)] == ["CONFIRMED", "CANCELLED", "CONFIRMED"]
    assert planned[1] < skipped[1] < again[1]


async def test_its_secret_is_shown_once_and_kept_nowhere(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    seen = await tom.types("/release feed payments")
    found = _ADDRESS.search(seen.text)
    assert found and "shown this once" in seen.text
    await tom.clicks("New calendar feed", on=(await tom.types("/release feed")).message)
    await tom.submits({"What shall it show?": "channel"})
    other = _ADDRESS.search(tom.reads(tom.modal))
    assert other and other[2] != found[2]
    assert (await fetch(story, other[1])).status == 200

    def stored(work: Work) -> str:
        rows = [work.conn.execute(table.select()).all() for table in (feeds, keys, outbox, audit)]
        return repr(rows)

    everything = await story.app.store.read(stored) + repr(story.lines)
    assert found[2] not in everything and other[2] not in everything
    assert "was made, and its address was shown" in everything

    mentioned = await ana.types("@T-Minus feed me")
    assert "The address is a secret" in mentioned.text and "/calendar/" not in mentioned.text


async def test_a_private_channels_releases_are_for_who_may_see_them_when_it_is_read(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await ana.types("/release new payments 3.0.0 tomorrow 14:00", in_="#secret-launch")
    await ana.types("/release new payments 2.14.0 tomorrow 10:00", in_="#payments")
    service = await subscribe(bo, "payments", in_="#secret-launch")
    secret = await subscribe(bo, "channel", in_="#secret-launch")
    mine, toms = await subscribe(bo, "me"), await subscribe(tom, "me")
    assert (await fetch(story, service)).titles == ["payments 2.14.0"]
    assert (await fetch(story, secret)).titles == ["payments 3.0.0"]
    assert (await fetch(story, mine)).titles == ["payments 2.14.0", "payments 3.0.0"]
    assert (await fetch(story, toms)).titles == ["payments 2.14.0"]
    assert b"secret-launch" in (await fetch(story, secret)).body

    await bo.leaves("#secret-launch")
    await story.quiet()
    left = await fetch(story, secret)
    assert left.titles == [] and b"secret-launch" not in left.body
    assert (await fetch(story, mine)).titles == ["payments 2.14.0"]


async def test_who_leads_a_release_and_left_its_private_channel_does_not_read_its_name(story: Story) -> None:
    [bo] = story.people("bo")
    await bo.types("/release new payments 3.0.0 tomorrow 14:00", in_="#secret-launch")
    mine = await subscribe(bo, "me")
    assert b"#secret-launch" in (await fetch(story, mine)).body
    await bo.leaves("#secret-launch")
    await story.quiet()
    left = await fetch(story, mine)
    assert left.titles == ["payments 3.0.0"] and b"secret-launch" not in left.body


async def test_who_left_while_nobody_told_us_sees_nothing_once_the_list_is_old(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.0.0 in 5h", in_="#secret-launch")
    secret = await subscribe(bo, "channel", in_="#secret-launch")
    assert (await fetch(story, secret)).titles == ["payments 3.0.0"]
    story.room("#secret-launch").channel.members.remove(bo.id)  # Slack loses the event
    await story.advance(minutes=16)
    assert (await fetch(story, secret)).titles == []


async def test_calendars_keep_nobody_waiting(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    (tom,) = story.people("tom")
    path = await subscribe(tom, "payments")
    monkeypatch.setattr("bot.web.feeds.WAITING", 0)
    later = await fetch(story, path)
    assert (later.status, later.headers["Retry-After"]) == (503, "60")
    monkeypatch.undo()
    url = f"http://127.0.0.1:{story.app.port}{path}"
    async with aiohttp.ClientSession() as session, session.head(url) as answer:
        assert answer.status == 200 and answer.headers["Cache-Control"] == "private, no-cache"


async def test_what_concerns_somebody_is_theirs_their_channels_and_what_waits_for_them(story: Story) -> None:
    ana, tom, finn = story.people("ana", "tom", "finn")
    await ana.types("/release new payments 2.14.0 tomorrow 14:00", in_="#payments")
    await tom.types("/release new ledger 1.0 tomorrow 15:00", in_="#duo")
    path = await subscribe(finn, "me", in_="#releases")
    assert (await fetch(story, path)).titles == []
    await ana.types(f"/release captain REL-1 <@{finn.id}>")
    assert (await fetch(story, path)).titles == ["payments 2.14.0"]
    assert (await fetch(story, await subscribe(tom, "me"))).titles == ["payments 2.14.0", "ledger 1.0"]


async def test_revoked_it_shows_nothing_and_nor_does_one_whose_owner_has_left(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await ana.types("/release new payments 2.14.0 tomorrow 14:00")
    first, second = await subscribe(tom, "payments"), await subscribe(tom, "me")
    listed = await tom.types("/release feed list")
    assert "Your calendar feeds (2)" in listed.text and "not read yet" in listed.text
    seen = await tom.clicks("Revoke", on=listed.message)
    assert "That calendar is revoked" in seen.text
    gone = await fetch(story, first)
    assert gone.status == 410 and b"payments" not in gone.body
    assert (await fetch(story, second)).status == 200
    assert "Your calendar feeds (1)" in (await tom.types("/release feed")).text
    again = await tom.clicks("Revoke", on=listed.message)
    assert "revoked already" in again.text

    await tom.changes(deleted=True)
    await story.quiet()
    assert (await fetch(story, second)).status == 404


@pytest.mark.parametrize(
    "path", ["/calendar/x.ics", f"/calendar/{'a' * 43}.ics", "/calendar/", f"/calendar/{'a' * 43}"]
)
async def test_who_guesses_finds_nothing(story: Story, path: str) -> None:
    assert (await fetch(story, path)).status == 404


async def test_who_runs_it_hears_what_is_missing(story: Story) -> None:
    (tom,) = story.people("tom")
    story.app.catalogue.public_url = ""
    seen = await tom.types("/release feed me")
    assert "nobody has told me my address" in seen.text and "TMINUS_PUBLIC_URL" in seen.text
    seen = await tom.types("/release feed channel", in_="dm")
    assert "TMINUS_PUBLIC_URL" in seen.text


async def test_where_the_app_is_removed_no_calendar_is_known_until_it_is_installed_again(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await ana.types("/release new payments 2.14.0 tomorrow 14:00")
    path, revoked = await subscribe(tom, "payments"), await subscribe(tom, "me")
    listed = await tom.types("/release feed list")
    first = await fetch(story, path)
    await tom.clicks("Revoke", on=listed.message)
    kept, revoked = (path, revoked) if (await fetch(story, path)).status == 200 else (revoked, path)

    story.endings.may_be_refused("auth.test", "token_revoked")
    await story.box.uninstall()
    await story.quiet()
    gone = await fetch(story, kept, **{"If-None-Match": first.headers["ETag"]})
    assert (gone.status, gone.body) == (404, b"There is no such calendar.\n")

    story.box.install_again()
    await story.restarts()
    again = await fetch(story, kept)
    assert (again.status, again.titles) == (200, ["payments 2.14.0"]), "whoever subscribed goes on reading it"
    assert (await fetch(story, revoked)).status == 410
    assert await story.app.store.read(_noted, workspace=story.app.workspace) == ["app_uninstalled", "app_installed"]


def _noted(work: Work) -> list[str]:
    names = ("app_uninstalled", "app_installed")
    return [row.name for row in work.audit.tail(None, 50) if row.name in names]


async def test_that_an_earlier_token_was_revoked_hides_no_calendar(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await ana.types("/release new payments 2.14.0 tomorrow 14:00")
    path = await subscribe(tom, "payments")
    await story.box.uninstall()
    story.endings.may_be_refused("auth.test", "token_revoked")
    story.box.install_again()
    await story.restarts()
    uninstalled = [one for one in story.box.deliveries if "uninstalled" in str(one.payload)]
    assert uninstalled
    await story.box.replay(uninstalled[-1])
    await story.quiet()
    assert (await fetch(story, path)).status == 200, "Slack may say it hours later"


async def test_a_removal_that_nobody_told_us_of_is_found_out(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await ana.types("/release new payments 2.14.0 tomorrow 14:00")
    path = await subscribe(tom, "payments")
    story.endings.may_be_refused("auth.test", "token_revoked")
    story.box.world.tokens_revoked = True  # Slack loses both events
    await story.app.people.keep_fresh(story.app.workspace)
    assert (await fetch(story, path)).status == 404
    story.box.world.tokens_revoked = False
    await story.app.people.keep_fresh(story.app.workspace)
    await story.quiet()
    assert (await fetch(story, path)).status == 200
    story.endings.may_be_refused("auth.test", "internal_error")
    story.box.faults.add("auth.test", "server_error", status=503)
    await story.app.people.keep_fresh(story.app.workspace)
    assert (await fetch(story, path)).status == 200, "that Slack is away says nothing"
