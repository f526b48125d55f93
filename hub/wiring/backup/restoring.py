"""Makes a hub of a backup: into empty places only, with the right keys only, and never so that the log would fork.

Order: the log, files, then the hub's database, which makes it a hub. A restore that was cut off is run again; until it came to its end no
hub starts there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select, update

from hub.clock import Clock
from hub.errors import HubError
from hub.settings import Settings
from hub.sharinglog import Admin, LogHeld, LogInconsistent, LogKeys, Operator, SharingLog, notes
from hub.sharinglog.importing import import_log
from hub.sharinglog.published import PublishedHeads
from hub.sharinglog.standing import answered
from hub.sharinglog.verify import FAILED
from hub.store import dump, migrate
from hub.store.database import Database, Session
from hub.store.files import sync_folder
from hub.store.sealing import RING
from hub.store.tables import files, login_sessions, subjects
from hub.wiring import keys, private
from hub.wiring.backup import copying, packing, probes
from hub.wiring.backup.checking import check, log_source
from hub.wiring.backup.making import LOG_FILE
from hub.wiring.backup.manifest import FILES, Manifest
from hub.wiring.backup.renumbering import leave_out
from hub.wiring.keys import HubKeys
from hub.wiring.refilling import lose_what_waits, open_log

UNFINISHED = private.UNFINISHED
FOR_EVER = timedelta(days=36_500)


class RestoreRefused(HubError):
    """The restore was not begun: places that are not empty, wrong keys, an open question about the log's newest head."""

    code = "RESTORE_REFUSED"
    status = 409


@dataclass(frozen=True)
class Wanted:
    """What the operator says beside the backup: where keys are that go in first, and the newest head that anybody holds."""

    keys: Path | None = None
    published_head: Path | None = None
    no_newer_head: bool = False


@dataclass(frozen=True)
class Restored:
    """What came of it. `held`: why the log takes nothing yet; `problems`: what is wrong although everything was put in place."""

    backup: Manifest
    skipped: int
    held: LogHeld | LogInconsistent | None
    problems: tuple[str, ...]


def restore(settings: Settings, backup: Path, wanted: Wanted, who: Operator, clock: Clock) -> Restored:
    """Verify everything, then make the hub. Raises BackupUnusable, RestoreRefused, NotEmpty, KeysMissing, KeysDiffer, BadCopy: nothing was
    restored, and nothing that was given is in place."""
    with packing.opened(backup) as folder:
        found = check(folder)
        _refuse_places(settings, found)
        with packing.keys_at_hand(wanted.keys, settings) as given:
            loaded = _fitting_keys(settings, found, given)
            heads = _heads(settings, found, wanted, loaded.log)
            with _unfinished(settings, found):
                packing.place_keys(given, settings)
                _put_log(settings, folder, found, loaded.log)
                for head in heads:
                    PublishedHeads(settings.heads_folder).keep(head)
                _put_files(settings, folder, found)
                return _put_database(settings, folder, found, wanted, who, clock)


# --- before anything is touched ---------------------------------------------------------------------------------------


def _refuse_places(settings: Settings, found: Manifest) -> None:
    here = (settings.region, settings.log_origin_name)
    if here != (found.region, found.log.origin):
        raise RestoreRefused(
            f"The backup is of region {found.region} with the log {found.log.origin}, the settings say {here[0]} and {here[1]}: set "
            "YIJIAN_REGION and YIJIAN_LOG_ORIGIN as they were."
        )
    engine = "sqlite" if settings.hub_database.startswith("sqlite") else "postgresql"
    if engine != found.dialect:
        raise RestoreRefused(
            f"The backup is of a hub on {found.dialect}: set YIJIAN_DATABASE_URL to an empty {found.dialect}."
        )
    if private.unfinished(settings.folder) == found.id:
        return
    full = [name for name in (FILES, "replicas") if any((settings.folder / name).glob("*"))]
    if full:
        raise dump.NotEmpty(
            f"{settings.folder.name}/ already holds {' and '.join(full)}. A restore fills an empty folder only: set YIJIAN_FOLDER to a new "
            "one (keys may lie in it already), and keep the old one until the new hub runs."
        )
    if _has_database(settings):
        with closing(Database(settings.hub_database)) as database:
            dump.refuse_full(database)


def _has_database(settings: Settings) -> bool:
    file = private.file_of(settings.hub_database)
    return file is None or (file.exists() and file.stat().st_size > 0)


def _fitting_keys(settings: Settings, found: Manifest, given: Path) -> HubKeys:
    if not (given / keys.SEALING).exists():
        raise keys.KeysMissing(
            f"No keys under {settings.keys_folder.name}/. A restore needs those that the backup was made with, never new ones: give their file "
            "with --keys, or put their folder there."
        )
    loaded = keys.load(given, settings.key_passphrase)
    wrong = probes.others(loaded, found.id, found.probes)
    if wrong:
        raise RestoreRefused(
            f"Other keys than the backup was made with: {'; '.join(wrong)}. Put those keys into {settings.keys_folder.name}/, or give "
            "their file with --keys.",
            code="RESTORE_WRONG_KEYS",
        )
    RING.use(loaded.sealing)
    return loaded


