"""Dispatch 分办: what changes when a department has taken an item case over. It hands nothing over itself; the outbox does."""

from __future__ import annotations

from hub.cases.intake import hand_over_task
from hub.cases.plain import PlainCase, PlainItem
from hub.cases.states import ItemState
from hub.cases.step import Event, ItemFacts, Move, Step


def handed_over(item: PlainItem, department_no: str) -> Step:
    """The department's receipt has come. It may have accepted already: then only its number is kept."""
    step = Step(facts=(ItemFacts(item.item, {"department_no": department_no}),) if not item.department_no else ())
    if item.state in (ItemState.WAITING, ItemState.CORRECTION):
        step += Step(moves=(Move("push", item.item),), events=(Event("pushed", item.item),))
    return step


def again(case: PlainCase, item: PlainItem) -> Step:
    """Hand the item case over once more, after a correction that its department had asked for."""
    task = hand_over_task(case.id, item.item_no, item.department, item.pushes + 1)
    return Step(events=(Event("resubmitted", item.item),), work=(task,))
