"""What follows from a case's present state without anybody's doing: releases, endings, delivery, closing. Pure.

`follow_up` is asked again after each applied step until it has nothing more to say.
"""

from __future__ import annotations

from collections.abc import Mapping

from hub.cases import asked, flow
from hub.cases.dispatch import stop_task, supply_tasks
from hub.cases.facts import NOTHING_RETURNED, Papers
from hub.cases.messages import message
from hub.cases.plain import PlainCase
from hub.cases.states import FAILED, SUCCEEDED, CaseState, ItemState
from hub.cases.step import ClockMove, Draft, Event, ItemFacts, Move, Step
from hub.cases.terms import Terms
from hub.store.work import Task

WAITING_FOR_UPSTREAM = (ItemState.PRE_REVIEW, ItemState.AWAITING_UPSTREAM)


def follow_up(
    case: PlainCase,
    terms: Terms,
    facts: Mapping[str, str],
    papers: Papers | None = None,
    answers: Mapping[str, str] | None = None,
) -> Step | None:
    """The next step that the case's state calls for, or None. `facts` fill the notice of a termination or the sheet, `papers`
    say what is returned, `answers` what look-ups came to."""
    if case.state not in (CaseState.DISPATCHED, CaseState.IN_PROGRESS):
        return _closing(case, terms)
    return (
        asked.answered(case, terms, answers or {})
        or _begin(case)
        or _terminations(case, terms, facts, papers)
        or _releases(case, terms)
        or asked.gathering(case, terms)
        or _finish(case, terms, facts)
    )


def archive_task(case: PlainCase) -> Task:
    return Task("archive", f"archive:{case.case_no}", {"case_id": case.id})


def _begin(case: PlainCase) -> Step | None:
    touched = any(i.state not in (ItemState.WAITING, ItemState.PUSHED, ItemState.CORRECTION) for i in case.items)
    return Step(moves=(Move("begin"),)) if case.state == CaseState.DISPATCHED and touched else None


def _terminations(case: PlainCase, terms: Terms, facts: Mapping[str, str], papers: Papers | None) -> Step | None:
    """An item that cannot succeed any more ends what depends on it; the applicant is told and gets the papers back (002 8.3.3)."""
    failed = [i for i in case.items if i.state in FAILED]
    causes = [i for i in failed if flow.ended_by_failure(case, terms, i.item)]
    ended = sorted({code for i in causes for code in flow.ended_by_failure(case, terms, i.item)})
    if not ended:
        return None
    items = [case.item(code) for code in ended]
    because = "、".join(f"“{terms.title(i.item)}”" for i in causes)
    back = {"returned_materials": papers.returned(case, ended)} if papers else {}
    kept = back if "terminated" in terms.rules.returned_on else {"returned_materials": NOTHING_RETURNED}
    words = {
        **kept,
        "items": "\n".join(f"{n}. {terms.title(code)}" for n, code in enumerate(ended, start=1)),
        "reason": f"前置事项{because}未通过或者已终止。",
    }
    return Step(
        moves=tuple(Move("terminate", i.item) for i in items),
        events=tuple(Event("terminated", i.item) for i in items),
        clock=tuple(ClockMove(i.item, "stop", "terminated") for i in items if i.segments),
        work=tuple(task for i in items for task in (stop_task(case, i), message(i, "terminated"))),
        notices=(Draft("termination_notice", facts={**facts, **words}),),
        facts=tuple(ItemFacts(i.item, {"reason": words["reason"]}) for i in items),
    )


def _releases(case: PlainCase, terms: Terms) -> Step | None:
    """A waiting item may be decided as soon as the last upstream has its result: told to its department at once (000 二(四))."""
    waiting = [i for i in case.items if i.state in WAITING_FOR_UPSTREAM and not flow.waits(case, terms, i.item)]
    if not waiting:
        return None
    return Step(
        moves=tuple(Move("release", i.item) for i in waiting),
        events=tuple(Event("released", i.item) for i in waiting),
        work=tuple(task for i in waiting for task in supply_tasks(case, terms, i)),
    )


def _finish(case: PlainCase, terms: Terms, facts: Mapping[str, str]) -> Step | None:
    if case.state != CaseState.IN_PROGRESS or not flow.all_settled(case):
        return None
    states = {i.state for i in case.items}
    if states & {*SUCCEEDED, ItemState.DENIED}:
        finished = Step(moves=(Move("finish"),), events=(Event("finished"),))
        if terms.sheet_to:
            return finished + asked.sheet_made(case, terms, facts)
        return finished + Step(work=(_deliver(case),) if _to_deliver(case) else ())
    if states == {ItemState.REFUSED}:
        action, kind = "refuse", "case_refused"
    elif ItemState.WITHDRAWN in states:
        action, kind = "withdraw", "case_withdrawn"
    else:
        action, kind = "terminate", "case_terminated"
    return Step(moves=(Move(action),), events=(Event(kind),), work=(archive_task(case),))


def _closing(case: PlainCase, terms: Terms) -> Step | None:
    """A case whose sheet goes to the lead is closed when the lead has it."""
    if case.state != CaseState.DELIVERING or terms.sheet_to or _to_deliver(case):
        return None
    return Step(moves=(Move("close"),), events=(Event("closed"),), work=(archive_task(case),))


def _to_deliver(case: PlainCase) -> bool:
    return any(i.has_delivery for i in case.items)


def _deliver(case: PlainCase) -> Task:
    return Task("deliver", f"deliver:{case.case_no}", {"case_id": case.id})
