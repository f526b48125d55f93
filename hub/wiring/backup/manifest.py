"""The manifest of a backup: what it is of, what is in it, which keys open it. It is written last, so that a backup without one is half written.

It holds no key and no person; its probes can be tested by who has the keys and tell nothing to others.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from hub.errors import HubError
from hub.store.files import sync_folder

FORMAT = 1
NAME = "manifest.json"
FILES = "files"
LIST = "files.txt"


class BackupUnusable(HubError):
    """The backup is no backup, half written, damaged, or of a newer program: nothing was restored."""

    code = "BACKUP_DAMAGED"
    status = 409


class BackupNotWritten(HubError):
    """The backup did not come to its end; what was there before is as it was."""

    code = "BACKUP_NOT_WRITTEN"
    status = 507


@dataclass(frozen=True)
class Part:
    """One file of a backup: its digest and size."""

    sha256: str
    size: int


@dataclass(frozen=True)
class LogState:
    """The sharing log in the backup: its name, size, root (hex) and last signed head."""

    origin: str
    size: int
    root: str
    head: str


@dataclass(frozen=True)
class Manifest:
    """`id` is also the folder of the parts; `missing` are digests that rows name and the file store had not when it was made."""

    id: str
    version: str
    made_at: datetime
    node: str
    region: str
    dialect: str
    log_dialect: str
    migration: str
    log: LogState
    probes: Mapping[str, str] = field(repr=False)
    parts: Mapping[str, Part]
    files: int
    missing: tuple[str, ...]


def write(folder: Path, manifest: Manifest) -> None:
    """Durable when it returns: from then on the backup is whole. Raises OSError."""
    partial = folder / f"{NAME}.tmp"
    shown = {"format": FORMAT, **asdict(manifest), "made_at": manifest.made_at.isoformat()}
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        json.dump(shown, out, ensure_ascii=False, indent=1)
        out.flush()
        os.fsync(out.fileno())
    partial.rename(folder / NAME)
    sync_folder(folder)


def read(folder: Path) -> Manifest:
    """Raises BackupUnusable (BACKUP_HALF_WRITTEN, BACKUP_NEWER, BACKUP_DAMAGED)."""
    if not folder.exists():
        raise BackupUnusable(
            f"There is no backup at {folder.name}: give the folder or .tar that `yijian backup` wrote."
        )
    if not (folder / NAME).exists():
        raise BackupUnusable(
            f"{folder.name} has no {NAME}: it is half written, or no backup. Take the one before it.",
            code="BACKUP_HALF_WRITTEN",
        )
    try:
        found = json.loads((folder / NAME).read_text(encoding="utf-8"))
        if found.pop("format") > FORMAT:
            raise _newer(folder, found)
        return _manifest(found)
    except (ValueError, KeyError, TypeError, AttributeError) as e:
        raise BackupUnusable(f"{folder.name}/{NAME} is damaged ({type(e).__name__}): take another copy.") from e


def _manifest(found: dict[str, Any]) -> Manifest:
    return Manifest(
        **{
            **found,
            "made_at": datetime.fromisoformat(found["made_at"]),
            "log": LogState(**found["log"]),
            "parts": {name: Part(**part) for name, part in found["parts"].items()},
            "missing": tuple(found["missing"]),
        }
    )


def _newer(folder: Path, found: Mapping[str, Any]) -> BackupUnusable:
    return BackupUnusable(
        f"{folder.name} was made by Yijian {found.get('version', '?')}, which is newer than this program: restore it with that version.",
        code="BACKUP_NEWER",
    )
