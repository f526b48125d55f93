"""The log in the schema `sharinglog` of PostgreSQL, appended by one server-side function. Knows no records.

Once the schema is made, the pool works as the role `yijian_log_writer`, which can add entries through the function and
can neither change nor remove any.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic

import psycopg
from psycopg import sql
from psycopg_pool import ConnectionPool, PoolTimeout

from hub.sharinglog import schema
from hub.sharinglog.engine import Entry, Lock, Refusal, Rows, Session, Value
from hub.sharinglog.errors import LogHeld, LogMisconfigured, LogUnavailable

LOCK_MS, STATEMENT_MS, IDLE_MS = 5_000, 30_000, 30_000
CONNECT_SECONDS = 10.0
WAIT_SECONDS = 5.0
AGAIN_SECONDS = 1.0
"""The pool tries to reach the server anew when somebody asks for a connection, and gives up after so long. By itself it would pause
longer and longer, for minutes after a restart of the server."""
SETUP_LOCK = 6962

Connection = psycopg.Connection[tuple[object, ...]]


class PostgresSession:
    """One transaction on one connection."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def run(self, sql: str, *values: Value) -> Rows:
        cursor = self.connection.execute(_numbered(sql), values or None)
        return list(cursor.fetchall()) if cursor.description else []

    def insert(self, into: str, rows: Sequence[Sequence[Value]]) -> None:
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            with self.connection.cursor() as cursor:
                cursor.executemany(_numbered(f"INSERT INTO {into} VALUES ({marks})"), rows)


