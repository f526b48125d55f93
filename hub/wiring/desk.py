"""Steps on cases in one transaction each, with all that follows from them. It decides nothing; `hub.cases` does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select, update

from catalog.demand import form_of, materials_of
from catalog.types import Matter, Site
from catalog.workdays import Calendar
from hub.cases import facts as notice_facts
from hub.cases.apply import apply
from hub.cases.consequences import follow_up
from hub.cases.facts import Counter, Papers
from hub.cases.load import load
from hub.cases.plain import PlainCase
from hub.cases.states import CaseState
from hub.cases.step import Step
from hub.cases.terms import Terms, terms_of
from hub.store import subjects
from hub.store.catalogs import Catalogs
from hub.store.database import Session, remembered
from hub.store.tables import accounts, form_values, inbox_entries, materials
from hub.wiring import look_ups
from hub.wiring.scene import Scene
from hub.wiring.sheet import sheet_facts

ENDED = (CaseState.RETURNED, CaseState.WITHDRAWN, CaseState.TERMINATED, CaseState.REFUSED)
BY_THE_END = "hub"
"""Who put a question away that its case's end has settled."""


class Desk:
    """Loads scenes and applies steps for one region."""

    def __init__(self, catalogs: Catalogs, region: str, counter: Counter) -> None:
        self.catalogs = catalogs
        self.region = region
        self._counter = counter
        self._rules: dict[tuple[str, str], tuple[Calendar, Terms]] = {}

    def scene(self, session: Session, case_id: str, *, lock: bool = False) -> Scene:
        """The case as it stands. Raises NotThere."""
        case = load(session, case_id, self.region, lock=lock)
        site = self.catalogs.site(case.catalog_digest, session)
        matter = site.matters[case.matter]
        return Scene(
            case,
            site,
            matter,
            form_of(matter, case.chosen, case.situation),
            materials_of(matter, case.chosen, case.situation),
            *self._ruled(case.catalog_digest, site, matter),
        )

    def _ruled(self, digest: str, site: Site, matter: Matter) -> tuple[Calendar, Terms]:
        """What a published catalog says for all cases of a matter, worked out once."""
        key = (digest, matter.code)
        if key not in self._rules:
            self._rules[key] = self.catalogs.calendar(site), terms_of(site, matter)
        return self._rules[key]

    def do(self, session: Session, scene: Scene, step: Step, actor: str, now: datetime) -> PlainCase:
        """Apply the step and everything that follows from it, in the caller's transaction. Raises NotNow."""
        papers = self.papers(session, scene)  # no step changes a material
        facts = self._facts(session, scene, papers, now)
        case = apply(session, scene.case, scene.site, step, actor, now)
        answers: Mapping[str, str] = {}
        if scene.terms.look_ups and case.state in look_ups.UNDER_WAY:
            answers = look_ups.answers_of(session, scene)
            facts |= sheet_facts(session, scene, case, answers)
        while follow := follow_up(case, scene.terms, facts, papers, answers):
            case = apply(session, case, scene.site, follow, "hub", now)
        if case.state in ENDED:
            _close_questions(session, case, now)
        return case

    def facts(self, session: Session, scene: Scene, now: datetime) -> dict[str, str]:
        """What notices about the whole case may say."""
        return self._facts(session, scene, self.papers(session, scene), now)

    def _facts(self, session: Session, scene: Scene, papers: Papers, now: datetime) -> dict[str, str]:
        counter = Counter(
            self._counter.window_name,
            self._counter.contact_phone,
            self._counter.complaint_phone,
            _name_of(session, scene.case.handler),
        )
        return notice_facts.of_case(scene.case, scene.site, papers, counter, applicant_name(session, scene), now)

    def papers(self, session: Session, scene: Scene) -> Papers:
        """The case's materials as notices tell of them."""
        c = materials.c
        rows = session.execute(select(c.code, c.status, c.due_on).where(c.case_id == scene.case.id)).all()
        stored = {r.code: r.status for r in rows}
        return Papers(scene.needed, _statuses(scene, stored), {r.code: r.due_on for r in rows if r.due_on is not None})

    def item_facts(self, session: Session, scene: Scene, item: str, now: datetime) -> Mapping[str, str]:
        """What notices about one item may say."""
        papers = self.papers(session, scene)
        whole = self._facts(session, scene, papers, now)
        return notice_facts.of_item(whole, scene.item(item), scene.site, scene.calendar, now, papers)


def _close_questions(session: Session, case: PlainCase, now: datetime) -> None:
    """Nobody is to look a person up any more for a case that has ended: its open questions are put away, by the hub."""
    c = inbox_entries.c
    session.execute(
        update(inbox_entries)
        .where(c.region == case.region, c.case_no == case.case_no, c.kind == "question", c.state == "open")
        .values(state="done", done_at=now, done_by=BY_THE_END)
    )


def applicant_name(session: Session, scene: Scene) -> str:
    """As this case's form has it, since a department's word on it is newer than any case before; else as the party is known."""
    role = scene.applicant_role
    keys = (f"{role}.enterprise_name", f"{role}.name")
    rows = session.execute(
        select(form_values.c.field, form_values.c.value).where(
            form_values.c.case_id == scene.case.id, form_values.c.field.in_(keys)
        )
    )
    named = {r.field: str(r.value) for r in rows if r.value}
    known = subjects.subject(session, scene.case.applicant).name if scene.case.applicant else ""
    return next((named[key] for key in keys if key in named), known)


def applicant_identifier(session: Session, scene: Scene) -> str:
    """By which a look at the case can be found again; "" where nobody is known yet."""
    return subjects.subject(session, scene.case.applicant).identifier if scene.case.applicant else ""


def material_statuses(session: Session, scene: Scene) -> dict[str, str]:
    """Code → status of each needed material; what an earlier item's result stands in for comes by itself (`upstream`)."""
    rows = session.execute(select(materials.c.code, materials.c.status).where(materials.c.case_id == scene.case.id))
    return _statuses(scene, {row.code: row.status for row in rows})


def _statuses(scene: Scene, stored: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for n in scene.needed:
        status = stored.get(n.material.code) or "missing"
        comes_by_itself = n.exemption is not None and n.exemption.upstream_item and status in ("missing", "waiting")
        found[n.material.code] = "upstream" if comes_by_itself else status
    return found


def _name_of(session: Session, account_id: str) -> str:
    here, key = remembered(session), ("name", account_id)
    if key not in here:
        here[key] = str(session.execute(select(accounts.c.name).where(accounts.c.id == account_id)).scalar() or "")
    return str(here[key])
