"""Opening the hub's database and the two kinds of session on it: read() and write(), no third. It holds no table.

SQLite: WAL, synchronous=FULL, foreign keys, BEGIN IMMEDIATE and one process-wide lock for writers (docs/design.md §4). PostgreSQL: psycopg 3.
Nobody waits for ever: for a server that does not answer, for a lock, or for a node that was paused inside a transaction.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, DateTime, Engine, create_engine, event, func, select
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool
from sqlalchemy.types import TypeDecorator

from hub import metrics
from hub.errors import HubError
from hub.moments import Moment, reached

T = TypeVar("T")

Moments = tuple[Moment, Moment]
ROWS: Moments = (Moment.ROWS_WRITTEN, Moment.ROWS_COMMITTED)
WORK: Moments = (Moment.WORK_WRITTEN, Moment.WORK_COMMITTED)
"""Before and after the commit of a door's session, and of the worker's."""

Session = Connection
"""What a step is given to read and write with; only `Database` makes one and only it commits."""

CONNECT_SECONDS = 5
SILENCE_MS = 20_000
"""After so long without a sign of life a connection counts as broken: a server that lost its power says no goodbye."""
IDLE_MS = 10_000
"""After so long the server ends the transaction of a process that does nothing in it (paused, or cut off), and frees its locks."""
LOCK_MS = 20_000
"""So long one waits for a lock: longer than IDLE_MS, so that a paused node delays others and fails nobody."""

_REMEMBERED = "yijian_remembered"
WORK_DUE = ("work", "due")
"""Remembered of a session in which work was put, or set going again."""

_writing: ContextVar[bool] = ContextVar("writing", default=False)


class StoreUnavailable(HubError):
    """The database does not answer or does not take the write; nothing was changed."""

    code = "STORE_UNAVAILABLE"
    status = 503


class Instant(TypeDecorator[datetime]):
    """An aware moment, kept in UTC on both engines."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone must not be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """The hub's database. `read()` and `write()` give sessions; a write commits at the end of its block or not at all."""

    def __init__(self, url: str) -> None:
        self.engine = _sqlite(url) if url.startswith("sqlite") else _postgres(url)
        self._one_writer = threading.RLock() if self.dialect == "sqlite" else None
        self._next = threading.Lock()
        """Whose turn it is to wait for the one writer's place, so that nobody waits for many others who goes `ahead`."""
        self._listeners: list[tuple[Callable[[], None], bool]] = []

    def after_write(self, listener: Callable[[], None], *, of_work: bool = False) -> None:
        """Call `listener` after each commit of this process; `of_work`: of those alone by which work may have become due, so that a worker
        need not wait for its next look at the queue."""
        self._listeners.append((listener, of_work))

    @property
    def dialect(self) -> str:
        return self.engine.dialect.name

    @property
    def program(self) -> str:
        """The database program with its version, as far as it is known without asking it."""
        return f"sqlite {sqlite3.sqlite_version}" if self.dialect == "sqlite" else self.dialect

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one moment and cannot write."""
        with _translated(), self.engine.connect() as connection:
            if self.dialect == "sqlite":
                connection = connection.execution_options(yijian_readonly=True)
            else:
                connection = connection.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def write(self, *, quiet: bool = False, moments: Moments | None = ROWS, ahead: bool = False) -> Iterator[Session]:
        """A session whose changes are durable once the block ends without an exception. Nothing is sent outside within it.

        `quiet`: the listeners of `after_write` are not called, since no work was added. `moments`: what is reached before and
        after the commit; nothing for the queue's own bookkeeping. `ahead`: before all others of this process that wait, for what must not be late.

        Raises StoreUnavailable when the database is locked, full or away; the caller's changes are then not there.
        """
        if _writing.get():
            raise HubError(
                "A write session is already open here: pass it on instead of opening a second.", code="NESTED_WRITE"
            )
        since = time.perf_counter()
        if self._one_writer:
            with nullcontext() if ahead else self._next:
                self._one_writer.acquire()
        token = _writing.set(True)
        try:
            with _translated(), self.engine.begin() as connection:
                metrics.write_wait(time.perf_counter() - since)
                here: dict[tuple[str, str], Any] = {}
                yield connection.execution_options(**{_REMEMBERED: here})
                if moments is not None and not quiet:
                    reached(moments[0])
        finally:
            _writing.reset(token)
            if self._one_writer:
                self._one_writer.release()
        if moments is not None and not quiet:
            reached(moments[1])
        for listener, of_work in () if quiet else self._listeners:
            if not of_work or WORK_DUE in here:
                listener()

    def now(self, session: Session) -> datetime:
        """The database's own clock: for leases and for when work is due, so that nodes with wrong clocks do not steal work or hold it back."""
        if self.dialect == "sqlite":
            return datetime.now(UTC)
        moment: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
        return moment.astimezone(UTC)

    def stored_bytes(self, session: Session) -> int:
        """How large the database is on its disk."""
        if self.dialect == "sqlite":
            pages = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
            return int(session.exec_driver_sql(pages).scalar_one())
        return int(session.execute(select(func.pg_database_size(func.current_database()))).scalar_one())

    def connections(self) -> tuple[int, int]:
        """How many connections of this process are in use now, and how many it may open."""
        pool = self.engine.pool
        if not isinstance(pool, QueuePool):
            return 0, 0
        return pool.checkedout(), pool.size() + pool._max_overflow

    def close(self) -> None:
        self.engine.dispose()


