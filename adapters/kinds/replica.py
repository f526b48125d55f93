"""The replica of a department's bulk files: its own SQLite file, read while the next file is being taken in. It knows no folder and no mapping.

Rows of a new file are staged under a new generation and become visible in one transaction. The file holds personal data: mode 0600.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path

from sqlalchemy import (
    Column,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    delete,
    event,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Connection, Engine

Row = Mapping[str, str]
KeysOf = Callable[[Row], Iterable[str]]

_metadata = MetaData()
_record = Table(
    "record",
    _metadata,
    Column("id", Integer, primary_key=True),
    Column("file", String, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("body", String, nullable=False),
)
_lookup = Table(
    "lookup",
    _metadata,
    Column("id", Integer, primary_key=True),
    Column("file", String, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("name", String, nullable=False),
    Column("value", String, nullable=False),
    Column("record_id", Integer, nullable=False),
    Index("lookup_value", "file", "generation", "name", "value"),
)
_current = Table(
    "current",
    _metadata,
    Column("file", String, primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("sha256", String, nullable=False),
    Column("produced_on", String, nullable=False),
    Column("produced_at", String, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("taken_at", String, nullable=False),
)
_accepted = Table("accepted", _metadata, Column("sha256", String, primary_key=True))


@dataclass(frozen=True)
class Edition:
    """One taken-in file: what stands in the replica and how fresh it is. `produced_at` is the producer's own text."""

    file: str
    sha256: str
    produced_on: date
    produced_at: str
    rows: int
    generation: int = 0


@dataclass(frozen=True)
class Match:
    """The rows under a key, and the edition that they stand in."""

    edition: Edition
    rows: tuple[Row, ...] = field(repr=False)


def key_text(value: str) -> str:
    """A key as it is compared: width, case and padding do not make two keys of one."""
    return unicodedata.normalize("NFKC", value).strip().upper()


class Replica:
    """Synchronous; any number of readers, one writer at a time (SQLite sees to it)."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._engine: Engine | None = None
        self._opening = threading.Lock()

    def close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def edition(self, file: str) -> Edition | None:
        if not self._place.exists():
            return None
        with self._opened().connect() as connection:
            return _edition(connection, file)

    def find(self, file: str, keys: Mapping[str, str]) -> Match | None:
        """Rows whose columns hold all `keys`, in one reading of one edition; None without a replica."""
        if not self._place.exists():
            return None
        with self._opened().connect() as connection:
            edition = _edition(connection, file)
            if edition is None:
                return None
            chosen = select(_record.c.body).where(_record.c.generation == edition.generation, _record.c.file == file)
            for name, value in keys.items():
                chosen = chosen.where(
                    _record.c.id.in_(
                        select(_lookup.c.record_id).where(
                            _lookup.c.file == file,
                            _lookup.c.generation == edition.generation,
                            _lookup.c.name == name,
                            _lookup.c.value == key_text(value),
                        )
                    )
                )
            bodies = connection.execute(chosen.order_by(_record.c.id)).scalars()
            return Match(edition, tuple(json.loads(body) for body in bodies))

    def stage(self, file: str, rows: Iterable[Row], keys: Mapping[str, KeysOf]) -> tuple[int, int]:
        """Writes rows under a new generation that nobody sees yet; gives (generation, rows). `keys`: name of a lookup → its values."""
        with self._writing() as connection:
            self._forget_others(connection, file)
            generation = (
                max(_highest(connection, _current.c.generation), _highest(connection, _record.c.generation)) + 1
            )
            at = _highest(connection, _record.c.id)
            count = 0
            for batch in _batches(rows, 1000):
                records, lookups = [], []
                for row in batch:
                    at, count = at + 1, count + 1
                    place = {"file": file, "generation": generation}
                    records.append({**place, "id": at, "body": json.dumps(row, ensure_ascii=False)})
                    lookups += [
                        {**place, "name": name, "value": key_text(value), "record_id": at}
                        for name, of in keys.items()
                        for value in of(row)
                    ]
                connection.execute(insert(_record), records)
                if lookups:
                    connection.execute(insert(_lookup), lookups)
            return generation, count

    def swap(self, edition: Edition, taken_at: datetime) -> None:
        """From here on the staged rows answer and the former ones are gone: one transaction."""
        values = {
            "file": edition.file,
            "generation": edition.generation,
            "sha256": edition.sha256,
            "produced_on": edition.produced_on.isoformat(),
            "produced_at": edition.produced_at,
            "rows": edition.rows,
            "taken_at": taken_at.isoformat(),
        }
        with self._writing() as connection:
            changed = connection.execute(update(_current).where(_current.c.file == edition.file).values(values))
            if changed.rowcount == 0:
                connection.execute(insert(_current).values(values))
            self._forget_others(connection, edition.file)

    def discard(self, file: str) -> None:
        """Staged rows that came to nothing do not lie about."""
        with self._writing() as connection:
            self._forget_others(connection, file)

    def accept(self, sha256: str) -> None:
        """A person looked at a file that was held aside: its size is no reason any more."""
        with self._writing() as connection:
            if not _is_accepted(connection, sha256):
                connection.execute(insert(_accepted).values(sha256=sha256))

    def is_accepted(self, sha256: str) -> bool:
        with self._opened().connect() as connection:
            return _is_accepted(connection, sha256)

    def _forget_others(self, connection: Connection, file: str) -> None:
        edition = _edition(connection, file)
        kept = edition.generation if edition else 0
        for table in (_lookup, _record):
            connection.execute(delete(table).where(table.c.file == file, table.c.generation != kept))

    @contextmanager
    def collecting(self) -> Iterator[bool]:
        """False where another process of this machine is taking files in already."""
        self._opened()
        with self._place.with_suffix(".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._opened().execution_options(writing=True).begin() as connection:
            yield connection

    def _opened(self) -> Engine:
        with self._opening:
            if self._engine is None:
                self._engine = self._made()
            return self._engine

    def _made(self) -> Engine:
        """The file with its tables: whoever opens it meanwhile waits until they are there."""
        self._place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Made by us first, so that it never exists with a wider mode; SQLite gives its side files the same.
        os.close(os.open(self._place, os.O_CREAT | os.O_RDWR, 0o600))
        engine = create_engine(f"sqlite:///{self._place}", connect_args={"timeout": 30})
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)
        _metadata.create_all(engine.execution_options(writing=True))  # another process may be making them too
        return engine


def _on_connect(connection: object, record: object) -> None:
    connection.isolation_level = None  # type: ignore[attr-defined]  # the driver must not begin by itself
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]


def _on_begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _highest(connection: Connection, column: Column[int]) -> int:
    return int(connection.execute(select(func.max(column))).scalar_one() or 0)


def _edition(connection: Connection, file: str) -> Edition | None:
    row = connection.execute(select(_current).where(_current.c.file == file)).one_or_none()
    if row is None:
        return None
    return Edition(row.file, row.sha256, date.fromisoformat(row.produced_on), row.produced_at, row.rows, row.generation)


def _is_accepted(connection: Connection, sha256: str) -> bool:
    return connection.execute(select(_accepted).where(_accepted.c.sha256 == sha256)).first() is not None


def _batches(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    walking = iter(rows)
    while batch := list(islice(walking, size)):
        yield batch
