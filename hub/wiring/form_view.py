"""One field of the form as a door shows it: value, status, where it came from, what else was said. It changes nothing and logs no viewing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Row

from catalog.dictionary import OPEN_END
from catalog.types import FieldType, FormField, Lock
from hub.cases.states import ANSWER_TITLES
from hub.cases.views import AlternativeView, FieldView, Option, OverrideView, ProvenanceView
from hub.prefill.rules import fixed
from hub.prefill.values import BY_HAND
from hub.wiring import reasons
from hub.wiring.scene import Scene

STATUS_TITLES = {
    "waiting": "正在查询",
    "auto": "部门数据",
    "confirmed": "已核对",
    "conflict": "来源不一致",
    "manual": "人工录入，未核验",
    "overridden": "已更正",
    "empty": "待填写",
}


def field_view(
    scene: Scene, f: FormField, row: Row[tuple[object, ...]] | None, names: Mapping[str, str], freed: str = ""
) -> FieldView:
    """One field; without a row nothing is known of it yet. `freed`: the answer of the look-up that asked for it alone, without a record."""
    value = str(row.value or "") if row is not None else ""
    status = str(row.status) if row is not None else "empty"
    options = tuple(Option(c.code, c.title) for c in f.definition.codes)
    if f.definition.type == FieldType.BOOLEAN and not options:
        options = (Option("true", "是"), Option("false", "否"))
    return FieldView(
        key=f.key,
        title=f.title,
        type=f.definition.type.value,
        value=value,
        shown=shown(f, value),
        status=status,
        status_title=ANSWER_TITLES[freed] if freed and status == "empty" else _status_title(status, row),
        locked=f.lock == Lock.LOCKED or fixed(f, row.source if row is not None else None) != "",
        required=f.required and not freed,
        hint=f.definition.hint,
        unit=f.definition.unit,
        options=options,
        used_by=tuple(scene.site.items[code].title for code in scene.form.used_by.get(f.key, ())),
        provenance=_provenance(scene, row.source) if row is not None and row.source else None,
        alternatives=_alternatives(scene, f, row),
        override=_override(f, row, names),
        example=f.definition.example,
    )


def _status_title(status: str, row: Row[tuple[object, ...]] | None) -> str:
    return "部门人工答复" if status == "auto" and row is not None and _is_by_hand(row.source) else STATUS_TITLES[status]


def _is_by_hand(source: Mapping[str, object] | None) -> bool:
    """Whether a department's persons gave the value while its system was down."""
    return str((source or {}).get("reason") or "").startswith(BY_HAND)


def mark_of(scene: Scene, row: Row[tuple[object, ...]]) -> str:
    """Where a value came from, in the words in which its item's department reads it."""
    source = row.source or {}
    department = str(source.get("department") or "")
    if source.get("reason") == "situation":
        return "申请时所选的情形"
    if row.status == "overridden":
        return "窗口更正，与部门数据不同，已记录理由"
    if department:
        known = scene.site.departments.get(department)
        return f"部门{'人工答复' if _is_by_hand(source) else '数据'}：{known.name if known else department}"
    return "窗口核验身份证件" if source.get("verified") and source.get("by") else "窗口录入，未核验"


def shown(f: FormField, value: str) -> str:
    """The value in words; several codes stand apart by commas. A date without an end is 长期, any other stays as it is typed."""
    known = {c.code: c.title for c in f.definition.codes}
    if f.definition.type == FieldType.DATE:
        known = {OPEN_END: "长期"}
    if f.definition.type == FieldType.BOOLEAN:
        known = {"true": "是", "false": "否"} | known
    if f.definition.type == FieldType.CODES:
        return "、".join(known.get(code, code) for code in value.split(",") if code)
    return known.get(value, value)


def _provenance(scene: Scene, source: Mapping[str, object] | None) -> ProvenanceView | None:
    if not source:
        return None
    fetched = source.get("fetched_at")
    as_of = source.get("as_of")
    verified = source.get("verified")
    typed = "窗口录入" if source.get("by") else ""
    instead = "（系统中断，人工答复）" if _is_by_hand(source) else ""
    return ProvenanceView(
        department=str(source.get("department_name") or source.get("department") or ""),
        resource=str(source.get("resource_title") or source.get("resource") or typed) + instead,
        fetched_at=datetime.fromisoformat(str(fetched)) if fetched else scene.case.created_at,
        as_of=datetime.fromisoformat(str(as_of)) if as_of else None,
        trust=str(source.get("trust") or ""),
        verified=verified if isinstance(verified, bool) else None,
        log_seq=int(str(source["log_seq"])) if source.get("log_seq") is not None else -1,
        precision=str(source.get("precision") or ""),
        certificate=_certificate(source),
    )


def _certificate(source: Mapping[str, object]) -> str:
    """《饲料生产许可证》 and its number, by whom it was issued; empty of values that came from no certificate of the registry."""
    number, issuer = source.get("certificate_number"), source.get("certificate_issuer")
    return f"《{source['certificate']}》{number}（{issuer}颁发）" if number and issuer else ""


def _alternatives(scene: Scene, f: FormField, row: Row[tuple[object, ...]] | None) -> tuple[AlternativeView, ...]:
    if row is None or row.status != "conflict":
        return ()
    listed = row.alternatives or ()
    return tuple(
        AlternativeView(str(n), shown(f, str(one["value"])), _provenance(scene, one["source"]))
        for n, one in enumerate(listed)
    )


def _override(f: FormField, row: Row[tuple[object, ...]] | None, names: Mapping[str, str]) -> OverrideView | None:
    kept = row.override if row is not None else None
    if not kept:
        return None
    reason = str(kept.get("reason") or "")
    words = kept.get("text") or reasons.TYPE.get(reason) or reasons.DECIDE.get(reason) or reason
    return OverrideView(
        shown(f, str(kept["old"])), names.get(str(kept["by"]), ""), str(words), datetime.fromisoformat(str(kept["at"]))
    )
