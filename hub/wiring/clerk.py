"""The clerk's bundle: matters, opening, work list, the one form, materials, official steps. It decides nothing; cases and pre-fill do.

Every look at a case is in the sharing log before the page is shown. A page view covers the fields that fill while it is open.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import or_, select, update

from catalog.demand import applies, items_for, situation
from catalog.types import Matter, Site
from certificates.certificate import MEDIA_TYPE
from hub.cases import approval, deadlines, delivery, dispatch, intake
from hub.cases.opening import Counterside, Opening, PartyGiven, checked, create
from hub.cases.plain import PlainCase
from hub.cases.states import BEFORE_DECISION, CASE_TITLES
from hub.cases.step import Step
from hub.cases.views import (
    CaseRow,
    CaseView,
    FieldView,
    ItemChoice,
    MatterCard,
    OpeningView,
    Option,
    QuestionView,
    RoleView,
)
from hub.clock import Clock, local
from hub.errors import BadInput, NotNow, NotThere
from hub.identity.principal import Principal, Role
from hub.prefill import feed, settle
from hub.prefill.driver import Prefill
from hub.prefill.rounds import Desk as FormDesk
from hub.sharinglog import CaseRef
from hub.store import files as file_rows
from hub.store import subjects
from hub.store.database import Database, Session
from hub.store.files import Files
from hub.store.sealing import blind_index
from hub.store.tables import cases, certificates, filings, form_values, materials, notices
from hub.store.tables import subjects as subject_rows
from hub.wiring import reasons, systems
from hub.wiring.access import Looks, need
from hub.wiring.case_view import case_view, field_view, problems_of
from hub.wiring.desk import Desk, Scene
from hub.wiring.listings import FeedRow, FileView, FilingRow

PAGE = 30
MAGIC = {
    "application/pdf": (b"%PDF-",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "application/ofd": (b"PK\x03\x04",),
}
"""What may be added, and how such a file begins: the declared type alone is not believed."""

FILING_DUE = timedelta(hours=2)
"""Seed 000 二(二)2: an online filing is reviewed within two hours (K-08; counted round the clock, proposed)."""

T = TypeVar("T")


@dataclass(frozen=True)
class ClerkParts:
    """What the clerk's bundle is made of."""

    database: Database
    desk: Desk
    prefill: Prefill
    looks: Looks
    files: Files
    clock: Clock
    index_key: bytes
    max_upload_bytes: int


