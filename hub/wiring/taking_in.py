"""Takes certificates in that other systems issued 归集入库: verified first, graded, kept as they came and never signed again.

The same file again is the first one. A version that is there with other contents is a conflict, which a person settles with the issuer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import insert, select

from certificates.certificate import CITIZEN_ID, MEDIA_TYPE, CertificateContent, write_content
from certificates.status import VALID
from certificates.trust import Trust
from certificates.verify import verify
from hub.clock import new_id
from hub.errors import BadInput, HubError
from hub.registry import rows
from hub.registry.acts import Act
from hub.registry.grading import grade_of
from hub.registry.rows import Carrier, Doing
from hub.store import files as file_rows
from hub.store import subjects
from hub.store.database import Database, Session
from hub.store.files import Files, StoredFile
from hub.store.tables import certificates

_c = certificates.c
KINDS = {"ycert": MEDIA_TYPE, "ofd": "application/ofd", "pdf": "application/pdf"}
"""Formats that are taken in, each with its media type."""


class ImportRefused(BadInput):
    """A file that is no certificate that may be relied on; the message says why."""

    code = "IMPORT_REFUSED"


@dataclass(frozen=True)
class TakingIn:
    """`region` and `index_key` are the hub's."""

    database: Database
    files: Files
    region: str
    index_key: bytes = field(repr=False)

    def take(self, file: bytes, trust: Trust, by: str, organisation: str, now: datetime) -> rows.Entry:
        """Judge the file and keep it. Raises ImportRefused, HubError (CERTIFICATE_CONFLICT)."""
        report = verify(file, trust, now)
        grade = grade_of(report, file)
        content = report.content
        if not grade.letter or content is None or report.format not in KINDS:
            raise ImportRefused(f"没有归集：{grade.why}", {"file": "未通过核验"})
        stored = self.files.keep(file, KINDS[report.format])
        with self.database.write() as session:
            known = session.execute(select(_c.id).where(_c.identifier == str(content.identifier))).first()
            if known is not None:
                return self._again(session, known.id, stored.sha256)
            file_rows.note(session, stored, now)
            new = self._enter(session, content, grade.letter, stored, report.format, now)
            doing = Doing(Act.IMPORT, by, organisation, grade.why, "", f"import:{stored.sha256}")
            rows.note(session, new, doing, VALID, VALID, now)
            return new

    def _again(self, session: Session, certificate_id: str, digest: str) -> rows.Entry:
        """The same file is no news. Another carrier of a version that is there, or another content, is for a person."""
        one = rows.entry(session, self.region, certificate_id)
        if digest in {carrier.file for carrier in rows.files_of(session, one.id).values()}:
            return one
        message = "证照库里已有这一版本，而文件不同。请向颁发机构核实哪一份是真的。"
        raise HubError(message, code="CERTIFICATE_CONFLICT", status=409)

    def _enter(
        self, session: Session, content: CertificateContent, letter: str, stored: StoredFile, kind: str, now: datetime
    ) -> rows.Entry:
        party = "person" if content.holder.code_type == CITIZEN_ID else "enterprise"
        holder = subjects.know(
            session, self.index_key, self.region, party, content.holder.code, content.holder.name, now
        )
        new = new_id(now)
        session.execute(
            insert(certificates).values(
                id=new,
                region=self.region,
                identifier=str(content.identifier),
                type_code=content.type_code,
                type_name=content.type_name,
                authority=content.authority.code,
                number=content.number[:60],
                state="signed",
                file=stored.sha256 if kind == "ycert" else "",
                reserved_at=now,
                signed_at=now,
                valid_from=content.valid_from,
                valid_to=content.valid_to,
                subject_id=holder.id,
                version=int(content.identifier.version),
                origin="imported",
                trust=letter,
                draft=write_content(content) if kind != "ycert" else None,
            )
        )
        rows.keep_files(session, new, (Carrier(kind, stored.sha256, stored.media_type, ""),), now)
        return rows.entry(session, self.region, new)
