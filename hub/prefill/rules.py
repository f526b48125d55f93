"""What a person may do with one field, as pure decisions: type, confirm, choose in a conflict, override. It stores nothing.

A locked field never takes a posted value quietly (CVE-2025-64515 was such a form): while its source stands it stays as it is, and
with a silent source it becomes manual and unverified, with a reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from catalog.dictionary import BadValue, canonical
from catalog.types import FieldType, FormField, Lock
from hub.clock import local
from hub.errors import BadInput, NotNow
from hub.prefill.fill import same
from hub.prefill.values import PROOF, Alternative, Override, Provenance, Status, Value

IDENTIFIERS = (FieldType.ID_NUMBER, FieldType.USCC)


@dataclass(frozen=True)
class Reason:
    """Why a person decides. `code` is one of REASONS or DECISIONS; `text` is the person's own words, kept sealed."""

    code: str = ""
    text: str = field(default="", repr=False)


@dataclass(frozen=True)
class Act:
    """Who decides, why and when. `actor` is an account's id."""

    actor: str
    at: datetime
    reason: Reason = Reason()


@dataclass(frozen=True)
class Ground:
    """A reason on the pick-list: its title, and the trust grade of what is typed for it (国办函〔2016〕108号: C the clerk saw
    the original, D the applicant's own word)."""

    title: str
    trust: str = "D"


REASONS: Mapping[str, Ground] = {
    "original_seen": Ground("已核对原件，按原件录入", "C"),
    "applicant_states": Ground("申请人自述并承诺属实"),
    "source_unavailable": Ground("数源部门系统暂不可用"),
    "no_record": Ground("数源部门无此记录"),
    "record_incomplete": Ground("数源部门记录不完整"),
}
"""Why a value is typed."""

DECISIONS: Mapping[str, Ground] = {
    "original_seen": Ground("已核对原件", "C"),
    "source_outdated": Ground("数源数据未及时更新", "C"),
    "source_wrong": Ground("数源数据有误，已告知数源部门", "C"),
    "applicant_states": Ground("以申请人确认为准"),
    "other": Ground("其他原因"),
}
"""Why one of two values is chosen, or a department's value is overridden."""


def typed(form_field: FormField, value: Value, text: str, act: Act) -> Value:
    """The field after a person typed `text`. Empty text takes back what was typed.

    Raises BadInput (the dictionary's code; REASON_NEEDED for a locked field), NotNow: SOURCE_NOT_ANSWERED (locked and still
    waiting), FIELD_LOCKED, OVERRIDE_NEEDED (a department's or a confirmed value stands), CONFLICT_OPEN, and those of a fact that
    is no field's to change: PARTY_PROVEN, SITUATION_ANSWERED.
    """
    _refuse_typing(form_field, value)
    if not text.strip():
        return Value(form_field.key) if value.status is Status.MANUAL else value
    new = _canonical(form_field, text, act)
    if value.usable and value.status is not Status.MANUAL:
        if same(form_field.definition, new, value.value):
            return value
        _refuse_fixed(form_field, value)
        raise _standing(form_field)
    if form_field.lock is Lock.LOCKED or act.reason.code:
        ground = _ground(form_field, act, REASONS)
        source = Provenance(ground.trust, verified=False, by=act.actor, reason=act.reason.code)
        return Value(form_field.key, new, Status.MANUAL, source, override=_decision("", act))
    return Value(form_field.key, new, Status.MANUAL, Provenance("D", verified=False, by=act.actor))


def fixed(form_field: FormField, source: Mapping[str, object] | None) -> str:
    """Why no act on the field changes it, as the code of the refusal; "" where one may. `source` is the value's provenance."""
    if form_field.answer_of:
        return "SITUATION_ANSWERED"
    proven = source is not None and str(source.get("reason") or "").startswith(PROOF)
    return "PARTY_PROVEN" if proven and form_field.definition.type in IDENTIFIERS else ""


def confirmed(form_field: FormField, value: Value, act: Act) -> Value:
    """The field after a person looked at a department's value and took it. Raises NotNow: NOTHING_TO_CONFIRM."""
    if value.status is Status.CONFIRMED:
        return value
    if value.status is not Status.AUTO or value.source is None:
        raise NotNow(f"“{form_field.title}”没有可确认的部门数据，请先查询或录入", code="NOTHING_TO_CONFIRM")
    return replace(value, status=Status.CONFIRMED, source=replace(value.source, by=act.actor))