class ClerkBundle:
    def __init__(self, parts: ClerkParts) -> None:
        self._p = parts
        self._desk = parts.desk

    # --- opening -------------------------------------------------------------------------------------------------------

    def matters(self, p: Principal) -> tuple[MatterCard, ...]:
        need(p, Role.CLERK)
        site = self._desk.catalogs.current()
        return tuple(
            MatterCard(
                code=m.code,
                title=m.title,
                lead=site.departments[m.lead].name,
                items=tuple(site.items[i.item].title for i in m.items),
                workdays=max((site.items[i.item].promised_workdays for i in m.items), default=0),
                proposed=m.proposed,
            )
            for m in sorted(site.matters.values(), key=lambda m: m.sequence)
        )

    def opening(self, p: Principal, matter: str, answers: Mapping[str, str]) -> OpeningView:
        """The page on which a case is opened, for the answers so far. Raises NotThere."""
        need(p, Role.CLERK)
        site = self._desk.catalogs.current()
        known = site.matters.get(matter)
        if known is None:
            raise NotThere("目录中没有这个“一件事”，请返回列表选择。", code="MATTER_NOT_THERE")
        return _opening_view(site, known, answers)

    def open_case(
        self,
        p: Principal,
        matter: str,
        answers: Mapping[str, str],
        chosen: Collection[str],
        parties: Mapping[str, Mapping[str, str]],
        key: str,
    ) -> str:
        """The id of the new case; the same `key` gives the same case. Raises BadInput with every mistake at once."""
        need(p, Role.CLERK)
        given = tuple(
            PartyGiven(role, v.get("identifier", ""), v.get("proof", ""), v.get("name", ""), v.get("phone", ""))
            for role, v in parties.items()
        )
        asked = Opening(
            matter,
            dict(answers),
            tuple(chosen),
            given,
            {"way": answers.get("delivery", "electronic"), "together": "yes"},
        )
        return self._open(p, asked, key)

    def _open(self, p: Principal, asked: Opening, key: str, values: Mapping[str, str] | None = None) -> str:
        digest = self._desk.catalogs.current_digest()
        site = self._desk.catalogs.site(digest)
        questions = {q.key for q in site.matters[asked.matter].questions} if asked.matter in site.matters else set()
        answers = {k: v for k, v in asked.answers.items() if k in questions}
        opening = checked(
            site,
            Opening(asked.matter, answers, asked.chosen, asked.parties, asked.delivery, asked.channel, asked.filing_id),
        )
        call = systems.digest_of("open", opening)
        with self._p.database.write() as session:
            known = systems.answered(session, p.subject, key, call, self._p.clock())
            if known is not None:
                return str(known["case_id"])
            now = self._p.clock()
            case = create(session, site, opening, Counterside(p.region, p.subject, self._p.index_key, digest), now)
            self._p.prefill.start(session, case.id, p.subject, now)
            self._type_filed(session, case, p, values or {}, now)
            systems.remember(session, p.subject, key, {"case_id": case.id})
            return case.id

    def _type_filed(
        self, session: Session, case: PlainCase, p: Principal, values: Mapping[str, str], now: datetime
    ) -> None:
        """The applicant's own words of an online filing, where no department speaks for the field."""
        desk = self._p.prefill.desk(session, case.id, p.subject, now)
        for field in desk.case.fields:
            if values.get(field.key) and not field.sources:
                settle.type_value(session, desk, field.key, values[field.key])

    # --- lists ---------------------------------------------------------------------------------------------------------

    def work_list(self, p: Principal, query: str, state: str, page: int) -> tuple[tuple[CaseRow, ...], bool]:
        """One page of the region's cases, newest first, and whether there are more. A search by person is logged."""
        need(p, Role.CLERK)
        wanted = select(cases.c.id).where(cases.c.region == p.region)
        if state:
            wanted = wanted.where(cases.c.state == state)
        text = query.strip()
        if text:
            self._p.looks.record(p, "work-list", "search", query=text)
            wanted = wanted.where(or_(cases.c.case_no.like(f"%{text}"), cases.c.applicant.in_(self._subjects(p, text))))
        wanted = (
            wanted.order_by(cases.c.created_at.desc(), cases.c.id.desc())
            .limit(PAGE + 1)
            .offset((max(page, 1) - 1) * PAGE)
        )
        with self._p.database.read() as session:
            ids = list(session.execute(wanted).scalars())
            rows = tuple(self._row(session, case_id) for case_id in ids[:PAGE])
        return rows, len(ids) > PAGE

    def _subjects(self, p: Principal, text: str) -> list[str]:
        blind = [blind_index(self._p.index_key, p.region, kind, text.upper()) for kind in ("person", "enterprise")]
        with self._p.database.read() as session:
            return list(
                session.execute(select(subject_rows.c.id).where(subject_rows.c.blind_index.in_(blind))).scalars()
            )

    def _row(self, session: Session, case_id: str) -> CaseRow:
        scene = self._desk.scene(session, case_id)
        return case_row(session, scene, self._p.clock())

    # --- one case ------------------------------------------------------------------------------------------------------

    def case(self, p: Principal, case_id: str) -> CaseView:
        """The whole case; the look is in the log first."""
        need(p, Role.CLERK)
        with self._p.database.read() as session:
            scene = self._desk.scene(session, case_id)
            view = case_view(session, scene, self._p.clock())
            identifier = subjects.subject(session, scene.case.applicant).identifier
        self._p.looks.record(
            p, "case", "screen", fields=[f.key for f in scene.form.fields], subject=identifier, case=_ref(scene.case)
        )
        return view

    def feed(self, p: Principal, case_id: str, after: int) -> tuple[FeedRow, ...]:
        """What changed after that number, oldest first; names only, no value."""
        need(p, Role.CLERK)
        with self._p.database.read() as session:
            self._desk.scene(session, case_id)
            found = feed.since(session, case_id, after)
        return tuple(FeedRow(r.no, {"value": "field"}.get(r.kind, r.kind), r.reference) for r in found)

    def field(self, p: Principal, case_id: str, key: str) -> FieldView:
        need(p, Role.CLERK)
        with self._p.database.read() as session:
            scene = self._desk.scene(session, case_id)
            f = scene.form.field(key)
            if f is None:
                raise NotThere("表单中没有这个字段，请刷新页面", code="FIELD_UNKNOWN")
            row = session.execute(
                select(form_values).where(form_values.c.case_id == case_id, form_values.c.field == key)
            ).first()
            return field_view(scene, f, row, {p.subject: p.name})

    def set_field(self, p: Principal, case_id: str, key: str, value: str, reason: str = "") -> None:
        """Type a value. A locked field whose source is silent needs a reason and stays visibly unverified."""
        self._settle(p, case_id, lambda s, d: settle.type_value(s, d, key, value, reasons.picked(reason, reasons.TYPE)))

    def override_field(self, p: Principal, case_id: str, key: str, value: str, reason: str) -> None:
        self._settle(p, case_id, lambda s, d: settle.override(s, d, key, value, reasons.picked(reason, reasons.DECIDE)))

    def resolve(self, p: Principal, case_id: str, key: str, which: str, reason: str) -> None:
        number = int(which) if which.isdigit() else -1
        self._settle(
            p, case_id, lambda s, d: settle.resolve_conflict(s, d, key, number, reasons.picked(reason, reasons.DECIDE))
        )

    def confirm_field(self, p: Principal, case_id: str, key: str) -> None:
        self._settle(p, case_id, lambda s, d: settle.confirm(s, d, key))

    def query_way(
        self, p: Principal, case_id: str, query_id: str, way: str, candidate: int | None = None, reason: str = ""
    ) -> None:
        """One of the ways on from an outcome. Raises BadInput for an unknown way."""
        ways: Mapping[str, Callable[[Session, FormDesk], object]] = {
            "retry": lambda s, d: settle.retry(s, d, query_id),
            "choose": lambda s, d: settle.choose(s, d, query_id, -1 if candidate is None else candidate),
            "ask_for_paper": lambda s, d: settle.ask_for_paper(s, d, query_id, reasons.picked(reason, {})),
            "go_on": lambda s, d: settle.go_on(s, d, query_id, reasons.picked(reason, reasons.GO_ON)),
            "ask_again": lambda s, d: settle.ask_again(s, d, query_id, reasons.picked(reason, {})),
        }
        if way not in ways:
            raise BadInput("没有这种处理方式，请刷新页面。", {"way": "未知"}, code="WAY_UNKNOWN")
        self._settle(p, case_id, ways[way])

    def _settle(self, p: Principal, case_id: str, act: Callable[[Session, FormDesk], object]) -> None:
        need(p, Role.CLERK)
        with self._p.database.write() as session:
            self._desk.scene(session, case_id, lock=True)
            act(session, self._p.prefill.desk(session, case_id, p.subject, self._p.clock()))

    # --- materials -----------------------------------------------------------------------------------------------------

    def upload(self, p: Principal, case_id: str, code: str, filename: str, media_type: str, body: bytes) -> None:
        """Add a scan. Raises BadInput for an empty, oversize or disguised file, NotThere for a material that is not asked."""
        need(p, Role.CLERK)
        _refuse_bad_file(media_type, body, self._p.max_upload_bytes)
        stored = self._p.files.keep(body, media_type)
        now = self._p.clock()

        def write(session: Session, scene: Scene) -> None:
            file_rows.note(session, stored, now)
            self._set_material(
                session,
                scene,
                code,
                p,
                status="uploaded",
                trust="C",
                file=stored.sha256,
                media_type=media_type,
                file_name=filename,
            )

        self._change(p, case_id, write)

    def file(self, p: Principal, case_id: str, code: str) -> FileView:
        """The file of a material, once the look is in the log."""
        need(p, Role.CLERK)
        with self._p.database.read() as session:
            scene = self._desk.scene(session, case_id)
            row = session.execute(
                select(materials).where(materials.c.case_id == case_id, materials.c.code == code)
            ).first()
            identifier = subjects.subject(session, scene.case.applicant).identifier
        if row is None or not row.file:
            raise NotThere("这项材料还没有文件。", code="FILE_MISSING")
        self._p.looks.record(p, "material", "screen", fields=(code,), subject=identifier, case=_ref(scene.case))
        return FileView(str(row.file_name or code), row.media_type, self._p.files.read(row.file))

    def material_way(self, p: Principal, case_id: str, code: str, way: str, reason: str) -> None:
        """defer (容缺, with a due day), promise (告知承诺), remove."""
        need(p, Role.CLERK)

        def write(session: Session, scene: Scene) -> None:
            wanted = next((n.material for n in scene.needed if n.material.code == code), None)
            if wanted is None:
                raise NotThere("本次办理不需要这项材料。", code="MATERIAL_NOT_NEEDED")
            if way == "defer":
                _allowed(wanted.deferrable, "这项材料不适用容缺受理。")
                days = scene.site.policy.get("deferral_days")
                due, _ = scene.calendar.add_workdays(
                    local(self._p.clock()).date(), int(str(days.value)) if days else 10
                )
                self._set_material(
                    session, scene, code, p, status="deferred", trust="D", due_on=due, note=_worded(reason)
                )
            elif way == "promise":
                _allowed(wanted.promise_allowed, "这项材料不适用告知承诺。")
                self._set_material(session, scene, code, p, status="promised", trust="D", note=_worded(reason))
            elif way == "remove":
                self._set_material(
                    session, scene, code, p, status="missing", trust="", file="", media_type="", file_name=None
                )
            else:
                raise BadInput("没有这种处理方式，请刷新页面。", {"way": "未知"}, code="WAY_UNKNOWN")

        self._change(p, case_id, write)

    def _set_material(self, session: Session, scene: Scene, code: str, p: Principal, **columns: object) -> None:
        if scene.case.state not in ("checking", "correction") and not any(
            i.state == "correction" for i in scene.case.items
        ):
            raise NotNow("材料已经收下，不能再更改；需要更改的请先补正。", code="FORM_CLOSED")
        now = self._p.clock()
        changed = session.execute(
            update(materials)
            .where(materials.c.case_id == scene.case.id, materials.c.code == code)
            .values(updated_at=now, updated_by=p.subject, **columns)
        )
        if changed.rowcount != 1:
            raise NotThere("本次办理不需要这项材料。", code="MATERIAL_NOT_NEEDED")
        feed.add(session, scene.case.id, "material", code, now)

    # --- official steps ------------------------------------------------------------------------------------------------

    def act(
        self,
        p: Principal,
        case_id: str,
        action: str,
        reason: str = "",
        promise: bool = False,
        defects: Collection[str] = (),
    ) -> None:
        """One of the case's actions. Raises NotNow when the table of moves, or what is missing, forbids it."""
        need(p, Role.CLERK)
        self._change(p, case_id, lambda session, scene: self._act(session, scene, p, action, reason, promise))

    def _act(self, session: Session, scene: Scene, p: Principal, action: str, reason: str, promise: bool) -> None:
        now = self._p.clock()
        verb, _, about = action.partition(":")
        steps: Mapping[str, Callable[[], Step]] = {
            "receive": lambda: self._receive(session, scene, promise, now),
            "correct": lambda: intake.ask_correction(
                scene.case, problems_of(session, scene), self._desk.facts(session, scene, now)
            ),
            "resubmit": lambda: (
                dispatch.again(scene.case, scene.case.numbered(about)) if about else intake.resubmit(scene.case)
            ),
            "return": lambda: intake.give_back(scene.case, _worded(reason)),
            "withdraw": lambda: approval.withdraw(scene.case, _worded(reason)),
            "deliver": lambda: delivery.deliver(scene.case, "window", reason, self._desk.facts(session, scene, now)),
        }
        if verb not in steps:
            raise BadInput("没有这个操作，请刷新页面。", {"action": "未知"}, code="ACTION_UNKNOWN")
        self._desk.do(session, scene, steps[verb](), p.subject, now)

    def _receive(self, session: Session, scene: Scene, promise: bool, now: datetime) -> Step:
        missing = problems_of(session, scene)
        if missing:
            first = "、".join(problem.title for problem in missing[:3])
            raise NotNow(f"还差 {len(missing)} 项才能收件：{first}等；请补齐，或一次性告知补正。", code="NOT_COMPLETE")
        rows = session.execute(select(materials.c.status).where(materials.c.case_id == scene.case.id)).scalars().all()
        promised = any(status in ("deferred", "promised") for status in rows)
        if promised and not promise:
            raise NotNow(
                "有容缺或承诺的材料：请向申请人说明不利后果，由其签署承诺书后勾选确认。", code="PROMISE_NOT_SIGNED"
            )
        self._name_applicant(session, scene, now)
        return intake.receive(scene.case, self._desk.facts(session, scene, now), promised=promised)

    def _name_applicant(self, session: Session, scene: Scene, now: datetime) -> None:
        """The applicant's name as the form holds it: notices and certificates are made out to it."""
        role = scene.applicant_role
        for key in (f"{role}.enterprise_name", f"{role}.name"):
            value = session.execute(
                select(form_values.c.value).where(form_values.c.case_id == scene.case.id, form_values.c.field == key)
            ).scalar()
            if value:
                party = subjects.subject(session, scene.case.applicant)
                subjects.know(
                    session, self._p.index_key, scene.case.region, party.kind, party.identifier, str(value), now
                )
                return

    def _change(self, p: Principal, case_id: str, write: Callable[[Session, Scene], T]) -> T:
        with self._p.database.write() as session:
            return write(session, self._desk.scene(session, case_id, lock=True))

    # --- papers and filings --------------------------------------------------------------------------------------------

    def notice(self, p: Principal, notice_id: str, printed: bool) -> str:
        """The frozen document; `printed` counts one print. Both the look and the print are in the log first."""
        need(p, Role.CLERK, Role.REVIEWER)
        with self._p.database.read() as session:
            row = session.execute(
                select(notices).where(notices.c.id == notice_id, notices.c.region == p.region)
            ).first()
            if row is None:
                raise NotThere("没有这份文书。", code="NOTICE_NOT_THERE")
            scene = self._desk.scene(session, row.case_id)
            identifier = subjects.subject(session, scene.case.applicant).identifier
        self._p.looks.record(
            p, f"notice:{row.kind}", "print" if printed else "screen", subject=identifier, case=_ref(scene.case)
        )
        if printed:
            with self._p.database.write(quiet=True) as session:
                session.execute(update(notices).where(notices.c.id == notice_id).values(prints=notices.c.prints + 1))
        return str(row.body)

    def certificate(self, p: Principal, case_id: str, item: str) -> FileView:
        """The signed certificate of one item, as any verifier takes it; the export is in the log first. Raises NotThere."""
        need(p, Role.CLERK)
        with self._p.database.read() as session:
            scene = self._desk.scene(session, case_id)
            own = scene.case.item(item)
            row = session.execute(
                select(certificates.c.identifier, certificates.c.file).where(
                    certificates.c.item_case_id == own.id, certificates.c.file != ""
                )
            ).first()
            identifier = subjects.subject(session, scene.case.applicant).identifier
        if row is None:
            raise NotThere("这个事项还没有签发证照。", code="CERTIFICATE_NOT_THERE")
        ref = CaseRef(scene.case.matter, item, scene.case.case_no)
        self._p.looks.record(p, "certificate", "export", fields=("certificate",), subject=identifier, case=ref)
        return FileView(f"{row.identifier}.ycert", MEDIA_TYPE, self._p.files.read(row.file))

    def filings(self, p: Principal) -> tuple[FilingRow, ...]:
        """Online filings that wait for a clerk, oldest first."""
        need(p, Role.CLERK)
        site, now = self._desk.catalogs.current(), self._p.clock()
        with self._p.database.read() as session:
            rows = session.execute(
                select(filings)
                .where(filings.c.region == p.region, filings.c.state == "waiting")
                .order_by(filings.c.received_at)
            ).all()
        found = []
        for r in rows:
            due = r.received_at + FILING_DUE
            title = site.matters[r.matter].title if r.matter in site.matters else r.matter
            found.append(FilingRow(r.id, title, "线上申请人", r.received_at, due, now > due))
        return tuple(found)

    def take_filing(self, p: Principal, filing_id: str) -> str:
        """Make a case of a filing; taking it twice gives the same case. Raises NotThere, BadInput."""
        need(p, Role.CLERK)
        with self._p.database.read() as session:
            row = session.execute(
                select(filings).where(filings.c.id == filing_id, filings.c.region == p.region)
            ).first()
        if row is None:
            raise NotThere("没有这份线上申报，请刷新列表。", code="FILING_NOT_THERE")
        if row.state != "waiting":
            if row.case_id:
                return str(row.case_id)
            raise NotNow("申请人已撤回这份申报。", code="FILING_WITHDRAWN")
        body = row.body
        given = tuple(
            PartyGiven(role, v.get("identifier", ""), v.get("proof", ""), v.get("name", ""), v.get("phone", ""))
            for role, v in body["parties"].items()
        )
        opening = Opening(
            body["matter"], body["answers"], tuple(body["chosen"]), given, body["delivery"], "online", filing_id
        )
        case_id = self._open(p, opening, f"filing:{filing_id}", body["values"])
        with self._p.database.write() as session:
            session.execute(
                update(filings)
                .where(filings.c.id == filing_id, filings.c.state == "waiting")
                .values(state="taken", case_id=case_id)
            )
        return case_id


