"""Takes certificates in that other systems issued 归集入库: verified first, graded, kept as they came and never signed again.

A file is A or B, a row of data from the issuer's system C, a row with a scan D. The same again is the first one. A version that is there with
other contents is a conflict, which a person settles with the issuer: nothing is overwritten.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import insert, select

from certificates.certificate import CITIZEN_ID, MEDIA_TYPE, CertificateContent, read, read_content, write_content
from certificates.status import VALID
from certificates.trust import Trust
from certificates.verify import verify
from hub.clock import new_id
from hub.errors import BadInput, HubError
from hub.registry import rows
from hub.registry.acts import Act
from hub.registry.grading import GRADES, grade_of
from hub.registry.records import Record, differences
from hub.registry.rows import Carrier, Doing
from hub.store import files as file_rows
from hub.store import subjects
from hub.store.database import Database, Session
from hub.store.files import Files, StoredFile
from hub.store.tables import certificates

_c = certificates.c
KINDS = {"ycert": MEDIA_TYPE, "ofd": "application/ofd", "pdf": "application/pdf"}
"""Formats that are taken in, each with its media type."""


SCAN = "scan"
"""The kind of a file that is a picture of a certificate."""


@dataclass(frozen=True)
class Taken:
    """A certificate that is in the registry now; `known`: it was there before, just so."""

    entry: rows.Entry
    known: bool


class ImportConflict(HubError):
    """What is there says otherwise; `differs` names where, and nothing was overwritten."""

    code = "CERTIFICATE_CONFLICT"
    status = 409

    def __init__(self, message: str, entry: rows.Entry, differs: tuple[str, ...]) -> None:
        super().__init__(message)
        self.entry, self.differs = entry, differs


class ImportRefused(BadInput):
    """A file that is no certificate that may be relied on; the message says why."""

    code = "IMPORT_REFUSED"


@dataclass(frozen=True)
class _Told:
    """What is about to be kept: what it says, its grade, and the file that says it, where there is one."""

    content: CertificateContent = field(repr=False)
    letter: str
    kind: str
    stored: StoredFile | None
    status: str = VALID


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
            told = _Told(content, grade.letter, report.format, stored)
            new = self._enter(session, told, now)
            doing = Doing(Act.IMPORT, by, organisation, grade.why, "", f"import:{stored.sha256}")
            rows.note(session, new, doing, VALID, VALID, now)
            return new

    def take_record(self, record: Record, scan: StoredFile | None, by: str, organisation: str, now: datetime) -> Taken:
        """Keep what a row says, as C, or with a scan as D. Raises ImportConflict."""
        content, letter = record.content, "C" if scan is None else "D"
        with self.database.write() as session:
            known = session.execute(select(_c.id).where(_c.identifier == str(content.identifier))).first()
            if known is not None:
                return Taken(self._same(session, known.id, record, scan), known=True)
            if scan is not None:
                file_rows.note(session, scan, now)
            new = self._enter(session, _Told(content, letter, SCAN, scan, record.status), now)
            why = GRADES[letter] + ("。" if record.given else "；证照标识由本证照库赋码。")
            doing = Doing(Act.IMPORT, by, organisation, why, "", f"import:{content.identifier}")
            rows.note(session, new, doing, record.status, record.status, now)
            return Taken(new, known=False)

    def _same(self, session: Session, certificate_id: str, record: Record, scan: StoredFile | None) -> rows.Entry:
        """The one that is there, if it says the same. A row adds nothing to one that was signed: that one is the stronger."""
        one = rows.entry(session, self.region, certificate_id)
        there = self._content(one)
        differs = differences(there, record.content) if there is not None else ("content",)
        differs += ("status",) if one.status != record.status else ()
        files = {carrier.file for carrier in rows.files_of(session, one.id).values()}
        differs += ("scan",) if scan is not None and scan.sha256 not in files else ()
        if not differs:
            return one
        message = "证照库里已有这本证照，而内容不同，没有改动库中的证照。请向颁发机构核实。"
        raise ImportConflict(message, one, differs)

    def _content(self, one: rows.Entry) -> CertificateContent | None:
        if one.draft:
            return read_content(one.draft)
        return read(self.files.read(one.file)).content if one.file else None

    def _again(self, session: Session, certificate_id: str, digest: str) -> rows.Entry:
        """The same file is no news. Another carrier of a version that is there, or another content, is for a person."""
        one = rows.entry(session, self.region, certificate_id)
        if digest in {carrier.file for carrier in rows.files_of(session, one.id).values()}:
            return one
        message = "证照库里已有这一版本，而文件不同。请向颁发机构核实哪一份是真的。"
        raise ImportConflict(message, one, ("file",))

    def _enter(self, session: Session, told: _Told, now: datetime) -> rows.Entry:
        content, stored, kind = told.content, told.stored, told.kind
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
                file=stored.sha256 if stored is not None and kind == "ycert" else "",
                status_code=told.status,
                status_since=now if told.status != VALID else None,
                reserved_at=now,
                signed_at=now,
                valid_from=content.valid_from,
                valid_to=content.valid_to,
                subject_id=holder.id,
                version=int(content.identifier.version),
                origin="imported",
                trust=told.letter,
                draft=write_content(content) if kind != "ycert" else None,
            )
        )
        if stored is not None:
            rows.keep_files(session, new, (Carrier(kind, stored.sha256, stored.media_type, ""),), now)
        return rows.entry(session, self.region, new)
