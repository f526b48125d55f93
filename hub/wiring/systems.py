"""The bundles for systems: departments report on their item cases, the platform files and withdraws. Each call is taken once.

A call is known by (sender, key): the same body again gets the first answer, another body under the same key is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from sqlalchemy import Row, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub.cases import approval, deadlines
from hub.cases.load import id_of_item_number, id_of_number
from hub.clock import Clock, new_id
from hub.errors import NotAllowed, NotNow, NotThere
from hub.identity import peers
from hub.identity.principal import Principal, Role
from hub.identity.signing import Arrived
from hub.store.database import Database, Session
from hub.store.sealing import Plain
from hub.store.tables import filings, inbound_calls
from hub.wiring.desk import Desk
from hub.wiring.reports import Acceptance, Decision, Reports, SpecialProcedure


@dataclass(frozen=True)
class ReportTaken:
    """That a report is in: the item case's and the case's state after it. `again`: it had been taken before."""

    item_no: str
    state: str
    case_state: str
    again: bool = False


@dataclass(frozen=True)
class ItemCaseState:
    item_no: str
    item: str
    case_no: str
    state: str
    department_no: str
    due_on: str


@dataclass(frozen=True)
class Filing:
    """An online filing as the platform submits it; `values` are the applicant's own words by form key."""

    matter: str
    answers: Mapping[str, str]
    chosen: tuple[str, ...]
    parties: Mapping[str, Mapping[str, str]] = field(repr=False)
    delivery: Mapping[str, str]
    values: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class FilingState:
    id: str
    state: str
    case_no: str = ""


class DepartmentBundle:
    def __init__(self, database: Database, desk: Desk, clock: Clock) -> None:
        self._database, self._desk, self._clock = database, desk, clock
        self._reports = Reports(desk)

    def authenticate(self, arrived: Arrived, now: datetime) -> Principal:
        """Who signed the request. Raises TokenRefused."""
        with self._database.write(quiet=True) as session:
            return peers.verify(session, arrived, now)

    def acceptance(self, p: Principal, item_no: str, key: str, report: Acceptance) -> ReportTaken:
        _need(p, Role.DEPARTMENT)
        return self._take(
            p,
            item_no,
            key,
            report,
            lambda s, now: self._reports.acceptance(s, p.organisation, item_no, report, p.organisation, now),
        )

    def decision(self, p: Principal, item_no: str, key: str, report: Decision) -> ReportTaken:
        _need(p, Role.DEPARTMENT)
        return self._take(
            p,
            item_no,
            key,
            report,
            lambda s, now: self._reports.decision(s, p.organisation, item_no, report, p.organisation, now),
        )

    def special_procedure(self, p: Principal, item_no: str, key: str, report: SpecialProcedure) -> ReportTaken:
        _need(p, Role.DEPARTMENT)
        return self._take(
            p,
            item_no,
            key,
            report,
            lambda s, now: self._reports.special_procedure(s, p.organisation, item_no, report, p.organisation, now),
        )

    def pre_review(self, p: Principal, item_no: str, key: str) -> ReportTaken:
        _need(p, Role.DEPARTMENT)
        return self._take(
            p,
            item_no,
            key,
            "pre_review",
            lambda s, now: self._reports.pre_review(s, p.organisation, item_no, p.organisation, now),
        )

    def item_case(self, p: Principal, item_no: str) -> ItemCaseState:
        _need(p, Role.DEPARTMENT)
        with self._database.read() as session:
            scene = self._desk.scene(session, id_of_item_number(session, item_no, self._desk.region, p.organisation))
        own = scene.case.numbered(item_no)
        due = deadlines.due(own.segments, scene.item(own.item).promised_workdays, scene.calendar)
        return ItemCaseState(
            item_no,
            own.item,
            scene.case.case_no,
            own.state.value,
            own.department_no,
            due.on.isoformat() if due.on else "",
        )

    def _take(
        self, p: Principal, item_no: str, key: str, report: object, apply: Callable[[Session, datetime], object]
    ) -> ReportTaken:
        digest = digest_of(item_no, report)
        with self._database.write() as session:
            known = answered(session, p.organisation, key, digest, self._clock())
            if known is not None:
                return ReportTaken(str(known["item_no"]), str(known["state"]), str(known["case_state"]), again=True)
            now = self._clock()
            apply(session, now)
            scene = self._desk.scene(session, id_of_item_number(session, item_no, self._desk.region, p.organisation))
            taken = ReportTaken(item_no, scene.case.numbered(item_no).state.value, scene.case.state.value)
            answer: dict[str, Plain] = {"item_no": item_no, "state": taken.state, "case_state": taken.case_state}
            remember(session, p.organisation, key, answer)
            return taken


