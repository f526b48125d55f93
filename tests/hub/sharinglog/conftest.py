"""A log on each engine, with a clock the test moves. It holds no test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep

import psycopg
import pytest

from hub.sharinglog import Basis, CaseRef, Intent, LogKeys, Operator, Provider, SharingLog

ORIGIN = "yijian.example/log"
SUBJECT = "411326199001019918"  # made up: sequence code 991
WHO = Operator("11411326MB0000001X", "yijian", "窗口-007", "终端-3", "password")
CASE = CaseRef("homestay", "fire-safety", "XX20261120-0001")
BASIS = Basis("GRANT-7", "art-14", "homestay-intake")
REGISTRY = Provider("11411326MB0000002P", "CAT-1", "enterprise", "1")


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
def engine_url(engine_url: str) -> str:
    """The log refuses a server that may lose what it acknowledged, so this server may not."""
    if engine_url.startswith("postgresql"):
        with psycopg.connect(engine_url, autocommit=True) as connection:
            for name in ("fsync", "synchronous_commit"):
                connection.execute(f"ALTER SYSTEM SET {name} = on")
            connection.execute("SELECT pg_reload_conf()")
            while connection.execute(
                "SELECT current_setting('fsync'), current_setting('synchronous_commit')"
            ).fetchone() != ("on", "on"):
                sleep(0.01)
    return engine_url


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
