"""The log in its own SQLite file: WAL, synchronous=FULL, BEGIN IMMEDIATE. Knows no records.

Several processes may append to one file: the next number is always read inside the transaction, never from memory.
"""

import itertools
import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from hub.sharinglog import schema
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

    def insert(self, into: str, rows: Sequence[Sequence[Value]], on_conflict: str = "ABORT") -> None:
        """All rows in one statement, of the same text for any number: between two statements other threads run.

        Blobs go in one piece, cut again by offset and length; all else goes as JSON.
        """
        if not rows:
            return
        blobs: list[bytes] = []
        listed, end = [], 1
        for row in rows:
            cells: list[object] = []
            for value in row:
                if isinstance(value, bytes):
                    blobs.append(value)
                    cells += (end, len(value))
                    end += len(value)
                else:
                    cells.append(value)
            listed.append(cells)
        statement = f"INSERT OR {on_conflict} INTO {into} SELECT {_cells(rows[0])} FROM json_each(?2)"
        self.connection.execute(statement, (b"".join(blobs), json.dumps(listed)))


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
        with self.write(Lock.HEAD) as session:
            return self.append_in(session, batch)  # leaving the block commits: then the records are on disk

    def append_in(self, session: Session, batch: Sequence[Entry]) -> list[int | Refusal]:
        assert isinstance(session, SqliteSession)
        _store_keys(session, batch)
        seq, destroyed, pairs = _state(session, batch)
        given: list[int | Refusal] = []
        kept: list[tuple[int, Entry]] = []
        for entry in batch:
            dead = any(secret.key_id in destroyed for secret in entry.secrets)
            refusal = Refusal.KEY_DESTROYED if dead else _close(pairs, entry, seq)
            given.append(refusal or seq)
            if refusal is None:
                kept.append((seq, entry))
                seq += 1
        _insert(session, kept)
        session.run("UPDATE sl_head SET next_seq = ?, last_at = ?", seq, batch[-1].at)
        return given

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


def _cells(row: Sequence[Value]) -> str:
    places = itertools.count()
    return ", ".join(
        f"substr(?1, {_cell(next(places))}, {_cell(next(places))})" if isinstance(value, bytes) else _cell(next(places))
        for value in row
    )


def _cell(place: int) -> str:
    return f"json_extract(value, '$[{place}]')"


def _store_keys(session: SqliteSession, batch: Sequence[Entry]) -> None:
    keys = {key.key_id: key for entry in batch for key in entry.keys}.values()
    rows = [(key.key_id, key.scope, key.month, key.wrapped) for key in keys]
    session.insert("sl_key (key_id, scope, month, wrapped)", rows, on_conflict="IGNORE")  # an earlier batch brought it


Pairs = dict[int, tuple[str, int | None]]


def _state(session: Session, batch: Sequence[Entry]) -> tuple[int, frozenset[str], Pairs]:
    """What the batch must know, in one statement: the next number; those of its keys that were destroyed meanwhile; kind of
    every row that it closes or asks after, and what closed it. The session lets nobody else change any of it."""
    used = {secret.key_id for entry in batch for secret in entry.secrets}
    asked = {entry.closes[0] for entry in batch if entry.closes}
    asked |= {entry.answers_question for entry in batch if entry.answers_question is not None}
    [(seq, destroyed, pairs)] = session.run(
        "SELECT next_seq, (SELECT json_group_array(key_id) FROM sl_key"
        " WHERE key_id IN (SELECT value FROM json_each(?)) AND destroyed_at IS NOT NULL),"
        " (SELECT json_group_array(json_array(seq, kind, closed_by)) FROM sl_pair"
        " WHERE seq IN (SELECT value FROM json_each(?))) FROM sl_head",
        json.dumps(sorted(used)),
        json.dumps(sorted(asked)),
    )
    return seq, frozenset(json.loads(destroyed)), {at: (kind, by) for at, kind, by in json.loads(pairs)}


def _close(pairs: Pairs, entry: Entry, seq: int) -> Refusal | None:
    """Close in `pairs` what the entry closes, or say why not."""
    if entry.closes is None:
        return None
    closed, kind = entry.closes
    found, closed_by = pairs.get(closed, ("", None))
    if found != kind:
        return Refusal.UNKNOWN_INTENT
    if entry.answers_question is not None and pairs.get(entry.answers_question, ("", None))[1] != closed:
        return Refusal.UNKNOWN_INTENT
    if closed_by is not None:
        return Refusal.ALREADY_CLOSED
    pairs[closed] = (kind, seq)
    return None


def _insert(session: Session, kept: Sequence[tuple[int, Entry]]) -> None:
    session.insert("sl_entry", [(seq, entry.leaf, entry.body) for seq, entry in kept])
    session.insert("sl_pair", [(seq, entry.opens, entry.at, None) for seq, entry in kept if entry.opens is not None])
    session.insert(
        "sl_secret",
        [(seq, secret.key_id, secret.nonce, secret.ciphertext) for seq, entry in kept for secret in entry.secrets],
    )
    closed = [(entry.closes[0], seq) for seq, entry in kept if entry.closes is not None]
    if not closed:
        return
    # No `closed_by IS NULL` here: SQLite would look through all open ones. A trigger refuses to close one twice.
    session.run(
        "UPDATE sl_pair SET closed_by = json_extract(by.value, '$[1]') FROM json_each(?) AS by"
        " WHERE sl_pair.seq = json_extract(by.value, '$[0]')",
        json.dumps(closed),
    )
