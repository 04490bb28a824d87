"""What people wait for reads living rows only: it takes the same with ten finished releases and ten thousand."""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event, insert, select, text

from bot.release.attached import Condition, LateChange, Tick
from storage import Store, prepared
from storage.tables import releases, timers
from storage.work import Work
from tests.storage.finished import BIG, history
from tests.storage.given import DAY, HOUR, MINUTE, NOW, a_release, a_vote, an_open_one, claim_timer


@pytest.fixture
async def full(store: Store, workspace: int) -> Store:
    await store.write(history, workspace=workspace, deadline=60)
    if store.dialect == "postgresql":  # which does it by itself; nobody does it for a file
        await store.write(lambda work: work.conn.execute(text("ANALYZE")))
    return store


@contextmanager
def watched(work: Work) -> Iterator[list[tuple[str, Any]]]:
    """The statements that are run inside, with their parameters."""
    seen: list[tuple[str, Any]] = []

    def note(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        seen.append((statement, parameters))

    def noted(conn: Any, sql: str, given: Any) -> Any:
        seen.append((sql, tuple(given) if isinstance(given, list) else given))
        return run(conn, sql, given)

    run = prepared.execute
    event.listen(work.conn, "before_cursor_execute", note)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(prepared, "execute", noted)
            yield seen
    finally:
        event.remove(work.conn, "before_cursor_execute", note)


def accesses(work: Work, statement: str, parameters: Any) -> set[str]:
    """How the database reaches the big tables in this statement: "releases: ix_releases_open_planned"."""
    if work.dialect == "sqlite":
        rows = work.conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
        alias = {name: table for table, name in re.findall(r"(\w+) AS (\w+)", statement) if table in BIG}
        found = set()
        for row in rows:
            step = re.match(
                r"(SCAN|SEARCH) (\w+)(?: USING (?:COVERING )?INDEX (\w+)| USING (INTEGER PRIMARY KEY))?", row.detail
            )
            if step and alias.get(step[2], step[2]) in BIG:
                table = alias.get(step[2], step[2])
                how = step[3] or ("primary key" if step[4] else "everything")
                found.add(f"{table}: {'primary key' if how.startswith('sqlite_autoindex') else how}")
        return found
    plan = "\n".join(work.conn.exec_driver_sql(f"EXPLAIN {statement}", parameters).scalars())
    found = {f"{table}: everything" for table in re.findall(r"Seq Scan on (\w+)", plan) if table in BIG}
    indexes = set(re.findall(r"Index (?:Only )?Scan (?:Backward )?using (\w+) on", plan))
    indexes |= set(re.findall(r"Bitmap Index Scan on (\w+)", plan))
    return found | {f"{_table(index)}: {'primary key' if index.startswith('pk_') else index}" for index in indexes}


def _table(index: str) -> str:
    known = sorted((table for table in BIG if f"_{table}" in index), key=len)
    return known[-1] if known else "other"


#: What is waited for, and the only ways to the big tables that it may take (besides primary keys).
WAITED_FOR: dict[str, tuple[Callable[[Work], Any], set[str]]] = {
    "the due timers": (
        lambda work: claim_timer(work, NOW + 3 * HOUR, {"remind", "closes"}),
        {"ix_timers_unsettled_next", "ix_timers_unsettled_release"},
    ),
    "when the next timer is due": (
        lambda work: work.timers.next_due(),
        {"ix_timers_unsettled_next", "ix_timers_unsettled_release"},
    ),
    "when the next appointment is due": (
        lambda work: (work.appointments.next_due(), work.appointments.due(NOW + 3 * HOUR, {"digest"}, 10)),
        {"ix_appointments_unsettled_next"},
    ),
    "the outbox's next rows": (
        lambda work: work.outbox.claim(NOW, "me", NOW + MINUTE, 10, ("C3",)),
        {"ix_outbox_unsettled", "ix_outbox_unsettled_lane", "ix_outbox_unsettled_card"},
    ),
    "what other bots sent just now": (
        lambda work: work.outbox.tried_by_others("me", NOW),
        {"ix_outbox_unsettled", "ix_outbox_unsettled_card", "ix_outbox_settled"},
    ),
    "how deep the outbox is": (
        lambda work: (work.outbox.depth(), work.outbox.oldest(), work.outbox.next_try_at()),
        {"ix_outbox_unsettled", "ix_outbox_unsettled_lane", "ix_outbox_unsettled_card"},
    ),
    "what did not arrive": (
        lambda work: (work.outbox.undelivered_of(1500, 3), work.outbox.counts(), work.outbox.undelivered_since(NOW)),
        {"ix_outbox_unsettled", "ix_outbox_unsettled_lane", "ix_outbox_unsettled_card", "ix_outbox_undelivered"},
    ),
    "a channel's open releases": (
        lambda work: work.releases.open_in_channel("C1", 10),
        {"ix_releases_open_channel", "ix_releases_open_planned"},
    ),
    "every open release": (
        lambda work: work.releases.all_open(10),
        {"ix_releases_open_channel", "ix_releases_open_planned"},
    ),
    "what a captain may look back at": (
        lambda work: work.releases.to_look_back_at("U7", NOW, 10),
        {"ix_releases_workspace_id_planned_at"},
    ),
    "a person's open releases": (
        lambda work: work.releases.open_of("U7", 10),
        {
            "ix_releases_open_captain",
            "ix_releases_open_deployer",
            "ix_releases_open_planned",
            "ix_releases_open_channel",
        },
    ),
    "a service's open releases": (
        lambda work: work.releases.find("payments"),
        {"ix_release_parts_open_service", "uq_release_parts_open"},
    ),
    "what a service's retrospectives left to do": (
        lambda work: work.retros.open_actions("ledger", 1500),
        {"ix_release_parts_workspace_id_service_key_release_id", "ix_retro_actions_open"},
    ),
    "a service's last releases": (
        lambda work: work.releases.find("payments", open_only=False, limit=20),
        {"ix_release_parts_workspace_id_service_key_release_id"},
    ),
    "what may be meant by a name": (
        lambda work: (work.releases.open_services(), work.releases.open_services(["payments", "ledger"])),
        {"ix_release_parts_open_service", "uq_release_parts_open", "ix_releases_open_planned"},
    ),
    "a release by its number": (lambda work: work.releases.get_number(1), {"uq_releases_workspace_id_number"}),
    "a release by its message": (lambda work: work.cards.by_ts("C1", "1.1500"), {"ix_cards_workspace_id_channel_ts"}),
    "a release with all that hangs on it": (
        lambda work: (work.releases.get(1500), work.decisions.edits(1500), work.decisions.late_changes(1500)),
        set(),
    ),
    "the reviews that a service owes": (
        lambda work: work.decisions.open_reviews({"ledger"}, 5),
        {
            "ix_reviews_open",
            "ix_release_parts_workspace_id_service_key_release_id",
            "ix_release_parts_open_service",
            "uq_release_parts_open",
        },
    ),
    "what somebody is asked about": (
        lambda work: work.milestones.asked("UANA", "milestone", 10),
        {"ix_cards_workspace_id_recipient_kind", "ix_milestones_asked"},
    ),
    "the freezes that stand": (  # and those that a clock ahead took for over: none, as long as clocks are right
        lambda work: work.freezes.standing(),
        {"ix_freezes_standing", "ix_freezes_ended"},
    ),
    "the freezes that ended lately": (lambda work: work.freezes.ended(NOW + DAY), {"ix_freezes_ended"}),
    "a freeze by its number": (lambda work: work.freezes.numbered(1500), {"uq_freezes_workspace_id_number"}),
    "the exceptions that admins are asked for": (
        lambda work: work.freezes.awaited(10),
        {"ix_freeze_exceptions_waiting"},
    ),
    "a release's exceptions": (lambda work: work.freezes.exceptions_of(1500), {"ix_freeze_exceptions_release_id"}),
    "what a freeze may hit": (
        lambda work: (work.releases.upcoming(NOW, NOW + DAY, 10), work.releases.upcoming(NOW, None, 10)),
        {"ix_releases_open_planned", "ix_releases_workspace_id_planned_at"},
    ),
    "a release's reviews": (lambda work: work.decisions.reviews(1500), {"ix_reviews_release_id", "ix_reviews_open"}),
    "a feed by its address": (lambda work: work.feeds.by_hash("x"), set()),
    "a calendar of all": (
        lambda work: work.agenda.planned(NOW - DAY, NOW + 400 * DAY, 10, public=True),
        {"ix_releases_workspace_id_planned_at"},
    ),
    "a calendar of a service": (
        lambda work: work.agenda.planned(NOW - DAY, NOW + 400 * DAY, 10, service="ledger", public=True),
        {"ix_releases_workspace_id_planned_at", "ix_release_parts_workspace_id_service_key_release_id"},
    ),
    "a calendar of a channel": (
        lambda work: work.agenda.planned(NOW - DAY, NOW + 400 * DAY, 10, channel="C1"),
        {"ix_releases_workspace_id_planned_at"},
    ),
    "a calendar of a person": (
        lambda work: work.agenda.planned(NOW - DAY, NOW + 400 * DAY, 10, concerns=("U7", ["C1", "C2"])),
        {"ix_releases_workspace_id_planned_at"},
    ),
    "where something is planned": (
        lambda work: work.agenda.channels(NOW - DAY, NOW + 400 * DAY),
        {"ix_releases_workspace_id_planned_at"},
    ),
    "when releases changed last": (lambda work: work.agenda.changed_at([1, 2, 1500]), {"uq_audit_release_id_seq"}),
    "a gesture's answer": (lambda work: work.keys.claim("new"), set()),
    "the last of a release's record": (
        lambda work: work.audit.tail(1, 5),
        {"uq_audit_release_id_seq"},
    ),
}


async def test_what_is_waited_for_does_not_read_what_is_finished(full: Store, workspace: int) -> None:
    def explain(work: Work) -> dict[str, set[str]]:
        astray = {}
        for what, (do, allowed) in WAITED_FOR.items():
            with watched(work) as statements:
                do(work)
            ways = [accesses(work, *one) for one in statements if one[0].lstrip().startswith(("SELECT", "UPDATE"))]
            names = allowed | {"primary key", *AS_GOOD}
            astray[what] = {way for way in set().union(*ways) if way.split(": ")[1] not in names}
        return astray

    assert await full.write(explain, workspace=workspace) == {what: set() for what in WAITED_FOR}


async def test_a_wake_up_looks_at_nothing_that_is_yet_to_come(full: Store, workspace: int) -> None:
    """However much is planned: tens of thousands of timers of thousands of open releases, and one that is due."""

    def wake_up(work: Work) -> set[str]:
        ids = list(work.conn.scalars(select(releases.c.id).where(releases.c.id >= 1000)))
        later = [NOW + 10 * DAY + number * MINUTE for number in range(10)]
        timer = {"workspace_id": workspace, "name": "remind", "plan_revision": 2, "state": "planned", "reason": "",
                 "attempts": 0}  # fmt: skip
        work.conn.execute(
            insert(timers),
            [timer | {"release_id": id, "recipient": f"{at:%H%M}", "due_at": at, "next_try_at": at}
             for id in ids for at in later],
        )  # fmt: skip
        work.conn.execute(text("ANALYZE"))
        names = frozenset({"remind", "closes"})
        with watched(work) as statements:
            assert work.timers.next_due() == work.timers.next_due(names) == NOW + HOUR
            assert claim_timer(work, NOW + HOUR, names) is not None
            assert work.timers.lag(NOW + HOUR) == 0
        return set().union(*(accesses(work, *one) for one in statements))

    assert await full.write(wake_up, workspace=workspace, deadline=60) <= {
        "timers: ix_timers_unsettled_next",
        "timers: ix_timers_unsettled_release",
        "timers: primary key",
        "releases: primary key",
    }


async def test_a_planted_look_at_everything_is_seen(full: Store, workspace: int) -> None:
    def plant(work: Work) -> set[str]:
        with watched(work) as statements:
            work.conn.execute(releases.select().where(releases.c.rollback_plan == "planted")).all()
        return accesses(work, *statements[0])

    assert await full.read(plant, workspace=workspace) == {"releases: everything"}


#: What finds one row as well as a primary key does.
AS_GOOD = {"uq_cards_release_id_kind_recipient_tag"}


@pytest.fixture
async def counted(store: Store, workspace: int) -> AsyncIterator[Callable[..., Any]]:
    """How many statements a function of a `Work` runs."""

    async def count(do: Callable[[Work], Any]) -> int:
        def run(work: Work) -> int:
            with watched(work) as statements:
                do(work)
            return len(statements)

        return await store.write(run, workspace=workspace)

    yield count


async def test_a_release_is_three_statements_however_many_votes_it_has(
    store: Store, workspace: int, counted: Callable[..., Any]
) -> None:
    def plan(work: Work) -> None:
        work.releases.add(an_open_one(workspace, votes=[a_vote(f"U{number}") for number in range(50)]))
        for number in range(10):
            work.releases.add(a_release(workspace, f"service {number}"))

    await store.write(plan, workspace=workspace)
    assert await counted(lambda work: work.releases.lock(1)) == 3
    assert await counted(lambda work: work.releases.get_number(1)) == 3
    assert await counted(lambda work: work.releases.all_open(11)) == 3
    assert await counted(lambda work: work.releases.get(4711)) == 1


async def test_what_hangs_on_releases_is_a_statement_each_and_only_where_there_is_any(
    store: Store, workspace: int, counted: Callable[..., Any]
) -> None:
    def plan(work: Work) -> None:
        for number in range(10):
            new = work.releases.add(a_release(workspace, f"service {number}"))
            new.conditions = [
                Condition(one, 1, "UBO", NOW, "Go", "tests green", "UBO", NOW + HOUR) for one in range(1, number)
            ]
            work.releases.save(new)

    await store.write(plan, workspace=workspace)
    assert await counted(lambda work: work.releases.lock(1)) == 3, "it has none"
    assert await counted(lambda work: work.releases.lock(10)) == 4
    assert await counted(lambda work: work.releases.all_open(11)) == 4

    def tick(work: Work) -> None:
        found = work.releases.lock(10)
        assert found is not None
        found.ticks = {"runbook": Tick("UBO", NOW, ticked=True)}
        found.late = LateChange(1, "UBO", NOW, "forgot one", {"changes": "more"}, 0)
        work.releases.save(found)

    assert await counted(tick) == 6, "what did not change is not written"
    assert await counted(lambda work: work.releases.lock(10)) == 6


async def test_a_vote_writes_one_row(store: Store, workspace: int, counted: Callable[..., Any]) -> None:
    votes = [a_vote(f"U{number}") for number in range(50)]
    await store.write(lambda work: work.releases.add(an_open_one(workspace, votes=votes)), workspace=workspace)

    def vote(work: Work) -> None:
        found = work.releases.lock(1)
        assert found is not None
        found.votes = [*found.votes[1:], a_vote("U0", why="again")]
        with watched(work) as statements:
            work.releases.save(found)
        (statement,) = statements
        assert statement[0].startswith("INSERT INTO votes")
        assert statement[0].count("VALUES") == 1
        values = statement[1].values() if isinstance(statement[1], dict) else statement[1]
        assert [value for value in values if value in ("U0", "U1")] == ["U0"]

    assert await counted(vote) == 4


async def test_statements_are_compiled_once(store: Store, workspace: int) -> None:
    await store.write(lambda work: work.releases.add(an_open_one(workspace)), workspace=workspace)

    def click(work: Work, number: int) -> int:
        work.keys.claim(f"key {number}")
        found = work.releases.lock(1)
        assert found is not None
        found.votes.append(a_vote(f"U{number}"))
        work.releases.save(found)
        work.timers.replan(1, 1, [("remind", "", NOW + HOUR)])
        work.audit.append(found, [], by_path="button", key="")
        for card in work.cards.of(1):
            work.outbox.put("card", "C1", card_id=card.id, release_id=1)
        work.keys.settle(f"key {number}", {})
        return len(work.conn.engine._compiled_cache or {})

    sizes = [await store.write(partial(click, number=number), workspace=workspace) for number in range(5)]
    assert sizes[2:] == sizes[1:2] * 3, "nothing new is compiled once it is warm"
