"""Stamps the certificates' PDF files again before their timestamps end (PAdES B-LTA), so that they outlive their keys. It signs nothing anew.

Once a day it looks through the files that have not been stamped for a month. Nothing is held open while the authority is asked; the
new file is on disk before the row names it, and the one before it stays in the store.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import anyio.to_thread
import structlog
from sqlalchemy import select, update

from certificates.errors import Malformed, SigningFailed, SuiteUnavailable
from certificates.ports import Timestamper
from hub.clock import Clock
from hub.jobs import Commit
from hub.store import files as file_rows
from hub.store.database import Database
from hub.store.files import Files
from hub.store.tables import certificate_files, certificates
from hub.store.work import Claimed

program_log = structlog.get_logger(__name__)

LOOK_AFTER = timedelta(days=30)
AT_ONCE = 200


@dataclass(frozen=True)
class Restamping:
    """`timestamper` None: there is no authority to ask, and nothing is looked at."""

    database: Database
    files: Files
    timestamper: Timestamper | None
    clock: Clock
    region: str

    async def look(self, task: Claimed) -> Commit | None:
        """Stamp again what is due. An authority that is away ends the round; the next one begins where it stood."""
        if self.timestamper is not None:
            await anyio.to_thread.run_sync(self._look, self.timestamper, self.clock())
        return None

    def _look(self, timestamper: Timestamper, now: datetime) -> None:
        for certificate_id, file in self._old_ones(now - LOOK_AFTER):
            try:
                self._restamped(certificate_id, file, timestamper, now)
            except Malformed as e:
                program_log.error("pdf_not_restamped", certificate=certificate_id, code=e.code)
            except (SigningFailed, SuiteUnavailable) as e:
                program_log.warning("timestamper_away", code=e.code)
                return

    def _old_ones(self, before: datetime) -> Iterator[tuple[str, str]]:
        """Each PDF's certificate and file, some hundreds at once."""
        f, last = certificate_files.c, ""
        mine = select(f.certificate_id, f.file).join(certificates, certificates.c.id == f.certificate_id)
        mine = mine.where(f.kind == "pdf", f.made_at < before, certificates.c.region == self.region)
        while True:
            with self.database.read() as session:
                found = session.execute(
                    mine.where(f.certificate_id > last).order_by(f.certificate_id).limit(AT_ONCE)
                ).all()
            for row in found:
                yield row.certificate_id, row.file
            if len(found) < AT_ONCE:
                return
            last = found[-1].certificate_id

    def _restamped(self, certificate_id: str, file: str, timestamper: Timestamper, now: datetime) -> None:
        # Only now: the libraries that read PDF take a second to load.
        from certificates.pdf.restamping import Renewal, restamp, standing

        pdf = self.files.read(file)
        if not standing(pdf).due(now):
            return
        made = self.files.keep(restamp(pdf, Renewal(timestamper)), "application/pdf")
        f = certificate_files.c
        fenced = (f.certificate_id == certificate_id, f.kind == "pdf", f.file == file)
        with self.database.write() as session:
            file_rows.note(session, made, now)
            # From here the later proof counts: another worker that stamped the same file finds it changed and leaves it.
            session.execute(update(certificate_files).where(*fenced).values(file=made.sha256, made_at=now))
