"""The auditor's bundle: search, records with their proofs, disclosure, verification. Its own looks are in the log too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from catalog.dictionary import BadValue, canonical
from catalog.types import FieldDefinition, FieldType, Site
from hub.clock import Clock
from hub.errors import BadInput, NotThere
from hub.identity.principal import Principal, Role
from hub.sharinglog import NotDisclosable, Row, SharingLog, notes
from hub.sharinglog.labels import is_subject
from hub.sharinglog.tree import leaf_hash
from hub.store.catalogs import Catalogs
from hub.store.database import Database
from hub.store.tables import accounts
from hub.wiring.access import Looks, need
from hub.wiring.listings import AuditList, AuditRecord, AuditRow, Check, LogHealth
from hub.wiring.titles import title, titles_of

PAGE = 50

VERDICTS = {"ok": "passed", "failed": "failed"}

TITLES = {
    "intent": "询问",
    "outcome": "答复",
    "denied": "拒绝询问",
    "lost": "询问中断",
    "sent": "发送",
    "received-batch": "接收批量文件",
    "viewed": "查看",
    "admin": "管理操作",
    "erased": "清除个人信息",
}


@dataclass(frozen=True)
class _Head:
    note: str
    size: int


class AuditorBundle:
    def __init__(self, database: Database, log: SharingLog, catalogs: Catalogs, clock: Clock) -> None:
        self._database, self._log, self._catalogs, self._clock = database, log, catalogs, clock
        self._looks = Looks(log)
        self._verified_at: datetime | None = None

    @property
    def verified_at(self) -> datetime | None:
        """When somebody last checked the whole log through this process."""
        return self._verified_at

    def search(
        self,
        p: Principal,
        subject: str = "",
        case_no: str = "",
        operator: str = "",
        provider: str = "",
        phase: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
    ) -> AuditList:
        """Newest first. The search itself is in the log before its result is shown. Raises BadInput for a mistyped identifier."""
        need(p, Role.AUDITOR)
        terms = {"subject": subject, "case_no": case_no, "operator": operator, "provider": provider, "phase": phase}
        found = self._log.search(
            subject=_identifier(subject) or None,
            case_no=case_no.strip() or None,
            operator=self._account(operator.strip()) if operator.strip() else None,
            provider=self._department(provider.strip()) or None,
            phase=phase or None,
            since=since,
            until=until,
            limit=PAGE + 1,
            before_seq=before,
        )
        asked = json.dumps({k: v for k, v in terms.items() if v}, ensure_ascii=False)
        self._looks.record(p, "audit-search", "search", rows=min(len(found), PAGE), query=asked)
        page = found[:PAGE]
        clear = self._log.disclose_rows(page)
        names, site = self._names(), self._catalogs.current()
        titles = titles_of(site)
        rows = tuple(_row(r, clear.get(r.seq, {}), names, site, titles) for r in page)
        return AuditList(rows, page[-1].seq if len(found) > PAGE else None)

    def record(self, p: Principal, seq: int) -> AuditRecord:
        """One record with its inclusion proof. Raises NotThere."""
        need(p, Role.AUDITOR)
        record = self._record(seq, None)
        self._looks.record(p, "audit-record", "screen", rows=1)
        return record

    def disclose(self, p: Principal, seq: int, reason: str) -> AuditRecord:
        """The record with the values behind its commitments. Raises BadInput without a reason."""
        need(p, Role.AUDITOR)
        if not reason.strip():
            raise BadInput(
                "查看明文必须写明理由，理由会记入共享日志。", {"reason": "请填写理由"}, code="REASON_MISSING"
            )
        values = self._with_question(seq, self._log.disclose(seq))
        about = [value for label, value in values.items() if is_subject(label)]
        asked = f"{seq}: {reason}"
        self._looks.record(p, "audit-disclosure", "screen", fields=values, subjects=about, rows=1, query=asked)
        return self._record(seq, values)

    def _with_question(self, seq: int, values: dict[str, str]) -> dict[str, str]:
        """An answer's own values say little without its question's: about whom, in which case. Its own stand first."""
        entry = next(iter(self._log.entries(seq, seq + 1)), None)
        asked = entry.record.get("intent_seq") if entry is not None else None
        if not isinstance(asked, int):
            return values
        with suppress(NotDisclosable):
            return values | {label: value for label, value in self._log.disclose(asked).items() if label not in values}
        return values

    def health(self, p: Principal) -> LogHealth:
        need(p, Role.AUDITOR, Role.OPERATOR)
        return log_health(self._log, self._verified_at)

    def verify(self, p: Principal) -> tuple[Check, ...]:
        """Check the whole log against its own bytes and signed heads."""
        need(p, Role.AUDITOR)
        report = self._log.verify()
        self._verified_at = self._clock()
        return tuple(Check(c.name, VERDICTS.get(c.result, "skipped"), c.detail) for c in report.checks)

    def _record(self, seq: int, disclosed: Mapping[str, str] | None) -> AuditRecord:
        head = self._head(seq)
        entry = next(iter(self._log.entries(seq, seq + 1)), None) if 0 <= seq < head.size else None
        if entry is None:
            raise NotThere("日志中没有这个序号。", code="RECORD_NOT_THERE")
        row = next((r for r in self._log.search(limit=1, before_seq=seq + 1) if r.seq == seq), None)
        if row is None:
            raise NotThere("日志索引尚未更新，请稍后再试。", code="RECORD_NOT_THERE")
        clear, site = self._log.disclose_rows([row]).get(seq, {}), self._catalogs.current()
        return AuditRecord(
            row=_row(row, clear, self._names(), site, titles_of(site)),
            leaf_json=json.dumps(entry.record, ensure_ascii=False, indent=2, sort_keys=True),
            leaf_hash=leaf_hash(entry.leaf).hex(),
            proof=tuple(node.hex() for node in self._log.inclusion_proof(seq, head.size)),
            checkpoint=head.note,
            size=head.size,
            root=self._log.root(head.size).hex(),
            disclosed=disclosed,
        )

    def _head(self, seq: int) -> _Head:
        """A signed head that covers the record: proof and checkpoint must speak of the same tree."""
        note = self._log.checkpoint()
        if notes.read(note).size <= seq:
            note = self._log.publish_checkpoint()
        return _Head(note, notes.read(note).size)

    def _account(self, username: str) -> str:
        with self._database.read() as session:
            found = session.execute(select(accounts.c.id).where(accounts.c.username == username.lower())).scalar()
        return str(found or username)

    def _department(self, text: str) -> str:
        """A department's code by its name; a code is taken as it is."""
        named = (code for code, d in self._catalogs.current().departments.items() if d.name == text)
        return next(named, text)

    def _names(self) -> Mapping[str, str]:
        with self._database.read() as session:
            return {row.id: row.name for row in session.execute(select(accounts.c.id, accounts.c.name))}


