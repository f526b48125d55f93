"""Keeping a copy of the sharing log apart, refilling it from there, and beginning it anew where nothing can. It restores no case.

What may be done with a log that is behind its published head is decided here: docs/decisions/0015.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import update

from hub.clock import Clock
from hub.errors import BadInput
from hub.prefill.unrecorded import lose_pending
from hub.settings import VERSION, Settings
from hub.sharinglog import Admin, LogHeld, LogInconsistent, LogMisconfigured, Operator, SharingLog, notes
from hub.sharinglog.copyfile import Exported
from hub.sharinglog.exporting import export
from hub.sharinglog.importing import Imported, of_database, of_folder
from hub.sharinglog.importing import import_log as take_in
from hub.sharinglog.published import PublishedHeads
from hub.sharinglog.standing import Standing, answered, standing
from hub.store import migrate
from hub.store.database import Database
from hub.store.sealing import RING
from hub.store.tables import inbox_entries
from hub.wiring import keys


def open_log(settings: Settings, clock: Clock) -> SharingLog:
    """This installation's log, without the thread that follows it: for a command that ends soon."""
    loaded = keys.load(settings.keys_folder, settings.key_passphrase)
    node = f"{settings.node} yijian/{VERSION}"
    return SharingLog.open(
        settings.log_database,
        loaded.log,
        settings.log_origin_name,
        clock,
        node,
        follow=False,
        heads=settings.heads_folder,
    )


def export_log(settings: Settings, folder: Path, who: Operator, clock: Clock) -> Exported:
    """Add to `folder` what is new since the last time, up to a head that is signed for it. The act is the last record in it."""
    with closing(open_log(settings, clock)) as log:
        log.append(Admin("export_log", f"log:{log.origin}", who=who))
        # From here the copy may be written: that somebody took it is on disk.
        made = export(settings.log_database, folder, notes.read(log.publish_checkpoint()).size)
    assert made is not None, "the record of the act is new"
    return made


def import_log(
    settings: Settings, source: str, who: Operator, clock: Clock
) -> tuple[Imported, LogHeld | LogInconsistent | None]:
    """Refill the log; gives what was taken in, and why it is still held if it is. The act is a record as soon as there may be one.

    Raises BadCopy, LogUnavailable, LogMisconfigured.
    """
    verifier = keys.load(settings.keys_folder, settings.key_passphrase).log.verifier(settings.log_origin_name)
    done = take_in(settings.log_database, verifier, of_database(source) if "://" in source else of_folder(Path(source)))
    with closing(open_log(settings, clock)) as log:
        if done.erased:
            log.rebuild_projection()
        held = log.why_held()
        if held is None:
            log.append(
                Admin("import_log", f"log:{log.origin}", who=who, reason=f"records {done.before}-{done.after - 1}")
            )
            log.publish_checkpoint()
    lose_what_waits(settings, clock(), answered(settings.log_database))
    return done, held


def begin_anew(settings: Settings, old: str, reason: str, who: Operator, clock: Clock) -> str:
    """Begin the log that the settings name; its first record says which log it follows, up to which head, and what is missing.

    Gives that in words. Raises BadInput (no reason), LogMisconfigured (the settings still name the old log, the new one has records).
    """
    if not reason.strip():
        raise BadInput("Say why the log begins anew.", {"reason": "a sentence"}, code="REASON_MISSING")
    before = standing(old)
    if before.origin == settings.log_origin_name:
        raise LogMisconfigured(
            f"YIJIAN_LOG_ORIGIN still names {before.origin}: a log that begins anew has a name and an address (YIJIAN_LOG_URL) of its own"
        )
    published = PublishedHeads(settings.heads_folder)
    if before.note:
        published.keep(before.note)
    told = _told(before, published)
    waiting = lose_what_waits(settings, clock())
    with closing(open_log(settings, clock)) as log:
        log.begin(Admin("begin_log_anew", f"log:{before.origin}", who=who, reason=told, note=reason.strip()))
        log.publish_checkpoint()
    return (
        f"The log {settings.log_origin_name} has begun; its first record says: after {before.origin}, {told}. "
        f"{waiting} questions that waited for a person are to be asked again."
    )


def lose_what_waits(settings: Settings, now: datetime, answered: Collection[int] | None = None) -> int:
    """End the questions at inboxes that `lose_pending` ends, and their entries there; gives how many."""
    RING.use(keys.load(settings.keys_folder, settings.key_passphrase).sealing)
    with closing(Database(settings.hub_database)) as database:
        migrate.upgrade(database)
        with database.write(quiet=True) as session:
            tickets = lose_pending(session, now, answered)
            ended = update(inbox_entries).where(inbox_entries.c.number.in_(tickets), inbox_entries.c.state == "open")
            session.execute(ended.values(state="done", done_at=now))
            return len(tickets)


def _told(before: Standing, published: PublishedHeads) -> str:
    heads = [head for head in published.others("") if head.origin == before.origin]
    head = max(heads, key=lambda one: one.size, default=None)
    there = f"{before.size} records are there with root {before.root.hex()}"
    if head is None:
        return f"no head is known; {there}"
    lost = (
        f"records {before.size}-{head.size - 1} are missing"
        if head.size > before.size
        else "none is known to be missing"
    )
    return f"published head {head.size} with root {head.root.hex()}; {there}; {lost}"
