"""The tables of a replica: what is current, what was taken, and for each generation of a file its rows and its keys. It decides nothing.

A generation has tables of its own, so that it is loaded without its indexes, seen by nobody, and dropped whole.
"""

from __future__ import annotations

import json
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    exc,
    func,
    insert,
    inspect,
    select,
)
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.schema import CreateSchema, DropTable

BETWEEN_CELLS = "\x1f"
"""No cell holds it: control characters are a bad row."""
KEY, CHANGE = "#", "#change"
"""Names of the lookups of a row's own key, and of what a row of a delta changes: INSERT, UPDATE or DELETE."""
WAL_LIMIT = 64 * 1024 * 1024
PAGE_SIZE = 16 * 1024
"""Rows come by the million: with larger pages than usual they are written, and their indexes built, in three quarters of the time."""
MAKING = 7_290_116_240
"""Number of the lock under which tables are made."""

LIFELINE = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 20_000,
}
"""A server that lost its power, or a firewall that forgot the line, says no goodbye: after 20 s of silence it is broken."""


class ReplicaTrouble(OSError):
    """The replica cannot be read or written now: its disk is full, or its server is down. Nothing of it was changed."""


@contextmanager
def translated() -> Iterator[None]:
    """Raises ReplicaTrouble for what the driver says of disk and server."""
    try:
        yield
    except exc.OperationalError as e:
        word = getattr(e.orig, "sqlite_errorname", None) or type(e.orig).__name__
        raise ReplicaTrouble(0, f"副本数据库 {word}") from None


