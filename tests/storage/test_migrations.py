"""The schema comes about step by step, on both databases, over rows of every step."""

import ast
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TypeGuard

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from bot.clock import StoryClock
from bot.release.attached import Override
from bot.release.release import Choice
from bot.release.states import State
from storage import Store, TooNew, migrate, open_store
from storage.connecting import make_engine
from storage.migrating import MIGRATIONS
from storage.schema import HEAD
from storage.tables import releases
from storage.work import Work
from tests.storage.given import DAY, HOUR, MINUTE, NOW, a_release

REVISIONS = [script.revision for script in reversed(list(ScriptDirectory(str(MIGRATIONS)).walk_revisions()))]


def load(conn: Connection, revision: str) -> None:
    """The rows of a revision's schema."""
    if conn.dialect.name == "postgresql":
        conn.execute(text("SET LOCAL TIME ZONE 'UTC'"))
    lines = (MIGRATIONS / "data" / f"{revision}.sql").read_text().splitlines()
    sql = "\n".join(line for line in lines if not line.startswith("--"))
    for statement in sql.split(";\n"):
        if statement.strip():
            conn.exec_driver_sql(statement)


def counted(conn: Connection) -> dict[str, int]:
    """How many rows each table has that is there by now."""
    there = inspect(conn).get_table_names()
    named = [table.name for table in releases.metadata.sorted_tables if table.name in there]
    return {name: conn.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in named}


async def test_a_new_database_says_what_it_needs(empty_database: str) -> None:
    store = open_store(empty_database, clock=StoryClock(NOW, running=False))
    assert not await store.is_migrated()
    assert migrate(empty_database) == REVISIONS
    assert await store.is_migrated()
    assert migrate(empty_database) == []
    await store.close()


