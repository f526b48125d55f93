"""The content-addressed store of files: scans, answers, certificates. It knows no case and never changes a file.

A file is fsynced and renamed before the row that names it commits; contents are sealed like columns are, since scans and answers
are personal. The name is the SHA-256 of the clear contents.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from hub.errors import HubError, NotThere
from hub.store.database import Session
from hub.store.sealing import RING
from hub.store.tables import files


class FileDamaged(HubError):
    """What is on disk is not what was stored."""

    code = "FILE_DAMAGED"


class DiskRefused(HubError):
    """The disk did not take the file (full, read-only, gone)."""

    code = "DISK_REFUSED"
    status = 507


class ObjectStore(Protocol):
    """Where sealed contents lie; a folder here, S3 behind the same port (`adapters.outside`)."""

    def put(self, name: str, sealed: bytes) -> None:
        """Durable when it returns. The same name again is a no-op."""

    def get(self, name: str) -> bytes: ...


@dataclass(frozen=True)
class StoredFile:
    sha256: str
    size: int
    media_type: str


class FolderStore:
    """An ObjectStore in a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def put(self, name: str, sealed: bytes) -> None:
        target = self._folder / name[:2] / name
        partial = target.with_name(f".{name}.{os.getpid()}.{os.urandom(4).hex()}")
        try:
            if target.exists():
                return
            self._make(target.parent)
            with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                out.write(sealed)
                out.flush()
                os.fsync(out.fileno())
            partial.rename(target)
            sync_folder(target.parent)
        except OSError as e:
            with suppress(OSError):  # a disk that is away cannot be tidied either
                partial.unlink(missing_ok=True)
            raise DiskRefused(f"The file store did not take a file ({e.strerror}); make room, then try again.") from e

    def get(self, name: str) -> bytes:
        try:
            return (self._folder / name[:2] / name).read_bytes()
        except FileNotFoundError as e:
            raise NotThere("A stored file is missing on disk; restore it from the backup.", code="FILE_MISSING") from e
        except OSError as e:
            raise DiskRefused(f"The file store gives no file ({e.strerror}); look at the disk, then try again.") from e

    def _make(self, folder: Path) -> None:
        """A new folder must outlive a power cut as the file in it does."""
        if not folder.is_dir():
            folder.mkdir(mode=0o700, exist_ok=True)
            sync_folder(self._folder)


class Files:
    """Puts and gets files by digest."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def keep(self, body: bytes, media_type: str) -> StoredFile:
        """Write the file durably; call `note` with the result in the transaction that refers to it. Raises DiskRefused."""
        digest = hashlib.sha256(body).hexdigest()
        self._store.put(digest, RING.seal(body))
        return StoredFile(digest, len(body), media_type)

    def read(self, sha256: str) -> bytes:
        """The clear contents. Raises NotThere, FileDamaged."""
        body = RING.open(self._store.get(sha256))
        if hashlib.sha256(body).hexdigest() != sha256:
            raise FileDamaged("A stored file does not match its digest; restore it from the backup.")
        return body


def note(session: Session, stored: StoredFile, now: datetime) -> None:
    """Make the row for a file that is already on disk."""
    insert = (sqlite if session.dialect.name == "sqlite" else postgresql).insert(files)
    session.execute(
        insert.values(
            sha256=stored.sha256, size=stored.size, media_type=stored.media_type, created_at=now
        ).on_conflict_do_nothing()
    )


def described(session: Session, sha256: str) -> StoredFile:
    row = session.execute(
        select(files.c.sha256, files.c.size, files.c.media_type).where(files.c.sha256 == sha256)
    ).first()
    if row is None:
        raise NotThere("No such file is kept here.", code="FILE_MISSING")
    return StoredFile(*row)


def sync_folder(folder: Path) -> None:
    """Make what was renamed into the folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
