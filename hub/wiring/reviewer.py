"""The reviewer's bundle: the inbox of a department without a system, its item cases and its questions (seed 000 二(二)2).

A person's acceptance or decision goes the same way in as a system's report. Each look at an entry is in the sharing log first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from sqlalchemy import select, update

from hub.cases.approval import EXTENSION
from hub.cases.load import id_of_item_number, id_of_number
from hub.cases.states import ItemState
from hub.cases.views import InboxRow, InboxView
from hub.clock import Clock, local
from hub.errors import BadInput, NotNow, NotThere
from hub.identity.principal import Principal, Role
from hub.prefill import driver
from hub.prefill.byhand import BY_THE_WIRE
from hub.prefill.later import LaterAnswer
from hub.sharinglog import CaseRef
from hub.store.catalogs import Catalogs
from hub.store.database import Database, Session
from hub.store.files import Files
from hub.store.tables import inbox_entries
from hub.wiring.access import Looks, need
from hub.wiring.answer_sheet import Written, only_what_was_asked, written
from hub.wiring.desk import BY_THE_END, Desk
from hub.wiring.fallingback import is_taken
from hub.wiring.inbox_view import ACTIONS, FORMS, NOTED, Behind, Entry, attachments_of, entry_row, entry_view, wanted
from hub.wiring.listings import FileView
from hub.wiring.persons import persons
from hub.wiring.reports import Acceptance, Decision, Reports, SpecialProcedure
from hub.wiring.scene import Scene

PAGE = 30


class ReviewerBundle:
    def __init__(
        self, database: Database, desk: Desk, catalogs: Catalogs, looks: Looks, files: Files, clock: Clock
    ) -> None:
        self._database, self._desk, self._catalogs = database, desk, catalogs
        self._looks, self._files, self._clock = looks, files, clock
        self._reports = Reports(desk)

    def inbox(self, p: Principal, state: str, page: int) -> tuple[tuple[InboxRow, ...], bool]:
        """One page of the department's entries, oldest open first, and whether there are more."""
        need(p, Role.REVIEWER)
        c = inbox_entries.c
        wanted = select(inbox_entries).where(
            c.region == self._desk.region, c.department == p.organisation, c.state == (state or "open")
        )
        wanted = wanted.order_by(c.opened_at, c.id) if state != "done" else wanted.order_by(c.done_at.desc(), c.id)
        wanted = wanted.limit(PAGE + 1).offset((max(page, 1) - 1) * PAGE)
        now = self._clock()
        with self._database.read() as session:
            site = self._catalogs.current(session)
            rows = session.execute(wanted).all()
            found = tuple(entry_row(site, r, self._behind(session, r), now) for r in rows[:PAGE])
        return found, len(rows) > PAGE

    def entry(self, p: Principal, entry_id: str) -> InboxView:
        """One entry whole; the look is in the log first. Raises NotThere."""
        need(p, Role.REVIEWER)
        with self._database.read() as session:
            site = self._catalogs.current(session)
            row = self._entry(session, p, entry_id)
            behind = self._behind(session, row)
            scene = behind.scene if behind else self._whole(session, row)
            view = entry_view(session, site, row, behind, self._clock(), scene)
            about, case = self._persons(session, row), self._case(session, row)
        fields = [key for _, _, key, _ in row.body["form"]] if row.kind in FORMS else list(row.body.get("fields", ()))
        self._looks.record(p, f"inbox:{row.kind}", "screen", fields=fields, subjects=about, case=case)
        if row.kind == "question" and row.state == "open" and view.notice:
            self._take(row, p)
        return view

    def _take(self, row: Entry, p: Principal) -> None:
        """Who opens a question in the wire's stead is at it for a while: the wire is not asked meanwhile."""
        now = self._clock()
        if is_taken(row.body, now):
            return
        with self._database.write() as session:
            taken = {**row.body, "taken_at": now.isoformat(), "taken_by": p.subject}
            c = inbox_entries.c
            session.execute(update(inbox_entries).where(c.id == row.id, c.state == "open").values(body=taken))

    def act(
        self,
        p: Principal,
        entry_id: str,
        action: str,
        reason: str,
        values: Mapping[str, str],
        defects: Collection[str] = (),
    ) -> None:
        """Accept, refuse, correct, suspend, resume, approve, deny, pre_reviewed, acknowledge. Raises NotNow, BadInput.

        `defects` of a correction are codes of the item's materials, or own words; a special procedure's `values` are its
        `kind` (1 延长审批, 2 others) and, for 2, its `name`."""
        need(p, Role.REVIEWER)
        with self._database.write() as session:
            row = self._entry(session, p, entry_id)
            now = self._clock()
            if action == "acknowledge":
                self._acknowledge(session, row, p, now)
                return
            if row.kind != "handover":
                raise NotNow("这条记录不是联办事项，不能受理或审批。", code="NOT_A_HANDOVER")
            told = self._told(session, row, defects, reason) if action == "correct" else ()
            self._report(session, row, p, action, reason, values, told, now)
            if self._settled(session, row):
                self._done_item(session, row, p, now)

    def answer(self, p: Principal, entry_id: str, found: bool, values: Mapping[str, str]) -> None:
        """Answer a question. Raises BadInput naming each field that the dictionary refuses, or that was not asked."""
        need(p, Role.REVIEWER)
        site = self._catalogs.current()
        with self._database.write() as session:
            row = self._entry(session, p, entry_id)
            if row.kind == "question" and row.done_by == BY_THE_END:
                raise NotNow("办件已经结束，这条查询不必再答复。", code="QUESTION_CLOSED")
            if row.kind == "question" and row.done_by == BY_THE_WIRE:
                raise NotNow("本部门的系统已经恢复并先行作答，这条查询不必再答复。", code="ANSWERED_BY_SYSTEM")
            if row.kind != "question" or row.state != "open":
                raise NotNow("这条查询已经答复。", code="ALREADY_ANSWERED")
            now = self._clock()
            only_what_was_asked(site, row, found, values)
            sheet = written(site, row, values, local(now).date()) if found else Written({})
            result = "found" if found else "not_found"
            answer = LaterAnswer(
                result, p.subject, p.organisation, sheet.values, lists=sheet.lists, missing=sheet.missing, as_of=now
            )
            driver.inbox_answered(session, row.number, answer, now)
            self._done(session, row, p, now)

    def file(self, p: Principal, entry_id: str, code: str) -> FileView:
        """A file that came with a hand-over, once the look is in the log. Raises NotThere."""
        need(p, Role.REVIEWER)
        with self._database.read() as session:
            row = self._entry(session, p, entry_id)
            about, case = self._persons(session, row), self._case(session, row)
            came = attachments_of(session, row)
        listed = [*came, *([row.body["document"]] if row.body.get("document") else [])]
        one = next((a for a in listed if a["code"] == code and a["size"]), None)
        if one is None:
            raise NotThere("这项材料没有随件文件，只有来源记录。", code="FILE_MISSING")
        self._looks.record(p, "inbox:file", "screen", fields=(code,), subjects=about, case=case)
        return FileView(one["name"], one["media_type"], self._files.read(one["sha256"]))

    # --- acting --------------------------------------------------------------------------------------------------------

    def _report(
        self,
        session: Session,
        row: Entry,
        p: Principal,
        action: str,
        reason: str,
        values: Mapping[str, str],
        told: tuple[tuple[str, str], ...],
        now: datetime,
    ) -> None:
        org, item_no, by, r, no = p.organisation, row.item_no, p.subject, self._reports, row.number
        results = {k: v for k, v in values.items() if v}

        def accept(report: Acceptance) -> object:
            return r.acceptance(session, org, item_no, report, by, now)

        def decide(report: Decision) -> object:
            return r.decision(session, org, item_no, report, by, now)

        def special(report: SpecialProcedure) -> object:
            return r.special_procedure(session, org, item_no, report, by, now)

        known: Mapping[str, Callable[[], object]] = {
            "accept": lambda: accept(Acceptance("accepted", department_no=no)),
            "refuse": lambda: accept(Acceptance("refused", reason, no)),
            "correct": lambda: accept(Acceptance("correction", reason, no, told)),
            "approve": lambda: decide(Decision("approved", "", no, results)),
            "deny": lambda: decide(Decision("denied", reason, no)),
            "suspend": lambda: special(
                SpecialProcedure(
                    "start", *_procedure(values), reason, values.get("amount", ""), values.get("pay_at", "")
                )
            ),
            "resume": lambda: special(SpecialProcedure("end")),
            "pre_reviewed": lambda: r.pre_review(session, org, item_no, by, now),
        }
        if action not in known:
            raise BadInput("没有这个操作，请刷新页面。", {"action": "未知"}, code="ACTION_UNKNOWN")
        known[action]()

    def _told(self, session: Session, row: Entry, defects: Collection[str], reason: str) -> tuple[tuple[str, str], ...]:
        """Everything to be corrected at once: ticked materials with the reason, then own words. Raises BadInput for nothing."""
        behind = self._behind(session, row)
        names = {o.code: o.title for o in wanted(behind)} if behind else {}
        chosen = tuple(dict.fromkeys(text.strip() for text in defects if text.strip()))
        materials = tuple((names[one], reason.strip() or "不符合要求") for one in chosen if one in names)
        own = tuple((one, "") for one in chosen if one not in names)
        if materials or own:
            return (*materials, *own)
        return ((_needed(reason), ""),)

    def _acknowledge(self, session: Session, row: Entry, p: Principal, now: datetime) -> None:
        """Only what wants no answer: an item case or a question that is put aside would be lost."""
        if row.kind not in NOTED:
            raise NotNow("这条记录须办理或答复，不能只确认知悉。", code="NOT_A_NOTE")
        self._done(session, row, p, now)

    def _settled(self, session: Session, row: Entry) -> bool:
        """Whether nothing is left to do with this hand-over: it is decided, or sent back for correction and will come anew."""
        behind = self._behind(session, row)
        return behind is None or behind.item.state not in (*ACTIONS, ItemState.ACCEPTED, ItemState.WAITING)

    def _done(self, session: Session, row: Entry, p: Principal, now: datetime) -> None:
        session.execute(
            update(inbox_entries)
            .where(inbox_entries.c.id == row.id)
            .values(state="done", done_at=now, done_by=p.subject)
        )

    def _done_item(self, session: Session, row: Entry, p: Principal, now: datetime) -> None:
        """All entries about this item case are finished with its decision."""
        c = inbox_entries.c
        about = (
            c.item_no == row.item_no,
            c.department == row.department,
            c.kind.in_(("handover", "upstream", "supplement")),
        )
        session.execute(
            update(inbox_entries).where(*about, c.state == "open").values(state="done", done_at=now, done_by=p.subject)
        )

    # --- reading -------------------------------------------------------------------------------------------------------

    def _entry(self, session: Session, p: Principal, entry_id: str) -> Entry:
        c = inbox_entries.c
        row = session.execute(
            select(inbox_entries).where(c.id == entry_id, c.department == p.organisation, c.region == self._desk.region)
        ).first()
        if row is None:
            raise NotThere("本部门的收件箱没有这条记录。", code="ENTRY_NOT_THERE")
        return row

    def _behind(self, session: Session, row: Entry) -> Behind | None:
        if not row.item_no or row.kind == "sheet":
            return None
        scene = self._desk.scene(session, id_of_item_number(session, row.item_no, self._desk.region, row.department))
        return Behind(scene, scene.case.numbered(row.item_no))

    def _whole(self, session: Session, row: Entry) -> Scene | None:
        """The whole case behind a verification sheet, which belongs to no one item."""
        if row.kind != "sheet":
            return None
        return self._desk.scene(session, id_of_number(session, row.case_no, self._desk.region))

    def _persons(self, session: Session, row: Entry) -> tuple[str, ...]:
        """Whom a look at the entry is about: who is asked about, or everybody in what came with the item case."""
        if row.kind == "question":
            return tuple(str(value) for value in row.body["subject"].values())[:1]
        behind = self._behind(session, row)
        fields = [key for _, _, key, *_ in row.body.get("form", ())]
        if behind is None:
            scene = self._whole(session, row)
            return persons(session, scene, fields) if scene else ()
        if row.kind == "upstream":
            fields += behind.scene.item(str(row.body["upstream_item"])).result.fields
        papers = [str(a["code"]) for a in row.body.get("attachments", ())]
        return persons(session, behind.scene, fields, papers)

    def _case(self, session: Session, row: Entry) -> CaseRef:
        behind = self._behind(session, row)
        if row.kind == "sheet":
            return CaseRef(row.about, None, row.case_no)
        matter = behind.scene.case.matter if behind else row.body.get("purpose")  # a question's purpose is its matter
        return CaseRef(matter, row.about, row.case_no or (behind.scene.case.case_no if behind else None))


def _procedure(values: Mapping[str, str]) -> tuple[str, str]:
    """Kind and name of a special procedure. Raises BadInput where the reviewer did not choose."""
    kind, name = values.get("kind", "").strip(), values.get("name", "").strip()
    if kind not in ("1", "2"):
        raise BadInput("请选择特别程序的种类。", {"kind": "请选择种类"}, code="KIND_UNKNOWN")
    if kind == "2" and not name:
        raise BadInput("请选择特别程序的名称，例如听证、检测、鉴定。", {"name": "请选择名称"}, code="PROCEDURE_MISSING")
    return kind, EXTENSION if kind == "1" else name


def _needed(reason: str) -> str:
    if not reason.strip():
        raise BadInput("请勾选需要补正的材料，或写明要求。", {"reason": "请勾选或填写"}, code="REASON_MISSING")
    return reason.strip()