def test_many_who_migrate_at_once_do_it_once(empty_database: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        applied = [answer.result() for answer in [threads.submit(migrate, empty_database) for _ in range(4)]]
    assert sorted(applied) == [[], [], [], REVISIONS]


def test_what_the_code_names_is_what_the_migrations_made(database: str) -> None:
    engine = make_engine(database)
    with engine.connect() as conn:
        options = {"compare_type": True, "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(conn, opts=options), releases.metadata) == []
        if conn.dialect.name == "sqlite":  # partial indexes are compared by name only; so compare what was made
            made = dict(conn.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql LIKE '% WHERE %'").all())
        else:
            made = dict(
                conn.execute(text("SELECT indexname, indexdef FROM pg_indexes WHERE indexdef LIKE '% WHERE %'")).all()
            )
    engine.dispose()
    partial = {
        index.name: str(index.dialect_options["sqlite"]["where"])
        for table in releases.metadata.tables.values()
        for index in table.indexes
        if index.dialect_options["sqlite"]["where"] is not None
    }
    assert {name: sql.split(" WHERE ")[1].strip("()") for name, sql in made.items()} == partial


def test_every_migration_brings_rows_of_its_schema() -> None:
    assert sorted(file.stem for file in (MIGRATIONS / "data").iterdir()) == sorted(REVISIONS)


@pytest.mark.parametrize("revision", REVISIONS)
async def test_rows_of_every_step_arrive_at_the_last(empty_database: str, revision: str) -> None:
    migrate(empty_database, to=revision)
    engine = make_engine(empty_database)
    with engine.begin() as conn:
        load(conn, revision)
        assert min(counted(conn).values()) > 0, f"every table has rows: {counted(conn)}"
    engine.dispose()
    migrate(empty_database)
    store = open_store(empty_database, clock=StoryClock(NOW, running=False))
    await store.read(remember, workspace=1)
    if revision >= "0004":
        await store.read(remember_decisions, workspace=1)
    if revision >= "0005":
        await store.write(partial(remember_schedules, changed=revision >= "0006"), workspace=1)
    await store.close()


def remember(work: Work) -> None:
    """What the rows of the first schema say, whatever the schema is by now."""
    assert (work.workspace.status_channel, work.workspace.setup_done) == ("C9", True)
    (found,) = work.releases.find("payments", "2.14.0")
    assert (found.number, found.state, found.policy.name, found.policy.version) == (1, State.OPEN, "team", 2)
    assert [part.environment for part in found.parts] == ["production", "us-east"]
    assert [(vote.user, vote.choice, vote.why) for vote in found.votes] == [
        ("UBO", Choice.GO, ""),
        ("UCLARA", Choice.NO_GO, "secret scan still red"),
    ]
    assert found.planned.wall == "2026-12-01T14:00"
    assert found.round is not None
    assert found.changes == '14 changes: "faster" refunds; it\'s ready'
    (old,) = work.releases.find("checkout", open_only=False)
    assert old.state is State.CLOSED
    assert work.audit.verify(found.id) == work.audit.verify(None) == []
    assert [row.name for row in work.audit.tail(found.id, 5)] == ["planned", "voted"]
    assert work.people.name("UCLARA") == "Clara é"
    assert work.people.members("C1") == {"UANA", "UBO", "UCLARA"}
    assert work.roles.admins() == {"UANA"}
    answered = work.keys.find("event:E1")
    assert answered is not None
    assert answered.reply is not None
    card = work.cards.by_ts("C1", "1764579600.000100")
    assert card is not None
    assert work.outbox.depth() == 2
    assert [row.name for row in work.timers.of(found.id)] == ["poll.closes", "remind"]
    assert [item.text for item in work.retros.open_actions("checkout", 3)] == ["tune the alarms"]
    policy = work.policies.for_service("payments")
    assert policy is not None
    assert policy.version == 2


def remember_decisions(work: Work) -> None:
    """What the rows of the fourth schema say besides."""
    decisions = work.decisions
    (old,) = work.releases.find("checkout", open_only=False)
    assert (old.content_revision, old.links, old.escalated) == (2, "https://example.com/ci (CI)", frozenset({"Go"}))
    assert old.override == Override("UANA", NOW, "payments are down", (("missing", "Go"),))
    assert [one.text for one in old.policy.checklist] == ["Runbook updated"]
    assert [one.role for one in old.sign_offs] == ["Go"]
    assert old.round is not None
    assert [cause["kind"] for cause in old.round.causes or ()] == ["missing"]
    (vote,) = old.votes
    assert (vote.provisional, vote.cast_by, vote.as_of) == (True, "UCLARA", vote.at - 15 * MINUTE)
    (condition,) = old.conditions
    assert (condition.user, condition.vote_at, condition.text) == ("UBO", vote.at, "smoke test green")
    assert (old.ticks["runbook"].ticked, old.ticks["runbook"].undone) == (True, 1)
    assert old.late is not None
    assert old.late.wanted == {"changes": "refunds and tips"}
    policy = work.policies.for_service("payments")
    assert policy is not None
    assert (policy.freeze_exception, policy.sign_offs[0].delegates) == (True, True)
    assert [(edit.revision, edit.field, edit.before, edit.after) for edit in decisions.edits(old.id)] == [
        (1, "changes", "refunds", "refunds and fees"),
        (2, "links", "", "https://example.com/ci (CI)"),
    ]
    assert [(late.wanted, late.outcome, late.ended_why) for late in decisions.late_changes(old.id)] == [
        ({"changes": "refunds, fees"}, "refused", "next time"),
        ({"changes": "refunds and tips"}, None, ""),
    ]
    (review,) = decisions.open_reviews({"checkout"}, 5)
    assert (review.release_id, review.opened_by, review.closed_at) == (old.id, "UANA", None)
    assert decisions.attention(["UBO", "UCLARA"])["UBO"].delegate == "UCLARA"


def remember_schedules(work: Work, *, changed: bool) -> None:
    """What the rows of the fifth schema say besides; what was `changed` since is said by the sixth's."""
    made_at = NOW - 7 * DAY - HOUR
    (freeze,) = work.freezes.standing()
    assert (freeze.number, freeze.why, freeze.weekly) == (1, "books close", False)
    assert (freeze.revision, freeze.changed_at) == ((2, made_at + DAY) if changed else (0, made_at))
    assert work.freezes.change(replace(freeze, why="books are closed"))
    again = work.freezes.get(freeze.id)
    assert again is not None
    assert (again.revision, again.changed_at) == (freeze.revision + 1, NOW)
    (train,) = work.trains.running()
    assert (train.when, train.revision, train.changed_at) == ("every 2 weeks on Tuesday 14:00 Berlin", 0, made_at)
    skipped = work.trains.departures(train.id, date(2026, 12, 8))[date(2026, 12, 8)]
    assert (skipped.state, skipped.by, skipped.at) == ("skipped", "UBO", made_at)


async def at(store: Store, revision: str) -> None:
    await store.write(
        lambda work: work.conn.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": revision})
    )


@pytest.mark.parametrize("newer", ["9998", f"9998-since-{HEAD[:4]}", "9998-since-0001"])
async def test_a_newer_schema_that_only_adds_serves_this_version(store: Store, database: str, newer: str) -> None:
    await at(store, newer)
    assert await store.is_migrated()
    assert migrate(database) == [], "an older version's replica that starts again leaves it as it is"
    assert await store.read(lambda work: work.conn.execute(text("SELECT * FROM alembic_version")).scalars().all()) == [
        newer
    ]


@pytest.mark.parametrize("newer", ["9998-since-9997", "from later"])
async def test_a_newer_schema_that_took_something_away_is_refused(store: Store, database: str, newer: str) -> None:
    await at(store, newer)
    assert not await store.is_migrated()
    with pytest.raises(TooNew, match=f"at schema {newer}, which needs a later version"):
        migrate(database)


async def test_an_older_schema_does_not_serve(store: Store) -> None:
    await at(store, REVISIONS[0])
    assert not await store.is_migrated()


def takes_away(source: str) -> bool:
    """Whether a migration does more than add what nobody has to fill: older code may not work on what it leaves."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    names = [call.func.attr for call in calls if isinstance(call.func, ast.Attribute)]
    added = [inner for call in calls if _is(call, "add_column") for inner in ast.walk(call) if _is(inner, "Column")]
    given = [{argument.arg: ast.unparse(argument.value) for argument in column.keywords} for column in added]
    demands = any(column.get("nullable") == "False" and "server_default" not in column for column in given)
    return demands or any(name.startswith(("drop_", "alter_", "rename_", "batch_alter")) for name in names)


def _is(node: ast.AST, name: str) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name


@pytest.mark.parametrize(
    ("step", "does"),
    [
        ("op.drop_column('outbox', 'cause')", True),
        ("op.alter_column('outbox', 'cause', nullable=False)", True),
        ("op.add_column('outbox', sa.Column('cause', sa.Text(), nullable=False))", True),
        ("op.add_column('outbox', sa.Column('cause', sa.Text(), nullable=False, server_default='x'))", False),
        ("op.add_column('outbox', sa.Column('cause', sa.Text(), nullable=True))", False),
        ("op.create_table('trains', sa.Column('id', sa.Integer(), nullable=False))", False),
    ],
)
def test_what_takes_away_is_recognised(step: str, does: bool) -> None:
    assert takes_away(step) is does


def test_a_migration_that_takes_away_says_since_when_code_does_without() -> None:
    unsaid = []
    for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions():
        if takes_away(Path(script.path).read_text()) and "-since-" not in script.revision:
            unsaid.append(script.revision)
    assert unsaid == []
    since = [revision.partition("-since-")[2] for revision in REVISIONS]
    assert since == sorted(since), "what one took away is missing ever after"
    assert all(re.fullmatch(r"\d{4}(-since-\d{4})?", revision) for revision in REVISIONS)


async def test_a_failed_migration_leaves_nothing(empty_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("in the middle")

    monkeypatch.setattr("alembic.operations.Operations.create_index", fail)
    with pytest.raises(RuntimeError):
        migrate(empty_database)
    monkeypatch.undo()
    assert migrate(empty_database) == REVISIONS
    store = open_store(empty_database, clock=StoryClock(NOW, running=False))
    workspace = await store.write(lambda work: work.workspaces.ensure("A1", "T1", None, "UBOT"))
    made = await store.write(lambda work: work.releases.add(a_release(workspace)), workspace=workspace)
    assert made.number == 1
    await store.close()


def test_the_code_knows_its_schema_without_the_tools_that_change_it() -> None:
    assert REVISIONS[-1] == HEAD
    assert not _loaded_by("bot.app", "bot.serve") & {"alembic", "mako", "psycopg"}


def _loaded_by(*modules: str) -> set[str]:
    """The top-level packages that these bring along."""
    look = "import sys, " + ", ".join(modules) + "; print(*{name.partition('.')[0] for name in sys.modules})"
    return set(subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout.split())
