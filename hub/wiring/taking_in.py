"""Takes certificates in that other systems issued 归集入库: verified first, graded, kept as they came and never signed again.

A file is A or B, a row of data from the issuer C, a row with a scan or typed at the window D. The same again is the first one. A version that is there with
other contents is a conflict, which a person settles with the issuer: nothing is overwritten.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import insert, select, update

from certificates.apart.judging import was_stopped
from certificates.certificate import CITIZEN_ID, MEDIA_TYPE, CertificateContent, read, read_content, write_content
from certificates.status import VALID
from certificates.trust import Trust
from hub.clock import new_id
from hub.errors import BadInput, HubError
from hub.grades import GRADES
from hub.registry import rows
from hub.registry.acts import Act
from hub.registry.grading import grade_of
from hub.registry.records import Record, differences
from hub.registry.rows import Carrier, Doing
from hub.store import files as file_rows
from hub.store import subjects
from hub.store.database import Database, Session
from hub.store.files import Files, StoredFile
from hub.store.tables import certificates
from hub.wiring.verification import judged

_c = certificates.c
KINDS = {"ycert": MEDIA_TYPE, "ofd": "application/ofd", "pdf": "application/pdf"}
"""Formats that are taken in, each with its media type."""


SCAN = "scan"
"""The kind of a file that is a picture of a certificate."""


SCANNED = "扫描件，没有签名"
TYPED = "由窗口人员录入，不是颁发机关提供的数据，没有签名，须与原件核对"
"""Who gave a row of grade D, as the act of import says it."""
GIVEN_HERE = "证照标识由本证照库赋码"
"""Said of an identifier that the issuer's system did not give."""


@dataclass(frozen=True)
class By:
    """Who brings it in: an account, `system:<department>` or `command`, for which organisation."""

    subject: str
    organisation: str


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
class Told:
    """What is about to be kept: what it says, its grade and why, and the kind of the file that says it. `unsaid` are days that nobody told
    (`records.differences`): where the certificate is there already, its own count."""

    content: CertificateContent = field(repr=False)
    letter: str
    why: str
    kind: str
    media_type: str
    suite: str = ""
    status: str = VALID
    unsaid: tuple[str, ...] = ()

    @property
    def signed(self) -> bool:
        return self.letter in ("A", "B")


@dataclass(frozen=True)
class NotTaken:
    """A file that may not be relied on. `rule` is the first check that it failed, `says` whether it claims to be a certificate that was
    signed: then it is refused for what it is, and never taken for a mere picture."""

    rule: str
    why: str
    says: bool


def judge(file: bytes, trust: Trust, at: datetime) -> Told | NotTaken:
    """The file as it may be kept, by the verifier's verdict; nothing is kept. Raises nothing on any bytes, HubError where nothing can be judged."""
    report = judged(file, trust, at)
    if was_stopped(report):
        return NotTaken("format", report.checks[0].sentence, says=True)
    grade, content = grade_of(report, file), report.content
    if not grade.letter or content is None or report.format not in KINDS:
        mere = content is None or (report.format not in KINDS and report.ok)
        return NotTaken(report.failed[0] if report.failed else "signature", grade.why, not mere)
    suite = report.certificate.envelope.suite if report.certificate else ""
    return Told(content, grade.letter, grade.why, report.format, KINDS[report.format], suite)


