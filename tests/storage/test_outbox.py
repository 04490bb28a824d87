"""Everyone sees the last state, once, in order; nobody sends what another is sending."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from storage.outbox_rows import OutboxRow
from storage.work import Work
from tests.storage.given import DAY, HOUR, MINUTE, NOW, Do, a_release

Claim = Callable[..., Awaitable[list[OutboxRow]]]


@pytest.fixture
def claim(write: Do) -> Claim:
    def run(owner: str = "me", *, after=0 * MINUTE, limit: int = 10, busy: tuple[str, ...] = ()):  # type: ignore[no-untyped-def]
        at = NOW + after
        return write(lambda work: work.outbox.claim(at, owner, at + MINUTE, limit, busy))

    return run


@pytest.fixture
async def card(workspace: int, write: Do) -> int:
    def make(work: Work) -> int:
        release = work.releases.add(a_release(workspace))
        return work.cards.ensure(release.id, "release", "C1").id

    made: int = await write(make)
    return made


async def test_a_lane_is_an_order(write: Do, claim: Claim) -> None:
    await write(lambda work: [work.outbox.put("notice", lane, payload={"n": n}) for n, lane in enumerate("AAB")])
    first = await claim()
    assert [(row.lane, row.payload) for row in first] == [("A", {"n": 0}), ("B", {"n": 2})]
    assert await claim("you") == []
    assert await write(lambda work: work.outbox.sent(first[0].id, "me", "1.2"))
    assert [row.payload for row in await claim("you")] == [{"n": 1}]


async def test_lanes_the_sender_is_busy_with_are_left_alone(write: Do, claim: Claim) -> None:
    await write(lambda work: [work.outbox.put("notice", lane) for lane in "AB"])
    assert [row.lane for row in await claim(busy=("A",))] == ["B"]


async def test_ten_changes_are_one_drawing(write: Do, claim: Claim, card: int) -> None:
    put = [await write(lambda work: work.outbox.put("card", "C1", card_id=card)) for _ in range(10)]
    assert [id is None for id in put] == [False] + [True] * 9
    drawing = await claim()
    assert [row.card_id for row in drawing] == [card]
    again = await write(lambda work: work.outbox.put("card", "C1", card_id=card))
    assert again is not None, "a change while it is being sent has to be drawn again"
    await write(lambda work: work.outbox.retry(drawing[0].id, "me", NOW, "ratelimited", counts=False))
    assert [row.id for row in await claim()] == [drawing[0].id]


def say(n: int, about: str = "votes", most: int = 3) -> Callable[[Work], None]:
    """One more row about something; at most three fit together."""

    def drawn(rows: list[int]) -> dict[str, list[int]] | None:
        return {"n": rows} if len(rows) <= most else None

    def put(work: Work) -> None:
        release = work.releases.recent_in_channel("C1", 1)[0]
        work.outbox.put_joined("C1", f"{about}:{release.id}", n, drawn, release_id=release.id)

    return put


async def test_what_waits_is_said_together_in_order_and_nothing_is_lost(write: Do, claim: Claim, card: int) -> None:
    for n in range(5):
        await write(say(n))
    [first] = await claim()
    assert first.payload == {"n": [0, 1, 2], "rows": [0, 1, 2]}, "as many as fit"
    await write(say(5))
    await write(lambda work: work.outbox.sent(first.id, "me", "1.2"))
    [second] = await claim()
    assert second.payload["n"] == [3, 4, 5]
    await write(say(6))
    assert await write(lambda work: work.outbox.sent(second.id, "me", "1.3"))
    assert [row.payload["n"] for row in await claim()] == [[6]], "what is being sent takes no more"


async def test_what_was_said_in_between_stays_in_between(write: Do, claim: Claim, card: int) -> None:
    await write(say(0))
    await write(say(1))
    await write(lambda work: work.outbox.put("notice", "C2", payload={"n": "another channel"}))
    release = await write(lambda work: work.releases.recent_in_channel("C1", 1)[0].id)
    await write(lambda work: work.outbox.put("notice", "C1", payload={"n": "edited"}, release_id=release))
    await write(say(2))
    await write(say(3, about="others"))
    await write(say(4))
    told = []
    while rows := await claim():
        told += [row.payload["n"] for row in rows if row.lane == "C1"]
        for row in rows:
            await write(lambda work, row=row: work.outbox.sent(row.id, "me", "1.2"))
    assert told == [[0, 1], "edited", [2], [3], [4]]


async def test_homes_coalesce_and_keep_the_last_notice(write: Do, claim: Claim) -> None:
    for payload in ({"notice": 1}, {"notice": 2}, {}):
        await write(lambda work, payload=payload: work.outbox.put("home", "U1", payload=payload))
    assert [row.payload for row in await claim()] == [{"notice": 2}]


async def test_a_failed_try_holds_up_its_lane_only(write: Do, claim: Claim) -> None:
    await write(lambda work: [work.outbox.put("notice", lane) for lane in "AAB"])
    first, other = await claim()
    await write(lambda work: work.outbox.retry(first.id, "me", NOW + HOUR, "internal_error"))
    await write(lambda work: work.outbox.sent(other.id, "me", "1.2"))
    assert await claim() == []
    assert await write(lambda work: work.outbox.next_try_at()) == NOW + HOUR
    (again,) = await claim(after=HOUR)
    assert (again.id, again.attempts, again.error, again.ambiguous) == (first.id, 1, "internal_error", False)


async def test_what_begins_later_holds_up_nobody(write: Do, claim: Claim) -> None:
    later = await write(lambda work: work.outbox.put("direct", "U1", not_before=NOW + HOUR))
    now = await write(lambda work: work.outbox.put("direct", "U1"))
    assert [row.id for row in await claim()] == [now]
    await write(lambda work: work.outbox.sent(now, "me", "1.2"))
    assert await claim() == []
    assert [row.id for row in await claim(after=HOUR)] == [later]


async def test_a_lost_lease_is_claimed_as_ambiguous_and_the_loser_learns_it(write: Do, claim: Claim) -> None:
    await write(lambda work: work.outbox.put("notice", "A"))
    (mine,) = await claim("me")
    assert await claim("you", after=MINUTE / 2) == []
    (theirs,) = await claim("you", after=2 * MINUTE)
    assert (theirs.id, mine.ambiguous, theirs.ambiguous) == (mine.id, False, True)
    assert not await write(lambda work: work.outbox.sent(mine.id, "me", "1.2"))
    assert await write(lambda work: work.outbox.sent(theirs.id, "you", "1.3"))
    assert not await write(lambda work: work.outbox.sent(theirs.id, "you", "1.3"))


async def test_an_unsure_one_is_looked_for_later(write: Do, claim: Claim) -> None:
    await write(lambda work: work.outbox.put("notice", "A"))
    (row,) = await claim("me")
    await write(lambda work: work.outbox.unsure(row.id, "me", NOW + 5 * MINUTE, "timeout"))
    assert await claim("me", after=4 * MINUTE) == []
    assert [found.ambiguous for found in await claim("me", after=5 * MINUTE)] == [True]


async def test_looking_for_it_is_no_new_try(write: Do, claim: Claim) -> None:
    """What may have arrived was posted when it was tried first, by Slack's clock; what did not is tried anew."""
    await write(lambda work: work.outbox.put("notice", "A"))

    async def tried(after: timedelta, ahead: timedelta) -> datetime | None:
        at = NOW + after
        (row,) = await write(lambda work: work.outbox.claim(at, "me", at + MINUTE, 1, ahead=ahead))
        now = await write(lambda work: work.now)
        stored = await write(lambda work: work.outbox.get(row.id))
        return stored.tried_at - now if stored.tried_at else None

    assert await tried(0 * MINUTE, 4 * MINUTE) == 4 * MINUTE
    assert await tried(2 * MINUTE, 7 * MINUTE) == 4 * MINUTE
    (row,) = await claim("me", after=4 * MINUTE)
    await write(lambda work: work.outbox.retry(row.id, "me", NOW, "internal_error"))
    assert await tried(6 * MINUTE, -MINUTE) == -MINUTE


