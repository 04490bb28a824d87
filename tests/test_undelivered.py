"""`tminus outbox`: what was given up is listed, sent again or dropped, without a word of what it says."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.clock import StoryClock
from bot.command_line import Unusable
from bot.settings import LocalSettings, load_local_settings
from bot.undelivered import drop, listing, send_again
from storage.engine import Store, open_store
from storage.people import ChannelRow
from storage.work import Work
from tests.storage.given import NOW


class Post:
    """An installation whose outbox holds four posts: one waits, one is given up, one unsure, one too late."""

    def __init__(self, database: str) -> None:
        self.settings: LocalSettings = load_local_settings({"DATABASE_URL": database})
        self.store: Store = open_store(database, clock=StoryClock(NOW, running=False))
        self.ids: dict[str, int] = {}

    async def comes_in(self) -> None:
        def fill(work: Work) -> None:
            work.enter(work.workspaces.ensure("A1", "T1", None, "UBOT", zone="Europe/Berlin"))
            work.people.put_channel(ChannelRow("C1", "payments", False, False, False, True, NOW, True))
            secret = {"message": {"text": "nobody reads this"}}
            for name in ("waits", "dead", "unsure", "late"):
                kind, expires = ("ephemeral", NOW.replace(year=2020)) if name == "late" else ("notice", None)
                lane = f"C{len(self.ids) + 1}"
                self.ids[name] = work.outbox.put(kind, lane, payload=secret, expires_at=expires) or 0
            work.outbox.dead(self.ids["dead"], "is_archived: unarchive the channel")
            work.outbox.dead(self.ids["late"], "expired_url")
            work.outbox.ambiguous(self.ids["unsure"], None, "missing_scope")

        await self.store.write(fill)

    async def states(self) -> dict[str, str]:
        rows = await self.store.read(lambda work: {name: work.outbox.get(id) for name, id in self.ids.items()})
        return {name: row.state for name, row in rows.items() if row is not None}

    async def noted(self) -> list[str]:
        found = await self.store.read(lambda work: work.audit.tail(None, 10), workspace=1)
        return [row.name for row in found]


@pytest.fixture
async def post(database: str) -> AsyncIterator[Post]:
    there = Post(database)
    await there.comes_in()
    yield there
    await there.store.close()


async def test_the_list_says_what_for_whom_and_why_and_not_what_it_says(post: Post) -> None:
    lines = await listing(post.settings)
    said = "\n".join(lines)
    assert f"{post.ids['dead']}  notice for C2: dead since " in said
    assert said.count(": is_archived: unarchive the channel") == 1
    assert "notice for #payments (C1): queued, waits for " in said
    assert "nobody reads this" not in said
    assert len(lines) == 4


async def test_what_was_given_up_is_sent_again(post: Post) -> None:
    assert await send_again(post.settings, [post.ids["dead"]]) == [f"{post.ids['dead']} is sent again."]
    assert (await post.states())["dead"] == "queued"
    assert len(await send_again(post.settings, [], every=True)) == 1, "the unsure one, and nothing that came too late"
    assert await post.states() == {"waits": "queued", "dead": "queued", "unsure": "queued", "late": "dead"}
    assert await post.noted() == ["post_sent_again", "post_sent_again"]


async def test_all_means_all_however_many_answers_came_too_late_since(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a long outage most of what was given up are answers to clicks, for which nobody waits any more."""
    monkeypatch.setattr("bot.undelivered.MOST", 2)

    def be_late(work: Work) -> None:
        work.enter(1)
        for number in range(3):
            late = work.outbox.put("ephemeral", f"url:{number}", expires_at=NOW.replace(year=2020)) or 0
            work.outbox.dead(late, "expired_url")

    await post.store.write(be_late)
    assert len(await send_again(post.settings, [], every=True)) == 2
    assert await post.states() == {"waits": "queued", "dead": "queued", "unsure": "queued", "late": "dead"}


async def test_what_is_dropped_is_not_spoken_of_any_more(post: Post) -> None:
    await drop(post.settings, [post.ids["waits"], post.ids["unsure"], post.ids["late"]])
    assert await post.states() == {"waits": "dropped", "dead": "dead", "unsure": "dropped", "late": "dropped"}
    assert len(await listing(post.settings)) == 1
    assert await post.noted() == ["post_dropped"] * 3


async def test_one_that_is_wrong_and_nothing_is_changed(post: Post) -> None:
    for ids, why in (
        ([post.ids["dead"], 4711], "there is no post 4711"),
        ([post.ids["dead"], post.ids["waits"]], "only what was given up is sent again"),
        ([post.ids["dead"], post.ids["late"]], "nobody waits for it any more"),
    ):
        with pytest.raises(Unusable, match=why):
            await send_again(post.settings, ids)
    assert (await post.states())["dead"] == "dead"


async def test_what_is_under_way_cannot_be_dropped(post: Post) -> None:
    def claim(work: Work) -> int:
        [row] = work.outbox.claim(work.now, "sender", work.now.replace(year=2100), 10)
        return row.id

    claimed = await post.store.write(claim)
    with pytest.raises(Unusable, match="being sent right now"):
        await drop(post.settings, [claimed])


async def test_without_a_database_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="run tminus migrate"):
        await listing(load_local_settings({"DATABASE_URL": f"sqlite:///{tmp_path}/none.db"}))
