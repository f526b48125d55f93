"""A whole SQLite file copied while others write to it, and looked at without being changed. It knows no table of the hub."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from hub.store.files import DiskRefused, sync_folder


def copy(source: Path, target: Path) -> None:
    """One moment of `source` as a new file with mode 0600, durable when it returns; writers go on meanwhile.

    Raises DiskRefused with nothing left behind.
    """
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        read = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, timeout=30)
        with closing(read), closing(sqlite3.connect(target, isolation_level=None)) as written:
            read.backup(written)  # in one step: one snapshot, however much is written beside it
            written.execute("PRAGMA journal_mode = DELETE")  # one file: whoever reads it makes no other beside it
        _sync(target)
    except (OSError, sqlite3.Error) as e:
        target.unlink(missing_ok=True)
        raise DiskRefused(
            f"{source.name} could not be copied ({e}); make room or mend the file, then try again."
        ) from e


def damage(file: Path) -> str:
    """What SQLite finds wrong in a file that nobody writes to; empty when nothing."""
    try:
        with still(file) as connection:
            [(found,)] = connection.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.Error as e:
        return str(e)
    return "" if found == "ok" else str(found)


@contextmanager
def still(file: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a file that nobody writes to: it makes no side files beside it."""
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        yield connection


def _sync(file: Path) -> None:
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    sync_folder(file.parent)
