"""Measure storage alone: the vote transaction through the house's storage, and the same statements with nothing around.

The anchors are Python's own sqlite3 on one thread, and pgbench. All run on the bot's schema with the same rows.
"""

import asyncio
import itertools
import os
import random
import re
import sqlite3
import subprocess
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

from bot.clock import Clock
from bot.kit.desk import MAIN_CARD
from bot.release.release import Choice, Vote
from storage.engine import Store, open_store
from storage.work import Work
from tests.bench import servers, stage, who
from tests.bench.rounds import Measured, Row, interleave

RELEASES = 100
#: Seconds of one slice; pgbench takes whole ones.
SECONDS = 2
CONCURRENCY = 16
_BODY = '{"at":"2026-11-21T09:00:00+00:00","by":"U0VOTER01","details":{"choice":"go","role":"Sign-off","round":1}}'

#: The vote transaction, statement by statement; {lock} is FOR UPDATE where there are row locks. The names given are
#: columns of its one row that later statements use.
VOTE: list[tuple[str, tuple[str, ...]]] = [
    ("INSERT INTO keys (workspace_id, key, at) VALUES (1, 'anchor:' || :gesture, CURRENT_TIMESTAMP) "
     "ON CONFLICT DO NOTHING RETURNING key AS claimed", ("claimed",)),
    ("SELECT * FROM releases WHERE workspace_id = 1 AND id = :release {lock}", ()),
    ("SELECT * FROM release_parts WHERE release_id = :release", ()),
    ("SELECT * FROM rounds WHERE release_id = :release", ()),
    ("SELECT * FROM votes WHERE release_id = :release", ()),
    ("INSERT INTO votes (release_id, round, user_id, workspace_id, place, choice, at, sign_off, fingerprint, why, "
     "path, alone, kept) VALUES (:release, 1, 'U0VOTER' || :voter, 1, 1, 'go', CURRENT_TIMESTAMP, 'Sign-off', 'f1', "
     "'', 'button', false, false) ON CONFLICT (release_id, round, user_id) DO UPDATE SET choice = excluded.choice, "
     "at = excluded.at, why = excluded.why, path = excluded.path, place = votes.place + 1", ()),
    ("SELECT coalesce(max(seq), 0) AS seq, max(hash) AS head FROM audit WHERE release_id = :release", ("seq",)),
    (f"INSERT INTO audit (workspace_id, release_id, seq, name, at, body, hash) VALUES (1, :release, :seq + 1, 'voted', "
     f"CURRENT_TIMESTAMP, '{_BODY}', '{'0' * 64}') RETURNING id AS audit_id", ("audit_id",)),
    (f"INSERT INTO audit_texts (audit_id, workspace_id, release_id, user_id, salt, said, why) VALUES (:audit_id, 1, "
     f":release, 'U0VOTER01', '{'0' * 32}', '[\"said go\"]', '')", ()),
    ("SELECT * FROM cards WHERE release_id = :release", ()),
    ("INSERT INTO outbox (workspace_id, kind, lane, payload, release_id, card_id, coalesces, wanted, state, attempts, "
     "put_at) VALUES (1, 'card', 'C1', '{}', :release, :release, 'card:' || :release, 1, 'queued', 0, "
     "CURRENT_TIMESTAMP) ON CONFLICT (workspace_id, coalesces) WHERE coalesces IS NOT NULL "
     "DO UPDATE SET wanted = outbox.wanted + 1", ()),
    ("UPDATE keys SET reply = '{}' WHERE workspace_id = 1 AND key = 'anchor:' || :gesture", ()),
]  # fmt: skip


def measure(directory: Path, rounds: int, rng: random.Random) -> list[Row]:
    """Both comparisons, SQLite's first."""
    measured = Measured()
    gestures = itertools.count(1)
    ours, plain = (f"sqlite:///{directory}/{name}.sqlite3" for name in ("ours", "plain"))
    for url in (ours, plain):
        stage.build(url, RELEASES)
    run = [
        lambda: measured.add("sqlite", asyncio.run(through_storage(ours, rng, gestures))),
        lambda: measured.add("sqlite3", by_hand(plain.removeprefix("sqlite:///"), rng, gestures)),
    ]
    with servers.postgres(directory) as (create, programs):
        pg, anchor = create("ours"), create("anchor")
        for url in (pg, anchor):
            stage.build(url, RELEASES)
        run += [
            lambda: measured.add("postgres", asyncio.run(through_storage(pg, rng, gestures))),
            lambda: measured.add("pgbench", by_pgbench(anchor, programs, directory)),
        ]
        interleave(run, rounds, rng)
    return [
        _row(measured, "sqlite", "sqlite3", "the standard library's sqlite3", 0.35, 0.65),
        _row(measured, "postgres", "pgbench", "pgbench", 0.18, 0.30),
    ]


