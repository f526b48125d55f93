"""The work list: the region's cases, newest first, with what each waits for. It changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, select, union_all

from catalog.types import Site
from catalog.workdays import Calendar
from hub.cases import deadlines
from hub.cases.load import load_all
from hub.cases.plain import PlainCase
from hub.cases.states import BEFORE_DECISION, CASE_TITLES
from hub.cases.views import CaseRow
from hub.clock import local
from hub.identity.principal import Principal, Role
from hub.store import subjects
from hub.store.database import Session, by_value
from hub.store.sealing import blind_index
from hub.store.subjects import Subject
from hub.store.tables import cases, materials
from hub.store.tables import subjects as subject_rows
from hub.wiring.access import need
from hub.wiring.case_view import names_of
from hub.wiring.clerk.parts import AtTheCounter

PAGE = 30


SCANNED = 2
"""So few last digits stand on so many numbers that the newest cases are looked through; more are looked up."""


class WorkList(AtTheCounter):
    def work_list(self, p: Principal, query: str, state: str, page: int) -> tuple[tuple[CaseRow, ...], bool]:
        """One page of cases, and whether there are more. What is shown, and a search (by number, or by a party's whole identifier), is in the log first."""
        need(p, Role.CLERK)
        text = query.strip()
        looked_up = len(text) > SCANNED
        region, opened = cases.c.region, cases.c.created_at
        wanted = select(cases.c.id).where((by_value(region) if looked_up else region) == self._desk.region)
        if state:
            wanted = wanted.where(cases.c.state == state)
        if text:
            self._p.looks.record(p, "work-list", "search", query=text)
            wanted = wanted.where(self._found(text))
        wanted = wanted.order_by((by_value(opened) if looked_up else opened).desc(), cases.c.id.desc())
        wanted = wanted.limit(PAGE + 1).offset((max(page, 1) - 1) * PAGE)
        with self._p.database.read() as session:
            ids = list(session.execute(wanted).scalars())
            found = load_all(session, ids[:PAGE], self._desk.region)
            people = subjects.subjects_by_id(session, (case.applicant for case in found))
            rows = self._rows(session, found, people)
        if rows:
            fields, about = ("applicant_name",), [people[c.applicant].identifier if c.applicant else "" for c in found]
            self._p.looks.record(p, "work-list", "screen", fields=fields, subjects=about, rows=len(rows))
        return rows, len(ids) > PAGE

    def _found(self, text: str) -> ColumnElement[bool]:
        """The cases whose number ends so, and those of the applicant with this identifier."""
        s = subject_rows.c
        kinds = ("person", "enterprise")
        blind = [blind_index(self._p.index_key, self._desk.region, kind, text.upper()) for kind in kinds]
        of_subject = select(s.id).where(s.region == self._desk.region, s.kind.in_(kinds), s.blind_index.in_(blind))
        ends = cases.c.case_no.endswith(text, autoescape=True)
        if len(text) <= SCANNED:
            return ends
        # One list of ids: two conditions joined by "or" would read every case.
        by_person = select(cases.c.id).where(cases.c.applicant.in_(of_subject))
        not_turned = select(cases.c.id).where(cases.c.case_no_reversed == "", ends)
        ways = [by_person, not_turned]
        if text.isascii() and text.isdigit():
            turned = text[::-1]
            after = turned[:-1] + chr(ord(turned[-1]) + 1)
            number = cases.c.case_no_reversed
            ways.append(select(cases.c.id).where(number >= turned, number < after))
        return cases.c.id.in_(union_all(*ways))

    def _rows(self, session: Session, found: Sequence[PlainCase], people: Mapping[str, Subject]) -> tuple[CaseRow, ...]:
        now, names, late = self._p.clock(), names_of(session), _late(session, found, local(self._p.clock()).date())
        sites = {case.catalog_digest: self._desk.catalogs.site(case.catalog_digest, session) for case in found}
        calendars = {digest: self._desk.catalogs.calendar(site) for digest, site in sites.items()}
        about = (_About(sites[c.catalog_digest], calendars[c.catalog_digest], people.get(c.applicant)) for c in found)
        return tuple(
            case_row(case, one, now, names.get(case.handler, ""), late=case.id in late)
            for case, one in zip(found, about, strict=True)
        )


@dataclass(frozen=True)
class _About:
    """What a line needs to know beside the case."""

    site: Site
    calendar: Calendar
    applicant: Subject | None


def case_row(case: PlainCase, about: _About, now: datetime, handler: str, *, late: bool) -> CaseRow:
    """A line of the work list: when it is due and on whom it waits. `late`: a deferred material did not come in time."""
    matter, party = about.site.matters[case.matter], about.applicant
    open_items = [i for i in case.items if i.state in BEFORE_DECISION]
    dues = [deadlines.due(i.segments, matter.demands[i.item].promised_workdays, about.calendar) for i in open_items]
    first = min((d for d in dues if d.on), key=lambda d: d.on or now.date(), default=None)
    waits_on = dict.fromkeys(about.site.departments[i.department].name for i in open_items)
    waiting = "、".join(waits_on) if case.received_at else "窗口核对"
    if case.received_at and late:
        waiting = f"容缺材料逾期未补交；{waiting}"
    return CaseRow(
        id=case.id,
        case_no=case.case_no,
        matter=matter.title,
        applicant=party.name if party and party.kind == "enterprise" else hidden(party.name if party else ""),
        state=case.state.value,
        state_title=CASE_TITLES[case.state],
        created_at=case.created_at,
        due_on=first.on if first else None,
        provisional=bool(first and first.provisional),
        overdue=bool(first and deadlines.overdue(first, local(now).date())),
        waiting_on=waiting if case.closed_at is None else "",
        handler=handler,
        paused=first is None and any(d.paused for d in dues),
    )


def _late(session: Session, found: Sequence[PlainCase], today: date) -> frozenset[str]:
    """The cases of which a deferred material is overdue."""
    m = materials.c
    where = (m.case_id.in_([case.id for case in found]), m.status == "deferred", m.due_on < today)
    return frozenset(session.execute(select(m.case_id).where(*where)).scalars())


def hidden(name: str) -> str:
    """A person's name on a list: the surname alone."""
    return name[:1] + "＊" * max(0, len(name) - 1)
