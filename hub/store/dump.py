"""The hub's database as files, and an empty database filled from them. It knows no case, and keeps no key.

SQLite: the file by the online backup API. PostgreSQL: a file for each table by COPY, all of one REPEATABLE READ snapshot: it needs no
client program of the server's version, and is the same on every version. Sealed columns stay sealed.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import func, inspect, select

from hub.errors import HubError
from hub.store import migrate, sqlitefile
from hub.store.database import Database, Session, StoreUnavailable
from hub.store.files import DiskRefused
from hub.store.tables import files, metadata, work

FILE = "hub.sqlite"
FOLDER = "hub"
SUFFIX = ".copy"
VERSION_TABLE = "alembic_version"


class NotEmpty(HubError):
    """The database to fill holds tables already."""

    code = "RESTORE_TARGET_NOT_EMPTY"
    status = 409


@dataclass(frozen=True)
class Dumped:
    """What was written: the version of the tables, and the digests of the files that its rows name."""

    migration: str
    named: frozenset[str]


def dump(database: Database, folder: Path) -> Dumped:
    """Write one moment of the database into `folder`, as FILE or as FOLDER/<table>.copy. Raises DiskRefused, StoreUnavailable."""
    if database.dialect == "sqlite":
        sqlitefile.copy(Path(str(database.engine.url.database)), folder / FILE)
        with sqlitefile.still(folder / FILE) as connection:
            named = frozenset(name for (name,) in connection.execute("SELECT sha256 FROM files"))
            [(version,)] = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}")
        return Dumped(str(version), named)
    (folder / FOLDER).mkdir(mode=0o700)
    with database.read() as session:
        with _told():
            for table in _tables(session):
                _copy_out(session, table, folder / FOLDER / f"{table}{SUFFIX}")
        named = frozenset(session.execute(select(files.c.sha256)).scalars())
        return Dumped(migrate.version(session), named)


def load(database: Database, folder: Path, version: str) -> None:
    """Fill an empty database from what `dump` wrote of tables of this version; all of it or nothing. Raises NotEmpty.

    On SQLite the file is put in place: nobody may have it open.
    """
    refuse_full(database)
    if database.dialect == "sqlite":
        target = Path(str(database.engine.url.database))
        database.close()
        for name in (target, target.with_name(f"{target.name}-wal"), target.with_name(f"{target.name}-shm")):
            name.unlink(missing_ok=True)
        partial = target.with_name(f".{target.name}.restoring")
        shutil.copyfile(folder / FILE, partial)
        os.chmod(partial, 0o600)
        partial.rename(target)
        return
    with database.write() as session:
        migrate.apply(session, version)
        with _told():
            for table in _tables(session):
                _copy_in(session, folder / FOLDER / f"{table}{SUFFIX}")
        _go_on_counting(session)


def refuse_full(database: Database) -> None:
    """Raises NotEmpty if the database holds any of the hub's tables."""
    with database.read() as session:
        found = set(inspect(session).get_table_names()) & ({VERSION_TABLE} | set(metadata.tables))
    if found:
        raise NotEmpty(
            f"The hub's database holds {len(found)} tables already. A restore fills an empty one only: give a new one "
            "(YIJIAN_DATABASE_URL, or an empty YIJIAN_FOLDER); keep the old one until the new hub runs."
        )


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as e:
        raise DiskRefused(f"The tables were not written out or read ({e.strerror}); make room, then try again.") from e
    except psycopg.Error as e:
        raise StoreUnavailable(
            f"The database did not give or take its tables ({type(e).__name__}); see it and its disk."
        ) from e


def _tables(session: Session) -> list[str]:
    """Every table of the schema, each after those that it refers to; the version's own is made by migrating."""
    ordered = [name for name, _ in inspect(session).get_sorted_table_and_fkc_names() if name]
    return [name for name in ordered if name != VERSION_TABLE]


def _copy_out(session: Session, table: str, path: Path) -> None:
    """The columns as one line of JSON, then the rows as PostgreSQL writes them."""
    columns = [str(column["name"]) for column in inspect(session).get_columns(table)]
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(json.dumps([table, *columns]).encode() + b"\n")
        with _driver(session).cursor().copy(_copying("COPY {} ({}) TO STDOUT", table, columns)) as rows:
            for piece in rows:
                out.write(piece)
        out.flush()
        os.fsync(out.fileno())


def _copy_in(session: Session, path: Path) -> None:
    with path.open("rb") as given:
        table, *columns = json.loads(given.readline())
        with _driver(session).cursor().copy(_copying("COPY {} ({}) FROM STDIN", table, columns)) as rows:
            for piece in _pieces(given):
                rows.write(piece)


def _pieces(given: Any) -> Iterator[bytes]:
    while piece := given.read(1 << 20):
        yield piece


def _copying(statement: str, table: str, columns: list[str]) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL(statement).format(sql.Identifier(table), names)


def _driver(session: Session) -> psycopg.Connection[Any]:
    connection: psycopg.Connection[Any] = session.connection.driver_connection  # type: ignore[assignment]
    return connection


def _go_on_counting(session: Session) -> None:
    """Numbers that the database gives itself go on after the greatest that is there."""
    last = session.execute(select(func.max(work.c.id))).scalar()
    if last is not None:
        session.execute(select(func.setval(func.pg_get_serial_sequence(work.name, work.c.id.name), last)))
