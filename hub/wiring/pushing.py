"""What the platform is told of an event, in the words of `adapters.contract.PUSH_WORDS`. It sends nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Row, select

from catalog.notices import DECISIONS
from catalog.types import IssuedBy, Item
from hub.cases.plain import PlainItem
from hub.cases.states import ANSWER_TITLES
from hub.store import subjects
from hub.store.database import Session
from hub.store.tables import item_cases, materials
from hub.store.work import GiveUp
from hub.text import EVENTS
from hub.wiring.desk import applicant_name
from hub.wiring.results import result_file
from hub.wiring.scene import Scene

RESULTS = {
    "completed": "办结",
    "refused": "不予受理",
    "withdrawn": "申请人撤回",
    "terminated": "终止",
    "not_gathered": ANSWER_TITLES["not_gathered"],
}
CODES = {"looked_up": "completed", "not_gathered": "completed"}
"""The platform's word for how an item that was asked came out: it is done. Which answer it has stands in the title: 已核验, 查无记录 or 未能核验."""

PASSED = ("accepted", "approved", "completed", "looked_up")
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
        "basic_code": _code(t.scene.item(t.item.item), "basic_code"),
        "task_code": _code(t.scene.item(t.item.item), "task_code"),
    }


def _code(item: Item, name: str) -> str:
    """基本编码 or 实施编码 of the item's guide; empty where nobody gave it one yet."""
    return str(item.extras.get(name, ""))


def _process(t: _Telling) -> dict[str, str]:
    kind = str(t.event.kind)
    outcome = "return" if kind in RETURNED else "pass" if kind in PASSED else "other"
    at = t.event.at.isoformat()
    return {"step": kind, "step_title": EVENTS.get(kind, kind), "outcome": outcome, "started_at": at, "ended_at": at}


def _result(t: _Telling) -> dict[str, str]:
    kind = str(t.event.kind)
    return {
        "result": CODES.get(kind, kind),
        "result_title": _result_title(t, kind),
        "decided_at": t.event.at.isoformat(),
        "decision_no": t.own.decision_no if t.own else "",
        "certificate_number": _document_no(t),
        "certificate_identifier": t.own.certificate if t.own else "",
    }


def _result_title(t: _Telling, kind: str) -> str:
    if kind == "looked_up":
        return ANSWER_TITLES[str(t.event.facts["answer"])]
    if t.own and kind in ("approved", "denied"):
        words = DECISIONS[t.scene.item(t.own.item).kind]
        return words.approved if kind == "approved" else words.denied
    return RESULTS[kind]


def _document_no(t: _Telling) -> str:
    """The number of a result that its department issued: ours stands in up_lic_data."""
    if t.own is None or t.scene.item(t.own.item).result.issued_by is IssuedBy.HUB:
        return ""
    kept = t.session.execute(select(item_cases.c.results).where(item_cases.c.id == t.own.id)).scalar() or {}
    return str(kept.get("document_no") or "")


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
    row = result_file(t.session, t.item.id)
    if row is None:
        raise GiveUp("This table of the platform tells of a document, and the item case has none.")
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
        "issued_on": row.issued_on.isoformat() if row.issued_on else "",
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
