"""Annotated copies 加注件: for whom and what, until when, and the file. A copy has no signature of its own; it holds the face with its mark.

Wording: the layout's (proposed: "仅供…使用，他用无效，再次复制无效"). A copy is never deleted; after its day nobody is given it, nor while its certificate does not hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import insert, select

from certificates.copies import CopyForm
from certificates.faces.words import Mark
from certificates.status import STATUSES, VALID
from hub.clock import local, new_id
from hub.errors import BadInput, KeyReused, NotNow, NotThere
from hub.registry.rows import Entry
from hub.store import files as file_rows
from hub.store.database import Session
from hub.store.files import StoredFile
from hub.store.sealing import Plain
from hub.store.tables import accounts, certificate_copies
from hub.wiring.registry_views import CopyRow

LONGEST = timedelta(days=366)
FORMS = tuple(form.value for form in CopyForm)
_c = certificate_copies.c


@dataclass(frozen=True)
class CopyAsked:
    """What a copy is for. `made_for` is the organisation that gets it, empty for the holder; `form` is pdf, ofd or png."""

    purpose: str = field(repr=False)
    expires_on: date
    key: str
    case_no: str = ""
    made_for: str = ""
    form: str = "pdf"


def mark_of(asked: CopyAsked, maker: str, today: date, recipient: str = "") -> Mark:
    """What the copy's face says; `recipient` is the name of the organisation that gets it. Raises BadInput (PURPOSE_MISSING, COPY_ENDS, COPY_FORM)."""
    if not asked.purpose.strip() or len(asked.purpose) > 60:
        raise BadInput("请写明用途，60 字以内。", {"purpose": "请写明用途"}, code="PURPOSE_MISSING")
    if not today <= asked.expires_on <= today + LONGEST:
        raise BadInput("加注件的有效期从今天起，最长一年。", {"expires_on": "请改日期"}, code="COPY_ENDS")
    if asked.form not in FORMS:
        raise BadInput("加注件可以制成 pdf、ofd 或 png。", {"form": "请选择"}, code="COPY_FORM")
    return Mark(asked.purpose.strip(), maker, today, asked.expires_on, asked.case_no.strip(), recipient)


def ending_of(media_type: str) -> str:
    """How the name of a copy's file ends."""
    return next((f".{form.value}" for form in CopyForm if form.media_type == media_type), "")


def keep(
    session: Session, one: Entry, asked: CopyAsked, by: str, organisation: str, stored: StoredFile, now: datetime
) -> CopyRow:
    """The copy's row, once for its key."""
    today = local(now).date()
    known = copied(session, one.id, asked.key, today)
    if known is not None:
        return known
    file_rows.note(session, stored, now)
    session.execute(
        insert(certificate_copies).values(
            id=new_id(now),
            region=one.region,
            certificate_id=one.id,
            key=asked.key,
            purpose=asked.purpose.strip(),
            case_no=asked.case_no.strip(),
            made_by=by,
            made_for=asked.made_for or organisation,
            made_at=now,
            expires_on=asked.expires_on,
            file=stored.sha256,
            media_type=stored.media_type,
        )
    )
    found = copied(session, one.id, asked.key, today)
    assert found is not None
    return found


def made_before(
    session: Session, one: Entry, asked: CopyAsked, today: date, first: Mapping[str, Plain] | None
) -> CopyRow | None:
    """The copy that the call made before: `first` is its answer, where it had one. Raises KeyReused where another copy stands under its key."""
    if first is not None:
        return next(copy for copy, _ in _copies(session, one.id, today) if copy.id == first["id"])
    known = copied(session, one.id, asked.key, today)
    said = asked.purpose.strip(), asked.expires_on, asked.case_no.strip(), asked.form
    if known is not None and (known.purpose, known.expires_on, known.case_no, known.form) != said:
        raise KeyReused
    return known


def copied(session: Session, certificate_id: str, key: str, today: date) -> CopyRow | None:
    """The copy that was made under this key."""
    return next((copy for copy, k in _copies(session, certificate_id, today) if k == key), None)


def copies_of(session: Session, certificate_id: str, today: date) -> tuple[CopyRow, ...]:
    """Newest first."""
    return tuple(copy for copy, _ in _copies(session, certificate_id, today))


def digests_of(session: Session, certificate_id: str, today: date) -> frozenset[str]:
    """Of every copy that has not ended: a file in somebody's hand is one of them, or is not."""
    wanted = select(_c.file).where(_c.certificate_id == certificate_id, _c.expires_on >= today)
    return frozenset(row.file for row in session.execute(wanted))


def file_of(session: Session, one: Entry, copy_id: str, today: date) -> tuple[str, str]:
    """Digest and media type. Raises NotThere (COPY_NOT_THERE), NotNow: COPY_ENDED the day after its last, CERTIFICATE_NOT_VALID while the
    certificate does not hold."""
    wanted = select(_c.file, _c.media_type, _c.expires_on).where(_c.certificate_id == one.id, _c.id == copy_id)
    row = session.execute(wanted).first()
    if row is None:
        raise NotThere("没有这份加注件。请刷新页面。", code="COPY_NOT_THERE")
    if row.expires_on < today:
        raise NotNow("这份加注件已过有效期，不再提供。请按新的用途重新制作。", code="COPY_ENDED", status=410)
    if one.status != VALID:
        said = f"这本证照现在的状态是“{STATUSES[one.status]}”，它的加注件不再提供。请查看证照现状；恢复有效或换发之后，再取用或重新制作。"
        raise NotNow(said, code="CERTIFICATE_NOT_VALID")
    return row.file, row.media_type


def _copies(session: Session, certificate_id: str, today: date) -> list[tuple[CopyRow, str]]:
    wanted = select(certificate_copies, accounts.c.name.label("maker")).outerjoin(accounts, accounts.c.id == _c.made_by)
    wanted = wanted.where(_c.certificate_id == certificate_id).order_by(_c.made_at.desc(), _c.id.desc())
    return [
        (
            CopyRow(
                r.id,
                str(r.purpose),
                r.case_no,
                r.maker or "系统",
                r.made_at,
                r.expires_on,
                r.expires_on < today,
                ending_of(r.media_type).removeprefix("."),
            ),
            r.key,
        )
        for r in session.execute(wanted)
    ]
