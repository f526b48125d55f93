"""Makes a backup while the hub runs. It stops nothing and locks nobody out.

Order: the record of the act, then the hub's database, then the log, then the files. So no case in it is ahead of the log in it, and every
file that its rows name was on disk before.
"""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from hub.clock import Clock
from hub.errors import HubError
from hub.settings import VERSION, Settings
from hub.sharinglog import Admin, Operator, SharingLog
from hub.sharinglog.exporting import export
from hub.sharinglog.standing import standing
from hub.store import dump, sqlitefile
from hub.store.database import Database
from hub.wiring import keys
from hub.wiring.backup import copying, manifest, packing, probes
from hub.wiring.backup.manifest import FILES, BackupNotWritten, BackupUnusable, LogState, Manifest
from hub.wiring.refilling import open_log

LOG_FILE, LOG_FOLDER = "sharing-log.sqlite", "sharing-log"
SMALL = ("trust",)


def make(settings: Settings, target: Path, with_keys: Path | None, who: Operator, clock: Clock) -> Manifest:
    """Back this hub up into a folder (adding to the backup that it holds) or a new .tar; `with_keys` is one more file, for other hands.

    Raises BackupNotWritten (no room, or a place inside the hub's own folder; the backup of before is whole), BackupUnusable
    (the folder is something else), LogUnavailable, StoreUnavailable, KeysMissing.
    """
    _refuse_own_folder(settings, target)
    now = clock()
    name = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{os.urandom(3).hex()}"
    with closing(open_log(settings, clock)) as log:
        log.append(Admin("backup", f"backup:{name}", who=who, reason="with_keys" if with_keys else "without_keys"))
        # From here anything may be copied: that somebody took it is on disk, and will be in the backup too.
        try:
            return _written(settings, target, with_keys, log, name, now)
        except (OSError, HubError) as e:
            if isinstance(e, BackupUnusable):
                raise
            why = e.strerror or type(e).__name__ if isinstance(e, OSError) else str(e)
            raise BackupNotWritten(
                f"No backup was made: {why} An earlier backup in {target.name} is as it was; make room, or choose another place."
            ) from e


def _refuse_own_folder(settings: Settings, target: Path) -> None:
    if target.resolve().is_relative_to(settings.folder.resolve()):
        raise BackupNotWritten(
            f"No backup was made: {target.name} lies in the hub's own folder and would be lost with it; give a place on another disk or machine."
        )


def _written(
    settings: Settings, target: Path, with_keys: Path | None, log: SharingLog, name: str, now: datetime
) -> Manifest:
    if with_keys is not None:
        packing.pack_keys(settings, with_keys)
    if target.suffix != packing.SUFFIX:
        return _into(settings, target, log, name, now)
    with packing.beside(target) as folder:
        made = _into(settings, folder, log, name, now)
        packing.pack(folder, target)
    return made


def _into(settings: Settings, target: Path, log: SharingLog, name: str, now: datetime) -> Manifest:
    before = _before(target)
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = target / name
    try:
        place.mkdir(mode=0o700)
        made = _parts(settings, target, place, log, before, now)
        manifest.write(target, made)
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    # From here the new backup stands: what only the one before needed may go.
    for old in target.glob("*Z-*"):
        if old != place:
            shutil.rmtree(old, ignore_errors=True)
    return made


def _before(target: Path) -> Manifest | None:
    """The backup that the target holds, if it holds one. Raises BackupUnusable for a folder with something else in it."""
    if (target / manifest.NAME).exists():
        return manifest.read(target)
    strange = [p.name for p in target.iterdir()] if target.exists() else []
    if any(name != FILES and "Z-" not in name for name in strange):
        raise BackupUnusable(f"{target.name} holds something else than a backup: give an empty folder, or a new .tar.")
    return None


def _parts(
    settings: Settings, target: Path, place: Path, log: SharingLog, before: Manifest | None, now: datetime
) -> Manifest:
    database = Database(settings.hub_database)
    try:
        dumped = dump.dump(database, place)
        dialect = database.dialect
    finally:
        database.close()
    state = _log(settings, log, place)
    _replicas(settings.folder / "replicas", place / "replicas")
    copying.copy_folder(settings.folder / "trust", place / "trust")
    known = copying.read_list(target / before.id) if before else {}
    held = copying.add_files(settings.folder / FILES, target / FILES, known)
    copying.write_list(place, held)
    return Manifest(
        id=place.name,
        version=VERSION,
        made_at=now,
        node=settings.node,
        region=settings.region,
        dialect=dialect,
        log_dialect="sqlite" if (place / LOG_FILE).exists() else "postgresql",
        migration=dumped.migration,
        log=state,
        probes=probes.of(keys.load(settings.keys_folder, settings.key_passphrase), place.name),
        parts=copying.parts_of(place),
        files=len(held),
        missing=tuple(sorted(dumped.named - {one.name for one in held})),
    )


def _log(settings: Settings, log: SharingLog, place: Path) -> LogState:
    """The log as it is now, later than the database, with a head that is signed for it."""
    head = log.publish_checkpoint()
    url = settings.log_database
    if url.startswith("sqlite"):
        sqlitefile.copy(Path(url.removeprefix("sqlite:///")), place / LOG_FILE)
        found = standing(f"sqlite:///{place / LOG_FILE}")
        return LogState(log.origin, found.size, found.root.hex(), found.note or head)
    made = export(url, place / LOG_FOLDER)
    assert made is not None, "the record of the act is in it"
    return LogState(log.origin, made.stop, log.root(made.stop).hex(), head)


def _replicas(source: Path, target: Path) -> None:
    if source.is_dir():
        target.mkdir(mode=0o700)
        for file in sorted(source.glob("*.sqlite")):
            sqlitefile.copy(file, target / file.name)