class PostgresEngine:
    """One log in one schema, shared by any number of nodes."""

    name = "postgresql"

    def __init__(self, url: str, origin: str, read_only: bool = False) -> None:
        """Connect, make the schema where that is still to do, and check the server.

        Raises LogUnavailable if it does not answer, LogMisconfigured if a COMMIT there does not mean durable.
        """
        self.advice: tuple[str, ...] = ()
        self._closed = threading.Event()
        self._durable = 0
        self._came_back_behind = False
        try:
            with psycopg.connect(url, connect_timeout=int(CONNECT_SECONDS)) as connection:
                as_writer = self._set_up(connection, origin, read_only)
            self._pool: ConnectionPool[Connection] = ConnectionPool(
                url,
                min_size=1,
                max_size=4,
                open=False,
                timeout=CONNECT_SECONDS,
                configure=lambda connection: self._begin(connection, as_writer),
                check=ConnectionPool.check_connection,
                reconnect_timeout=AGAIN_SECONDS,
            )
            self._pool.open(wait=True, timeout=CONNECT_SECONDS)
        except psycopg.errors.InsufficientPrivilege as error:
            raise LogMisconfigured(
                "this database user may neither make the sharing log nor use it: open it once as an owner of the database, "
                f"or make the user a member of {schema.WRITER}"
            ) from error
        except psycopg.Error as error:
            raise LogUnavailable(
                f"the sharing log's database does not answer ({type(error).__name__}): start it and check its address"
            ) from error

    def append(self, batch: Sequence[Entry]) -> list[int | Refusal]:
        with self._lent() as connection:
            connection.autocommit = True  # one statement, one commit: the head is never locked across a round trip
            try:
                self._refuse_lost(connection)
                given = _append(connection, batch)
            finally:
                if not connection.closed:
                    connection.autocommit = False
        # From here the records are on disk: the statement's commit has returned.
        self._durable = max(self._durable, *(seq + 1 for seq in given if isinstance(seq, int)), 0)
        return given

    def append_in(self, session: Session, batch: Sequence[Entry]) -> list[int | Refusal]:
        assert isinstance(session, PostgresSession)
        return _append(session.connection, batch)

    @contextmanager
    def read(self) -> Iterator[PostgresSession]:
        with self._lent() as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield PostgresSession(connection)

    @contextmanager
    def write(self, lock: Lock) -> Iterator[PostgresSession]:
        with self._lent() as connection, connection.transaction():
            connection.execute(sql.SQL("SELECT one FROM {} FOR UPDATE").format(sql.Identifier(lock.value)))
            yield PostgresSession(connection)

    def close(self) -> None:
        if not self._closed.is_set():
            self._closed.set()
            self._pool.close()

    def _begin(self, connection: Connection, as_writer: bool) -> None:
        """A new connection may lead to another server: a replica that was promoted without the last commits."""
        _configure(connection, as_writer)
        durable = self._durable  # before looking: what is acknowledged meanwhile is no loss
        if durable:
            self._came_back_behind = _size(connection) < durable
            connection.commit()

    def _refuse_lost(self, connection: Connection) -> None:
        if not self._came_back_behind:
            return
        size = _size(connection)
        self._came_back_behind = size < self._durable
        if self._came_back_behind:
            raise LogHeld(
                f"the database came back with {size} entries where {self._durable} were acknowledged: a replica without the last commits was "
                "promoted, or an older copy restored. Nothing is appended. Refill it from the old server (`yijian log import`)"
            )

    @contextmanager
    def _lent(self) -> Iterator[Connection]:
        if self._closed.is_set():
            raise LogUnavailable("the sharing log is closed: start the hub again")
        try:
            connection = self._borrowed()
            try:
                with connection:
                    yield connection
            finally:
                self._pool.putconn(connection)
        except psycopg.Error as error:
            raise LogUnavailable(
                f"the sharing log's database refused or did not answer ({type(error).__name__}): check the server, its disk and its locks; "
                "do not show or send anything for this record, repeat the act afterwards"
            ) from error

    def _borrowed(self) -> Connection:
        """A connection of the pool that answers. Asked for in short waits, since each of them makes the pool try again."""
        until = monotonic() + WAIT_SECONDS
        while True:
            try:
                return self._pool.getconn(timeout=AGAIN_SECONDS)
            except PoolTimeout:
                if monotonic() >= until:
                    raise

    def _set_up(self, connection: Connection, origin: str, read_only: bool) -> bool:
        """Schema, role and checks, as the user of the URL; tells whether the pool can work as the writer role."""
        if not read_only:
            _refuse_lossy(connection)
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (SETUP_LOCK,))
        [(made,)] = connection.execute("SELECT to_regclass('sharinglog.sl_schema') IS NOT NULL").fetchall()
        if not made and read_only:
            raise LogMisconfigured("there is no sharing log in this database: check the address")
        if not made:
            self._make(connection, origin)
        connection.execute("SET LOCAL search_path = sharinglog")
        _check(connection, origin)
        [(member,)] = connection.execute(
            "SELECT coalesce((SELECT pg_has_role(current_user, oid, 'MEMBER') FROM pg_roles WHERE rolname = %s), false)",
            (schema.WRITER,),
        ).fetchall()
        [(granted,)] = connection.execute(
            "SELECT has_schema_privilege(r.rolname, 'sharinglog', 'USAGE') FROM pg_roles r WHERE rolname = %s",
            (schema.WRITER,),
        ).fetchall() or [(False,)]
        if not (member and granted):
            self.advice = (
                f"the log is written by its owner: create the role {schema.WRITER} (NOLOGIN), grant it as docs/sharing-log.md lists, "
                "and connect as a member of it, so that the hub itself cannot alter the log",
            )
        return bool(member and granted)

    def _make(self, connection: Connection, origin: str) -> None:
        if connection.execute("SELECT to_regnamespace('sharinglog')").fetchall() == [(None,)]:
            connection.execute("CREATE SCHEMA sharinglog")
        connection.execute("SET LOCAL search_path = sharinglog")
        for statement in schema.postgres():
            connection.execute(_literal(statement))
        connection.execute("INSERT INTO sl_head VALUES (1, %s, 0, NULL)", (origin,))
        connection.execute("CREATE TABLE sl_schema (version INTEGER PRIMARY KEY)")
        connection.execute("INSERT INTO sl_schema VALUES (%s)", (schema.CURRENT,))
        try:
            with connection.transaction():
                _make_role(connection)
                for statement in schema.POSTGRES_GRANTS:
                    connection.execute(_literal(statement))
        except psycopg.errors.InsufficientPrivilege:
            pass  # `advice` says so at every opening until an administrator has made the role


