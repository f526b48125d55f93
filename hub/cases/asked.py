"""Items that are asked, not decided: look-ups 查询 are answered, print-outs 打印 gathered, and a sheet 核验结果单 goes to the lead. Pure.

Nobody accepts or decides them, no clock runs, nothing is signed here. That a department has no record is an answer, not a refusal:
it ends nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hub.cases import flow
from hub.cases.plain import PlainCase, PlainItem
from hub.cases.states import ItemState
from hub.cases.step import Draft, Event, ItemFacts, Move, Step
from hub.cases.terms import Terms
from hub.errors import BadInput, NotNow
from hub.store.work import Task

FOUND, NO_RECORD, NOT_CHECKED, NOT_GATHERED = "found", "no_record", "not_checked", "not_gathered"
SHEET = "verification_sheet"


@dataclass(frozen=True)
class Gathered:
    """A document that was handed over and judged, as events tell of it: `suite` is empty where nobody signed it, `trust` its grade."""

    identifier: str
    type_code: str
    suite: str
    trust: str


def answered(case: PlainCase, terms: Terms, answers: Mapping[str, str]) -> Step | None:
    """Every look-up whose question is settled has its answer. `answers` maps item to answer, for those that are settled."""
    ready = [i for i in case.items if i.item in terms.look_ups and i.state == ItemState.WAITING and i.item in answers]
    if not ready:
        return None
    return Step(
        moves=tuple(Move("answer", i.item) for i in ready),
        events=tuple(Event("looked_up", i.item, {"answer": answers[i.item]}) for i in ready),
        facts=tuple(ItemFacts(i.item, {"answer": answers[i.item]}) for i in ready),
    )


def gathering(case: PlainCase, terms: Terms) -> Step | None:
    """A print-out is asked for as soon as the results that it comes after are there."""
    ready = [
        i
        for i in case.items
        if i.item in terms.print_outs and i.state == ItemState.WAITING and not flow.waits(case, terms, i.item)
    ]
    if not ready:
        return None
    return Step(
        moves=tuple(Move("gather", i.item) for i in ready),
        events=tuple(Event("gathering", i.item) for i in ready),
        work=tuple(Task("gather", f"gather:{i.item_no}", {"case_id": case.id, "item_no": i.item_no}) for i in ready),
    )


def gathered(own: PlainItem, document: Gathered) -> Step:
    """The document is there and holds. It is the item's result as it came, never signed again."""
    facts = {"identifier": document.identifier, "type": document.type_code, "suite": document.suite or "none"}
    facts["trust"] = document.trust
    return Step(
        moves=(Move("obtain", own.item),),
        events=(Event("gathered", own.item, facts), Event("completed", own.item)),
        facts=(ItemFacts(own.item, {"reason": None}),),
    )


def refused_document(own: PlainItem, rule: str, sentence: str) -> Step:
    """What came is not the document that was asked for, or does not hold: a person settles it, and nothing is completed."""
    return Step(
        events=(Event("document_refused", own.item, {"rule": rule}),),
        facts=(ItemFacts(own.item, {"reason": sentence}),),
    )


def without_document(own: PlainItem, reason: str) -> Step:
    """A person ends the gathering, and says why. Raises BadInput without a reason, NotNow for an item that gathers nothing."""
    if own.state != ItemState.GATHERING:
        raise NotNow("该事项没有正在获取的文件，请刷新页面。", code="NOTHING_GATHERED")
    if not reason.strip():
        raise BadInput("请填写理由。", {"reason": "请填写理由"}, code="REASON_MISSING")
    return Step(
        moves=(Move("obtain", own.item),),
        events=(Event("not_gathered", own.item, {"answer": NOT_GATHERED}, reason),),
        facts=(ItemFacts(own.item, {"answer": NOT_GATHERED, "reason": reason}),),
    )


def sheet_no(case: PlainCase) -> str:
    """The sheet's number among the case's item cases, which count from 01."""
    return f"{case.case_no}-00"


def sheet_made(case: PlainCase, terms: Terms, facts: Mapping[str, str]) -> Step:
    """All look-ups are answered: the sheet is frozen and handed to the lead."""
    task = Task("hand_over_sheet", f"sheet:{case.case_no}", {"case_id": case.id}, stream=f"{case.id}:{terms.sheet_to}")
    return Step(notices=(Draft(SHEET, facts=facts),), work=(task,))


def sheet_taken(department_no: str) -> Step:
    """The lead has it: that is the end of the case."""
    return Step(
        moves=(Move("close"),),
        events=(Event("sheet_taken", facts={"department_no": department_no}), Event("closed")),
    )
