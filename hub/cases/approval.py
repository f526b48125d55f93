"""Approval 审批: special procedures, pre-review, decisions, withdrawal. Pure.

Seed 000 二(四); 004 annex B (special procedures do not count); 002 8.3; K-01, K-02.
"""

from __future__ import annotations

from collections.abc import Mapping

from catalog.types import IssuedBy, Item
from hub.cases.acceptance import message
from hub.cases.plain import PlainCase
from hub.cases.states import BEFORE_DECISION, ItemState
from hub.cases.step import ClockMove, Draft, Event, ItemFacts, Move, Step
from hub.errors import BadInput, NotNow
from hub.store.work import Task


def approve(
    case: PlainCase, item: Item, decision_no: str, results: Mapping[str, str], facts: Mapping[str, str]
) -> Step:
    """准予. Where the hub issues, the certificate's signing becomes work; a service request is completed instead."""
    own = case.item(item.code)
    if own.state in (ItemState.PRE_REVIEW, ItemState.AWAITING_UPSTREAM):
        raise NotNow("前置事项结果未出，现阶段只能容缺预审，不能作出决定。", code="UPSTREAM_OPEN")
    kept = ItemFacts(item.code, {"decision_no": decision_no, "results": dict(results)})
    if not item.has_acceptance:
        return Step(
            moves=(Move("complete", item.code),),
            events=(Event("completed", item.code),),
            work=(message(own, "completed"),),
            facts=(kept,),
        )
    hub_issues = item.result.issued_by == IssuedBy.HUB
    signing = (Task("sign", f"sign:{own.item_no}", {"case_id": case.id, "item_no": own.item_no}),) if hub_issues else ()
    notice = (
        ()
        if hub_issues
        else (Draft("decision_granted", item.code, {**facts, "certificate_no": decision_no, "valid_to": "—"}),)
    )
    return Step(
        moves=(Move("approve", item.code),),
        events=(Event("approved", item.code, {"decision_no": decision_no}),),
        clock=(ClockMove(item.code, "stop", "decision"),),
        notices=notice,
        work=(*signing, message(own, "approved")),
        facts=(kept,),
        reserve=(item.code,) if hub_issues else (),
    )


def deny(case: PlainCase, item: Item, decision_no: str, reason: str, facts: Mapping[str, str]) -> Step:
    """不予许可, with reasons (行政许可法 art. 38). Raises BadInput without them."""
    own = case.item(item.code)
    _reasoned(reason, "不予许可必须说明理由。")
    if own.state in (ItemState.PRE_REVIEW, ItemState.AWAITING_UPSTREAM):
        raise NotNow("前置事项结果未出，现阶段只能容缺预审，不能作出决定。", code="UPSTREAM_OPEN")
    return Step(
        moves=(Move("deny", item.code),),
        events=(Event("denied", item.code, {"decision_no": decision_no}),),
        clock=(ClockMove(item.code, "stop", "decision"),) if item.has_acceptance else (),
        notices=(Draft("decision_denied", item.code, {**facts, "decision_no": decision_no, "reason": reason}),),
        work=(message(own, "denied"),),
        facts=(ItemFacts(item.code, {"decision_no": decision_no, "reason": reason}),),
    )


def pre_reviewed(case: PlainCase, item: Item) -> Step:
    """Everything but the upstream's result is checked."""
    return Step(moves=(Move("pre_reviewed", item.code),), events=(Event("pre_reviewed", item.code),))


def suspend(case: PlainCase, item: Item, kind: str, name: str, reason: str) -> Step:
    """A special procedure begins; the clock stands. `kind` per GB/T 39046: 1 extension, 2 others. Raises BadInput without a reason."""
    _reasoned(reason, "特别程序必须填写原因。")
    if kind not in ("1", "2"):
        raise BadInput("特别程序种类只能是 1（延长审批）或 2（其他）。", {"kind": "请选择种类"}, code="KIND_UNKNOWN")
    return Step(
        moves=(Move("suspend", item.code),),
        events=(Event("suspended", item.code, {"special_kind": kind, "name": name}),),
        clock=(ClockMove(item.code, "pause", name or "特别程序", f"GB/T 39046 特别程序种类 {kind}"),),
        facts=(ItemFacts(item.code, {"reason": reason}),),
    )


def resume(case: PlainCase, item: Item) -> Step:
    return Step(
        moves=(Move("resume", item.code),),
        events=(Event("resumed", item.code),),
        clock=(ClockMove(item.code, "resume", "special procedure ended"),),
    )


def withdraw(case: PlainCase, reason: str) -> Step:
    """The applicant takes the case back, as far as nothing is decided (000 二(四), K-02): open items stop, decided ones stand.

    Raises NotNow when every item is decided.
    """
    open_items = [i for i in case.items if i.state in BEFORE_DECISION]
    if not open_items:
        raise NotNow("全部事项已作出决定，不能再撤回。", code="ALREADY_DECIDED")
    untouched = len(open_items) == len(case.items)
    stops = tuple(
        Task(
            "stop", f"stop:{i.item_no}", {"case_id": case.id, "item_no": i.item_no}, stream=f"{case.id}:{i.department}"
        )
        for i in open_items
        if i.state != ItemState.WAITING or case.state in ("received", "dispatched", "in_progress")
    )
    return Step(
        moves=(*(Move("withdraw", i.item) for i in open_items), *((Move("withdraw"),) if untouched else ())),
        events=(*(Event("withdrawn", i.item) for i in open_items), *((Event("case_withdrawn"),) if untouched else ())),
        clock=tuple(ClockMove(i.item, "stop", "withdrawn") for i in open_items if i.segments),
        work=stops,
        facts=tuple(ItemFacts(i.item, {"reason": reason}) for i in open_items),
    )


def _reasoned(reason: str, sentence: str) -> None:
    if not reason.strip():
        raise BadInput(sentence, {"reason": "请填写理由"}, code="REASON_MISSING")
