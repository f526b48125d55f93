"""Materials at the counter: scans, deferral 容缺, promise 告知承诺, and looking at what is there. It judges no content."""

from __future__ import annotations

from sqlalchemy import select, update

from hub.cases import dispatch
from hub.cases.gathering import BEGINS
from hub.cases.states import CaseState, ItemState
from hub.cases.step import Event, Step
from hub.clock import local
from hub.errors import BadInput, NotNow, NotThere
from hub.identity.principal import Principal, Role
from hub.moments import Moment, reached
from hub.prefill import feed, rounds
from hub.store import files as file_rows
from hub.store.database import Session
from hub.store.files import StoredFile
from hub.store.tables import materials
from hub.wiring.access import need
from hub.wiring.clerk.parts import AtTheCounter, ref, worded
from hub.wiring.listings import FileView
from hub.wiring.persons import persons
from hub.wiring.scene import Scene

NO_FILE = {"file": "", "media_type": "", "file_name": None}


class Materials(AtTheCounter):
    def upload(self, p: Principal, case_id: str, code: str, filename: str, media_type: str, body: bytes) -> None:
        """Add a scan. Raises BadInput for an empty, oversize or disguised file, NotThere for a material that is not asked.

        What was deferred may be added after receipt too; the case then shows when.
        """
        need(p, Role.CLERK)
        _refuse_bad_file(media_type, body, self._p.max_upload_bytes)
        stored = self._p.files.keep(body, media_type)
        reached(Moment.MATERIAL_KEPT)
        self._change(case_id, lambda session, scene: self._upload(session, scene, p, code, filename, stored))

    def _upload(
        self, session: Session, scene: Scene, p: Principal, code: str, filename: str, stored: StoredFile
    ) -> None:
        deferred = self._deferred(session, scene, code)
        if not deferred and not _open(scene):
            raise _closed()
        now = self._p.clock()
        file_rows.note(session, stored, now)
        kept = {"file": stored.sha256, "media_type": stored.media_type, "file_name": filename}
        self._write(session, scene, code, p, status="uploaded", trust="C", due_on=None, **kept)
        if deferred:
            work = dispatch.supplement_tasks(scene.case, code, _inboxes(scene, code), stored.sha256[:16])
            step = Step(events=(Event("supplemented", facts={"material": code}),), work=work)
            self._desk.do(session, scene, step, p.subject, now)

    def file(self, p: Principal, case_id: str, code: str) -> FileView:
        """The file of a material, once the look is in the log."""
        need(p, Role.CLERK)
        with self._p.database.read() as session:
            scene = self._desk.scene(session, case_id)
            row = session.execute(
                select(materials).where(materials.c.case_id == case_id, materials.c.code == code)
            ).first()
            about = persons(session, scene, papers=(code,))
        if row is None or not row.file:
            raise NotThere("这项材料还没有文件。", code="FILE_MISSING")
        self._p.looks.record(p, "material", "screen", fields=(code,), subjects=about, case=ref(scene))
        return FileView(str(row.file_name or code), row.media_type, self._p.files.read(row.file))

    def material_way(self, p: Principal, case_id: str, code: str, way: str, reason: str) -> None:
        """defer (容缺, with a due day), promise (告知承诺), remove. Raises NotNow where the material or the site does not allow it."""
        need(p, Role.CLERK)
        self._change(case_id, lambda session, scene: self._way(session, scene, p, code, way, reason))

    def _way(self, session: Session, scene: Scene, p: Principal, code: str, way: str, reason: str) -> None:
        if not _open(scene):
            raise _closed()
        wanted = next((n.material for n in scene.needed if n.material.code == code), None)
        if wanted is None:
            raise NotThere("本次办理不需要这项材料。", code="MATERIAL_NOT_NEEDED")
        rules = scene.terms.rules
        if way == "defer":
            _allowed(wanted.deferrable and rules.deferral_allowed, "这项材料不适用容缺受理。")
            due, _ = scene.calendar.add_workdays(local(self._p.clock()).date(), rules.deferral_days)
            self._write(session, scene, code, p, status="deferred", trust="D", due_on=due, note=worded(reason))
        elif way == "promise":
            _allowed(wanted.promise_allowed, "这项材料不适用告知承诺。")
            self._write(session, scene, code, p, status="promised", trust="D", note=worded(reason))
        elif way == "remove":
            self._write(session, scene, code, p, status="missing", trust="", due_on=None, note=None, **NO_FILE)
            rounds.advance(session, self._p.prefill.desk(session, scene.case.id, p.subject, self._p.clock()))
        else:
            raise BadInput("没有这种处理方式，请刷新页面。", {"way": "未知"}, code="WAY_UNKNOWN")

    def _deferred(self, session: Session, scene: Scene, code: str) -> bool:
        after_receipt = scene.case.state in (CaseState.DISPATCHED, CaseState.IN_PROGRESS)
        status = session.execute(
            select(materials.c.status).where(materials.c.case_id == scene.case.id, materials.c.code == code)
        ).scalar()
        return after_receipt and status == "deferred"

    def _write(self, session: Session, scene: Scene, code: str, p: Principal, **columns: object) -> None:
        now = self._p.clock()
        changed = session.execute(
            update(materials)
            .where(materials.c.case_id == scene.case.id, materials.c.code == code)
            .values(updated_at=now, updated_by=p.subject, **columns)
        )
        if changed.rowcount != 1:
            raise NotThere("本次办理不需要这项材料。", code="MATERIAL_NOT_NEEDED")
        feed.add(session, scene.case.id, "material", code, now)


def _inboxes(scene: Scene, code: str) -> tuple[str, ...]:
    """The items that need this material and whose people work at the inbox: a department's own system knows no supplements."""
    items = next((n.items for n in scene.needed if n.material.code == code), ())
    handed = [i for i in items if not scene.item(i).is_asked]
    return tuple(i for i in handed if scene.site.departments[scene.item(i).department].takes_at_inbox(i))


def _open(scene: Scene) -> bool:
    """Materials change while they are checked, and while a department waits for a correction."""
    checking = scene.case.state in (CaseState.CHECKING, CaseState.CORRECTION)
    return checking or any(i.state == ItemState.CORRECTION for i in scene.case.items)


def _closed() -> NotNow:
    return NotNow("材料已经收下，不能再更改；需要更改的请先补正。", code="FORM_CLOSED")


def _refuse_bad_file(media_type: str, body: bytes, limit: int) -> None:
    if not body:
        raise BadInput("文件是空的，请重新扫描或选择。", {"file": "空文件"}, code="FILE_EMPTY")
    if len(body) > limit:
        raise BadInput(
            f"文件超过 {limit // 1_000_000} MB，请压缩或分开扫描后再上传。", {"file": "文件太大"}, code="FILE_TOO_LARGE"
        )
    begins = BEGINS.get(media_type)
    if begins is None or not body.startswith(begins):
        raise BadInput(
            "只能上传 PDF、OFD、PNG 或 JPEG 文件，且内容须与类型相符。", {"file": "文件类型不符"}, code="FILE_TYPE"
        )


def _allowed(allowed: bool, sentence: str) -> None:
    if not allowed:
        raise NotNow(sentence, code="WAY_NOT_ALLOWED")
