"""The worker's errands to the outside: hand over, stop, supply an upstream result, push, message. Each names rows and decides nothing.

An errand reads, talks with no transaction open, and gives back what to write; the worker writes that with the errand's end. What an
item's department learns is what that item needs, no more (政务数据共享条例 art. 25).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

import anyio.to_thread
from sqlalchemy import Row, select

from adapters.connect import Connected
from adapters.contract import Attachment, Handover, Message, Push, Stop, UpstreamResult
from catalog.notices import DECISIONS
from catalog.types import IssuedBy, ItemKind
from hub.cases import asked, dispatch, flow
from hub.cases.consequences import archive_task
from hub.cases.load import id_of_item_number
from hub.cases.notices import TITLES
from hub.cases.plain import PlainItem
from hub.cases.states import ANSWER_TITLES, BEFORE_DECISION, CaseState, ItemState
from hub.cases.step import Step
from hub.jobs import Commit
from hub.outbox import Outbox, Regarding, wire_key
from hub.sharinglog import CaseRef
from hub.store.database import Database, Session
from hub.store.files import Files
from hub.store.tables import accounts, case_events, evidence, form_values, materials, notices, work
from hub.store.work import Claimed, GiveUp
from hub.text import MESSAGES
from hub.wiring import look_ups
from hub.wiring.desk import Desk
from hub.wiring.doorways import Doorways
from hub.wiring.form_view import mark_of
from hub.wiring.persons import basis_of, persons
from hub.wiring.phones import mobile
from hub.wiring.pushing import values_of
from hub.wiring.results import result_file
from hub.wiring.scene import Scene

T = TypeVar("T")

LACKING = ("deferred", "promised")
HANDED = ("exempt", "uploaded", *LACKING)
"""Materials that a department is told of: those that are there, and those that it must know to be lacking."""


@dataclass(frozen=True)
class Errands:
    """All that the errands need. `platform` (of now) and `gateway` are department codes in `adapters`."""

    database: Database
    desk: Desk
    adapters: Mapping[str, Connected]
    outbox: Outbox
    files: Files
    index_key: bytes
    platform: Callable[[Session], str]
    gateway: str

    async def hand_over(self, task: Claimed) -> Commit | None:
        """Give an item case to its department, a corrected one once more. Withdrawn or ended meanwhile: nothing is given."""

        def prepare(session: Session) -> tuple[Scene, PlainItem, Handover, Regarding] | None:
            scene = self.desk.scene(session, task.args["case_id"])
            own = scene.case.numbered(task.args["item_no"])
            if own.state not in BEFORE_DECISION or (task.args.get("supplement") and own.state == ItemState.CORRECTION):
                return None  # a corrected item case comes again with all its materials
            given = self._handover(session, scene, own, task)
            return scene, own, given, self._about(session, scene, own, given.form, [a.code for a in given.attachments])

        prepared = await self._read(prepare)
        if prepared is None:
            return None
        scene, own, handover, about = prepared
        taken, by_hand = await self._doors.handed(scene, own, handover, about, task)

        def commit(session: Session, now: datetime) -> None:
            fresh = self.desk.scene(session, scene.case.id, lock=True)
            item = fresh.case.numbered(own.item_no)
            step = dispatch.handed_over(fresh.case, item, taken.department_no, by_hand=by_hand)
            if step != Step():
                self.desk.do(session, fresh, step, own.department, now)

        return commit

    async def hand_over_sheet(self, task: Claimed) -> Commit | None:
        """Give the lead its verification sheet; it only takes it, and with that the case closes."""
        scene = await self._scene(task)
        if scene.case.state != CaseState.DELIVERING or not scene.terms.sheet_to:
            return None
        lead = scene.terms.sheet_to

        def prepare(session: Session) -> tuple[Handover, Regarding]:
            given = self._sheet(session, scene, task)
            return given, self._about(session, scene, None, given.form, [a.code for a in given.attachments])

        handover, about = await self._read(prepare)
        taken = await self.outbox.hand_over(self._doors.handles(lead), lead, handover, about)

        def commit(session: Session, now: datetime) -> None:
            fresh = self.desk.scene(session, scene.case.id, lock=True)
            if fresh.case.state == CaseState.DELIVERING:
                step = asked.sheet_taken(taken.department_no) + Step(work=(archive_task(fresh.case),))
                self.desk.do(session, fresh, step, lead, now)

        return commit

    async def stop(self, task: Claimed) -> Commit | None:
        """Tell a department to stop. One that cannot have the item case is told nothing; one that may have it is told too."""
        scene = await self._scene(task)
        own = scene.case.numbered(task.args["item_no"])
        may_have_it, about = await self._read(lambda s: (_may_have_it(s, own), self._about(s, scene, own)))
        if not may_have_it:
            return None
        key = wire_key(self.index_key, task.key)
        stop = Stop(key, own.item_no, own.department_no, "申请人撤回或前置事项未通过", own.item)
        try:
            await self.outbox.stop(await self._doors.of(scene, own), own.department, stop, about)
        except GiveUp:
            if own.department_no:
                raise  # it took the item case and will not stop: a person must look
        return None

    async def supply(self, task: Claimed) -> Commit | None:
        """Give a waiting item's department the upstream result that it waits for; an item that ended needs nobody's result."""

        def prepare(session: Session) -> tuple[Scene, PlainItem, UpstreamResult, Regarding] | None:
            scene = self.desk.scene(session, task.args["case_id"])
            own = scene.case.numbered(task.args["item_no"])
            upstream = scene.case.numbered(task.args["upstream_no"])
            item = scene.item(upstream.item)
            if own.state not in BEFORE_DECISION or item.kind is ItemKind.LOOK_UP:
                return None  # a look-up's answer went with the form; there is no result of its own to send
            result = self._upstream(session, scene, own, upstream, task.key)
            return scene, own, result, self._about(session, scene, own, item.result.fields)

        prepared = await self._read(prepare)
        if prepared is None:
            return None
        scene, own, result, about = prepared
        await self.outbox.supply(await self._doors.of(scene, own), own.department, result, about)
        return None

    async def push(self, task: Claimed) -> Commit | None:
        """Tell the platform of one case event, in one of its tables."""

        def prepare(session: Session) -> tuple[str, Push, Regarding]:
            scene = self.desk.scene(session, task.args["case_id"])
            event = _event(session, scene.case.id, int(task.args["event_no"]))
            own = scene.case.numbered(event.item_no) if event.item_no else None
            values = values_of(session, scene, event, own, task.args["table"])
            key = wire_key(self.index_key, task.key)
            push = Push(key, task.args["table"], scene.case.case_no, event.item_no, event.at, values)
            return self.platform(session), push, self._about(session, scene, own)

        platform, push, about = await self._read(prepare)
        receives = self._doors.adapter(platform).receives
        if receives is None:
            raise GiveUp("The platform's folder gives no way to receive; see `yijian doctor`.")
        await self.outbox.push(receives, platform, push, about)
        return None

    async def sms(self, task: Claimed) -> Commit | None:
        """Tell the applicant. Without a mobile the progress page and the notice must do: nothing is sent, and the case's page says so."""

        def prepare(session: Session) -> tuple[Message, Regarding]:
            case_id = id_of_item_number(session, task.args["item_no"], self.desk.region)
            scene = self.desk.scene(session, case_id)
            own = scene.case.numbered(task.args["item_no"])
            phone, about = self._reached(session, scene, own)
            return Message(wire_key(self.index_key, task.key), phone, self._text(scene, own, task.args["about"])), about

        message, about = await self._read(prepare)
        if not message.phone:
            return None
        tells = self._doors.adapter(self.gateway).tells
        if tells is None:
            raise GiveUp("No SMS gateway is connected; see `yijian doctor`.")
        await self.outbox.tell(tells, self.gateway, message, about)
        return None

    # --- what is sent --------------------------------------------------------------------------------------------------

    def _handover(self, session: Session, scene: Scene, own: PlainItem, task: Claimed) -> Handover:
        item = scene.item(own.item)
        supplement = task.args.get("supplement", "")
        used = [f.key for f in scene.form.fields if own.item in scene.form.used_by[f.key]]
        rows = _held(session, scene, [] if supplement else used)
        papers = self._attachments(session, scene, own.item)
        return Handover(
            key=wire_key(self.index_key, task.key),
            case_no=scene.case.case_no,
            item_no=own.item_no,
            item=own.item,
            item_title=item.title,
            pre_review=_result_follows(scene, own, task),
            promised_workdays=item.promised_workdays,
            form={r.field: str(r.value) for r in rows},
            titles=_titles(scene, rows),
            attachments=tuple(a for a in papers if supplement in ("", a.code)),
            handler=_handler_name(session, scene.case.handler),
            correction=int(task.args["attempt"]) > 1,
            marks={r.field: mark_of(scene, r) for r in rows},
            supplement=supplement,
        )

    def _sheet(self, session: Session, scene: Scene, task: Claimed) -> Handover:
        """The whole form, the frozen sheet as a document, and each look-up for the lead's own system."""
        case = scene.case
        rows = _held(session, scene, [f.key for f in scene.form.fields])
        where = (notices.c.case_id == case.id, notices.c.kind == asked.SHEET)
        sheet = session.execute(select(notices.c.number, notices.c.body, notices.c.body_sha256).where(*where)).one()
        body = str(sheet.body).encode()
        return Handover(
            key=wire_key(self.index_key, task.key),
            case_no=case.case_no,
            item_no=asked.sheet_no(case),
            item=case.matter,
            item_title=scene.matter.title,
            pre_review=False,
            promised_workdays=0,
            form={r.field: str(r.value) for r in rows},
            titles=_titles(scene, rows),
            attachments=(Attachment(asked.SHEET, TITLES[asked.SHEET], "A", sheet.body_sha256, "text/html", body),),
            handler=_handler_name(session, case.handler),
            marks={r.field: mark_of(scene, r) for r in rows},
            look_ups=look_ups.for_department(look_ups.look_ups(session, scene, case, {})),
        )

    def _attachments(self, session: Session, scene: Scene, item: str) -> list[Attachment]:
        names = {n.material.code: n.material.name for n in scene.needed if item in n.items}
        rows = session.execute(
            select(materials)
            .where(materials.c.case_id == scene.case.id, materials.c.code.in_(list(names)))
            .order_by(materials.c.code)
        )
        return [self._attachment(session, row, names[row.code]) for row in rows if row.status in HANDED]

    def _attachment(self, session: Session, row: Row[tuple[object, ...]], name: str) -> Attachment:
        """An exempt material goes as the certificate that came with the answer, else as the digest of the evidence."""
        if row.status in LACKING:
            due = row.due_on.isoformat() if row.due_on else ""
            return Attachment(row.code, name, row.trust, status=row.status, due_on=due)
        digest, media_type = row.file, row.media_type
        if row.evidence_id:
            found = session.execute(
                select(evidence.c.document_file, evidence.c.raw_file).where(evidence.c.id == row.evidence_id)
            ).one()
            if not found.document_file:
                return Attachment(row.code, name, row.trust, found.raw_file)
            digest, media_type = found.document_file, "application/octet-stream"
        return Attachment(row.code, name, row.trust, digest, media_type, self.files.read(digest) if digest else b"")

    def _upstream(
        self, session: Session, scene: Scene, own: PlainItem, upstream: PlainItem, work_key: str
    ) -> UpstreamResult:
        """An answered look-up has no document: its answer stands beside its title."""
        item = scene.item(upstream.item)
        kept = result_file(session, upstream.id)
        body = self.files.read(kept.file) if kept else b""
        document = Attachment(upstream.item, item.result.name, "A", kept.file, kept.media_type, body) if kept else None
        said = f"：{ANSWER_TITLES[upstream.answer]}" if upstream.answer else ""
        return UpstreamResult(
            key=wire_key(self.index_key, work_key),
            item_no=own.item_no,
            department_no=own.department_no,
            upstream_item=upstream.item,
            title=f"{item.result.name}{said}",
            identifier=upstream.certificate,
            document=document,
            decided_at=upstream.decided_at or scene.case.created_at,
            item=own.item,
        )

    def _text(self, scene: Scene, own: PlainItem, about: str) -> str:
        item = scene.item(own.item)
        words = DECISIONS[item.kind]
        facts = {
            "case_no": scene.case.case_no,
            "item": item.title,
            "days": str(item.promised_workdays),
            "approved": words.approved,
            "denied": words.denied,
            "denied_title": f"《{words.denied_title}》",
            "result": "电子证照正在制作，" if item.result.issued_by is IssuedBy.HUB else "办理结果",
        }
        return MESSAGES[about].format(
            **facts, window=scene.site.name, phone=scene.site.departments[own.department].phone
        )

    # --- reading -------------------------------------------------------------------------------------------------------

    def _about(
        self,
        session: Session,
        scene: Scene,
        own: PlainItem | None,
        fields: Iterable[str] = (),
        papers: Iterable[str] = (),
    ) -> Regarding:
        """What the log learns: the applicant, and whoever else is in these fields and materials."""
        item = own.item if own else ""
        about = persons(session, scene, fields, papers)
        return Regarding(
            CaseRef(scene.case.matter, item or None, scene.case.case_no),
            about,
            basis_of(scene=scene, item=item),
            "hub",
            scene.case.handler,
        )

    def _reached(self, session: Session, scene: Scene, own: PlainItem) -> tuple[str, Regarding]:
        """A phone number, and first in the record whoever it belongs to: the number can be erased with that person."""
        key, phone = mobile(session, scene)
        about = self._about(session, scene, own, (key,))
        return phone, replace(about, subjects=(*about.subjects[1:], *about.subjects[:1]))

    @property
    def _doors(self) -> Doorways:
        return Doorways(self.database, self.adapters, self.outbox)

    async def _scene(self, task: Claimed) -> Scene:
        return await self._read(lambda s: self.desk.scene(s, task.args["case_id"]))

    async def _read(self, function: Callable[[Session], T]) -> T:
        def read() -> T:
            with self.database.read() as session:
                return function(session)

        return await anyio.to_thread.run_sync(read)


