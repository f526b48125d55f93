"""The files that show a certificate, made later where they could not be made when it was signed: a rare character that no font has.

The certificate holds from its data file on, whatever its face does; the work stays, stopped and in view of the operator, until font or
layout is mended and somebody retries it. It makes no data file and no code anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import anyio.to_thread
from sqlalchemy import select

from certificates.errors import CertificateError, Malformed, SignerAway
from hub.jobs import Commit
from hub.registry import rows, stamps
from hub.store import files as file_rows
from hub.store import work
from hub.store.catalogs import Catalogs
from hub.store.database import Database, Session
from hub.store.tables import work as tasks
from hub.store.work import Claimed, GiveUp, Task
from hub.wiring.keyuse import KeyAct, used_for
from hub.wiring.making import Made, Making, away

DRAW_FACES = "draw_faces"
ADVICE = "数据证照已签发、有效；版式文件（OFD、PDF）没有生成：字库没有证面上的某个字，或者版式放不下。请运维设置含该字的字库 YIJIAN_FONT（或改版式），重启后在运行页面重试。"
"""What a reviewer and the window read while the files are not there."""
STAMP_ADVICE = "证照已签发、有效，文件可以交给申请人；时间戳服务暂时没有应答，时间戳由系统自动补上，之后下载的文件带时间戳。在此之前，核验结果中“时间戳”一项为未核验。"
"""What they read while nobody has testified to the time of its files."""


@dataclass(frozen=True)
class DrawingLater:
    database: Database
    catalogs: Catalogs
    making: Making
    region: str

    async def draw(self, task: Claimed) -> Commit | None:
        """Make OFD and PDF of a signed certificate. Raises GiveUp (FACE_NOT_DRAWN), so that a person looks."""
        return await anyio.to_thread.run_sync(self._draw, task.args["certificate_id"])

    def _draw(self, certificate_id: str) -> Commit:
        with self.database.read() as session:
            one, held = rows.entry(session, self.region, certificate_id), rows.files_of(session, certificate_id)
        files = self.making.files
        data = files.read(held["ycert"].file)
        qr = files.read(held["credential"].file) if "credential" in held else None
        try:
            with used_for(KeyAct.FACE, one.id):
                made = self.making.faces_of(self.catalogs.current(), one.authority, data, qr)
        except SignerAway as e:
            raise away(e) from e
        except Malformed as e:
            raise GiveUp(f"The face could not be drawn ({e.code}): {e}", code="FACE_NOT_DRAWN") from e
        except CertificateError as e:
            raise GiveUp(f"The files were not signed ({e.code}); see `yijian doctor` about keys.") from e

        def commit(session: Session, now: datetime) -> None:
            for stored in made.stored:
                file_rows.note(session, stored, now)
            rows.keep_files(session, one.id, made.carriers, now)

        return commit


def later(session: Session, certificate_id: str, made: Made, now: datetime) -> None:
    """In the transaction that records the certificate: what is lacking becomes work of its own."""
    if made.lacking:
        work.put(session, Task(DRAW_FACES, _key(certificate_id), {"certificate_id": certificate_id}), now)


def lacking(session: Session, certificate_id: str, stamping: bool) -> str:
    """What to tell of files that are not there yet, or (where the hub has a timestamp authority) not stamped yet; empty where nothing is lacking."""
    open_ = (tasks.c.key == _key(certificate_id), tasks.c.state.in_(work.OPEN))
    if session.execute(select(tasks.c.id).where(*open_)).first():
        return ADVICE
    return STAMP_ADVICE if stamping and stamps.waits(session, certificate_id) else ""


def _key(certificate_id: str) -> str:
    return f"{DRAW_FACES}:{certificate_id}"
