"""The log in its own SQLite file: WAL, synchronous=FULL, BEGIN IMMEDIATE. Knows no records.

Several processes may append to one file: the next number is always read inside the transaction, never from memory.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from hub.sharinglog import schema
from hub.sharinglog.append_sqlite import append_at_once, append_each, prepare
from hub.sharinglog.engine import Entry, Lock, Refusal, Rows, Session, Value
from hub.sharinglog.errors import LogMisconfigured, LogUnavailable

BUSY_SECONDS = 10.0
NETWORK = frozenset(
    [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "ncpfs",
        "afs",
        "9p",
        "ceph",
        "glusterfs",
        "lustre",
        "gfs2",
        "ocfs2",
        "fuse.sshfs",
        "fuse.glusterfs",
        "fuse.s3fs",
        "fuse.rclone",
    ]
)


class SqliteSession:
    """One transaction on one connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def run(self, sql: str, *values: Value) -> Rows:
        return self.connection.execute(sql, values).fetchall()

    def insert(self, into: str, rows: Sequence[Sequence[Value]]) -> None:
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            self.connection.executemany(f"INSERT INTO {into} VALUES ({marks})", rows)


class SqliteEngine:
    """One log in one file. Connections are kept and lent out; writers of this process queue at one lock."""

    name = "sqlite"
    advice: tuple[str, ...] = ()

    def __init__(self, path: Path, origin: str, read_only: bool = False) -> None:
        """Open, or make, the file. Raises LogMisconfigured on a network file system or for another log's file."""
        refuse_network(path)
        self._path = path
        self._read_only = read_only
        self._idle: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        self._writing = threading.Lock()
        self._closed = False
        if not read_only:
            _make_private(path)
            with self.write(Lock.HEAD) as session:
                _prepare(session, origin)
        with self.read() as session:
            _check(session, origin)

    def append(self, batch: Sequence[Entry]) -> list[int | Refusal]:
        given = self._append_at_once(batch)
        if given is None:
            with self.write(Lock.HEAD) as session:
                given = self.append_in(session, batch)
        # From here the records are on disk: the statement, or the block, has committed.
        return given

    def append_in(self, session: Session, batch: Sequence[Entry]) -> list[int | Refusal]:
        assert isinstance(session, SqliteSession)
        return append_each(session.connection, batch)

    @contextmanager
    def read(self) -> Iterator[SqliteSession]:
        with self._lent("BEGIN") as session:
            yield session

    @contextmanager
    def write(self, lock: Lock) -> Iterator[SqliteSession]:
        with self._writing, self._lent("BEGIN IMMEDIATE") as session:
            yield session

    def checkpoint_wal(self) -> None:
        """Move the write-ahead log into the file and empty it, so that overwritten keys are gone from both."""
        with self._connection() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        with self._guard:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _append_at_once(self, batch: Sequence[Entry]) -> list[int | Refusal] | None:
        """Hoping that none of it will be refused; the statement itself tells."""
        with self._writing, self._connection() as connection:
            return append_at_once(connection, batch)

    @contextmanager
    def _lent(self, begin: str) -> Iterator[SqliteSession]:
        with self._connection() as connection:
            connection.execute(begin)
            try:
                yield SqliteSession(connection)
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # a full disk may have rolled back already
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        connection: sqlite3.Connection | None = None
        try:
            connection = self._take()
            yield connection
        except sqlite3.Error as error:
            if connection is not None:  # whatever is wrong with it, the next act gets a new one
                connection.close()
                connection = None
            raise LogUnavailable(
                f"the sharing log cannot be reached or written ({error}): free disk space and check the file and its owner; "
                "nothing of this record was kept, so repeat the act afterwards"
            ) from error
        finally:
            if connection is not None:
                self._give_back(connection)

    def _take(self) -> sqlite3.Connection:
        with self._guard:
            if self._closed:
                raise LogUnavailable("the sharing log is closed: start the hub again")
            if self._idle:
                return self._idle.pop()
        target = f"{self._path.absolute().as_uri()}?mode={self._mode()}"
        connection = sqlite3.connect(
            target, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        if not self._read_only:
            _use_wal(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        prepare(connection)
        return connection

    def _mode(self) -> str:
        if not self._read_only:
            return "rwc"
        # A copy on a medium that cannot be written has no writers either, and no room for SQLite's shared memory.
        frozen = (
            not os.access(self._path.parent, os.W_OK) and not self._path.with_name(self._path.name + "-wal").exists()
        )
        return "ro&immutable=1" if frozen else "ro"

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._guard:
            if not self._closed and not connection.in_transaction:
                self._idle.append(connection)
                return
        connection.close()


def _make_private(path: Path) -> None:
    """Make the file for its owner alone; SQLite gives its side files the same rights."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise LogUnavailable(
            f"{path} cannot be made or written ({error.strerror}): fix the folder and its owner"
        ) from error


def refuse_network(path: Path, mounts: str | None = None) -> None:
    """Raises LogMisconfigured if the file would lie on a network file system, where WAL and locks do not hold.

    `mounts` is the text of /proc/self/mounts; where there is none, nothing can be told and nothing is refused.
    """
    if mounts is None:
        try:
            mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return
    place, best, kind = path.absolute(), "", ""
    for line in mounts.splitlines():
        _, mount, filesystem, *_ = line.split(" ")
        mount = mount.replace("\\040", " ")
        if place.is_relative_to(mount) and len(mount) >= len(best):
            best, kind = mount, filesystem
    if kind in NETWORK:
        raise LogMisconfigured(
            f"{path} lies on a network file system ({kind}): put the sharing log on a local disk, or use PostgreSQL"
        )


def _use_wal(connection: sqlite3.Connection) -> None:
    """Turn a new file to WAL; only here SQLite does not wait for another process that does the same."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.05)


def _prepare(session: Session, origin: str) -> None:
    session.run("CREATE TABLE IF NOT EXISTS sl_schema (version INTEGER PRIMARY KEY)")
    if session.run("SELECT 1 FROM sl_schema"):
        return
    for statement in schema.sqlite():
        session.run(statement)
    session.run("INSERT INTO sl_head VALUES (1, ?, 0, NULL)", origin)
    session.run("INSERT INTO sl_schema VALUES (?)", schema.CURRENT)


def _check(session: Session, origin: str) -> None:
    [(version,)] = session.run("SELECT max(version) FROM sl_schema")
    if version > schema.CURRENT:
        raise LogMisconfigured(
            f"the log has schema {version}, this program knows {schema.CURRENT}: run the newer program"
        )
    [(found,)] = session.run("SELECT origin FROM sl_head")
    if origin and found != origin:
        raise LogMisconfigured(f"this is the log {found}, not {origin}: fix the log's address or its origin")
