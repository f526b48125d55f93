"""The reviewer's bundle: the inbox of a department without a system, its item cases and its questions (seed 000 二(二)2).

A person's acceptance or decision goes the same way in as a system's report.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import Row, select, update

from catalog.dictionary import BadValue, canonical
from catalog.types import FieldDefinition, Site
from hub.cases.load import id_of_item_number
from hub.cases.plain import PlainItem
from hub.cases.states import ITEM_TITLES, ItemState
from hub.cases.views import Action, FieldView, InboxRow, InboxView, MaterialView, Option
from hub.clock import Clock
from hub.errors import BadInput, NotNow, NotThere
from hub.identity.principal import Principal, Role
from hub.prefill import driver
from hub.prefill.later import LaterAnswer
from hub.sharinglog import CaseRef
from hub.store.catalogs import Catalogs
from hub.store.database import Database, Session
from hub.store.files import Files
from hub.store.tables import inbox_entries
from hub.wiring.access import Looks, need
from hub.wiring.case_view import item_view
from hub.wiring.desk import Desk, Scene
from hub.wiring.listings import FileView
from hub.wiring.reports import Acceptance, Decision, Reports, SpecialProcedure

PAGE = 30

KINDS = {"question": "数据查询", "handover": "联办事项", "stop": "停止办理", "upstream": "前置结果"}
STATES = {"open": "待处理", "done": "已处理"}

ACTIONS: Mapping[ItemState, tuple[Action, ...]] = {
    ItemState.PUSHED: (
        Action("accept", "受理", True, True),
        Action("correct", "告知补正", False, True, needs=("reason",)),
        Action("refuse", "不予受理", False, True, needs=("reason",)),
    ),
    ItemState.PRE_REVIEW: (Action("pre_reviewed", "预审完成", True, True),),
    ItemState.AWAITING_UPSTREAM: (),
    ItemState.REVIEWING: (
        Action("approve", "准予许可", True, True),
        Action("deny", "不予许可", False, True, needs=("reason",)),
        Action("suspend", "进入特别程序", False, True, needs=("reason",)),
    ),
    ItemState.SUSPENDED: (Action("resume", "特别程序结束", True, True),),
}
"""What a reviewer may do with an item case, by its state."""

TAKEN = {
    ItemState.PUSHED: (Action("accept", "接单", True, True),),
    ItemState.REVIEWING: (
        Action("approve", "办理完成", True, True),
        Action("deny", "无法办理", False, True, needs=("reason",)),
    ),
}
"""The same for a service request, which knows neither 受理 nor 许可."""


class ReviewerBundle:
    def __init__(
        self, database: Database, desk: Desk, catalogs: Catalogs, looks: Looks, files: Files, clock: Clock
    ) -> None:
        self._database, self._desk, self._catalogs = database, desk, catalogs
        self._looks, self._files, self._clock = looks, files, clock
        self._reports = Reports(desk)

    def inbox(self, p: Principal, state: str, page: int) -> tuple[tuple[InboxRow, ...], bool]:
        """One page of the department's entries, oldest open first."""
        need(p, Role.REVIEWER)
        c = inbox_entries.c
        wanted = select(inbox_entries).where(
            c.region == p.region, c.department == p.organisation, c.state == (state or "open")
        )
        wanted = wanted.order_by(c.opened_at, c.id) if state != "done" else wanted.order_by(c.done_at.desc(), c.id)
        wanted = wanted.limit(PAGE + 1).offset((max(page, 1) - 1) * PAGE)
        with self._database.read() as session:
            rows = session.execute(wanted).all()
            found = tuple(self._row(session, r) for r in rows[:PAGE])
        return found, len(rows) > PAGE

    def entry(self, p: Principal, entry_id: str) -> InboxView:
        """One entry whole; the look is in the log first."""
        need(p, Role.REVIEWER)
        with self._database.read() as session:
            row = self._entry(session, p, entry_id)
            view = self._view(session, row)
        subject = next(iter(row.body["subject"].values()), "") if row.kind == "question" else ""
        fields = [key for _, _, key in row.body["form"]] if row.kind == "handover" else list(row.body.get("fields", ()))
        self._looks.record(
            p,
            f"inbox:{row.kind}",
            "screen",
            fields=fields,
            subject=subject,
            case=CaseRef(None, row.about, row.case_no or None),
        )
        return view

    def act(self, p: Principal, entry_id: str, action: str, reason: str, values: Mapping[str, str]) -> None:
        """Accept, refuse, correct, suspend, resume, approve, deny, pre_reviewed, acknowledge. Raises NotNow, BadInput."""
        need(p, Role.REVIEWER)
        with self._database.write() as session:
            row = self._entry(session, p, entry_id)
            now = self._clock()
            if action == "acknowledge":
                self._done(session, row, p, now)
                return
            if row.kind not in ("handover", "upstream"):
                raise NotNow("这条记录不是联办事项，不能受理或审批。", code="NOT_A_HANDOVER")
            self._report(session, row, p, action, reason, values, now)
            if self._settled(session, row):
                self._done_item(session, row, p, now)

    def answer(self, p: Principal, entry_id: str, found: bool, values: Mapping[str, str]) -> None:
        """Answer a question. Raises BadInput naming each field that the dictionary refuses."""
        need(p, Role.REVIEWER)
        with self._database.write() as session:
            row = self._entry(session, p, entry_id)
            if row.kind != "question" or row.state != "open":
                raise NotNow("这条查询已经答复。", code="ALREADY_ANSWERED")
            now = self._clock()
            clean = self._checked(row, values) if found else {}
            answer = LaterAnswer("found" if found else "not_found", p.subject, p.organisation, clean, as_of=now)
            driver.inbox_answered(session, row.number, answer, now)
            self._done(session, row, p, now)

    def file(self, p: Principal, entry_id: str, code: str) -> FileView:
        """A file that came with a hand-over, once the look is in the log."""
        need(p, Role.REVIEWER)
        with self._database.read() as session:
            row = self._entry(session, p, entry_id)
        listed = [*row.body.get("attachments", ()), *([row.body["document"]] if row.body.get("document") else [])]
        one = next((a for a in listed if a["code"] == code and a["size"]), None)
        if one is None:
            raise NotThere("这项材料没有随件文件，只有来源记录。", code="FILE_MISSING")
        self._looks.record(
            p, "inbox:file", "screen", fields=(code,), case=CaseRef(None, row.about, row.case_no or None)
        )
        return FileView(one["name"], one["media_type"], self._files.read(one["sha256"]))

    # --- acting --------------------------------------------------------------------------------------------------------

    def _report(
        self,
        session: Session,
        row: Row[tuple[object, ...]],
        p: Principal,
        action: str,
        reason: str,
        values: Mapping[str, str],
        now: datetime,
    ) -> None:
        org, item_no, r = p.organisation, row.item_no, self._reports
        results = {k: v for k, v in values.items() if v}
        known: Mapping[str, Callable[[], object]] = {
            "accept": lambda: r.acceptance(
                session, org, item_no, Acceptance("accepted", department_no=row.number), p.subject, now
            ),
            "refuse": lambda: r.acceptance(
                session, org, item_no, Acceptance("refused", reason, row.number), p.subject, now
            ),
            "correct": lambda: r.acceptance(
                session,
                org,
                item_no,
                Acceptance("correction", reason, row.number, (("申请材料", _needed(reason)),)),
                p.subject,
                now,
            ),
            "approve": lambda: r.decision(
                session, org, item_no, Decision("approved", "", row.number, results), p.subject, now
            ),
            "deny": lambda: r.decision(session, org, item_no, Decision("denied", reason, row.number), p.subject, now),
            "suspend": lambda: r.special_procedure(
                session,
                org,
                item_no,
                SpecialProcedure("start", "2", values.get("name", "现场核查"), reason),
                p.subject,
                now,
            ),
            "resume": lambda: r.special_procedure(session, org, item_no, SpecialProcedure("end"), p.subject, now),
            "pre_reviewed": lambda: r.pre_review(session, org, item_no, p.subject, now),
        }
        if action not in known:
            raise BadInput("没有这个操作，请刷新页面。", {"action": "未知"}, code="ACTION_UNKNOWN")
        known[action]()

    def _settled(self, session: Session, row: Row[tuple[object, ...]]) -> bool:
        own = self._item(session, row)
        return own is None or own[1].state not in (*ACTIONS, ItemState.ACCEPTED, ItemState.WAITING)

    def _done(self, session: Session, row: Row[tuple[object, ...]], p: Principal, now: datetime) -> None:
        session.execute(
            update(inbox_entries)
            .where(inbox_entries.c.id == row.id)
            .values(state="done", done_at=now, done_by=p.subject)
        )

    def _done_item(self, session: Session, row: Row[tuple[object, ...]], p: Principal, now: datetime) -> None:
        """All entries about this item case are finished with its decision."""
        c = inbox_entries.c
        session.execute(
            update(inbox_entries)
            .where(
                c.item_no == row.item_no,
                c.department == row.department,
                c.state == "open",
                c.kind.in_(("handover", "upstream")),
            )
            .values(state="done", done_at=now, done_by=p.subject)
        )

    def _checked(self, row: Row[tuple[object, ...]], values: Mapping[str, str]) -> dict[str, str]:
        dictionary = self._catalogs.current().dictionary
        clean, mistakes = {}, {}
        for name in row.body["fields"]:
            text = values.get(name, "").strip()
            if not text:
                mistakes[name] = "请填写"
                continue
            try:
                clean[name] = canonical(dictionary[name], text)
            except BadValue as e:
                mistakes[name] = e.message
        if mistakes:
            raise BadInput("请更正以下各项后再答复；确无记录的请选“无此记录”。", mistakes, code="ANSWER_INCOMPLETE")
        return clean

    # --- reading -------------------------------------------------------------------------------------------------------

    def _entry(self, session: Session, p: Principal, entry_id: str) -> Row[tuple[object, ...]]:
        c = inbox_entries.c
        row = session.execute(
            select(inbox_entries).where(c.id == entry_id, c.department == p.organisation, c.region == p.region)
        ).first()
        if row is None:
            raise NotThere("本部门的收件箱没有这条记录。", code="ENTRY_NOT_THERE")
        return row

    def _item(self, session: Session, row: Row[tuple[object, ...]]) -> tuple[Scene, PlainItem] | None:
        if not row.item_no:
            return None
        scene = self._desk.scene(session, id_of_item_number(session, row.item_no, self._desk.region, row.department))
        return scene, scene.case.numbered(row.item_no)

    def _row(self, session: Session, row: Row[tuple[object, ...]]) -> InboxRow:
        site = self._catalogs.current()
        own = self._item(session, row)
        title = STATES[row.state]
        if own is not None and row.kind == "handover":
            title = ITEM_TITLES[own[1].state]
        return InboxRow(
            id=row.id,
            kind=row.kind,
            number=row.number,
            title=f"{KINDS[row.kind]}：{_about(site, row)}",
            case_no=row.case_no or (own[0].case.case_no if own else ""),
            opened_at=row.opened_at,
            due_at=row.due_at,
            overdue=bool(row.state == "open" and row.due_at and self._clock() > row.due_at),
            state=row.state,
            state_title=title,
        )

    def _view(self, session: Session, row: Row[tuple[object, ...]]) -> InboxView:
        site = self._catalogs.current()
        own = self._item(session, row)
        body = row.body
        form = tuple(
            (str(title), _shown(site, str(key), str(value), own)) for title, value, key in body.get("form", ())
        )
        if row.kind == "question":
            form = tuple(
                (site.dictionary[k].title if k in site.dictionary else k, str(v)) for k, v in body["subject"].items()
            )
        if row.kind == "stop":
            form = (("原因", str(body["reason"])),)
        return InboxView(
            row=self._row(session, row),
            item_no=row.item_no,
            department=site.departments[row.department].name,
            form=form,
            materials=tuple(_material(a) for a in body.get("attachments", ())),
            answers=tuple(_answer_field(site.dictionary[name]) for name in body.get("fields", ()))
            if row.kind == "question"
            else (),
            upstream=self._upstream(session, site, row),
            actions=self._actions(row, own),
            item=item_view(session, own[0], own[1], self._clock()) if own else None,
        )

    def _upstream(self, session: Session, site: Site, row: Row[tuple[object, ...]]) -> tuple[tuple[str, str], ...]:
        if row.kind == "upstream":
            return ((str(row.body["title"]), str(row.body["identifier"])),)
        c = inbox_entries.c
        came = session.execute(
            select(inbox_entries).where(c.item_no == row.item_no, c.kind == "upstream", c.department == row.department)
        ).all()
        return tuple((str(r.body["title"]), str(r.body["identifier"])) for r in came if row.item_no)

    def _actions(self, row: Row[tuple[object, ...]], own: tuple[Scene, PlainItem] | None) -> tuple[Action, ...]:
        if row.state != "open":
            return ()
        if row.kind == "question":
            return ()
        if row.kind == "handover" and own is not None:
            table = ACTIONS if own[0].item(own[1].item).has_acceptance else TAKEN
            return table.get(own[1].state, ())
        return (Action("acknowledge", "已知悉", True, True),)


