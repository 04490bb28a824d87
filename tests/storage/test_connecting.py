"""Statements are prepared where Postgres itself answers, and never behind a pooler that may change the server."""

import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from bot.clock import StoryClock
from storage import open_store
from storage.connecting import PREPARED_FROM, make_engine
from storage.work import Work
from tests.storage.given import NOW

#: BackendKeyData: its type, its length, then the process id and a secret (source: postgresql.org, protocol formats).
KEY = b"K\x00\x00\x00\x0c"


class Pooler:
    """Between a client and Postgres: passes on everything, but tells the client a process id of its own making."""

    def __init__(self, upstream: tuple[str, int] | str) -> None:
        self._upstream = upstream
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.socket(socket.AF_UNIX if isinstance(self._upstream, str) else socket.AF_INET)
                server.connect(self._upstream)
                for source, target, told in ((client, server, False), (server, client, True)):
                    threading.Thread(target=self._pass_on, args=(source, target, told), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, told: bool) -> None:
        with suppress(OSError):
            while some := source.recv(65_536):
                at = some.find(KEY) if told else -1
                if at >= 0:
                    place = at + len(KEY)
                    some = some[:place] + (7).to_bytes(4, "big") + some[place + 4 :]
                target.sendall(some)
            target.shutdown(socket.SHUT_WR)


def prepared(url: str) -> int:
    """How many statements a connection has prepared after the same one was asked often enough."""
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            for number in range(PREPARED_FROM + 2):
                connection.execute(text("SELECT CAST(:n AS integer)"), {"n": number})
            found: int = connection.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar_one()
            return found
    finally:
        engine.dispose()


def test_what_comes_often_is_prepared(postgres_database: str) -> None:
    assert prepared(postgres_database) > 0


def ask(work: Work) -> int:
    """How many statements this connection has prepared."""
    return int(work.conn.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar_one())


def refuse_part(work: Work) -> None:
    with suppress(ZeroDivisionError), work.savepoint():
        raise ZeroDivisionError


def refuse(work: Work) -> None:
    raise ZeroDivisionError


def fail(work: Work) -> None:
    with suppress(DBAPIError):
        work.conn.execute(text("SELECT 1 / 0"))
    raise ZeroDivisionError


@pytest.mark.parametrize(("then", "stays"), [(ask, True), (refuse_part, True), (refuse, True), (fail, False)])
async def test_it_stays_prepared_unless_the_database_failed(
    postgres_database: str, then: Callable[[Work], object], stays: bool
) -> None:
    """A look, a refusal or a dialog that opens makes no click after it slower. What failed may fail by its plan."""
    store = open_store(postgres_database, clock=StoryClock(NOW, running=False))
    try:
        for do in (store.read, store.write):
            for _ in range(PREPARED_FROM + 2):
                await do(ask)
            before = await do(ask)
            assert before > 0
            with suppress(ZeroDivisionError):
                await do(then)
            assert (await do(ask) >= before) is stays
    finally:
        await store.close()


def test_behind_a_pooler_nothing_is_prepared(postgres_database: str) -> None:
    url = make_url(postgres_database)
    directory = url.query.get("host")
    pooler = Pooler(f"{directory}/.s.PGSQL.{url.port or 5432}" if directory else (str(url.host), url.port or 5432))
    through = url.set(host="127.0.0.1", port=pooler.port, query={})
    try:
        assert prepared(through.render_as_string(hide_password=False)) == 0
    finally:
        pooler.close()


def test_a_database_file_is_its_owners_alone_in_whatever_folder_it_is_made(tmp_path: Path) -> None:
    """Also what is beside it; and one that is there stays as its owner has made it."""
    tmp_path.chmod(0o755)
    before = os.umask(0o022)
    try:
        with make_engine(f"sqlite:///{tmp_path}/new.sqlite3").connect() as conn:
            conn.exec_driver_sql("CREATE TABLE one (a)")
            assert {oct(file.stat().st_mode & 0o777) for file in tmp_path.iterdir()} == {"0o600"}
        shared = tmp_path / "shared.sqlite3"
        shared.touch(mode=0o640)
        make_engine(f"sqlite:///{shared}").connect().close()
        assert oct(shared.stat().st_mode & 0o777) == "0o640"
    finally:
        os.umask(before)