def _identifier(text: str) -> str:
    """As identifiers are kept. Raises BadInput for what is none: a mistyped number would find nothing, as if nothing had happened."""
    if not text.strip():
        return ""
    for kind in (FieldType.ID_NUMBER, FieldType.USCC):
        with suppress(BadValue):
            return canonical(FieldDefinition(kind.value, "证件号码", kind), text)
    raise BadInput(
        "证件号码校验未通过：请核对居民身份证号码（18 位）或统一社会信用代码；没有查询，也不代表没有记录。",
        {"subject": "校验未通过"},
        code="IDENTIFIER_WRONG",
    )


def log_health(log: SharingLog, verified_at: datetime | None) -> LogHealth:
    """The log's state for auditors and operators."""
    found = log.health()
    return LogHealth(
        size=found.size,
        root=log.root().hex(),
        checkpoint_age=found.checkpoint_age_s,
        unpaired=found.unpaired,
        verified_at=verified_at,
        last=found.last_append,
        oldest_unpaired=found.oldest_unpaired_s,
        pending=found.pending,
        unsearchable=found.projection_lag,
        held=found.held,
        advice=found.advice,
    )


def _row(r: Row, clear: Mapping[str, str], names: Mapping[str, str], site: Site, titles: Mapping[str, str]) -> AuditRow:
    record = r.record
    provider = r.provider or str(record.get("receiver") or "")
    resource = site.resources.get(r.catalog or "")
    about = str(record.get("screen") or record.get("channel") or record.get("action") or "")
    return AuditRow(
        seq=r.seq,
        time=r.time,
        phase=r.phase,
        title=TITLES.get(r.phase, r.phase),
        operator=names.get(clear.get("operator", ""), clear.get("operator", "")),
        organisation=r.consumer or "",
        provider=site.departments[provider].name if provider in site.departments else provider,
        resource=resource.title if resource else r.service or about,
        fields=r.fields,
        purpose=_matter_title(site, r.purpose or ""),
        ground=r.ground or "",
        result=r.result or "",
        case_no=clear.get("application", ""),
        intent_seq=r.intent_seq,
        field_titles=tuple(title(titles, name) for name in r.fields),
    )


def _matter_title(site: Site, purpose: str) -> str:
    """A grant's purpose is a matter's code; what is none is shown as it is."""
    return site.matters[purpose].title if purpose in site.matters else purpose