def _held(session: Session, scene: Scene, keys: list[str]) -> list[Row[tuple[object, ...]]]:
    """The form's rows of these keys that hold a value, in this order."""
    c = form_values.c
    found = session.execute(select(form_values).where(c.case_id == scene.case.id, c.field.in_(keys)))
    held = {r.field: r for r in found}
    return [held[key] for key in keys if key in held and held[key].value]


def _titles(scene: Scene, rows: Iterable[Row[tuple[object, ...]]]) -> dict[str, str]:
    told = {r.field for r in rows}
    return {f.key: f"{f.group}·{f.title}" for f in scene.form.fields if f.key in told}


def _may_have_it(session: Session, own: PlainItem) -> bool:
    """Whether its department took the item case, or may have: a hand-over that was tried again may have arrived the first time.

    Hand-over and stop are in one stream, so no hand-over is under way here."""
    c = work.c
    # Each key whole: by a pattern all work would be read.
    keys = [f"hand_over:{own.item_no}:{attempt}" for attempt in range(1, own.attempt + 1)]
    tried_again = select(c.id).where(c.key.in_(keys), c.tries > 1)
    return bool(own.department_no) or session.execute(tried_again.limit(1)).first() is not None


def _event(session: Session, case_id: str, no: int) -> Row[tuple[object, ...]]:
    return session.execute(select(case_events).where(case_events.c.case_id == case_id, case_events.c.no == no)).one()


def _result_follows(scene: Scene, own: PlainItem, task: Claimed) -> bool:
    """Whether the department is to expect an upstream result: one that is open, or, at the first hand-over, one that came before the
    department had the item. That one follows as soon as it accepts; a department that was told of none would refuse it."""
    if flow.waits(scene.case, scene.terms, own.item):
        return True
    came = [u for u in flow.upstreams(scene.case, scene.terms, own.item) if flow.has_result(u)]
    first = int(task.args["attempt"]) == 1 and "supplement" not in task.args
    return first and any(scene.item(u.item).kind is not ItemKind.LOOK_UP for u in came)


def _handler_name(session: Session, account_id: str) -> str:
    return str(session.execute(select(accounts.c.name).where(accounts.c.id == account_id)).scalar() or "")
