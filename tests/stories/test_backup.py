"""`tminus backup` beside a running bot, and another bot that starts on what was copied."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.replicas.fleet import insists
from tests.story_process import PATIENCE, BotProcess, bot_process
from tests.test_cli import tminus


def whole(work: Any) -> bool:
    """Nothing in this database contradicts itself."""
    chains = [None, *(release.id for release in work.releases.all_open(100))]
    return work.conn.exec_driver_sql("PRAGMA integrity_check").scalars().all() == ["ok"] and not any(
        work.audit.verify(release) for release in chains
    )


@pytest.mark.usefixtures("in_life")
async def test_a_running_bot_is_backed_up_and_another_begins_where_the_copy_ends(
    sqlite_database: str, tmp_path: Path
) -> None:
    async with bot_process("http", sqlite_database, tmp_path) as bot:
        await bot.starts()
        box = bot.box
        ana, bo, clara = box.person("ana"), box.person("bo"), box.person("clara")
        payments = box.room("#payments")
        await insists(lambda: ana.types("/release new payments 2.14.0 in 2h"), hears="is planned", within=PATIENCE)
        await payments.sees("go/no-go is open until", within=PATIENCE)

        copy = tmp_path / "copies" / "monday.sqlite3"
        copy.parent.mkdir()
        backing = asyncio.to_thread(tminus, "backup", str(copy), cwd=tmp_path, DATABASE_URL=sqlite_database)
        told, seen = await asyncio.gather(backing, clara.clicks("No-go", on=payments.card("[Go] [No-go]")))
        assert seen.ok, "people go on while it is copied"
        assert told.returncode == 0, told.stderr
        assert told.stdout.startswith(f"Copied to {copy}: checked, whole, at schema ")
        assert "secret.key" not in told.stdout, "there is none, as no token is stored"
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / "data" / "secret.key").touch()
        other = str(copy.with_name("tuesday.sqlite3"))
        told = await asyncio.to_thread(tminus, "backup", other, cwd=tmp_path, DATABASE_URL=sqlite_database)
        assert "can be read only with data/secret.key: keep that as well" in told.stdout
        again = await asyncio.to_thread(tminus, "backup", str(copy), cwd=tmp_path, DATABASE_URL=sqlite_database)
        assert again.returncode == 2
        assert "a backup overwrites nothing" in again.stderr
        await bot.dies()

        # Another machine: nothing but the copy.
        restored = tmp_path / "restored"
        restored.mkdir()
        shutil.copyfile(copy, restored / "tminus.sqlite3")
        there = BotProcess(box, "http", f"sqlite:///{restored / 'tminus.sqlite3'}", restored)
        try:
            await there.starts()
            assert await there.store.read(whole, workspace=1)
            await insists(lambda: bo.clicks("Go", on=payments.card("[Go] [No-go]")), within=PATIENCE)  # from before
            await payments.sees("✅ Go — decided", within=60)
            await there.stops()
        finally:
            await there.store.close()