def _size(connection: Connection) -> int:
    [(size,)] = connection.execute("SELECT next_seq FROM sl_head").fetchall()
    assert isinstance(size, int)
    return size


def _make_role(connection: Connection) -> None:
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (schema.WRITER,)).fetchall():
        return
    try:
        with connection.transaction():
            connection.execute(_literal(f"CREATE ROLE {schema.WRITER} NOLOGIN"))
            connection.execute(_literal(f"GRANT {schema.WRITER} TO CURRENT_USER"))
    except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
        pass  # roles belong to the whole server: another database's log made it meanwhile


def _refuse_lossy(connection: Connection) -> None:
    [(fsync, commit)] = connection.execute(
        "SELECT current_setting('fsync'), current_setting('synchronous_commit')"
    ).fetchall()
    if fsync != "on" or commit not in ("on", "remote_apply"):
        raise LogMisconfigured(
            f"the database may lose what it acknowledged (fsync={fsync}, synchronous_commit={commit}): "
            "set fsync=on and synchronous_commit=on for the sharing log"
        )


def _check(connection: Connection, origin: str) -> None:
    [(version,)] = connection.execute("SELECT max(version) FROM sl_schema").fetchall()
    if not isinstance(version, int) or version > schema.CURRENT:
        raise LogMisconfigured(
            f"the log has schema {version}, this program knows {schema.CURRENT}: run the newer program"
        )
    [(found,)] = connection.execute("SELECT origin FROM sl_head").fetchall()
    if origin and found != origin:
        raise LogMisconfigured(f"this is the log {found}, not {origin}: fix the log's address or its origin")


def _configure(connection: Connection, as_writer: bool) -> None:
    connection.execute("SET search_path = sharinglog")
    connection.execute(f"SET lock_timeout = {LOCK_MS}")
    connection.execute(f"SET statement_timeout = {STATEMENT_MS}")
    connection.execute(f"SET idle_in_transaction_session_timeout = {IDLE_MS}")
    if as_writer:
        connection.execute(_literal(f"SET ROLE {schema.WRITER}"))
    connection.commit()


def _append(connection: Connection, batch: Sequence[Entry]) -> list[int | Refusal]:
    secrets = [(number, secret) for number, entry in enumerate(batch, 1) for secret in entry.secrets]
    keys = [key for entry in batch for key in entry.keys]
    [(given,)] = connection.execute(
        # %b: bytes as text would be twice as long, and cost four times the processor time on this side alone
        "SELECT log_append(%b::bytea[], %b::bytea[], %b::bigint[], %b::text[], %b::bigint[], %b::text[], %b::bigint[],"
        " %b::int[], %b::text[], %b::bytea[], %b::bytea[], %b::text[], %b::text[], %b::text[], %b::bytea[])",
        (
            [entry.leaf for entry in batch],
            [entry.body for entry in batch],
            [entry.at for entry in batch],
            [entry.opens for entry in batch],
            [entry.closes and entry.closes[0] for entry in batch],
            [entry.closes and entry.closes[1] for entry in batch],
            [entry.answers_question for entry in batch],
            [number for number, _ in secrets],
            [secret.key_id for _, secret in secrets],
            [secret.nonce for _, secret in secrets],
            [secret.ciphertext for _, secret in secrets],
            [key.key_id for key in keys],
            [key.scope for key in keys],
            [key.month for key in keys],
            [key.wrapped for key in keys],
        ),
    ).fetchall()
    assert isinstance(given, list)
    return [Refusal(seq) if seq < 0 else seq for seq in given]


def _literal(statement: str) -> sql.SQL:
    return sql.SQL(statement)  # our own schema text, no outside input


def _numbered(statement: str) -> sql.SQL:
    return _literal(statement.replace("%", "%%").replace("?", "%s"))
