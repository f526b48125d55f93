"""Who on this machine may read what the hub keeps: nobody but its own user. It opens no file's contents.

The folder holds persons' values, sealed and unsealed replicas, and departments' secrets, so it and its databases are made closed
instead of trusting the umask under which the hub was started.
"""

from __future__ import annotations

import os
from pathlib import Path

from hub.settings import Settings

OTHERS = 0o077
UNFINISHED = "restore.unfinished"
"""Stands in the folder while a backup is being restored into it, and holds the backup's name."""


def close_folder(folder: Path) -> None:
    """Make the folder with mode 0700. One that exists keeps its mode where others than the hub were let in by somebody: the doctor says so."""
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)


def unfinished(folder: Path) -> str:
    """Which backup's restore did not come to its end here; empty when none."""
    mark = folder / UNFINISHED
    return mark.read_text().strip() if mark.exists() else ""


def make_file_of(database_url: str) -> None:
    """Make the file of an SQLite database with mode 0600; its journals take over the mode. Nothing for a PostgreSQL."""
    file = file_of(database_url)
    if file is not None and not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600))


def open_to_others(settings: Settings) -> tuple[str, ...]:
    """Names of those of folder, keys, databases and connections that others on this machine may read or change.

    What belongs to another user is theirs to close: a container's connections are the host's file, which 0600 would hide from the hub.
    """
    databases = (file_of(settings.hub_database), file_of(settings.log_database))
    kept = (settings.folder, settings.keys_folder, *databases, settings.connections_file)
    found = [(p.name, p.stat()) for p in kept if p is not None and p.exists()]
    return tuple(name for name, stat in found if stat.st_mode & OTHERS and os.geteuid() in (0, stat.st_uid))


def file_of(database_url: str) -> Path | None:
    """The file of an SQLite database; None for a PostgreSQL."""
    """The file of an SQLite database; None for a PostgreSQL."""
    scheme, _, path = database_url.partition(":///")
    return Path(path) if scheme.startswith("sqlite") and path else None