def case_row(session: Session, scene: Scene, now: datetime) -> CaseRow:
    """A line of the work list: when it is due and on whom it waits."""
    case = scene.case
    open_items = [i for i in case.items if i.state in BEFORE_DECISION]
    dues = [deadlines.due(i.segments, scene.item(i.item).promised_workdays, scene.calendar) for i in open_items]
    dated = sorted((d for d in dues if d.on), key=lambda d: d.on or now.date())
    party = subjects.subject(session, case.applicant) if case.applicant else None
    first = dated[0] if dated else None
    waiting = (
        "、".join(dict.fromkeys(scene.site.departments[i.department].name for i in open_items))
        if case.received_at
        else "窗口核对"
    )
    return CaseRow(
        id=case.id,
        case_no=case.case_no,
        matter=scene.matter.title,
        applicant=party.name if party and party.kind == "enterprise" else _hidden(party.name if party else ""),
        state=case.state.value,
        state_title=CASE_TITLES[case.state],
        created_at=case.created_at,
        due_on=first.on if first else None,
        provisional=bool(first and first.provisional),
        overdue=bool(first and first.on and local(now).date() > first.on),
        waiting_on=waiting if case.closed_at is None else "",
        handler="",
    )


def _hidden(name: str) -> str:
    return name[:1] + "＊" * max(0, len(name) - 1)