metadata = MetaData()
generation = Table(
    "generation",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("file", String, nullable=False),
    Column("shape", String, nullable=False),
)
current = Table(
    "edition",
    metadata,
    Column("file", String, primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("sha256", String, nullable=False),
    Column("produced_on", String, nullable=False),
    Column("produced_at", String, nullable=False),
    Column("serial", Integer, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("seen", Integer, nullable=False),
    Column("taken_at", String, nullable=False),
)
taken = Table("taken", metadata, Column("file", String, primary_key=True), Column("sha256", String, primary_key=True))
accepted = Table("accepted", metadata, Column("sha256", String, primary_key=True))
held = Table(
    "held",
    metadata,
    Column("name", String, primary_key=True),
    Column("sha256", String, nullable=False),
    Column("why", String, nullable=False),
    Column("held_at", String, nullable=False),
    Column("word", String, nullable=False),
)
"""`word`: what a person said of the file: "" nothing yet, or one of ACCEPTED and TURNED_DOWN."""
refused = Table(
    "refused",
    metadata,
    Column("generation", Integer, nullable=False),
    Column("line", Integer, nullable=False),
    Column("name", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("column_name", String, nullable=False),
    Column("rule", String, nullable=False),
    Column("said", String, nullable=False),
    Column("beside", Boolean, nullable=False),
    Index("refused_key", "generation", "name", "digest"),
    Index("refused_line", "generation", "line"),
)
"""A row that was refused, once for each of its keys: which one (`name`), its digest, and what was wrong with the row."""
ACCEPTED, TURNED_DOWN = "accepted", "turned_down"
BEFORE = ("lookup", "record", "current")
"""Tables of the first replicas: their rows come anew with the next file."""


@dataclass(frozen=True)
class Edition:
    """What stands in the replica of one file and how fresh it is. `produced_at` is the producer's own text, `serial` the number of the
    last batch where batches are numbered, else 0; `seen` counts the rows of its file, bad ones too."""

    file: str
    sha256: str
    produced_on: date
    produced_at: str
    rows: int
    generation: int = 0
    serial: int = 0
    seen: int = 0


@dataclass(frozen=True)
class Shape:
    """The columns of a file's rows in order; the names of the lookups that have one value a row, and of those that have several. Of the
    single ones `exact` keep their text; of the others a number is kept that two texts may share, so a row that was found by it is
    looked at again."""

    columns: tuple[str, ...]
    single: tuple[str, ...] = ()
    several: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()

    def written(self) -> str:
        return json.dumps([self.columns, self.single, self.several, self.exact], ensure_ascii=False)

    @staticmethod
    def read(text: str) -> Shape:
        return Shape(*(tuple(part) for part in json.loads(text)))


@dataclass(frozen=True)
class Generation:
    """The tables of one generation. A row's `id` is its line in the file; `k0` … are its single keys in the order of the shape."""

    number: int
    shape: Shape
    rows: Table = field(repr=False)
    parts: Table | None = field(repr=False)

    def make(self, connection: Connection) -> None:
        self.rows.create(connection)
        if self.parts is not None:
            self.parts.create(connection)

    def index(self, connection: Connection) -> None:
        """After the rows: an index that is built at once costs a third of one that grows with them."""
        for at in range(len(self.shape.single)):
            Index(f"rows_{self.number}_k{at}", self.rows.c[f"k{at}"]).create(connection)
        if self.parts is not None:
            Index(f"parts_{self.number}_value", self.parts.c.value, self.parts.c.key).create(connection)
            Index(f"parts_{self.number}_row", self.parts.c.row).create(connection)


def generation_of(number: int, shape: Shape, schema: str | None) -> Generation:
    plain = MetaData()
    rows = Table(
        f"rows_{number}",
        plain,
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("body", String, nullable=False),
        *(
            Column(f"k{at}", String if name in shape.exact else BigInteger, nullable=False)
            for at, name in enumerate(shape.single)
        ),
        schema=schema,
    )
    parts = None
    if shape.several:
        parts = Table(
            f"parts_{number}",
            plain,
            Column("key", Integer, nullable=False),
            Column("value", String, nullable=False),
            Column("row", Integer, nullable=False),
            schema=schema,
        )
    return Generation(number, shape, rows, parts)


def drop_generation(connection: Connection, number: int, schema: str | None) -> None:
    """Its tables, if they are there."""
    plain = MetaData()
    for name in (f"parts_{number}", f"rows_{number}"):
        connection.execute(DropTable(Table(name, plain, schema=schema), if_exists=True))


# --- the database ---------------------------------------------------------------------------------------------------------


def schema_of(code: str) -> str:
    """The replica's own schema in the hub's PostgreSQL."""
    return "replica_" + re.sub(r"[^a-z0-9_]", "_", code.lower())


def sqlite_engine(place: Path) -> Engine:
    """The file with its tables. It holds personal data: mode 0600."""
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Made by us first, so that it never exists with a wider mode; SQLite gives its side files the same.
    os.close(os.open(place, os.O_CREAT | os.O_RDWR, 0o600))
    engine = create_engine(f"sqlite:///{place}", connect_args={"timeout": 30})
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    with engine.execution_options(writing=True).begin() as connection:  # another process may be making them too
        there = inspect(connection).get_table_names()
        for name in BEFORE:
            if name in there:
                connection.execute(DropTable(Table(name, MetaData())))
        metadata.create_all(connection)
    return engine


def postgresql_engine(url: str, schema: str) -> Engine:
    """The schema with its tables: every node reads and writes the same ones."""
    driver = url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(
        driver, pool_size=4, max_overflow=4, pool_pre_ping=True, hide_parameters=True, connect_args=LIFELINE
    )
    engine = engine.execution_options(schema_translate_map={None: schema})
    with engine.begin() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(MAKING)))  # other nodes may be making them too
        if schema not in inspect(connection).get_schema_names():
            connection.execute(CreateSchema(schema, if_not_exists=True))
        metadata.create_all(connection)
    return engine


def _on_connect(connection: object, record: object) -> None:
    connection.isolation_level = None  # type: ignore[attr-defined]  # the driver must not begin by itself
    pragmas = (
        f"page_size={PAGE_SIZE}",  # of a new file alone
        "journal_mode=WAL",
        "synchronous=FULL",
        "secure_delete=ON",
        f"journal_size_limit={WAL_LIMIT}",
    )
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]


def _on_begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def lock_number(schema: str) -> int:
    """Of the lock under which one node takes files in."""
    return zlib.crc32(schema.encode()) | 1 << 40


# --- reading --------------------------------------------------------------------------------------------------------------


def edition_of(connection: Connection, file: str) -> Edition | None:
    row = connection.execute(select(current).where(current.c.file == file)).one_or_none()
    if row is None:
        return None
    day = date.fromisoformat(row.produced_on)
    return Edition(row.file, row.sha256, day, row.produced_at, row.rows, row.generation, row.serial, row.seen)


def is_there(connection: Connection, table: Table, **values: str) -> bool:
    chosen = select(table)
    for name, value in values.items():
        chosen = chosen.where(table.c[name] == value)
    return connection.execute(chosen).first() is not None


def put_once(connection: Connection, table: Table, **values: str) -> None:
    if not is_there(connection, table, **values):
        connection.execute(insert(table).values(values))
