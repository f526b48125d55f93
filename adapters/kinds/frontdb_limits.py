"""What differs from one engine of a front database to the next: how a driver connects, and how a statement is limited and kept from writing.
It opens nothing.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection

SILENCE_MS = 20_000
"""After so long without a sign of life a line counts as broken: a firewall that forgot it says no goodbye."""
LARGEST_VALUE = 10 * 1024 * 1024
STEPS_BETWEEN_LOOKS = 20_000
"""SQLite steps between two looks at the time."""


@contextmanager
def _sqlite_limits(connection: Connection, seconds: float, readonly: bool) -> Iterator[None]:
    raw: Any = connection.connection.dbapi_connection
    until = time.monotonic() + seconds
    raw.set_progress_handler(lambda: time.monotonic() > until, STEPS_BETWEEN_LOOKS)
    # Reading, no value is fetched that is larger than a whole answer may be; written are whole files.
    raw.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_VALUE if readonly else 1_000_000_000)
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(min(seconds, 30) * 1000)}")
    connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if readonly else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")
    try:
        yield
    finally:
        raw.set_progress_handler(None, 0)


@contextmanager
def _postgresql_limits(connection: Connection, seconds: float, readonly: bool) -> Iterator[None]:
    if readonly:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
    connection.exec_driver_sql(f"SET LOCAL statement_timeout = {max(1, int(seconds * 1000))}")
    yield


@contextmanager
def _mysql_limits(connection: Connection, seconds: float, readonly: bool) -> Iterator[None]:
    dialect: Any = connection.dialect
    if dialect.is_mariadb:
        connection.exec_driver_sql(f"SET SESSION max_statement_time = {max(0.001, seconds):.3f}")
    else:
        connection.exec_driver_sql(f"SET SESSION max_execution_time = {max(1, int(seconds * 1000))}")
    # MySQL's own limit holds for reading alone; whoever writes waits for a lock in whole seconds.
    connection.exec_driver_sql(f"SET SESSION innodb_lock_wait_timeout = {max(1, int(seconds))}")
    connection.exec_driver_sql(f"SET SESSION TRANSACTION READ {'ONLY' if readonly else 'WRITE'}")
    connection.rollback()
    yield


LIMITS: Mapping[str, Callable[[Connection, float, bool], AbstractContextManager[None]]] = {
    "sqlite": _sqlite_limits,
    "postgresql": _postgresql_limits,
    "mysql": _mysql_limits,
}
ARGUMENTS: Mapping[str, Callable[[float, Path | None], dict[str, Any]]] = {
    "sqlite": lambda seconds, _: {"timeout": seconds, "check_same_thread": False},
    "postgresql": lambda seconds, ca: {
        "connect_timeout": max(2, int(seconds)),
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 2,
        "tcp_user_timeout": SILENCE_MS,
        **({"sslmode": "verify-full", "sslrootcert": str(ca)} if ca else {}),
    },
    "mysql": lambda seconds, ca: {
        "connect_timeout": max(1, int(seconds)),
        "read_timeout": max(1, int(seconds)),
        **({"ssl": {"ca": str(ca)}} if ca else {}),
    },
}