async def test_a_notice_waits_for_the_card_it_hangs_on(write: Do, claim: Claim, card: int) -> None:
    await write(lambda work: work.outbox.put("card", "C1", card_id=card))
    await write(lambda work: work.outbox.put("direct", "U1", after_card_id=card))
    (drawing,) = await claim()
    assert drawing.kind == "card"
    await write(lambda work: work.cards.posted(card, "C1", "1.2"))
    assert [row.kind for row in await claim()] == ["direct"]


async def test_a_notice_does_not_wait_for_a_card_that_cannot_be_posted(write: Do, claim: Claim, card: int) -> None:
    await write(lambda work: work.outbox.put("card", "C1", card_id=card))
    await write(lambda work: work.outbox.put("direct", "U1", after_card_id=card))
    (drawing,) = await claim()
    await write(lambda work: work.outbox.dead(drawing.id, "is_archived"))
    assert [row.kind for row in await claim()] == ["direct"]


async def test_a_card_drawn_anew_is_posted_though_its_notice_stands_before_it(
    write: Do, claim: Claim, card: int
) -> None:
    """The first drawing was refused, as where the bot was not invited; then something happened."""
    first = await write(lambda work: work.outbox.put("card", "C1", card_id=card))
    await write(lambda work: work.outbox.dead(first, "not_in_channel"))
    await write(lambda work: work.outbox.put("notice", "C1", after_card_id=card))
    await write(lambda work: work.outbox.put("card", "C1", card_id=card))
    (drawing,) = await claim()
    assert drawing.card_id == card
    await write(lambda work: (work.cards.posted(card, "C1", "1.0"), work.outbox.sent(drawing.id, "me", "1.0")))
    assert [row.kind for row in await claim()] == ["notice"]


