"""What failed for good ends nothing that recurs: the next one comes, and admins may run the failed one again."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from operator import attrgetter
from typing import Any

import pytest

from bot.kit import trains
from bot.kit.desk import Desk
from bot.release.release import Release
from storage.work import Work
from tests.story import Story


@contextmanager
def broken(story: Story, monkeypatch: pytest.MonkeyPatch, kind: str) -> Iterator[None]:
    """What happens at such appointments goes wrong every time."""

    def fails(desk: Desk, subject: str, due_at: datetime) -> None:
        raise ValueError("a defect")

    story.endings.may_log("timer_failed")
    kept = story.app.catalogue.appointments
    with monkeypatch.context() as patch:
        patch.setitem(kept, kind, replace(kept[kind], run=fails))
        yield


async def gives_up(story: Story) -> None:
    """Until what is due has failed as often as it is tried."""
    for _ in range(8):
        await story.advance(minutes=1)


async def planned(story: Story, kind: str) -> list[datetime]:
    """When such appointments are due that have not run."""

    def look(work: Work) -> list[datetime]:
        found = [row for subject in ("1", "deployer payments") for row in work.appointments.of(kind, subject)]
        return [row.due_at for row in found if row.state == "planned"]

    return await story.app.store.read(look, workspace=1)


async def departed(story: Story, train: int = 1) -> dict[str, str]:
    def look(work: Work) -> dict[str, str]:
        return {f"{day:%d.%m.}": one.state for day, one in work.trains.departures(train, date(2026, 12, 1)).items()}

    return await story.app.store.read(look, workspace=1)


@pytest.mark.both
async def test_a_digest_that_failed_for_good_is_followed_by_the_next(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release setup")
    seen = await ana.types("/release subscribe all daily 9:00", in_="#duo")
    await ana.clicks("Subscribe", on=seen.message)
    await ana.types("/release new payments 2.14.0 thu 15:00")
    with broken(story, monkeypatch, "digest"):
        await story.until("2026-12-02 09:00")
        await gives_up(story)
    assert len(await planned(story, "digest")) == 1, "the next, once"
    seen = await ana.types("/release health")
    assert "It failed for good: a channel's digest, due 09:00 today (ValueError)." in seen.text
    await story.until("2026-12-03 09:01")
    again = await ana.clicks("Run again", on=seen.message, stale=True)
    assert "That would not help any more: the next one has come instead." in again.text
    assert "It would not help any more: the next one has come instead." in (await ana.types("/release health")).text
    heard = [line for message in story.room("#duo").messages if (line := str(message.get("text", "")))]
    assert [line for line in heard if "planned" in line and "All releases" in line] == [
        "All releases: nothing done, 1 planned."
    ]


def one_day_fails(patch: pytest.MonkeyPatch, day: str) -> None:
    """The release of that day's departure cannot be made."""
    makes = trains.plan

    def plan(release: Release, *rest: Any, **more: Any) -> None:
        if release.planned.wall.startswith(day):
            raise ValueError("a defect")
        makes(release, *rest, **more)

    patch.setattr(trains, "plan", plan)


