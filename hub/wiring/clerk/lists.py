"""The work list: the region's cases, newest first, with what each waits for. It changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import or_, select

from hub.cases import deadlines
from hub.cases.states import BEFORE_DECISION, CASE_TITLES
from hub.cases.views import CaseRow
from hub.clock import local
from hub.identity.principal import Principal, Role
from hub.store import subjects
from hub.store.database import Session
from hub.store.sealing import blind_index
from hub.store.tables import cases, materials
from hub.store.tables import subjects as subject_rows
from hub.wiring.access import need
from hub.wiring.case_view import names_of
from hub.wiring.clerk.parts import AtTheCounter
from hub.wiring.desk import applicant_identifier
from hub.wiring.scene import Scene

PAGE = 30


class WorkList(AtTheCounter):
    def work_list(self, p: Principal, query: str, state: str, page: int) -> tuple[tuple[CaseRow, ...], bool]:
        """One page of cases, and whether there are more. What is shown, and a search (by number, or by a party's whole identifier), is in the log first."""
        need(p, Role.CLERK)
        wanted = select(cases.c.id).where(cases.c.region == self._desk.region)
        if state:
            wanted = wanted.where(cases.c.state == state)
        text = query.strip()
        if text:
            self._p.looks.record(p, "work-list", "search", query=text)
            of_subject = select(subject_rows.c.id).where(subject_rows.c.blind_index.in_(self._blind(text)))
            by_number = cases.c.case_no.endswith(text, autoescape=True)
            wanted = wanted.where(or_(by_number, cases.c.applicant.in_(of_subject)))
        wanted = wanted.order_by(cases.c.created_at.desc(), cases.c.id.desc())
        wanted = wanted.limit(PAGE + 1).offset((max(page, 1) - 1) * PAGE)
        with self._p.database.read() as session:
            ids = list(session.execute(wanted).scalars())
            now, names = self._p.clock(), names_of(session)
            scenes = [self._desk.scene(session, case_id) for case_id in ids[:PAGE]]
            rows = tuple(case_row(session, scene, now, names) for scene in scenes)
            about = [applicant_identifier(session, scene) for scene in scenes]
        if rows:
            fields = ("applicant_name",)
            self._p.looks.record(p, "work-list", "screen", fields=fields, subjects=about, rows=len(rows))
        return rows, len(ids) > PAGE

    def _blind(self, text: str) -> list[str]:
        kinds = ("person", "enterprise")
        return [blind_index(self._p.index_key, self._desk.region, kind, text.upper()) for kind in kinds]


def case_row(session: Session, scene: Scene, now: datetime, names: Mapping[str, str]) -> CaseRow:
    """A line of the work list: when it is due and on whom it waits."""
    case = scene.case
    open_items = [i for i in case.items if i.state in BEFORE_DECISION]
    dues = [deadlines.due(i.segments, scene.item(i.item).promised_workdays, scene.calendar) for i in open_items]
    first = min((d for d in dues if d.on), key=lambda d: d.on or now.date(), default=None)
    party = subjects.subject(session, case.applicant) if case.applicant else None
    waits_on = dict.fromkeys(scene.site.departments[i.department].name for i in open_items)
    waiting = "、".join(waits_on) if case.received_at else "窗口核对"
    late = select(materials.c.code).where(
        materials.c.case_id == case.id, materials.c.status == "deferred", materials.c.due_on < local(now).date()
    )
    if case.received_at and session.execute(late.limit(1)).first():
        waiting = f"容缺材料逾期未补交；{waiting}"
    return CaseRow(
        id=case.id,
        case_no=case.case_no,
        matter=scene.matter.title,
        applicant=party.name if party and party.kind == "enterprise" else hidden(party.name if party else ""),
        state=case.state.value,
        state_title=CASE_TITLES[case.state],
        created_at=case.created_at,
        due_on=first.on if first else None,
        provisional=bool(first and first.provisional),
        overdue=bool(first and deadlines.overdue(first, local(now).date())),
        waiting_on=waiting if case.closed_at is None else "",
        handler=names.get(case.handler, ""),
        paused=first is None and any(d.paused for d in dues),
    )


def hidden(name: str) -> str:
    """A person's name on a list: the surname alone."""
    return name[:1] + "＊" * max(0, len(name) - 1)
