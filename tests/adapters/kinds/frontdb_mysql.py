"""The front database's own tests once more, on a real MySQL or MariaDB: `make frontdb-mysql` runs them, with YIJIAN_MYSQL_URL.

They are no part of `make test`: the suite does without such a server, and nothing of it is counted as skipped.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.engine import URL

from adapters.connect import Connected
from adapters.contract import Denied, Unavailable, Unusable, Why
from tests.adapters.kinds import test_frontdb, test_frontdb_reports
from tests.adapters.kinds.making import connected
from tests.adapters.kinds.test_frontdb import JIA, TOML

OTHER_ENGINES = ("test_a_statement_without_end_is_ended_in_the_database_too",)
"""Tests whose statement MariaDB ends by a limit of its own; the one below has another."""
SERVER = make_url(os.environ["YIJIAN_MYSQL_URL"]).set(drivername="mysql+pymysql")


class Fresh:
    """A database of its own on the server, with an engine to it."""

    def __init__(self) -> None:
        self.password = str(SERVER.password or "")
        self.name = f"t_{uuid.uuid4().hex[:12]}"
        self._server = create_engine(SERVER)
        self._do(f"CREATE DATABASE {self.name} CHARACTER SET utf8mb4")
        self.url: URL = SERVER.set(database=self.name)

    def _do(self, statement: str) -> None:
        with self._server.begin() as connection:
            connection.execute(text(statement))

    @property
    def address(self) -> str:
        return f"mysql://{SERVER.host}:{SERVER.port}/{self.name}"

    @property
    def secrets(self) -> dict[str, str]:
        return {"user": SERVER.username or "", "password": self.password}

    def close(self) -> None:
        self._do(f"DROP DATABASE {self.name}")
        self._server.dispose()


class FarAsked(test_frontdb.Far):
    def __init__(self, fresh: Fresh, toml: str = TOML) -> None:
        self.fresh = fresh
        super().__init__(fresh.url.render_as_string(hide_password=False), toml)

    def line(self) -> Connected:
        return connected(self.toml, self.fresh.address, secrets=self.fresh.secrets)


class FarReporting(test_frontdb_reports.Far):
    def __init__(self, fresh: Fresh) -> None:
        self.fresh = fresh
        super().__init__(fresh.url.render_as_string(hide_password=False))

    def line(self) -> Connected:
        return connected(self.toml, self.fresh.address, secrets=self.fresh.secrets)


@pytest.fixture
def fresh() -> Iterator[Fresh]:
    found = Fresh()
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
    far.run("CREATE VIEW LANGSAM AS SELECT GRCB.*, SLEEP(3) AS S FROM GRCB")
    far.toml = TOML.replace('table = "GRCB"', 'table = "LANGSAM"')
    began = time.monotonic()
    assert far.ask(JIA, timeout_seconds=0.5) == Unavailable(Why.TIMEOUT) and time.monotonic() - began < 2.5
    with far.engine.connect() as connection:
        busy = text(
            "SELECT count(*) FROM information_schema.processlist WHERE info LIKE '%LANGSAM%' AND id <> connection_id()"
        )
        until = time.monotonic() + 2
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
    good, fresh.name = fresh.name, "nicht_da"
    assert far.ask() == Unusable("", "", "no_such_database")
    fresh.name, fresh.password = good, "falsch"
    assert far.ask() == Denied("credentials_refused")
    far.engine.dispose()