def _ref(case: PlainCase) -> CaseRef:
    return CaseRef(case.matter, None, case.case_no)


def _opening_view(site: Site, matter: Matter, answers: Mapping[str, str]) -> OpeningView:
    settled = situation(matter, answers)
    fitting = items_for(matter, settled)
    waits = {
        code: tuple(site.items[d.upstream].title for d in matter.dependencies if d.downstream == code)
        for code in fitting
    }
    return OpeningView(
        code=matter.code,
        title=matter.title,
        questions=tuple(
            QuestionView(q.key, q.title, tuple(Option(a.code, a.title) for a in q.answers), settled[q.key])
            for q in matter.questions
        ),
        items=tuple(
            ItemChoice(
                code=i.item,
                title=site.items[i.item].title,
                department=site.departments[site.items[i.item].department].name,
                chosen=True,
                optional=i.optional,
                waits_for=waits[i.item],
                promised_workdays=site.items[i.item].promised_workdays,
                change_note=i.change_note,
                proposed=site.items[i.item].proposed,
            )
            for i in matter.items
            if i.item in fitting
        ),
        roles=tuple(
            RoleView(
                r.code,
                r.title,
                r.kind,
                r.required,
                r.identifier,
                tuple(Option(x, x) for x in r.proofs),
                r.relation is not None,
            )
            for r in matter.roles
            if r.kind in ("enterprise", "person") and applies(r.when, settled)
        ),
        together=tuple(tuple(site.items[code].title for code in group) for group in matter.together),
    )


def _refuse_bad_file(media_type: str, body: bytes, limit: int) -> None:
    if not body:
        raise BadInput("文件是空的，请重新扫描或选择。", {"file": "空文件"}, code="FILE_EMPTY")
    if len(body) > limit:
        raise BadInput(
            f"文件超过 {limit // 1_000_000} MB，请压缩或分开扫描后再上传。", {"file": "文件太大"}, code="FILE_TOO_LARGE"
        )
    begins = MAGIC.get(media_type)
    if begins is None or not body.startswith(begins):
        raise BadInput(
            "只能上传 PDF、OFD、PNG 或 JPEG 文件，且内容须与类型相符。", {"file": "文件类型不符"}, code="FILE_TYPE"
        )


def _allowed(allowed: bool, sentence: str) -> None:
    if not allowed:
        raise NotNow(sentence, code="WAY_NOT_ALLOWED")


def _worded(reason: str) -> str:
    if not reason.strip():
        raise BadInput("请填写理由。", {"reason": "请填写理由"}, code="REASON_MISSING")
    return reason.strip()