def remembered(session: Session) -> dict[tuple[str, str], Any]:
    """What is known until this write session ends, for whoever would otherwise read it again: what nobody else can change meanwhile."""
    kept: dict[tuple[str, str], Any] = session.get_execution_options().get(_REMEMBERED, {})
    return kept


def moment_after(session: Session, pause: timedelta) -> datetime | ColumnElement[datetime]:
    """A moment from now by the database's own clock, as a value for a statement."""
    return datetime.now(UTC) + pause if session.dialect.name == "sqlite" else func.clock_timestamp() + pause


def due_after(session: Session, pause: timedelta) -> datetime | timedelta:
    """As `moment_after`, for a statement that is made once: the moment itself on SQLite, elsewhere what is added to the server's own."""
    return datetime.now(UTC) + pause if session.dialect.name == "sqlite" else pause


def by_value(column: ColumnElement[T]) -> ColumnElement[T]:
    """The column without its indexes, for rows that are found by their ids: SQLite takes a region or a department for as rare as an id,
    and would read all of it."""
    return func.coalesce(column, column)


def writing() -> bool:
    """Whether a write session is open in this thread or task: nothing may be asked or sent then."""
    return _writing.get()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OperationalError as e:
        raise StoreUnavailable(
            f"The database did not take the work ({type(e.orig).__name__}); see disk space and `yijian doctor`."
        ) from e
    except PoolTimeout as e:
        raise StoreUnavailable("All connections to the database are in use; try again shortly.") from e
    except DBAPIError as e:
        if e.connection_invalidated:
            raise StoreUnavailable("The connection to the database broke; the work was not stored, try again.") from e
        raise


def _sqlite(url: str) -> Engine:
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False, "timeout": 30},
        pool_size=16,
        max_overflow=32,
        pool_use_lifo=True,  # the last one used knows the pages and statements; in turn, sixteen would each keep their own copy
        hide_parameters=True,  # an error's text must not carry what a statement was given
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None
        _use_wal(connection)
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        readonly = bool(connection.get_execution_options().get("yijian_readonly"))
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        if connection.info.get("readonly") is not readonly:
            driver.execute(f"PRAGMA query_only={readonly:d}")  # a plain BEGIN would take a write and commit it
            connection.info["readonly"] = readonly
        try:
            driver.execute("BEGIN" if readonly else "BEGIN IMMEDIATE")
        except sqlite3.Error as e:
            raise DBAPIError.instance("BEGIN", None, e, sqlite3.Error, dialect=connection.dialect) from e

    return engine


def _use_wal(connection: sqlite3.Connection) -> None:
    """Turn a new file to WAL. Here alone SQLite does not wait for another process that does the same, so we do."""
    for tries in range(300):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as e:
            if tries == 299 or "locked" not in str(e):
                raise
            time.sleep(0.1)


def _postgres(url: str) -> Engine:
    url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    bounds = f"-c idle_in_transaction_session_timeout={IDLE_MS} -c lock_timeout={LOCK_MS}"
    lifeline = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 2, "tcp_user_timeout": SILENCE_MS}
    asked = {"connect_timeout": CONNECT_SECONDS, "options": bounds, **lifeline}
    return create_engine(
        url,
        pool_size=10,
        max_overflow=10,
        pool_use_lifo=True,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args=asked,
    )
