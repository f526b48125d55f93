"""Acceptance 受理: accept, refuse or ask for correction, by the department, within one working day. Pure.

Seed 000 二(三): acceptance starts the clock and is told by notice and SMS; a refusal gives concrete reasons. Where the window
receives and accepts in one (K-03), `at_window` does it at receipt. A correction may also be asked after acceptance.
"""

from __future__ import annotations

from collections.abc import Mapping

from catalog.notices import defect_lines
from catalog.types import Item
from hub.cases import flow
from hub.cases.dispatch import number, pushed_first, supply_tasks
from hub.cases.messages import message
from hub.cases.plain import PlainCase, PlainItem
from hub.cases.states import ItemState
from hub.cases.step import ClockMove, Draft, Event, ItemFacts, Move, Step
from hub.cases.terms import Terms
from hub.errors import BadInput, NotNow

BASIS = "豫政务服务规范 二(三)"
AFTER_WINDOW = (ItemState.PRE_REVIEW, ItemState.AWAITING_UPSTREAM, ItemState.REVIEWING)


def accept(case: PlainCase, terms: Terms, item: Item, facts: Mapping[str, str], department_no: str = "") -> Step:
    """The department takes the item case on. With an upstream still open it goes into pre-review (000 二(四)).

    An item case that the window accepted already (K-03) only learns the department's number.
    """
    own = case.item(item.code)
    numbered = Step(facts=number(own, department_no))
    if terms.rules.one_step and own.state in AFTER_WINDOW:
        return numbered
    if not item.has_acceptance:
        return pushed_first(case, own) + _taken(case, terms, own) + numbered
    if own.accepted_at:
        return pushed_first(case, own) + _corrected(case, terms, own) + numbered
    told = Step(notices=(Draft("acceptance_notice", item.code, facts),), work=(message(own, "accepted"),))
    return pushed_first(case, own) + _accepted(case, terms, item) + told + numbered


def at_window(case: PlainCase, terms: Terms, item: Item) -> Step:
    """Receipt and acceptance in one step (收件受理一体化, K-03): the receipt's moment starts the clock, its notice is the case's."""
    return _at_once(case.item(item.code)) + _accepted(case, terms, item)


def refuse(case: PlainCase, item: Item, reason: str, facts: Mapping[str, str], department_no: str = "") -> Step:
    """不予受理, with the concrete reason. Raises BadInput without one, NotNow for an item case that was accepted once."""
    own = case.item(item.code)
    if own.accepted_at:
        raise NotNow("已经受理的事项不能再不予受理：请审批后作出决定。", code="ALREADY_ACCEPTED")
    if not reason.strip():
        raise BadInput("不予受理必须写明具体理由。", {"reason": "请填写具体理由"}, code="REASON_MISSING")
    return pushed_first(case, own) + Step(
        moves=(Move("refuse", item.code),),
        events=(Event("refused", item.code, note=reason),),
        clock=(ClockMove(item.code, "stop", "refused"),) if own.segments else (),
        notices=(Draft("refusal_decision", item.code, {**facts, "reason": reason}),),
        work=(message(own, "refused"),),
        facts=(ItemFacts(item.code, {"reason": reason}), *number(own, department_no)),
    )


def correct(
    case: PlainCase,
    terms: Terms,
    item: Item,
    defects: tuple[tuple[str, str], ...],
    facts: Mapping[str, str],
    department_no: str = "",
) -> Step:
    """The department finds the materials defective: everything at once. Raises BadInput for an empty list.

    Whether the clock stands when this comes after acceptance is the site's to say (K-04)."""
    own = case.item(item.code)
    if not defects:
        raise BadInput("补正必须一次性列出全部材料。", {"defects": "请列出需补正的材料"}, code="DEFECTS_MISSING")
    listed = "\n".join(_line(item, name, why) for name, why in defects)
    pause = (ClockMove(own.item, "pause", "补正"),) if own.segments and terms.rules.correction_pauses else ()
    before = pushed_first(case, own) if own.state == ItemState.WAITING else Step()
    return before + Step(
        moves=(Move("correct", item.code),),
        events=(Event("correction_asked", item.code, {"defects": str(len(defects))}, listed),),
        clock=pause,
        notices=(Draft("correction_notice", item.code, {**facts, "defects": listed}),),
        work=(message(own, f"correction:{own.attempt}"),),
        facts=(ItemFacts(item.code, {"reason": listed}), *number(own, department_no)),
    )


def _line(item: Item, name: str, why: str) -> str:
    """A material with its copies as annex C lists it, then why; own words stand as they are."""
    copies = next((max(m.paper_copies, 1) for m in item.materials if m.name == name), 1 if why else 0)
    head = defect_lines([(name, copies)]) if copies else f"{name}。"
    return f"{head[:-1]}：{why.rstrip('。')}。" if why else head


def _accepted(case: PlainCase, terms: Terms, item: Item) -> Step:
    own, start = case.item(item.code), _start(case, terms, item.code, "acceptance")
    event = Event("accepted", item.code, {"promised_workdays": str(item.promised_workdays)})
    return Step(moves=(Move("accept", item.code),), events=(event,), clock=(start,)) + _onward(case, terms, own)


def _taken(case: PlainCase, terms: Terms, own: PlainItem) -> Step:
    """A service request is taken (接单) and its promised time runs from then; after a correction it goes on where it stood."""
    stands = bool(own.segments) and not own.segments[-1].running
    start = (_start(case, terms, own.item, "taken"),) if not own.segments else ()
    clock = (ClockMove(own.item, "resume", "补正完成"),) if stands else start
    return Step(moves=(Move("take", own.item),), events=(Event("taken", own.item),), clock=clock)


def _start(case: PlainCase, terms: Terms, item: str, cause: str) -> ClockMove:
    """The clock starts now, or where the site says so with the receipt (K-04)."""
    from_intake = terms.rules.clock_from_intake or terms.rules.one_step
    return ClockMove(item, "start", cause, BASIS, case.received_at if from_intake else None)


def _corrected(case: PlainCase, terms: Terms, own: PlainItem) -> Step:
    """The correction of an item case that was accepted before is in order: the clock goes on where it stood."""
    stands = bool(own.segments) and not own.segments[-1].running
    go_on = (ClockMove(own.item, "resume", "补正完成"),) if stands else ()
    return Step(
        moves=(Move("accept", own.item),), events=(Event("corrected", own.item),), clock=go_on, facts=_no_reason(own)
    ) + _onward(case, terms, own)


def _onward(case: PlainCase, terms: Terms, own: PlainItem) -> Step:
    """Review at once, or pre-review while an upstream is open. Upstream results that came before go to the department now."""
    if flow.waits(case, terms, own.item):
        return Step(moves=(Move("pre_review", own.item),), events=(Event("pre_review_started", own.item),))
    return Step(
        moves=(Move("review", own.item),),
        events=(Event("review_started", own.item),),
        work=supply_tasks(case, terms, own),
    )


def _at_once(own: PlainItem) -> Step:
    """With the receipt itself: the case is dispatched by the same step."""
    return Step(moves=(Move("push", own.item),), events=(Event("pushed", own.item),))


def _no_reason(own: PlainItem) -> tuple[ItemFacts, ...]:
    return (ItemFacts(own.item, {"reason": None}),)
