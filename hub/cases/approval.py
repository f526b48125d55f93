"""Approval 审批: special procedures, pre-review, decisions. Pure.

Seed 000 二(四); 004 annex B (special procedures do not count); 002 8.3. Withdrawal is in `withdrawal`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from catalog.notices import DECISIONS
from catalog.types import IssuedBy, Item, ItemKind
from hub.cases.flow import upstreams
from hub.cases.messages import message
from hub.cases.notices import denied, granted
from hub.cases.plain import PAYMENT, PlainCase, PlainItem
from hub.cases.states import ItemState
from hub.cases.step import ClockMove, Draft, Event, ItemFacts, Move, Step
from hub.cases.terms import Terms
from hub.errors import BadInput, NotNow
from hub.store.work import Task

OTHER_PROCEDURE = "其他特别程序"
EXTENSION = "延长审批"
AMOUNT = re.compile(r"\d{1,12}(\.\d{1,2})?")


@dataclass(frozen=True)
class Special:
    """A special procedure as it begins. `kind` per GB/T 39046: 1 extension, 2 others.

    A declaration waits for the applicant's payment under the name 待缴款: `amount` in yuan and `pay_at`, where the department says so."""

    kind: str
    name: str
    reason: str = field(repr=False)
    amount: str = field(default="", repr=False)
    pay_at: str = field(default="", repr=False)


def approve(
    case: PlainCase, item: Item, decision_no: str, results: Mapping[str, str], facts: Mapping[str, str]
) -> Step:
    """准予. Where the hub issues, the certificate's signing becomes work; a service request is completed instead.

    A declaration that waited for the applicant's payment is paid when its department decides. `results` of a result that the
    department issues itself may name it: `document_no` and `valid_to`; it gets no certificate of ours."""
    own = _decidable(case, item)
    if own.awaits_payment:
        return resume(case, item) + _approved(case, item, decision_no, results, facts)
    return _approved(case, item, decision_no, results, facts)


def _approved(
    case: PlainCase, item: Item, decision_no: str, results: Mapping[str, str], facts: Mapping[str, str]
) -> Step:
    own = case.item(item.code)
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
    number, until = results.get("document_no") or decision_no, results.get("valid_to") or "—"
    words = {**facts, **granted(item), "certificate_no": number, "valid_to": until}
    return decided + Step(notices=(Draft("decision_granted", item.code, words),))


def deny(case: PlainCase, item: Item, decision_no: str, reason: str, facts: Mapping[str, str]) -> Step:
    """不予许可 (of a filing: 不予备案), with reasons (行政许可法 art. 38). Raises BadInput without them."""
    own = _decidable(case, item)
    reasoned(reason, f"{DECISIONS[item.kind].deny}必须说明理由。")
    return Step(
        moves=(Move("deny", item.code),),
        events=(Event("denied", item.code, {"decision_no": decision_no}, reason),),
        clock=(ClockMove(item.code, "stop", "decision"),) if item.has_acceptance else _stopped(own),
        notices=(
            Draft(
                "decision_denied", item.code, {**facts, **denied(item), "decision_no": decision_no, "reason": reason}
            ),
        ),
        work=(message(own, "denied"),),
        facts=(ItemFacts(item.code, {"decision_no": decision_no, "reason": reason}),),
    )


def pre_reviewed(case: PlainCase, terms: Terms, item: Item) -> Step:
    """Everything but the upstream's result is checked. Where that came first, the report is kept and nothing waits for it."""
    told = (Event("pre_reviewed", item.code),)
    came_first = case.item(item.code).state == ItemState.REVIEWING and upstreams(case, terms, item.code)
    return Step(events=told) if came_first else Step(moves=(Move("pre_reviewed", item.code),), events=told)


def suspend(case: PlainCase, terms: Terms, item: Item, special: Special) -> Step:
    """A special procedure begins; the clock stands. Raises BadInput without a reason or for an unknown kind.

    Only names that item or site list are kept in clear (events and the clock are no place for free text); another name goes
    into the sealed note.
    """
    pays = _checked_payment(item, special)
    reasoned(special.reason if not pays else PAYMENT, "特别程序必须填写原因。")
    if special.kind not in ("1", "2"):
        raise BadInput("特别程序种类只能是 1（延长审批）或 2（其他）。", {"kind": "请选择种类"}, code="KIND_UNKNOWN")
    listed = (*item.special_procedures, *terms.rules.excluded_procedures, EXTENSION, *((PAYMENT,) if pays else ()))
    given = special.name.strip() or (EXTENSION if special.kind == "1" else OTHER_PROCEDURE)
    name = given if given in listed else OTHER_PROCEDURE
    note = special.reason if given in (name, OTHER_PROCEDURE) else f"{given}：{special.reason}"
    own = case.item(item.code)
    clocked = bool(own.segments)
    due = {"payment_amount": special.amount, "payment_at": special.pay_at} if pays else None
    basis = f"GB/T 39046 特别程序种类 {special.kind}"
    return Step(
        moves=(Move("suspend", item.code),),
        events=(Event("suspended", item.code, {"special_kind": special.kind, "name": name}, note),),
        clock=(ClockMove(item.code, "pause", name, basis),) if clocked else (),
        work=(message(own, f"payment:{len(own.segments)}"),) if pays else (),
        facts=(ItemFacts(item.code, {"reason": note or None, **({"results": due} if due else {})}),),
    )


def _checked_payment(item: Item, special: Special) -> bool:
    """Whether the procedure is the wait for a payment. Raises BadInput for one that nobody pays, or an amount that is none."""
    pays = special.name.strip() == PAYMENT
    if (special.amount or special.pay_at) and not pays:
        message = f"缴款金额和途径只随“{PAYMENT}”填写。"
        raise BadInput(message, {"name": f"请选择“{PAYMENT}”"}, code="NOT_A_PAYMENT")
    if pays and item.kind is not ItemKind.DECLARATION:
        raise BadInput(f"只有申报类事项可以“{PAYMENT}”。", {"name": "请另选名称"}, code="NOT_A_PAYMENT")
    if special.amount and not AMOUNT.fullmatch(special.amount):
        raise BadInput("金额以元为单位，最多两位小数，例如 12345.60。", {"amount": "请更正金额"}, code="AMOUNT_UNCLEAR")
    return pays


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