def chosen(form_field: FormField, value: Value, which: int, act: Act) -> Value:
    """The field after a person chose alternative `which` (0, 1, …) of a conflict, with a reason.

    Raises NotNow: NO_CONFLICT, FIELD_LOCKED (what a person typed cannot win on a locked field); BadInput: NO_SUCH_ALTERNATIVE,
    REASON_NEEDED.
    """
    if value.status is not Status.CONFLICT:
        raise NotNow(f"“{form_field.title}”没有待处理的冲突，请刷新页面", code="NO_CONFLICT")
    if not 0 <= which < len(value.alternatives):
        raise _bad(form_field, "NO_SUCH_ALTERNATIVE", "请从列出的数据中选择一个")
    taken = value.alternatives[which]
    if form_field.lock is Lock.LOCKED and not taken.source.department:
        raise _locked(form_field)
    _ground(form_field, act, DECISIONS)
    rejected = "；".join(one.value for at, one in enumerate(value.alternatives) if at != which)
    source = replace(taken.source, by=act.actor)
    status = Status.CONFIRMED if taken.source.department else Status.OVERRIDDEN
    return Value(form_field.key, taken.value, status, source, value.alternatives, _decision(rejected, act))


def overridden(form_field: FormField, value: Value, text: str, act: Act) -> Value:
    """The field after a person put `text` in place of a standing value: old value, who and why are kept.

    Raises NotNow: PARTY_PROVEN, SITUATION_ANSWERED, FIELD_LOCKED, NOTHING_TO_OVERRIDE; BadInput: the dictionary's code, REASON_NEEDED.
    """
    _refuse_fixed(form_field, value)
    if form_field.lock is Lock.LOCKED:
        raise _locked(form_field)
    if not value.value or value.status is Status.MANUAL:
        raise NotNow(f"“{form_field.title}”没有部门数据，直接录入即可", code="NOTHING_TO_OVERRIDE")
    new = _canonical(form_field, text, act)
    ground = _ground(form_field, act, DECISIONS)
    if same(form_field.definition, new, value.value) and value.status is not Status.CONFLICT:
        return value
    old = value.override.old if value.override and value.status is Status.OVERRIDDEN else value.value
    known = value.alternatives or ((Alternative(value.value, value.source),) if value.source else ())
    source = Provenance(ground.trust, verified=False, by=act.actor, reason=act.reason.code)
    return Value(form_field.key, new, Status.OVERRIDDEN, source, known, _decision(old, act))


def _refuse_fixed(form_field: FormField, value: Value) -> None:
    """Who is in the case was proven at the counter, and the situation chose its items: a field cannot say otherwise.

    A proven party is the ground on which departments are asked; the situation decides what is asked.
    """
    said = [value.source, *(one.source for one in value.alternatives)]
    found = {fixed(form_field, source.to_json() if source else None) for source in said} - {""}
    if "SITUATION_ANSWERED" in found:
        raise NotNow(
            f"“{form_field.title}”是所选情形的答案，不能在此更改；情形有变的，请退件后按新情形重新开办",
            code="SITUATION_ANSWERED",
        )
    if "PARTY_PROVEN" in found:
        raise NotNow(
            f"“{form_field.title}”是已核验身份的当事人的号码，不能在此更改；当事人有误的，请退件后按正确的当事人重新开办",
            code="PARTY_PROVEN",
        )


def _refuse_typing(form_field: FormField, value: Value) -> None:
    if value.status is Status.CONFLICT:
        raise NotNow(f"“{form_field.title}”有两个不一致的数据，请先选择其一并说明理由", code="CONFLICT_OPEN")
    if form_field.lock is Lock.LOCKED and value.status is Status.WAITING:
        raise NotNow(f"“{form_field.title}”的数源部门尚未答复，请等待或先处理该查询", code="SOURCE_NOT_ANSWERED")


def _canonical(form_field: FormField, text: str, act: Act) -> str:
    try:
        return canonical(form_field.definition, text, local(act.at).date())
    except BadValue as e:
        raise BadInput(e.message, {form_field.key: e.message}, code=e.code) from e


def _ground(form_field: FormField, act: Act, known: Mapping[str, Ground]) -> Ground:
    ground = known.get(act.reason.code)
    if ground is None or (act.reason.code == "other" and not act.reason.text.strip()):
        raise _bad(form_field, "REASON_NEEDED", "请选择理由，选“其他原因”时请写明")
    return ground


def _decision(old: str, act: Act) -> Override:
    return Override(old, act.actor, act.reason.code, act.reason.text.strip(), act.at)


def _standing(form_field: FormField) -> NotNow:
    if form_field.lock is Lock.LOCKED:
        return _locked(form_field)
    return NotNow(f"“{form_field.title}”已有部门数据，如需更改请使用“更正”并说明理由", code="OVERRIDE_NEEDED")


def _locked(form_field: FormField) -> NotNow:
    return NotNow(
        f"“{form_field.title}”由数源部门提供，不能在此更改；数据有误的，请部门更正后重新查询", code="FIELD_LOCKED"
    )


def _bad(form_field: FormField, code: str, message: str) -> BadInput:
    return BadInput(f"“{form_field.title}”：{message}", {form_field.key: message}, code=code)