class PlatformBundle:
    def __init__(self, database: Database, desk: Desk, clock: Clock) -> None:
        self._database, self._desk, self._clock = database, desk, clock

    def file(self, p: Principal, key: str, filing: Filing) -> FilingState:
        """Keep an online filing for a clerk (seed 000 二(二)2). Raises NotThere for a matter that the catalog does not have."""
        _need(p, Role.PLATFORM)
        if filing.matter not in self._desk.catalogs.current().matters:
            raise NotThere("The catalog has no such matter; see GET /api/v1/catalog/matters.", code="MATTER_NOT_THERE")
        digest = digest_of("", filing)
        with self._database.write() as session:
            known = answered(session, p.organisation, key, digest, self._clock())
            if known is not None:
                return self._state(session, p, str(known["id"]))
            now = self._clock()
            filing_id = new_id(now)
            body = cast(dict[str, Plain], json.loads(json.dumps(_jsonable(filing))))
            session.execute(
                insert(filings).values(
                    id=filing_id,
                    region=self._desk.region,
                    sender=p.organisation,
                    key=key,
                    matter=filing.matter,
                    state="waiting",
                    body=body,
                    received_at=now,
                )
            )
            remember(session, p.organisation, key, {"id": filing_id})
            return FilingState(filing_id, "waiting")

    def filing(self, p: Principal, filing_id: str) -> FilingState:
        _need(p, Role.PLATFORM)
        with self._database.read() as session:
            return self._state(session, p, filing_id)

    def withdraw(self, p: Principal, filing_id: str, key: str, reason: str) -> FilingState:
        """Take a filing back; one that is a case already is withdrawn as far as nothing is decided. Raises NotThere, NotNow."""
        _need(p, Role.PLATFORM)
        digest = digest_of(filing_id, reason)
        with self._database.write() as session:
            if answered(session, p.organisation, key, digest, self._clock()) is None:
                now = self._clock()
                row = self._row(session, p, filing_id)
                if row.state == "waiting":
                    session.execute(update(filings).where(filings.c.id == filing_id).values(state="withdrawn"))
                elif row.case_id:
                    scene = self._desk.scene(session, row.case_id, lock=True)
                    self._desk.do(session, scene, approval.withdraw(scene.case, reason), p.organisation, now)
                    session.execute(update(filings).where(filings.c.id == filing_id).values(state="withdrawn"))
                remember(session, p.organisation, key, {"id": filing_id})
            return self._state(session, p, filing_id)

    def case(self, p: Principal, case_no: str) -> tuple[ItemCaseState, ...]:
        """The state of every item (X-01)."""
        _need(p, Role.PLATFORM)
        with self._database.read() as session:
            scene = self._desk.scene(session, id_of_number(session, case_no, self._desk.region))
        found = []
        for own in scene.case.items:
            due = deadlines.due(own.segments, scene.item(own.item).promised_workdays, scene.calendar)
            found.append(
                ItemCaseState(
                    own.item_no,
                    own.item,
                    case_no,
                    own.state.value,
                    own.department_no,
                    due.on.isoformat() if due.on else "",
                )
            )
        return tuple(found)

    def _row(self, session: Session, p: Principal, filing_id: str) -> Row[tuple[object, ...]]:
        row = session.execute(
            select(filings).where(filings.c.id == filing_id, filings.c.sender == p.organisation)
        ).first()
        if row is None:
            raise NotThere("There is no such filing of this platform.", code="FILING_NOT_THERE")
        return row

    def _state(self, session: Session, p: Principal, filing_id: str) -> FilingState:
        row = self._row(session, p, filing_id)
        case_no = self._desk.scene(session, row.case_id).case.case_no if row.case_id else ""
        return FilingState(row.id, row.state, case_no)


def answered(session: Session, sender: str, key: str, digest: str, now: datetime) -> Mapping[str, Plain] | None:
    """The first answer to this call, if it came before; None makes it this caller's to answer.

    Two that come at once take turns here: the second waits for the first one's transaction. Raises NotNow when the key was used
    for another body.
    """
    claim = (sqlite if session.dialect.name == "sqlite" else postgresql).insert(inbound_calls)
    claim = claim.values(sender=sender, key=key, digest=digest, status=200, answer={}, at=now)
    if session.execute(claim.on_conflict_do_nothing().returning(inbound_calls.c.key)).first() is not None:
        return None
    row = session.execute(
        select(inbound_calls.c.digest, inbound_calls.c.answer).where(
            inbound_calls.c.sender == sender, inbound_calls.c.key == key
        )
    ).one()
    if row.digest != digest:
        raise NotNow(
            "This Idempotency-Key was used for another request; make a new key for a new request.", code="KEY_REUSED"
        )
    return cast(Mapping[str, Plain], row.answer)


def remember(session: Session, sender: str, key: str, answer: Mapping[str, Plain]) -> None:
    """Keep the answer in the transaction of the effect."""
    own = (inbound_calls.c.sender == sender, inbound_calls.c.key == key)
    session.execute(update(inbound_calls).where(*own).values(answer=dict(answer)))


def digest_of(about: str, body: object) -> str:
    """SHA-256 of what a call says, so that a key cannot stand for two."""
    text = json.dumps([about, _jsonable(body)], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _jsonable(value: object) -> object:
    if hasattr(value, "__dataclass_fields__"):
        return {name: _jsonable(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, Mapping):
        return {str(k): _jsonable(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_jsonable(v) for v in value]
    return value


def _need(p: Principal, role: Role) -> None:
    if role not in p.roles:
        raise NotAllowed(f"Only a {role.value} system may call this.", code="ROLE_MISSING")
