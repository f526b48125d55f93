"""Certificates that other systems issued and that have no signed file: rows of data from the issuer (grade C), rows typed at the
window or with a scan (D), many at once. It signs nothing.

Each row is a transaction of its own, and the same row again is the first: a run that broke off is run again. A row that is not taken is told with
its column and why; one that contradicts what is there is shown and overwrites nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, cast

from hub.clock import local
from hub.errors import BadInput, HubError, NotAllowed
from hub.identity.principal import Principal, Role
from hub.registry import rows
from hub.registry.acts import Act
from hub.registry.records import COLUMNS, Record, RowRefused, read_record
from hub.registry.rows import Doing
from hub.sharinglog import Operator, Provider, ReceivedBatch, SharingLog
from hub.store.files import StoredFile
from hub.wiring import calls, taking_in
from hub.wiring.access import need, operator
from hub.wiring.registry import RegistryParts, row_of
from hub.wiring.registry_log import RegistryLog
from hub.wiring.registry_views import CertificateRow
from hub.wiring.taking_in import SCAN, ImportConflict, Taken, TakingIn

MOST_ROWS = 500
"""Rows of one call; a longer list is sent in parts, or by `yijian registry import`."""
SCANS: Mapping[str, bytes] = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "application/pdf": b"%PDF-"}  # fmt: skip
"""Scans by media type, and how such a file begins: the declared type alone is not believed."""
LARGEST_SCAN = 10_000_000
TAKEN, KNOWN, REFUSED, CONFLICT = "taken", "known", "refused", "conflict"


@dataclass(frozen=True)
class RowResult:
    """What became of a row, counted from 1. `column` and `why` are of one that was refused, `differs` of a conflict. No value is in it."""

    row: int
    result: str
    id: str = ""
    identifier: str = ""
    trust: str = ""
    column: str = ""
    why: str = ""
    differs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scan:
    """A picture of a certificate."""

    body: bytes = field(repr=False)
    media_type: str


@dataclass(frozen=True, kw_only=True)
class By(taking_in.By):
    """Besides, as whom the log names them; `only`: the department whose certificates alone it may be."""

    who: Operator
    only: str = ""


class Bringing:
    def __init__(self, parts: RegistryParts, log: SharingLog) -> None:
        self._of, self._log = parts, log
        self._acts = RegistryLog(log, parts.database, parts.region)
        self._taking = TakingIn(parts.database, parts.files, parts.region, parts.index_key)

    def records(self, p: Principal, given: Iterable[Mapping[str, str]], key: str) -> tuple[RowResult, ...]:
        """Rows of data, from a department's system (its own certificates alone: C) or typed at the window (D). The delivery is in the log first. The same key
        and content again: the first answer, or the rest of the work where it broke off.

        Raises BadInput (ROWS_MISSING, ROWS_TOO_MANY), KeyReused (recorded)."""
        need(p, Role.DEPARTMENT, Role.CLERK)
        found = [dict(row) for row in given]
        if not found:
            raise BadInput("Send at least one row.", code="ROWS_MISSING")
        if len(found) > MOST_ROWS:
            raise BadInput(f"Send at most {MOST_ROWS} rows at once, the rest in further calls.", code="ROWS_TOO_MANY")
        by, body = _by(p), json.dumps(found, sort_keys=True, ensure_ascii=False).encode()
        call = calls.call_of(p, key, "records", found)
        with self._acts.taking_rows(p, body), self._of.database.write() as session:
            first = calls.begin(session, call, self._of.clock())
        if first is not None:
            return tuple(_told_before(one) for one in cast("Sequence[Mapping[str, Any]]", first["rows"]))
        self.note(by, body, len(found))
        told = tuple(self.take(by, number, row, None) for number, row in enumerate(found, start=1))
        with self._of.database.write() as session:
            calls.remember(session, call, {"rows": [{**vars(one), "differs": list(one.differs)} for one in told]})
        return told

    def scan(self, p: Principal, row: Mapping[str, str], scan: Scan) -> CertificateRow:
        """A paper certificate: what a clerk reads from it, and its scan. It is looked at once more before it stands for anything.

        Raises BadInput (SCAN_UNREADABLE, RECORD_REFUSED), ImportConflict, HubError (TOO_LARGE)."""
        need(p, Role.CLERK)
        by = _by(p)
        try:
            record = self._read(by, row)
        except RowRefused as e:
            raise BadInput(f"没有归集：{e.why}（{e.column}）。", {e.column: e.why}, code="RECORD_REFUSED") from e
        stored = self.kept(scan)
        self.note(by, scan.body, 1)
        now = self._of.clock()
        taken = self._taking.take_record(record, stored, by, now, from_issuer=False)
        return row_of(self._of.catalogs.current(), taken.entry)

    def check(self, p: Principal, certificate_id: str, reason: str, key: str) -> CertificateRow:
        """A clerk has compared an imported certificate with its original: from now on it may stand for what its grade allows.

        Raises NotAllowed (CERTIFICATE_NOT_IMPORTED), BadInput (REASON_MISSING), KeyReused."""
        with self._acts.acting(p, Act.CHECK.value, certificate_id):
            return self._check(p, certificate_id, reason, key)

    def _check(self, p: Principal, certificate_id: str, reason: str, key: str) -> CertificateRow:
        need(p, Role.CLERK)
        if not reason.strip():
            raise BadInput("请写明怎样核对的。", {"reason": "请写明怎样核对的"}, code="REASON_MISSING")
        with self._of.database.write() as session:
            one = rows.entry(session, self._of.region, certificate_id)
            if one.origin != "imported":
                raise NotAllowed("这本证照由本中心签发，不用核对。", code="CERTIFICATE_NOT_IMPORTED")
            doing = Doing(Act.CHECK, p.subject, p.organisation, reason.strip(), "", key)
            call = calls.call_of(p, key, f"check {one.id}", doing.reason)
            if calls.begin(session, call, self._of.clock()) is None and not rows.was_done(session, one, doing):
                calls.remember(session, call, {})
                rows.note(session, one, doing, one.status, one.status, self._of.clock())
                self._acts.about_to(p, Act.CHECK.value, one.id, doing.reason)
        return row_of(self._of.catalogs.current(), one)

    # --- for whoever brings many --------------------------------------------------------------------------------------------

    def note(self, by: By, body: bytes, count: int) -> None:
        """The delivery, in the log before a row of it may be used."""
        digest = sha256(body).digest()
        provider = Provider(by.only or by.organisation, "registry.import", "证照归集")
        self._log.append(
            ReceivedBatch(provider, digest.hex(), digest, count, COLUMNS, "taken", who=by.who, size=len(body))
        )

    def take(self, by: By, number: int, row: Mapping[str, str], scan: Scan | None) -> RowResult:
        """One row, in a transaction of its own. Raises nothing on any row; a full disk or a log that is away it does raise."""
        try:
            record = self._read(by, row)
            stored = self.kept(scan) if scan is not None else None
            now = self._of.clock()
            taken = self._taking.take_record(record, stored, by, now, from_issuer=bool(by.only))
        except RowRefused as e:
            return RowResult(number, REFUSED, column=e.column, why=e.why)
        except BadInput as e:
            return RowResult(number, REFUSED, column=SCAN, why=str(e))
        except ImportConflict as e:
            return RowResult(number, CONFLICT, e.entry.id, e.entry.identifier, e.entry.trust, why=str(e), differs=e.differs)  # fmt: skip
        return _result(number, taken)

    def take_file(self, by: By, number: int, file: bytes) -> RowResult:
        """One signed file, as `RegistryBundle.take_in` takes it, told as a row."""
        of = self._of
        try:
            only = of.catalogs.current().departments[by.only].uscc if by.only else ""
            taken = self._taking.take(file, of.trust(), by, of.clock(), only)
        except ImportConflict as e:
            return RowResult(number, CONFLICT, e.entry.id, e.entry.identifier, e.entry.trust, why=str(e), differs=e.differs)  # fmt: skip
        except BadInput as e:
            return RowResult(number, REFUSED, column="file", why=str(e))
        return _result(number, taken)

    def kept(self, scan: Scan) -> StoredFile:
        """Raises BadInput (SCAN_UNREADABLE), HubError (TOO_LARGE)."""
        if len(scan.body) > LARGEST_SCAN:
            raise HubError(f"扫描件超过 {LARGEST_SCAN // 1_000_000} MB。", code="TOO_LARGE", status=413)
        begin = SCANS.get(scan.media_type)
        if begin is None or not scan.body.startswith(begin):
            raise BadInput(
                "扫描件应为 PNG、JPEG 或 PDF，内容须与类型相符。", {"scan": "请换文件"}, code="SCAN_UNREADABLE"
            )
        return self._of.files.keep(scan.body, scan.media_type)

    def _read(self, by: By, row: Mapping[str, str]) -> Record:
        site = self._of.catalogs.current()
        record = read_record(site, row, local(self._of.clock()).date())
        if by.only and record.content.authority.code != site.departments[by.only].uscc:
            raise RowRefused("authority", "只能归集本部门颁发的证照")
        return record


def _result(number: int, taken: Taken) -> RowResult:
    one = taken.entry
    return RowResult(number, KNOWN if taken.known else TAKEN, one.id, one.identifier, one.trust)


def _told_before(one: Mapping[str, Any]) -> RowResult:
    return RowResult(**{**one, "differs": tuple(one["differs"])})


def _by(p: Principal) -> By:
    if Role.DEPARTMENT in p.roles:
        who = Operator(p.organisation, "yijian", auth="signature")
        return By(f"system:{p.organisation}", p.organisation, who=who, only=p.organisation)
    return By(p.subject, p.organisation, who=operator(p))
