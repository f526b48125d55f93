"""One department's front database (前置库): an engine, a bound on calls under way, time limits, a breaker, and tables as they are there.

It knows no mapping. Whatever the database does comes back as `Unavailable`, `Denied` or `Unusable`, never as SQLAlchemy's exception.
SQLite and PostgreSQL are tried in every run of the tests, MariaDB with `make frontdb-mysql`.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import MetaData, Table, create_engine, event, exc, inspect
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.types import NullType

from adapters.contract import Misconfigured, Unavailable, Unusable, Why
from adapters.kinds.documents import Documents
from adapters.kinds.frontdb_faults import Stop, Stopped, is_too_big, stop_of
from adapters.kinds.frontdb_hold import Hold
from adapters.kinds.frontdb_limits import ARGUMENTS, LIMITS
from adapters.kinds.guard import REQUEST_ON_WIRE, Breaker, Reached
from adapters.kinds.load import Load
from adapters.kinds.settings import Settings
from adapters.kinds.templates import Scope
from catalog.types import Department

T = TypeVar("T")

DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}
CLOSE_SECONDS = 3.0
CUT_AFTER_SECONDS = 1.0
"""So long after its limit a call may still end by itself, as the database ends its statement; then its line is cut."""


class TableRow(dict[str, object]):
    """A row by its column names, whatever case they have there: PostgreSQL folds what DDL does not quote."""

    def get(self, key: str, default: Any = None) -> Any:
        return super().get(key.upper(), default)


@dataclass(frozen=True)
class Front:
    """What every call to one department's database shares."""

    department: Department
    documents: Documents
    database: Database
    clock: Callable[[], datetime]

    @property
    def settings(self) -> Settings:
        return Settings(self.department.wire, f"{self.department.code} [wire]")

    def scope(self, words: Scope) -> Scope:
        constants = self.settings.inner("words").table
        return {**words, **{f"wire.{name}": value for name, value in constants.items()}}


