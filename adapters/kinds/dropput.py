"""Puts a file for a department into the folder from which it fetches: whole or not at all, and once for each key. It fills no file.

Each part is written as `.tmp`, brought to the disk and renamed; the last part (the control file, where there is one) makes the file
complete. A note under `.sent/` remembers the key, so that a file that the department has already fetched does not come again.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from adapters.kinds.dropfetch import OpensFar

SENT = ".sent"
UNFINISHED = ".tmp"


@dataclass(frozen=True)
class Parcel:
    """What belongs together: `parts` in the order in which they appear, names below the folder; the last makes it complete."""

    key: str
    parts: Sequence[tuple[str, bytes]] = field(repr=False)


def put(folder: Path, parcel: Parcel) -> bool:
    """True where it was put before. Raises OSError, and then nothing of it is complete there."""
    note, last = _note(folder, parcel.key), folder / parcel.parts[-1][0]
    unfinished = last.with_name(last.name + UNFINISHED)
    _make(note.parent)
    with _alone(note.parent):
        if note.exists():
            # Noted and not yet renamed: whoever wrote it died between the two.
            if unfinished.exists():
                _rename(unfinished, last)
            return True
        written: list[Path] = []
        try:
            for name, body in parcel.parts:
                written.append(_write(folder / name, body))
            for part in written[:-1]:
                _rename(part, part.with_name(part.name.removesuffix(UNFINISHED)))
            _sync(folder)  # what is noted must be found again
            _write_note(note)
        except OSError:
            _clear(folder, parcel, note)
            raise
        _rename(unfinished, last)
    return False


async def put_afar(far: OpensFar, below: str, folder: Path, parcel: Parcel) -> bool:
    """The same in a folder of another machine; the note stays here. Raises OSError, FarTrouble."""
    note = _note(folder, parcel.key)
    if note.exists():
        return True
    _make(note.parent)
    async with far() as opened:
        for name, body in parcel.parts:
            await opened.put(f"{below}/{name}", body)
    _write_note(note)
    return False


def _make(sent: Path) -> None:
    """The folder and its `.sent`; a drop folder that is not mounted is not made up."""
    _folder(sent.parent)
    _folder(sent, 0o700)


def _folder(place: Path, mode: int = 0o777) -> None:
    """A link that somebody laid there could lead to what only the hub may write."""
    place.mkdir(exist_ok=True, mode=mode)
    if place.is_symlink():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))


def _opened(place: Path) -> BinaryIO:
    """A new file in its place, never through a link."""
    place.unlink(missing_ok=True)
    return os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666), "wb")


def _clear(folder: Path, parcel: Parcel, note: Path) -> None:
    for place in (note, *(folder / name for name, _ in parcel.parts)):
        place.unlink(missing_ok=True)
        place.with_name(place.name + UNFINISHED).unlink(missing_ok=True)
    for beside in {(folder / name).parent for name, _ in parcel.parts} - {folder}:
        if beside.is_dir() and not beside.is_symlink() and not any(beside.iterdir()):
            beside.rmdir()


def _note(folder: Path, key: str) -> Path:
    return folder / SENT / hashlib.sha256(key.encode()).hexdigest()[:40]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Of several workers with one hand-over one writes, the others then find its note."""
    lock = os.open(folder / ".lock", os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _write(place: Path, body: bytes) -> Path:
    _folder(place.parent)
    unfinished = place.with_name(place.name + UNFINISHED)
    with _opened(unfinished) as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    return unfinished


def _write_note(note: Path) -> None:
    with _opened(note) as file:
        os.fsync(file.fileno())
    _sync(note.parent)


def _rename(unfinished: Path, place: Path) -> None:
    unfinished.replace(place)
    _sync(place.parent)


def _sync(folder: Path) -> None:
    there = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(there)
    finally:
        os.close(there)
