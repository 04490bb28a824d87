"""The schema comes about step by step, on both databases, over rows of every step."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from bot.clock import StoryClock
from bot.release.release import Choice
from bot.release.states import State
from storage import Store, migrate, open_store
from storage.connecting import make_engine
from storage.migrating import MIGRATIONS
from storage.tables import releases
from storage.work import Work
from tests.storage.given import NOW, a_release

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
    return {
        table.name: conn.execute(text(f"SELECT count(*) FROM {table.name}")).scalar_one()
        for table in releases.metadata.sorted_tables
    }


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
    assert [item.text for item in work.retros.open_actions("checkout")] == ["tune the alarms"]
    policy = work.policies.for_service("payments")
    assert policy is not None
    assert policy.version == 2


async def test_a_newer_schema_is_not_called_migrated(store: Store) -> None:
    await store.write(lambda work: work.conn.execute(text("UPDATE alembic_version SET version_num = 'from later'")))
    assert not await store.is_migrated()


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