class Database:
    """Synchronous work goes through `call`, on threads of this department alone: a slow one uses up no other's."""

    def __init__(
        self,
        url: URL,
        *,
        ca: Path | None = None,
        schema: str = "",
        max_in_flight: int = 4,
        connect_seconds: float = 5.0,
        breaker: Breaker | None = None,
        reached: Reached | None = None,
        load: Load | None = None,
    ) -> None:
        self._reached = reached
        self.load = load or Load(max_in_flight)
        max_in_flight = self.load.most
        self.breaker = breaker or Breaker(5, 20.0, time.monotonic)
        self._url, self._ca, self._schema = url, ca, schema or None
        self._most, self._connect_seconds = max_in_flight, connect_seconds
        self._threads = ThreadPoolExecutor(max_in_flight, thread_name_prefix="frontdb")
        self._engine: Engine | None = None
        self._tables: dict[str, Table] = {}
        self._holds: set[Hold] = set()
        self._own = threading.local()
        """The hold of the call that this thread is at."""

    async def close(self) -> None:
        """Waits a moment for what is under way and cuts the rest: a line that hangs must not keep the process from ending."""
        ended = asyncio.create_task(asyncio.to_thread(self._threads.shutdown, cancel_futures=True))
        await asyncio.wait({ended}, timeout=CLOSE_SECONDS)
        for hold in list(self._holds):
            hold.cut()
        await asyncio.wait({ended}, timeout=CLOSE_SECONDS)
        if self._engine is not None:
            self._engine.dispose()

    async def call(self, work: Callable[[Connection], T], seconds: float, *, readonly: bool) -> T:
        """Runs `work` in one transaction. Raises Stop. Whoever is cancelled or too late leaves at once; the thread ends at the
        statement's own limit, or soon after it when its line is cut, and is not used by others until then."""
        if not self.breaker.admit():
            raise Stop(Unavailable(Why.BREAKER_OPEN))
        turn = self.load.rate.reserve(seconds)
        if turn is None:
            self.breaker.abandoned()
            self.load.turned_away += 1
            raise Stop(Unavailable(Why.BUSY))
        began: list[bool] = []
        hold = Hold()
        until = time.monotonic() + seconds

        def run() -> T:
            began.append(True)
            self._holds.add(hold)
            try:
                with self._transaction(until, readonly, hold) as connection:
                    result = work(connection)
            finally:
                self._holds.discard(hold)
                hold.release()
            if self._reached is not None:
                self._reached(REQUEST_ON_WIRE)
            return result

        try:
            async with asyncio.timeout(seconds):
                await self.load.place(turn)
                result = await asyncio.wrap_future(self._begun(run))
        except TimeoutError:
            asyncio.get_running_loop().call_later(CUT_AFTER_SECONDS, hold.cut)
            stopped = Stop(Unavailable(Why.TIMEOUT if began else Why.BUSY))
            self._count(stopped.outcome)
            raise stopped from None
        except Stop as e:
            self._count(e.outcome)
            raise
        except BaseException:
            # Nobody waits any longer; a line that is silent would keep its thread for ever.
            asyncio.get_running_loop().call_later(until - time.monotonic() + CUT_AFTER_SECONDS, hold.cut)
            self.breaker.abandoned()
            raise
        self.breaker.succeeded()
        return result

    def _begun(self, work: Callable[[], T]) -> Future[T]:
        """In the caller's context, as `asyncio.to_thread` does it. Its place is free when its thread is, whoever still waits for it."""
        loop = asyncio.get_running_loop()

        def over(_: object) -> None:
            with suppress(RuntimeError):  # the loop ended before the thread
                loop.call_soon_threadsafe(self.load.places.give_back)

        try:
            future = self._threads.submit(copy_context().run, work)
        except RuntimeError:
            self.load.places.give_back()
            raise
        future.add_done_callback(over)
        return future

    def _count(self, outcome: Stopped) -> None:
        if not isinstance(outcome, Unavailable):
            self.breaker.succeeded()
        elif outcome.reason is Why.BUSY:
            self.breaker.abandoned()
        else:
            self.breaker.failed()

    # --- tables -------------------------------------------------------------------------------------------------------

    def table(self, connection: Connection, name: str) -> Table:
        """The table as it is there, found whatever the case of its name. Raises Stop (Unusable: no such table)."""
        if name not in self._tables:
            there = inspect(connection)
            names = {
                one.upper(): one for one in (*there.get_table_names(self._schema), *there.get_view_names(self._schema))
            }
            if name.upper() not in names:
                raise Stop(Unusable("", name, "no_such_table"))
            listeners = [("column_reflect", _untyped)] if connection.dialect.name == "sqlite" else []
            self._tables[name] = Table(
                names[name.upper()],
                MetaData(),
                schema=self._schema,
                autoload_with=connection,
                resolve_fks=False,
                listeners=listeners,
            )
        return self._tables[name]

    def forget(self) -> None:
        """Look at the tables anew: the department may have changed them."""
        self._tables.clear()

    def unique_columns(self, connection: Connection, name: str) -> set[str]:
        """Upper-case names of the columns that are unique alone."""
        table, there = self.table(connection, name), inspect(connection)
        sets: list[tuple[str | None, ...]] = [
            tuple(there.get_pk_constraint(table.name, self._schema)["constrained_columns"])
        ]
        sets += [tuple(one["column_names"]) for one in there.get_unique_constraints(table.name, self._schema)]
        sets += [tuple(one["column_names"]) for one in there.get_indexes(table.name, self._schema) if one["unique"]]
        return {str(columns[0]).upper() for columns in sets if len(columns) == 1}

    # --- a transaction ------------------------------------------------------------------------------------------------

    @contextmanager
    def _transaction(self, until: float, readonly: bool, hold: Hold) -> Iterator[Connection]:
        with _stopping(self.forget), ExitStack() as stack:
            connection = self._ready(until, readonly, hold, stack)
            yield connection
            if readonly:
                connection.rollback()
            else:
                connection.commit()

    def _ready(self, until: float, readonly: bool, hold: Hold, stack: ExitStack) -> Connection:
        """A line with its limits set, open as long as `stack`. Nothing was asked on it yet."""
        self._own.hold = hold
        try:
            return self._limited(until, readonly, hold, stack)
        except exc.DBAPIError as e:
            if not e.connection_invalidated:
                raise
        return self._limited(
            until, readonly, hold, stack
        )  # that one was kept, and the database had closed it meanwhile

    def _limited(self, until: float, readonly: bool, hold: Hold, stack: ExitStack) -> Connection:
        with ExitStack() as mine:
            connection = mine.enter_context(self._opened().connect())
            hold.take(connection.connection.dbapi_connection)
            seconds = until - time.monotonic()
            if seconds <= 0:
                raise Stop(Unavailable(Why.TIMEOUT))
            mine.enter_context(LIMITS[connection.dialect.name](connection, seconds, readonly))
            stack.enter_context(mine.pop_all())
        return connection

    def _opened(self) -> Engine:
        if self._engine is None:
            arguments = ARGUMENTS[self._url.get_backend_name()](self._connect_seconds, self._ca)
            self._engine = create_engine(
                self._url,
                connect_args=arguments,
                pool_size=self._most,
                max_overflow=0,
                pool_timeout=self._connect_seconds,
                pool_recycle=600,
                hide_parameters=True,
            )
            # Before SQLAlchemy's own first questions on it: they too may never be answered.
            event.listen(self._engine, "connect", self._let_in, insert=True)
        return self._engine

    def _let_in(self, driver: Any, _record: object) -> None:
        self._own.hold.take(driver)
        if self._url.get_backend_name() == "mysql":
            driver._read_timeout = None  # it is of the login alone; from here on whoever waits no longer cuts the line


