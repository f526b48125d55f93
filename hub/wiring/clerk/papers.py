"""Notices and certificates of a case, for whoever may read them. Each look, print and export is in the log first."""

from __future__ import annotations

from sqlalchemy import select, update

from certificates.certificate import MEDIA_TYPE, read
from certificates.printable import printable
from hub.cases.asked import SHEET
from hub.errors import NotThere
from hub.identity.principal import Principal, Role
from hub.store.database import Session
from hub.store.tables import notices
from hub.wiring.access import need
from hub.wiring.carriers import handed
from hub.wiring.clerk.parts import AtTheCounter, ref
from hub.wiring.listings import FileView
from hub.wiring.making import Held
from hub.wiring.persons import everybody, persons
from hub.wiring.results import Result, result_file
from hub.wiring.scene import Scene

ENDINGS = {
    MEDIA_TYPE: "ycert",
    "application/pdf": "pdf",
    "application/ofd": "ofd",
    "image/jpeg": "jpg",
    "image/png": "png",
}


class Papers(AtTheCounter):
    def notice(self, p: Principal, notice_id: str, printed: bool) -> str:
        """The frozen document; `printed` counts one print. A reviewer reads those of the own department's items. Raises NotThere."""
        need(p, Role.CLERK, Role.REVIEWER)
        with self._p.database.read() as session:
            row = session.execute(
                select(notices).where(notices.c.id == notice_id, notices.c.region == self._desk.region)
            ).first()
            scene = self._desk.scene(session, row.case_id) if row is not None else None
            about = _in_it(session, scene, row.kind) if scene is not None and row is not None else ()
        if row is None or scene is None or not _may_read(p, scene, row.item_no):
            raise NotThere("没有这份文书。", code="NOTICE_NOT_THERE")
        action = "print" if printed else "screen"
        self._p.looks.record(p, f"notice:{row.kind}", action, subjects=about, case=ref(scene))
        if printed:
            with self._p.database.write(quiet=True) as session:
                session.execute(update(notices).where(notices.c.id == notice_id).values(prints=notices.c.prints + 1))
        return str(row.body)

    def certificate(self, p: Principal, case_id: str, item: str) -> FileView:
        """The certificate of one item, as any verifier takes it: signed here, or as its issuer gave it. The export is
        in the log first. Raises NotThere."""
        need(p, Role.CLERK)
        result, body = self._result(p, case_id, item, "export")
        name = result.identifier if result.readable else result.file[:16]
        return FileView(f"{name}.{ENDINGS.get(result.media_type, 'bin')}", result.media_type, body)

    def certificate_file(self, p: Principal, case_id: str, item: str, kind: str) -> FileView:
        """One file that shows or carries the certificate: ofd, pdf, png, ycert, credential. The export is in the log first.

        Raises NotThere (CERTIFICATE_NOT_THERE, CERTIFICATE_FILE_NOT_THERE)."""
        need(p, Role.CLERK)
        with self._p.database.read() as session:
            site = self._desk.scene(session, case_id).site
        result, body = self._result(p, case_id, item, "export")
        content = read(body).content if result.readable else None
        return handed(self._p.making, site, Held(result.number, result.carriers, content), kind)

    def certificate_page(self, p: Principal, case_id: str, item: str, nonce: str) -> str:
        """The certificate to read and print, as a whole page; the look is in the log first. Raises NotThere."""
        need(p, Role.CLERK)
        result, body = self._result(p, case_id, item, "screen")
        if not result.readable:
            raise NotThere("该文件不是本系统可以展示的格式，请下载原件查看。", code="CERTIFICATE_NOT_READABLE")
        return printable(read(body), nonce)

    def _result(self, p: Principal, case_id: str, item: str, action: str) -> tuple[Result, bytes]:
        with self._p.database.read() as session:
            scene = self._desk.scene(session, case_id)
            own = scene.case.item(item)
            result = result_file(session, own.id)
            about = persons(session, scene, scene.item(item).result.fields)
        if result is None:
            raise NotThere("这个事项还没有签发证照。", code="CERTIFICATE_NOT_THERE")
        fields = ("certificate",)
        self._p.looks.record(p, "certificate", action, fields=fields, subjects=about, case=ref(scene, item))
        return result, self._p.files.read(result.file)


def _in_it(session: Session, scene: Scene, kind: str) -> tuple[str, ...]:
    """A verification sheet names everybody whom its look-ups are about; other notices are the applicant's."""
    return everybody(session, scene) if kind == SHEET else persons(session, scene)


def _may_read(p: Principal, scene: Scene, item_no: str) -> bool:
    if Role.CLERK in p.roles:
        return True
    return bool(item_no) and scene.case.numbered(item_no).department == p.organisation
