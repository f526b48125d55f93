"""Copying a backup's files, closed to others and durable, each with its digest. It knows no manifest."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from hub.store.files import sync_folder
from hub.wiring.backup.manifest import LIST, Part

PIECE = 1 << 20


@dataclass(frozen=True)
class Kept:
    """One stored file in a backup: its name (the digest of its clear contents), and the sealed bytes' own digest and size."""

    name: str
    size: int
    sha256: str


def copy(source: Path, target: Path) -> Part:
    """Copy one file; durable when it returns, mode 0600. Raises OSError with nothing left behind."""
    partial = target.with_name(f".{target.name}.partial")
    digest, size = hashlib.sha256(), 0
    try:
        with (
            source.open("rb") as read,
            open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out,
        ):
            while piece := read.read(PIECE):
                digest.update(piece)
                size += len(piece)
                out.write(piece)
            out.flush()
            os.fsync(out.fileno())
        partial.rename(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return Part(digest.hexdigest(), size)


def part_of(path: Path) -> Part:
    """Digest and size of a file as it is on disk."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as read:
        while piece := read.read(PIECE):
            digest.update(piece)
            size += len(piece)
    return Part(digest.hexdigest(), size)


def parts_of(folder: Path) -> dict[str, Part]:
    """Every file below a folder, by its path from there."""
    return {str(path.relative_to(folder)): part_of(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def copy_folder(source: Path, target: Path) -> None:
    """The files of a flat folder, if there is one."""
    if source.is_dir():
        target.mkdir(mode=0o700)
        for file in sorted(p for p in source.iterdir() if p.is_file() and not p.name.startswith(".")):
            copy(file, target / file.name)


def add_files(store: Path, target: Path, before: Mapping[str, Kept]) -> list[Kept]:
    """Copy what the target has not yet of a file store; gives all that it then holds of it.

    A stored file never changes, so what an earlier backup holds in full is not copied again.
    """
    held: list[Kept] = []
    target.mkdir(mode=0o700, exist_ok=True)
    for file in _stored(store):
        place = target / file.name[:2]
        known = before.get(file.name)
        if known is None or not _is_there(place / file.name, known.size):
            place.mkdir(mode=0o700, exist_ok=True)
            part = copy(file, place / file.name)
            known = Kept(file.name, part.size, part.sha256)
        held.append(known)
    for folder in {target / one.name[:2] for one in held if one.name not in before}:
        sync_folder(folder)
    return held


def write_list(folder: Path, held: Iterable[Kept]) -> None:
    with open(os.open(folder / LIST, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
        out.writelines(f"{one.name} {one.size} {one.sha256}\n" for one in held)
        out.flush()
        os.fsync(out.fileno())


def read_list(folder: Path) -> dict[str, Kept]:
    """Raises ValueError where it is damaged."""
    lines = (folder / LIST).read_text(encoding="ascii").splitlines()
    return {name: Kept(name, int(size), digest) for name, size, digest in (line.split(" ") for line in lines)}


def _stored(store: Path) -> Iterator[Path]:
    for place in sorted(store.glob("??")):
        yield from (file for file in sorted(place.iterdir()) if not file.name.startswith("."))


def _is_there(file: Path, size: int) -> bool:
    return file.is_file() and file.stat().st_size == size
