"""What the platform is told of an event, in the words of `adapters.contract.PUSH_WORDS`. It sends nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Row, select

from hub.cases.plain import PlainItem
from hub.clock import local
from hub.store import subjects
from hub.store.database import Session
from hub.store.tables import certificates, materials
from hub.store.work import GiveUp
from hub.text import EVENTS
from hub.wiring.desk import Scene, applicant_name

RESULTS = {
    "approved": "准予",
    "completed": "办结",
    "denied": "不予许可",
    "refused": "不予受理",
    "withdrawn": "申请人撤回",
    "terminated": "终止",
}
RETURNED = ("refused", "denied", "withdrawn", "terminated")


@dataclass(frozen=True)
class _Telling:
    session: Session
    scene: Scene
    event: Row[tuple[object, ...]]
    own: PlainItem | None

    @property
    def item(self) -> PlainItem:
        """For the tables that tell of one item. Raises GiveUp for an event of the whole case."""
        if self.own is None:
            raise GiveUp("This table of the platform tells of an item case, and the event names none.")
        return self.own


def values_of(
    session: Session, scene: Scene, event: Row[tuple[object, ...]], own: PlainItem | None, table: str
) -> Mapping[str, str]:
    """The values of one push; empty ones are left out, never sent as empty text."""
    telling = _Telling(session, scene, event, own)
    values = {**_common(telling), **TABLES[table](telling)}
    return {name: value for name, value in values.items() if value}


def _common(t: _Telling) -> dict[str, str]:
    case, site = t.scene.case, t.scene.site
    department = site.departments[t.own.department] if t.own else site.departments[t.scene.matter.lead]
    return {
        "matter": case.matter,
        "matter_title": t.scene.matter.title,
        "item": t.own.item if t.own else "",
        "item_title": site.items[t.own.item].title if t.own else "",
        "department": department.code,
        "department_name": department.name,
        "department_uscc": department.uscc,
        "handler": case.handler,
        "region": case.region,
    }


def _accept(t: _Telling) -> dict[str, str]:
    applicant = subjects.subject(t.session, t.scene.case.applicant)
    return {
        "applicant_name": applicant_name(t.session, t.scene),
        "applicant_code": applicant.identifier,
        "applicant_kind": applicant.kind,
        "accepted_at": t.event.at.isoformat(),
        "promised_workdays": str(t.scene.item(t.item.item).promised_workdays),
        "channel": t.scene.case.channel,
    }


def _process(t: _Telling) -> dict[str, str]:
    kind = str(t.event.kind)
    outcome = "return" if kind in RETURNED else "pass" if kind in ("accepted", "approved", "completed") else "other"
    at = t.event.at.isoformat()
    return {"step": kind, "step_title": EVENTS.get(kind, kind), "outcome": outcome, "started_at": at, "ended_at": at}


def _result(t: _Telling) -> dict[str, str]:
    kind = str(t.event.kind)
    return {
        "result": kind,
        "result_title": RESULTS[kind],
        "decided_at": t.event.at.isoformat(),
        "decision_no": t.own.decision_no if t.own else "",
        "certificate_identifier": t.own.certificate if t.own else "",
    }


def _special(t: _Telling) -> dict[str, str]:
    """From the event alone: when this is told late, the item case may have gone on."""
    return {
        "special_kind": str(t.event.facts.get("special_kind", "2")),
        "special_name": str(t.event.facts.get("name", "特别程序")),
        "action": "start" if t.event.kind == "suspended" else "end",
        "reason": str(t.event.note or ""),
        "at": t.event.at.isoformat(),
    }


def _materials(t: _Telling) -> dict[str, str]:
    names = {n.material.code: n.material.name for n in t.scene.needed}
    rows = t.session.execute(
        select(materials.c.code, materials.c.status, materials.c.trust)
        .where(materials.c.case_id == t.scene.case.id)
        .order_by(materials.c.code)
    ).all()
    listed = [{"code": r.code, "name": names.get(r.code, r.code), "status": r.status, "trust": r.trust} for r in rows]
    return {
        "materials": json.dumps(listed, ensure_ascii=False),
        "material_count": str(len(listed)),
        "exempted_count": str(sum(r.status == "exempt" for r in rows)),
    }


def _licence(t: _Telling) -> dict[str, str]:
    row = t.session.execute(select(certificates).where(certificates.c.item_case_id == t.item.id)).one()
    holder = subjects.subject(t.session, t.scene.case.applicant)
    authority = t.scene.site.departments[row.authority]
    return {
        "certificate_identifier": row.identifier,
        "certificate_number": row.number,
        "certificate_name": t.scene.item(t.item.item).result.name,
        "certificate_type": row.type_code,
        "holder_name": applicant_name(t.session, t.scene),
        "holder_code": holder.identifier,
        "holder_code_type": "111" if holder.kind == "person" else "001",
        "authority_name": authority.name,
        "authority_code": authority.uscc,
        "issued_on": local(row.reserved_at).date().isoformat(),
        "valid_from": row.valid_from.isoformat() if row.valid_from else "",
        "valid_to": row.valid_to.isoformat() if row.valid_to else "",
        "certificate_sha256": row.file,
    }


TABLES: Mapping[str, Callable[[_Telling], dict[str, str]]] = {
    "up_pro_accept": _accept,
    "up_pro_process": _process,
    "up_pro_result": _result,
    "up_pro_special_procedure": _special,
    "up_pro_material": _materials,
    "up_lic_data": _licence,
}