def _heads(settings: Settings, found: Manifest, wanted: Wanted, log_keys: LogKeys) -> list[str]:
    """The heads that the restored log must not contradict: the backup's own and the newest that is known."""
    verifier = log_keys.verifier(found.log.origin)
    notes_given = [found.log.head]
    if wanted.published_head is not None:
        notes_given.append(wanted.published_head.read_text(encoding="utf-8", errors="replace"))
    try:
        for note in notes_given:
            notes.verify(note, verifier)
    except notes.BadNote as e:
        raise RestoreRefused(
            f"A head is not of this log ({e}): give the file from heads/ or the note that the auditor holds."
        ) from e
    known = PublishedHeads(settings.heads_folder).last(verifier) is not None or wanted.published_head is not None
    if not known and not wanted.no_newer_head:
        raise RestoreRefused(
            f"The log in the backup ends at {found.log.size}. Which is its newest head that anybody holds? Give it: --published-head FILE (from the "
            "heads folder of the lost hub, from its copy, from the auditor). If nobody holds a newer one, say --no-newer-head.",
            code="RESTORE_HEAD_NEEDED",
        )
    return notes_given


@contextmanager
def _unfinished(settings: Settings, found: Manifest) -> Iterator[None]:
    """No hub starts in this folder until the block came to its end."""
    private.close_folder(settings.folder)
    with suppress(PermissionError):  # another user's: the doctor says so
        settings.folder.chmod(0o700)
    mark = settings.folder / UNFINISHED
    mark.write_text(found.id)
    sync_folder(settings.folder)
    yield
    mark.unlink()
    sync_folder(settings.folder)


# --- putting it in place ----------------------------------------------------------------------------------------------


def _put_log(settings: Settings, folder: Path, found: Manifest, log_keys: LogKeys) -> None:
    """The log where there is none; where the same log survived, what it lacks."""
    file = private.file_of(settings.log_database)
    if file is not None and not file.exists() and found.log_dialect == "sqlite":
        file.parent.mkdir(parents=True, exist_ok=True)
        copying.copy(folder / found.id / LOG_FILE, file)
        return
    verifier = log_keys.verifier(found.log.origin)
    SharingLog.open(
        settings.log_database, log_keys, found.log.origin, lambda: found.made_at, "restore", follow=False
    ).close()
    import_log(settings.log_database, verifier, log_source(folder, found))


def _put_files(settings: Settings, folder: Path, found: Manifest) -> None:
    for name in ("trust", "replicas"):
        source, target = folder / found.id / name, settings.folder / name
        for file in sorted(source.glob("*")):
            target.mkdir(mode=0o700, parents=True, exist_ok=True)
            copying.copy(file, target / file.name)
    (settings.folder / FILES).mkdir(mode=0o700, exist_ok=True)
    copying.add_files(folder / FILES, settings.folder / FILES, copying.read_list(folder / found.id))


def _put_database(
    settings: Settings, folder: Path, found: Manifest, wanted: Wanted, who: Operator, clock: Clock
) -> Restored:
    private.make_file_of(settings.hub_database)
    with closing(Database(settings.hub_database)) as database, closing(open_log(settings, clock)) as log:
        if not migrate.current(database):
            dump.load(database, folder / found.id, found.migration)
        migrate.upgrade(database)
        held = log.why_held()
        if held is None:
            reason = "no newer head is known" if wanted.no_newer_head else f"published head {log.size()} or older"
            log.append(Admin("restore", f"backup:{found.id}", who=who, reason=reason))
            log.close_lost(log.size())  # whoever asked these questions is gone
        by = leave_out(database, settings, found.made_at, clock(), _gap(settings, log, found))
        with database.write(quiet=True) as session:
            _log_everybody_out(session, clock())
        lose_what_waits(settings, clock(), answered(settings.log_database))
        return Restored(found, by, held, tuple(_problems(settings, database, log, found)))


def _gap(settings: Settings, log: SharingLog, found: Manifest) -> int:
    """How many records are known to have come after the backup: no more cases, notices or certificates than that were numbered."""
    heads = PublishedHeads(settings.heads_folder)
    note = heads.note_of(log.origin)
    return max(log.size(), notes.read(note).size if note else 0) - found.log.size


def _log_everybody_out(session: Session, now: datetime) -> None:
    """A session that ended after the backup must not live again."""
    session.execute(update(login_sessions).where(login_sessions.c.ended_at.is_(None)).values(ended_at=now))


def _problems(settings: Settings, database: Database, log: SharingLog, found: Manifest) -> Iterator[str]:
    """What is wrong with the hub as it stands now: values that do not open, files that rows name, the log from its bytes up."""
    with database.read() as session:
        named = set(session.execute(select(files.c.sha256)).scalars())
        for order in (subjects.c.created_at.asc(), subjects.c.created_at.desc()):
            try:
                session.execute(select(subjects.c.identifier).order_by(order).limit(1)).first()
            except HubError as e:
                yield f"A sealed value does not open: {e}"
    there = {file.name for file in (settings.folder / FILES).glob("??/*")}
    lacking = sorted(named - there)
    if lacking:
        known = " They were missing when the backup was made." if set(lacking) <= set(found.missing) else ""
        yield f"{len(lacking)} stored files that rows name are missing, the first {lacking[0][:12]}….{known}"
    for one in log.verify(young=FOR_EVER).checks:
        if one.result == FAILED:
            yield f"The sharing log fails the check “{one.name}”: {one.detail}"
