"""The next version of a certificate, unsigned, and the work that signs it. Until then the present one holds; it signs nothing."""

from __future__ import annotations

from datetime import datetime

from catalog.types import Site
from certificates.certificate import CertificateContent, write_content
from hub.cases.issuance import last_day
from hub.clock import local, new_id
from hub.errors import NotThere
from hub.registry import rows
from hub.registry.renewing import Wish, next_version, require_fit, require_plain
from hub.registry.rows import Doing, Entry
from hub.store import work
from hub.store.database import Session
from hub.store.tables import certificates
from hub.store.work import Task

SIGN_VERSION = "sign_version"


def reserve(
    session: Session,
    site: Site,
    one: Entry,
    content: CertificateContent | None,
    doing: Doing,
    wish: Wish,
    now: datetime,
) -> None:
    """Raises NotThere (CERTIFICATE_FILE_NOT_THERE), CERTIFICATE_CHANGED, and as `next_version` and `require_fit`."""
    if content is None:
        raise NotThere("这本证照没有数据文件，不能换发。", code="CERTIFICATE_FILE_NOT_THERE")
    latest = rows.versions(session, one)[-1]
    if latest.id != one.id:
        raise rows.ChangedMeanwhile("这本证照已有更新的版本。请打开最新版本再办。")
    kind = site.certificates.get(one.type_code)
    body = content.authority.code
    place = rows.place(session, one.region, body, (one.authority, *rows.units_of(site, body)))
    day = local(now).date()
    until = last_day(day, kind.validity.years) if kind is not None and kind.validity.years else content.valid_to
    made = next_version(content, doing.act, day, until, require_fit(site, content, wish, day))
    require_plain(made)
    new = new_id(now)
    values = {
        "id": new, "region": one.region, "identifier": str(made.identifier), "type_code": one.type_code,
        "authority": one.authority, "number": one.number, "state": "reserved", "reserved_at": now,
        "valid_from": made.valid_from, "valid_to": made.valid_to, "subject_id": one.subject_id, "version": one.version + 1,
        "previous_id": one.id, "status_place": place, "type_name": one.type_name,
        "draft": write_content(made),
    }  # fmt: skip
    session.execute(certificates.insert().values(**values))
    task = Task(SIGN_VERSION, f"{SIGN_VERSION}:{new}", {"certificate_id": new, "decision": doing.decision})
    work.put(session, task, now)