async def test_a_card_is_shown_by_one_row_at_a_time_whatever_its_lane(write: Do, claim: Claim, card: int) -> None:
    """It is posted in its channel's lane and edited in its own; a change while it is posted stands in the former."""
    await write(lambda work: work.outbox.put("card", "C1", card_id=card))
    (posting,) = await claim()
    await write(lambda work: work.outbox.put("card", "C1", card_id=card))
    await write(lambda work: (work.cards.posted(card, "C1", "1.0"), work.outbox.sent(posting.id, "me", "1.0")))
    (first,) = await claim()
    await write(lambda work: work.outbox.put("card", f"C1:{card}", card_id=card))
    assert await claim("you") == [], "the older drawing may still be on its way"
    await write(lambda work: work.outbox.sent(first.id, "me", "1.0"))
    assert [row.lane for row in await claim("you")] == [f"C1:{card}"]


async def test_what_did_not_arrive_is_shown(write: Do, read: Do, claim: Claim) -> None:
    await write(lambda work: [work.outbox.put("notice", lane) for lane in "ABC"])
    a, b, c = await claim()
    oldest = await read(lambda work: work.outbox.oldest())
    assert oldest is not None and (oldest.id, oldest.put_at) == (a.id, NOW)
    await write(lambda work: work.outbox.dead(a.id, "is_archived"))
    await write(lambda work: work.outbox.ambiguous(b.id, "me", "timeout"))
    await write(lambda work: work.outbox.sent(c.id, "me", "1.2"))
    shown = await read(lambda work: work.outbox.undelivered(10))
    assert {(row.lane, row.state, row.error) for row in shown} == {
        ("A", "dead", "is_archived"),
        ("B", "ambiguous", "timeout"),
    }
    assert await read(lambda work: (work.outbox.depth(), work.outbox.oldest(), work.outbox.unsettled(5))) == (
        0,
        None,
        [],
    )
    assert await write(lambda work: work.outbox.forget_before(NOW, 100)) == 0
    assert await write(lambda work: work.outbox.forget_before(NOW + DAY, 100)) == 3


@pytest.mark.parametrize(
    ("before", "ahead", "waits"),
    [
        (NOW + HOUR, 10 * MINUTE, False),  # it was put back: that is the clock's doing
        (None, 10 * MINUTE, True),  # at a start: Slack may have asked another replica to wait
        (None, HOUR, False),
        (NOW, HOUR, True),
    ],
)
async def test_only_a_clock_that_was_put_back_ends_a_wait(
    write: Do, claim: Claim, before: datetime | None, ahead: timedelta, waits: bool
) -> None:
    await write(lambda work: work.outbox.put("notice", "A"))
    [row] = await claim()
    await write(lambda work: work.outbox.retry(row.id, "me", NOW + ahead, "ratelimited", counts=False))
    await write(lambda work: work.outbox.heed_clock(before, NOW))
    assert (await claim("you") == []) is waits
