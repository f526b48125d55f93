"""The bundles for systems: departments report on their item cases, the platform files and withdraws. Each call is taken once.

A call is known by (sender, key): the same body again gets the first answer, another body under the same key is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from sqlalchemy import Row, insert, select, update

from hub.cases import deadlines, withdrawal
from hub.cases.load import id_of_item_number, id_of_number
from hub.cases.plain import PlainCase, PlainItem
from hub.clock import Clock, new_id
from hub.errors import NotAllowed, NotThere
from hub.identity import peers
from hub.identity.principal import Principal, Role
from hub.identity.signing import Arrived
from hub.store.database import Database, Session
from hub.store.sealing import Plain
from hub.store.tables import filings
from hub.wiring import calls
from hub.wiring.desk import Desk
from hub.wiring.reports import Acceptance, Decision, Reports, SpecialProcedure
from hub.wiring.scene import Scene


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
        """Who signed the request. Raises TokenRefused, NotAllowed for a system of another region."""
        with self._database.write(quiet=True) as session:
            p = peers.verify(session, arrived, now)
        if p.region != self._desk.region:
            raise NotAllowed("This hub serves another region; call your own region's hub.", code="OTHER_REGION")
        return p

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
        return _state_of(scene, scene.case.numbered(item_no))

    def _take(
        self, p: Principal, item_no: str, key: str, report: object, apply: Callable[[Session, datetime], PlainCase]
    ) -> ReportTaken:
        call = calls.Call(p.organisation, key, calls.digest_of(item_no, report))
        with self._database.write() as session:
            now = self._clock()
            known = calls.begin(session, call, now)
            if known is not None:
                return ReportTaken(str(known["item_no"]), str(known["state"]), str(known["case_state"]), again=True)
            case = apply(session, now)
            taken = ReportTaken(item_no, case.numbered(item_no).state.value, case.state.value)
            answer: dict[str, Plain] = {"item_no": item_no, "state": taken.state, "case_state": taken.case_state}
            calls.remember(session, call, answer)
            return taken


class PlatformBundle:
    def __init__(self, database: Database, desk: Desk, clock: Clock) -> None:
        self._database, self._desk, self._clock = database, desk, clock

    def file(self, p: Principal, key: str, filing: Filing) -> FilingState:
        """Keep an online filing for a clerk (seed 000 二(二)2). Raises NotThere for a matter that the catalog does not have."""
        _need(p, Role.PLATFORM)
        if filing.matter not in self._desk.catalogs.current().matters:
            raise NotThere("The catalog has no such matter; see GET /api/v1/catalog/matters.", code="MATTER_NOT_THERE")
        call = calls.Call(p.organisation, key, calls.digest_of("", filing))
        with self._database.write() as session:
            now = self._clock()
            known = calls.begin(session, call, now)
            if known is not None:
                return self._state(session, p, str(known["id"]))
            filing_id = new_id(now)
            body = cast(dict[str, Plain], json.loads(json.dumps(calls.jsonable(filing))))
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
            calls.remember(session, call, {"id": filing_id})
            return FilingState(filing_id, "waiting")

    def filing(self, p: Principal, filing_id: str) -> FilingState:
        _need(p, Role.PLATFORM)
        with self._database.read() as session:
            return self._state(session, p, filing_id)

    def withdraw(self, p: Principal, filing_id: str, key: str, reason: str) -> FilingState:
        """Take a filing back; one that is a case already is withdrawn as far as nothing is decided. Raises NotThere, NotNow."""
        _need(p, Role.PLATFORM)
        call = calls.Call(p.organisation, key, calls.digest_of(filing_id, reason))
        with self._database.write() as session:
            now = self._clock()
            if calls.begin(session, call, now) is None:
                row = self._row(session, p, filing_id, lock=True)
                if row.case_id and row.state != "withdrawn":
                    scene = self._desk.scene(session, row.case_id, lock=True)
                    facts = self._desk.facts(session, scene, now)
                    step = withdrawal.withdraw(
                        scene.case, scene.terms, reason, facts, self._desk.papers(session, scene)
                    )
                    self._desk.do(session, scene, step, p.organisation, now)
                session.execute(update(filings).where(filings.c.id == filing_id).values(state="withdrawn"))
                calls.remember(session, call, {"id": filing_id})
            return self._state(session, p, filing_id)

    def case(self, p: Principal, case_no: str) -> tuple[ItemCaseState, ...]:
        """The state of every item (X-01)."""
        _need(p, Role.PLATFORM)
        with self._database.read() as session:
            scene = self._desk.scene(session, id_of_number(session, case_no, self._desk.region))
        return tuple(_state_of(scene, own) for own in scene.case.items)

    def _row(self, session: Session, p: Principal, filing_id: str, *, lock: bool = False) -> Row[tuple[object, ...]]:
        """The platform's own filing; `lock` keeps clerks from taking it meanwhile."""
        query = select(filings).where(filings.c.id == filing_id, filings.c.sender == p.organisation)
        row = session.execute(query.with_for_update() if lock else query).first()
        if row is None:
            raise NotThere("There is no such filing of this platform.", code="FILING_NOT_THERE")
        return row

    def _state(self, session: Session, p: Principal, filing_id: str) -> FilingState:
        row = self._row(session, p, filing_id)
        case_no = self._desk.scene(session, row.case_id).case.case_no if row.case_id else ""
        return FilingState(row.id, row.state, case_no)


def _state_of(scene: Scene, own: PlainItem) -> ItemCaseState:
    due = deadlines.due(own.segments, scene.item(own.item).promised_workdays, scene.calendar)
    due_on = due.on.isoformat() if due.on else ""
    return ItemCaseState(own.item_no, own.item, scene.case.case_no, own.state.value, own.department_no, due_on)


def _need(p: Principal, role: Role) -> None:
    if role not in p.roles:
        raise NotAllowed(f"Only a {role.value} system may call this.", code="ROLE_MISSING")