def _about(site: Site, row: Row[tuple[object, ...]]) -> str:
    if row.about in site.resources:
        return site.resources[row.about].title
    return site.items[row.about].title if row.about in site.items else str(row.about)


def _shown(site: Site, key: str, value: str, own: tuple[Scene, PlainItem] | None) -> str:
    """Codes in words, as the case's own catalog has them."""
    f = own[0].form.field(key) if own else None
    known = {c.code: c.title for c in f.definition.codes} if f else {}
    return "、".join(known.get(part, part) for part in value.split(",")) if known else value


def _material(a: Mapping[str, object]) -> MaterialView:
    has_file = bool(a["size"])
    return MaterialView(
        code=str(a["code"]),
        name=str(a["name"]),
        status="uploaded" if has_file else "exempt",
        status_title="随件文件" if has_file else "数据共享核验，免提交",
        trust=str(a["trust"]),
        items=(),
        supplied_by="",
        standard="",
        copies=0,
        deferrable=False,
        promise_allowed=False,
        has_file=has_file,
        due_on=None,
        log_seq=None,
    )


def _answer_field(definition: FieldDefinition) -> FieldView:
    return FieldView(
        key=definition.name,
        title=definition.title,
        type=definition.type.value,
        value="",
        shown="",
        status="empty",
        status_title="待填写",
        locked=False,
        required=True,
        hint=definition.hint,
        unit=definition.unit,
        options=tuple(Option(c.code, c.title) for c in definition.codes),
        used_by=(),
        provenance=None,
        alternatives=(),
        override=None,
    )


def _needed(reason: str) -> str:
    if not reason.strip():
        raise BadInput("请一次性写明需要补正的材料和要求。", {"reason": "请填写"}, code="REASON_MISSING")
    return reason.strip()
