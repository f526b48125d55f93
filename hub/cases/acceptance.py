"""Acceptance 受理: accept, refuse or ask for correction, by the department, within one working day. Pure.

Seed 000 二(三): acceptance starts the clock and is told by notice and SMS; a refusal gives concrete reasons.
"""

from __future__ import annotations

from collections.abc import Mapping

from catalog.types import Item, Matter
from hub.cases import flow
from hub.cases.plain import PlainCase, PlainItem
from hub.cases.states import ItemState
from hub.cases.step import ClockMove, Draft, Event, ItemFacts, Move, Step
from hub.errors import BadInput
from hub.store.work import Task


def accept(case: PlainCase, matter: Matter, item: Item, facts: Mapping[str, str], department_no: str = "") -> Step:
    """The department takes the item case on. With an upstream still open it goes into pre-review (000 二(四))."""
    own = case.item(item.code)
    number = _number(own, department_no)
    if not item.has_acceptance:
        return _pushed_first(own) + Step(
            moves=(Move("take", item.code),), events=(Event("taken", item.code),), facts=number
        )
    waiting = flow.waits(case, matter, item.code)
    next_move, next_event = ("pre_review", "pre_review_started") if waiting else ("review", "review_started")
    return _pushed_first(own) + Step(
        moves=(Move("accept", item.code), Move(next_move, item.code)),
        events=(
            Event("accepted", item.code, {"promised_workdays": str(item.promised_workdays)}),
            Event(next_event, item.code),
        ),
        clock=(ClockMove(item.code, "start", "acceptance", "豫政务服务规范 二(三)"),),
        notices=(Draft("acceptance_notice", item.code, facts),),
        work=(message(own, "accepted"),),
        facts=number,
    )


def refuse(case: PlainCase, item: Item, reason: str, facts: Mapping[str, str], department_no: str = "") -> Step:
    """不予受理, with the concrete reason. Raises BadInput without one."""
    own = case.item(item.code)
    if not reason.strip():
        raise BadInput("不予受理必须写明具体理由。", {"reason": "请填写具体理由"}, code="REASON_MISSING")
    return _pushed_first(own) + Step(
        moves=(Move("refuse", item.code),),
        events=(Event("refused", item.code),),
        notices=(Draft("refusal_decision", item.code, {**facts, "reason": reason}),),
        work=(message(own, "refused"),),
        facts=(ItemFacts(item.code, {"reason": reason}), *_number(own, department_no)),
    )


def correct(
    case: PlainCase, item: Item, defects: tuple[tuple[str, str], ...], facts: Mapping[str, str], department_no: str = ""
) -> Step:
    """The department finds the materials defective: everything at once. Raises BadInput for an empty list."""
    own = case.item(item.code)
    if not defects:
        raise BadInput("补正必须一次性列出全部材料。", {"defects": "请列出需补正的材料"}, code="DEFECTS_MISSING")
    listed = "\n".join(f"{name}(一式一份)：{why}" for name, why in defects)
    return _pushed_first(own) + Step(
        moves=(Move("correct", item.code),),
        events=(Event("correction_asked", item.code, {"defects": str(len(defects))}),),
        notices=(Draft("correction_notice", item.code, {**facts, "defects": listed}),),
        work=(message(own, f"correction:{own.pushes}"),),
        facts=(ItemFacts(item.code, {"reason": listed}), *_number(own, department_no)),
    )


def message(item: PlainItem, about: str) -> Task:
    """The SMS that tells the applicant; its text is made when it is sent."""
    return Task(
        "sms",
        f"sms:{item.item_no}:{about}",
        {"item_no": item.item_no, "about": about.partition(":")[0]},
        stream=f"{item.id}:sms",
    )


def _pushed_first(item: PlainItem) -> Step:
    """A department may answer before our own record of the hand-over is written: its answer proves the hand-over."""
    if item.state in (ItemState.WAITING, ItemState.CORRECTION):
        return Step(moves=(Move("push", item.item),), events=(Event("pushed", item.item),))
    return Step()


def _number(item: PlainItem, department_no: str) -> tuple[ItemFacts, ...]:
    return (ItemFacts(item.item, {"department_no": department_no}),) if department_no and not item.department_no else ()
