"""Whether a backup is whole: every digest, every file that a row names, the log's root. It restores nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hub.sharinglog import LogError
from hub.sharinglog.copyfile import HeadRow
from hub.sharinglog.importing import Source, of_database, of_folder
from hub.sharinglog.standing import standing
from hub.store import dump, migrate, sqlitefile
from hub.wiring.backup import copying, manifest
from hub.wiring.backup.making import LOG_FILE, LOG_FOLDER
from hub.wiring.backup.manifest import FILES, BackupUnusable, Manifest


def check(folder: Path) -> Manifest:
    """Everything in it, byte for byte. Raises BackupUnusable naming the first that is wrong, and how many are."""
    found = manifest.read(folder)
    if len(found.migration) != len(migrate.head()) or found.migration > migrate.head():
        raise BackupUnusable(
            f"{folder.name} holds tables of version {found.migration} by Yijian {found.version}; this program knows {migrate.head()}: "
            "restore it with that version.",
            code="BACKUP_NEWER",
        )
    wrong = [*_parts(folder, found), *_files(folder, found), *_databases(folder / found.id)]
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise BackupUnusable(
            f"{wrong[0]}{more}: nothing was restored; take another copy of this backup, or the one before it."
        )
    _log(folder, found)
    return found


def log_source(folder: Path, found: Manifest) -> Source:
    """The backup's log as something to take in."""
    place = folder / found.id
    return (
        of_database(f"sqlite:///{place / LOG_FILE}") if found.log_dialect == "sqlite" else of_folder(place / LOG_FOLDER)
    )


def _parts(folder: Path, found: Manifest) -> Iterator[str]:
    for name, part in found.parts.items():
        path = folder / found.id / name
        if not path.is_file():
            yield f"{name} is missing"
        elif copying.part_of(path) != part:
            yield f"{name} is not what was written: its digest differs"


def _files(folder: Path, found: Manifest) -> Iterator[str]:
    try:
        held = copying.read_list(folder / found.id)
    except (OSError, ValueError):
        yield f"{manifest.LIST} is missing or damaged"
        return
    for kept in held.values():
        path = folder / FILES / kept.name[:2] / kept.name
        if not path.is_file():
            yield f"the stored file {kept.name[:12]}…, which a row may name, is missing"
        elif copying.part_of(path) != manifest.Part(kept.sha256, kept.size):
            yield f"the stored file {kept.name[:12]}… is not what was written: its digest differs"


def _databases(place: Path) -> Iterator[str]:
    for file in (place / dump.FILE, place / LOG_FILE, *sorted((place / "replicas").glob("*.sqlite"))):
        damage = sqlitefile.damage(file) if file.exists() else ""
        if damage:
            yield f"{file.name} is no sound database ({damage})"


def _log(folder: Path, found: Manifest) -> None:
    """The log that the manifest speaks of is the one that is there."""
    try:
        if found.log_dialect == "sqlite":
            there = standing(f"sqlite:///{folder / found.id / LOG_FILE}")
            same = (there.size, there.root.hex()) == (found.log.size, found.log.root)
        else:
            same = any(isinstance(row, HeadRow) and row.note == found.log.head for row in log_source(folder, found)(0))
    except LogError as e:
        raise BackupUnusable(f"The sharing log in the backup cannot be read: {e}") from e
    if not same:
        raise BackupUnusable("The sharing log in the backup is not the one that its manifest names: take another copy.")