@pytest.mark.both
async def test_a_departure_that_failed_for_good_ends_no_train_and_can_be_made_while_there_is_time(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release setup")
    payments = story.room("#payments")
    seen = await ana.types("/release train payments every day 14:00 version 2026.{n} lead 6h")
    await ana.clicks("Save", on=seen.message)
    story.endings.may_log("timer_failed")
    with monkeypatch.context() as patch:
        one_day_fails(patch, "2026-12-02")
        await story.until("2026-12-02 07:00")
        await gives_up(story)
        assert "The payments train made no release for Wed 2 Dec 14:00: " in payments.reads()
        assert "Next departure: Thu 3 Dec 14:00." in payments.reads()
        assert await departed(story) == {"01.12.": "made", "02.12.": "skipped"}
        assert await planned(story, "train.departs") == [datetime(2026, 12, 3, 7, tzinfo=UTC)], "the next, once"
        seen = await ana.types("/release health")
        assert "It failed for good: a train's departure, due 08:00 today (ValueError)." in seen.text
        await ana.clicks("Run again", on=seen.message)
        await gives_up(story)
        assert payments.reads().count("made no release for") == 1, "said once"
        assert await planned(story, "train.departs") == [datetime(2026, 12, 3, 7, tzinfo=UTC)]
        seen = await ana.types("/release health")
        assert "It failed for good: a train's departure" in seen.text, "and again"
    await ana.clicks("Run again", on=seen.message)
    await story.quiet()
    stand = await story.release("payments 2026.2")
    assert stand.planned == "2026-12-02 14:00 Europe/Berlin"
    assert await departed(story) == {"01.12.": "made", "02.12.": "made"}
    assert "✅ Nothing was given up." in (await ana.types("/release health")).text
    await story.until("2026-12-03 07:01")
    assert (await story.release("payments 2026.3")).planned == "2026-12-03 14:00 Europe/Berlin"


@pytest.mark.once
async def test_a_train_goes_on_after_a_failed_departure_and_too_late_is_too_late(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release setup")
    payments = story.room("#payments")
    seen = await ana.types("/release train payments every day 14:00 version 2026.{n} lead 6h")
    await ana.clicks("Save", on=seen.message)
    story.endings.may_log("timer_failed")
    with monkeypatch.context() as patch:
        one_day_fails(patch, "2026-12-03")
        await story.restarts(after=timedelta(days=2))
        await gives_up(story)
    assert "made no release for Wed 2 Dec 14:00: T-Minus was not running" in payments.reads()
    assert "go/no-go; nor for Thu 3 Dec 14:00: making it failed, see “health”." in payments.reads()
    await story.until("2026-12-04 07:01")
    assert await departed(story) == {"01.12.": "made", "02.12.": "skipped", "03.12.": "skipped", "04.12.": "made"}
    seen = await ana.types("/release health")
    await ana.clicks("Run again", on=seen.message)
    await story.quiet()
    assert "made no release for Thu 3 Dec 14:00: no time was left" in payments.reads()
    assert (await departed(story))["03.12."] == "skipped"


@pytest.mark.once
@pytest.mark.parametrize("kind", ["rotation.turns", "freeze.ends"])
async def test_rotations_and_weekly_freezes_go_on_too(story: Story, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release setup")
    if kind == "freeze.ends":
        seen = await ana.types("/release freeze every wed 11:00 to wed 12:00 because of the batch")
        await ana.clicks("Freeze it", on=seen.message)
    else:
        seen = await ana.types(f"/release rotation payments deployer <@{ana.id}> <@{bo.id}> every wed 12:00")
        await ana.clicks("Save", on=seen.message)
    with broken(story, monkeypatch, kind):
        await story.until("2026-12-02 11:00")
        await gives_up(story)
    assert len(await planned(story, kind)) == 1, "the next, once"


@pytest.mark.once
@pytest.mark.parametrize("change", ["holidays", "zones"])
async def test_what_fails_for_one_release_is_done_for_all_others(
    story: Story, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """Looked at two at a time, after other holidays and under other rules of time zones."""
    (ana,) = story.people("ana")
    await ana.types("/release setup")
    story.endings.may_log("timer_failed")
    services = ("a", "b", "c", "d", "e")
    for service in services:
        await ana.types(f"/release new {service} 1.0 fri 14:00")
    module, asks = ("handlers.holidays", "rule.replanned") if change == "holidays" else ("handlers.zone_rules", "meant")
    seen: set[str] = set()

    def looks(release: Release, *rest: Any) -> Any:
        if release.service == "b":
            raise ValueError("a defect")
        seen.add(release.service)
        return real(release, *rest)

    real = attrgetter(asks)(import_module(module))
    monkeypatch.setattr(f"{module}.{asks}", looks)
    monkeypatch.setattr(f"{module}.BATCH", 2)
    if change == "holidays":
        shown = await ana.types("/release holidays DE-BE")
        await ana.clicks("Save", on=shown.message)
    else:

        def older(work: Work) -> None:
            for service in services:
                release = work.releases.lock(work.releases.find(service)[0].id)
                assert release is not None
                release.planned = replace(release.planned, tzdata="2020a")
                work.releases.save(release)

        await story.app.store.write(older, workspace=1)
        await story.restarts()
    for _ in range(3):
        await gives_up(story)
    assert seen == {"a", "c", "d", "e"}
    shown = await ana.types("/release health")
    assert shown.text.count("It failed for good: ") == 2, "the batch, and the one in it"
