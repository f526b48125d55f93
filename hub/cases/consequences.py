"""What follows from a case's present state without anybody's doing: releases, endings, delivery, closing. Pure.

`follow_up` is asked again after each applied step until it has nothing more to say.
"""

from __future__ import annotations

from catalog.types import Matter
from hub.cases import flow
from hub.cases.plain import PlainCase, PlainItem
from hub.cases.states import FAILED, SUCCEEDED, CaseState, ItemState
from hub.cases.step import ClockMove, Event, Move, Step
from hub.store.work import Task


def follow_up(case: PlainCase, matter: Matter, failure_policy: str) -> Step | None:
    """The next step that the case's state calls for, or None."""
    if case.state not in (CaseState.DISPATCHED, CaseState.IN_PROGRESS):
        return _closing(case)
    return _begin(case) or _terminations(case, matter, failure_policy) or _releases(case, matter) or _finish(case)


def _begin(case: PlainCase) -> Step | None:
    touched = any(i.state not in (ItemState.WAITING, ItemState.PUSHED, ItemState.CORRECTION) for i in case.items)
    return Step(moves=(Move("begin"),)) if case.state == CaseState.DISPATCHED and touched else None


def _terminations(case: PlainCase, matter: Matter, policy: str) -> Step | None:
    """An item that cannot succeed any more ends what depends on it (002 8.3.3)."""
    ended = sorted(
        {code for i in case.items if i.state in FAILED for code in flow.ended_by_failure(case, matter, i.item, policy)}
    )
    if not ended:
        return None
    items = [case.item(code) for code in ended]
    return Step(
        moves=tuple(Move("terminate", i.item) for i in items),
        events=tuple(Event("terminated", i.item) for i in items),
        clock=tuple(ClockMove(i.item, "stop", "terminated") for i in items if i.segments),
        work=tuple(_stop(case, i) for i in items),
    )


def _releases(case: PlainCase, matter: Matter) -> Step | None:
    """A waiting item may be decided as soon as the last upstream has its result: told to its department at once (000 二(四))."""
    waiting = [
        i
        for i in case.items
        if i.state in (ItemState.PRE_REVIEW, ItemState.AWAITING_UPSTREAM) and not flow.waits(case, matter, i.item)
    ]
    if not waiting:
        return None
    return Step(
        moves=tuple(Move("release", i.item) for i in waiting),
        events=tuple(Event("released", i.item) for i in waiting),
        work=tuple(_supply(case, i, upstream) for i in waiting for upstream in flow.upstreams(case, matter, i.item)),
    )


def _finish(case: PlainCase) -> Step | None:
    if case.state != CaseState.IN_PROGRESS or not flow.all_settled(case):
        return None
    states = {i.state for i in case.items}
    if states == {ItemState.REFUSED}:
        return Step(moves=(Move("refuse"),), events=(Event("case_refused"),), work=(_archive(case),))
    if not states & {*SUCCEEDED, ItemState.DENIED}:
        return Step(moves=(Move("terminate"),), events=(Event("case_terminated"),), work=(_archive(case),))
    return Step(moves=(Move("finish"),), events=(Event("finished"),), work=(_deliver(case),))


def _closing(case: PlainCase) -> Step | None:
    if case.state != CaseState.DELIVERING or any(
        i.state in (ItemState.APPROVED, ItemState.COMPLETED) for i in case.items
    ):
        return None
    return Step(moves=(Move("close"),), events=(Event("closed"),), work=(_archive(case),))


def _stop(case: PlainCase, item: PlainItem) -> Task:
    return Task(
        "stop",
        f"stop:{item.item_no}",
        {"case_id": case.id, "item_no": item.item_no},
        stream=f"{case.id}:{item.department}",
    )


def _supply(case: PlainCase, item: PlainItem, upstream: PlainItem) -> Task:
    return Task(
        "supply",
        f"supply:{item.item_no}:{upstream.item_no}",
        {"case_id": case.id, "item_no": item.item_no, "upstream_no": upstream.item_no},
        stream=f"{case.id}:{item.department}",
    )


def _deliver(case: PlainCase) -> Task:
    return Task("deliver", f"deliver:{case.case_no}", {"case_id": case.id})


def _archive(case: PlainCase) -> Task:
    return Task("archive", f"archive:{case.case_no}", {"case_id": case.id})
