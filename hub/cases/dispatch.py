"""Dispatch 分办: the work of telling departments, and what changes when one has taken an item case over. It sends nothing; the outbox does.

All that one department is told of one case goes in order, in one stream: hand-over, upstream results, stop.
"""

from __future__ import annotations

from hub.cases import flow
from hub.cases.plain import PlainCase, PlainItem
from hub.cases.states import BEFORE_DECISION, CaseState, ItemState
from hub.cases.step import Event, ItemFacts, Move, Step
from hub.cases.terms import Terms
from hub.errors import NotNow
from hub.store.work import Task

BEFORE_HANDOVER = (ItemState.WAITING, ItemState.CORRECTION)
HANDING_OVER = (CaseState.RECEIVED, CaseState.DISPATCHED, CaseState.IN_PROGRESS)


def handed_over(case: PlainCase, item: PlainItem, department_no: str, *, by_hand: bool = False) -> Step:
    """The department's receipt has come. It may have answered already: then only its number is kept. `by_hand`: persons have it,
    since its system is down."""
    step = Step(facts=number(item, department_no))
    step += Step(events=(Event("given_by_hand", item.item),)) if by_hand else Step()
    return step + pushed_first(case, item) if item.state == ItemState.WAITING else step


def again(case: PlainCase, item: PlainItem) -> Step:
    """Hand the item case over once more, under a new key, after a correction that its department had asked for."""
    return Step(
        moves=(Move("resubmit", item.item),),
        events=(Event("resubmitted", item.item),),
        work=(hand_over_task(case, item, item.attempt + 1),),
    )


def pushed_first(case: PlainCase, item: PlainItem) -> Step:
    """A department may answer before our own record of the hand-over is written: its answer proves the hand-over.

    Raises NotNow (NOT_HANDED_OVER) for a case that was never dispatched: nobody can have it."""
    if case.state not in HANDING_OVER:
        raise NotNow("办件尚未分办，部门还不能受理或答复。", code="NOT_HANDED_OVER")
    if item.state in BEFORE_HANDOVER:
        return Step(moves=(Move("push", item.item),), events=(Event("pushed", item.item),))
    return Step()


def number(item: PlainItem, department_no: str) -> tuple[ItemFacts, ...]:
    """The department's own number; the first one it gave stays. Until it gives one the item case may stand there under ours."""
    is_first = department_no and item.department_no in ("", item.item_no)
    return (ItemFacts(item.item, {"department_no": department_no}),) if is_first else ()


# --- work ---------------------------------------------------------------------------------------------------------------


def hand_over_task(case: PlainCase, item: PlainItem, attempt: int) -> Task:
    """`attempt` counts corrections, not retries: 1, and one more after each."""
    args = {"case_id": case.id, "item_no": item.item_no, "attempt": str(attempt)}
    return Task("hand_over", f"hand_over:{item.item_no}:{attempt}", args, stream=_stream(case, item))


def supplement_tasks(case: PlainCase, material: str, items: tuple[str, ...], mark: str) -> tuple[Task, ...]:
    """A deferred material has come: told to each of these items' departments, in its stream. `mark` tells two files apart."""
    told = [i for i in case.items if i.item in items and i.state in BEFORE_DECISION and i.state != ItemState.CORRECTION]
    return tuple(
        Task(
            "hand_over",
            f"supplement:{i.item_no}:{material}:{mark}",
            {**_about(case, i), "attempt": str(i.attempt), "supplement": material},
            stream=_stream(case, i),
        )
        for i in told
    )


def stop_task(case: PlainCase, item: PlainItem) -> Task:
    return Task("stop", f"stop:{item.item_no}", _about(case, item), stream=_stream(case, item))


def supply_tasks(case: PlainCase, terms: Terms, item: PlainItem) -> tuple[Task, ...]:
    """One for each upstream result that there is."""
    ready = [u for u in flow.upstreams(case, terms, item.item) if flow.has_result(u)]
    return tuple(
        Task(
            "supply",
            f"supply:{item.item_no}:{u.item_no}",
            {**_about(case, item), "upstream_no": u.item_no},
            stream=_stream(case, item),
        )
        for u in ready
    )


def _about(case: PlainCase, item: PlainItem) -> dict[str, str]:
    return {"case_id": case.id, "item_no": item.item_no}


def _stream(case: PlainCase, item: PlainItem) -> str:
    return f"{case.id}:{item.department}"