@dataclass(frozen=True)
class TakingIn:
    """`region` and `index_key` are the hub's."""

    database: Database
    files: Files
    region: str
    index_key: bytes = field(repr=False)

    def take(self, file: bytes, trust: Trust, by: By, now: datetime, only: str = "") -> Taken:
        """Judge the file and keep it; `only`: the credit code of whose certificates alone it may be. Raises ImportRefused, ImportConflict."""
        told = judge(file, trust, now)
        if isinstance(told, NotTaken):
            raise ImportRefused(f"没有归集：{told.why}", {"file": "未通过核验"})
        if only and told.content.authority.code != only:
            raise ImportRefused("没有归集：只能归集本部门颁发的证照。", {"authority": "不是本部门"})
        stored = self.files.keep(file, told.media_type)
        # From here the file is on disk; a crash leaves it without a row, and the same file again has both.
        with self.database.write() as session:
            return self.enter(session, told, stored, by, now)

    def take_record(
        self, record: Record, scan: StoredFile | None, by: By, now: datetime, *, from_issuer: bool
    ) -> Taken:
        """Keep what a row says: as C what the issuer told as data (`from_issuer`), else as D, also with a scan. Raises ImportConflict."""
        letter = "C" if from_issuer and scan is None else "D"
        said = GRADES["C"] if letter == "C" else SCANNED if scan is not None else TYPED
        why = said + ("。" if record.given else f"；{GIVEN_HERE}。")
        media_type = scan.media_type if scan is not None else ""
        told = Told(record.content, letter, why, SCAN, media_type, status=record.status)
        with self.database.write() as session:
            return self.enter(session, told, scan, by, now)

    def enter(self, session: Session, told: Told, stored: StoredFile | None, by: By, now: datetime) -> Taken:
        """The entry of what was told, in the caller's transaction; its file is on disk. The same again is the first. Raises ImportConflict."""
        identifier = str(told.content.identifier)
        known = session.execute(select(_c.id).where(_c.identifier == identifier)).first()
        if known is not None:
            same = self._same(session, known.id, told, stored)
            return Taken(self._confirmed(session, same, told, by, now), known=True)
        if stored is not None:
            file_rows.note(session, stored, now)
        new = self._enter(session, told, stored, now)
        key = f"import:{stored.sha256 if told.signed and stored is not None else identifier}"
        doing = Doing(Act.IMPORT, by.subject, by.organisation, told.why, "", key)
        rows.note(session, new, doing, told.status, told.status, now)
        return Taken(new, known=False)

    def _same(self, session: Session, certificate_id: str, told: Told, stored: StoredFile | None) -> rows.Entry:
        """The one that is there, if it says the same. What nobody signed adds nothing to one that was signed: that one is the stronger.
        Another carrier of a version that is there, or another content, is for a person."""
        one = rows.entry(session, self.region, certificate_id)
        files = {carrier.file for carrier in rows.files_of(session, one.id).values()}
        if told.signed:
            if stored is not None and stored.sha256 in files:
                return one
            message = "证照库里已有这一版本，而文件不同。请向颁发机构核实哪一份是真的。"
            raise ImportConflict(message, one, ("file",))
        there = self._content(one)
        differs = differences(there, told.content) if there is not None else ("content",)
        differs = tuple(name for name in differs if name not in told.unsaid)
        if not told.unsaid:
            differs += ("status",) if one.status != told.status else ()
            differs += ("scan",) if stored is not None and stored.sha256 not in files else ()
        if not differs:
            return one
        message = "证照库里已有这本证照，而内容不同，没有改动库中的证照。请向颁发机构核实。"
        raise ImportConflict(message, one, differs)

    def _confirmed(self, session: Session, one: rows.Entry, told: Told, by: By, now: datetime) -> rows.Entry:
        """What was a scan or typed at the window, and its issuer says the same as data: it rests on the issuer's word from now on."""
        if (one.trust, told.letter) != ("D", "C"):
            return one
        session.execute(update(certificates).where(_c.id == one.id).values(trust=told.letter))
        doing = Doing(Act.IMPORT, by.subject, by.organisation, told.why, "", f"import:{told.letter}:{one.identifier}")
        rows.note(session, one, doing, one.status, one.status, now)
        return rows.entry(session, self.region, one.id)

    def _content(self, one: rows.Entry) -> CertificateContent | None:
        if one.draft:
            return read_content(one.draft)
        return read(self.files.read(one.file)).content if one.file else None

    def _enter(self, session: Session, told: Told, stored: StoredFile | None, now: datetime) -> rows.Entry:
        content, kind = told.content, told.kind
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
                suite=told.suite,
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