def _row(measured: Measured, ours: str, anchor: str, called: str, floor: float, target: float) -> Row:
    mine, other = measured.spread(ours), measured.spread(anchor)
    return Row(
        f"storage alone against {called}, concurrency {CONCURRENCY}", measured.ratio(ours, anchor), floor, target,
        unit=f"× {anchor}", detail=f"{mine.median:,.0f}/s, {anchor} {other.median:,.0f}/s", speed=mine.median,
    )  # fmt: skip


async def through_storage(url: str, rng: random.Random, gestures: "itertools.count[int]") -> float:
    """Vote transactions a second, through Store and Work, so many at once; each is committed when it counts."""
    store = open_store(url, clock=Clock())
    done, ends = 0, time.perf_counter() + SECONDS

    async def person() -> None:
        nonlocal done
        while time.perf_counter() < ends:
            release, voter, gesture = rng.randrange(1, RELEASES + 1), rng.choice(who.VOTERS), next(gestures)
            await store.write(partial(_vote, id=release, voter=voter, gesture=gesture), workspace=1)
            done += 1

    began = time.perf_counter()
    await asyncio.gather(*(person() for _ in range(CONCURRENCY)))
    seconds = time.perf_counter() - began
    await _check(store, done)
    await store.close()
    return done / seconds


async def _check(store: Store, done: int) -> None:
    kept = await store.read(lambda work: work.conn.exec_driver_sql("SELECT count(*) FROM keys").scalar_one())
    assert kept >= done, f"{done} transactions, {kept} keys"


def _vote(work: Work, id: int, voter: str, gesture: int) -> None:
    """What a click leaves behind, without the rules that decide on it."""
    key = f"anchor:{gesture}"
    assert work.keys.claim(key) is None
    release = work.releases.lock(id)
    assert release is not None
    old = [vote for vote in release.votes if vote.user != voter]
    new = Vote(voter, Choice.GO, work.now, 1, "Sign-off", "f1", path="button")
    release.votes = [*(replace(vote) for vote in old), new]
    release.happened("voted", work.now, voter, "said go", choice="go", role="Sign-off", round=1)
    work.releases.save(release)
    work.audit.append(release, release.events, by_path="button", key=key)
    for card in work.cards.of(id):
        assert card.kind == MAIN_CARD
        work.outbox.put("card", release.channel, card_id=card.id, release_id=id)
    work.keys.settle(key, {})


def by_hand(file: str, rng: random.Random, gestures: "itertools.count[int]") -> float:
    """The same statements a second with Python's sqlite3: one thread, WAL, FULL."""
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")
    connection.row_factory = sqlite3.Row
    statements = [(sql.replace("{lock}", ""), keeps) for sql, keeps in VOTE]
    done, began = 0, time.perf_counter()
    while time.perf_counter() < began + SECONDS:
        values: dict[str, object] = {
            "gesture": next(gestures), "release": rng.randrange(1, RELEASES + 1), "voter": rng.randrange(100, 112),
        }  # fmt: skip
        connection.execute("BEGIN IMMEDIATE")
        for sql, keeps in statements:
            rows = connection.execute(sql, values).fetchall()
            values |= {name: rows[0][name] for name in keeps}
        connection.execute("COMMIT")
        done += 1
    seconds = time.perf_counter() - began
    connection.close()
    return done / seconds


def by_pgbench(url: str, programs: Path, directory: Path) -> float:
    """The same statements a second with pgbench, so many clients at once."""
    script = directory / "vote.sql"
    lines = [f"\\set release random(1, {RELEASES})", "\\set voter random(100, 111)",
             f"\\set gesture random(1, {2**62})", "BEGIN;"]  # fmt: skip
    for sql, keeps in VOTE:
        lines.append(sql.replace("{lock}", "FOR NO KEY UPDATE") + (" \\gset" if keeps else ";"))
    script.write_text("\n".join([*lines, "COMMIT;"]) + "\n")
    where = url.replace("+psycopg", "")
    done = subprocess.run(
        [programs / "pgbench", "-n", "-M", "prepared", "-c", str(CONCURRENCY), "-T", str(SECONDS), "-f", script, where],
        capture_output=True, text=True, check=False,
        env={**os.environ, "LD_LIBRARY_PATH": str(programs.parent / "lib")},
    )  # fmt: skip
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    failed = re.search(r"number of failed transactions: (\d+)", done.stdout)
    assert done.returncode == 0 and found and (failed is None or failed[1] == "0"), done.stdout + done.stderr
    return float(found[1])
