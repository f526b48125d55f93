"""Stamps the certificates' files: those that nobody has testified to yet, and PDF again before their timestamps end (PAdES B-LTA). It signs nothing.

Each round takes what is due by the rows, some dozens at once, one node at a time, and reads no other file. Nothing is held open while an
authority is asked; the new file is on disk before the row names it, and the one before it stays in the store. Authorities that are
away make everybody pause; after the pause the same file is tried first, so what waits goes on by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import anyio.to_thread
import structlog

from certificates.errors import CertificateError, TimestamperAway
from certificates.ports import Timestamper
from hub.clock import Clock
from hub.errors import NotThere
from hub.jobs import Commit
from hub.registry import stamps
from hub.registry.stamps import DueFile
from hub.store import files as file_rows
from hub.store.database import Database
from hub.store.files import FileDamaged
from hub.store.work import Claimed
from hub.wiring.making import Making

program_log = structlog.get_logger(__name__)

AT_ONCE = 50
MEDIA_TYPES = {"pdf": "application/pdf", "ofd": "application/ofd"}


@dataclass(frozen=True)
class Restamping:
    """Where `making` has no timestamper there is no authority to ask, and nothing is looked at."""

    database: Database
    making: Making
    clock: Clock
    region: str

    async def look(self, task: Claimed) -> Commit | None:
        """Stamp what is due. Authorities that are away end the round; a later one begins where it stood."""
        if self.making.timestamper is not None:
            await anyio.to_thread.run_sync(self._look, self.making.timestamper, self.clock())
        return None

    def _look(self, timestamper: Timestamper, now: datetime) -> None:
        with self.database.read() as session:
            found = stamps.due(session, self.region, now, AT_ONCE)
        for one in found:
            try:
                self._stamped(one, timestamper, now)
            except TimestamperAway as e:
                program_log.warning("timestamper_away", code=e.code, tries=one.tries + 1)
                with self.database.write() as session:
                    stamps.in_vain(session, one, e.code, now)
                return
            except (CertificateError, FileDamaged, NotThere) as e:
                program_log.error("file_not_stamped", certificate=one.certificate_id, kind=one.kind, code=e.code)
                with self.database.write() as session:
                    stamps.put_aside(session, one, e.code, now)

    def _stamped(self, one: DueFile, timestamper: Timestamper, now: datetime) -> None:
        before = self.making.files.read(one.file)
        after, until = self._pdf(before, timestamper, now) if one.kind == "pdf" else _ofd(before, timestamper)
        made = self.making.files.keep(after, MEDIA_TYPES[one.kind]) if after != before else None
        with self.database.write() as session:
            if made is not None:
                file_rows.note(session, made, now)
            # From here the later proof counts: another worker that stamped the same file finds it changed and leaves it.
            stamps.stamped(session, one, made.sha256 if made is not None else one.file, until, now)

    def _pdf(self, pdf: bytes, timestamper: Timestamper, now: datetime) -> tuple[bytes, datetime | None]:
        # Only now: the libraries that read PDF take a second to load.
        from certificates.pdf.restamping import Renewal, restamp, standing

        found = standing(pdf)
        if not found.due(now, stamps.AHEAD):
            return pdf, found.until
        made = restamp(pdf, Renewal(timestamper, self.making.revocation(), self.making.list_makers()))
        return made, standing(made).until


def _ofd(ofd: bytes, timestamper: Timestamper) -> tuple[bytes, datetime | None]:
    from certificates.ofd.stamping import stamp, stamped_until

    made = stamp(ofd, timestamper)
    return made, stamped_until(made)
