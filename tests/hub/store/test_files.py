"""The store of files: durable before their row, sealed, and never silently wrong."""

from __future__ import annotations

import errno
import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.errors import NotThere
from hub.store.database import Database
from hub.store.files import DiskRefused, FileDamaged, Files, FolderStore, described, note
from hub.store.sealing import RING
from tests.support.full_disk import full_disk

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
BODY = "扫描件：测试甲".encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    RING.use(bytes(range(32)))
    return tmp_path / "files"


@pytest.fixture
def files(folder: Path) -> Files:
    return Files(FolderStore(folder))


def on_disk(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_file_comes_back_by_its_digest(files: Files) -> None:
    stored = files.keep(BODY, "text/plain")
    assert stored.sha256 == hashlib.sha256(BODY).hexdigest()
    assert files.read(stored.sha256) == BODY


def test_the_disk_holds_no_clear_contents(files: Files, folder: Path) -> None:
    files.keep(BODY, "text/plain")
    [path] = on_disk(folder)
    assert BODY not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0


def test_the_same_contents_are_kept_once(files: Files, folder: Path) -> None:
    files.keep(BODY, "text/plain")
    files.keep(BODY, "text/plain")
    assert len(on_disk(folder)) == 1


def test_a_full_disk_refuses_the_file_and_leaves_no_part_of_it(
    files: Files, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskRefused, match="No space left"):
        files.keep(BODY, "text/plain")
    assert on_disk(folder) == []


def test_a_damaged_file_is_not_given_out(files: Files, folder: Path) -> None:
    stored = files.keep(BODY, "text/plain")
    [path] = on_disk(folder)
    path.write_bytes(RING.seal(b"something else"))
    with pytest.raises(FileDamaged):
        files.read(stored.sha256)


def test_a_file_that_is_gone_from_disk_is_named_as_missing(files: Files) -> None:
    with pytest.raises(NotThere) as caught:
        files.read("0" * 64)
    assert caught.value.code == "FILE_MISSING"


def test_a_row_describes_a_kept_file(files: Files, database: Database) -> None:
    stored = files.keep(BODY, "text/plain")
    with database.write() as session:
        note(session, stored, NOW)
        note(session, stored, NOW)
        assert described(session, stored.sha256) == stored
    with pytest.raises(NotThere), database.read() as session:
        described(session, "0" * 64)


def test_a_full_disk_leaves_nothing_and_takes_the_file_once_there_is_room(files: Files, folder: Path) -> None:
    with full_disk(), pytest.raises(DiskRefused, match="make room"):
        files.keep(BODY, "text/plain")
    assert on_disk(folder) == []
    assert files.read(files.keep(BODY, "text/plain").sha256) == BODY


def test_a_folder_that_cannot_be_made_is_a_refusal_and_no_bug(files: Files, folder: Path) -> None:
    shard = folder / hashlib.sha256(BODY).hexdigest()[:2]
    shard.touch()  # something lies in its place
    with pytest.raises(DiskRefused):
        files.keep(BODY, "text/plain")
