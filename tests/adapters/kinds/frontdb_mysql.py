"""The front database's own tests once more, and each fault of its line, on a real MySQL or MariaDB: `make frontdb-mysql` runs them.

They are no part of `make test`: the suite does without such a server, and nothing of it is counted as skipped.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.engine import URL

from adapters.connect import Connection
from adapters.contract import Denied, Found, Unavailable, Unusable, Why
from adapters.kinds import frontdb_line
from hub.sharinglog import SharingLog
from tests.adapters.faults.test_limits import certificate
from tests.adapters.kinds import test_frontdb, test_frontdb_reports
from tests.adapters.kinds.test_frontdb import JIA, TOML
from tests.hub.doorway import Told, is_well, log
from tests.hub.test_database_line_faults import FAULTS, SILENT, Relay, through_the_doorway
from tests.hub.test_table_faults import DDL
from tests.support import mariadb

__all__ = ["log"]
CAN_TLS = 0x0800
"""The flag of a MySQL server that speaks TLS (CLIENT_SSL)."""

OTHER_ENGINES = ("test_a_statement_without_end_is_ended_in_the_database_too",)
"""Tests whose statement MariaDB ends by a limit of its own; the one below has another."""


@pytest.fixture(scope="session")
def server() -> Iterator[URL]:
    """The server of YIJIAN_MYSQL_URL, or one that is started for this run."""
    given = os.environ.get("YIJIAN_MYSQL_URL")
    with nullcontext(given) if given else mariadb.running() as url:
        yield make_url(url).set(drivername="mysql+pymysql")


class Fresh:
    """A database of its own on the server."""

    def __init__(self, server: URL) -> None:
        self.name = f"t_{uuid.uuid4().hex[:12]}"
        self._server = create_engine(server)
        self.do(f"CREATE DATABASE {self.name} CHARACTER SET utf8mb4")
        self.url = server.set(database=self.name)
        self.address = f"mysql://{server.host}:{server.port}/{self.name}"
        self.secrets = {"user": server.username or "", "password": str(server.password or "")}

    def do(self, statement: str) -> list[Any]:
        with self._server.begin() as connection:
            found = connection.execute(text(statement))
            return list(found) if found.returns_rows else []

    def close(self) -> None:
        self.do(f"DROP DATABASE {self.name}")
        self._server.dispose()


class FarAsked(test_frontdb.Far):
    def __init__(self, fresh: Fresh, toml: str = TOML) -> None:
        super().__init__(fresh.url.render_as_string(hide_password=False), toml)
        self.url, self.secrets = fresh.address, fresh.secrets


class FarReporting(test_frontdb_reports.Far):
    def __init__(self, fresh: Fresh) -> None:
        super().__init__(fresh.url.render_as_string(hide_password=False))
        self.url, self.secrets = fresh.address, fresh.secrets


@pytest.fixture
def fresh(server: URL) -> Iterator[Fresh]:
    found = Fresh(server)
    yield found
    found.close()


class TestAsked:
    @pytest.fixture
    def far(self, fresh: Fresh) -> Iterator[FarAsked]:
        found = FarAsked(fresh)
        yield found
        found.engine.dispose()


class TestReporting:
    @pytest.fixture
    def far(self, fresh: Fresh) -> Iterator[FarReporting]:
        found = FarReporting(fresh)
        yield found
        found.engine.dispose()


def _lend(module: object, borrower: type) -> None:
    """Each test of the module that asks for nothing but `far` is one of the class."""
    for name, found in vars(module).items():
        asks = found.__code__.co_varnames[: found.__code__.co_argcount] if name.startswith("test_") else ()
        if asks == ("far",) and name not in OTHER_ENGINES:
            setattr(borrower, name, staticmethod(found))


_lend(test_frontdb, TestAsked)
_lend(test_frontdb_reports, TestReporting)


def test_a_statement_ends_at_its_limit_on_the_server_too(fresh: Fresh) -> None:
    far = FarAsked(fresh, TOML)
    far.run("CREATE VIEW LANGSAM AS SELECT GRCB.*, SLEEP(600) AS S FROM GRCB")
    far.toml = TOML.replace('table = "GRCB"', 'table = "LANGSAM"')
    assert far.ask(JIA, timeout_seconds=0.5) == Unavailable(Why.TIMEOUT)
    with far.engine.connect() as connection:
        busy = text(
            "SELECT count(*) FROM information_schema.processlist WHERE info LIKE '%LANGSAM%' AND id <> connection_id()"
        )
        until = time.monotonic() + 60
        while connection.execute(busy).scalar() and time.monotonic() < until:
            time.sleep(0.05)
        assert connection.execute(busy).scalar() == 0
    far.engine.dispose()


def test_a_wrong_password_an_absent_database_and_an_absent_table_are_told_apart(fresh: Fresh) -> None:
    far = FarAsked(fresh)
    far.run("DROP TABLE GRCB")
    assert far.ask() == Unusable("", "GRCB", "no_such_table")
    far.run("CREATE TABLE GRCB (XM VARCHAR(18))")
    assert far.ask() == Unusable("", "GRCB.ZJHM", "no_such_column")
    far.url = fresh.address.replace(fresh.name, "nicht_da")
    assert far.ask() == Unusable("", "", "no_such_database")
    far.url, far.secrets = fresh.address, {**fresh.secrets, "password": "falsch"}
    assert far.ask() == Denied("credentials_refused")
    far.engine.dispose()


# --- the line is cut ----------------------------------------------------------------------------------------------------


class MysqlRelay(Relay):
    """The server greets first. With a certificate of its own it says that it can speak TLS, and then shows that."""

    def _accept(self) -> None:
        client, _ = self.server.accept()
        self._between(client, socket.AF_INET)
        if self.certificate is None:
            return
        there = self._other[client]
        greeting = bytearray(there.recv(4096))
        flags = greeting.index(0, 5) + 1 + 4 + 8 + 1  # after version, thread and the first half of the scramble
        greeting[flags + 1] |= CAN_TLS >> 8
        client.sendall(greeting)
        client.recv(36)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        try:
            context.wrap_socket(client, server_side=True).close()
        finally:
            self._drop(there)


@pytest.fixture
def front(fresh: Fresh) -> Fresh:
    engine = create_engine(fresh.url)
    with engine.begin() as theirs:
        for statement in filter(str.strip, DDL.split(";")):
            theirs.execute(text(statement))
    engine.dispose()
    return fresh


@pytest.fixture
def relay(server: URL) -> Iterator[MysqlRelay]:
    found = MysqlRelay((server.host or "", server.port or 3306))
    yield found
    found.close()


def asked(front: Fresh, relay: Relay, log: SharingLog, *faults: str) -> list[Told]:
    """Through the whole doorway, while a neighbour is asked: its answer and both records are asserted there."""
    place = Connection(f"mysql://{relay.address}/{front.name}", front.secrets, ca=relay.certificate)
    return asyncio.run(through_the_doorway(place, relay, log, faults))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_line_has_its_outcome_and_its_record_and_the_next_question_is_answered(
    fault: str, front: Fresh, relay: Relay, log: SharingLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frontdb_line, "CUT_AFTER_SECONDS", 0.1)
    bad, good = asked(front, relay, log, fault, "")
    assert bad.said == FAULTS[fault] and good.said == ("found", "") and is_well(good)


@pytest.mark.parametrize("before", [("",), ()], ids=["kept", "new"])
def test_a_line_that_is_silent_before_anything_is_asked_on_it_keeps_no_thread(
    before: tuple[str, ...], front: Fresh, relay: Relay, log: SharingLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frontdb_line, "CUT_AFTER_SECONDS", 0.1)
    *_, bad, good = asked(front, relay, log, *before, SILENT, "")
    assert bad.said == ("unavailable", "timeout") and good.said == ("found", "") and is_well(good)


def test_a_certificate_that_ended_is_not_believed(front: Fresh, relay: Relay, log: SharingLog, tmp_path: Path) -> None:
    relay.certificate = certificate(tmp_path, "127.0.0.1", days=-1)
    assert [told.said for told in asked(front, relay, log, "")] == [("unavailable", "untrusted")]


def test_a_server_that_speaks_no_tls_is_told_no_password_where_a_certificate_is_wanted(
    front: Fresh, relay: MysqlRelay, log: SharingLog, tmp_path: Path
) -> None:
    place = Connection(f"mysql://{relay.address}/{front.name}", front.secrets, ca=certificate(tmp_path, "127.0.0.1"))
    assert [told.said for told in asyncio.run(through_the_doorway(place, relay, log, ("",)))] == [
        ("unavailable", "untrusted")
    ]


def test_a_line_that_is_killed_on_the_server_under_a_question_is_broken_off_and_the_next_one_is_answered(
    fresh: Fresh,
) -> None:
    far = FarAsked(fresh, TOML)
    far.run("CREATE VIEW LANGSAM AS SELECT GRCB.*, SLEEP(20) AS S FROM GRCB")
    far.toml = TOML.replace('table = "GRCB"', 'table = "LANGSAM"')
    with ThreadPoolExecutor(1) as one:
        answer = one.submit(far.ask, JIA, timeout_seconds=60)
        while not (
            found := fresh.do(
                f"SELECT id FROM information_schema.processlist WHERE db = '{fresh.name}' AND info LIKE '%LANGSAM%ZJHM%'"
            )
        ):
            time.sleep(0.02)
        fresh.do(f"KILL CONNECTION {found[0][0]}")
        assert answer.result() == Unavailable(Why.BROKEN_OFF)
    far.toml = TOML
    assert isinstance(far.ask(), Found)
    far.engine.dispose()
