"""A log on each engine, with a clock the test moves. It holds no test."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from hub.sharinglog import Basis, CaseRef, Intent, LogKeys, Operator, Provider, SharingLog

ORIGIN = "yijian.example/log"
SUBJECT = "411323199001019910"  # made up: sequence code 991
WHO = Operator("11411323MB00000019", "yijian", "窗口-007", "终端-3", "password")
CASE = CaseRef("homestay", "fire-safety", "XX20261120-0001")
BASIS = Basis("GRANT-7", "art-14", "homestay-intake")
REGISTRY = Provider("11411323MB0000002C", "CAT-1", "enterprise", "1")


class Clock:
    """The time, as the test sets it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


def intent(subject: str = SUBJECT, who: Operator = WHO, case: CaseRef = CASE, provider: Provider = REGISTRY) -> Intent:
    return Intent(
        who,
        case,
        BASIS,
        provider,
        ("name", "address"),
        subject,
        f"id_number={subject}",
        "4bf92f3577b34da6a3ce929d0e0e4736",
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(tmp_path: Path) -> LogKeys:
    return LogKeys.create(tmp_path / "keys")


@pytest.fixture
def opened(engine_url: str, keys: LogKeys, clock: Clock) -> Iterator[Callable[[], SharingLog]]:
    """Opens the test's log, as often as wanted: each is what another process would have."""
    logs: list[SharingLog] = []

    def again() -> SharingLog:
        logs.append(SharingLog.open(engine_url, keys, ORIGIN, clock, "node-1/test", follow=False))
        return logs[-1]

    yield again
    for log in logs:
        log.close()


@pytest.fixture
def log(opened: Callable[[], SharingLog]) -> SharingLog:
    return opened()


class Intruder:
    """Somebody with all rights on the database: switches the guards off and writes what he likes."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._mark = "?" if url.startswith("sqlite") else "%s"

    def run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(self._connected()) as connection:
            rows = connection.execute(statement.replace("?", self._mark), values)
            found = rows.fetchall() if rows.description else []
            connection.commit()
        return found

    def dump(self) -> bytes:
        """Every byte that is stored in the log's tables."""
        tables = (
            "sl_entry",
            "sl_secret",
            "sl_key",
            "sl_row",
            "sl_pair",
            "sl_head",
            "sl_checkpoint",
            "sl_tree",
            "sl_node",
        )
        return b"\n".join(repr(row).encode() for table in tables for row in self.run(f"SELECT * FROM {table}"))

    def _connected(self) -> Any:
        if self._url.startswith("sqlite"):
            connection = sqlite3.connect(self._url.removeprefix("sqlite:///"))
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            return connection
        return psycopg.connect(self._url, options="-c search_path=sharinglog -c session_replication_role=replica")


@pytest.fixture
def intruder(engine_url: str) -> Intruder:
    return Intruder(engine_url)