def database_url(address: str, secrets: Mapping[str, str], code: str) -> URL:
    """The connection's address with its secrets `user` and `password`. Raises Misconfigured."""
    try:
        url = make_url(address)
    except exc.ArgumentError:
        raise Misconfigured(
            f"{code}: its address is no database URL; give it as postgresql://host:5432/name or sqlite:///path."
        ) from None
    if url.password:
        raise Misconfigured(f"{code}: its address holds a password; move it to the connection's secrets.")
    name = url.get_backend_name()
    if name not in DRIVERS:
        raise Misconfigured(f"{code}: {name} is no database that can be connected; it may be {', '.join(DRIVERS)}.")
    url = url.set(drivername=DRIVERS[name])
    if name == "sqlite":
        # `rw`: a file that is not there is a department that is down, not a new empty database.
        return url.set(database=f"file:{url.database}", query={"mode": "rw", "uri": "true"})
    user, password = secrets.get("user"), secrets.get("password")
    return url.set(username=user, password=password) if user else url


def _untyped(_inspector: object, _table: object, column: dict[str, Any]) -> None:
    """SQLite's declared types say little of what stands there: a DATE column holds whatever text was put in."""
    column["type"] = NullType()


# --- faults -----------------------------------------------------------------------------------------------------------


@contextmanager
def _stopping(forget: Callable[[], None]) -> Iterator[None]:
    """SQLAlchemy's exceptions stop here. IntegrityError and DataError pass: the caller knows what they mean."""
    try:
        yield
    except exc.DataError as e:
        if is_too_big(e):
            raise Stop(Unusable("", "", "too_large")) from None
        raise
    except exc.IntegrityError:
        raise
    except exc.NoSuchTableError as e:
        forget()
        raise Stop(Unusable("", str(e), "no_such_table")) from None
    except exc.TimeoutError:
        raise Stop(Unavailable(Why.BUSY)) from None
    except exc.DBAPIError as e:
        forget()
        raise stop_of(e) from None
    except UnicodeError:
        raise Stop(Unusable("", "", "encoding")) from None
    except (OverflowError, ValueError):
        # Drivers convert in Python: a number beyond 64 bits, a day beyond the calendar.
        raise Stop(Unusable("", "", "key_type")) from None


# --- rows -----------------------------------------------------------------------------------------------------------------


def plain_row(row: Mapping[str, object]) -> TableRow:
    return TableRow({name.upper(): _plain(value) for name, value in row.items()})


def _plain(value: object) -> object:
    """As the rules of fields read it. A float is written as it was typed, not in powers of ten."""
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    if isinstance(value, memoryview):
        return bytes(value)
    return value
