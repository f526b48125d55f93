"""Approval 审批: special procedures, pre-review, decisions. Pure.

Seed 000 二(四); 004 annex B (special procedures do not count); 002 8.3. Withdrawal is in `withdrawal`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from catalog.types import IssuedBy, Item
from hub.cases.messages import message
from hub.cases.plain import PlainCase, PlainItem
from hub.cases.states import ItemState
from hub.cases.step import ClockMove, Draft, Event, ItemFacts, Move, Step
from hub.cases.terms import Terms
from hub.errors import BadInput, NotNow
from hub.store.work import Task

OTHER_PROCEDURE = "其他特别程序"
EXTENSION = "延长审批"


@dataclass(frozen=True)
class Special:
    """A special procedure as it begins. `kind` per GB/T 39046: 1 extension, 2 others."""

    kind: str
    name: str
    reason: str = field(repr=False)


def approve(
    case: PlainCase, item: Item, decision_no: str, results: Mapping[str, str], facts: Mapping[str, str]
) -> Step:
    """准予. Where the hub issues, the certificate's signing becomes work; a service request is completed instead."""
    own = _decidable(case, item)
    kept = ItemFacts(item.code, {"decision_no": decision_no, "results": dict(results), "reason": None})
    if not item.has_acceptance:
        return Step(
            moves=(Move("complete", item.code),),
            events=(Event("completed", item.code),),
            clock=_stopped(own),
            work=(message(own, "completed"),),
            facts=(kept,),
        )
    decided = Step(
        moves=(Move("approve", item.code),),
        events=(Event("approved", item.code, {"decision_no": decision_no}),),
        clock=(ClockMove(item.code, "stop", "decision"),),
        work=(message(own, "approved"),),
        facts=(kept,),
    )
    if item.result.issued_by == IssuedBy.HUB:
        signing = Task("sign", f"sign:{own.item_no}", {"case_id": case.id, "item_no": own.item_no})
        return decided + Step(work=(signing,), reserve=(item.code,))
    words = {**facts, "certificate_no": decision_no, "valid_to": "—"}
    return decided + Step(notices=(Draft("decision_granted", item.code, words),))


def deny(case: PlainCase, item: Item, decision_no: str, reason: str, facts: Mapping[str, str]) -> Step:
    """不予许可, with reasons (行政许可法 art. 38). Raises BadInput without them."""
    own = _decidable(case, item)
    reasoned(reason, "不予许可必须说明理由。")
    return Step(
        moves=(Move("deny", item.code),),
        events=(Event("denied", item.code, {"decision_no": decision_no}, reason),),
        clock=(ClockMove(item.code, "stop", "decision"),) if item.has_acceptance else _stopped(own),
        notices=(Draft("decision_denied", item.code, {**facts, "decision_no": decision_no, "reason": reason}),),
        work=(message(own, "denied"),),
        facts=(ItemFacts(item.code, {"decision_no": decision_no, "reason": reason}),),
    )


def pre_reviewed(case: PlainCase, item: Item) -> Step:
    """Everything but the upstream's result is checked."""
    return Step(moves=(Move("pre_reviewed", item.code),), events=(Event("pre_reviewed", item.code),))


def suspend(case: PlainCase, terms: Terms, item: Item, special: Special) -> Step:
    """A special procedure begins; the clock stands. Raises BadInput without a reason or for an unknown kind.

    Only names that item or site list are kept in clear (events and the clock are no place for free text); another name goes
    into the sealed note.
    """
    reasoned(special.reason, "特别程序必须填写原因。")
    if special.kind not in ("1", "2"):
        raise BadInput("特别程序种类只能是 1（延长审批）或 2（其他）。", {"kind": "请选择种类"}, code="KIND_UNKNOWN")
    listed = (*item.special_procedures, *terms.rules.excluded_procedures, EXTENSION)
    given = special.name.strip() or (EXTENSION if special.kind == "1" else OTHER_PROCEDURE)
    name = given if given in listed else OTHER_PROCEDURE
    note = special.reason if given in (name, OTHER_PROCEDURE) else f"{given}：{special.reason}"
    clocked = bool(case.item(item.code).segments)
    basis = f"GB/T 39046 特别程序种类 {special.kind}"
    return Step(
        moves=(Move("suspend", item.code),),
        events=(Event("suspended", item.code, {"special_kind": special.kind, "name": name}, note),),
        clock=(ClockMove(item.code, "pause", name, basis),) if clocked else (),
        facts=(ItemFacts(item.code, {"reason": note}),),
    )


def resume(case: PlainCase, item: Item) -> Step:
    own = case.item(item.code)
    paused = own.segments[-1] if own.segments else None
    facts = {"special_kind": paused.basis[-1:], "name": paused.cause} if paused and not paused.running else {}
    return Step(
        moves=(Move("resume", item.code),),
        events=(Event("resumed", item.code, facts, "特别程序结束"),),
        clock=(ClockMove(item.code, "resume", "special procedure ended"),) if paused else (),
        facts=(ItemFacts(item.code, {"reason": None}),),
    )


def reasoned(reason: str, sentence: str) -> None:
    """Raises BadInput (REASON_MISSING) with this sentence where there is no reason."""
    if not reason.strip():
        raise BadInput(sentence, {"reason": "请填写理由"}, code="REASON_MISSING")


def _stopped(own: PlainItem) -> tuple[ClockMove, ...]:
    """Of a service request that was taken before its clock was kept, nothing runs that could stop."""
    return (ClockMove(own.item, "stop", "decision"),) if own.segments else ()


def _decidable(case: PlainCase, item: Item) -> PlainItem:
    own = case.item(item.code)
    if own.state in (ItemState.PRE_REVIEW, ItemState.AWAITING_UPSTREAM):
        raise NotNow("前置事项结果未出，现阶段只能容缺预审，不能作出决定。", code="UPSTREAM_OPEN")
    return own
